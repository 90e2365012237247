/* References as people write them. */
#include <string.h>

#include "api/api.h"
#include "store/case_file.h"
#include "store/party.h"
#include "store/person.h"
#include "store/project_query.h"

bool yh_relation_any(const struct yh_req *rq)
{
	return rq->relation && strcmp(rq->relation, "any") == 0;
}

enum yh_rc yh_relation_body(const struct yh_req *rq, struct yh_tx *tx, const struct yh_id *cloud,
			    bool *has, struct yh_err *err)
{
	const struct yh_actor *a = rq->cx.actor;
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	*has = yh_relation_any(rq);
	for (size_t i = 0; rc == YH_OK && !*has && i < a->n_grants; i++)
		if (yh_pack_may(pack, a->grants[i].role, rq->op->action))
			rc = yh_cloud_has_body(tx, cloud, a->grants[i].role, &a->grants[i].org, has,
					       err);
	return rc;
}

static bool is_id(const char *text, struct yh_id *out)
{
	return yh_id_parse(text, out, NULL) == YH_OK;
}

enum yh_rc yh_ref_case(struct yh_ctx *cx, const char *text, struct yh_id *out, struct yh_err *err)
{
	return is_id(text, out) ? YH_OK : yh_case_id_by_no(cx->tx, text, out, err);
}

enum yh_rc yh_ref_subject(struct yh_ctx *cx, const char *const subjects[YH_SUBJECT_KINDS],
			  struct yh_id *out, struct yh_err *err)
{
	const struct yh_subject_kind *kind = NULL;
	enum yh_rc rc;

	*out = (struct yh_id){ { 0 } };
	for (size_t i = 0; i < YH_SUBJECT_KINDS; i++) {
		if (!subjects[i])
			continue;
		if (kind)
			return yh_fail_field(err, YH_BAD_INPUT, "subject-several",
					     yh_subject_kinds[i].name);
		kind = &yh_subject_kinds[i];
	}
	if (!kind)
		return YH_OK;
	rc = yh_subject_by_no(cx->tx, kind, subjects[kind - yh_subject_kinds], out, err);
	if (rc != YH_OK)
		yh_err_field(err, "/%s", kind->name);
	return rc;
}

enum yh_rc yh_ref_project(struct yh_ctx *cx, const char *text, struct yh_id *out,
			  struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	struct yh_project_row row;
	struct yh_err none = { 0 };
	enum yh_rc rc = YH_NOT_FOUND;

	if (is_id(text, out))
		return YH_OK;
	for (size_t i = 0; rc == YH_NOT_FOUND && i < a->n_grants; i++) {
		yh_err_clear(&none);
		rc = yh_project_of_unit(cx->tx, &a->grants[i].org, text, cx->arena, &row, &none);
	}
	if (rc == YH_OK)
		*out = row.id;
	if (rc != YH_NOT_FOUND) {
		if (rc != YH_OK)
			*err = none;
		return rc;
	}
	rc = yh_project_by_code(cx->tx, text, cx->arena, &row, err);
	*out = row.id;
	return rc;
}

enum yh_rc yh_ref_project_filter(struct yh_ctx *cx, const char *text, struct yh_id *out,
				 struct yh_err *err)
{
	enum yh_rc rc = yh_ref_project(cx, text, out, err);

	if (rc != YH_NOT_FOUND)
		return rc;
	*err = (struct yh_err){ 0 };
	memset(out->b, 0xFF, sizeof out->b);
	return YH_OK;
}

enum yh_rc yh_ref_org(struct yh_ctx *cx, const char *text, struct yh_id *out, struct yh_err *err)
{
	struct yh_org_row row;
	enum yh_rc rc;

	if (is_id(text, out))
		return YH_OK;
	rc = yh_org_by_code(cx->tx, text, cx->arena, &row, err);
	*out = row.id;
	return rc;
}

enum yh_rc yh_ref_cloud(struct yh_ctx *cx, const char *text, struct yh_id *out, struct yh_err *err)
{
	struct yh_cloud_row row;
	enum yh_rc rc;

	if (is_id(text, out))
		return YH_OK;
	rc = yh_cloud_by_code(cx->tx, text, cx->arena, &row, err);
	*out = row.id;
	return rc;
}

enum yh_rc yh_ref_own_cloud(struct yh_req *rq, const char *text, struct yh_id *out,
			    struct yh_err *err)
{
	bool has = false;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, text, out, err);

	if (rc == YH_OK)
		rc = yh_relation_body(rq, rq->cx.tx, out, &has, err);
	return rc == YH_OK && !has ? yh_fail(err, YH_NOT_FOUND, "cloud-unknown") : rc;
}

enum yh_rc yh_ref_resource(struct yh_ctx *cx, const char *text, struct yh_id *out,
			   struct yh_err *err)
{
	return is_id(text, out) ? YH_OK : yh_resource_id_by_no(cx->tx, text, out, err);
}

static void drop_json(void *v)
{
	json_decref(v);
}

struct naming {
	struct yh_ctx *cx;
	bool any; /* a number was found */
};

static enum yh_rc by_number(struct naming *n, json_t *name, struct yh_err *err)
{
	const char *text = json_string_value(name);
	char id_text[YH_ID_TEXT];
	struct yh_err why = { 0 };
	struct yh_id id;
	enum yh_rc rc;

	if (!text || is_id(text, &id))
		return YH_OK;
	rc = yh_resource_id_by_no(n->cx->tx, text, &id, &why);
	if (rc == YH_NOT_FOUND || rc == YH_BAD_INPUT)
		return YH_OK;
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	n->any = true;
	return json_string_set(name, yh_id_text(&id, id_text)) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum { FORM_DEPTH = 5 }; /* forms nest no deeper than two lists of objects */

/* `resource`, and what stands in `resources`. */
static bool names_resource(const json_t *v, const char *key)
{
	return json_is_string(v) && (strcmp(key, "resource") == 0 || strcmp(key, "resources") == 0);
}

/* Is there anything that must be looked up? */
static bool names_any(const json_t *v, const char *key, int depth)
{
	json_t *form = (json_t *)(uintptr_t)v, *e;
	struct yh_id id;
	const char *k;
	size_t i;

	if (names_resource(v, key))
		return !is_id(json_string_value(v), &id);
	if (depth == 0)
		return false;
	json_array_foreach(form, i, e) if (names_any(e, key, depth - 1)) return true;
	json_object_foreach(form, k, e) if (names_any(e, k, depth - 1)) return true;
	return false;
}

static enum yh_rc name_all(struct naming *n, json_t *v, const char *key, int depth,
			   struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	const char *k;
	json_t *e;
	size_t i;

	if (names_resource(v, key))
		return by_number(n, v, err);
	if (depth == 0)
		return YH_OK;
	json_array_foreach(v, i, e) rc = rc == YH_OK ? name_all(n, e, key, depth - 1, err) : rc;
	json_object_foreach(v, k, e) rc = rc == YH_OK ? name_all(n, e, k, depth - 1, err) : rc;
	return rc;
}

enum yh_rc yh_ref_form(struct yh_ctx *cx, const json_t *form, const json_t **out,
		       struct yh_err *err)
{
	struct naming n = { .cx = cx };
	json_t *copy;
	enum yh_rc rc;

	*out = form;
	if (!form || !names_any(form, "", FORM_DEPTH))
		return YH_OK;
	copy = json_deep_copy(form);
	if (!copy)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = name_all(&n, copy, "", FORM_DEPTH, err);
	if (rc == YH_OK && n.any && yh_arena_defer(cx->arena, drop_json, copy)) {
		*out = copy;
		return YH_OK;
	}
	json_decref(copy);
	return rc == YH_OK && n.any ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_ref_person(struct yh_ctx *cx, const char *text, struct yh_id *out, struct yh_err *err)
{
	struct yh_person_row row;
	enum yh_rc rc;

	if (is_id(text, out))
		return YH_OK;
	rc = yh_person_by_login(cx->tx, text, cx->arena, &row, err);
	*out = row.id;
	return rc;
}

enum yh_rc yh_ref_opt(struct yh_ctx *cx, yh_ref_fn by, const char *text, const char *field,
		      struct yh_id *out, struct yh_err *err)
{
	enum yh_rc rc;

	*out = (struct yh_id){ { 0 } };
	if (!text)
		return YH_OK;
	rc = by(cx, text, out, err);
	if (rc != YH_OK)
		yh_err_field(err, "%s", field);
	return rc;
}

enum yh_rc yh_ref_scope(struct yh_ctx *cx, const struct yh_scope *asked, struct yh_id *unit,
			struct yh_id *cloud, struct yh_id *project, struct yh_err *err)
{
	enum yh_rc rc = yh_ref_opt(cx, yh_ref_org, asked->unit, "?unit", unit, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_cloud, asked->cloud, "?cloud", cloud, err);
	if (rc == YH_OK && project)
		rc = yh_ref_opt(cx, yh_ref_project_filter, asked->project, "?project", project,
				err);
	return rc;
}

enum yh_rc yh_ref_kind(struct yh_ctx *cx, const char *kind, const char *field, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc;

	if (!kind)
		return YH_OK;
	rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc != YH_OK || yh_pack_whole(pack, NULL) != YH_OK || yh_pack_kind(pack, kind))
		return rc;
	rc = yh_fail_field(err, YH_BAD_INPUT, "kind-unknown", field);
	yh_err_text(err, "kind", kind);
	return rc;
}
