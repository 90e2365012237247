/* Findings: entered once, moved between their states, seen by whom they concern; both engines. */
#include "city.h"
#include "store/finding.h"
#include "store/policy.h"

static enum yh_rc add_pack(struct yh_tx *tx, struct yh_sm3 *out, struct yh_err *err)
{
	struct yh_pack_row p = { .digest = yh_sm3_of("pack", 4),
				 .name = "p",
				 .valid_to = YH_DAY_NONE,
				 .files = "{}",
				 .installed_at = T0 };

	*out = p.digest;
	return yh_pack_put(tx, &p, err);
}

static enum yh_rc a_finding(struct yh_tx *tx, struct stage *s, const struct city *c,
			    const struct yh_id *resource, const struct yh_sm3 *pack,
			    struct yh_finding_row *out, struct yh_err *err)
{
	bool inserted;

	*out = (struct yh_finding_row){ .id = new_id(s),
					.rule = "idle",
					.article = "25",
					.resource = *resource,
					.project = c->project,
					.unit = c->unit,
					.cloud = c->cloud,
					.first_day = 15918,
					.last_day = 15948,
					.pack = *pack,
					.evidence = "{\"a\":1}",
					.evidence_digest = yh_sm3_of("e", 1),
					.advice = "",
					.found_at = T0 };
	(void)snprintf(out->no, sizeof out->no, "SH-F-%u", (unsigned)out->id.b[15]);
	WANT_OK(yh_finding_insert(tx, out, resource, 1, &inserted, err));
	WANT(inserted);
	return YH_OK;
}

struct scene {
	struct city c;
	struct yh_resource_row r;
	struct yh_sm3 pack;
};

static enum yh_rc set_up(struct yh_tx *tx, struct stage *s, struct scene *out, struct yh_err *err)
{
	WANT_OK(build_city(tx, s, &out->c, err));
	WANT_OK(add_pack(tx, &out->pack, err));
	out->r = a_resource(s, &out->c, &out->c.project, "SH-R-000001", &out->c.vm);
	return yh_resource_insert(tx, &out->r, err);
}

static enum yh_rc once(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_finding_row f, again, back;
	struct yh_id *of;
	struct scene w;
	bool inserted;
	size_t n;

	WANT_OK(set_up(tx, s, &w, err));
	WANT_OK(a_finding(tx, s, &w.c, &w.r.id, &w.pack, &f, err));
	again = f;
	again.id = new_id(s);
	WANT_OK(yh_finding_insert(tx, &again, &w.r.id, 1, &inserted, err));
	WANT(!inserted);
	again.last_day++;
	(void)snprintf(again.no, sizeof again.no, "SH-F-2");
	WANT_OK(yh_finding_insert(tx, &again, &w.r.id, 1, &inserted, err));
	WANT(inserted);
	WANT_OK(yh_finding_load(tx, &f.id, &s->arena, &back, err));
	WANT(strcmp(back.state, "open") == 0 && strcmp(back.evidence, "{\"a\":1}") == 0);
	WANT(yh_id_eq(&back.resource, &w.r.id) && back.last_day == 15948 && back.version == 1);
	WANT(memcmp(back.pack.b, w.pack.b, sizeof w.pack.b) == 0);
	WANT_OK(yh_finding_resources(tx, &f.id, &s->arena, &of, &n, err));
	WANT(n == 1 && yh_id_eq(&of[0], &w.r.id));
	return YH_OK;
}

static void a_finding_of_one_rule_subject_and_window_is_entered_once(void **state)
{
	(void)state;
	run_everywhere(once);
}

static enum yh_rc states(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_finding_row f, back;
	struct scene w;

	WANT_OK(set_up(tx, s, &w, err));
	WANT_OK(a_finding(tx, s, &w.c, &w.r.id, &w.pack, &f, err));
	WANT_FAIL(yh_finding_close(tx, &f.id, T0 + 1, err), YH_CONFLICT, "finding-not-in-case");
	WANT_OK(yh_finding_set_case(tx, &f.id, &w.c.case_id, err));
	WANT_FAIL(yh_finding_set_case(tx, &f.id, &w.c.case_id, err), YH_CONFLICT,
		  "finding-not-open");
	WANT_FAIL(yh_finding_dismiss(tx, &f.id, &w.c.unit, "x", T0, err), YH_CONFLICT,
		  "finding-not-open");
	WANT_OK(yh_finding_release(tx, &f.id, err));
	WANT_OK(yh_finding_load(tx, &f.id, &s->arena, &back, err));
	WANT(yh_id_is_zero(&back.case_id) && strcmp(back.state, "open") == 0);
	WANT_OK(yh_finding_set_case(tx, &f.id, &w.c.case_id, err));
	WANT_OK(yh_finding_close(tx, &f.id, T0 + 5, err));
	WANT_OK(yh_finding_load(tx, &f.id, &s->arena, &back, err));
	WANT(strcmp(back.state, "closed") == 0 && back.ended_at == T0 + 5 && back.version == 5);
	WANT_FAIL(yh_finding_release(tx, &f.id, err), YH_CONFLICT, "finding-not-in-case");
	WANT_FAIL(yh_finding_close(tx, &w.c.unit, T0, err), YH_NOT_FOUND, "finding-unknown");
	return YH_OK;
}

static void a_finding_moves_only_as_its_states_allow(void **state)
{
	(void)state;
	run_everywhere(states);
}

static enum yh_rc pages(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	const struct yh_viewer all = { .any = true }, nobody = { .person = { { 9 } } };
	struct yh_finding_filter f = { .state = "", .rule = "", .limit = 10 };
	struct yh_finding_row one, two;
	struct yh_finding_line *l;
	struct yh_resource_row r2;
	struct scene w;
	size_t n;

	WANT_OK(set_up(tx, s, &w, err));
	r2 = a_resource(s, &w.c, &w.c.project, "SH-R-000002", &w.c.vm);
	WANT_OK(yh_resource_insert(tx, &r2, err));
	WANT_OK(a_finding(tx, s, &w.c, &w.r.id, &w.pack, &one, err));
	WANT_OK(a_finding(tx, s, &w.c, &r2.id, &w.pack, &two, err));
	WANT_OK(yh_finding_page(tx, &all, &f, true, &s->arena, &l, &n, err));
	WANT(n == 2 && yh_id_eq(&l[0].row.id, &two.id));
	WANT(strcmp(l[0].resource_no, "SH-R-000002") == 0 && strcmp(l[0].unit_code, "unit") == 0);
	WANT(strcmp(l[1].row.evidence, "{\"a\":1}") == 0 && l[1].case_no[0] == 0);
	WANT_OK(yh_finding_page(tx, &nobody, &f, false, &s->arena, &l, &n, err));
	WANT(n == 0);
	f.resource = w.r.id;
	WANT_OK(yh_finding_page(tx, &all, &f, false, &s->arena, &l, &n, err));
	WANT(n == 1 && yh_id_eq(&l[0].row.id, &one.id) && l[0].row.evidence[0] == 0);
	f = (struct yh_finding_filter){ .state = "closed", .rule = "", .limit = 10 };
	WANT_OK(yh_finding_page(tx, &all, &f, false, &s->arena, &l, &n, err));
	WANT(n == 0);
	return YH_OK;
}

static void findings_are_listed_for_who_sees_their_project(void **state)
{
	(void)state;
	run_everywhere(pages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_finding_of_one_rule_subject_and_window_is_entered_once),
		cmocka_unit_test(a_finding_moves_only_as_its_states_allow),
		cmocka_unit_test(findings_are_listed_for_who_sees_their_project),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
