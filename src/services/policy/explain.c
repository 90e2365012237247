/* What the measures do in the software, as JSON and as text. */
#include "services/policy/explain.h"

#include <string.h>

#include "base/json.h"

static const char *in_lang(const char *lang, struct yh_text2 t)
{
	return strcmp(lang, "en") == 0 ? t.en : t.zh;
}

static void words(struct yh_jw *w, const char *key, const struct yh_word_use *uses, size_t n)
{
	if (n == 0)
		return;
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++)
		yh_jw_str(w, NULL, uses[i].word->name);
	yh_jw_end_arr(w);
}

static void write_clock(struct yh_jw *w, const struct yh_step_clock *c)
{
	char text[YH_PERIOD_TEXT];

	if (!c->set)
		return;
	yh_jw_obj(w, "clock");
	yh_jw_str(w, "within", yh_period_text(c->period, text));
	yh_jw_str(w, "since",
		  c->since == YH_SINCE_FILED  ? "filed"
		  : c->since == YH_SINCE_STEP ? c->since_step
					      : "opened");
	yh_jw_str(w, "source", c->article ? "law" : "local");
	yh_jw_str(w, "article", c->article);
	yh_jw_str(w, "parameter", c->param);
	yh_jw_bool(w, "in_principle", c->soft);
	yh_jw_end_obj(w);
}

static void write_step(struct yh_jw *w, const struct yh_step *s, const char *lang)
{
	static const char *const kinds[] = { "decide", "confirm", "fulfil", "wait" };

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "step", s->name);
	yh_jw_str(w, "title", in_lang(lang, s->title));
	yh_jw_str(w, "kind", kinds[s->kind]);
	yh_jw_arr(w, "roles");
	for (size_t i = 0; i < s->n_roles; i++)
		yh_jw_str(w, NULL, s->roles[i]);
	yh_jw_end_arr(w);
	yh_jw_str(w, "article", s->article);
	write_clock(w, &s->clock);
	words(w, "when", s->when, s->n_when);
	words(w, "unless", s->unless, s->n_unless);
	words(w, "checks", s->checks, s->n_checks);
	yh_jw_str(w, "form", s->form_name);
	yh_jw_arr(w, "outcomes");
	for (size_t i = 0; i < s->n_outcomes; i++) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "outcome", s->outcomes[i].name);
		yh_jw_str(w, "title", in_lang(lang, s->outcomes[i].title));
		words(w, "effects", s->outcomes[i].effects, s->outcomes[i].n_effects);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	yh_jw_end_obj(w);
}

void yh_explain_procedure(const struct yh_pack *pack, const struct yh_procedure *p,
			  const char *lang, struct yh_jw *w)
{
	(void)pack;
	yh_jw_str(w, "procedure", p->name);
	yh_jw_str(w, "title", in_lang(lang, p->title));
	yh_jw_str(w, "article", p->article);
	yh_jw_arr(w, "filed_by");
	for (size_t i = 0; i < p->n_filed_by; i++)
		yh_jw_str(w, NULL, p->filed_by[i]);
	yh_jw_end_arr(w);
	words(w, "checks", p->checks, p->n_checks);
	words(w, "reserves", p->on_filed, p->n_on_filed);
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < p->n_steps; i++)
		write_step(w, &p->steps[i], lang);
	yh_jw_end_arr(w);
}

static void write_param(struct yh_jw *w, const struct yh_param *p, const char *lang)
{
	yh_jw_str(w, "parameter", p->key);
	yh_jw_str(w, "title", in_lang(lang, p->title));
	yh_jw_str(w, "value", p->text);
	yh_jw_str(w, "source", p->article ? "law" : "local");
	yh_jw_str(w, "article", p->article);
	yh_jw_str(w, "bound", p->bound);
}

static bool uses_article(const struct yh_word_use *uses, size_t n, const char *number)
{
	for (size_t i = 0; i < n; i++) {
		const char *a = yh_use_text(&uses[i], "article", NULL);

		if (a && strcmp(a, number) == 0)
			return true;
	}
	return false;
}

static bool step_under(const struct yh_step *s, const char *number)
{
	return (s->article && strcmp(s->article, number) == 0) ||
	       (s->clock.article && strcmp(s->clock.article, number) == 0) ||
	       uses_article(s->when, s->n_when, number) ||
	       uses_article(s->checks, s->n_checks, number);
}

static void write_article(const struct yh_pack *pack, const struct yh_article *a, const char *lang,
			  struct yh_jw *w)
{
	size_t n_params, n_procs;
	const struct yh_param *params = yh_pack_params(pack, &n_params);
	const struct yh_procedure *procs = yh_pack_procedures(pack, &n_procs);

	yh_jw_str(w, "article", a->number);
	yh_jw_str(w, "title", in_lang(lang, a->title));
	yh_jw_str(w, "summary", in_lang(lang, a->summary));
	yh_jw_arr(w, "parameters");
	for (size_t i = 0; i < n_params; i++) {
		if (!params[i].article || strcmp(params[i].article, a->number) != 0)
			continue;
		yh_jw_obj(w, NULL);
		write_param(w, &params[i], lang);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < n_procs; i++)
		for (size_t s = 0; s < procs[i].n_steps; s++) {
			if (!step_under(&procs[i].steps[s], a->number) &&
			    (s > 0 ||
			     (strcmp(procs[i].article, a->number) != 0 &&
			      !uses_article(procs[i].checks, procs[i].n_checks, a->number))))
				continue;
			yh_jw_obj(w, NULL);
			yh_jw_str(w, "procedure", procs[i].name);
			yh_jw_str(w, "procedure_title", in_lang(lang, procs[i].title));
			words(w, "procedure_checks", procs[i].checks, procs[i].n_checks);
			yh_jw_arr(w, "step");
			write_step(w, &procs[i].steps[s], lang);
			yh_jw_end_arr(w);
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
}

enum yh_rc yh_explain_json(const struct yh_pack *pack, const char *subject, const char *lang,
			   struct yh_jw *w, struct yh_err *err)
{
	const struct yh_article *a = yh_pack_article(pack, subject);
	const struct yh_procedure *p = yh_pack_procedure(pack, subject);
	const struct yh_param *param = yh_pack_param(pack, subject);
	enum yh_rc rc;

	if (a)
		write_article(pack, a, lang, w);
	else if (p)
		yh_explain_procedure(pack, p, lang, w);
	else if (param)
		write_param(w, param, lang);
	else {
		rc = yh_fail(err, YH_NOT_FOUND, "policy-subject-unknown");
		yh_err_text(err, "subject", subject);
		return rc;
	}
	return YH_OK;
}

static void text_of(const json_t *v, int depth, struct yh_buf *out)
{
	const char *key;
	json_t *m;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, m)
	{
		if (json_is_null(m))
			continue;
		yh_buf_printf(out, "%*s%s:", depth * 2, "", key);
		if (json_is_object(m) || json_is_array(m)) {
			yh_buf_str(out, "\n");
			text_of(m, depth + 1, out);
		} else if (json_is_boolean(m)) {
			yh_buf_printf(out, " %s\n", json_is_true(m) ? "true" : "false");
		} else {
			yh_buf_printf(out, " %s\n", json_string_value(m));
		}
	}
	json_array_foreach((json_t *)(uintptr_t)v, i, m)
	{
		if (json_is_string(m)) {
			yh_buf_printf(out, "%*s- %s\n", depth * 2, "", json_string_value(m));
			continue;
		}
		yh_buf_printf(out, "%*s-\n", depth * 2, "");
		text_of(m, depth + 1, out);
	}
}

enum yh_rc yh_explain_text(const struct yh_pack *pack, const char *subject, const char *lang,
			   struct yh_buf *out, struct yh_err *err)
{
	YH_JSON_AUTO v = NULL;
	struct yh_buf json;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&json, (size_t)4 * 1024 * 1024);
	yh_jw_init(&w, &json);
	yh_jw_obj(&w, NULL);
	rc = yh_explain_json(pack, subject, lang, &w, err);
	yh_jw_end_obj(&w);
	if (rc == YH_OK)
		rc = yh_json_parse(yh_buf_text(&json), json.len, &v, err);
	if (rc == YH_OK)
		text_of(v, 0, out);
	yh_buf_done(&json);
	return rc;
}
