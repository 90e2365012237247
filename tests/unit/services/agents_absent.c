/* Resources that should have an agent and have none, on both engines. */
#include "agent_stand.h"

enum { DAYS = 3, DAY = 24 * 60 * MINUTE, MANY = 2100 };

static void look(void)
{
	const struct yh_agent_duty duty = { { "vcpu", "memory_gib", "", "" }, DAYS };
	struct yh_err err = { 0 };

	yh_arena_done(&st.arena);
	yh_arena_init(&st.arena, 64 * 1024 * 1024);
	assert_int_equal(yh_agents_look_for_absent(st.world.agents, now(), &duty, &st.arena, &err),
			 YH_OK);
}

static void a_machine_that_runs_without_an_agent_is_noted_once_its_days_are_over(void)
{
	yh_time opened = now();
	struct counting c;

	look();
	pass(DAYS * DAY - 1);
	look();
	assert_int_equal(observed("absent").n, 0);
	pass(1);
	look();
	look();
	c = observed("absent");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.open, 1);
	assert_true(c.last.from_at == opened + DAYS * DAY * YH_US_PER_S);
	assert_true(yh_id_is_zero(&c.last.agent));
	assert_string_equal(c.last.evidence, "{\"days\":3,\"had_one\":false,\"register\":"
					     "\"running\",\"provider\":\"unknown\"}");
	restart(0); /* what lasts about no agent is nothing for the roster */
	look();
	assert_int_equal(observed("").n, 1);
}

static void enrolling_ends_it_and_revoking_begins_it_anew(void)
{
	struct counting c;
	struct yh_err err = { 0 };
	yh_time revoked;

	pass(DAYS * DAY);
	look();
	assert_int_equal(observed("absent").open, 1);
	enrolled();
	assert_int_equal(observed("absent").open, 0);
	look();
	pass(DAYS * DAY);
	look();
	assert_int_equal(observed("absent").n, 1);
	revoked = now();
	assert_int_equal(yh_exec_write(st.x, revoke_tx, NULL, &err), YH_OK);
	pass(DAYS * DAY - 1);
	look();
	assert_int_equal(observed("absent").n, 1);
	pass(1);
	look();
	c = observed("absent");
	assert_int_equal(c.n, 2);
	assert_true(c.last.from_at == revoked + DAYS * DAY * YH_US_PER_S);
	assert_non_null(strstr(c.last.evidence, "\"had_one\":true"));
}

static void stopping_ends_it(void)
{
	struct counting c;

	pass(DAYS * DAY);
	look();
	set_state("stopped");
	look();
	c = observed("absent");
	assert_int_equal(c.n, 1);
	assert_int_equal(c.open, 0);
	assert_string_equal(c.last.closing, "{\"by\":\"stop\"}");
}

static void a_machine_that_its_provider_says_is_down_is_not_noted(void)
{
	pass(DAYS * DAY);
	st.up = 0;
	st.up_at_ms = now() / 1000;
	look();
	assert_int_equal(observed("absent").n, 0);
	pass(10 * MINUTE); /* what was said is too old now */
	look();
	assert_int_equal(observed("absent").open, 1);
}

/* Storage, and machines enough for several passes. */
static enum yh_rc add_many(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct stage stage = { .ids = st.world.ids };
	struct yh_id *last = arg;

	for (int i = 0; i <= MANY; i++) {
		char no[16];
		struct yh_resource_row r;

		(void)snprintf(no, sizeof no, "R-%d", i + 2);
		r = a_resource(&stage, &st.city, &st.city.project, no,
			       i == 0 ? &st.city.disk : &st.city.vm);
		r.opened_at = now();
		WANT_OK(yh_resource_insert(tx, &r, err));
		last[i == 0 ? 0 : 1] = r.id;
	}
	return YH_OK;
}

struct asked {
	struct yh_id resource;
	size_t n;
};

static enum yh_rc ask_tx(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asked *a = arg;
	struct yh_observation_filter f = { .kind = "absent", .resource = a->resource, .limit = 9 };
	struct yh_observation_row *rows;

	return yh_observation_page(tx, &anyone, &f, &st.arena, &rows, &a->n, err);
}

static size_t noted_of(struct yh_id resource)
{
	struct asked a = { .resource = resource };
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_read(st.x, ask_tx, &a, &err), YH_OK);
	return a.n;
}

static void a_round_reaches_every_machine_and_passes_over_storage(void)
{
	struct yh_id last[2]; /* the disk, the machine that comes last */
	struct yh_err err = { 0 };

	assert_int_equal(yh_exec_write(st.x, add_many, last, &err), YH_OK);
	pass(DAYS * DAY);
	look();
	assert_int_equal(noted_of(last[1]), 0);
	for (int i = 0; i < MANY / 100; i++)
		look();
	assert_int_equal(noted_of(last[1]), 1);
	assert_int_equal(noted_of(st.resource), 1);
	assert_int_equal(noted_of(last[0]), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_machine_that_runs_without_an_agent_is_noted_once_its_days_are_over),
		TEST(enrolling_ends_it_and_revoking_begins_it_anew),
		TEST(stopping_ends_it),
		TEST(a_machine_that_its_provider_says_is_down_is_not_noted),
		TEST(a_round_reaches_every_machine_and_passes_over_storage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
