/* What the measures do in the software, as JSON. */
#include "services/policy/explain.h"

#include <stdio.h>
#include <string.h>

#include "services/policy/govern.h"

enum { WORDS_BYTES = 1024 };

/* All of the words, or with `b` those that rest on it. */
static void words(const struct yh_speech *s, struct yh_jw *w, const char *key,
		  const struct yh_word_use *uses, size_t n, const struct yh_basis *b)
{
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++) {
		if (b && !yh_basis_use(b, &uses[i]))
			continue;
		yh_jw_obj(w, NULL);
		yh_say_use_json(s, &uses[i], w);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static const char *step_title(const struct yh_speech *s, const char *name)
{
	const struct yh_step *step =
		name && s->procedure ? yh_procedure_step(s->procedure, name) : NULL;

	return step ? yh_say_text(s, step->title) : name;
}

/* `key`: a period in words, or until the end of the lease (slug `lease`) when it has no length. */
static void write_period(const struct yh_speech *s, struct yh_jw *w, const char *key,
			 struct yh_period period, const char *lease)
{
	struct yh_buf text;

	if (period.n == 0) {
		yh_say_slug(s, key, lease, NULL, w);
		return;
	}
	yh_buf_init(&text, WORDS_BYTES);
	yh_say_period(s, period, &text);
	yh_jw_str(w, key, yh_buf_text(&text));
	yh_buf_done(&text);
}

void yh_explain_clock(const struct yh_speech *s, const struct yh_step *step, struct yh_jw *w)
{
	static const char *const since[] = { "since-opened",  "since-filed",  "since-step",
					     "since-opening", "since-served", "since-lease" };
	const struct yh_step_clock *c = &step->clock;
	const struct yh_period none = { 0 };
	char text[YH_PERIOD_TEXT], of[64];

	if (!c->set) {
		yh_jw_null(w, "clock");
		return;
	}
	(void)snprintf(of, sizeof of, "%s:%s", c->since == YH_SINCE_SERVED ? "served" : "opened",
		       c->since_step ? c->since_step : "");
	yh_jw_obj(w, "clock");
	yh_jw_str(w, "within", c->lease ? "lease" : yh_period_text(c->period, text));
	write_period(s, w, "text", c->lease ? none : c->period, "clock-lease");
	yh_jw_str(w, "since",
		  c->since == YH_SINCE_FILED    ? "filed"
		  : c->since == YH_SINCE_STEP   ? c->since_step
		  : c->since == YH_SINCE_LEASE  ? "lease"
		  : c->since == YH_SINCE_OPENED ? "opened"
						: of);
	yh_say_slug(s, "since_title", since[c->since], step_title(s, c->since_step), w);
	yh_jw_str(w, "source", c->article ? "law" : "local");
	yh_jw_str(w, "source_title", yh_say_word(s, "source", c->article ? "law" : "local"));
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

static void write_bodies(const struct yh_speech *s, struct yh_jw *w, const char *key,
			 const char *const *roles, size_t n)
{
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "role", roles[i]);
		yh_jw_str(w, "title", yh_say_role(s, roles[i]));
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

void yh_explain_outcome(const struct yh_speech *s, const struct yh_step *step, size_t i,
			struct yh_jw *w)
{
	static const char *const ends[] = { NULL, "closed", "refused" };
	const struct yh_outcome *o = &step->outcomes[i];
	const char *end = ends[o->end];

	yh_jw_str(w, "outcome", o->name);
	yh_jw_str(w, "title", yh_say_text(s, o->title));
	yh_jw_bool(w, "positive", i == 0);
	yh_jw_str(w, "nature", yh_nature_name(o->nature));
	yh_jw_str(w, "form", o->form_name);
	yh_say_form(s, "schema", o->form, w);
	yh_say_uses_json(s, "effects", o->effects, o->n_effects, w);
	yh_jw_str(w, "end", end);
	yh_jw_str(w, "end_title", end ? yh_say_word(s, "end", end) : NULL);
}

/* Which step comes after it in order, whatever its conditions will say; NULL: none. */
static const char *next_of(const struct yh_procedure *p, const struct yh_step *step)
{
	return step + 1 < p->steps + p->n_steps ? step[1].name : NULL;
}

static void write_outcomes(const struct yh_speech *s, struct yh_jw *w, const struct yh_step *step)
{
	yh_jw_arr(w, "outcomes");
	for (size_t i = 0; i < step->n_outcomes; i++) {
		bool on = step->outcomes[i].end == YH_END_NONE;

		yh_jw_obj(w, NULL);
		yh_explain_outcome(s, step, i, w);
		yh_jw_str(w, "next", on ? next_of(s->procedure, step) : NULL);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static const char *silence_title(const struct yh_speech *s, const struct yh_step *step)
{
	for (size_t i = 0; step->silence && i < step->n_outcomes; i++)
		if (step->outcomes[i].name == step->silence)
			return yh_say_text(s, step->outcomes[i].title);
	return NULL;
}

static void write_step(const struct yh_speech *s, struct yh_jw *w, const struct yh_step *step)
{
	const char *kind = yh_step_kind_name(step->kind);
	bool waits = step->kind == YH_STEP_WAIT;
	char text[YH_PERIOD_TEXT];

	yh_jw_obj(w, NULL);
	yh_jw_str(w, "step", step->name);
	yh_jw_str(w, "title", yh_say_text(s, step->title));
	yh_jw_str(w, "kind", kind);
	yh_jw_str(w, "kind_title", yh_say_word(s, "step", kind));
	write_roles(w, "roles", step->roles, step->n_roles);
	write_bodies(s, w, "bodies", step->roles, step->n_roles);
	yh_jw_str(w, "article", step->article);
	yh_explain_clock(s, step, w);
	yh_jw_str(w, "waits",
		  !waits         ? NULL
		  : step->wait.n ? yh_period_text(step->wait, text)
				 : "lease");
	if (waits)
		write_period(s, w, "waits_text", step->wait, "clock-wait-lease");
	else
		yh_jw_null(w, "waits_text");
	words(s, w, "when", step->when, step->n_when, NULL);
	words(s, w, "unless", step->unless, step->n_unless, NULL);
	words(s, w, "checks", step->checks, step->n_checks, NULL);
	yh_jw_str(w, "form", step->form_name);
	yh_jw_bool(w, "returns", step->returns);
	yh_jw_str(w, "silence", step->silence);
	yh_jw_str(w, "silence_title", silence_title(s, step));
	write_outcomes(s, w, step);
	yh_jw_end_obj(w);
}

/* What a case of the procedure is about, by the name of its kind. */
static const char *about_of(const struct yh_procedure *p)
{
	static const char *const abouts[] = { "none", "unit", "project", "resource", "case" };

	return p->about == YH_ABOUT_RECORD ? p->record->name : abouts[p->about];
}

void yh_explain_summary(const struct yh_speech *s, const struct yh_procedure *p, struct yh_jw *w)
{
	static const char *const levels[] = { "any", "municipal", "district" };

	yh_jw_str(w, "procedure", p->name);
	yh_jw_str(w, "code", p->code);
	yh_jw_str(w, "title", yh_say_text(s, p->title));
	yh_jw_str(w, "article", p->article);
	yh_jw_str(w, "level", levels[p->level]);
	yh_jw_str(w, "level_title", yh_say_word(s, "level", levels[p->level]));
	yh_jw_str(w, "about", about_of(p));
	yh_jw_str(w, "about_title", yh_say_word(s, "about-kind", about_of(p)));
	write_roles(w, "filed_by", p->filed_by, p->n_filed_by);
}

/* The whole procedure, or with `b` what of it rests on that. */
static void write_procedure(const struct yh_speech *in, const struct yh_procedure *p,
			    const struct yh_basis *b, struct yh_jw *w)
{
	struct yh_speech s = *in;

	s.procedure = p;
	yh_explain_summary(&s, p, w);
	write_bodies(&s, w, "filers", p->filed_by, p->n_filed_by);
	words(&s, w, "started_by", p->started_by, p->n_started_by, NULL);
	words(&s, w, "checks", p->checks, p->n_checks, b);
	words(&s, w, "reserves", p->on_filed, p->n_on_filed, b);
	words(&s, w, "effects", p->effects, p->n_effects, b);
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < p->n_steps; i++)
		if (!b || yh_basis_step(b, &p->steps[i]))
			write_step(&s, w, &p->steps[i]);
	yh_jw_end_arr(w);
}

void yh_explain_procedure(const struct yh_speech *s, const struct yh_procedure *p, struct yh_jw *w)
{
	write_procedure(s, p, NULL, w);
}

static void write_rules(const struct yh_speech *s, const struct yh_basis *b, struct yh_jw *w)
{
	size_t n;
	const struct yh_rule *rules = yh_pack_rules(s->pack, &n);

	yh_jw_arr(w, "rules");
	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_rule(b, &rules[i]))
			continue;
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "rule", rules[i].id);
		yh_jw_str(w, "title", yh_say_text(s, rules[i].title));
		yh_jw_str(w, "article", rules[i].article);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void write_governed(const struct yh_speech *s, const struct yh_basis *b, struct yh_jw *w)
{
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(s->pack, &n);

	yh_jw_arr(w, "procedures");
	for (size_t i = 0; i < n; i++) {
		if (!yh_basis_procedure(b, &list[i]))
			continue;
		yh_jw_obj(w, NULL);
		write_procedure(s, &list[i], b, w);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	write_rules(s, b, w);
}

/* One value of a parameter as people read it: a period, a dimension, a role, yes or no. */
static void add_value(const struct yh_speech *s, const char *value, struct yh_buf *out)
{
	static const char *const groups[] = { "dimension", "value" };
	const struct yh_role *role = s->pack ? yh_pack_role(s->pack, value) : NULL;
	const char *said = role ? yh_say_text(s, role->title) : value;
	struct yh_err none = { 0 };
	struct yh_period period;

	if (yh_period_parse(value, &period, &none) == YH_OK) {
		yh_say_period(s, period, out);
		return;
	}
	for (size_t i = 0; said == value && i < sizeof groups / sizeof groups[0]; i++)
		said = yh_say_word(s, groups[i], value);
	yh_buf_str(out, said);
}

static void write_values(const struct yh_speech *s, struct yh_jw *w, const char *key,
			 const char *values)
{
	static const char between[] = ", ";
	struct yh_buf text;
	char value[64];

	yh_buf_init(&text, WORDS_BYTES);
	for (const char *v = values; *v; v += strspn(v, between)) {
		size_t n = strcspn(v, between);

		if (v != values)
			yh_buf_str(&text, strcmp(s->lang, "en") == 0 ? ", " : "、");
		(void)snprintf(value, sizeof value, "%.*s", (int)n, v);
		add_value(s, value, &text);
		v += n;
	}
	yh_jw_str(w, key, yh_buf_text(&text));
	yh_buf_done(&text);
}

void yh_explain_param(const struct yh_speech *s, const struct yh_param *p, struct yh_jw *w)
{
	const char *source = p->article ? "law" : "local";

	yh_jw_str(w, "parameter", p->key);
	yh_jw_str(w, "title", yh_say_text(s, p->title));
	yh_jw_str(w, "value", p->text);
	if (p->kind == YH_P_PERIOD)
		write_period(s, w, "text", p->period, "clock-lease");
	else
		write_values(s, w, "text", p->text);
	yh_jw_str(w, "source", source);
	yh_jw_str(w, "source_title", yh_say_word(s, "source", source));
	yh_jw_str(w, "article", p->article);
	yh_jw_str(w, "bound", p->bound);
	yh_jw_str(w, "bound_title", p->bound ? yh_say_word(s, "bound", p->bound) : NULL);
}

void yh_explain_article(const struct yh_speech *s, const struct yh_article *a, struct yh_jw *w)
{
	size_t n_params, n_roles;
	const struct yh_param *params = yh_pack_params(s->pack, &n_params);
	const struct yh_role *roles = yh_pack_roles(s->pack, &n_roles);

	yh_jw_str(w, "article", a->number);
	yh_jw_str(w, "title", yh_say_text(s, a->title));
	yh_jw_str(w, "summary", yh_say_text(s, a->summary));
	yh_jw_arr(w, "roles");
	for (size_t i = 0; i < n_roles; i++)
		if (roles[i].article && strcmp(roles[i].article, a->number) == 0) {
			yh_jw_obj(w, NULL);
			yh_jw_str(w, "role", roles[i].id);
			yh_jw_str(w, "title", yh_say_text(s, roles[i].title));
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
	yh_jw_arr(w, "parameters");
	for (size_t i = 0; i < n_params; i++)
		if (params[i].article && strcmp(params[i].article, a->number) == 0) {
			yh_jw_obj(w, NULL);
			yh_explain_param(s, &params[i], w);
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
}

enum yh_rc yh_explain_json(const struct yh_speech *s, const char *subject, struct yh_jw *w,
			   struct yh_err *err)
{
	const struct yh_article *a = yh_pack_article(s->pack, subject);
	const struct yh_procedure *p = yh_pack_procedure(s->pack, subject);
	const struct yh_param *param = yh_pack_param(s->pack, subject);

	if (a) {
		yh_explain_article(s, a, w);
		write_governed(s, &(struct yh_basis){ .article = a->number }, w);
	} else if (p) {
		yh_explain_procedure(s, p, w);
	} else if (param) {
		yh_explain_param(s, param, w);
		write_governed(s, &(struct yh_basis){ .param = param->key }, w);
	} else {
		bool fresh = err && err->rc == YH_OK;

		(void)yh_fail(err, YH_NOT_FOUND, "policy-subject-unknown");
		if (fresh)
			yh_err_text(err, "subject", subject);
		return YH_NOT_FOUND;
	}
	return YH_OK;
}
