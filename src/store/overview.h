/* Figures of the whole city and of its districts, for those who look after all of it. */
#ifndef YH_STORE_OVERVIEW_H
#define YH_STORE_OVERVIEW_H

#include "db/db.h"

struct yh_city_cases {
	int64_t open, due_today, overdue; /* cases; steps */
	int64_t decided_today;            /* steps, by a person */
	int64_t on_time, late;            /* since the first of the month, as far as counted */
};
YH_CHECK enum yh_rc yh_city_cases(struct yh_tx *tx, yh_time now, struct yh_city_cases *out,
				  struct yh_err *err);

struct yh_city_deadline {
	struct yh_id id; /* of the case */
	const char *no, *title, *procedure, *label, *step, *body, *unit, *cloud;
	yh_day day;
};
/* Open steps that are due on `today` or later, the soonest first. */
YH_CHECK enum yh_rc yh_city_deadlines(struct yh_tx *tx, yh_time now, uint32_t limit,
				      struct yh_arena *arena, struct yh_city_deadline **out,
				      size_t *n, struct yh_err *err);

struct yh_city_count {
	char word[32];
	int64_t n;
};
/* Findings by state. */
YH_CHECK enum yh_rc yh_city_findings(struct yh_tx *tx, struct yh_arena *arena,
				     struct yh_city_count **out, size_t *n, struct yh_err *err);

struct yh_city_lease {
	const char *resource, *name, *kind, *unit;
	yh_day last;
};
/* Leases in force that end within first..last, the soonest first, and how many there are. */
YH_CHECK enum yh_rc yh_city_leases(struct yh_tx *tx, yh_day first, yh_day last, uint32_t limit,
				   struct yh_arena *arena, struct yh_city_lease **out, size_t *n,
				   int64_t *all, struct yh_err *err);

/* Enrolled agents, and those of them that have fallen silent. */
YH_CHECK enum yh_rc yh_city_agents(struct yh_tx *tx, int64_t *all, int64_t *silent,
				   struct yh_err *err);

struct yh_district_row {
	char district[32];
	int64_t units, resources, steps_open, steps_overdue, findings_open, leases_ending;
	int64_t on_time, late, unclocked; /* decided steps of its bodies and units */
};
/* Every district that has a cloud, by name: its bodies' open steps, what is on its cloud, leases
 * that end within now's day..until, and steps decided since the month `since`. */
YH_CHECK enum yh_rc yh_districts(struct yh_tx *tx, yh_time now, yh_day until, yh_day since,
				 struct yh_arena *arena, struct yh_district_row **out, size_t *n,
				 struct yh_err *err);

#endif
