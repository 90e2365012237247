/* A machine's clock that jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "jobs/internal.h"

static const yh_time second = YH_US_PER_S;
static const yh_time start = INT64_C(1800000000) * YH_US_PER_S;

static void a_clock_that_goes_as_time_does_is_let_go(void **state)
{
	struct yh_clock_guard g = { 0 };

	(void)state;
	for (int64_t i = 0; i < 100; i++)
		assert_int_equal(
			yh_clock_guard(&g, start + i * 30 * 60 * second, i * 30 * 60 * second),
			YH_CLOCK_GOES);
	/* slewed by some minutes, as time servers do */
	assert_int_equal(yh_clock_guard(&g, g.wall + 10 * 60 * second, g.lived_us + second),
			 YH_CLOCK_GOES);
}

static void one_that_jumps_ahead_is_held_for_ten_minutes_and_then_believed(void **state)
{
	struct yh_clock_guard g = { 0 };
	yh_time ahead = start + 90 * YH_US_PER_DAY;

	(void)state;
	assert_int_equal(yh_clock_guard(&g, start, second), YH_CLOCK_GOES);
	assert_int_equal(yh_clock_guard(&g, ahead, 2 * second), YH_CLOCK_AHEAD);
	assert_int_equal(yh_clock_guard(&g, ahead + second, 3 * second), YH_CLOCK_HELD);
	assert_int_equal(yh_clock_guard(&g, ahead + 599 * second, 601 * second), YH_CLOCK_HELD);
	assert_int_equal(yh_clock_guard(&g, ahead + 600 * second, 602 * second), YH_CLOCK_GOES);
	assert_int_equal(yh_clock_guard(&g, ahead + 601 * second, 603 * second), YH_CLOCK_GOES);
}

static void put_right_meanwhile_it_goes_on_at_once(void **state)
{
	struct yh_clock_guard g = { 0 };

	(void)state;
	assert_int_equal(yh_clock_guard(&g, start, second), YH_CLOCK_GOES);
	assert_int_equal(yh_clock_guard(&g, start + YH_US_PER_DAY, 2 * second), YH_CLOCK_AHEAD);
	assert_int_equal(yh_clock_guard(&g, start + 2 * second, 3 * second), YH_CLOCK_BACK);
	assert_int_equal(yh_clock_guard(&g, start + 3 * second, 4 * second), YH_CLOCK_GOES);
}

static void a_machine_that_slept_has_not_jumped(void **state)
{
	struct yh_clock_guard g = { 0 };

	(void)state;
	assert_int_equal(yh_clock_guard(&g, start, second), YH_CLOCK_GOES);
	assert_int_equal(yh_clock_guard(&g, start + YH_US_PER_DAY, second + YH_US_PER_DAY),
			 YH_CLOCK_GOES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_clock_that_goes_as_time_does_is_let_go),
		cmocka_unit_test(one_that_jumps_ahead_is_held_for_ten_minutes_and_then_believed),
		cmocka_unit_test(put_right_meanwhile_it_goes_on_at_once),
		cmocka_unit_test(a_machine_that_slept_has_not_jumped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
