/* The quota arithmetic, held against a second one that walks every day. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "law/quota.h"

static const char *const DIMS[] = { "vcpu", "memory_gib", "gpu" };
enum { DAY0 = 20500, DAYS = 60, ROUNDS = 4000 };

struct set {
	struct yh_arena arena;
	struct yh_spans quota, taken, asked;
};

static void set_init(struct set *s)
{
	yh_arena_init(&s->arena, 8 * 1024 * 1024);
	s->quota = s->taken = s->asked = (struct yh_spans){ .arena = &s->arena };
}

static void set_done(struct set *s)
{
	yh_arena_done(&s->arena);
}

static void add(struct yh_spans *s, const char *dim, int64_t units, yh_day first, yh_day last)
{
	assert_int_equal(yh_spans_add(s, dim, units * 1000, first, last, NULL), YH_OK);
}

static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static int64_t between(uint64_t *seed, int64_t lo, int64_t hi)
{
	return lo + (int64_t)(draw(seed) % (uint64_t)(hi - lo + 1));
}

static void random_spans(struct yh_spans *s, uint64_t *seed, int64_t least)
{
	int64_t n = between(seed, 0, 6);

	for (int64_t i = 0; i < n; i++) {
		yh_day first = (yh_day)(DAY0 + between(seed, -5, DAYS + 5));
		/* now and then a line that ended before it began */
		yh_day last = (yh_day)(first + between(seed, -4, 20));

		if (between(seed, 0, 4) == 0)
			last = YH_DAY_NONE;
		assert_int_equal(yh_spans_add(s, DIMS[between(seed, 0, 2)],
					      between(seed, least, 12) * 500, first, last, NULL),
				 YH_OK);
	}
}

static int64_t naive_on(const struct yh_spans *s, const char *dim, yh_day day)
{
	int64_t sum = 0;

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].dim, dim) == 0 && day >= s->v[i].first &&
		    (s->v[i].last == YH_DAY_NONE || day <= s->v[i].last))
			sum += s->v[i].qty_milli;
	return sum;
}

/* The first day on which `dim` is asked for and passes, or YH_DAY_NONE. */
static yh_day naive_over(const struct set *s, const char *dim, int64_t percent)
{
	for (yh_day d = DAY0; d <= DAY0 + DAYS; d++) {
		int64_t asked = naive_on(&s->asked, dim, d);

		if (asked > 0 && (naive_on(&s->taken, dim, d) + asked) * 100 >
					 naive_on(&s->quota, dim, d) * percent)
			return d;
	}
	return YH_DAY_NONE;
}

static int64_t figure(const struct yh_err *err, const char *name)
{
	for (uint32_t i = 0; i < err->n_figs; i++)
		if (strcmp(err->figs[i].name, name) == 0)
			return err->figs[i].num;
	fail_msg("no figure %s", name);
	return 0;
}

static const char *dimension(const struct yh_err *err)
{
	for (uint32_t i = 0; i < err->n_figs; i++)
		if (strcmp(err->figs[i].name, "dimension") == 0)
			return err->figs[i].text;
	return "";
}

static enum yh_rc compare(const struct set *s, int32_t percent, struct yh_err *err)
{
	*err = (struct yh_err){ 0 };
	return yh_quota_compare(&s->quota, &s->taken, &s->asked, percent, DAY0, DAY0 + DAYS,
				"quota-exceeded", "19", err);
}

/* proves A18.2 */
static void comparing_agrees_with_a_walk_over_every_day(void **state)
{
	uint64_t seed = 0x5eed0001;
	int refused = 0;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		static const int32_t percents[] = { 15, 100, 120 };
		int32_t percent = percents[round % 3];
		struct yh_err err;
		struct set s;
		bool over = false;
		enum yh_rc rc;

		set_init(&s);
		random_spans(&s.quota, &seed, 0);
		random_spans(&s.taken, &seed, 0);
		random_spans(&s.asked, &seed, -6);
		rc = compare(&s, percent, &err);
		for (size_t i = 0; i < YH_LEN(DIMS); i++)
			over = over || naive_over(&s, DIMS[i], percent) != YH_DAY_NONE;
		assert_int_equal(rc, over ? YH_REFUSED : YH_OK);
		if (over) {
			yh_day day = (yh_day)figure(&err, "day");

			refused++;
			assert_string_equal(err.slug, "quota-exceeded");
			assert_string_equal(err.article, "19");
			assert_int_equal(day, naive_over(&s, dimension(&err), percent));
			assert_int_equal(figure(&err, "asked"),
					 naive_on(&s.asked, dimension(&err), day));
			assert_int_equal(figure(&err, "taken"),
					 naive_on(&s.taken, dimension(&err), day));
		}
		set_done(&s);
	}
	assert_in_range(refused, ROUNDS / 10, ROUNDS - ROUNDS / 10);
}

static void the_excess_is_that_of_the_worst_day(void **state)
{
	uint64_t seed = 0x5eed0002;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		const char *dim = DIMS[round % 3];
		int64_t got, want = 0;
		struct set s;

		set_init(&s);
		random_spans(&s.quota, &seed, 0);
		random_spans(&s.taken, &seed, 0);
		random_spans(&s.asked, &seed, -6);
		for (yh_day d = DAY0; d <= DAY0 + DAYS; d++) {
			int64_t asked = naive_on(&s.asked, dim, d);
			int64_t over =
				naive_on(&s.taken, dim, d) + asked - naive_on(&s.quota, dim, d);

			assert_int_equal(yh_spans_on(&s.quota, dim, d), naive_on(&s.quota, dim, d));
			if (asked > 0 && over > want)
				want = over;
		}
		assert_int_equal(yh_quota_excess(&s.quota, &s.taken, &s.asked, dim, DAY0,
						 DAY0 + DAYS, &got, NULL),
				 YH_OK);
		assert_int_equal(got, want);
		set_done(&s);
	}
}

static void the_tightest_point_leaves_least_of_its_quota(void **state)
{
	struct yh_quota_point at;
	struct yh_arena arena;
	struct yh_spans quota, taken, asked;

	(void)state;
	yh_arena_init(&arena, 1 << 20);
	quota = taken = asked = (struct yh_spans){ .arena = &arena };
	assert_int_equal(yh_spans_add(&quota, "vcpu", 100, 1, YH_DAY_NONE, NULL), YH_OK);
	assert_int_equal(yh_spans_add(&quota, "gpu", 10, 1, YH_DAY_NONE, NULL), YH_OK);
	assert_int_equal(yh_spans_add(&taken, "vcpu", 50, 5, 6, NULL), YH_OK);
	assert_int_equal(yh_spans_add(&asked, "vcpu", 20, 1, YH_DAY_NONE, NULL), YH_OK);
	assert_int_equal(yh_spans_add(&asked, "gpu", 5, 1, YH_DAY_NONE, NULL), YH_OK);
	assert_int_equal(yh_quota_tightest(&quota, &taken, &asked, 1, 30, &at, NULL), YH_OK);
	assert_string_equal(at.dim, "vcpu");
	assert_int_equal(at.day, 5);
	assert_int_equal(at.quota_milli - at.taken_milli - at.asked_milli, 30);
	asked.n = 0;
	assert_int_equal(yh_quota_tightest(&quota, &taken, &asked, 1, 30, &at, NULL), YH_OK);
	assert_null(at.dim);
	yh_arena_done(&arena);
}

/* proves A20.2 */
static void exactly_twenty_percent_above_is_within(void **state)
{
	struct yh_err err;
	struct set s;

	(void)state;
	set_init(&s);
	add(&s.quota, "vcpu", 100, DAY0, YH_DAY_NONE);
	add(&s.taken, "vcpu", 90, DAY0, YH_DAY_NONE);
	add(&s.asked, "vcpu", 30, DAY0, YH_DAY_NONE);
	assert_int_equal(compare(&s, 120, &err), YH_OK);
	assert_int_equal(yh_spans_add(&s.asked, "vcpu", 1, DAY0 + 9, DAY0 + 9, NULL), YH_OK);
	assert_int_equal(compare(&s, 120, &err), YH_REFUSED);
	assert_int_equal(figure(&err, "day"), DAY0 + 9);
	assert_int_equal(figure(&err, "limit"), 120000);
	assert_int_equal(figure(&err, "quota"), 100000);
	set_done(&s);
}

static void a_dimension_already_over_does_not_block_another(void **state)
{
	struct yh_err err;
	struct set s;

	(void)state;
	set_init(&s);
	add(&s.quota, "vcpu", 10, DAY0, YH_DAY_NONE);
	add(&s.quota, "gpu", 4, DAY0, YH_DAY_NONE);
	add(&s.taken, "vcpu", 50, DAY0, YH_DAY_NONE);
	add(&s.asked, "gpu", 4, DAY0, YH_DAY_NONE);
	assert_int_equal(compare(&s, 100, &err), YH_OK);
	add(&s.asked, "vcpu", -1, DAY0, YH_DAY_NONE);
	assert_int_equal(compare(&s, 100, &err), YH_OK);
	set_done(&s);
}

static void without_a_quota_nothing_is_within(void **state)
{
	struct yh_err err;
	struct set s;

	(void)state;
	set_init(&s);
	add(&s.asked, "vcpu", 1, DAY0 + 3, DAY0 + 3);
	assert_int_equal(compare(&s, 120, &err), YH_REFUSED);
	assert_int_equal(figure(&err, "day"), DAY0 + 3);
	set_done(&s);
}

static void a_sum_past_the_range_is_an_error_not_a_grant(void **state)
{
	struct yh_err err;
	struct set s;

	(void)state;
	set_init(&s);
	add(&s.quota, "vcpu", 1, DAY0, YH_DAY_NONE);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			yh_spans_add(&s.asked, "vcpu", INT64_MAX / 2, DAY0, YH_DAY_NONE, NULL),
			YH_OK);
	assert_int_equal(compare(&s, 100, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "quantity-overflow");
	set_done(&s);
}

static yh_day ymd(int year, int month, int day)
{
	return yh_day_from_date((struct yh_date){ year, month, day });
}

/* Spreads one window of 1 unit and returns the spans. */
static enum yh_rc spread(struct set *s, const char *rrule, yh_day start, int64_t days, yh_day to,
			 struct yh_err *err)
{
	set_init(s);
	return yh_quota_spread(&s->quota, "vcpu", 1000, rrule, start, days, start, to, err);
}

static void a_quarter_end_window_opens_on_the_last_five_days(void **state)
{
	static const char rule[] = "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-5";
	yh_day start = ymd(2026, 3, 1), to = ymd(2031, 12, 31);
	struct set s;

	(void)state;
	assert_int_equal(spread(&s, rule, start, 5, to, NULL), YH_OK);
	for (yh_day d = start; d <= to; d++) {
		struct yh_date on = yh_date_of(d);
		bool open = on.month % 3 == 0 && on.day > yh_days_in_month(on.year, on.month) - 5;

		assert_int_equal(yh_spans_on(&s.quota, "vcpu", d), open ? 1000 : 0);
	}
	set_done(&s);
}

static void weekly_windows_open_on_their_weekdays(void **state)
{
	yh_day start = ymd(2026, 1, 1), to = ymd(2027, 6, 30);
	struct set s;

	(void)state;
	assert_int_equal(spread(&s, "FREQ=WEEKLY;BYDAY=MO,TH", start, 2, to, NULL), YH_OK);
	for (yh_day d = start; d <= to; d++) {
		int w = yh_weekday(d);
		bool open = w == 1 || w == 2 || w == 4 || w == 5;

		assert_int_equal(yh_spans_on(&s.quota, "vcpu", d), open ? 1000 : 0);
	}
	set_done(&s);
}

static void overlapping_occurrences_count_once(void **state)
{
	yh_day start = ymd(2026, 1, 5), to = ymd(2026, 12, 31);
	struct set s;

	(void)state;
	for (int64_t days = 1; days <= 30; days++) {
		assert_int_equal(spread(&s, "FREQ=WEEKLY", start, days, to, NULL), YH_OK);
		for (yh_day d = start; d <= to; d++)
			assert_int_equal(yh_spans_on(&s.quota, "vcpu", d),
					 days >= 7 || (d - start) % 7 < days ? 1000 : 0);
		set_done(&s);
	}
}

static void an_occurrence_that_began_earlier_still_counts(void **state)
{
	yh_day start = ymd(2026, 1, 1), from = ymd(2026, 7, 3);
	struct set s;

	(void)state;
	set_init(&s);
	assert_int_equal(yh_quota_spread(&s.quota, "vcpu", 1000, "FREQ=MONTHLY;BYMONTHDAY=1", start,
					 5, from, from + 10, NULL),
			 YH_OK);
	assert_int_equal(yh_spans_on(&s.quota, "vcpu", from), 1000);
	assert_int_equal(yh_spans_on(&s.quota, "vcpu", ymd(2026, 7, 5)), 1000);
	assert_int_equal(yh_spans_on(&s.quota, "vcpu", ymd(2026, 7, 6)), 0);
	set_done(&s);
}

static void a_window_without_a_rule_opens_once(void **state)
{
	yh_day start = ymd(2026, 11, 9);
	struct set s;

	(void)state;
	assert_int_equal(spread(&s, NULL, start, 3, start + 800, NULL), YH_OK);
	assert_int_equal(s.quota.n, 1);
	assert_int_equal(s.quota.v[0].first, start);
	assert_int_equal(s.quota.v[0].last, start + 2);
	set_done(&s);
}

static void a_rule_counts_and_ends_as_it_says(void **state)
{
	yh_day start = ymd(2026, 1, 1), to = ymd(2028, 1, 1);
	struct set s;

	(void)state;
	assert_int_equal(spread(&s, "FREQ=MONTHLY;COUNT=4", start, 1, to, NULL), YH_OK);
	assert_int_equal(s.quota.n, 4);
	set_done(&s);
	assert_int_equal(spread(&s, "FREQ=MONTHLY;UNTIL=20260401", start, 1, to, NULL), YH_OK);
	assert_int_equal(s.quota.n, 4);
	set_done(&s);
}

static void rules_that_are_none_are_named(void **state)
{
	static const char *const bad[] = {
		"",
		"monthly",
		"FREQ=NEVER",
		"FREQ=SECONDLY",
		"FREQ=MINUTELY",
		"FREQ=HOURLY",
		"FREQ=MONTHLY;BYMONTHDAY=77",
		"INTERVAL=3",
		"FREQ=DAILY;BYHOUR=1,2",
		"RSCALE=CHINESE;FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1",
		"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
		"FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31",
	};
	yh_day start = ymd(2026, 1, 1);

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		struct yh_err err = { 0 };
		struct set s;

		if (spread(&s, bad[i], start, 1, start + 365, &err) != YH_BAD_INPUT)
			fail_msg("taken: %s", bad[i]);
		assert_string_equal(err.slug, "rrule-invalid");
		set_done(&s);
	}
}

static void a_window_lasts_a_day_to_ten_years(void **state)
{
	static const int64_t bad[] = { -1, 0, 3661, INT64_MAX };

	(void)state;
	for (size_t i = 0; i < YH_LEN(bad); i++) {
		struct yh_err err = { 0 };
		struct set s;

		assert_int_equal(spread(&s, NULL, DAY0, bad[i], DAY0 + 9, &err), YH_BAD_INPUT);
		assert_string_equal(err.slug, "window-length");
		set_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparing_agrees_with_a_walk_over_every_day),
		cmocka_unit_test(the_excess_is_that_of_the_worst_day),
		cmocka_unit_test(the_tightest_point_leaves_least_of_its_quota),
		cmocka_unit_test(exactly_twenty_percent_above_is_within),
		cmocka_unit_test(a_dimension_already_over_does_not_block_another),
		cmocka_unit_test(without_a_quota_nothing_is_within),
		cmocka_unit_test(a_sum_past_the_range_is_an_error_not_a_grant),
		cmocka_unit_test(a_quarter_end_window_opens_on_the_last_five_days),
		cmocka_unit_test(weekly_windows_open_on_their_weekdays),
		cmocka_unit_test(overlapping_occurrences_count_once),
		cmocka_unit_test(an_occurrence_that_began_earlier_still_counts),
		cmocka_unit_test(a_window_without_a_rule_opens_once),
		cmocka_unit_test(a_rule_counts_and_ends_as_it_says),
		cmocka_unit_test(rules_that_are_none_are_named),
		cmocka_unit_test(a_window_lasts_a_day_to_ten_years),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
