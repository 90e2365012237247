/* Closed months that turn out otherwise: disputes, late factors, and the lines that put them right.
 */
#include "proof.h"

#include <stdlib.h>
#include <string.h>

static const struct machine plain = { 0 };

static enum yh_rc add_factor(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct yh_factor_row *f = arg;

	f->id = yh_ctx_new_id(cx);
	f->made_at = cx->now;
	return yh_factor_insert(cx->tx, f, err);
}

static enum yh_rc correct_provider(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct town *t = arg;

	return yh_settle_correct_provider(cx, &t->provider, &t->cloud, october(), &t->case_id,
					  "评估结果公布", err);
}

/* proves A27.1, A27.2 */
static void a_late_factor_corrects_closed_months_by_lines_of_the_next(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_factor_row f = { .provider = t->provider,
				   .cloud = t->cloud,
				   .from_month = october(),
				   .factor_e6 = 900000 };
	struct yh_settle_done first, next;
	const struct yh_bill_line *l;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	first = town_settle(t, 10);
	town_close_month(t, &first.settlement);
	yh_clock_set(&t->clock, at(12, 3, 9, 0, 0));
	town_must(t, add_factor, &f);
	town_must(t, correct_provider, t);
	next = town_settle(t, 11);
	assert_int_equal(next.lines, 2);
	b = town_bill(t, &next.settlement, &t->project, &t->provider);
	l = &b.lines[1];
	assert_string_equal(l->row.kind, "correction");
	/* 820.80 * 0.9 - 820.80 */
	assert_yuan(l->row.amount_fen, "-82.08");
	assert_string_equal(l->row.usage, "0");
	assert_string_equal(l->corrects_no, "SH-JS-202610-000001");
	assert_int_equal(l->row.corrects_line, 1);
	assert_int_equal(l->corrects_month, october());
	assert_string_equal(l->row.reason, "评估结果公布");
	/* 720 * 1.20 * 0.9 */
	assert_yuan(b.lines[0].row.amount_fen, "777.60");
	assert_yuan(b.row.total_fen, "695.52");
	town_close_month(t, &next.settlement);
	assert_proved(t, 10, 1, 1);
	assert_proved(t, 11, 1, 2);
	/* once more: nothing differs any more */
	yh_clock_set(&t->clock, at(12, 4, 9, 0, 0));
	town_must(t, correct_provider, t);
	next = town_settle(t, 10);
	assert_true(yh_id_is_zero(&next.settlement));
	assert_sound(t);
}

struct fixing {
	struct town *t;
	struct yh_usage_fix fix;
	struct yh_id statement; /* to be reckoned again; zero: none */
};

static enum yh_rc fix(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct fixing *f = arg;

	WANT_OK(yh_settle_fix_usage(cx, &f->fix, err));
	return yh_id_is_zero(&f->statement)
		       ? YH_OK
		       : yh_settle_correct(cx, &f->statement, &f->t->case_id, f->fix.reason, err);
}

static struct fixing a_fix(struct town *t, const struct yh_id *resource, int64_t qty_milli)
{
	return (struct fixing){ .t = t,
				.fix = { .resource = *resource,
					 .code = "vm",
					 .from_at = at(10, 1, 0, 0, 0),
					 .to_at = at(10, 11, 0, 0, 0),
					 .qty_milli = qty_milli,
					 .reason = "争议裁定",
					 .case_id = t->case_id } };
}

static void a_dispute_that_is_upheld_corrects_the_use_of_its_time(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, -1000);
	struct yh_settle_done first, next;
	struct yh_bill b;

	town_size(t, &vm, "vm", "2", at(9, 1, 0, 0, 0), 0);
	first = town_settle(t, 10);
	town_close_month(t, &first.settlement);
	b = town_bill(t, &first.settlement, &t->project, &t->provider);
	assert_yuan(b.row.total_fen, "1641.60");
	f.statement = b.row.id;
	town_must(t, fix, &f);
	/* the same month's next settlement has nothing but the correction: ten days of one machine
	 */
	next = town_settle(t, 10);
	b = town_bill(t, &next.settlement, &t->project, &t->provider);
	assert_string_equal(b.row.no, "SH-JS-202610-000002");
	assert_string_equal(b.settlement.no, "SH-202610-2");
	assert_int_equal(b.n, 1);
	assert_yuan(b.lines[0].row.amount_fen, "-240");
	assert_string_equal(b.lines[0].row.usage, "-240");
	town_close_month(t, &next.settlement);
	assert_proved(t, 10, 2, 2);
	assert_sound(t);
}

static void use_that_was_never_noted_is_billed_by_a_correction(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain), other = town_machine(t, &plain);
	struct fixing f = a_fix(t, &other, 3000);
	struct yh_settle_done first, next;
	struct yh_bill b;

	town_size(t, &vm, "disk", "100", at(9, 1, 0, 0, 0), 0);
	first = town_settle(t, 10);
	town_close_month(t, &first.settlement);
	f.statement = town_bill(t, &first.settlement, &t->project, &t->provider).row.id;
	town_must(t, fix, &f);
	next = town_settle(t, 10);
	b = town_bill(t, &next.settlement, &t->project, &t->provider);
	assert_int_equal(b.n, 1);
	assert_yuan(b.lines[0].row.amount_fen, "720");
	assert_int_equal(b.lines[0].row.corrects_line, 0);
	town_close_month(t, &next.settlement);
	assert_proved(t, 10, 2, 2);
}

struct holding {
	struct fixing f[2];
	size_t n, which;
};

static enum yh_rc fix_held(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct holding *h = arg;
	struct yh_usage_fix fixes[2];

	for (size_t i = 0; i < h->n; i++) {
		fixes[i] = h->f[i].fix;
		WANT_OK(fix(cx, &h->f[i], err));
	}
	return yh_settle_fixes_hold(cx, &h->f[0].statement, fixes, h->n, &h->which, err);
}

static void assert_beyond(struct town *t, struct holding *h, size_t which, const char *day,
			  int64_t held_milli, int64_t less_milli)
{
	struct yh_err err = { 0 };
	struct yh_date d = { 2026, 10, atoi(day) };

	assert_failed(town_do(t, fix_held, h, &err), err, YH_BAD_INPUT, "usage-fix-beyond");
	assert_int_equal(h->which, which);
	assert_string_equal(err.figs[2].name, "day");
	assert_int_equal(err.figs[2].num, yh_day_from_date(d));
	assert_int_equal(err.figs[3].num, held_milli);
	assert_int_equal(err.figs[4].num, less_milli);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM usage_adjustment"), 0);
}

static void a_dispute_does_not_take_away_more_than_was_held(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain), idle = town_machine(t, &plain),
		     jobs = town_machine(t, &plain);
	struct holding h = { .f = { a_fix(t, &vm, -2000), a_fix(t, &vm, 1000) }, .n = 1 };
	struct yh_settle_done done;

	/* two, and one for the second day of the ten */
	town_size(t, &vm, "vm", "2", at(9, 1, 0, 0, 0), at(10, 2, 0, 0, 0));
	town_size(t, &vm, "vm", "1", at(10, 2, 0, 0, 0), at(10, 3, 0, 0, 0));
	town_size(t, &vm, "vm", "2", at(10, 3, 0, 0, 0), 0);
	town_size(t, &jobs, "audit", "3", at(10, 4, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	h.f[0].statement = town_bill(t, &done.settlement, &t->project, &t->provider).row.id;
	assert_beyond(t, &h, 0, "2", 1000, 2000);
	/* nothing was held of it at all */
	h.f[0].fix.resource = idle;
	assert_beyond(t, &h, 0, "1", 0, 2000);
	/* per use: three on the fourth, and none in what was used from the sixteenth on */
	h.f[0].fix.resource = jobs;
	h.f[0].fix.code = "audit";
	h.f[0].fix.from_at = at(10, 5, 0, 0, 0);
	h.f[0].fix.to_at = at(10, 6, 0, 0, 0);
	h.f[0].fix.qty_milli = -3001;
	assert_beyond(t, &h, 0, "5", 3000, 3001);
	h.f[0].fix.from_at = at(10, 20, 0, 0, 0);
	h.f[0].fix.to_at = at(10, 21, 0, 0, 0);
	assert_beyond(t, &h, 0, "20", 0, 3001);
	/* all of it may go, also with what the same decision gives first */
	h.f[0].fix = a_fix(t, &vm, -2000).fix;
	h.n = 2;
	town_must(t, fix_held, &h);
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM usage_adjustment"), 2);
	h.f[0].fix = a_fix(t, &vm, -1).fix;
	h.f[0].fix.from_at = at(10, 2, 0, 0, 0);
	h.n = 1;
	{
		struct yh_err err = { 0 };

		assert_failed(town_do(t, fix_held, &h, &err), err, YH_BAD_INPUT,
			      "usage-fix-beyond");
		assert_int_equal(err.figs[3].num, 0);
	}
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 0);
	assert_sound(t);
}

static void a_correction_below_nothing_stops_the_statement(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, -2000);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	town_must(t, fix, &f);
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_string_equal(b.row.state, "stopped");
	assert_non_null(strstr(b.row.fault, "\"usage-negative\""));
}

static enum yh_rc submit(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct fixing *f = arg;

	return yh_settle_submit(cx, &f->statement, &f->t->case_id, err);
}

static enum yh_rc reopen(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	return yh_settle_reopen(cx, arg, err);
}

static enum yh_rc close_it(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	return yh_settle_close(cx, arg, err);
}

static void what_is_under_review_is_not_reckoned_until_it_comes_back(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done;
	struct yh_settlement_row row;
	struct fixing s = { .t = t };
	struct yh_err err = { 0 };

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	s.statement = town_settle(t, 10).settlement;
	assert_failed(town_do(t, close_it, &s.statement, &err), err, YH_CONFLICT,
		      "settlement-state");
	town_must(t, submit, &s);
	yh_err_clear(&err);
	assert_failed(town_try(t, 10, &done, &err), err, YH_CONFLICT, "settlement-submitted");
	town_must(t, reopen, &s.statement);
	done = town_settle(t, 10);
	assert_true(yh_id_eq(&done.settlement, &s.statement));
	row = town_settlement(t, &done.settlement);
	assert_true(yh_id_eq(&row.case_id, &t->case_id));
}

static void what_two_drafts_correct_only_the_first_to_close_does(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, 1000), s = { .t = t };
	struct yh_settle_done ten, eleven;
	struct yh_err err = { 0 };

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	ten = town_settle(t, 10);
	town_close_month(t, &ten.settlement);
	f.statement = town_bill(t, &ten.settlement, &t->project, &t->provider).row.id;
	town_must(t, fix, &f);
	yh_clock_set(&t->clock, at(12, 3, 9, 0, 0));
	ten = town_settle(t, 10);
	eleven = town_settle(t, 11);
	assert_int_equal(eleven.lines, 2);
	yh_clock_set(&t->clock, at(12, 3, 10, 0, 0));
	town_close_month(t, &ten.settlement);
	s.statement = eleven.settlement;
	town_must(t, submit, &s);
	assert_failed(town_do(t, close_it, &s.statement, &err), err, YH_CONFLICT,
		      "settlement-outdated");
	town_must(t, reopen, &s.statement);
	eleven = town_settle(t, 11);
	assert_int_equal(eleven.lines, 1);
	town_close_month(t, &eleven.settlement);
	assert_proved(t, 10, 2, 2);
	assert_proved(t, 11, 1, 1);
}

/* Two drafts correct the same; when the one closes, nothing is left of the other. */
static void a_draft_of_which_nothing_is_left_goes_unless_it_was_under_review(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, 1000), s = { .t = t };
	struct yh_settle_done ten, eleven;
	struct yh_settlement_row row;
	struct yh_bill b;

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), at(11, 1, 0, 0, 0));
	ten = town_settle(t, 10);
	town_close_month(t, &ten.settlement);
	for (int reviewed = 0; reviewed < 2; reviewed++) {
		b = town_bill(t, &ten.settlement, &t->project, &t->provider);
		f.statement = b.row.id;
		town_must(t, fix, &f);
		yh_clock_set(&t->clock, at(12, 3 + reviewed, 9, 0, 0));
		ten = town_settle(t, 10);
		eleven = town_settle(t, 11);
		assert_int_equal(eleven.lines, 1);
		s.statement = eleven.settlement;
		if (reviewed) {
			town_must(t, submit, &s);
			town_must(t, reopen, &s.statement);
		}
		town_close_month(t, &ten.settlement);
		eleven = town_settle(t, 11);
		assert_int_equal(eleven.statements, 0);
		assert_int_equal(!yh_id_is_zero(&eleven.settlement), reviewed);
	}
	assert_true(yh_id_eq(&eleven.settlement, &s.statement));
	row = town_settlement(t, &s.statement);
	assert_string_equal(row.state, "draft");
	assert_string_equal(row.no, "SH-202611-1");
	assert_int_equal(row.total_fen, 0);
	/* it fills again, and is the month's first as before */
	town_size(t, &vm, "vm", "1", at(11, 2, 0, 0, 0), at(11, 3, 0, 0, 0));
	yh_clock_set(&t->clock, at(12, 6, 9, 0, 0));
	eleven = town_settle(t, 11);
	assert_true(yh_id_eq(&eleven.settlement, &s.statement));
	assert_int_equal(eleven.statements, 1);
	town_close_month(t, &eleven.settlement);
	assert_proved(t, 11, 1, 1);
	assert_sound(t);
}

/* As a pack may let them object to what is not closed yet. */
static const char *const objection[] = {
	"INSERT INTO pack (digest, name, valid_from, files, installed_at) SELECT id, 'p', 0, '{}', "
	"0"
	" FROM cloud",
	"INSERT INTO person (id, login, name, secret, must_change, status, failures, locked_until,"
	" secret_at, created_at, version) SELECT id, 'x', 'x', '', 0, 'active', 0, 0, 0, 0, 1 FROM"
	" cloud",
	"INSERT INTO case_file (id, no, procedure_name, pack, cloud, unit, filer, filer_role, "
	"title,"
	" state, form, filed_at, returned_times, effected, changed_at, version, subject) SELECT "
	"s.id,"
	" 'SH-ZY-2026-000001', 'dispute', s.cloud, s.cloud, s.unit, s.cloud, 'unit', 'x', 'open',"
	" '{}', 0, 0, 0, 0, 1, s.id FROM statement s",
};

static void what_somebody_objects_to_is_not_reckoned_until_the_case_ends(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct yh_settle_done done, again;
	struct yh_err err = { 0 };

	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	for (size_t i = 0; i < sizeof objection / sizeof *objection; i++)
		assert_int_equal(store_test_sql(t->st, &err, objection[i]), YH_OK);
	assert_failed(town_try(t, 10, &again, &err), err, YH_CONFLICT, "settlement-in-case");
	assert_string_equal(err.figs[1].text, "SH-ZY-2026-000001");
	assert_int_equal(store_test_int(t->st, "SELECT count(*) FROM statement s JOIN case_file c"
					       " ON c.subject = s.id"),
			 1);
	yh_err_clear(&err);
	assert_int_equal(store_test_sql(t->st, &err, "UPDATE case_file SET ended_at = 1"), YH_OK);
	again = town_settle(t, 10);
	assert_true(yh_id_eq(&again.settlement, &done.settlement));
}

static enum yh_rc dispute(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct fixing *f = arg;

	return yh_settle_correct(cx, &f->statement, &f->t->case_id, "争议裁定", err);
}

/* October is settled twice: its use, and later a correction that stands in a statement by itself.
 */
static void a_statement_of_corrections_does_not_bill_its_month_again(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, -1000);
	struct yh_factor_row factor = { .provider = t->provider,
					.cloud = t->cloud,
					.from_month = october(),
					.factor_e6 = 900000 };
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "2", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	f.statement = town_bill(t, &done.settlement, &t->project, &t->provider).row.id;
	town_must(t, fix, &f);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	f.statement = town_bill(t, &done.settlement, &t->project, &t->provider).row.id;
	/* a factor for all statements of October, and a dispute about the second one */
	yh_clock_set(&t->clock, at(12, 3, 9, 0, 0));
	town_must(t, add_factor, &factor);
	town_must(t, correct_provider, t);
	town_must(t, dispute, &f);
	done = town_settle(t, 11);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_int_equal(b.n, 2);
	/* (1641.60 - 240) * 0.9 - (1641.60 - 240) */
	assert_yuan(b.lines[1].row.amount_fen, "-140.16");
	assert_string_equal(b.lines[1].corrects_no, "SH-JS-202610-000001");
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 2, 2);
	assert_proved(t, 11, 1, 2);
	assert_int_equal(store_test_int(t->st,
					"SELECT count(*) FROM correction_due WHERE settlement IS"
					" NULL"),
			 0);
	assert_sound(t);
}

static void a_fix_on_the_second_statement_of_a_month_reaches_its_use(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, -1000);
	struct yh_settle_done done;
	struct yh_bill b;

	town_size(t, &vm, "vm", "3", at(9, 1, 0, 0, 0), 0);
	for (int i = 0; i < 3; i++) {
		done = town_settle(t, 10);
		b = town_bill(t, &done.settlement, &t->project, &t->provider);
		assert_int_equal(b.n, 1);
		assert_yuan(b.row.total_fen, i == 0 ? "2462.40" : "-240");
		town_close_month(t, &done.settlement);
		f.statement = b.row.id;
		town_must(t, fix, &f);
	}
	assert_proved(t, 10, 3, 3);
	assert_sound(t);
}

static void a_fix_of_use_that_had_no_price_yet_stops_the_statement(void **state)
{
	struct town *t = *state;
	struct yh_id vm = town_machine(t, &plain);
	struct fixing f = a_fix(t, &vm, 1000);
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct yh_bill b;

	f.fix.code = "audit";
	town_must(t, fix, &f);
	/* now the audit comes with the second edition */
	assert_int_equal(store_test_sql(t->st, &err,
					"UPDATE item SET code = 'other' WHERE code = 'audit' AND"
					" edition = (SELECT id FROM edition WHERE number = 1)"),
			 YH_OK);
	town_size(t, &vm, "vm", "1", at(9, 1, 0, 0, 0), 0);
	assert_failed(town_do(t, fix, &f, &err), err, YH_BAD_INPUT, "usage-fix-invalid");
	done = town_settle(t, 10);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_non_null(strstr(b.row.fault, "\"price-missing\""));
	assert_non_null(strstr(b.row.fault, "\"item\":\"audit\",\"day\":\"2026-10-01\""));
}

/* A billion yuan a GiB. */
#define DEAR_DISKS                                                                                 \
	"UPDATE item_tier SET price_e6 = 1000000000000000 WHERE item IN (SELECT id FROM item"      \
	" WHERE code = 'disk')"

static enum yh_rc fix_both(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct fixing *f = arg;

	WANT_OK(fix(cx, &f[0], err));
	return fix(cx, &f[1], err);
}

static void a_correction_beyond_all_measure_stops_its_statement_and_no_other(void **state)
{
	struct town *t = *state;
	struct machine other = { .unit = t->outside, .project = t->other_project };
	struct yh_id huge = town_machine(t, &plain), small = town_machine(t, &other);
	struct fixing f[2] = { a_fix(t, &huge, 900000000000000), a_fix(t, &small, 31000) };
	struct yh_settle_done done;
	struct yh_err err = { 0 };
	struct yh_bill b;

	assert_int_equal(store_test_sql(t->st, &err, DEAR_DISKS), YH_OK);
	town_size(t, &huge, "disk", "31", at(9, 1, 0, 0, 0), 0);
	town_size(t, &small, "disk", "31", at(9, 1, 0, 0, 0), 0);
	done = town_settle(t, 10);
	town_close_month(t, &done.settlement);
	f[0].fix.code = f[1].fix.code = "disk";
	f[0].statement = town_bill(t, &done.settlement, &t->project, &t->provider).row.id;
	f[1].statement = town_bill(t, &done.settlement, &t->other_project, &t->provider).row.id;
	town_must(t, fix_both, f);
	done = town_settle(t, 10);
	assert_int_equal(done.statements, 2);
	assert_int_equal(done.stopped, 1);
	b = town_bill(t, &done.settlement, &t->project, &t->provider);
	assert_string_equal(b.row.state, "stopped");
	assert_non_null(strstr(b.row.fault, "\"amount-out-of-range\""));
	b = town_bill(t, &done.settlement, &t->other_project, &t->provider);
	assert_int_equal(b.n, 1);
	/* ten of 31 days of 31 more */
	assert_yuan(b.lines[0].row.amount_fen, "10000000000");
	town_close_month(t, &done.settlement);
	assert_proved(t, 10, 3, 3);
	assert_sound(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		town_case(a_late_factor_corrects_closed_months_by_lines_of_the_next),
		town_case(a_dispute_that_is_upheld_corrects_the_use_of_its_time),
		town_case(use_that_was_never_noted_is_billed_by_a_correction),
		town_case(a_dispute_does_not_take_away_more_than_was_held),
		town_case(a_correction_below_nothing_stops_the_statement),
		town_case(what_is_under_review_is_not_reckoned_until_it_comes_back),
		town_case(what_two_drafts_correct_only_the_first_to_close_does),
		town_case(a_draft_of_which_nothing_is_left_goes_unless_it_was_under_review),
		town_case(what_somebody_objects_to_is_not_reckoned_until_the_case_ends),
		town_case(a_statement_of_corrections_does_not_bill_its_month_again),
		town_case(a_fix_on_the_second_statement_of_a_month_reaches_its_use),
		town_case(a_fix_of_use_that_had_no_price_yet_stops_the_statement),
		town_case(a_correction_beyond_all_measure_stops_its_statement_and_no_other),
	};

	return store_test_skipped() ? 0 : cmocka_run_group_tests(tests, NULL, NULL);
}
