/* Reading the words a procedure uses, with their parameters. */
#include <stdio.h>
#include <string.h>

#include "law/form.h"
#include "law/pack_internal.h"

/* How many letters two names differ by, roughly: enough to suggest the nearest. */
static size_t distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), same = 0;

	for (size_t i = 0; i < la && i < lb && a[i] == b[i]; i++)
		same++;
	for (size_t i = 0; i < la - same && i < lb - same && a[la - 1 - i] == b[lb - 1 - i]; i++)
		same++;
	return (la > lb ? la : lb) - same;
}

static void unknown_word(struct yh_loading *l, int line, const char *name)
{
	const char *nearest = "";
	size_t best = SIZE_MAX;
	char what[96];

	for (size_t i = 0; i < l->vocab->n; i++)
		if (distance(name, l->vocab->words[i]->name) < best) {
			best = distance(name, l->vocab->words[i]->name);
			nearest = l->vocab->words[i]->name;
		}
	(void)snprintf(what, sizeof what, "%.40s (%.40s?)", name, nearest);
	yh_pack_fault(l, line, "pack-word-unknown", what);
}

static bool has_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (const char *p = choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
		if (strncmp(p, text, n) == 0 && (p[n] == '|' || p[n] == 0))
			return true;
	return false;
}

/* A value by its parameter's kind; `p` is the pack parameter it was taken from. */
static bool convert(struct yh_loading *l, const struct yh_yaml *v, const struct yh_param *p,
		    const struct yh_param_sig *sig, const struct yh_procedure *pr,
		    struct yh_arg_value *out)
{
	bool b;

	out->text = p ? p->text : v->text;
	switch (sig->kind) {
	case YH_P_INT:
		out->num = p ? p->num : 0;
		return p ? p->kind == YH_P_INT : yh_yaml_int(v, &out->num);
	case YH_P_BOOL:
		if (p) {
			out->num = p->num;
			return p->kind == YH_P_BOOL;
		}
		if (!yh_yaml_bool(v, &b))
			return false;
		out->num = b;
		return true;
	case YH_P_PERIOD:
		if (p) {
			out->period = p->period;
			return p->kind == YH_P_PERIOD;
		}
		return yh_period_parse(v->text, &out->period, NULL) == YH_OK;
	case YH_P_ARTICLE:
		return yh_pack_article(l->p, out->text) != NULL;
	case YH_P_ROLE:
		return yh_pack_role(l->p, out->text) != NULL;
	case YH_P_FIELD:
		return pr->form && yh_form_has(pr->form, out->text);
	case YH_P_WORD:
		return has_choice(sig->choices, out->text);
	case YH_P_TEXT:
		break;
	}
	return out->text[0] != 0;
}

static const struct yh_param_sig *sig_of(const struct yh_word_sig *w, const char *name)
{
	for (const struct yh_param_sig *s = w->params; s && s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static void read_args(struct yh_loading *l, const struct yh_yaml *args,
		      const struct yh_word_sig *word, const struct yh_procedure *pr,
		      struct yh_word_use *use)
{
	struct yh_arg_value *out;

	if (args->kind != YH_YAML_MAP) {
		if (!yh_yaml_is_null(args))
			yh_pack_fault(l, args->line, "pack-map-expected", word->name);
		return;
	}
	out = yh_pack_alloc(l, sizeof *out * (args->n + 1));
	if (!out)
		return;
	YH_YAML_EACH(a, args)
	{
		const struct yh_param_sig *sig = sig_of(word, a->key);
		struct yh_arg_value *v = &out[use->n_args];
		const struct yh_param *p = NULL;

		if (!sig || a->kind != YH_YAML_SCALAR) {
			yh_pack_fault(l, a->line, "pack-argument-unknown", a->key);
			continue;
		}
		if (!a->quoted && a->text[0] == '$' && !(p = yh_pack_dollar(l, a)))
			continue;
		*v = (struct yh_arg_value){ .name = sig->name,
					    .kind = sig->kind,
					    .param = p ? p->key : NULL };
		if (!convert(l, a, p, sig, pr, v))
			yh_pack_fault(l, a->line, "pack-argument-invalid", a->key);
		use->n_args++;
	}
	use->args = out;
}

static void need_args(struct yh_loading *l, const struct yh_word_use *use)
{
	for (const struct yh_param_sig *s = use->word->params; s && s->name; s++)
		if (s->required && !yh_use_arg(use, s->name))
			yh_pack_fault(l, use->line, "pack-argument-missing", s->name);
}

void yh_pack_read_words(struct yh_loading *l, const struct yh_yaml *list, unsigned kinds,
			const struct yh_procedure *pr, const struct yh_word_use **out, size_t *n)
{
	struct yh_word_use *uses;

	*n = 0;
	*out = NULL;
	if (!list)
		return;
	if (list->kind != YH_YAML_SEQ) {
		yh_pack_fault(l, list->line, "pack-list-expected", list->key);
		return;
	}
	uses = yh_pack_alloc(l, sizeof *uses * (list->n + 1));
	if (!uses)
		return;
	YH_YAML_EACH(e, list)
	{
		const struct yh_yaml *named = e->kind == YH_YAML_MAP && e->n == 1 ? e->first : NULL;
		const char *name = named ? named->key : e->kind == YH_YAML_SCALAR ? e->text : "";
		const struct yh_word_sig *word = yh_vocab_find(l->vocab, name);
		struct yh_word_use *use = &uses[*n];

		if (!word) {
			unknown_word(l, e->line, name);
			continue;
		}
		if (!(word->kinds & kinds)) {
			yh_pack_fault(l, e->line, "pack-word-misplaced", name);
			continue;
		}
		*use = (struct yh_word_use){ .word = word, .line = e->line };
		if (named)
			read_args(l, named, word, pr, use);
		need_args(l, use);
		++*n;
	}
	*out = uses;
}
