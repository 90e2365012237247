/* The words of migrations in each engine's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "db/internal.h"

static void assert_becomes(const struct yh_engine *e, const char *sql, const char *want)
{
	char *got = yh_ddl_translate(e, sql, strlen(sql));

	assert_non_null(got);
	assert_string_equal(got, want);
	free(got);
}

static void type_words_become_the_engines_own(void **state)
{
	const char *sql = "CREATE TABLE a (x i64 NOT NULL, y text, z bytes)";

	(void)state;
	assert_becomes(&yh_engine_sqlite, sql,
		       "CREATE TABLE a (x INTEGER NOT NULL, y TEXT, z BLOB)\nSTRICT");
	assert_becomes(&yh_engine_postgres, sql,
		       "CREATE TABLE a (x bigint NOT NULL, y text COLLATE \"C\", z bytea)");
}

static void a_clustered_table_lies_in_the_order_of_its_key_where_the_engine_can(void **state)
{
	const char *sql = "CREATE TABLE a (x i64 PRIMARY KEY) clustered\n";

	(void)state;
	assert_becomes(&yh_engine_sqlite, sql,
		       "CREATE TABLE a (x INTEGER PRIMARY KEY) WITHOUT ROWID,\nSTRICT");
	assert_becomes(&yh_engine_postgres, sql, "CREATE TABLE a (x bigint PRIMARY KEY)");
}

static void words_in_quotes_and_parts_of_words_stay(void **state)
{
	(void)state;
	assert_becomes(
		&yh_engine_sqlite,
		"ALTER TABLE a ADD text_bytes text DEFAULT 'i64 it''s text' CHECK (\"text\")",
		"ALTER TABLE a ADD text_bytes TEXT DEFAULT 'i64 it''s text' CHECK (\"text\")");
}

static void comments_go_and_hide_neither_table_nor_suffix(void **state)
{
	(void)state;
	assert_becomes(&yh_engine_sqlite,
		       "\n-- a text's table; it's here\nCREATE TABLE a (x i64) ; -- done\n",
		       "CREATE TABLE a (x INTEGER)\nSTRICT");
	assert_becomes(&yh_engine_sqlite, "\n -- nothing i64\n", "");
}

static void statements_end_at_a_line_of_their_own(void **state)
{
	const char *text = "one -- --;\n--; \r\ntwo --;\n--;\n\nthree\n--;", *sql;
	static const char *const want[] = { "one -- --;\n", "two --;\n", "\nthree\n" };
	size_t n, i = 0;

	(void)state;
	for (; yh_ddl_next(&text, &sql, &n); i++) {
		assert_true(i < 3);
		assert_int_equal(n, strlen(want[i]));
		assert_memory_equal(sql, want[i], n);
	}
	assert_int_equal(i, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(type_words_become_the_engines_own),
		cmocka_unit_test(
			a_clustered_table_lies_in_the_order_of_its_key_where_the_engine_can),
		cmocka_unit_test(words_in_quotes_and_parts_of_words_stay),
		cmocka_unit_test(comments_go_and_hide_neither_table_nor_suffix),
		cmocka_unit_test(statements_end_at_a_line_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
