/* Days, periods and a calendar of 2024-2026 for the tests of this room. */
#ifndef TESTS_LAW_DAYS_H
#define TESTS_LAW_DAYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "law/calendar.h"

#define Y2024                                                                                      \
	"year: 2024\nsource: test\n"                                                               \
	"rest: [2024-01-01, 2024-02-10, 2024-02-11, 2024-02-12, 2024-02-13, 2024-02-14,\n"         \
	"  2024-02-15, 2024-02-16, 2024-02-17, 2024-04-04, 2024-04-05, 2024-05-01, 2024-05-02,\n"  \
	"  2024-05-03, 2024-06-10, 2024-09-16, 2024-09-17, 2024-10-01, 2024-10-02, 2024-10-03,\n"  \
	"  2024-10-04, 2024-10-07]\n"                                                              \
	"work: [2024-02-04, 2024-02-18, 2024-04-07, 2024-04-28, 2024-05-11, 2024-09-14,\n"         \
	"  2024-09-29, 2024-10-12]\n"
#define Y2025                                                                                      \
	"year: 2025\nsource: test\n"                                                               \
	"rest: [2025-01-01, 2025-01-28, 2025-01-29, 2025-01-30, 2025-01-31, 2025-02-03,\n"         \
	"  2025-02-04, 2025-04-04, 2025-05-01, 2025-05-02, 2025-05-05, 2025-06-02, 2025-10-01,\n"  \
	"  2025-10-02, 2025-10-03, 2025-10-06, 2025-10-07, 2025-10-08]\n"                          \
	"work: [2025-01-26, 2025-02-08, 2025-04-27, 2025-09-28, 2025-10-11]\n"
#define Y2026                                                                                      \
	"year: 2026\nsource: test\n"                                                               \
	"rest: [2026-01-01, 2026-01-02, 2026-02-16, 2026-02-17, 2026-02-18, 2026-02-19,\n"         \
	"  2026-02-20, 2026-02-23, 2026-04-06, 2026-05-01, 2026-05-04, 2026-05-05, 2026-06-19,\n"  \
	"  2026-09-25, 2026-10-01, 2026-10-02, 2026-10-05, 2026-10-06, 2026-10-07]\n"              \
	"work: [2026-01-04, 2026-02-14, 2026-02-28, 2026-05-09, 2026-09-20, 2026-10-10]\n"

static inline yh_day day_of(const char *text)
{
	yh_day day;

	assert_int_equal(yh_day_parse(text, &day, NULL), YH_OK);
	return day;
}

static inline struct yh_period period_of(const char *text)
{
	struct yh_period p;

	assert_int_equal(yh_period_parse(text, &p, NULL), YH_OK);
	return p;
}

static inline void add_year(struct yh_calendar *cal, const char *text)
{
	struct yh_err err = { 0 };

	assert_int_equal(yh_calendar_add_year(cal, "y.yaml", text, strlen(text), &err), YH_OK);
}

static inline struct yh_calendar *calendar_2024_2026(void)
{
	struct yh_calendar *cal = yh_calendar_new();

	assert_non_null(cal);
	add_year(cal, Y2025);
	add_year(cal, Y2024);
	add_year(cal, Y2026);
	return cal;
}

static inline void put_calendar(struct yh_calendar **cal)
{
	yh_calendar_free(*cal);
}
#define CALENDAR_AUTO __attribute__((cleanup(put_calendar))) struct yh_calendar *

/* The answer as text, with "?" behind a provisional one, or the slug of the failure. */
static inline const char *due_text(const struct yh_calendar *cal, const char *start,
				   const char *period, enum yh_reckon how, char out[64])
{
	struct yh_err err = { 0 };
	struct yh_due due;
	char day[YH_DAY_TEXT];

	if (yh_due_day(cal, day_of(start), period_of(period), how, &due, &err) != YH_OK)
		(void)snprintf(out, 64, "%s", err.slug);
	else
		(void)snprintf(out, 64, "%s%s", yh_day_text(due.day, day),
			       due.provisional ? "?" : "");
	return out;
}

#define assert_due(cal, start, period, expected)                                                   \
	do {                                                                                       \
		char due_out[64];                                                                  \
		assert_string_equal(due_text(cal, start, period, YH_STRICT, due_out), expected);   \
	} while (0)
#define assert_due_provisionally(cal, start, period, expected)                                     \
	do {                                                                                       \
		char due_out[64];                                                                  \
		assert_string_equal(due_text(cal, start, period, YH_PROVISIONAL, due_out),         \
				    expected);                                                     \
	} while (0)

#endif
