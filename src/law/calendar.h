/* The working-day calendar and the reckoning of periods (Civil Code Art. 200-204 by analogy;
 * T1-T4).
 *
 * A calendar is a set of years whose State Council schedule is known. A year that is not known is
 * never guessed: strict reckoning fails, provisional reckoning takes weekends only and says so. */
#ifndef YH_LAW_CALENDAR_H
#define YH_LAW_CALENDAR_H

#include "base/digest.h"
#include "base/time.h"

struct yh_calendar;

struct yh_calendar *yh_calendar_new(void); /* knows no year; NULL without memory */
void yh_calendar_free(struct yh_calendar *cal);

/* Adds one year from a calendar file (policy/calendars/YYYY.yaml):
 *   year: 2026
 *   source: "…"            where the schedule was published
 *   rest: [2026-01-01, …]  rest days that are weekdays or belong to a festival
 *   work: [2026-01-04, …]  weekend days worked instead
 * BAD_INPUT "calendar-invalid" (or what yaml.h says) with field "name:line" and the figure `why`
 * for an unknown or missing key, a day that does not exist or lies outside the year, a day named
 * twice, a work day that is no weekend day, no rest day at all; CONFLICT "calendar-year-twice",
 * figure year; TOO_LARGE "yaml-too-large" beyond YH_CALENDAR_BYTES. Unchanged on failure. */
enum { YH_CALENDAR_BYTES = 64 * 1024 };
YH_CHECK enum yh_rc yh_calendar_add_year(struct yh_calendar *cal, const char *name,
					 const char *text, size_t n, struct yh_err *err);

/* Marks first..last as days on which no clock runs (T4, city-wide suspension): they are no working
 * days and do not count in a period of days or months either. What is reckoned back from an expiry
 * ignores them, as leases do, so that a suspension never moves a last filing day to an earlier
 * one. BAD_INPUT "day-out-of-range" unless YH_DAY_MIN <= first <= last <= YH_DAY_MAX. */
YH_CHECK enum yh_rc yh_calendar_suspend(struct yh_calendar *cal, yh_day first, yh_day last,
					struct yh_err *err);

bool yh_calendar_knows(const struct yh_calendar *cal, int year);
/* Digest over the known years' days and the suspensions, whatever the order they were added in: the
 * version an event remembers. */
struct yh_sm3 yh_calendar_version(const struct yh_calendar *cal);

enum yh_reckon {
	YH_STRICT,      /* unknown year: REFUSED "calendar-unknown", figure year */
	YH_PROVISIONAL, /* unknown year: weekends only, marked */
};

enum yh_unit { YH_WORKDAYS, YH_DAYS, YH_MONTHS, YH_HOURS };

/* A period such as 5wd, 15d, 1mo, 48h. Negative only where said. */
struct yh_period {
	int32_t n;
	enum yh_unit unit;
};

/* "5wd", "30d", "3mo", "48h", "-15wd", "-30d" (|n| <= 3660, no leading zeros, no other unit may be
 * negative); else BAD_INPUT "period-invalid". */
enum { YH_PERIOD_MAX = 3660 };
YH_CHECK enum yh_rc yh_period_parse(const char *text, struct yh_period *out, struct yh_err *err);
enum { YH_PERIOD_TEXT = 16 };
const char *yh_period_text(struct yh_period p, char out[YH_PERIOD_TEXT]);

struct yh_due {
	yh_day day;
	bool provisional; /* reached into a year without a calendar */
};

/* Does `day` work, and do clocks run on it? */
YH_CHECK enum yh_rc yh_workday(const struct yh_calendar *cal, yh_day day, enum yh_reckon how,
			       bool *works, struct yh_err *err);

/* The last day of period `p` that starts on `start` (the starting day does not count; the period
 * runs to 24:00 of the result):
 *   n wd   the n-th working day after start; n = 0 is start itself
 *   n d    start + n, moved to the next working day if it is a rest day
 *   n mo   the corresponding day n months on, or that month's last, moved likewise
 *   -n wd  the last filing day f for which [f, start) holds at least n working days (T2)
 *   -n d   the last f for which [f, start) holds n days; a rest day is not moved
 * Strict reckoning fails only when the answer hangs on a day of an unknown year. Hours are not a
 * number of days: BAD_INPUT "period-hours". BAD_INPUT "day-out-of-range" when start or the result
 * lies outside YH_DAY_MIN..YH_DAY_MAX. */
YH_CHECK enum yh_rc yh_due_day(const struct yh_calendar *cal, yh_day start, struct yh_period p,
			       enum yh_reckon how, struct yh_due *out, struct yh_err *err);

/* The corresponding day `months` on, or that month's last: no calendar, nothing moved. BAD_INPUT
 * "day-out-of-range". */
YH_CHECK enum yh_rc yh_months_on(yh_day start, int32_t months, yh_day *out, struct yh_err *err);

/* Working days in [first, past), without suspended ones: 0 when past <= first. A filing's notice is
 * therefore judged by yh_due_day's last filing day, not by this. */
YH_CHECK enum yh_rc yh_workdays_in(const struct yh_calendar *cal, yh_day first, yh_day past,
				   enum yh_reckon how, int32_t *n, bool *provisional,
				   struct yh_err *err);

/* Days in [first, past) within YH_DAY_MIN..YH_DAY_MAX that are not suspended. */
int32_t yh_clock_days_in(const struct yh_calendar *cal, yh_day first, yh_day past);

/* A lease of n months or days (n >= 1) from allocation day 0: its last usable day, never moved by a
 * holiday (T1). Working days and hours are refused: BAD_INPUT "period-invalid". */
YH_CHECK enum yh_rc yh_lease_last_day(yh_day allocated, struct yh_period p, yh_day *last,
				      struct yh_err *err);

#endif
