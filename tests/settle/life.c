/* Closing, proving, explaining: what happens to a month after it was reckoned. */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "services/audit/audit.h"
#include "services/settle/sign.h"

static const struct machine plain = { 0 };

/* proves A27.2 */
static void a_closed_month_proves_itself_and_is_not_reckoned_again(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done, again;
	struct yh_err err = { 0 };
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_string_equal(b.row.state, "closed");
	assert_true(b.row.closed_at > 0);
	assert_proved(t, 10, 1, 1);
	again = town_settle(t, 10);
	assert_true(yh_id_is_zero(&again.settlement));
	assert_string_equal(town_bill(t, &done.settlement, &t->project, &t->provider).row.no,
			    b.row.no);
	assert_failed(town_try(t, 11, &again, &err), err, YH_BAD_INPUT, "settlement-month-open");
	assert_sound(t);
}

static void a_changed_line_is_found(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_settle_proof p;
	struct yh_err err = { 0 };

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	assert_int_equal(store_test_sql(t->st, &err,
					"UPDATE statement_line SET amount_fen = amount_fen + 1"),
			 YH_OK);
	p = proof_of(t, 10);
	assert_true(p.differences > 0);
	assert_string_equal(p.first, "SH-JS-202610-000001/0");
	assert_int_equal(store_test_sql(t->st, &err,
					"UPDATE statement_line SET amount_fen = amount_fen - 1"),
			 YH_OK);
	assert_proved(t, 10, 1, 1);
	/* a size that was not there when the month was settled */
	vm = town_machine(t, &plain);
	town_size(t, &vm, "vm", "1", at(10, 1, 0, 0, 0), at(10, 2, 0, 0, 0));
	p = proof_of(t, 10);
	assert_string_equal(p.first, "SH-JS-202610-000001/1");
}

struct signature {
	const struct yh_bill *bill;
	enum yh_signed is;
};

static enum yh_rc look_at_signature(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct signature *s = arg;

	return yh_settle_signature(cx, s->bill, &s->is, err);
}

static void closed_statements_are_signed_and_a_false_one_shows(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	char dir[] = "/tmp/yh-settle-XXXXXX", rm[64];
	struct yh_bill b;
	struct signature s = { .bill = &b };

	assert_non_null(mkdtemp(dir));
	assert_int_equal(yh_sealer_open(t->st->x, t->world.ids, dir, true, &t->world.sealer, &err),
			 YH_OK);
	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	town_must(t, look_at_signature, &s);
	assert_int_equal(s.is, YH_SIGNED_NOT);
	assert_int_equal(
		yh_settle_sign(&t->world, &done.settlement, at(11, 3, 9, 0, 0), NULL, &err), YH_OK);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	town_must(t, look_at_signature, &s);
	assert_int_equal(s.is, YH_SIGNED_WELL);
	b.row.total_fen++;
	town_must(t, look_at_signature, &s);
	assert_int_equal(s.is, YH_SIGNED_BADLY);
	b.row.total_fen--;
	assert_int_equal(store_test_sql(t->st, &err, "DELETE FROM signing_key"), YH_OK);
	town_must(t, look_at_signature, &s);
	assert_int_equal(s.is, YH_SIGNED_BY_UNKNOWN);
	yh_sealer_close(t->world.sealer);
	(void)snprintf(rm, sizeof rm, "rm -rf %s", dir);
	assert_int_equal(system(rm), 0);
}

/* ---- stopped ---- */

static void a_missing_price_stops_its_statement_and_no_other(void **state)
{
	static const char none[] = "[]",
			  both[] = "[{\"code\":\"disk\",\"class\":\"IaaS\",\"category\":\"存储\","
				   "\"name\":\"云硬盘\","
				   "\"per\":\"month\",\"measure\":\"gib\",\"mode\":\"flat\","
				   "\"tiers\":[{\"from\":0,"
				   "\"price\":\"0.62\"}]}]",
			  one[] = "[{\"code\":\"vm\",\"class\":\"IaaS\",\"category\":\"计算\","
				  "\"name\":\"云主机\","
				  "\"per\":\"hour\",\"measure\":\"instance\",\"mode\":\"flat\","
				  "\"tiers\":[{\"from\":"
				  "0,"
				  "\"price\":\"1\"}]}]";
	struct town *t = *state;
	struct machine other = { .unit = t->outside, .project = t->other_project };
	struct yh_id vm = town_machine(t, &plain), disk = town_machine(t, &other);
	struct yh_settle_done done;
	struct yh_bill b;

	town_items(t, &t->second, one);
	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &disk, "disk", "100", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 2);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_string_equal(b.row.state, "stopped");
	assert_int_equal(b.n, 0);
	assert_string_equal(b.row.fault,
			    "{\"slug\":\"price-missing\",\"article\":\"27\",\"figures\":{"
			    "\"resource\":\"SH-R-000002\",\"item\":\"disk\",\"day\":"
			    "\"2026-10-16\"}}");
	assert_yuan(done.total_fen, "744");
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 1, 1);
	/* it is taken up by the month's next settlement, once it can be reckoned */
	town_edition(t, 3, 16, none);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	town_edition(t, 4, 16, both);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 0);
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_string_equal(b.row.no, "SH-JS-202610-000003");
	/* 100 * (0.31 * 15 + 0.62 * 16) / 31 */
	assert_line(&b, "formal", "disk", "100", "47", "47");
	assert_sound(t);
}

static void who_provides_and_who_pays_must_be_known(void **state)
{
	struct town *t = *state;
	struct machine nobody = { .no_provider = true }, odd = { .kind = "odd" };
	struct yh_id vm = town_machine(t, &nobody), strange = town_machine(t, &odd), none = { 0 };
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &strange, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 2);
	b = town_bill(t, &done.settlement, &t->project, &none);
	assert_non_null(strstr(b.row.fault, "\"provider-missing\""));
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_non_null(strstr(b.row.fault, "\"kind-unsettled\""));
	assert_int_equal(
		store_test_sql(t->st, &err, "DELETE FROM cloud_body WHERE role = 'finance'"),
		YH_OK);
	vm = town_machine(t, &(struct machine){ .provider = t->other_provider });
	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	b = town_bill(t, &done.settlement, &t->project, &t->other_provider);
	assert_non_null(strstr(b.row.fault, "\"payer-missing\""));
}

/* ---- explaining, trying ---- */

struct asking {
	struct yh_id statement;
	int64_t line;
	struct yh_buf text;
};

static enum yh_rc explain(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	struct yh_jw w;

	a->text.len = 0;
	yh_jw_init(&w, &a->text);
	yh_jw_obj(&w, NULL);
	WANT_OK(yh_settle_explain(cx, &a->statement, a->line, "", 100, &w, err));
	yh_jw_end_obj(&w);
	return YH_OK;
}

static void assert_says(const struct asking *a, const char *text)
{
	if (!strstr(yh_buf_text(&a->text), text))
		fail_msg("%s is not in %s", text, yh_buf_text(&a->text));
}

/* proves A27.3 */
static void a_line_tells_every_figure_on_the_way_to_it(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain), disk = town_machine(t, &plain),
		     wide = town_machine(t, &plain);
	struct asking a = { .line = 1 };
	struct yh_settle_done done;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &disk, "disk", "100", at(9, 1, 0, 0, 0), at(10, 11, 0, 0, 0));
	town_size(t, &wide, "net", "250", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	yh_buf_init(&a.text, 1024 * 1024);
	a.statement = town_bill(t, &done.settlement, &t->project, &t->provider).row.id;
	town_must(t, explain, &a);
	assert_says(&a, "\"code\":\"disk\"");
	assert_says(&a, "\"seconds\":864000");
	assert_says(&a,
		    "\"period_seconds\":2678400,\"periods\":\"10/31\",\"price_of_period\":\"31\","
		    "\"amount\":\"10\"");
	assert_says(&a, "\"usage_exact\":\"1000/31\",\"exact\":\"10\"");
	a.line = 2;
	town_must(t, explain, &a);
	assert_says(&a, "\"steps\":[{\"from\":0,\"quantity\":100,\"price\":\"1\"},{\"from\":100,"
			"\"quantity\":150,\"price\":\"0.8\"}]");
	assert_says(&a, "\"price_of_period\":\"220\"");
	a.line = 3;
	town_must(t, explain, &a);
	assert_says(&a, "\"seconds\":1296000,\"edition\":1");
	assert_says(&a, "\"seconds\":1382400,\"edition\":2");
	assert_says(&a, "\"exact\":\"820.8\",\"list\":\"820.8\",\"factor\":\"1\"");
	assert_says(&a, "\"evaluated\":false");
	assert_says(&a, "\"resource\":\"SH-R-000001\"");
	assert_says(&a, "\"next\":null");
	yh_buf_done(&a.text);
}

static void what_a_month_would_have_cost_is_told_by_unit(void **state)
{
	struct town *t = *state;
	struct machine m = { .unit = t->outside, .project = t->other_project };
	struct yh_id vm = town_machine(t, &plain), other = town_machine(t, &m);
	struct yh_preview_ask ask = { .month = { .cloud = t->cloud, .month = october() } };
	struct yh_preview_line *list;
	struct yh_err err = { 0 };
	size_t n;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &other, "vm", "2", at(9, 1, 0, 0, 0), 0);
	ask.edition = t->second;
	assert_int_equal(yh_settle_preview(&t->world, &ask, &t->arena, &list, &n, &err), YH_OK);
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++) {
		bool outside = yh_id_eq(&list[i].unit, &t->outside);

		assert_yuan(list[i].was_fen, outside ? "1641.60" : "820.80");
		assert_yuan(list[i].would_fen, outside ? "1785.60" : "892.80");
		assert_false(list[i].stopped);
	}
	ask.edition = (struct yh_id){ 0 };
	ask.provider = t->provider;
	ask.factor_e6 = 500000;
	assert_int_equal(yh_settle_preview(&t->world, &ask, &t->arena, &list, &n, &err), YH_OK);
	assert_yuan(list[0].would_fen * 2, list[0].was_fen == 82080 ? "820.80" : "1641.60");
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM settlement"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		town_case(a_closed_month_proves_itself_and_is_not_reckoned_again),
		town_case(a_changed_line_is_found),
		town_case(closed_statements_are_signed_and_a_false_one_shows),
		town_case(a_missing_price_stops_its_statement_and_no_other),
		town_case(who_provides_and_who_pays_must_be_known),
		town_case(a_line_tells_every_figure_on_the_way_to_it),
		town_case(what_a_month_would_have_cost_is_told_by_unit),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
