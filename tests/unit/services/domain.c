/* Editions, projects and the quota of any day through their services, on both engines. */
#include "../store/city.h"
#include "services/catalogue/edition.h"
#include "services/project/allocation.h"
#include "services/project/project.h"

/* Someone who holds one role in one organisation. */
struct someone {
	struct yh_world world;
	struct yh_grant grant;
	struct yh_actor actor;
	struct yh_ctx cx;
};

static struct yh_ctx *acts(struct someone *w, struct yh_tx *tx, struct stage *s, const char *role,
			   const struct yh_id *org)
{
	w->world = (struct yh_world){ .ids = s->ids };
	w->grant =
		(struct yh_grant){ .role = role, .org = *org, .capacity = "sign", .district = "" };
	w->actor = (struct yh_actor){ .grants = &w->grant, .n_grants = 1, .source = "local" };
	w->cx = (struct yh_ctx){ .tx = tx,
				 .world = &w->world,
				 .actor = &w->actor,
				 .now = yh_day_start(20500),
				 .arena = &s->arena };
	return &w->cx;
}

static enum yh_rc editions(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char text[] =
		"[{\"code\":\"disk\",\"class\":\"IaaS\",\"category\":\"compute\",\"name\":\"disk\","
		"\"per\":\"month\",\"measure\":\"instance\",\"mode\":\"graduated\",\"tags\":[\"a\","
		"\"b\"],\"trusted\":true,\"tiers\":[{\"from\":0,\"price\":\"0.31\"}],\"dims\":"
		"{\"block_gib\":1}},{\"code\":\"gpu\",\"class\":\"IaaS\",\"category\":\"compute\","
		"\"name\":\"gpu\",\"per\":\"hour\",\"measure\":\"card\",\"mode\":\"flat\","
		"\"tiers\":"
		"[{\"from\":0,\"price\":\"9\"}]}]";
	struct someone runs, other;
	struct yh_edition_change *ch;
	struct yh_edition_row e, fixed;
	struct yh_sm3 before, after;
	struct yh_id none = { 0 };
	const json_t *items;
	struct city c;
	struct yh_ctx *cx;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	cx = acts(&runs, tx, s, "operator", &c.operator_);
	WANT_OK(yh_json_parse_in(&s->arena, text, strlen(text), &items, err));
	WANT_FAIL(yh_edition_draft(acts(&other, tx, s, "unit", &c.unit), &c.cloud, "t", &none, &e,
				   err),
		  YH_FORBIDDEN, "operator-only");
	WANT_FAIL(yh_edition_draft(cx, &c.district_cloud, "t", &none, &e, err), YH_FORBIDDEN,
		  "operator-only");
	WANT_OK(yh_edition_draft(cx, &c.cloud, "next", &c.edition, &e, err));
	WANT(e.number == 2);
	WANT_OK(yh_edition_digest(cx, &c.edition, &before, err));
	WANT_OK(yh_edition_digest(cx, &e.id, &after, err));
	WANT(memcmp(&before, &after, sizeof before) == 0);
	WANT_OK(yh_edition_diff(cx, &c.edition, &e.id, &ch, &n, err));
	WANT(n == 0);

	WANT_OK(yh_edition_set_items(cx, &e.id, items, NULL, err));
	WANT_OK(yh_edition_digest(cx, &e.id, &after, err));
	WANT(memcmp(&before, &after, sizeof before) != 0);
	WANT_OK(yh_edition_diff(cx, &c.edition, &e.id, &ch, &n, err));
	WANT(n == 3);
	WANT(strcmp(ch[0].kind, "repriced") == 0 && strcmp(ch[0].is->code, "disk") == 0);
	WANT(strcmp(ch[1].kind, "added") == 0 && !ch[1].was);
	WANT(strcmp(ch[2].kind, "removed") == 0 && strcmp(ch[2].was->code, "vm-4-8") == 0);

	WANT_OK(yh_edition_load(tx, &e.id, &s->arena, &fixed, err));
	memcpy(fixed.state, "compiled", sizeof "compiled");
	WANT_OK(yh_edition_update(tx, &fixed, err));
	WANT_FAIL(yh_edition_set_items(cx, &e.id, items, NULL, err), YH_CONFLICT, "edition-fixed");
	return YH_OK;
}

/* proves A15.3 */
static void a_draft_is_filled_compared_and_then_fixed(void **state)
{
	(void)state;
	run_everywhere(editions);
}

static enum yh_rc foreign_source(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct someone runs;
	struct yh_edition_row e, m;
	struct city c;
	struct yh_ctx *cx;

	WANT_OK(build_city(tx, s, &c, err));
	WANT_OK(yh_cloud_set_body(tx, &c.district_cloud, "operator", &c.operator_, err));
	cx = acts(&runs, tx, s, "operator", &c.operator_);
	WANT_FAIL(yh_edition_draft(cx, &c.district_cloud, "t", &c.edition, &e, err), YH_NOT_FOUND,
		  "edition-unknown");
	WANT_OK(yh_edition_load(tx, &c.edition, &s->arena, &m, err));
	memcpy(m.state, "published", sizeof "published");
	m.effective_day = 20000;
	WANT_OK(yh_edition_update(tx, &m, err));
	WANT_OK(yh_edition_draft(cx, &c.district_cloud, "t", &c.edition, &e, err));
	WANT(e.number == 1 && yh_id_eq(&e.derived_from, &c.edition));
	return YH_OK;
}

/* proves A15.3 */
static void a_district_derives_only_from_a_published_municipal_edition(void **state)
{
	(void)state;
	run_everywhere(foreign_source);
}

static enum yh_rc create(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct someone unit, other;
	struct yh_project_row p;
	struct yh_ctx *cx;
	struct city c;

	WANT_OK(build_city(tx, s, &c, err));
	cx = acts(&unit, tx, s, "unit", &c.unit);
	WANT_OK(yh_project_create(cx, &c.unit, &c.cloud, "P-9", "新项目", &p, err));
	WANT_OK(yh_project_load(tx, &p.id, &s->arena, &p, err));
	WANT(strcmp(p.state, "initiating") == 0 && yh_id_eq(&p.unit, &c.unit));
	WANT(strcmp(p.code, "unit.P-9") == 0);
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.cloud, "P-9", "x", &p, err), YH_CONFLICT,
		  "project-exists");
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.cloud, "P 9", "x", &p, err), YH_BAD_INPUT,
		  "project-code");
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.cloud, "P.9", "x", &p, err), YH_BAD_INPUT,
		  "project-code");
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.cloud, "unit.P-9", "x", &p, err), YH_CONFLICT,
		  "project-exists");
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.cloud, "P-10", "", &p, err), YH_BAD_INPUT,
		  "field-too-short");
	WANT_FAIL(yh_project_create(cx, &c.unit, &c.unit, "P-10", "x", &p, err), YH_NOT_FOUND,
		  "cloud-unknown");
	WANT_FAIL(yh_project_create(acts(&other, tx, s, "unit", &c.sponsor), &c.unit, &c.cloud,
				    "P-10", "x", &p, err),
		  YH_FORBIDDEN, "unit-only");
	/* what one unit has taken another may take too, and hears nothing of it */
	WANT_OK(yh_project_create(&other.cx, &c.sponsor, &c.cloud, "P-9", "x", &p, err));
	WANT(strcmp(p.code, "sponsor.P-9") == 0);
	return YH_OK;
}

static void a_unit_enters_its_own_projects_only(void **state)
{
	(void)state;
	run_everywhere(create);
}

static enum yh_rc add_line(struct yh_tx *tx, struct stage *s, const struct city *c,
			   const char *kind, int64_t units, yh_day first, yh_day last,
			   const char *rrule, struct yh_err *err)
{
	struct yh_quota_row q = { .id = new_id(s),
				  .unit = c->unit,
				  .project = c->project,
				  .dim = "vcpu",
				  .qty_milli = units * 1000,
				  .first_day = first,
				  .last_day = last,
				  .rrule = rrule,
				  .span_days = rrule ? 5 : 0,
				  .case_id = c->case_id };

	(void)snprintf(q.kind, sizeof q.kind, "%s", kind);
	return yh_quota_insert(tx, &q, err);
}

static enum yh_rc line_on(struct yh_ctx *cx, const struct city *c, yh_day day,
			  struct yh_quota_day_line *out, struct yh_err *err)
{
	struct yh_quota_day_line *l;
	size_t n;

	WANT_OK(yh_quota_day(cx, &c->unit, &c->project, NULL, day, &l, &n, err));
	*out = (struct yh_quota_day_line){ 0 };
	for (size_t i = 0; i < n; i++)
		if (strcmp(l[i].dim, "vcpu") == 0)
			*out = l[i];
	return YH_OK;
}

static enum yh_rc quota_of_a_day(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	yh_day start = yh_day_from_date((struct yh_date){ 2026, 3, 1 });
	yh_day march_27 = start + 26, june_30 = start + 121;
	struct yh_quota_day_line l, *all;
	struct yh_resource_row r;
	struct yh_reservation_row v;
	struct someone unit;
	struct yh_ctx *cx;
	struct city c;
	size_t n;

	WANT_OK(build_city(tx, s, &c, err));
	cx = acts(&unit, tx, s, "unit", &c.unit);
	WANT_OK(add_line(tx, s, &c, "base", 100, start, YH_DAY_NONE, NULL, err));
	WANT_OK(add_line(tx, s, &c, "window", 30, start, june_30 - 1,
			 "FREQ=MONTHLY;INTERVAL=3;BYMONTHDAY=-5", err));
	WANT_OK(add_line(tx, s, &c, "allowance", 7, start, start + 9, NULL, err));
	r = a_resource(s, &c, &c.project, "R-1", &c.vm);
	r.lease_last = start + 60;
	WANT_OK(yh_resource_insert(tx, &r, err));
	WANT_OK(yh_size_set(tx, &r.id, 1, &c.vm, 2000, &c.case_id, err));
	v = (struct yh_reservation_row){ .id = new_id(s),
					 .case_id = c.case_id,
					 .unit = c.unit,
					 .project = c.project,
					 .dim = "vcpu",
					 .qty_milli = 5000,
					 .first_day = start + 20,
					 .last_day = start + 30 };
	WANT_OK(yh_reservation_insert(tx, &v, err));

	WANT_OK(line_on(cx, &c, start + 5, &l, err));
	WANT(l.base_milli == 100000 && l.windows_milli == 0 && l.allowance_milli == 7000);
	WANT(l.effective_milli == 107000 && l.allocated_milli == 8000 && l.reserved_milli == 0);
	WANT_OK(line_on(cx, &c, march_27, &l, err));
	WANT(l.windows_milli == 30000 && l.effective_milli == 130000 && l.reserved_milli == 5000);
	WANT_OK(line_on(cx, &c, march_27 - 1, &l, err));
	WANT(l.windows_milli == 0);
	/* the window's line ends within its second occurrence */
	WANT_OK(line_on(cx, &c, june_30 - 1, &l, err));
	WANT(l.windows_milli == 30000);
	WANT_OK(line_on(cx, &c, june_30, &l, err));
	WANT(l.windows_milli == 0 && l.base_milli == 100000);
	WANT(l.allocated_milli == 0);
	/* past its lease and still running, it takes its share today, and is not promised more */
	cx->now = yh_day_start(june_30);
	WANT_OK(line_on(cx, &c, june_30, &l, err));
	WANT(l.allocated_milli == 8000);
	WANT_OK(line_on(cx, &c, june_30 + 1, &l, err));
	WANT(l.allocated_milli == 0);
	WANT_OK(line_on(cx, &c, start - 1, &l, err));
	WANT(l.effective_milli == 0);
	WANT_OK(yh_quota_day(cx, &c.unit, NULL, NULL, start, &all, &n, err));
	WANT(n == 2 && strcmp(all[0].dim, "memory_gib") == 0 && all[0].effective_milli == 0);
	return YH_OK;
}

static void the_quota_of_any_day_is_base_windows_and_allowance(void **state)
{
	(void)state;
	run_everywhere(quota_of_a_day);
}

static void the_ratio_of_use_is_rounded_down_and_absent_without_a_quota(void **state)
{
	static const struct {
		int64_t quota, allocated, ratio;
	} rows[] = {
		{ 3000, 1000, 333 },
		{ 3000, 3000, 1000 },
		{ 3000, 4500, 1500 },
		{ 3000, 0, 0 },
		{ 0, 5, -1 },
		{ -1, 5, -1 },
		{ 1, INT64_MAX, INT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct yh_alloc_line l = { .quota_milli = rows[i].quota,
					   .allocated_milli = rows[i].allocated };

		assert_int_equal(yh_alloc_ratio_milli(&l), rows[i].ratio);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_draft_is_filled_compared_and_then_fixed),
		cmocka_unit_test(a_district_derives_only_from_a_published_municipal_edition),
		cmocka_unit_test(a_unit_enters_its_own_projects_only),
		cmocka_unit_test(the_quota_of_any_day_is_base_windows_and_allowance),
		cmocka_unit_test(the_ratio_of_use_is_rounded_down_and_absent_without_a_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
