/* Forms: what a schema may say, and what is taken under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "law/form.h"

static json_t *parse(const char *text)
{
	json_t *v;

	if (yh_json_parse(text, strlen(text), &v, NULL) != YH_OK)
		fail_msg("not JSON: %s", text);
	return v;
}

static void expect_schema(const char *text, const char *field, const char *what)
{
	YH_JSON_AUTO schema = parse(text);
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_form_check(schema, &err);

	if (!field) {
		if (rc != YH_OK)
			fail_msg("%s refused: %s %s", text, err.field, err.figs[0].text);
		return;
	}
	if (rc == YH_OK)
		fail_msg("%s taken", text);
	assert_int_equal(rc, YH_BAD_INPUT);
	assert_string_equal(err.slug, "form-keyword");
	assert_string_equal(err.field, field);
	assert_string_equal(err.figs[0].text, what);
}

/* A schema of one property `a`. */
static char *with_property(const char *schema)
{
	char *text;

	assert_true(asprintf(&text, "{\"type\": \"object\", \"properties\": {\"a\": %s}}", schema) >
		    0);
	return text;
}

static void expect_property(const char *schema, const char *what)
{
	YH_FREE_AUTO char *text = with_property(schema);

	expect_schema(text, what ? "/properties/a" : NULL, what);
}

/* `value` is the whole form; slug NULL means that it is taken. */
static void expect_form(const char *schema_text, const char *value, const char *slug,
			const char *field)
{
	YH_JSON_AUTO schema = parse(schema_text);
	YH_JSON_AUTO v = parse(value);
	struct yh_err err = { 0 };
	enum yh_rc rc;

	assert_int_equal(yh_form_check(schema, NULL), YH_OK);
	rc = yh_form_validate(schema, v, &err);
	if (!slug) {
		if (rc != YH_OK)
			fail_msg("%s refused: %s %s", value, err.slug, err.field);
		return;
	}
	if (rc == YH_OK)
		fail_msg("%s taken under %s", value, schema_text);
	assert_int_equal(rc, YH_BAD_INPUT);
	assert_string_equal(err.slug, slug);
	assert_string_equal(err.field, field);
}

static void expect_a(const char *schema, const char *value, const char *slug)
{
	YH_FREE_AUTO char *text = with_property(schema);
	YH_FREE_AUTO char *form = NULL;

	assert_true(asprintf(&form, "{\"a\": %s}", value) > 0);
	expect_form(text, form, slug, "/form/a");
}

static void every_keyword_of_the_subset_is_known(void **state)
{
	(void)state;
	expect_schema(
		"{\"$schema\": \"x\", \"title\": \"t\", \"description\": \"d\","
		" \"x-title-en\": \"t\", \"type\": \"object\", \"additionalProperties\": false,"
		" \"properties\": {\"a\": {\"type\": \"string\", \"x-order\": 1}},"
		" \"required\": [\"a\"]}",
		NULL, NULL);
	expect_property("{\"type\": \"array\", \"items\": {\"type\": \"boolean\"}, \"minItems\": 1,"
			" \"maxItems\": 9, \"uniqueItems\": true, \"default\": [true]}",
			NULL);
	expect_property("{\"type\": \"string\", \"minLength\": 1, \"maxLength\": 9,"
			" \"format\": \"line\", \"enum\": [\"x\", \"y\"], \"default\": \"x\"}",
			NULL);
	expect_property("{\"type\": \"number\", \"minimum\": -0.5, \"maximum\": 2.25}", NULL);
	expect_property("{\"type\": \"integer\", \"const\": 3}", NULL);
}

static void what_is_outside_the_subset_is_refused_with_its_pointer(void **state)
{
	(void)state;
	expect_schema("[]", "", "type");
	expect_schema("{\"type\": \"string\"}", "", "type");
	expect_schema("{\"type\": \"object\"}", "", "properties");
	expect_schema("{\"type\": \"object\", \"properties\": {}, \"oneOf\": []}", "", "oneOf");
	expect_schema("{\"type\": \"object\", \"properties\": {}, \"additionalProperties\": true}",
		      "", "additionalProperties");
	expect_schema("{\"type\": \"object\", \"properties\": {}, \"required\": [\"b\"]}", "",
		      "required");
	expect_schema("{\"type\": \"object\", \"properties\": {\"a/b\": {\"type\": \"boolean\"}}}",
		      "", "properties");
	expect_property("true", "schema");
	expect_property("{}", "type");
	expect_property("{\"type\": \"null\"}", "type");
	expect_property("{\"type\": [\"string\"]}", "type");
	expect_property("{\"type\": \"string\", \"pattern\": \"a\"}", "pattern");
	expect_property("{\"type\": \"string\", \"$ref\": \"#\"}", "$ref");
	expect_property("{\"type\": \"string\", \"format\": \"email\"}", "format");
	expect_property("{\"type\": \"array\"}", "items");
	expect_property("{\"type\": \"string\", \"enum\": []}", "enum");
	expect_schema("{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"array\","
		      " \"items\": {\"type\": \"object\", \"properties\": {\"b\":"
		      " {\"type\": \"string\", \"if\": 1}}}}}}",
		      "/properties/a/items/properties/b", "if");
}

static void a_keyword_that_says_nothing_about_its_type_is_refused(void **state)
{
	(void)state;
	expect_property("{\"type\": \"integer\", \"minLength\": 1}", "minLength");
	expect_property("{\"type\": \"string\", \"minimum\": 1}", "minimum");
	expect_property("{\"type\": \"string\", \"items\": {\"type\": \"string\"}}", "items");
	expect_property("{\"type\": \"integer\", \"format\": \"quantity\"}", "format");
	expect_property("{\"type\": \"number\", \"format\": \"date\"}", "format");
	expect_property("{\"type\": \"boolean\", \"maximum\": 1}", "maximum");
	expect_property("{\"type\": \"string\", \"format\": \"quantity\", \"minimum\": 1}", NULL);
}

static void bounds_that_admit_nothing_or_too_much_are_refused(void **state)
{
	(void)state;
	expect_property("{\"type\": \"integer\", \"minimum\": 3, \"maximum\": 2}", "minimum");
	expect_property("{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 2}", "minLength");
	expect_property("{\"type\": \"string\", \"minLength\": -1}", "minLength");
	expect_property("{\"type\": \"string\", \"maxLength\": 99999999}", "maxLength");
	expect_property("{\"type\": \"string\", \"maxLength\": 1.5}", "maxLength");
	expect_property("{\"type\": \"integer\", \"maximum\": 9223372036854775807}", "maximum");
	expect_property("{\"type\": \"number\", \"maximum\": 1e300}", "maximum");
	expect_property("{\"type\": \"array\", \"items\": {\"type\": \"string\"},"
			" \"maxItems\": 20000}",
			"maxItems");
}

static void the_values_a_schema_names_must_be_valid_under_it(void **state)
{
	(void)state;
	expect_property("{\"type\": \"string\", \"enum\": [\"x\", 1]}", "enum");
	expect_property("{\"type\": \"integer\", \"minimum\": 5, \"default\": 4}", "default");
	expect_property("{\"type\": \"string\", \"enum\": [\"x\"], \"default\": \"y\"}", "default");
	expect_property("{\"type\": \"string\", \"format\": \"date\", \"const\": \"2026-02-30\"}",
			"const");
}

static void a_schema_nested_too_deeply_is_refused(void **state)
{
	char text[4096] = "{\"type\": \"boolean\"}", next[4096];

	(void)state;
	for (int i = 0; i < 8; i++) {
		(void)snprintf(next, sizeof next, "{\"type\": \"array\", \"items\": %.3900s}",
			       text);
		memcpy(text, next, sizeof text);
	}
	{
		YH_FREE_AUTO char *form = with_property(text);
		YH_JSON_AUTO schema = parse(form);

		assert_int_equal(yh_form_check(schema, NULL), YH_BAD_INPUT);
	}
}

static void types_are_told_apart(void **state)
{
	static const char *const samples[] = { "{}", "[]", "\"x\"", "1", "1.5", "true", "null" };
	static const struct {
		const char *schema, *taken;
	} types[] = {
		{ "{\"type\": \"object\", \"properties\": {}}", "1......" },
		{ "{\"type\": \"array\", \"items\": {\"type\": \"string\"}}", ".1....." },
		{ "{\"type\": \"string\"}", "..1...." },
		{ "{\"type\": \"integer\"}", "...1..." },
		{ "{\"type\": \"number\"}", "...11.." },
		{ "{\"type\": \"boolean\"}", ".....1." },
	};

	(void)state;
	for (size_t t = 0; t < YH_LEN(types); t++)
		for (size_t i = 0; i < YH_LEN(samples); i++)
			expect_a(types[t].schema, samples[i],
				 types[t].taken[i] == '1' ? NULL : "form-type");
}

static void members_are_required_and_no_others_are_taken(void **state)
{
	static const char schema[] = "{\"type\": \"object\", \"properties\": {\"a\": {\"type\":"
				     " \"integer\"}}, \"required\": [\"a\"]}";

	(void)state;
	expect_form(schema, "{\"a\": 1}", NULL, NULL);
	expect_form(schema, "{}", "form-missing", "/form/a");
	expect_form(schema, "{\"a\": 1, \"b\": 2}", "form-unknown", "/form/b");
	expect_form(schema, "{\"a\": 1, \"x/y~z\\n\": 2}", "form-unknown", "/form/x~1y~0z?");
	expect_form(schema, "[]", "form-type", "/form");
}

static void a_hostile_name_does_not_break_the_pointer(void **state)
{
	YH_JSON_AUTO schema = parse("{\"type\": \"object\", \"properties\": {}}");

	(void)state;
	for (size_t n = 80; n < 140; n++) {
		YH_JSON_AUTO v = json_object();
		struct yh_err err = { 0 };
		char name[600] = "";

		memset(name, 'x', n);
		for (size_t i = 0; i < 100; i++)
			memcpy(name + n + 3 * i, "云", 4);
		assert_int_equal(json_object_set_new(v, name, json_null()), 0);
		assert_int_equal(yh_form_validate(schema, v, &err), YH_BAD_INPUT);
		{
			YH_JSON_AUTO utf8 = json_string(err.field); /* NULL for broken UTF-8 */

			assert_non_null(utf8);
		}
	}
}

static void lengths_count_characters_and_are_bounded_anyway(void **state)
{
	YH_FREE_AUTO char *text = calloc(1, 4100);

	(void)state;
	expect_a("{\"type\": \"string\", \"maxLength\": 3}", "\"政务云\"", NULL);
	expect_a("{\"type\": \"string\", \"maxLength\": 3}", "\"政务云台\"", "form-length");
	expect_a("{\"type\": \"string\", \"minLength\": 2}", "\"云\"", "form-length");
	expect_a("{\"type\": \"string\", \"minLength\": 2}", "\"😀\"", "form-length");
	assert_non_null(text);
	memset(text, 'a', 4003);
	text[0] = text[4001] = '"';
	text[4002] = 0;
	expect_a("{\"type\": \"string\"}", text, NULL);
	text[4001] = 'a';
	text[4002] = '"';
	expect_a("{\"type\": \"string\"}", text, "form-length");
	expect_a("{\"type\": \"string\"}", "\"a\\u0007b\"", "form-characters");
}

static void arrays_are_bounded_unique_and_point_at_the_element(void **state)
{
	static const char schema[] =
		"{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"array\", "
		"\"minItems\": 1,"
		" \"maxItems\": 3, \"uniqueItems\": true, \"items\": {\"type\": \"integer\"}}}}";
	char many[2200] = "[";

	(void)state;
	expect_form(schema, "{\"a\": [1, 2, 3]}", NULL, NULL);
	expect_form(schema, "{\"a\": []}", "form-items", "/form/a");
	expect_form(schema, "{\"a\": [1, 2, 3, 4]}", "form-items", "/form/a");
	expect_form(schema, "{\"a\": [1, 2, 1]}", "form-twice", "/form/a/2");
	expect_form(schema, "{\"a\": [1, \"2\"]}", "form-type", "/form/a/1");
	for (int i = 0; i < 501; i++)
		strcat(many, i ? ",1" : "1");
	expect_a("{\"type\": \"array\", \"items\": {\"type\": \"integer\"}}", strcat(many, "]"),
		 "form-items");
}

static void numbers_keep_their_bounds_exactly(void **state)
{
	static const char tenths[] = "{\"type\": \"number\", \"minimum\": 0.1, \"maximum\": 2.3}";

	(void)state;
	expect_a(tenths, "0.1", NULL);
	expect_a(tenths, "2.3", NULL);
	expect_a(tenths, "0.0999999", "form-range");
	expect_a(tenths, "2.3000001", "form-range");
	expect_a("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 5}", "1", NULL);
	expect_a("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 5}", "0", "form-range");
	expect_a("{\"type\": \"integer\", \"minimum\": 1, \"maximum\": 5}", "6", "form-range");
	expect_a("{\"type\": \"integer\", \"maximum\": 5}", "9223372036854775807", "form-range");
	expect_a("{\"type\": \"integer\"}", "-9223372036854775808", NULL);
}

static void quantities_are_exact_thousandths_of_a_string_or_number(void **state)
{
	static const char q[] = "{\"type\": \"string\", \"format\": \"quantity\"}";
	static const char q0[] = "{\"type\": \"number\", \"format\": \"quantity0\"}";
	static const char ranged[] = "{\"type\": \"string\", \"format\": \"quantity\","
				     " \"minimum\": 0.5, \"maximum\": 2}";

	(void)state;
	expect_a(q, "\"1.5\"", NULL);
	expect_a(q, "1.5", NULL);
	expect_a(q, "0.001", NULL);
	expect_a(q, "\"0.0005\"", "number-invalid");
	expect_a(q, "\"1e3\"", "number-invalid");
	expect_a(q, "\"\"", "number-invalid");
	expect_a(q, "true", "number-invalid");
	expect_a(q, "\"0\"", "quantity-out-of-range");
	expect_a(q, "-1", "quantity-out-of-range");
	expect_a(q, "1000000000001", "quantity-out-of-range");
	expect_a(q, "9223372036854775807", "number-invalid");
	expect_a(q0, "0", NULL);
	expect_a(q0, "\"0\"", NULL);
	expect_a(q0, "\"-0.001\"", "quantity-out-of-range");
	expect_a(ranged, "\"0.5\"", NULL);
	expect_a(ranged, "0.499", "quantity-out-of-range");
	expect_a(ranged, "\"2.001\"", "quantity-out-of-range");
}

static void formats_hold(void **state)
{
	static const struct {
		const char *format, *value, *slug;
	} rows[] = {
		{ "date", "2028-02-29", NULL },
		{ "date", "2026-02-29", "date-invalid" },
		{ "date", "2026-2-3", "date-invalid" },
		{ "id", "0190a0b0-0000-7000-8000-000000000001", NULL },
		{ "id", "0190A0B0-0000-7000-8000-000000000001", "id-invalid" },
		{ "rrule", "FREQ=YEARLY;BYMONTH=6,7;COUNT=2", NULL },
		{ "rrule", "COUNT=2", "rrule-invalid" },
		{ "rrule", "FREQ=DAILY\\nX", "rrule-invalid" },
		{ "rrule", "freq=daily FREQ=", "rrule-invalid" },
		{ "code", "a.b-c_9", NULL },
		{ "code", "A", "form-code" },
		{ "code", "-a", "form-code" },
		{ "code", "", "form-code" },
		{ "line", "一行 text", NULL },
		{ "line", "two\\nlines", "form-line" },
		{ "line", "two\\u2028lines", "form-line" },
		{ "text", "two\\nlines", NULL },
	};

	(void)state;
	for (size_t i = 0; i < YH_LEN(rows); i++) {
		char schema[96], value[96];

		(void)snprintf(schema, sizeof schema, "{\"type\": \"string\", \"format\": \"%s\"}",
			       rows[i].format);
		(void)snprintf(value, sizeof value, "\"%s\"", rows[i].value);
		expect_a(schema, value, rows[i].slug);
	}
}

static void an_organisations_code_may_have_capitals(void **state)
{
	static const char org[] = "{\"type\": \"string\", \"format\": \"code\", \"x-ref\": "
				  "\"org\"}",
			  item[] = "{\"type\": \"string\", \"format\": \"code\", \"x-ref\": "
				   "\"item\"}";

	(void)state;
	expect_a(org, "\"Edu-A1\"", NULL);
	expect_a(org, "\"-Edu\"", "form-code");
	expect_a(org, "\"Edu A\"", "form-code");
	expect_a(item, "\"Edu\"", "form-code");
}

static void choices_and_constants_hold(void **state)
{
	(void)state;
	expect_a("{\"type\": \"string\", \"enum\": [\"x\", \"y\"]}", "\"y\"", NULL);
	expect_a("{\"type\": \"string\", \"enum\": [\"x\", \"y\"]}", "\"z\"", "form-choice");
	expect_a("{\"type\": \"boolean\", \"const\": true}", "false", "form-choice");
}

static void references_are_of_known_kinds(void **state)
{
	(void)state;
	expect_property("{\"type\": \"string\", \"x-ref\": \"resource\"}", NULL);
	expect_property("{\"type\": \"string\", \"x-ref\": \"planet\"}", "x-ref");
	expect_property("{\"type\": \"string\", \"x-ref\": 1}", "x-ref");
	expect_property("{\"type\": \"object\", \"properties\": {}, \"x-ref\": \"item\"}", "x-ref");
}

#define TITLED(titles)                                                                             \
	"{\"type\": \"string\", \"enum\": [\"a\", \"b\"], \"x-enum-titles\": " titles "}"

static void the_titles_of_choices_are_whole_in_both_languages(void **state)
{
	(void)state;
	expect_property(TITLED("{\"zh\": {\"a\": \"甲\", \"b\": \"乙\"},"
			       " \"en\": {\"a\": \"A\", \"b\": \"B\"}}"),
			NULL);
	expect_property(TITLED("{\"zh\": {\"a\": \"甲\", \"b\": \"乙\"}}"), "x-enum-titles");
	expect_property(TITLED("{\"zh\": {\"a\": \"甲\", \"b\": \"乙\"},"
			       " \"en\": {\"a\": \"A\"}}"),
			"x-enum-titles");
	expect_property(TITLED("{\"zh\": {\"a\": \"甲\", \"b\": \"\"},"
			       " \"en\": {\"a\": \"A\", \"b\": \"B\"}}"),
			"x-enum-titles");
	expect_property(TITLED("{\"zh\": {\"a\": \"甲\", \"c\": \"丙\"},"
			       " \"en\": {\"a\": \"A\", \"b\": \"B\"}}"),
			"x-enum-titles");
	expect_property("{\"type\": \"string\", \"x-enum-titles\": {}}", "x-enum-titles");
}

static void a_form_has_its_own_properties_and_those_of_its_lists(void **state)
{
	YH_JSON_AUTO schema = parse(
		"{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"array\", \"items\":"
		" {\"type\": \"object\", \"properties\": {\"b\": {\"type\": \"string\"}}}},"
		" \"c\": {\"type\": \"object\", \"properties\": {\"d\": {\"type\": "
		"\"string\"}}}}}");

	(void)state;
	assert_true(yh_form_has(schema, "a"));
	assert_true(yh_form_has(schema, "b"));
	assert_true(yh_form_has(schema, "c"));
	assert_false(yh_form_has(schema, "d"));
	assert_false(yh_form_has(schema, "type"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_keyword_of_the_subset_is_known),
		cmocka_unit_test(what_is_outside_the_subset_is_refused_with_its_pointer),
		cmocka_unit_test(a_keyword_that_says_nothing_about_its_type_is_refused),
		cmocka_unit_test(bounds_that_admit_nothing_or_too_much_are_refused),
		cmocka_unit_test(the_values_a_schema_names_must_be_valid_under_it),
		cmocka_unit_test(a_schema_nested_too_deeply_is_refused),
		cmocka_unit_test(types_are_told_apart),
		cmocka_unit_test(members_are_required_and_no_others_are_taken),
		cmocka_unit_test(a_hostile_name_does_not_break_the_pointer),
		cmocka_unit_test(lengths_count_characters_and_are_bounded_anyway),
		cmocka_unit_test(arrays_are_bounded_unique_and_point_at_the_element),
		cmocka_unit_test(numbers_keep_their_bounds_exactly),
		cmocka_unit_test(quantities_are_exact_thousandths_of_a_string_or_number),
		cmocka_unit_test(formats_hold),
		cmocka_unit_test(an_organisations_code_may_have_capitals),
		cmocka_unit_test(choices_and_constants_hold),
		cmocka_unit_test(references_are_of_known_kinds),
		cmocka_unit_test(the_titles_of_choices_are_whole_in_both_languages),
		cmocka_unit_test(a_form_has_its_own_properties_and_those_of_its_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
