/* The rules by which use is watched (Art. 25), as a pack's rules.yaml says them, and their judging.
 * Pure: figures and facts in, a verdict with its reasons out.
 *
 * A verdict has three values and one more. A condition holds, does not hold, or is not known:
 * missing data is never idleness. All of a rule's conditions: one that does not hold settles it,
 * else one that is not known leaves it open. `any` is the other way round. */
#ifndef YH_LAW_WATCH_H
#define YH_LAW_WATCH_H

#include "law/pack.h"

enum yh_stat { YH_STAT_P50, YH_STAT_P95, YH_STAT_P99, YH_STAT_MAX, YH_STAT_MEAN, YH_STAT_RISE };
const char *yh_stat_name(enum yh_stat s); /* "p95" */
/* 0.95 of YH_STAT_P95; 0 of what is no quantile */
double yh_stat_quantile(enum yh_stat s);

/* What the register says. */
enum yh_fact {
	YH_FACT_NONE, /* the condition is about a metric */
	YH_FACT_ITEM_EXPOSED,
	YH_FACT_DIMENSION,     /* the item has some of `dimension` */
	YH_FACT_PAST_LEASE,    /* runs more than `days` after the last day of its lease */
	YH_FACT_METERED_AFTER, /* is metered more than `days` after it was stopped */
	YH_FACT_NO_AGENT,      /* has run more than `days` without an enrolled agent */
	YH_FACT_OBSERVED, /* something of `kinds` about its agent has lasted more than `days` */
	YH_FACT_COUNT
};
const char *yh_fact_name(enum yh_fact f); /* "past_lease" */

struct yh_rule_figure { /* a figure of the pack, and the parameter it came from (NULL: a literal) */
	int64_t num;
	const char *param;
};

struct yh_measured {
	const char *metric;
	enum yh_stat stat;
};

struct yh_condition {
	enum yh_fact fact;
	/* of a metric */
	struct yh_measured main,
		other;          /* other: when nothing is known of main; metric NULL: none */
	const char *of;         /* divided by the mean of this metric; NULL: not */
	bool above, never_zero; /* never_zero: a series that is always 0 says nothing */
	struct yh_rule_figure threshold_e6; /* strictly below, or above */
	struct yh_rule_figure coverage_milli;
	struct yh_rule_figure window_days; /* num 0: the window of the scan */
	/* of a fact */
	const char *dimension;
	const char *const *kinds;
	size_t n_kinds;
	struct yh_rule_figure days;
	int line;
};

enum yh_rule_about { YH_RULE_RESOURCE, YH_RULE_SYSTEM };
enum yh_advise { YH_ADVISE_NOTHING, YH_ADVISE_RESIZE, YH_ADVISE_RELEASE };

struct yh_rule {
	const char *id;
	struct yh_text2 title;
	const char *article;
	enum yh_rule_about about; /* SYSTEM: every resource of a system, or none */
	enum yh_advise advise;
	bool minor;               /* its findings are listed behind all others */
	const char *const *kinds; /* of resources; none: all */
	size_t n_kinds;
	bool unexposed;        /* only kinds that must not serve the outside */
	const char *dimension; /* only what has some of it; NULL: all */
	const struct yh_condition *all, *any;
	size_t n_all, n_any;
	/* declared periodic load excepts (A18.2) */
	bool periodic;
	struct yh_rule_figure reach_days, margin_days;
	int line;
};

/* How a smaller size is reckoned for one dimension. */
struct yh_need {
	const char *dim, *metric;
	const char *times; /* the metric whose maximum it is multiplied by; NULL: by 1 */
	int64_t per;       /* and divided by, for the dimension's unit */
	bool never_zero;
};
struct yh_sizing {
	bool set;
	enum yh_stat stat;
	struct yh_rule_figure headroom_milli, coverage_milli;
	const struct yh_need *needs;
	size_t n_needs;
};

const struct yh_rule *yh_pack_rules(const struct yh_pack *p, size_t *n);
const struct yh_rule *yh_pack_rule(const struct yh_pack *p, const char *id);
const struct yh_sizing *yh_pack_sizing(const struct yh_pack *p);

/* ---- judging ---- */

enum yh_holds { YH_HOLDS_NO, YH_HOLDS_YES, YH_HOLDS_UNKNOWN };
const char *yh_holds_name(enum yh_holds h);

enum yh_judged { YH_JUDGED_OK, YH_JUDGED_FLAGGED, YH_JUDGED_UNKNOWN, YH_JUDGED_EXCEPTED };
const char *yh_judged_name(enum yh_judged v); /* "flagged" */

/* What was measured for one condition. */
struct yh_reading {
	bool has;  /* there is a figure */
	bool zero; /* there was data, all of it zero, and the condition says never_zero */
	bool exact;
	double figure;
	int64_t coverage_milli;
};
/* What the register says for one condition; `why` is a word for the explanation, or NULL. */
enum { YH_SKETCH_ERROR_PARTS = 64 }; /* a sketched quantile is off by at most 1/64 */

struct yh_holding {
	enum yh_holds holds;
	const char *why; /* "measured", "no_data", "low_coverage", "only_zero", "not_running" … */
};

/* A figure as it is compared and shown: nine significant digits, so that the order in which sums
 * were formed does not show. */
double yh_watch_round(double v);
struct yh_holding yh_watch_hold(const struct yh_condition *c, const struct yh_reading *r);
/* Is a sketched figure so near the threshold that only the samples can tell? */
bool yh_watch_is_near(const struct yh_condition *c, double figure);
/* Kleene's and/or over a rule's conditions, `all` first, then `any`. */
enum yh_judged yh_watch_judge(const struct yh_rule *rule, const struct yh_holding *holdings);

#endif
