/* The scheduler on a store: order after an outage, and failures. */
#include <stdio.h>
#include <string.h>

#include "jobs_stand.h"

static void after_an_outage_what_was_missed_is_done_in_the_order_it_was_due(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	struct jobs_planting p = { &s, "t.order", 101, 0, 1, jobs_shuffled };

	jobs_server_init(&s, t->x, 1);
	s.cfg.at_a_time = 1;
	store_test_write(t, jobs_plant, &p);
	assert_int_equal(jobs_run_at(&s, jobs_noon - 1), 0);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 90 * 24 * 60 * jobs_minute), 101);
	for (int i = 0; i < 101; i++) {
		char sql[100];

		(void)snprintf(sql, sizeof sql, "SELECT value FROM counter WHERE name = 'ref%d'",
			       i);
		assert_int_equal(store_test_int(t, sql), jobs_shuffled(i));
	}
	jobs_server_done(&s);
}

static void jobs_about_one_thing_go_in_their_order_though_many_are_done_at_a_time(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	struct jobs_planting p = { &s, "t.chain", 40, 0, 0, jobs_in_turn };

	jobs_server_init(&s, t->x, 1);
	s.cfg.at_a_time = 8;
	for (int i = 0; i < 5; i++) {
		p.first = i;
		store_test_write(t, jobs_plant, &p);
	}
	while (jobs_run_at(&s, jobs_noon + 60 * jobs_minute) > 0)
		;
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE tries > 0"), 0);
	assert_int_equal(store_test_int(t,
					"SELECT count(*) FROM counter WHERE name LIKE 'next-%' AND"
					" value = 40"),
			 5);
	jobs_server_done(&s);
}

static void a_job_that_asks_for_the_rest_gets_it_in_the_same_pass(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	struct jobs_planting p = { &s, "t.five", 3, 0, 1, jobs_at_noon };

	jobs_server_init(&s, t->x, 1);
	store_test_write(t, jobs_plant, &p);
	assert_int_equal(jobs_run_at(&s, jobs_noon), 15);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL"), 0);
	jobs_server_done(&s);
}

static void a_poisoned_job_keeps_its_failure_and_holds_nobody_up(void **state)
{
	struct store_test *t = *state;
	struct jobs_server s;
	struct jobs_planting bad = { &s, "t.poison", 1, 999, 1, jobs_at_noon };
	struct jobs_planting good = { &s, "t.count", 50, 0, 1, jobs_in_turn };

	jobs_server_init(&s, t->x, 1);
	store_test_write(t, jobs_plant, &bad);
	store_test_write(t, jobs_plant, &good);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 60 * jobs_minute), 51);
	assert_int_equal(store_test_int(t, "SELECT value FROM counter WHERE name = 'all'"), 50);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM counter WHERE name = 'ref999'"),
			 0);
	assert_int_equal(store_test_int(t, "SELECT count(*) FROM job WHERE done_at IS NULL AND"
					   " tries = 1 AND fault = 'not-today' AND figures ="
					   " '{\"n\":7,\"what\":\"\\\"quoted\\\"\"}'"),
			 1);
	/* tried again after 1, 2, 4 … minutes, and never later than a day */
	assert_int_equal(jobs_run_at(&s, jobs_noon + 61 * jobs_minute - 1), 0);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 61 * jobs_minute), 1);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 63 * jobs_minute - 1), 0);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 63 * jobs_minute), 1);
	for (int i = 0; i < 20; i++)
		assert_int_equal(
			jobs_run_at(&s, jobs_noon + (i + 1) * YH_US_PER_DAY + 63 * jobs_minute), 1);
	assert_int_equal(store_test_int(t, "SELECT tries FROM job WHERE done_at IS NULL"), 23);
	assert_int_equal(atomic_load(&s.counts.jobs_failed), 23);
	jobs_server_done(&s);
}

static void however_a_job_fails_the_others_are_done(void **state)
{
	static const char *const bad[] = { "t.busy", "t.open", "t.store", "t.unknown" };
	struct store_test *t = *state;
	struct jobs_server s;
	struct jobs_planting good = { &s, "t.count", 30, 0, 1, jobs_in_turn };

	jobs_server_init(&s, t->x, 1);
	for (int i = 0; i < 4; i++) {
		struct jobs_planting p = { &s, bad[i], 1, 900 + i, 1, jobs_at_noon };

		store_test_write(t, jobs_plant, &p);
	}
	store_test_write(t, jobs_plant, &good);
	assert_int_equal(jobs_run_at(&s, jobs_noon + 60 * jobs_minute), 34);
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
	jobs_server_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(after_an_outage_what_was_missed_is_done_in_the_order_it_was_due),
		CASE(jobs_about_one_thing_go_in_their_order_though_many_are_done_at_a_time),
		CASE(a_job_that_asks_for_the_rest_gets_it_in_the_same_pass),
		CASE(a_poisoned_job_keeps_its_failure_and_holds_nobody_up),
		CASE(however_a_job_fails_the_others_are_done),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
