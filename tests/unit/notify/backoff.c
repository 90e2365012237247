/* When to try again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notify/backoff.h"

static struct yh_id id_of(unsigned n)
{
	return (struct yh_id){ .b = { (unsigned char)n, (unsigned char)(n >> 8) } };
}

static void waits_double_from_half_a_minute_to_six_hours_give_or_take_a_quarter(void **state)
{
	(void)state;
	for (int64_t tries = 1; tries < 200; tries++)
		for (unsigned n = 0; n < 50; n++) {
			struct yh_id id = id_of(n);
			int64_t base = tries < 11 ? INT64_C(30) << (tries - 1) : 21600;
			int64_t us = yh_backoff_us(tries, &id);

			base = base < 21600 ? base : 21600;
			assert_true(us >= base * 3 * YH_US_PER_S / 4);
			assert_true(us <= base * 5 * YH_US_PER_S / 4);
		}
	assert_true(yh_backoff_us(INT64_MAX, &(struct yh_id){ .b = { 1 } }) <=
		    YH_BACKOFF_MOST_S * YH_US_PER_S * 5 / 4);
}

static void what_failed_together_does_not_come_back_together(void **state)
{
	int64_t low = INT64_MAX, high = 0;

	(void)state;
	for (unsigned n = 0; n < 1000; n++) {
		struct yh_id id = id_of(n);
		int64_t us = yh_backoff_us(5, &id);

		low = us < low ? us : low;
		high = us > high ? us : high;
	}
	/* of 480 seconds, most of the way between 360 and 600 */
	assert_true(low < 370 * YH_US_PER_S && high > 590 * YH_US_PER_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			waits_double_from_half_a_minute_to_six_hours_give_or_take_a_quarter),
		cmocka_unit_test(what_failed_together_does_not_come_back_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
