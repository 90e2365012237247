/* The algorithms are those of the standards: their own examples, and what is asked at every start.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"

static const char *sm3_hex(const char *text)
{
	static char hex[YH_SM3_HEX];
	struct yh_sm3 d = yh_sm3_of(text, strlen(text));

	return yh_hex(d.b, sizeof d.b, hex);
}

/* proves S45 */
static void sm3_gives_what_the_standard_gives(void **state)
{
	(void)state;
	assert_string_equal(sm3_hex("abc"),
			    "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
	assert_string_equal(
		sm3_hex("abcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcdabcd"),
		"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/* proves S45 */
static void what_is_asked_at_every_start_is_answered_as_the_standards_do(void **state)
{
	struct yh_err err = { 0 };

	(void)state;
	assert_int_equal(yh_crypto_selftest(&err), YH_OK);
	assert_true(yh_digest_counts_shortages());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sm3_gives_what_the_standard_gives),
		cmocka_unit_test(what_is_asked_at_every_start_is_answered_as_the_standards_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
