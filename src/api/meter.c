/* What the meter knows: latest, history, utilisation, a cloud's platform, the meter's own state. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/meter_text.h"
#include "http/input.h"
#include "services/meter/access.h"
#include "services/project/project.h"
#include "store/party.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS INT64_C(86400000)

struct meter_in {
	const char *resource, *unit, *project, *cloud, *metric, *from, *to, *step, *window, *source;
	int64_t quantile, below;
};

#define AT(field) offsetof(struct meter_in, field)
static const struct yh_field latest_query[] = {
	{ "unit", YH_F_CODE, AT(unit), 0, .about = "of this unit, code or id" },
	{ "project", YH_F_CODE, AT(project), 0, .about = "of this project, code or id" },
	{ "resource", YH_F_CODE, AT(resource), 0, .about = "of this resource, number or id" },
	{ "metric", YH_F_LINE, AT(metric), 0, .max = YH_METER_NAME_BYTES,
	  .about = "only this one" },
	{ 0 },
};
static const struct yh_field history_path[] = {
	{ "resource", YH_F_CODE, AT(resource), YH_REQUIRED, .about = "number or id" },
	{ 0 },
};
static const struct yh_field history_query[] = {
	{ "metric", YH_F_LINE, AT(metric), 0, .max = YH_METER_NAME_BYTES,
	  .about = "only this one" },
	{ "from", YH_F_LINE, AT(from), 0, .max = 40,
	  .about = "day, instant or -24h; 24 hours ago" },
	{ "to", YH_F_LINE, AT(to), 0, .max = 40, .about = "day, instant or -1h; now" },
	{ "step", YH_F_LINE, AT(step), 0, .max = 12, .about = "30s, 5m, 1h, 1d; 1h" },
	{ 0 },
};
static const struct yh_field utilisation_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .about = "on this cloud, code or id" },
	{ "metric", YH_F_LINE, AT(metric), 0, .max = YH_METER_NAME_BYTES,
	  .about = "resource_cpu_usage_ratio" },
	{ "window", YH_F_LINE, AT(window), 0, .max = 12, .about = "how long; 30d" },
	{ "to", YH_F_LINE, AT(to), 0, .max = 40, .about = "until when; now" },
	{ "quantile", YH_F_MILLI, AT(quantile), 0, 1, 1000, .about = "0.001 to 1; 0.95" },
	{ "below", YH_F_MILLI, AT(below), 0, .about = "only where the quantile is below this" },
	{ "source", YH_F_WORD, AT(source), 0, .choices = "exact|sketch",
	  .about = "raw samples, or whole days' sketches (within 1.6 %)" },
	{ 0 },
};
static const struct yh_field cloud_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .about = "cloud, code or id" },
	{ 0 },
};

static int64_t now_ms(const struct yh_req *rq)
{
	return rq->cx.now / 1000;
}

/* ---- latest ---- */

struct latest {
	const struct meter_in *in;
	struct yh_resource_line *rows;
	size_t n;
};

static enum yh_rc find_resources(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct latest *l = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_resource_filter f = {
		.state = "", .kind = "", .after = rq->cursor, .limit = yh_list_ask(rq)
	};
	struct yh_size_row *sizes;
	enum yh_rc rc = YH_OK;

	if (l->in->resource) {
		l->rows = YH_NEW(rq->cx.arena, struct yh_resource_line);
		if (!l->rows)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		rc = yh_ref_resource(&rq->cx, l->in->resource, &f.id, err);
		if (rc == YH_OK)
			rc = yh_resource_get(&rq->cx, &who, &f.id, l->rows, &sizes, &l->n, err);
		l->n = 1;
		return rc;
	}
	if (l->in->project)
		rc = yh_ref_project_filter(&rq->cx, l->in->project, &f.project, err);
	if (rc == YH_OK && l->in->unit)
		rc = yh_ref_org(&rq->cx, l->in->unit, &f.unit, err);
	if (rc == YH_OK)
		rc = yh_resource_page(rq->cx.tx, &who, &f, rq->cx.arena, &l->rows, &l->n, err);
	return rc;
}

static const struct yh_resource_line *line_of(const struct latest *l, const char *no)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->rows[i].row.no, no) == 0)
			return &l->rows[i];
	return NULL;
}

static enum yh_rc latest(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct latest l = { .in = in };
	const char *nos[YH_PAGE_MAX];
	struct yh_meter_line *lines;
	size_t n = 0, shown;
	enum yh_rc rc;

	if (!!l.in->unit + !!l.in->project + !!l.in->resource != 1)
		return yh_fail(err, YH_BAD_INPUT, "meter-about-one");
	rc = yh_req_read(rq, find_resources, &l, err);
	if (rc != YH_OK)
		return rc;
	shown = l.n > rq->limit ? rq->limit : l.n;
	for (size_t i = 0; i < shown; i++)
		nos[i] = l.rows[i].row.no;
	rc = yh_meter_lines(rq->cx.world, nos, shown, l.in->metric, 0, NULL, rq->cx.arena, &lines,
			    &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		const struct yh_resource_line *r = line_of(&l, lines[i].series.resource);

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "name", r ? r->row.name : NULL);
		yh_meter_write_line(rq->w, &lines[i]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next", l.n > rq->limit ? l.rows[shown - 1].row.no : NULL);
	return YH_OK;
}

/* ---- history ---- */

static enum yh_rc find_one(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct latest *l = arg;
	struct yh_meter *meter;
	enum yh_rc rc = yh_meter_of(rq->cx.world, &meter, err);

	return rc == YH_OK ? find_resources(rq, l, err) : rc;
}

static enum yh_rc read_span(struct yh_req *rq, const struct meter_in *in,
			    struct yh_meter_span *span, struct yh_err *err)
{
	int64_t now = now_ms(rq);
	enum yh_rc rc = yh_meter_instant(in->to, "?to", now, now, &span->to_ms, err);

	if (rc == YH_OK)
		rc = yh_meter_instant(in->from, "?from", now, span->to_ms - DAY_MS, &span->from_ms,
				      err);
	if (rc == YH_OK)
		rc = yh_meter_length(in->step, "?step", HOUR_MS, &span->step_ms, err);
	if (rc == YH_OK && span->from_ms >= span->to_ms)
		rc = yh_fail_field(err, YH_BAD_INPUT, "instant-order", "?from");
	return rc;
}

static void write_row(struct yh_req *rq, const void *row)
{
	const struct yh_meter_row *r = row;
	const struct yh_meter_bucket *b = &r->bucket;

	yh_meter_write_ms(rq->w, "from", b->from_ms);
	yh_meter_write_name(rq->w, &r->series);
	yh_jw_int(rq->w, "count", (int64_t)b->count);
	yh_jw_real(rq->w, "mean", b->sum / (double)b->count);
	yh_jw_real(rq->w, "min", b->min);
	yh_jw_real(rq->w, "max", b->max);
	yh_jw_real(rq->w, "first", b->first);
	yh_jw_real(rq->w, "last", b->last);
	yh_jw_real(rq->w, "rise", b->rise);
}

static enum yh_rc history(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct latest l = { .in = in };
	struct yh_meter_span span;
	struct yh_meter_row *rows;
	size_t n;
	enum yh_rc rc = read_span(rq, in, &span, err);

	if (rc == YH_OK)
		rc = yh_req_read(rq, find_one, &l, err);
	if (rc == YH_OK)
		rc = yh_meter_rows(rq->cx.world, l.rows->row.no, l.in->metric, &span, rq->cx.arena,
				   &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_meter_write_ms(rq->w, "from", span.from_ms);
	yh_meter_write_ms(rq->w, "to", span.to_ms);
	yh_jw_int(rq->w, "step_seconds", span.step_ms / 1000);
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_row);
	return YH_OK;
}

/* ---- utilisation ---- */

/* Resources are looked at in the order of their numbers, more at once the fewer of them had
 * anything to show; a page ends when so many were looked at, however few it has. */
enum { LOOK_FIRST = 256, LOOK_MOST = 2048, LOOKED_MOST = 4096 };

struct utilisation {
	struct yh_meter_use_filter filter;
	const struct meter_in *in;
	char after[YH_CURSOR_MAX + 1]; /* number of the resource that was looked at last */
	uint32_t look;
	struct yh_resource_line *rows; /* one more than `look`, where there are so many */
	size_t n_rows, looked;
	struct use_line {
		struct yh_meter_use use;
		const struct yh_resource_line *resource;
	} * lines;
	size_t n_lines;
};

static enum yh_rc find_more(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct utilisation *u = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_resource_filter f = {
		.state = "", .kind = "", .after = u->after, .limit = u->look + 1
	};
	enum yh_rc rc = yh_ref_cloud(&rq->cx, u->in->cloud, &f.cloud, err);

	return rc == YH_OK ? yh_resource_page(rq->cx.tx, &who, &f, rq->cx.arena, &u->rows,
					      &u->n_rows, err)
			   : rc;
}

/* Both are by number. */
static void add_lines(struct utilisation *u, const struct yh_meter_use *uses, size_t n, size_t most)
{
	size_t r = 0;

	for (size_t i = 0; i < n && u->n_lines < most; i++) {
		while (strcmp(u->rows[r].row.no, uses[i].series.resource) != 0)
			r++;
		u->lines[u->n_lines++] = (struct use_line){ uses[i], &u->rows[r] };
	}
}

static enum yh_rc look_further(struct yh_req *rq, struct utilisation *u, bool *more,
			       struct yh_err *err)
{
	const char **nos;
	struct yh_meter_use *uses;
	size_t n = 0;
	enum yh_rc rc = yh_req_read(rq, find_more, u, err);

	if (rc != YH_OK)
		return rc;
	*more = u->n_rows > u->look;
	u->n_rows -= *more;
	nos = YH_NEW_N(rq->cx.arena, const char *, u->n_rows + 1);
	if (!nos)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < u->n_rows; i++)
		nos[i] = u->rows[i].row.no;
	u->filter.resources = nos;
	u->filter.n_resources = u->n_rows;
	if (u->n_rows)
		rc = yh_meter_uses(rq->cx.world, &u->filter, rq->cx.arena, &uses, &n, err);
	if (rc != YH_OK)
		return rc;
	add_lines(u, uses, n, yh_list_ask(rq));
	u->looked += u->n_rows;
	if (u->n_rows)
		(void)snprintf(u->after, sizeof u->after, "%s", nos[u->n_rows - 1]);
	return rc;
}

static void write_use(struct yh_req *rq, const void *row)
{
	const struct use_line *l = row;
	const struct yh_meter_usage *u = &l->use.usage;

	yh_jw_str(rq->w, "name", l->resource->row.name);
	yh_jw_str(rq->w, "unit", l->resource->unit_name);
	yh_jw_str(rq->w, "project", l->resource->project_code);
	yh_meter_write_name(rq->w, &l->use.series);
	yh_jw_int(rq->w, "count", (int64_t)u->count);
	yh_jw_real(rq->w, "min", u->min);
	yh_jw_real(rq->w, "mean", u->mean);
	yh_jw_real(rq->w, "max", u->max);
	yh_jw_real(rq->w, "quantile", u->quantile);
	yh_meter_write_ms(rq->w, "first", u->first_ms);
	yh_meter_write_ms(rq->w, "last", u->last_ms);
	yh_jw_milli(rq->w, "coverage", u->slots ? (int64_t)u->filled * 1000 / u->slots : 0);
}

static enum yh_rc read_filter(struct yh_req *rq, const struct meter_in *in,
			      struct yh_meter_use_filter *f, struct yh_err *err)
{
	int64_t now = now_ms(rq), window;
	enum yh_rc rc = yh_meter_length(in->window, "?window", 30 * DAY_MS, &window, err);

	*f = (struct yh_meter_use_filter){
		.metric = in->metric ? in->metric : "resource_cpu_usage_ratio",
		.after = "",
		.quantile = (double)(in->quantile ? in->quantile : 950) / 1000,
		.has_below = in->below != 0,
		.below = (double)in->below / 1000,
		.source = in->source && strcmp(in->source, "sketch") == 0 ? YH_METER_SKETCH
									  : YH_METER_EXACT,
	};
	if (rc == YH_OK)
		rc = yh_meter_instant(in->to, "?to", now, now, &f->to_ms, err);
	if (rc != YH_OK)
		return rc;
	if (f->source == YH_METER_SKETCH) { /* whole days only */
		f->to_ms = yh_day_start(yh_day_of(f->to_ms * 1000)) / 1000;
		window = (window + DAY_MS - 1) / DAY_MS * DAY_MS;
	}
	f->from_ms = f->to_ms - window;
	return YH_OK;
}

/* A page ends with a resource, since its cursor is one: series of the last one that do not fit are
 * on the next page, with all of its series. */
static void whole_resources(struct utilisation *u, size_t limit)
{
	size_t n = u->n_lines;

	while (n > 1 && u->lines[n - 1].resource == u->lines[n - 2].resource)
		n--;
	u->n_lines = n > 1 ? n - 1 : limit;
	(void)snprintf(u->after, sizeof u->after, "%s", u->lines[u->n_lines - 1].resource->row.no);
}

static uint32_t next_look(const struct utilisation *u)
{
	uint32_t left = u->looked < LOOKED_MOST ? LOOKED_MOST - (uint32_t)u->looked : 0;
	uint32_t look = u->look * 4 < LOOK_MOST ? u->look * 4 : LOOK_MOST;

	return look < left ? look : left;
}

static enum yh_rc gather_uses(struct yh_req *rq, struct utilisation *u, bool *more,
			      struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*more = true;
	u->lines = YH_NEW_N(rq->cx.arena, struct use_line, (size_t)yh_list_ask(rq));
	if (!u->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)snprintf(u->after, sizeof u->after, "%s", rq->cursor);
	for (u->look = LOOK_FIRST;
	     rc == YH_OK && *more && u->n_lines <= rq->limit && u->looked < LOOKED_MOST;
	     u->look = next_look(u))
		rc = look_further(rq, u, more, err);
	if (rc == YH_OK && u->n_lines > rq->limit) {
		whole_resources(u, rq->limit);
		*more = true;
	}
	return rc;
}

static enum yh_rc utilisation(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct utilisation u = { .in = in };
	bool more = false;
	enum yh_rc rc = read_filter(rq, in, &u.filter, err);

	if (rc == YH_OK)
		rc = gather_uses(rq, &u, &more, err);
	if (rc != YH_OK)
		return rc;
	yh_meter_write_ms(rq->w, "from", u.filter.from_ms);
	yh_meter_write_ms(rq->w, "to", u.filter.to_ms);
	yh_jw_str(rq->w, "source", u.filter.source == YH_METER_SKETCH ? "sketch" : "exact");
	yh_list_write(rq, "items", u.lines, u.n_lines, sizeof *u.lines, write_use);
	yh_jw_str(rq->w, "next", more ? u.after : NULL);
	return YH_OK;
}

/* ---- a cloud's platform ---- */

struct capacity {
	const char *code; /* as asked */
	struct yh_cloud_row cloud;
	const char **providers;
	size_t n_providers;
};

static enum yh_rc find_cloud(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct capacity *c = arg;
	struct yh_id id;
	bool may = false;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, c->code, &id, err);

	if (rc == YH_OK)
		rc = yh_cloud_load(rq->cx.tx, &id, rq->cx.arena, &c->cloud, err);
	if (rc == YH_OK)
		rc = yh_meter_may(&rq->cx, "meter.capacity", "cloud", &id, &may, err);
	if (rc == YH_OK && !may)
		return yh_fail(err, YH_FORBIDDEN, "meter-cloud-other");
	if (rc == YH_OK)
		rc = yh_cloud_bodies(rq->cx.tx, &id, "provider", rq->cx.arena, &c->providers,
				     &c->n_providers, err);
	return rc;
}

static void write_platform(struct yh_req *rq, const void *row)
{
	yh_meter_write_line(rq->w, row);
}

static enum yh_rc capacity(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct capacity c = { .code = ((const struct meter_in *)in)->cloud };
	struct yh_meter_line *lines;
	size_t n;
	enum yh_rc rc = yh_req_read(rq, find_cloud, &c, err);

	if (rc == YH_OK)
		rc = yh_meter_platform(rq->cx.world, c.cloud.code, c.providers, c.n_providers,
				       rq->cx.arena, &lines, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "cloud", c.cloud.code);
	yh_list_write(rq, "items", lines, n, sizeof *lines, write_platform);
	return YH_OK;
}

/* ---- the meter itself ---- */

static enum yh_rc status(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_meter_status s;
	struct yh_meter *m;
	enum yh_rc rc = yh_meter_of(rq->cx.world, &m, err);
	struct yh_jw *w = rq->w;

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_meter_status(m, &s);
	yh_jw_str(w, "backend", s.backend);
	yh_jw_bool(w, "durable", s.durable);
	yh_jw_int(w, "series", (int64_t)s.series);
	yh_jw_int(w, "samples_taken", (int64_t)s.samples_taken);
	yh_jw_int(w, "samples_repeated", (int64_t)s.samples_repeated);
	yh_jw_int(w, "histograms_taken", (int64_t)s.histograms_taken);
	yh_jw_int(w, "bodies", (int64_t)s.bodies);
	yh_jw_obj(w, "refused");
	yh_jw_int(w, "invalid", (int64_t)s.refused_invalid);
	yh_jw_int(w, "foreign", (int64_t)s.refused_foreign);
	yh_jw_int(w, "late", (int64_t)s.refused_late);
	yh_jw_int(w, "future", (int64_t)s.refused_future);
	yh_jw_int(w, "limit", (int64_t)s.refused_limit);
	yh_jw_end_obj(w);
	yh_jw_int(w, "open_rows", (int64_t)s.open_rows);
	yh_jw_int(w, "segments", (int64_t)s.segments);
	yh_jw_int(w, "segment_bytes", (int64_t)s.segment_bytes);
	yh_jw_int(w, "journal_bytes", (int64_t)s.journal_bytes);
	yh_jw_int(w, "index_bytes", (int64_t)s.index_bytes);
	yh_jw_int(w, "syncs", (int64_t)s.syncs);
	yh_jw_int(w, "damaged", (int64_t)s.damaged);
	yh_jw_str(w, "damage", s.damage);
	yh_jw_bool(w, "full", s.full);
	return YH_OK;
}

#define YH_COL_RESOURCE YH_COL("资源", "RESOURCE", "resource")
#define YH_COL_METRIC YH_COL("指标", "METRIC", "metric")
#define YH_COL_MEASURE YH_COL("计量单位", "MEASURE", "measure")
#define YH_COL_LABELS YH_COL("标签", "LABELS", "labels")
static const struct yh_column latest_columns[] = {
	YH_COL_RESOURCE, YH_COL_NAME, YH_COL_METRIC, YH_COL("数值", "VALUE", "value"),
	YH_COL_MEASURE,  YH_COL_TIME, YH_COL_LABELS, { 0 },
};
static const struct yh_column history_columns[] = {
	YH_COL("起始", "FROM", "from"),
	YH_COL_METRIC,
	YH_COL("平均", "MEAN", "mean"),
	YH_COL("最小", "MIN", "min"),
	YH_COL("最大", "MAX", "max"),
	YH_COL("期末", "LAST", "last"),
	YH_COL("增量", "RISE", "rise"),
	YH_COL("样本数", "SAMPLES", "count"),
	YH_COL_MEASURE,
	YH_COL_LABELS,
	{ 0 },
};
static const struct yh_column utilisation_columns[] = {
	YH_COL_RESOURCE,
	YH_COL_NAME,
	YH_COL("使用单位", "UNIT", "unit"),
	YH_COL("平均", "MEAN", "mean"),
	YH_COL("最大", "MAX", "max"),
	YH_COL("分位数", "QUANTILE", "quantile"),
	YH_COL_MEASURE,
	YH_COL("数据完整率", "COVERAGE", "coverage"),
	YH_COL_LABELS,
	{ 0 },
};
static const struct yh_column capacity_columns[] = {
	YH_COL_METRIC, YH_COL("数值", "VALUE", "value"), YH_COL_MEASURE, YH_COL_TIME, YH_COL_LABELS,
	{ 0 },
};

#define IN sizeof(struct meter_in)
static const struct yh_op ops[] = {
	{ "meter.latest", YH_GET, "/api/v1/meter/latest", "meter.read", YH_OP_PAGED | YH_OP_ASIDE,
	  NULL, latest_query, NULL, IN, latest, latest_columns, "资源最新用量",
	  "Latest usage of resources; a page is of resources, not of series",
	  .reply = "{name|null resource @Sample}" },
	{ "meter.history", YH_GET, "/api/v1/meter/history/{resource}", "meter.read", YH_OP_ASIDE,
	  history_path, history_query, NULL, IN, history, history_columns, "资源用量历史",
	  "A resource's usage over time",
	  .reply = "{from:time to:time step_seconds:int items:[{from:time resource @Series "
		   "count:int mean:real min:real max:real first:real last:real rise:real}]}" },
	{ "meter.utilisation", YH_GET, "/api/v1/meter/utilisation", "meter.read",
	  YH_OP_PAGED | YH_OP_ASIDE, NULL, utilisation_query, NULL, IN, utilisation,
	  utilisation_columns, "一段时间的资源利用率", "How resources were used over a window",
	  .reply = "{name unit project resource @Series count:int min:real mean:real max:real "
		   "quantile:real first:time last:time coverage:num} + {from:time to:time "
		   "source:exact|sketch}" },
	{ "meter.capacity", YH_GET, "/api/v1/meter/capacity", "meter.capacity", YH_OP_ASIDE, NULL,
	  cloud_query, NULL, IN, capacity, capacity_columns, "云平台主机、容量、存储池、告警与备份",
	  "A cloud's hosts, capacity, pools, alarms and backups",
	  .reply = "{cloud items:[{resource? @Sample}]}" },
	{ "meter.status", YH_GET, "/api/v1/meter/status", "meter.status", YH_OP_ASIDE, NULL, NULL,
	  NULL, 0, status, NULL, "计量存储的状态", "The state of the meter",
	  .reply = "{backend durable:bool series:int samples_taken:int samples_repeated:int "
		   "histograms_taken:int bodies:int refused:@Refusals open_rows:int segments:int "
		   "segment_bytes:int journal_bytes:int index_bytes:int syncs:int damaged:int "
		   "damage full:bool}" },
};

const struct yh_op_table yh_ops_meter = { ops, sizeof ops / sizeof ops[0] };
