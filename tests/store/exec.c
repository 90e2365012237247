/* The executor: batches, savepoints, order under locks, bounds, closing. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "store_test.h"

static int open_with_tables(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	store_test_ddl(*state, "CREATE TABLE tally (id i64 NOT NULL PRIMARY KEY, n i64 NOT NULL)");
	return 0;
}

/* A door that a write stands in until the test opens it. */
struct door {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned inside, done;
	bool open;
};

#define DOOR                                                                                       \
	{                                                                                          \
		.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER               \
	}

static enum yh_rc stand_in_door(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct door *d = arg;

	(void)tx;
	(void)err;
	(void)pthread_mutex_lock(&d->lock);
	d->inside++;
	(void)pthread_cond_broadcast(&d->moved);
	while (!d->open)
		(void)pthread_cond_wait(&d->moved, &d->lock);
	(void)pthread_mutex_unlock(&d->lock);
	return YH_OK;
}

static void wait_inside(struct door *d)
{
	(void)pthread_mutex_lock(&d->lock);
	while (d->inside == 0)
		(void)pthread_cond_wait(&d->moved, &d->lock);
	(void)pthread_mutex_unlock(&d->lock);
}

static void open_door(struct door *d)
{
	(void)pthread_mutex_lock(&d->lock);
	d->open = true;
	(void)pthread_cond_broadcast(&d->moved);
	(void)pthread_mutex_unlock(&d->lock);
}

static void wait_done(struct door *d, unsigned n)
{
	(void)pthread_mutex_lock(&d->lock);
	while (d->done < n)
		(void)pthread_cond_wait(&d->moved, &d->lock);
	(void)pthread_mutex_unlock(&d->lock);
}

struct job {
	struct yh_write w; /* first: done() finds the job by it */
	struct door *door;
	int id;
	bool refuse;
};

static void job_done(struct yh_write *w)
{
	struct door *d = ((struct job *)w)->door;

	(void)pthread_mutex_lock(&d->lock);
	d->done++;
	(void)pthread_cond_broadcast(&d->moved);
	(void)pthread_mutex_unlock(&d->lock);
}

static enum yh_rc insert_tally(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct job *j = arg;
	enum yh_rc rc = yh_exec(tx, err, "INSERT INTO tally (id, n) VALUES ($1, 0)", YH_I(j->id));

	return rc == YH_OK && j->refuse ? yh_fail(err, YH_REFUSED, "test-refused") : rc;
}

static struct job job_of(struct door *d, yh_tx_fn fn, int id)
{
	return (struct job){ .w = { .fn = fn, .done = job_done }, .door = d, .id = id };
}

static enum yh_rc submit(struct store_test *t, struct job *j, struct yh_err *err)
{
	j->w.arg = j->w.fn == stand_in_door ? (void *)j->door : (void *)j;
	return yh_exec_submit(t->x, &j->w, err);
}

/* Holds the one writer, so that what is submitted next waits together. */
static struct job hold_writer(struct store_test *t, struct door *d)
{
	t->cfg.writers = 1;
	store_test_reopen(t);
	return job_of(d, stand_in_door, -1);
}

static void a_write_that_fails_leaves_nothing(void **state)
{
	struct store_test *t = *state;
	struct door d = DOOR;
	struct job j = job_of(&d, insert_tally, 1);
	struct yh_err err = { 0 };

	j.refuse = true;
	assert_failed(yh_exec_write(t->x, insert_tally, &j, &err), err, YH_REFUSED, "test-refused");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 0);
	assert_int_equal(yh_exec_stats(t->x).rollbacks, 1);
}

static void one_that_fails_does_not_hurt_its_neighbours(void **state)
{
	struct store_test *t = *state;
	struct door d = DOOR;
	struct job gate = hold_writer(t, &d), jobs[10];
	struct yh_err err = { 0 };

	assert_int_equal(submit(t, &gate, &err), YH_OK);
	wait_inside(&d);
	for (int i = 0; i < 10; i++) {
		jobs[i] = job_of(&d, insert_tally, i == 7 ? 2 : i); /* 7 clashes with 2 */
		jobs[i].refuse = i == 4;
		assert_int_equal(submit(t, &jobs[i], &err), YH_OK);
	}
	open_door(&d);
	wait_done(&d, 11);
	for (int i = 0; i < 10; i++)
		assert_int_equal(jobs[i].w.rc, i == 4 ? YH_REFUSED : i == 7 ? YH_CONFLICT : YH_OK);
	assert_string_equal(jobs[4].w.err.slug, "test-refused");
	assert_string_equal(jobs[7].w.err.slug, "db-unique");
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 8);
	assert_int_equal(yh_exec_stats(t->x).rollbacks, 2);
}

static void waiting_writes_share_bounded_commits(void **state)
{
	struct store_test *t = *state;
	struct door d = DOOR;
	struct job gate = hold_writer(t, &d);
	struct yh_exec_stats before, after;
	struct yh_err err = { 0 };
	struct job *jobs = calloc(600, sizeof *jobs);

	assert_non_null(jobs);
	before = yh_exec_stats(t->x);
	assert_int_equal(submit(t, &gate, &err), YH_OK);
	wait_inside(&d);
	for (int i = 0; i < 600; i++) {
		jobs[i] = job_of(&d, insert_tally, i);
		assert_int_equal(submit(t, &jobs[i], &err), YH_OK);
	}
	open_door(&d);
	wait_done(&d, 601);
	after = yh_exec_stats(t->x);
	assert_int_equal(after.writes - before.writes, 601);
	/* SQLite: the gate alone, then 256, 256 and 88 together. */
	assert_int_equal(after.batches - before.batches, store_test_on_postgres() ? 601 : 4);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 600);
	free(jobs);
}

static void a_full_queue_refuses_and_keeps_what_it_has(void **state)
{
	struct store_test *t = *state;
	struct door d = DOOR;
	struct job gate, jobs[4];
	struct yh_err err = { 0 };

	t->cfg.queue = 3;
	gate = hold_writer(t, &d);
	assert_int_equal(submit(t, &gate, &err), YH_OK);
	wait_inside(&d);
	for (int i = 0; i < 3; i++) {
		jobs[i] = job_of(&d, insert_tally, i);
		assert_int_equal(submit(t, &jobs[i], &err), YH_OK);
	}
	jobs[3] = job_of(&d, insert_tally, 3);
	assert_failed(submit(t, &jobs[3], &err), err, YH_BUSY, "write-queue-full");
	open_door(&d);
	wait_done(&d, 4);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 3);
}

static void closing_finishes_what_waits(void **state)
{
	struct store_test *t = *state;
	struct door d = DOOR;
	struct job jobs[100];
	struct yh_err err = { 0 };

	for (int i = 0; i < 100; i++) {
		jobs[i] = job_of(&d, insert_tally, i);
		assert_int_equal(submit(t, &jobs[i], &err), YH_OK);
	}
	store_test_reopen(t);
	assert_int_equal(d.done, 100);
	for (int i = 0; i < 100; i++)
		assert_int_equal(jobs[i].w.rc, YH_OK);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM tally"), 100);
}

enum { THREADS = 8, ROUNDS = 25 };
static const struct yh_id two_keys[] = { { { 9, 9, 9 } }, { { 1, 2, 3 } }, { { 9, 9, 9 } } };

/* Reads, then writes what it read plus one: only the lock keeps this right on PostgreSQL. */
static enum yh_rc add_one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t n;

	(void)arg;
	WANT_OK(yh_db_lock(tx, two_keys, YH_LEN(two_keys), err));
	WANT_OK(yh_query(tx, err, &rows, "SELECT n FROM tally WHERE id = 1"));
	n = yh_rows_next(rows) ? yh_col_i64(rows, 0) : -1;
	WANT_OK(yh_rows_end(rows, err));
	return yh_exec(tx, err, "UPDATE tally SET n = $1 WHERE id = 1", YH_I(n + 1));
}

struct crowd {
	struct yh_exec *x;
	atomic_int failed;
};

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;

	(void)arg;
	WANT_OK(yh_query(tx, err, &rows, "SELECT n FROM tally WHERE id = 1"));
	WANT(yh_rows_next(rows) && yh_col_i64(rows, 0) >= 0);
	return yh_rows_end(rows, err);
}

static void *add_many(void *arg)
{
	struct crowd *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		struct yh_err err = { 0 };

		if (yh_exec_write(c->x, add_one, NULL, &err) != YH_OK ||
		    yh_exec_read(c->x, look, NULL, &err) != YH_OK)
			atomic_fetch_add(&c->failed, 1);
		(void)yh_exec_stats(c->x);
	}
	return NULL;
}

static void nothing_is_lost_between_threads_under_a_lock(void **state)
{
	struct store_test *t = *state;
	struct crowd crowd = { .x = t->x };
	pthread_t threads[THREADS];
	struct yh_err err = { 0 };

	assert_int_equal(store_test_sql(t, &err, "INSERT INTO tally (id, n) VALUES (1, 0)"), YH_OK);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_many, &crowd), 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(atomic_load(&crowd.failed), 0);
	assert_int_equal(store_test_int(t, "SELECT n FROM tally"), THREADS * ROUNDS);
}

static enum yh_rc lock_many(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_id keys[70];

	memset(keys, 0, sizeof keys);
	for (unsigned i = 0; i < 70; i++)
		keys[i].b[15] = (unsigned char)(70 - i);
	return yh_db_lock(tx, keys, (size_t) * (int *)arg, err);
}

static void too_many_keys_are_a_defect(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };
	int n = 64;

	store_test_write(t, lock_many, &n);
	n = 65;
	assert_failed(yh_exec_write(t->x, lock_many, &n, &err), err, YH_INTERNAL, "db-arguments");
}

static void an_address_of_no_engine_is_refused(void **state)
{
	static const char *const wrong[] = { "", "sqlite:", "mysql://x", "/tmp/x.db", NULL };

	(void)state;
	for (size_t i = 0; i < YH_LEN(wrong); i++) {
		const struct yh_exec_config cfg = { .database = wrong[i] };
		struct yh_exec *x = NULL;
		struct yh_err err = { 0 };

		assert_failed(yh_exec_open(&cfg, &x, &err), err, YH_BAD_INPUT, "database-url");
		assert_null(x);
	}
}

static enum yh_rc insert_block(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char block[200 * 1024];

	return yh_exec(tx, err, "INSERT INTO block (id, body) VALUES ($1, $2)", YH_I(*(int *)arg),
		       YH_B(block, sizeof block));
}

static void the_log_of_a_busy_store_begins_anew_and_loses_nothing(void **state)
{
	enum { BLOCKS = 1200, LOG_MOST = 160 * 1024 * 1024 }; /* 240 MB go through the log */
	struct store_test *t = *state;
	char name[200];
	struct stat st;

	store_test_ddl(t, "CREATE TABLE block (id i64 NOT NULL PRIMARY KEY, body bytes NOT NULL)");
	for (int i = 0; i < BLOCKS; i++)
		store_test_write(t, insert_block, &i);
	if (!store_test_on_postgres()) { /* whose log is its own affair */
		(void)snprintf(name, sizeof name, "%s/yunheng.db-wal", t->dir);
		assert_int_equal(stat(name, &st), 0);
		assert_true(st.st_size < LOG_MOST);
	}
	store_test_reopen(t);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM block"), BLOCKS);
	assert_int_equal(store_test_int(t, "SELECT min(length(body)) FROM block"), 200 * 1024);
}

enum { PAGES = 2000 };

static enum yh_rc insert_pages(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const char body[3000];

	(void)arg;
	for (int i = 0; i < PAGES; i++)
		WANT_OK(yh_exec(tx, err, "INSERT INTO page (id, n, body) VALUES ($1, 0, $2)",
				YH_I(i), YH_B(body, sizeof body)));
	return YH_OK;
}

static enum yh_rc change_pages(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const bool *refuse = arg;

	WANT_OK(yh_exec(tx, err, "UPDATE page SET n = n + 1"));
	return *refuse ? yh_fail(err, YH_REFUSED, "test-refused") : YH_OK;
}

/* SQLite keeps every page that a write of a batch changes as it was, to undo it alone. */
static void a_write_that_changes_many_pages_is_kept_or_undone_whole(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };
	bool refuse = true;

	store_test_ddl(t, "CREATE TABLE page (id i64 NOT NULL PRIMARY KEY, n i64 NOT NULL, body"
			  " bytes NOT NULL)");
	store_test_write(t, insert_pages, NULL);
	assert_int_equal(yh_exec_write(t->x, change_pages, &refuse, &err), YH_REFUSED);
	assert_int_equal(store_test_int(t, "SELECT sum(n) FROM page"), 0);
	refuse = false;
	store_test_write(t, change_pages, &refuse);
	assert_int_equal(store_test_int(t, "SELECT sum(n) FROM page"), PAGES);
}

/* ---- a reading that would never end ---- */

struct endless {
	struct yh_exec *x;
	struct door door;
};

static enum yh_rc read_for_ever(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct endless *e = arg;
	struct yh_rows *rows;
	enum yh_rc rc;

	(void)pthread_mutex_lock(&e->door.lock);
	e->door.inside++;
	(void)pthread_cond_broadcast(&e->door.moved);
	(void)pthread_mutex_unlock(&e->door.lock);
	rc = yh_query(tx, err, &rows,
		      "WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) SELECT i"
		      " FROM s WHERE i < 0");
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		;
	return yh_rows_end(rows, err);
}

static void *halt(void *arg)
{
	struct endless *e = arg;

	wait_inside(&e->door);
	yh_exec_halt(e->x);
	return NULL;
}

static void a_halt_ends_what_reads_and_lets_writes_go_on(void **state)
{
	struct store_test *t = *state;
	struct endless e = { .x = t->x, .door = DOOR };
	struct yh_err err = { 0 };
	pthread_t thread;

	if (store_test_on_postgres()) {
		yh_exec_halt(t->x); /* what reads there is waited for */
	} else {
		assert_int_equal(pthread_create(&thread, NULL, halt, &e), 0);
		assert_int_equal(yh_exec_read(t->x, read_for_ever, &e, &err), YH_BUSY);
		assert_string_equal(err.slug, "store-closing");
		assert_int_equal(pthread_join(thread, NULL), 0);
		yh_err_clear(&err);
	}
	assert_int_equal(yh_exec_read(t->x, read_for_ever, &e, &err), YH_BUSY);
	assert_string_equal(err.slug, "store-closing");
	yh_err_clear(&err);
	assert_int_equal(store_test_sql(t, &err, "CREATE TABLE later (id INTEGER)"), YH_OK);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_with_tables, store_test_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_write_that_fails_leaves_nothing),
		CASE(one_that_fails_does_not_hurt_its_neighbours),
		CASE(waiting_writes_share_bounded_commits),
		CASE(a_full_queue_refuses_and_keeps_what_it_has),
		CASE(closing_finishes_what_waits),
		CASE(nothing_is_lost_between_threads_under_a_lock),
		CASE(too_many_keys_are_a_defect),
		CASE(a_halt_ends_what_reads_and_lets_writes_go_on),
		store_test_case(a_write_that_changes_many_pages_is_kept_or_undone_whole),
		store_test_case(the_log_of_a_busy_store_begins_anew_and_loses_nothing),
		cmocka_unit_test(an_address_of_no_engine_is_refused),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
