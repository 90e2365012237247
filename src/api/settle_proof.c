/* Settlements that give account: how a line came about, that a closed month comes out the same
 * again, and what a month would have cost. What is long runs aside of transactions. */
#include "api/api.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "services/settle/desk.h"
#include "services/settle/settle.h"
#include "store/catalogue.h"
#include "store/party.h"

struct proof_in {
	const char *settlement, *statement, *month, *cloud, *provider, *after;
	struct yh_id edition;
	int64_t factor_milli, line, limit;
};

#define AT(field) offsetof(struct proof_in, field)
static const struct yh_field settlement_path[] = {
	{ "settlement", YH_F_CODE, AT(settlement), YH_REQUIRED, .max = 64,
	  .about = "number or id" },
	{ 0 },
};
static const struct yh_field line_path[] = {
	{ "statement", YH_F_CODE, AT(statement), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ "line", YH_F_INT, AT(line), YH_REQUIRED, 1, 1000000000, .about = "number of the line" },
	{ 0 },
};
static const struct yh_field explain_query[] = {
	{ "after", YH_F_CODE, AT(after), 0, .max = 64,
	  .about = "only resources behind this number" },
	{ "limit", YH_F_INT, AT(limit), 0, 1, 200, .about = "resources at most; 50" },
	{ 0 },
};
static const struct yh_field preview_body[] = {
	{ "month", YH_F_CODE, AT(month), 0, .max = 7,
	  .about = "2026-10; the last one when absent" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64,
	  .about = "cloud, by code or id; yours when you act for one only" },
	{ "edition", YH_F_ID, AT(edition), 0,
	  .about = "an edition of the cloud, draft or not, taken for the whole month" },
	{ "provider", YH_F_CODE, AT(provider), 0, .max = 64,
	  .about = "whose factor, by code or id" },
	{ "factor", YH_F_MILLI, AT(factor_milli), 0, 1, 10000,
	  .about = "its factor, such as 0.95" },
	{ 0 },
};

struct asking {
	const struct proof_in *in;
	struct yh_settlement_row row;
	struct yh_preview_ask ask;
	struct yh_cloud_row cloud;
	struct yh_preview_line *lines;
	size_t n;
};

/* ---- explaining ---- */

static enum yh_rc explain(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct proof_in *e = in;
	struct yh_statement_line l;
	enum yh_rc rc = yh_ref_statement(rq, e->statement, &l, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "unit", l.unit_name);
	yh_jw_str(rq->w, "project", l.project_name);
	return yh_settle_explain(&rq->cx, &l.row.id, e->line, e->after ? e->after : "",
				 e->limit ? (uint32_t)e->limit : 50, rq->w, err);
}

/* ---- proving ---- */

static enum yh_rc find_settlement(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *a = arg;

	return yh_ref_settlement(rq, a->in->settlement, &a->row, err);
}

static enum yh_rc verify(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking r = { .in = in };
	struct yh_settle_proof proof;
	enum yh_rc rc = yh_req_read(rq, find_settlement, &r, err);

	if (rc != YH_OK)
		return rc;
	r.ask.month = (struct yh_settle_ask){ .cloud = r.row.cloud,
					      .month = r.row.month,
					      .person = rq->cx.actor->person,
					      .source = rq->source };
	rc = yh_settle_verify(rq->cx.world, &r.ask.month, &proof, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "settlement", r.row.no);
	yh_view_month(rq, "month", r.row.month);
	yh_jw_int(rq->w, "statements", proof.statements);
	yh_jw_int(rq->w, "lines", proof.lines);
	yh_jw_int(rq->w, "differences", proof.differences);
	yh_jw_bool(rq->w, "identical", proof.differences == 0);
	yh_jw_str(rq->w, "first", proof.first[0] ? proof.first : NULL);
	yh_list_say(rq, "says", proof.differences ? "settlement-differs" : "settlement-identical",
		    NULL);
	return YH_OK;
}

/* ---- what if ---- */

static enum yh_rc find_preview(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *r = arg;
	struct yh_date today = yh_date_of(yh_ctx_today(&rq->cx));
	struct yh_edition_row e;
	struct yh_settle_ask *ask = &r->ask.month;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, r->in->cloud, "/cloud", &ask->cloud, err);

	if (rc == YH_OK)
		rc = yh_settle_desk(&rq->cx, rq->op->action, &ask->cloud, err);
	if (rc == YH_OK)
		rc = yh_cloud_load(rq->cx.tx, &ask->cloud, rq->cx.arena, &r->cloud, err);
	ask->person = rq->cx.actor->person;
	ask->source = rq->source;
	if (!r->in->month) { /* the last month */
		struct yh_date d = yh_date_of(
			yh_day_from_date((struct yh_date){ today.year, today.month, 1 }) - 1);

		r->ask.month.month = yh_day_from_date((struct yh_date){ d.year, d.month, 1 });
	}
	if (rc == YH_OK && !yh_id_is_zero(&r->ask.edition)) {
		rc = yh_edition_load(rq->cx.tx, &r->ask.edition, rq->cx.arena, &e, err);
		if (rc == YH_OK && !yh_id_eq(&e.cloud, &r->ask.month.cloud))
			rc = yh_fail(err, YH_NOT_FOUND, "edition-unknown");
		if (rc != YH_OK)
			yh_err_field(err, "/edition");
	}
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, r->in->provider, "/provider", &r->ask.provider,
				err);
	return rc;
}

static enum yh_rc write_preview(struct yh_req *rq, void *arg, struct yh_err *err)
{
	const struct asking *r = arg;
	int64_t was = 0, would = 0;
	enum yh_rc rc = YH_OK;

	yh_view_month(rq, "month", r->ask.month.month);
	yh_jw_str(rq->w, "cloud", r->cloud.code);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; rc == YH_OK && i < r->n; i++) {
		const struct yh_preview_line *l = &r->lines[i];
		struct yh_org_row unit;

		rc = yh_org_load(rq->cx.tx, &l->unit, rq->cx.arena, &unit, err);
		if (rc != YH_OK)
			break;
		was += l->was_fen;
		would += l->would_fen;
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "unit", unit.name);
		yh_jw_str(rq->w, "unit_code", unit.code);
		yh_view_fen(rq, "was", l->was_fen);
		yh_view_fen(rq, "would", l->would_fen);
		yh_view_fen(rq, "difference", l->would_fen - l->was_fen);
		yh_jw_str(rq->w, "stopped", l->stopped ? l->slug : NULL);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_view_fen(rq, "was", was);
	yh_view_fen(rq, "would", would);
	yh_view_fen(rq, "difference", would - was);
	yh_list_say(rq, "says", "preview-of-use", NULL);
	return rc;
}

static enum yh_rc preview(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking r = { .in = in };
	enum yh_rc rc = YH_OK;

	r.ask.edition = r.in->edition;
	r.ask.factor_e6 = r.in->factor_milli * 1000;
	if ((r.in->provider != NULL) != (r.in->factor_milli != 0))
		return yh_fail_field(err, YH_BAD_INPUT, "preview-factor", "/factor");
	if (r.in->month)
		rc = yh_month_parse(r.in->month, "/month", &r.ask.month.month, err);
	if (rc == YH_OK)
		rc = yh_req_read(rq, find_preview, &r, err);
	if (rc == YH_OK)
		rc = yh_settle_preview(rq->cx.world, &r.ask, rq->cx.arena, &r.lines, &r.n, err);
	return rc == YH_OK ? yh_req_read(rq, write_preview, &r, err) : rc;
}

static const struct yh_column preview_columns[] = {
	YH_COL("代码", "CODE", "unit_code"),
	YH_COL("单位", "UNIT", "unit"),
	YH_COL("现行（元）", "WAS", "was"),
	YH_COL("试算（元）", "WOULD BE", "would"),
	YH_COL("差额", "DIFFERENCE", "difference"),
	YH_COL("未能核算", "STOPPED", "stopped"),
	{ 0 },
};

#define IN sizeof(struct proof_in)
static const struct yh_op ops[] = {
	{ "settle.explain", YH_GET, "/api/v1/statements/{statement}/lines/{line}/explanation",
	  "settlement.read", 0, line_path, explain_query, NULL, IN, explain, NULL,
	  "一行费用的由来：版本、区间、算式、系数、依据",
	  "How a line came about: edition, intervals, arithmetic, factor, articles",
	  .reply = "{unit project statement line:int kind month from:time to:time as_of:time code "
		   "resource_kind resource_kind_zh? resource_kind_en? billed:bool "
		   "billed_parameter?|null amount:money usage period_seconds:{hour:int day:int "
		   "month:int year:int} articles:[text] editions:[{edition:id|null number:int "
		   "from:time to:time item?:id name? per? measure? mode? free?:num minimum?:money "
		   "package?:num metric? metered_as? metric_per?:int tiers?:[@Tier]}] "
		   "factor:{factor:exact evaluated:bool id?:id from_month? evaluation?:id|null "
		   "evaluation_no?|null case?:id|null case_no?|null made_at?:time} "
		   "sum:{resources:int parts:int usage_exact exact list:money factor:exact "
		   "rounding amount:money} corrects?:{statement reason case:id|null case_no|null "
		   "line?:int amount?:money earlier:[money]} resources:[{id:id resource "
		   "parts:[@StatementPart] adjustments:[{from:time to:time quantity:num reason "
		   "case:id|null case_no|null made_at:time}]}] next|null}" },
	{ "settle.verify", YH_POST, "/api/v1/settlements/{settlement}/verification",
	  "settlement.verify", YH_OP_ASIDE, settlement_path, NULL, NULL, IN, verify, NULL,
	  "依据记录重新核算已关闭的月份，逐分核对",
	  "Reckon the closed settlements of its month again from the records, and compare",
	  .reply = "{settlement month statements:int lines:int @Proof says}" },
	{ "settle.preview", YH_POST, "/api/v1/settlement-previews", "settlement.preview",
	  YH_OP_ASIDE | YH_OP_SUMS, NULL, NULL, preview_body, IN, preview, preview_columns,
	  "按目录草案或另一系数试算一个月",
	  "What a month would have cost by another edition or factor",
	  .reply = "{month cloud items:[{unit unit_code @Difference stopped|null}] @Difference "
		   "says}" },
};

const struct yh_op_table yh_ops_settle_proof = { ops, sizeof ops / sizeof ops[0] };
