/* Periods: how they are written and where they end. */
#include "days.h"

static void periods_are_read_and_written_alike(void **state)
{
	static const char *const good[] = { "0wd",  "5wd",   "30d",  "3mo",  "48h", "-15wd",
					    "-30d", "3660d", "12mo", "-1wd", "0d",  "-3660wd" };
	static const char *const bad[] = {
		"",     "5",    "wd",  "5 wd",  " 5wd", "5wd ", "5w",   "+5wd", "05wd",
		"-0wd", "-5mo", "-5h", "3661d", "5WD",  "5.5d", "--5d", "-",    "99999999999999d"
	};
	char text[YH_PERIOD_TEXT];

	(void)state;
	for (size_t i = 0; i < YH_LEN(good); i++)
		assert_string_equal(yh_period_text(period_of(good[i]), text), good[i]);
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		struct yh_err err = { 0 };
		struct yh_period p;

		assert_int_equal(yh_period_parse(bad[i], &p, &err), YH_BAD_INPUT);
		assert_string_equal(err.slug, "period-invalid");
	}
}

/* proves T1 */
static void the_starting_day_does_not_count(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due(cal, "2025-03-03", "1wd", "2025-03-04");
	assert_due(cal, "2025-03-03", "0wd", "2025-03-03");
	assert_due(cal, "2025-03-08", "0wd", "2025-03-08");
	assert_due(cal, "2025-03-08", "1wd", "2025-03-10");
}

static void working_days_skip_festivals_and_take_makeup_days(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due(cal, "2025-01-24", "5wd", "2025-02-07");
	assert_due(cal, "2024-09-30", "2wd", "2024-10-09");
	assert_due(cal, "2024-09-30", "5wd", "2024-10-12");
	assert_due(cal, "2025-12-31", "1wd", "2026-01-04");
}

/* proves T2 */
static void a_filing_ahead_has_its_working_days_before_the_expiry(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due(cal, "2026-03-31", "-15wd", "2026-03-10");
	assert_due(cal, "2025-10-09", "-1wd", "2025-09-30");
	assert_due(cal, "2025-02-05", "-2wd", "2025-01-26");
	assert_due(cal, "2025-02-01", "-1wd", "2025-01-27");
	assert_due(cal, "2025-10-31", "-30d", "2025-10-01");
}

/* proves T1 */
static void months_end_on_the_corresponding_day_or_the_last(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due(cal, "2024-01-31", "1mo", "2024-02-29");
	assert_due(cal, "2025-01-31", "1mo", "2025-02-28");
	assert_due(cal, "2024-02-29", "12mo", "2025-02-28");
	assert_due(cal, "2025-08-31", "3mo", "2025-12-01"); /* 11-30 is a Sunday */
	assert_due(cal, "2024-11-30", "3mo", "2025-02-28");
	assert_due(cal, "2025-12-15", "1mo", "2026-01-15");
	assert_due(cal, "2025-03-10", "0mo", "2025-03-10");
}

/* proves T1 */
static void a_last_day_that_rests_moves_to_the_next_working_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due(cal, "2025-09-01", "1mo", "2025-10-09");
	assert_due(cal, "2025-09-01", "30d", "2025-10-09");
	assert_due(cal, "2026-01-15", "30d", "2026-02-14"); /* a Saturday that works */
	assert_due(cal, "2025-03-01", "0d", "2025-03-03");
}

/* proves T4 */
static void strict_reckoning_fails_only_where_an_unknown_day_matters(void **state)
{
	CALENDAR_AUTO cal = yh_calendar_new();

	(void)state;
	add_year(cal, Y2024);
	add_year(cal, Y2026);
	assert_due(cal, "2024-12-30", "1wd", "2024-12-31");
	assert_due(cal, "2024-12-31", "1wd", "calendar-unknown");
	assert_due(cal, "2024-06-03", "24mo", "2026-06-03"); /* 2025 decides nothing */
	assert_due(cal, "2025-06-03", "0wd", "2025-06-03");
	assert_due(cal, "2024-01-05", "-4wd", "calendar-unknown");
	assert_due(cal, "2024-01-05", "-30d", "2023-12-06");
	assert_due(cal, "2025-01-05", "30d", "calendar-unknown");
}

/* proves T4 */
static void provisional_reckoning_takes_weekends_and_says_so(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_due_provisionally(cal, "2026-11-23", "3mo", "2027-02-23?");
	assert_due_provisionally(cal, "2026-12-30", "1wd", "2026-12-31");
	assert_due_provisionally(cal, "2026-12-31", "2wd", "2027-01-04?");
	assert_due_provisionally(cal, "2024-01-03", "-2wd", "2023-12-29?");
}

static void what_cannot_be_reckoned_is_named(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_err err = { 0 };
	struct yh_due due;
	yh_day day;

	(void)state;
	assert_due(cal, "2025-03-03", "48h", "period-hours");
	assert_due_provisionally(cal, "2199-12-30", "9d", "day-out-of-range");
	assert_due_provisionally(cal, "2199-12-30", "9wd", "day-out-of-range");
	assert_due_provisionally(cal, "2199-12-30", "3660mo", "day-out-of-range");
	assert_due_provisionally(cal, "1900-01-02", "-9wd", "day-out-of-range");
	assert_due_provisionally(cal, "1900-01-02", "-9d", "day-out-of-range");
	assert_int_equal(yh_due_day(cal, YH_DAY_NONE, period_of("1d"), YH_STRICT, &due, &err),
			 YH_BAD_INPUT);
	assert_string_equal(err.slug, "day-out-of-range");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_due_day(cal, 0, (struct yh_period){ INT32_MIN, YH_WORKDAYS }, YH_STRICT,
				    &due, &err),
			 YH_BAD_INPUT);
	assert_string_equal(err.slug, "period-invalid");
	assert_int_equal(yh_months_on(0, -1, &day, NULL), YH_BAD_INPUT);
}

static void no_clock_runs_on_a_suspended_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	/* Wednesday to Friday */
	assert_int_equal(yh_calendar_suspend(cal, day_of("2026-07-01"), day_of("2026-07-03"), NULL),
			 YH_OK);
	assert_due(cal, "2026-06-30", "1wd", "2026-07-06");
	assert_due(cal, "2026-06-29", "10d", "2026-07-13"); /* 07-12 is a Sunday */
	assert_due(cal, "2026-06-10", "1mo", "2026-07-13");
	assert_due(cal, "2026-06-01", "1mo", "2026-07-06"); /* 07-01, and one suspended day */
	assert_int_equal(yh_clock_days_in(cal, day_of("2026-06-30"), day_of("2026-07-05")), 2);
}

static void a_suspension_never_brings_a_last_filing_day_forward(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_int_equal(yh_calendar_suspend(cal, day_of("2026-03-16"), day_of("2026-03-20"), NULL),
			 YH_OK);
	assert_due(cal, "2026-03-31", "-15wd", "2026-03-10");
	assert_due(cal, "2026-03-31", "-15d", "2026-03-16");
}

/* proves T1 */
static void a_lease_is_never_longer_for_a_holiday(void **state)
{
	yh_day last;
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_lease_last_day(day_of("2025-07-01"), period_of("3mo"), &last, NULL),
			 YH_OK);
	assert_int_equal(last, day_of("2025-10-01"));
	assert_int_equal(yh_lease_last_day(day_of("2025-11-30"), period_of("3mo"), &last, NULL),
			 YH_OK);
	assert_int_equal(last, day_of("2026-02-28"));
	assert_int_equal(yh_lease_last_day(day_of("2025-11-30"), period_of("1d"), &last, NULL),
			 YH_OK);
	assert_int_equal(last, day_of("2025-12-01"));
	assert_int_equal(yh_lease_last_day(day_of("2025-11-30"), period_of("5wd"), &last, &err),
			 YH_BAD_INPUT);
	assert_string_equal(err.slug, "period-invalid");
	assert_int_equal(yh_lease_last_day(day_of("2025-11-30"), period_of("0mo"), &last, NULL),
			 YH_BAD_INPUT);
	assert_int_equal(yh_lease_last_day(YH_DAY_MAX, period_of("1d"), &last, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_lease_last_day(YH_DAY_NONE, period_of("1d"), &last, NULL),
			 YH_BAD_INPUT);
}

/* Properties over every starting day of 2025 and some lengths. */

static yh_day due_of(const struct yh_calendar *cal, yh_day start, int32_t n, enum yh_unit unit)
{
	struct yh_due due;

	assert_int_equal(
		yh_due_day(cal, start, (struct yh_period){ n, unit }, YH_STRICT, &due, NULL),
		YH_OK);
	return due.day;
}

static int32_t workdays(const struct yh_calendar *cal, yh_day first, yh_day past)
{
	bool provisional;
	int32_t n;

	assert_int_equal(yh_workdays_in(cal, first, past, YH_STRICT, &n, &provisional, NULL),
			 YH_OK);
	assert_false(provisional);
	return n;
}

static void a_later_start_is_never_due_earlier(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day first = day_of("2025-01-01"), last = day_of("2025-12-31");

	(void)state;
	for (int unit = YH_WORKDAYS; unit <= YH_MONTHS; unit++)
		for (int32_t n = 1; n <= 6; n++)
			for (yh_day d = first; d < last; d++) {
				yh_day due = due_of(cal, d, n, (enum yh_unit)unit);

				assert_true(due > d);
				assert_true(due <= due_of(cal, d + 1, n, (enum yh_unit)unit));
				assert_true(due <= due_of(cal, d, n + 1, (enum yh_unit)unit));
			}
}

static void the_nth_working_day_holds_exactly_n_and_is_one(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day last = day_of("2025-12-31");

	(void)state;
	for (yh_day d = day_of("2025-01-01"); d <= last; d++)
		for (int32_t n = 1; n <= 30; n++) {
			yh_day due = due_of(cal, d, n, YH_WORKDAYS);

			assert_int_equal(workdays(cal, d + 1, due + 1), n);
			assert_int_equal(workdays(cal, due, due + 1), 1);
		}
}

/* proves T2 */
static void the_last_filing_day_is_the_last_with_enough_notice(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day last = day_of("2025-12-31");

	(void)state;
	for (yh_day d = day_of("2025-01-01"); d <= last; d++)
		for (int32_t n = 1; n <= 30; n++) {
			yh_day filing = due_of(cal, d, -n, YH_WORKDAYS);

			assert_true(workdays(cal, filing, d) >= n);
			assert_true(workdays(cal, filing + 1, d) < n);
			/* forward again: the expiry, or the working day it would move to */
			assert_int_equal(due_of(cal, filing, n, YH_WORKDAYS),
					 due_of(cal, d, 0, YH_DAYS));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(periods_are_read_and_written_alike),
		cmocka_unit_test(the_starting_day_does_not_count),
		cmocka_unit_test(working_days_skip_festivals_and_take_makeup_days),
		cmocka_unit_test(a_filing_ahead_has_its_working_days_before_the_expiry),
		cmocka_unit_test(months_end_on_the_corresponding_day_or_the_last),
		cmocka_unit_test(a_last_day_that_rests_moves_to_the_next_working_day),
		cmocka_unit_test(strict_reckoning_fails_only_where_an_unknown_day_matters),
		cmocka_unit_test(provisional_reckoning_takes_weekends_and_says_so),
		cmocka_unit_test(what_cannot_be_reckoned_is_named),
		cmocka_unit_test(no_clock_runs_on_a_suspended_day),
		cmocka_unit_test(a_suspension_never_brings_a_last_filing_day_forward),
		cmocka_unit_test(a_lease_is_never_longer_for_a_holiday),
		cmocka_unit_test(a_later_start_is_never_due_earlier),
		cmocka_unit_test(the_nth_working_day_holds_exactly_n_and_is_one),
		cmocka_unit_test(the_last_filing_day_is_the_last_with_enough_notice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
