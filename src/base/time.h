/* Days and instants. Rules never read a clock: `now` is passed in.
 *
 * The civil day is Asia/Shanghai's (UTC+8, without daylight saving since 1991). */
#ifndef YH_BASE_TIME_H
#define YH_BASE_TIME_H

#include "base/err.h"

typedef int32_t yh_day;  /* days since 1970-01-01, civil */
typedef int64_t yh_time; /* microseconds since 1970-01-01T00:00:00Z */

#define YH_DAY_NONE INT32_MIN
#define YH_DAY_MIN ((yh_day)-25567) /* 1900-01-01 */
#define YH_DAY_MAX ((yh_day)84005)  /* 2199-12-31 */
#define YH_US_PER_S INT64_C(1000000)
#define YH_US_PER_DAY (INT64_C(86400) * YH_US_PER_S)

struct yh_date {
	int year, month, day; /* 1900..2199, 1..12, 1..31 */
};

yh_day yh_day_from_date(struct yh_date d);
struct yh_date yh_date_of(yh_day day);
int yh_weekday(yh_day day); /* 1 Monday … 7 Sunday */
int yh_days_in_month(int year, int month);

/* The civil day an instant falls in, and the instant a civil day begins. */
yh_day yh_day_of(yh_time t);
yh_time yh_day_start(yh_day day);

/* Strict "YYYY-MM-DD" of an existing day in 1900..2199, else BAD_INPUT "date-invalid". */
YH_CHECK enum yh_rc yh_day_parse(const char *text, yh_day *out, struct yh_err *err);
/* Strict RFC 3339 with offset; else BAD_INPUT "time-invalid". */
YH_CHECK enum yh_rc yh_time_parse(const char *text, yh_time *out, struct yh_err *err);

enum { YH_DAY_TEXT = 12, YH_TIME_TEXT = 40 };
const char *yh_day_text(yh_day day, char out[YH_DAY_TEXT]);
const char *yh_time_text(yh_time t, char out[YH_TIME_TEXT]); /* 2026-11-23T09:00:00.000000+08:00 */

/* Where instants come from: the machine's clock; one a simulation turns by hand; or the machine's
 * put ahead by some time, for a demonstration that goes on by itself. */
struct yh_clock {
	yh_time (*now)(struct yh_clock *self);
	yh_time set; /* read atomically: the manual clock's time, or how far the other is ahead */
};
void yh_clock_real(struct yh_clock *c);
void yh_clock_manual(struct yh_clock *c, yh_time start);
void yh_clock_ahead(struct yh_clock *c, yh_time by);
/* Sets a manual clock to `t`, or one that is ahead to another distance. */
void yh_clock_set(struct yh_clock *c, yh_time t);
yh_time yh_clock_now(struct yh_clock *c);
/* For measuring how long something takes; goes on whatever is done to the machine's clock. */
int64_t yh_monotonic_ms(void), yh_monotonic_us(void);

#endif
