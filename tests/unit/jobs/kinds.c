/* The table of job kinds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "jobs/kinds.h"
#include "store/job.h"

static void kinds_are_sorted_named_once_and_fit_their_column(void **state)
{
	size_t n;
	const struct yh_job_kind *k = yh_job_kinds(&n);
	struct yh_job_row row;

	(void)state;
	assert_true(n > 0);
	for (size_t i = 0; i < n; i++) {
		assert_true(strlen(k[i].name) < sizeof row.kind);
		assert_true((k[i].run != NULL) + (k[i].at_length != NULL) == 1);
		assert_true(i == 0 || strcmp(k[i - 1].name, k[i].name) < 0);
	}
}

static void a_kind_is_found_by_its_whole_name_only(void **state)
{
	size_t n;
	const struct yh_job_kind *k = yh_job_kinds(&n);
	const struct yh_jobs_config own = { 0 };

	(void)state;
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(yh_job_kind_of(&own, k[i].name), &k[i]);
	assert_null(yh_job_kind_of(&own, "case"));
	assert_null(yh_job_kind_of(&own, "case.lapse "));
	assert_null(yh_job_kind_of(&own, ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_sorted_named_once_and_fit_their_column),
		cmocka_unit_test(a_kind_is_found_by_its_whole_name_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
