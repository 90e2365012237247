/* The districts' link between two stores whose clocks run as they like. */
#include <stdlib.h>

#include "link_wire.h"

static int64_t next_ms(struct side *s)
{
	struct yh_link_exchange x;
	struct yh_arena arena;
	struct yh_err err = { 0 };
	int64_t ms;

	enter(&x, s, &arena);
	assert_int_equal(yh_link_next_ms(&x, &ms, &err), YH_OK);
	yh_arena_done(&arena);
	return ms;
}

static void an_answer_counts_though_the_citys_clock_was_put_back(void **state)
{
	struct two *t = *state;

	run(&t->district, put_usage, "usage", 0, 1, ARENA);
	exchange(t);
	assert_true(next_ms(&t->district) > NOON / 1000);
	yh_clock_set(&t->city.clock, NOON - HOUR);
	run(&t->district, put_usage, "usage", 1, 1, ARENA);
	exchange(t);
	assert_int_equal(of(&t->district, "usage", true, "acked"), 2);
	assert_true(store_test_int(t->district.t, "SELECT skew_ms FROM link_peer") < -3500000);
}

static void calls_go_on_in_time_though_the_clock_is_put_back_across_a_restart(void **state)
{
	struct two *t = *state;
	struct side *s = &t->district;
	int64_t first = next_ms(s), second = next_ms(s), third;

	assert_int_equal(first, NOON / 1000);
	assert_true(second > first);
	s->link = (struct yh_link){ .cfg = { .world = &s->world } };
	yh_clock_set(&s->clock, NOON - HOUR);
	third = next_ms(s);
	assert_true(third > second && third < first + 60000);
	/* years ahead: no city took any of it */
	yh_clock_set(&s->clock, NOON + 20000 * HOUR);
	assert_true(next_ms(s) > third);
	s->link = (struct yh_link){ .cfg = { .world = &s->world } };
	yh_clock_set(&s->clock, NOON + HOUR);
	assert_int_equal(next_ms(s), (NOON + HOUR) / 1000);
	assert_true(next_ms(s) > (NOON + HOUR) / 1000);
}

static void a_late_batch_without_documents_moves_nothing_back(void **state)
{
	struct two *t = *state;
	char *text, *late;

	exchange(t);
	run(&t->city, put_usage, "usage", 0, 1, ARENA);
	exchange(t);
	late = say(&t->district); /* has the first */
	run(&t->city, put_usage, "usage", 1, 2, ARENA);
	text = say(&t->city);
	must_hear(&t->district, text, NOON + 3 * YH_US_PER_S);
	free(text);
	text = say(&t->district);
	must_hear(&t->city, text, NOON + 4 * YH_US_PER_S);
	assert_int_equal(of(&t->city, "usage", true, "acked"), 3);
	must_hear(&t->city, late, NOON + 3 * YH_US_PER_S);
	assert_int_equal(of(&t->city, "usage", true, "acked"), 3);
	assert_int_equal(events(&t->city, "link.resent"), 0);
	free(text);
	free(late);
}

static void times_that_a_wrong_clock_said_are_not_waited_for(void **state)
{
	struct two *t = *state;
	const yh_time day = 86400 * YH_US_PER_S;

	assert_true(yh_link_is_due(NOON, NOON, 5));
	assert_false(yh_link_is_due(NOON + 4 * YH_US_PER_S, NOON, 5));
	assert_true(yh_link_is_due(NOON + 6 * YH_US_PER_S, NOON, 5));
	gather(&t->district);
	exchange(t);
	yh_clock_set(&t->district.clock, NOON + 20 * HOUR);
	gather(&t->district);
	assert_true(of(&t->district, "usage", true, "due_at") > NOON + 19 * HOUR);
	yh_clock_set(&t->district.clock, NOON + HOUR);
	gather(&t->district);
	assert_true(of(&t->district, "usage", true, "due_at") <= NOON + HOUR);
	assert_int_equal(store_test_sql(t->district.t, &(struct yh_err){ 0 },
					"UPDATE link_stream SET compare_at = 1900000000000000 WHERE"
					" stream = 'register' AND sends = 1"),
			 YH_OK);
	gather(&t->district);
	assert_int_equal(of(&t->district, "register", true, "compare_at"), LINK_COMPARE_NOW);
	exchange(t);
	exchange(t);
	assert_true(of(&t->district, "register", true, "compare_at") <= NOON + HOUR + 2 * day);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_answer_counts_though_the_citys_clock_was_put_back),
		CASE(calls_go_on_in_time_though_the_clock_is_put_back_across_a_restart),
		CASE(a_late_batch_without_documents_moves_nothing_back),
		CASE(times_that_a_wrong_clock_said_are_not_waited_for),
	};

	if (store_test_skipped())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
