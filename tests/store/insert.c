/* Many rows at once: what goes in comes out, on both engines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_test.h"

enum { MANY = 5003, LARGE = 3 * 1024 * 1024 };

static int open_with_tables(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	store_test_ddl(*state, "CREATE TABLE thing (id i64 NOT NULL PRIMARY KEY, n i64, t text, b"
			       " bytes, never bytes, said text NOT NULL, one i64 NOT NULL)\n--;\n"
			       "CREATE TABLE part (thing i64 NOT NULL REFERENCES thing (id))\n");
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_with_tables, store_test_close)

/* Literals that look like what is replaced. */
#define PUT                                                                                        \
	"INSERT INTO thing (id, n, t, b, never, said, one) VALUES ($1, $2, $3, $4, $5, 'it''s "    \
	"($1)"                                                                                     \
	" $2)', 1)"

static const unsigned char raw[] = { 0, 1, 0xFF, '\'', 0 };

/* Every third without a number, every fifth without text, some bytes of no length. */
static void fill(const void *rows, size_t i, struct yh_arg *args)
{
	static char text[32];

	(void)rows;
	(void)snprintf(text, sizeof text, "云 %zu", i);
	args[0] = YH_I(i);
	args[1] = i % 3 == 0 ? YH_NUL : YH_I(-(int64_t)i);
	args[2] = YH_T(i % 5 == 0 ? NULL : text);
	args[3] = i % 7 == 0 ? YH_NUL : YH_B(raw, i % sizeof raw);
	args[4] = YH_NUL;
}

static bool is_filled(const struct yh_rows *r, size_t i)
{
	struct yh_arg want[5];
	size_t n;
	const void *p = yh_col_bytes(r, 3, &n);

	fill(NULL, i, want);
	return yh_col_i64(r, 0) == (int64_t)i && yh_col_null(r, 1) == (want[1].kind == YH_A_NULL) &&
	       yh_col_i64(r, 1) == want[1].num &&
	       yh_col_null(r, 2) == (want[2].kind == YH_A_NULL) &&
	       (want[2].kind == YH_A_NULL || strcmp(yh_col_text(r, 2), want[2].p) == 0) &&
	       yh_col_null(r, 3) == (want[3].kind == YH_A_NULL) && n == want[3].n &&
	       (n == 0 || memcmp(p, want[3].p, n) == 0) && yh_col_null(r, 4) &&
	       strcmp(yh_col_text(r, 5), "it's ($1) $2)") == 0 && yh_col_i64(r, 6) == 1;
}

static enum yh_rc insert_and_look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	size_t n = *(const size_t *)arg, i = 0;
	struct yh_rows *rows;

	WANT_OK(yh_db_insert(tx, err, PUT, 5, fill, NULL, n));
	WANT_OK(yh_query(tx, err, &rows,
			 "SELECT id, n, t, b, never, said, one FROM thing ORDER BY id"));
	for (; yh_rows_next(rows); i++)
		WANT(is_filled(rows, i));
	WANT_OK(yh_rows_end(rows, err));
	WANT(i == n);
	return YH_OK;
}

static void rows_of_any_number_come_out_as_they_went_in(void **state)
{
	static const size_t numbers[] = { 0, 1, 2, 2000, 2001, MANY };
	struct store_test *t = *state;

	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
		store_test_write(t, insert_and_look, (void *)(uintptr_t)&numbers[i]);
		assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), numbers[i]);
		store_test_sql(t, &(struct yh_err){ 0 }, "DELETE FROM thing");
	}
}

static void fill_large(const void *rows, size_t i, struct yh_arg *args)
{
	args[0] = YH_I(i);
	args[1] = args[4] = YH_NUL;
	args[2] = (struct yh_arg){ .kind = YH_A_TEXT, .p = rows, .n = LARGE + i };
	args[3] = YH_B(rows, i);
}

static enum yh_rc insert_large(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_db_insert(tx, err, PUT, 5, fill_large, arg, 4);
}

static void rows_larger_than_a_message_come_out_as_they_went_in(void **state)
{
	struct store_test *t = *state;
	char *text = malloc(LARGE + 4);

	assert_non_null(text);
	memset(text, 'x', LARGE + 4);
	store_test_write(t, insert_large, text);
	free(text);
	assert_int_equal(store_test_int(t, "SELECT sum(length(t) - id) FROM thing"), 4 * LARGE);
	assert_int_equal(store_test_int(t, "SELECT sum(length(b) - id) FROM thing"), 0);
}

/* The last of them is there already. */
static enum yh_rc insert_clashing(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const char *sql = arg;

	WANT_OK(yh_exec(tx, err, "INSERT INTO thing (id, n, said, one) VALUES ($1, 77, '', 1)",
			YH_I(MANY - 1)));
	return yh_db_insert(tx, err, sql, 5, fill, NULL, MANY);
}

static void one_that_clashes_takes_all_back(void **state)
{
	static char sql[] = PUT;
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_failed(yh_exec_write(t->x, insert_clashing, sql, &err), err, YH_CONFLICT,
		      "db-unique");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 0);
}

static void what_follows_the_values_holds_for_each(void **state)
{
	static char kept[] = PUT " ON CONFLICT DO NOTHING",
		    changed[] = PUT " ON CONFLICT (id) DO UPDATE SET n = excluded.n, t = 'new'";
	struct store_test *t = *state;

	store_test_write(t, insert_clashing, kept);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), MANY);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing WHERE n = 77"), 1);
	store_test_sql(t, &(struct yh_err){ 0 }, "DELETE FROM thing");
	store_test_write(t, insert_clashing, changed);
	assert_int_equal(store_test_int(t, "SELECT n FROM thing WHERE t = 'new'"), -(MANY - 1));
}

static void fill_part(const void *rows, size_t i, struct yh_arg *args)
{
	(void)rows;
	args[0] = YH_I(i == MANY - 1 ? -1 : 0);
}

static enum yh_rc insert_parts(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	(void)arg;
	WANT_OK(yh_db_insert(tx, err, PUT, 5, fill, NULL, 1));
	return yh_db_insert(tx, err, "INSERT INTO part (thing) VALUES ($1)", 1, fill_part, NULL,
			    MANY);
}

static void one_that_refers_to_nothing_takes_all_back(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_failed(yh_exec_write(t->x, insert_parts, NULL, &err), err, YH_INTERNAL,
		      "db-constraint");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 0);
}

static enum yh_rc insert_nonsense(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_db_insert(tx, err, arg, 1, fill_part, NULL, 2);
}

static void a_text_that_is_no_insertion_of_values_is_a_defect(void **state)
{
	static char beyond[] = "INSERT INTO part (thing) VALUES ($2)",
		    open[] = "INSERT INTO part (thing) VALUES ($1";
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(t->x, insert_nonsense, beyond, &err), YH_INTERNAL);
	assert_int_equal(yh_exec_write(t->x, insert_nonsense, open, &err), YH_INTERNAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(rows_of_any_number_come_out_as_they_went_in),
		CASE(rows_larger_than_a_message_come_out_as_they_went_in),
		CASE(one_that_clashes_takes_all_back),
		CASE(what_follows_the_values_holds_for_each),
		CASE(one_that_refers_to_nothing_takes_all_back),
		CASE(a_text_that_is_no_insertion_of_values_is_a_defect),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
