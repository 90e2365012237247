/* A statutory or local clock on a step: when it is due, how it pauses, what people are told. */
#ifndef YH_LAW_DEADLINE_H
#define YH_LAW_DEADLINE_H

#include "law/calendar.h"

/* The state a running clock keeps. `used` counts the days a former run has consumed before a pause:
 * working days for wd periods, calendar days for the others. */
struct yh_deadline {
	struct yh_period period;
	yh_day start;  /* day the present run started from; it does not count */
	int32_t used;  /* consumed by earlier runs */
	yh_day paused; /* YH_DAY_NONE while running, else the day it was paused */
};

void yh_deadline_start(struct yh_deadline *c, struct yh_period p, yh_day start);

/* The due day; CONFLICT "deadline-paused" while paused; BAD_INPUT "period-invalid" for a negative
 * period, "period-hours" for hours. A period in months that was never paused ends on its
 * corresponding day; once paused its rest runs in calendar days: `period` then holds its length in
 * days, so whoever shows the period to people keeps the pack's. */
YH_CHECK enum yh_rc yh_deadline_due(const struct yh_deadline *c, const struct yh_calendar *cal,
				    enum yh_reckon how, struct yh_due *out, struct yh_err *err);

/* Pauses on `day` because the case waits for its applicant (T3): the pause day itself is not
 * consumed. Resumes with the remainder on the day the applicant answered, which does not count. A
 * clock that was overdue stays overdue by as much, and by one day at least. What was consumed is
 * reckoned provisionally. CONFLICT "deadline-paused" or "deadline-running" when already so;
 * BAD_INPUT "deadline-order" for a day before the run's start or before the pause,
 * "period-invalid" for months of more than YH_PERIOD_MAX days. Unchanged on failure. */
YH_CHECK enum yh_rc yh_deadline_pause(struct yh_deadline *c, const struct yh_calendar *cal,
				      yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc yh_deadline_resume(struct yh_deadline *c, yh_day day, struct yh_err *err);

/* Working days left after `today` until `due` included: 0 on the due day itself, at most -1 when
 * overdue. Provisional reckoning. */
int32_t yh_workdays_left(const struct yh_calendar *cal, yh_day today, yh_day due);

#endif
