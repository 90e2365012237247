/* Clocks that pause while a case waits for its applicant. */
#include "days.h"
#include "law/deadline.h"

static const char *due(const struct yh_deadline *c, const struct yh_calendar *cal)
{
	static char text[64];
	struct yh_err err = { 0 };
	struct yh_due out;
	char day[YH_DAY_TEXT];

	if (yh_deadline_due(c, cal, YH_STRICT, &out, &err) != YH_OK)
		(void)snprintf(text, sizeof text, "%s", err.slug);
	else
		(void)snprintf(text, sizeof text, "%s", yh_day_text(out.day, day));
	return text;
}

static struct yh_deadline started(const char *period, const char *start)
{
	struct yh_deadline c;

	yh_deadline_start(&c, period_of(period), day_of(start));
	return c;
}

static void pause_on(struct yh_deadline *c, const struct yh_calendar *cal, const char *day)
{
	assert_int_equal(yh_deadline_pause(c, cal, day_of(day), NULL), YH_OK);
}

static void resume_on(struct yh_deadline *c, const char *day)
{
	assert_int_equal(yh_deadline_resume(c, day_of(day), NULL), YH_OK);
}

static void a_clock_that_runs_through_is_due_as_its_period_says(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline wd = started("5wd", "2025-01-24"), mo = started("1mo", "2025-09-01");

	(void)state;
	assert_string_equal(due(&wd, cal), "2025-02-07");
	assert_string_equal(due(&mo, cal), "2025-10-09");
}

/* proves T3 */
static void the_rest_runs_after_the_applicants_answer(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("5wd", "2025-03-03"); /* Monday */

	(void)state;
	pause_on(&c, cal, "2025-03-06"); /* Tuesday and Wednesday are used */
	assert_int_equal(c.used, 2);
	assert_string_equal(due(&c, cal), "deadline-paused");
	resume_on(&c, "2025-03-12");
	assert_string_equal(due(&c, cal), "2025-03-17");
	pause_on(&c, cal, "2025-03-13"); /* nothing more is used */
	assert_int_equal(c.used, 2);
	resume_on(&c, "2025-03-20");
	assert_string_equal(due(&c, cal), "2025-03-25");
}

static void a_pause_on_the_starting_day_uses_nothing(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("5wd", "2025-03-03");

	(void)state;
	pause_on(&c, cal, "2025-03-03");
	resume_on(&c, "2025-03-03");
	assert_string_equal(due(&c, cal), "2025-03-10");
}

static void months_once_paused_run_on_in_calendar_days(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("1mo", "2025-02-03"); /* 28 days */

	(void)state;
	pause_on(&c, cal, "2025-02-14"); /* 10 days used, 18 left */
	resume_on(&c, "2025-03-05");
	assert_string_equal(due(&c, cal), "2025-03-24"); /* 03-23 is a Sunday */
}

/* proves T4 */
static void a_suspension_uses_up_nothing(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("10d", "2025-03-03");

	(void)state;
	assert_int_equal(yh_calendar_suspend(cal, day_of("2025-03-04"), day_of("2025-03-05"), NULL),
			 YH_OK);
	pause_on(&c, cal, "2025-03-07");
	assert_int_equal(c.used, 1);
}

static void a_last_day_moved_by_a_holiday_is_not_late_before_it_ends(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("30d", "2025-09-01"); /* 10-01, moved to 10-09 */

	(void)state;
	pause_on(&c, cal, "2025-10-09");
	assert_int_equal(c.used, 30);
	resume_on(&c, "2025-10-18"); /* a Saturday */
	assert_string_equal(due(&c, cal), "2025-10-20");
}

static void stays_overdue(const struct yh_calendar *cal, struct yh_period p, yh_day start)
{
	yh_day answered = day_of("2025-04-10"), last = day_of("2025-03-31");
	struct yh_deadline run;
	struct yh_due before, after;

	yh_deadline_start(&run, p, start);
	assert_int_equal(yh_deadline_due(&run, cal, YH_STRICT, &before, NULL), YH_OK);
	for (yh_day day = before.day + 1; day <= last; day++) {
		struct yh_deadline c = run;

		assert_int_equal(yh_deadline_pause(&c, cal, day, NULL), YH_OK);
		assert_int_equal(yh_deadline_resume(&c, answered, NULL), YH_OK);
		assert_int_equal(yh_deadline_due(&c, cal, YH_STRICT, &after, NULL), YH_OK);
		assert_true(after.day < answered);
		if (p.unit == YH_WORKDAYS)
			assert_int_equal(yh_workdays_left(cal, answered, after.day),
					 yh_workdays_left(cal, day, before.day));
		else
			assert_int_equal(answered - after.day, day - before.day);
	}
}

static void a_clock_that_was_overdue_stays_overdue_by_as_much(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day start = day_of("2025-02-10");

	(void)state;
	for (yh_day day = start; day < start + 7; day++) {
		stays_overdue(cal, period_of("5wd"), day);
		stays_overdue(cal, period_of("10d"), day);
		stays_overdue(cal, period_of("1mo"), day);
	}
}

static void an_overdue_day_reckoned_back_is_a_working_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("10wd", "2026-07-16"); /* due on Thursday 30 July */

	(void)state;
	pause_on(&c, cal, "2026-08-03"); /* Monday, two working days late */
	resume_on(&c, "2026-08-04");
	assert_string_equal(due(&c, cal), "2026-07-31"); /* not the Sunday between */
}

/* proves T3 */
static void a_pause_never_gives_or_takes_a_working_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day start = day_of("2025-01-20"), answered = day_of("2025-04-15");

	(void)state;
	for (int32_t n = 1; n <= 15; n++) {
		struct yh_deadline run;
		struct yh_due before, after;

		yh_deadline_start(&run, (struct yh_period){ n, YH_WORKDAYS }, start);
		assert_int_equal(yh_deadline_due(&run, cal, YH_STRICT, &before, NULL), YH_OK);
		for (yh_day day = start + 1; day <= before.day; day++) {
			struct yh_deadline c = run;

			assert_int_equal(yh_deadline_pause(&c, cal, day, NULL), YH_OK);
			assert_int_equal(yh_deadline_resume(&c, answered, NULL), YH_OK);
			assert_int_equal(yh_deadline_due(&c, cal, YH_STRICT, &after, NULL), YH_OK);
			assert_int_equal(yh_workdays_left(cal, answered, after.day),
					 yh_workdays_left(cal, day - 1, before.day));
		}
	}
}

static void wrong_moves_are_refused_and_change_nothing(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_deadline c = started("5wd", "2025-03-03"), hours = started("48h", "2025-03-03");
	struct yh_deadline back = started("-5wd", "2025-03-03"), was;
	struct yh_deadline ages = started("3000mo", "1910-01-01");
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_deadline_resume(&c, day_of("2025-03-04"), &err), YH_CONFLICT);
	assert_string_equal(err.slug, "deadline-running");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_deadline_pause(&c, cal, day_of("2025-03-02"), &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "deadline-order");
	assert_string_equal(due(&c, cal), "2025-03-10");
	pause_on(&c, cal, "2025-03-05");
	was = c;
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_deadline_pause(&c, cal, day_of("2025-03-06"), &err), YH_CONFLICT);
	assert_string_equal(err.slug, "deadline-paused");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_deadline_resume(&c, day_of("2025-03-04"), &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "deadline-order");
	assert_memory_equal(&c, &was, sizeof c);
	assert_string_equal(due(&hours, cal), "period-hours");
	assert_string_equal(due(&back, cal), "period-invalid");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_deadline_pause(&ages, cal, day_of("1910-01-05"), &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "period-invalid");
}

static void working_days_left_count_down_to_the_due_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day last = day_of("2025-03-07"); /* Friday */

	(void)state;
	assert_int_equal(yh_workdays_left(cal, day_of("2025-03-03"), last), 4);
	assert_int_equal(yh_workdays_left(cal, day_of("2025-03-07"), last), 0);
	assert_int_equal(yh_workdays_left(cal, day_of("2025-03-08"), last), -1);
	assert_int_equal(yh_workdays_left(cal, day_of("2025-03-10"), last), -1);
	assert_int_equal(yh_workdays_left(cal, day_of("2025-03-11"), last), -2);
	assert_int_equal(yh_workdays_left(cal, YH_DAY_NONE, YH_DAY_NONE), 0);
	assert_true(yh_workdays_left(cal, YH_DAY_NONE, INT32_MAX) > 70000);
	assert_true(yh_workdays_left(cal, INT32_MAX, YH_DAY_NONE) < -70000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_runs_through_is_due_as_its_period_says),
		cmocka_unit_test(the_rest_runs_after_the_applicants_answer),
		cmocka_unit_test(a_pause_on_the_starting_day_uses_nothing),
		cmocka_unit_test(months_once_paused_run_on_in_calendar_days),
		cmocka_unit_test(a_suspension_uses_up_nothing),
		cmocka_unit_test(a_last_day_moved_by_a_holiday_is_not_late_before_it_ends),
		cmocka_unit_test(a_clock_that_was_overdue_stays_overdue_by_as_much),
		cmocka_unit_test(an_overdue_day_reckoned_back_is_a_working_day),
		cmocka_unit_test(a_pause_never_gives_or_takes_a_working_day),
		cmocka_unit_test(wrong_moves_are_refused_and_change_nothing),
		cmocka_unit_test(working_days_left_count_down_to_the_due_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
