/* Rules of use: three values, what missing data means, what is too near to tell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "law/watch.h"

static const struct yh_condition below = { .main = { "m", YH_STAT_P95 },
					   .threshold_e6 = { 100000, NULL },
					   .coverage_milli = { 500, NULL } };
static const struct yh_condition peak = { .main = { "m", YH_STAT_MAX },
					  .threshold_e6 = { 100000, NULL },
					  .coverage_milli = { 500, NULL } };

static enum yh_holds hold(const struct yh_condition *c, bool has, double figure, int64_t coverage)
{
	const struct yh_reading r = { .has = has, .figure = figure, .coverage_milli = coverage };

	return yh_watch_hold(c, &r).holds;
}

static void missing_data_is_unknown_and_never_idle(void **state)
{
	(void)state;
	assert_int_equal(hold(&below, false, 0, 1000), YH_HOLDS_UNKNOWN);
	assert_int_equal(hold(&below, true, 0, 499), YH_HOLDS_UNKNOWN);
	assert_int_equal(hold(&below, true, 0.5, 499), YH_HOLDS_UNKNOWN);
	assert_int_equal(hold(&below, true, 0, 500), YH_HOLDS_YES);
	assert_int_equal(hold(&below, true, 0.0 / 0.0, 1000), YH_HOLDS_UNKNOWN);
}

static void below_means_strictly_below(void **state)
{
	(void)state;
	assert_int_equal(hold(&below, true, 0.1, 1000), YH_HOLDS_NO);
	assert_int_equal(hold(&below, true, 0.099999999, 1000), YH_HOLDS_YES);
}

static void a_peak_that_was_seen_settles_it_whatever_else_is_missing(void **state)
{
	(void)state;
	assert_int_equal(hold(&peak, true, 0.2, 1), YH_HOLDS_NO);
	assert_int_equal(hold(&peak, true, 0.05, 1), YH_HOLDS_UNKNOWN);
}

static void what_a_sketch_cannot_tell_apart_from_the_threshold_is_near(void **state)
{
	(void)state;
	assert_true(yh_watch_is_near(&below, 0.1));
	assert_true(yh_watch_is_near(&below, 0.1 * 63 / 64));
	assert_true(yh_watch_is_near(&below, 0.1 * 65 / 64));
	assert_false(yh_watch_is_near(&below, 0.097));
	assert_false(yh_watch_is_near(&below, 0.103));
}

static enum yh_judged judge(const char *all, const char *any)
{
	struct yh_rule rule = { 0 };
	struct yh_holding h[8];
	size_t n = 0;

	for (const char *c = all; *c; c++, rule.n_all++)
		h[n++].holds = *c == 'y'   ? YH_HOLDS_YES
			       : *c == 'n' ? YH_HOLDS_NO
					   : YH_HOLDS_UNKNOWN;
	for (const char *c = any; *c; c++, rule.n_any++)
		h[n++].holds = *c == 'y'   ? YH_HOLDS_YES
			       : *c == 'n' ? YH_HOLDS_NO
					   : YH_HOLDS_UNKNOWN;
	return yh_watch_judge(&rule, h);
}

static void one_condition_that_does_not_hold_settles_a_rule_before_what_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(judge("yy", ""), YH_JUDGED_FLAGGED);
	assert_int_equal(judge("y?", ""), YH_JUDGED_UNKNOWN);
	assert_int_equal(judge("n?", ""), YH_JUDGED_OK);
	assert_int_equal(judge("?n", ""), YH_JUDGED_OK);
	assert_int_equal(judge("", "ny"), YH_JUDGED_FLAGGED);
	assert_int_equal(judge("", "?y"), YH_JUDGED_FLAGGED);
	assert_int_equal(judge("", "?n"), YH_JUDGED_UNKNOWN);
	assert_int_equal(judge("", "nn"), YH_JUDGED_OK);
	assert_int_equal(judge("y", "n?"), YH_JUDGED_UNKNOWN);
	assert_int_equal(judge("n", "y"), YH_JUDGED_OK);
}

static void figures_are_compared_without_the_noise_of_their_sums(void **state)
{
	(void)state;
	assert_true(yh_watch_round(0.1 + 0.2) == 0.3);
	assert_true(yh_watch_round(1.0 / 3) == 0.333333333);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_data_is_unknown_and_never_idle),
		cmocka_unit_test(below_means_strictly_below),
		cmocka_unit_test(a_peak_that_was_seen_settles_it_whatever_else_is_missing),
		cmocka_unit_test(what_a_sketch_cannot_tell_apart_from_the_threshold_is_near),
		cmocka_unit_test(
			one_condition_that_does_not_hold_settles_a_rule_before_what_is_unknown),
		cmocka_unit_test(figures_are_compared_without_the_noise_of_their_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
