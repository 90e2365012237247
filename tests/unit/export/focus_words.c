/* FOCUS's words, and prices whose product is the cost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/mem.h"
#include "export/focus_words.h"

static void assert_price(const char *catalogue, const char *usage, int64_t list_fen,
			 enum yh_focus_basis basis, const char *price, const char *quantity,
			 const char *cost)
{
	struct yh_focus_price p;

	yh_focus_price(catalogue, usage, list_fen, &p);
	assert_int_equal(p.basis, basis);
	assert_string_equal(p.price, price);
	assert_string_equal(p.quantity, quantity);
	assert_string_equal(p.cost, cost);
}

static void a_catalogue_price_is_kept_where_it_comes_to_the_line(void **state)
{
	(void)state;
	assert_price("320.000000", "11.483871", 367484, YH_BASIS_CATALOGUE, "320", "11.483871",
		     "3674.83872");
	assert_price("0.000001", "1000000", 100, YH_BASIS_CATALOGUE, "0.000001", "1000000", "1");
	assert_price("0", "5", 0, YH_BASIS_CATALOGUE, "0", "5", "0");
	assert_price("320", "-0.5", -16000, YH_BASIS_CATALOGUE, "320", "-0.5", "-160");
}

static void any_other_line_costs_its_mean(void **state)
{
	(void)state;
	assert_price("320", "3", 100, YH_BASIS_MEAN, "0.333333333333", "3", "0.999999999999");
	assert_price(NULL, "4", 100, YH_BASIS_MEAN, "0.25", "4", "1");
	/* what cannot be told apart from another price is not the catalogue's */
	assert_price("320", "2", 64002, YH_BASIS_MEAN, "320.01", "2", "640.02");
}

static void a_line_without_use_is_its_own_unit(void **state)
{
	(void)state;
	assert_price("5", "0", 500, YH_BASIS_LINE, "5", "1", "5");
	assert_price("5", "", -500, YH_BASIS_LINE, "5", "-1", "-5");
	assert_price("5", NULL, 0, YH_BASIS_LINE, "0", "1", "0");
	assert_price("5", "2", -500, YH_BASIS_LINE, "5", "-1", "-5");
	assert_price("5", "1e3", 500, YH_BASIS_LINE, "5", "1", "5");
	assert_price("5", "1.0000001", 500, YH_BASIS_LINE, "5", "1", "5");
}

static void the_largest_amounts_do_not_overflow(void **state)
{
	(void)state;
	assert_price("9223372036854.775807", "9223372036854.775807", INT64_MAX, YH_BASIS_MEAN,
		     "10000", "9223372036854.775807", "92233720368547758.07");
	assert_price(NULL, "0.000001", INT64_MAX, YH_BASIS_MEAN, "92233720368547758070000",
		     "0.000001", "92233720368547758.07");
	assert_price(NULL, "123456789012345678901234567890.5", 100, YH_BASIS_LINE, "1", "1", "1");
}

static void units_are_written_as_the_format_asks(void **state)
{
	static const struct {
		const char *measure, *per, *want;
	} cases[] = {
		{ "gib", "month", "GiB-Months" },
		{ "instance", "hour", "Instance-Hours" },
		{ "gb", "use", "GB" },
		{ "10k_calls", "use", "10000 Requests" },
		{ "mbps", "day", "Mbps-Days" },
		{ "seat", "year", "Seat-Years" },
		{ "seat", "use", "Seats" },
		{ "42", "use", "Units" },
		{ NULL, NULL, "Units" },
	};
	struct yh_buf out;

	(void)state;
	yh_buf_init(&out, 200);
	for (size_t i = 0; i < YH_LEN(cases); i++)
		assert_string_equal(yh_focus_unit(cases[i].measure, cases[i].per, &out),
				    cases[i].want);
	yh_buf_done(&out);
}

static void a_category_that_names_nothing_known_is_other(void **state)
{
	(void)state;
	assert_string_equal(yh_focus_service("对象存储服务").subcategory, "Object Storage");
	assert_string_equal(yh_focus_service("计算").category, "Compute");
	assert_string_equal(yh_focus_service("书籍").category, "Other");
	assert_string_equal(yh_focus_service(NULL).category, "Other");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_catalogue_price_is_kept_where_it_comes_to_the_line),
		cmocka_unit_test(any_other_line_costs_its_mean),
		cmocka_unit_test(a_line_without_use_is_its_own_unit),
		cmocka_unit_test(the_largest_amounts_do_not_overflow),
		cmocka_unit_test(units_are_written_as_the_format_asks),
		cmocka_unit_test(a_category_that_names_nothing_known_is_other),
	};

	return cmocka_run_group_tests_name("focus_words", tests, NULL, NULL);
}
