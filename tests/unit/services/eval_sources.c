/* What facts come to, and the register of sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/evaluation/sources.h"

static const struct yh_source share = { .sum = YH_SOURCE_PERCENT };
static const struct yh_source metered = { .sum = YH_SOURCE_PERCENT, .metric = "m" };
static const struct yh_source count = { .sum = YH_SOURCE_COUNT };

static void nothing_is_unknown_as_a_share_and_zero_as_a_count(void **state)
{
	(void)state;
	assert_false(yh_facts_figure(&share, NULL, 0, 50).known);
	assert_true(yh_facts_figure(&count, NULL, 0, 50).known);
	assert_int_equal(yh_facts_figure(&count, NULL, 0, 50).num, 0);
}

/* proves S41 */
static void a_share_is_of_what_counts(void **state)
{
	const struct yh_eval_fact f[] = { { .num = 1, .den = 1, .counts = true },
					  { .num = 0, .den = 1, .counts = true },
					  { .num = 1, .den = 1 } };
	struct yh_eval_figure got = yh_facts_figure(&share, f, 3, 50);

	(void)state;
	assert_true(got.known);
	assert_int_equal(got.num, 100);
	assert_int_equal(got.den, 2);
	assert_int_equal(yh_facts_figure(&count, f, 3, 50).num, 1);
}

/* proves S41 */
static void a_metered_share_of_which_too_little_is_known_is_unknown(void **state)
{
	struct yh_eval_fact f[] = { { .num = 30, .den = 49, .counts = true }, { .den = 51 } };

	(void)state;
	assert_false(yh_facts_figure(&metered, f, 2, 50).known);
	f[0].den = 50;
	f[1].den = 50;
	assert_true(yh_facts_figure(&metered, f, 2, 50).known);
	assert_false(yh_facts_figure(&metered, f + 1, 1, 50).known);
}

static void a_figure_beyond_all_measure_is_refused_and_not_cut(void **state)
{
	const struct yh_eval_point p[] = { { 0, 0 } };
	const struct yh_eval_indicator i = { .points = p, .n_points = 1 };
	const struct yh_eval_fact f = { .num = YH_EVAL_FIGURE_MAX / 10,
					.den = YH_EVAL_FIGURE_MAX / 10,
					.counts = true };
	struct yh_eval_figure got = yh_facts_figure(&share, &f, 1, 50);
	int64_t s;

	(void)state;
	assert_int_equal(yh_eval_score(&i, &got, &s, NULL), YH_TOO_LARGE);
}

static void every_source_has_its_name_once_and_what_it_needs(void **state)
{
	size_t n;
	const struct yh_source *all = yh_sources(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(yh_source(all[i].name), &all[i]);
		assert_true(i == 0 || strcmp(all[i - 1].name, all[i].name) < 0);
		assert_true(strncmp(all[i].name, yh_eval_subject_name(all[i].subject),
				    strlen(yh_eval_subject_name(all[i].subject))) == 0);
		assert_non_null(all[i].read);
		assert_non_null(all[i].title.zh);
		assert_non_null(all[i].title.en);
	}
	assert_null(yh_source("unit.nothing"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_unknown_as_a_share_and_zero_as_a_count),
		cmocka_unit_test(a_share_is_of_what_counts),
		cmocka_unit_test(a_metered_share_of_which_too_little_is_known_is_unknown),
		cmocka_unit_test(a_figure_beyond_all_measure_is_refused_and_not_cut),
		cmocka_unit_test(every_source_has_its_name_once_and_what_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
