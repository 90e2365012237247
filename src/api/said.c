/* What a form said, in words. */
#include "api/said.h"

#include <string.h>

#include "api/label.h"
#include "api/list.h"
#include "store/document.h"

struct saying {
	struct yh_req *rq;
	const struct yh_resource_row *known;
	size_t n_known;
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
	for (size_t i = 0; i < s->n_known; i++)
		if (yh_id_eq(&s->known[i].id, &id))
			return s->known[i].no;
	if (strcmp(ref ? ref : "", "resource") == 0 &&
	    yh_resource_load(s->rq->cx.tx, &id, s->rq->cx.arena, &other, NULL) == YH_OK)
		return yh_arena_strdup(s->rq->cx.arena, other.no);
	return text;
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
		return json_string(text_of(s, schema, json_string_value(v)));
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

enum yh_rc yh_said_write(struct yh_req *rq, const char *key, const json_t *schema, const char *form,
			 const struct yh_resource_row *known, size_t n_known, struct yh_err *err)
{
	const struct saying s = { rq, known, n_known };
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
