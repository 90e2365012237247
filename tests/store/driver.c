/* The driver: what goes in comes out, and failures have the same names on both engines. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "db/internal.h"
#include "store_test.h"

static const char tables[] = "CREATE TABLE thing (id i64 NOT NULL PRIMARY KEY, n i64, t text,"
			     " b bytes, code text UNIQUE, CHECK (n <> 13))\n--;\n"
			     "CREATE TABLE part (thing i64 NOT NULL REFERENCES thing (id))\n";

static int open_with_tables(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	store_test_ddl(*state, tables);
	return 0;
}

#define PUT "INSERT INTO thing (id, n, t, b) VALUES ($1, $2, $3, $4)"
#define GET "SELECT n, t, b FROM thing WHERE id = $1"

static enum yh_rc keep_integers(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const int64_t numbers[] = { INT64_MIN, INT64_MAX, 0, -1, 1, INT64_C(1) << 32 };

	(void)arg;
	for (int i = 0; i < 6; i++) {
		struct yh_rows *rows;

		WANT_OK(yh_exec(tx, err, PUT, YH_I(i), YH_I(numbers[i]), YH_NUL, YH_NUL));
		WANT_OK(yh_query(tx, err, &rows, GET, YH_I(i)));
		WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == numbers[i]);
		WANT(!yh_rows_next(rows) && !yh_rows_next(rows));
		WANT_OK(yh_rows_end(rows, err));
	}
	return YH_OK;
}

static void integers_at_both_ends_survive(void **state)
{
	store_test_write(*state, keep_integers, NULL);
}

static enum yh_rc keep_bytes(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char raw[] = { 0, 1, 0, (char)0xFF, '\'', '\\', 0 };
	struct yh_rows *rows;
	const void *p;
	size_t n = 1;

	(void)arg;
	WANT_OK(yh_exec(tx, err, PUT, YH_I(1), YH_NUL, YH_NUL, YH_B(raw, sizeof raw)));
	WANT_OK(yh_exec(tx, err, PUT, YH_I(2), YH_NUL, YH_NUL, YH_B(NULL, 0)));
	WANT_OK(yh_query(tx, err, &rows, GET, YH_I(1)));
	WANT(yh_rows_next(rows));
	p = yh_col_bytes(rows, 2, &n);
	WANT(n == sizeof raw && memcmp(p, raw, n) == 0);
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_query(tx, err, &rows, GET, YH_I(2)));
	WANT(yh_rows_next(rows) && !yh_col_null(rows, 2));
	p = yh_col_bytes(rows, 2, &n);
	WANT(p && n == 0);
	return yh_rows_end(rows, err);
}

static void bytes_with_zeros_and_no_bytes_survive(void **state)
{
	store_test_write(*state, keep_bytes, NULL);
}

static enum yh_rc keep_text(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const char *const texts[] = { "", "云衡 é \xF0\x9F\x8C\xA9 'quoted' \\ %", arg };

	for (int i = 0; i < 3; i++) {
		struct yh_rows *rows;

		WANT_OK(yh_exec(tx, err, PUT, YH_I(i), YH_NUL, YH_T(texts[i]), YH_NUL));
		WANT_OK(yh_query(tx, err, &rows, GET, YH_I(i)));
		WANT(yh_rows_next(rows) && !yh_col_null(rows, 1));
		WANT(strcmp(yh_col_text(rows, 1), texts[i]) == 0);
		WANT_OK(yh_rows_end(rows, err));
	}
	return YH_OK;
}

static void text_of_any_length_and_script_survives(void **state)
{
	size_t n = 300000;
	char *t = malloc(n + 1);

	assert_non_null(t);
	memset(t, 'x', n);
	t[n] = 0;
	store_test_write(*state, keep_text, t);
	free(t);
}

static enum yh_rc keep_nulls(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_id none = { { 0 } }, some = { { 7, 0, 9 } };
	struct yh_rows *rows;
	struct yh_id got;
	size_t n = 1;

	(void)arg;
	WANT_OK(yh_exec(tx, err, PUT, YH_I(1), YH_DAY0(YH_DAY_NONE), YH_T(NULL), YH_ID0(&none)));
	WANT_OK(yh_exec(tx, err, PUT, YH_I(2), YH_DAY0(20000), YH_T("t"), YH_ID0(&some)));
	WANT_OK(yh_query(tx, err, &rows, "SELECT n, t, b FROM thing ORDER BY id"));
	WANT(yh_rows_next(rows));
	WANT(yh_col_null(rows, 0) && yh_col_null(rows, 1) && yh_col_null(rows, 2));
	WANT(yh_col_i64(rows, 0) == 0 && yh_col_day(rows, 0) == YH_DAY_NONE);
	got = yh_col_id(rows, 2);
	WANT(*yh_col_text(rows, 1) == 0 && yh_id_is_zero(&got));
	WANT(yh_col_bytes(rows, 2, &n) && n == 0);
	WANT(yh_rows_next(rows));
	got = yh_col_id(rows, 2);
	WANT(yh_col_day(rows, 0) == 20000 && yh_id_eq(&got, &some));
	return yh_rows_end(rows, err);
}

static void nulls_read_as_nothing(void **state)
{
	store_test_write(*state, keep_nulls, NULL);
}

static enum yh_rc bind_by_number(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;

	(void)arg;
	WANT_OK(yh_exec(tx, err, "INSERT INTO thing (t, n, id) VALUES ($3, $1, $2)", YH_I(10),
			YH_I(20), YH_T("thirty")));
	WANT_OK(yh_query(tx, err, &rows,
			 "SELECT id, n FROM thing WHERE t = $2 AND (n = $1 OR id = $1)", YH_I(20),
			 YH_T("thirty")));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 20 && yh_col_i64(rows, 1) == 10);
	return yh_rows_end(rows, err);
}

static void arguments_bind_by_number_not_by_appearance(void **state)
{
	store_test_write(*state, bind_by_number, NULL);
}

static enum yh_rc null_first(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char sql[] = "SELECT count(*) FROM thing WHERE $1 = 7 OR id = $2";
	struct yh_rows *rows;

	(void)arg;
	WANT_OK(yh_exec(tx, err, PUT, YH_I(1), YH_NUL, YH_NUL, YH_NUL));
	WANT_OK(yh_query(tx, err, &rows, sql, YH_NUL, YH_I(1)));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 1);
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_query(tx, err, &rows, sql, YH_I(INT64_MAX), YH_I(2)));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 0);
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_query(tx, err, &rows, sql, YH_I(7), YH_NUL));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 1);
	return yh_rows_end(rows, err);
}

static void a_null_does_not_fix_the_type_of_an_argument(void **state)
{
	store_test_write(*state, null_first, NULL);
}

static enum yh_rc too_few(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	(void)arg;
	return yh_exec(tx, err, PUT, YH_I(1), YH_I(1), YH_NUL);
}

static enum yh_rc too_many(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum { N = YH_ARGS_MAX + 1 };
	struct yh_arg args[N];

	(void)arg;
	for (size_t i = 0; i < N; i++)
		args[i] = YH_I(i);
	return yh_db_exec(tx, err, NULL, "DELETE FROM thing WHERE id = $1", args, N);
}

static void a_wrong_number_of_arguments_is_a_defect(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(t->x, too_few, NULL, &err), YH_INTERNAL);
	yh_err_clear(&err);
	assert_failed(yh_exec_write(t->x, too_many, NULL, &err), err, YH_INTERNAL, "db-arguments");
}

static void two_statements_in_one_text_are_a_defect(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_int_equal(store_test_sql(t, &err,
					"INSERT INTO thing (id) VALUES (1);"
					"INSERT INTO thing (id) VALUES (2)"),
			 YH_INTERNAL);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 0);
}

static enum yh_rc clash_in_query(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	(void)arg;
	WANT_OK(yh_exec(tx, err, "INSERT INTO thing (id) VALUES ($1)", YH_I(5)));
	rc = yh_query(tx, err, &rows, "INSERT INTO thing (id) VALUES ($1) RETURNING id", YH_I(5));
	return rc == YH_OK ? yh_rows_end(rows, NULL) : rc;
}

static void a_second_of_what_must_be_unique_is_a_conflict(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };
	const char *sql = "INSERT INTO thing (id, code) VALUES (1, 'a')";

	assert_int_equal(store_test_sql(t, &err, sql), YH_OK);
	assert_failed(store_test_sql(t, &err, sql), err, YH_CONFLICT, "db-unique");
	yh_err_clear(&err);
	assert_failed(store_test_sql(t, &err, "INSERT INTO thing (id, code) VALUES (2, 'a')"), err,
		      YH_CONFLICT, "db-unique");
	yh_err_clear(&err);
	assert_failed(yh_exec_write(t->x, clash_in_query, NULL, &err), err, YH_CONFLICT,
		      "db-unique");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 1);
}

static void other_constraints_are_defects(void **state)
{
	static const char *const broken[] = {
		"INSERT INTO thing (id, n) VALUES (1, 13)",
		"INSERT INTO part (thing) VALUES (99)",
		"INSERT INTO part (thing) VALUES (NULL)",
	};
	struct store_test *t = *state;

	for (int i = 0; i < 3; i++) {
		struct yh_err err = { 0 };

		assert_failed(store_test_sql(t, &err, broken[i]), err, YH_INTERNAL,
			      "db-constraint");
	}
}

static enum yh_rc ordered(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char *const words[] = { "", "A", "B", "Z", "a", "a b", "aB", "ab", "é", "中" };
	struct yh_rows *rows;

	(void)arg;
	for (int i = 9; i >= 0; i--)
		WANT_OK(yh_exec(tx, err, PUT, YH_I(i), YH_NUL, YH_T(words[i]), YH_NUL));
	WANT_OK(yh_query(tx, err, &rows, "SELECT t FROM thing ORDER BY t"));
	for (int i = 0; i < 10; i++)
		WANT(yh_rows_next(rows) && strcmp(yh_col_text(rows, 0), words[i]) == 0);
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_query(tx, err, &rows, "SELECT count(*) FROM thing WHERE t > $1", YH_T("Z")));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 6);
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_query(tx, err, &rows, "SELECT count(*) FROM thing WHERE t LIKE $1", YH_T("a%")));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 4);
	return yh_rows_end(rows, err);
}

static void text_compares_bytewise_and_like_minds_case(void **state)
{
	store_test_write(*state, ordered, NULL);
}

static enum yh_rc reckoned(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char *const sql = "SELECT sum(n), count(*), max(n) = 40000, min(n) > 5,"
				       " coalesce(sum(n * 0), 0), avg(n) IS NULL FROM thing";
	struct yh_rows *rows;

	(void)arg;
	WANT_OK(yh_exec(tx, err, PUT, YH_I(1), YH_I(-30000), YH_NUL, YH_NUL));
	WANT_OK(yh_exec(tx, err, PUT, YH_I(2), YH_I(40000), YH_NUL, YH_NUL));
	WANT_OK(yh_exec(tx, err, PUT, YH_I(3), YH_I(-123456789012345), YH_NUL, YH_NUL));
	WANT_OK(yh_query(tx, err, &rows, sql));
	WANT(yh_rows_next(rows));
	WANT(yh_col_i64(rows, 0) == -123456789002345 && yh_col_i64(rows, 1) == 3);
	WANT(yh_col_i64(rows, 2) == 1 && yh_col_i64(rows, 3) == 0);
	WANT(yh_col_i64(rows, 4) == 0 && yh_col_i64(rows, 5) == 0);
	return yh_rows_end(rows, err);
}

static enum yh_rc sum_too_far(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;

	(void)arg;
	WANT_OK(yh_exec(tx, err, PUT, YH_I(7), YH_I(INT64_MAX), YH_NUL, YH_NUL));
	WANT_OK(yh_exec(tx, err, PUT, YH_I(8), YH_I(INT64_MAX), YH_NUL, YH_NUL));
	WANT_OK(yh_query(tx, err, &rows, "SELECT sum(n) FROM thing WHERE id > 6"));
	if (yh_rows_next(rows))
		(void)yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

static void sums_are_exact_or_fail(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	store_test_write(t, reckoned, NULL);
	assert_int_equal(yh_exec_write(t->x, sum_too_far, NULL, &err), YH_INTERNAL);
}

static enum yh_rc count_changed(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	int64_t n = -1;

	(void)arg;
	for (int i = 0; i < 3; i++)
		WANT_OK(yh_exec(tx, err, PUT, YH_I(i), YH_I(i), YH_NUL, YH_NUL));
	WANT_OK(yh_exec_n(tx, err, &n, "UPDATE thing SET n = 5"));
	WANT(n == 3);
	WANT_OK(yh_exec_n(tx, err, &n, "SELECT id FROM thing"));
	WANT(n == 0);
	WANT_OK(yh_exec_n(tx, err, &n, "UPDATE thing SET n = 6 WHERE id = 99"));
	WANT(n == 0);
	WANT_OK(yh_exec_n(tx, err, &n, "INSERT INTO thing (id) VALUES (1) ON CONFLICT DO NOTHING"));
	WANT(n == 0);
	WANT_OK(yh_exec_n(tx, err, &n, "DELETE FROM thing WHERE id < 2"));
	WANT(n == 2);
	return YH_OK;
}

static void rows_changed_are_counted(void **state)
{
	store_test_write(*state, count_changed, NULL);
}

static enum yh_rc nested(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char all[] = "SELECT id FROM thing ORDER BY id";
	YH_ROWS_AUTO outer = NULL;
	int64_t pairs = 0;

	(void)arg;
	for (int i = 0; i < 4; i++)
		WANT_OK(yh_exec(tx, err, PUT, YH_I(i), YH_NUL, YH_NUL, YH_NUL));
	WANT_OK(yh_query(tx, err, &outer, all));
	while (yh_rows_next(outer)) {
		YH_ROWS_AUTO inner = NULL;

		WANT_OK(yh_query(tx, err, &inner, all));
		for (int64_t i = 0; i <= yh_col_i64(outer, 0); i++)
			WANT(yh_rows_next(inner) && yh_col_i64(inner, 0) == i);
		pairs++;
	}
	WANT(pairs == 4);
	return YH_OK;
}

static void one_query_is_read_inside_itself_and_dropped_early(void **state)
{
	store_test_write(*state, nested, NULL);
}

static enum yh_rc leave_rows(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows, *more;

	WANT_OK(yh_query(tx, err, &rows, "SELECT id FROM thing"));
	WANT_OK(yh_query(tx, err, &more, "SELECT n FROM thing"));
	return *(bool *)arg ? YH_OK : yh_fail(err, YH_REFUSED, "test-refused");
}

static void results_left_open_are_ended_and_only_a_failure_may_leave_them(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };
	bool succeed = false;

	assert_failed(yh_exec_write(t->x, leave_rows, &succeed, &err), err, YH_REFUSED,
		      "test-refused");
	yh_err_clear(&err);
	succeed = true;
	assert_failed(yh_exec_read(t->x, leave_rows, &succeed, &err), err, YH_INTERNAL,
		      "db-rows-open");
	assert_int_equal(store_test_sql(t, &err, "DROP TABLE part"), YH_OK);
}

static enum yh_rc pass_over_failure(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_err mine = { 0 };
	enum yh_rc *later = arg;

	WANT_OK(yh_exec(tx, err, PUT, YH_I(1), YH_NUL, YH_NUL, YH_NUL));
	WANT(yh_exec(tx, &mine, PUT, YH_I(1), YH_NUL, YH_NUL, YH_NUL) == YH_CONFLICT);
	*later = yh_exec(tx, NULL, PUT, YH_I(2), YH_NUL, YH_NUL, YH_NUL);
	return YH_OK;
}

static void a_transaction_cannot_pass_over_a_failed_statement(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };
	enum yh_rc later = YH_OK;

	assert_failed(yh_exec_write(t->x, pass_over_failure, &later, &err), err, YH_CONFLICT,
		      "db-unique");
	assert_int_equal(later, YH_CONFLICT);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 0);
}

static enum yh_rc write_once(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	(void)arg;
	return yh_exec(tx, err, PUT, YH_I(1), YH_NUL, YH_NUL, YH_NUL);
}

static void a_read_cannot_write(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_failed(yh_exec_read(t->x, write_once, NULL, &err), err, YH_STORAGE,
		      "store-read-only");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 0);
}

static enum yh_rc look_twice(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct store_test *t = arg;

	for (int i = 0; i < 2; i++) {
		struct yh_rows *rows;

		WANT_OK(yh_query(tx, err, &rows, "SELECT count(*) FROM thing"));
		WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) == 0);
		WANT_OK(yh_rows_end(rows, err));
		if (i == 0)
			WANT_OK(yh_exec_write(t->x, write_once, NULL, err));
	}
	return YH_OK;
}

static void a_read_sees_one_moment(void **state)
{
	struct store_test *t = *state;

	store_test_read(t, look_twice, t);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM thing"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_with_tables, store_test_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(integers_at_both_ends_survive),
		CASE(bytes_with_zeros_and_no_bytes_survive),
		CASE(text_of_any_length_and_script_survives),
		CASE(nulls_read_as_nothing),
		CASE(arguments_bind_by_number_not_by_appearance),
		CASE(a_null_does_not_fix_the_type_of_an_argument),
		CASE(a_wrong_number_of_arguments_is_a_defect),
		CASE(two_statements_in_one_text_are_a_defect),
		CASE(a_second_of_what_must_be_unique_is_a_conflict),
		CASE(other_constraints_are_defects),
		CASE(text_compares_bytewise_and_like_minds_case),
		CASE(sums_are_exact_or_fail),
		CASE(rows_changed_are_counted),
		CASE(one_query_is_read_inside_itself_and_dropped_early),
		CASE(results_left_open_are_ended_and_only_a_failure_may_leave_them),
		CASE(a_transaction_cannot_pass_over_a_failed_statement),
		CASE(a_read_cannot_write),
		CASE(a_read_sees_one_moment),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
