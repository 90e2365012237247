/* Leases, by a table of month ends and holidays that can be checked against a calendar by hand. */
#include "days.h"
#include "law/lease.h"

/* Every day that matters about a lease given on a day; "-" where the rules give none, "?" behind a
 * day that hangs on a year without a calendar. */
struct row {
	const char *given, *longest, *last;
	const char *extend_by; /* 15 working days ahead */
	const char *stop;      /* first working day after the last */
	const char *told[5];   /* 25, 20, 10, 5 and 1 working days ahead */
};

static const struct row table[] = {
	/* a plain month, ends on a Tuesday */
	{ "2025-06-15",
	  "1mo",
	  "2025-07-15",
	  "2025-06-24",
	  "2025-07-16",
	  { "-", "2025-06-17", "2025-07-01", "2025-07-08", "2025-07-14" } },
	/* the last day is a Sunday: no day longer, and stopped on the Monday */
	{ "2025-05-31",
	  "3mo",
	  "2025-08-31",
	  "2025-08-11",
	  "2025-09-01",
	  { "2025-07-28", "2025-08-04", "2025-08-18", "2025-08-25", "2025-08-29" } },
	/* ends on the first day of National Day: stopped after the eighth, told by Sunday's work */
	{ "2025-07-01",
	  "3mo",
	  "2025-10-01",
	  "2025-09-11",
	  "2025-10-09",
	  { "2025-08-28", "2025-09-04", "2025-09-18", "2025-09-25", "2025-09-30" } },
	/* ends within National Day, a Saturday beyond it works */
	{ "2024-07-07",
	  "3mo",
	  "2024-10-07",
	  "2024-09-10",
	  "2024-10-08",
	  { "2024-08-27", "2024-09-03", "2024-09-18", "2024-09-25", "2024-09-30" } },
	/* ends on a Saturday that works: stopped the Monday after */
	{ "2024-07-12",
	  "3mo",
	  "2024-10-12",
	  "2024-09-14",
	  "2024-10-14",
	  { "2024-09-02", "2024-09-09", "2024-09-24", "2024-09-30", "2024-10-11" } },
	/* ends in the Spring Festival */
	{ "2025-10-29",
	  "3mo",
	  "2026-01-29",
	  "2026-01-08",
	  "2026-01-30",
	  { "2025-12-24", "2025-12-31", "2026-01-15", "2026-01-22", "2026-01-28" } },
	{ "2025-11-18",
	  "3mo",
	  "2026-02-18",
	  "2026-01-27",
	  "2026-02-24",
	  { "2026-01-13", "2026-01-20", "2026-02-03", "2026-02-10", "2026-02-14" } },
	{ "2024-10-29",
	  "3mo",
	  "2025-01-29",
	  "2025-01-08",
	  "2025-02-05",
	  { "2024-12-24", "2024-12-31", "2025-01-15", "2025-01-22", "2025-01-27" } },
	/* no 31st, no 30th: the month's last */
	{ "2025-11-30",
	  "3mo",
	  "2026-02-28",
	  "2026-02-02",
	  "2026-03-02",
	  { "2026-01-19", "2026-01-26", "2026-02-09", "2026-02-14", "2026-02-27" } },
	{ "2023-11-30",
	  "3mo",
	  "2024-02-29",
	  "2024-02-04",
	  "2024-03-01",
	  { "2024-01-22", "2024-01-29", "2024-02-09", "2024-02-22", "2024-02-28" } },
	{ "2024-02-29",
	  "6mo",
	  "2024-08-29",
	  "2024-08-08",
	  "2024-08-30",
	  { "2024-07-25", "2024-08-01", "2024-08-15", "2024-08-22", "2024-08-28" } },
	{ "2025-08-31",
	  "6mo",
	  "2026-02-28",
	  "2026-02-02",
	  "2026-03-02",
	  { "2026-01-19", "2026-01-26", "2026-02-09", "2026-02-14", "2026-02-27" } },
	/* too short for an extension, and for most notices */
	{ "2026-03-02",
	  "7d",
	  "2026-03-09",
	  "never",
	  "2026-03-10",
	  { "-", "-", "-", "2026-03-02", "2026-03-06" } },
	/* the extension can be filed on the very day of the allocation */
	{ "2026-03-10",
	  "21d",
	  "2026-03-31",
	  "2026-03-10",
	  "2026-04-01",
	  { "-", "-", "2026-03-17", "2026-03-24", "2026-03-30" } },
	{ "2026-03-11", "20d", "2026-03-31", "never", "2026-04-01", { NULL } },
	/* into a year whose schedule is not announced */
	{ "2026-11-26",
	  "3mo",
	  "2027-02-26",
	  "2027-02-05?",
	  "2027-03-01?",
	  { "2027-01-22", "2027-01-29", "2027-02-12", "2027-02-19", "2027-02-25" } },
	{ "2026-10-03",
	  "3mo",
	  "2027-01-03",
	  "2026-12-14?",
	  "2027-01-04?",
	  { "2026-11-30", "2026-12-07", "2026-12-21", "2026-12-28", "2027-01-01" } },
};

static const struct yh_lease_notices five = { .ahead = { 25, 20, 10, 5, 1 }, .n = 5 };

static yh_day last_of(const struct row *r)
{
	yh_day last;

	assert_int_equal(
		yh_lease_begin(day_of(r->given), period_of(r->longest), YH_DAY_NONE, &last, NULL),
		YH_OK);
	return last;
}

static struct yh_lease_todo plan(const struct yh_calendar *cal, const struct yh_lease_state *lease,
				 yh_day today)
{
	struct yh_lease_todo todo;

	assert_int_equal(yh_lease_plan(cal, lease, &five, period_of("5wd"), today, &todo, NULL),
			 YH_OK);
	return todo;
}

/* proves T1 */
static void a_lease_ends_on_its_corresponding_day_whatever_the_holiday(void **state)
{
	char text[YH_DAY_TEXT];

	(void)state;
	for (size_t i = 0; i < YH_LEN(table); i++)
		assert_string_equal(yh_day_text(last_of(&table[i]), text), table[i].last);
}

/* proves T2 */
static void the_last_day_for_an_extension_leaves_fifteen_working_days(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	for (size_t i = 0; i < YH_LEN(table); i++) {
		const struct row *r = &table[i];
		char day[YH_DAY_TEXT], text[32];
		struct yh_lease_by by;

		assert_int_equal(yh_lease_extension_by(cal, day_of(r->given), last_of(r),
						       period_of("15wd"), &by, NULL),
				 YH_OK);
		(void)snprintf(text, sizeof text, "%s%s",
			       by.possible ? yh_day_text(by.day, day) : "never",
			       by.possible && by.provisional ? "?" : "");
		assert_string_equal(text, r->extend_by);
	}
}

/* proves A23.1, T2 */
static void an_extension_one_day_late_is_refused_with_the_last_good_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day given = day_of("2025-07-01"), last = day_of("2025-10-01");
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(
		yh_lease_in_time(cal, given, last, period_of("15wd"), day_of("2025-09-11"), &err),
		YH_OK);
	assert_int_equal(
		yh_lease_in_time(cal, given, last, period_of("15wd"), day_of("2025-09-12"), &err),
		YH_REFUSED);
	assert_string_equal(err.slug, "lease-extension-late");
	assert_string_equal(err.figs[1].name, "until");
	assert_int_equal(err.figs[1].num, day_of("2025-09-11"));
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_lease_in_time(cal, day_of("2026-03-11"), day_of("2026-03-31"),
					  period_of("15wd"), day_of("2026-03-11"), &err),
			 YH_REFUSED);
	assert_string_equal(err.slug, "lease-extension-never");
}

static void what_is_over_is_stopped_on_the_next_working_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	for (size_t i = 0; i < YH_LEN(table); i++) {
		char day[YH_DAY_TEXT], text[32];
		struct yh_due due;

		assert_int_equal(yh_lease_stop_day(cal, last_of(&table[i]), &due, NULL), YH_OK);
		(void)snprintf(text, sizeof text, "%s%s", yh_day_text(due.day, day),
			       due.provisional ? "?" : "");
		assert_string_equal(text, table[i].stop);
	}
}

/* proves A21.2 */
/* Looks on every day of the lease, as a server that never sleeps does. */
static void each_notice_is_given_once_on_its_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	for (size_t i = 0; i < YH_LEN(table); i++) {
		const struct row *r = &table[i];
		struct yh_lease_state lease = { .first = day_of(r->given), .last = last_of(r) };
		size_t seen = 0;

		for (yh_day day = lease.first; r->told[0] && day <= lease.last + 20; day++) {
			struct yh_lease_todo todo = plan(cal, &lease, day);
			char text[YH_DAY_TEXT];

			if (!todo.notice)
				continue;
			while (strcmp(r->told[seen], "-") == 0)
				seen++;
			assert_int_equal(todo.notice, five.ahead[seen]);
			assert_string_equal(yh_day_text(day, text), r->told[seen++]);
			assert_int_equal(todo.n_missed, 0);
			lease.told = todo.notice;
		}
		assert_int_equal(seen, r->told[0] ? 5 : 0);
	}
}

static void the_first_notice_comes_before_the_last_day_for_an_extension(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_lease_state lease = { .first = day_of("2025-01-02") };

	(void)state;
	for (lease.last = day_of("2025-03-15"); lease.last < day_of("2026-11-01"); lease.last++) {
		struct yh_lease_by by;

		assert_int_equal(yh_lease_extension_by(cal, lease.first, lease.last,
						       period_of("15wd"), &by, NULL),
				 YH_OK);
		assert_true(plan(cal, &lease, by.day - 1).notice >= 20);
	}
}

static void looking_only_when_told_to_misses_nothing(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_lease_state lease = { .first = day_of("2025-07-01"),
					.last = day_of("2025-10-01") };
	const char *const days[] = { "2025-07-01", "2025-08-28", "2025-09-04", "2025-09-18",
				     "2025-09-25", "2025-09-30", "2025-10-10" };
	yh_day day = lease.first;
	size_t at = 0;

	(void)state;
	while (day != YH_DAY_NONE) {
		struct yh_lease_todo todo = plan(cal, &lease, day);
		char text[YH_DAY_TEXT];

		assert_true(at < YH_LEN(days));
		assert_string_equal(yh_day_text(day, text), days[at++]);
		if (todo.notice)
			lease.told = todo.notice;
		lease.ending = lease.ending || todo.begin_end;
		assert_int_equal(lease.ending, day >= day_of("2025-09-25"));
		assert_int_equal(todo.lapse, day == day_of("2025-10-10"));
		lease.lapse_told = todo.lapse;
		day = todo.next;
	}
	assert_int_equal(at, YH_LEN(days));
}

static void after_an_outage_only_the_latest_notice_is_given(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_lease_state lease = { .first = day_of("2025-07-01"),
					.last = day_of("2025-10-01"),
					.told = 25 };
	struct yh_lease_todo todo = plan(cal, &lease, day_of("2025-09-25"));

	(void)state;
	assert_int_equal(todo.notice, 5);
	assert_int_equal(todo.n_missed, 2);
	assert_int_equal(todo.missed[0], 20);
	assert_int_equal(todo.missed[1], 10);
	assert_true(todo.begin_end);
	todo = plan(cal, &lease, day_of("2025-10-12"));
	assert_int_equal(todo.notice, 0); /* it is over: nothing is announced any more */
	assert_true(todo.begin_end && todo.lapse);
	assert_int_equal(todo.next, YH_DAY_NONE);
}

static void an_undecided_extension_holds_and_is_looked_at_daily(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_lease_state lease = {
		.first = day_of("2025-07-01"), .last = day_of("2025-10-01"), .told = 1, .held = true
	};

	(void)state;
	for (yh_day day = day_of("2025-09-25"); day < day_of("2025-11-01"); day++) {
		struct yh_lease_todo todo = plan(cal, &lease, day);

		assert_false(todo.begin_end || todo.lapse);
		assert_int_equal(todo.next, day + 1);
	}
	lease.held = false;
	assert_true(plan(cal, &lease, day_of("2025-11-03")).begin_end);
}

static void a_wanted_end_is_kept_within_the_longest(void **state)
{
	struct yh_err err = { 0 };
	yh_day last, given = day_of("2025-11-30");

	(void)state;
	assert_int_equal(yh_lease_begin(given, period_of("3mo"), day_of("2026-02-28"), &last, NULL),
			 YH_OK);
	assert_int_equal(last, day_of("2026-02-28"));
	assert_int_equal(yh_lease_begin(given, period_of("3mo"), given, &last, NULL), YH_OK);
	assert_int_equal(last, given);
	assert_int_equal(yh_lease_begin(given, period_of("3mo"), day_of("2026-03-01"), &last, &err),
			 YH_REFUSED);
	assert_string_equal(err.slug, "lease-over-cap");
	assert_int_equal(err.figs[0].num, day_of("2026-03-01"));
	assert_int_equal(err.figs[1].num, day_of("2026-02-28"));
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_lease_begin(given, period_of("3mo"), given - 1, &last, &err),
			 YH_REFUSED);
	assert_string_equal(err.slug, "lease-in-the-past");
}

/* proves T1 */
static void an_extension_runs_from_the_old_end(void **state)
{
	struct yh_err err = { 0 };
	yh_day last, old = day_of("2025-10-01");

	(void)state;
	assert_int_equal(yh_lease_extend(old, period_of("3mo"), YH_DAY_NONE, &last, NULL), YH_OK);
	assert_int_equal(last, day_of("2026-01-01"));
	assert_int_equal(yh_lease_extend(old, period_of("3mo"), old, &last, &err), YH_REFUSED);
	assert_string_equal(err.slug, "lease-not-longer");
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_lease_extend(old, period_of("3mo"), day_of("2026-01-02"), &last, &err),
			 YH_REFUSED);
	assert_string_equal(err.slug, "lease-over-cap");
	assert_int_equal(
		yh_lease_extend(day_of("2025-11-30"), period_of("3mo"), YH_DAY_NONE, &last, NULL),
		YH_OK);
	assert_int_equal(last, day_of("2026-02-28"));
}

static void a_lease_reaches_as_far_as_all_extensions_that_are_left(void **state)
{
	yh_day reach;

	(void)state;
	assert_int_equal(yh_lease_reach(day_of("2025-10-01"), period_of("3mo"), 0, &reach, NULL),
			 YH_OK);
	assert_int_equal(reach, day_of("2025-10-01"));
	assert_int_equal(yh_lease_reach(day_of("2025-10-01"), period_of("3mo"), 2, &reach, NULL),
			 YH_OK);
	assert_int_equal(reach, day_of("2026-04-01"));
	/* from the end before it, which a short month has moved */
	assert_int_equal(yh_lease_reach(day_of("2025-11-30"), period_of("3mo"), 2, &reach, NULL),
			 YH_OK);
	assert_int_equal(reach, day_of("2026-05-28"));
}

static void a_list_of_notices_is_read_strictly(void **state)
{
	static const char *const wrong[] = {
		"",           "25",  "25d",  "25wd,", "25wd 20wd", "20wd, 25wd",
		"25wd, 25wd", "0wd", "-5wd", "251wd", ",25wd",     "25wd,,20wd"
	};
	struct yh_lease_notices list;
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_lease_notices_parse("25wd, 20wd,10wd, 5wd, 1wd", &list, NULL), YH_OK);
	assert_int_equal(list.n, 5);
	assert_int_equal(list.ahead[0], 25);
	assert_int_equal(list.ahead[4], 1);
	for (size_t i = 0; i < YH_LEN(wrong); i++) {
		err = (struct yh_err){ 0 };
		assert_int_equal(yh_lease_notices_parse(wrong[i], &list, &err), YH_BAD_INPUT);
		assert_string_equal(err.slug, "lease-notices-invalid");
	}
	assert_int_equal(list.n, 5); /* as it was */
	assert_int_equal(yh_lease_notices_parse("16wd,15wd,14wd,13wd,12wd,11wd,10wd,9wd,8wd,7wd,"
						"6wd,5wd,4wd,3wd,2wd,1wd",
						&list, NULL),
			 YH_OK);
	assert_int_equal(yh_lease_notices_parse("17wd,16wd,15wd,14wd,13wd,12wd,11wd,10wd,9wd,8wd,"
						"7wd,6wd,5wd,4wd,3wd,2wd,1wd",
						&list, NULL),
			 YH_BAD_INPUT);
}

static void a_suspension_moves_no_last_day(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	yh_day given = day_of("2025-07-01"), last = day_of("2025-10-01");
	struct yh_lease_by by;
	struct yh_due stop;

	(void)state;
	assert_int_equal(yh_calendar_suspend(cal, day_of("2025-09-01"), day_of("2025-10-10"), NULL),
			 YH_OK);
	assert_int_equal(yh_lease_extension_by(cal, given, last, period_of("15wd"), &by, NULL),
			 YH_OK);
	assert_int_equal(by.day, day_of("2025-09-11"));
	/* while no clock runs nothing is stopped by one */
	assert_int_equal(yh_lease_stop_day(cal, last, &stop, NULL), YH_OK);
	assert_int_equal(stop.day, day_of("2025-10-11"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lease_ends_on_its_corresponding_day_whatever_the_holiday),
		cmocka_unit_test(the_last_day_for_an_extension_leaves_fifteen_working_days),
		cmocka_unit_test(an_extension_one_day_late_is_refused_with_the_last_good_day),
		cmocka_unit_test(what_is_over_is_stopped_on_the_next_working_day),
		cmocka_unit_test(each_notice_is_given_once_on_its_day),
		cmocka_unit_test(the_first_notice_comes_before_the_last_day_for_an_extension),
		cmocka_unit_test(looking_only_when_told_to_misses_nothing),
		cmocka_unit_test(after_an_outage_only_the_latest_notice_is_given),
		cmocka_unit_test(an_undecided_extension_holds_and_is_looked_at_daily),
		cmocka_unit_test(a_wanted_end_is_kept_within_the_longest),
		cmocka_unit_test(an_extension_runs_from_the_old_end),
		cmocka_unit_test(a_lease_reaches_as_far_as_all_extensions_that_are_left),
		cmocka_unit_test(a_list_of_notices_is_read_strictly),
		cmocka_unit_test(a_suspension_moves_no_last_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
