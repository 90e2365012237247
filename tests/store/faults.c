/* When statements, commits, disks, files and servers fail. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/fault.h"
#include "store_test.h"

static int open_with_tables(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	store_test_ddl(*state, "CREATE TABLE tally (id i64 NOT NULL PRIMARY KEY, n i64 NOT NULL)"
			       "\n--;\nCREATE TABLE note (id i64 NOT NULL PRIMARY KEY, t text)"
			       "\n--;\nINSERT INTO tally (id, n) VALUES (1, 0)");
	return 0;
}

#define STATE "SELECT sum(n) * 1000 + (SELECT count(*) FROM note) FROM tally"

/* A use case of five statements over two tables. */
static enum yh_rc use_case(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_id key = { { 5 } };
	struct yh_rows *rows;
	int64_t n;

	(void)arg;
	WANT_OK(yh_db_lock(tx, &key, 1, err));
	WANT_OK(yh_query(tx, err, &rows, "SELECT n FROM tally WHERE id = 1"));
	n = yh_rows_next(rows) ? yh_col_i64(rows, 0) : -1;
	WANT_OK(yh_rows_end(rows, err));
	WANT_OK(yh_exec(tx, err, "INSERT INTO note (id, t) VALUES ($1, 'a')", YH_I(n * 2)));
	WANT_OK(yh_exec(tx, err, "UPDATE tally SET n = n + 1 WHERE id = 1"));
	return yh_exec(tx, err, "INSERT INTO note (id, t) VALUES ($1, 'b')", YH_I(n * 2 + 1));
}

static void whichever_statement_fails_the_store_is_unchanged(void **state)
{
	struct store_test *t = *state;
	int met = 0;

	for (;; met++) {
		struct yh_err err = { 0 };
		enum yh_rc rc;

		yh_fault_arm_statement(met + 1);
		rc = yh_exec_write(t->x, use_case, NULL, &err);
		yh_fault_arm_statement(0);
		if (rc == YH_OK)
			break;
		assert_failed(rc, err, YH_STORAGE, "store-io");
		assert_int_equal(store_test_int(t, STATE), 0);
	}
	assert_int_equal(met, 5);
	assert_int_equal(store_test_int(t, STATE), 1002);
}

static void a_commit_that_fails_keeps_nothing_and_the_next_goes_on(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	yh_fault_arm_commit(1);
	assert_failed(yh_exec_write(t->x, use_case, NULL, &err), err, YH_STORAGE, "store-io");
	assert_int_equal(store_test_int(t, STATE), 0);
	store_test_write(t, use_case, NULL);
	assert_int_equal(store_test_int(t, STATE), 1002);
}

struct burst {
	struct yh_write w[20];
	int ids[20];
	pthread_mutex_t lock;
	pthread_cond_t moved;
	int done;
	bool inside, open;
};

static struct burst *the_burst; /* done() has no argument of its own */

static void burst_done(struct yh_write *w)
{
	(void)w;
	(void)pthread_mutex_lock(&the_burst->lock);
	the_burst->done++;
	(void)pthread_cond_broadcast(&the_burst->moved);
	(void)pthread_mutex_unlock(&the_burst->lock);
}

static enum yh_rc wait_open(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct burst *b = arg;

	(void)tx;
	(void)err;
	(void)pthread_mutex_lock(&b->lock);
	b->inside = true;
	(void)pthread_cond_broadcast(&b->moved);
	while (!b->open)
		(void)pthread_cond_wait(&b->moved, &b->lock);
	(void)pthread_mutex_unlock(&b->lock);
	return YH_OK;
}

static enum yh_rc insert_note(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	if (*(int *)arg == 3)
		return yh_fail(err, YH_REFUSED, "test-refused");
	return yh_exec(tx, err, "INSERT INTO note (id) VALUES ($1)", YH_I(*(int *)arg));
}

/* proves S12 */
static void when_a_batch_cannot_commit_every_write_of_it_fails(void **state)
{
	struct store_test *t = *state;
	struct burst b = { .lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER };
	struct yh_err err = { 0 };

	the_burst = &b;
	for (int i = 0; i < 20; i++) {
		b.ids[i] = i;
		b.w[i] = (struct yh_write){ .fn = i ? insert_note : wait_open,
					    .arg = i ? (void *)&b.ids[i] : (void *)&b,
					    .done = burst_done };
		assert_int_equal(yh_exec_submit(t->x, &b.w[i], &err), YH_OK);
		(void)pthread_mutex_lock(&b.lock);
		while (!b.inside) /* the gate is a batch alone */
			(void)pthread_cond_wait(&b.moved, &b.lock);
		(void)pthread_mutex_unlock(&b.lock);
	}
	yh_fault_arm_commit(2);
	(void)pthread_mutex_lock(&b.lock);
	b.open = true;
	(void)pthread_cond_broadcast(&b.moved);
	while (b.done < 20)
		(void)pthread_cond_wait(&b.moved, &b.lock);
	(void)pthread_mutex_unlock(&b.lock);
	yh_fault_arm_commit(0);
	for (int i = 1; i < 20; i++) {
		assert_int_equal(b.w[i].rc, i == 3 ? YH_REFUSED : YH_STORAGE);
		assert_string_equal(b.w[i].err.slug, i == 3 ? "test-refused" : "store-io");
	}
	assert_int_equal(store_test_int(t, STATE), 0);
}

static void without_the_sync_an_acknowledged_write_can_be_lost(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	t->cfg.unsafe_no_sync = true;
	store_test_reopen(t);
	yh_fault_arm_commit(1);
	assert_int_equal(yh_exec_write(t->x, use_case, NULL, &err), YH_OK);
	store_test_reopen(t);
	assert_int_equal(store_test_int(t, STATE), 0);
}

/* -- SQLite: disks and files -- */

static enum yh_rc limit_pages(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;

	WANT_OK(yh_query(tx, err, &rows, (const char *)arg));
	WANT(yh_rows_next(rows));
	return yh_rows_end(rows, err);
}

static enum yh_rc insert_much(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	char text[4001];

	(void)arg;
	memset(text, 'x', 4000);
	text[4000] = 0;
	for (int i = 0; i < 100; i++)
		WANT_OK(yh_exec(tx, err, "INSERT INTO note (id, t) VALUES ($1, $2)", YH_I(i),
				YH_T(text)));
	return YH_OK;
}

static void a_full_disk_refuses_writes_and_reading_goes_on(void **state)
{
	struct store_test *t = *state;
	struct yh_err err = { 0 };

	store_test_write(t, limit_pages, (void *)(uintptr_t) "PRAGMA max_page_count = 20");
	for (int i = 0; i < 3; i++) {
		yh_err_clear(&err);
		assert_failed(yh_exec_write(t->x, insert_much, NULL, &err), err, YH_STORAGE,
			      "store-full");
		assert_int_equal(store_test_int(t, STATE), 0);
	}
	store_test_write(t, limit_pages, (void *)(uintptr_t) "PRAGMA max_page_count = 100000");
	store_test_write(t, insert_much, NULL);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM note"), 100);
}

/* The write-ahead log cannot grow: the failure comes at the commit itself. */
static void a_disk_that_fails_at_the_commit_is_survived(void **state)
{
	struct store_test *t = *state;
	struct rlimit had, low;
	struct yh_err err = { 0 };
	enum yh_rc rc;

	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &had), 0);
	low = (struct rlimit){ 200000, had.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
	rc = yh_exec_write(t->x, insert_much, NULL, &err);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &had), 0);
	assert_failed(rc, err, YH_STORAGE, "store-io");
	assert_int_equal(store_test_int(t, STATE), 0);
	store_test_write(t, insert_much, NULL);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM note"), 100);
}

static void a_second_program_finds_the_store_locked(void **state)
{
	struct store_test *t = *state;
	struct yh_exec *x = NULL;
	struct yh_err err = { 0 };

	if (store_test_on_postgres()) {
		assert_int_equal(yh_exec_open(&t->cfg, &x, &err), YH_OK);
		yh_exec_close(x);
		return;
	}
	assert_failed(yh_exec_open(&t->cfg, &x, &err), err, YH_CONFLICT, "store-locked");
	store_test_write(t, use_case, NULL);
	yh_exec_close(t->x);
	t->x = NULL;
	yh_err_clear(&err);
	assert_int_equal(yh_exec_open(&t->cfg, &x, &err), YH_OK);
	yh_exec_close(x);
}

static void assert_does_not_open(const char *url)
{
	const struct yh_exec_config cfg = { .database = url };
	struct yh_exec *x = NULL;
	struct yh_err err = { 0 };

	assert_failed(yh_exec_open(&cfg, &x, &err), err, YH_STORAGE, "db-open");
	assert_null(x);
	assert_int_equal(err.n_figs, 1);
	assert_string_equal(err.figs[0].name, "detail");
	assert_true(err.figs[0].text[0] != 0);
}

static void what_is_no_store_does_not_open(void **state)
{
	struct store_test *t = *state;
	char name[200];
	FILE *f;

	if (store_test_on_postgres()) {
		assert_does_not_open("postgresql://nobody@127.0.0.1:1/none");
		return;
	}
	(void)snprintf(name, sizeof name, "sqlite:%s/none/yunheng.db", t->dir);
	assert_does_not_open(name);
	(void)snprintf(name, sizeof name, "sqlite:%s/folder", t->dir);
	assert_int_equal(mkdir(name + strlen("sqlite:"), 0700), 0);
	assert_does_not_open(name);
	(void)snprintf(name, sizeof name, "sqlite:%s/letter.txt", t->dir);
	f = fopen(name + strlen("sqlite:"), "w");
	assert_non_null(f);
	for (int i = 0; i < 200; i++)
		(void)fputs("Dear Sir, this is not a database. ", f);
	assert_int_equal(fclose(f), 0);
	assert_does_not_open(name);
}

/* -- both: a kill -- */

static enum yh_rc insert_id(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	WANT_OK(yh_exec(tx, err, "INSERT INTO note (id) VALUES ($1)", YH_I(*(int64_t *)arg)));
	return yh_exec(tx, err, "UPDATE tally SET n = n + 1");
}

struct storm {
	struct yh_exec *x;
	atomic_int next;
	int out;
};

static void *storm(void *arg)
{
	struct storm *s = arg;

	for (;;) {
		int64_t id = atomic_fetch_add(&s->next, 1);
		struct yh_err err = { 0 };

		if (yh_exec_write(s->x, insert_id, &id, &err) != YH_OK ||
		    write(s->out, &id, sizeof id) != sizeof id)
			_exit(3);
	}
}

static void write_until_killed(const struct yh_exec_config *cfg, int out)
{
	struct storm s = { .out = out };
	struct yh_err err = { 0 };
	pthread_t other;

	if (yh_exec_open(cfg, &s.x, &err) != YH_OK)
		_exit(2);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&other, NULL, storm, &s) != 0)
			_exit(2);
	(void)storm(&s);
}

/* proves S12, S19 */
static void what_was_acknowledged_survives_a_kill(void **state)
{
	struct store_test *t = *state;
	int64_t id, acknowledged = 0, greatest = 0;
	int ends[2], status;
	char sql[100];
	pid_t child;

	yh_exec_close(t->x);
	t->x = NULL;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)close(ends[0]);
		write_until_killed(&t->cfg, ends[1]);
	}
	(void)close(ends[1]);
	while (read(ends[0], &id, sizeof id) == sizeof id) {
		greatest = id > greatest ? id : greatest;
		if (++acknowledged == 100)
			(void)kill(child, SIGKILL); /* what is in the pipe is read all the same */
	}
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && acknowledged >= 100);
	store_test_reopen(t);
	(void)snprintf(sql, sizeof sql, "SELECT count(*) FROM note WHERE id <= %lld",
		       (long long)greatest);
	/* At most the few that were on their way are missing below the greatest. */
	assert_true(store_test_int(t, sql) >= acknowledged);
	assert_int_equal(
		store_test_int(t, "SELECT (SELECT sum(n) FROM tally) = count(*) FROM note"), 1);
}

/* -- PostgreSQL: collisions and losses -- */

struct duel {
	struct yh_exec *x;
	pthread_barrier_t both;
	int first[2]; /* rows in the order each takes them */
	atomic_int runs;
};
struct duellist {
	struct duel *duel;
	int side, runs;
	enum yh_rc rc;
	pthread_t thread;
};

static enum yh_rc take_both(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct duellist *d = arg;

	WANT_OK(yh_exec(tx, err, "UPDATE tally SET n = n + 1 WHERE id = $1", YH_I(1 + d->side)));
	if (d->runs++ == 0)
		(void)pthread_barrier_wait(&d->duel->both);
	return yh_exec(tx, err, "UPDATE tally SET n = n + 1 WHERE id = $1", YH_I(2 - d->side));
}

static void *fight(void *arg)
{
	struct duellist *d = arg;
	struct yh_err err = { 0 };

	d->rc = yh_exec_write(d->duel->x, take_both, d, &err);
	return NULL;
}

static void a_deadlock_is_repeated_unseen(void **state)
{
	struct store_test *t = *state;
	struct duel duel = { .x = t->x };
	struct duellist d[2] = { { &duel, 0 }, { &duel, 1 } };
	struct yh_err err = { 0 };

	assert_int_equal(store_test_sql(t, &err, "INSERT INTO tally (id, n) VALUES (2, 0)"), YH_OK);
	assert_int_equal(pthread_barrier_init(&duel.both, NULL, 2), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&d[i].thread, NULL, fight, &d[i]), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(d[i].thread, NULL), 0);
		assert_int_equal(d[i].rc, YH_OK);
	}
	assert_int_equal(pthread_barrier_destroy(&duel.both), 0);
	assert_true(yh_exec_stats(t->x).retries >= 1);
	assert_int_equal(store_test_int(t, "SELECT sum(n) FROM tally"), 4);
}

struct victim {
	struct store_test *t;
	int runs, die_in; /* runs in which it kills its own connection */
	bool late;        /* after its last statement, so that the commit meets it */
};

static enum yh_rc lose_connection(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct victim *v = arg;
	struct yh_rows *rows;
	char sql[100];
	int64_t pid;

	WANT_OK(yh_query(tx, err, &rows, "SELECT pg_backend_pid()"));
	pid = yh_rows_next(rows) ? yh_col_i64(rows, 0) : 0;
	WANT_OK(yh_rows_end(rows, err));
	(void)snprintf(sql, sizeof sql, "SELECT pg_terminate_backend(%lld, 10000)", (long long)pid);
	if (v->late)
		WANT_OK(yh_exec(tx, err, "UPDATE tally SET n = n + 1"));
	if (v->runs++ < v->die_in)
		store_test_aside(v->t, sql);
	return v->late ? YH_OK : yh_exec(tx, err, "UPDATE tally SET n = n + 1");
}

static void a_connection_lost_before_the_commit_is_made_good(void **state)
{
	struct victim v = { .t = *state, .die_in = 1 };

	store_test_write(v.t, lose_connection, &v);
	assert_int_equal(v.runs, 2);
	assert_int_equal(store_test_int(v.t, "SELECT n FROM tally"), 1);
}

static void a_connection_lost_again_and_again_is_told(void **state)
{
	struct victim v = { .t = *state, .die_in = 1000 };
	struct yh_err err = { 0 };

	assert_failed(yh_exec_write(v.t->x, lose_connection, &v, &err), err, YH_BUSY,
		      "db-unavailable");
	assert_int_equal(store_test_int(v.t, "SELECT n FROM tally"), 0);
}

static void a_connection_lost_in_the_commit_leaves_it_unknown(void **state)
{
	struct victim v = { .t = *state, .die_in = 1000, .late = true };
	struct yh_err err = { 0 };

	assert_failed(yh_exec_write(v.t->x, lose_connection, &v, &err), err, YH_BUSY,
		      "db-commit-unknown");
	assert_int_equal(v.runs, 1);
	v.die_in = 0;
	store_test_write(v.t, lose_connection, &v);
}

static void connections_that_were_cut_while_idle_are_replaced(void **state)
{
	struct store_test *t = *state;

	store_test_aside(t, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
			    " WHERE application_name = current_schema");
	for (int i = 0; i < 10; i++)
		assert_int_equal(store_test_int(t, "SELECT n FROM tally"), 0);
	for (int i = 0; i < 10; i++)
		store_test_write(t, use_case, NULL);
	assert_int_equal(store_test_int(t, STATE), 10020);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_with_tables, store_test_close)

#define ON_BOTH                                                                                    \
	CASE(whichever_statement_fails_the_store_is_unchanged),                                    \
		CASE(a_commit_that_fails_keeps_nothing_and_the_next_goes_on),                      \
		CASE(without_the_sync_an_acknowledged_write_can_be_lost),                          \
		CASE(a_second_program_finds_the_store_locked),                                     \
		CASE(what_is_no_store_does_not_open), CASE(what_was_acknowledged_survives_a_kill)

int main(void)
{
	const struct CMUnitTest on_sqlite[] = {
		ON_BOTH,
		CASE(when_a_batch_cannot_commit_every_write_of_it_fails),
		CASE(a_full_disk_refuses_writes_and_reading_goes_on),
		CASE(a_disk_that_fails_at_the_commit_is_survived),
	};
	const struct CMUnitTest on_postgres[] = {
		ON_BOTH,
		CASE(a_deadlock_is_repeated_unseen),
		CASE(a_connection_lost_before_the_commit_is_made_good),
		CASE(a_connection_lost_again_and_again_is_told),
		CASE(a_connection_lost_in_the_commit_leaves_it_unknown),
		CASE(connections_that_were_cut_while_idle_are_replaced),
	};

	if (store_test_skipped())
		return 0;
	return store_test_on_postgres() ? cmocka_run_group_tests(on_postgres, NULL, NULL)
					: cmocka_run_group_tests(on_sqlite, NULL, NULL);
}
