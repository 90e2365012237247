/* What the measures do in the software, as JSON. */
#include "services/policy/explain.h"

#include <stdio.h>
#include <string.h>

#include "services/policy/govern.h"

static const char *in_lang(const char *lang, struct yh_text2 t)
{
	return strcmp(lang, "en") == 0 ? t.en : t.zh;
}

static void write_use(struct yh_jw *w, const struct yh_word_use *use)
{
	yh_jw_obj(w, NULL);
	yh_jw_str(w, "word", use->word->name);
	yh_jw_str(w, "about", use->word->about);
	yh_jw_obj(w, "arguments");
	for (size_t i = 0; i < use->n_args; i++)
		yh_jw_str(w, use->args[i].name, use->args[i].text);
	yh_jw_end_obj(w);
	yh_jw_arr(w, "parameters");
	for (size_t i = 0; i < use->n_args; i++)
		if (use->args[i].param)
			yh_jw_str(w, NULL, use->args[i].param);
	yh_jw_end_arr(w);
	yh_jw_end_obj(w);
}

/* All of the words, or with `b` those that rest on it. */
static void words(struct yh_jw *w, const char *key, const struct yh_word_use *uses, size_t n,
		  const struct yh_basis *b)
{
	if (n == 0)
		return;
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++)
		if (!b || yh_basis_use(b, &uses[i]))
			write_use(w, &uses[i]);
	yh_jw_end_arr(w);
}

static void write_clock(struct yh_jw *w, const struct yh_step_clock *c)
{
	char text[YH_PERIOD_TEXT], opening[64];

	if (!c->set)
		return;
	(void)snprintf(opening, sizeof opening, "opened:%s", c->since_step ? c->since_step : "");
	yh_jw_obj(w, "clock");
	yh_jw_str(w, "within", c->lease ? "lease" : yh_period_text(c->period, text));
	yh_jw_str(w, "since",
		  c->since == YH_SINCE_FILED     ? "filed"
		  : c->since == YH_SINCE_STEP    ? c->since_step
		  : c->since == YH_SINCE_OPENING ? opening
		  : c->since == YH_SINCE_LEASE   ? "lease"
						 : "opened");
	yh_jw_str(w, "source", c->article ? "law" : "local");
	yh_jw_str(w, "article", c->article);
	yh_jw_str(w, "parameter", c->param);
	yh_jw_bool(w, "in_principle", c->soft);
	yh_jw_end_obj(w);
}

static void write_roles(struct yh_jw *w, const char *key, const char *const *roles, size_t n)
{
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++)
		yh_jw_str(w, NULL, roles[i]);
	yh_jw_end_arr(w);
}

static void write_outcomes(struct yh_jw *w, const struct yh_step *s, const char *lang)
{
	static const char *const ends[] = { NULL, "closed", "refused" };

	yh_jw_arr(w, "outcomes");
	for (size_t i = 0; i < s->n_outcomes; i++) {
		const struct yh_outcome *o = &s->outcomes[i];

		yh_jw_obj(w, NULL);
		yh_jw_str(w, "outcome", o->name);
		yh_jw_str(w, "title", in_lang(lang, o->title));
		if (o->form_name)
			yh_jw_str(w, "form", o->form_name);
		words(w, "effects", o->effects, o->n_effects, NULL);
		yh_jw_str(w, "end", ends[o->end]);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void write_step(struct yh_jw *w, const struct yh_step *s, const char *lang)
{
	static const char *const kinds[] = { "decide", "confirm", "fulfil", "wait" };
	char text[YH_PERIOD_TEXT];

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "step", s->name);
	yh_jw_str(w, "title", in_lang(lang, s->title));
	yh_jw_str(w, "kind", kinds[s->kind]);
	write_roles(w, "roles", s->roles, s->n_roles);
	yh_jw_str(w, "article", s->article);
	write_clock(w, &s->clock);
	if (s->kind == YH_STEP_WAIT)
		yh_jw_str(w, "waits", s->wait.n ? yh_period_text(s->wait, text) : "lease");
	words(w, "when", s->when, s->n_when, NULL);
	words(w, "unless", s->unless, s->n_unless, NULL);
	words(w, "checks", s->checks, s->n_checks, NULL);
	yh_jw_str(w, "form", s->form_name);
	yh_jw_bool(w, "returns", s->returns);
	if (s->silence)
		yh_jw_str(w, "silence", s->silence);
	write_outcomes(w, s, lang);
	yh_jw_end_obj(w);
}

/* The whole procedure, or with `b` what of it rests on that. */
static void write_procedure(const struct yh_procedure *p, const char *lang,
			    const struct yh_basis *b, struct yh_jw *w)
{
	yh_jw_str(w, "procedure", p->name);
	yh_jw_str(w, "title", in_lang(lang, p->title));
	yh_jw_str(w, "article", p->article);
	write_roles(w, "filed_by", p->filed_by, p->n_filed_by);
	words(w, "started_by", p->started_by, p->n_started_by, NULL);
	words(w, "checks", p->checks, p->n_checks, b);
	words(w, "reserves", p->on_filed, p->n_on_filed, b);
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < p->n_steps; i++)
		if (!b || yh_basis_step(b, &p->steps[i]))
			write_step(w, &p->steps[i], lang);
	yh_jw_end_arr(w);
}

void yh_explain_procedure(const struct yh_pack *pack, const struct yh_procedure *p,
			  const char *lang, struct yh_jw *w)
{
	(void)pack;
	write_procedure(p, lang, NULL, w);
}

static void write_governed(const struct yh_pack *pack, const struct yh_basis *b, const char *lang,
			   struct yh_jw *w)
{
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(pack, &n);

	yh_jw_arr(w, "procedures");
	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_procedure(b, &list[i]))
			continue;
		yh_jw_obj(w, NULL);
		write_procedure(&list[i], lang, b, w);
		yh_jw_end_obj(w);
	}
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

static void write_article(const struct yh_pack *pack, const struct yh_article *a, const char *lang,
			  struct yh_jw *w)
{
	const struct yh_basis b = { .article = a->number };
	size_t n_params, n_roles;
	const struct yh_param *params = yh_pack_params(pack, &n_params);
	const struct yh_role *roles = yh_pack_roles(pack, &n_roles);

	yh_jw_str(w, "article", a->number);
	yh_jw_str(w, "title", in_lang(lang, a->title));
	yh_jw_str(w, "summary", in_lang(lang, a->summary));
	yh_jw_arr(w, "roles");
	for (size_t i = 0; i < n_roles; i++)
		if (roles[i].article && strcmp(roles[i].article, a->number) == 0) {
			yh_jw_obj(w, NULL);
			yh_jw_str(w, "role", roles[i].id);
			yh_jw_str(w, "title", in_lang(lang, roles[i].title));
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
	yh_jw_arr(w, "parameters");
	for (size_t i = 0; i < n_params; i++)
		if (params[i].article && strcmp(params[i].article, a->number) == 0) {
			yh_jw_obj(w, NULL);
			write_param(w, &params[i], lang);
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
	write_governed(pack, &b, lang, w);
}

enum yh_rc yh_explain_json(const struct yh_pack *pack, const char *subject, const char *lang,
			   struct yh_jw *w, struct yh_err *err)
{
	const struct yh_article *a = yh_pack_article(pack, subject);
	const struct yh_procedure *p = yh_pack_procedure(pack, subject);
	const struct yh_param *param = yh_pack_param(pack, subject);

	if (a) {
		write_article(pack, a, lang, w);
	} else if (p) {
		yh_explain_procedure(pack, p, lang, w);
	} else if (param) {
		write_param(w, param, lang);
		write_governed(pack, &(struct yh_basis){ .param = param->key }, lang, w);
	} else {
		bool fresh = err && err->rc == YH_OK;

		(void)yh_fail(err, YH_NOT_FOUND, "policy-subject-unknown");
		if (fresh)
			yh_err_text(err, "subject", subject);
		return YH_NOT_FOUND;
	}
	return YH_OK;
}
