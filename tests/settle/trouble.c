/* What goes wrong on the way: disks that fail, runs that died, use that the meter does not know. */
#include "proof.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db/fault.h"
#include "meter/meter.h"
#include "store/reckoning.h"

static const struct machine plain = { 0 };

static void put_up(struct town *t)
{
	struct machine other = { .unit = t->outside, .project = t->other_project };

	for (int i = 0; i < 3; i++) {
		struct yh_id vm = town_machine(t, i == 1 ? &other : &plain);

		town_size(t, &vm, i == 2 ? "net" : "vm", "7", at(9, 1 + i, 0, 0, 0), 0);
	}
}

static void a_disk_that_fails_at_any_point_leaves_nothing_to_see(void **state)
{
	struct town *t = *state;
	struct yh_settle_done done;
	struct yh_settlement_row first, again;
	struct yh_err err = { 0 };
	int n = 1;

	put_up(t);
	done = town_settle(t, 10);
	first = town_settlement(t, &done.settlement);
	assert_int_equal(store_test_sql(t->st, &err, "DELETE FROM settlement"), YH_OK);
	assert_int_equal(store_test_sql(t->st, &err, "DELETE FROM statement_line"), YH_OK);
	assert_int_equal(store_test_sql(t->st, &err, "DELETE FROM statement_kept"), YH_OK);
	for (; n < 400; n += n < 40 ? 1 : 7) {
		enum yh_rc rc;

		yh_err_clear(&err);
		yh_fault_arm_statement(n);
		rc = town_try(t, 10, &done, &err);
		yh_fault_arm_statement(0);
		if (rc == YH_OK)
			break;
		assert_string_equal(err.slug, "store-io");
		assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM settlement"), 0);
		assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement"), 0);
	}
	assert_true(n > 10);
	done = town_settle(t, 10);
	again = town_settlement(t, &done.settlement);
	assert_memory_equal(&first.digest, &again.digest, sizeof first.digest);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement_kept"), 2);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM reckoning"), 0);
	assert_sound(t);
}

static enum yh_rc begin(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct town *t = arg;
	struct yh_id id = yh_ctx_new_id(cx);
	struct yh_statement_row s = { .id = yh_ctx_new_id(cx),
				      .settlement = id,
				      .reckoning = id,
				      .no = "SH-JS-202610-000001",
				      .cloud = t->cloud,
				      .month = october(),
				      .unit = t->unit,
				      .project = t->project };
	bool held;

	WANT_OK(yh_reckoning_begin(cx->tx, &id, &t->cloud, october(), cx->now, cx->now,
				   cx->now + 600 * YH_US_PER_S, &held, err));
	WANT(held);
	return yh_statement_insert(cx->tx, &s, 1, err);
}

static void two_do_not_reckon_a_month_at_once_and_what_a_dead_one_left_goes(void **state)
{
	struct town *t = *state;
	struct yh_settle_done done;
	struct yh_err err = { 0 };

	put_up(t);
	town_must(t, begin, t);
	assert_failed(town_try(t, 10, &done, &err), err, YH_BUSY, "settlement-running");
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement"), 0);
	town_reopen(t);
	yh_clock_set(&t->clock, at(11, 3, 9, 11, 0));
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 2);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement_kept"), 2);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM reckoning"), 0);
}

/* ---- many at once ---- */

enum { MANY = 2500 };

static enum yh_rc put_up_many(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct town *t = arg;
	struct yh_item_row items[2];

	WANT_OK(yh_item_by_code(cx->tx, &t->first, "vm", cx->arena, &items[0], err));
	WANT_OK(yh_item_by_code(cx->tx, &t->first, "disk", cx->arena, &items[1], err));
	for (int i = 0; i < MANY; i++) {
		struct yh_resource_row r = { .id = yh_ctx_new_id(cx),
					     .unit = i % 3 ? t->unit : t->outside,
					     .project = i % 3 ? t->project : t->other_project,
					     .cloud = t->cloud,
					     .kind = "formal",
					     .state = "running",
					     .name = "x",
					     .item = items[i % 2].id,
					     .provider = i % 7 ? t->provider : t->other_provider,
					     .case_id = t->case_id,
					     .lease_last = YH_DAY_NONE,
					     .created_at = cx->now,
					     .version = 1 };

		(void)snprintf(r.no, sizeof r.no, "SH-R-%06d", i);
		WANT_OK(yh_resource_insert(cx->tx, &r, err));
		WANT_OK(yh_size_set(cx->tx, &r.id, at(9, 1, 0, 0, i % 60), &r.item, 1000 + i,
				    &t->case_id, err));
		WANT_OK(yh_size_set(cx->tx, &r.id, at(10, 1 + i % 31, i % 24, 7, 13), &r.item,
				    3000 + i, &t->case_id, err));
	}
	return YH_OK;
}

static void any_number_of_threads_comes_to_the_same(void **state)
{
	struct town *t = *state;
	struct yh_settle_ask ask = { .cloud = t->cloud, .month = october(), .source = "local" };
	struct yh_settlement_row first = { 0 }, row;
	struct yh_settle_done done;
	struct yh_err err = { 0 };

	town_must(t, put_up_many, t);
	for (ask.threads = 1; ask.threads <= 5; ask.threads += 2) {
		assert_int_equal(yh_settle_compute(&t->world, &ask, &done, &err), YH_OK);
		row = town_settlement(t, &done.settlement);
		if (ask.threads == 1)
			first = row;
		assert_memory_equal(&first.digest, &row.digest, sizeof row.digest);
		assert_int_equal(first.total_fen, row.total_fen);
		assert_int_equal(row.statements, 4);
	}
	assert_sound(t);
}

/* ---- metered ---- */

static enum yh_rc owner(void *arg, const char *no, struct yh_meter_owner *out, struct yh_err *err)
{
	const struct town *t = arg;

	(void)no;
	(void)err;
	*out = (struct yh_meter_owner){
		.resource = t->case_id, .unit = t->unit, .cloud = t->cloud, .provider = t->provider
	};
	return YH_OK;
}

/* A counter of bytes each hour of October, growing by 500 MB: from hour `from` to `most`, and up to
 * where it ends by `last` bytes more. */
static void count_bytes_of(struct town *t, const char *no, int from, int most, double last)
{
	struct yh_meter_scope scope = {
		.kind = "cloud", .code = "SH", .about = t->cloud, .backfill = true
	};
	struct yh_meter_write w = { .scope = &scope, .form = YH_METER_LINES };
	struct yh_err err = { 0 };
	struct yh_buf text;

	yh_buf_init(&text, 4 * 1024 * 1024);
	for (int h = from; h <= most; h++)
		yh_buf_printf(
			&text,
			"{\"metric\":\"net_out_bytes_total\",\"labels\":{\"resource\":\"%s\"},"
			"\"at\":%lld,\"value\":%.17g}\n",
			no, (long long)(at(10, 1, h, 0, 0) / 1000),
			500000000.0 * h + (h == most ? last : 0));
	w.body = text.data;
	w.n = text.len;
	w.received_at = yh_clock_now(&t->clock);
	assert_int_equal(yh_meter_write_wait(t->world.meter, &w, &err), YH_OK);
	assert_int_equal(w.written.samples, most + 1 - from);
	yh_buf_done(&text);
}

static void count_bytes(struct town *t, const char *no, int most)
{
	count_bytes_of(t, no, 0, most, 0);
}

struct metering {
	char dir[32];
	struct yh_meter_config cfg;
};

static void meter_open(struct town *t, struct metering *m)
{
	struct yh_err err = { 0 };

	(void)snprintf(m->dir, sizeof m->dir, "/tmp/yh-settle-meter-XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	m->cfg = (struct yh_meter_config){
		.dir = m->dir, .clock = &t->clock, .owner = owner, .owner_arg = t
	};
	assert_int_equal(yh_meter_open(&m->cfg, &t->world.meter, &err), YH_OK);
}

static void meter_close(struct town *t, struct metering *m)
{
	char rm[64];

	yh_meter_close(t->world.meter);
	t->world.meter = NULL;
	(void)snprintf(rm, sizeof rm, "rm -rf %s", m->dir);
	assert_int_equal(system(rm), 0);
}

static void metered_use_is_frozen_and_too_little_of_it_stops(void **state)
{
	struct town *t = *state;
	struct machine other = { .unit = t->outside, .project = t->other_project };
	struct yh_id gate = town_machine(t, &plain), dim = town_machine(t, &other);
	struct metering m;
	const struct yh_settle_ask ask = { .cloud = t->cloud, .month = october() };
	struct yh_settle_proof proof;
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct yh_bill b;

	meter_open(t, &m);
	count_bytes(t, "SH-R-000001", 743);
	count_bytes(t, "SH-R-000002", 300);
	town_size(t, &gate, "traffic", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &dim, "traffic", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 743 rises of half a GB; ten are free; half a yuan each */
	assert_line(&b, "formal", "traffic", "371.5", "180.75", "180.75");
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_non_null(strstr(b.row.fault, "\"usage-unknown\""));
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM usage_input"), 4);
	town_close_month(t, &done.settlement);
	/* what the meter says later changes nothing */
	meter_close(t, &m);
	assert_int_equal(yh_settle_verify(&t->world, &ask, &proof, &err), YH_OK);
	assert_int_equal(proof.differences, 0);
	assert_int_equal(proof.lines, 1);
}

/* The prices change on the 16th: two pieces, of 360 and of 384 hours. */
static void coverage_is_that_of_the_month_and_not_of_a_piece(void **state)
{
	struct town *t = *state;
	struct machine other = { .unit = t->outside, .project = t->other_project };
	struct yh_id gate = town_machine(t, &plain), dim = town_machine(t, &other);
	struct metering m;
	struct yh_settle_done done;
	struct yh_bill b;

	meter_open(t, &m);
	/* 19 of the first 360 hours are missing, 94.7 % of the piece; of the month it is 97.4 % */
	count_bytes_of(t, "SH-R-000001", 19, 743, 0);
	/* 38 missing hours are too many for the month too: 94.8 % */
	count_bytes_of(t, "SH-R-000002", 38, 743, 0);
	town_size(t, &gate, "traffic", "1", at(9, 1, 0, 0, 0), 0);
	town_size(t, &dim, "traffic", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	/* 724 rises of half a GB; ten are free; half a yuan each */
	assert_line(&b, "formal", "traffic", "362", "176", "176");
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_non_null(strstr(b.row.fault, "\"usage-unknown\""));
	assert_non_null(strstr(b.row.fault, "\"coverage\":94.8"));
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 1, 1);
	meter_close(t, &m);
}

/* A size that is held for half an hour, in which no sample falls, is a piece of its own. */
static void a_short_piece_without_a_sample_stops_nothing(void **state)
{
	struct town *t = *state;
	struct yh_id gate = town_machine(t, &plain);
	struct metering m;
	struct yh_settle_done done;

	meter_open(t, &m);
	count_bytes(t, "SH-R-000001", 743);
	town_size(t, &gate, "traffic", "1", at(9, 1, 0, 0, 0), at(10, 20, 0, 10, 0));
	town_size(t, &gate, "traffic", "2", at(10, 20, 0, 10, 0), at(10, 20, 0, 40, 0));
	town_size(t, &gate, "traffic", "1", at(10, 20, 0, 40, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 0);
	assert_int_equal(store_test_int(t->st, "SELECT coverage_milli FROM usage_input ORDER BY"
					       " coverage_milli LIMIT 1"),
			 0);
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 1, 1);
	meter_close(t, &m);
}

static void a_piece_whose_quantity_is_beyond_all_measure_stops_however_short(void **state)
{
	struct town *t = *state;
	struct yh_id gate = town_machine(t, &plain);
	struct metering m;
	struct yh_settle_done done;
	struct yh_bill b;

	meter_open(t, &m);
	count_bytes_of(t, "SH-R-000001", 0, 743, 1e40);
	town_size(t, &gate, "traffic", "1", at(9, 1, 0, 0, 0), at(10, 31, 23, 0, 0));
	town_size(t, &gate, "traffic", "2", at(10, 31, 23, 0, 0), 0);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_non_null(strstr(b.row.fault, "\"usage-unknown\""));
	assert_non_null(strstr(b.row.fault, "\"coverage\":0,"));
	meter_close(t, &m);
}

/* More lines of one statement than are written at once. */
enum { CODES = 500 };

static const char *code_of(size_t i, char code[32])
{
	(void)snprintf(code, 32, i ? "vm%03zu" : "vm", i);
	return code;
}

static void items_by_number(struct town *t, const struct yh_id *edition)
{
	struct yh_buf b;
	char code[32];

	yh_buf_init(&b, 1 << 20);
	for (int i = 0; i < CODES; i++)
		yh_buf_printf(&b,
			      "%s{\"code\":\"%s\",\"class\":\"IaaS\",\"category\":\"计算\","
			      "\"name\":\"云主机\",\"per\":\"hour\",\"measure\":\"instance\","
			      "\"mode\":\"flat\",\"tiers\":[{\"from\":0,\"price\":\"1\"}]}",
			      i ? "," : "[", code_of((size_t)i, code));
	yh_buf_str(&b, "]");
	town_items(t, edition, yh_buf_text(&b));
	yh_buf_done(&b);
}

static void a_statement_of_very_many_lines_has_all_of_them(void **state)
{
	struct town *t = *state;
	struct yh_settle_done done;
	struct yh_id vm;
	struct yh_bill b;
	char code[32];

	items_by_number(t, &t->first);
	items_by_number(t, &t->second);
	vm = town_machine(t, &plain);
	for (int i = 0; i < CODES; i++) {
		yh_time from = at(10, 2, 0, 0, 0) + i * 3600 * YH_US_PER_S;

		town_size(t, &vm, code_of((size_t)i, code), "2", from,
			  i + 1 < CODES ? 0 : from + 3600 * YH_US_PER_S);
	}
	done = town_settle(t, 10);
	assert_int_equal(done.lines, CODES);
	assert_yuan(done.total_fen, "1000.00");
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_int_equal(b.n, CODES);
	for (size_t i = 0; i < b.n; i++) {
		assert_int_equal(b.lines[i].row.line, i + 1);
		assert_string_equal(b.lines[i].row.code, code_of(i, code));
		assert_yuan(b.lines[i].row.amount_fen, "2.00");
	}
	assert_sound(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		town_case(a_disk_that_fails_at_any_point_leaves_nothing_to_see),
		town_case(two_do_not_reckon_a_month_at_once_and_what_a_dead_one_left_goes),
		town_case(any_number_of_threads_comes_to_the_same),
		town_case(metered_use_is_frozen_and_too_little_of_it_stops),
		town_case(a_statement_of_very_many_lines_has_all_of_them),
		town_case(coverage_is_that_of_the_month_and_not_of_a_piece),
		town_case(a_short_piece_without_a_sample_stops_nothing),
		town_case(a_piece_whose_quantity_is_beyond_all_measure_stops_however_short),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
