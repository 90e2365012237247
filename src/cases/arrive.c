/* At the city: a case that a district's unit filed at its own server arrives, with what was done
 * there before. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "law/form.h"
#include "store/event.h"
#include "store/party.h"

/* The row of a step that was opened and closed elsewhere: without a clock of ours. */
static enum yh_rc put_row(struct yh_case_cx *k, const struct yh_prior *p, struct yh_err *err)
{
	static const char *const kinds[] = {
		[YH_STEP_DECIDE] = "decide",
		[YH_STEP_CONFIRM] = "confirm",
		[YH_STEP_FULFIL] = "fulfil",
		[YH_STEP_WAIT] = "wait",
	};
	const struct yh_law_book *law = k->cx->world->law;
	struct yh_sm3 version = yh_calendar_version(law->calendar(law->self));
	struct yh_step_row row = { .id = yh_ctx_new_id(k->cx),
				   .case_id = k->c->row.id,
				   .org = p->org,
				   .opened_at = p->opened_at < p->at ? p->opened_at : p->at,
				   .closed_at = p->at < k->cx->now ? p->at : k->cx->now,
				   .start_day = YH_DAY_NONE,
				   .due_day = YH_DAY_NONE,
				   .reason = p->reason };
	enum yh_rc rc;

	(void)snprintf(row.step, sizeof row.step, "%s", p->step);
	(void)snprintf(row.kind, sizeof row.kind, "%s", kinds[k->step->kind]);
	(void)snprintf(row.role, sizeof row.role, "%s", p->role);
	(void)snprintf(row.article, sizeof row.article, "%s",
		       k->step->article ? k->step->article : "");
	(void)snprintf(row.outcome, sizeof row.outcome, "%s", p->outcome);
	rc = yh_step_insert(k->cx->tx, &row, &version, err);
	return rc == YH_OK ? yh_step_close(k->cx->tx, &row, err) : rc;
}

/* At the time it was done, by the name of who did it. */
static enum yh_rc put_event(struct yh_case_cx *k, const struct yh_prior *p, struct yh_err *err)
{
	char *payload = p->form ? yh_json_canonical(p->form) : NULL;
	struct yh_event e = { .id = yh_ctx_new_id(k->cx),
			      .at = p->at < k->cx->now ? p->at : k->cx->now,
			      .kind = k->step->kind == YH_STEP_DECIDE ? "step.decided"
								      : "step.confirmed",
			      .case_id = k->c->row.id,
			      .object_kind = "case",
			      .object_id = k->c->row.id,
			      .role = p->role,
			      .org = p->org,
			      .article = k->step->article,
			      .outcome = p->outcome,
			      .reason = p->reason,
			      .before = p->step,
			      .after = k->c->row.state,
			      .source = yh_arena_printf(k->cx->arena, YH_FAR "%s", p->by),
			      .payload = payload };
	enum yh_rc rc = e.source ? yh_event_insert(k->cx->tx, &e, err)
				 : yh_fail(err, YH_TOO_LARGE, "memory-short");

	free(payload);
	return rc;
}

static enum yh_rc not_theirs(const struct yh_prior *p, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_FORBIDDEN, "prior-not-permitted");

	yh_err_text(err, "step", p->step);
	yh_err_text(err, "role", p->role);
	return rc;
}

/* Does the organisation have that desk? Of the district's operators the city may know none. */
static enum yh_rc has_desk(struct yh_case_cx *k, const struct yh_prior *p, bool *has,
			   struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	struct yh_cloud_row cloud;
	struct yh_org_row unit;
	struct yh_id org;
	const char **codes;
	size_t n;
	enum yh_rc rc;

	if (strcmp(p->role, "district_operator") != 0 ||
	    strcmp(p->role, k->c->row.filer_role) == 0) {
		rc = yh_case_party(k, p->role, &org, err);
		*has = rc == YH_OK && yh_id_eq(&org, &p->org);
		return rc;
	}
	rc = yh_org_load(cx->tx, &k->c->row.unit, cx->arena, &unit, err);
	if (rc == YH_OK)
		rc = yh_cloud_of_district(cx->tx, unit.district, cx->arena, &cloud, err);
	if (rc == YH_OK)
		rc = yh_cloud_has_body(cx->tx, &cloud.id, "operator", &p->org, has, err);
	if (rc != YH_OK || *has)
		return rc;
	rc = yh_cloud_bodies(cx->tx, &cloud.id, "operator", cx->arena, &codes, &n, err);
	*has = rc == YH_OK && n == 0;
	return rc;
}

/* A district did its own steps alone, in their order, each desk once, and at the desks that have
 * them: all else would be the city's decisions in its mouth. */
static enum yh_rc may_have(struct yh_case_cx *k, const struct yh_arrival *how, size_t i, int last,
			   int at, struct yh_err *err)
{
	const struct yh_prior *p = &how->priors[i];
	bool has = false;
	enum yh_rc rc;

	if (at < last || !yh_step_is_here(k->c, k->step))
		return not_theirs(p, err);
	for (size_t j = 0; j < k->step->n_roles && !has; j++)
		has = strcmp(k->step->roles[j], p->role) == 0;
	for (size_t j = 0; j < i && has; j++)
		has = strcmp(how->priors[j].step, p->step) != 0 ||
		      strcmp(how->priors[j].role, p->role) != 0;
	if (!has)
		return not_theirs(p, err);
	rc = has_desk(k, p, &has, err);
	return rc == YH_OK && !has ? not_theirs(p, err) : rc;
}

/* With what the step's outcome asks for, as at a desk here. */
static enum yh_rc check_answer(const struct yh_prior *p, const struct yh_outcome *o,
			       struct yh_err *err)
{
	if (o->form && p->form)
		return yh_form_validate(o->form, p->form, err);
	if (!o->form && (!p->form || json_object_size(p->form) == 0))
		return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, o->form ? "form-missing" : "form-not-expected",
			     "/prior");
}

static enum yh_rc have_effects(struct yh_case_cx *k, const struct yh_outcome *o, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	enum yh_rc rc = YH_OK;

	if (o == &k->step->outcomes[0] && !k->c->row.effected && !yh_outcome_only_tells(o)) {
		rc = yh_run_checks(k, p->checks, p->n_checks, YH_AT_EFFECT, err);
		k->c->row.effected = true;
	}
	return rc == YH_OK ? yh_run_effects(k, o->effects, o->n_effects, err) : rc;
}

static enum yh_rc take_prior(struct yh_case_cx *k, const struct yh_arrival *how, size_t i,
			     int *last, struct yh_err *err)
{
	const struct yh_prior *p = &how->priors[i];
	const struct yh_outcome *o;
	int at = yh_step_index(k->c->procedure, p->step);
	enum yh_rc rc;

	if (at < 0) {
		rc = yh_fail(err, YH_BAD_INPUT, "step-unknown");
		yh_err_text(err, "step", p->step);
		return rc;
	}
	k->step = &k->c->procedure->steps[at];
	k->input = p->form;
	rc = may_have(k, how, i, *last, at, err);
	if (rc != YH_OK)
		return rc;
	*last = at;
	o = yh_step_outcome(k->step, p->outcome);
	if (!o || o->end != YH_END_NONE) {
		rc = yh_fail(err, YH_BAD_INPUT, "outcome-unknown");
		yh_err_text(err, "outcome", p->outcome);
		yh_err_text(err, "expected", k->step->outcomes ? k->step->outcomes[0].name : "");
		return rc;
	}
	rc = check_answer(p, o, err);
	if (rc == YH_OK)
		rc = put_row(k, p, err);
	if (rc == YH_OK)
		rc = put_event(k, p, err);
	if (rc == YH_OK && o == &k->step->outcomes[0])
		rc = yh_run_checks(k, k->step->checks, k->step->n_checks, YH_AT_DECISION, err);
	if (rc != YH_OK || (i + 1 < how->n && strcmp(how->priors[i + 1].step, p->step) == 0))
		return rc; /* the last of its desks carries it on */
	return have_effects(k, o, err);
}

enum yh_rc yh_case_take_over(struct yh_case_cx *k, const struct yh_arrival *how, struct yh_err *err)
{
	int last = -1;
	enum yh_rc rc = yh_case_record(k,
				       &(struct yh_record){ .kind = "case.arrived",
							    .article = k->c->procedure->article,
							    .role = k->c->row.filer_role,
							    .org = k->c->row.filer_org,
							    .payload = how->payload },
				       err);

	for (size_t i = 0; rc == YH_OK && i < how->n; i++)
		rc = take_prior(k, how, i, &last, err);
	k->step = NULL;
	k->input = NULL;
	return rc == YH_OK ? yh_case_advance(k, last, err) : rc;
}
