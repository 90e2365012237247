/* Which category a notice belongs to. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "notify/category.h"

static const char *slug_of(const char *text, struct yh_categories **out)
{
	static struct yh_err err;

	yh_err_clear(&err);
	return yh_categories_parse("n.yaml", text, strlen(text), out, &err) == YH_OK ? ""
										     : err.slug;
}

static void a_slug_has_the_first_category_that_fits_else_the_default(void **state)
{
	struct yh_categories *c;

	(void)state;
	assert_string_equal(slug_of("default: work\ncategories:\n  work: [case-returned]\n"
				    "  decision: [case-*, quota-changed]\n  system: []\n",
				    &c),
			    "");
	assert_string_equal(yh_category_of(c, "case-returned"), "work");
	assert_string_equal(yh_category_of(c, "case-refused"), "decision");
	assert_string_equal(yh_category_of(c, "quota-changed"), "decision");
	assert_string_equal(yh_category_of(c, "quota-changed-more"), "work");
	assert_string_equal(yh_category_of(c, "never-heard-of"), "work");
	assert_int_equal(yh_categories_count(c), 3);
	assert_true(yh_category_known(c, "system"));
	assert_false(yh_category_known(c, "case-refused"));
	yh_categories_free(c);
}

static void what_is_no_list_of_categories_is_refused_by_its_line(void **state)
{
	static const char *const bad[] = {
		"categories: {a: [x]}\n",
		"default: b\ncategories: {a: [x]}\n",
		"default: a\n",
		"default: a\ncategories: [a]\n",
		"default: a\ncategories: {a: x}\n",
		"default: a\ncategories: {a: ['*']}\n",
		"default: a\ncategories: {a: ['']}\n",
		"default: a\ncategories: {a: [X]}\n",
		"default: a\ncategories: {a: [x], \"b c\": [y]}\n",
		"default: a\ncategories: {a: [[x]]}\n",
	};
	struct yh_categories *c;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_string_equal(slug_of(bad[i], &c), "categories-invalid");
		assert_null(c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_slug_has_the_first_category_that_fits_else_the_default),
		cmocka_unit_test(what_is_no_list_of_categories_is_refused_by_its_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
