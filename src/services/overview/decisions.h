/* How fast the steps of cases are decided (X12: supervision): by body, procedure and step, and how
 * it went by month. */
#ifndef YH_SERVICES_OVERVIEW_DECISIONS_H
#define YH_SERVICES_OVERVIEW_DECISIONS_H

#include "cases/context.h"
#include "store/step_sum.h"

struct yh_decisions_line {
	const char *org_code, *org_name, *procedure, *step;
	int64_t on_time, late, unclocked; /* decided: their sum */
	int64_t median_wd, p90_wd;        /* working days, nearest rank; -1: nothing decided */
	int64_t open, overdue;            /* now */
};

struct yh_decisions {
	struct yh_decisions_line *lines; /* by body, procedure and step */
	size_t n;
	struct yh_step_month_row *months;
	size_t n_months;
	int64_t pending; /* decided just now, and in no line yet */
};

/* In the arena. */
YH_CHECK enum yh_rc yh_decisions(struct yh_ctx *cx, const struct yh_step_ask *ask,
				 struct yh_decisions *out, struct yh_err *err);

/* Of those with a clock, on time, in thousandths, rounded down; -1: there were none. */
int64_t yh_on_time_milli(int64_t on_time, int64_t late);

/* The scheduler's job: puts closed steps into the sums, some hundreds at a time. Working days are
 * those after the day on which the step was opened, without those on which the case waited for its
 * applicant. */
enum { YH_STEPS_COUNT_S = 10 };
YH_CHECK enum yh_rc yh_steps_count(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				   struct yh_err *err);

#endif
