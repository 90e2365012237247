/* Projects, systems, quota lines, reservations and suspensions, on both engines. */
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
	WANT_OK(yh_quota_lines(tx, &c.unit, &c.project, 200, &s->arena, &q, &n, err));
	WANT(n == 2);
	WANT(!q[0].rrule && q[0].last_day == YH_DAY_NONE && q[0].qty_milli == 64000);
	WANT(strcmp(q[1].rrule, "FREQ=MONTHLY") == 0 && q[1].span_days == 5);
	WANT_OK(yh_quota_lines(tx, &c.unit, &c.project, 201, &s->arena, &q, &n, err));
	WANT(n == 1 && yh_id_eq(&q[0].id, &base));
	WANT_OK(yh_quota_lines(tx, &c.unit, NULL, 150, &s->arena, &q, &n, err));
	WANT(n == 3);
	WANT_OK(yh_quota_end(tx, &base, 149, err));
	WANT_OK(yh_quota_lines(tx, &c.unit, NULL, 150, &s->arena, &q, &n, err));
	WANT(n == 2);
	WANT_FAIL(yh_quota_end(tx, &c.unit, 1, err), YH_NOT_FOUND, "quota-unknown");
	return YH_OK;
}

static void quota_lines_are_read_until_their_last_day(void **state)
{
	(void)state;
	run_everywhere(lines);
}

static enum yh_rc reservations(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_reservation_row v, *list;
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
	WANT_OK(yh_reservations(tx, &c.unit, NULL, NULL, &s->arena, &list, &n, err));
	WANT(n == 2 && list[0].last_day == YH_DAY_NONE && list[0].qty_milli == 4000);
	WANT_OK(yh_reservations(tx, &c.unit, &c.project, &other, &s->arena, &list, &n, err));
	WANT(n == 1 && yh_id_eq(&list[0].case_id, &c.case_id));
	WANT_OK(yh_reservation_release(tx, &c.case_id, 5, "refused", err));
	WANT_OK(yh_reservation_release(tx, &c.case_id, 6, "withdrawn", err));
	WANT_OK(yh_reservations(tx, &c.unit, NULL, NULL, &s->arena, &list, &n, err));
	WANT(n == 1 && yh_id_eq(&list[0].case_id, &other));
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
		cmocka_unit_test(a_system_named_again_is_updated),
		cmocka_unit_test(projects_and_resources_are_seen_by_whom_they_concern),
		cmocka_unit_test(suspensions_come_by_their_first_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
