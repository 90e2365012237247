/* The parts of the wall screen. */
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/city.h"
#include "api/label.h"
#include "api/list.h"
#include "base/log.h"
#include "law/deadline.h"
#include "services/backup/server.h"
#include "services/overview/decisions.h"
#include "services/project/allocation.h"
#include "store/overview.h"
#include "store/pulse.h"
#include "store/register.h"

enum {
	DEADLINES = 20,
	LEASES = 20,
	LEASE_DAYS = 30,
	EVENTS = 20,
	EVENTS_BACK = 120,
	EVENTS_LOOKS = 20,
	DIMS = 64
};

void yh_city_real(struct yh_jw *w, const char *key, double value)
{
	if (isfinite(value))
		yh_jw_real(w, key, value);
	else
		yh_jw_null(w, key);
}

void yh_city_ratio(struct yh_jw *w, const char *key, double part, double whole)
{
	yh_city_real(w, key, whole > 0 ? part / whole : NAN);
}

/* ---- dimensions ---- */

static struct yh_city_dim *dim_of(struct yh_city_dim *dims, size_t *n, const char *dim)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp(dims[i].dim, dim) == 0)
			return &dims[i];
	if (*n == DIMS)
		return NULL;
	dims[*n] = (struct yh_city_dim){ .dim = dim };
	return &dims[(*n)++];
}

enum yh_rc yh_city_dims(struct yh_ctx *cx, const struct yh_id *cloud, struct yh_city_dim **out,
			size_t *n, struct yh_err *err)
{
	const struct yh_viewer all = { .today = yh_ctx_today(cx), .any = true };
	struct yh_alloc_line *lines;
	size_t n_lines;
	enum yh_rc rc =
		yh_allocation(cx, &all, cloud, YH_BY_SECTOR, all.today, &lines, &n_lines, err);

	*n = 0;
	*out = YH_NEW_N(cx->arena, struct yh_city_dim, DIMS);
	if (rc == YH_OK && !*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n_lines; i++) {
		struct yh_city_dim *d = dim_of(*out, n, lines[i].dim);

		if (d) {
			d->quota_milli += lines[i].quota_milli;
			d->allocated_milli += lines[i].allocated_milli;
		}
	}
	return rc;
}

static void write_dim(struct yh_req *rq, const struct yh_platform_cloud *c,
		      const struct yh_city_dim *d)
{
	double total = NAN, used = NAN;

	yh_platform_capacity(c, d->dim, &total, &used);
	yh_jw_obj(rq->w, NULL);
	yh_list_word(rq, "dimension", "dimension", d->dim);
	yh_jw_milli(rq->w, "quota", d->quota_milli);
	yh_jw_milli(rq->w, "allocated", d->allocated_milli);
	yh_city_real(rq->w, "capacity", total);
	yh_city_real(rq->w, "capacity_used", used);
	yh_jw_end_obj(rq->w);
}

/* Also those of which only the meter tells. */
void yh_city_write_dims(struct yh_req *rq, const struct yh_platform_cloud *cloud,
			const struct yh_city_dim *dims, size_t n)
{
	struct yh_city_dim all[DIMS];

	if (n)
		memcpy(all, dims, n * sizeof *dims);
	for (size_t i = 0; i < cloud->n; i++)
		if (strcmp(cloud->lines[i].series.metric, "platform_capacity") == 0)
			(void)dim_of(all, &n,
				     yh_platform_label(&cloud->lines[i].series, "dimension"));
	yh_jw_arr(rq->w, "dimensions");
	for (size_t i = 0; i < n; i++)
		write_dim(rq, cloud, &all[i]);
	yh_jw_end_arr(rq->w);
}

/* ---- clouds ---- */

static bool is_first_alarm(const struct yh_platform_cloud *c, size_t at, const char *severity)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(c->lines[i].series.metric, "platform_alarms_firing") == 0 &&
		    strcmp(yh_platform_label(&c->lines[i].series, "severity"), severity) == 0)
			return false;
	return true;
}

static int64_t alarms_of(const struct yh_platform_cloud *c, const char *severity)
{
	double sum = 0;

	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->lines[i].series.metric, "platform_alarms_firing") == 0 &&
		    strcmp(yh_platform_label(&c->lines[i].series, "severity"), severity) == 0 &&
		    c->lines[i].value > 0 && c->lines[i].value < 1e9)
			sum += c->lines[i].value;
	return (int64_t)sum;
}

static void write_alarms(struct yh_jw *w, const struct yh_platform_cloud *c)
{
	yh_jw_arr(w, "alarms");
	for (size_t i = 0; i < c->n; i++) {
		const char *severity = yh_platform_label(&c->lines[i].series, "severity");

		if (strcmp(c->lines[i].series.metric, "platform_alarms_firing") != 0 ||
		    !is_first_alarm(c, i, severity) || alarms_of(c, severity) == 0)
			continue;
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "severity", severity);
		yh_jw_int(w, "count", alarms_of(c, severity));
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static enum yh_rc clouds(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, key);
	for (size_t i = 0; rc == YH_OK && i < l->n_clouds; i++) {
		const struct yh_platform_cloud *c = &l->clouds[i];
		struct yh_city_dim *dims;
		struct yh_load load = { 0 };
		size_t n;

		rc = yh_city_dims(&rq->cx, &c->row.id, &dims, &n, err);
		if (rc != YH_OK)
			break;
		yh_platform_load(c, &load);
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "code", c->row.code);
		yh_jw_str(rq->w, "name", c->row.name);
		yh_list_word(rq, "level", "level", c->row.level);
		yh_jw_str(rq->w, "district", c->row.district);
		yh_city_write_dims(rq, c, dims, n);
		yh_jw_int(rq->w, "hosts", load.hosts);
		yh_jw_int(rq->w, "hosts_up", load.hosts_up);
		write_alarms(rq->w, c);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return rc;
}

/* ---- load ---- */

static enum yh_rc load(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_jw *w = l->rq->w;
	struct yh_load sum = { 0 };

	(void)err;
	for (size_t i = 0; i < l->n_clouds; i++)
		yh_platform_load(&l->clouds[i], &sum);
	yh_jw_obj(w, key);
	yh_jw_time(w, "at", sum.at_ms * 1000);
	yh_city_ratio(w, "cpu_ratio", sum.used_cores, sum.cores);
	yh_city_ratio(w, "memory_ratio", sum.used_memory_bytes, sum.memory_bytes);
	yh_city_real(w, "cores", sum.cores);
	yh_city_real(w, "memory_bytes", sum.memory_bytes);
	yh_jw_int(w, "hosts", sum.hosts);
	yh_jw_int(w, "hosts_up", sum.hosts_up);
	yh_jw_end_obj(w);
	return YH_OK;
}

/* No points at all where the meter cannot answer. */
static enum yh_rc load_day(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	struct yh_load_day *day = YH_NEW(rq->cx.arena, struct yh_load_day);
	struct yh_err why = { 0 };
	size_t n = YH_LOAD_POINTS;

	if (!day)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (yh_platform_day(rq->cx.world, l->clouds, l->n_clouds, rq->cx.now, rq->cx.arena, day,
			    &why) != YH_OK) {
		yh_log_err(YH_WARN, "city-meter", &why);
		n = 0;
	}
	yh_jw_arr(rq->w, key);
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_time(rq->w, "at", (day->from_ms + (int64_t)i * YH_LOAD_STEP_MS) * 1000);
		yh_city_real(rq->w, "cpu_ratio", day->cpu[i]);
		yh_city_real(rq->w, "memory_ratio", day->memory[i]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

/* ---- cases ---- */

static enum yh_rc cases(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	struct yh_city_cases c;
	enum yh_rc rc = yh_city_cases(rq->cx.tx, rq->cx.now, &c, err);
	int64_t share;

	if (rc != YH_OK)
		return rc;
	share = yh_on_time_milli(c.on_time, c.late);
	yh_jw_obj(rq->w, key);
	yh_jw_int(rq->w, "open", c.open);
	yh_jw_int(rq->w, "due_today", c.due_today);
	yh_jw_int(rq->w, "overdue", c.overdue);
	yh_jw_int(rq->w, "decided_today", c.decided_today);
	yh_jw_int(rq->w, "on_time", c.on_time);
	yh_jw_int(rq->w, "late", c.late);
	if (share < 0)
		yh_jw_null(rq->w, "on_time_milli");
	else
		yh_jw_int(rq->w, "on_time_milli", share);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static void write_deadline(struct yh_req *rq, const void *row)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_city_deadline *d = row;

	yh_jw_id(rq->w, "id", &d->id);
	yh_jw_str(rq->w, "no", d->no);
	yh_jw_str(rq->w, "title", yh_view_title(rq, NULL, d->procedure, d->label, d->title));
	yh_jw_str(rq->w, "procedure", d->procedure);
	yh_list_titled(rq, "procedure", yh_view_today_title(rq, d->procedure, NULL));
	yh_jw_str(rq->w, "step", d->step);
	yh_list_titled(rq, "step", yh_view_today_title(rq, d->procedure, d->step));
	yh_jw_str(rq->w, "body", d->body);
	yh_jw_str(rq->w, "unit", d->unit);
	yh_jw_str(rq->w, "cloud", d->cloud);
	yh_jw_day(rq->w, "day", d->day);
	yh_jw_int(rq->w, "workdays_left",
		  yh_workdays_left(law->calendar(law->self), yh_ctx_today(&rq->cx), d->day));
}

static enum yh_rc deadlines(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	struct yh_city_deadline *rows;
	size_t n;
	enum yh_rc rc =
		yh_city_deadlines(rq->cx.tx, rq->cx.now, DEADLINES, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, key, rows, n, sizeof *rows, write_deadline);
	return rc;
}

static void write_event(struct yh_req *rq, const struct yh_change_row *r)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_int(rq->w, "position", r->pos);
	yh_jw_time(rq->w, "at", r->at);
	yh_list_word(rq, "kind", "event", r->kind);
	yh_jw_str(rq->w, "case", r->no);
	yh_jw_str(rq->w, "title", yh_view_title(rq, NULL, r->procedure, r->label, r->title));
	yh_jw_str(rq->w, "body", r->org_name);
	yh_jw_str(rq->w, "role", r->role);
	yh_list_titled(rq, "role", yh_view_role(rq, r->role));
	yh_jw_str(rq->w, "outcome", yh_view_outcome(rq, r));
	yh_jw_end_obj(rq->w);
}

/* Of cases, newest first: also behind a long row of events that are about none. */
static enum yh_rc events(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	struct yh_change_row *rows;
	size_t n = 0, written = 0;
	int64_t head;
	enum yh_rc rc = yh_event_head(rq->cx.tx, &head, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, key);
	for (int back = 0; rc == YH_OK && written < EVENTS && back < EVENTS_LOOKS && head > 0;
	     back++) {
		uint32_t look = head > EVENTS_BACK ? EVENTS_BACK : (uint32_t)head;

		head -= look;
		rc = yh_changes(rq->cx.tx, head, look, rq->cx.arena, &rows, &n, err);
		for (size_t i = rc == YH_OK ? n : 0; i > 0 && written < EVENTS; i--)
			if (!yh_id_is_zero(&rows[i - 1].case_id)) {
				write_event(rq, &rows[i - 1]);
				written++;
			}
	}
	yh_jw_end_arr(rq->w);
	return rc;
}

/* ---- the rest ---- */

static void write_finding(struct yh_req *rq, const void *row)
{
	const struct yh_city_count *c = row;

	yh_list_word(rq, "state", "finding", c->word);
	yh_jw_int(rq->w, "count", c->n);
}

static enum yh_rc findings(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	struct yh_city_count *rows;
	size_t n;
	enum yh_rc rc = yh_city_findings(rq->cx.tx, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, key, rows, n, sizeof *rows, write_finding);
	return rc;
}

static void write_lease(struct yh_req *rq, const void *row)
{
	const struct yh_city_lease *e = row;

	yh_jw_str(rq->w, "resource", e->resource);
	yh_jw_str(rq->w, "name", e->name);
	yh_jw_str(rq->w, "kind", e->kind);
	yh_list_titled(rq, "kind", yh_view_kind(rq, NULL, e->kind));
	yh_jw_str(rq->w, "unit", e->unit);
	yh_jw_day(rq->w, "last_day", e->last);
	yh_jw_int(rq->w, "days_left", e->last - yh_ctx_today(&rq->cx));
}

static enum yh_rc leases(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_req *rq = l->rq;
	yh_day today = yh_ctx_today(&rq->cx);
	struct yh_city_lease *rows;
	int64_t all;
	size_t n;
	enum yh_rc rc = yh_city_leases(rq->cx.tx, today, today + LEASE_DAYS, LEASES, rq->cx.arena,
				       &rows, &n, &all, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_obj(rq->w, key);
	yh_jw_int(rq->w, "within_days", LEASE_DAYS);
	yh_jw_int(rq->w, "count", all);
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_lease);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static enum yh_rc districts(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_jw *w = l->rq->w;

	(void)err;
	yh_jw_arr(w, key);
	for (size_t i = 0; i < l->n_clouds; i++) {
		const struct yh_platform_cloud *c = &l->clouds[i];

		if (strcmp(c->row.level, "district") != 0)
			continue;
		yh_jw_obj(w, NULL);
		yh_jw_str(w, "district", c->row.district);
		yh_jw_str(w, "cloud", c->row.code);
		yh_jw_str(w, "name", c->row.name);
		yh_jw_time(w, "fresh_at", c->heard_ms * 1000);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
	return YH_OK;
}

static enum yh_rc agents(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_jw *w = l->rq->w;
	int64_t all, silent;
	enum yh_rc rc = yh_city_agents(l->rq->cx.tx, &all, &silent, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_obj(w, key);
	yh_jw_int(w, "online", all - silent);
	yh_jw_int(w, "lost", silent);
	yh_jw_end_obj(w);
	return YH_OK;
}

static enum yh_rc backup(struct yh_city_look *l, const char *key, struct yh_err *err)
{
	struct yh_jw *w = l->rq->w;
	struct yh_backups_status s;

	(void)err;
	yh_backups_status(l->rq->cx.world->backups, &s);
	yh_jw_obj(w, key);
	yh_jw_bool(w, "configured", s.configured);
	yh_jw_time(w, "last_at", s.last_at);
	yh_jw_int(w, "bytes", s.last_bytes);
	yh_jw_time(w, "next_at", yh_backups_next(&s, l->rq->cx.now));
	yh_jw_bool(w, "late", yh_backups_late(&s, l->rq->cx.now));
	yh_jw_end_obj(w);
	return YH_OK;
}

const struct yh_city_part yh_city_parts[YH_CITY_PARTS] = {
	{ "clouds", 30000, clouds, false },      { "load", 5000, load, true },
	{ "load_day", 60000, load_day, true },   { "cases", 2000, cases, false },
	{ "deadlines", 5000, deadlines, false }, { "findings", 15000, findings, false },
	{ "leases", 60000, leases, false },      { "districts", 10000, districts, true },
	{ "events", 1000, events, false },       { "agents", 10000, agents, false },
	{ "backup", 30000, backup, false },
};
