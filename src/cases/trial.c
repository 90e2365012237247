/* Use cases that are tried and taken back. */
#include "cases/trial.h"

#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

/* Those of the moment that were never reached. */
static enum yh_rc add_missing(struct yh_ctx *cx, struct yh_trial *t, const struct yh_word_use *uses,
			      size_t n, enum yh_moment at, struct yh_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!yh_trial_noted(t, &uses[i], at) && !yh_trial_note(cx, t, &uses[i], at))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return YH_OK;
}

struct trying {
	struct yh_ctx *cx;
	struct yh_trial *t;
	const struct yh_file_in *file;
	const struct yh_decide_in *decide;
	const struct yh_id *case_id;
	const json_t *form;
	size_t others_open; /* of a decision */
};

/* Takes everything back by failing. */
static enum yh_rc take_back(struct trying *a, enum yh_rc rc)
{
	a->t->over = rc == YH_OK;
	return rc == YH_OK ? YH_CONFLICT : rc;
}

static enum yh_rc file(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct trying *a = arg;
	struct yh_trial *t = a->t;
	enum yh_rc rc = yh_case_file(a->cx, a->file, &t->c, err);

	if (rc == YH_OK)
		rc = yh_reservation_of_case(tx, &t->c.row.id, a->cx->arena, &t->reserved,
					    &t->n_reserved, err);
	return take_back(a, rc);
}

static enum yh_rc resubmit(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct trying *a = arg;
	struct yh_trial *t = a->t;
	enum yh_rc rc = yh_case_resubmit(a->cx, a->case_id, a->form, &t->c, err);

	if (rc == YH_OK)
		rc = yh_reservation_of_case(tx, &t->c.row.id, a->cx->arena, &t->reserved,
					    &t->n_reserved, err);
	return take_back(a, rc);
}

static enum yh_rc decide(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct trying *a = arg;
	struct yh_step_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_case_decide(a->cx, a->decide, &a->t->c, err);

	if (rc == YH_OK)
		rc = yh_step_list(tx, &a->t->c.row.id, a->cx->arena, &rows, &n, err);
	a->others_open = 0;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		a->others_open += !rows[i].closed_at && strcmp(rows[i].step, a->decide->step) == 0;
	return take_back(a, rc);
}

/* Runs it with notes taken, and takes it back: what was refused goes to *refused. */
static enum yh_rc try(struct trying *a, yh_try_fn run, struct yh_err *refused, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	a->t->over = false;
	a->cx->trial = a->t;
	rc = yh_db_try(a->cx->tx, run, a, &why, err);
	a->cx->trial = NULL;
	*refused = (struct yh_err){ 0 };
	/* what went well to its end and fell short on the way is not told */
	if (rc != YH_OK || (a->t->over && why.rc == YH_CONFLICT))
		return rc;
	a->t->over = false;
	if (!yh_is_refusal(why.rc)) {
		if (err && err->rc == YH_OK)
			*err = why;
		return why.rc;
	}
	*refused = why;
	return YH_OK;
}

static enum yh_rc checks_of_filing(struct yh_ctx *cx, struct yh_trial *t, struct yh_err *err)
{
	const struct yh_procedure *p = t->c.procedure;

	return p ? add_missing(cx, t, p->checks, p->n_checks, YH_AT_FILING, err) : YH_OK;
}

enum yh_rc yh_trial_file(struct yh_ctx *cx, const struct yh_file_in *in, struct yh_trial *out,
			 struct yh_err *err)
{
	struct trying a = { .cx = cx, .t = out, .file = in };
	enum yh_rc rc;

	*out = (struct yh_trial){ 0 };
	rc = try(&a, file, &out->refused, err);
	return rc == YH_OK ? checks_of_filing(cx, out, err) : rc;
}

enum yh_rc yh_trial_resubmit(struct yh_ctx *cx, const struct yh_id *case_id, const json_t *form,
			     struct yh_trial *out, struct yh_err *err)
{
	struct trying a = { .cx = cx, .t = out, .case_id = case_id, .form = form };
	enum yh_rc rc;

	*out = (struct yh_trial){ 0 };
	rc = try(&a, resubmit, &out->refused, err);
	return rc == YH_OK ? checks_of_filing(cx, out, err) : rc;
}

/* Does the positive outcome of the step run the procedure's checks once more? */
static bool checks_again(const struct yh_case *c, const struct yh_step *step)
{
	return !c->row.effected && step->n_outcomes && !yh_outcome_only_tells(&step->outcomes[0]);
}

enum yh_rc yh_trial_stand(struct yh_ctx *cx, struct yh_case *c, const struct yh_step *step,
			  struct yh_trial *out, struct yh_err *err)
{
	const struct yh_procedure *p = c->procedure;
	struct yh_case_cx k = { .cx = cx, .c = c, .step = step };
	struct yh_err why = { 0 };
	enum yh_rc rc = YH_OK;

	if (step->n_checks && !yh_trial_noted(out, &step->checks[0], YH_AT_DECISION)) {
		cx->trial = out;
		rc = yh_run_checks(&k, step->checks, step->n_checks, YH_AT_DECISION, &why);
	}
	if ((rc == YH_OK || yh_is_refusal(rc)) && p->n_checks && checks_again(c, step) &&
	    !yh_trial_noted(out, &p->checks[0], YH_AT_EFFECT)) {
		cx->trial = out;
		why = (struct yh_err){ 0 };
		rc = yh_run_checks(&k, p->checks, p->n_checks, YH_AT_EFFECT, &why);
	}
	cx->trial = NULL;
	if (rc == YH_OK || yh_is_refusal(rc))
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

/* An outcome besides the chosen one: as if it were given with the same reason, and no form. */
static enum yh_rc try_other(struct yh_ctx *cx, const struct yh_decide_in *in,
			    struct yh_trial_outcome *o, struct yh_err *err)
{
	struct yh_decide_in other = *in;
	struct yh_trial aside = { 0 };
	struct trying a = { .cx = cx, .t = &aside, .decide = &other };
	enum yh_rc rc;

	if (o->outcome->form)
		return YH_OK;
	other.outcome = o->outcome->name;
	other.form = NULL;
	if (!other.reason[0])
		other.reason = "-";
	rc = try(&a, decide, &o->refused, err);
	o->judged = true;
	o->others_open = a.others_open;
	o->steps = aside.steps;
	o->n_steps = aside.n_steps;
	if (rc == YH_OK && o->refused.rc == YH_OK)
		memcpy(o->state, aside.c.row.state, sizeof o->state);
	return rc;
}

static enum yh_rc try_outcomes(struct yh_ctx *cx, const struct yh_decide_in *in,
			       const struct yh_step *step, const struct trying *chosen,
			       struct yh_err *err)
{
	struct yh_trial *t = chosen->t;
	enum yh_rc rc = YH_OK;

	t->outcomes = YH_NEW_N(cx->arena, struct yh_trial_outcome, step->n_outcomes + 1);
	if (!t->outcomes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < step->n_outcomes; i++) {
		struct yh_trial_outcome *o = &t->outcomes[t->n_outcomes];

		if (step->outcomes[i].name == step->silence)
			continue;
		*o = (struct yh_trial_outcome){ .outcome = &step->outcomes[i] };
		o->chosen = strcmp(in->outcome, o->outcome->name) == 0;
		t->n_outcomes++;
		if (!o->chosen) {
			rc = try_other(cx, in, o, err);
			continue;
		}
		o->judged = true;
		o->refused = t->refused;
		o->others_open = chosen->others_open;
		o->steps = t->steps;
		o->n_steps = t->n_steps;
		if (t->refused.rc == YH_OK)
			memcpy(o->state, t->c.row.state, sizeof o->state);
	}
	return rc;
}

enum yh_rc yh_trial_decide(struct yh_ctx *cx, const struct yh_decide_in *in, struct yh_trial *out,
			   struct yh_err *err)
{
	struct trying a = { .cx = cx, .t = out, .decide = in };
	const struct yh_step *step;
	struct yh_case now;
	enum yh_rc rc;

	*out = (struct yh_trial){ 0 };
	rc = try(&a, decide, &out->refused, err);
	if (rc == YH_OK)
		rc = yh_case_get(cx, &in->case_id, &now, err);
	if (rc != YH_OK)
		return rc;
	step = yh_procedure_step(now.procedure, in->step);
	if (step && step->n_outcomes && strcmp(step->outcomes[0].name, in->outcome) == 0)
		rc = yh_trial_stand(cx, &now, step, out, err);
	if (rc == YH_OK && step)
		rc = try_outcomes(cx, in, step, &a, err);
	if (!out->c.procedure)
		out->c = now;
	return rc;
}
