/* Reading a procedure: who files what, about what, in which steps. */
#include <string.h>

#include "law/pack_internal.h"

static void read_steps(struct yh_loading *l, const struct yh_yaml *root, struct yh_procedure *pr)
{
	const struct yh_yaml *steps = yh_yaml_get(root, "steps"), *effect;
	struct yh_step *list;

	effect = yh_yaml_get(root, "effect");
	if (effect && steps)
		yh_pack_fault(l, effect->key_line, "pack-effect-steps", pr->name);
	if (effect && !steps) { /* what is filed is done */
		yh_pack_read_words(l, effect, YH_WORD_EFFECT, pr, &pr->effects, &pr->n_effects);
		return;
	}
	if (!steps || steps->kind != YH_YAML_MAP || steps->n == 0) {
		yh_pack_fault(l, steps ? steps->line : root->line,
			      steps ? "pack-steps-none" : "pack-key-missing", "steps");
		return;
	}
	list = yh_pack_alloc(l, sizeof *list * steps->n);
	if (!list)
		return;
	pr->steps = list;
	YH_YAML_EACH(s, steps)
	{
		yh_pack_read_step(l, s, pr, &list[pr->n_steps]);
		pr->n_steps++;
	}
}

/* Does the case end with this step, whatever happens in it? */
static bool always_ends(const struct yh_step *s)
{
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (s->outcomes[i].end == YH_END_NONE)
			return false;
	return s->n_outcomes > 0 && s->n_when + s->n_unless == 0;
}

static void check_reach(struct yh_loading *l, const struct yh_procedure *pr)
{
	for (size_t i = 0; i + 1 < pr->n_steps; i++)
		if (always_ends(&pr->steps[i])) {
			yh_pack_fault(l, pr->steps[i + 1].line, "pack-step-unreachable",
				      pr->steps[i + 1].name);
			return;
		}
}

/* Somebody files a form, or time begins the case, without one. */
static void read_beginning(struct yh_loading *l, const struct yh_yaml *root,
			   struct yh_procedure *pr)
{
	const struct yh_yaml *filed_by = yh_yaml_get(root, "filed_by");
	const struct yh_yaml *started_by = yh_yaml_get(root, "started_by");
	const struct yh_yaml *form = yh_yaml_get(root, "form");

	if (started_by && filed_by)
		yh_pack_fault(l, started_by->key_line, "pack-filed-or-started", pr->name);
	if (started_by) {
		yh_pack_read_words(l, started_by, YH_WORD_TRIGGER, pr, &pr->started_by,
				   &pr->n_started_by);
		if (form)
			yh_pack_fault(l, form->key_line, "pack-key-unknown", "form");
		return;
	}
	if (filed_by)
		yh_pack_read_actors(l, filed_by, &pr->filed_by, &pr->n_filed_by);
	else
		yh_pack_fault(l, root->line, "pack-key-missing", "filed_by");
	pr->form_name = yh_pack_text(l, root, "form", true);
	if (pr->form_name)
		pr->form = yh_pack_need_form(l, form->line, pr->form_name);
}

/* What every pack knows, in the order of enum yh_about, and the kinds of records behind that. */
static void read_about(struct yh_loading *l, const struct yh_yaml *root, struct yh_procedure *pr)
{
	static const char own[] = "none unit project resource case";
	const struct yh_vocab *v = l->vocab;
	size_t size = sizeof own;
	char *words, *at;
	int about;

	for (size_t i = 0; i < v->n_abouts; i++)
		size += strlen(v->abouts[i].name) + 1;
	words = yh_pack_alloc(l, size);
	if (!words)
		return;
	at = stpcpy(words, own);
	for (size_t i = 0; i < v->n_abouts; i++) {
		*at++ = ' ';
		at = stpcpy(at, v->abouts[i].name);
	}
	about = yh_pack_choice(l, root, "about", words, "pack-about-unknown", true);
	if (about < 0)
		return;
	pr->about = about < YH_ABOUT_RECORD ? (enum yh_about)about : YH_ABOUT_RECORD;
	if (pr->about == YH_ABOUT_RECORD)
		pr->record = &v->abouts[about - YH_ABOUT_RECORD];
}

/* Of which register the record is, of which kind the duty. */
static void read_about_key(struct yh_loading *l, const struct yh_yaml *root,
			   struct yh_procedure *pr)
{
	enum yh_about_key key = pr->record ? pr->record->key : YH_ABOUT_PLAIN;
	const struct yh_yaml *reg = yh_yaml_get(root, "register"),
			     *duty = yh_yaml_get(root, "duty");

	if (reg && key != YH_ABOUT_REGISTER)
		yh_pack_fault(l, reg->key_line, "pack-key-unknown", "register");
	if (duty && key != YH_ABOUT_DUTY)
		yh_pack_fault(l, duty->key_line, "pack-key-unknown", "duty");
	if (key == YH_ABOUT_REGISTER && yh_pack_text(l, root, "register", true))
		pr->reg = yh_pack_need_register(l, reg->line, reg->text);
	if (key == YH_ABOUT_DUTY && yh_pack_text(l, root, "duty", true))
		pr->duty = yh_pack_need_duty(l, duty->line, duty->text);
}

void yh_pack_read_procedure(struct yh_loading *l, const struct yh_yaml *root,
			    struct yh_procedure *pr)
{
	const struct yh_yaml *named = yh_yaml_get(root, "procedure");
	const char *name = yh_pack_text(l, root, "procedure", true);
	int level;

	yh_pack_keys(
		l, root,
		"procedure code title article level filed_by started_by about register duty form"
		" checks on_filed steps effect");
	pr->name = name ? name : "";
	pr->line = named ? named->line : root->line;
	if (name)
		yh_pack_name_check(l, pr->line, name, YH_PACK_NAME, "");
	pr->code = yh_pack_read_code(l, root);
	pr->title = yh_pack_text2(l, root, "title");
	pr->article = yh_pack_read_article(l, root, true);
	read_about(l, root, pr);
	read_about_key(l, root, pr);
	level = yh_pack_choice(l, root, "level", "any municipal district", "pack-level-unknown",
			       true);
	pr->level = level < 0 ? YH_LEVEL_ANY : (enum yh_level)level;
	read_beginning(l, root, pr);
	yh_pack_read_words(l, yh_yaml_get(root, "checks"), YH_WORD_CHECK, pr, &pr->checks,
			   &pr->n_checks);
	yh_pack_read_words(l, yh_yaml_get(root, "on_filed"), YH_WORD_RESERVE, pr, &pr->on_filed,
			   &pr->n_on_filed);
	read_steps(l, root, pr);
	check_reach(l, pr);
}
