/* Districts side by side (Art. 12, 13): quota and use, what waits, how fresh their figures are. */
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "api/city.h"
#include "api/list.h"
#include "link/lag.h"
#include "services/overview/decisions.h"
#include "store/overview.h"

enum { LEASE_DAYS = 30, DECIDED_DAYS = 90 };

struct district {
	struct yh_district_row row;
	const struct yh_platform_cloud *cloud;
	struct yh_city_dim *dims;
	size_t n_dims;
	bool linked;
	int64_t lag_s; /* of its link */
};

struct list {
	struct yh_platform_cloud *clouds;
	size_t n_clouds;
	struct district *items;
	size_t n;
	yh_day since;
};

static const struct yh_platform_cloud *cloud_of(const struct list *l, const char *district)
{
	for (size_t i = 0; i < l->n_clouds; i++)
		if (strcmp(l->clouds[i].row.level, "district") == 0 &&
		    strcmp(l->clouds[i].row.district, district) == 0)
			return &l->clouds[i];
	return NULL;
}

/* The first of the month that lies so long back: sums are kept by month. */
static yh_day decided_since(yh_day today)
{
	struct yh_date d = yh_date_of(today - DECIDED_DAYS);

	d.day = 1;
	return yh_day_from_date(d);
}

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct yh_ctx *cx = &rq->cx;
	yh_day today = yh_ctx_today(cx);
	struct list *l = arg;
	struct yh_district_row *rows;
	size_t n;
	enum yh_rc rc = yh_platform_clouds(cx->tx, cx->arena, &l->clouds, &l->n_clouds, err);

	l->since = decided_since(today);
	l->n = 0;
	if (rc == YH_OK)
		rc = yh_districts(cx->tx, cx->now, today + LEASE_DAYS, l->since, cx->arena, &rows,
				  &n, err);
	if (rc == YH_OK && !(l->items = YH_NEW_N(cx->arena, struct district, n + 1)))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct district *d = &l->items[l->n];
		bool seen;

		rc = yh_city_sees(rq, rows[i].district, &seen, err);
		if (rc != YH_OK || !seen)
			continue;
		*d = (struct district){ .row = rows[i], .cloud = cloud_of(l, rows[i].district) };
		if (!d->cloud)
			continue;
		rc = yh_city_dims(cx, &d->cloud->row.id, &d->dims, &d->n_dims, err);
		if (rc == YH_OK)
			rc = yh_link_lag_of(cx->tx, d->row.district, cx->now, cx->arena, &d->linked,
					    &d->lag_s, err);
		l->n++;
	}
	return rc;
}

static void write_use(struct yh_req *rq, const struct district *d)
{
	struct yh_load load = { 0 };
	yh_time fresh_at = d->cloud->heard_ms * 1000;

	yh_platform_load(d->cloud, &load);
	yh_city_write_dims(rq, d->cloud, d->dims, d->n_dims);
	yh_city_ratio(rq->w, "cpu_ratio", load.used_cores, load.cores);
	yh_city_ratio(rq->w, "memory_ratio", load.used_memory_bytes, load.memory_bytes);
	yh_jw_time(rq->w, "fresh_at", fresh_at);
	if (fresh_at)
		yh_jw_int(rq->w, "age_s",
			  rq->cx.now > fresh_at ? (rq->cx.now - fresh_at) / YH_US_PER_S : 0);
	else
		yh_jw_null(rq->w, "age_s");
}

static void write_district(struct yh_req *rq, const void *row)
{
	const struct district *d = row;
	int64_t share = yh_on_time_milli(d->row.on_time, d->row.late);

	yh_jw_str(rq->w, "district", d->row.district);
	yh_jw_str(rq->w, "cloud", d->cloud->row.code);
	yh_jw_str(rq->w, "cloud_name", d->cloud->row.name);
	write_use(rq, d);
	if (d->linked)
		yh_jw_int(rq->w, "lag_s", d->lag_s);
	else
		yh_jw_null(rq->w, "lag_s");
	yh_jw_int(rq->w, "units", d->row.units);
	yh_jw_int(rq->w, "resources", d->row.resources);
	yh_jw_int(rq->w, "steps_open", d->row.steps_open);
	yh_jw_int(rq->w, "steps_overdue", d->row.steps_overdue);
	yh_jw_int(rq->w, "findings_open", d->row.findings_open);
	yh_jw_int(rq->w, "leases_ending", d->row.leases_ending);
	yh_jw_int(rq->w, "decided", d->row.on_time + d->row.late + d->row.unclocked);
	yh_jw_int(rq->w, "on_time", d->row.on_time);
	yh_jw_int(rq->w, "late", d->row.late);
	if (share < 0)
		yh_jw_null(rq->w, "on_time_milli");
	else
		yh_jw_int(rq->w, "on_time_milli", share);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct list l = { 0 };
	enum yh_rc rc = yh_req_read(rq, gather, &l, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_platform_read(rq->cx.world, l.clouds, l.n_clouds, rq->cx.arena, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_day(rq->w, "since", l.since);
	yh_list_write(rq, "items", l.items, l.n, sizeof *l.items, write_district);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("区", "DISTRICT", "district"),
	YH_COL("资源", "RESOURCES", "resources"),
	YH_COL("在办", "OPEN", "steps_open"),
	YH_COL("超期", "OVERDUE", "steps_overdue"),
	YH_COL("发现", "FINDINGS", "findings_open"),
	YH_COL("将到期", "ENDING", "leases_ending"),
	YH_COL("按时率‰", "ON TIME ‰", "on_time_milli"),
	YH_COL("数据时刻", "FRESH", "fresh_at"),
	YH_COL("滞后秒", "LAG S", "lag_s"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "district.list", YH_GET, "/api/v1/districts", "district.read", YH_OP_ASIDE, NULL, NULL,
	  NULL, 0, list, columns, "各区并列：配额、使用、时效与数据新鲜度",
	  "Districts side by side: quota, use, how fast is decided, how fresh the figures are",
	  .reply = "{since:day items:[{district cloud cloud_name dimensions:[@CityDimension] "
		   "cpu_ratio:num|null memory_ratio:num|null fresh_at:time|null age_s:int|null "
		   "lag_s:int|null units:int resources:int steps_open:int steps_overdue:int "
		   "findings_open:int "
		   "leases_ending:int @Share}]}" },
};

const struct yh_op_table yh_ops_district = { ops, sizeof ops / sizeof ops[0] };
