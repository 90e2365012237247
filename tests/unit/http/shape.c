/* The notation of reply shapes, and what becomes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "http/openapi.h"
#include "http/shape.h"

enum { ROOM = 1024 * 1024 };

static void schema_is(const char *text, const char *json)
{
	struct yh_arena arena;
	struct yh_shape *s;
	struct yh_err err = { 0 };
	struct yh_buf out;
	struct yh_jw w;

	yh_arena_init(&arena, ROOM);
	yh_buf_init(&out, ROOM);
	yh_jw_init(&w, &out);
	assert_int_equal(yh_shape_parse(&arena, text, &s, NULL, &err), YH_OK);
	yh_shape_write(&w, NULL, s);
	assert_string_equal(yh_buf_text(&out), json);
	yh_buf_done(&out);
	yh_arena_done(&arena);
}

static void each_type_becomes_its_schema(void **state)
{
	(void)state;
	schema_is("text", "{\"type\":\"string\"}");
	schema_is("int|null", "{\"type\":[\"integer\",\"null\"]}");
	schema_is("num", "{\"type\":\"number\"}");
	schema_is("bool", "{\"type\":\"boolean\"}");
	schema_is("day", "{\"type\":\"string\",\"format\":\"date\"}");
	schema_is("time|null", "{\"type\":[\"string\",\"null\"],\"format\":\"date-time\"}");
	schema_is("id", "{\"type\":\"string\",\"format\":\"uuid\"}");
	schema_is("money", "{\"type\":\"string\",\"format\":\"money\","
			   "\"pattern\":\"^-?[0-9]+(\\\\.[0-9]+)?$\"}");
	schema_is("exact", "{\"type\":\"string\",\"format\":\"decimal\","
			   "\"pattern\":\"^-?[0-9]+(\\\\.[0-9]+)?$\"}");
	schema_is("figure", "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"string\",\"format\":"
			    "\"decimal\",\"pattern\":\"^-?[0-9]+(\\\\.[0-9]+)?$\"}]}");
	schema_is("real|null", "{\"anyOf\":[{\"type\":\"number\"},{\"type\":\"string\",\"enum\":"
			       "[\"NaN\",\"+Inf\",\"-Inf\"]},{\"type\":\"null\"}]}");
	schema_is("object", "{\"type\":\"object\",\"additionalProperties\":true}");
	schema_is("any", "{}");
	schema_is("open|closed", "{\"type\":\"string\",\"enum\":[\"open\",\"closed\"]}");
	schema_is("exact|sketch|null",
		  "{\"type\":[\"string\",\"null\"],\"enum\":[\"exact\",\"sketch\",null]}");
	schema_is("[int]", "{\"type\":\"array\",\"items\":{\"type\":\"integer\"}}");
	schema_is("{*:num}",
		  "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"number\"}}");
	schema_is("@Row", "{\"$ref\":\"#/components/schemas/Row\"}");
	schema_is("@Row|null", "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Row\"},"
			       "{\"type\":\"null\"}]}");
}

static void members_are_text_and_there_unless_something_else_is_said(void **state)
{
	(void)state;
	schema_is("{}", "{\"type\":\"object\",\"properties\":{}}");
	schema_is("{ a  b? c|null d?|null e?:[{f:day|null}] }",
		  "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"},"
		  "\"b\":{\"type\":\"string\"},\"c\":{\"type\":[\"string\",\"null\"]},"
		  "\"d\":{\"type\":[\"string\",\"null\"]},\"e\":{\"type\":\"array\",\"items\":{"
		  "\"type\":\"object\",\"properties\":{\"f\":{\"type\":[\"string\",\"null\"],"
		  "\"format\":\"date\"}},\"required\":[\"f\"]}}},\"required\":[\"a\",\"c\"]}");
}

static int64_t figure(const struct yh_err *err, const char *name, const char **text)
{
	for (uint32_t i = 0; i < err->n_figs; i++)
		if (strcmp(err->figs[i].name, name) == 0) {
			*text = err->figs[i].text;
			return err->figs[i].num;
		}
	*text = "";
	return -1;
}

static void what_cannot_be_read_is_told_with_its_column(void **state)
{
	static const struct {
		const char *text, *expected;
		int64_t at;
	} all[] = {
		{ "", "type", 1 },
		{ "string", "type", 1 },
		{ "open", "type", 1 },
		{ "open|null", "type", 1 },
		{ "int|text", "choices", 1 },
		{ "open|", "choice", 6 },
		{ "open||closed", "choice", 6 },
		{ "int|null|null", "end", 9 },
		{ "int null", "end", 4 },
		{ "{a b", "}", 5 },
		{ "{a,b}", "}", 3 },
		{ "{a:}", "type", 4 },
		{ "{a:int]", "}", 7 },
		{ "{?}", "member", 2 },
		{ "{:int}", "member", 2 },
		{ "{a|int}", "null", 3 },
		{ "{@}", "name", 3 },
		{ "@", "name", 2 },
		{ "[int", "]", 5 },
		{ "[]", "type", 2 },
		{ "{*:int b}", "}", 7 },
		{ "{a *:int}", "member", 4 },
		{ "{a}}", "end", 4 },
		{ "{a} + {b}", "end", 4 },
		{ "[[[[[[[[[int]]]]]]]]]", "less depth", 10 },
		{ "{a123456789012345678901234567890123456789012345678901234567890123}", "member",
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct yh_arena arena;
		struct yh_shape *s;
		struct yh_err err = { 0 };
		const char *expected, *none;

		yh_arena_init(&arena, ROOM);
		print_message("# %s\n", all[i].text);
		assert_int_equal(yh_shape_parse(&arena, all[i].text, &s, NULL, &err), YH_INTERNAL);
		assert_string_equal(err.slug, "shape-invalid");
		assert_int_equal(figure(&err, "at", &none), all[i].at);
		(void)figure(&err, "expected", &expected);
		assert_string_equal(expected, all[i].expected);
		yh_arena_done(&arena);
	}
}

static void a_second_shape_stands_behind_a_plus(void **state)
{
	struct yh_arena arena;
	struct yh_shape *s, *beside;
	struct yh_err err = { 0 };
	const char *text;

	(void)state;
	yh_arena_init(&arena, ROOM);
	assert_int_equal(yh_shape_parse(&arena, "@Row + {day:day}", &s, &beside, &err), YH_OK);
	assert_int_equal(s->kind, YH_SH_NAMED);
	assert_int_equal(beside->kind, YH_SH_RECORD);
	assert_string_equal(beside->members->name, "day");
	assert_int_equal(yh_shape_parse(&arena, "@Row", &s, &beside, &err), YH_OK);
	assert_null(beside);
	assert_int_equal(yh_shape_parse(&arena, "{a} + {b} + {c}", &s, &beside, &err), YH_INTERNAL);
	assert_int_equal(figure(&err, "at", &text), 10);
	yh_arena_done(&arena);
}

static enum yh_rc nothing(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)rq;
	(void)in;
	(void)err;
	return YH_OK;
}

/* Names declared as `names`, and one operation, row.list, that replies `reply`. */
static enum yh_rc load(struct yh_arena *arena, const struct yh_named_shape *names,
		       const char *reply, unsigned flags, struct yh_shape_book *book,
		       struct yh_err *err)
{
	static struct yh_op op;
	static struct yh_op_table table;
	const struct yh_op_table *tables[] = { &table };

	op = (struct yh_op){
		.name = "row.list", .path = "/rows", .flags = flags, .run = nothing, .reply = reply
	};
	table = (struct yh_op_table){ &op, 1, names };
	*err = (struct yh_err){ 0 };
	return yh_shape_book_load(arena, tables, 1, book, err);
}

static void members_of_a_named_shape_are_taken_in_where_they_stand(void **state)
{
	static const struct yh_named_shape names[] = { { "Row", "{@Head b:[@Row]}" },
						       { "Head", "{a:int|null}" },
						       { 0 } };
	struct yh_shape_book book;
	struct yh_arena arena;
	struct yh_err err;
	const struct yh_member *m;

	(void)state;
	yh_arena_init(&arena, ROOM);
	assert_int_equal(load(&arena, names, "{x @Row y}", 0, &book, &err), YH_OK);
	m = book.replies[0].shape->members;
	assert_string_equal(m->name, "x");
	m = m->next;
	assert_string_equal(m->name, "a");
	assert_true(m->shape.null);
	m = m->next;
	assert_string_equal(m->name, "b");
	assert_string_equal(m->shape.of->word, "Row");
	m = m->next;
	assert_string_equal(m->name, "y");
	assert_null(m->next);
	yh_arena_done(&arena);
}

static void shapes_that_contradict_each_other_are_refused(void **state)
{
	static const struct yh_named_shape odd[] = { { "A", "{@B}" }, { "B", "{x @A}" }, { 0 } };
	static const struct yh_named_shape self[] = { { "A", "{@A}" }, { 0 } };
	static const struct yh_named_shape two[] = { { "A", "{x}" }, { "A", "{y}" }, { 0 } };
	static const struct yh_named_shape own[] = { { "RowList", "{x}" }, { 0 } };
	static const struct yh_named_shape bad[] = { { "A", "{x" }, { 0 } };
	static const struct yh_named_shape list[] = { { "A", "[int]" }, { 0 } };
	static const struct yh_named_shape good[] = { { "A", "{x}" }, { 0 } };
	static const struct {
		const struct yh_named_shape *names;
		const char *reply;
		unsigned flags;
		const char *slug, *where;
	} all[] = {
		{ odd, "{}", 0, "shape-circular", "A" },
		{ self, "{}", 0, "shape-circular", "A" },
		{ two, "{}", 0, "shape-twice", "A" },
		{ own, "{}", 0, "shape-twice", "row.list" },
		{ bad, "{}", 0, "shape-invalid", "A" },
		{ list, "{@A}", 0, "shape-unknown", "row.list" },
		{ good, "{@B}", 0, "shape-unknown", "row.list" },
		{ good, "{b:[{c:@B}]}", 0, "shape-unknown", "row.list" },
		{ good, "{x @A}", 0, "shape-twice", "row.list" },
		{ good, "{@A x}", 0, "shape-twice", "row.list" },
		{ good, "{a a}", 0, "shape-twice", "row.list" },
		{ good, "{a", 0, "shape-invalid", "row.list" },
		{ good, "@A + {b}", 0, "shape-invalid", "row.list" },
		{ good, "@A + [int]", YH_OP_PAGED, "shape-unknown", "row.list" },
		{ good, "@A + {c:@C}", YH_OP_PAGED, "shape-unknown", "row.list" },
		{ good, "@A + {items}", YH_OP_PAGED, "shape-twice", "row.list" },
		{ good, "@A + {next}", YH_OP_PAGED, "shape-twice", "row.list" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
		struct yh_shape_book book;
		struct yh_arena arena;
		struct yh_err err;
		const char *where;

		yh_arena_init(&arena, ROOM);
		print_message("# %zu %s\n", i, all[i].reply);
		assert_int_equal(
			load(&arena, all[i].names, all[i].reply, all[i].flags, &book, &err),
			YH_INTERNAL);
		assert_string_equal(err.slug, all[i].slug);
		(void)figure(&err, "where", &where);
		assert_string_equal(where, all[i].where);
		yh_arena_done(&arena);
	}
}

static void memory_that_runs_short_anywhere_is_told(void **state)
{
	static const struct yh_named_shape names[] = { { "A", "{x y:a|b z:[{*:@A}]}" }, { 0 } };
	struct yh_shape_book book;
	struct yh_arena arena;
	struct yh_err err;
	size_t failed = 0, room = 0;
	enum yh_rc rc;

	(void)state;
	do {
		yh_arena_init(&arena, room);
		room += 16;
		rc = load(&arena, names, "{@A b:@A} + {c}", YH_OP_PAGED, &book, &err);
		if (rc != YH_OK) {
			assert_int_equal(rc, YH_TOO_LARGE);
			assert_string_equal(err.slug, "memory-short");
			failed++;
		}
		yh_arena_done(&arena);
	} while (rc != YH_OK && room < ROOM);
	assert_int_equal(rc, YH_OK);
	assert_true(failed > 10);
}

static void operations_have_names_that_programs_like(void **state)
{
	char title[YH_SHAPE_NAME];

	(void)state;
	yh_shape_title(&(struct yh_op){ .name = "case.show" }, "", title);
	assert_string_equal(title, "CaseShow");
	yh_shape_title(&(struct yh_op){ .name = "meter-token.list" }, "Item", title);
	assert_string_equal(title, "MeterTokenListItem");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_type_becomes_its_schema),
		cmocka_unit_test(members_are_text_and_there_unless_something_else_is_said),
		cmocka_unit_test(what_cannot_be_read_is_told_with_its_column),
		cmocka_unit_test(a_second_shape_stands_behind_a_plus),
		cmocka_unit_test(members_of_a_named_shape_are_taken_in_where_they_stand),
		cmocka_unit_test(shapes_that_contradict_each_other_are_refused),
		cmocka_unit_test(memory_that_runs_short_anywhere_is_told),
		cmocka_unit_test(operations_have_names_that_programs_like),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
