/* What the meter says is used of a cloud's dimensions. */
#include "services/overview/capacity_used.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

/* Which metric of hosts tells of a dimension, see docs/metrics.zh-CN.md: a ratio of what another
 * metric says the host has, or an amount in parts of the dimension's unit. */
static const struct host_metric {
	const char *dim, *metric, *whole;
	double unit;
} host_metrics[] = {
	{ "vcpu", "platform_host_cpu_usage_ratio", "platform_host_cpu_cores", 1 },
	{ "memory_gib", "platform_host_memory_used_bytes", NULL, 1024.0 * 1024 * 1024 },
};

struct using
{
	const struct yh_platform_cloud *cloud;
	const struct host_metric *of; /* NULL: the platform's own word */
	struct yh_arena *arena;
	struct yh_used *out;
	size_t n;
	size_t next; /* the line that was found last, and one more */
	bool short_of_memory;
};

static bool trusted(const struct yh_platform_cloud *c, const char *provider)
{
	if (!provider[0])
		return true;
	for (size_t i = 0; i < c->n_providers; i++)
		if (strcmp(provider, c->providers[i]) == 0)
			return true;
	return false;
}

/* What the host of a series has of the metric; NaN where it does not say. Hosts mostly come in the
 * order in which they stand. */
static double whole_of(struct using *u, const struct yh_meter_name *host)
{
	const struct yh_platform_cloud *c = u->cloud;

	for (size_t k = 0; k < c->n; k++) {
		size_t at = (u->next + k) % c->n;
		const struct yh_meter_name *s = &c->lines[at].series;

		if (strcmp(s->metric, u->of->whole) == 0 &&
		    strcmp(yh_platform_label(s, "host"), yh_platform_label(host, "host")) == 0 &&
		    strcmp(yh_platform_label(s, "provider"), yh_platform_label(host, "provider")) ==
			    0) {
			u->next = at + 1;
			return c->lines[at].value;
		}
	}
	return NAN;
}

static struct yh_used *used_of(struct using *u, const char *dim)
{
	struct yh_used *use;

	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->out[i].dim, dim) == 0)
			return &u->out[i];
	if (u->n == YH_USED_MOST)
		return NULL;
	use = &u->out[u->n];
	*use = (struct yh_used){ .dim = yh_arena_strdup(u->arena, dim), .of_hosts = u->of != NULL };
	u->short_of_memory = !use->dim;
	u->n += use->dim != NULL;
	return use->dim ? use : NULL;
}

static bool fold(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *buckets,
		 size_t n)
{
	const struct yh_meter_name name = { .labels = s->labels, .n_labels = s->n_labels };
	struct using *u = arg;
	double sum = 0, mean;
	uint64_t count = 0;
	struct yh_used *use;

	for (size_t i = 0; i < n; i++) {
		sum += buckets[i].sum;
		count += buckets[i].count;
	}
	if (s->resource[0] || !count || !trusted(u->cloud, yh_platform_label(&name, "provider")))
		return true;
	mean = sum / (double)count;
	if (u->of)
		mean *= u->of->whole ? whole_of(u, &name) : 1 / u->of->unit;
	if (!isfinite(mean) || mean < 0)
		return true;
	use = used_of(u, u->of ? u->of->dim : yh_platform_label(&name, "dimension"));
	if (use && use->of_hosts == (u->of != NULL))
		use->amount += mean;
	return !u->short_of_memory;
}

enum yh_rc yh_capacity_used(const struct yh_world *world, const struct yh_platform_cloud *cloud,
			    int64_t from_ms, int64_t to_ms, struct yh_arena *arena,
			    struct yh_used out[YH_USED_MOST], size_t *n, struct yh_err *err)
{
	const struct yh_meter_label on = { "cloud", cloud->row.code };
	struct using u = { .cloud = cloud, .arena = arena, .out = out };
	struct yh_meter_select what = { .labels = &on, .n_labels = 1 };
	enum yh_rc rc = YH_OK;

	*n = 0;
	if (!world->meter)
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < YH_LEN(host_metrics); i++) {
		u.of = &host_metrics[i];
		what.metric = u.of->metric;
		rc = yh_meter_history(world->meter, &what, from_ms, to_ms, to_ms - from_ms, fold,
				      &u, err);
	}
	u.of = NULL;
	what.metric = "platform_capacity_used";
	if (rc == YH_OK)
		rc = yh_meter_history(world->meter, &what, from_ms, to_ms, to_ms - from_ms, fold,
				      &u, err);
	if (rc == YH_OK && u.short_of_memory)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	*n = u.n;
	return rc;
}
