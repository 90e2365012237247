/* Use cases that are tried and taken back. */
#include "cases/trial.h"

#include <stdio.h>
#include <string.h>

#include "cases/internal.h"

/* What a use case says of the case, not of the store or of the program. */
static bool is_refusal(enum yh_rc rc)
{
	return rc != YH_OK && rc != YH_TOO_LARGE && rc != YH_BUSY && rc != YH_STORAGE &&
	       rc != YH_INTERNAL;
}

/* One more element at the end of an array in the arena; NULL without memory. */
static void *grow(struct yh_arena *arena, void *list, size_t *n, size_t size)
{
	char *more = yh_arena_alloc(arena, (*n + 1) * size);

	if (!more)
		return NULL;
	if (*n)
		memcpy(more, list, *n * size);
	memset(more + *n * size, 0, size);
	++*n;
	return more;
}

static struct yh_trial_check *add_check(struct yh_ctx *cx, struct yh_trial *t,
					const struct yh_word_use *use, enum yh_moment at)
{
	struct yh_trial_check *list = grow(cx->arena, t->checks, &t->n_checks, sizeof *list), *c;

	if (!list)
		return NULL;
	t->checks = list;
	c = &list[t->n_checks - 1];
	*c = (struct yh_trial_check){ .use = use, .at = at, .verdict = YH_NOT_JUDGED };
	return c;
}

static bool is_noted(const struct yh_trial *t, const struct yh_word_use *use, enum yh_moment at)
{
	for (size_t i = 0; i < t->n_checks; i++)
		if (t->checks[i].use == use && t->checks[i].at == at)
			return true;
	return false;
}

/* Those of the moment that were never reached. */
static enum yh_rc add_missing(struct yh_ctx *cx, struct yh_trial *t, const struct yh_word_use *uses,
			      size_t n, enum yh_moment at, struct yh_err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!is_noted(t, &uses[i], at) && !add_check(cx, t, &uses[i], at))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return YH_OK;
}

/* Did an earlier check fail for the very same reason? */
static bool is_told(const struct yh_trial *t, const struct yh_err *why)
{
	for (size_t i = 0; i + 1 < t->n_checks; i++) {
		const struct yh_trial_check *c = &t->checks[i];

		if (c->verdict == YH_FAILS && strcmp(c->found.slug, why->slug) == 0 &&
		    strcmp(c->found.field, why->field) == 0 && why->rc != YH_REFUSED)
			return true;
	}
	return false;
}

/* A check that fails without a verdict of the measures, after another failed, says nothing new: it
 * met what that one had met already. */
static enum yh_verdict verdict_of(const struct yh_trial *t, const struct yh_err *why, bool failed)
{
	if (why->rc == YH_OK)
		return YH_HOLDS;
	return is_told(t, why) || (failed && why->rc != YH_REFUSED) ? YH_NOT_JUDGED : YH_FAILS;
}

enum yh_rc yh_trial_judge(struct yh_case_cx *k, const struct yh_word_use *uses, size_t n,
			  enum yh_moment at, struct yh_err *err)
{
	struct yh_trial *t = k->cx->trial;
	enum yh_rc first = YH_OK;

	for (size_t i = 0; i < n; i++) {
		struct yh_trial_check *c = add_check(k->cx, t, &uses[i], at);
		struct yh_err why = { 0 };
		enum yh_rc rc;

		if (!c)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		k->told = &c->found;
		rc = yh_run_check(k, &uses[i], &why);
		k->told = NULL;
		if (rc != YH_OK)
			c->found = why;
		c->verdict = verdict_of(t, &why, first != YH_OK);
		if (rc == YH_OK || (first != YH_OK && is_refusal(rc)))
			continue;
		if (err && err->rc == YH_OK)
			*err = why;
		first = rc;
		if (!is_refusal(rc))
			break;
	}
	return first;
}

enum yh_rc yh_trial_opened(struct yh_case_cx *k, const struct yh_step_row *row, struct yh_err *err)
{
	struct yh_trial *t = k->cx->trial;
	struct yh_step_row *list;

	if (!t)
		return YH_OK;
	list = grow(k->cx->arena, t->steps, &t->n_steps, sizeof *list);
	if (!list)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	t->steps = list;
	list[t->n_steps - 1] = *row;
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
	if (rc != YH_OK || a->t->over)
		return rc;
	if (!is_refusal(why.rc)) {
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

	if (step->n_checks && !is_noted(out, &step->checks[0], YH_AT_DECISION)) {
		cx->trial = out;
		rc = yh_trial_judge(&k, step->checks, step->n_checks, YH_AT_DECISION, &why);
	}
	if ((rc == YH_OK || is_refusal(rc)) && p->n_checks && checks_again(c, step) &&
	    !is_noted(out, &p->checks[0], YH_AT_EFFECT)) {
		cx->trial = out;
		why = (struct yh_err){ 0 };
		rc = yh_trial_judge(&k, p->checks, p->n_checks, YH_AT_EFFECT, &why);
	}
	cx->trial = NULL;
	if (rc == YH_OK || is_refusal(rc))
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
