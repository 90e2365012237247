/* How often a district calls when it has nothing to send. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "link/internal.h"
#include "link/lag.h"

static void news_are_fetched_at_once_while_they_come_and_rarely_when_none_do(void **state)
{
	int64_t calls = 0, last = 0;

	(void)state;
	assert_int_equal(yh_link_period_ms(0), LINK_TICK_MS);
	assert_int_equal(yh_link_period_ms(LINK_LIVELY_MS), 1000);
	for (int64_t quiet = 0; quiet < YH_US_PER_DAY / 1000; quiet += last, calls++) {
		int64_t period = yh_link_period_ms(quiet);

		assert_true(period >= last);
		last = period;
	}
	assert_int_equal(last, LINK_POLL_MOST_MS);
	assert_true(calls <
		    86400 / 4); /* of a day: one in five seconds, and some at its beginning */
}

/* Else a district with nothing to say would be shown as one that is not heard any more. */
static void who_calls_rarely_is_heard_in_time(void **state)
{
	(void)state;
	assert_true(LINK_HEARD_S * 1000 < LINK_POLL_MOST_MS);
	assert_true(2 * LINK_POLL_MOST_MS < YH_LINK_QUIET_S * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_are_fetched_at_once_while_they_come_and_rarely_when_none_do),
		cmocka_unit_test(who_calls_rarely_is_heard_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
