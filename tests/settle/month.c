/* Months small enough to reckon by hand. October 2026 has 31 days, 744 hours; an hour of a machine
 * costs 1.00 until the 15th and 1.20 from the 16th on: 360 hours and 384 hours. */
#include "proof.h"

#include <stdio.h>
#include <string.h>

static const struct machine plain = { 0 };

/* proves A27.1 */
static void a_machine_held_all_month_pays_each_edition_for_its_days(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 1);
	assert_int_equal(done.stopped, 0);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 360 * 1.00 + 384 * 1.20 */
	assert_line(&b, "formal", "vm", "744", "820.80", "820.80");
	assert_int_equal(b.n, 1);
	assert_int_equal(b.lines[0].edition, 2);
	assert_int_equal(b.lines[0].row.intervals, 2);
	assert_string_equal(b.row.no, "SH-JS-202610-000001");
	assert_string_equal(b.settlement.no, "SH-202610-1");
	assert_string_equal(b.row.state, "draft");
	assert_yuan(done.total_fen, "820.80");
	assert_true(yh_id_eq(&b.row.payer, &t->finance));
	assert_string_equal(b.payer_name, "市财政局");
	assert_sound(t);
}

static void a_disk_that_grew_pays_each_size_for_its_seconds(void **state)
{
	struct town *t = *state;
	struct yh_id disk = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &disk, "disk", "100", at(9, 1, 0, 0, 0), 0);
	town_size(t, &disk, "disk", "200", at(10, 11, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 100 * 0.31 * 10/31 + 200 * 0.31 * 21/31 = 10 + 42; usage 1000/31 + 4200/31 */
	assert_line(&b, "formal", "disk", "167.741935", "52", "52");
	assert_int_equal(b.lines[0].row.resources, 1);
}

static void what_stops_is_paid_to_the_second_it_stopped(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain), late = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "2", at(9, 1, 0, 0, 0), at(10, 2, 12, 0, 0));
	/* one second of 1.20 an hour is a thirtieth of a fen */
	town_size(t, &late, "vm", "1", at(10, 31, 23, 59, 59), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "formal", "vm", "72.000278", "72", "72");
	assert_int_equal(b.lines[0].row.resources, 2);
}

static void a_test_turned_formal_is_billed_from_that_instant(void **state)
{
	struct town *t = *state;
	struct machine m = { .former = "test", .formal_at = at(10, 11, 0, 0, 0) };
	struct yh_id vm = town_machine(t, &m);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(10, 6, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_int_equal(b.n, 2);
	assert_line(&b, "test", "vm", "120", "120", "0");
	assert_false(town_line(&b, "test", "vm")->row.billed);
	assert_string_equal(town_line(&b, "test", "vm")->row.reason, "settlement.billed.test");
	assert_string_equal(town_line(&b, "test", "vm")->kind_title, "测试资源");
	/* 5 days at 1.00, 16 days at 1.20 */
	assert_line(&b, "formal", "vm", "504", "580.80", "580.80");
	assert_yuan(b.row.total_fen, "580.80");
}

static void a_pack_may_bill_tests_and_count_thirty_days(void **state)
{
	struct town *t = *state;
	struct machine m = { .kind = "test" };
	struct yh_id vm = town_machine(t, &m), disk = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(10, 1, 0, 0, 0), at(10, 2, 0, 0, 0));
	town_size(t, &disk, "disk", "100", at(9, 1, 0, 0, 0), 0);
	town_law(t, "parameters.yaml", "settlement.billed.test: {value: false",
		 "settlement.billed.test: {value: true");
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "test", "vm", "24", "24", "24");
	assert_line(&b, "formal", "disk", "100", "31", "31");
	town_law(t, "parameters.yaml", "settlement.month_days: {value: 0",
		 "settlement.month_days: {value: 30");
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "formal", "disk", "103.333333", "32.03", "32.03");
}

/* proves A27.4 */
static void a_unit_outside_the_budget_pays_itself(void **state)
{
	struct town *t = *state;
	struct machine m = { .unit = t->outside, .project = t->other_project };
	struct yh_id vm = town_machine(t, &m), mine = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(10, 1, 0, 0, 0), at(10, 2, 0, 0, 0));
	town_size(t, &mine, "vm", "1", at(10, 1, 0, 0, 0), at(10, 3, 0, 0, 0));
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 2);
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_true(yh_id_eq(&b.row.payer, &t->outside));
	assert_false(b.in_budget);
	assert_yuan(b.row.total_fen, "24");
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_true(yh_id_eq(&b.row.payer, &t->finance));
	assert_yuan(b.row.total_fen, "48");
	assert_yuan(done.total_fen, "72");
	assert_sound(t);
}

static enum yh_rc add_factor(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct yh_factor_row *f = arg;

	f->id = yh_ctx_new_id(cx);
	f->made_at = cx->now;
	return yh_factor_insert(cx->tx, f, err);
}

static void the_factor_in_force_is_that_of_the_latest_month_begun(void **state)
{
	struct town *t = *state;
	struct yh_factor_row old = { .provider = t->provider,
				     .cloud = t->cloud,
				     .from_month = october() - 61,
				     .factor_e6 = 500000 },
			     now = old, later = old;
	struct machine m = { .provider = t->other_provider };
	struct yh_id vm = town_machine(t, &plain), other = town_machine(t, &m);
	struct yh_settle_done done;
	struct yh_bill b;

	now.from_month = october();
	now.factor_e6 = 900000;
	later.from_month = october() + 31;
	town_must(t, add_factor, &now);
	town_must(t, add_factor, &old);
	town_must(t, add_factor, &later);
	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &other, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "formal", "vm", "744", "820.80", "738.72");
	assert_int_equal(b.lines[0].row.factor_e6, 900000);
	assert_true(yh_id_eq(&b.lines[0].row.factor, &now.id));
	b = town_bill(t, &done.settlement, &t->project, &t->other_provider);
	assert_line(&b, "formal", "vm", "744", "820.80", "820.80");
	assert_true(yh_id_is_zero(&b.lines[0].row.factor));
}

static void tiers_are_those_of_each_resource(void **state)
{
	struct town *t = *state;
	struct yh_id wide = town_machine(t, &plain), narrow = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &wide, "net", "250", at(9, 1, 0, 0, 0), 0);
	town_size(t, &narrow, "net", "50", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 100 * 1 + 150 * 0.8 = 220, and 50 * 1 */
	assert_line(&b, "formal", "net", "300", "270", "270");
	assert_string_equal(b.lines[0].price, "0-100: 1; 100-: 0.8");
	assert_int_equal(b.lines[0].row.resources, 2);
}

static void what_is_used_when_it_is_provided_counts_once(void **state)
{
	struct town *t = *state;
	struct yh_id before = town_machine(t, &plain), twice = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &before, "audit", "1", at(9, 30, 0, 0, 0), 0);
	town_size(t, &twice, "audit", "1", at(10, 5, 0, 0, 0), 0);
	town_size(t, &twice, "audit", "3", at(10, 20, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "formal", "audit", "3", "9000", "9000");
	assert_int_equal(b.lines[0].row.resources, 1);
	done = town_settle(t, 9);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_line(&b, "formal", "audit", "1", "3000", "3000");
}

/* proves A27.2 */
static void a_month_reckoned_twice_is_the_same_and_replaces_itself(void **state)
{
	struct town *t = *state;
	struct yh_settle_done first, again;
	struct yh_settlement_row a, b;
	char of_statements[64];

	for (int i = 0; i < 5; i++) {
		struct yh_id vm = town_machine(t, &plain);

		town_size(t, &vm, "vm", "1", at(10, 1 + i, 3, 4, 5), 0);
	}
	first = town_settle(t, 10);
	a = town_settlement(t, &first.settlement);
	yh_clock_set(&t->clock, at(11, 5, 9, 0, 0));
	again = town_settle(t, 10);
	b = town_settlement(t, &again.settlement);
	assert_true(yh_id_eq(&first.settlement, &again.settlement));
	assert_memory_equal(&a.digest, &b.digest, sizeof a.digest);
	assert_string_equal(a.no, b.no);
	assert_true(b.as_of > a.as_of);
	/* nothing is left of the first run */
	(void)strcpy(of_statements, "SELECT count(*) FROM statement_kept");
	assert_int_equal(store_test_int(t->st, of_statements), 1);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement_line"), 1);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM reckoning"), 0);
	assert_sound(t);
}

static void a_month_that_is_not_over_is_not_settled(void **state)
{
	struct town *t = *state;
	struct yh_settle_done done;
	struct yh_err err = { 0 };

	assert_failed(town_try(t, 11, &done, &err), err, YH_BAD_INPUT, "settlement-month-open");
	assert_string_equal(err.figs[0].text, "2026-10");
	done = town_settle(t, 10);
	assert_true(yh_id_is_zero(&done.settlement));
	assert_int_equal(done.statements, 0);
}

/* A billion yuan a GiB. */
#define DEAR_DISKS                                                                                 \
	"UPDATE item_tier SET price_e6 = 1000000000000000 WHERE item IN (SELECT id FROM item"      \
	" WHERE code = 'disk')"

/* Each statement's total is a number; that of both is none. The first of them stays. */
static void what_a_settlement_cannot_hold_stops_and_not_the_month(void **state)
{
	struct town *t = *state;
	struct machine own = { .unit = t->outside, .project = t->other_project },
		       far = { .provider = t->other_provider };
	struct yh_id one = town_machine(t, &plain), two = town_machine(t, &own),
		     beyond = town_machine(t, &far);
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct yh_bill a, b, c;

	assert_int_equal(store_test_sql(t->st, &err, DEAR_DISKS), YH_OK);
	town_size(t, &one, "disk", "60000000", at(9, 1, 0, 0, 0), 0);
	town_size(t, &two, "disk", "60000000", at(9, 1, 0, 0, 0), 0);
	town_size(t, &beyond, "disk", "900000000", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 3);
	assert_int_equal(done.stopped, 2);
	assert_yuan(done.total_fen, "60000000000000000");
	a = town_bill(t, &done.settlement, &t->project, &t->provider);
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	c = town_bill(t, &done.settlement, &t->project, &t->other_provider);
	assert_true((a.row.fault == NULL) != (b.row.fault == NULL));
	assert_non_null(strstr(a.row.fault ? a.row.fault : b.row.fault, "\"amount-out-of-range\""));
	assert_non_null(strstr(c.row.fault, "\"amount-out-of-range\""));
	assert_sound(t);
}

/* "audit" is priced by the month, 31 yuan, in one half of October, and by use in the other. */
static void price_by_month(struct town *t, int edition)
{
	struct yh_err err = { 0 };
	char sql[256];

	(void)snprintf(sql, sizeof sql,
		       "UPDATE item SET per = 'month' WHERE code = 'audit' AND edition = (SELECT id"
		       " FROM edition WHERE number = %d)",
		       edition);
	assert_int_equal(store_test_sql(t->st, &err, sql), YH_OK);
	(void)snprintf(sql, sizeof sql,
		       "UPDATE item_tier SET price_e6 = 31000000 WHERE item = (SELECT id FROM item"
		       " WHERE code = 'audit' AND per = 'month')");
	assert_int_equal(store_test_sql(t->st, &err, sql), YH_OK);
}

static enum yh_rc fix(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	return yh_settle_fix_usage(cx, arg, err);
}

static void adjust(struct town *t, const struct yh_id *resource, int day, int64_t qty_milli)
{
	struct yh_usage_fix f = { .resource = *resource,
				  .code = "audit",
				  .from_at = at(10, day, 0, 0, 0),
				  .to_at = at(10, day + 1, 0, 0, 0),
				  .qty_milli = qty_milli,
				  .reason = "争议裁定",
				  .case_id = t->case_id };

	town_must(t, fix, &f);
}

static void a_code_that_is_priced_otherwise_from_a_day_on_is_corrected_as_of_each_day(void **state)
{
	struct town *t = *state;
	struct yh_id one = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	/* by the month until the 15th, by use from the 16th: two are held, a third comes on the
	 * 20th */
	price_by_month(t, 1);
	town_size(t, &one, "audit", "2", at(9, 1, 0, 0, 0), at(10, 20, 0, 0, 0));
	town_size(t, &one, "audit", "3", at(10, 20, 0, 0, 0), 0);
	adjust(t, &one, 5, -1000); /* for one day only one was held */
	adjust(t, &one, 25, 4000); /* and four more were used */
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 0);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 29 of 31 days at 31 yuan a month, and five at 3000 */
	assert_int_equal(b.n, 1);
	assert_yuan(b.lines[0].row.amount_fen, "15029");
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 1, 1);
}

static void and_so_it_is_the_other_way_round(void **state)
{
	struct town *t = *state;
	struct yh_id one = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_bill b;

	price_by_month(t, 2);
	town_size(t, &one, "audit", "2", at(10, 4, 0, 0, 0), 0);
	adjust(t, &one, 5, 4000);
	adjust(t, &one, 25, -1000);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 0);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* six at 3000, and 31 days of two machines' sixteen */
	assert_yuan(b.lines[0].row.amount_fen, "18031");
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 1, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		town_case(a_machine_held_all_month_pays_each_edition_for_its_days),
		town_case(a_disk_that_grew_pays_each_size_for_its_seconds),
		town_case(what_stops_is_paid_to_the_second_it_stopped),
		town_case(a_test_turned_formal_is_billed_from_that_instant),
		town_case(a_pack_may_bill_tests_and_count_thirty_days),
		town_case(a_unit_outside_the_budget_pays_itself),
		town_case(the_factor_in_force_is_that_of_the_latest_month_begun),
		town_case(tiers_are_those_of_each_resource),
		town_case(what_is_used_when_it_is_provided_counts_once),
		town_case(a_month_reckoned_twice_is_the_same_and_replaces_itself),
		town_case(a_month_that_is_not_over_is_not_settled),
		town_case(what_a_settlement_cannot_hold_stops_and_not_the_month),
		town_case(
			a_code_that_is_priced_otherwise_from_a_day_on_is_corrected_as_of_each_day),
		town_case(and_so_it_is_the_other_way_round),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
