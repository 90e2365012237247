/* Cases across the link, from filing to their end. */
#include "cases_two.h"

static enum yh_rc told_of_decision(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "step.decided", "王五", &n, err));
	WANT(n == 1);
	return YH_OK;
}

static enum yh_rc told_of_refusal(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	size_t n;
	bool there;

	WANT_OK(told(&d->side, d->no, "case.turned-away", NULL, &n, err));
	WANT(n == 1);
	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(why.rc == YH_REFUSED && strcmp(why.slug, "evidence-missing") == 0);
	WANT(strcmp(why.article, "12") == 0 && why.n_figs == 2);
	return YH_OK;
}

static enum yh_rc whole_way(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_step_row *rows;
	struct yh_case_row row;
	struct yh_id id;
	size_t n;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT(strcmp(d.no, "EAST-2001-SQ-000001") == 0);
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	WANT_OK(yh_step_list(tx, &id, &s->arena, &rows, &n, err));
	WANT(n == 2 && strcmp(rows[0].step, "district_review") == 0 && rows[0].closed_at);
	WANT(strcmp(rows[0].reason, "因为") == 0 && strcmp(rows[0].article, "12") == 0);
	WANT(yh_id_eq(&rows[0].org, &city.district_operator));
	WANT(strcmp(rows[1].step, "review") == 0 && rows[1].due_day > yh_day_of(now));
	WANT_OK(told(&city, d.no, "step.decided", "李四", &n, err));
	WANT(n == 1);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(review(&city, d.no, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_decision, err));
	d.outcome = "passed";
	WANT_OK(at_district(&d, verify, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "closed") == 0);
	WANT_OK(told(&city, d.no, "step.confirmed", "unit", &n, err));
	WANT(n == 1);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "closed") == 0);
	close_district(&d, &city);
	return YH_OK;
}

/* proves A12.1 */
static void a_case_filed_in_a_district_is_decided_at_the_city_under_its_number(void **state)
{
	(void)state;
	run_everywhere(whole_way);
}

static enum yh_rc turned_away(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_id id;

	WANT_OK(open_district(&d, &city, tx, s, err));
	d.kind = "big";
	WANT_OK(carry(&d, &city, err));
	WANT_FAIL(yh_case_id_by_no(tx, d.no, &id, err), YH_NOT_FOUND, "case-unknown");
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_refusal, err));
	close_district(&d, &city);
	return YH_OK;
}

static void what_the_citys_checks_refuse_ends_at_the_district_with_their_figures(void **state)
{
	(void)state;
	run_everywhere(turned_away);
}

struct seen {
	char keys[4][YH_CASE_DOC_KEY];
	size_t n;
};

static enum yh_rc see(void *arg, const char *key, struct yh_err *err)
{
	struct seen *seen = arg;

	(void)err;
	(void)snprintf(seen->keys[seen->n++ % 4], YH_CASE_DOC_KEY, "%s", key);
	return YH_OK;
}

/* Both come in one batch, at one instant. */
static enum yh_rc two_turned_away(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct seen seen = { .n = 0 };

	WANT_OK(open_district(&d, &city, tx, s, err));
	d.kind = "big";
	city.cx.now = now + 3600 * YH_US_PER_S;
	for (int i = 0; i < 2; i++) {
		WANT_OK(at_district(&d, file, err));
		WANT_OK(at_district(&d, approve, err));
		WANT_OK(at_district(&d, build_case, err));
		WANT_OK(apply(&city, d.no, d.text, err));
	}
	WANT_OK(yh_link_case_touched(&city.cx, &city.peer,
				     &(struct yh_link_event){ .kind = "case.turned-away",
							      .object_kind = "case",
							      .at = city.cx.now },
				     see, &seen, err));
	WANT(seen.n == 2 && strcmp(seen.keys[0], "EAST-2001-SQ-000001") == 0 &&
	     strcmp(seen.keys[1], "EAST-2001-SQ-000002") == 0);
	close_district(&d, &city);
	return YH_OK;
}

static void of_two_cases_turned_away_in_one_batch_both_are_told(void **state)
{
	(void)state;
	run_everywhere(two_turned_away);
}

static enum yh_rc both_at_once(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_case_row row;
	struct yh_id id;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(review(&city, d.no, err));
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	d.outcome = "passed";
	/* the unit withdraws before it has heard; the city has closed it by then */
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET effected = 1 WHERE id = $1", YH_ID(&id)));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "open") == 0);
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(at_district(&d, told_of_lost_act, err));
	close_district(&d, &city);
	return YH_OK;
}

static void where_both_sides_act_the_citys_decision_stands_and_the_district_is_told(void **state)
{
	(void)state;
	run_everywhere(both_at_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_case_filed_in_a_district_is_decided_at_the_city_under_its_number),
		cmocka_unit_test(
			what_the_citys_checks_refuse_ends_at_the_district_with_their_figures),
		cmocka_unit_test(
			where_both_sides_act_the_citys_decision_stands_and_the_district_is_told),
		cmocka_unit_test(of_two_cases_turned_away_in_one_batch_both_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
