/* How fast cases are decided: by body, procedure and step, and by month. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "api/settle_view.h"
#include "services/overview/decisions.h"
#include "services/project/project.h"
#include "services/settle/month.h"

enum { MONTHS_MOST = 120, MONTHS_USUAL = 12 };

struct decisions_in {
	const char *from, *to, *cloud, *procedure;
};
#define AT(field) offsetof(struct decisions_in, field)
static const struct yh_field query[] = {
	{ "from", YH_F_CODE, AT(from), 0, .max = 7, .about = "first month, 2026-01; a year back" },
	{ "to", YH_F_CODE, AT(to), 0, .max = 7, .about = "last month; the present one" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "cloud, by code or id" },
	{ "procedure", YH_F_CODE, AT(procedure), 0, .max = 47, .about = "procedure" },
	{ 0 },
};

static void write_share(struct yh_req *rq, int64_t on_time, int64_t late, int64_t unclocked)
{
	int64_t share = yh_on_time_milli(on_time, late);

	yh_jw_int(rq->w, "decided", on_time + late + unclocked);
	yh_jw_int(rq->w, "on_time", on_time);
	yh_jw_int(rq->w, "late", late);
	if (share < 0)
		yh_jw_null(rq->w, "on_time_milli");
	else
		yh_jw_int(rq->w, "on_time_milli", share);
}

static void write_days(struct yh_req *rq, const char *key, int64_t days)
{
	if (days < 0)
		yh_jw_null(rq->w, key);
	else
		yh_jw_int(rq->w, key, days);
}

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_decisions_line *l = row;

	yh_jw_str(rq->w, "org", l->org_code);
	yh_jw_str(rq->w, "org_name", l->org_name);
	yh_jw_str(rq->w, "procedure", l->procedure);
	yh_list_titled(rq, "procedure", yh_view_today_title(rq, l->procedure, NULL));
	yh_jw_str(rq->w, "step", l->step);
	yh_list_titled(rq, "step", yh_view_today_title(rq, l->procedure, l->step));
	write_share(rq, l->on_time, l->late, l->unclocked);
	write_days(rq, "median_wd", l->median_wd);
	write_days(rq, "p90_wd", l->p90_wd);
	yh_jw_int(rq->w, "open", l->open);
	yh_jw_int(rq->w, "overdue", l->overdue);
}

static void write_month(struct yh_req *rq, const void *row)
{
	const struct yh_step_month_row *m = row;

	yh_view_month(rq, "month", m->month);
	write_share(rq, m->on_time, m->late, m->unclocked);
}

static yh_day months_back(yh_day month, int n)
{
	struct yh_date d = yh_date_of(month);
	int at = d.year * 12 + d.month - 1 - n;

	return yh_day_from_date((struct yh_date){ at / 12, at % 12 + 1, 1 });
}

static enum yh_rc read_months(const struct decisions_in *in, yh_day today, struct yh_step_ask *ask,
			      struct yh_err *err)
{
	struct yh_date d = yh_date_of(today);
	enum yh_rc rc = YH_OK;

	d.day = 1;
	ask->to = yh_day_from_date(d);
	if (in->to)
		rc = yh_month_parse(in->to, "?to", &ask->to, err);
	ask->from = months_back(ask->to, MONTHS_USUAL - 1);
	if (rc == YH_OK && in->from)
		rc = yh_month_parse(in->from, "?from", &ask->from, err);
	if (rc != YH_OK)
		return rc;
	if (ask->from > ask->to)
		return yh_fail_field(err, YH_BAD_INPUT, "months-order", "?from");
	if (ask->from < months_back(ask->to, MONTHS_MOST - 1)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "months-many", "?from");
		yh_err_int(err, "max", MONTHS_MOST);
	}
	return rc;
}

static enum yh_rc decisions(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct decisions_in *q = in;
	struct yh_step_ask ask = { .who = yh_viewer_of(&rq->cx, rq->relation),
				   .procedure = q->procedure ? q->procedure : "" };
	struct yh_decisions d;
	enum yh_rc rc = read_months(q, ask.who.today, &ask, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, q->cloud, "?cloud", &ask.cloud, err);
	if (rc == YH_OK)
		rc = yh_decisions(&rq->cx, &ask, &d, err);
	if (rc != YH_OK)
		return rc;
	yh_view_month(rq, "from", ask.from);
	yh_view_month(rq, "to", ask.to);
	yh_jw_int(rq->w, "pending", d.pending);
	yh_list_write(rq, "items", d.lines, d.n, sizeof *d.lines, write_line);
	yh_list_write(rq, "months", d.months, d.n_months, sizeof *d.months, write_month);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("单位", "BODY", "org_name"),
	YH_COL("事项", "PROCEDURE", "procedure_title"),
	YH_COL("环节", "STEP", "step_title"),
	YH_COL("已办", "DECIDED", "decided"),
	YH_COL("按时", "ON TIME", "on_time"),
	YH_COL("超期", "LATE", "late"),
	YH_COL("按时率‰", "ON TIME ‰", "on_time_milli"),
	YH_COL("中位工作日", "MEDIAN WD", "median_wd"),
	YH_COL("九成工作日", "P90 WD", "p90_wd"),
	YH_COL("在办", "OPEN", "open"),
	YH_COL("在办超期", "OVERDUE", "overdue"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "statistics.decisions", YH_GET, "/api/v1/statistics/decisions", "statistics.read", 0,
	  NULL, query, NULL, sizeof(struct decisions_in), decisions, columns,
	  "各单位各环节的按时率与用时",
	  "On-time rates and working days used, by body, procedure and step",
	  .reply = "{from to pending:int items:[{org org_name procedure procedure_title step "
		   "step_title @Share median_wd:int|null p90_wd:int|null open:int overdue:int}] "
		   "months:[{month @Share}]}" },
};

const struct yh_op_table yh_ops_statistics = { ops, sizeof ops / sizeof ops[0] };
