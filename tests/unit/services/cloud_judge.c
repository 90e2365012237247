/* What differs between a cloud and the register, and what is left to the next comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/cloud/cloud.h"
#include "services/cloud/discover.h"

static const struct yh_cloud_dim small[] = { { "vcpu", 4000 }, { "memory_gib", 8000 } };
static const struct yh_cloud_dim large[] = { { "vcpu", 8000 }, { "memory_gib", 8000 } };
static const struct yh_cloud_dim disk[] = { { "block_gib", 50000 } };

struct stand {
	struct yh_cloud_entry before, after;
	struct yh_cloud_seen machine;
	bool here, served;
	const struct yh_cloud_dim *dims;
	size_t n_dims;
};

static struct stand stand(void)
{
	struct stand s = { .served = true, .here = true, .dims = small, .n_dims = 2 };

	s.after = (struct yh_cloud_entry){
		.state = "running", .name = "门户", .ref = "m-1", .version = 3
	};
	s.after.id.b[15] = 1;
	(void)strcpy(s.after.no, "SH-R-000001");
	s.before = s.after;
	s.machine = (struct yh_cloud_seen){ "m-1", "portal", "SH-R-000001", "SH-2026-CS-1", true,
					    small, 2 };
	return s;
}

/* The kinds that are found, in their order, and the last difference. */
static const char *judged(const struct stand *s, struct yh_cloud_difference_row *last)
{
	static char kinds[256];
	static struct yh_arena arena;
	const struct yh_compare in = { .before = &s->before,
				       .after = &s->after,
				       .n_before = 1,
				       .n_after = 1,
				       .dims = &s->dims,
				       .n_dims = &s->n_dims,
				       .served = &s->served,
				       .machines = &s->machine,
				       .n_machines = s->here ? 1 : 0,
				       .arena = &arena };
	struct yh_cloud_difference_row *out;
	struct yh_err err = { 0 };
	size_t n;

	yh_arena_done(&arena);
	yh_arena_init(&arena, 1 << 20);
	assert_int_equal(yh_cloud_judge(&in, &out, &n, &err), YH_OK);
	kinds[0] = 0;
	for (size_t i = 0; i < n; i++) {
		(void)strcat(strcat(kinds, i ? " " : ""), out[i].kind);
		if (last)
			*last = out[i];
	}
	return kinds;
}

static void what_agrees_is_no_difference(void **state)
{
	const struct stand s = stand();

	(void)state;
	assert_string_equal(judged(&s, NULL), "");
}

static void each_kind_is_found_with_both_sizes(void **state)
{
	struct yh_cloud_difference_row d;
	struct stand s = stand();

	(void)state;
	s.machine.dims = large;
	assert_string_equal(judged(&s, &d), "wrong_size");
	assert_string_equal(d.subject, "SH-R-000001");
	assert_string_equal(d.dims, "{\"vcpu\":8000,\"memory_gib\":8000}");
	assert_string_equal(d.registered, "{\"vcpu\":4000,\"memory_gib\":8000}");

	s = stand();
	s.here = false;
	assert_string_equal(judged(&s, &d), "vanished");
	assert_string_equal(d.ref, "m-1");
	s = stand();
	s.machine.ref = "m-2";
	s.machine.tag_no = "";
	assert_string_equal(judged(&s, &d), "unregistered vanished");
	s = stand();
	s.machine.running = false;
	assert_string_equal(judged(&s, NULL), "stopped_though_running");
	s = stand();
	(void)strcpy(s.after.state, "stopped");
	s.n_dims = 0;
	assert_string_equal(judged(&s, NULL), "runs_though_stopped");
}

/* A machine that carries a resource's number and not its identity is nobody's. */
static void a_tag_alone_registers_nothing(void **state)
{
	struct yh_cloud_difference_row d;
	struct stand s = stand();

	(void)state;
	s.machine.ref = "m-2";
	s.served = false;
	assert_string_equal(judged(&s, &d), "unregistered");
	assert_string_equal(d.tag_no, "SH-R-000001");
	assert_string_equal(d.subject, "m-2");
}

static void what_is_under_way_is_left_to_the_next_comparison(void **state)
{
	struct stand s = stand();

	(void)state;
	s.here = false;
	s.after.busy = true;
	assert_string_equal(judged(&s, NULL), "");
	s.after.busy = false;
	s.before.busy = true;
	assert_string_equal(judged(&s, NULL), "");
	s.before.busy = false;
	s.before.version = 2; /* changed while the cloud was asked */
	assert_string_equal(judged(&s, NULL), "");
	s = stand();
	s.before.id.b[15] = 2; /* came meanwhile */
	s.here = false;
	assert_string_equal(judged(&s, NULL), "");

	/* being opened: its machine is there, the register has no identifier of it yet */
	s = stand();
	(void)strcpy(s.after.state, "applied");
	s.after.ref = s.before.ref = "";
	s.before.busy = true;
	assert_string_equal(judged(&s, NULL), "");
	/* and destroyed between the two readings */
	s = stand();
	s.after.ref = "";
	(void)strcpy(s.after.state, "applied");
	assert_string_equal(judged(&s, NULL), "");
}

static void what_no_machine_serves_does_not_vanish(void **state)
{
	struct stand s = stand();

	(void)state;
	s.here = false;
	s.served = false;
	assert_string_equal(judged(&s, NULL), "");
}

static void storage_neither_runs_nor_stops(void **state)
{
	struct stand s = stand();

	(void)state;
	s.machine.dims = s.dims = disk;
	s.machine.n_dims = s.n_dims = 1;
	(void)strcpy(s.after.state, "stopped");
	assert_string_equal(judged(&s, NULL), "");
}

/* ---- as an opening balance ---- */

static void a_machine_is_the_item_of_its_size_and_storage_any_number(void **state)
{
	struct yh_item_dim vm[] = { { "vcpu", 4000 }, { "memory_gib", 8000 } };
	struct yh_item_dim gib[] = { { "block_gib", 1000 } };
	struct yh_item_row items[] = { { .code = "block", .dims = gib, .n_dims = 1 },
				       { .code = "vm", .dims = vm, .n_dims = 2 },
				       { .code = "none" } };
	struct yh_cloud_difference_row d = { .ref = "m-1", .name = "a\nb\x7f" };
	struct yh_discovered out;
	struct yh_arena arena;
	char longer[400];

	(void)state;
	yh_arena_init(&arena, 1 << 20);
	d.dims = "{\"vcpu\":4000,\"memory_gib\":8000,\"block_gib\":20000}";
	assert_int_equal(yh_cloud_discover(&arena, &d, items, 3, &out, NULL), YH_OK);
	assert_string_equal(out.item, "vm");
	assert_string_equal(out.quantity, "1");
	assert_string_equal(out.name, "a b ");
	d.dims = "{\"block_gib\":50500}";
	assert_int_equal(yh_cloud_discover(&arena, &d, items, 3, &out, NULL), YH_OK);
	assert_string_equal(out.item, "block");
	assert_string_equal(out.quantity, "50.5");
	/* twice as large is no two of them, and what is not known is left open */
	d.dims = "{\"vcpu\":8000,\"memory_gib\":16000}";
	assert_int_equal(yh_cloud_discover(&arena, &d, items, 3, &out, NULL), YH_OK);
	assert_string_equal(out.item, "");
	d.dims = "not JSON";
	for (size_t i = 0; i < sizeof longer - 1; i++)
		longer[i] = "云"[i % 3];
	longer[sizeof longer - 1] = 0;
	d.name = longer;
	assert_int_equal(yh_cloud_discover(&arena, &d, items, 3, &out, NULL), YH_OK);
	assert_string_equal(out.item, "");
	assert_int_equal(strlen(out.name), 300);
	yh_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_agrees_is_no_difference),
		cmocka_unit_test(each_kind_is_found_with_both_sizes),
		cmocka_unit_test(a_tag_alone_registers_nothing),
		cmocka_unit_test(what_is_under_way_is_left_to_the_next_comparison),
		cmocka_unit_test(what_no_machine_serves_does_not_vanish),
		cmocka_unit_test(storage_neither_runs_nor_stops),
		cmocka_unit_test(a_machine_is_the_item_of_its_size_and_storage_any_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
