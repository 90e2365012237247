/* Forms: is a schema within the subset? */
#include "law/form.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "law/form_internal.h"

enum { DEPTH_MAX = 8, ENUM_MAX = 200, PATH_BYTES = 128 };

enum type { OBJECT = 1, ARRAY = 2, STRING = 4, INTEGER = 8, NUMBER = 16, BOOLEAN = 32 };
enum { SCALAR = STRING | INTEGER | NUMBER | BOOLEAN, ANY = SCALAR | OBJECT | ARRAY };

static const struct {
	const char *name;
	enum type type;
} types[] = {
	{ "object", OBJECT },   { "array", ARRAY },   { "string", STRING },
	{ "integer", INTEGER }, { "number", NUMBER }, { "boolean", BOOLEAN },
};

static const struct {
	const char *name;
	unsigned types;
} formats[] = {
	{ "date", STRING },  { "id", STRING },   { "quantity", STRING | NUMBER },
	{ "rrule", STRING }, { "code", STRING }, { "quantity0", STRING | NUMBER },
	{ "line", STRING },  { "text", STRING },
};

/* What a value may be a reference to, so that a console can offer what there is to choose from. */
static const char *const references[] = {
	"article", "case", "cloud", "dimension", "document", "edition", "experience", "indicator",
	"item",    "line", "org",   "person",    "project",  "record",  "resource",   "system",
};

enum shape { TEXT, COUNT, ITEMS, FIGURE, FLAG, FALSE_ONLY, LIST, SCHEMA, SCHEMAS, VALUE, REF };

/* Every keyword: the types it says something about, and what it must itself look like. */
static const struct {
	const char *name;
	unsigned types;
	enum shape shape;
} keywords[] = {
	{ "$schema", ANY, TEXT },
	{ "title", ANY, TEXT },
	{ "description", ANY, TEXT },
	{ "x-title-en", ANY, TEXT },
	{ "x-description-en", ANY, TEXT },
	{ "x-order", ANY, COUNT },
	{ "x-ref", SCALAR, REF },
	{ "x-enum-titles", SCALAR, SCHEMAS },
	{ "type", ANY, TEXT },
	{ "default", ANY, VALUE },
	{ "properties", OBJECT, SCHEMAS },
	{ "required", OBJECT, LIST },
	{ "additionalProperties", OBJECT, FALSE_ONLY },
	{ "items", ARRAY, SCHEMA },
	{ "minItems", ARRAY, ITEMS },
	{ "maxItems", ARRAY, ITEMS },
	{ "uniqueItems", ARRAY, FLAG },
	{ "enum", SCALAR, LIST },
	{ "const", SCALAR, VALUE },
	{ "minimum", INTEGER | NUMBER | STRING, FIGURE },
	{ "maximum", INTEGER | NUMBER | STRING, FIGURE },
	{ "minLength", STRING, COUNT },
	{ "maxLength", STRING, COUNT },
	{ "format", STRING | NUMBER, TEXT },
};

static enum yh_rc fault(struct yh_err *err, const char *path, const char *keyword)
{
	bool fresh = err && err->rc == YH_OK;

	(void)yh_fail_field(err, YH_BAD_INPUT, "form-keyword", path);
	if (fresh)
		yh_err_text(err, "what", keyword);
	return YH_BAD_INPUT;
}

static bool is_reference(const char *what)
{
	for (size_t i = 0; what && i < YH_LEN(references); i++)
		if (strcmp(what, references[i]) == 0)
			return true;
	return false;
}

static bool has_shape(enum shape shape, const json_t *v)
{
	int64_t milli;

	switch (shape) {
	case TEXT:
		return json_is_string(v);
	case COUNT:
		return json_is_integer(v) && json_integer_value(v) >= 0 &&
		       json_integer_value(v) <= YH_FORM_LENGTH_MAX;
	case ITEMS:
		return json_is_integer(v) && json_integer_value(v) >= 0 &&
		       json_integer_value(v) <= YH_FORM_ITEMS_MAX;
	case FIGURE:
		return json_is_number(v) && yh_json_milli(v, &milli, NULL) == YH_OK &&
		       milli >= -YH_QTY_MILLI_MAX && milli <= YH_QTY_MILLI_MAX;
	case FLAG:
		return json_is_boolean(v);
	case FALSE_ONLY:
		return json_is_false(v);
	case LIST:
		return json_array_size(v) > 0 && json_array_size(v) <= ENUM_MAX;
	case SCHEMA:
	case SCHEMAS:
		return json_is_object(v);
	case REF:
		return is_reference(json_string_value(v));
	case VALUE:
		break;
	}
	return true;
}

static unsigned type_of(const json_t *s)
{
	const char *name = yh_json_text(s, "type");

	for (size_t i = 0; name && i < YH_LEN(types); i++)
		if (strcmp(name, types[i].name) == 0)
			return types[i].type;
	return 0;
}

static bool is_format(const json_t *s, unsigned type)
{
	const char *name = yh_json_text(s, "format");

	for (size_t i = 0; name && i < YH_LEN(formats); i++)
		if (strcmp(name, formats[i].name) == 0)
			return (formats[i].types & type) != 0;
	return !name;
}

static enum yh_rc check_keywords(const json_t *s, unsigned type, const char *path,
				 struct yh_err *err)
{
	const char *key;
	json_t *v;

	for (void *it = json_object_iter((json_t *)(uintptr_t)s); it;
	     it = json_object_iter_next((json_t *)(uintptr_t)s, it)) {
		size_t i = 0;

		key = json_object_iter_key(it);
		v = json_object_iter_value(it);
		while (i < YH_LEN(keywords) && strcmp(keywords[i].name, key) != 0)
			i++;
		if (i == YH_LEN(keywords) || !(keywords[i].types & type) ||
		    !has_shape(keywords[i].shape, v))
			return fault(err, path, key);
	}
	return YH_OK;
}

/* A lower bound above its upper one admits nothing. */
static bool in_order(const json_t *s, const char *least, const char *most)
{
	int64_t low, high;

	return yh_json_milli(json_object_get(s, least), &low, NULL) != YH_OK ||
	       yh_json_milli(json_object_get(s, most), &high, NULL) != YH_OK || low <= high;
}

/* {"zh": {value: title}, "en": {…}}: a title of each choice in both languages, and of nothing else.
 */
static bool titles_every_choice(const json_t *s, const json_t *titles)
{
	static const char *const langs[] = { "zh", "en" };
	const json_t *list = json_object_get(s, "enum");
	bool whole = list && json_object_size(titles) == YH_LEN(langs);

	for (size_t l = 0; whole && l < YH_LEN(langs); l++) {
		const json_t *in = json_object_get(titles, langs[l]);

		whole = json_object_size(in) == json_array_size(list);
		for (size_t i = 0; whole && i < json_array_size(list); i++) {
			const char *value = json_string_value(json_array_get(list, i));
			const char *title = value ? yh_json_text(in, value) : NULL;

			whole = title && title[0];
		}
	}
	return whole;
}

/* Whatever the schema itself names as a value must be one. */
static enum yh_rc check_values(const json_t *s, const char *path, struct yh_err *err)
{
	const json_t *list = json_object_get(s, "enum");
	const json_t *fixed = json_object_get(s, "const"), *usual = json_object_get(s, "default");
	const json_t *titles = json_object_get(s, "x-enum-titles");

	if (titles && !titles_every_choice(s, titles))
		return fault(err, path, "x-enum-titles");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (yh_form_validate(s, json_array_get(list, i), NULL) != YH_OK)
			return fault(err, path, "enum");
	if (fixed && yh_form_validate(s, fixed, NULL) != YH_OK)
		return fault(err, path, "const");
	if (usual && yh_form_validate(s, usual, NULL) != YH_OK)
		return fault(err, path, "default");
	return YH_OK;
}

/* Names are letters, digits and . _ - so that they need no escaping in a pointer. */
static bool is_property(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= 64 &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       n;
}

static enum yh_rc check(const json_t *s, const char *path, int depth, struct yh_err *err);

static enum yh_rc check_object(const json_t *s, const char *path, int depth, struct yh_err *err)
{
	json_t *props = json_object_get(s, "properties"), *req = json_object_get(s, "required");

	if (!props)
		return fault(err, path, "properties");
	for (size_t i = 0; i < json_array_size(req); i++) {
		const char *name = json_string_value(json_array_get(req, i));

		if (!name || !json_object_get(props, name))
			return fault(err, path, "required");
	}
	for (void *it = json_object_iter(props); it; it = json_object_iter_next(props, it)) {
		char below[PATH_BYTES];
		enum yh_rc rc;

		if (!is_property(json_object_iter_key(it)))
			return fault(err, path, "properties");
		(void)snprintf(below, sizeof below, "%s/properties/%s", path,
			       json_object_iter_key(it));
		rc = check(json_object_iter_value(it), below, depth + 1, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc check(const json_t *s, const char *path, int depth, struct yh_err *err)
{
	unsigned type = type_of(s);
	const char *format = yh_json_text(s, "format");
	bool figures = !(type & STRING) || (format && strncmp(format, "quantity", 8) == 0);
	char below[PATH_BYTES];
	enum yh_rc rc;

	if (depth > DEPTH_MAX || !json_is_object(s))
		return fault(err, path, "schema");
	if (!type)
		return fault(err, path, "type");
	rc = check_keywords(s, type, path, err);
	if (rc != YH_OK)
		return rc;
	if (!is_format(s, type))
		return fault(err, path, "format");
	if (!in_order(s, "minimum", "maximum") ||
	    (!figures && (json_object_get(s, "minimum") || json_object_get(s, "maximum"))))
		return fault(err, path, "minimum");
	if (!in_order(s, "minLength", "maxLength"))
		return fault(err, path, "minLength");
	if (!in_order(s, "minItems", "maxItems"))
		return fault(err, path, "minItems");
	if (type & OBJECT)
		rc = check_object(s, path, depth, err);
	else if (type & ARRAY) {
		if (!json_object_get(s, "items"))
			return fault(err, path, "items");
		(void)snprintf(below, sizeof below, "%s/items", path);
		rc = check(json_object_get(s, "items"), below, depth + 1, err);
	}
	return rc == YH_OK ? check_values(s, path, err) : rc;
}

enum yh_rc yh_form_check(const json_t *schema, struct yh_err *err)
{
	if (type_of(schema) != OBJECT)
		return fault(err, "", "type");
	return check(schema, "", 0, err);
}

bool yh_form_has(const json_t *schema, const char *property)
{
	json_t *props = json_object_get(schema, "properties");

	if (json_object_get(props, property))
		return true;
	for (void *it = json_object_iter(props); it; it = json_object_iter_next(props, it))
		if (yh_form_has(json_object_get(json_object_iter_value(it), "items"), property))
			return true;
	return false;
}
