/* Reading the words a procedure uses, with their parameters. */
#include <string.h>

#include "law/form.h"
#include "law/lease.h"
#include "law/pack_internal.h"

static void unknown_word(struct yh_loading *l, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t i = 0; i < l->vocab->n; i++)
		yh_pack_near(&near, l->vocab->words[i]->name);
	yh_pack_fault_near(l, line, "pack-word-unknown", &near);
}

static bool has_choice(const char *choices, const char *text)
{
	size_t n = strlen(text);

	for (const char *p = choices; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
		if (strncmp(p, text, n) == 0 && (p[n] == '|' || p[n] == 0))
			return true;
	return false;
}

/* A plain figure by its parameter's kind; `p` is the pack parameter it was taken from. */
static bool convert_figure(const struct yh_yaml *v, const struct yh_param *p,
			   struct yh_arg_value *out)
{
	bool b = false;

	if (p) {
		out->num = p->num;
		out->period = p->period;
		return p->kind == out->kind;
	}
	if (out->kind == YH_P_INT)
		return yh_yaml_int(v, &out->num);
	if (out->kind == YH_P_PERIOD)
		return yh_period_parse(v->text, &out->period, NULL) == YH_OK && out->period.n > 0;
	if (!yh_yaml_bool(v, &b))
		return false;
	out->num = b;
	return true;
}

static void fault_argument(struct yh_loading *l, const struct yh_yaml *v)
{
	yh_pack_fault(l, v->line, "pack-argument-invalid", v->key);
}

/* References are faulted as such, everything else as an argument of the wrong kind. */
static void convert(struct yh_loading *l, const struct yh_yaml *v, const struct yh_param *p,
		    const struct yh_param_sig *sig, const struct yh_procedure *pr,
		    struct yh_arg_value *out)
{
	struct yh_lease_notices notices;
	yh_day day = 0;

	out->text = p ? p->text : v->text;
	switch (sig->kind) {
	case YH_P_INT:
	case YH_P_BOOL:
	case YH_P_PERIOD:
		if (!convert_figure(v, p, out))
			fault_argument(l, v);
		return;
	case YH_P_ARTICLE:
		(void)yh_pack_need_article(l, v->line, out->text);
		return;
	case YH_P_ROLE:
		(void)yh_pack_need_role(l, v->line, out->text);
		return;
	case YH_P_FIELD:
		if (pr->n_started_by || (pr->form && !yh_form_has(pr->form, out->text)))
			yh_pack_fault(l, v->line, "pack-field-unknown", out->text);
		return;
	case YH_P_KIND:
		if (!has_choice(sig->choices, out->text))
			(void)yh_pack_need_kind(l, v->line, out->text);
		return;
	case YH_P_NOTICES:
		if (yh_lease_notices_parse(out->text, &notices, NULL) != YH_OK)
			fault_argument(l, v);
		return;
	case YH_P_WORD:
		if (!has_choice(sig->choices, out->text))
			fault_argument(l, v);
		return;
	case YH_P_REGISTER:
	case YH_P_ENTERS:
		(void)yh_pack_need_register(l, v->line, out->text);
		return;
	case YH_P_DAY:
		if (yh_day_parse(out->text, &day, NULL) != YH_OK)
			fault_argument(l, v);
		out->num = day;
		return;
	case YH_P_DUTY:
		(void)yh_pack_need_duty(l, v->line, out->text);
		return;
	case YH_P_STATE: /* judged by the other arguments */
	case YH_P_FIGURE:
	case YH_P_PAPER:
	case YH_P_PLEDGE:
	case YH_P_PROCEDURE: /* looked for when all are read */
	case YH_P_STEP:
	case YH_P_OUTCOME:
	case YH_P_TEXT:
		return;
	}
}

static const struct yh_param_sig *sig_of(const struct yh_word_sig *w, const char *name)
{
	for (const struct yh_param_sig *s = w->params; s && s->name; s++)
		if (strcmp(s->name, name) == 0)
			return s;
	return NULL;
}

static void unknown_argument(struct yh_loading *l, const struct yh_yaml *a,
			     const struct yh_word_sig *w)
{
	struct yh_pack_near near = { .wanted = a->key };

	for (const struct yh_param_sig *s = w->params; s && s->name; s++)
		yh_pack_near(&near, s->name);
	yh_pack_fault_near(l, a->key_line, "pack-argument-unknown", &near);
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
	use->args = out;
	YH_YAML_EACH(a, out ? args : NULL)
	{
		const struct yh_param_sig *sig = sig_of(word, a->key);
		bool dollar = a->kind == YH_YAML_SCALAR && !a->quoted && a->text[0] == '$';
		const struct yh_param *p = NULL;

		if (!sig) {
			unknown_argument(l, a, word);
			continue;
		}
		if (dollar)
			p = yh_pack_need_param(l, a);
		out[use->n_args] = (struct yh_arg_value){ .name = sig->name,
							  .kind = sig->kind,
							  .param = p ? p->key : NULL };
		if (a->kind != YH_YAML_SCALAR || a->n == 0 || yh_yaml_is_null(a))
			fault_argument(l, a);
		else if (!dollar || p)
			convert(l, a, p, sig, pr, &out[use->n_args]);
		use->n_args++;
	}
}

static void need_args(struct yh_loading *l, const struct yh_word_use *use)
{
	for (const struct yh_param_sig *s = use->word->params; s && s->name; s++)
		if (s->required && !yh_use_arg(use, s->name))
			yh_pack_fault(l, use->line, "pack-argument-missing", s->name);
}

/* A word, or a map of one word to its parameters; false after a fault. */
static bool read_word(struct yh_loading *l, const struct yh_yaml *e, unsigned kinds,
		      struct yh_word_use *use)
{
	const char *name;

	if (e->kind == YH_YAML_SEQ || (e->kind == YH_YAML_MAP && e->n != 1)) {
		yh_pack_fault(l, e->line, "pack-word-expected", NULL);
		return false;
	}
	name = e->kind == YH_YAML_MAP ? e->first->key : e->text;
	*use = (struct yh_word_use){ .word = yh_vocab_find(l->vocab, name), .line = e->line };
	if (!use->word)
		unknown_word(l, e->line, name);
	else if (!(use->word->kinds & kinds))
		yh_pack_fault(l, e->line, "pack-word-misplaced", name);
	else
		return true;
	return false;
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
	*out = uses;
	YH_YAML_EACH(e, list)
	{
		struct yh_word_use *use = &uses[*n];

		if (read_word(l, e, kinds, use)) {
			if (e->kind == YH_YAML_MAP)
				read_args(l, e->first, use->word, pr, use);
			need_args(l, use);
			++*n;
		}
	}
}
