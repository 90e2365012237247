/* Where scores come from: the platform's own records (Art. 33). A source turns what is recorded of
 * a period into facts, each about one unit or provider, with a share or a count; the figure of an
 * indicator is their sum. The same records as of the same time give the same facts, in the same
 * order. */
#ifndef YH_SERVICES_EVALUATION_SOURCES_H
#define YH_SERVICES_EVALUATION_SOURCES_H

#include "cases/context.h"
#include "law/evaluation.h"
#include "store/eval_facts.h"

enum yh_source_sum {
	YH_SOURCE_PERCENT, /* 100 * num / den over the facts; unknown without any */
	YH_SOURCE_COUNT    /* num over the facts; none is 0 */
};

struct yh_eval_fact {
	struct yh_id org;
	const char *kind; /* what `ref` is the number of: case, finding, lease, order … */
	const char *ref;
	const char *note; /* a word: on_time, late … */
	yh_day day;       /* YH_DAY_NONE: of the whole period */
	int64_t num, den;
	int64_t running_s; /* metered sources: how long it ran */
	bool counts;       /* false: too little is known of it, or it says nothing */
};
struct yh_eval_facts {
	struct yh_eval_fact *v;
	size_t n, cap;
};

struct yh_gathering {
	struct yh_tx *tx;
	const struct yh_world *world;
	struct yh_facts_ask ask;
	const char *dimension; /* of the indicator, or the source's own */
	struct yh_arena *arena;
	struct yh_eval_facts *out;
	size_t sorted; /* a reader's own: so many of `out` are in the order of `ref` */
};

struct yh_source {
	const char *name; /* "unit.orders" */
	enum yh_eval_subject subject;
	struct yh_text2 title;
	enum yh_source_sum sum;
	const char *dimension; /* that it looks at unless the indicator names one; NULL: none */
	/* Reads facts, in a snapshot; those of one organisation need not stand together. */
	enum yh_rc (*read)(struct yh_gathering *g, struct yh_err *err);
	/* Facts read have the resource's number as `ref`, by number, and its share to come from
	 * this metric: the mean of a ratio, or (coverage) how much of the time it was heard of. */
	const char *metric;
	bool coverage;
};

const struct yh_source *yh_sources(size_t *n);
/* NULL: none of this name. */
const struct yh_source *yh_source(const char *name);

enum { YH_EVAL_FACTS_MAX = 2000000 };
/* TOO_LARGE "evaluation-facts-many" (figure max). */
YH_CHECK enum yh_rc yh_fact_add(struct yh_eval_facts *to, const struct yh_eval_fact *f,
				struct yh_err *err);
void yh_facts_free(struct yh_eval_facts *f);

/* Asks the meter for the shares of facts that a metered source has read; what was heard of less
 * than `coverage` percent of its time does not count. Outside of transactions. */
YH_CHECK enum yh_rc yh_facts_measure(const struct yh_world *world, const struct yh_source *s,
				     const struct yh_facts_ask *ask, int64_t coverage,
				     struct yh_eval_facts *facts, struct yh_err *err);

/* The figure of some facts of one organisation: unknown when less than `coverage` percent of what
 * there is counts (for shares), or there is none. */
struct yh_eval_figure yh_facts_figure(const struct yh_source *s, const struct yh_eval_fact *v,
				      size_t n, int64_t coverage);

/* The readers, by what they look at. */
enum yh_rc yh_read_orders(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_findings(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_right_sized(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_leases(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_quota(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_unit_use(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_provider_use(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_on_time(struct yh_gathering *g, struct yh_err *err);
enum yh_rc yh_read_openings(struct yh_gathering *g, struct yh_err *err);

#endif
