/* Resources, their sizes over time, and what they take, on both engines. */
#include "city.h"
#include "db/internal.h"
#include "store/allocation.h"

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

/* What an installation that has resources already is given by its migration. */
static enum yh_rc reckon_anew(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	size_t n, len;
	const struct yh_migration *m = yh_schema(&n);
	const char *at = NULL, *sql;

	for (size_t i = 0; i < n; i++)
		if (strcmp(m[i].name, "allocated") == 0)
			at = m[i].sql;
	WANT(at);
	WANT_OK(yh_exec(tx, err, "DELETE FROM allocated"));
	while (yh_ddl_next(&at, &sql, &len)) {
		char *one = yh_arena_alloc(&s->arena, len + 1);

		memcpy(one, sql, len);
		one[len] = 0;
		if (strstr(one, "INSERT INTO"))
			WANT_OK(yh_db_exec(tx, err, NULL, one, NULL, 0));
	}
	return YH_OK;
}

static yh_time on(int year, int month, int day)
{
	return yh_day_start(yh_day_from_date((struct yh_date){ year, month, day }));
}

static enum yh_rc want_months(struct yh_tx *tx, struct stage *s, const struct city *c,
			      struct yh_err *err)
{
	static const struct {
		int year, month;
		int64_t change; /* of vcpu, four to the machine */
	} want[] = { { 1999, 12, 8000 },
		     { 2000, 2, 12000 },
		     { 2024, 2, -20000 },
		     { 2024, 3, 4000 },
		     { 2025, 12, 8000 } };
	struct yh_alloc_month *m;
	size_t n;

	WANT_OK(yh_alloc_months(tx, &c->cloud, YH_DAY_MIN, &s->arena, &m, &n, err));
	WANT(n == 12 && strcmp(m[0].dim, "memory_gib") == 0 && strcmp(m[6].dim, "vcpu") == 0);
	WANT(m[6].month == YH_ALLOC_ALL && m[6].qty_milli == 12000 && m[0].qty_milli == 24000);
	for (size_t i = 0; i < 5; i++) {
		WANT(yh_day_start((yh_day)m[7 + i].month) == on(want[i].year, want[i].month, 1));
		WANT(m[7 + i].qty_milli == want[i].change);
	}
	WANT_OK(yh_alloc_months(tx, &c->district_cloud, YH_DAY_MIN, &s->arena, &m, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static enum yh_rc kept(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_resource_row r;
	struct city c;
	struct {
		yh_time at;
		int64_t qty_milli;
	} steps[] = { { on(1999, 12, 31), 2000 },  { on(2000, 2, 29), 9000 },
		      { on(2000, 2, 29), 5000 },   { on(2024, 3, 1) - 1, 0 },
		      { on(2024, 3, 1), 1000 },    { on(2025, 12, 31), 4000 },
		      { on(2026, 1, 1) - 1, 3000 } };

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "R-1", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		WANT_OK(yh_size_set(tx, &r.id, steps[i].at, &c.vm, steps[i].qty_milli, &c.case_id,
				    err));
	WANT_OK(want_months(tx, s, &c, err));
	WANT_OK(reckon_anew(tx, s, err));
	return want_months(tx, s, &c, err);
}

static void the_changes_of_each_month_are_kept_as_the_migration_reckons_them(void **state)
{
	(void)state;
	run_everywhere(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_is_a_step_function_without_gaps),
		cmocka_unit_test(a_resource_changed_meanwhile_is_not_overwritten),
		cmocka_unit_test(what_runs_is_counted_by_dimension),
		cmocka_unit_test(the_changes_of_each_month_are_kept_as_the_migration_reckons_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
