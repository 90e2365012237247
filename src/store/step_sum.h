/* How fast steps are decided: sums by month, body, procedure and step, kept by the scheduler, and
 * what is open now. */
#ifndef YH_STORE_STEP_SUM_H
#define YH_STORE_STEP_SUM_H

#include "store/case_query.h"

/* A closed step that is in no sum yet. */
struct yh_uncounted_row {
	struct yh_id id, case_id, org, cloud;
	char procedure[48], step[48];
	yh_time opened_at, closed_at;
	yh_day due_day; /* YH_DAY_NONE: without a clock */
	bool late;
	bool decided;  /* by a person; not moot, not by silence, not a wait */
	bool own_wait; /* a confirmation by whoever filed: its clock never pauses */
};
/* The first `limit` of them. */
YH_CHECK enum yh_rc yh_step_uncounted(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
				      struct yh_uncounted_row **out, size_t *n, struct yh_err *err);
/* Puts it into its sum. `used_wd`: working days it took, 0 or more; -1: nobody decided it, and it
 * is in none. */
YH_CHECK enum yh_rc yh_step_count(struct yh_tx *tx, const struct yh_uncounted_row *row,
				  int64_t used_wd, struct yh_err *err);
/* How many are in no sum yet. */
YH_CHECK enum yh_rc yh_step_uncounted_n(struct yh_tx *tx, int64_t *n, struct yh_err *err);

/* What is asked for; months by their first days. */
struct yh_step_ask {
	struct yh_viewer
		who; /* sees its own bodies, those of its clouds, of its district, or any */
	yh_day from, to;
	struct yh_id cloud;    /* zero: any */
	const char *procedure; /* "": any */
};

struct yh_step_sum_row {
	char org_code[64], procedure[48], step[48];
	const char *org_name;
	int64_t used_wd, on_time, late, unclocked;
};
/* By organisation's code, procedure, step and working days. */
YH_CHECK enum yh_rc yh_step_sums(struct yh_tx *tx, const struct yh_step_ask *ask,
				 struct yh_arena *arena, struct yh_step_sum_row **out, size_t *n,
				 struct yh_err *err);

struct yh_step_month_row {
	yh_day month;
	int64_t on_time, late, unclocked;
};
/* By month; only those in which something was decided. */
YH_CHECK enum yh_rc yh_step_months(struct yh_tx *tx, const struct yh_step_ask *ask,
				   struct yh_arena *arena, struct yh_step_month_row **out,
				   size_t *n, struct yh_err *err);

struct yh_step_open_row {
	char org_code[64], procedure[48], step[48];
	const char *org_name;
	int64_t open, overdue;
};
/* By organisation's code, procedure and step; the months are not looked at. */
YH_CHECK enum yh_rc yh_step_open(struct yh_tx *tx, const struct yh_step_ask *ask,
				 struct yh_arena *arena, struct yh_step_open_row **out, size_t *n,
				 struct yh_err *err);

#endif
