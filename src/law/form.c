/* Forms: is a schema within the subset? */
#include "law/form.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH_MAX = 8 };

static const char *const keywords[] = {
	"$schema",     "title",    "description",
	"x-title-en",  "x-order",  "type",
	"properties",  "required", "additionalProperties",
	"items",       "minItems", "maxItems",
	"uniqueItems", "enum",     "const",
	"minimum",     "maximum",  "minLength",
	"maxLength",   "format",   "default",
};
static const char *const types[] = { "object", "array", "string", "integer", "number", "boolean" };
static const char *const formats[] = { "date",  "id",   "quantity", "quantity0",
				       "rrule", "code", "line",     "text" };

static bool is_one_of(const char *text, const char *const *list, size_t n)
{
	for (size_t i = 0; text && i < n; i++)
		if (strcmp(text, list[i]) == 0)
			return true;
	return false;
}
#define ONE_OF(text, list) is_one_of((text), (list), sizeof(list) / sizeof((list)[0]))

static enum yh_rc fault(struct yh_err *err, const char *path, const char *slug, const char *what)
{
	enum yh_rc rc = yh_fail_field(err, YH_BAD_INPUT, slug, path);

	yh_err_text(err, "what", what);
	return rc;
}

static bool well_typed(const char *key, const json_t *v)
{
	static const char *const texts[] = { "$schema",    "title", "description",
					     "x-title-en", "type",  "format" };
	static const char *const counts[] = { "minItems", "maxItems", "minLength", "maxLength",
					      "minimum",  "maximum",  "x-order" };
	static const char *const lists[] = { "required", "enum" };

	if (ONE_OF(key, texts))
		return json_is_string(v);
	if (ONE_OF(key, counts))
		return json_is_integer(v);
	if (ONE_OF(key, lists))
		return json_is_array(v) && json_array_size(v) > 0;
	if (strcmp(key, "additionalProperties") == 0)
		return json_is_false(v);
	if (strcmp(key, "uniqueItems") == 0)
		return json_is_boolean(v);
	if (strcmp(key, "properties") == 0 || strcmp(key, "items") == 0)
		return json_is_object(v);
	return true;
}

static enum yh_rc check(const json_t *s, const char *path, int depth, struct yh_err *err);

static enum yh_rc check_object(const json_t *s, const char *path, int depth, struct yh_err *err)
{
	json_t *props = json_object_get(s, "properties"), *req = json_object_get(s, "required");
	const char *name;
	json_t *v;
	size_t i;
	char below[256];

	if (!props)
		return fault(err, path, "form-keyword", "properties");
	json_array_foreach(
		req, i,
		v) if (!json_is_string(v) ||
		       !json_object_get(props, json_string_value(v))) return fault(err, path,
										   "form-keyword",
										   "required");
	json_object_foreach(props, name, v)
	{
		enum yh_rc rc;

		(void)snprintf(below, sizeof below, "%s/properties/%s", path, name);
		rc = check(v, below, depth + 1, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc check(const json_t *s, const char *path, int depth, struct yh_err *err)
{
	const char *type = yh_json_text(s, "type"), *format = yh_json_text(s, "format"), *key;
	json_t *v, *items = json_object_get(s, "items");
	char below[256];

	if (depth > DEPTH_MAX || !json_is_object(s))
		return fault(err, path, "form-keyword", "schema");
	json_object_foreach((json_t *)(uintptr_t)s, key,
			    v) if (!ONE_OF(key, keywords) ||
				   !well_typed(key, v)) return fault(err, path, "form-keyword",
								     key);
	if (!ONE_OF(type, types))
		return fault(err, path, "form-keyword", "type");
	if (format && !ONE_OF(format, formats))
		return fault(err, path, "form-keyword", "format");
	if (strcmp(type, "object") == 0)
		return check_object(s, path, depth, err);
	if (strcmp(type, "array") != 0)
		return YH_OK;
	if (!items)
		return fault(err, path, "form-keyword", "items");
	(void)snprintf(below, sizeof below, "%s/items", path);
	return check(items, below, depth + 1, err);
}

enum yh_rc yh_form_check(const json_t *schema, struct yh_err *err)
{
	const char *type = yh_json_text(schema, "type");

	if (!type || strcmp(type, "object") != 0)
		return fault(err, "", "form-keyword", "type");
	return check(schema, "", 0, err);
}

bool yh_form_has(const json_t *schema, const char *property)
{
	json_t *props = json_object_get(schema, "properties");
	const char *name;
	json_t *v;

	json_object_foreach(props, name,
			    v) if (strcmp(name, property) == 0 || yh_form_has(v, property) ||
				   yh_form_has(json_object_get(v, "items"), property)) return true;
	return false;
}
