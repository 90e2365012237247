/* What a form said, in words. */
#include "api/said.h"

#include <string.h>

#include "api/label.h"
#include "api/list.h"
#include "store/catalogue.h"
#include "store/document.h"
#include "store/naming.h"

enum { NAMED_BYTES = 4096 };

struct saying {
	struct yh_req *rq;
	const struct yh_said_about *about;
	/* of each kind: the codes that the form has with their names, "" where there is none, and
	 * the edition or project that they are read in, zero: none */
	json_t *names[YH_NAMING_KINDS];
	struct yh_id within[YH_NAMING_KINDS];
};

/* ---- what codes stand for, read before anything is said ---- */

static const char *known(const struct saying *s, const struct yh_id *id)
{
	for (size_t i = 0; i < s->about->n_known; i++)
		if (yh_id_eq(&s->about->known[i].id, id))
			return s->about->known[i].no;
	return NULL;
}

/* YH_NAMING_KINDS: what it says is no code, or of nothing with a name. */
static size_t kind_of(const json_t *schema)
{
	static const char *const refs[YH_NAMING_KINDS] = { [YH_NAMING_ORG] = "org",
							   [YH_NAMING_ITEM] = "item",
							   [YH_NAMING_SYSTEM] = "system",
							   [YH_NAMING_RESOURCE] = "resource" };
	const char *ref = yh_json_text(schema, "x-ref");
	size_t kind = 0;

	while (kind < YH_NAMING_KINDS && strcmp(ref ? ref : "", refs[kind]) != 0)
		kind++;
	return kind;
}

static bool is_within(size_t kind)
{
	return kind == YH_NAMING_ITEM || kind == YH_NAMING_SYSTEM;
}

/* False when memory is short. */
static bool gather(struct saying *s, const json_t *schema, const json_t *v)
{
	const json_t *props = json_object_get(schema, "properties");
	const char *name, *code = json_string_value(v);
	size_t kind = kind_of(schema), i;
	struct yh_id id;
	json_t *sub;
	bool ok = true;

	json_object_foreach((json_t *)(uintptr_t)props, name, sub) ok =
		ok && gather(s, sub, json_object_get(v, name));
	json_array_foreach((json_t *)(uintptr_t)v, i, sub) ok =
		ok && gather(s, json_object_get(schema, "items"), sub);
	if (!code || kind == YH_NAMING_KINDS ||
	    (is_within(kind) && yh_id_is_zero(&s->within[kind])))
		return ok;
	if (kind == YH_NAMING_RESOURCE && (yh_id_parse(code, &id, NULL) != YH_OK || known(s, &id)))
		return ok;
	if (!s->names[kind])
		s->names[kind] = json_object();
	return json_object_set_new(s->names[kind], code, json_string("")) == 0;
}

static enum yh_rc name_all(struct saying *s, size_t kind, struct yh_err *err)
{
	struct yh_arena *arena = s->rq->cx.arena;
	size_t n_codes = 0, n = 0;
	const char **codes = YH_NEW_N(arena, const char *, json_object_size(s->names[kind]) + 1);
	struct yh_name_row *rows;
	const char *code;
	json_t *name;
	enum yh_rc rc;

	if (!codes)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	json_object_foreach(s->names[kind], code, name) codes[n_codes++] = code;
	rc = yh_naming_load(s->rq->cx.tx, (enum yh_naming)kind,
			    is_within(kind) ? &s->within[kind] : NULL, codes, n_codes, arena, &rows,
			    &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (json_object_set_new(s->names[kind], rows[i].code, json_string(rows[i].name)))
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

/* Of all `forms` at once. */
static enum yh_rc read_names(struct saying *s, const json_t *schema, const json_t *const *forms,
			     size_t n, struct yh_err *err)
{
	struct yh_edition_row edition;
	enum yh_rc rc = YH_OK;

	s->within[YH_NAMING_SYSTEM] = s->about->project;
	if (!yh_id_is_zero(&s->about->cloud) &&
	    yh_edition_on(s->rq->cx.tx, &s->about->cloud, s->about->day, s->rq->cx.arena, &edition,
			  NULL) == YH_OK)
		s->within[YH_NAMING_ITEM] = edition.id;
	for (size_t i = 0; i < n; i++)
		if (!gather(s, schema, forms[i]))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t kind = 0; rc == YH_OK && kind < YH_NAMING_KINDS; kind++)
		if (s->names[kind])
			rc = name_all(s, kind, err);
	return rc;
}

/* ---- saying it ---- */

static const char *title_of(const struct saying *s, const json_t *schema, const char *name)
{
	bool en = strcmp(s->rq->lang, "en") == 0;
	const char *title = yh_json_text(schema, en ? "x-title-en" : "title");

	return title ? title : name;
}

static const char *text_of(const struct saying *s, const json_t *schema, const char *text)
{
	const json_t *titles = json_object_get(schema, "x-enum-titles");
	const char *title = yh_json_text(json_object_get(titles, s->rq->lang), text);
	const char *ref = yh_json_text(schema, "x-ref");
	struct yh_document_row document;
	const char *no;
	struct yh_id id;

	if (title || json_object_get(schema, "enum"))
		return title ? title : yh_list_title(s->rq, "value", text);
	if (ref && strcmp(ref, "dimension") == 0)
		return yh_list_title(s->rq, "dimension", text);
	if (yh_id_parse(text, &id, NULL) != YH_OK)
		return text;
	if (strcmp(ref ? ref : "", "document") == 0)
		return yh_document_load(s->rq->cx.tx, &id, s->rq->cx.arena, &document, NULL) ==
				       YH_OK
			       ? yh_view_labelled(s->rq, document.label, document.name)
			       : text;
	no = known(s, &id);
	return no ? no : text;
}

/* What a code stands for, "": nothing with a name. */
static const char *name_of(const struct saying *s, const json_t *schema, const char *code)
{
	size_t kind = kind_of(schema);
	const char *name = kind < YH_NAMING_KINDS ? yh_json_text(s->names[kind], code) : NULL;

	return name ? name : "";
}

/* By its name with the code, which the console leads to its page. */
static json_t *string_of(const struct saying *s, const json_t *schema, const char *text)
{
	const char *name = name_of(s, schema, text);
	json_t *figures, *said;
	struct yh_buf out;

	if (kind_of(schema) == YH_NAMING_RESOURCE && name[0])
		return json_string(name);
	if (!name[0] || strcmp(name, text) == 0)
		return json_string(text_of(s, schema, text));
	figures = json_pack("{s:s, s:s}", "name", name, "code", text);
	yh_buf_init(&out, NAMED_BYTES);
	yh_messages_fill(s->rq->messages, s->rq->lang, "says-named", figures, &out);
	said = json_string(yh_buf_ok(&out) ? yh_buf_text(&out) : text);
	yh_buf_done(&out);
	json_decref(figures);
	return said;
}

static json_t *value_of(const struct saying *s, const json_t *schema, const json_t *v);

static json_t *fields_of(const struct saying *s, const json_t *schema, const json_t *v)
{
	const json_t *props = json_object_get(schema, "properties");
	json_t *list = json_array(), *sub;
	const char *name;

	json_object_foreach((json_t *)(uintptr_t)props, name, sub)
	{
		const json_t *member = json_object_get(v, name);

		if (member)
			(void)json_array_append_new(list,
						    json_pack("{s:s, s:s, s:o}", "say", "says-pair",
							      "name", title_of(s, sub, name),
							      "value", value_of(s, sub, member)));
	}
	return list;
}

static json_t *items_of(const struct saying *s, const json_t *schema, const json_t *v)
{
	const json_t *items = json_object_get(schema, "items");
	json_t *list = json_array(), *e;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)v, i, e)
	{
		(void)json_array_append_new(list, json_pack("{s:s, s:o}", "say", "says-value",
							    "value", value_of(s, items, e)));
	}
	return list;
}

/* As a sentence's figure. */
static json_t *value_of(const struct saying *s, const json_t *schema, const json_t *v)
{
	if (json_is_object(v))
		return fields_of(s, schema, v);
	if (json_is_array(v))
		return items_of(s, schema, v);
	if (json_is_string(v))
		return string_of(s, schema, json_string_value(v));
	if (json_is_boolean(v))
		return json_string(
			yh_list_title(s->rq, "value", json_is_true(v) ? "true" : "false"));
	return json_incref((json_t *)(uintptr_t)v);
}

static enum yh_rc write_field(struct yh_req *rq, const struct saying *s, const json_t *schema,
			      const char *name, const json_t *v, struct yh_err *err)
{
	YH_JSON_AUTO figures = json_pack("{s:o}", "value", value_of(s, schema, v));

	if (!figures)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "field", name);
	yh_jw_str(rq->w, "title", title_of(s, schema, name));
	yh_list_say(rq, "text", "says-value", figures);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static enum yh_rc write_all(struct yh_req *rq, const struct saying *s, const char *key,
			    const json_t *schema, const json_t *form, struct yh_err *err)
{
	const char *name;
	json_t *sub;
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, key);
	json_object_foreach((json_t *)(uintptr_t)json_object_get(schema, "properties"), name, sub)
	{
		const json_t *v = json_object_get(form, name);

		if (v && rc == YH_OK)
			rc = write_field(rq, s, sub, name, v, err);
	}
	yh_jw_end_arr(rq->w);
	return rc;
}

/* NULL for what is no JSON any more. */
static const json_t *parsed(struct yh_req *rq, const char *form)
{
	const json_t *v = NULL;

	if (form && form[0] && yh_json_parse_in(rq->cx.arena, form, strlen(form), &v, NULL))
		return NULL;
	return v;
}

static void forget(struct saying *s)
{
	for (size_t kind = 0; kind < YH_NAMING_KINDS; kind++)
		json_decref(s->names[kind]);
}

enum yh_rc yh_said_write(struct yh_req *rq, const char *key, const json_t *schema, const char *form,
			 const struct yh_said_about *about, struct yh_err *err)
{
	struct saying s = { .rq = rq, .about = about };
	const json_t *whole = parsed(rq, form);
	enum yh_rc rc = read_names(&s, schema, &whole, 1, err);

	if (rc == YH_OK)
		rc = write_all(rq, &s, key, schema, whole, err);
	forget(&s);
	return rc;
}

/* found[ref][code]: what is said for it. */
static void collect(const struct saying *s, const json_t *schema, const json_t *v, json_t *found)
{
	const json_t *props = json_object_get(schema, "properties");
	const char *ref = yh_json_text(schema, "x-ref"), *name;
	json_t *sub, *of;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)props, name, sub)
		collect(s, sub, json_object_get(v, name), found);
	json_array_foreach((json_t *)(uintptr_t)v, i, sub)
		collect(s, json_object_get(schema, "items"), sub, found);
	name = json_string_value(v);
	if (!ref || !name || strcmp(ref, "document") == 0)
		return;
	of = json_object_get(found, ref);
	if (!of) {
		of = json_object();
		(void)json_object_set_new(found, ref, of);
	}
	if (!json_object_get(of, name))
		(void)json_object_set_new(of, name, string_of(s, schema, name));
}

static void write_name(struct yh_req *rq, const char *ref, const char *code, const char *said)
{
	if (!said || strcmp(said, code) == 0)
		return;
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "ref", ref);
	yh_jw_str(rq->w, "code", code);
	yh_jw_str(rq->w, "text", said);
	yh_jw_end_obj(rq->w);
}

enum yh_rc yh_said_names(struct yh_req *rq, const char *key, const json_t *schema,
			 const char *const *forms, size_t n, const struct yh_said_about *about,
			 struct yh_err *err)
{
	struct saying s = { .rq = rq, .about = about };
	const json_t **whole = YH_NEW_N(rq->cx.arena, const json_t *, n + 1);
	YH_JSON_AUTO found = json_object();
	const char *ref, *code;
	json_t *of, *said;
	enum yh_rc rc;

	if (!whole || !found)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		whole[i] = parsed(rq, forms[i]);
	rc = read_names(&s, schema, whole, n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		collect(&s, schema, whole[i], found);
	forget(&s);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, key);
	json_object_foreach(found, ref, of) json_object_foreach(of, code, said)
		write_name(rq, ref, code, json_string_value(said));
	yh_jw_end_arr(rq->w);
	return YH_OK;
}
