/* The scheduler on a store: faults, deaths, and servers that race. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "db/fault.h"
#include "jobs_stand.h"
#include "store/audit.h"
#include "store/job.h"

static void a_fault_at_any_statement_or_commit_leaves_each_job_done_once_in_the_end(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	bool clean = false;

	jobs_server_init(&s, t->x, 1);
	s.cfg.at_a_time = 1;
	for (int nth = 1; !clean; nth++) {
		struct jobs_planting p = { &s, "t.count", 2, nth * 10, 1, jobs_at_noon };
		struct yh_err err = { 0 };
		size_t ran;

		store_test_write(t, jobs_plant, &p);
		if (nth % 2)
			yh_fault_arm_statement(nth / 2 + 1);
		else
			yh_fault_arm_commit(nth / 2);
		clean = yh_jobs_run_due(&s.cfg, jobs_noon, &ran, &err) == YH_OK && ran == 2 &&
			nth > 20;
		yh_fault_arm_statement(0);
		yh_fault_arm_commit(0);
		while (jobs_run_at(&s, jobs_noon + YH_US_PER_DAY) > 0)
			;
		assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"),
				 2 * nth);
	}
	assert_int_equal(
		store_test_int(t, "SELECT count(*) FROM counter WHERE name LIKE 'ref%' AND value <>"
				  " 1"),
		0);
	jobs_server_done(&s);
}

/* In a process of its own; true: it lived. */
static bool pass_of_a_mortal(struct store_test *t, int nth)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		struct yh_exec *x;
		struct jobs_server s;
		struct yh_err err = { 0 };
		size_t ran;

		if (yh_exec_open(&t->cfg, &x, &err) != YH_OK)
			_exit(3);
		jobs_server_init(&s, x, (uint64_t)nth);
		s.cfg.at_a_time = 1;
		yh_fault_arm_death(nth);
		_exit(yh_jobs_run_due(&s.cfg, jobs_noon, &ran, &err) == YH_OK ? 0 : 4);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return !WIFSIGNALED(status);
}

static void a_server_killed_at_any_point_of_a_job_leaves_it_done_once_in_the_end(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	bool lived = false;
	int nth = 0;

	while (!lived) {
		struct jobs_planting p = { &s, "t.count", 2, ++nth * 10, 1, jobs_at_noon };

		jobs_server_init(&s, t->x, 1000 + (uint64_t)nth);
		store_test_write(t, jobs_plant, &p);
		jobs_server_done(&s);
		yh_exec_close(t->x);
		t->x = NULL;
		lived = pass_of_a_mortal(t, nth);
		store_test_reopen(t);
		jobs_server_init(&s, t->x, 2000 + (uint64_t)nth);
		while (jobs_run_at(&s, jobs_noon) > 0)
			;
		jobs_server_done(&s);
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
	struct jobs_server *s = arg;
	struct yh_err err = { 0 };
	size_t ran;

	do
		if (yh_jobs_run_due(&s->cfg, jobs_noon + 60 * jobs_minute, &ran, &err) != YH_OK)
			return s;
	while (ran > 0);
	return NULL;
}

static void two_servers_that_race_do_each_of_thousands_of_jobs_once(void **state)
{
	enum { JOBS = 2000 };
	struct store_test *t = *state;
	struct jobs_server a, b;
	struct jobs_planting p = { &a, "t.once", JOBS, 0, 1, jobs_at_noon };
	struct yh_exec *second = NULL;
	struct yh_err err = { 0 };
	pthread_t thread;
	void *bad;

	if (!store_test_on_postgres()) /* one server only has the embedded store */
		return;
	assert_int_equal(yh_exec_open(&t->cfg, &second, &err), YH_OK);
	jobs_server_init(&a, t->x, 1);
	jobs_server_init(&b, second, 2);
	store_test_write(t, jobs_plant, &p);
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
	jobs_server_done(&a);
	jobs_server_done(&b);
	yh_exec_close(second);
}

static void a_long_job_is_held_while_it_is_done_and_nobody_else_begins(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s, o;
	struct jobs_planting p = { &s, "t.long", 1, 5, 1, jobs_at_noon };

	jobs_server_init(&s, t->x, 1);
	jobs_server_init(&o, t->x, 2);
	jobs_other = &o;
	store_test_write(t, jobs_plant, &p);
	assert_int_equal(jobs_run_at(&s, jobs_noon), 1);
	jobs_other = NULL;
	assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'ref5'"), 1);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL"), 0);
	jobs_server_done(&s);
	jobs_server_done(&o);
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
	struct yh_job_kind standing = jobs_standing();
	struct jobs_server a, b;
	struct yh_jobs *ja, *jb;
	struct yh_err err = { 0 };

	assert_string_equal(standing.name, "t.standing");
	jobs_server_init(&a, t->x, 1);
	jobs_server_init(&b, t->x, 2);
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
	jobs_server_done(&a);
	jobs_server_done(&b);
}

static void a_job_held_under_a_clock_that_was_set_back_is_done_by_the_next_server(void **state)
{
	struct store_test *t = *state;
	struct jobs_server a;
	struct yh_jobs *ja;
	struct yh_err err = { 0 };
	struct jobs_planting p = { &a, "t.long", 1, 6, 1, jobs_at_noon };
	char held[80];

	jobs_server_init(&a, t->x, 1);
	store_test_write(t, jobs_plant, &p);
	(void)snprintf(held, sizeof held, "UPDATE job SET due_at = %lld",
		       (long long)(yh_clock_now(a.cfg.world->clock) + 4000 * YH_US_PER_S));
	assert_int_equal(store_test_sql(t, &err, held), YH_OK);
	assert_int_equal(yh_jobs_start(&a.cfg, &ja, &err), YH_OK);
	await(t, "SELECT coalesce(max(value), 0) FROM counter WHERE name = 'ref6'", 1);
	yh_jobs_stop(ja);
	jobs_server_done(&a);
}

struct leasing {
	struct yh_id holder;
	yh_time now;
	bool held;
};

static enum yh_rc lease(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct leasing *l = arg;

	return yh_lease_take(tx, "t", &l->holder, l->now, l->now + 15 * YH_US_PER_S, &l->held, err);
}

static void a_lease_that_its_clock_left_far_ahead_is_taken_and_no_other(void **state)
{
	static const struct {
		int64_t later_s;
		bool held;
	} steps[] = { { 0, false }, { 15, false }, { -14, false }, { -16, true } };
	struct store_test *t = *state;
	struct leasing first = { { { 1 } }, jobs_noon, false };

	for (size_t i = 0; i < YH_LEN(steps); i++) {
		struct leasing other = { { { 2 } },
					 jobs_noon + steps[i].later_s * YH_US_PER_S,
					 false };

		store_test_write(t, lease, &first);
		assert_true(first.held);
		store_test_write(t, lease, &other);
		assert_int_equal(other.held, steps[i].held);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_fault_at_any_statement_or_commit_leaves_each_job_done_once_in_the_end),
		CASE(a_server_killed_at_any_point_of_a_job_leaves_it_done_once_in_the_end),
		CASE(two_servers_that_race_do_each_of_thousands_of_jobs_once),
		CASE(a_long_job_is_held_while_it_is_done_and_nobody_else_begins),
		CASE(what_stands_waits_once_however_many_servers_start_and_clocks_go_wrong),
		CASE(a_job_held_under_a_clock_that_was_set_back_is_done_by_the_next_server),
		CASE(a_lease_that_its_clock_left_far_ahead_is_taken_and_no_other),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
