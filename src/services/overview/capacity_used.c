/* What the meter says is used of a cloud's dimensions. */
#include "services/overview/capacity_used.h"

#include <assert.h>
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

enum { DAYS_MOST = 64, WHOLES_MOST = 65536 };
#define DAY_MS INT64_C(86400000)

struct whole {
	const char *host, *provider;
	double value;
};

struct using
{
	const struct yh_platform_cloud *cloud;
	const struct host_metric *of; /* NULL: the platform's own word */
	int64_t from_ms;
	struct yh_arena *arena;
	struct yh_used *out;
	uint64_t days[YH_USED_MOST]; /* of each: those on which anybody told of it */
	size_t n;
	struct whole *wholes;
	size_t n_wholes, cap_wholes;
	size_t next; /* the whole that was found last, and one more */
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

static struct yh_meter_name name_of(const struct yh_meter_series *s)
{
	return (struct yh_meter_name){ .labels = s->labels, .n_labels = s->n_labels };
}

/* What each host had last, also one that is gone by now. */
static bool keep_whole(void *arg, const struct yh_meter_series *s,
		       const struct yh_meter_bucket *buckets, size_t n)
{
	const struct yh_meter_name name = name_of(s);
	struct using *u = arg;
	struct whole *w;

	if (n == 0 || u->n_wholes == WHOLES_MOST)
		return true;
	if (u->n_wholes == u->cap_wholes) {
		struct whole *more = YH_NEW_N(u->arena, struct whole, u->cap_wholes * 2 + 64);

		u->short_of_memory = !more;
		if (!more)
			return false;
		if (u->n_wholes)
			memcpy(more, u->wholes, u->n_wholes * sizeof *more);
		u->wholes = more;
		u->cap_wholes = u->cap_wholes * 2 + 64;
	}
	w = &u->wholes[u->n_wholes++];
	w->host = yh_arena_strdup(u->arena, yh_platform_label(&name, "host"));
	w->provider = yh_arena_strdup(u->arena, yh_platform_label(&name, "provider"));
	w->value = buckets[n - 1].last;
	u->short_of_memory = !w->host || !w->provider;
	return !u->short_of_memory;
}

/* What the host of a series has of the metric; NaN where it does not say. Hosts mostly come in the
 * order in which they stand. */
static double whole_of(struct using *u, const struct yh_meter_name *name)
{
	const char *host = yh_platform_label(name, "host");
	const char *provider = yh_platform_label(name, "provider");

	for (size_t k = 0; k < u->n_wholes; k++) {
		const struct whole *w = &u->wholes[(u->next + k) % u->n_wholes];

		if (strcmp(w->host, host) == 0 && strcmp(w->provider, provider) == 0) {
			u->next = (size_t)(w - u->wholes) + 1;
			return w->value;
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

/* Day by day: who came or went within the time counts only on the days on which it was there. */
static bool fold(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *buckets,
		 size_t n)
{
	const struct yh_meter_name name = name_of(s);
	struct using *u = arg;
	struct yh_used *use;
	double part = 1;

	if (s->resource[0] || !n || !trusted(u->cloud, yh_platform_label(&name, "provider")))
		return true;
	if (u->of)
		part = u->of->whole ? whole_of(u, &name) : 1 / u->of->unit;
	if (!isfinite(part))
		return true;
	use = used_of(u, u->of ? u->of->dim : yh_platform_label(&name, "dimension"));
	for (size_t i = 0; use && use->of_hosts == (u->of != NULL) && i < n; i++) {
		int64_t day = (buckets[i].from_ms - u->from_ms) / DAY_MS;
		double mean = buckets[i].sum / (double)buckets[i].count * part;

		if (day < 0 || day >= DAYS_MOST || !isfinite(mean) || mean < 0)
			continue;
		use->amount += mean;
		u->days[use - u->out] |= UINT64_C(1) << day;
	}
	return !u->short_of_memory;
}

enum yh_rc yh_capacity_used(const struct yh_world *world, const struct yh_platform_cloud *cloud,
			    int64_t from_ms, int64_t to_ms, struct yh_arena *arena,
			    struct yh_used out[YH_USED_MOST], size_t *n, struct yh_err *err)
{
	const struct yh_meter_label on = { "cloud", cloud->row.code };
	struct using u = { .cloud = cloud, .from_ms = from_ms, .arena = arena, .out = out };
	struct yh_meter_select what = { .labels = &on, .n_labels = 1 };
	enum yh_rc rc = YH_OK;

	*n = 0;
	assert(to_ms - from_ms <= DAYS_MOST * DAY_MS);
	if (!world->meter)
		return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < YH_LEN(host_metrics); i++) {
		u.of = &host_metrics[i];
		u.n_wholes = u.next = 0;
		what.metric = u.of->whole;
		if (u.of->whole)
			rc = yh_meter_history(world->meter, &what, from_ms, to_ms, to_ms - from_ms,
					      keep_whole, &u, err);
		what.metric = u.of->metric;
		if (rc == YH_OK)
			rc = yh_meter_history(world->meter, &what, from_ms, to_ms, DAY_MS, fold, &u,
					      err);
	}
	u.of = NULL;
	what.metric = "platform_capacity_used";
	if (rc == YH_OK)
		rc = yh_meter_history(world->meter, &what, from_ms, to_ms, DAY_MS, fold, &u, err);
	if (rc == YH_OK && u.short_of_memory)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	/* a line that nobody told a valid figure of is none */
	for (size_t i = 0; rc == YH_OK && i < u.n; i++)
		if (u.days[i]) {
			out[*n] = out[i];
			out[(*n)++].amount /= __builtin_popcountll(u.days[i]);
		}
	return rc;
}
