/* Leases with their history, and allowances that are for one resource, on both engines. */
#include "city.h"
#include "store/lease.h"

static struct yh_lease_row a_lease(struct stage *s, const struct yh_id *resource, int64_t seq,
				   yh_day last, const struct yh_id *case_id)
{
	return (struct yh_lease_row){ .id = new_id(s),
				      .resource = *resource,
				      .seq = seq,
				      .first = 100,
				      .last = last,
				      .case_id = *case_id,
				      .made_at = T0 };
}

static enum yh_rc history(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_lease_row first, second, live, *all;
	struct yh_id extension = new_id(s), *held;
	struct city c;
	bool found;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "SH-R-000001", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_lease_live(tx, &r.id, &found, &live, err));
	WANT(!found);
	first = a_lease(s, &r.id, 0, 190, &c.case_id);
	WANT_OK(yh_lease_insert(tx, &first, err));
	WANT_OK(yh_lease_told(tx, &first.id, 20, false, err));
	WANT_OK(yh_lease_hold(tx, &first.id, &extension, T0 + 1, err));
	WANT_OK(yh_lease_live(tx, &r.id, &found, &live, err));
	WANT(found && live.first == 100 && live.last == 190 && live.told == 20);
	WANT(!live.lapse_told && yh_id_eq(&live.hold_case, &extension) && !live.ended_at);
	WANT_OK(yh_lease_held_by(tx, &extension, &s->arena, &held, &n, err));
	WANT(n == 1 && yh_id_eq(&held[0], &r.id));
	/* what follows ends what went before, and holds it no more */
	WANT_OK(yh_lease_end(tx, &first.id, T0 + 5, "extended", err));
	second = a_lease(s, &r.id, 1, 280, &extension);
	second.extensions = 1;
	WANT_OK(yh_lease_insert(tx, &second, err));
	WANT_OK(yh_lease_held_by(tx, &extension, &s->arena, &held, &n, err));
	WANT(n == 0);
	WANT_OK(yh_lease_history(tx, &r.id, &s->arena, &all, &n, err));
	WANT(n == 2 && strcmp(all[0].ended_as, "extended") == 0 && all[0].ended_at == T0 + 5);
	WANT(all[0].last == 190 && all[1].last == 280 && all[1].extensions == 1);
	WANT(all[1].ended_as[0] == 0);
	/* ended once, for ever */
	WANT_OK(yh_lease_end(tx, &first.id, T0 + 9, "stopped", err));
	WANT_OK(yh_lease_history(tx, &r.id, &s->arena, &all, &n, err));
	WANT(strcmp(all[0].ended_as, "extended") == 0);
	return YH_OK;
}

static void an_extension_is_a_further_row(void **state)
{
	(void)state;
	run_everywhere(history);
}

static enum yh_rc twice(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_lease_row one, two;
	struct city c;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "SH-R-000001", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	one = a_lease(s, &r.id, 0, 190, &c.case_id);
	two = a_lease(s, &r.id, 1, 280, &c.case_id);
	WANT_OK(yh_lease_insert(tx, &one, err));
	WANT(yh_lease_insert(tx, &two, err) == YH_CONFLICT);
	return YH_CONFLICT;
}

static void two_leases_of_a_resource_are_never_in_force(void **state)
{
	char dir[] = "/tmp/yh-test-XXXXXX", text[600];
	const struct yh_exec_config cfg = { .database = text };
	struct body b = { .run = twice, .stage = { .ids = yh_idgen_new_seeded(7) } };
	struct yh_err err = { 0 };
	struct yh_exec *x = NULL;

	(void)state;
	assert_non_null(mkdtemp(dir));
	like_file(dir);
	(void)snprintf(text, sizeof text, "sqlite:%s/yunheng.db", dir);
	yh_arena_init(&b.stage.arena, 1);
	assert_int_equal(yh_store_open(&cfg, true, &x, &err), YH_OK);
	assert_int_equal(yh_exec_write(x, body_tx, &b, &err), YH_CONFLICT);
	assert_string_equal(err.slug, "db-unique");
	yh_exec_close(x);
	yh_arena_done(&b.stage.arena);
	yh_idgen_free(b.stage.ids);
	(void)snprintf(text, sizeof text, "rm -rf %s", dir);
	assert_int_equal(system(text), 0);
}

static enum yh_rc together(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char *const states[] = { "running", "running", "stopped", "running" };
	static const yh_day lasts[] = { 190, 190, 190, 191 };
	struct yh_id ids[4], *list;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	for (size_t i = 0; i < 4; i++) {
		char no[] = "R-1";
		struct yh_resource_row r;
		struct yh_lease_row l;

		no[2] = (char)('1' + i);
		r = a_resource(s, &c, &c.project, no, &c.vm);
		(void)snprintf(r.state, sizeof r.state, "%s", states[i]);
		ids[i] = r.id;
		l = a_lease(s, &r.id, 0, lasts[i], &c.case_id);
		WANT_OK(yh_resource_insert(tx, &r, err));
		WANT_OK(yh_lease_insert(tx, &l, err));
	}
	WANT_OK(yh_lease_together(tx, &c.case_id, 190, &s->arena, &list, &n, err));
	WANT(n == 2 && yh_id_eq(&list[0], &ids[0]) && yh_id_eq(&list[1], &ids[1]));
	return YH_OK;
}

static void what_runs_out_together_is_found_together(void **state)
{
	(void)state;
	run_everywhere(together);
}

static enum yh_rc allowance(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_quota_row line = { .id = new_id(s),
				     .kind = "allowance",
				     .dim = "vcpu",
				     .qty_milli = 4000,
				     .first_day = 100,
				     .last_day = 190,
				     .created_at = T0 };
	struct yh_quota_row *q;
	struct yh_resource_row r;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "R-1", &c.vm);
	r.lease_last = 190;
	WANT_OK(yh_resource_insert(tx, &r, err));
	line.unit = c.unit;
	line.project = c.project;
	line.case_id = c.case_id;
	line.resource = r.id;
	WANT_OK(yh_quota_insert(tx, &line, err));
	for (yh_day from = 180; from < 200; from += 15) {
		WANT_OK(yh_quota_lines(tx, &c.unit, &c.project, NULL, from, &s->arena, &q, &n,
				       err));
		WANT(n == 1 && yh_id_eq(&q[0].resource, &r.id));
		WANT_OK(yh_quota_of_resource(tx, &r.id, from, &s->arena, &q, &n, err));
		WANT(n == 1 && q[0].qty_milli == 4000);
	}
	memcpy(r.state, "stopped", sizeof "stopped");
	WANT_OK(yh_resource_update(tx, &r, err));
	WANT_OK(yh_quota_lines(tx, &c.unit, NULL, NULL, 195, &s->arena, &q, &n, err));
	WANT(n == 0);
	WANT_OK(yh_quota_of_resource(tx, &r.id, 180, &s->arena, &q, &n, err));
	WANT(n == 1);
	return YH_OK;
}

static void what_was_allowed_for_a_resource_counts_while_it_runs(void **state)
{
	(void)state;
	run_everywhere(allowance);
}

static enum yh_rc kinds(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char *const kind[] = { "development", "", "development" };
	struct yh_id cases[3];
	struct yh_reserved_row *v;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	for (size_t i = 0; i < 3; i++) {
		struct yh_reservation_row r = { .id = new_id(s),
						.case_id = cases[i] = new_id(s),
						.unit = c.unit,
						.project = c.project,
						.dim = "vcpu",
						.qty_milli = 1000,
						.first_day = 100,
						.last_day = YH_DAY_NONE,
						.made_at = T0 };

		(void)snprintf(r.kind, sizeof r.kind, "%s", kind[i]);
		WANT_OK(yh_reservation_insert(tx, &r, err));
	}
	WANT_OK(yh_reserved_kind(tx, &c.project, "development", &cases[1], &s->arena, &v, &n, err));
	WANT(n == 1 && v[0].qty_milli == 2000);
	WANT_OK(yh_reserved_kind(tx, &c.project, "development", &cases[0], &s->arena, &v, &n, err));
	WANT(n == 1 && v[0].qty_milli == 1000);
	return YH_OK;
}

static void what_is_held_is_known_by_kind(void **state)
{
	(void)state;
	run_everywhere(kinds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_extension_is_a_further_row),
		cmocka_unit_test(two_leases_of_a_resource_are_never_in_force),
		cmocka_unit_test(what_runs_out_together_is_found_together),
		cmocka_unit_test(what_was_allowed_for_a_resource_counts_while_it_runs),
		cmocka_unit_test(what_is_held_is_known_by_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
