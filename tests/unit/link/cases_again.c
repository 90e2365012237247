/* Cases across the link when one side was put back to a backup. */
#include "cases_two.h"

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

static enum yh_rc forget_acts(struct district *d, struct yh_err *err)
{
	WANT_OK(yh_exec(d->side.cx.tx, err, "DELETE FROM case_act"));
	return yh_exec(d->side.cx.tx, err, "UPDATE case_link SET acts = 0, acts_done = 0");
}

static enum yh_rc counts_on(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	bool there;

	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && link.acts == 1);
	return YH_OK;
}

/* A backup from before its first act is put back; another act goes up under the same number. */
static enum yh_rc district_put_back(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct yh_case_act_row act;
	struct yh_case_row row;
	struct yh_err why;
	struct yh_id id;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(review(&city, d.no, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	WANT_OK(yh_case_id_by_no(tx, d.no, &id, err));
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET effected = 1 WHERE id = $1", YH_ID(&id)));
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err)); /* too late */
	WANT_OK(yh_exec(tx, err, "UPDATE case_act SET problem = ''"));
	WANT_OK(at_district(&d, forget_acts, err));
	d.outcome = "passed";
	WANT_OK(at_district(&d, verify, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(yh_case_load(tx, &id, &s->arena, &row, err));
	WANT(strcmp(row.state, "open") == 0);
	WANT_OK(yh_case_act_load(tx, "EAST-2001-SQ-000001/000001", &s->arena, &act, &there, err));
	WANT(there && yh_problem_read(act.problem, &why));
	WANT(strcmp(why.slug, "act-number-taken") == 0);
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_lost_act, err));
	/* and what it does next has a number of its own */
	WANT_OK(at_district(&d, forget_acts, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, counts_on, err));
	close_district(&d, &city);
	return YH_OK;
}

static void an_act_under_a_number_that_was_used_is_refused_and_told(void **state)
{
	(void)state;
	run_everywhere(district_put_back);
}

/* As from a backup of before the case was filed. */
static enum yh_rc forget_case(struct district *d, struct yh_err *err)
{
	struct yh_tx *tx = d->side.cx.tx;

	WANT_OK(yh_exec(tx, err, "DELETE FROM case_link"));
	WANT_OK(yh_exec(tx, err, "DELETE FROM counter"));
	return yh_exec(tx, err, "UPDATE case_file SET no = 'EAST-2001-SQ-999999'");
}

static enum yh_rc forget_count(struct district *d, struct yh_err *err)
{
	return yh_exec(d->side.cx.tx, err, "DELETE FROM counter");
}

static enum yh_rc told_of_number(struct district *d, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	bool there;
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.turned-away", NULL, &n, err));
	WANT(n == 1);
	WANT_OK(yh_case_link_load(d->side.cx.tx, d->no, d->side.cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(strcmp(why.slug, "case-number-taken") == 0 && !link.filed_here);
	return YH_OK;
}

static enum yh_rc number_again(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	static const char first[] = "EAST-2001-SQ-000001";
	struct district d;
	struct side city;
	struct yh_id id;
	size_t n;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(at_district(&d, forget_case, err));
	WANT_OK(carry(&d, &city, err));
	WANT(strcmp(d.no, first) == 0);
	WANT_OK(yh_case_id_by_no(tx, first, &id, err));
	WANT_OK(told(&city, first, "case.number-taken", NULL, &n, err));
	WANT(n == 2); /* each time that it was sent */
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_number, err));
	WANT_OK(at_district(&d, forget_count, err));
	WANT_OK(at_district(&d, file, err));
	WANT(strcmp(d.no, "EAST-2001-SQ-000002") == 0);
	/* the city tells of one that is with the district yet */
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET no = $1 WHERE no = $2", YH_T(d.no),
			YH_T(first)));
	WANT_OK(yh_exec(tx, err, "UPDATE case_link SET no = $1 WHERE no = $2", YH_T(d.no),
			YH_T(first)));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "refused") == 0);
	WANT_OK(at_district(&d, told_of_number, err));
	close_district(&d, &city);
	return YH_OK;
}

static void a_number_given_again_by_a_district_put_back_is_the_first_cases(void **state)
{
	(void)state;
	run_everywhere(number_again);
}

static enum yh_rc no_desk_open(struct district *d, struct yh_err *err)
{
	struct yh_step_row *rows;
	struct yh_id id;
	size_t n;

	WANT_OK(yh_case_id_by_no(d->side.cx.tx, d->no, &id, err));
	WANT_OK(yh_step_list(d->side.cx.tx, &id, d->side.cx.arena, &rows, &n, err));
	WANT(n == 2 && rows[1].closed_at && strcmp(rows[1].outcome, "moot") == 0);
	return YH_OK;
}

static enum yh_rc told_open_again(struct district *d, struct yh_err *err)
{
	size_t n;

	WANT_OK(told(&d->side, d->no, "case.open-again", NULL, &n, err));
	WANT(n == 1);
	return YH_OK;
}

/* It forgets that it closed one case, and that it opened a desk in another. */
static enum yh_rc city_put_back(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;
	struct seen seen = { .n = 0 };

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_OK(apply(&city, "EAST-2001-SQ-000001/000001", d.text, err));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "withdrawn") == 0);
	WANT_OK(yh_exec(tx, err, "UPDATE case_file SET ended_at = NULL, state = 'open'"));
	WANT_OK(tell(&d, &city, err));
	WANT(strcmp(d.state, "abroad") == 0);
	WANT_OK(at_district(&d, told_open_again, err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(yh_exec(tx, err, "DELETE FROM case_step WHERE step = 'review'"));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, no_desk_open, err));
	/* all of them are walked, page by page */
	WANT_OK(carry(&d, &city, err));
	WANT_OK(yh_link_case_keys(&city.cx, &city.peer, "", 2, see, &seen, err));
	WANT(seen.n == 2 && strcmp(seen.keys[1], "EAST-2001-SQ-000002") == 0);
	WANT_OK(yh_link_case_keys(&city.cx, &city.peer, seen.keys[1], 2, see, &seen, err));
	WANT(seen.n == 3 && strcmp(seen.keys[2], "EAST-2001-SQ-000003") == 0);
	close_district(&d, &city);
	return YH_OK;
}

static void what_a_city_put_back_has_open_is_open_at_the_district(void **state)
{
	(void)state;
	run_everywhere(city_put_back);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_act_under_a_number_that_was_used_is_refused_and_told),
		cmocka_unit_test(a_number_given_again_by_a_district_put_back_is_the_first_cases),
		cmocka_unit_test(what_a_city_put_back_has_open_is_open_at_the_district),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
