/* Projects, systems, quota lines, reservations and suspensions, on both engines. */
#include "base/mem.h"
#include "city.h"
#include "store/person.h"
#include "store/project_query.h"
#include "store/suspension.h"

static enum yh_rc add_line(struct yh_tx *tx, struct stage *s, const struct city *c,
			   const struct yh_id *project, const char *kind, yh_day first, yh_day last,
			   const char *rrule, struct yh_id *out, struct yh_err *err)
{
	struct yh_quota_row q = { .id = new_id(s),
				  .unit = c->unit,
				  .project = *project,
				  .dim = "vcpu",
				  .qty_milli = 64000,
				  .first_day = first,
				  .last_day = last,
				  .rrule = rrule,
				  .span_days = rrule ? 5 : 0,
				  .case_id = c->case_id,
				  .created_at = T0 };

	(void)snprintf(q.kind, sizeof q.kind, "%s", kind);
	*out = q.id;
	return yh_quota_insert(tx, &q, err);
}

static enum yh_rc lines(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_id second, base, window, other;
	struct yh_quota_row *q;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_OK(add_project(tx, s, &c, "P-2", &second, err));
	WANT_OK(add_line(tx, s, &c, &c.project, "base", 100, YH_DAY_NONE, NULL, &base, err));
	WANT_OK(add_line(tx, s, &c, &c.project, "window", 100, 200, "FREQ=MONTHLY", &window, err));
	WANT_OK(add_line(tx, s, &c, &second, "base", 100, 150, NULL, &other, err));
	WANT_OK(yh_quota_lines(tx, &c.unit, &c.project, NULL, 200, &s->arena, &q, &n, err));
	WANT(n == 2);
	WANT(!q[0].rrule && q[0].last_day == YH_DAY_NONE && q[0].qty_milli == 64000);
	WANT(strcmp(q[1].rrule, "FREQ=MONTHLY") == 0 && q[1].span_days == 5);
	WANT_OK(yh_quota_lines(tx, &c.unit, &c.project, NULL, 201, &s->arena, &q, &n, err));
	WANT(n == 1 && yh_id_eq(&q[0].id, &base));
	WANT_OK(yh_quota_lines(tx, &c.unit, NULL, NULL, 150, &s->arena, &q, &n, err));
	WANT(n == 3);
	WANT_OK(yh_quota_end(tx, &base, 149, err));
	WANT_OK(yh_quota_lines(tx, &c.unit, NULL, NULL, 150, &s->arena, &q, &n, err));
	WANT(n == 2);
	WANT_FAIL(yh_quota_end(tx, &c.unit, 1, err), YH_NOT_FOUND, "quota-unknown");
	return YH_OK;
}

static void quota_lines_are_read_until_their_last_day(void **state)
{
	(void)state;
	run_everywhere(lines);
}

/* The sum over the days of one dimension, row by row: what the sums must equal. */
static enum yh_rc walk(struct yh_tx *tx, const struct city *c, const struct yh_id *project,
		       const struct yh_id *not_case, const char *dim, yh_day day, int64_t *out,
		       struct yh_err *err)
{
	struct yh_rows *rows;

	*out = 0;
	WANT_OK(yh_query(tx, err, &rows,
			 "SELECT project, case_id, dim, qty_milli, first_day, last_day FROM"
			 " reservation WHERE unit = $1 AND released_at IS NULL",
			 YH_ID(&c->unit)));
	while (yh_rows_next(rows)) {
		struct yh_id in = yh_col_id(rows, 0), of = yh_col_id(rows, 1);

		if ((!project || yh_id_eq(&in, project)) && !yh_id_eq(&of, not_case) &&
		    strcmp(yh_col_text(rows, 2), dim) == 0 && yh_col_i64(rows, 4) <= day &&
		    (yh_col_null(rows, 5) || day <= yh_col_i64(rows, 5)))
			*out += yh_col_i64(rows, 3);
	}
	return yh_rows_end(rows, err);
}

static int64_t sum_on(const struct yh_reserved_row *v, size_t n, const char *dim, yh_day day)
{
	int64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].dim, dim) == 0 && v[i].first_day <= day &&
		    (v[i].last_day == YH_DAY_NONE || day <= v[i].last_day))
			sum += v[i].qty_milli;
	return sum;
}

static enum yh_rc compare(struct yh_tx *tx, struct stage *s, const struct city *c,
			  const struct yh_id *project, const struct yh_id *not_case,
			  struct yh_err *err)
{
	static const char *const dims[] = { "vcpu", "memory_gib", "block_gib" };
	struct yh_reserved_row *sums;
	size_t n;

	WANT_OK(yh_reserved(tx, &c->unit, project, NULL, not_case, &s->arena, &sums, &n, err));
	WANT(n > 0 && n <= 2 * 3 * 4 * 3);
	for (size_t d = 0; d < YH_LEN(dims); d++)
		for (yh_day day = 95; day < 135; day++) {
			int64_t walked;

			WANT_OK(walk(tx, c, project, not_case, dims[d], day, &walked, err));
			WANT(sum_on(sums, n, dims[d], day) == walked);
		}
	return YH_OK;
}

static enum yh_rc many_reservations(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char *const dims[] = { "vcpu", "memory_gib", "block_gib" };
	struct yh_id projects[2], cases[5];
	struct city c;

	WANT_OK(build_city(tx, s, &c, err));
	projects[0] = c.project;
	WANT_OK(add_project(tx, s, &c, "P-2", &projects[1], err));
	for (size_t i = 0; i < YH_LEN(cases); i++)
		cases[i] = new_id(s);
	for (int i = 0; i < 600; i++) {
		struct yh_reservation_row v = { .id = new_id(s),
						.case_id = cases[i % 5],
						.unit = c.unit,
						.project = projects[i * i % 7 % 2],
						.qty_milli = 1000 + i * 37 % 101,
						.first_day = 100 + i % 4 * 7,
						.made_at = 1 };

		v.last_day = i % 3 ? v.first_day + i % 3 * 5 : YH_DAY_NONE;
		(void)snprintf(v.dim, sizeof v.dim, "%s", dims[i / 5 % 3]);
		WANT_OK(yh_reservation_insert(tx, &v, err));
	}
	WANT_OK(yh_reservation_release(tx, &cases[2], 5, "refused", err));
	for (size_t i = 0; i < YH_LEN(cases); i++) {
		WANT_OK(compare(tx, s, &c, NULL, &cases[i], err));
		WANT_OK(compare(tx, s, &c, &projects[0], &cases[i], err));
		WANT_OK(compare(tx, s, &c, &projects[1], &cases[i], err));
	}
	return YH_OK;
}

static void summed_reservations_are_on_every_day_what_a_walk_over_them_finds(void **state)
{
	(void)state;
	run_everywhere(many_reservations);
}

static enum yh_rc reservations(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_reservation_row v;
	struct yh_reserved_row *list;
	struct yh_id other;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	other = new_id(s);
	v = (struct yh_reservation_row){ .id = new_id(s),
					 .case_id = c.case_id,
					 .unit = c.unit,
					 .project = c.project,
					 .dim = "vcpu",
					 .qty_milli = 4000,
					 .first_day = 100,
					 .last_day = YH_DAY_NONE,
					 .made_at = 1 };
	WANT_OK(yh_reservation_insert(tx, &v, err));
	v.id = new_id(s);
	v.case_id = other;
	WANT_OK(yh_reservation_insert(tx, &v, err));
	WANT_OK(yh_reserved(tx, &c.unit, NULL, NULL, NULL, &s->arena, &list, &n, err));
	WANT(n == 1 && list[0].last_day == YH_DAY_NONE && list[0].qty_milli == 8000);
	WANT_OK(yh_reserved(tx, &c.unit, &c.project, NULL, &other, &s->arena, &list, &n, err));
	WANT(n == 1 && list[0].qty_milli == 4000);
	WANT_OK(yh_reservation_release(tx, &c.case_id, 5, "refused", err));
	WANT_OK(yh_reservation_release(tx, &c.case_id, 6, "withdrawn", err));
	WANT_OK(yh_reserved(tx, &c.unit, NULL, NULL, &c.case_id, &s->arena, &list, &n, err));
	WANT(n == 1 && list[0].qty_milli == 4000);
	WANT_OK(yh_reserved(tx, &c.unit, NULL, NULL, &other, &s->arena, &list, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void a_released_reservation_holds_nothing(void **state)
{
	(void)state;
	run_everywhere(reservations);
}

static enum yh_rc systems(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_system_row y, *list, one;
	struct yh_project_row p;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_OK(yh_project_set_state(tx, &c.project, "initiated", err));
	WANT_OK(yh_project_by_code(tx, "P-1", &s->arena, &p, err));
	WANT(strcmp(p.state, "initiated") == 0 && p.version == 2 && strcmp(p.name, "项目") == 0);
	WANT_FAIL(yh_project_set_state(tx, &c.unit, "failed", err), YH_NOT_FOUND,
		  "project-unknown");
	y = (struct yh_system_row){ .id = new_id(s),
				    .project = c.project,
				    .code = "S-1",
				    .name = "one",
				    .mlps_level = 2,
				    .case_id = c.case_id,
				    .created_at = T0 };
	WANT_OK(yh_system_put(tx, &y, err));
	y.name = "first";
	y.mlps_level = 3;
	y.id = new_id(s);
	WANT_OK(yh_system_put(tx, &y, err));
	WANT_OK(yh_system_list(tx, &c.project, &s->arena, &list, &n, err));
	WANT(n == 1 && list[0].mlps_level == 3 && strcmp(list[0].name, "first") == 0);
	WANT(!yh_id_eq(&list[0].id, &y.id));
	WANT_OK(yh_system_by_code(tx, &c.project, "S-1", &s->arena, &one, err));
	WANT_FAIL(yh_system_by_code(tx, &c.project, "S-2", &s->arena, &one, err), YH_NOT_FOUND,
		  "system-unknown");
	return YH_OK;
}

static void a_system_named_again_is_updated(void **state)
{
	(void)state;
	run_everywhere(systems);
}

static enum yh_rc add_person(struct yh_tx *tx, struct stage *s, const char *login, const char *role,
			     const struct yh_id *org, struct yh_id *out, struct yh_err *err)
{
	struct yh_person_row p = { .id = new_id(s),
				   .login = login,
				   .name = login,
				   .secret = "",
				   .status = "active",
				   .created_at = T0 };
	struct yh_grant_row g = { .id = new_id(s),
				  .person = p.id,
				  .org = *org,
				  .capacity = "sign",
				  .first_day = 0,
				  .last_day = YH_DAY_NONE,
				  .created_at = T0 };

	*out = p.id;
	(void)snprintf(g.role, sizeof g.role, "%s", role);
	WANT_OK(yh_person_insert(tx, &p, err));
	return yh_grant_insert(tx, &g, err);
}

static enum yh_rc seen(struct yh_tx *tx, struct stage *s, const struct yh_id *person, bool cloud,
		       size_t *projects, size_t *resources, struct yh_err *err)
{
	const struct yh_viewer who = { .person = *person, .today = 20000, .cloud = cloud };
	const struct yh_project_filter pf = { .state = "", .after = "", .limit = 50 };
	const struct yh_resource_filter rf = { .state = "", .kind = "", .after = "", .limit = 50 };
	struct yh_project_line *p;
	struct yh_resource_line *r;

	WANT_OK(yh_project_page(tx, &who, &pf, &s->arena, &p, projects, err));
	WANT_OK(yh_resource_page(tx, &who, &rf, &s->arena, &r, resources, err));
	if (*resources) {
		WANT(r[0].qty_milli == 3000 && strcmp(r[0].item_code, "vm-4-8") == 0);
		WANT(strcmp(r[0].project_code, "P-1") == 0 && r[0].system_code[0] == 0);
		WANT(strcmp(p[0].cloud_code, "sh") == 0 && strcmp(p[0].unit_code, "unit") == 0);
	}
	return YH_OK;
}

static enum yh_rc visibility(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_id mine, theirs, runs, stranger, no;
	struct yh_resource_row r;
	struct city c;
	size_t p, n;

	WANT_OK(build_city(tx, s, &c, err));
	r = a_resource(s, &c, &c.project, "R-1", &c.vm);
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_set(tx, &r.id, 1, &c.vm, 3000, &c.case_id, err));
	WANT_OK(yh_resource_id_by_no(tx, "R-1", &no, err));
	WANT(yh_id_eq(&no, &r.id));
	WANT_OK(add_org(tx, s, "other", NULL, &no, err));
	WANT_OK(add_person(tx, s, "mine", "unit", &c.unit, &mine, err));
	WANT_OK(add_person(tx, s, "theirs", "sponsor", &c.sponsor, &theirs, err));
	WANT_OK(add_person(tx, s, "runs", "operator", &c.operator_, &runs, err));
	WANT_OK(add_person(tx, s, "stranger", "unit", &no, &stranger, err));
	WANT_OK(seen(tx, s, &mine, false, &p, &n, err));
	WANT(p == 1 && n == 1);
	WANT_OK(seen(tx, s, &theirs, false, &p, &n, err));
	WANT(p == 1 && n == 1);
	WANT_OK(seen(tx, s, &runs, false, &p, &n, err));
	WANT(p == 0 && n == 0);
	WANT_OK(seen(tx, s, &runs, true, &p, &n, err));
	WANT(p == 1 && n == 1);
	WANT_OK(seen(tx, s, &stranger, true, &p, &n, err));
	WANT(p == 0 && n == 0);
	return YH_OK;
}

static void projects_and_resources_are_seen_by_whom_they_concern(void **state)
{
	(void)state;
	run_everywhere(visibility);
}

static enum yh_rc suspensions(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_suspension_row u = { .id = new_id(s),
				       .first_day = 20,
				       .last_day = 21,
				       .reason = "flood",
				       .created_at = T0 },
				 *list;
	size_t n;

	WANT_OK(yh_suspension_insert(tx, &u, err));
	u.id = new_id(s);
	u.first_day = 10;
	WANT_OK(yh_suspension_insert(tx, &u, err));
	WANT_OK(yh_suspension_list(tx, &s->arena, &list, &n, err));
	WANT(n == 2 && list[0].first_day == 10 && yh_id_is_zero(&list[0].case_id));
	WANT(strcmp(list[1].reason, "flood") == 0 && list[1].last_day == 21);
	return YH_OK;
}

static void suspensions_come_by_their_first_day(void **state)
{
	(void)state;
	run_everywhere(suspensions);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quota_lines_are_read_until_their_last_day),
		cmocka_unit_test(a_released_reservation_holds_nothing),
		cmocka_unit_test(summed_reservations_are_on_every_day_what_a_walk_over_them_finds),
		cmocka_unit_test(a_system_named_again_is_updated),
		cmocka_unit_test(projects_and_resources_are_seen_by_whom_they_concern),
		cmocka_unit_test(suspensions_come_by_their_first_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
