/* Closed years of a cloud, and what is missing before one can be closed. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/year/year.h"

struct year_in {
	const char *cloud;
	int64_t year;
};
#define AT(field) offsetof(struct year_in, field)
static const struct yh_field cloud_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ 0 },
};
static const struct yh_field year_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "year", YH_F_INT, AT(year), YH_REQUIRED, 1970, 2198, .about = "year" },
	{ 0 },
};

static void write_year(struct yh_req *rq, const void *row)
{
	const struct yh_closed_year_row *y = row;

	yh_jw_int(rq->w, "year", y->year);
	yh_jw_str(rq->w, "case", y->case_no);
	yh_jw_time(rq->w, "closed_at", y->closed_at);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_closed_year_row *rows;
	struct yh_id cloud;
	size_t n;
	enum yh_rc rc = yh_ref_own_cloud(rq, ((const struct year_in *)in)->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_closed_year_list(rq->cx.tx, &cloud, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_year);
	return rc;
}

static void write_item(struct yh_req *rq, const void *row)
{
	const struct yh_year_item *i = row;

	yh_list_word(rq, "what", "year-item", i->what);
	yh_jw_str(rq->w, "period", i->period);
	yh_jw_bool(rq->w, "done", i->done);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct year_in *y = in;
	struct yh_year_list l;
	struct yh_id cloud;
	bool ready = true;
	enum yh_rc rc = yh_ref_own_cloud(rq, y->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_year_checklist(&rq->cx, &cloud, y->year, &l, err);
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < l.n; i++)
		ready = ready && l.items[i].done;
	yh_jw_int(rq->w, "year", y->year);
	yh_jw_bool(rq->w, "closed", l.closed);
	yh_jw_bool(rq->w, "ready", ready && !l.closed);
	yh_jw_str(rq->w, "case", l.closed ? l.row.case_no : NULL);
	yh_jw_time(rq->w, "closed_at", l.row.closed_at);
	yh_list_write(rq, "items", l.items, l.n, sizeof *l.items, write_item);
	return YH_OK;
}

static const struct yh_column year_columns[] = {
	YH_COL("年度", "YEAR", "year"),
	YH_COL("案号", "CASE", "case"),
	YH_COL("年结", "CLOSED", "closed_at"),
	{ 0 },
};
static const struct yh_column item_columns[] = {
	YH_COL("事项", "WHAT", "what"),
	YH_COL("期间", "PERIOD", "period"),
	YH_COL("已完成", "DONE", "done"),
	{ 0 },
};

#define IN sizeof(struct year_in)
static const struct yh_op ops[] = {
	{ "year.list", YH_GET, "/api/v1/clouds/{cloud}/years", "report.read", 0, cloud_path, NULL,
	  NULL, IN, list, year_columns, "已年结的年度", "Closed years of a cloud",
	  .reply = "{items:[{year:int case closed_at:time}]}" },
	{ "year.show", YH_GET, "/api/v1/clouds/{cloud}/years/{year}", "report.read", 0, year_path,
	  NULL, NULL, IN, show, item_columns, "年结清单：还缺什么",
	  "Whether a year is closed, and what closing it asks for",
	  .reply = "{year:int closed:bool ready:bool case|null closed_at:time|null "
		   "items:[{what:over|settlement|report what_title period done:bool}]}" },
};

const struct yh_op_table yh_ops_year = { ops, sizeof ops / sizeof ops[0] };
