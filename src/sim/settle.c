/* Settlement in the simulated city: every month is reckoned by itself, reckoned again and submitted
 * by its operator, approved or sent back, disputed here and there, and paid. */
#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "db/fault.h"
#include "jobs/kinds.h"
#include "services/project/project.h"
#include "services/settle/desk.h"
#include "services/settle/settle.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/catalogue.h"
#include "store/event.h"
#include "store/resource.h"

enum { PAGE = 100, SETTLE_SPREAD = 5, FIXABLE = 20 };

/* What a server begins when it starts: months are settled, and duties arise. */
static enum yh_rc begin_standing(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	static const char *const names[] = { "settlement.month", "duty.watch" };
	const struct sim *s = arg;
	const struct yh_jobs_config own = { 0 };
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < sizeof names / sizeof names[0]; i++) {
		const struct yh_job_kind *kind = yh_job_kind_of(&own, names[i]);
		struct yh_id id = yh_job_standing_id(kind);

		rc = yh_job_insert(cx->tx, &id, kind->name, NULL, yh_day_start(s->cfg->first + 1),
				   err);
	}
	return rc;
}

enum yh_rc sim_settle_begin(struct sim *s, struct yh_err *err)
{
	return sim_do(s, NULL, begin_standing, s, err);
}

/* ---- drafts ---- */

struct desk {
	struct sim *s;
	const struct sim_person *who;
	yh_day day;
	struct yh_settlement_row drafts[PAGE];
	size_t n, at;
};

static enum yh_rc read_drafts(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct desk *d = arg;
	struct yh_viewer who = { .person = cx->actor->person, .today = d->day, .cloud = true };
	struct yh_settlement_filter f = { .month = YH_DAY_NONE, .state = "draft", .limit = PAGE };
	struct yh_settlement_row *list;
	enum yh_rc rc = yh_settlement_page(cx->tx, &who, &f, cx->arena, &list, &d->n, err);

	if (rc == YH_OK && d->n)
		memcpy(d->drafts, list, d->n * sizeof *list);
	return rc;
}

static enum yh_rc read_draft(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct yh_settlement_row *row = arg;

	return yh_settlement_load(cx->tx, &row->id, row, err);
}

/* Reckons a month; a crash in the middle leaves nothing of it, and it is reckoned again. */
static enum yh_rc reckon(struct desk *d, uint64_t key, struct yh_settle_done *done,
			 struct yh_err *err)
{
	const struct yh_settlement_row *row = &d->drafts[d->at];
	const struct yh_settle_ask ask = { .cloud = row->cloud,
					   .month = row->month,
					   .person = d->who->row.id,
					   .source = "simulation",
					   .threads = 1 };
	const struct yh_world *world = d->s->cfg->world;
	struct yh_err why = { 0 };
	enum yh_rc rc;

	sim_go_on(d->s, 20);
	if (sim_draw(d->s, "reckoning cut off", key, 3) != 0)
		return yh_settle_compute(world, &ask, done, err);
	yh_fault_arm_statement(1 + (int)sim_draw(d->s, "reckoning statement", key, 40));
	rc = yh_settle_compute(world, &ask, done, &why);
	yh_fault_arm_statement(0);
	if (rc == YH_STORAGE) {
		d->s->report->crashes++;
		return yh_settle_compute(world, &ask, done, err);
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

/* Twice, with nothing done in between: it comes to the same. */
static enum yh_rc reckon_twice(struct desk *d, uint64_t key, bool *any, struct yh_err *err)
{
	struct yh_settlement_row first, again;
	struct yh_settle_done done;
	enum yh_rc rc = reckon(d, key, &done, err);

	*any = rc == YH_OK && !yh_id_is_zero(&done.settlement);
	if (!*any)
		return rc;
	first.id = again.id = done.settlement;
	rc = sim_look(d->s, NULL, read_draft, &first, err);
	if (rc == YH_OK)
		rc = reckon(d, key + 1, &done, err);
	if (rc == YH_OK)
		rc = sim_look(d->s, NULL, read_draft, &again, err);
	if (rc == YH_OK && (first.total_fen != again.total_fen ||
			    memcmp(&first.digest, &again.digest, sizeof first.digest) != 0))
		return sim_broken("a month reckoned twice differs", first.no, d->day, err);
	d->drafts[d->at] = again;
	return rc;
}

static enum yh_rc submit(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct desk *d = arg;
	YH_JSON_AUTO form = json_pack("{s:s, s:s}", "explanation", "按登记用量与目录价格核算",
				      "stopped", "缺少价格或服务商的待补齐后另行结算");
	struct yh_file_in in = { .procedure = SIM_SETTLEMENT,
				 .record = d->drafts[d->at].id,
				 .form = form };
	struct yh_case c;

	return yh_case_file(cx, &in, &c, err);
}

static enum yh_rc handle_draft(struct desk *d, struct yh_err *err)
{
	const struct yh_settlement_row *row = &d->drafts[d->at];
	uint64_t key = (uint64_t)row->month * 64 + (uint64_t)row->number;
	yh_day made = yh_day_of(row->made_at);
	struct yh_err why = { 0 };
	bool both, any;
	enum yh_rc rc;

	if (d->day <= made + (yh_day)sim_draw(d->s, "settle", key, SETTLE_SPREAD))
		return YH_OK;
	rc = reckon_twice(d, key + (uint64_t)d->day, &any, err);
	if (rc != YH_OK || !any)
		return rc;
	rc = sim_race(d->s, d->who, submit, d, d, key + (uint64_t)d->day, &both, &why);
	if (both)
		return sim_broken("a month submitted twice", row->no, d->day, err);
	d->s->report->cases += rc == YH_OK;
	if (rc == YH_OK || rc == YH_REFUSED || rc == YH_CONFLICT)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

static enum yh_rc operate(struct desk *d, struct yh_err *err)
{
	enum yh_rc rc = sim_look(d->s, d->who, read_drafts, d, err);

	for (d->at = 0; rc == YH_OK && d->at < d->n; d->at++)
		rc = handle_draft(d, err);
	return rc;
}

/* ---- closed statements: disputes and payments ---- */

struct billing {
	struct sim *s;
	struct sim_bill *b;
	const struct sim_person *payer;
	int64_t fen;
	int part;
};

static enum yh_rc dispute(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct billing *q = arg;
	YH_JSON_AUTO form = json_pack("{s:s}", "reason", "本月部分资源实际使用天数少于结算单所载");
	struct yh_file_in in = { .procedure = SIM_DISPUTE, .record = q->b->id, .form = form };
	struct yh_case c;

	return yh_case_file(cx, &in, &c, err);
}

static enum yh_rc pay(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct billing *q = arg;
	char voucher[64];
	struct yh_pay_in in = { .statement = q->b->id,
				.day = YH_DAY_NONE,
				.fen = q->fen,
				.reference = voucher,
				.note = "",
				.if_match = -1 };
	struct yh_payment_row row;

	(void)snprintf(voucher, sizeof voucher, "%s-%d", q->b->no, q->part);
	return yh_settle_pay(cx, &in, &row, err);
}

static enum yh_rc try(struct billing *q, const struct sim_person *who, sim_fn fn, uint64_t key,
		      bool *done, struct yh_err *err)
{
	struct yh_err why = { 0 };
	bool both;
	enum yh_rc rc = sim_race(q->s, who, fn, q, q, key, &both, &why);

	*done = rc == YH_OK;
	if (both)
		return sim_broken("done twice to a statement", q->b->no, yh_day_of(q->s->now), err);
	if (rc == YH_OK || rc == YH_REFUSED || rc == YH_CONFLICT)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

/* One statement in four is paid in two parts. */
static enum yh_rc pay_parts(struct billing *q, uint64_t key, struct yh_err *err)
{
	int64_t first = sim_draw(q->s, "parts", key, 4) ? q->b->total_fen : q->b->total_fen / 3;
	const int64_t parts[] = { first, q->b->total_fen - first };
	enum yh_rc rc = YH_OK;
	bool done;

	for (q->part = 0; rc == YH_OK && q->part < 2; q->part++) {
		q->fen = parts[q->part];
		if (q->fen <= 0)
			continue;
		rc = try(q, q->payer, pay, key + (uint64_t)q->part, &done, err);
		q->s->report->paid_fen += done ? q->fen : 0;
	}
	return rc;
}

/* What a unit pays itself its operator enters. */
static enum yh_rc live_on(struct sim *s, struct sim_bill *b, yh_day day, struct yh_err *err)
{
	bool own = yh_id_eq(&b->payer, &b->unit);
	struct billing q = {
		.s = s,
		.b = b,
		.payer = own ? sim_operator_of(s, &b->cloud) : sim_person_of(s, &b->payer),
	};
	const struct sim_person *unit = sim_person_of(s, &b->unit);
	uint64_t key = (uint64_t)(b - s->bills) * 8;
	enum yh_rc rc = YH_OK;
	bool done;

	if (b->dispute_on && day >= b->dispute_on && unit) {
		b->dispute_on = 0;
		rc = try(&q, unit, dispute, key, &done, err);
		s->report->disputed += done;
		s->report->cases += done;
	}
	if (rc == YH_OK && b->pay_on && day >= b->pay_on) {
		b->pay_on = 0;
		if (q.payer && b->total_fen > 0)
			rc = pay_parts(&q, key + 2, err);
	}
	return rc;
}

enum yh_rc sim_settle(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct desk d; /* too large for a stack; the simulation has one thread */
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n_people; i++) {
		d = (struct desk){ .s = s, .who = &s->people[i], .day = day };
		if (strcmp(d.who->role, "operator") == 0 && !d.who->second)
			rc = operate(&d, err);
	}
	if (rc == YH_OK)
		rc = sim_settle_closed(s, day, err);
	for (size_t i = 0; rc == YH_OK && i < s->n_bills; i++)
		if (s->bills[i].dispute_on || s->bills[i].pay_on)
			rc = live_on(s, &s->bills[i], day, err);
	return rc;
}

/* ---- the desks ---- */

/* Does the statement bill this item as a formal resource, and as nothing else? */
static bool is_billed(const struct yh_line_row *lines, size_t n, const char *code)
{
	bool billed = false;

	for (size_t i = 0; i < n; i++) {
		if (strcmp(lines[i].code, code) != 0 || strcmp(lines[i].kind, "use") != 0)
			continue;
		if (strcmp(lines[i].resource_kind, SIM_FORMAL_KIND) != 0)
			return false;
		billed = billed || lines[i].amount_fen > 0;
	}
	return billed;
}

/* One resource of the project that ran on the month's last day was there a day less. */
static json_t *fix_of(struct yh_ctx *cx, const struct yh_id *statement)
{
	struct yh_viewer any = { .any = true };
	struct yh_statement_row s;
	struct yh_resource_filter f = {
		.state = "running", .kind = SIM_FORMAL_KIND, .after = "", .limit = FIXABLE
	};
	struct yh_resource_line *list;
	struct yh_line_row *lines;
	struct yh_item_row item;
	struct yh_date month;
	char id[YH_ID_TEXT], day[YH_DAY_TEXT];
	yh_day last;
	size_t n = 0, n_lines = 0;

	if (yh_statement_load(cx->tx, statement, cx->arena, &s, NULL) != YH_OK)
		return NULL;
	f.project = s.project;
	month = yh_date_of(s.month);
	last = s.month + yh_days_in_month(month.year, month.month) - 1;
	if (yh_resource_page(cx->tx, &any, &f, cx->arena, &list, &n, NULL) != YH_OK ||
	    yh_line_list(cx->tx, statement, 0, PAGE, cx->arena, &lines, &n_lines, NULL) != YH_OK)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct yh_resource_row *r = &list[i].row;

		if (r->opened_at >= yh_day_start(last) || !yh_id_eq(&r->provider, &s.provider) ||
		    yh_item_load(cx->tx, &r->item, cx->arena, &item, NULL) != YH_OK ||
		    !is_billed(lines, n_lines, item.code))
			continue;
		(void)yh_day_text(last, day);
		return json_pack("[{s:s, s:s, s:s, s:s, s:s, s:s, s:s}]", "resource",
				 yh_id_text(&r->id, id), "item", item.code, "from", day, "until",
				 day, "direction", "less", "quantity", "1", "reason",
				 "当日停机维护");
	}
	return NULL;
}

bool sim_settle_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		     uint64_t key, struct sim_mind *out)
{
	json_t *usage;

	*out = (struct sim_mind){ .reason = "经核，计算无误" };
	if (strcmp(c->row.procedure, SIM_SETTLEMENT) == 0) {
		out->outcome = sim_draw(s, "approve month", key, 5) == 0 ? "refuse" : "approve";
		return true;
	}
	if (strcmp(c->row.procedure, SIM_DISPUTE) != 0)
		return false;
	if (strcmp(step, SIM_DISPUTE_DECIDE) != 0) {
		out->outcome = "confirm";
		out->form = json_pack("{s:s}", "finding", "已核对登记与用量");
		return true;
	}
	out->outcome = sim_draw(s, "upheld", key, 3) ? "upheld" : "rejected";
	usage = fix_of(cx, &c->row.subject);
	if (usage && !s->usage_fixed)
		out->outcome = "upheld";
	if (strcmp(out->outcome, "upheld") != 0) {
		json_decref(usage);
		return true;
	}
	out->form = json_pack("{s:s}", "conclusion", "争议成立，按认定用量更正");
	if (usage && out->form)
		s->usage_fixed = json_object_set_new(out->form, "usage", usage) == 0;
	return true;
}
