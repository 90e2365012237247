/* Orders of no step: the books have it already, and the machine follows. */
#include "cases/internal.h"
#include "fulfil_stand.h"
#include "services/fulfil/fulfil.h"
#include "store/move.h"

static enum yh_rc stop_it(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .source = "local" };
	struct scene *c = arg;
	struct yh_ctx cx = context(c, tx, &nobody);
	struct yh_cloud_order_row *rows;
	struct yh_resource_row r;
	struct yh_case k;
	struct yh_case_cx cc = { .cx = &cx, .c = &k };
	struct yh_viewer all = { .any = true };
	struct yh_cloud_order_filter f = { .limit = 9, .resource = c->grown, .open = true };
	size_t n;

	WANT_OK(yh_case_get(&cx, &c->case_id, &k, err));
	WANT_OK(yh_resource_load(tx, &c->grown, cx.arena, &r, err));
	r.provider = c->provider;
	WANT_OK(yh_order_place(&cc, &(struct yh_order_in){ YH_CLOUD_STOP, &r }, err));
	WANT_OK(yh_cloud_order_list(tx, &all, &f, cx.arena, &rows, &n, err));
	WANT(n == 2 && yh_id_is_zero(&rows[1].step));
	c->step = rows[1].id;
	return YH_OK;
}

static enum yh_rc own_state(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	struct yh_cloud_order_row o;

	WANT_OK(yh_cloud_order_load(tx, &c->step, &c->stage.arena, &o, err));
	(void)snprintf(c->state, sizeof c->state, "%s", o.state);
	return YH_OK;
}

static const char *state_of(struct scene *c)
{
	assert_int_equal(yh_exec_read(c->world.exec, own_state, c, &c->err), YH_OK);
	return c->state;
}

static void on_its_own_refused(struct scene *c)
{
	if (yh_exec_write(c->world.exec, stop_it, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	cloud->fault_at = 1;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	/* the books have it: it stays as far as it came, and waits for somebody */
	assert_string_equal(state_of(c), "refused");
	assert_true(machine_of(&c->grown)->defined);
	assert_int_equal(cloud->undone, 0);
	assert_int_equal(turn(c), 0);
	assert_int_equal(cloud->calls, 1);
}

static void on_its_own(struct scene *c)
{
	on_its_own_refused(c);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done");
	assert_false(machine_of(&c->grown)->defined);
}

static void what_the_books_have_done_already_is_never_taken_back(void **state)
{
	(void)state;
	on_stages(on_its_own);
}

static enum yh_rc replace(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;
	struct yh_viewer all = { .any = true };
	struct yh_cloud_order_filter f = { .limit = 9, .id = c->step, .open = true };
	struct yh_move m = { .from = c->provider,
			     .case_id = c->case_id,
			     .at = yh_clock_now(&c->clock) };
	struct yh_cloud_order_row *rows;
	size_t n;

	WANT_OK(add_org(tx, &c->stage, "provider2", NULL, &m.to, err));
	WANT_OK(yh_move_provider(tx, &m, &c->city.cloud, err));
	WANT_OK(yh_cloud_order_list(tx, &all, &f, &c->stage.arena, &rows, &n, err));
	WANT(n == 1 && yh_id_eq(&rows[0].org, &m.to));
	f.resource = c->fresh[0];
	WANT_OK(yh_cloud_order_list(tx, &all, &f, &c->stage.arena, &rows, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void replaced(struct scene *c)
{
	on_its_own_refused(c);
	if (yh_exec_write(c->world.exec, replace, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

static void orders_of_no_step_are_the_next_providers(void **state)
{
	(void)state;
	on_stages(replaced);
}

static void one_after_the_other(struct scene *c)
{
	const struct yh_id step_of_case = c->step;
	struct yh_id own;

	cloud->fault_at = 2;
	cloud->fault = AWAY;
	assert_true(turn(c) != 0); /* grown, and the rest is still to come */
	if (yh_exec_write(c->world.exec, stop_it, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	own = c->step;
	assert_true(turn(c) != 0);
	assert_int_equal(cloud->calls, 2);
	assert_string_equal(state_of(c), "waiting");
	assert_true(machine_of(&c->grown)->defined);
	c->step = step_of_case;
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	c->step = own;
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done");
	assert_false(machine_of(&c->grown)->defined);
}

static enum yh_rc destroy_in_books(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct scene *c = arg;

	return yh_exec(tx, err, "UPDATE resource SET state = 'destroyed' WHERE id = $1",
		       YH_ID(&c->grown));
}

static void stopped_too_late(struct scene *c)
{
	on_its_own_refused(c);
	assert_int_equal(yh_exec_write(c->world.exec, destroy_in_books, c, &c->err), YH_OK);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	assert_string_equal(state_of(c), "done"); /* there is nothing to be asked of the cloud */
	assert_int_equal(cloud->calls, 1);
}

static void one_order_at_a_time_is_at_a_resource(void **state)
{
	(void)state;
	on_stages(one_after_the_other);
	on_a_stage(stopped_too_late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orders_of_no_step_are_the_next_providers),
		cmocka_unit_test(what_the_books_have_done_already_is_never_taken_back),
		cmocka_unit_test(one_order_at_a_time_is_at_a_resource),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
