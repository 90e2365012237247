/* What the meter knows, as people ask for it. */
#include "services/meter/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { ROWS_MAX = 20000, LINES_MAX = 200000 };

enum yh_rc yh_meter_of(const struct yh_world *world, struct yh_meter **out, struct yh_err *err)
{
	*out = world->meter;
	return *out ? YH_OK : yh_fail(err, YH_BUSY, "meter-none");
}

/* An array that grows within the arena's bound. */
struct list {
	struct yh_arena *arena;
	char *items;
	size_t n, cap, size, max;
	struct yh_err err;
};

static void *grow(struct list *l)
{
	if (l->n == l->max) {
		(void)yh_fail(&l->err, YH_TOO_LARGE, "meter-answer-large");
		yh_err_int(&l->err, "max", (int64_t)l->max);
		return NULL;
	}
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		char *items = yh_arena_alloc(l->arena, cap * l->size);

		if (!items) {
			(void)yh_fail(&l->err, YH_TOO_LARGE, "memory-short");
			return NULL;
		}
		if (l->n)
			memcpy(items, l->items, l->n * l->size);
		l->items = items;
		l->cap = cap;
	}
	return l->items + l->n++ * l->size;
}

static bool copy_name(struct list *l, const struct yh_meter_series *s, struct yh_meter_name *out)
{
	struct yh_meter_label *labels = YH_NEW_N(l->arena, struct yh_meter_label, s->n_labels + 1);
	bool ok = labels != NULL;

	out->metric = yh_arena_strdup(l->arena, s->metric);
	out->resource = yh_arena_strdup(l->arena, s->resource);
	ok = ok && out->metric && out->resource;
	out->labels = labels;
	for (size_t i = 0; ok && i < s->n_labels; i++) {
		struct yh_meter_label *at = &labels[out->n_labels];

		if (strcmp(s->labels[i].name, "resource") == 0)
			continue;
		at->name = yh_arena_strdup(l->arena, s->labels[i].name);
		at->value = yh_arena_strdup(l->arena, s->labels[i].value);
		ok = at->name && at->value;
		out->n_labels++;
	}
	if (!ok)
		(void)yh_fail(&l->err, YH_TOO_LARGE, "memory-short");
	return ok;
}

static int by_name(const struct yh_meter_name *a, const struct yh_meter_name *b)
{
	int c = strcmp(a->resource, b->resource);

	if (c == 0)
		c = strcmp(a->metric, b->metric);
	for (size_t i = 0; c == 0 && i < a->n_labels && i < b->n_labels; i++) {
		c = strcmp(a->labels[i].name, b->labels[i].name);
		if (c == 0)
			c = strcmp(a->labels[i].value, b->labels[i].value);
	}
	return c ? c : (a->n_labels > b->n_labels) - (a->n_labels < b->n_labels);
}

/* Every result begins with its name. */
static int by_series(const void *a, const void *b)
{
	return by_name(a, b);
}

static int by_series_and_time(const void *a, const void *b)
{
	const struct yh_meter_row *x = a, *y = b;
	int c = by_name(&x->series, &y->series);

	return c ? c
		 : (x->bucket.from_ms > y->bucket.from_ms) -
			       (x->bucket.from_ms < y->bucket.from_ms);
}

static enum yh_rc finish(struct list *l, enum yh_rc rc, int (*order)(const void *, const void *),
			 void *out, size_t *n, struct yh_err *err)
{
	if (rc == YH_OK && l->err.rc != YH_OK) {
		rc = l->err.rc;
		if (err)
			*err = l->err;
	}
	if (rc == YH_OK && l->n)
		qsort(l->items, l->n, l->size, order);
	*(void **)out = l->items;
	*n = l->n;
	return rc;
}

static bool keep_latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	struct list *l = arg;
	struct yh_meter_line *line = grow(l);

	if (!line)
		return false;
	line->at_ms = at_ms;
	line->value = value;
	return copy_name(l, s, &line->series);
}

enum yh_rc yh_meter_lines(const struct yh_world *world, const char *const *resources,
			  size_t n_resources, const char *metric, uint64_t after, uint64_t *mark,
			  struct yh_arena *arena, struct yh_meter_line **out, size_t *n,
			  struct yh_err *err)
{
	const struct yh_meter_select what = { .metric = metric,
					      .resources = resources,
					      .n_resources = n_resources,
					      .by_resource = true };
	struct list l = { .arena = arena, .size = sizeof **out, .max = LINES_MAX };
	struct yh_meter *m;
	enum yh_rc rc = yh_meter_of(world, &m, err);

	if (rc == YH_OK)
		rc = yh_meter_latest(m, &what, after, mark, keep_latest, &l, err);
	return finish(&l, rc, by_series, out, n, err);
}

static bool keep_rows(void *arg, const struct yh_meter_series *s,
		      const struct yh_meter_bucket *buckets, size_t n)
{
	struct list *l = arg;
	struct yh_meter_name name = { 0 };
	bool ok = copy_name(l, s, &name);

	for (size_t i = 0; ok && i < n; i++) {
		struct yh_meter_row *row = grow(l);

		ok = row != NULL;
		if (ok)
			*row = (struct yh_meter_row){ name, buckets[i] };
	}
	return ok;
}

enum yh_rc yh_meter_rows(const struct yh_world *world, const char *resource, const char *metric,
			 const struct yh_meter_span *span, struct yh_arena *arena,
			 struct yh_meter_row **out, size_t *n, struct yh_err *err)
{
	const struct yh_meter_select what = {
		.metric = metric, .resources = &resource, .n_resources = 1, .by_resource = true
	};
	struct list l = { .arena = arena, .size = sizeof **out, .max = ROWS_MAX };
	struct yh_meter *m;
	enum yh_rc rc = yh_meter_of(world, &m, err);

	if (rc == YH_OK)
		rc = yh_meter_history(m, &what, span->from_ms, span->to_ms, span->step_ms,
				      keep_rows, &l, err);
	return finish(&l, rc, by_series_and_time, out, n, err);
}

struct using
{
	struct list list;
	const struct yh_meter_use_filter *f;
};

static bool keep_use(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	struct using *w = arg;
	struct yh_meter_use *use;

	if (!s->resource[0] || u->count == 0 || (w->f->has_below && !(u->quantile < w->f->below)) ||
	    strcmp(s->resource, w->f->after) <= 0)
		return true;
	use = grow(&w->list);
	if (!use)
		return false;
	use->usage = *u;
	return copy_name(&w->list, s, &use->series);
}

enum yh_rc yh_meter_uses(const struct yh_world *world, const struct yh_meter_use_filter *f,
			 struct yh_arena *arena, struct yh_meter_use **out, size_t *n,
			 struct yh_err *err)
{
	const struct yh_meter_scan scan = { .what = { .metric = f->metric,
						      .resources = f->resources,
						      .n_resources = f->n_resources,
						      .by_resource = f->resources != NULL },
					    .from_ms = f->from_ms,
					    .to_ms = f->to_ms,
					    .quantile = f->quantile,
					    .source = f->source };
	struct using w = { { .arena = arena, .size = sizeof **out, .max = LINES_MAX }, f };
	struct yh_meter *m;
	enum yh_rc rc = yh_meter_of(world, &m, err);

	if (rc == YH_OK)
		rc = yh_meter_scan(m, &scan, keep_use, &w, err);
	return finish(&w.list, rc, by_series, out, n, err);
}

const char *const yh_meter_platform_metrics[] = {
	"platform_host_up",
	"platform_host_cpu_cores",
	"platform_host_cpu_usage_ratio",
	"platform_host_memory_total_bytes",
	"platform_host_memory_used_bytes",
	"platform_capacity",
	"platform_capacity_used",
	"platform_pool_size_bytes",
	"platform_pool_used_bytes",
	"platform_alarms_firing",
	"platform_backup_runs_total",
	"platform_backup_last_success_timestamp_seconds",
	"platform_backup_last_duration_seconds",
	"platform_backup_last_size_bytes",
	NULL,
};

struct platform {
	struct list list;
	const char *const *providers;
	size_t n_providers;
};

/* A provider writes what it likes into the label `cloud`: only the cloud's own providers count. */
static bool keep_platform(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	struct platform *p = arg;
	const char *provider = NULL;
	bool known = false;

	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "provider") == 0)
			provider = s->labels[i].value;
	for (size_t i = 0; provider && i < p->n_providers; i++)
		known = known || strcmp(provider, p->providers[i]) == 0;
	if (s->resource[0] || (provider && !known))
		return true;
	return keep_latest(&p->list, s, at_ms, value);
}

enum yh_rc yh_meter_platform(const struct yh_world *world, const char *cloud_code,
			     const char *const *providers, size_t n_providers,
			     struct yh_arena *arena, struct yh_meter_line **out, size_t *n,
			     struct yh_err *err)
{
	const struct yh_meter_label on = { "cloud", cloud_code };
	struct platform p = { { .arena = arena, .size = sizeof **out, .max = ROWS_MAX },
			      providers,
			      n_providers };
	struct yh_meter *m;
	enum yh_rc rc = yh_meter_of(world, &m, err);

	for (size_t i = 0; rc == YH_OK && yh_meter_platform_metrics[i]; i++) {
		const struct yh_meter_select what = { .metric = yh_meter_platform_metrics[i],
						      .labels = &on,
						      .n_labels = 1 };

		rc = yh_meter_latest(m, &what, 0, NULL, keep_platform, &p, err);
	}
	return finish(&p.list, rc, by_series, out, n, err);
}

const char *yh_meter_measure(const char *metric)
{
	static const struct {
		const char *end, *measure;
	} known[] = {
		{ "_bytes_per_second", "bytes/s" },
		{ "_bytes", "bytes" },
		{ "_bytes_total", "bytes" },
		{ "_ratio", "ratio" },
		{ "_seconds", "seconds" },
		{ "_seconds_total", "seconds" },
		{ "_hertz", "hertz" },
		{ "_celsius", "celsius" },
		{ "_joules_total", "joules" },
		{ "_watts", "watts" },
		{ "_cores", "cores" },
	};
	size_t n = strlen(metric);

	for (size_t i = 0; i < YH_LEN(known); i++) {
		size_t len = strlen(known[i].end);

		if (n > len && strcmp(metric + n - len, known[i].end) == 0)
			return known[i].measure;
	}
	return "";
}
