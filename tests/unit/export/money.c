/* Amounts of money as finance offices read them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/mem.h"
#include "export/money.h"

static void assert_said(int64_t fen, const char *want)
{
	char text[YH_CAPITALS_TEXT];

	assert_string_equal(yh_money_capitals(fen, text), want);
}

static void an_amount_that_ends_with_yuan_or_jiao_is_closed(void **state)
{
	(void)state;
	assert_said(100, "壹圆整");
	assert_said(1000, "壹拾圆整");
	assert_said(150, "壹圆伍角整");
	assert_said(155, "壹圆伍角伍分");
	assert_said(140950, "壹仟肆佰零玖圆伍角整");
}

static void zeros_between_digits_are_one(void **state)
{
	(void)state;
	assert_said(600714, "陆仟零柒圆壹角肆分");
	assert_said(1640902, "壹万陆仟肆佰零玖圆零贰分");
	assert_said(32504, "叁佰贰拾伍圆零肆分");
	assert_said(10000005, "壹拾万圆零伍分");
	assert_said(INT64_C(10000000100), "壹亿零壹圆整");
	assert_said(INT64_C(10000500000), "壹亿零伍仟圆整");
	assert_said(INT64_C(1000000050000), "壹佰亿零伍佰圆整");
}

static void zeros_that_the_rules_leave_free_are_not_said(void **state)
{
	(void)state;
	assert_said(168032, "壹仟陆佰捌拾圆叁角贰分");
	assert_said(10700053, "壹拾万柒仟圆伍角叁分");
}

static void nothing_and_less_than_a_yuan_and_less_than_nothing_are_said(void **state)
{
	(void)state;
	assert_said(0, "零圆整");
	assert_said(5, "伍分");
	assert_said(50, "伍角整");
	assert_said(-123456, "负壹仟贰佰叁拾肆圆伍角陆分");
	assert_said(INT64_MIN,
		    "负玖亿贰仟贰佰叁拾叁万柒仟贰佰零叁亿陆仟捌佰伍拾肆万柒仟柒佰伍拾捌圆"
		    "零捌分");
}

static void thousands_stand_apart(void **state)
{
	char text[YH_MONEY_TEXT];

	(void)state;
	assert_string_equal(yh_money_grouped(0, text), "0.00");
	assert_string_equal(yh_money_grouped(99999, text), "999.99");
	assert_string_equal(yh_money_grouped(100000, text), "1,000.00");
	assert_string_equal(yh_money_grouped(-123456789, text), "-1,234,567.89");
	assert_string_equal(yh_money_grouped(INT64_MIN, text), "-92,233,720,368,547,758.08");
	assert_string_equal(yh_money_plain(-5, text), "-0.05");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_amount_that_ends_with_yuan_or_jiao_is_closed),
		cmocka_unit_test(zeros_between_digits_are_one),
		cmocka_unit_test(zeros_that_the_rules_leave_free_are_not_said),
		cmocka_unit_test(nothing_and_less_than_a_yuan_and_less_than_nothing_are_said),
		cmocka_unit_test(thousands_stand_apart),
	};

	return cmocka_run_group_tests_name("money", tests, NULL, NULL);
}
