/* What a form said, in words. */
#include "api/said.h"

#include <string.h>

#include "api/label.h"
#include "api/list.h"
#include "store/catalogue.h"
#include "store/document.h"
#include "store/party.h"
#include "store/project.h"

enum { NAMED_BYTES = 4096 };

struct saying {
	struct yh_req *rq;
	const struct yh_said_about *about;
	struct yh_id edition; /* zero: none */
};

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
	struct yh_resource_row other;
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
	for (size_t i = 0; i < s->about->n_known; i++)
		if (yh_id_eq(&s->about->known[i].id, &id))
			return s->about->known[i].no;
	if (strcmp(ref ? ref : "", "resource") == 0 &&
	    yh_resource_load(s->rq->cx.tx, &id, s->rq->cx.arena, &other, NULL) == YH_OK)
		return yh_arena_strdup(s->rq->cx.arena, other.no);
	return text;
}

/* What a code stands for; NULL: nothing with a name. */
static const char *name_of(const struct saying *s, const char *ref, const char *code)
{
	struct yh_tx *tx = s->rq->cx.tx;
	struct yh_arena *arena = s->rq->cx.arena;
	struct yh_org_row org;
	struct yh_item_row item;
	struct yh_system_row system;

	if (strcmp(ref, "org") == 0)
		return yh_org_by_code(tx, code, arena, &org, NULL) == YH_OK ? org.name : NULL;
	if (strcmp(ref, "item") == 0 && !yh_id_is_zero(&s->edition))
		return yh_item_by_code(tx, &s->edition, code, arena, &item, NULL) == YH_OK
			       ? item.name
			       : NULL;
	if (strcmp(ref, "system") == 0 && !yh_id_is_zero(&s->about->project))
		return yh_system_by_code(tx, &s->about->project, code, arena, &system, NULL) ==
				       YH_OK
			       ? system.name
			       : NULL;
	return NULL;
}

/* By its name with the code, which the console leads to its page. */
static json_t *string_of(const struct saying *s, const json_t *schema, const char *text)
{
	const char *ref = yh_json_text(schema, "x-ref");
	const char *name = ref ? name_of(s, ref, text) : NULL;
	json_t *figures, *said;
	struct yh_buf out;

	if (!name || !name[0] || strcmp(name, text) == 0)
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

/* The edition in force there and then, zero when there is none. */
static struct saying saying_of(struct yh_req *rq, const struct yh_said_about *about)
{
	struct saying s = { .rq = rq, .about = about };
	struct yh_edition_row edition;

	if (!yh_id_is_zero(&about->cloud) && yh_edition_on(rq->cx.tx, &about->cloud, about->day,
							   rq->cx.arena, &edition, NULL) == YH_OK)
		s.edition = edition.id;
	return s;
}

/* found[ref][code]: what is said for it; a code that has no other words is left out. */
static void gather(const struct saying *s, const json_t *schema, const json_t *v, json_t *found)
{
	const json_t *props = json_object_get(schema, "properties");
	const char *ref = yh_json_text(schema, "x-ref"), *name;
	json_t *sub, *e, *of;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)props, name, sub)
		gather(s, sub, json_object_get(v, name), found);
	json_array_foreach((json_t *)(uintptr_t)v, i, e)
		gather(s, json_object_get(schema, "items"), e, found);
	if (!ref || !json_is_string(v) || strcmp(ref, "document") == 0)
		return;
	of = json_object_get(found, ref);
	if (!of) {
		(void)json_object_set_new(found, ref, json_object());
		of = json_object_get(found, ref);
	}
	name = json_string_value(v);
	if (!json_object_get(of, name))
		(void)json_object_set_new(of, name, string_of(s, schema, name));
}

void yh_said_names(struct yh_req *rq, const char *key, const json_t *schema,
		   const char *const *forms, size_t n, const struct yh_said_about *about)
{
	const struct saying s = saying_of(rq, about);
	YH_JSON_AUTO found = json_object();
	const char *ref, *code;
	json_t *of, *said;

	for (size_t i = 0; i < n; i++) {
		YH_JSON_AUTO form = json_loads(forms[i], 0, NULL);

		gather(&s, schema, form, found);
	}
	yh_jw_arr(rq->w, key);
	json_object_foreach(found, ref, of) json_object_foreach(of, code, said)
	{
		if (strcmp(json_string_value(said) ? json_string_value(said) : code, code) == 0)
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "ref", ref);
		yh_jw_str(rq->w, "code", code);
		yh_jw_str(rq->w, "text", json_string_value(said));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

enum yh_rc yh_said_write(struct yh_req *rq, const char *key, const json_t *schema, const char *form,
			 const struct yh_said_about *about, struct yh_err *err)
{
	const struct saying s = saying_of(rq, about);
	const json_t *props = json_object_get(schema, "properties"), *whole = NULL;
	const char *name;
	json_t *sub;
	enum yh_rc rc = YH_OK;

	if (form && form[0] && yh_json_parse_in(rq->cx.arena, form, strlen(form), &whole, NULL))
		whole = NULL;
	yh_jw_arr(rq->w, key);
	json_object_foreach((json_t *)(uintptr_t)props, name, sub)
	{
		const json_t *v = json_object_get(whole, name);

		if (v && rc == YH_OK)
			rc = write_field(rq, &s, sub, name, v, err);
	}
	yh_jw_end_arr(rq->w);
	return rc;
}
