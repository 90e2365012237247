/* The scheduler on a store: order after an outage, failures, faults, deaths, two servers. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/fault.h"
#include "jobs/kinds.h"
#include "store/event.h"
#include "store/job.h"
#include "store/schema.h"
#include "store_test.h"

static const yh_time noon = INT64_C(1800000000) * YH_US_PER_S;
static const yh_time minute = 60 * YH_US_PER_S;

/* What a server of the test consists of. */
struct server {
	struct yh_clock clock;
	struct yh_idgen *ids;
	struct yh_counts counts;
	struct yh_world world;
	struct yh_jobs_config cfg;
};

static struct yh_id ref_of(int n)
{
	struct yh_id id = { { 0 } };

	(void)snprintf((char *)id.b, sizeof id.b, "ref%d", n);
	return id;
}

/* An effect that is seen: a number per name, in a table that stands there. */
static enum yh_rc add(struct yh_tx *tx, const char *name, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ($1, 1) ON CONFLICT (name) DO"
		       " UPDATE SET value = counter.value + 1",
		       YH_T(name));
}

static enum yh_rc value_of(struct yh_tx *tx, const char *name, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT value FROM counter WHERE name = $1", YH_T(name));

	if (rc != YH_OK)
		return rc;
	*n = yh_rows_next(rows) ? yh_col_i64(rows, 0) : 0;
	return yh_rows_end(rows, err);
}

static enum yh_rc count_up(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			   struct yh_err *err)
{
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	(void)again_at;
	return rc == YH_OK ? add(cx->tx, "all", err) : rc;
}

/* Keeps the number of those before it under its own ref. */
static enum yh_rc keep_order(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	(void)again_at;
	return yh_exec(cx->tx, err,
		       "INSERT INTO counter (name, value) SELECT $1, count(*) FROM counter WHERE"
		       " name LIKE 'ref%'",
		       YH_T((const char *)ref->b));
}

/* Comes back until it was there five times. */
static enum yh_rc five_times(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	if (rc == YH_OK)
		rc = value_of(cx->tx, (const char *)ref->b, &n, err);
	*again_at = n < 5 ? cx->now : 0;
	return rc;
}

static enum yh_rc fail_plainly(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			       struct yh_err *err)
{
	enum yh_rc rc = add(cx->tx, (const char *)ref->b, err);

	(void)again_at;
	if (rc != YH_OK)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "not-today");
	yh_err_int(err, "n", 7);
	yh_err_text(err, "what", "\"quoted\"");
	return rc;
}

static enum yh_rc fail_in_the_store(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				    struct yh_err *err)
{
	(void)ref;
	(void)again_at;
	return yh_exec(cx->tx, err, "INSERT INTO counter (name, value) VALUES (NULL, 1)");
}

static enum yh_rc fail_busily(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			      struct yh_err *err)
{
	(void)cx;
	(void)ref;
	(void)again_at;
	return yh_fail(err, YH_BUSY, "meter-busy");
}

static enum yh_rc leave_open(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
			     struct yh_err *err)
{
	struct yh_rows *rows;

	(void)ref;
	(void)again_at;
	return yh_query(cx->tx, err, &rows, "SELECT 1 FROM counter");
}

static enum yh_rc one_after_the_other(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				      struct yh_err *err)
{
	char key[40];
	int64_t due = 0, done = 0;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(cx->tx, err, &rows,
				 "SELECT min(due_at) FROM job WHERE ref = $1 AND done_at IS NULL",
				 YH_ID(ref));

	(void)again_at;
	if (rc != YH_OK)
		return rc;
	due = yh_rows_next(rows) ? (yh_col_i64(rows, 0) - noon) / minute : -1;
	rc = yh_rows_end(rows, err);
	(void)snprintf(key, sizeof key, "next-%s", (const char *)ref->b);
	if (rc == YH_OK)
		rc = value_of(cx->tx, key, &done, err);
	if (rc == YH_OK && due != done)
		rc = yh_fail(err, YH_CONFLICT, "out-of-order");
	return rc == YH_OK ? add(cx->tx, key, err) : rc;
}

static enum yh_rc count_long(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return add(tx, arg, err);
}

/* While it works, another server finds nothing to do. */
static struct server *other;
static enum yh_rc at_length(struct yh_job_long *l, const struct yh_id *ref, yh_time *again_at,
			    struct yh_err *err)
{
	char name[16] = "";
	size_t ran = 1;
	enum yh_rc rc = other ? yh_jobs_run_due(&other->cfg, l->now, &ran, err) : YH_OK;

	(void)again_at;
	if (rc == YH_OK && other && ran != 0)
		return yh_fail(err, YH_CONFLICT, "done-by-another");
	memcpy(name, ref->b, sizeof name - 1);
	return rc == YH_OK ? yh_exec_write(l->world->exec, count_long, name, err) : rc;
}

static enum yh_rc once(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
		       struct yh_err *err)
{
	(void)again_at;
	return add(cx->tx, (const char *)ref->b, err);
}

static const struct yh_job_kind kinds[] = {
	{ "t.busy", fail_busily },
	{ "t.chain", one_after_the_other },
	{ "t.count", count_up },
	{ "t.five", five_times },
	{ "t.long", .at_length = at_length },
	{ "t.once", once },
	{ "t.open", leave_open },
	{ "t.order", keep_order },
	{ "t.poison", fail_plainly },
	{ "t.standing", count_up, .standing_s = 3600 },
	{ "t.store", fail_in_the_store },
};

static void server_init(struct server *s, struct yh_exec *x, uint64_t seed)
{
	*s = (struct server){ .ids = yh_idgen_new_seeded(seed) };
	yh_clock_manual(&s->clock, noon);
	s->world = (struct yh_world){
		.exec = x, .clock = &s->clock, .ids = s->ids, .counts = &s->counts
	};
	s->cfg = (struct yh_jobs_config){ .world = &s->world,
					  .kinds = kinds,
					  .n_kinds = sizeof kinds / sizeof kinds[0] };
}

static void migrate(struct store_test *t)
{
	size_t n;
	const struct yh_migration *m = yh_schema(&n);
	struct yh_err err = { 0 };

	assert_int_equal(yh_db_migrate(t->x, m, n, &err), YH_OK);
}

static int open_store(void **state)
{
	if (store_test_open(state) != 0)
		return -1;
	migrate(*state);
	return 0;
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, open_store, store_test_close)

/* `n` jobs, the i-th about ref number first + i * ref_step, due so many minutes from noon. */
struct planting {
	struct server *s;
	const char *kind;
	int n, first, ref_step;
	int (*minutes)(int i);
};

static int at_noon(int i)
{
	(void)i;
	return 0;
}

static int in_turn(int i)
{
	return i;
}

static int shuffled(int i)
{
	return i * 37 % 101;
}

static enum yh_rc plant(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct planting *p = arg;

	for (int i = 0; i < p->n; i++) {
		struct yh_id id = yh_id_new(p->s->ids, noon);
		struct yh_id ref = ref_of(p->first + i * p->ref_step);

		WANT_OK(yh_job_insert(tx, &id, p->kind, &ref, noon + p->minutes(i) * minute, err));
	}
	return YH_OK;
}

static size_t run_at(struct server *s, yh_time now)
{
	struct yh_err err = { 0 };
	size_t ran;

	yh_clock_set(&s->clock, now);
	if (yh_jobs_run_due(&s->cfg, now, &ran, &err) != YH_OK)
		fail_msg("%s %s", err.slug, err.field);
	return ran;
}

static void server_done(struct server *s)
{
	yh_idgen_free(s->ids);
}

static void after_an_outage_what_was_missed_is_done_in_the_order_it_was_due(void **state)
{
	struct store_test *t = *state;
	struct server s;
	struct planting p = { &s, "t.order", 101, 0, 1, shuffled };

	server_init(&s, t->x, 1);
	s.cfg.at_a_time = 1;
	store_test_write(t, plant, &p);
	assert_int_equal(run_at(&s, noon - 1), 0);
	assert_int_equal(run_at(&s, noon + 90 * 24 * 60 * minute), 101);
	for (int i = 0; i < 101; i++) {
		char sql[100];

		(void)snprintf(sql, sizeof sql, "SELECT value FROM counter WHERE name = 'ref%d'",
			       i);
		assert_int_equal(store_test_int(t, sql), shuffled(i));
	}
	server_done(&s);
}

static void jobs_about_one_thing_go_in_their_order_though_many_are_done_at_a_time(void **state)
{
	struct store_test *t = *state;
	struct server s;
	struct planting p = { &s, "t.chain", 40, 0, 0, in_turn };

	server_init(&s, t->x, 1);
	s.cfg.at_a_time = 8;
	for (int i = 0; i < 5; i++) {
		p.first = i;
		store_test_write(t, plant, &p);
	}
	while (run_at(&s, noon + 60 * minute) > 0)
		;
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE tries > 0"), 0);
	assert_int_equal(store_test_int(t,
					"SELECT count(*) FROM counter WHERE name LIKE 'next-%' AND"
					" value = 40"),
			 5);
	server_done(&s);
}

static void a_job_that_asks_for_the_rest_gets_it_in_the_same_pass(void **state)
{
	struct store_test *t = *state;
	struct server s;
	struct planting p = { &s, "t.five", 3, 0, 1, at_noon };

	server_init(&s, t->x, 1);
	store_test_write(t, plant, &p);
	assert_int_equal(run_at(&s, noon), 15);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL"), 0);
	server_done(&s);
}

static void a_poisoned_job_keeps_its_failure_and_holds_nobody_up(void **state)
{
	struct store_test *t = *state;
	struct server s;
	struct planting bad = { &s, "t.poison", 1, 999, 1, at_noon };
	struct planting good = { &s, "t.count", 50, 0, 1, in_turn };

	server_init(&s, t->x, 1);
	store_test_write(t, plant, &bad);
	store_test_write(t, plant, &good);
	assert_int_equal(run_at(&s, noon + 60 * minute), 51);
	assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"), 50);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM counter WHERE name = 'ref999'"),
			 0);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL AND"
					   " tries = 1 AND fault = 'not-today' AND figures ="
					   " '{\"n\":7,\"what\":\"\\\"quoted\\\"\"}'"),
			 1);
	/* tried again after 1, 2, 4 … minutes, and never later than a day */
	assert_int_equal(run_at(&s, noon + 61 * minute - 1), 0);
	assert_int_equal(run_at(&s, noon + 61 * minute), 1);
	assert_int_equal(run_at(&s, noon + 63 * minute - 1), 0);
	assert_int_equal(run_at(&s, noon + 63 * minute), 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(run_at(&s, noon + (i + 1) * YH_US_PER_DAY + 63 * minute), 1);
	assert_int_equal(store_test_int(t, "SELECT tries FROM job WHERE done_at IS NULL"), 23);
	assert_int_equal(atomic_load(&s.counts.jobs_failed), 23);
	server_done(&s);
}

static void however_a_job_fails_the_others_are_done(void **state)
{
	static const char *const bad[] = { "t.busy", "t.open", "t.store", "t.unknown" };
	struct store_test *t = *state;
	struct server s;
	struct planting good = { &s, "t.count", 30, 0, 1, in_turn };

	server_init(&s, t->x, 1);
	for (int i = 0; i < 4; i++) {
		struct planting p = { &s, bad[i], 1, 900 + i, 1, at_noon };

		store_test_write(t, plant, &p);
	}
	store_test_write(t, plant, &good);
	assert_int_equal(run_at(&s, noon + 60 * minute), 34);
	assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"), 30);
	for (int i = 0; i < 4; i++) {
		static const char *const slugs[] = { "meter-busy", "db-rows-open", "db-constraint",
						     "job-unknown" };
		char sql[160];

		(void)snprintf(sql, sizeof sql,
			       "SELECT count(*) FROM job WHERE kind = '%s' AND fault = '%s' AND"
			       " tries = 1",
			       bad[i], slugs[i]);
		assert_int_equal(store_test_int(t, sql), 1);
	}
	server_done(&s);
}

static void a_fault_at_any_statement_or_commit_leaves_each_job_done_once_in_the_end(void **state)
{
	struct store_test *t = *state;
	struct server s;
	bool clean = false;

	server_init(&s, t->x, 1);
	s.cfg.at_a_time = 1;
	for (int nth = 1; !clean; nth++) {
		struct planting p = { &s, "t.count", 2, nth * 10, 1, at_noon };
		struct yh_err err = { 0 };
		size_t ran;

		store_test_write(t, plant, &p);
		if (nth % 2)
			yh_fault_arm_statement(nth / 2 + 1);
		else
			yh_fault_arm_commit(nth / 2);
		clean = yh_jobs_run_due(&s.cfg, noon, &ran, &err) == YH_OK && ran == 2 && nth > 20;
		yh_fault_arm_statement(0);
		yh_fault_arm_commit(0);
		while (run_at(&s, noon + YH_US_PER_DAY) > 0)
			;
		assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"),
				 2 * nth);
	}
	assert_int_equal(
		store_test_int(t, "SELECT count(*) FROM counter WHERE name LIKE 'ref%' AND value <>"
				  " 1"),
		0);
	server_done(&s);
}

/* In a process of its own; true: it lived. */
static bool pass_of_a_mortal(struct store_test *t, int nth)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct yh_exec *x;
		struct server s;
		struct yh_err err = { 0 };
		size_t ran;

		if (yh_exec_open(&t->cfg, &x, &err) != YH_OK)
			_exit(3);
		server_init(&s, x, (uint64_t)nth);
		s.cfg.at_a_time = 1;
		yh_fault_arm_death(nth);
		_exit(yh_jobs_run_due(&s.cfg, noon, &ran, &err) == YH_OK ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return !WIFSIGNALED(status);
}

static void a_server_killed_at_any_point_of_a_job_leaves_it_done_once_in_the_end(void **state)
{
	struct store_test *t = *state;
	struct server s;
	bool lived = false;
	int nth = 0;

	while (!lived) {
		struct planting p = { &s, "t.count", 2, ++nth * 10, 1, at_noon };

		server_init(&s, t->x, 1000 + (uint64_t)nth);
		store_test_write(t, plant, &p);
		server_done(&s);
		yh_exec_close(t->x);
		t->x = NULL;
		lived = pass_of_a_mortal(t, nth);
		store_test_reopen(t);
		server_init(&s, t->x, 2000 + (uint64_t)nth);
		while (run_at(&s, noon) > 0)
			;
		server_done(&s);
		assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"),
				 2 * nth);
	}
	assert_true(nth > 8);
	assert_int_equal(
		store_test_int(t, "SELECT count(*) FROM counter WHERE name LIKE 'ref%' AND value <>"
				  " 1"),
		0);
}

static void *race(void *arg)
{
	struct server *s = arg;
	struct yh_err err = { 0 };
	size_t ran;

	do
		if (yh_jobs_run_due(&s->cfg, noon + 60 * minute, &ran, &err) != YH_OK)
			return s;
	while (ran > 0);
	return NULL;
}

static void two_servers_that_race_do_each_of_thousands_of_jobs_once(void **state)
{
	enum { JOBS = 2000 };
	struct store_test *t = *state;
	struct server a, b;
	struct planting p = { &a, "t.once", JOBS, 0, 1, at_noon };
	struct yh_exec *second = NULL;
	struct yh_err err = { 0 };
	pthread_t thread;
	void *bad;

	if (!store_test_on_postgres()) /* one server only has the embedded store */
		return;
	assert_int_equal(yh_exec_open(&t->cfg, &second, &err), YH_OK);
	server_init(&a, t->x, 1);
	server_init(&b, second, 2);
	store_test_write(t, plant, &p);
	assert_int_equal(pthread_create(&thread, NULL, race, &b), 0);
	assert_null(race(&a));
	assert_int_equal(pthread_join(thread, &bad), 0);
	assert_null(bad);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM counter WHERE name LIKE 'ref%' AND"
					   " value = 1"),
			 JOBS);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL OR tries"
					   " > 0"),
			 0);
	assert_int_equal(atomic_load(&a.counts.jobs_done) + atomic_load(&b.counts.jobs_done), JOBS);
	assert_true(atomic_load(&a.counts.jobs_done) > 0 && atomic_load(&b.counts.jobs_done) > 0);
	server_done(&a);
	server_done(&b);
	yh_exec_close(second);
}

static void a_long_job_is_held_while_it_is_done_and_nobody_else_begins(void **state)
{
	struct store_test *t = *state;
	struct server s, o;
	struct planting p = { &s, "t.long", 1, 5, 1, at_noon };

	server_init(&s, t->x, 1);
	server_init(&o, t->x, 2);
	other = &o;
	store_test_write(t, plant, &p);
	assert_int_equal(run_at(&s, noon), 1);
	other = NULL;
	assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'ref5'"), 1);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL"), 0);
	server_done(&s);
	server_done(&o);
}

static void await(struct store_test *t, const char *sql, int64_t wanted)
{
	for (int i = 0; store_test_int(t, sql) != wanted; i++) {
		if (i > 1200)
			fail_msg("%s never came to %lld", sql, (long long)wanted);
		(void)usleep(50 * 1000);
	}
}

static void what_stands_waits_once_however_many_servers_start_and_clocks_go_wrong(void **state)
{
	struct store_test *t = *state;
	struct yh_job_kind standing = kinds[9];
	struct server a, b;
	struct yh_jobs *ja, *jb;
	struct yh_err err = { 0 };

	assert_string_equal(standing.name, "t.standing");
	server_init(&a, t->x, 1);
	server_init(&b, t->x, 2);
	assert_int_equal(yh_jobs_start(&a.cfg, &ja, &err), YH_OK);
	assert_int_equal(yh_jobs_start(&b.cfg, &jb, &err), YH_OK);
	await(t, "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'all'", 1);
	yh_jobs_stop(ja);
	yh_jobs_stop(jb);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job"), 1);
	/* run on a clock that was years ahead, it would wait for years */
	assert_int_equal(store_test_sql(t, &err, "UPDATE job SET due_at = due_at * 2"), YH_OK);
	assert_int_equal(yh_jobs_start(&a.cfg, &ja, &err), YH_OK);
	await(t, "SELECT value FROM counter WHERE name = 'all'", 2);
	yh_jobs_stop(ja);
	server_done(&a);
	server_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(after_an_outage_what_was_missed_is_done_in_the_order_it_was_due),
		CASE(jobs_about_one_thing_go_in_their_order_though_many_are_done_at_a_time),
		CASE(a_job_that_asks_for_the_rest_gets_it_in_the_same_pass),
		CASE(a_poisoned_job_keeps_its_failure_and_holds_nobody_up),
		CASE(however_a_job_fails_the_others_are_done),
		CASE(a_fault_at_any_statement_or_commit_leaves_each_job_done_once_in_the_end),
		CASE(a_server_killed_at_any_point_of_a_job_leaves_it_done_once_in_the_end),
		CASE(two_servers_that_race_do_each_of_thousands_of_jobs_once),
		CASE(a_long_job_is_held_while_it_is_done_and_nobody_else_begins),
		CASE(what_stands_waits_once_however_many_servers_start_and_clocks_go_wrong),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
