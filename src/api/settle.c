/* Settlements: reckoning a month, and seeing what came of it. Reckoning runs aside of transactions,
 * and may be asked for again: a month that is being reckoned answers so, and one that is reckoned
 * stays. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "services/project/project.h"
#include "services/settle/desk.h"
#include "services/settle/settle.h"
#include "store/party.h"

struct settle_in {
	const char *settlement, *month, *cloud, *state;
};

#define AT(field) offsetof(struct settle_in, field)
#define MONTH_FIELD(need)                                                                          \
	{                                                                                          \
		"month", YH_F_CODE, AT(month), need, .max = 7, .about = "2026-10"                  \
	}
#define CLOUD_FIELD(said)                                                                          \
	{                                                                                          \
		"cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = (said)                       \
	}
static const struct yh_field settlement_path[] = {
	{ "settlement", YH_F_CODE, AT(settlement), YH_REQUIRED, .max = 64,
	  .about = "number or id" },
	{ 0 },
};
static const struct yh_field run_body[] = {
	MONTH_FIELD(YH_REQUIRED),
	CLOUD_FIELD("cloud, by code or id; yours when you act for one only"),
	{ 0 },
};
static const struct yh_field list_query[] = {
	MONTH_FIELD(0),
	CLOUD_FIELD("only of this cloud"),
	{ "state", YH_F_WORD, AT(state), 0, .choices = "draft|submitted|closed",
	  .about = "state of the settlement" },
	{ 0 },
};

/* ---- reckoning ---- */

struct running {
	const struct settle_in *in;
	struct yh_id id;
	struct yh_settle_ask ask;
	struct yh_settlement_row row;
	struct yh_cloud_row cloud;
};

static enum yh_rc find_desk(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct running *r = arg;
	struct yh_settle_ask *ask = &r->ask;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, r->in->cloud, "/cloud", &ask->cloud, err);

	if (rc == YH_OK)
		rc = yh_settle_desk(&rq->cx, rq->op->action, &ask->cloud, err);
	if (rc == YH_OK)
		rc = yh_cloud_load(rq->cx.tx, &ask->cloud, rq->cx.arena, &r->cloud, err);
	ask->person = rq->cx.actor->person;
	ask->source = rq->source;
	return rc;
}

static enum yh_rc load_settlement(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct running *r = arg;

	return yh_settlement_load(rq->cx.tx, &r->id, &r->row, err);
}

static enum yh_rc run(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct running r = { .in = in };
	struct yh_settle_done done;
	enum yh_rc rc = yh_month_parse(r.in->month, "/month", &r.ask.month, err);

	if (rc == YH_OK)
		rc = yh_req_read(rq, find_desk, &r, err);
	if (rc == YH_OK)
		rc = yh_settle_compute(rq->cx.world, &r.ask, &done, err);
	if (rc != YH_OK)
		return rc;
	r.id = done.settlement;
	if (yh_id_is_zero(&r.id)) {
		yh_view_month(rq, "month", r.ask.month);
		yh_jw_str(rq->w, "cloud", r.cloud.code);
		yh_jw_null(rq->w, "no");
		yh_jw_int(rq->w, "statements", 0);
		yh_list_say(rq, "says", "settlement-nothing-left", NULL);
		return YH_OK;
	}
	rc = yh_req_read(rq, load_settlement, &r, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->location = yh_arena_printf(rq->cx.arena, "/api/v1/settlements/%s", r.row.no);
	yh_jw_str(rq->w, "cloud", r.cloud.code);
	yh_view_settlement(rq, &r.row);
	return YH_OK;
}

/* ---- lists ---- */

static const char *settlement_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_settlement_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct settle_in *l = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_settlement_filter f = { .month = YH_DAY_NONE,
					  .state = l->state ? l->state : "",
					  .limit = yh_list_ask(rq) };
	struct yh_settlement_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK && l->month)
		rc = yh_month_parse(l->month, "?month", &f.month, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, l->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_settlement_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, yh_view_settlement, settlement_cursor);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct running r = { .in = in };
	struct yh_case_row c;
	enum yh_rc rc = yh_ref_settlement(rq, r.in->settlement, &r.row, err);

	if (rc == YH_OK)
		rc = yh_cloud_load(rq->cx.tx, &r.row.cloud, rq->cx.arena, &r.cloud, err);
	if (rc == YH_OK && !yh_id_is_zero(&r.row.case_id))
		rc = yh_case_load(rq->cx.tx, &r.row.case_id, rq->cx.arena, &c, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, r.row.version);
	yh_jw_str(rq->w, "cloud", r.cloud.code);
	yh_view_settlement(rq, &r.row);
	yh_jw_str(rq->w, "case", yh_id_is_zero(&r.row.case_id) ? NULL : c.no);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL("月份", "MONTH", "month"),
	YH_COL_STATE,
	YH_COL("结算单", "STATEMENTS", "statements"),
	YH_COL("未能核算", "STOPPED", "stopped"),
	YH_COL("金额（元）", "TOTAL", "total"),
	YH_COL("关闭", "CLOSED", "closed_at"),
	{ 0 },
};
#define IN sizeof(struct settle_in)
static const struct yh_op ops[] = {
	{ "settle.run", YH_POST, "/api/v1/settlements", "settlement.compute",
	  YH_OP_ASIDE | YH_OP_NOUN, NULL, NULL, run_body, IN, run, NULL, "核算一个月的费用（草稿）",
	  "Reckon a month: drafts of its statements, which may be reckoned again",
	  .reply =
		  "{cloud month no|null statements:int id?:id number?:int "
		  "state?:draft|submitted|closed state_title? stopped?:int lines?:int total?:money "
		  "as_of?:time made_at?:time closed_at?:time|null pack_digest? digest? says?}" },
	{ "settle.list", YH_GET, "/api/v1/settlements", "settlement.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, columns, "结算列表，最新在前", "Settlements, newest first",
	  .reply = "@Settlement" },
	{ "settle.show", YH_GET, "/api/v1/settlements/{settlement}", "settlement.read", 0,
	  settlement_path, NULL, NULL, IN, show, NULL, "查看一次结算", "Show a settlement",
	  .reply = "{cloud @Settlement case|null}" },
};

const struct yh_op_table yh_ops_settle = { ops, sizeof ops / sizeof ops[0] };
