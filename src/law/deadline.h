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

/* The due day; CONFLICT "deadline-paused" while paused. A period in months that was never paused
 * ends on its corresponding day; once paused its rest runs in calendar days. */
YH_CHECK enum yh_rc yh_deadline_due(const struct yh_deadline *c, const struct yh_calendar *cal,
				    enum yh_reckon how, struct yh_due *out, struct yh_err *err);

/* Pauses on `day` because the case waits for its applicant (T3): the pause day itself is not
 * consumed. Resumes with the remainder on the day the applicant answered, which does not count. A
 * clock that was overdue stays overdue by as much. CONFLICT when already so. */
YH_CHECK enum yh_rc yh_deadline_pause(struct yh_deadline *c, const struct yh_calendar *cal,
				      yh_day day, struct yh_err *err);
YH_CHECK enum yh_rc yh_deadline_resume(struct yh_deadline *c, yh_day day, struct yh_err *err);

/* Working days left on `today` until `due` included: 0 on the due day itself when it is the last,
 * negative when overdue. Provisional reckoning. */
int32_t yh_workdays_left(const struct yh_calendar *cal, yh_day today, yh_day due);

#endif
