/* Shapes as JSON Schema. */
#include <stdio.h>
#include <string.h>

#include "http/shape.h"

#define DECIMAL_JSON "^-?[0-9]+(\\\\.[0-9]+)?$"
#define DECIMAL "^-?[0-9]+(\\.[0-9]+)?$"

/* Of the types that are one word. */
static const struct {
	const char *type, *format, *pattern;
} plain[] = {
	[YH_SH_TEXT] = { "string", NULL, NULL },
	[YH_SH_INT] = { "integer", NULL, NULL },
	[YH_SH_NUM] = { "number", NULL, NULL },
	[YH_SH_BOOL] = { "boolean", NULL, NULL },
	[YH_SH_DAY] = { "string", "date", NULL },
	[YH_SH_TIME] = { "string", "date-time", NULL },
	[YH_SH_ID] = { "string", "uuid", NULL },
	[YH_SH_EXACT] = { "string", "decimal", DECIMAL },
	[YH_SH_MONEY] = { "string", "money", DECIMAL },
	[YH_SH_OBJECT] = { "object", NULL, NULL },
	[YH_SH_CHOICE] = { "string", NULL, NULL },
	[YH_SH_LIST] = { "array", NULL, NULL },
	[YH_SH_MAP] = { "object", NULL, NULL },
	[YH_SH_RECORD] = { "object", NULL, NULL },
};

static void write_type(struct yh_jw *w, const char *type, bool null)
{
	if (!null) {
		yh_jw_str(w, "type", type);
		return;
	}
	yh_jw_arr(w, "type");
	yh_jw_str(w, NULL, type);
	yh_jw_str(w, NULL, "null");
	yh_jw_end_arr(w);
}

static void write_choices(struct yh_jw *w, const char *choices, bool null)
{
	char word[YH_SHAPE_NAME];

	yh_jw_arr(w, "enum");
	while (*choices) {
		size_t n = strcspn(choices, "|");

		(void)snprintf(word, sizeof word, "%.*s", (int)n, choices);
		yh_jw_str(w, NULL, word);
		choices += n + (choices[n] == '|');
	}
	if (null)
		yh_jw_null(w, NULL);
	yh_jw_end_arr(w);
}

static void write_members(struct yh_jw *w, const struct yh_member *members)
{
	bool any = false;

	yh_jw_obj(w, "properties");
	for (const struct yh_member *m = members; m; m = m->next) {
		yh_shape_write(w, m->name, &m->shape);
		any = any || !m->maybe;
	}
	yh_jw_end_obj(w);
	if (!any)
		return;
	yh_jw_arr(w, "required");
	for (const struct yh_member *m = members; m; m = m->next)
		if (!m->maybe)
			yh_jw_str(w, NULL, m->name);
	yh_jw_end_arr(w);
}

static void write_named(struct yh_jw *w, const char *name, bool null)
{
	char ref[YH_SHAPE_NAME + 32];

	(void)snprintf(ref, sizeof ref, "#/components/schemas/%s", name);
	if (null) {
		yh_jw_arr(w, "anyOf");
		yh_jw_obj(w, NULL);
	}
	yh_jw_str(w, "$ref", ref);
	if (null) {
		yh_jw_end_obj(w);
		yh_jw_raw(w, NULL, "{\"type\":\"null\"}");
		yh_jw_end_arr(w);
	}
}

static const char real_text[] = "{\"type\":\"string\",\"enum\":[\"NaN\",\"+Inf\",\"-Inf\"]}";
static const char figure_text[] =
	"{\"type\":\"string\",\"format\":\"decimal\",\"pattern\":\"" DECIMAL_JSON "\"}";

/* A number, or a text in its place. */
static void write_either(struct yh_jw *w, const char *text, bool null)
{
	yh_jw_arr(w, "anyOf");
	yh_jw_raw(w, NULL, "{\"type\":\"number\"}");
	yh_jw_raw(w, NULL, text);
	if (null)
		yh_jw_raw(w, NULL, "{\"type\":\"null\"}");
	yh_jw_end_arr(w);
}

static void write_plain(struct yh_jw *w, const struct yh_shape *s)
{
	write_type(w, plain[s->kind].type, s->null);
	if (plain[s->kind].format)
		yh_jw_str(w, "format", plain[s->kind].format);
	if (plain[s->kind].pattern)
		yh_jw_str(w, "pattern", plain[s->kind].pattern);
}

void yh_shape_write(struct yh_jw *w, const char *key, const struct yh_shape *s)
{
	yh_jw_obj(w, key);
	if (s->kind == YH_SH_NAMED)
		write_named(w, s->word, s->null);
	else if (s->kind == YH_SH_REAL)
		write_either(w, real_text, s->null);
	else if (s->kind == YH_SH_FIGURE)
		write_either(w, figure_text, s->null);
	else if (s->kind != YH_SH_ANY)
		write_plain(w, s);
	if (s->kind == YH_SH_OBJECT)
		yh_jw_bool(w, "additionalProperties", true);
	else if (s->kind == YH_SH_CHOICE)
		write_choices(w, s->word, s->null);
	else if (s->kind == YH_SH_LIST)
		yh_shape_write(w, "items", s->of);
	else if (s->kind == YH_SH_MAP)
		yh_shape_write(w, "additionalProperties", s->of);
	else if (s->kind == YH_SH_RECORD)
		write_members(w, s->members);
	yh_jw_end_obj(w);
}
