/* How much of what units hold they use; how much of the time a provider's machines run. */
#include <math.h>
#include <string.h>

#include "law/watch.h"
#include "services/evaluation/sources.h"
#include "services/meter/view.h"
#include "services/project/quota_view.h"

enum { PAGE = 5000 };

/* The part of [from, to) (to 0: until as_of) in the period, in whole seconds. */
static int64_t seconds_in(const struct yh_facts_ask *ask, yh_time from, yh_time to)
{
	yh_time first = yh_day_start(ask->first), end = yh_day_start(ask->last + 1);

	if (!to || to > ask->as_of)
		to = ask->as_of;
	from = from > first ? from : first;
	to = to < end ? to : end;
	return to > from ? (to - from) / YH_US_PER_S : 0;
}

typedef enum yh_rc (*held_fn)(struct yh_gathering *g, const struct yh_held_fact *h,
			      struct yh_err *err);

/* Visits all sizes, by resource and time. A page's last resource may go on: it is read again. */
static enum yh_rc each_held(struct yh_gathering *g, const char *dim, held_fn visit,
			    struct yh_err *err)
{
	const char *after = "";
	enum yh_rc rc = YH_OK;
	size_t n = PAGE;

	while (rc == YH_OK && n == PAGE) {
		struct yh_held_fact *list;
		size_t whole;

		rc = yh_facts_held(g->tx, &g->ask, dim, after, PAGE, g->arena, &list, &n, err);
		whole = rc == YH_OK ? n : 0;
		while (n == PAGE && whole > 0 && strcmp(list[whole - 1].no, list[n - 1].no) == 0)
			whole--;
		if (rc == YH_OK && n == PAGE && whole == 0)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
		for (size_t i = 0; rc == YH_OK && i < whole; i++)
			rc = visit(g, &list[i], err);
		if (whole > 0)
			after = list[whole - 1].no;
	}
	return rc;
}

/* quantity x hours of one resource, its sizes together */
static enum yh_rc add_hours(struct yh_gathering *g, const struct yh_id *org,
			    const struct yh_held_fact *h, int64_t qty_milli, struct yh_err *err)
{
	int64_t s = seconds_in(&g->ask, h->from_at, h->to_at);
	int64_t hours = (int64_t)((__int128)qty_milli * s / 3600);
	struct yh_eval_fact *last = g->out->n ? &g->out->v[g->out->n - 1] : NULL;
	struct yh_eval_fact f = { .org = *org,
				  .kind = "resource",
				  .note = "unheard",
				  .day = YH_DAY_NONE,
				  .den = hours,
				  .running_s = s };

	if (s == 0 || yh_id_is_zero(org))
		return YH_OK;
	if (last && strcmp(last->ref, h->no) == 0) {
		last->den += hours;
		last->running_s += s;
		return YH_OK;
	}
	f.ref = yh_arena_strdup(g->arena, h->no);
	return f.ref ? yh_fact_add(g->out, &f, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc visit_unit(struct yh_gathering *g, const struct yh_held_fact *h,
			     struct yh_err *err)
{
	return add_hours(g, &h->unit, h, h->qty_milli, err);
}

/* A machine counts as one, whatever its size. */
static enum yh_rc visit_provider(struct yh_gathering *g, const struct yh_held_fact *h,
				 struct yh_err *err)
{
	return add_hours(g, &h->provider, h, 1000, err);
}

enum yh_rc yh_read_unit_use(struct yh_gathering *g, struct yh_err *err)
{
	return each_held(g, g->dimension, visit_unit, err);
}

enum yh_rc yh_read_provider_use(struct yh_gathering *g, struct yh_err *err)
{
	return each_held(g, "", visit_provider, err);
}

/* ---- the meter's part ---- */

struct measuring {
	const struct yh_source *s;
	struct yh_eval_facts *facts;
	int64_t coverage;
};

static struct yh_eval_fact *fact_of(const struct yh_eval_facts *facts, const char *no)
{
	size_t low = 0, high = facts->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(no, facts->v[mid].ref);

		if (c == 0)
			return &facts->v[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

/* Of several series of a resource the largest share counts, whoever wrote it. */
static bool take(void *arg, const struct yh_meter_series *series, const struct yh_meter_usage *u)
{
	const struct measuring *m = arg;
	struct yh_eval_fact *f =
		series->resource[0] && u->count ? fact_of(m->facts, series->resource) : NULL;
	int64_t heard_s, ppm;
	double share;

	if (!f || f->running_s == 0)
		return true;
	heard_s = (int64_t)u->filled * 300;
	share = m->s->coverage ? (double)heard_s / (double)f->running_s : yh_watch_round(u->mean);
	share = share < 0 ? 0 : share > 1 ? 1 : share;
	ppm = llround(yh_watch_round(share) * 1e6);
	if (!m->s->coverage && heard_s * 100 < f->running_s * m->coverage) {
		f->note = f->counts ? f->note : "seldom_heard";
		return true;
	}
	if ((int64_t)((__int128)f->den * ppm / 1000000) > f->num || !f->counts)
		f->num = (int64_t)((__int128)f->den * ppm / 1000000);
	f->counts = true;
	f->note = "measured";
	return true;
}

enum yh_rc yh_facts_measure(const struct yh_world *world, const struct yh_source *s,
			    const struct yh_facts_ask *ask, int64_t coverage,
			    struct yh_eval_facts *facts, struct yh_err *err)
{
	struct measuring m = { .s = s, .facts = facts, .coverage = coverage };
	const struct yh_meter_scan scan = {
		.what = { .metric = s->metric },
		.from_ms = yh_day_start(ask->first) / 1000,
		.to_ms = yh_day_start(ask->last + 1) / 1000,
		.quantile = 0.5,
		.source = YH_METER_SKETCH,
	};
	struct yh_meter *meter;
	enum yh_rc rc = facts->n ? yh_meter_of(world, &meter, err) : YH_OK;

	if (rc != YH_OK || !facts->n)
		return rc;
	rc = yh_meter_scan(meter, &scan, take, &m, err);
	/* where nothing of a machine was heard, that is what is known of its data */
	for (size_t i = 0; s->coverage && i < facts->n; i++)
		facts->v[i].counts = true;
	return rc;
}

/* ---- quota ---- */

/* The fact of a project: among those with a quota by its place, among the few others one by one. */
static struct yh_eval_fact *project_fact(const struct yh_gathering *g, const char *project)
{
	const struct yh_eval_facts quotas = { .v = g->out->v, .n = g->sorted };
	struct yh_eval_fact *f = fact_of(&quotas, project);

	for (size_t i = g->sorted; !f && i < g->out->n; i++)
		if (strcmp(g->out->v[i].ref, project) == 0)
			f = &g->out->v[i];
	return f;
}

static enum yh_rc to_project(struct yh_gathering *g, const struct yh_id *unit, const char *project,
			     int64_t num, int64_t den, struct yh_err *err)
{
	struct yh_eval_fact *known = project_fact(g, project);
	const struct yh_eval_fact f = { .org = *unit,
					.kind = "project",
					.ref = project,
					.note = "held",
					.day = YH_DAY_NONE,
					.num = num,
					.den = den,
					.counts = true };

	if (!known)
		return yh_fact_add(g->out, &f, err);
	known->num += num;
	known->den += den;
	return YH_OK;
}

/* What was held on how many days, as quantity x days. */
static enum yh_rc visit_quota(struct yh_gathering *g, const struct yh_held_fact *h,
			      struct yh_err *err)
{
	int64_t s = seconds_in(&g->ask, h->from_at, h->to_at);

	return to_project(g, &h->unit, h->project, (int64_t)((__int128)h->qty_milli * s / 86400), 0,
			  err);
}

static enum yh_rc quota_days(const struct yh_gathering *g, const struct yh_quota_fact *q,
			     int64_t *out, struct yh_err *err)
{
	struct yh_spans spans = { .arena = g->arena };
	struct yh_quota_row row = { .qty_milli = q->qty_milli,
				    .first_day = q->first,
				    .last_day = q->last,
				    .rrule = q->rrule,
				    .span_days = q->span_days };
	enum yh_rc rc;

	(void)snprintf(row.kind, sizeof row.kind, "%s", q->kind);
	(void)snprintf(row.dim, sizeof row.dim, "%s", g->dimension);
	rc = yh_quota_row_spans(&row, g->ask.first, g->ask.last, &spans, err);
	*out = 0;
	for (size_t i = 0; rc == YH_OK && i < spans.n; i++) {
		const struct yh_span *s = &spans.v[i];
		yh_day first = s->first > g->ask.first ? s->first : g->ask.first;
		yh_day last =
			s->last == YH_DAY_NONE || s->last > g->ask.last ? g->ask.last : s->last;

		if (last >= first)
			*out += s->qty_milli * (last - first + 1);
	}
	return rc;
}

/* Quotas come by project; what is held, by resource. */
enum yh_rc yh_read_quota(struct yh_gathering *g, struct yh_err *err)
{
	struct yh_quota_fact *list;
	size_t n;
	enum yh_rc rc = yh_facts_quota(g->tx, &g->ask, g->dimension, g->arena, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		int64_t days;

		rc = quota_days(g, &list[i], &days, err);
		if (rc == YH_OK)
			rc = to_project(g, &list[i].unit, list[i].project, 0, days, err);
		g->sorted = g->out->n;
	}
	return rc == YH_OK ? each_held(g, g->dimension, visit_quota, err) : rc;
}
