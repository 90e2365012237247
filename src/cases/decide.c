/* Deciding, confirming and fulfilling a step; opinions inside the deciding body. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "law/form.h"
#include "store/party.h"

enum { REQUIRED_BYTES = 1024 };

/* The step that is acted on: its row on the actor's desk, and the pack's declaration. */
struct desk {
	struct yh_case_cx k;
	struct yh_step_row row;
	const struct yh_step *step;
	int index;
	size_t others_open; /* desks of the same step still open */
	const struct yh_grant *grant;
};

static enum yh_rc find_desk(struct desk *d, const char *step, struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n, open = 0;
	enum yh_rc rc;

	d->grant = NULL;
	rc = yh_step_list(d->k.cx->tx, &d->k.c->row.id, d->k.cx->arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		const struct yh_grant *g;

		if (rows[i].closed_at || strcmp(rows[i].step, step) != 0)
			continue;
		open++;
		g = yh_actor_grant(d->k.cx->actor, rows[i].role, &rows[i].org);
		if (g && !d->grant) {
			d->grant = g;
			d->row = rows[i];
		}
	}
	if (open == 0) {
		rc = yh_fail(err, YH_CONFLICT, "step-not-open");
		yh_err_text(err, "step", step);
		return rc;
	}
	if (!d->grant) {
		const struct yh_step *s = yh_procedure_step(d->k.c->procedure, step);

		rc = yh_fail(err, YH_FORBIDDEN, "decide-not-permitted");
		yh_err_text(err, "step", step);
		yh_err_text(err, "step_zh", s ? s->title.zh : step);
		yh_err_text(err, "step_en", s ? s->title.en : step);
		return rc;
	}
	d->others_open = open - 1;
	d->index = yh_step_index(d->k.c->procedure, step);
	if (d->index < 0) { /* of a law that only the city has */
		rc = yh_fail(err, YH_CONFLICT, "step-not-open");
		yh_err_text(err, "step", step);
		return rc;
	}
	d->step = &d->k.c->procedure->steps[d->index];
	d->k.step = d->step;
	return YH_OK;
}

static enum yh_rc need_open(const struct yh_case *c, struct yh_err *err)
{
	enum yh_rc rc;

	if (strcmp(c->row.state, "open") == 0 || strcmp(c->row.state, "abroad") == 0)
		return YH_OK;
	rc = yh_fail(err, YH_CONFLICT, "case-not-open");
	yh_err_text(err, "state", c->row.state);
	return rc;
}

static bool chain_has(const char *chain, const char *stage)
{
	size_t n = strlen(stage);

	for (const char *p = chain; (p = strstr(p, stage)) != NULL; p += n)
		if ((p == chain || p[-1] == ',') && (p[n] == 0 || p[n] == ','))
			return true;
	return false;
}

/* A program's acts are those of who answers for it. */
static const struct yh_id *hand_of(const struct yh_actor *a)
{
	return yh_id_is_zero(&a->owner) ? &a->person : &a->owner;
}

static bool has_opinion(const struct yh_opinion_row *list, size_t n, const char *stage,
			const struct yh_id *not_by)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].stage, stage) == 0 && !yh_id_eq(&list[i].by, not_by))
			return true;
	return false;
}

/* The body's own chain (X6): the opinions it asks for are there, from other persons; the signature
 * comes from one who may sign. */
static enum yh_rc check_signature(struct desk *d, struct yh_err *err)
{
	static const char *const stages[] = { "handle", "review", "countersign" };
	struct yh_ctx *cx = d->k.cx;
	struct yh_opinion_row *ops;
	struct yh_org_row org;
	size_t n;
	enum yh_rc rc;

	/* who acted at a district's server was asked there */
	if (d->step->kind != YH_STEP_DECIDE || cx->actor->far)
		return YH_OK;
	if (!yh_actor_signs(cx->actor, d->row.role, &d->row.org))
		return yh_fail(err, YH_FORBIDDEN, "signature-needed");
	rc = yh_org_load(cx->tx, &d->row.org, cx->arena, &org, err);
	if (rc == YH_OK)
		rc = yh_opinion_list(cx->tx, &d->row.id, cx->arena, &ops, &n, err);
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < 3; i++) {
		bool asked =
			i < 2 ? chain_has(org.chain, stages[i]) : !yh_id_is_zero(&org.countersign);

		if (asked && !has_opinion(ops, n, stages[i], hand_of(cx->actor))) {
			rc = yh_fail(err, YH_CONFLICT, "opinion-missing");
			yh_err_text(err, "stage", stages[i]);
			return rc;
		}
	}
	return YH_OK;
}

/* "Evidence (evidence), Note (note)": what the form must have, by its titles and by its names. */
static void add_required(const struct yh_outcome *o, const char *figure, const char *title,
			 struct yh_err *err)
{
	const json_t *names = json_object_get(o->form, "required");
	const json_t *props = json_object_get(o->form, "properties");
	struct yh_buf text;

	yh_buf_init(&text, REQUIRED_BYTES);
	for (size_t i = 0; i < json_array_size(names); i++) {
		const char *name = json_string_value(json_array_get(names, i));
		const char *said = yh_json_text(json_object_get(props, name), title);

		yh_buf_printf(&text, "%s%s (%s)", i ? ", " : "", said ? said : name, name);
	}
	yh_err_text(err, figure, yh_buf_text(&text));
	yh_buf_done(&text);
}

static enum yh_rc form_missing(const struct yh_outcome *o, struct yh_err *err)
{
	enum yh_rc rc = yh_fail_field(err, YH_BAD_INPUT, "outcome-form-missing", "/form");

	yh_err_text(err, "outcome", o->name);
	yh_err_text(err, "outcome_zh", o->title.zh);
	yh_err_text(err, "outcome_en", o->title.en);
	add_required(o, "fields_zh", "title", err);
	add_required(o, "fields_en", "x-title-en", err);
	return rc;
}

static enum yh_rc check_input(struct desk *d, const struct yh_decide_in *in,
			      const struct yh_outcome **out, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*out = yh_step_outcome(d->step, in->outcome);
	/* what silence takes is nobody's answer */
	if (!*out || (d->step->silence && strcmp(d->step->silence, in->outcome) == 0)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "outcome-unknown", "/outcome");
		yh_err_text(err, "outcome", in->outcome);
		yh_err_text(err, "expected", d->step->outcomes[0].name);
		return rc;
	}
	if (d->step->kind == YH_STEP_DECIDE && !in->reason[0])
		return yh_fail_field(err, YH_BAD_INPUT, "reason-missing", "/reason");
	if (!(*out)->form)
		return in->form && json_object_size(in->form) > 0
			       ? yh_fail_field(err, YH_BAD_INPUT, "form-not-expected", "/form")
			       : YH_OK;
	if (!in->form)
		return form_missing(*out, err);
	rc = yh_form_validate((*out)->form, in->form, err);
	d->k.input = in->form;
	return rc;
}

static enum yh_rc close_desk(struct desk *d, const struct yh_decide_in *in,
			     const struct yh_outcome *outcome, struct yh_err *err)
{
	struct yh_case_cx *k = &d->k;
	char *payload = in->form ? yh_json_canonical(in->form) : NULL;
	enum yh_rc rc;

	d->row.closed_at = k->cx->now;
	d->row.closed_by = k->cx->actor->person;
	d->row.reason = in->reason;
	(void)snprintf(d->row.outcome, sizeof d->row.outcome, "%s", outcome->name);
	rc = yh_step_close(k->cx->tx, &d->row, err);
	if (rc == YH_OK)
		rc = yh_case_record(
			k,
			&(struct yh_record){ .kind = d->row.kind[0] == 'd'   ? "step.decided"
						     : d->row.kind[0] == 'c' ? "step.confirmed"
									     : "step.fulfilled",
					     .article = d->step->article,
					     .outcome = outcome->name,
					     .reason = in->reason,
					     .before = d->step->name,
					     .role = d->row.role,
					     .org = d->row.org,
					     .payload = payload },
			err);
	free(payload);
	return rc == YH_OK ? yh_step_told(k, d->step, &d->row, err) : rc;
}

enum yh_rc yh_case_carry_on(struct yh_case_cx *k, int at, const struct yh_outcome *o,
			    struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	bool positive = o == &k->step->outcomes[0], here = k->c->row.abroad == YH_CASE_HERE;
	enum yh_rc rc = YH_OK;

	if (yh_step_waits_for_applicant(k->c, k->step)) {
		rc = yh_pause_end(k->cx->tx, &k->c->row.id, yh_ctx_today(k->cx), err);
		if (rc == YH_OK)
			rc = yh_case_due_again(k, false, err);
	}
	if (rc == YH_OK && here && positive && !k->c->row.effected && !yh_outcome_only_tells(o)) {
		rc = yh_run_checks(k, p->checks, p->n_checks, YH_AT_EFFECT, err);
		k->c->row.effected = true;
	}
	if (rc == YH_OK && here)
		rc = yh_run_effects(k, o->effects, o->n_effects, err);
	if (rc != YH_OK)
		return rc;
	if (o->end == YH_END_NONE)
		return yh_case_advance(k, at, err);
	return yh_case_end(k, o->end == YH_END_REFUSED ? "refused" : "closed", "", err);
}

/* A body that filed a case itself decides it by another person; a unit that answers in a case of
 * somebody else's is neither that one's nor the deciders'. */
static const char *side_of(const struct desk *d)
{
	const struct yh_case_row *c = &d->k.c->row;

	if (d->step->kind == YH_STEP_DECIDE)
		return "decider";
	if (strcmp(d->row.role, c->filer_role) == 0 && yh_id_eq(&d->row.org, &c->filer_org))
		return "applicant";
	return d->step->kind == YH_STEP_CONFIRM && yh_id_eq(&d->row.org, &c->unit) ? "concerned"
										   : "decider";
}

static enum yh_rc send_decision(struct desk *d, const struct yh_decide_in *in,
				const struct yh_outcome *o, struct yh_err *err)
{
	return yh_case_send(&d->k,
			    &(struct yh_act){ .act = "decide",
					      .step = d->step->name,
					      .role = d->row.role,
					      .org = d->row.org,
					      .outcome = o->name,
					      .reason = in->reason,
					      .form = in->form },
			    err);
}

enum yh_rc yh_case_decide(struct yh_ctx *cx, const struct yh_decide_in *in, struct yh_case *out,
			  struct yh_err *err)
{
	struct desk d = { .k = { .cx = cx, .c = out } };
	const struct yh_outcome *o;
	enum yh_rc rc;

	rc = yh_case_take_here(cx, &in->case_id, out, err);
	if (rc == YH_OK && in->if_match >= 0 && in->if_match != out->row.version) {
		rc = yh_fail(err, YH_STALE, "stale-version");
		yh_err_int(err, "yours", in->if_match);
		yh_err_int(err, "current", out->row.version);
	}
	if (rc == YH_OK)
		rc = need_open(out, err);
	if (rc == YH_OK)
		rc = find_desk(&d, in->step, err);
	if (rc == YH_OK)
		rc = check_input(&d, in, &o, err);
	if (rc == YH_OK)
		rc = check_signature(&d, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_case_side(&d.k, side_of(&d), err);
	if (rc == YH_OK)
		rc = yh_case_attach(&d.k, &d.grant->org, o->form, in->form, in->documents, err);
	if (rc == YH_OK && o == &d.step->outcomes[0] && out->row.abroad == YH_CASE_HERE)
		rc = yh_run_checks(&d.k, d.step->checks, d.step->n_checks, YH_AT_DECISION, err);
	if (rc == YH_OK)
		rc = close_desk(&d, in, o, err);
	if (rc == YH_OK && out->row.abroad == YH_CASE_ABROAD)
		rc = send_decision(&d, in, o, err);
	else if (rc == YH_OK && (o->end != YH_END_NONE || d.others_open == 0))
		rc = yh_case_carry_on(&d.k, d.index, o, err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}

enum yh_rc yh_case_may_decide(struct yh_ctx *cx, struct yh_case *c, const char *step,
			      struct yh_err *err)
{
	struct desk d = { .k = { .cx = cx, .c = c } };
	enum yh_rc rc = need_open(c, err);

	if (rc == YH_OK)
		rc = find_desk(&d, step, err);
	if (rc == YH_OK)
		rc = check_signature(&d, err);
	return rc == YH_OK ? yh_case_side_free(&d.k, side_of(&d), err) : rc;
}

static bool may_review(const struct yh_actor *a, const struct yh_step_row *row)
{
	bool may = false;

	for (size_t i = 0; i < a->n_grants; i++)
		may = may || (strcmp(a->grants[i].role, row->role) == 0 &&
			      yh_id_eq(&a->grants[i].org, &row->org) &&
			      strcmp(a->grants[i].capacity, "handle") != 0);
	return may;
}

/* Nobody reviews what they handled, nor countersigns it in another office of theirs. */
static enum yh_rc check_hand(struct desk *d, const struct yh_opine_in *in, struct yh_err *err)
{
	struct yh_ctx *cx = d->k.cx;
	const struct yh_id *hand = hand_of(cx->actor);
	struct yh_opinion_row *ops;
	bool gave = false;
	size_t n;
	enum yh_rc rc = yh_opinion_list(cx->tx, &d->row.id, cx->arena, &ops, &n, err);

	if (rc != YH_OK || yh_id_is_zero(hand))
		return rc;
	for (size_t i = 0; i < n; i++)
		gave = gave || (yh_id_eq(&ops[i].by, hand) && strcmp(ops[i].stage, in->stage) != 0);
	return gave ? yh_fail(err, YH_FORBIDDEN, "opinion-own") : YH_OK;
}

static enum yh_rc check_stage(struct desk *d, const struct yh_opine_in *in, struct yh_err *err)
{
	struct yh_ctx *cx = d->k.cx;
	struct yh_org_row org;
	enum yh_rc rc;

	if (d->step->kind != YH_STEP_DECIDE)
		return yh_fail(err, YH_CONFLICT, "opinion-not-asked");
	rc = yh_org_load(cx->tx, &d->row.org, cx->arena, &org, err);
	if (rc == YH_OK && !chain_has(org.chain, in->stage))
		rc = yh_fail(err, YH_CONFLICT, "opinion-not-asked");
	if (rc == YH_OK && strcmp(in->stage, "review") == 0 && !may_review(cx->actor, &d->row))
		rc = yh_fail(err, YH_FORBIDDEN, "review-needed");
	return rc;
}

/* A countersigner belongs to another organisation than the one whose desk it is. */
static enum yh_rc find_countersign(struct desk *d, const struct yh_opine_in *in, struct yh_err *err)
{
	struct yh_ctx *cx = d->k.cx;
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc;

	rc = yh_step_list(cx->tx, &d->k.c->row.id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_org_row org;

		if (rows[i].closed_at || strcmp(rows[i].step, in->step) != 0 ||
		    strcmp(rows[i].kind, "decide") != 0)
			continue;
		rc = yh_org_load(cx->tx, &rows[i].org, cx->arena, &org, err);
		if (rc != YH_OK || yh_id_is_zero(&org.countersign))
			continue;
		for (size_t g = 0; g < cx->actor->n_grants; g++)
			if (yh_id_eq(&cx->actor->grants[g].org, &org.countersign) &&
			    strcmp(cx->actor->grants[g].capacity, "sign") == 0) {
				d->grant = &cx->actor->grants[g];
				d->row = rows[i];
				d->step = yh_procedure_step(d->k.c->procedure, in->step);
				return YH_OK;
			}
	}
	return rc == YH_OK ? yh_fail(err, YH_FORBIDDEN, "decide-not-permitted") : rc;
}

enum yh_rc yh_case_may_opine(struct yh_ctx *cx, struct yh_case *c, const char *step,
			     const char *stage, struct yh_err *err)
{
	const struct yh_opine_in in = { .step = step, .stage = stage };
	struct desk d = { .k = { .cx = cx, .c = c } };
	bool counter = strcmp(stage, "countersign") == 0;
	enum yh_rc rc = need_open(c, err);

	if (rc == YH_OK)
		rc = counter ? find_countersign(&d, &in, err) : find_desk(&d, step, err);
	if (rc == YH_OK && !counter)
		rc = check_stage(&d, &in, err);
	if (rc == YH_OK)
		rc = check_hand(&d, &in, err);
	return rc == YH_OK ? yh_case_side_free(&d.k, "decider", err) : rc;
}

enum yh_rc yh_case_opine(struct yh_ctx *cx, const struct yh_opine_in *in, struct yh_case *out,
			 struct yh_err *err)
{
	struct desk d = { .k = { .cx = cx, .c = out } };
	struct yh_opinion_row op = { .reason = in->reason, .made_at = cx->now };
	bool counter = strcmp(in->stage, "countersign") == 0;
	enum yh_rc rc;

	rc = yh_case_take_here(cx, &in->case_id, out, err);
	if (rc == YH_OK)
		rc = need_open(out, err);
	if (rc == YH_OK)
		rc = counter ? find_countersign(&d, in, err) : find_desk(&d, in->step, err);
	if (rc == YH_OK && !counter)
		rc = check_stage(&d, in, err);
	if (rc == YH_OK)
		rc = check_hand(&d, in, err);
	if (rc == YH_OK && !yh_step_outcome(d.step, in->outcome)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "outcome-unknown", "/outcome");
		yh_err_text(err, "outcome", in->outcome);
	}
	if (rc == YH_OK)
		rc = yh_case_side(&d.k, "decider", err);
	if (rc != YH_OK)
		return rc;
	op.id = yh_ctx_new_id(cx);
	op.step_id = d.row.id;
	op.person = cx->actor->person;
	op.by = *hand_of(cx->actor);
	op.org = d.grant->org;
	(void)snprintf(op.stage, sizeof op.stage, "%s", in->stage);
	(void)snprintf(op.outcome, sizeof op.outcome, "%s", in->outcome);
	d.k.step = d.step;
	rc = yh_case_attach(&d.k, &op.org, NULL, NULL, in->documents, err);
	if (rc == YH_OK)
		rc = yh_opinion_insert(cx->tx, &op, err);
	if (rc == YH_OK)
		rc = yh_case_record(&d.k,
				    &(struct yh_record){ .kind = "step.opinion",
							 .outcome = in->outcome,
							 .reason = in->reason,
							 .before = in->step,
							 .after = in->stage,
							 .role = d.row.role,
							 .org = d.grant->org },
				    err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}
