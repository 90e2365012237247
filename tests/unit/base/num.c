/* Scaled numbers as text, and the JSON they stand in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/num.h"

static const char *text_of(int64_t v, unsigned scale)
{
	static char out[YH_SCALED_TEXT];

	return yh_scaled_text(v, scale, out);
}

static void zeros_at_the_end_of_a_fraction_are_left_out_and_no_others(void **state)
{
	(void)state;
	assert_string_equal(text_of(0, 0), "0");
	assert_string_equal(text_of(0, 6), "0");
	assert_string_equal(text_of(100, 0), "100");
	assert_string_equal(text_of(100, 2), "1");
	assert_string_equal(text_of(100000, 2), "1000");
	assert_string_equal(text_of(5, 3), "0.005");
	assert_string_equal(text_of(-5, 3), "-0.005");
	assert_string_equal(text_of(-120, 2), "-1.2");
	assert_string_equal(text_of(1000001, 6), "1.000001");
	assert_string_equal(text_of(INT64_MAX, 6), "9223372036854.775807");
	assert_string_equal(text_of(INT64_MIN, 0), "-9223372036854775808");
}

static void what_is_written_is_read_as_the_same_number(void **state)
{
	int64_t v = 1;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		for (unsigned scale = 0; scale <= 9; scale++) {
			int64_t back;

			assert_int_equal(yh_scaled_parse(text_of(v, scale), scale, &back, NULL),
					 YH_OK);
			assert_true(back == v);
		}
		v = (int64_t)((uint64_t)v * 6364136223846793005 + 1442695040888963407) >> (i % 50);
	}
}

static void json_escapes_what_it_must_and_keeps_the_rest(void **state)
{
	struct yh_buf b;
	struct yh_jw w;

	(void)state;
	yh_buf_init(&b, 1000);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	yh_jw_int(&w, "n", INT64_MIN);
	yh_jw_scaled(&w, "yuan", -1050, 2);
	yh_jw_str(&w, "text", "云\x7F \"a\\b\"\n\x01");
	yh_jw_str(&w, "bad", "a\xC3(\xFF");
	yh_jw_end_obj(&w);
	assert_string_equal(yh_buf_text(&b), "{\"n\":-9223372036854775808,\"yuan\":\"-10.5\","
					     "\"text\":\"云\x7F \\\"a\\\\b\\\"\\n\\u0001\","
					     "\"bad\":\"a\xEF\xBF\xBD(\xEF\xBF\xBD\"}");
	yh_buf_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeros_at_the_end_of_a_fraction_are_left_out_and_no_others),
		cmocka_unit_test(what_is_written_is_read_as_the_same_number),
		cmocka_unit_test(json_escapes_what_it_must_and_keeps_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
