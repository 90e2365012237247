/* What a pack says, in the words of one language. */
#include "services/policy/say.h"
#include "law/paper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLUG_BYTES = 56, SENTENCE_BYTES = 8192 };

const char *yh_say_text(const struct yh_speech *s, struct yh_text2 t)
{
	return strcmp(s->lang, "en") == 0 ? t.en : t.zh;
}

const char *yh_say_role(const struct yh_speech *s, const char *role)
{
	const struct yh_role *r = yh_pack_role(s->pack, role);

	return r ? yh_say_text(s, r->title) : role;
}

/* "vocab-" and "quota.within" make "vocab-quota-within"; NULL when there is no such sentence. */
static const char *find(const struct yh_speech *s, const char *group, const char *word,
			char slug[SLUG_BYTES])
{
	int n = snprintf(slug, SLUG_BYTES, "%s-%s", group, word);

	for (char *c = slug; *c; c++)
		if (*c == '_' || *c == '.')
			*c = '-';
	return n > 0 && n < SLUG_BYTES ? yh_messages_find(s->messages, s->lang, slug) : NULL;
}

const char *yh_say_word(const struct yh_speech *s, const char *group, const char *word)
{
	char slug[SLUG_BYTES], in[SLUG_BYTES];
	const char *title;

	(void)snprintf(in, sizeof in, "word-%.40s", group);
	title = find(s, in, word, slug);
	return title ? title : word;
}

void yh_say_period(const struct yh_speech *s, struct yh_period period, struct yh_buf *out)
{
	char text[YH_PERIOD_TEXT];
	struct yh_err as = { .slug = "says-value" };

	yh_err_period(&as, "value", yh_period_text(period, text));
	if (yh_messages_find(s->messages, s->lang, as.slug))
		yh_messages_render(s->messages, s->lang, &as, out);
	else
		yh_buf_str(out, text);
}

static const char *field_title(const struct yh_speech *s, const char *field)
{
	const json_t *schema = s->procedure ? s->procedure->form : NULL;
	const json_t *of = json_object_get(json_object_get(schema, "properties"), field);
	const char *title = yh_json_text(of, strcmp(s->lang, "en") == 0 ? "x-title-en" : "title");

	return title ? title : field;
}

/* A value of the field that the use names, by the form's own title of it. */
static const char *value_title(const struct yh_speech *s, const struct yh_word_use *use,
			       const char *value)
{
	const char *field = yh_use_text(use, "when", yh_use_text(use, "field", ""));
	const json_t *schema = s->procedure ? s->procedure->form : NULL;
	const json_t *of = json_object_get(json_object_get(schema, "properties"), field);
	const json_t *titles = json_object_get(json_object_get(of, "x-enum-titles"), s->lang);
	const char *title = yh_json_text(titles, value);

	return title ? title : value;
}

static const char *outcome_title(const struct yh_speech *s, const struct yh_word_use *use,
				 const char *outcome)
{
	const char *name = yh_use_text(use, "step", "");
	const struct yh_step *step = s->procedure ? yh_procedure_step(s->procedure, name) : NULL;
	const struct yh_outcome *o = step ? yh_step_outcome(step, outcome) : NULL;

	return o ? yh_say_text(s, o->title) : outcome;
}

/* Among what a word chooses from: "project.is" asks for a state of projects. */
static const char *choice_title(const struct yh_speech *s, const struct yh_word_use *use,
				const char *choice)
{
	char group[SLUG_BYTES];

	(void)snprintf(group, sizeof group, "%.*s", (int)strcspn(use->word->name, "."),
		       use->word->name);
	return yh_say_word(s, group, choice);
}

/* A register, a state or a figure of it, or a kind of duties. */
static const char *register_title(const struct yh_speech *s, const struct yh_word_use *use,
				  const struct yh_arg_value *a)
{
	const char *id = yh_use_text(use, "register", NULL);
	const struct yh_register *r = id ? yh_pack_register(s->pack, id) : NULL;
	const struct yh_register_state *state;
	const struct yh_register_figure *figure;
	const struct yh_duty_kind *duty;

	if (!r && s->procedure)
		r = s->procedure->reg;
	if (a->kind == YH_P_DUTY) {
		duty = yh_pack_duty(s->pack, a->text);
		return duty ? yh_say_text(s, duty->title) : a->text;
	}
	if (a->kind == YH_P_STATE) {
		state = r ? yh_register_state(r, a->text) : NULL;
		return state ? yh_say_text(s, state->title) : a->text;
	}
	if (a->kind == YH_P_FIGURE) {
		figure = r ? yh_register_figure(r, a->text) : NULL;
		return figure ? yh_say_text(s, figure->title) : a->text;
	}
	if (strcmp(a->name, "register") != 0)
		r = yh_pack_register(s->pack, a->text);
	return r ? yh_say_text(s, r->title) : a->text;
}

/* An argument as people read it. */
static const char *title_of(const struct yh_speech *s, const struct yh_word_use *use,
			    const struct yh_arg_value *a)
{
	const struct yh_procedure *p = NULL;
	const struct yh_step *step = NULL;
	const struct yh_paper_form *paper;
	const struct yh_kind *kind;

	switch (a->kind) {
	case YH_P_ROLE:
		return yh_say_role(s, a->text);
	case YH_P_KIND:
		kind = yh_pack_kind(s->pack, a->text);
		return kind ? yh_say_text(s, kind->title) : choice_title(s, use, a->text);
	case YH_P_PROCEDURE:
		p = yh_pack_procedure(s->pack, a->text);
		return p ? yh_say_text(s, p->title) : a->text;
	case YH_P_PAPER:
	case YH_P_PLEDGE:
		paper = yh_pack_paper(s->pack, a->text);
		return paper ? yh_say_text(s, paper->title) : a->text;
	case YH_P_STEP:
		step = s->procedure ? yh_procedure_step(s->procedure, a->text) : NULL;
		return step ? yh_say_text(s, step->title) : a->text;
	case YH_P_OUTCOME:
		return outcome_title(s, use, a->text);
	case YH_P_FIELD:
		return field_title(s, a->text);
	case YH_P_WORD:
		return choice_title(s, use, a->text);
	case YH_P_TEXT:
		return strcmp(a->name, "field") == 0 ? field_title(s, a->text)
						     : value_title(s, use, a->text);
	case YH_P_REGISTER:
	case YH_P_ENTERS:
	case YH_P_STATE:
	case YH_P_FIGURE:
	case YH_P_DUTY:
		return register_title(s, use, a);
	case YH_P_INT:
	case YH_P_BOOL:
	case YH_P_PERIOD:
	case YH_P_ARTICLE:
	case YH_P_NOTICES:
	case YH_P_DAY:
		break;
	}
	return a->text;
}

/* The arguments as figures of the sentence. Owned; NULL without memory. */
static json_t *figures_of(const struct yh_speech *s, const struct yh_word_use *use)
{
	json_t *all = json_object();
	struct yh_buf text;

	for (size_t i = 0; all && i < use->n_args; i++) {
		const struct yh_arg_value *a = &use->args[i];

		if (a->kind == YH_P_ARTICLE)
			continue;
		yh_buf_init(&text, SENTENCE_BYTES);
		if (a->kind == YH_P_PERIOD)
			yh_say_period(s, a->period, &text);
		else
			yh_buf_str(&text, title_of(s, use, a));
		if (json_object_set_new(all, a->name, json_string(yh_buf_text(&text))) != 0) {
			json_decref(all);
			all = NULL;
		}
		yh_buf_done(&text);
	}
	return all;
}

static void say(const struct yh_speech *s, const struct yh_word_use *use, const json_t *figures,
		struct yh_buf *out)
{
	char slug[SLUG_BYTES];

	if (find(s, "vocab", use->word->name, slug))
		yh_messages_fill(s->messages, s->lang, slug, figures, out);
	else
		yh_buf_str(out, use->word->name);
}

void yh_say_use(const struct yh_speech *s, const struct yh_word_use *use, struct yh_buf *out)
{
	YH_JSON_AUTO figures = figures_of(s, use);

	say(s, use, figures, out);
}

void yh_say_use_json(const struct yh_speech *s, const struct yh_word_use *use, struct yh_jw *w)
{
	YH_JSON_AUTO figures = figures_of(s, use);
	struct yh_buf sentence;
	const char *name;
	json_t *v;

	yh_buf_init(&sentence, SENTENCE_BYTES);
	say(s, use, figures, &sentence);
	yh_jw_str(w, "word", use->word->name);
	yh_jw_str(w, "about", use->word->about);
	yh_jw_str(w, "sentence", yh_buf_text(&sentence));
	yh_jw_str(w, "article", yh_use_text(use, "article", NULL));
	yh_jw_obj(w, "arguments");
	json_object_foreach(figures, name, v) yh_jw_str(w, name, json_string_value(v));
	yh_jw_end_obj(w);
	yh_jw_obj(w, "values");
	for (size_t i = 0; i < use->n_args; i++) {
		const struct yh_arg_value *a = &use->args[i];
		char period[YH_PERIOD_TEXT];

		yh_jw_str(w, a->name,
			  a->kind == YH_P_PERIOD ? yh_period_text(a->period, period) : a->text);
	}
	yh_jw_end_obj(w);
	yh_jw_arr(w, "parameters");
	for (size_t i = 0; i < use->n_args; i++)
		if (use->args[i].param)
			yh_jw_str(w, NULL, use->args[i].param);
	yh_jw_end_arr(w);
	yh_buf_done(&sentence);
}

void yh_say_uses_json(const struct yh_speech *s, const char *key, const struct yh_word_use *uses,
		      size_t n, struct yh_jw *w)
{
	yh_jw_arr(w, key);
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(w, NULL);
		yh_say_use_json(s, &uses[i], w);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

void yh_say_slug(const struct yh_speech *s, const char *key, const char *slug, const char *step,
		 struct yh_jw *w)
{
	YH_JSON_AUTO figures = json_object();
	struct yh_buf text;

	if (step)
		(void)json_object_set_new(figures, "step", json_string(step));
	yh_buf_init(&text, SENTENCE_BYTES);
	yh_messages_fill(s->messages, s->lang, slug, figures, &text);
	yh_jw_str(w, key, yh_buf_text(&text));
	yh_buf_done(&text);
}

/* Titles of the choices of an enum, by the catalogues. */
static json_t *titles_of(const struct yh_speech *s, const json_t *choices)
{
	static const char *const langs[] = { "zh", "en" };
	json_t *all = json_object();

	for (size_t l = 0; l < 2; l++) {
		struct yh_speech in = *s;
		json_t *one = json_object();

		in.lang = langs[l];
		for (size_t i = 0; i < json_array_size(choices); i++) {
			const char *v = json_string_value(json_array_get(choices, i));

			if (v)
				(void)json_object_set_new(
					one, v, json_string(yh_say_word(&in, "value", v)));
		}
		(void)json_object_set_new(all, langs[l], one);
	}
	return all;
}

/* Forms are at most eight levels deep: law/form.c. */
static void complete(const struct yh_speech *s, json_t *schema)
{
	json_t *choices = json_object_get(schema, "enum"), *props, *sub;
	json_int_t order = 0;
	const char *name;

	if (choices && !json_object_get(schema, "x-enum-titles"))
		(void)json_object_set_new(schema, "x-enum-titles", titles_of(s, choices));
	if (json_object_get(schema, "items"))
		complete(s, json_object_get(schema, "items"));
	props = json_object_get(schema, "properties");
	json_object_foreach(props, name, sub)
	{
		if (!json_object_get(sub, "x-order"))
			(void)json_object_set_new(sub, "x-order", json_integer(order));
		order++;
		complete(s, sub);
	}
}

void yh_say_form(const struct yh_speech *s, const char *key, const json_t *schema, struct yh_jw *w)
{
	YH_JSON_AUTO whole = schema ? json_deep_copy(schema) : NULL;
	char *text;

	if (!schema) {
		yh_jw_null(w, key);
		return;
	}
	complete(s, whole);
	text = json_dumps(whole, JSON_COMPACT); /* in the order of the pack's file */
	yh_jw_raw(w, key, text ? text : "null");
	free(text);
}
