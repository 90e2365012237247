/* Reading a procedure: who files what, its steps, clocks and outcomes. */
#include <ctype.h>
#include <string.h>

#include "law/form.h"
#include "law/pack_internal.h"

/* A role or a list of roles. */
static void read_roles(struct yh_loading *l, const struct yh_yaml *v, bool deciding,
		       const char *const **out, size_t *n)
{
	size_t most = v->kind == YH_YAML_SEQ ? v->n : 1;
	const char **list = yh_pack_alloc(l, sizeof *list * (most + 1));
	const struct yh_yaml *e = v->kind == YH_YAML_SEQ ? v->first : v;

	*n = 0;
	*out = list;
	for (; list && e && *n < most; e = e->next) {
		const struct yh_role *r =
			e->kind == YH_YAML_SCALAR ? yh_pack_role(l->p, e->text) : NULL;

		if (!r) {
			yh_pack_fault(l, e->line, "pack-role-unknown", e->text);
			return;
		}
		if (deciding && r->admin)
			yh_pack_fault(l, e->line, "pack-admin-decides", r->id);
		list[(*n)++] = r->id;
	}
	if (*n == 0)
		yh_pack_fault(l, v->line, "pack-role-unknown", "");
}

static const char *read_article(struct yh_loading *l, const struct yh_yaml *map, bool required)
{
	const char *a = yh_pack_text(l, map, "article", required);

	if (a && !yh_pack_article(l->p, a))
		yh_pack_fault(l, yh_yaml_get(map, "article")->line, "pack-article-unknown", a);
	return a;
}

/* A period literal, or a parameter that is one. */
static bool read_period(struct yh_loading *l, const struct yh_yaml *v, struct yh_period *out,
			const struct yh_param **param)
{
	*param = NULL;
	if (v->kind == YH_YAML_SCALAR && !v->quoted && v->text[0] == '$') {
		*param = yh_pack_dollar(l, v);
		if (*param && (*param)->kind == YH_P_PERIOD) {
			*out = (*param)->period;
			return true;
		}
		if (*param)
			yh_pack_fault(l, v->line, "period-invalid", v->text);
		return false;
	}
	if (v->kind == YH_YAML_SCALAR && yh_period_parse(v->text, out, NULL) == YH_OK && out->n > 0)
		return true;
	yh_pack_fault(l, v->line, "period-invalid", v->text);
	return false;
}

static void read_since(struct yh_loading *l, const struct yh_yaml *v, struct yh_step_clock *c)
{
	if (!v || (v->kind == YH_YAML_SCALAR && strcmp(v->text, "opened") == 0))
		return;
	if (v->kind == YH_YAML_SCALAR && strcmp(v->text, "filed") == 0)
		c->since = YH_SINCE_FILED;
	else if (v->kind == YH_YAML_SCALAR && strncmp(v->text, "step:", 5) == 0) {
		c->since = YH_SINCE_STEP;
		c->since_step = v->text + 5;
	} else
		yh_pack_fault(l, v->line, "pack-since-invalid", v->text);
}

static void read_clock(struct yh_loading *l, const struct yh_yaml *map, struct yh_step *s)
{
	const struct yh_yaml *within = yh_yaml_get(map, "within"), *soft = yh_yaml_get(map, "soft");
	const struct yh_yaml *local = yh_yaml_get(map, "local");
	const struct yh_param *param;
	bool is_local = false;

	read_since(l, yh_yaml_get(map, "since"), &s->clock);
	if (soft && !yh_yaml_bool(soft, &s->clock.soft))
		yh_pack_fault(l, soft->line, "pack-bool-expected", "soft");
	if (local && !yh_yaml_bool(local, &is_local))
		yh_pack_fault(l, local->line, "pack-bool-expected", "local");
	if (!within) {
		if (soft || yh_yaml_get(map, "since"))
			yh_pack_fault(l, map->line, "pack-key-missing", "within");
		return;
	}
	if (!read_period(l, within, &s->clock.period, &param))
		return;
	s->clock.set = true;
	s->clock.article = param ? param->article : is_local ? NULL : s->article;
	s->clock.param = param ? param->key : NULL;
	if (s->clock.period.unit == YH_HOURS)
		yh_pack_fault(l, within->line, "period-hours", within->text);
	if (!param && !is_local && !s->article)
		yh_pack_fault(l, within->line, "pack-clock-lawless", s->name);
}

static void read_outcome(struct yh_loading *l, const struct yh_yaml *c,
			 const struct yh_procedure *pr, struct yh_outcome *out)
{
	const char *zh = yh_pack_text(l, c, "zh", true), *en = yh_pack_text(l, c, "en", true);
	const char *end = yh_pack_text(l, c, "end", false);

	yh_pack_keys(l, c, "zh en effect end");
	*out = (struct yh_outcome){ .name = c->key, .title = { zh ? zh : "", en ? en : "" } };
	yh_pack_read_words(l, yh_yaml_get(c, "effect"), YH_WORD_EFFECT, pr, &out->effects,
			   &out->n_effects);
	if (end && strcmp(end, "closed") == 0)
		out->end = YH_END_CLOSED;
	else if (end && strcmp(end, "refused") == 0)
		out->end = YH_END_REFUSED;
	else if (end)
		yh_pack_fault(l, c->line, "pack-end-invalid", end);
}

static const struct yh_outcome standard[][2] = {
	[YH_STEP_DECIDE] = { { .name = "approve", .title = { "同意", "Approve" } },
			     { .name = "refuse",
			       .title = { "不同意", "Refuse" },
			       .end = YH_END_REFUSED } },
	[YH_STEP_CONFIRM] = { { .name = "confirm", .title = { "确认", "Confirm" } } },
	[YH_STEP_FULFIL] = { { .name = "done", .title = { "办结", "Done" } } },
	[YH_STEP_WAIT] = { { .name = "elapsed", .title = { "期满", "Elapsed" } } },
};

static void read_outcomes(struct yh_loading *l, const struct yh_yaml *map,
			  const struct yh_procedure *pr, struct yh_step *s)
{
	const struct yh_yaml *own = yh_yaml_get(map, "outcomes"),
			     *effect = yh_yaml_get(map, "effect");
	struct yh_outcome *list = yh_pack_alloc(l, sizeof *list * ((own ? own->n : 0) + 2));

	if (!list)
		return;
	if (own && s->kind == YH_STEP_WAIT)
		yh_pack_fault(l, own->line, "pack-key-unknown", "outcomes");
	if (own) {
		YH_YAML_EACH(c, own)
		read_outcome(l, c, pr, &list[s->n_outcomes++]);
	} else {
		s->n_outcomes = s->kind == YH_STEP_DECIDE ? 2 : 1;
		memcpy(list, standard[s->kind], sizeof standard[0]);
	}
	s->outcomes = list;
	if (s->n_outcomes == 0)
		yh_pack_fault(l, map->line, "pack-key-missing", "outcomes");
	else if (effect && list[0].n_effects)
		yh_pack_fault(l, effect->line, "pack-key-unknown", "effect");
	else if (effect)
		yh_pack_read_words(l, effect, YH_WORD_EFFECT, pr, &list[0].effects,
				   &list[0].n_effects);
}

static void read_kind(struct yh_loading *l, const struct yh_yaml *map, struct yh_step *s)
{
	static const struct {
		const char *key;
		enum yh_step_kind kind;
	} kinds[] = { { "decided_by", YH_STEP_DECIDE },
		      { "confirmed_by", YH_STEP_CONFIRM },
		      { "fulfilled_by", YH_STEP_FULFIL },
		      { "waits", YH_STEP_WAIT } };
	const struct yh_param *param;
	int found = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
		const struct yh_yaml *v = yh_yaml_get(map, kinds[i].key);

		if (!v)
			continue;
		found++;
		s->kind = kinds[i].kind;
		if (s->kind == YH_STEP_WAIT)
			(void)read_period(l, v, &s->wait, &param);
		else
			read_roles(l, v, true, &s->roles, &s->n_roles);
	}
	if (found != 1)
		yh_pack_fault(l, map->line, "pack-step-kind", s->name);
}

static void read_step(struct yh_loading *l, const struct yh_yaml *map,
		      const struct yh_procedure *pr, struct yh_step *s)
{
	const struct yh_yaml *returns = yh_yaml_get(map, "returns"),
			     *form = yh_yaml_get(map, "form");

	yh_pack_keys(l, map,
		     "title article when unless decided_by confirmed_by fulfilled_by waits within"
		     " since soft local form checks effect outcomes returns");
	*s = (struct yh_step){ .name = map->key, .line = map->key_line };
	s->title = yh_pack_text2(l, map, "title");
	s->article = read_article(l, map, false);
	read_kind(l, map, s);
	read_clock(l, map, s);
	if (!s->article)
		s->article = s->clock.article ? s->clock.article : pr->article;
	yh_pack_read_words(l, yh_yaml_get(map, "when"), YH_WORD_CHECK | YH_WORD_COND, pr, &s->when,
			   &s->n_when);
	yh_pack_read_words(l, yh_yaml_get(map, "unless"), YH_WORD_CHECK | YH_WORD_COND, pr,
			   &s->unless, &s->n_unless);
	yh_pack_read_words(l, yh_yaml_get(map, "checks"), YH_WORD_CHECK, pr, &s->checks,
			   &s->n_checks);
	if (form && (s->form_name = yh_pack_text(l, map, "form", true)))
		s->form = yh_pack_form(l, form, s->form_name);
	s->returns = s->kind == YH_STEP_DECIDE;
	if (returns && !yh_yaml_bool(returns, &s->returns))
		yh_pack_fault(l, returns->line, "pack-bool-expected", "returns");
	read_outcomes(l, map, pr, s);
}

static void read_about(struct yh_loading *l, const struct yh_yaml *root, struct yh_procedure *pr)
{
	static const char *const abouts[] = { "none",     "unit",    "project",
					      "resource", "edition", "case" };
	static const char *const levels[] = { "any", "municipal", "district" };
	const char *about = yh_pack_text(l, root, "about", true);
	const char *level = yh_pack_text(l, root, "level", true);
	bool ok = false;

	for (size_t i = 0; about && i < sizeof abouts / sizeof abouts[0]; i++)
		if (strcmp(about, abouts[i]) == 0) {
			pr->about = (enum yh_about)i;
			ok = true;
		}
	if (about && !ok)
		yh_pack_fault(l, yh_yaml_get(root, "about")->line, "pack-about-unknown", about);
	ok = false;
	for (size_t i = 0; level && i < sizeof levels / sizeof levels[0]; i++)
		if (strcmp(level, levels[i]) == 0) {
			pr->level = (enum yh_level)i;
			ok = true;
		}
	if (level && !ok)
		yh_pack_fault(l, yh_yaml_get(root, "level")->line, "pack-level-unknown", level);
}

static const char *read_code(struct yh_loading *l, const struct yh_yaml *root)
{
	const char *code = yh_pack_text(l, root, "code", true);
	size_t n = code ? strlen(code) : 0;

	for (size_t i = 0; i < n; i++)
		if (!isupper((unsigned char)code[i]))
			n = 0;
	if (code && (n < 2 || n > 6))
		yh_pack_fault(l, yh_yaml_get(root, "code")->line, "pack-code-invalid", code);
	return code ? code : "";
}

void yh_pack_read_procedure(struct yh_loading *l, const struct yh_yaml *root,
			    struct yh_procedure *pr)
{
	const struct yh_yaml *filed_by = yh_yaml_get(root, "filed_by"),
			     *steps = yh_yaml_get(root, "steps"), *form = yh_yaml_get(root, "form");
	const char *name = yh_pack_text(l, root, "procedure", true);
	struct yh_step *list;

	yh_pack_keys(l, root,
		     "procedure code title article level filed_by about form checks on_filed"
		     " steps");
	pr->name = name ? name : "";
	pr->line = 1;
	pr->code = read_code(l, root);
	pr->title = yh_pack_text2(l, root, "title");
	pr->article = read_article(l, root, true);
	read_about(l, root, pr);
	if (filed_by)
		read_roles(l, filed_by, true, &pr->filed_by, &pr->n_filed_by);
	else
		yh_pack_fault(l, root->line, "pack-key-missing", "filed_by");
	pr->form_name = yh_pack_text(l, root, "form", true);
	if (pr->form_name)
		pr->form = yh_pack_form(l, form, pr->form_name);
	yh_pack_read_words(l, yh_yaml_get(root, "checks"), YH_WORD_CHECK, pr, &pr->checks,
			   &pr->n_checks);
	yh_pack_read_words(l, yh_yaml_get(root, "on_filed"), YH_WORD_RESERVE, pr, &pr->on_filed,
			   &pr->n_on_filed);
	if (!steps || steps->kind != YH_YAML_MAP || steps->n == 0) {
		yh_pack_fault(l, steps ? steps->line : root->line, "pack-key-missing", "steps");
		return;
	}
	list = yh_pack_alloc(l, sizeof *list * steps->n);
	pr->steps = list;
	YH_YAML_EACH(s, steps)
	if (list)
		read_step(l, s, pr, &list[pr->n_steps++]);
}

static bool always_ends(const struct yh_step *s)
{
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (s->outcomes[i].end == YH_END_NONE)
			return false;
	return s->n_when + s->n_unless == 0;
}

void yh_pack_check_procedure(struct yh_loading *l, const struct yh_procedure *pr)
{
	bool ended = false;

	for (size_t i = 0; i < pr->n_steps; i++) {
		const struct yh_step *s = &pr->steps[i];
		bool known = s->clock.since != YH_SINCE_STEP;

		if (ended)
			yh_pack_fault(l, s->line, "pack-step-unreachable", s->name);
		for (size_t j = 0; j < i && !known; j++)
			known = strcmp(pr->steps[j].name, s->clock.since_step) == 0;
		if (!known)
			yh_pack_fault(l, s->line, "pack-since-unknown", s->clock.since_step);
		ended = ended || always_ends(s);
	}
}
