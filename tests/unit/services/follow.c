/* Who hears of a change: the same who see the case in lists. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/overview/follow.h"

enum { UNIT = 1, FILER, SPONSOR, VENDOR, OPERATOR, REVIEWER, STRANGER, CASE };

static struct yh_id id(unsigned char n)
{
	return (struct yh_id){ { n } };
}

/* About a unit of the east district, on a cloud that OPERATOR runs, with a step for REVIEWER. */
static struct yh_change change(struct yh_party_row parties[2])
{
	parties[0] = (struct yh_party_row){ id(REVIEWER), "econ_info", true };
	parties[1] = (struct yh_party_row){ id(OPERATOR), "operator", false };
	return (struct yh_change){ .row = { .kind = "step.decided",
					    .case_id = id(CASE),
					    .unit = id(UNIT),
					    .filer_org = id(FILER),
					    .sponsor = id(SPONSOR),
					    .provider = id(VENDOR),
					    .district = "east" },
				   .parties = parties,
				   .n_parties = 2 };
}

static bool sees(char relation, const char *role, unsigned char org, const char *district)
{
	struct yh_party_row parties[2];
	const struct yh_change c = change(parties);
	struct yh_desk_row desk = { .org = id(org), .own = true };
	const struct yh_follow f = { relation, &desk, 1 };

	strncpy(desk.role, role, sizeof desk.role - 1);
	strncpy(desk.district, district, sizeof desk.district - 1);
	return yh_follow_sees(&f, &c);
}

static void whose_case_it_is_hears_of_it(void **state)
{
	(void)state;
	assert_true(sees('o', "unit", UNIT, ""));
	assert_true(sees('o', "unit", FILER, ""));
	assert_true(sees('o', "sponsor", SPONSOR, ""));
	assert_true(sees('o', "provider", VENDOR, ""));
	assert_true(sees('o', "econ_info", REVIEWER, ""));
	assert_false(sees('o', "unit", STRANGER, "east"));
	assert_false(sees('o', "unit", SPONSOR, ""));
	assert_false(sees('o', "unit", VENDOR, ""));
	assert_false(sees('o', "authority", REVIEWER, ""));
}

static void a_body_of_the_cloud_hears_of_it_where_the_matrix_says_cloud(void **state)
{
	(void)state;
	assert_true(sees('c', "operator", OPERATOR, ""));
	assert_false(sees('o', "operator", OPERATOR, ""));
	assert_false(sees('c', "authority", OPERATOR, ""));
	assert_true(sees('a', "authority", STRANGER, ""));
	assert_false(sees('-', "unit", UNIT, ""));
}

static void the_operator_of_the_units_district_hears_of_it(void **state)
{
	(void)state;
	assert_true(sees('c', "district_operator", STRANGER, "east"));
	assert_true(sees('c', "operator", STRANGER, "east"));
	assert_false(sees('c', "district_operator", STRANGER, "west"));
	assert_false(sees('c', "district_operator", STRANGER, ""));
	assert_false(sees('c', "econ_info", STRANGER, "east"));
}

static void what_is_of_no_case_is_heard_by_nobody(void **state)
{
	struct yh_desk_row desk = { .role = "unit", .org = id(UNIT), .own = true };
	const struct yh_follow f = { 'a', &desk, 1 };
	struct yh_party_row parties[2];
	struct yh_change c = change(parties);

	(void)state;
	c.row.case_id = id(0);
	assert_false(yh_follow_sees(&f, &c));
}

static void a_change_of_duties_may_change_what_waits_for_any_desk(void **state)
{
	struct yh_desk_row desk = { .role = "unit", .org = id(VENDOR), .own = true };
	const struct yh_follow f = { 'o', &desk, 1 };
	struct yh_party_row parties[2];
	struct yh_change c = change(parties);

	(void)state;
	assert_false(yh_follow_waits(&f, &c));
	c.row.kind = "duty.laid";
	assert_true(yh_follow_waits(&f, &c));
}

static void a_desk_that_is_countersigned_for_waits_but_sees_and_is_told_nothing(void **state)
{
	struct yh_desk_row desk = { .role = "econ_info", .org = id(REVIEWER) };
	const struct yh_follow f = { 'c', &desk, 1 };
	const struct yh_notice_for notice = { .org = id(REVIEWER), .role = "econ_info" };
	struct yh_party_row parties[2];
	const struct yh_change c = change(parties);

	(void)state;
	assert_true(yh_follow_waits(&f, &c));
	assert_false(yh_follow_sees(&f, &c));
	assert_false(yh_follow_told(&f, &notice));
	desk.own = true;
	assert_true(yh_follow_told(&f, &notice));
}

static void the_same_desks_are_the_same_topic(void **state)
{
	const struct yh_desk_row desks[] = { { "unit", id(UNIT), "", true },
					     { "sponsor", id(SPONSOR), "", false } };
	struct yh_arena arena;

	(void)state;
	yh_arena_init(&arena, 64 * 1024);
	assert_string_equal(yh_follow_key(&arena, "district", desks, 2),
			    "c|o.unit.01000000-0000-0000-0000-000000000000"
			    "|c.sponsor.03000000-0000-0000-0000-000000000000");
	assert_string_equal(yh_follow_key(&arena, NULL, desks, 0), "-");
	yh_arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whose_case_it_is_hears_of_it),
		cmocka_unit_test(a_body_of_the_cloud_hears_of_it_where_the_matrix_says_cloud),
		cmocka_unit_test(the_operator_of_the_units_district_hears_of_it),
		cmocka_unit_test(what_is_of_no_case_is_heard_by_nobody),
		cmocka_unit_test(a_change_of_duties_may_change_what_waits_for_any_desk),
		cmocka_unit_test(
			a_desk_that_is_countersigned_for_waits_but_sees_and_is_told_nothing),
		cmocka_unit_test(the_same_desks_are_the_same_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
