/* Quotas and allowances: all lines of a project in one document. */
#include <stdio.h>
#include <string.h>

#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "store/usage.h"

static const struct yh_link_list lists[] = { { "", YH_MIRROR_PROJECTS } };

/* ---- sending ---- */

static enum yh_rc emit_project(struct yh_ctx *cx, const struct yh_mirror_of *of,
			       const struct yh_id *project, yh_link_key_fn emit, void *arg,
			       struct yh_err *err)
{
	const char *code;
	enum yh_rc rc =
		yh_mirror_key_of(cx->tx, YH_MIRROR_PROJECTS, of, project, cx->arena, &code, err);

	return rc == YH_OK && code[0] && strlen(code) <= YH_LINK_KEY_MAX ? emit(arg, code, err)
									 : rc;
}

/* Under the codes that it had before, a project has no lines any more. */
static enum yh_rc emit_past(struct yh_ctx *cx, const struct yh_id *project, yh_link_key_fn emit,
			    void *arg, struct yh_err *err)
{
	const char **codes;
	size_t n = 0;
	enum yh_rc rc = yh_mirror_past_codes(cx->tx, project, cx->arena, &codes, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strlen(codes[i]) <= YH_LINK_KEY_MAX)
			rc = emit(arg, codes[i], err);
	return rc;
}

/* Allowances change with their project's quota, and with the resources they are for. */
YH_LINK_TOUCHED_FN(yh_link_quota_touched)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct yh_err none = { 0 };
	struct yh_resource_row r;
	enum yh_rc rc = YH_OK;

	if (strcmp(event->kind, "project.moved") == 0)
		rc = emit_past(cx, &event->object, emit, arg, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(event->object_kind, "project") == 0)
		return emit_project(cx, &ours, &event->object, emit, arg, err);
	if (strcmp(event->object_kind, "resource") != 0)
		return YH_OK;
	rc = yh_resource_load(cx->tx, &event->object, cx->arena, &r, &none);
	if (rc == YH_OK)
		return emit_project(cx, &ours, &r.project, emit, arg, err);
	if (rc == YH_NOT_FOUND)
		return YH_OK;
	*err = none;
	return rc;
}

YH_LINK_KEYS_FN(yh_link_quota_keys)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	return yh_link_list_keys(cx, &ours, lists, 1, after, n, emit, arg, err);
}

static enum yh_rc say_resource(struct yh_ctx *cx, const struct yh_id *resource, json_t *line,
			       struct yh_err *err)
{
	char no[40];
	enum yh_rc rc;

	if (yh_id_is_zero(resource))
		return YH_OK;
	rc = yh_resource_no(cx->tx, resource, no, err);
	return rc == YH_OK ? yh_link_say(line, "resource", no, err) : rc;
}

static enum yh_rc add_line(struct yh_ctx *cx, const struct yh_quota_row *q, json_t *list,
			   struct yh_err *err)
{
	json_t *line = json_pack("{s:s, s:s, s:I}", "type", q->kind, "dim", q->dim,
				 "quantity_milli", (json_int_t)q->qty_milli);
	char no[40];
	enum yh_rc rc = json_array_append_new(list, line) == 0
				? yh_link_say_day(line, "first", q->first_day, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = yh_link_say_day(line, "last", q->last_day, err);
	if (rc == YH_OK)
		rc = yh_link_say(line, "rrule", q->rrule, err);
	if (rc == YH_OK && q->span_days > 0 &&
	    json_object_set_new(line, "span_days", json_integer(q->span_days)) != 0)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = say_resource(cx, &q->resource, line, err);
	if (rc == YH_OK)
		rc = yh_mirror_case_no(cx->tx, &q->case_id, no, err);
	if (rc == YH_OK)
		rc = yh_link_say(line, "case", no, err);
	return rc == YH_OK ? yh_link_say_time(line, "created", q->created_at, err) : rc;
}

YH_LINK_BUILD_FN(yh_link_quota_build)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct yh_quota_row *lines;
	struct yh_project_row p;
	struct yh_org_row unit;
	struct yh_id id;
	size_t n = 0;
	enum yh_rc rc = yh_mirror_id_of(cx->tx, YH_MIRROR_PROJECTS, &ours, key, &id, err);

	*body = NULL;
	if (rc != YH_OK || yh_id_is_zero(&id))
		return rc;
	rc = yh_project_load(cx->tx, &id, cx->arena, &p, err);
	if (rc == YH_OK)
		rc = yh_quota_lines(cx->tx, &p.unit, &id, NULL, YH_DAY_MIN, cx->arena, &lines, &n,
				    err);
	if (rc != YH_OK || n == 0)
		return rc;
	rc = yh_org_load(cx->tx, &p.unit, cx->arena, &unit, err);
	if (rc == YH_OK)
		rc = yh_link_packed(json_pack("{s:s, s:s, s:s, s:[]}", "kind", "quota", "project",
					      p.code, "unit", unit.code, "lines"),
				    body, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = add_line(cx, &lines[i], json_object_get(*body, "lines"), err);
	return rc;
}

/* ---- taking ---- */

static enum yh_rc take_line(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *e,
			    struct yh_quota_row *q, struct yh_err *err)
{
	const char *rrule = yh_json_text(e, "rrule");
	struct yh_id cloud;
	char no[40];
	enum yh_rc rc = yh_link_text(e, "type", q->kind, sizeof q->kind, err);

	if (rc == YH_OK)
		rc = yh_link_text(e, "dim", q->dim, sizeof q->dim, err);
	if (rc == YH_OK)
		rc = yh_link_day(e, "first", &q->first_day, err);
	if (rc == YH_OK)
		rc = yh_link_day(e, "last", &q->last_day, err);
	if (rc == YH_OK)
		rc = yh_link_time(e, "created", &q->created_at, err);
	if (rc == YH_OK)
		rc = yh_link_case(cx, peer, e, "case", &q->case_id, err);
	if (rc == YH_OK && yh_json_text(e, "resource")) {
		rc = yh_link_code(e, "resource", no, sizeof no, err);
		if (rc == YH_OK)
			rc = yh_link_resource(cx, peer, no, &q->resource, &cloud, err);
		if (rc == YH_OK && !yh_id_is_zero(&cloud) && !yh_id_eq(&cloud, &peer->cloud))
			rc = yh_link_foreign(err, "resource", "resource", no);
	}
	q->rrule = rrule;
	q->qty_milli = json_integer_value(json_object_get(e, "quantity_milli"));
	q->span_days = json_integer_value(json_object_get(e, "span_days"));
	return rc;
}

static enum yh_rc take_lines(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			     const json_t *body, const struct yh_quota_row *of, struct yh_err *err)
{
	const json_t *list = json_object_get(body, "lines");
	size_t n = json_array_size(list);
	struct yh_quota_row *rows = YH_NEW_N(cx->arena, struct yh_quota_row, n + 1);
	enum yh_rc rc = rows ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_err why = { 0 };
		char name[YH_LINK_KEY_MAX + 24];

		rows[i] = *of;
		(void)snprintf(name, sizeof name, "%s#%zu", key, i);
		rows[i].id = yh_link_id(peer, "quota", name);
		rc = take_line(cx, peer, json_array_get(list, i), &rows[i], &why);
		if (rc != YH_OK) {
			char at[sizeof why.field];

			memcpy(at, why.field, sizeof at);
			*err = why;
			yh_err_field(err, "/lines/%zu%.100s", i, at);
		}
	}
	return rc == YH_OK ? yh_mirror_quota(cx->tx, &of->project, rows, n, err) : rc;
}

YH_LINK_APPLY_FN(yh_link_quota_apply)
{
	static const char *const kinds[] = { "quota", NULL };
	struct yh_quota_row of = { .last_day = YH_DAY_NONE };
	const char *kind;
	enum yh_rc rc;

	if (!body) {
		rc = yh_link_find_project(cx, peer, key, &of.project, err);
		return rc == YH_OK && !yh_id_is_zero(&of.project)
			       ? yh_mirror_quota(cx->tx, &of.project, NULL, 0, err)
			       : rc;
	}
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = yh_link_keyed(key, yh_json_text(body, "project"), err);
	if (rc == YH_OK)
		rc = yh_link_unit(cx, peer, body, "unit", &of.unit, err);
	if (rc == YH_OK)
		rc = yh_link_project(cx, peer, body, "project", &of.project, err);
	return rc == YH_OK ? take_lines(cx, peer, key, body, &of, err) : rc;
}
