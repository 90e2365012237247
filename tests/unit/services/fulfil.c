/* Fulfilment by a machine: killed anywhere, away, by two servers, overtaken by the books. */
#include "fulfil_stand.h"
#include "services/fulfil/fulfil.h"
#include "store/eval_facts.h"
#include "store/step_sum.h"

static void straight(struct scene *c)
{
	struct looking l = seen(c);

	all_are(&l, "waiting");
	assert_string_equal(l.rows[0].act, "resize");
	assert_string_equal(l.rows[2].act, "open");
	assert_string_equal(l.rows[2].dims, "{\"memory_gib\":24000,\"vcpu\":12000}");
	assert_string_equal(l.rows[0].before, "{\"memory_gib\":8000,\"vcpu\":4000}");
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->calls, 5);
	is_fulfilled(c);
	assert_int_equal(turn(c), 0); /* once more: nothing */
	assert_int_equal(cloud->calls, 5);
	is_fulfilled(c);
}

static enum yh_rc judge(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	const struct yh_facts_ask ask = { .cloud = c->city.cloud,
					  .last = 1000000,
					  .as_of = yh_clock_now(&c->clock) + 1 };
	struct yh_duty_fact *duties;
	struct yh_uncounted_row *rows;
	size_t n;

	WANT_OK(yh_facts_duties(tx, &ask, "provider", &c->stage.arena, &duties, &n, err));
	WANT(n == 1 && duties[0].closed_at != 0);
	WANT_OK(yh_step_uncounted(tx, 9, &c->stage.arena, &rows, &n, err));
	WANT(n == 1 && rows[0].decided);
	return YH_OK;
}

static void is_judged(struct scene *c)
{
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	if (yh_exec_read(c->world.exec, judge, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

/* proves A34.1 */
static void what_the_machine_did_in_time_is_its_providers_merit(void **state)
{
	(void)state;
	on_stages(is_judged);
}

/* proves X13, A20.1 */
static void a_machine_carries_out_a_step_and_the_system_closes_it(void **state)
{
	(void)state;
	on_stages(straight);
}

static int at_call;
static bool before_it;
static void killed_at_a_call(struct scene *c)
{
	if (before_it)
		cloud->die_before = at_call;
	else
		cloud->die_after = at_call;
	assert_true(killed(c, 0));
	resume(c);
	is_fulfilled(c);
}

static void killed_around_any_call_to_the_cloud_it_is_resumed_and_nothing_is_doubled(void **state)
{
	(void)state;
	for (at_call = 1; at_call <= 5; at_call++)
		for (int i = 0; i < 2; i++) {
			before_it = i == 0;
			if (at_call == 3)
				on_stages(killed_at_a_call);
			else
				on_a_stage(killed_at_a_call);
		}
}

static int at_statement;
static bool died;
static void killed_at_a_statement(struct scene *c)
{
	died = killed(c, at_statement);
	resume(c);
	is_fulfilled(c);
}

static void killed_at_any_statement_it_is_resumed_and_nothing_is_doubled(void **state)
{
	(void)state;
	died = true;
	for (at_statement = 1; died; at_statement += 7)
		on_a_stage(killed_at_a_statement);
	assert_true(at_statement > 50);
}

static void away(struct scene *c)
{
	yh_time again, now = yh_clock_now(&c->clock);
	struct looking l;

	cloud->fault_at = 3;
	cloud->fault = AWAY;
	again = turn(c);
	assert_true(again > now && again <= now + 60 * YH_US_PER_S);
	l = seen(c);
	assert_string_equal(l.rows[0].state, "done");
	assert_string_equal(l.rows[1].state, "doing");
	assert_string_equal(l.rows[1].at_step, "define");
	assert_string_equal(l.rows[1].slug, "cloud-unreachable");
	assert_int_equal(l.rows[1].attempts, 1);
	assert_int_equal(l.step.closed_at, 0);
	cloud->fault_at = 4;
	assert_true(turn(c) > again);
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	assert_string_equal(seen(c).rows[1].slug, "");
}

static void a_cloud_that_is_away_is_tried_again_later_and_less_often(void **state)
{
	(void)state;
	on_stages(away);
}

/* Two servers: the other begins while a call of the first is under way. */
static yh_time others_turn;
static void another_server(void *arg)
{
	others_turn = turn(arg);
}

static void two_servers(struct scene *c)
{
	cloud->meanwhile = another_server;
	cloud->meanwhile_at = 2;
	cloud->arg = c;
	assert_int_equal(turn(c), 0);
	assert_true(others_turn >
		    yh_clock_now(&c->clock)); /* it comes back, and has done nothing */
	assert_int_equal(cloud->steps, 5);
	is_fulfilled(c);
}

static void only_one_server_at_a_time_is_at_the_orders_of_a_step(void **state)
{
	(void)state;
	on_stages(two_servers);
}

/* A call that hung for longer than its hold: the other server has finished by then. */
static void hung_for_long(void *arg)
{
	struct scene *c = arg;

	go_on(c, 121);
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
}

static void returned_late(struct scene *c)
{
	cloud->meanwhile = hung_for_long;
	cloud->meanwhile_at = 2;
	cloud->arg = c;
	(void)turn(c);
	is_fulfilled(c);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(seen(c).rows[i].held_until, 0);
}

static void who_returns_after_another_has_finished_writes_nothing(void **state)
{
	(void)state;
	on_stages(returned_late);
}

/* ---- the books have moved on since it was planned ---- */

static int64_t booked_milli;
static enum yh_rc book_size(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;

	return yh_size_set(tx, &c->grown, yh_clock_now(&c->clock), &c->city.vm, booked_milli,
			   &c->city.case_id, err);
}

/* Another expansion of the same machine, done and booked meanwhile. */
static void grown_otherwise(struct scene *c, int64_t to_milli)
{
	booked_milli = to_milli;
	go_on(c, 1);
	if (yh_exec_write(c->world.exec, book_size, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	machine_of(&c->grown)->vcpu_milli = to_milli * 4;
}

static void outgrown(struct scene *c)
{
	struct looking l;

	grown_otherwise(c, 3000);
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 12000);
	assert_string_equal(l.rows[0].state, "left");
	assert_string_equal(l.rows[0].slug, "order-overtaken");
	assert_string_equal(l.rows[1].state, "done");
	assert_int_equal(l.step.closed_at, 0);
}

static void partly_grown(struct scene *c)
{
	grown_otherwise(c, 1500);
	cloud->fault_at = 2;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->steps, 1);
	/* back to what the books have, not to what they had when it was planned */
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 6000);
}

static void an_expansion_never_makes_a_machine_smaller_than_the_books_have_it(void **state)
{
	(void)state;
	on_stages(outgrown);
	on_a_stage(partly_grown);
}

static void of_several_pieces(struct scene *c)
{
	struct looking l;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(turn(c), 0);
		l = seen(c);
		assert_string_equal(l.rows[0].state,
				    "done"); /* it was one machine, and has grown */
		assert_string_equal(l.rows[1].state, "done");
		assert_string_equal(l.rows[2].state, "left");
		assert_string_equal(l.rows[2].slug, "order-pieces");
		assert_false(machine_of(&c->fresh[1])->disk);
		assert_int_equal(l.step.closed_at, 0);
		if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
			assert_string_equal(c->err.slug, "order-over");
	}
}

/* proves X13 */
static void several_pieces_are_never_built_as_one_machine_of_that_many_times_the_size(void **state)
{
	(void)state;
	by_the_piece = true;
	on_stages(of_several_pieces);
	by_the_piece = false;
}

static void is_there(struct scene *c)
{
	struct yh_arena arena;
	struct yh_fulfil_job j = { .world = &c->world, .now = yh_clock_now(&c->clock) };

	yh_arena_init(&arena, 1024 * 1024);
	j.arena = &arena;
	cloud->fault_at = 1;
	cloud->fault = AWAY;
	assert_int_equal(yh_fulfil_ping(&j, &c->err), YH_OK);
	assert_int_equal(yh_fulfil_ping(&j, &c->err), YH_OK);
	assert_int_equal(cloud->calls, 2);
	yh_arena_done(&arena);
}

static void clouds_are_asked_whether_they_are_there(void **state)
{
	(void)state;
	on_stages(is_there);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_machine_did_in_time_is_its_providers_merit),
		cmocka_unit_test(a_machine_carries_out_a_step_and_the_system_closes_it),
		cmocka_unit_test(
			killed_around_any_call_to_the_cloud_it_is_resumed_and_nothing_is_doubled),
		cmocka_unit_test(killed_at_any_statement_it_is_resumed_and_nothing_is_doubled),
		cmocka_unit_test(a_cloud_that_is_away_is_tried_again_later_and_less_often),
		cmocka_unit_test(only_one_server_at_a_time_is_at_the_orders_of_a_step),
		cmocka_unit_test(who_returns_after_another_has_finished_writes_nothing),
		cmocka_unit_test(an_expansion_never_makes_a_machine_smaller_than_the_books_have_it),
		cmocka_unit_test(
			several_pieces_are_never_built_as_one_machine_of_that_many_times_the_size),
		cmocka_unit_test(clouds_are_asked_whether_they_are_there),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
