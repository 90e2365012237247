/* Reading rules.yaml: the rules by which use is watched, and how a smaller size is reckoned. */
#include <string.h>

#include "base/num.h"
#include "law/pack_internal.h"
#include "law/watch.h"

enum { RULES_MAX = 100, CONDITIONS_MAX = 20, NEEDS_MAX = 16, DAYS_MAX = 3660, METRIC_BYTES = 199 };

/* The text under `key` and the parameter it was taken from; NULL when absent or after a fault. */
static const char *value_under(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			       bool required, const struct yh_param **p)
{
	const char *text = yh_pack_text(l, map, key, required);
	const struct yh_yaml *v = yh_yaml_get(map, key);

	*p = NULL;
	if (!text || v->quoted || text[0] != '$')
		return text;
	*p = yh_pack_need_param(l, v);
	return *p ? (*p)->text : NULL;
}

static void bad_value(struct yh_loading *l, const struct yh_yaml *map, const char *key)
{
	yh_pack_fault(l, yh_yaml_get(map, key)->line, "pack-argument-invalid", key);
}

/* "0.1" or "10%", exact at `scale` digits, not below 0. */
static bool parse_share(const char *text, unsigned scale, int64_t *out)
{
	char plain[40];
	size_t n = strlen(text);
	bool percent = n > 1 && text[n - 1] == '%';

	if (n >= sizeof plain)
		return false;
	memcpy(plain, text, n + 1);
	if (percent)
		plain[n - 1] = 0;
	return yh_scaled_parse(plain, percent ? scale - 2 : scale, out, NULL) == YH_OK &&
	       *out >= 0 && *out <= YH_QTY_MILLI_MAX;
}

static struct yh_rule_figure read_share(struct yh_loading *l, const struct yh_yaml *map,
					const char *key, unsigned scale, bool required)
{
	const struct yh_param *p;
	const char *text = value_under(l, map, key, required, &p);
	struct yh_rule_figure f = { 0, p ? p->key : NULL };

	if (text && !parse_share(text, scale, &f.num))
		bad_value(l, map, key);
	return f;
}

static struct yh_rule_figure read_days(struct yh_loading *l, const struct yh_yaml *map,
				       const char *key, bool required)
{
	const struct yh_param *p;
	const char *text = value_under(l, map, key, required, &p);
	struct yh_rule_figure f = { 0, p ? p->key : NULL };
	struct yh_period period;

	if (!text)
		return f;
	if (yh_period_parse(text, &period, NULL) != YH_OK || period.unit != YH_DAYS ||
	    period.n < 0 || period.n > DAYS_MAX)
		bad_value(l, map, key);
	else
		f.num = period.n;
	return f;
}

/* One name or a list of names. */
static void read_names(struct yh_loading *l, const struct yh_yaml *map, const char *key,
		       const char *const **out, size_t *n)
{
	const struct yh_yaml *v = yh_yaml_get(map, key);
	const char **names;

	*n = 0;
	if (!v)
		return;
	names = yh_pack_alloc(l, sizeof *names * (v->kind == YH_YAML_SEQ ? v->n + 1 : 1));
	if (!names)
		return;
	*out = names;
	if (v->kind == YH_YAML_SCALAR && v->n > 0) {
		yh_pack_name_check(l, v->line, v->text, YH_PACK_NAME, "");
		names[(*n)++] = v->text;
		return;
	}
	if (v->kind != YH_YAML_SEQ || v->n == 0)
		yh_pack_fault(l, v->line, "pack-list-expected", key);
	YH_YAML_EACH(e, v->kind == YH_YAML_SEQ ? v : NULL)
	{
		if (e->kind == YH_YAML_SCALAR && e->n > 0) {
			yh_pack_name_check(l, e->line, e->text, YH_PACK_NAME, "");
			names[(*n)++] = e->text;
		} else {
			yh_pack_fault(l, e->line, "pack-text-expected", key);
		}
	}
}

static const char *read_metric(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			       bool required)
{
	const char *m = yh_pack_text(l, map, key, required);

	if (m)
		yh_pack_name_check(l, yh_yaml_get(map, key)->line, m, METRIC_BYTES, "");
	return m;
}

static const char *read_dimension(struct yh_loading *l, const struct yh_yaml *map, const char *key,
				  bool required)
{
	const char *d = yh_pack_text(l, map, key, required);

	if (d)
		yh_pack_name_check(l, yh_yaml_get(map, key)->line, d, YH_PACK_ROLE, "");
	return d;
}

#define STATS "p50 p95 p99 max mean rise"
static struct yh_measured read_measured(struct yh_loading *l, const struct yh_yaml *map)
{
	int stat = yh_pack_choice(l, map, "statistic", STATS, "pack-argument-invalid", true);

	return (struct yh_measured){ read_metric(l, map, "metric", true),
				     stat < 0 ? YH_STAT_MAX : (enum yh_stat)stat };
}

static void read_metric_condition(struct yh_loading *l, const struct yh_yaml *map,
				  struct yh_condition *c)
{
	const struct yh_yaml *other = yh_yaml_get(map, "else");
	bool below = yh_yaml_get(map, "below") != NULL;

	yh_pack_keys(l, map, "metric statistic of below above coverage window never_zero else");
	c->main = read_measured(l, map);
	c->of = read_metric(l, map, "of", false);
	c->above = !below;
	c->never_zero = yh_pack_bool(l, map, "never_zero", false);
	if (below && yh_yaml_get(map, "above"))
		yh_pack_fault(l, map->line, "pack-below-or-above", NULL);
	c->threshold_e6 = read_share(l, map, below ? "below" : "above", 6, true);
	c->coverage_milli = read_share(l, map, "coverage", 3, true);
	if (c->coverage_milli.num > 1000)
		bad_value(l, map, "coverage");
	c->window_days = read_days(l, map, "window", false);
	if (other) {
		yh_pack_keys(l, other, "metric statistic");
		if (other->kind == YH_YAML_MAP)
			c->other = read_measured(l, other);
		if (c->of)
			yh_pack_fault(l, other->line, "pack-else-with-of", NULL);
	}
}

#define FACTS "item_exposed dimension past_lease metered_after_stop no_agent observed"
static void read_fact_condition(struct yh_loading *l, const struct yh_yaml *map,
				struct yh_condition *c)
{
	int fact = yh_pack_choice(l, map, "fact", FACTS, "pack-argument-invalid", true);

	if (fact < 0)
		return;
	c->fact = (enum yh_fact)(fact + 1);
	switch (c->fact) {
	case YH_FACT_DIMENSION:
		yh_pack_keys(l, map, "fact dimension");
		c->dimension = read_dimension(l, map, "dimension", true);
		return;
	case YH_FACT_OBSERVED:
		yh_pack_keys(l, map, "fact kinds longer_than");
		read_names(l, map, "kinds", &c->kinds, &c->n_kinds);
		if (c->n_kinds == 0)
			yh_pack_fault(l, map->line, "pack-key-missing", "kinds");
		c->days = read_days(l, map, "longer_than", true);
		return;
	case YH_FACT_METERED_AFTER:
		yh_pack_keys(l, map, "fact metric longer_than");
		c->main.metric = read_metric(l, map, "metric", true);
		c->days = read_days(l, map, "longer_than", true);
		return;
	case YH_FACT_PAST_LEASE:
	case YH_FACT_NO_AGENT:
		yh_pack_keys(l, map, "fact longer_than");
		c->days = read_days(l, map, "longer_than", true);
		return;
	default:
		yh_pack_keys(l, map, "fact");
	}
}

static void read_conditions(struct yh_loading *l, const struct yh_yaml *map, const char *key,
			    const struct yh_condition **out, size_t *n)
{
	const struct yh_yaml *list = yh_yaml_get(map, key);
	struct yh_condition *c;

	*n = 0;
	if (!list)
		return;
	if (list->kind != YH_YAML_SEQ || list->n == 0 || list->n > CONDITIONS_MAX) {
		yh_pack_fault(l, list->line, "pack-list-expected", key);
		return;
	}
	c = yh_pack_alloc(l, sizeof *c * list->n);
	*out = c;
	YH_YAML_EACH(e, c ? list : NULL)
	{
		if (e->kind != YH_YAML_MAP) {
			yh_pack_fault(l, e->line, "pack-map-expected", key);
			continue;
		}
		c[*n] = (struct yh_condition){ .line = e->line };
		if (yh_yaml_get(e, "fact"))
			read_fact_condition(l, e, &c[*n]);
		else
			read_metric_condition(l, e, &c[*n]);
		++*n;
	}
}

static void read_periodic(struct yh_loading *l, const struct yh_yaml *map, struct yh_rule *r)
{
	const struct yh_yaml *p = yh_yaml_get(map, "unless_periodic");
	size_t measured = 0;

	if (!p)
		return;
	yh_pack_keys(l, p, "reach margin");
	r->periodic = true;
	r->reach_days = read_days(l, p, "reach", true);
	r->margin_days = read_days(l, p, "margin", true);
	for (size_t i = 0; i < r->n_all; i++)
		measured += r->all[i].fact == YH_FACT_NONE;
	if (measured == 0)
		yh_pack_fault(l, p->line, "pack-periodic-unmeasured", NULL);
}

static void read_kinds(struct yh_loading *l, const struct yh_yaml *map, struct yh_rule *r)
{
	const struct yh_yaml *v = yh_yaml_get(map, "kinds");

	read_names(l, map, "kinds", &r->kinds, &r->n_kinds);
	for (size_t i = 0; i < r->n_kinds; i++)
		(void)yh_pack_need_kind(l, v->line, r->kinds[i]);
	r->unexposed = yh_pack_bool(l, map, "unexposed", false);
}

static void read_rule(struct yh_loading *l, const struct yh_yaml *map, struct yh_rule *r)
{
	int about =
		yh_pack_choice(l, map, "about", "resource system", "pack-argument-invalid", true);
	int advise =
		yh_pack_choice(l, map, "advise", "resize release", "pack-argument-invalid", false);
	int listed = yh_pack_choice(l, map, "listed", "last", "pack-argument-invalid", false);

	yh_pack_keys(l, map,
		     "zh en article about advise listed kinds unexposed dimension when any "
		     "unless_periodic");
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_NAME, "");
	*r = (struct yh_rule){ .id = map->key,
			       .title = yh_pack_titles(l, map, "zh", "en"),
			       .article = yh_pack_read_article(l, map, true),
			       .about = about == 1 ? YH_RULE_SYSTEM : YH_RULE_RESOURCE,
			       .advise = (enum yh_advise)(advise + 1),
			       .minor = listed == 0,
			       .line = map->key_line };
	if (map->kind != YH_YAML_MAP)
		return;
	read_kinds(l, map, r);
	r->dimension = read_dimension(l, map, "dimension", false);
	read_conditions(l, map, "when", &r->all, &r->n_all);
	read_conditions(l, map, "any", &r->any, &r->n_any);
	if (!yh_yaml_get(map, "when") && !yh_yaml_get(map, "any"))
		yh_pack_fault(l, map->key_line, "pack-key-missing", "when");
	read_periodic(l, map, r);
}

static void read_need(struct yh_loading *l, const struct yh_yaml *map, struct yh_need *out)
{
	const struct yh_yaml *per = yh_yaml_get(map, "per");

	yh_pack_keys(l, map, "metric times per never_zero");
	yh_pack_name_check(l, map->key_line, map->key, YH_PACK_ROLE, "");
	*out = (struct yh_need){ .dim = map->key,
				 .metric = read_metric(l, map, "metric", true),
				 .times = read_metric(l, map, "times", false),
				 .per = 1,
				 .never_zero = yh_pack_bool(l, map, "never_zero", false) };
	if (per && (!yh_yaml_int(per, &out->per) || out->per < 1))
		bad_value(l, map, "per");
}

static void read_sizing(struct yh_loading *l, const struct yh_yaml *map)
{
	struct yh_sizing *s = &l->p->sizing;
	const struct yh_yaml *dims = yh_yaml_get(map, "dimensions");
	struct yh_need *needs;
	int stat;

	if (!map)
		return;
	yh_pack_keys(l, map, "statistic headroom coverage dimensions");
	if (map->kind != YH_YAML_MAP)
		return;
	stat = yh_pack_choice(l, map, "statistic", "p50 p95 p99 max", "pack-argument-invalid",
			      true);
	s->set = true;
	s->stat = stat < 0 ? YH_STAT_P99 : (enum yh_stat)stat;
	s->headroom_milli = read_share(l, map, "headroom", 3, true);
	s->coverage_milli = read_share(l, map, "coverage", 3, true);
	if (!dims || dims->kind != YH_YAML_MAP || dims->n == 0 || dims->n > NEEDS_MAX) {
		yh_pack_fault(l, map->key_line, "pack-map-expected", "dimensions");
		return;
	}
	needs = yh_pack_alloc(l, sizeof *needs * dims->n);
	s->needs = needs;
	YH_YAML_EACH(d, needs ? dims : NULL)
	read_need(l, d, &needs[s->n_needs++]);
}

void yh_pack_read_rules(struct yh_loading *l, const struct yh_yaml *root)
{
	const struct yh_yaml *rules = yh_yaml_get(root, "rules");

	yh_pack_keys(l, root, "rules sizing");
	if (root->kind != YH_YAML_MAP)
		return;
	if (!rules || rules->kind != YH_YAML_MAP || rules->n > RULES_MAX) {
		yh_pack_fault(l, rules ? rules->line : root->line,
			      rules ? "pack-map-expected" : "pack-key-missing", "rules");
		return;
	}
	read_sizing(l, yh_yaml_get(root, "sizing"));
	l->p->rules = yh_pack_alloc(l, sizeof *l->p->rules * (rules->n + 1));
	YH_YAML_EACH(r, l->p->rules ? rules : NULL)
	{
		struct yh_rule *rule = &l->p->rules[l->p->n_rules++];

		read_rule(l, r, rule);
		if (rule->advise == YH_ADVISE_RESIZE && !l->p->sizing.set)
			yh_pack_fault(l, r->key_line, "pack-key-missing", "sizing");
	}
}

const struct yh_rule *yh_pack_rules(const struct yh_pack *p, size_t *n)
{
	*n = p->n_rules;
	return p->rules;
}

const struct yh_rule *yh_pack_rule(const struct yh_pack *p, const char *id)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (strcmp(p->rules[i].id, id) == 0)
			return &p->rules[i];
	return NULL;
}

const struct yh_sizing *yh_pack_sizing(const struct yh_pack *p)
{
	return &p->sizing;
}
