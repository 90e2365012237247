/* What was judged, as JSON: the same data gives the same bytes. */
#include <string.h>

#include "services/watch/internal.h"

static void say_parameter(struct yh_jw *w, const char *key, const char *param)
{
	if (param)
		yh_jw_str(w, key, param);
}

static void say_metric(const struct run *r, const struct plan *p, const struct yh_condition *c,
		       size_t i, const struct yh_reading *reading, struct yh_jw *w)
{
	const struct query *q = &r->queries[p->main[i]];
	bool quantile = yh_stat_quantile(c->main.stat) > 0;

	yh_jw_str(w, "metric", c->main.metric);
	yh_jw_str(w, "statistic", yh_stat_name(c->main.stat));
	if (c->of)
		yh_jw_str(w, "of", c->of);
	if (q->first != r->ask->first) {
		yh_jw_day(w, "from", q->first);
		yh_jw_day(w, "to", q->last);
	}
	if (reading->has)
		yh_jw_real(w, "figure", reading->figure);
	else
		yh_jw_null(w, "figure");
	if (reading->has && quantile)
		yh_jw_bool(w, "exact", reading->exact);
	yh_jw_real(w, c->above ? "above" : "below", (double)c->threshold_e6.num / 1e6);
	say_parameter(w, "parameter", c->threshold_e6.param);
	yh_jw_milli(w, "coverage", reading->coverage_milli);
	yh_jw_milli(w, "least_coverage", c->coverage_milli.num);
}

static void say_fact(const struct yh_condition *c, const struct fact *f, struct yh_jw *w)
{
	yh_jw_str(w, "fact", yh_fact_name(c->fact));
	if (c->dimension)
		yh_jw_str(w, "dimension", c->dimension);
	if (f->kind)
		yh_jw_str(w, "kind", f->kind);
	if (f->since != YH_DAY_NONE)
		yh_jw_day(w, "since", f->since);
	if (f->since != YH_DAY_NONE)
		yh_jw_int(w, "days", f->days);
	if (c->fact != YH_FACT_ITEM_EXPOSED && c->fact != YH_FACT_DIMENSION) {
		yh_jw_int(w, "longer_than", c->days.num);
		say_parameter(w, "parameter", c->days.param);
	}
}

static void say_list(const struct run *r, const struct plan *p, const struct judgement *j,
		     const char *key, size_t from, size_t n, struct yh_jw *w)
{
	const struct yh_rule *rule = p->rule;

	if (n == 0)
		return;
	yh_jw_arr(w, key);
	for (size_t i = from; i < from + n; i++) {
		const struct yh_condition *c =
			i < rule->n_all ? &rule->all[i] : &rule->any[i - rule->n_all];

		yh_jw_obj(w, NULL);
		if (c->fact == YH_FACT_NONE)
			say_metric(r, p, c, i, &j->readings[i], w);
		else
			say_fact(c, &j->facts[i], w);
		yh_jw_str(w, "holds", yh_holds_name(j->holdings[i].holds));
		yh_jw_str(w, "why", j->holdings[i].why);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

/* Such load was declared with the quota, which says what it rests on. */
static void say_period(const struct run *r, const struct period *p, struct yh_jw *w)
{
	static const char *const states[] = { "", "idle", "used", "unknown", "to_come" };

	if (!p)
		return;
	yh_jw_obj(w, "periodic_load");
	yh_jw_str(w, "then", states[p->state]);
	if (p->state != PERIOD_TO_COME) {
		yh_jw_day(w, "from", p->first);
		yh_jw_day(w, "to", p->last);
	}
	yh_jw_str(w, "article", yh_pack_action_article(r->pack, "quota.read"));
	yh_jw_end_obj(w);
}

void yh_watch_say_conditions(const struct run *r, size_t plan, const struct judgement *j,
			     struct yh_jw *w)
{
	const struct plan *p = &r->plans[plan];

	say_list(r, p, j, "all", 0, p->rule->n_all, w);
	say_list(r, p, j, "any", p->rule->n_all, p->rule->n_any, w);
	say_period(r, j->period, w);
}

void yh_watch_say_one(const struct run *r, size_t plan, size_t subject, struct yh_jw *w)
{
	struct judgement j;

	yh_watch_judge_one(r, plan, subject, &j);
	yh_jw_str(w, "resource", r->subjects[subject].row.no);
	yh_jw_str(w, "rule", r->plans[plan].rule->id);
	yh_jw_str(w, "verdict", yh_judged_name(j.judged));
	yh_watch_say_conditions(r, plan, &j, w);
}

void yh_watch_say_system(const struct run *r, const struct system *s, struct yh_jw *w)
{
	yh_jw_str(w, "system", s->label);
	yh_jw_str(w, "rule", r->plans[s->plan].rule->id);
	yh_jw_str(w, "verdict", yh_judged_name(s->judged));
	yh_jw_obj(w, "resources");
	yh_jw_int(w, "flagged", s->idle);
	yh_jw_int(w, "ok", s->in_use);
	yh_jw_int(w, "unknown", s->unknown);
	yh_jw_int(w, "excepted", s->excepted);
	yh_jw_end_obj(w);
}
