/* Reading a step: who acts, within which clock, with which outcomes. */
#include <string.h>

#include "law/pack_internal.h"

static bool read_length(struct yh_loading *l, const struct yh_yaml *v, bool hours,
			struct yh_period *out, const struct yh_param **param)
{
	bool good = false;

	*param = NULL;
	if (v->kind == YH_YAML_SCALAR && !v->quoted && v->text[0] == '$') {
		*param = yh_pack_need_param(l, v);
		if (!*param)
			return false;
		good = (*param)->kind == YH_P_PERIOD;
		*out = (*param)->period;
	} else if (v->kind == YH_YAML_SCALAR) {
		good = yh_period_parse(v->text, out, NULL) == YH_OK;
	}
	if (!good || out->n <= 0) {
		yh_pack_fault(l, v->line, "period-invalid", v->text);
		return false;
	}
	if (out->unit == YH_HOURS && !hours) {
		yh_pack_fault(l, v->line, "period-hours", v->text);
		return false;
	}
	return true;
}

bool yh_pack_read_period(struct yh_loading *l, const struct yh_yaml *v, struct yh_period *out,
			 const struct yh_param **param)
{
	return read_length(l, v, false, out, param);
}

/* Law or local policy? A parameter says it itself, a literal needs the step to. */
static void check_source(struct yh_loading *l, const struct yh_yaml *map, const struct yh_yaml *v,
			 const struct yh_step *s, const struct yh_param *param, bool local)
{
	if (!param && !local && !s->article)
		yh_pack_fault(l, v->line, "pack-clock-lawless", s->name);
	if (param && local)
		yh_pack_fault(l, yh_yaml_get(map, "local")->line, "pack-law-or-local", param->key);
}

/* `lease` in place of a period or a day: where there are resources that may have one. */
static bool is_lease(struct yh_loading *l, const struct yh_yaml *v, const struct yh_procedure *pr)
{
	if (v->kind != YH_YAML_SCALAR || v->quoted || strcmp(v->text, "lease") != 0)
		return false;
	if (pr->about != YH_ABOUT_RESOURCE && pr->about != YH_ABOUT_PROJECT &&
	    !(pr->record && pr->record->resources))
		yh_pack_fault(l, v->line, "pack-lease-none", pr->name);
	return true;
}

static void read_since(struct yh_loading *l, const struct yh_yaml *map,
		       const struct yh_procedure *pr, struct yh_step_clock *c)
{
	const char *text = yh_pack_text(l, map, "since", false);
	int line = text ? yh_yaml_get(map, "since")->line : 0;
	struct yh_pack_near near;

	if (!text || strcmp(text, "opened") == 0)
		return;
	if (strcmp(text, "filed") == 0) {
		c->since = YH_SINCE_FILED;
		return;
	}
	if (is_lease(l, yh_yaml_get(map, "since"), pr)) {
		c->since = YH_SINCE_LEASE;
		return;
	}
	if (strncmp(text, "step:", 5) == 0) {
		c->since = YH_SINCE_STEP;
		c->since_step = text + 5;
	} else if (strncmp(text, "opened:", 7) == 0) {
		c->since = YH_SINCE_OPENING;
		c->since_step = text + 7;
	} else if (strncmp(text, "served:", 7) == 0) {
		c->since = YH_SINCE_SERVED;
		c->since_step = text + 7;
	} else {
		yh_pack_fault(l, line, "pack-since-invalid", text);
		return;
	}
	near = (struct yh_pack_near){ .wanted = c->since_step };
	for (size_t i = 0; i < pr->n_steps; i++) {
		if (strcmp(pr->steps[i].name, c->since_step) == 0) {
			return;
		}
		yh_pack_near(&near, pr->steps[i].name);
	}
	yh_pack_fault_near(l, line, "pack-since-unknown", &near);
}

/* Does a use say whether the step had an outcome: 1 that one, 0 another, -1 nothing of it. */
static int says(const struct yh_word_use *use, const char *step, const char *outcome)
{
	const struct yh_arg_value *of = yh_use_arg(use, "step");
	const struct yh_arg_value *had = yh_use_arg(use, "outcome");

	if (!of || !had || of->kind != YH_P_STEP || had->kind != YH_P_OUTCOME ||
	    strcmp(of->text, step) != 0)
		return -1;
	return strcmp(had->text, outcome) == 0;
}

/* May a step open after that outcome of an earlier one? */
static bool follows(const struct yh_step *s, const char *step, const struct yh_outcome *o)
{
	if (o->end != YH_END_NONE)
		return false;
	for (size_t i = 0; i < s->n_when; i++)
		if (says(&s->when[i], step, o->name) == 0)
			return false;
	for (size_t i = 0; i < s->n_unless; i++)
		if (says(&s->unless[i], step, o->name) == 1)
			return false;
	return true;
}

/* Does it issue a paper that is deemed to be served some day? */
static bool serves(const struct yh_outcome *o)
{
	for (size_t e = 0; e < o->n_effects; e++)
		if (yh_use_arg(&o->effects[e], "paper") && yh_use_arg(&o->effects[e], "deemed"))
			return true;
	return false;
}

/* A clock that waits for a paper's service begins, whatever the earlier step's outcome was. */
static void check_served(struct yh_loading *l, const struct yh_yaml *map,
			 const struct yh_procedure *pr, const struct yh_step *s)
{
	const char *name = s->clock.since_step;

	for (size_t i = 0; s->clock.since == YH_SINCE_SERVED && i < pr->n_steps; i++) {
		const struct yh_step *of = &pr->steps[i];
		size_t o = 0;

		if (strcmp(of->name, name) != 0)
			continue;
		while (o < of->n_outcomes &&
		       (serves(&of->outcomes[o]) || !follows(s, name, &of->outcomes[o])))
			o++;
		if (o < of->n_outcomes)
			yh_pack_fault(l, yh_yaml_get(map, "since")->line, "pack-since-unserved",
				      of->outcomes[o].name);
	}
}

/* Working days or days ahead; months have no length to go back by. */
static void read_remind(struct yh_loading *l, const struct yh_yaml *map, struct yh_step_clock *c)
{
	const struct yh_yaml *v = yh_yaml_get(map, "remind");
	const struct yh_param *param;
	struct yh_period period;

	if (!v || !yh_pack_read_period(l, v, &period, &param))
		return;
	if (period.unit == YH_MONTHS) {
		yh_pack_fault(l, v->line, "period-invalid", v->text);
		return;
	}
	c->remind = period;
	c->remind_param = param ? param->key : NULL;
}

static void read_clock(struct yh_loading *l, const struct yh_yaml *map,
		       const struct yh_procedure *pr, struct yh_step *s)
{
	const struct yh_yaml *within = yh_yaml_get(map, "within");
	bool local = yh_pack_bool(l, map, "local", false);
	struct yh_period period = { 0 };
	const struct yh_param *param = NULL;

	if (!within)
		return;
	read_remind(l, map, &s->clock);
	read_since(l, map, pr, &s->clock);
	s->clock.soft = yh_pack_bool(l, map, "soft", false);
	s->clock.lease = is_lease(l, within, pr);
	if (s->clock.lease && yh_yaml_get(map, "since"))
		yh_pack_fault(l, yh_yaml_get(map, "since")->line, "pack-step-key", "since");
	if (!s->clock.lease && !read_length(l, within, true, &period, &param))
		return;
	check_source(l, map, within, s, param, local);
	s->clock.set = true;
	s->clock.period = period;
	s->clock.article = param ? param->article : local ? NULL : s->article;
	s->clock.param = param ? param->key : NULL;
}

static void read_wait(struct yh_loading *l, const struct yh_yaml *map,
		      const struct yh_procedure *pr, struct yh_step *s)
{
	const struct yh_yaml *waits = yh_yaml_get(map, "waits");
	bool local = yh_pack_bool(l, map, "local", false);
	const struct yh_param *param = NULL;
	struct yh_period period = { 0 };

	if (!is_lease(l, waits, pr) && !yh_pack_read_period(l, waits, &period, &param))
		return;
	check_source(l, map, waits, s, param, local);
	s->wait = period;
	s->wait_param = param ? param->key : NULL;
}

/* As it is said, else by what follows: a refusal is a no, the first outcome a yes, any other
 * neither: packs of earlier programs do not say it. */
static enum yh_nature read_nature(struct yh_loading *l, const struct yh_yaml *c,
				  const struct yh_yaml *step, enum yh_end end)
{
	const struct yh_yaml *all = yh_yaml_get(step, "outcomes");
	bool first = all && c == all->first, refused = end == YH_END_REFUSED;
	int said = yh_pack_choice(l, c, "nature", "positive negative neutral",
				  "pack-nature-invalid", false);

	if (said < 0)
		return refused ? YH_NATURE_NEGATIVE
		       : first ? YH_NATURE_POSITIVE
			       : YH_NATURE_NEUTRAL;
	if ((said == YH_NATURE_POSITIVE && refused) || (said == YH_NATURE_NEGATIVE && first))
		yh_pack_fault(l, yh_yaml_get(c, "nature")->line, "pack-nature-contradicts", c->key);
	return (enum yh_nature)said;
}

static void read_outcome(struct yh_loading *l, const struct yh_yaml *c, const struct yh_yaml *step,
			 const struct yh_procedure *pr, struct yh_outcome *out)
{
	static const enum yh_end ends[] = { YH_END_CLOSED, YH_END_REFUSED };
	int end = yh_pack_choice(l, c, "end", "closed refused", "pack-end-invalid", false);

	yh_pack_keys(l, c, "zh en form effect end nature");
	yh_pack_name_check(l, c->key_line, c->key, YH_PACK_OUTCOME, "");
	*out = (struct yh_outcome){ .name = c->key,
				    .title = yh_pack_titles(l, c, "zh", "en"),
				    .end = end < 0 ? YH_END_NONE : ends[end] };
	out->nature = read_nature(l, c, step, out->end);
	out->form_name = yh_pack_text(l, c, "form", false);
	if (out->form_name)
		out->form = yh_pack_need_form(l, yh_yaml_get(c, "form")->line, out->form_name);
	yh_pack_read_words(l, yh_yaml_get(c, "effect"), YH_WORD_EFFECT, pr, &out->effects,
			   &out->n_effects);
}

static const struct yh_outcome standard[][2] = {
	[YH_STEP_DECIDE] = { { .name = "approve", .title = { "同意", "Approve" } },
			     { .name = "refuse",
			       .title = { "不同意", "Refuse" },
			       .end = YH_END_REFUSED,
			       .nature = YH_NATURE_NEGATIVE } },
	[YH_STEP_CONFIRM] = { { .name = "confirm", .title = { "确认", "Confirm" } } },
	[YH_STEP_FULFIL] = { { .name = "done", .title = { "办结", "Done" } } },
	[YH_STEP_WAIT] = { { .name = "elapsed", .title = { "期满", "Elapsed" } } },
	[YH_STEP_ONCE] = { { .name = "done", .title = { "办结", "Done" } } },
};

/* Nobody acts in it: what has no desk has no clock and no answers of its own. */
static bool is_nobodys(enum yh_step_kind kind)
{
	return kind == YH_STEP_WAIT || kind == YH_STEP_ONCE;
}

/* NULL when the step keeps the outcomes of its kind, as one without a desk always does. */
static const struct yh_yaml *own_outcomes(struct yh_loading *l, const struct yh_yaml *map,
					  enum yh_step_kind kind)
{
	const struct yh_yaml *own = is_nobodys(kind) ? NULL : yh_yaml_get(map, "outcomes");

	if (!own || (own->kind == YH_YAML_MAP && own->n > 0))
		return own;
	yh_pack_fault(l, own->line, "pack-map-expected", "outcomes");
	return NULL;
}

static void read_outcomes(struct yh_loading *l, const struct yh_yaml *map,
			  const struct yh_procedure *pr, struct yh_step *s)
{
	const struct yh_yaml *own = own_outcomes(l, map, s->kind),
			     *effect = yh_yaml_get(map,
						   s->kind == YH_STEP_ONCE ? "at_once" : "effect");
	struct yh_outcome *list = yh_pack_alloc(l, sizeof *list * ((own ? own->n : 0) + 2));

	if (!list)
		return;
	s->outcomes = list;
	if (own) {
		YH_YAML_EACH(c, own)
		read_outcome(l, c, map, pr, &list[s->n_outcomes++]);
	} else {
		s->n_outcomes = s->kind == YH_STEP_DECIDE ? 2 : 1;
		memcpy(list, standard[s->kind], sizeof standard[0]);
	}
	if (s->form_name && list[0].form_name)
		yh_pack_fault(l, yh_yaml_get(map, "form")->line, "pack-form-twice", list[0].name);
	if (s->form_name) {
		list[0].form_name = s->form_name;
		list[0].form = s->form;
	}
	s->form_name = list[0].form_name;
	s->form = list[0].form;
	if (effect && list[0].effects)
		yh_pack_fault(l, effect->key_line, "pack-effect-twice", list[0].name);
	else if (effect && effect->n == 0 && s->kind == YH_STEP_ONCE)
		yh_pack_fault(l, effect->line, "pack-list-expected", effect->key);
	else if (effect)
		yh_pack_read_words(l, effect, YH_WORD_EFFECT, pr, &list[0].effects,
				   &list[0].n_effects);
}

static const struct {
	const char *key;
	enum yh_step_kind kind;
	const char *foreign; /* keys that say nothing about a step of this kind */
} kinds[] = {
	{ "decided_by", YH_STEP_DECIDE, "silence" },
	{ "confirmed_by", YH_STEP_CONFIRM, "returns" },
	{ "fulfilled_by", YH_STEP_FULFIL, "returns silence" },
	{ "waits", YH_STEP_WAIT, "returns silence within since soft remind form checks outcomes" },
	{ "at_once", YH_STEP_ONCE,
	  "returns silence within since soft remind local form checks outcomes effect" },
};
enum { N_KINDS = sizeof kinds / sizeof kinds[0] };

/* False after a fault: nothing more can be said about the step. */
static bool read_kind(struct yh_loading *l, const struct yh_yaml *map, struct yh_step *s)
{
	size_t found = N_KINDS, n = 0;

	for (size_t i = 0; i < N_KINDS; i++)
		if (yh_yaml_get(map, kinds[i].key)) {
			found = i;
			n++;
		}
	if (n != 1) {
		yh_pack_fault(l, map->key_line, "pack-step-kind", s->name);
		return false;
	}
	s->kind = kinds[found].kind;
	YH_YAML_EACH(c, map)
	if (yh_pack_listed(kinds[found].foreign, c->key) >= 0)
		yh_pack_fault(l, c->key_line, "pack-step-key", c->key);
	if (!is_nobodys(s->kind))
		yh_pack_read_actors(l, yh_yaml_get(map, kinds[found].key), &s->roles, &s->n_roles);
	return true;
}

/* Keys that only mean something beside a clock. */
static void check_clock_keys(struct yh_loading *l, const struct yh_yaml *map,
			     const struct yh_step *s)
{
	bool timed = yh_yaml_get(map, "within") || s->kind == YH_STEP_WAIT;

	YH_YAML_EACH(c, map)
	if (!timed && yh_pack_listed("since soft local remind silence", c->key) >= 0)
		yh_pack_fault(l, c->key_line, "pack-key-missing", "within");
}

/* Whoever files or answers may keep silent; one body's silence is nobody else's. */
static void read_silence(struct yh_loading *l, const struct yh_yaml *map, struct yh_step *s)
{
	const char *name = yh_pack_text(l, map, "silence", false);
	struct yh_pack_near near = { .wanted = name };
	int line = name ? yh_yaml_get(map, "silence")->line : 0;

	if (!name || s->kind != YH_STEP_CONFIRM) /* a fault of its own */
		return;
	for (size_t i = 0; i < s->n_outcomes; i++) {
		if (strcmp(s->outcomes[i].name, name) != 0) {
			yh_pack_near(&near, s->outcomes[i].name);
			continue;
		}
		if (i == 0 || s->n_roles > 1 || s->clock.soft)
			yh_pack_fault(l, line, "pack-silence-invalid", name);
		if (s->outcomes[i].form_name)
			yh_pack_fault(l, line, "pack-silence-invalid", name);
		s->silence = s->outcomes[i].name;
		return;
	}
	yh_pack_fault_near(l, line, "pack-outcome-unknown", &near);
}

/* Nobody could answer a case that time began. */
static void read_returns(struct yh_loading *l, const struct yh_yaml *map,
			 const struct yh_procedure *pr, struct yh_step *s)
{
	bool filed = pr->n_started_by == 0;

	s->returns = yh_pack_bool(l, map, "returns", s->kind == YH_STEP_DECIDE && filed);
	if (s->returns && !filed)
		yh_pack_fault(l, yh_yaml_get(map, "returns")->line, "pack-step-key", "returns");
}

/* Hours run from an event, whatever the day or the night, and never pause: nobody may send such a
 * step back, and there is no day ahead on which to remind. */
static void check_hours(struct yh_loading *l, const struct yh_yaml *map, const struct yh_step *s)
{
	const struct yh_step_clock *c = &s->clock;

	if (!c->set || c->lease || c->period.unit != YH_HOURS)
		return;
	if (s->returns || c->remind.n || c->since == YH_SINCE_LEASE || c->since == YH_SINCE_SERVED)
		yh_pack_fault(l, yh_yaml_get(map, "within")->line, "pack-clock-hours", s->name);
}

void yh_pack_read_step(struct yh_loading *l, const struct yh_yaml *map,
		       const struct yh_procedure *pr, struct yh_step *s)
{
	*s = (struct yh_step){ .name = map->key, .line = map->key_line };
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_NAME, "");
	yh_pack_keys(l, map,
		     "title article when unless decided_by confirmed_by fulfilled_by waits at_once"
		     " within since soft local remind form checks effect outcomes returns silence");
	if (map->kind != YH_YAML_MAP)
		return;
	s->title = yh_pack_text2(l, map, "title");
	s->article = yh_pack_read_article(l, map, false);
	if (!read_kind(l, map, s))
		return;
	check_clock_keys(l, map, s);
	if (s->kind == YH_STEP_WAIT)
		read_wait(l, map, pr, s);
	else
		read_clock(l, map, pr, s);
	if (!s->article)
		s->article = s->clock.article ? s->clock.article : pr->article;
	yh_pack_read_words(l, yh_yaml_get(map, "when"), YH_WORD_CHECK | YH_WORD_COND, pr, &s->when,
			   &s->n_when);
	yh_pack_read_words(l, yh_yaml_get(map, "unless"), YH_WORD_CHECK | YH_WORD_COND, pr,
			   &s->unless, &s->n_unless);
	check_served(l, map, pr, s);
	yh_pack_read_words(l, yh_yaml_get(map, "checks"), YH_WORD_CHECK, pr, &s->checks,
			   &s->n_checks);
	s->form_name = yh_pack_text(l, map, "form", false);
	if (s->form_name)
		s->form = yh_pack_need_form(l, yh_yaml_get(map, "form")->line, s->form_name);
	read_returns(l, map, pr, s);
	check_hours(l, map, s);
	read_outcomes(l, map, pr, s);
	read_silence(l, map, s);
}
