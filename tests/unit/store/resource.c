/* Resources, their sizes over time, and what they take, on both engines. */
#include "city.h"

static enum yh_rc sizes(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_size_row *z;
	struct yh_id item;
	struct city c;
	int64_t qty;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "SH-R-000001", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_now(tx, &r.id, &qty, &item, err));
	WANT(qty == 0 && yh_id_is_zero(&item));
	WANT_OK(yh_size_set(tx, &r.id, 100, &c.vm, 2000, &c.case_id, err));
	WANT_OK(yh_size_set(tx, &r.id, 200, &c.vm, 3000, &c.case_id, err));
	/* twice at one instant: the later replaces the former */
	WANT_OK(yh_size_set(tx, &r.id, 200, &c.vm, 5000, &c.case_id, err));
	WANT_OK(yh_size_now(tx, &r.id, &qty, &item, err));
	WANT(qty == 5000 && yh_id_eq(&item, &c.vm));
	/* history is not rewritten */
	WANT_FAIL(yh_size_set(tx, &r.id, 199, &c.vm, 1000, &c.case_id, err), YH_CONFLICT,
		  "size-changed-later");
	WANT_OK(yh_size_set(tx, &r.id, 300, &c.vm, 0, &c.case_id, err));
	WANT_FAIL(yh_size_set(tx, &r.id, 250, &c.vm, 1000, &c.case_id, err), YH_CONFLICT,
		  "size-changed-later");
	WANT_OK(yh_size_list(tx, &r.id, &s->arena, &z, &n, err));
	WANT(n == 2);
	WANT(z[0].from_at == 100 && z[0].to_at == 200 && z[0].qty_milli == 2000);
	WANT(z[1].from_at == 200 && z[1].to_at == 300 && z[1].qty_milli == 5000);
	/* stopped and started at one instant leaves no gap and no empty interval */
	WANT_OK(yh_size_set(tx, &r.id, 300, &c.vm, 7000, &c.case_id, err));
	WANT_OK(yh_size_set(tx, &r.id, 300, &c.vm, 0, &c.case_id, err));
	WANT_OK(yh_size_list(tx, &r.id, &s->arena, &z, &n, err));
	WANT(n == 2);
	WANT_OK(yh_size_now(tx, &r.id, &qty, &item, err));
	WANT(qty == 0);
	return YH_OK;
}

static void a_size_is_a_step_function_without_gaps(void **state)
{
	(void)state;
	run_everywhere(sizes);
}

static enum yh_rc round_trip(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row r, back, old;
	struct city c;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "SH-R-000001", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_resource_load(tx, &r.id, &s->arena, &back, err));
	WANT(!back.provider_ref && back.lease_last == YH_DAY_NONE && back.opened_at == 0);
	WANT(yh_id_is_zero(&back.provider) && yh_id_is_zero(&back.info_system));
	WANT(strcmp(back.name, "机器") == 0 && back.version == 1);
	old = back;
	back.provider = c.operator_;
	back.provider_ref = "i-1";
	back.lease_last = 20500;
	back.opened_at = 77;
	memcpy(back.state, "stopped", sizeof "stopped");
	WANT_OK(yh_resource_update(tx, &back, err));
	WANT(back.version == 2);
	WANT_FAIL(yh_resource_update(tx, &old, err), YH_STALE, "resource-changed");
	WANT_OK(yh_resource_load(tx, &r.id, &s->arena, &back, err));
	WANT(strcmp(back.provider_ref, "i-1") == 0 && back.lease_last == 20500);
	WANT(back.opened_at == 77 && back.version == 2 && strcmp(back.state, "stopped") == 0);
	WANT_FAIL(yh_resource_load(tx, &c.unit, &s->arena, &back, err), YH_NOT_FOUND,
		  "resource-unknown");
	return YH_OK;
}

static void a_resource_changed_meanwhile_is_not_overwritten(void **state)
{
	(void)state;
	run_everywhere(round_trip);
}

static enum yh_rc run_one(struct yh_tx *tx, struct stage *s, const struct city *c,
			  const struct yh_id *project, const char *no, const char *state,
			  int64_t qty_milli, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_resource_row r = a_resource(s, c, project, no, &c->vm);

	(void)snprintf(r.state, sizeof r.state, "%s", state);
	r.case_id = *case_id;
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_set(tx, &r.id, 100, &c->vm, 77000, case_id, err));
	return yh_size_set(tx, &r.id, 200, &c->vm, qty_milli, case_id, err);
}

static enum yh_rc allocated(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_allocated_row *a;
	struct yh_id second, other;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	other = new_id(s);
	WANT_OK(add_project(tx, s, &c, "P-2", &second, err));
	WANT_OK(run_one(tx, s, &c, &c.project, "R-1", "running", 2500, &c.case_id, err));
	WANT_OK(run_one(tx, s, &c, &second, "R-2", "running", 1000, &other, err));
	WANT_OK(run_one(tx, s, &c, &c.project, "R-3", "stopped", 9000, &c.case_id, err));
	WANT_OK(yh_allocated(tx, &c.unit, NULL, NULL, NULL, &s->arena, &a, &n, err));
	WANT(n == 4);
	WANT(strcmp(a[0].dim, "memory_gib") == 0 && a[0].qty_milli == 20000);
	WANT(strcmp(a[1].dim, "vcpu") == 0 && a[1].qty_milli == 10000);
	WANT(a[2].qty_milli == 8000 && a[3].qty_milli == 4000);
	WANT_OK(yh_allocated(tx, &c.unit, &second, NULL, NULL, &s->arena, &a, &n, err));
	WANT(n == 2 && yh_id_eq(&a[0].project, &second));
	WANT_OK(yh_allocated(tx, &c.unit, NULL, NULL, &other, &s->arena, &a, &n, err));
	WANT(n == 2 && yh_id_eq(&a[0].project, &c.project));
	WANT_OK(yh_allocated(tx, &c.sponsor, NULL, NULL, NULL, &s->arena, &a, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void what_runs_is_counted_by_dimension(void **state)
{
	(void)state;
	run_everywhere(allocated);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_is_a_step_function_without_gaps),
		cmocka_unit_test(a_resource_changed_meanwhile_is_not_overwritten),
		cmocka_unit_test(what_runs_is_counted_by_dimension),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
