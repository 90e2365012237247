/* A part of a transaction that fails alone, and rows that others have taken. */
#include <pthread.h>
#include <string.h>

#include "store_test.h"

static int open_with_tables(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	store_test_ddl(*state, "CREATE TABLE tally (id i64 NOT NULL PRIMARY KEY, n i64 NOT NULL)");
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_with_tables, store_test_close)

static enum yh_rc put(struct yh_tx *tx, int64_t id, struct yh_err *err)
{
	return yh_exec(tx, err, "INSERT INTO tally (id, n) VALUES ($1, 0)", YH_I(id));
}

static enum yh_rc put_and_refuse(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum yh_rc rc = put(tx, *(int64_t *)arg, err);

	return rc == YH_OK ? yh_fail(err, YH_REFUSED, "not-today") : rc;
}

static enum yh_rc put_twice(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	enum yh_rc rc = put(tx, *(int64_t *)arg, err);

	if (rc == YH_OK)
		(void)!put(tx, *(int64_t *)arg, NULL); /* its failure is not to be passed over */
	return rc;
}

static enum yh_rc leave_rows_open(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;

	(void)arg;
	return yh_query(tx, err, &rows, "SELECT id FROM tally");
}

static enum yh_rc put_well(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return put(tx, *(int64_t *)arg, err);
}

static enum yh_rc try_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_err why;
	int64_t ids[] = { 10, 11, 12, 13 };

	(void)arg;
	WANT_OK(put(tx, 1, err));
	WANT_OK(yh_db_try(tx, put_and_refuse, &ids[0], &why, err));
	WANT(why.rc == YH_REFUSED && strcmp(why.slug, "not-today") == 0);
	WANT_OK(put(tx, 2, err));
	WANT_OK(yh_db_try(tx, put_twice, &ids[1], &why, err));
	WANT(why.rc == YH_CONFLICT && strcmp(why.slug, "db-unique") == 0);
	WANT_OK(put(tx, 3, err));
	WANT_OK(yh_db_try(tx, leave_rows_open, NULL, &why, err));
	WANT(why.rc == YH_INTERNAL && strcmp(why.slug, "db-rows-open") == 0);
	WANT_OK(yh_db_try(tx, put_well, &ids[3], &why, err));
	WANT(why.rc == YH_OK);
	return YH_OK;
}

static void a_part_that_fails_takes_back_itself_and_nothing_else(void **state)
{
	struct store_test *t = *state;

	store_test_write(t, try_all, NULL);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 4);
	assert_int_equal(store_test_int(t, "SELECT sum(id) FROM tally"), 1 + 2 + 3 + 13);
}

static enum yh_rc try_within(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_err why;
	int64_t id = 21;

	WANT_OK(put(tx, 20, err));
	WANT_OK(yh_db_try(tx, put_and_refuse, &id, &why, err));
	(void)arg;
	return YH_OK;
}

static enum yh_rc try_nested(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_err why;

	WANT_OK(yh_db_try(tx, try_within, arg, &why, err));
	WANT(why.rc == YH_OK);
	return YH_OK;
}

static void parts_stand_within_parts(void **state)
{
	struct store_test *t = *state;

	store_test_write(t, try_nested, NULL);
	assert_int_equal(store_test_int(t, "SELECT sum(id) FROM tally"), 20);
}

static enum yh_rc fail_before(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_err why;
	int64_t id = 30;

	(void)!put(tx, 1, NULL);
	(void)!put(tx, 1, NULL);
	(void)arg;
	return yh_db_try(tx, put_well, &id, &why, err);
}

static void nothing_is_tried_in_a_transaction_that_has_failed(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	assert_failed(yh_exec_write(t->x, fail_before, NULL, &err), err, YH_CONFLICT, "db-unique");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 0);
}

/* Two transactions that each take the first row nobody has. */
struct taking {
	pthread_barrier_t *both;
	int64_t id;
};

static enum yh_rc take_first(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct taking *t = arg;
	struct yh_rows *rows;

	WANT_OK(yh_query(tx, err, &rows,
			 "SELECT a.id FROM tally a ORDER BY a.id LIMIT 1" YH_SKIP_TAKEN("a")));
	WANT(yh_rows_next(rows));
	t->id = yh_col_i64(rows, 0);
	WANT_OK(yh_rows_end(rows, err));
	if (t->both)
		(void)pthread_barrier_wait(t->both);
	return yh_exec(tx, err, "DELETE FROM tally WHERE id = $1", YH_I(t->id));
}

static void *take_on_a_thread(void *arg)
{
	void **both = arg;
	struct store_test *t = both[0];
	struct yh_err err = { 0 };

	return yh_exec_write(t->x, take_first, both[1], &err) == YH_OK ? NULL : both;
}

static void rows_that_another_has_taken_are_passed_over(void **state)
{
	struct store_test *t = *state;
	pthread_barrier_t both;
	struct taking first = { 0 }, second = { 0 };
	void *arg[] = { t, &first }, *bad;
	struct yh_err err = { 0 };
	pthread_t thread;

	store_test_write(t, put_well, &(int64_t){ 1 });
	store_test_write(t, put_well, &(int64_t){ 2 });
	assert_int_equal(pthread_barrier_init(&both, NULL, 2), 0);
	if (store_test_on_postgres()) /* each holds its row until the other has one, too */
		first.both = second.both = &both;
	assert_int_equal(pthread_create(&thread, NULL, take_on_a_thread, arg), 0);
	assert_int_equal(yh_exec_write(t->x, take_first, &second, &err), YH_OK);
	assert_int_equal(pthread_join(thread, &bad), 0);
	assert_null(bad);
	assert_int_equal(first.id + second.id, 3);
	(void)pthread_barrier_destroy(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_part_that_fails_takes_back_itself_and_nothing_else),
		CASE(parts_stand_within_parts),
		CASE(nothing_is_tried_in_a_transaction_that_has_failed),
		CASE(rows_that_another_has_taken_are_passed_over),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
