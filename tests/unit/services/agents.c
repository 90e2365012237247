/* Agents through their services, on both engines: enrolment, numbers, what is noticed. */
#include "agent_stand.h"

static void a_code_is_good_once_and_the_same_request_gets_the_same_answer(void)
{
	struct enrolling q, again;
	struct yh_err err = { 0 };
	struct yh_id first;

	assert_int_equal(yh_exec_write(st.x, strangers_code, NULL, &err), YH_FORBIDDEN);
	assert_string_equal(err.slug, "agent-not-yours");
	yh_err_clear(&err);
	assert_int_equal(yh_exec_write(st.x, make_code, NULL, &err), YH_OK);
	prepare(&q);
	assert_int_equal(enrol(&q, &err), YH_OK);
	first = q.e.agent;
	assert_int_equal(enrol(&q, &err), YH_OK);
	assert_true(yh_id_eq(&first, &q.e.agent));
	prepare(&again);
	assert_int_equal(enrol(&again, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "agent-code-used");
}

static void an_old_code_and_a_changed_request_are_refused(void)
{
	struct enrolling q;
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(st.x, make_code, NULL, &err), YH_OK);
	prepare(&q);
	q.in.interval_s = 1;
	assert_int_equal(enrol(&q, &err), YH_BAD_INPUT);
	assert_string_equal(err.field, "/mac");
	q.in.interval_s = INTERVAL;
	pass(24 * 60 * MINUTE);
	yh_err_clear(&err);
	assert_int_equal(enrol(&q, &err), YH_REFUSED);
	assert_string_equal(err.slug, "agent-code-expired");
}

static void a_batch_is_taken_once_and_its_repetition_is_done(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(send(1), YH_OK);
	assert_false(st.batch.answer.behind);
	assert_int_equal(st.batch.answer.last, 1);
	assert_int_equal(st.takes, 1);
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(send(1), YH_OK); /* a late double of the wire */
	assert_int_equal(st.takes, 2);
	assert_int_equal(observed("").n, 0);
}

static void another_batch_under_an_old_number_is_a_replay_noted_once(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(send_body(2, "other"), YH_OK);
	assert_true(st.batch.answer.behind);
	assert_int_equal(st.batch.answer.last, 2);
	assert_int_equal(send_body(1, "other"), YH_OK);
	assert_int_equal(st.takes, 2);
	assert_int_equal(observed("replay").n, 1);
	assert_int_equal(observed("replay").open, 1);
	pass(YH_JUDGE_QUIET_S + 1);
	scan();
	assert_int_equal(observed("replay").open, 0);
	assert_string_equal(observed("replay").last.closing, "{\"times\":2}");
}

static void left_out_numbers_are_a_gap_that_says_what_was_declared(void)
{
	struct counting c;

	enrolled();
	assert_int_equal(send(1), YH_OK);
	st.head.lost = 2;
	assert_int_equal(send(5), YH_OK);
	c = observed("gap");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.open, 0);
	assert_string_equal(c.last.evidence, "{\"from\":2,\"to\":4,\"missing\":3,\"declared\":2}");
	assert_int_equal(send(6), YH_OK);
	assert_int_equal(observed("gap").n, 1);
}

static void a_restart_of_the_server_loses_and_doubles_nothing(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(send(2), YH_OK);
	restart(2);
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(st.takes, 2);
	assert_int_equal(send(3), YH_OK);
	assert_int_equal(st.takes, 3);
	assert_int_equal(observed("").n, 0);
	restart(3);
	assert_int_equal(send(5), YH_OK);
	assert_int_equal(observed("gap").n, 1);
}

static void a_batch_that_the_meter_did_not_take_is_not_done(void)
{
	enrolled();
	st.refuse = true;
	assert_int_equal(send(1), YH_STORAGE);
	st.refuse = false;
	st.late = true;
	(void)send(1);
	assert_int_equal(st.answers, 1);
	{
		struct yh_agent_batch first = st.batch;

		assert_int_equal(send(1), YH_BUSY); /* while the first is being taken */
		st.batch = first;
	}
	st.late = false;
	st.held->rc = YH_STORAGE;
	st.held->done(st.held);
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(st.takes, 2);
	assert_int_equal(observed("").n, 0);
}

static void a_wrong_mark_is_refused_and_noted_once_until_it_is_quiet(void)
{
	enrolled();
	st.key[0] ^= 1;
	for (int i = 0; i < 100; i++)
		assert_int_equal(send(1), YH_UNAUTHENTICATED);
	st.key[0] ^= 1;
	assert_int_equal(st.takes, 0);
	assert_int_equal(observed("wrong_mac").n, 1);
	assert_int_equal(send(1), YH_OK);
	pass(YH_JUDGE_QUIET_S + 1);
	scan();
	assert_int_equal(observed("wrong_mac").open, 0);
	assert_string_equal(observed("wrong_mac").last.closing, "{\"times\":100}");
}

static void a_changed_program_lasts_until_it_is_as_before(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	st.head.binary = yh_sm3_of("tampered", 8);
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(send(3), YH_OK);
	assert_int_equal(observed("binary").n, 1);
	assert_int_equal(observed("binary").open, 1);
	restart(3);
	assert_int_equal(send(4), YH_OK);
	assert_int_equal(observed("binary").n, 1);
	st.head.binary = yh_sm3_of("tampered again", 14);
	assert_int_equal(send(5), YH_OK);
	assert_int_equal(observed("binary").n, 2);
	assert_int_equal(observed("binary").open, 1);
	st.head.binary = yh_sm3_of("enrolled", 8);
	assert_int_equal(send(6), YH_OK);
	assert_int_equal(observed("binary").open, 0);
	assert_int_equal(observed("config").n, 0);
}

static enum yh_rc accept_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_ctx cx =
		context(tx, arg ? "unit" : "operator", arg ? &st.city.unit : &st.city.operator_);

	return yh_agent_approve(&cx, &anyone, &st.agent, "upgraded", err);
}

static void the_operator_accepts_a_new_program_and_the_unit_may_not(void)
{
	struct yh_err err = { 0 };

	enrolled();
	st.head.config = yh_sm3_of("new", 3);
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(observed("config").open, 1);
	assert_int_equal(yh_exec_write(st.x, accept_tx, &st.city.unit, &err), YH_FORBIDDEN);
	yh_err_clear(&err);
	assert_int_equal(yh_exec_write(st.x, accept_tx, NULL, &err), YH_OK);
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(observed("config").n, 1);
	assert_int_equal(observed("config").open, 0);
}

/* proves S23 */
static void a_clock_that_is_off_or_set_is_noted(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	st.head.sent_ms = now() / 1000 + 60 * MINUTE * 1000;
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(observed("clock").open, 1);
	assert_int_equal(observed("clock_step").n, 1);
	st.head.sent_ms = now() / 1000 + 60 * MINUTE * 1000;
	assert_int_equal(send(3), YH_OK);
	assert_int_equal(observed("clock_step").n, 1);
	assert_int_equal(send(4), YH_OK);
	assert_int_equal(observed("clock").open, 0);
	assert_int_equal(observed("clock").n, 1);
	assert_int_equal(observed("clock_step").n, 2);
}

/* proves S23, S34 */
static void silence_is_noticed_once_and_ends_with_the_next_batch(void)
{
	struct counting c;
	yh_time last;

	enrolled();
	assert_int_equal(send(1), YH_OK);
	last = now();
	pass(SILENT_AFTER * INTERVAL - 1);
	scan();
	assert_int_equal(observed("silence").n, 0);
	pass(2);
	scan();
	for (int i = 0; i < 10; i++) {
		pass(10 * MINUTE);
		scan();
	}
	c = observed("silence");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.open, 1);
	assert_true(c.last.from_at == last);
	assert_int_equal(send(2), YH_OK);
	c = observed("silence");
	assert_int_equal(c.open, 0);
	assert_true(c.last.to_at == now());
}

static void a_machine_that_does_not_run_may_be_silent(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	set_state("stopped");
	pass(60 * MINUTE);
	scan();
	assert_int_equal(observed("silence").n, 0);
	/* its provider says that it does run */
	st.up = 1;
	pass(10 * MINUTE);
	st.up_at_ms = now() / 1000;
	scan();
	assert_int_equal(observed("silence").open, 1);
	st.up = 0;
	pass(10 * MINUTE);
	st.up_at_ms = now() / 1000;
	scan();
	assert_int_equal(observed("silence").open, 0);
}

static void the_servers_own_absence_is_nobodys_silence(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	pass(60 * MINUTE);
	st.stored = 1;
	st.stored_at_ms = now() / 1000 - 60 * MINUTE * 1000;
	yh_agents_close(st.world.agents);
	start_agents();
	scan();
	assert_int_equal(observed("silence").n, 0);
	pass(SILENT_AFTER * INTERVAL + 1);
	scan();
	assert_int_equal(observed("silence").n, 1);
}

static void a_goodbye_is_an_uninstall_until_it_is_back(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	st.head.kind = YH_AGENT_GOODBYE;
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(observed("uninstall").open, 1);
	pass(60 * MINUTE);
	scan();
	assert_int_equal(observed("silence").n, 0);
	enrolled();
	assert_int_equal(observed("uninstall").open, 0);
}

static void an_agent_on_a_destroyed_resource_is_noted(void)
{
	enrolled();
	assert_int_equal(send(1), YH_OK);
	scan();
	set_state("destroyed");
	pass(20);
	scan();
	assert_int_equal(send(2), YH_OK);
	assert_int_equal(send(3), YH_OK);
	assert_int_equal(observed("afterlife").n, 1);
}

static void a_revoked_agent_is_refused_at_once_and_after_a_restart(void)
{
	struct yh_err err = { 0 };

	enrolled();
	assert_int_equal(send(1), YH_OK);
	assert_int_equal(yh_exec_write(st.x, revoke_tx, NULL, &err), YH_OK);
	assert_int_equal(send(2), YH_FORBIDDEN);
	restart(1);
	assert_int_equal(send(2), YH_FORBIDDEN);
	assert_int_equal(st.takes, 1);
	pass(60 * MINUTE);
	scan();
	assert_int_equal(observed("silence").n, 0);
}

static void an_unknown_agent_and_broken_heads_are_refused(void)
{
	enrolled();
	st.agent.b[15] ^= 1;
	assert_int_equal(send(1), YH_NOT_FOUND);
	st.agent.b[15] ^= 1;
	st.batch = (struct yh_agent_batch){ .agent = st.agent, .done = answered };
	yh_agents_take(st.world.agents, &st.batch);
	assert_int_equal(st.batch.rc, YH_BAD_INPUT);
	assert_int_equal(send(1), YH_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_code_is_good_once_and_the_same_request_gets_the_same_answer),
		TEST(an_old_code_and_a_changed_request_are_refused),
		TEST(a_batch_is_taken_once_and_its_repetition_is_done),
		TEST(another_batch_under_an_old_number_is_a_replay_noted_once),
		TEST(left_out_numbers_are_a_gap_that_says_what_was_declared),
		TEST(a_restart_of_the_server_loses_and_doubles_nothing),
		TEST(a_batch_that_the_meter_did_not_take_is_not_done),
		TEST(a_wrong_mark_is_refused_and_noted_once_until_it_is_quiet),
		TEST(a_changed_program_lasts_until_it_is_as_before),
		TEST(the_operator_accepts_a_new_program_and_the_unit_may_not),
		TEST(a_clock_that_is_off_or_set_is_noted),
		TEST(silence_is_noticed_once_and_ends_with_the_next_batch),
		TEST(a_machine_that_does_not_run_may_be_silent),
		TEST(the_servers_own_absence_is_nobodys_silence),
		TEST(a_goodbye_is_an_uninstall_until_it_is_back),
		TEST(an_agent_on_a_destroyed_resource_is_noted),
		TEST(a_revoked_agent_is_refused_at_once_and_after_a_restart),
		TEST(an_unknown_agent_and_broken_heads_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
