/* Fulfilment by a machine that refuses, and people who do by hand what it refused or overtake it.
 */
#include "cases/internal.h"
#include "fulfil_stand.h"

static int refused_at;
static enum fault refused_as;
static void refused(struct scene *c)
{
	struct looking l;

	cloud->fault_at = refused_at;
	cloud->fault = refused_as;
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	l = seen(c);
	assert_int_equal(l.step.closed_at, 0);
	assert_string_equal(l.row.state, "open");
	assert_int_equal(l.notices, 1);
	for (size_t i = 0; i < l.n; i++) {
		bool it = i == (refused_at == 1 ? 0 : refused_at < 4 ? 1 : 2);

		assert_string_equal(l.rows[i].state, it ? "refused" : "undone");
		assert_string_equal(l.rows[i].slug, !it ? ""
						    : refused_as == FOREIGN
							    ? "cloud-machine-foreign"
							    : "cloud-refused");
	}
	assert_int_equal(turn(c), 0); /* nobody has asked again */
	is_as_before(c);
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	for (size_t i = 0; i < MACHINES; i++) /* made anew, once more */
		cloud->machines[i].disks_made = cloud->machines[i].defined_times = 0;
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
	assert_int_equal(yh_exec_write(c->world.exec, retry, c, &c->err), YH_CONFLICT);
	assert_string_equal(c->err.slug, "order-over");
}

static void what_a_cloud_refuses_is_taken_back_told_and_done_when_asked_again(void **state)
{
	(void)state;
	for (refused_at = 1; refused_at <= 5; refused_at++) {
		refused_as = refused_at == 2 ? FOREIGN : REFUSES;
		(refused_at == 4 ? on_stages : on_a_stage)(refused);
	}
}

static int at_call;
static bool before_it;
static void killed_while_taking_back(struct scene *c)
{
	cloud->fault_at = 5;
	cloud->fault = REFUSES;
	if (before_it)
		cloud->die_before = at_call;
	else
		cloud->die_after = at_call;
	assert_true(killed(c, 0));
	resume(c);
	is_as_before(c);
	assert_string_equal(seen(c).rows[2].state, "refused");
	assert_string_equal(seen(c).rows[0].state, "undone");
	assert_int_equal(seen(c).notices, 1);
}

static void killed_while_taking_back_it_goes_on_taking_back(void **state)
{
	(void)state;
	for (at_call = 6; at_call <= 10; at_call++) {
		before_it = at_call % 2 == 0;
		on_a_stage(killed_while_taking_back);
	}
}

/* The second machine cannot be made, and what is there of it not taken back. */
static void stuck(struct scene *c, enum fault as)
{
	cloud->fault_at = 5;
	cloud->fault = as;
	cloud->undo_fails = true;
	cloud->stuck = c->fresh[1];
}

static void foreign_in_the_way(struct scene *c)
{
	struct looking l;

	stuck(c, FOREIGN);
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.rows[2].state, "refused");
	assert_string_equal(l.rows[1].state, "undone");
	assert_string_equal(l.rows[0].state, "undone");
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_false(machine_of(&c->fresh[0])->disk);
}

static void somebody_elses_machine_in_the_way_ends_the_taking_back(void **state)
{
	(void)state;
	on_stages(foreign_in_the_way);
}

static void refused_for_good(struct scene *c)
{
	struct looking l;
	int turns = 0;

	stuck(c, REFUSES);
	while (turn(c) && ++turns < 40)
		go_on(c, 2000);
	assert_in_range(turns, 2, 20);
	l = seen(c);
	assert_string_equal(l.rows[2].state, "refused");
	assert_string_equal(l.rows[2].slug, "cloud-refused");
	assert_int_equal(l.rows[2].steps_done, 2); /* and that is what is left of it */
	assert_true(l.notices == 1 && l.leftovers == 1);
	assert_string_equal(l.rows[1].state, "undone"); /* it holds up nothing else */
	assert_false(machine_of(&c->fresh[0])->disk);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 4000);
	assert_true(machine_of(&c->fresh[1])->disk);
}

static void refused_and_asked_again(struct scene *c)
{
	refused_for_good(c);
	cloud->undo_fails = false;
	if (yh_exec_write(c->world.exec, retry, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	assert_int_equal(seen(c).rows[2].steps_done, 0);
}

static void
what_a_cloud_refuses_to_take_back_is_left_to_people_and_taken_back_when_asked(void **state)
{
	(void)state;
	on_stages(refused_and_asked_again);
}

/* ---- people ---- */

struct by_hand {
	struct scene *c;
	const char *outcome;
	const char *refs[3]; /* of the grown one and the two */
};

static enum yh_rc decide(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct by_hand *h = arg;
	struct scene *c = h->c;
	struct yh_grant grant = { .role = "provider",
				  .org = c->provider,
				  .org_name = "",
				  .district = "",
				  .capacity = "sign" };
	struct yh_actor actor = {
		.person = { { 7 } }, .grants = &grant, .n_grants = 1, .source = "local"
	};
	const struct yh_id *ids[] = { &c->grown, &c->fresh[0], &c->fresh[1] };
	struct yh_ctx cx = context(c, tx, &actor);
	YH_JSON_AUTO form = h->refs[0] ? json_pack("{s:[]}", "resources") : NULL;
	struct yh_decide_in in = { .case_id = c->case_id,
				   .step = "carry_out",
				   .outcome = h->outcome,
				   .reason = "",
				   .form = form,
				   .if_match = -1 };
	struct yh_case k;
	char id[YH_ID_TEXT];

	for (size_t i = 0; form && i < 3; i++)
		(void)json_array_append_new(json_object_get(form, "resources"),
					    json_pack("{s:s, s:s}", "resource",
						      yh_id_text(ids[i], id), "provider_ref",
						      h->refs[i]));
	return yh_case_decide(&cx, &in, &k, err);
}

/* While the machine is at it, from another thread of the server. */
static void decide_now(void *arg)
{
	struct by_hand *h = arg;

	yh_err_clear(&h->c->err);
	h->c->rc = yh_exec_write(h->c->world.exec, decide, h, &h->c->err);
	if (h->c->rc != YH_OK)
		fail_msg("%s %s", h->c->err.slug, h->c->err.field);
}

static void after_a_refusal(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };
	struct looking l;

	cloud->fault_at = 4;
	cloud->fault = REFUSES;
	assert_int_equal(turn(c), 0);
	decide_now(&h);
	l = seen(c);
	all_are(&l, "done");
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].provider_ref, "hand-2");
	assert_int_equal(turn(c), 0);
	is_as_before(c); /* the machine has made nothing */
}

static void people_fulfil_by_hand_what_the_cloud_refused(void **state)
{
	(void)state;
	on_stages(after_a_refusal);
}

/* They name machines of their own while ours are half made: ours go. */
static void overtaken(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };
	struct looking l;

	cloud->meanwhile = decide_now;
	cloud->meanwhile_at = 4; /* the disk of the second; the first is whole */
	cloud->arg = &h;
	/* what a machine has made cannot be named otherwise */
	cloud->fault_at = 4;
	cloud->fault = AWAY;
	h.refs[1] = "m-R-2";
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].provider_ref, "m-R-2");
	assert_string_equal(l.resources[2].provider_ref, "hand-3");
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 8000);
	assert_true(machine_of(&c->fresh[0])->defined); /* which they named */
	all_are(&l, "done"); /* in doubt whether hand-3 is ours, it stays for the comparison */
}

static void wrongly_named(struct scene *c)
{
	struct by_hand h = { c, "done", { "m-R-1", "hand-2", "hand-3" } };

	cloud->fault_at = 4;
	cloud->fault = AWAY;
	assert_true(turn(c) != 0);
	yh_err_clear(&c->err);
	assert_int_equal(yh_exec_write(c->world.exec, decide, &h, &c->err), YH_CONFLICT);
	assert_string_equal(c->err.slug, "provider-ref-changed");
	assert_int_equal(turn(c), 0);
	is_fulfilled(c);
}

static void people_who_overtake_the_machine_name_what_it_has_made(void **state)
{
	(void)state;
	on_stages(overtaken);
	on_a_stage(wrongly_named);
}

static int dropped_at;
static void dropped(struct scene *c)
{
	struct by_hand h = { .c = c, .outcome = "dropped" };
	struct looking l;

	cloud->meanwhile = decide_now;
	cloud->meanwhile_at = dropped_at;
	cloud->arg = &h;
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.row.state, "closed");
	assert_string_equal(l.resources[1].state, "cancelled");
	all_are(&l, "undone");
	is_as_before(c);
}

static enum yh_rc leave_case(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor nobody = { .source = "local" };
	struct scene *c = arg;
	struct yh_ctx cx = context(c, tx, &nobody);

	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET started_by = 'watch' WHERE id = $1",
			YH_ID(&c->case_id)));
	return yh_case_drop(&cx, &c->case_id, &c->fresh[0], "", err);
}

static void leaves_now(void *arg)
{
	struct scene *c = arg;

	yh_err_clear(&c->err);
	if (yh_exec_write(c->world.exec, leave_case, c, &c->err) != YH_OK)
		fail_msg("%s %s", c->err.slug, c->err.field);
}

/* One of the step's resources leaves the case: its order goes, the others are carried out. */
static void left_the_case(struct scene *c)
{
	struct looking l;

	cloud->meanwhile = leaves_now;
	cloud->meanwhile_at = dropped_at;
	cloud->arg = c;
	assert_int_equal(turn(c), 0);
	l = seen(c);
	assert_string_equal(l.rows[1].state, "undone");
	assert_false(machine_of(&c->fresh[0])->disk || machine_of(&c->fresh[0])->defined);
	assert_string_equal(l.resources[1].state, "applied");
	assert_string_equal(l.rows[0].state, "done");
	assert_string_equal(l.rows[2].state, "done");
	assert_string_equal(l.step.outcome, "done");
	assert_true(machine_of(&c->fresh[1])->defined);
	assert_int_equal(machine_of(&c->grown)->vcpu_milli, 8000);
}

static void a_resource_that_leaves_the_case_leaves_its_step(void **state)
{
	(void)state;
	for (dropped_at = 1; dropped_at <= 5; dropped_at++)
		(dropped_at == 4 ? on_stages : on_a_stage)(left_the_case);
}

static void dropped_with_a_leftover(struct scene *c)
{
	struct by_hand h = { .c = c, .outcome = "dropped" };

	refused_for_good(c);
	decide_now(&h);
	cloud->undo_fails = false;
	assert_int_equal(turn(c), 0);
	is_as_before(c);
	all_are(&(struct looking){ .rows = seen(c).rows, .n = 3 }, "undone");
}

static void what_was_left_of_a_refusal_is_taken_back_when_its_step_is_closed(void **state)
{
	(void)state;
	on_stages(dropped_with_a_leftover);
}

static void what_is_dropped_while_the_machine_is_at_it_is_taken_back(void **state)
{
	(void)state;
	for (dropped_at = 1; dropped_at <= 5; dropped_at++)
		(dropped_at == 3 ? on_stages : on_a_stage)(dropped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_cloud_refuses_is_taken_back_told_and_done_when_asked_again),
		cmocka_unit_test(killed_while_taking_back_it_goes_on_taking_back),
		cmocka_unit_test(somebody_elses_machine_in_the_way_ends_the_taking_back),
		cmocka_unit_test(
			what_a_cloud_refuses_to_take_back_is_left_to_people_and_taken_back_when_asked),
		cmocka_unit_test(what_was_left_of_a_refusal_is_taken_back_when_its_step_is_closed),
		cmocka_unit_test(people_fulfil_by_hand_what_the_cloud_refused),
		cmocka_unit_test(people_who_overtake_the_machine_name_what_it_has_made),
		cmocka_unit_test(what_is_dropped_while_the_machine_is_at_it_is_taken_back),
		cmocka_unit_test(a_resource_that_leaves_the_case_leaves_its_step),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
