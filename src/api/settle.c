/* Settlements: asking for a month to be reckoned, and seeing what came of it. A month that is being
 * reckoned answers so, and one that is reckoned stays. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "services/project/project.h"
#include "services/settle/asked.h"
#include "services/settle/desk.h"
#include "services/settle/settle.h"
#include "store/party.h"
#include "store/settlement_ask.h"

struct settle_in {
	const char *settlement, *month, *cloud, *state;
	struct yh_id run;
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
static const struct yh_field run_path[] = {
	{ "run", YH_F_ID, AT(run), YH_REQUIRED, .about = "id that asking for the month gave" },
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

static enum yh_rc find_desk(struct yh_req *rq, struct running *r, struct yh_err *err)
{
	struct yh_settle_ask *ask = &r->ask;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_cloud, r->in->cloud, "/cloud", &ask->cloud, err);

	if (rc == YH_OK)
		rc = yh_settle_desk(&rq->cx, rq->op->action, &ask->cloud, err);
	ask->person = rq->cx.actor->person;
	ask->source = rq->source;
	return rc;
}

/* Reckoned by a job: a month of a large city takes minutes. */
static enum yh_rc run(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct running r = { .in = in };
	char text[YH_ID_TEXT];
	enum yh_rc rc = yh_month_parse(r.in->month, "/month", &r.ask.month, err);

	if (rc == YH_OK)
		rc = find_desk(rq, &r, err);
	if (rc == YH_OK)
		rc = yh_settle_ask_for(&rq->cx, &r.ask, &r.id, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 202;
	rq->location = yh_arena_printf(rq->cx.arena, "/api/v1/settlement-runs/%s",
				       yh_id_text(&r.id, text));
	yh_jw_id(rq->w, "id", &r.id);
	yh_jw_str(rq->w, "state", "waiting");
	yh_jw_str(rq->w, "wait", rq->location);
	return YH_OK;
}

/* What came of it; where nothing was left, this itself says so. */
static enum yh_rc write_result(struct yh_req *rq, const struct yh_settlement_ask_row *a,
			       struct yh_err *err)
{
	struct yh_settlement_row s;
	struct yh_err why = { 0 };
	char text[YH_ID_TEXT];
	enum yh_rc rc = YH_NOT_FOUND;

	if (!yh_id_is_zero(&a->settlement))
		rc = yh_settlement_load(rq->cx.tx, &a->settlement, &s, &why);
	if (rc == YH_OK) {
		yh_jw_str(rq->w, "settlement", s.no);
		yh_jw_str(rq->w, "result",
			  yh_arena_printf(rq->cx.arena, "/api/v1/settlements/%s", s.no));
		return YH_OK;
	}
	if (rc != YH_NOT_FOUND) {
		*err = why;
		return rc;
	}
	yh_jw_null(rq->w, "settlement");
	yh_jw_int(rq->w, "statements", 0);
	yh_list_say(rq, "says", "settlement-nothing-left", NULL);
	yh_jw_str(rq->w, "result",
		  yh_arena_printf(rq->cx.arena, "/api/v1/settlement-runs/%s",
				  yh_id_text(&a->id, text)));
	return YH_OK;
}

static enum yh_rc asked(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct settle_in *i = in;
	struct yh_settlement_ask_row a;
	struct yh_cloud_row cloud;
	enum yh_rc rc = yh_settlement_ask_load(rq->cx.tx, &i->run, rq->cx.arena, &a, err);

	if (rc == YH_OK && !yh_id_eq(&a.person, &rq->cx.actor->person))
		rc = yh_fail(err, YH_NOT_FOUND, "settlement-ask-unknown");
	if (rc == YH_OK)
		rc = yh_cloud_load(rq->cx.tx, &a.cloud, rq->cx.arena, &cloud, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "id", &a.id);
	yh_jw_str(rq->w, "cloud", cloud.code);
	yh_view_month(rq, "month", a.month);
	yh_list_asked(rq, &a.how);
	return a.how.ended_at && !a.how.fault[0] ? write_result(rq, &a, err) : YH_OK;
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
	  YH_OP_WRITE | YH_OP_LATER | YH_OP_NOUN, NULL, NULL, run_body, IN, run, NULL,
	  "核算一个月的费用（草稿）",
	  "Reckon a month: drafts of its statements, which may be reckoned again",
	  .reply = "{id:id state wait}" },
	{ "settle.asked", YH_GET, "/api/v1/settlement-runs/{run}", "settlement.compute", 0,
	  run_path, NULL, NULL, IN, asked, NULL, "所要求的核算进展如何",
	  "How far the reckoning of a month one asked for has come",
	  .reply =
		  "{id:id cloud month state:waiting|running|done|failed asked_at:time "
		  "begun_at:time|null ended_at:time|null steps:int steps_done:int settlement?|null "
		  "statements?:int result? says? slug? sentence? figures?:object}" },
	{ "settle.list", YH_GET, "/api/v1/settlements", "settlement.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, columns, "结算列表，最新在前", "Settlements, newest first",
	  .reply = "@Settlement" },
	{ "settle.show", YH_GET, "/api/v1/settlements/{settlement}", "settlement.read", 0,
	  settlement_path, NULL, NULL, IN, show, NULL, "查看一次结算", "Show a settlement",
	  .reply = "{cloud @Settlement case|null}" },
};

const struct yh_op_table yh_ops_settle = { ops, sizeof ops / sizeof ops[0] };
