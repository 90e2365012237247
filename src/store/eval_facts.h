/* What the records say of units and providers over a period, for their evaluation: facts, not
 * figures. Each is read as of a time: what was recorded later does not count. All by cloud. */
#ifndef YH_STORE_EVAL_FACTS_H
#define YH_STORE_EVAL_FACTS_H

#include "base/digest.h"
#include "db/db.h"

struct yh_facts_ask {
	struct yh_id cloud;
	yh_day first, last; /* both counted */
	yh_time as_of;
};

/* Whom an evaluation is about: units with a project on the cloud, or providers of it or with
 * resources on it; by code. */
struct yh_evaluated {
	struct yh_id org;
	const char *code, *name;
};
YH_CHECK enum yh_rc yh_evaluated_units(struct yh_tx *tx, const struct yh_facts_ask *ask,
				       struct yh_arena *arena, struct yh_evaluated **out, size_t *n,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_evaluated_providers(struct yh_tx *tx, const struct yh_facts_ask *ask,
					   struct yh_arena *arena, struct yh_evaluated **out,
					   size_t *n, struct yh_err *err);

/* A unit's projects on the cloud, likewise (org: the project). */
YH_CHECK enum yh_rc yh_evaluated_projects(struct yh_tx *tx, const struct yh_id *unit,
					  const struct yh_id *cloud, struct yh_arena *arena,
					  struct yh_evaluated **out, size_t *n, struct yh_err *err);

/* A step that was due in the period for an organisation to carry out. */
struct yh_duty_fact {
	struct yh_id org, id;
	struct yh_sm3 pack;
	const char *case_no;
	char procedure[48], step[48];
	yh_day due;
	yh_time until;     /* the instant that it was due by */
	yh_time closed_at; /* 0: still open */
};
YH_CHECK enum yh_rc yh_facts_duties(struct yh_tx *tx, const struct yh_facts_ask *ask,
				    const char *role, struct yh_arena *arena,
				    struct yh_duty_fact **out, size_t *n, struct yh_err *err);

/* What the watch found in the period. */
struct yh_finding_fact {
	struct yh_id unit;
	const char *no, *advice; /* advice: JSON or "" */
	char state[12];
	yh_time found_at, ended_at;
	bool forced; /* supply was stopped for it */
};
YH_CHECK enum yh_rc yh_facts_findings(struct yh_tx *tx, const struct yh_facts_ask *ask,
				      struct yh_arena *arena, struct yh_finding_fact **out,
				      size_t *n, struct yh_err *err);

/* A lease whose last day lies in the period. */
struct yh_lease_fact {
	struct yh_id unit;
	const char *resource_no;
	yh_day last;
	yh_time ended_at; /* 0: still in force */
	bool held;        /* a timely extension is undecided */
};
YH_CHECK enum yh_rc yh_facts_leases(struct yh_tx *tx, const struct yh_facts_ask *ask,
				    struct yh_arena *arena, struct yh_lease_fact **out, size_t *n,
				    struct yh_err *err);

/* An order to rectify that was served in the period. */
struct yh_order_fact {
	struct yh_id org;
	const char *number;
	yh_time at;
};
YH_CHECK enum yh_rc yh_facts_orders(struct yh_tx *tx, const struct yh_facts_ask *ask,
				    struct yh_arena *arena, struct yh_order_fact **out, size_t *n,
				    struct yh_err *err);

/* A size of a resource that reaches into the period. */
struct yh_held_fact {
	struct yh_id unit, provider; /* provider zero: none */
	char no[40];
	const char *project;
	yh_time from_at, to_at; /* to_at 0: still so */
	int64_t qty_milli;      /* of the dimension, or (dimension "") of the item */
};
/* By resource number and time, behind `after`, at most `limit`. */
YH_CHECK enum yh_rc yh_facts_held(struct yh_tx *tx, const struct yh_facts_ask *ask, const char *dim,
				  const char *after, uint32_t limit, struct yh_arena *arena,
				  struct yh_held_fact **out, size_t *n, struct yh_err *err);

/* A line of quota that reaches into the period. */
struct yh_quota_fact {
	struct yh_id unit;
	const char *project, *rrule; /* rrule NULL: none */
	char kind[12];
	int64_t qty_milli, span_days;
	yh_day first, last; /* last YH_DAY_NONE: open */
};
YH_CHECK enum yh_rc yh_facts_quota(struct yh_tx *tx, const struct yh_facts_ask *ask,
				   const char *dim, struct yh_arena *arena,
				   struct yh_quota_fact **out, size_t *n, struct yh_err *err);

#endif
