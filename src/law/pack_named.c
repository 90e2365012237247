/* What words name: procedures that stand in later files, earlier steps, and their outcomes. */
#include <string.h>

#include "law/form.h"
#include "law/pack_internal.h"

static void fault_procedure(struct yh_loading *l, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t p = 0; p < l->p->n_procedures; p++)
		yh_pack_near(&near, l->p->procedures[p].name);
	yh_pack_fault_near(l, line, "pack-procedure-unknown", &near);
}

static void fault_paper(struct yh_loading *l, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t i = 0; i < l->p->n_papers; i++)
		yh_pack_near(&near, l->p->papers[i].name);
	yh_pack_fault_near(l, line, "pack-paper-unknown", &near);
}

/* Among the first `n` steps; NULL after a fault. */
static const struct yh_step *need_step(struct yh_loading *l, const struct yh_procedure *pr,
				       size_t n, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t i = 0; i < n; i++) {
		if (strcmp(pr->steps[i].name, name) == 0)
			return &pr->steps[i];
		yh_pack_near(&near, pr->steps[i].name);
	}
	yh_pack_fault_near(l, line, "pack-since-unknown", &near);
	return NULL;
}

static void need_outcome(struct yh_loading *l, const struct yh_step *s, int line, const char *name)
{
	struct yh_pack_near near = { .wanted = name };

	for (size_t i = 0; i < s->n_outcomes; i++) {
		if (strcmp(s->outcomes[i].name, name) == 0)
			return;
		yh_pack_near(&near, s->outcomes[i].name);
	}
	yh_pack_fault_near(l, line, "pack-outcome-unknown", &near);
}

/* The register that a use is about: its own, or that of the procedure. */
static const struct yh_register *register_of(const struct yh_loading *l,
					     const struct yh_procedure *pr,
					     const struct yh_word_use *use)
{
	const char *id = yh_use_text(use, "register", NULL);

	return id ? yh_pack_register(l->p, id) : pr->reg;
}

static void need_of_register(struct yh_loading *l, const struct yh_register *r,
			     const struct yh_word_use *use, const struct yh_arg_value *v)
{
	if (!r) {
		if (!yh_use_arg(use, "register"))
			yh_pack_fault(l, use->line, "pack-argument-missing", "register");
		return;
	}
	if (v->kind == YH_P_STATE && !yh_register_state(r, v->text))
		yh_pack_fault(l, use->line, "pack-register-state", v->text);
	if (v->kind == YH_P_FIGURE && !yh_register_figure(r, v->text))
		yh_pack_fault(l, use->line, "pack-register-figure", v->text);
}

/* The form that the record is made of: the case's, or the step's when the use says so. */
static const json_t *form_of(const struct yh_procedure *pr, const struct yh_step *step,
			     const struct yh_word_use *use)
{
	bool of_step = strcmp(yh_use_text(use, "from", "case"), "step") == 0;

	return of_step ? step ? step->form : NULL : pr->form;
}

static bool filed_by_provider(const struct yh_procedure *pr)
{
	static const char provider[] = "provider";

	for (size_t i = 0; i < pr->n_filed_by; i++)
		if (strcmp(pr->filed_by[i], provider) == 0)
			return true;
	return false;
}

/* What a record must have, who files must be able to say. */
static void check_entering(struct yh_loading *l, const struct yh_procedure *pr,
			   const struct yh_step *step, const struct yh_word_use *use)
{
	const struct yh_register *r = register_of(l, pr, use);
	const json_t *form = form_of(pr, step, use);

	if (!r || !form) {
		if (r)
			yh_pack_fault(l, use->line, "pack-register-form", r->id);
		return;
	}
	for (size_t i = 0; i < YH_REFS; i++) {
		bool given = yh_form_has(form, yh_ref_names[i]) || i == YH_REF_ORG ||
			     (i == YH_REF_PROVIDER && filed_by_provider(pr)) ||
			     (i == YH_REF_PROJECT && pr->about == YH_ABOUT_PROJECT) ||
			     (i == YH_REF_RECORD && pr->reg) ||
			     (i == YH_REF_CASE && pr->about == YH_ABOUT_CASE);

		if (r->refs[i] == YH_NEED_REQUIRED && !given)
			yh_pack_fault(l, use->line, "pack-field-unknown", yh_ref_names[i]);
	}
	if (r->dated == YH_NEED_REQUIRED && !yh_form_has(form, "from"))
		yh_pack_fault(l, use->line, "pack-field-unknown", "from");
	if (r->dated == YH_NEED_REQUIRED && !yh_form_has(form, "until"))
		yh_pack_fault(l, use->line, "pack-field-unknown", "until");
}

/* What is signed cannot be issued, nor the other way round. */
static void need_paper(struct yh_loading *l, int line, const char *name, bool pledge)
{
	const struct yh_paper_form *f = yh_pack_paper(l->p, name);

	if (!f || (f->signed_by != NULL) != pledge)
		fault_paper(l, line, name);
}

/* Has the case's form, or a form of the step's answers, what `{form.…}` or `{answer.…}` names? */
static bool has_field(const struct yh_procedure *pr, const struct yh_step *step, const char *word)
{
	bool answer = strncmp(word, "answer.", 7) == 0;
	const char *field = strchr(word, '.') + 1;

	if (!answer)
		return pr->form && yh_form_has(pr->form, field);
	for (size_t i = 0; step && i < step->n_outcomes; i++)
		if (step->outcomes[i].form && yh_form_has(step->outcomes[i].form, field))
			return true;
	return false;
}

static void need_fields(struct yh_loading *l, const struct yh_procedure *pr,
			const struct yh_step *step, int line, const char *text)
{
	for (const char *s = strchr(text, '{'); s; s = strchr(s + 1, '{')) {
		size_t n = strcspn(s + 1, "}");
		char word[64];

		if (n >= sizeof word || !memchr(s + 1, '.', n))
			continue;
		memcpy(word, s + 1, n);
		word[n] = 0;
		if (!has_field(pr, step, word))
			yh_pack_fault(l, line, "pack-field-unknown", word);
	}
}

/* What the paper says of forms, the procedure that issues it has. */
static void check_paper(struct yh_loading *l, const struct yh_procedure *pr,
			const struct yh_step *step, int line, const char *name)
{
	const struct yh_paper_form *f = yh_pack_paper(l->p, name);

	if (!f)
		return;
	need_fields(l, pr, step, line, f->heading.zh);
	need_fields(l, pr, step, line, f->heading.en);
	for (size_t i = 0; i < f->n_zh; i++)
		need_fields(l, pr, step, line, f->zh[i]);
	for (size_t i = 0; i < f->n_en; i++)
		need_fields(l, pr, step, line, f->en[i]);
}

/* One use, in the procedure's step number `at`. */
static void check_use(struct yh_loading *l, const struct yh_procedure *pr, size_t at,
		      const struct yh_word_use *use)
{
	const struct yh_step *step = NULL;

	for (size_t a = 0; a < use->n_args; a++) {
		const struct yh_arg_value *v = &use->args[a];

		if (v->kind == YH_P_PROCEDURE && !yh_pack_procedure(l->p, v->text))
			fault_procedure(l, use->line, v->text);
		else if (v->kind == YH_P_PAPER || v->kind == YH_P_PLEDGE)
			need_paper(l, use->line, v->text, v->kind == YH_P_PLEDGE);
		if (v->kind == YH_P_PAPER)
			check_paper(l, pr, at < pr->n_steps ? &pr->steps[at] : NULL, use->line,
				    v->text);
		else if (v->kind == YH_P_STEP)
			step = need_step(l, pr, at, use->line, v->text);
		else if (v->kind == YH_P_STATE || v->kind == YH_P_FIGURE)
			need_of_register(l, register_of(l, pr, use), use, v);
		else if (v->kind == YH_P_ENTERS)
			check_entering(l, pr, at < pr->n_steps ? &pr->steps[at] : NULL, use);
	}
	for (size_t a = 0; step && a < use->n_args; a++)
		if (use->args[a].kind == YH_P_OUTCOME)
			need_outcome(l, step, use->line, use->args[a].text);
}

static void check_uses(struct yh_loading *l, const struct yh_procedure *pr, size_t at,
		       const struct yh_word_use *uses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		check_use(l, pr, at, &uses[i]);
}

/* The body of a step issues a paper; what takes effect by being filed, or by itself, has none. */
static void need_no_paper(struct yh_loading *l, const struct yh_word_use *uses, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t a = 0; a < uses[i].n_args; a++)
			if (uses[i].args[a].kind == YH_P_PAPER)
				yh_pack_fault(l, uses[i].line, "pack-paper-step",
					      uses[i].args[a].text);
}

void yh_pack_check_named(struct yh_loading *l)
{
	for (size_t i = 0; i < l->p->n_procedures; i++) {
		const struct yh_procedure *pr = &l->p->procedures[i];

		l->file = pr->file;
		check_uses(l, pr, 0, pr->started_by, pr->n_started_by);
		check_uses(l, pr, 0, pr->checks, pr->n_checks);
		check_uses(l, pr, 0, pr->on_filed, pr->n_on_filed);
		check_uses(l, pr, 0, pr->effects, pr->n_effects);
		need_no_paper(l, pr->on_filed, pr->n_on_filed);
		need_no_paper(l, pr->effects, pr->n_effects);
		for (size_t s = 0; s < pr->n_steps; s++) {
			const struct yh_step *step = &pr->steps[s];

			check_uses(l, pr, s, step->when, step->n_when);
			check_uses(l, pr, s, step->unless, step->n_unless);
			check_uses(l, pr, s, step->checks, step->n_checks);
			for (size_t o = 0; o < step->n_outcomes; o++)
				check_uses(l, pr, s, step->outcomes[o].effects,
					   step->outcomes[o].n_effects);
			if (step->kind == YH_STEP_ONCE)
				need_no_paper(l, step->outcomes[0].effects,
					      step->outcomes[0].n_effects);
		}
	}
}
