/* Errors as JSON. */
#include "cases/problem.h"

#include <stdio.h>
#include <string.h>

#include "base/time.h"

static const char *const kinds[] = {
	[YH_FIG_INT] = "int",   [YH_FIG_MILLI] = "milli",   [YH_FIG_DAY] = "day",
	[YH_FIG_TEXT] = "text", [YH_FIG_PERIOD] = "period",
};

json_t *yh_problem_json(const struct yh_err *err)
{
	json_t *figures = json_array();

	for (uint32_t i = 0; figures && i < err->n_figs; i++) {
		const struct yh_fig *f = &err->figs[i];

		(void)json_array_append_new(
			figures, json_pack("{s:s, s:s, s:I, s:s}", "name", f->name, "kind",
					   kinds[f->kind], "num", (json_int_t)f->num, "text",
					   f->kind < YH_FIG_TEXT ? "" : f->text));
	}
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "class", yh_rc_name(err->rc), "slug",
			 err->slug, "article", err->article, "parameter", err->param, "field",
			 err->field, "figures", figures);
}

static void add_figure(const json_t *v, struct yh_err *out)
{
	const char *name = yh_json_text(v, "name"), *kind = yh_json_text(v, "kind");
	const char *text = yh_json_text(v, "text");
	struct yh_fig *f = &out->figs[out->n_figs];

	for (size_t i = 0; name && kind && i < sizeof kinds / sizeof kinds[0]; i++) {
		if (strcmp(kinds[i], kind) != 0)
			continue;
		*f = (struct yh_fig){ .kind = (enum yh_fig_kind)i,
				      .num = json_integer_value(json_object_get(v, "num")) };
		if (f->kind == YH_FIG_DAY && (f->num < YH_DAY_MIN || f->num > YH_DAY_MAX))
			return;
		(void)snprintf(f->name, sizeof f->name, "%s", name);
		(void)snprintf(f->text, sizeof f->text, "%s", text ? text : "");
		out->n_figs++;
		return;
	}
}

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

enum yh_rc yh_problem_of(const json_t *v, struct yh_err *out, struct yh_err *err)
{
	const char *class = yh_json_text(v, "class"), *slug = yh_json_text(v, "slug");
	const json_t *figures = json_object_get(v, "figures");

	*out = (struct yh_err){ 0 };
	for (int rc = 1; class && rc < YH_RC_COUNT; rc++)
		if (strcmp(yh_rc_name((enum yh_rc)rc), class) == 0)
			out->rc = (enum yh_rc)rc;
	if (out->rc == YH_OK || !slug || !slug[0])
		return yh_fail(err, YH_BAD_INPUT, "problem-invalid");
	(void)snprintf(out->slug, sizeof out->slug, "%s", slug);
	(void)snprintf(out->article, sizeof out->article, "%s",
		       or_empty(yh_json_text(v, "article")));
	(void)snprintf(out->param, sizeof out->param, "%s", or_empty(yh_json_text(v, "parameter")));
	(void)snprintf(out->field, sizeof out->field, "%s", or_empty(yh_json_text(v, "field")));
	for (size_t i = 0; i < json_array_size(figures) && out->n_figs < YH_ERR_FIGS; i++)
		add_figure(json_array_get(figures, i), out);
	return YH_OK;
}

void yh_problem_rename(struct yh_err *problem, const char *name)
{
	for (uint32_t i = 0; i < problem->n_figs; i++) {
		struct yh_fig *f = &problem->figs[i];

		if (strcmp(f->name, "file") == 0 || strcmp(f->name, "name") == 0)
			(void)snprintf(f->text, sizeof f->text, "%s", name);
	}
}

bool yh_problem_read(const char *text, struct yh_err *out)
{
	YH_JSON_AUTO v = NULL;

	*out = (struct yh_err){ 0 };
	return text && text[0] && yh_json_parse(text, strlen(text), &v, NULL) == YH_OK &&
	       yh_problem_of(v, out, NULL) == YH_OK;
}
