/* Statements: what is to be paid, for what, and what was paid. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "base/num.h"
#include "services/project/project.h"
#include "services/settle/desk.h"
#include "services/settle/settle.h"
#include "services/settle/unit_bill.h"
#include "store/party.h"

struct statement_in {
	const char *statement, *settlement, *month, *cloud, *unit, *project, *provider, *payer,
		*state, *reference, *note, *text;
	int64_t amount_milli;
	yh_day day;
};

#define AT(field) offsetof(struct statement_in, field)
#define STATEMENT_FIELD                                                                            \
	{                                                                                          \
		"statement", YH_F_CODE, AT(statement), YH_REQUIRED, .max = 64,                     \
								    .about = "number or id"        \
	}
static const struct yh_field statement_path[] = { STATEMENT_FIELD, { 0 } };
static const struct yh_field unit_path[] = {
	{ "unit", YH_F_CODE, AT(unit), YH_REQUIRED, .max = 64, .about = "unit, by code or id" },
	{ 0 },
};
static const struct yh_field bill_query[] = {
	{ "month", YH_F_CODE, AT(month), YH_REQUIRED, .max = 7, .about = "2026-10" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "settlement", YH_F_CODE, AT(settlement), 0, .max = 64,
	  .about = "only of this settlement" },
	{ "month", YH_F_CODE, AT(month), 0, .max = 7, .about = "2026-10" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only of this cloud" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit" },
	{ "project", YH_F_CODE, AT(project), 0, .max = 127, .about = "only of this project" },
	{ "provider", YH_F_CODE, AT(provider), 0, .max = 64, .about = "only of this provider" },
	{ "payer", YH_F_CODE, AT(payer), 0, .max = 64, .about = "only what this body pays" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "draft|stopped|closed",
	  .about = "stopped: could not be reckoned, see its fault" },
	YH_LIST_TEXT(statement_in, "number, or the project's or unit's name"),
	{ 0 },
};
static const struct yh_field pay_body[] = {
	{ "amount", YH_F_MILLI, AT(amount_milli), YH_REQUIRED, -YH_QTY_MILLI_MAX, YH_QTY_MILLI_MAX,
	  .about = "yuan; below 0 takes back what was entered wrongly" },
	{ "reference", YH_F_LINE, AT(reference), YH_REQUIRED, .max = 100,
	  .about = "number of the voucher" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "on which the money went; today when absent" },
	{ "note", YH_F_LINE, AT(note), 0, .max = 500, .about = "what else there is to say" },
	{ 0 },
};

static enum yh_rc see(struct yh_req *rq, const struct statement_in *in,
		      struct yh_statement_line *out, struct yh_err *err)
{
	return yh_ref_statement(rq, in->statement, out, err);
}

/* ---- lists ---- */

/* What nobody has filters everything out, as another's does. */
static enum yh_rc filter_ref(enum yh_rc rc, struct yh_id *id, struct yh_err *err)
{
	if (rc != YH_NOT_FOUND)
		return rc;
	*err = (struct yh_err){ 0 };
	memset(id->b, 0xFF, sizeof id->b);
	return YH_OK;
}

static enum yh_rc filter_of(struct yh_req *rq, const struct statement_in *in,
			    struct yh_statement_filter *f, struct yh_err *err)
{
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc = YH_OK;

	*f = (struct yh_statement_filter){ .month = YH_DAY_NONE,
					   .state = in->state ? in->state : "",
					   .after = "",
					   .limit = yh_list_ask(rq) };
	if (in->month)
		rc = yh_month_parse(in->month, "?month", &f->month, err);
	if (rc == YH_OK)
		rc = yh_list_sought(rq, in->text, &f->pattern, err);
	if (rc == YH_OK && in->settlement)
		rc = filter_ref(yh_subject_by_no(cx->tx, &yh_subject_kinds[YH_SUBJECT_settlement],
						 in->settlement, &f->settlement, err),
				&f->settlement, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_cloud, in->cloud, "?cloud", &f->cloud, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_org, in->unit, "?unit", &f->unit, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_project_filter, in->project, "?project", &f->project,
				err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_org, in->provider, "?provider", &f->provider, err);
	return rc == YH_OK ? yh_ref_opt(cx, yh_ref_org, in->payer, "?payer", &f->payer, err) : rc;
}

/* The month, as its first day, and the number of the last one, as handed out. */
static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_statement_filter *f,
			      struct yh_err *err)
{
	char *end;
	long at;

	if (!rq->cursor[0])
		return YH_OK;
	at = strtol(rq->cursor, &end, 10);
	if (at < YH_DAY_MIN || at > YH_DAY_MAX || *end != '_' || !end[1])
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	f->after_month = (yh_day)at;
	f->after = end + 1;
	return YH_OK;
}

static const char *statement_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_statement_line *l = row;

	return yh_arena_printf(rq->cx.arena, "%d_%s", l->row.month, l->row.no);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_statement_filter f;
	struct yh_statement_line *rows;
	size_t n;
	enum yh_rc rc = filter_of(rq, in, &f, err);

	if (rc == YH_OK)
		rc = read_cursor(rq, &f, err);
	if (rc == YH_OK)
		rc = yh_statement_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, yh_view_statement, statement_cursor);
	return rc;
}

/* ---- one statement ---- */

static void view_signature(struct yh_req *rq, const struct yh_statement_row *s)
{
	char hex[YH_SM3_HEX], *text;

	yh_jw_str(rq->w, "digest", yh_hex(s->digest.b, YH_SM3_BYTES, hex));
	text = yh_arena_alloc(rq->cx.arena, s->signature_len * 2 + 1);
	if (!s->signature || !text) {
		yh_jw_null(rq->w, "signature");
		return;
	}
	(void)yh_hex(s->signature, s->signature_len, text);
	yh_jw_str(rq->w, "signature", text);
	yh_jw_str(rq->w, "key", s->key_id);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_statement_line l;
	struct yh_statement_row s;
	enum yh_rc rc = see(rq, in, &l, err);

	if (rc == YH_OK)
		rc = yh_statement_load(rq->cx.tx, &l.row.id, rq->cx.arena, &s, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, s.version);
	yh_view_statement(rq, &l);
	view_signature(rq, &s);
	return YH_OK;
}

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_bill_line *b = row;
	const struct yh_line_row *l = &b->row;

	yh_jw_int(rq->w, "line", l->line);
	yh_jw_str(rq->w, "kind", l->kind);
	yh_jw_str(rq->w, "item", l->code);
	yh_jw_str(rq->w, "item_name", b->item_name);
	yh_jw_str(rq->w, "category", b->category);
	yh_jw_int(rq->w, "edition", b->edition);
	yh_jw_str(rq->w, "resource_kind", l->resource_kind);
	yh_jw_str(rq->w, "resource_kind_title", yh_view_kind(rq, NULL, l->resource_kind));
	yh_jw_int(rq->w, "resources", l->resources);
	yh_jw_int(rq->w, "intervals", l->intervals);
	yh_jw_str(rq->w, "usage", l->usage);
	yh_jw_str(rq->w, "measure", b->measure);
	yh_jw_str(rq->w, "per", b->per);
	yh_jw_str(rq->w, "mode", b->mode);
	yh_view_term(rq, "measure_title", "measure", b->measure);
	yh_view_term(rq, "per_title", "per", b->per);
	yh_view_term(rq, "mode_title", "mode", b->mode);
	yh_jw_str(rq->w, "price", b->price);
	yh_view_fen(rq, "list", l->list_fen);
	yh_jw_scaled(rq->w, "factor", l->factor_e6, 6);
	yh_jw_bool(rq->w, "billed", l->billed);
	yh_view_fen(rq, "amount", l->amount_fen);
	yh_jw_str(rq->w, "corrects", b->corrects_no);
	if (b->corrects_no)
		yh_jw_int(rq->w, "corrects_line", l->corrects_line);
	yh_jw_str(rq->w, "reason", l->reason && l->reason[0] ? l->reason : NULL);
	/* of what is not billed the parameter that says so; of a correction somebody's own words */
	if (!l->billed && strcmp(l->kind, "correction") != 0 && l->reason && l->reason[0]) {
		YH_JSON_AUTO figures = json_pack("{s:s}", "parameter", l->reason);

		yh_list_say(rq, "reason_title", "statement-not-billed", figures);
	}
	yh_jw_id(rq->w, "case", &l->case_id);
}

static const char *line_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_int(rq, ((const struct yh_bill_line *)row)->row.line);
}

static enum yh_rc lines(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_statement_line l;
	struct yh_bill bill;
	size_t from = 0, n;
	int64_t after;
	enum yh_rc rc = yh_cursor_int(rq, 0, &after, err);

	if (rc == YH_OK)
		rc = see(rq, in, &l, err);
	if (rc == YH_OK)
		rc = yh_settle_bill(&rq->cx, &l.row.id, &bill, err);
	if (rc != YH_OK)
		return rc;
	while (from < bill.n && bill.lines[from].row.line <= after)
		from++;
	n = bill.n - from < yh_list_ask(rq) ? bill.n - from : yh_list_ask(rq);
	yh_list_page(rq, bill.lines + from, n, sizeof *bill.lines, write_line, line_cursor);
	return YH_OK;
}

/* ---- payments ---- */

static void write_payment(struct yh_req *rq, const void *row)
{
	const struct yh_payment_row *p = row;

	yh_jw_id(rq->w, "id", &p->id);
	yh_jw_day(rq->w, "day", p->day);
	yh_view_fen(rq, "amount", p->fen);
	yh_jw_str(rq->w, "reference", p->reference);
	yh_jw_str(rq->w, "note", p->note);
	yh_jw_str(rq->w, "person", p->person_name);
	yh_jw_time(rq->w, "entered_at", p->made_at);
}

static enum yh_rc write_payments(struct yh_req *rq, const struct yh_statement_line *l,
				 struct yh_err *err)
{
	struct yh_payment_row *rows;
	size_t n;
	enum yh_rc rc = yh_payment_list(rq->cx.tx, &l->row.id, rq->cx.arena, &rows, &n, err);

	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, l->row.version);
	yh_jw_str(rq->w, "statement", l->row.no);
	yh_view_fen(rq, "total", l->row.total_fen);
	yh_view_paid(rq, l->row.total_fen, l->row.paid_fen);
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_payment);
	return YH_OK;
}

static enum yh_rc payments(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_statement_line l;
	enum yh_rc rc = see(rq, in, &l, err);

	return rc == YH_OK ? write_payments(rq, &l, err) : rc;
}

static enum yh_rc pay(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct statement_in *p = in;
	struct yh_pay_in what = { .day = p->day,
				  .fen = p->amount_milli / 10,
				  .reference = p->reference,
				  .note = p->note,
				  .if_match = rq->if_match };
	struct yh_payment_row row;
	struct yh_statement_line l;
	enum yh_rc rc = see(rq, in, &l, err);

	if (rc == YH_OK && p->amount_milli % 10 != 0)
		rc = yh_fail_field(err, YH_BAD_INPUT, "amount-not-in-fen", "/amount");
	what.statement = l.row.id;
	if (rc == YH_OK)
		rc = yh_settle_pay(&rq->cx, &what, &row, err);
	if (rc == YH_OK)
		rc = see(rq, in, &l, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	return write_payments(rq, &l, err);
}

/* ---- a unit's bill ---- */

static void write_part(struct yh_req *rq, const void *row)
{
	const struct yh_bill_part *p = row;

	yh_jw_str(rq->w, "code", p->code[0] ? p->code : NULL);
	yh_jw_str(rq->w, "name", p->name[0] ? p->name : NULL);
	yh_jw_int(rq->w, "statements", p->statements);
	yh_view_fen(rq, "total", p->total_fen);
	yh_view_paid(rq, p->total_fen, p->paid_fen);
}

static enum yh_rc bill(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct statement_in *b = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_unit_bill sums;
	struct yh_org_row unit;
	struct yh_id id;
	yh_day month;
	enum yh_rc rc = yh_month_parse(b->month, "?month", &month, err);

	if (rc == YH_OK)
		rc = yh_ref_org(&rq->cx, b->unit, &id, err);
	if (rc == YH_OK)
		rc = yh_unit_bill(&rq->cx, &who, &id, month, &sums, err);
	if (rc == YH_OK &&
	    sums.n == 0) /* nobody's, or not to be seen: then the unit is not either */
		rc = yh_unit_see(&rq->cx, &who, &id, err);
	if (rc == YH_OK)
		rc = yh_org_load(rq->cx.tx, &id, rq->cx.arena, &unit, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "unit", unit.name);
	yh_jw_str(rq->w, "unit_code", unit.code);
	yh_jw_bool(rq->w, "in_budget", unit.in_budget);
	yh_view_month(rq, "month", month);
	yh_view_fen(rq, "total", sums.total_fen);
	yh_view_paid(rq, sums.total_fen, sums.paid_fen);
	yh_jw_int(rq->w, "open", sums.open);
	yh_jw_int(rq->w, "stopped", sums.stopped);
	yh_list_write(rq, "by_project", sums.projects, sums.n_projects, sizeof *sums.projects,
		      write_part);
	yh_list_write(rq, "by_provider", sums.providers, sums.n_providers, sizeof *sums.providers,
		      write_part);
	yh_list_write(rq, "items", sums.statements, sums.n, sizeof *sums.statements,
		      yh_view_statement);
	return YH_OK;
}

static const struct yh_column statement_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL("月份", "MONTH", "month"),
	YH_COL("使用单位", "UNIT", "unit"),
	YH_COL("项目", "PROJECT", "project"),
	YH_COL("服务商", "PROVIDER", "provider"),
	YH_COL("付款单位", "PAYER", "payer"),
	YH_COL_STATE,
	YH_COL("金额（元）", "TOTAL", "total"),
	YH_COL("未付", "DUE", "due"),
	YH_COL("原因", "REASON", "fault.sentence"),
	{ 0 },
};
static const struct yh_column line_columns[] = {
	YH_COL("行", "LINE", "line"),
	YH_COL("目录项", "ITEM", "item_name"),
	YH_COL("资源类别", "KIND", "resource_kind_title"),
	YH_COL("资源数", "RESOURCES", "resources"),
	YH_COL("用量", "USAGE", "usage"),
	YH_COL("单位", "MEASURE", "measure_title"),
	YH_COL("计价周期", "PER", "per_title"),
	YH_COL("单价", "PRICE", "price"),
	YH_COL("系数", "FACTOR", "factor"),
	YH_COL("金额（元）", "AMOUNT", "amount"),
	YH_COL("更正", "CORRECTS", "corrects"),
	YH_COL("说明", "REASON", "reason"),
	{ 0 },
};
static const struct yh_column payment_columns[] = {
	YH_COL("日期", "DAY", "day"),
	YH_COL("金额（元）", "AMOUNT", "amount"),
	YH_COL("凭证号", "REFERENCE", "reference"),
	YH_COL("登记人", "ENTERED BY", "person"),
	YH_COL("备注", "NOTE", "note"),
	{ 0 },
};

#define IN sizeof(struct statement_in)
static const struct yh_op ops[] = {
	{ "settle.statements", YH_GET, "/api/v1/statements", "settlement.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, statement_columns, "结算单列表", "Statements you may see",
	  .reply = "@Statement" },
	{ "settle.statement", YH_GET, "/api/v1/statements/{statement}", "settlement.read", 0,
	  statement_path, NULL, NULL, IN, show, NULL, "查看一张结算单",
	  "Show a statement with its digest and signature",
	  .reply = "{@Statement digest signature|null key?}" },
	{ "settle.lines", YH_GET, "/api/v1/statements/{statement}/lines", "settlement.read",
	  YH_OP_PAGED, statement_path, NULL, NULL, IN, lines, line_columns, "一张结算单的各行",
	  "The lines of a statement",
	  .reply = "{line:int kind item item_name category edition:int resource_kind "
		   "resource_kind_title resources:int intervals:int usage measure per mode "
		   "measure_title per_title mode_title price list:money factor:exact billed:bool "
		   "amount:money corrects|null corrects_line?:int reason|null reason_title? "
		   "case:id|null}" },
	{ "settle.payments", YH_GET, "/api/v1/statements/{statement}/payments", "settlement.read",
	  YH_OP_SUMS, statement_path, NULL, NULL, IN, payments, payment_columns,
	  "一张结算单的付款记录", "What was paid of a statement", .reply = "@Payments" },
	{ "settle.pay", YH_POST, "/api/v1/statements/{statement}/payments", "settlement.pay",
	  YH_OP_WRITE | YH_OP_MAY_MATCH | YH_OP_SUMS, statement_path, NULL, pay_body, IN, pay,
	  payment_columns, "登记付款", "Record a payment, whole or in part", .reply = "@Payments" },
	{ "settle.bill", YH_GET, "/api/v1/units/{unit}/bill", "settlement.read", YH_OP_SUMS,
	  unit_path, bill_query, NULL, IN, bill, statement_columns,
	  "一个单位某月的账单，按项目和服务商小计",
	  "A unit's bill of a month, by project and by provider",
	  .reply = "{unit unit_code in_budget:bool month total:money paid:money due:money open:int "
		   "stopped:int by_project:[@BillPart] by_provider:[@BillPart] "
		   "items:[@Statement]}" },
};

const struct yh_op_table yh_ops_statement = { ops, sizeof ops / sizeof ops[0] };
