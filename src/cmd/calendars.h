/* Finds and reads the policy folder's calendars. */
#ifndef YH_CMD_CALENDARS_H
#define YH_CMD_CALENDARS_H

#include "law/calendar.h"

/* The policy folder: $YUNHENG_POLICY; else, for a program run from where it was built, the source
 * tree's; else the installed one. Borrowed. */
const char *yh_policy_dir(void);
/* The console's folder: the build's own or the installed one, likewise. */
const char *yh_web_dir(void);

/* Reads every YYYY.yaml of `dir`, or of the policy folder's calendars when `dir` is NULL; other
 * names are passed over unless they end in .yaml. FAILED classes: STORAGE "calendars-unreadable"
 * with the path as field; BAD_INPUT "calendar-invalid" also for a name that does not agree with
 * the year inside. *out is owned, NULL on failure. */
YH_CHECK enum yh_rc yh_calendars_load(const char *dir, struct yh_calendar **out,
				      struct yh_err *err);

#endif
