/* Reducing, transferring and cancelling quotas (X11). */
#include "effects/quota.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"

/* What a project would lose: entries of the form's `dimensions`, or everything on cancellation. */
static enum yh_rc losses(struct yh_case_cx *k, const struct yh_spans *quota, struct yh_spans *out,
			 struct yh_err *err)
{
	const char *action = yh_json_text(k->c->form, "action");
	const json_t *dims = json_object_get(k->c->form, "dimensions");
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = YH_OK;

	*out = (struct yh_spans){ .arena = k->cx->arena };
	if (action && strcmp(action, "cancel") == 0) {
		for (size_t i = 0; rc == YH_OK && i < quota->n; i++)
			rc = yh_spans_add(out, quota->v[i].dim, quota->v[i].qty_milli,
					  quota->v[i].first, quota->v[i].last, err);
		return rc;
	}
	for (size_t i = 0; rc == YH_OK && i < json_array_size(dims); i++) {
		const json_t *e = json_array_get(dims, i);
		int64_t qty;

		rc = yh_form_milli(e, "dimensions", i, "quantity", &qty, err);
		if (rc == YH_OK)
			rc = yh_spans_add(out, yh_json_text(e, "dimension"), qty, today,
					  YH_DAY_NONE, err);
	}
	return rc;
}

/* The project that receives a transfer: of the same unit, so that the unit's total stays. */
static enum yh_rc receiver(struct yh_case_cx *k, struct yh_id *out, struct yh_err *err)
{
	const char *text = yh_json_text(k->c->form, "to_project");
	struct yh_project_row p;
	enum yh_rc rc =
		text ? yh_id_parse(text, out, err) : yh_fail(err, YH_BAD_INPUT, "form-missing");

	if (rc == YH_OK)
		rc = yh_project_load(k->cx->tx, out, k->cx->arena, &p, err);
	if (rc == YH_OK &&
	    (!yh_id_eq(&p.unit, &k->c->row.unit) || !yh_id_eq(&p.cloud, &k->c->row.cloud)))
		rc = yh_fail(err, YH_NOT_FOUND, "project-unknown");
	if (rc == YH_OK && strcmp(p.state, "failed") == 0) {
		rc = yh_refuse(err, "project-state", k->c->procedure->article);
		yh_err_text(err, "project", p.code);
		yh_err_text(err, "state", p.state);
		yh_err_text(err, "needed", "initiated");
	}
	if (rc == YH_OK && yh_id_eq(out, &k->c->row.project))
		rc = yh_fail(err, YH_BAD_INPUT, "transfer-to-itself");
	if (rc != YH_OK)
		yh_err_field(err, "/form/to_project");
	return rc;
}

/* What the action needs stands in the form; a refusal comes at filing, not when it is decided. */
static enum yh_rc need_parts(struct yh_case_cx *k, struct yh_err *err)
{
	const char *action = yh_json_text(k->c->form, "action");
	bool cancel = action && strcmp(action, "cancel") == 0;
	size_t n = json_array_size(json_object_get(k->c->form, "dimensions"));
	struct yh_id to;

	if (cancel != (n == 0))
		return yh_fail_field(err, YH_BAD_INPUT, cancel ? "form-unknown" : "form-missing",
				     "/form/dimensions");
	if (action && strcmp(action, "transfer") == 0)
		return receiver(k, &to, err);
	if (json_object_get(k->c->form, "to_project"))
		return yh_fail_field(err, YH_BAD_INPUT, "form-unknown", "/form/to_project");
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_quota_change_fits)
{
	struct yh_spans quota, taken, loss;
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = need_parts(k, err);

	if (rc == YH_OK)
		rc = yh_quota_around(k, false, false, &quota, &taken, err);
	if (rc == YH_OK)
		rc = losses(k, &quota, &loss, err);
	if (rc != YH_OK)
		return rc;
	/* What is lost must be covered by what neither runs nor is reserved: the same comparison,
	 * with the loss in the place of an application. */
	return yh_quota_compare(&quota, &taken, &loss, 100, today, today + YH_HORIZON_DAYS,
				"quota-still-used", yh_use_article(k, use), err);
}

static enum yh_rc change_line(struct yh_case_cx *k, const struct yh_id *project, const char *dim,
			      int64_t qty_milli, struct yh_err *err)
{
	struct yh_project_row p;
	struct yh_quota_row q = {
		.id = yh_ctx_new_id(k->cx),
		.project = *project,
		.kind = "base",
		.qty_milli = qty_milli,
		.first_day = yh_ctx_today(k->cx),
		.last_day = YH_DAY_NONE,
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};
	enum yh_rc rc = yh_project_load(k->cx->tx, project, k->cx->arena, &p, err);

	if (rc != YH_OK)
		return rc;
	q.unit = p.unit;
	(void)snprintf(q.dim, sizeof q.dim, "%s", dim);
	return yh_quota_insert(k->cx->tx, &q, err);
}

static enum yh_rc cancel_all(struct yh_case_cx *k, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *lines;
	size_t n;
	enum yh_rc rc = yh_quota_lines(k->cx->tx, &k->c->row.unit, &k->c->row.project, NULL, today,
				       k->cx->arena, &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_quota_end(k->cx->tx, &lines[i].id, today - 1, err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_quota_change)
{
	const char *action = yh_json_text(k->c->form, "action");
	const json_t *dims = json_object_get(k->c->form, "dimensions");
	bool transfer = action && strcmp(action, "transfer") == 0;
	struct yh_id to = { { 0 } };
	enum yh_rc rc = transfer ? receiver(k, &to, err) : YH_OK;

	(void)use;
	if (rc == YH_OK && action && strcmp(action, "cancel") == 0)
		rc = cancel_all(k, err);
	else
		for (size_t i = 0; rc == YH_OK && i < json_array_size(dims); i++) {
			const json_t *e = json_array_get(dims, i);
			const char *dim = yh_json_text(e, "dimension");
			int64_t qty;

			rc = yh_form_milli(e, "dimensions", i, "quantity", &qty, err);
			if (rc == YH_OK)
				rc = change_line(k, &k->c->row.project, dim, -qty, err);
			if (rc == YH_OK && transfer)
				rc = change_line(k, &to, dim, qty, err);
		}
	if (rc == YH_OK)
		rc = yh_effect_record(k, "quota.changed", "project", &k->c->row.project, NULL,
				      action, err);
	return rc;
}
