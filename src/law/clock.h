/* A statutory or local clock on a step: when it is due, how it pauses, what people are told. */
#ifndef YH_LAW_CLOCK_H
#define YH_LAW_CLOCK_H

#include "law/calendar.h"

/* The state a running clock keeps. `used` counts the days a former run has consumed before a pause:
 * working days for wd periods, calendar days for the others. */
struct yh_clock_state {
	struct yh_period period;
	yh_day start;   /* day the present run started from; it does not count */
	int32_t used;   /* consumed by earlier runs */
	yh_day paused;  /* YH_DAY_NONE while running, else the day it was paused */
};

void yh_clock_start(struct yh_clock_state *c, struct yh_period p, yh_day start);

/* The due day; CONFLICT "clock-paused" while paused. A period in months that was never paused ends
 * on its corresponding day; once paused its rest runs in calendar days. */
YH_CHECK enum yh_rc yh_clock_due(const struct yh_clock_state *c, const struct yh_calendar *cal,
                                 enum yh_reckon how, struct yh_due *out, struct yh_err *err);

/* Pauses on `day` because the case waits for its applicant (T3): the pause day itself is not
 * consumed. Resumes with the remainder on the day the applicant answered, which does not count. A
 * clock that was overdue stays overdue by as much. CONFLICT when already so. */
YH_CHECK enum yh_rc yh_clock_pause(struct yh_clock_state *c, const struct yh_calendar *cal,
                                   yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc yh_clock_resume(struct yh_clock_state *c, yh_day day, struct yh_err *err);

/* Working days left on `today` until `due` included: 0 on the due day itself when it is the last,
 * negative when overdue. Provisional reckoning. */
int32_t yh_clock_left(const struct yh_calendar *cal, yh_day today, yh_day due);

#endif
