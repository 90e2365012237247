/* How a cloud's platform does. */
#include "services/overview/platform.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum yh_rc yh_platform_clouds(struct yh_tx *tx, struct yh_arena *arena,
			      struct yh_platform_cloud **out, size_t *n, struct yh_err *err)
{
	struct yh_cloud_row *rows;
	enum yh_rc rc = yh_cloud_list(tx, arena, &rows, n, err);

	*out = rc == YH_OK ? YH_NEW_N(arena, struct yh_platform_cloud, *n + 1) : NULL;
	if (rc == YH_OK && !*out)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++) {
		(*out)[i].row = rows[i];
		rc = yh_cloud_bodies(tx, &rows[i].id, "provider", arena, &(*out)[i].providers,
				     &(*out)[i].n_providers, err);
	}
	return rc;
}

static bool hear(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	int64_t *heard_ms = arg;

	(void)s;
	(void)value;
	if (at_ms > *heard_ms)
		*heard_ms = at_ms;
	return true;
}

static enum yh_rc read_cloud(const struct yh_world *world, struct yh_platform_cloud *c,
			     struct yh_arena *arena, struct yh_err *err)
{
	const struct yh_meter_label on = { "cloud", c->row.code };
	const struct yh_meter_select usage = { .metric = "resource_cpu_usage_ratio",
					       .labels = &on,
					       .n_labels = 1 };
	enum yh_rc rc = yh_meter_platform(world, c->row.code, c->providers, c->n_providers, arena,
					  &c->lines, &c->n, err);

	for (size_t i = 0; rc == YH_OK && i < c->n; i++)
		if (c->lines[i].at_ms > c->heard_ms)
			c->heard_ms = c->lines[i].at_ms;
	return rc == YH_OK && !c->n
		       ? yh_meter_latest(world->meter, &usage, 0, NULL, hear, &c->heard_ms, err)
		       : rc;
}

enum yh_rc yh_platform_read(const struct yh_world *world, struct yh_platform_cloud *clouds,
			    size_t n, struct yh_arena *arena, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; world->meter && rc == YH_OK && i < n; i++)
		rc = read_cloud(world, &clouds[i], arena, err);
	return rc;
}

const char *yh_platform_label(const struct yh_meter_name *series, const char *name)
{
	for (size_t i = 0; i < series->n_labels; i++)
		if (strcmp(series->labels[i].name, name) == 0)
			return series->labels[i].value;
	return "";
}

static bool is(const struct yh_meter_line *l, const char *metric)
{
	return strcmp(l->series.metric, metric) == 0;
}

/* The lines of one metric stand together, in the order of their labels, so that the host that is
 * looked for next mostly stands behind the one found last. */
struct metric {
	const struct yh_meter_line *lines;
	size_t n, next;
};

static struct metric lines_of(const struct yh_platform_cloud *c, const char *name)
{
	struct metric m = { 0 };

	for (size_t i = 0; i < c->n; i++)
		if (is(&c->lines[i], name)) {
			if (!m.n)
				m.lines = &c->lines[i];
			m.n++;
		}
	return m;
}

static bool same_host(const struct yh_meter_line *a, const struct yh_meter_line *b)
{
	return strcmp(yh_platform_label(&a->series, "host"),
		      yh_platform_label(&b->series, "host")) == 0 &&
	       strcmp(yh_platform_label(&a->series, "provider"),
		      yh_platform_label(&b->series, "provider")) == 0;
}

/* What the host says of the metric; NaN: nothing. */
static double of_host(struct metric *m, const struct yh_meter_line *host)
{
	for (size_t k = 0; k < m->n; k++) {
		size_t at = (m->next + k) % m->n;

		if (same_host(&m->lines[at], host)) {
			m->next = at + 1;
			return m->lines[at].value;
		}
	}
	return NAN;
}

static void add_host(double total, double used, double *all, double *of_all)
{
	if (isfinite(total) && isfinite(used) && total > 0) {
		*all += total;
		*of_all += used;
	}
}

void yh_platform_load(const struct yh_platform_cloud *c, struct yh_load *sum)
{
	struct metric ratios = lines_of(c, "platform_host_cpu_usage_ratio");
	struct metric used = lines_of(c, "platform_host_memory_used_bytes");

	for (size_t i = 0; i < c->n; i++) {
		const struct yh_meter_line *l = &c->lines[i];

		if (l->at_ms > sum->at_ms)
			sum->at_ms = l->at_ms;
		if (is(l, "platform_host_up")) {
			sum->hosts++;
			sum->hosts_up += l->value > 0;
		} else if (is(l, "platform_host_cpu_cores")) {
			add_host(l->value, l->value * of_host(&ratios, l), &sum->cores,
				 &sum->used_cores);
		} else if (is(l, "platform_host_memory_total_bytes")) {
			add_host(l->value, of_host(&used, l), &sum->memory_bytes,
				 &sum->used_memory_bytes);
		}
	}
}

static void add(double *sum, double value)
{
	if (isfinite(value))
		*sum = isnan(*sum) ? value : *sum + value;
}

void yh_platform_capacity(const struct yh_platform_cloud *c, const char *dimension, double *total,
			  double *used)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct yh_meter_line *l = &c->lines[i];

		if (strcmp(yh_platform_label(&l->series, "dimension"), dimension) != 0)
			continue;
		if (is(l, "platform_capacity"))
			add(total, l->value);
		else if (is(l, "platform_capacity_used"))
			add(used, l->value);
	}
}

/* ---- the last day ---- */

/* A host that may be trusted, with what a full one is. */
struct host {
	const char *cloud, *provider, *name;
	double full;
};

struct folding {
	struct host *hosts; /* in order */
	size_t n;
	bool ratios; /* else amounts */
	int64_t from_ms;
	double used[YH_LOAD_POINTS], full[YH_LOAD_POINTS];
};

static int by_host(const void *a, const void *b)
{
	const struct host *x = a, *y = b;
	int cmp = strcmp(x->name, y->name);

	if (cmp == 0)
		cmp = strcmp(x->cloud, y->cloud);
	return cmp ? cmp : strcmp(x->provider, y->provider);
}

static bool fold(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *buckets,
		 size_t n)
{
	const struct yh_meter_name name = { .labels = s->labels, .n_labels = s->n_labels };
	struct folding *f = arg;
	const struct host key = { yh_platform_label(&name, "cloud"),
				  yh_platform_label(&name, "provider"),
				  yh_platform_label(&name, "host"), 0 };
	const struct host *h = f->n ? bsearch(&key, f->hosts, f->n, sizeof key, by_host) : NULL;

	for (size_t i = 0; h && !s->resource[0] && i < n; i++) {
		int64_t at = (buckets[i].from_ms - f->from_ms) / YH_LOAD_STEP_MS;
		double mean = buckets[i].sum / (double)buckets[i].count;

		if (at < 0 || at >= YH_LOAD_POINTS || !buckets[i].count || !isfinite(mean))
			continue;
		f->used[at] += f->ratios ? mean * h->full : mean;
		f->full[at] += h->full;
	}
	return true;
}

static enum yh_rc find_hosts(struct folding *f, const struct yh_platform_cloud *clouds, size_t n,
			     const char *metric, struct yh_arena *arena, struct yh_err *err)
{
	size_t most = 1;

	for (size_t i = 0; i < n; i++)
		most += clouds[i].n;
	f->n = 0;
	f->hosts = YH_NEW_N(arena, struct host, most);
	if (!f->hosts)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < clouds[i].n; k++) {
			const struct yh_meter_line *l = &clouds[i].lines[k];

			if (is(l, metric) && isfinite(l->value) && l->value > 0)
				f->hosts[f->n++] =
					(struct host){ clouds[i].row.code,
						       yh_platform_label(&l->series, "provider"),
						       yh_platform_label(&l->series, "host"),
						       l->value };
		}
	if (f->n)
		qsort(f->hosts, f->n, sizeof *f->hosts, by_host);
	return YH_OK;
}

static enum yh_rc one_day(const struct yh_world *world, const struct yh_platform_cloud *clouds,
			  size_t n, const char *full, const char *used, struct folding *f,
			  struct yh_arena *arena, double out[YH_LOAD_POINTS], struct yh_err *err)
{
	const struct yh_meter_select what = { .metric = used };
	enum yh_rc rc = find_hosts(f, clouds, n, full, arena, err);

	memset(f->used, 0, sizeof f->used);
	memset(f->full, 0, sizeof f->full);
	if (rc == YH_OK && f->n)
		rc = yh_meter_history(world->meter, &what, f->from_ms,
				      f->from_ms + (int64_t)YH_LOAD_POINTS * YH_LOAD_STEP_MS,
				      YH_LOAD_STEP_MS, fold, f, err);
	for (size_t i = 0; rc == YH_OK && i < YH_LOAD_POINTS; i++)
		out[i] = f->full[i] > 0 ? f->used[i] / f->full[i] : NAN;
	return rc;
}

enum yh_rc yh_platform_day(const struct yh_world *world, const struct yh_platform_cloud *clouds,
			   size_t n, yh_time now, struct yh_arena *arena, struct yh_load_day *out,
			   struct yh_err *err)
{
	struct folding *f = YH_NEW(arena, struct folding);
	enum yh_rc rc;

	if (!f)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	f->from_ms = (now / 1000 / YH_LOAD_STEP_MS - YH_LOAD_POINTS) * YH_LOAD_STEP_MS;
	out->from_ms = f->from_ms;
	for (size_t i = 0; i < YH_LOAD_POINTS; i++)
		out->cpu[i] = out->memory[i] = NAN;
	if (!world->meter)
		return YH_OK;
	f->ratios = true;
	rc = one_day(world, clouds, n, "platform_host_cpu_cores", "platform_host_cpu_usage_ratio",
		     f, arena, out->cpu, err);
	f->ratios = false;
	return rc == YH_OK ? one_day(world, clouds, n, "platform_host_memory_total_bytes",
				     "platform_host_memory_used_bytes", f, arena, out->memory, err)
			   : rc;
}
