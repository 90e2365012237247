/* Words about who applies and where: districts, outside bodies, projects, systems, the form. */
#include "effects/party.h"

#include <stdio.h>
#include <string.h>

#include "store/case_query.h"
#include "store/event.h"
#include "store/suspension.h"

static enum yh_rc unit_of(struct yh_case_cx *k, struct yh_org_row *unit, struct yh_err *err)
{
	return yh_org_load(k->cx->tx, &k->c->row.unit, k->cx->arena, unit, err);
}

static enum yh_rc cloud_of(struct yh_case_cx *k, struct yh_cloud_row *cloud, struct yh_err *err)
{
	return yh_cloud_load(k->cx->tx, &k->c->row.cloud, k->cx->arena, cloud, err);
}

YH_WORD_COND_FN(yh_word_applicant_is_district)
{
	struct yh_org_row unit;
	enum yh_rc rc = unit_of(k, &unit, err);

	(void)use;
	*holds = rc == YH_OK && unit.district[0] != 0;
	return rc;
}

YH_WORD_COND_FN(yh_word_cloud_is_municipal)
{
	struct yh_cloud_row cloud;
	enum yh_rc rc = cloud_of(k, &cloud, err);

	(void)use;
	*holds = rc == YH_OK && strcmp(cloud.level, "district") != 0;
	return rc;
}

/* Art. 12: a district's unit that uses municipal resources. */
YH_WORD_COND_FN(yh_word_municipal_for_district)
{
	bool district = false, municipal = false;
	enum yh_rc rc = yh_word_applicant_is_district(k, use, &district, err);

	if (rc == YH_OK)
		rc = yh_word_cloud_is_municipal(k, use, &municipal, err);
	*holds = district && municipal;
	return rc;
}

YH_WORD_COND_FN(yh_word_form_has)
{
	const json_t *v = json_object_get(k->c->form, yh_use_text(use, "field", ""));

	(void)err;
	*holds = v && !json_is_null(v) && !(json_is_array(v) && json_array_size(v) == 0);
	return YH_OK;
}

YH_WORD_COND_FN(yh_word_form_is)
{
	const json_t *v = json_object_get(k->c->form, yh_use_text(use, "field", ""));
	const char *want = yh_use_text(use, "value", "");

	(void)err;
	if (json_is_boolean(v))
		*holds = strcmp(want, json_is_true(v) ? "true" : "false") == 0;
	else
		*holds = json_is_string(v) && strcmp(json_string_value(v), want) == 0;
	return YH_OK;
}

/* A case filed under such a condition proves it. */
YH_WORD_CHECK_FN(yh_word_form_needs)
{
	const char *field = yh_use_text(use, "field", ""), *when = yh_use_text(use, "when", "");
	const char *said = yh_json_text(k->c->form, when), *value = yh_use_text(use, "is", "");
	const char *given = yh_json_text(k->c->form, field);
	enum yh_rc rc;

	if (!said || strcmp(said, value) != 0 || (given && given[0]))
		return YH_OK;
	rc = yh_refuse(err, "evidence-missing", yh_use_article(k, use));
	yh_err_field(err, "/form/%s", field);
	yh_err_text(err, "what", field);
	yh_err_text(err, "when", value);
	return rc;
}

/* A day of the form, or today where it says none. */
static enum yh_rc day_of(const struct yh_case_cx *k, const struct yh_word_use *use, yh_day *out,
			 struct yh_err *err)
{
	const char *field = yh_use_text(use, "field", "");
	const char *text = yh_json_text(k->c->form, field);
	enum yh_rc rc = YH_OK;

	*out = yh_ctx_today(k->cx);
	if (text && text[0])
		rc = yh_day_parse(text, out, err);
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s", field);
	return rc;
}

static enum yh_rc refuse_day(const struct yh_case_cx *k, const struct yh_word_use *use,
			     const char *slug, yh_day day, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, yh_use_article(k, use));

	yh_err_field(err, "/form/%s", yh_use_text(use, "field", ""));
	yh_err_day(err, "day", day);
	yh_err_day(err, "today", yh_ctx_today(k->cx));
	return rc;
}

/* What is told of as having happened does not lie ahead. */
YH_WORD_CHECK_FN(yh_word_form_happened)
{
	yh_day day;
	enum yh_rc rc = day_of(k, use, &day, err);

	if (rc != YH_OK || day <= yh_ctx_today(k->cx))
		return rc;
	return refuse_day(k, use, "day-ahead", day, err);
}

YH_WORD_CHECK_FN(yh_word_form_to_come)
{
	yh_day day;
	enum yh_rc rc = day_of(k, use, &day, err);

	if (rc != YH_OK || day >= yh_ctx_today(k->cx))
		return rc;
	return refuse_day(k, use, "day-past", day, err);
}

YH_WORD_CHECK_FN(yh_word_case_once)
{
	const char *field = yh_use_text(use, "field", "");
	const json_t *mine = json_object_get(k->c->form, field), *form;
	struct yh_open_case *open = NULL;
	size_t n = 0;
	enum yh_rc rc = yh_case_open_beside(k->cx->tx, &k->c->row, k->cx->arena, &open, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = yh_json_parse_in(k->cx->arena, open[i].form, strlen(open[i].form), &form, err);
		if (rc != YH_OK || !json_equal(mine, json_object_get(form, field)))
			continue;
		rc = yh_refuse(err, "case-open-same", yh_use_article(k, use));
		yh_err_field(err, "/form/%s", field);
		yh_err_text(err, "case", open[i].no);
	}
	return rc;
}

YH_WORD_CHECK_FN(yh_word_applicant_is_municipal)
{
	struct yh_org_row unit;
	enum yh_rc rc = unit_of(k, &unit, err);

	if (rc != YH_OK || !unit.district[0])
		return rc;
	rc = yh_refuse(err, "applicant-of-district", yh_use_article(k, use));
	yh_err_text(err, "unit", unit.name);
	return rc;
}

static enum yh_rc refuse_system(const json_t *system, size_t i, const char *slug,
				const char *article, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, article);

	yh_err_field(err, "/form/systems/%zu", i);
	yh_err_text(err, "system", yh_json_text(system, "name"));
	return rc;
}

YH_WORD_CHECK_FN(yh_word_mlps_at_most)
{
	const json_t *list = json_object_get(k->c->form, "systems");
	int64_t most = yh_use_int(use, "level", 3);

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);
		int64_t level = json_integer_value(json_object_get(s, "mlps_level"));
		enum yh_rc rc;

		if (level <= most)
			continue;
		rc = refuse_system(s, i, "mlps-too-high", yh_use_article(k, use), err);
		yh_err_int(err, "level", level);
		yh_err_int(err, "most", most);
		return rc;
	}
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_not_classified)
{
	const json_t *list = json_object_get(k->c->form, "systems");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *s = json_array_get(list, i);

		if (json_is_true(json_object_get(s, "classified")))
			return refuse_system(s, i, "system-classified", yh_use_article(k, use),
					     err);
	}
	return YH_OK;
}

YH_WORD_CHECK_FN(yh_word_project_is)
{
	const char *want = yh_use_text(use, "state", "initiated");
	struct yh_project_row p;
	enum yh_rc rc = yh_project_load(k->cx->tx, &k->c->row.project, k->cx->arena, &p, err);

	if (rc != YH_OK || strcmp(p.state, want) == 0)
		return rc;
	rc = yh_refuse(err, "project-state", yh_use_article(k, use));
	yh_err_text(err, "project", p.code);
	yh_err_text(err, "state", p.state);
	yh_err_text(err, "needed", want);
	return rc;
}

static enum yh_rc set_project(struct yh_case_cx *k, const char *state, const char *kind,
			      struct yh_err *err)
{
	struct yh_project_row p;
	enum yh_rc rc = yh_project_load(k->cx->tx, &k->c->row.project, k->cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_project_set_state(k->cx->tx, &p.id, state, err);
	return rc == YH_OK ? yh_effect_record(k, kind, "project", &p.id, p.state, state, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_project_initiate)
{
	(void)use;
	return set_project(k, "initiated", "project.initiated", err);
}

/* A failed initiation takes the quota with it (A18.4); what was allowed for one resource ends with
 * the lease of that one. */
YH_WORD_CHECK_FN(yh_word_project_fail)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *lines;
	size_t n;
	enum yh_rc rc = set_project(k, "failed", "project.failed", err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_quota_lines(k->cx->tx, &k->c->row.unit, &k->c->row.project, NULL, today,
				    k->cx->arena, &lines, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_is_zero(&lines[i].resource))
			rc = yh_quota_end(k->cx->tx, &lines[i].id, today - 1, err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_org_absent)
{
	const char *code = yh_json_text(k->c->form, "code");
	struct yh_org_row org;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_org_by_code(k->cx->tx, code ? code : "", k->cx->arena, &org, &none);

	(void)use;
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	rc = yh_fail_field(err, YH_CONFLICT, "org-exists", "/form/code");
	yh_err_text(err, "code", code);
	return rc;
}

/* Art. 7: an outside body is admitted under the department that answers for it. */
YH_WORD_CHECK_FN(yh_word_org_admit)
{
	const char *sector = yh_json_text(k->c->form, "sector");
	struct yh_org_row sponsor, org = {
		.id = yh_ctx_new_id(k->cx),
		.name = yh_json_text(k->c->form, "name"),
		.kind = "unit",
		.sponsor = k->c->row.unit,
		.outside = true,
		.in_budget = !json_is_true(json_object_get(k->c->form, "outside_budget")),
		.chain = "sign",
		.status = "active",
		.created_at = k->cx->now,
		.version = 1,
	};
	enum yh_rc rc = unit_of(k, &sponsor, err);

	(void)use;
	if (rc != YH_OK)
		return rc;
	(void)snprintf(org.code, sizeof org.code, "%s", yh_json_text(k->c->form, "code"));
	memcpy(org.district, sponsor.district, sizeof org.district);
	if (sector)
		(void)snprintf(org.sector, sizeof org.sector, "%s", sector);
	rc = yh_org_insert(k->cx->tx, &org, err);
	return rc == YH_OK
		       ? yh_effect_record(k, "org.admitted", "org", &org.id, NULL, "active", err)
		       : rc;
}

/* T4: no clock runs between the form's two days; every open deadline is dated anew by a job. */
YH_WORD_CHECK_FN(yh_word_clock_suspend)
{
	const char *from = yh_json_text(k->c->form, "from"), *to = yh_json_text(k->c->form, "to");
	struct yh_suspension_row s = {
		.id = yh_ctx_new_id(k->cx),
		.reason = yh_json_text(k->c->form, "reason"),
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};
	struct yh_id job = yh_ctx_new_id(k->cx);
	enum yh_rc rc = yh_day_parse(from ? from : "", &s.first_day, err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_day_parse(to ? to : "", &s.last_day, err);
	if (rc == YH_OK && s.last_day < s.first_day)
		rc = yh_fail_field(err, YH_BAD_INPUT, "days-reversed", "/form/to");
	if (rc == YH_OK)
		rc = yh_suspension_insert(k->cx->tx, &s, err);
	if (rc == YH_OK)
		rc = yh_job_insert(k->cx->tx, &job, "calendar.reload", &s.id, k->cx->now, err);
	return rc == YH_OK ? yh_effect_record(k, "clock.suspended", "suspension", &s.id, NULL, NULL,
					      err)
			   : rc;
}
