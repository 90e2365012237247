/* One-time codes against the published examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/otp.h"

/* proves S04: RFC 6238, appendix B, the last six of its eight digits. */
static void codes_are_those_of_the_rfc(void **state)
{
	static const char key[] = "12345678901234567890";
	static const struct {
		int64_t second;
		const char *code;
	} told[] = {
		{ 59, "287082" },         { 1111111109, "081804" },
		{ 1111111111, "050471" }, { 1234567890, "005924" },
		{ 2000000000, "279037" }, { INT64_C(20000000000), "353130" },
	};
	char code[YH_OTP_CODE];

	(void)state;
	for (size_t i = 0; i < YH_LEN(told); i++) {
		int64_t step = yh_otp_step(YH_OTP_SHA1, told[i].second * YH_US_PER_S);

		assert_true(yh_otp_code(YH_OTP_SHA1, (const unsigned char *)key, 20, step, code));
		assert_string_equal(code, told[i].code);
	}
}

static void a_key_is_read_as_it_was_written_and_nothing_else_is(void **state)
{
	unsigned char key[YH_OTP_KEY], back[YH_OTP_KEY];
	char text[YH_OTP_KEY_TEXT];

	(void)state;
	memcpy(key, "12345678901234567890", sizeof key);
	yh_otp_key_text(key, text);
	assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
	assert_true(yh_otp_key_parse("gezd gnbv gy3t qojq GEZD GNBV GY3T QOJQ", back));
	assert_memory_equal(key, back, sizeof key);
	assert_false(yh_otp_key_parse("", back));
	assert_false(yh_otp_key_parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ", back));
	assert_false(yh_otp_key_parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA", back));
	assert_false(yh_otp_key_parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", back));
}

static void what_has_no_code_is_refused(void **state)
{
	unsigned char key[65] = { 0 };
	char code[YH_OTP_CODE];

	(void)state;
	assert_false(yh_otp_code(YH_OTP_SHA1, key, 0, 1, code));
	assert_false(yh_otp_code(YH_OTP_SM3, key, 65, 1, code));
	assert_false(yh_otp_code(YH_OTP_SM3, key, 20, -1, code));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_those_of_the_rfc),
		cmocka_unit_test(a_key_is_read_as_it_was_written_and_nothing_else_is),
		cmocka_unit_test(what_has_no_code_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
