/* The working-day calendar: its files, its years, its version. */
#include "days.h"

static void expect_fault(const char *text, const char *slug, const char *field)
{
	CALENDAR_AUTO cal = yh_calendar_new();
	struct yh_sm3 before = yh_calendar_version(cal), after;
	struct yh_err err = { 0 };

	assert_int_equal(yh_calendar_add_year(cal, "y.yaml", text, strlen(text), &err),
			 YH_BAD_INPUT);
	assert_string_equal(err.slug, slug);
	assert_string_equal(err.field, field);
	assert_int_equal(err.n_figs, 1);
	assert_string_equal(err.figs[0].name, "why");
	after = yh_calendar_version(cal);
	assert_memory_equal(before.b, after.b, sizeof after.b);
}

static bool works(const struct yh_calendar *cal, const char *day)
{
	bool out;

	assert_int_equal(yh_workday(cal, day_of(day), YH_STRICT, &out, NULL), YH_OK);
	return out;
}

static void festivals_rest_and_makeup_weekends_work(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();

	(void)state;
	assert_true(works(cal, "2025-01-27"));
	assert_true(works(cal, "2025-01-26"));  /* Sunday, made up */
	assert_false(works(cal, "2025-01-28")); /* Tuesday, Spring Festival */
	assert_false(works(cal, "2025-01-25")); /* Saturday */
	assert_true(works(cal, "2026-02-28"));  /* Saturday, made up */
}

/* proves T4 */
static void an_unknown_year_is_never_guessed_in_strict_reckoning(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_err err = { 0 };
	bool out;

	(void)state;
	assert_false(yh_calendar_knows(cal, 2027));
	assert_true(yh_calendar_knows(cal, 2026));
	assert_false(yh_calendar_knows(cal, 1899));
	assert_false(yh_calendar_knows(cal, 2200));
	assert_int_equal(yh_workday(cal, day_of("2027-01-04"), YH_STRICT, &out, &err), YH_REFUSED);
	assert_string_equal(err.slug, "calendar-unknown");
	assert_string_equal(err.figs[0].name, "year");
	assert_int_equal(err.figs[0].num, 2027);
}

static void an_unknown_year_knows_weekends_provisionally(void **state)
{
	CALENDAR_AUTO cal = yh_calendar_new();
	bool out, provisional;
	int32_t n;

	(void)state;
	assert_int_equal(yh_workday(cal, day_of("2027-01-01"), YH_PROVISIONAL, &out, NULL), YH_OK);
	assert_true(out);
	assert_int_equal(yh_workday(cal, day_of("2027-01-02"), YH_PROVISIONAL, &out, NULL), YH_OK);
	assert_false(out);
	assert_int_equal(yh_workdays_in(cal, day_of("2027-01-01"), day_of("2027-01-11"),
					YH_PROVISIONAL, &n, &provisional, NULL),
			 YH_OK);
	assert_int_equal(n, 6);
	assert_true(provisional);
}

static void a_broken_calendar_is_refused_with_its_line_and_changes_nothing(void **state)
{
	(void)state;
	expect_fault("[]", "calendar-invalid", "y.yaml:1");
	expect_fault("year: 2026\nsource: s\nrest: [2026-01-01]\nwork: []\nmore: 1\n",
		     "calendar-invalid", "y.yaml:5");
	expect_fault("year: '2026'\nsource: s\nrest: [2026-01-01]\nwork: []\n", "calendar-invalid",
		     "y.yaml:1");
	expect_fault("year: 2200\nsource: s\nrest: [2200-01-01]\nwork: []\n", "calendar-invalid",
		     "y.yaml:1");
	expect_fault("year: 2026\nsource:\nrest: [2026-01-01]\nwork: []\n", "calendar-invalid",
		     "y.yaml:2");
	expect_fault("year: 2026\nrest: [2026-01-01]\nwork: []\n", "calendar-invalid", "y.yaml:1");
	expect_fault("year: 2026\nsource: s\nrest: [2026-01-01]\n", "calendar-invalid", "y.yaml:1");
	expect_fault("year: 2026\nsource: s\nrest: []\nwork: []\n", "calendar-invalid", "y.yaml:3");
	expect_fault("year: 2026\nsource: s\nrest:\n- 2026-01-01\n- 2026-02-29\nwork: []\n",
		     "calendar-invalid", "y.yaml:5");
	expect_fault("year: 2026\nsource: s\nrest:\n- 2026-01-01\n- 2027-01-01\nwork: []\n",
		     "calendar-invalid", "y.yaml:5");
	expect_fault("year: 2026\nsource: s\nrest: [2026-01-04]\nwork:\n- 2026-01-04\n",
		     "calendar-invalid", "y.yaml:5");
	expect_fault("year: 2026\nsource: s\nrest: [2026-01-01]\nwork:\n- 2026-01-05\n",
		     "calendar-invalid", "y.yaml:5");
	expect_fault("year: 2026\nsource: s\nrest: [[2026-01-01]]\nwork: []\n", "calendar-invalid",
		     "y.yaml:3");
	expect_fault("year: 2026\nyear: 2026\n", "yaml-invalid", "y.yaml:2");
}

static void an_oversized_calendar_is_refused(void **state)
{
	CALENDAR_AUTO cal = yh_calendar_new();
	YH_FREE_AUTO char *text = malloc(YH_CALENDAR_BYTES + 1);
	struct yh_err err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '#', YH_CALENDAR_BYTES + 1);
	assert_int_equal(yh_calendar_add_year(cal, "y.yaml", text, YH_CALENDAR_BYTES + 1, &err),
			 YH_TOO_LARGE);
	assert_string_equal(err.slug, "yaml-too-large");
}

static void a_year_is_added_only_once(void **state)
{
	CALENDAR_AUTO cal = calendar_2024_2026();
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_calendar_add_year(cal, "y.yaml", Y2025, strlen(Y2025), &err),
			 YH_CONFLICT);
	assert_string_equal(err.slug, "calendar-year-twice");
	assert_int_equal(err.figs[0].num, 2025);
}

static void the_version_follows_the_days_and_not_the_order(void **state)
{
	CALENDAR_AUTO one = calendar_2024_2026();
	CALENDAR_AUTO two = yh_calendar_new();
	struct yh_sm3 a = yh_calendar_version(one), b;

	(void)state;
	add_year(two, Y2026);
	add_year(two, Y2024);
	b = yh_calendar_version(two);
	assert_memory_not_equal(a.b, b.b, sizeof a.b);
	add_year(two, Y2025);
	b = yh_calendar_version(two);
	assert_memory_equal(a.b, b.b, sizeof a.b);
	assert_int_equal(yh_calendar_suspend(two, day_of("2026-07-01"), day_of("2026-07-01"), NULL),
			 YH_OK);
	b = yh_calendar_version(two);
	assert_memory_not_equal(a.b, b.b, sizeof a.b);
}

static void a_suspension_survives_the_arrival_of_its_year(void **state)
{
	CALENDAR_AUTO one = yh_calendar_new();
	CALENDAR_AUTO two = yh_calendar_new();
	struct yh_sm3 a, b;

	(void)state;
	assert_int_equal(yh_calendar_suspend(one, day_of("2026-07-01"), day_of("2026-07-03"), NULL),
			 YH_OK);
	add_year(one, Y2026);
	add_year(two, Y2026);
	assert_int_equal(yh_calendar_suspend(two, day_of("2026-07-01"), day_of("2026-07-03"), NULL),
			 YH_OK);
	a = yh_calendar_version(one);
	b = yh_calendar_version(two);
	assert_memory_equal(a.b, b.b, sizeof a.b);
	assert_false(works(one, "2026-07-02"));
}

static void a_suspension_outside_the_range_is_refused(void **state)
{
	CALENDAR_AUTO cal = yh_calendar_new();

	(void)state;
	assert_int_equal(yh_calendar_suspend(cal, YH_DAY_MIN - 1, 0, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_calendar_suspend(cal, 0, YH_DAY_MAX + 1, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_calendar_suspend(cal, 1, 0, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_calendar_suspend(cal, YH_DAY_MIN, YH_DAY_MAX, NULL), YH_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(festivals_rest_and_makeup_weekends_work),
		cmocka_unit_test(an_unknown_year_is_never_guessed_in_strict_reckoning),
		cmocka_unit_test(an_unknown_year_knows_weekends_provisionally),
		cmocka_unit_test(a_broken_calendar_is_refused_with_its_line_and_changes_nothing),
		cmocka_unit_test(an_oversized_calendar_is_refused),
		cmocka_unit_test(a_year_is_added_only_once),
		cmocka_unit_test(the_version_follows_the_days_and_not_the_order),
		cmocka_unit_test(a_suspension_survives_the_arrival_of_its_year),
		cmocka_unit_test(a_suspension_outside_the_range_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
