/* What the use of a month costs: by hand, to the fen. tests/unit/law/rating_oracle.py goes through
 * what nobody would think of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "law/rating.h"

#define STEPS(...)                                                                                 \
	(const struct yh_price_step[])                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

enum { DAY = 86400 };

static struct yh_rating month_of(int year, int month, int month_days, int year_days)
{
	const struct yh_period_rules rules = { month_days, year_days };
	struct yh_rating r;

	assert_int_equal(yh_rating_init(&r, year, month, &rules, NULL), YH_OK);
	return r;
}

static int64_t fen_of(const struct yh_rating *r, yh_amount sum)
{
	int64_t fen;

	assert_int_equal(yh_rating_fen(r, sum, YH_FACTOR_ONE, &fen, NULL), YH_OK);
	return fen;
}

static int64_t held(const struct yh_rating *r, const struct yh_tariff *t, int64_t qty_milli,
		    int64_t seconds)
{
	yh_amount sum = 0;

	assert_int_equal(yh_tariff_check(t, NULL), YH_OK);
	assert_int_equal(yh_rating_add_time(r, t, qty_milli, seconds, &sum, NULL), YH_OK);
	return fen_of(r, sum);
}

static int64_t used(const struct yh_rating *r, struct yh_use_part *parts, size_t n)
{
	yh_amount sum = 0, of_parts = 0;

	assert_int_equal(yh_rating_add_use(r, parts, n, &sum, NULL), YH_OK);
	for (size_t i = 0; i < n; i++)
		of_parts += parts[i].amount;
	assert_true(of_parts == sum);
	return fen_of(r, sum);
}

static int64_t used_at_once(const struct yh_rating *r, const struct yh_tariff *t, int64_t qty_milli)
{
	struct yh_use_part part = { t, qty_milli, r->to_s - r->from_s, 0 };

	return used(r, &part, 1);
}

static void words_of_tariffs_are_known_or_refused(void **state)
{
	enum yh_per per;
	enum yh_mode mode;

	(void)state;
	assert_true(yh_per_parse("hour", &per) && per == YH_PER_HOUR);
	assert_true(yh_per_parse("use", &per) && per == YH_PER_USE);
	assert_false(yh_per_parse("minute", &per));
	assert_true(yh_mode_parse("flat", &mode) && mode == YH_MODE_FLAT);
	assert_true(yh_mode_parse("package", &mode) && mode == YH_MODE_PACKAGE);
	assert_false(yh_mode_parse("", &mode));
}

static void a_tariff_without_a_price_is_refused(void **state)
{
	static const struct yh_price_step late[] = { { 1, 5 } }, back[] = { { 0, 5 }, { 0, 4 } },
					  less[] = { { 0, -1 } },
					  half[] = { { 0, 5 }, { 1500, 4 } };
	static const struct {
		struct yh_tariff t;
		const char *what;
	} bad[] = {
		{ { .steps = late, .n_steps = 0 }, "steps" },
		{ { .steps = late, .n_steps = 1 }, "steps" },
		{ { .mode = YH_MODE_VOLUME, .steps = back, .n_steps = 2 }, "steps" },
		{ { .mode = YH_MODE_FLAT, .steps = half, .n_steps = 2 }, "steps" },
		{ { .steps = less, .n_steps = 1 }, "price" },
		{ { .steps = half, .n_steps = 1, .free_milli = -1 }, "free" },
		{ { .steps = half, .n_steps = 1, .minimum_e6 = -1 }, "minimum" },
		{ { .mode = YH_MODE_PACKAGE, .steps = half, .n_steps = 1 }, "package" },
		{ { .mode = YH_MODE_PACKAGE, .steps = half, .n_steps = 2, .package_milli = 1 },
		  "steps" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct yh_err err = { 0 };

		assert_int_equal(yh_tariff_check(&bad[i].t, &err), YH_BAD_INPUT);
		assert_string_equal(err.slug, "tariff-invalid");
		assert_string_equal(err.figs[0].text, bad[i].what);
	}
}

static void months_and_years_are_as_long_as_the_pack_says(void **state)
{
	const struct yh_rating feb = month_of(2028, 2, 0, 0), oct = month_of(2026, 10, 30, -1),
			       plain = month_of(2100, 2, 0, 365);

	(void)state;
	assert_int_equal(feb.to_s - feb.from_s, 29 * DAY);
	assert_int_equal(feb.period_s[YH_PER_MONTH], 29 * DAY);
	assert_int_equal(feb.period_s[YH_PER_YEAR], 366 * DAY);
	assert_int_equal(oct.from_s, 1790784000); /* 2026-10-01 in Shanghai */
	assert_int_equal(oct.to_s - oct.from_s, 31 * DAY);
	assert_int_equal(oct.period_s[YH_PER_MONTH], 30 * DAY);
	assert_int_equal(oct.period_s[YH_PER_YEAR], 360 * DAY);
	assert_int_equal(plain.period_s[YH_PER_MONTH], 28 * DAY);
	assert_int_equal(plain.period_s[YH_PER_YEAR], 365 * DAY);
	for (int i = 0; i < 4; i++)
		assert_int_equal(oct.unit % oct.period_s[i], 0);
	assert_int_equal(oct.unit % (oct.to_s - oct.from_s), 0);
}

static void months_that_are_none_and_unknown_rules_are_refused(void **state)
{
	static const struct yh_period_rules rules[] = {
		{ 31, 0 }, { -1, 0 }, { 0, 366 }, { 0, -2 }
	};
	struct yh_err err = { 0 };
	struct yh_rating r;

	(void)state;
	assert_int_equal(yh_rating_init(&r, 2026, 13, &rules[0], &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "month-invalid");
	assert_int_equal(yh_rating_init(&r, 2026, 0, &rules[0], NULL), YH_BAD_INPUT);
	assert_int_equal(yh_rating_init(&r, 1999, 1, &rules[0], NULL), YH_BAD_INPUT);
	assert_int_equal(yh_rating_init(&r, 10000, 1, &rules[0], NULL), YH_BAD_INPUT);
	for (size_t i = 0; i < 4; i++) {
		yh_err_clear(&err);
		assert_int_equal(yh_rating_init(&r, 2026, 1, &rules[i], &err), YH_BAD_INPUT);
		assert_string_equal(err.slug, "period-rules-invalid");
	}
}

static void seconds_are_clipped_to_the_month_and_neighbours_share_none(void **state)
{
	const struct yh_rating r = month_of(2026, 10, 0, 0);
	const yh_time from = r.from_s * YH_US_PER_S, to = r.to_s * YH_US_PER_S;

	(void)state;
	assert_int_equal(yh_rating_seconds(&r, from, to), 31 * DAY);
	assert_int_equal(yh_rating_seconds(&r, from - 1, to + 1), 31 * DAY);
	assert_int_equal(yh_rating_seconds(&r, from - YH_US_PER_DAY, 0), 31 * DAY);
	assert_int_equal(yh_rating_seconds(&r, to, 0), 0);
	assert_int_equal(yh_rating_seconds(&r, 1, from), 0);
	assert_int_equal(yh_rating_seconds(&r, from + 999999, from + 1000000), 1);
	assert_int_equal(yh_rating_seconds(&r, from + 100, from + 999999), 0);
	assert_int_equal(yh_rating_seconds(&r, from + 5000000, from + 2000000), 0);
	assert_int_equal(yh_rating_seconds(&r, from, from + 1500000) +
				 yh_rating_seconds(&r, from + 1500000, from + 3999999),
			 3);
	assert_int_equal(yh_rating_seconds(&r, -1, from + 1000000), 1);
}

/* proves A27.1 */
static void an_interval_pays_its_share_of_the_period(void **state)
{
	const struct yh_rating r = month_of(2026, 10, 0, 0);
	struct yh_tariff t = { .steps = STEPS({ 0, 1000000 }), .n_steps = 1 };

	(void)state;
	assert_int_equal(held(&r, &t, 2000, 5400), 300); /* 2 units, 1.5 h, 1 yuan an hour */
	t.per = YH_PER_DAY;
	assert_int_equal(held(&r, &t, 1000, DAY / 2), 50);
	t.per = YH_PER_MONTH;
	assert_int_equal(held(&r, &t, 1000, 31 * DAY), 100);
	assert_int_equal(held(&r, &t, 31000, DAY), 100);
	t.per = YH_PER_YEAR;
	assert_int_equal(held(&r, &t, 365000, 31 * DAY), 3100);
	assert_int_equal(held(&r, &t, 0, 31 * DAY), 0);
	assert_int_equal(held(&r, &t, 5000, 0), 0);
}

static const struct yh_price_step two[] = { { 0, 1000000 }, { 5000, 600000 } };

static void steps_count_each_for_itself_or_for_the_whole(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	struct yh_tariff t = { YH_PER_MONTH, YH_MODE_GRADUATED, two, 2, 0, 0, 0 };

	(void)state;
	assert_int_equal(held(&r, &t, 5000, 30 * DAY), 500);
	assert_int_equal(held(&r, &t, 7000, 30 * DAY), 620);
	t.mode = YH_MODE_VOLUME;
	assert_int_equal(held(&r, &t, 4999, 30 * DAY), 500); /* 4.999: half up from 499.9 */
	assert_int_equal(held(&r, &t, 5000, 30 * DAY), 300);
	assert_int_equal(held(&r, &t, 7000, 30 * DAY), 420);
}

static void the_free_part_comes_off_first_and_the_minimum_is_kept(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	const struct yh_tariff t = { YH_PER_MONTH, YH_MODE_GRADUATED, two, 2, 2000, 3000000, 0 };

	(void)state;
	assert_int_equal(held(&r, &t, 1000, 30 * DAY), 300); /* all free, but for the minimum */
	assert_int_equal(held(&r, &t, 4000, 30 * DAY), 300);
	assert_int_equal(held(&r, &t, 9000, 30 * DAY), 620); /* 7 of it are paid for */
	assert_int_equal(held(&r, &t, 1000, 10 * DAY),
			 100); /* a third of the time, of the minimum */
	assert_int_equal(held(&r, &t, 0, 30 * DAY), 0);
}

static void begun_packages_are_whole_and_the_steps_count_them(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	struct yh_tariff t = { .per = YH_PER_USE,
			       .mode = YH_MODE_PACKAGE,
			       .steps = STEPS({ 0, 5000000 }, { 2000, 3000000 }),
			       .n_steps = 2,
			       .package_milli = 10000 };

	(void)state;
	assert_int_equal(used_at_once(&r, &t, 1), 500);
	assert_int_equal(used_at_once(&r, &t, 10000), 500);
	assert_int_equal(used_at_once(&r, &t, 10001), 1000);
	assert_int_equal(used_at_once(&r, &t, 20001), 1300);
	t.free_milli = 1;
	assert_int_equal(used_at_once(&r, &t, 20001), 1000);
	t.per = YH_PER_MONTH;
	assert_int_equal(held(&r, &t, 20001, 15 * DAY), 500);
}

static void a_months_use_climbs_the_steps_over_all_editions(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	struct yh_tariff old = { YH_PER_USE, YH_MODE_GRADUATED, two, 2, 1000, 0, 0 };
	struct yh_tariff new = { .per = YH_PER_USE,
				 .mode = YH_MODE_GRADUATED,
				 .steps = STEPS({ 0, 2000000 }, { 5000, 1000000 }),
				 .n_steps = 2,
				 .free_milli = 1000 };
	struct yh_use_part parts[] = { { &old, 4000, 10 * DAY, 0 }, { &new, 4000, 20 * DAY, 0 } };

	(void)state;
	/* 3 at 1; then 2 at 2 and 2 at 1 */
	assert_int_equal(used(&r, parts, 2), 300 + 600);
	old.mode = new.mode = YH_MODE_VOLUME;
	/* 7 in all reach the second step of either: 3 at 0.6, 4 at 1 */
	assert_int_equal(used(&r, parts, 2), 180 + 400);
}

static void one_edition_in_two_parts_costs_what_it_costs_in_one(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	struct yh_tariff t = { YH_PER_USE, YH_MODE_FLAT, two, 1, 1500, 9000000, 3000 };

	(void)state;
	for (int mode = YH_MODE_FLAT; mode <= YH_MODE_PACKAGE; mode++)
		for (int64_t first = 0; first <= 12000; first += 500) {
			struct yh_use_part parts[] = { { &t, first, 7 * DAY, 0 },
						       { &t, 12000 - first, 23 * DAY, 0 } };

			t.mode = (enum yh_mode)mode;
			t.n_steps = mode == YH_MODE_FLAT || mode == YH_MODE_PACKAGE ? 1 : 2;
			assert_int_equal(used(&r, parts, 2), used_at_once(&r, &t, 12000));
		}
}

static void the_minimum_of_use_is_the_months_and_only_for_who_used(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	struct yh_tariff a = { YH_PER_USE, YH_MODE_FLAT, two, 1, 0, 3000000, 0 }, b = a;
	struct yh_use_part parts[] = { { &a, 1000, 10 * DAY, 0 }, { &b, 0, 20 * DAY, 0 } };

	(void)state;
	b.minimum_e6 = 6000000;
	assert_int_equal(used(&r, parts, 2),
			 500); /* a third of 3 and two of 6, more than the 1 used */
	assert_true(parts[0].amount * 4 == parts[1].amount);
	parts[0].qty_milli = 6000;
	assert_int_equal(used(&r, parts, 2), 600);
	parts[0].qty_milli = 0;
	assert_int_equal(used(&r, parts, 2), 0);
	assert_int_equal(used(&r, NULL, 0), 0);
}

/* proves A27.2 */
static void a_half_fen_goes_to_the_even_one(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	const yh_amount half = (yh_amount)r.unit * 5000000;

	(void)state;
	assert_int_equal(fen_of(&r, half), 0);
	assert_int_equal(fen_of(&r, 3 * half), 2);
	assert_int_equal(fen_of(&r, 5 * half), 2);
	assert_int_equal(fen_of(&r, half + 1), 1);
	assert_int_equal(fen_of(&r, 3 * half - 1), 1);
	assert_int_equal(fen_of(&r, -half), 0);
	assert_int_equal(fen_of(&r, -half - 1), -1);
	assert_int_equal(fen_of(&r, -3 * half), -2);
}

/* proves A27.1, A27.2 */
static void the_factor_is_taken_before_the_one_rounding(void **state)
{
	const struct yh_rating r = month_of(2026, 9, 0, 0);
	const yh_amount fen = (yh_amount)r.unit * 10000000;
	int64_t out;

	(void)state;
	assert_int_equal(yh_rating_fen(&r, 100 * fen, 955000, &out, NULL), YH_OK);
	assert_int_equal(out, 96); /* 95.5 */
	assert_int_equal(yh_rating_fen(&r, 100 * fen - 1, 955000, &out, NULL), YH_OK);
	assert_int_equal(out, 95);
	assert_int_equal(yh_rating_fen(&r, fen * 104 / 10, 910000, &out, NULL), YH_OK);
	assert_int_equal(out, 9); /* 9.464; rounded before: 9.1 */
	assert_int_equal(yh_rating_fen(&r, fen * 14 / 10, 1100000, &out, NULL), YH_OK);
	assert_int_equal(out, 2); /* 1.54; rounded before: 1.1 */
	assert_int_equal(yh_rating_fen(&r, fen, 0, &out, NULL), YH_OK);
	assert_int_equal(out, 0);
	assert_int_equal(yh_rating_fen(&r, fen, -1, &out, NULL), YH_BAD_INPUT);
}

static void what_cannot_be_counted_is_refused_and_changes_nothing(void **state)
{
	const struct yh_rating r = month_of(2026, 10, 0, 0);
	struct yh_tariff t = { .per = YH_PER_HOUR,
			       .mode = YH_MODE_FLAT,
			       .steps = STEPS({ 0, INT64_MAX }),
			       .n_steps = 1,
			       .package_milli = 1 };
	struct yh_use_part parts[] = { { &t, INT64_MAX, 1, 0 }, { &t, 1, 1, 0 } };
	struct yh_err err = { 0 };
	yh_amount sum = 7;
	int64_t fen;

	(void)state;
	assert_int_equal(yh_rating_add_time(&r, &t, INT64_MAX, 31 * DAY, &sum, &err), YH_TOO_LARGE);
	assert_string_equal(err.slug, "amount-out-of-range");
	assert_int_equal(yh_rating_add_time(&r, &t, 1000, INT64_MAX, &sum, NULL), YH_TOO_LARGE);
	assert_int_equal(yh_rating_add_time(&r, &t, -1, 5, &sum, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_rating_add_time(&r, &t, 1, -5, &sum, NULL), YH_BAD_INPUT);
	t.mode = YH_MODE_PACKAGE;
	assert_int_equal(yh_rating_add_time(&r, &t, INT64_MAX, 1, &sum, NULL), YH_TOO_LARGE);
	assert_int_equal(yh_rating_add_use(&r, parts, 1, &sum, NULL), YH_BAD_INPUT);
	t.per = YH_PER_USE;
	assert_int_equal(yh_rating_add_time(&r, &t, 1, 1, &sum, NULL), YH_BAD_INPUT);
	assert_int_equal(yh_rating_add_use(&r, parts, 2, &sum, NULL), YH_TOO_LARGE);
	t.mode = YH_MODE_FLAT;
	assert_int_equal(yh_rating_add_use(&r, parts, 1, &sum, NULL), YH_TOO_LARGE);
	parts[0].qty_milli = -1;
	assert_int_equal(yh_rating_add_use(&r, parts, 2, &sum, NULL), YH_BAD_INPUT);
	assert_true(sum == 7);
	sum = (yh_amount)INT64_MAX * r.unit * 10000000;
	assert_int_equal(yh_rating_fen(&r, sum, YH_FACTOR_ONE, &fen, NULL), YH_OK);
	assert_true(fen == INT64_MAX);
	assert_int_equal(yh_rating_fen(&r, sum, YH_FACTOR_ONE + 1, &fen, NULL), YH_TOO_LARGE);
	assert_int_equal(yh_rating_fen(&r, -sum, YH_FACTOR_ONE, &fen, NULL), YH_OK);
	assert_true(fen == -INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_tariffs_are_known_or_refused),
		cmocka_unit_test(a_tariff_without_a_price_is_refused),
		cmocka_unit_test(months_and_years_are_as_long_as_the_pack_says),
		cmocka_unit_test(months_that_are_none_and_unknown_rules_are_refused),
		cmocka_unit_test(seconds_are_clipped_to_the_month_and_neighbours_share_none),
		cmocka_unit_test(an_interval_pays_its_share_of_the_period),
		cmocka_unit_test(steps_count_each_for_itself_or_for_the_whole),
		cmocka_unit_test(the_free_part_comes_off_first_and_the_minimum_is_kept),
		cmocka_unit_test(begun_packages_are_whole_and_the_steps_count_them),
		cmocka_unit_test(a_months_use_climbs_the_steps_over_all_editions),
		cmocka_unit_test(one_edition_in_two_parts_costs_what_it_costs_in_one),
		cmocka_unit_test(the_minimum_of_use_is_the_months_and_only_for_who_used),
		cmocka_unit_test(a_half_fen_goes_to_the_even_one),
		cmocka_unit_test(the_factor_is_taken_before_the_one_rounding),
		cmocka_unit_test(what_cannot_be_counted_is_refused_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
