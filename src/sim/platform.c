/* How the platforms of the simulated city do, told to the meter up to the end of its time: hosts,
 * capacity, pools, alarms, backups of every cloud over the last day. One district's feed broke some
 * days ago, another's some hours ago. */
#include "sim/series.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "services/project/allocation.h"
#include "store/party.h"

enum {
	STEP_S = 300,
	TOLD_S = 26 * 3600,
	SIZE_STEP_S = 3600,
	CITY_HOSTS = 24,
	DISTRICT_HOSTS = 4,
	HOST_CORES = 96,
	SERIES_BYTES = 256 * 1024,
	STALE_S = 3 * 86400 + 7200,
	OLD_S = 5 * 3600,
	DIMS = 4
};
#define HOST_MEMORY (768.0 * 1073741824.0)

static const char *const dims[DIMS] = { "vcpu", "memory_gib", "block_gib", "object_gib" };

struct telling {
	struct sim *s;
	size_t at; /* of sim.clouds */
	char code[64];
	int64_t from_s, to_s;
	size_t hosts;
	double allocated[DIMS];
	struct yh_buf body;
};

typedef double (*value_fn)(const struct telling *t, size_t which, int64_t at_s);
struct labels {
	const char *name[2], *value[2]; /* by name; NULL: none */
};

static void put(struct telling *t, const char *metric, const struct labels *l, value_fn value,
		size_t which, int64_t step_s)
{
	struct yh_buf series;

	yh_buf_init(&series, SERIES_BYTES);
	sim_put_label(&series, "__name__", metric);
	for (size_t i = 0; i < 2 && l->name[i]; i++)
		sim_put_label(&series, l->name[i], l->value[i]);
	for (int64_t at = t->from_s; at < t->to_s; at += step_s)
		sim_put_sample(&series, value(t, which, at), at * 1000);
	/* what changes seldom is told at the end, too */
	sim_put_sample(&series, value(t, which, t->to_s), t->to_s * 1000);
	sim_put_series(&t->body, &series);
	t->body.failed = t->body.failed || !yh_buf_ok(&series);
	yh_buf_done(&series);
}

/* ---- values ---- */

static uint64_t key_of(const struct telling *t, size_t which)
{
	return (uint64_t)t->at * 1000 + which;
}

/* Of a day's work: little at night, most in the afternoon. */
static double office(int64_t at_s)
{
	double hour = (double)((at_s + 8 * 3600) % 86400) / 3600;

	return 0.5 - 0.5 * cos((hour - 3.5) / 24 * 2 * 3.14159265358979);
}

static double jitter(const struct telling *t, const char *what, size_t which, int64_t at_s)
{
	return sim_draw(t->s, what, key_of(t, which) * 1000003u + (uint64_t)(at_s / STEP_S), 1000) /
	       1000.0;
}

/* One host of the city's is out of order. */
static bool is_up(const struct telling *t, size_t host)
{
	return t->at > 0 || host != t->hosts - 2;
}

static double up(const struct telling *t, size_t host, int64_t at_s)
{
	(void)at_s;
	return is_up(t, host);
}

static double cores(const struct telling *t, size_t host, int64_t at_s)
{
	(void)t, (void)host, (void)at_s;
	return HOST_CORES;
}

static double cpu(const struct telling *t, size_t host, int64_t at_s)
{
	double base = 0.12 + sim_draw(t->s, "host cpu", key_of(t, host), 150) / 1000.0;

	return round((base + 0.3 * office(at_s) + 0.06 * jitter(t, "cpu", host, at_s)) * 1000) /
	       1000;
}

static double memory(const struct telling *t, size_t host, int64_t at_s)
{
	(void)t, (void)host, (void)at_s;
	return HOST_MEMORY;
}

static double used_memory(const struct telling *t, size_t host, int64_t at_s)
{
	double base = 0.45 + sim_draw(t->s, "host memory", key_of(t, host), 200) / 1000.0;

	return round(HOST_MEMORY / 4096 *
		     (base + 0.08 * office(at_s) + 0.01 * jitter(t, "memory", host, at_s))) *
	       4096;
}

/* What the hosts have, and never less than what is allocated on them and a fifth more. */
static double capacity(const struct telling *t, size_t dim, int64_t at_s)
{
	static const double of_host[DIMS] = { 2.0 * HOST_CORES, 768, 20000, 40000 };
	double least = t->allocated[dim] * 1.2, has = (double)t->hosts * of_host[dim];

	(void)at_s;
	return has > least ? has : ceil(least / 1000) * 1000;
}

/* A district's own systems are not in this store; what they take is only told of. */
static double used_capacity(const struct telling *t, size_t dim, int64_t at_s)
{
	if (t->at == 0)
		return t->allocated[dim];
	return round(capacity(t, dim, at_s) *
		     (0.35 + sim_draw(t->s, "taken", key_of(t, dim), 450) / 1000.0));
}

static double pool_size(const struct telling *t, size_t pool, int64_t at_s)
{
	(void)at_s;
	return (double)t->hosts * (pool ? 40.0 : 20.0) * 1099511627776.0;
}

static double pool_used(const struct telling *t, size_t pool, int64_t at_s)
{
	double share = 0.4 + sim_draw(t->s, "pool", key_of(t, pool), 450) / 1000.0;

	return round(pool_size(t, pool, at_s) * share / 4096) * 4096;
}

static double alarms(const struct telling *t, size_t severity, int64_t at_s)
{
	(void)at_s;
	if (severity == 0)
		return sim_draw(t->s, "alarms", key_of(t, 0), t->at ? 3 : 6);
	return t->at == 0;
}

static int64_t backup_s(const struct telling *t)
{
	int64_t day = (t->to_s + 8 * 3600) / 86400 * 86400 - 8 * 3600;
	int64_t at = day + 2 * 3600 + sim_draw(t->s, "backup", key_of(t, 0), 3600);

	return at < t->to_s ? at : at - 86400;
}

static double backup_at(const struct telling *t, size_t which, int64_t at_s)
{
	(void)which;
	return (double)(at_s < backup_s(t) ? backup_s(t) - 86400 : backup_s(t));
}

static double backup_seconds(const struct telling *t, size_t which, int64_t at_s)
{
	(void)which, (void)at_s;
	return 900 + sim_draw(t->s, "backup takes", key_of(t, 0), 1800);
}

/* ---- a cloud ---- */

static void tell_hosts(struct telling *t)
{
	for (size_t i = 0; i < t->hosts; i++) {
		char name[32], zone[8];
		const struct labels host = { { "host" }, { name } };
		const struct labels placed = { { "host", "zone" }, { name, zone } };

		(void)snprintf(name, sizeof name, "node-%02zu", i + 1);
		(void)snprintf(zone, sizeof zone, "az%zu", i % 2 + 1);
		put(t, "platform_host_up", &placed, up, i, SIZE_STEP_S);
		put(t, "platform_host_cpu_cores", &host, cores, i, SIZE_STEP_S);
		put(t, "platform_host_memory_total_bytes", &host, memory, i, SIZE_STEP_S);
		if (!is_up(t, i))
			continue;
		put(t, "platform_host_cpu_usage_ratio", &host, cpu, i, STEP_S);
		put(t, "platform_host_memory_used_bytes", &host, used_memory, i, STEP_S);
	}
}

static void tell_rest(struct telling *t)
{
	static const char *const pools[] = { "ssd", "hdd" };
	static const char *const severities[] = { "warning", "critical" };
	const struct labels job = { { "job" }, { "nightly" } };

	for (size_t i = 0; i < DIMS; i++) {
		const struct labels l = { { "dimension" }, { dims[i] } };

		put(t, "platform_capacity", &l, capacity, i, SIZE_STEP_S);
		put(t, "platform_capacity_used", &l, used_capacity, i, SIZE_STEP_S);
	}
	for (size_t i = 0; i < YH_LEN(pools); i++) {
		const struct labels l = { { "pool" }, { pools[i] } };

		put(t, "platform_pool_size_bytes", &l, pool_size, i, SIZE_STEP_S);
		put(t, "platform_pool_used_bytes", &l, pool_used, i, SIZE_STEP_S);
	}
	for (size_t i = 0; i < YH_LEN(severities); i++) {
		const struct labels l = { { "severity", "source" }, { severities[i], "platform" } };

		put(t, "platform_alarms_firing", &l, alarms, i, SIZE_STEP_S);
	}
	put(t, "platform_backup_last_success_timestamp_seconds", &job, backup_at, 0, SIZE_STEP_S);
	put(t, "platform_backup_last_duration_seconds", &job, backup_seconds, 0, SIZE_STEP_S);
}

static enum yh_rc look(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct telling *t = arg;
	struct yh_viewer any = { .any = true, .today = yh_ctx_today(cx) };
	struct yh_alloc_line *lines;
	struct yh_cloud_row cloud;
	size_t n = 0;
	enum yh_rc rc = yh_cloud_load(cx->tx, &t->s->clouds[t->at], cx->arena, &cloud, err);

	if (rc == YH_OK)
		rc = yh_allocation(cx, &any, &cloud.id, YH_BY_SECTOR, any.today, &lines, &n, err);
	if (rc == YH_OK)
		(void)snprintf(t->code, sizeof t->code, "%s", cloud.code);
	memset(t->allocated, 0, sizeof t->allocated);
	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < DIMS; d++)
			if (strcmp(lines[i].dim, dims[d]) == 0)
				t->allocated[d] += (double)lines[i].allocated_milli / 1000;
	return rc;
}

static enum yh_rc tell(struct telling *t, struct yh_err *err)
{
	int64_t now_s = t->s->now / YH_US_PER_S / STEP_S * STEP_S;
	enum yh_rc rc = sim_look(t->s, NULL, look, t, err);

	t->hosts = t->at ? DISTRICT_HOSTS : CITY_HOSTS;
	t->to_s = now_s - (t->at == 2 ? STALE_S : t->at == 5 ? OLD_S : 0);
	t->from_s = t->to_s - TOLD_S;
	if (rc != YH_OK)
		return rc;
	yh_buf_init(&t->body, SIM_BODY_BYTES);
	tell_hosts(t);
	tell_rest(t);
	rc = yh_buf_ok(&t->body)
		     ? sim_write_body(t->s, &t->s->clouds[t->at], t->code, &t->body, err)
		     : yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&t->body);
	return rc;
}

enum yh_rc sim_tell_platforms(struct sim *s, struct yh_err *err)
{
	struct telling t = { .s = s };
	enum yh_rc rc = YH_OK;

	for (; rc == YH_OK && t.at < s->n_clouds; t.at++)
		rc = tell(&t, err);
	return rc;
}
