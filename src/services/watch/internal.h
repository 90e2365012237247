/* What the files of the watch share; nobody else includes this. */
#ifndef YH_SERVICES_WATCH_INTERNAL_H
#define YH_SERVICES_WATCH_INTERNAL_H

#include "meter/meter.h"
#include "services/watch/watch.h"
#include "store/catalogue.h"

enum { CONDITIONS_MAX = 40, QUERIES_MAX = 200, YH_WATCH_NEEDS = 16, NONE = -1 };

struct subject {
	struct yh_subject_row row;
	uint32_t item;               /* in run.items */
	uint32_t lasting, n_lasting; /* in run.lasting */
};

/* What one query of the meter says of one subject: of its series, the largest. */
struct raw {
	double quantile, max, mean; /* mean: of a rise, what it grew by a second */
	uint32_t count, filled;
	bool has, zero, exact; /* zero: there was data, all of it zero and told to be void */
};
struct query {
	const char *metric;
	double quantile; /* 0: none is asked for */
	bool rise, never_zero;
	yh_day first, last;
	uint32_t slots;
	struct raw *raws; /* by subject */
};

/* How a rule's conditions are asked: places in run.queries, NONE where there is none. */
struct plan {
	const struct yh_rule *rule;
	int main[CONDITIONS_MAX], other[CONDITIONS_MAX], of[CONDITIONS_MAX];
};

/* What was looked into because a project declared periodic load. */
enum period_state { PERIOD_NONE, PERIOD_IDLE, PERIOD_USED, PERIOD_UNKNOWN, PERIOD_TO_COME };
struct period {
	uint32_t subject, plan;
	enum period_state state;
	yh_day first, last; /* of the occurrence, without its margin */
};

/* A fact as it was found. */
struct fact {
	yh_day since; /* YH_DAY_NONE: not said */
	int64_t days;
	const char *kind; /* of what was observed */
};
/* One rule about one subject. */
struct judgement {
	enum yh_judged judged;
	struct yh_holding holdings[CONDITIONS_MAX];
	struct yh_reading readings[CONDITIONS_MAX];
	struct fact facts[CONDITIONS_MAX];
	const struct period *period; /* NULL: none was looked into */
};

/* A system under one rule: run.by_system[from..from+n). */
struct system {
	struct yh_id id;
	const char *label, *name;
	uint32_t plan, from, n;
	uint32_t idle, in_use, unknown, excepted;
	enum yh_judged judged;
};

struct metered {
	uint32_t plan, condition, subject;
	int64_t last_ms; /* 0: not metered after it was stopped */
};

struct run {
	const struct yh_world *world;
	struct yh_meter *meter;
	const struct yh_watch_ask *ask;
	const struct yh_pack *pack;
	yh_time at; /* the end of the window */
	struct yh_arena arena;
	struct plan *plans;
	size_t n_plans;
	struct query queries[QUERIES_MAX];
	size_t n_queries;
	struct subject *subjects; /* by number */
	size_t n, cap;
	struct yh_item_row *items;
	size_t n_items, cap_items;
	struct yh_lasting_row *lasting;
	size_t n_lasting, cap_lasting;
	struct metered *metered; /* by plan, condition and subject: stopped ones */
	size_t n_metered, cap_metered;
	struct period *periods; /* by subject and plan */
	size_t n_periods, cap_periods;
	unsigned char *judged; /* by subject and plan: enum yh_judged, or NOT_ABOUT */
	uint32_t *by_system;   /* subjects with a system, by it */
	size_t n_by_system;
	struct system *systems;
	size_t n_systems, cap_systems;
	struct shelf *shelf;       /* of advice.c */
	struct gathered *gathered; /* of gather.c */
	unsigned steps_done;
	int64_t counts[4]; /* by enum yh_judged */
};
enum { NOT_ABOUT = 9 };

/* scan.c: one more of the steps is done, which are the queries and the rules to be kept. */
YH_CHECK enum yh_rc yh_watch_step(struct run *r, struct yh_err *err);

/* Room for one more; false without memory. */
bool yh_watch_room(void *list, size_t n, size_t *cap, size_t size);

/* subjects.c */
YH_CHECK enum yh_rc yh_watch_load(struct run *r, struct yh_err *err);
void yh_watch_unload(struct run *r);
/* NULL: why the rule is about the subject; else a word for why not. */
const char *yh_watch_not_about(const struct run *r, const struct yh_rule *rule, size_t subject);

bool yh_watch_has_dimension(const struct yh_item_row *i, const char *dim);

/* measure.c */
YH_CHECK enum yh_rc yh_watch_plan(struct run *r, struct yh_err *err);
YH_CHECK enum yh_rc yh_watch_measure(struct run *r, struct yh_err *err);
/* A condition's reading from its queries' raws, in the order main, other, of; the latter two may be
 * NULL. */
struct yh_reading yh_watch_reading(const struct yh_condition *c, const struct query *const q[3],
				   const struct raw *const raws[3]);
/* Asks one query about some subjects (places in run.subjects) into raws[0..n). */
YH_CHECK enum yh_rc yh_watch_ask_some(struct run *r, const struct query *q,
				      const uint32_t *subjects, size_t n, bool exact,
				      struct raw *raws, struct yh_err *err);

/* judge.c */
void yh_watch_judge_one(const struct run *r, size_t plan, size_t subject, struct judgement *out);
YH_CHECK enum yh_rc yh_watch_judge_all(struct run *r, struct yh_err *err);
YH_CHECK enum yh_rc yh_watch_systems(struct run *r, struct yh_err *err);

/* periodic.c */
YH_CHECK enum yh_rc yh_watch_periods(struct run *r, struct yh_err *err);
const struct period *yh_watch_period_of(const struct run *r, size_t subject, size_t plan);

/* say.c: one line of the results, and what findings share with it */
void yh_watch_say_one(const struct run *r, size_t plan, size_t subject, struct yh_jw *w);
void yh_watch_say_system(const struct run *r, const struct system *s, struct yh_jw *w);
void yh_watch_say_conditions(const struct run *r, size_t plan, const struct judgement *j,
			     struct yh_jw *w);

/* gather.c: of one batch of findings of one rule; what an earlier one gathered is given up */
struct curve {
	uint32_t query, subject;
	const char *labels; /* JSON */
	const struct yh_meter_bucket *buckets;
	size_t n;
};
/* The subjects are put in order. */
YH_CHECK enum yh_rc yh_watch_gather(struct run *r, size_t plan, uint32_t *subjects, size_t n,
				    struct yh_err *err);
void yh_watch_scatter(struct run *r);
/* Curves of a week at most are by the hour, others by the day. */
bool yh_watch_is_hourly(const struct query *q);
/* At most eight series, by their labels. */
const struct curve *yh_watch_curves(const struct run *r, uint32_t query, uint32_t subject,
				    size_t *n);
/* What is known for a need of the pack's sizing; *times NULL: it has none. False: not gathered. */
bool yh_watch_size_of(const struct run *r, uint32_t subject, size_t need, const struct raw **used,
		      const struct raw **times);

/* evidence.c */
enum { YH_WATCH_DRAWN = 10 }; /* of a system so many resources are shown with curves */
void yh_watch_evidence(const struct run *r, size_t plan, const uint32_t *subjects, size_t n,
		       const struct system *s, struct yh_buf *out);

/* advice.c: "" when there is none to give */
YH_CHECK enum yh_rc yh_watch_advice(struct run *r, size_t plan, const uint32_t *subjects, size_t n,
				    struct yh_buf *out, struct yh_err *err);
void yh_watch_leave_shelf(struct run *r);

/* keep.c */
YH_CHECK enum yh_rc yh_watch_keep(struct run *r, struct yh_watch_done *out, struct yh_err *err);

#endif
