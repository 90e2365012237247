/* JSON, also when memory runs short; linked so that our objects' malloc comes by here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);

static int left = -1; /* allocations until one fails; -1: none does */

void *__wrap_malloc(size_t n)
{
	if (left == 0 || (left > 0 && --left == 0))
		return NULL;
	return __real_malloc(n);
}

static const char text[] = "{\"item\":\"vm-4c8g\",\"quantity\":\"1\",\"all\":[1,2.5,true,null,{}]}";

static void memory_that_runs_short_anywhere_is_not_called_a_bad_text(void **state)
{
	int n = 0;
	json_t *v;
	struct yh_err err;
	enum yh_rc rc;

	(void)state;
	do {
		err = (struct yh_err){ 0 };
		left = ++n;
		rc = yh_json_parse(text, strlen(text), &v, &err);
		left = -1;
		if (rc == YH_OK)
			break;
		assert_int_equal(rc, YH_TOO_LARGE);
		assert_string_equal(err.slug, "memory-short");
	} while (n < 1000);
	assert_int_equal(rc, YH_OK);
	assert_in_range(n, 10, 999);
	yh_json_put(&v);
}

static void a_bad_text_is_told_by_its_place_also_after_memory_was_short(void **state)
{
	json_t *v;
	struct yh_err err = { 0 };

	(void)state;
	left = 1;
	assert_int_equal(yh_json_parse(text, strlen(text), &v, &err), YH_TOO_LARGE);
	left = -1;
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_json_parse("{\n\"a\" 1}", 8, &v, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "json-invalid");
	assert_string_equal(err.field, "2:5");
}

static void the_figures_of_a_failure_inside_are_kept_and_not_told(void **state)
{
	struct yh_err err = { 0 };
	struct yh_buf kept;

	(void)state;
	(void)yh_fail(&err, YH_CONFLICT, "quota-exceeded");
	yh_err_text(&err, "unit", "a \"b\"");
	yh_err_milli(&err, "asked", 1500);
	assert_string_equal(yh_figures_told(&kept, &err),
			    "{\"unit\":\"a \\\"b\\\"\",\"asked\":1.5}");
	yh_buf_done(&kept);
	err.rc = YH_INTERNAL;
	assert_string_equal(yh_figures_told(&kept, &err), "{}");
	yh_buf_done(&kept);
	assert_string_equal(yh_figures_text(&kept, &err),
			    "{\"unit\":\"a \\\"b\\\"\",\"asked\":1.5}");
	yh_buf_done(&kept);
}

static void as_many_figures_as_there_can_be_are_a_whole_text(void **state)
{
	char worst[sizeof(((struct yh_fig *)NULL)->text)];
	struct yh_err err = { 0 };
	struct yh_buf kept;

	(void)state;
	memset(worst, 1, sizeof worst - 1);
	worst[sizeof worst - 1] = 0;
	(void)yh_fail(&err, YH_CONFLICT, "quota-exceeded");
	for (int i = 0; i < YH_ERR_FIGS; i++)
		yh_err_text(&err, "a-name-of-23-characters", worst);
	assert_true(strlen(yh_figures_text(&kept, &err)) > YH_ERR_FIGS * 6 * (sizeof worst - 1));
	yh_buf_done(&kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_that_runs_short_anywhere_is_not_called_a_bad_text),
		cmocka_unit_test(a_bad_text_is_told_by_its_place_also_after_memory_was_short),
		cmocka_unit_test(the_figures_of_a_failure_inside_are_kept_and_not_told),
		cmocka_unit_test(as_many_figures_as_there_can_be_are_a_whole_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
