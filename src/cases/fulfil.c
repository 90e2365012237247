/* Fulfilled steps that no person closes: a machine has carried out what they ask. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/internal.h"
#include "law/form.h"

static enum yh_rc not_open(const char *slug, const char *name, const char *value,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_CONFLICT, slug);

	yh_err_text(err, name, value);
	return rc;
}

/* The step as it stands, with k->step set; open, in an open case. */
static enum yh_rc find(struct yh_case_cx *k, const struct yh_id *step_id, struct yh_step_row *row,
		       int *at, struct yh_err *err)
{
	enum yh_rc rc = yh_step_load(k->cx->tx, step_id, k->cx->arena, row, err);

	if (rc != YH_OK)
		return rc;
	*at = yh_step_index(k->c->procedure, row->step);
	if (*at < 0 || row->closed_at || strcmp(row->kind, "fulfil") != 0)
		return not_open("step-not-open", "step", row->step, err);
	if (strcmp(k->c->row.state, "open") != 0)
		return not_open("case-not-open", "state", k->c->row.state, err);
	k->step = &k->c->procedure->steps[*at];
	return YH_OK;
}

static enum yh_rc case_of(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_id *out,
			  struct yh_err *err)
{
	struct yh_step_row row;
	enum yh_rc rc = yh_step_load(cx->tx, step_id, cx->arena, &row, err);

	if (rc == YH_OK)
		*out = row.case_id;
	return rc;
}

enum yh_rc yh_case_fulfil_check(struct yh_ctx *cx, const struct yh_id *step_id, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	const struct yh_procedure *p;
	struct yh_step_row row;
	struct yh_id id;
	int at;
	enum yh_rc rc = case_of(cx, step_id, &id, err);

	if (rc == YH_OK)
		rc = yh_case_get(cx, &id, &c, err);
	if (rc == YH_OK)
		rc = find(&k, step_id, &row, &at, err);
	if (rc != YH_OK)
		return rc;
	p = c.procedure;
	rc = yh_run_checks(&k, k.step->checks, k.step->n_checks, YH_AT_DECISION, err);
	if (rc == YH_OK && !c.row.effected && !yh_outcome_only_tells(&k.step->outcomes[0]))
		rc = yh_run_checks(&k, p->checks, p->n_checks, YH_AT_EFFECT, err);
	return rc;
}

static enum yh_rc take_form(struct yh_case_cx *k, const json_t *form, struct yh_err *err)
{
	const struct yh_outcome *o = &k->step->outcomes[0];

	if (!o->form)
		return YH_OK;
	k->input = form;
	return yh_form_validate(o->form, form, err);
}

static enum yh_rc close_row(struct yh_case_cx *k, struct yh_step_row *row, struct yh_err *err)
{
	const struct yh_outcome *o = &k->step->outcomes[0];
	char *payload = k->input ? yh_json_canonical(k->input) : NULL;
	enum yh_rc rc;

	row->closed_at = k->cx->now;
	row->reason = "";
	(void)snprintf(row->outcome, sizeof row->outcome, "%s", o->name);
	rc = yh_step_close(k->cx->tx, row, err);
	if (rc == YH_OK)
		rc = yh_case_record(k,
				    &(struct yh_record){ .kind = "step.fulfilled",
							 .article = k->step->article,
							 .outcome = o->name,
							 .before = k->step->name,
							 .role = YH_SYSTEM_ROLE,
							 .org = row->org,
							 .payload = payload },
				    err);
	free(payload);
	return rc == YH_OK ? yh_step_told(k, k->step, row, err) : rc;
}

/* Desks of the same step that still have to answer. */
static enum yh_rc others_open(struct yh_case_cx *k, const struct yh_step_row *row, bool *any,
			      struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	*any = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*any = *any || (!rows[i].closed_at && strcmp(rows[i].step, row->step) == 0);
	return rc;
}

enum yh_rc yh_case_fulfil(struct yh_ctx *cx, const struct yh_id *step_id, const json_t *form,
			  struct yh_case *out, struct yh_err *err)
{
	struct yh_case_cx k = { .cx = cx, .c = out };
	struct yh_step_row row;
	struct yh_id id;
	bool others;
	int at;
	enum yh_rc rc = case_of(cx, step_id, &id, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &id, out, err);
	if (rc == YH_OK)
		rc = find(&k, step_id, &row, &at, err);
	if (rc == YH_OK)
		rc = take_form(&k, form, err);
	if (rc == YH_OK)
		rc = yh_run_checks(&k, k.step->checks, k.step->n_checks, YH_AT_DECISION, err);
	if (rc == YH_OK)
		rc = close_row(&k, &row, err);
	if (rc == YH_OK)
		rc = others_open(&k, &row, &others, err);
	if (rc == YH_OK && !others)
		rc = yh_case_carry_on(&k, at, &k.step->outcomes[0], err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}
