/* What forms refer to, between servers; and the members of documents about cases. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/mark.h"
#include "link/case_internal.h"
#include "link/file.h"
#include "store/project_query.h"

enum { DEPTH = 8, LONG_BYTES = 64 * 1024 };

typedef enum yh_rc (*rename_fn)(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *ref,
				const char *text, char out[128], struct yh_err *err);

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* What is not there keeps the name it has. */
static enum yh_rc settle(enum yh_rc rc, const struct yh_err *why, struct yh_err *err)
{
	if (rc == YH_OK || rc == YH_NOT_FOUND || rc == YH_BAD_INPUT)
		return YH_OK;
	if (err && err->rc == YH_OK)
		*err = *why;
	return rc;
}

static enum yh_rc name_out(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *ref,
			   const char *text, char out[128], struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_resource_row r;
	struct yh_project_row p;
	struct yh_case_row c;
	struct yh_id id;
	enum yh_rc rc;

	if (is(ref, "document"))
		return yh_link_file_out(cx, peer, text, out, err);
	rc = yh_id_parse(text, &id, &why);
	if (rc == YH_OK && is(ref, "resource")) {
		rc = yh_resource_load(cx->tx, &id, cx->arena, &r, &why);
		if (rc == YH_OK)
			(void)snprintf(out, 128, "%s", r.no);
	} else if (rc == YH_OK && is(ref, "project")) {
		rc = yh_project_load(cx->tx, &id, cx->arena, &p, &why);
		if (rc == YH_OK)
			(void)snprintf(out, 128, "%s", p.code);
	} else if (rc == YH_OK && is(ref, "case")) {
		rc = yh_case_load(cx->tx, &id, cx->arena, &c, &why);
		if (rc == YH_OK)
			(void)snprintf(out, 128, "%s", c.no);
	}
	return settle(rc, &why, err);
}

static enum yh_rc name_in(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *ref,
			  const char *text, char out[128], struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_project_row p;
	char id_text[YH_ID_TEXT];
	struct yh_id id = { { 0 } };
	enum yh_rc rc = YH_NOT_FOUND;

	if (is(ref, "document"))
		return yh_link_file_in(cx, peer, text, out, err);
	if (is(ref, "resource"))
		rc = yh_resource_id_by_no(cx->tx, text, &id, &why);
	else if (is(ref, "case"))
		rc = yh_case_id_by_no(cx->tx, text, &id, &why);
	else if (is(ref, "project"))
		rc = yh_project_by_code(cx->tx, text, cx->arena, &p, &why);
	if (rc == YH_OK && is(ref, "project"))
		id = p.id;
	if (rc == YH_OK)
		(void)snprintf(out, 128, "%s", yh_id_text(&id, id_text));
	return settle(rc, &why, err);
}

static enum yh_rc walk(struct yh_ctx *cx, const struct yh_link_peer *peer, rename_fn rename,
		       const json_t *schema, json_t *v, int depth, struct yh_err *err)
{
	const char *ref = yh_json_text(schema, "x-ref"), *key;
	enum yh_rc rc = YH_OK;
	json_t *part;
	size_t i;

	if (!schema || depth == 0)
		return YH_OK;
	if (json_is_string(v) && ref) {
		char out[128] = "";

		rc = rename(cx, peer, ref, json_string_value(v), out, err);
		return rc == YH_OK && out[0] && json_string_set(v, out) != 0
			       ? yh_fail(err, YH_TOO_LARGE, "memory-short")
			       : rc;
	}
	json_array_foreach(v, i, part) if (rc == YH_OK) rc =
		walk(cx, peer, rename, json_object_get(schema, "items"), part, depth - 1, err);
	json_object_foreach(v, key, part) if (rc == YH_OK) rc =
		walk(cx, peer, rename, json_object_get(json_object_get(schema, "properties"), key),
		     part, depth - 1, err);
	return rc;
}

static enum yh_rc copy(struct yh_ctx *cx, const struct yh_link_peer *peer, rename_fn rename,
		       const json_t *schema, const json_t *form, json_t **out, struct yh_err *err)
{
	enum yh_rc rc;

	*out = json_deep_copy(form);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = walk(cx, peer, rename, schema, *out, DEPTH, err);
	if (rc != YH_OK)
		yh_json_put(out);
	return rc;
}

const json_t *yh_case_form_of(const struct yh_procedure *p, const char *step, const char *outcome)
{
	const struct yh_step *s = p ? yh_procedure_step(p, step) : NULL;

	for (size_t i = 0; s && i < s->n_outcomes; i++)
		if (is(s->outcomes[i].name, outcome))
			return s->outcomes[i].form;
	return NULL;
}

static enum yh_rc text(struct yh_ctx *cx, const struct yh_link_peer *peer, rename_fn rename,
		       const json_t *schema, const char *given, const char **out,
		       struct yh_err *err)
{
	YH_JSON_AUTO form = NULL;
	YH_JSON_AUTO made = NULL;
	char *said;
	enum yh_rc rc;

	*out = given;
	if (!given[0])
		return YH_OK;
	rc = yh_json_parse(given, strlen(given), &form, err);
	if (rc == YH_OK)
		rc = copy(cx, peer, rename, schema, form, &made, err);
	if (rc != YH_OK)
		return rc;
	said = yh_json_canonical(made);
	if (!said || !yh_arena_defer(cx->arena, free, said))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*out = said;
	return YH_OK;
}

enum yh_rc yh_case_text_out(struct yh_ctx *cx, const struct yh_link_peer *peer,
			    const json_t *schema, const char *given, const char **out,
			    struct yh_err *err)
{
	return text(cx, peer, name_out, schema, given, out, err);
}

enum yh_rc yh_case_text_in(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *schema,
			   const char *given, const char **out, struct yh_err *err)
{
	return text(cx, peer, name_in, schema, given, out, err);
}

static enum yh_rc bad_field(const char *name, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "link-field");

	yh_err_field(err, "/%s", name);
	yh_err_text(err, "field", name);
	return rc;
}

enum yh_rc yh_case_field(const json_t *body, const char *name, bool needed, char *out, size_t size,
			 struct yh_err *err)
{
	const json_t *v = json_object_get(body, name);
	const char *said = v ? json_string_value(v) : "";

	if (!said || (needed && !said[0]) || strlen(said) >= size)
		return bad_field(name, err);
	(void)snprintf(out, size, "%s", said);
	return YH_OK;
}

enum yh_rc yh_case_label_told(const json_t *body, char *out, size_t size, struct yh_err *err)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	enum yh_rc rc = yh_case_field(body, "label", false, out, size, err);

	return rc == YH_OK && out[strspn(out, name)] ? bad_field("label", err) : rc;
}

enum yh_rc yh_case_long(struct yh_ctx *cx, const json_t *body, const char *name, const char **out,
			struct yh_err *err)
{
	const json_t *v = json_object_get(body, name);
	const char *said = v ? json_string_value(v) : "";

	if (!said || strlen(said) > LONG_BYTES)
		return bad_field(name, err);
	*out = yh_arena_strdup(cx->arena, said);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_case_time(const json_t *body, const char *name, yh_time *out, struct yh_err *err)
{
	char said[YH_TIME_TEXT + 8];
	enum yh_rc rc = YH_CASE_FIELD(body, name, false, said, err);

	*out = 0;
	if (rc != YH_OK || !said[0])
		return rc;
	return yh_time_parse(said, out, NULL) == YH_OK ? YH_OK : bad_field(name, err);
}

enum yh_rc yh_case_instant(struct yh_ctx *cx, const json_t *body, const char *name, yh_time *out,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_case_time(body, name, out, err);

	if (*out > cx->now)
		*out = cx->now;
	return rc;
}

enum yh_rc yh_case_date(const json_t *body, const char *name, yh_day *out, struct yh_err *err)
{
	char said[YH_DAY_TEXT + 8];
	enum yh_rc rc = YH_CASE_FIELD(body, name, false, said, err);

	*out = YH_DAY_NONE;
	if (rc != YH_OK || !said[0])
		return rc;
	return yh_day_parse(said, out, NULL) == YH_OK ? YH_OK : bad_field(name, err);
}

enum yh_rc yh_case_say_label(struct yh_ctx *cx, json_t *body, const struct yh_case_row *row,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK && !yh_mark_is_lowest(pack, row->procedure, row->label))
		yh_case_say(body, "label", yh_mark_of(pack, row->procedure, row->label));
	return rc;
}

/* Texts may hold what the wire does not take: line ends of other systems, and controls. */
void yh_case_say(json_t *body, const char *name, const char *said)
{
	size_t n = 0;
	char *kept = strdup(said ? said : "");

	for (const char *p = kept; p && *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 0x20 || c == '\n' || c == '\t')
			kept[n++] = *p;
	}
	if (kept)
		kept[n] = 0;
	(void)json_object_set_new(body, name, json_string(kept ? kept : ""));
	free(kept);
}

void yh_case_say_time(json_t *body, const char *name, yh_time t)
{
	char out[YH_TIME_TEXT];

	yh_case_say(body, name, t ? yh_time_text(t, out) : "");
}

void yh_case_say_day(json_t *body, const char *name, yh_day day)
{
	char out[YH_DAY_TEXT];

	yh_case_say(body, name, day != YH_DAY_NONE ? yh_day_text(day, out) : "");
}
