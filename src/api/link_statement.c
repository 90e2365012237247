/* At a district: what the city bills its units for municipal resources, beside what those come to
 * by what the link brought. */
#include "api/api.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "link/stream.h"
#include "services/settle/settle.h"
#include "store/link_statement.h"
#include "store/party.h"

struct statement_in {
	const char *month;
};
static const struct yh_field query[] = {
	{ "month", YH_F_CODE, offsetof(struct statement_in, month), 0, .max = 7,
	  .about = "2026-10; the last one when absent" },
	{ 0 },
};

struct comparing {
	struct yh_link_peer city;
	struct yh_preview_ask ask;
	struct yh_link_billed *billed;
	size_t n_billed;
	struct yh_preview_line *reckoned;
	size_t n_reckoned;
};

static enum yh_rc find(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct comparing *c = arg;
	bool found;
	enum yh_rc rc = yh_link_city(rq->cx.tx, &c->city, &found, err);

	if (rc == YH_OK && !found)
		rc = yh_fail(err, YH_NOT_FOUND, "link-unknown");
	if (rc != YH_OK)
		return rc;
	c->ask.month.cloud = c->city.cloud;
	return yh_link_billed(rq->cx.tx, &c->city.cloud, c->ask.month.month, rq->cx.arena,
			      &c->billed, &c->n_billed, err);
}

static enum yh_rc write_line(struct yh_req *rq, const struct yh_id *id,
			     const struct yh_link_billed *b, const struct yh_preview_line *l,
			     int64_t *difference, struct yh_err *err)
{
	int64_t billed = b ? b->use_fen : 0, reckoned = l ? l->was_fen : 0;
	struct yh_org_row unit;
	enum yh_rc rc = yh_org_load(rq->cx.tx, id, rq->cx.arena, &unit, err);

	if (rc != YH_OK)
		return rc;
	*difference += reckoned - billed;
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "unit", unit.name);
	yh_jw_str(rq->w, "unit_code", unit.code);
	yh_jw_int(rq->w, "statements", b ? b->statements : 0);
	yh_view_fen(rq, "billed", billed);
	yh_view_fen(rq, "corrections", b ? b->total_fen - b->use_fen : 0);
	yh_view_fen(rq, "reckoned", reckoned);
	yh_view_fen(rq, "difference", reckoned - billed);
	yh_jw_str(rq->w, "stopped", l && l->stopped ? l->slug : NULL);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static const struct yh_preview_line *reckoned_of(const struct comparing *c,
						 const struct yh_id *unit)
{
	for (size_t i = 0; i < c->n_reckoned; i++)
		if (yh_id_eq(&c->reckoned[i].unit, unit))
			return &c->reckoned[i];
	return NULL;
}

static bool is_billed(const struct comparing *c, const struct yh_id *unit)
{
	for (size_t i = 0; i < c->n_billed; i++)
		if (yh_id_eq(&c->billed[i].unit, unit))
			return true;
	return false;
}

static enum yh_rc write(struct yh_req *rq, void *arg, struct yh_err *err)
{
	const struct comparing *c = arg;
	int64_t difference = 0;
	enum yh_rc rc = YH_OK;

	yh_view_month(rq, "month", c->ask.month.month);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; rc == YH_OK && i < c->n_billed; i++)
		rc = write_line(rq, &c->billed[i].unit, &c->billed[i],
				reckoned_of(c, &c->billed[i].unit), &difference, err);
	for (size_t i = 0; rc == YH_OK && i < c->n_reckoned; i++)
		if (!is_billed(c, &c->reckoned[i].unit))
			rc = write_line(rq, &c->reckoned[i].unit, NULL, &c->reckoned[i],
					&difference, err);
	yh_jw_end_arr(rq->w);
	yh_view_fen(rq, "difference", difference);
	return rc;
}

static yh_day last_month(yh_day today)
{
	struct yh_date d = yh_date_of(today);

	d.day = 1;
	d = yh_date_of(yh_day_from_date(d) - 1);
	d.day = 1;
	return yh_day_from_date(d);
}

static enum yh_rc statements(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct statement_in *s = in;
	struct comparing c = { .ask.month.month = last_month(yh_ctx_today(&rq->cx)) };
	enum yh_rc rc =
		s->month ? yh_month_parse(s->month, "?month", &c.ask.month.month, err) : YH_OK;

	if (rc == YH_OK)
		rc = yh_req_read(rq, find, &c, err);
	if (rc == YH_OK)
		rc = yh_settle_preview(rq->cx.world, &c.ask, rq->cx.arena, &c.reckoned,
				       &c.n_reckoned, err);
	return rc == YH_OK ? yh_req_read(rq, write, &c, err) : rc;
}

static const struct yh_column columns[] = {
	YH_COL("代码", "CODE", "unit_code"),
	YH_COL("单位", "UNIT", "unit"),
	YH_COL("结算单", "STATEMENTS", "statements"),
	YH_COL("市级结算（元）", "BILLED", "billed"),
	YH_COL("其中更正另计", "CORRECTIONS", "corrections"),
	YH_COL("本区核算（元）", "RECKONED", "reckoned"),
	YH_COL("差额", "DIFFERENCE", "difference"),
	YH_COL("未能核算", "STOPPED", "stopped"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "link.statements", YH_GET, "/api/v1/link/statements", "link.read",
	  YH_OP_ASIDE | YH_OP_SUMS, NULL, query, NULL, sizeof(struct statement_in), statements,
	  columns, "市里对本区单位的结算，与本区按传来的数据核算的对照（在区里用）",
	  "What the city bills the district's units, beside what the district reckons; at a "
	  "district",
	  .reply = "{month items:[{unit unit_code statements:int billed:money corrections:money "
		   "reckoned:money difference:money stopped|null}] difference:money}" },
};

const struct yh_op_table yh_ops_link_statement = { ops, sizeof ops / sizeof ops[0] };
