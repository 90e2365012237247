/* What a size costs a month; and the smaller size that would have been enough. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "law/sizing.h"

static int64_t fen(const struct yh_tariff *t, int64_t qty_milli)
{
	yh_amount exact;
	int64_t out;

	assert_true(yh_size_price(t, qty_milli, &exact, &out));
	return out;
}

static void a_month_is_thirty_days_and_a_year_is_twelve_months(void **state)
{
	static const struct yh_price_step one[] = { { 0, 1000000 } };
	struct yh_tariff t = { .mode = YH_MODE_FLAT, .steps = one, .n_steps = 1 };
	yh_amount exact;
	int64_t out;

	(void)state;
	t.per = YH_PER_HOUR;
	assert_int_equal(fen(&t, 1000), 72000);
	t.per = YH_PER_DAY;
	assert_int_equal(fen(&t, 1000), 3000);
	t.per = YH_PER_MONTH;
	assert_int_equal(fen(&t, 2500), 250);
	t.per = YH_PER_YEAR;
	assert_int_equal(fen(&t, 12000), 100);
	assert_int_equal(fen(&t, 1000), 8); /* 8.333 */
	t.per = YH_PER_USE;
	assert_false(yh_size_price(&t, 1000, &exact, &out));
	t.per = YH_PER_MONTH;
	t.n_steps = 0;
	assert_false(yh_size_price(&t, 1000, &exact, &out));
}

/* ---- sizes ---- */

#define FLAT(e6)                                                                                   \
	{                                                                                          \
		.per = YH_PER_MONTH, .mode = YH_MODE_FLAT,                                         \
		.steps = (const struct yh_price_step[]){ { 0, e6 } }, .n_steps = 1                 \
	}
static const struct yh_size_dim d1[] = { { "vcpu", 1000 }, { "mem", 2000 } };
static const struct yh_size_dim d2[] = { { "vcpu", 2000 }, { "mem", 4000 } };
static const struct yh_size_dim d4[] = { { "vcpu", 4000 }, { "mem", 8000 } };
static const struct yh_size_dim wide[] = { { "vcpu", 2000 }, { "mem", 16000 } };
static const struct yh_size_dim disk[] = { { "gib", 1000 } };
static const struct yh_size_item shelf[] = {
	{ "vm1", "1", "x86", 1000, FLAT(100000000), d1, 2 },
	{ "vm2", "2", "x86", 1000, FLAT(170000000), d2, 2 },
	{ "vm4", "4", "x86", 1000, FLAT(320000000), d4, 2 },
	{ "arm1", "a", "arm", 1000, FLAT(10000000), d1, 2 },
	{ "wide", "w", "x86", 1000, FLAT(20000000), wide, 2 },
	{ "ssd", "s", "ssd", 10000, FLAT(800000), disk, 1 },
	{ "hdd", "h", "ssd", 10000, FLAT(200000), disk, 1 },
};
enum { VM4 = 2, SSD = 5 };

static bool choose(size_t now, int64_t qty, int64_t vcpu, int64_t mem, struct yh_size_choice *c)
{
	const struct yh_size_need needs[] = { { "vcpu", vcpu }, { "mem", mem } };

	return yh_size_choose(shelf, 7, now, qty, needs, 2, c);
}

static void the_cheapest_size_that_holds_every_need_is_chosen(void **state)
{
	struct yh_size_choice c;

	(void)state;
	assert_true(choose(VM4, 1000, 900, 1900, &c));
	assert_string_equal(shelf[c.item].code, "vm1");
	assert_int_equal(c.saves_fen, 22000);
	assert_true(choose(VM4, 1000, 1000, 2000, &c));
	assert_string_equal(shelf[c.item].code, "vm1");
	assert_true(choose(VM4, 1000, 1001, 2000, &c));
	assert_string_equal(shelf[c.item].code, "vm2");
	assert_true(choose(VM4, 1000, 100, 4000, &c));
	assert_string_equal(shelf[c.item].code, "vm2");
	assert_int_equal(c.then_fen, 17000);
	assert_false(choose(VM4, 1000, 2001, 1000, &c));
}

static void another_family_or_a_size_larger_anywhere_is_no_smaller_size(void **state)
{
	struct yh_size_choice c;

	(void)state;
	/* arm1 and wide are far cheaper */
	assert_true(choose(VM4, 1000, 100, 100, &c));
	assert_string_equal(shelf[c.item].code, "vm1");
}

static void one_machine_does_not_become_two_and_several_may_become_fewer(void **state)
{
	struct yh_size_choice c;

	(void)state;
	assert_false(choose(VM4, 1000, 3000, 6000, &c));
	assert_true(choose(VM4, 3000, 5000, 10000, &c));
	assert_string_equal(shelf[c.item].code, "vm2"); /* 3 of vm2: 510 for 640 of vm4 */
	assert_int_equal(c.qty_milli, 3000);
}

static void storage_shrinks_by_orderable_steps_and_stays_what_it_is(void **state)
{
	const struct yh_size_need need = { "gib", 41000 };
	struct yh_size_choice c;

	(void)state;
	assert_true(yh_size_choose(shelf, 7, SSD, 100000, &need, 1, &c));
	assert_string_equal(shelf[c.item].code, "ssd");
	assert_int_equal(c.qty_milli, 50000);
	assert_int_equal(c.saves_fen, 4000);
	/* nothing is known of a dimension: it keeps what it has */
	assert_false(yh_size_choose(shelf, 7, SSD, 100000, NULL, 0, &c));
}

/* Every orderable size of the family, tried one by one. */
static int64_t best_of_all(int64_t qty, int64_t vcpu, int64_t mem)
{
	static const size_t family[] = { 0, 1, 2, 4 };
	int64_t best = INT64_MAX;

	for (size_t k = 0; k < 4; k++)
		for (int64_t q = 1000; q <= qty; q += 1000) {
			const struct yh_size_item *i = &shelf[family[k]];
			int64_t v = i->dims[0].qty_milli * q / 1000;
			int64_t m = i->dims[1].qty_milli * q / 1000;

			if (v >= vcpu && m >= mem && v <= 4 * qty && m <= 8 * qty &&
			    fen(&i->tariff, q) < best)
				best = fen(&i->tariff, q);
		}
	return best;
}

static void no_choice_is_dearer_or_smaller_than_the_best_of_all(void **state)
{
	(void)state;
	for (int64_t vcpu = 0; vcpu <= 13000; vcpu += 250)
		for (int64_t qty = 1000; qty <= 3000; qty += 1000) {
			int64_t best = best_of_all(qty, vcpu, vcpu * 3 / 2);
			struct yh_size_choice c;
			bool found = choose(VM4, qty, vcpu, vcpu * 3 / 2, &c);

			assert_int_equal(found, best < fen(&shelf[VM4].tariff, qty));
			if (found)
				assert_int_equal(c.then_fen, best);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month_is_thirty_days_and_a_year_is_twelve_months),
		cmocka_unit_test(the_cheapest_size_that_holds_every_need_is_chosen),
		cmocka_unit_test(another_family_or_a_size_larger_anywhere_is_no_smaller_size),
		cmocka_unit_test(one_machine_does_not_become_two_and_several_may_become_fewer),
		cmocka_unit_test(storage_shrinks_by_orderable_steps_and_stays_what_it_is),
		cmocka_unit_test(no_choice_is_dearer_or_smaller_than_the_best_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
