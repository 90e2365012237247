/* Judging use by rules. */
#include "law/watch.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

const char *yh_stat_name(enum yh_stat s)
{
	static const char *const names[] = { "p50", "p95", "p99", "max", "mean", "rise" };

	return names[s];
}

double yh_stat_quantile(enum yh_stat s)
{
	static const double of[] = { 0.5, 0.95, 0.99, 0, 0, 0 };

	return of[s];
}

const char *yh_fact_name(enum yh_fact f)
{
	static const char *const names[YH_FACT_COUNT] = {
		"",         "item_exposed", "dimension", "past_lease", "metered_after_stop",
		"no_agent", "observed",
	};

	return names[f];
}

const char *yh_holds_name(enum yh_holds h)
{
	static const char *const names[] = { "no", "yes", "unknown" };

	return names[h];
}

const char *yh_judged_name(enum yh_judged v)
{
	static const char *const names[] = { "ok", "flagged", "unknown", "excepted" };

	return names[v];
}

double yh_watch_round(double v)
{
	char text[32];

	if (!isfinite(v))
		return v;
	(void)snprintf(text, sizeof text, "%.9g", v);
	return strtod(text, NULL);
}

static double threshold(const struct yh_condition *c)
{
	return (double)c->threshold_e6.num / 1e6;
}

/* Is it settled although much is missing? Only a peak that was seen is. */
static bool is_settled(const struct yh_condition *c, const struct yh_reading *r)
{
	return c->main.stat == YH_STAT_MAX && c->main.metric && !(r->figure < threshold(c));
}

struct yh_holding yh_watch_hold(const struct yh_condition *c, const struct yh_reading *r)
{
	bool holds;

	if (!r->has || !isfinite(r->figure))
		return (struct yh_holding){ YH_HOLDS_UNKNOWN, r->zero ? "only_zero" : "no_data" };
	if (r->coverage_milli < c->coverage_milli.num && !is_settled(c, r))
		return (struct yh_holding){ YH_HOLDS_UNKNOWN, "low_coverage" };
	holds = c->above ? r->figure > threshold(c) : r->figure < threshold(c);
	return (struct yh_holding){ holds ? YH_HOLDS_YES : YH_HOLDS_NO, "measured" };
}

bool yh_watch_is_near(const struct yh_condition *c, double figure)
{
	double t = fabs(threshold(c));

	return fabs(figure - threshold(c)) * (YH_SKETCH_ERROR_PARTS - 1) <= t;
}

static enum yh_holds both(enum yh_holds a, enum yh_holds b)
{
	if (a == YH_HOLDS_NO || b == YH_HOLDS_NO)
		return YH_HOLDS_NO;
	return a == YH_HOLDS_UNKNOWN || b == YH_HOLDS_UNKNOWN ? YH_HOLDS_UNKNOWN : YH_HOLDS_YES;
}

static enum yh_holds either(enum yh_holds a, enum yh_holds b)
{
	if (a == YH_HOLDS_YES || b == YH_HOLDS_YES)
		return YH_HOLDS_YES;
	return a == YH_HOLDS_UNKNOWN || b == YH_HOLDS_UNKNOWN ? YH_HOLDS_UNKNOWN : YH_HOLDS_NO;
}

enum yh_judged yh_watch_judge(const struct yh_rule *rule, const struct yh_holding *h)
{
	enum yh_holds all = YH_HOLDS_YES, any = YH_HOLDS_NO;

	for (size_t i = 0; i < rule->n_all; i++)
		all = both(all, h[i].holds);
	for (size_t i = 0; i < rule->n_any; i++)
		any = either(any, h[rule->n_all + i].holds);
	if (rule->n_any > 0)
		all = both(all, any);
	if (all == YH_HOLDS_UNKNOWN)
		return YH_JUDGED_UNKNOWN;
	return all == YH_HOLDS_YES ? YH_JUDGED_FLAGGED : YH_JUDGED_OK;
}
