/* How often somebody may ask. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "http/limit.h"

static unsigned taken(struct yh_limit *l, unsigned char who, int64_t at_ms, unsigned tries)
{
	unsigned char key[YH_LIMIT_KEY] = { who };
	int64_t wait_s;
	unsigned n = 0;

	for (unsigned i = 0; i < tries; i++)
		n += yh_limit_take(l, key, at_ms, &wait_s);
	return n;
}

static void a_minute_gives_what_it_says_and_a_quarter_of_it_at_once(void **state)
{
	struct yh_limit l;
	unsigned char key[YH_LIMIT_KEY] = { 1 };
	int64_t wait_s;
	unsigned n = 0;

	(void)state;
	assert_true(yh_limit_init(&l, 120));
	assert_int_equal(taken(&l, 1, 1000, 100), 30);
	assert_false(yh_limit_take(&l, key, 1000, &wait_s));
	assert_int_equal(wait_s, 1);
	assert_int_equal(taken(&l, 2, 1000, 100), 30);
	/* asked a thousand times a second it still gives two a second */
	for (int64_t ms = 1000; ms < 61000; ms++)
		n += taken(&l, 1, ms, 1);
	assert_in_range(n, 119, 120);
	yh_limit_done(&l);
}

static void what_is_charged_by_its_end_may_go_beyond_and_is_waited_for(void **state)
{
	struct yh_limit l;
	unsigned char key[YH_LIMIT_KEY] = { 1 };
	int64_t wait_s;

	(void)state;
	assert_true(yh_limit_init(&l, 60));
	for (unsigned i = 0; i < 1000; i++)
		assert_true(yh_limit_look(&l, key, 1000, &wait_s));
	for (unsigned i = 0; i < 45; i++)
		yh_limit_charge(&l, key, 1000);
	assert_false(yh_limit_look(&l, key, 1000, &wait_s));
	assert_int_equal(wait_s, 32);
	assert_false(yh_limit_look(&l, key, 30000, &wait_s));
	assert_true(yh_limit_look(&l, key, 32500, &wait_s));
	yh_limit_done(&l);
}

static void no_limit_is_no_limit(void **state)
{
	struct yh_limit l;

	(void)state;
	assert_true(yh_limit_init(&l, 0));
	assert_int_equal(taken(&l, 1, 1, 100000), 100000);
	yh_limit_done(&l);
}

/* More strangers than there is room for do not free the one that asks most. */
static void who_asks_most_is_not_forgotten_for_strangers(void **state)
{
	struct yh_limit l;
	int64_t wait_s;

	(void)state;
	assert_true(yh_limit_init(&l, 60));
	assert_int_equal(taken(&l, 1, 1000, 100), 15);
	for (uint32_t i = 0; i < 100000; i++) {
		unsigned char key[YH_LIMIT_KEY] = { 9 };

		memcpy(key + 4, &i, sizeof i);
		(void)yh_limit_take(&l, key, 1000, &wait_s);
	}
	assert_int_equal(taken(&l, 1, 1000, 100), 0);
	yh_limit_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minute_gives_what_it_says_and_a_quarter_of_it_at_once),
		cmocka_unit_test(what_is_charged_by_its_end_may_go_beyond_and_is_waited_for),
		cmocka_unit_test(no_limit_is_no_limit),
		cmocka_unit_test(who_asks_most_is_not_forgotten_for_strangers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
