/* Cases across the link as a hostile or broken district sends them. */
#include "cases_two.h"

/* Filed and reviewed in the district; a case that says more than was done there arrives. */
static enum yh_rc forge(struct district *d, struct side *city, void (*change)(json_t *body),
			const char *slug, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct yh_err why;
	struct yh_id id;
	char *text;
	bool there;

	WANT_OK(at_district(d, file, err));
	WANT_OK(at_district(d, approve, err));
	WANT_OK(at_district(d, build_case, err));
	WANT_OK(alter(d, change, &text, err));
	city->cx.now = now += YH_US_PER_S;
	WANT_OK(apply(city, d->no, text, err));
	free(text);
	WANT_FAIL(yh_case_id_by_no(city->cx.tx, d->no, &id, err), YH_NOT_FOUND, "case-unknown");
	WANT_OK(yh_case_link_load(city->cx.tx, d->no, city->cx.arena, &link, &there, err));
	WANT(there && yh_problem_read(link.problem, &why));
	WANT(strcmp(why.slug, slug) == 0);
	return YH_OK;
}

static void with_citys_review(json_t *body)
{
	json_t *list = json_object_get(body, "prior");
	json_t *more = json_deep_copy(json_array_get(list, 0));

	json_object_set_new(more, "step", json_string("review"));
	json_object_set_new(more, "role", json_string("operator"));
	json_array_append_new(list, more);
}

static void by_the_unit(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "org",
			    json_string("edu"));
}

static void as_operator(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "role",
			    json_string("operator"));
}

static void twice(json_t *body)
{
	json_t *list = json_object_get(body, "prior");

	json_array_append_new(list, json_deep_copy(json_array_get(list, 0)));
}

static void with_a_form(json_t *body)
{
	json_object_set_new(json_array_get(json_object_get(body, "prior"), 0), "form",
			    json_string("{\"quota\":\"9\"}"));
}

static void with_a_pattern(json_t *body)
{
	json_object_set_new(body, "label", json_string("%"));
}

static enum yh_rc forged(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct district d;
	struct side city;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(forge(&d, &city, with_citys_review, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, by_the_unit, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, as_operator, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, twice, "prior-not-permitted", err));
	WANT_OK(forge(&d, &city, with_a_form, "form-not-expected", err));
	WANT_OK(forge(&d, &city, with_a_pattern, "link-field", err));
	close_district(&d, &city);
	return YH_OK;
}

static void a_district_cannot_say_that_it_took_the_citys_steps(void **state)
{
	(void)state;
	run_everywhere(forged);
}

static void in_the_citys_name(json_t *body)
{
	json_object_set_new(body, "no", json_string("YH-2001-SQ-000001"));
}

static enum yh_rc foreign_number(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct district d;
	struct side city;
	char *text;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	WANT_OK(at_district(&d, file, err));
	WANT_OK(at_district(&d, approve, err));
	WANT_OK(at_district(&d, build_case, err));
	WANT_OK(alter(&d, in_the_citys_name, &text, err));
	city.cx.now = now += YH_US_PER_S;
	WANT_FAIL(apply(&city, "YH-2001-SQ-000001", text, err), YH_BAD_INPUT, "link-foreign");
	free(text);
	WANT_OK(yh_case_link_load(tx, "YH-2001-SQ-000001", &s->arena, &link, &there, err));
	WANT(!there);
	close_district(&d, &city);
	return YH_OK;
}

static void a_district_cannot_take_a_number_in_anothers_name(void **state)
{
	(void)state;
	run_everywhere(foreign_number);
}

static void with_a_stranger(json_t *body)
{
	json_object_set_new(body, "stranger", json_true());
}

static enum yh_rc passed_over(struct yh_tx *tx, struct stage *s, struct yh_err *err)
{
	struct yh_case_link_row link;
	struct district d;
	struct side city;
	char *text;
	bool there;

	WANT_OK(open_district(&d, &city, tx, s, err));
	/* a document that no receiver takes as it is is answered as well */
	WANT_OK(forge(&d, &city, with_a_stranger, "form-unknown", err));
	WANT_OK(carry(&d, &city, err));
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(at_district(&d, build_act, err));
	WANT_OK(alter(&d, with_a_stranger, &text, err));
	WANT_OK(apply(&city, "EAST-2001-SQ-000002/000001", text, err));
	free(text);
	WANT_OK(tell(&d, &city, err));
	WANT_OK(at_district(&d, told_of_lost_act, err));
	WANT_OK(at_district(&d, withdraw, err));
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "EAST-2001-SQ-000002/000002", "坏了",
				     err));
	WANT_OK(yh_case_link_load(tx, "EAST-2001-SQ-000002", &s->arena, &link, &there, err));
	WANT(there && link.acts == 2);
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "EAST-2001-SQ-000003", "坏了", err));
	WANT_OK(yh_case_link_load(tx, "EAST-2001-SQ-000003", &s->arena, &link, &there, err));
	WANT(there && strstr(link.problem, "link-skipped") != NULL);
	WANT_OK(yh_link_case_skipped(&city.cx, &city.peer, "YH-2001-SQ-000003", "坏了", err));
	WANT_OK(yh_case_link_load(tx, "YH-2001-SQ-000003", &s->arena, &link, &there, err));
	WANT(!there);
	close_district(&d, &city);
	return YH_OK;
}

static void what_is_misshapen_or_passed_over_is_answered(void **state)
{
	(void)state;
	run_everywhere(passed_over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_misshapen_or_passed_over_is_answered),
		cmocka_unit_test(a_district_cannot_say_that_it_took_the_citys_steps),
		cmocka_unit_test(a_district_cannot_take_a_number_in_anothers_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
