/* A Prometheus-compatible store as it answers. The first byte chooses what it is asked. */
#include "fuzz.h"
#include "meter/meter.h"

static enum yh_rc owner(void *arg, const char *resource_no, struct yh_meter_owner *out,
			struct yh_err *err)
{
	(void)arg;
	(void)resource_no;
	(void)out;
	return yh_fail(err, YH_NOT_FOUND, "resource-unknown");
}

static void series(const struct yh_meter_series *s)
{
	must(s->metric && s->resource);
	for (size_t i = 0; i < s->n_labels; i++)
		must(s->labels[i].name && s->labels[i].value);
}

static bool latest(void *arg, const struct yh_meter_series *s, int64_t at_ms, double value)
{
	(void)arg;
	(void)at_ms;
	(void)value;
	series(s);
	return true;
}

static bool history(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		    size_t n)
{
	(void)arg;
	series(s);
	for (size_t i = 0; i < n; i++)
		must(b[i].count > 0 && (i == 0 || b[i - 1].from_ms < b[i].from_ms));
	return true;
}

static bool samples(void *arg, const struct yh_meter_series *s, const int64_t *at_ms,
		    const double *values, size_t n)
{
	(void)arg;
	(void)values;
	series(s);
	for (size_t i = 1; i < n; i++)
		must(at_ms[i - 1] <= at_ms[i]);
	return true;
}

static bool usage(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	(void)arg;
	series(s);
	must(u->count > 0 && u->filled <= u->slots);
	return true;
}

static enum yh_rc ask(struct yh_meter *m, int what, struct yh_err *err)
{
	static const char *const numbers[] = { "SH-R-000001", "SH-R-000002" };
	static const int64_t from = INT64_C(1790000000000), day = INT64_C(86400000);
	struct yh_meter_select select = { .metric = "resource_cpu_usage_ratio",
					  .resources = numbers,
					  .n_resources = 2,
					  .by_resource = what & 4 };
	struct yh_meter_scan scan = { .what = select,
				      .from_ms = from,
				      .to_ms = from + 2 * day,
				      .quantile = 0.95,
				      .source = what & 8 ? YH_METER_SKETCH : YH_METER_EXACT };
	uint64_t mark;

	switch (what & 3) {
	case 0:
		return yh_meter_latest(m, &select, 0, what & 8 ? &mark : NULL, latest, NULL, err);
	case 1:
		return yh_meter_history(m, &select, from, from + day, 3600000, history, NULL, err);
	case 2:
		return yh_meter_samples(m, &select, from, from + day, 1000, samples, NULL, err);
	default:
		return yh_meter_scan(m, &scan, usage, NULL, err);
	}
}

void yh_fuzz_outer(const unsigned char *data, size_t n)
{
	struct yh_clock clock;
	struct yh_meter_config cfg = { .outer = "http://store", .clock = &clock, .owner = owner };
	struct yh_meter *m;
	struct yh_err err = { 0 };

	if (n == 0)
		return;
	yh_clock_manual(&clock, INT64_C(1790200000000000));
	must(yh_meter_open(&cfg, &m, &err) == YH_OK);
	yh_fuzz_peer(data + 1, n - 1);
	must_say(ask(m, data[0], &err), &err);
	must(yh_fuzz_peer_calls() < 10000);
	yh_meter_close(m);
}
