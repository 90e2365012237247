/* Words about quotas: whether what is asked fits, reserving it, granting and changing quotas. */
#include "effects/quota.h"

#include <stdio.h>
#include <string.h>

static enum yh_rc load(struct yh_case_cx *k, bool whole_unit, bool base_only,
		       struct yh_spans *quota, struct yh_spans *taken, struct yh_spans *asked,
		       struct yh_err *err)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	if (rc == YH_OK)
		rc = yh_asked_spans(k, &want, asked, err);
	if (rc == YH_OK)
		rc = yh_quota_around(k, whole_unit, base_only, quota, taken, err);
	return rc;
}

/* How near what is asked comes to the quota, on the day on which it comes nearest. */
static enum yh_rc tell_tightest(struct yh_case_cx *k, const struct yh_spans *quota,
				const struct yh_spans *taken, const struct yh_spans *asked,
				struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_point at;
	struct yh_err *told;
	enum yh_rc rc =
		yh_quota_tightest(quota, taken, asked, today, today + YH_HORIZON_DAYS, &at, err);

	if (rc != YH_OK || !at.dim)
		return rc;
	told = yh_case_told(k, "quota-fits");
	yh_err_text(told, "dimension", at.dim);
	yh_err_milli(told, "asked", at.asked_milli);
	yh_err_milli(told, "taken", at.taken_milli);
	yh_err_milli(told, "quota", at.quota_milli);
	yh_err_milli(told, "left", at.quota_milli - at.taken_milli - at.asked_milli);
	yh_err_day(told, "day", at.day);
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_quota_within)
{
	struct yh_spans quota, taken, asked;
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = load(k, false, false, &quota, &taken, &asked, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_quota_compare(&quota, &taken, &asked, 100, today, today + YH_HORIZON_DAYS,
			      "quota-exceeded", yh_use_article(k, use), err);
	return rc == YH_OK && k->told ? tell_tightest(k, &quota, &taken, &asked, err) : rc;
}

YH_WORD_COND_FN(yh_word_unit_total_exceeds)
{
	struct yh_spans quota, taken, asked;
	struct yh_err why = { 0 };
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = load(k, true, true, &quota, &taken, &asked, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_quota_compare(&quota, &taken, &asked, (int32_t)yh_use_int(use, "percent", 120),
			      today, today + YH_HORIZON_DAYS, "unit-total-exceeded",
			      yh_use_article(k, use), &why);
	*holds = rc == YH_REFUSED;
	if (rc == YH_OK || rc == YH_REFUSED)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

YH_WORD_CHECK_FN(yh_word_quota_reserve)
{
	struct yh_asked want;
	struct yh_spans asked;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	if (rc == YH_OK)
		rc = yh_asked_spans(k, &want, &asked, err);
	for (size_t i = 0; rc == YH_OK && i < asked.n; i++) {
		struct yh_reservation_row r = {
			.id = yh_ctx_new_id(k->cx),
			.case_id = k->c->row.id,
			.unit = k->c->row.unit,
			.project = k->c->row.project,
			.qty_milli = asked.v[i].qty_milli,
			.first_day = asked.v[i].first,
			.last_day = asked.v[i].last,
			.made_at = k->cx->now,
		};

		(void)snprintf(r.dim, sizeof r.dim, "%s", asked.v[i].dim);
		(void)snprintf(r.kind, sizeof r.kind, "%s", yh_use_text(use, "kind", ""));
		rc = yh_reservation_insert(k->cx->tx, &r, err);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_quota_unreserve)
{
	(void)use;
	return yh_reservation_release(k->cx->tx, &k->c->row.id, k->cx->now, k->c->row.state, err);
}

static enum yh_rc insert_line(struct yh_case_cx *k, const char *kind, const json_t *entry,
			      const char *list, size_t i, struct yh_err *err)
{
	const char *from = yh_json_text(entry, "from");
	struct yh_quota_row q = {
		.id = yh_ctx_new_id(k->cx),
		.unit = k->c->row.unit,
		.project = k->c->row.project,
		.first_day = yh_ctx_today(k->cx),
		.last_day = YH_DAY_NONE,
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};
	enum yh_rc rc = yh_form_milli(entry, list, i, "quantity", &q.qty_milli, err);

	(void)snprintf(q.kind, sizeof q.kind, "%s", kind);
	(void)snprintf(q.dim, sizeof q.dim, "%s", yh_json_text(entry, "dimension"));
	if (rc == YH_OK && strcmp(kind, "window") == 0) {
		struct yh_spans probe = { .arena = k->cx->arena };

		q.rrule = yh_json_text(entry, "rrule");
		q.span_days = json_integer_value(json_object_get(entry, "days"));
		if (from)
			rc = yh_day_parse(from, &q.first_day, err);
		if (rc == YH_OK)
			rc = yh_quota_spread(&probe, q.dim, q.qty_milli, q.rrule, q.first_day,
					     q.span_days, q.first_day,
					     q.first_day + YH_HORIZON_DAYS, err);
		if (rc != YH_OK)
			yh_err_field(err, "/form/%s/%zu/rrule", list, i);
	}
	return rc == YH_OK ? yh_quota_insert(k->cx->tx, &q, err) : rc;
}

/* Systems named in a quota application become records of the project. */
static enum yh_rc put_systems(struct yh_case_cx *k, struct yh_err *err)
{
	const json_t *list = json_object_get(k->c->form, "systems");
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		struct yh_system_row s = {
			.id = yh_ctx_new_id(k->cx),
			.project = k->c->row.project,
			.name = yh_json_text(e, "name"),
			.mlps_level = json_integer_value(json_object_get(e, "mlps_level")),
			.classified = json_is_true(json_object_get(e, "classified")),
			.case_id = k->c->row.id,
			.created_at = k->cx->now,
		};

		(void)snprintf(s.code, sizeof s.code, "%s", yh_json_text(e, "code"));
		rc = yh_system_put(k->cx->tx, &s, err);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_quota_grant)
{
	const json_t *granted = json_object_get(k->input, "dimensions");
	const json_t *dims = granted ? granted : json_object_get(k->c->form, "dimensions");
	const json_t *windows = json_object_get(k->c->form, "windows");
	enum yh_rc rc = put_systems(k, err);

	(void)use;
	for (size_t i = 0; rc == YH_OK && i < json_array_size(dims); i++)
		rc = insert_line(k, "base", json_array_get(dims, i), "dimensions", i, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(windows); i++)
		rc = insert_line(k, "window", json_array_get(windows, i), "windows", i, err);
	if (rc == YH_OK)
		rc = yh_effect_record(k, "quota.granted", "project", &k->c->row.project, NULL, NULL,
				      err);
	return rc;
}

/* A grant above the quota by the decision on this case: what passes the quota becomes an allowance,
 * which never enlarges the base against which the 20 % are taken. */
enum yh_rc yh_quota_allow_excess(struct yh_case_cx *k, struct yh_err *err)
{
	struct yh_spans quota, taken, asked;
	yh_day today = yh_ctx_today(k->cx);
	enum yh_rc rc = load(k, false, false, &quota, &taken, &asked, err);

	for (size_t i = 0; rc == YH_OK && i < asked.n; i++) {
		struct yh_quota_row q = {
			.id = yh_ctx_new_id(k->cx),
			.unit = k->c->row.unit,
			.project = k->c->row.project,
			.kind = "allowance",
			.first_day = today,
			.last_day = YH_DAY_NONE,
			.case_id = k->c->row.id,
			.created_at = k->cx->now,
		};
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = strcmp(asked.v[j].dim, asked.v[i].dim) == 0;
		if (seen)
			continue;
		rc = yh_quota_excess(&quota, &taken, &asked, asked.v[i].dim, today,
				     today + YH_HORIZON_DAYS, &q.qty_milli, err);
		if (rc != YH_OK || q.qty_milli == 0)
			continue;
		(void)snprintf(q.dim, sizeof q.dim, "%s", asked.v[i].dim);
		rc = yh_quota_insert(k->cx->tx, &q, err);
	}
	return rc;
}

static enum yh_rc any_running(struct yh_case_cx *k, const struct yh_id *case_id, bool *any,
			      struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, case_id, k->cx->arena, &rs, &n, err);

	*any = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*any = *any || strcmp(rs[i].state, "running") == 0;
	return rc;
}

enum yh_rc yh_quota_end_allowances(struct yh_case_cx *k, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *lines;
	size_t n;
	enum yh_rc rc = yh_quota_lines(k->cx->tx, &k->c->row.unit, &k->c->row.project, NULL, today,
				       k->cx->arena, &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool any;

		/* what is for one resource ends with its lease */
		if (strcmp(lines[i].kind, "allowance") != 0 || !yh_id_is_zero(&lines[i].resource))
			continue;
		rc = any_running(k, &lines[i].case_id, &any, err);
		if (rc == YH_OK && !any)
			rc = yh_quota_end(k->cx->tx, &lines[i].id, today - 1, err);
	}
	return rc;
}
