/* Reading from an outer store: history, samples, and usage over a window. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/outer_internal.h"

enum {
	READ_S = 30,
	SCAN_S = 240,
	QUERY_BYTES = 256 << 10,
	SLOT_MS = 300000,
};
#define BEFORE_MS INT64_C(604800000) /* how far back the number before a stretch is looked for */

/* ---- samples ---- */

struct reading {
	struct yh_outer_read *read;
	int64_t from_ms, to_ms, step_ms;
	size_t limit;
	const struct yh_meter_scan *scan;
	yh_meter_samples_fn samples;
	yh_meter_history_fn history;
	yh_meter_scan_fn usage;
	void *arg;
};

static enum yh_rc haul_part(struct reading *g, const struct yh_outer_part *part,
			    enum yh_outer_want want, struct yh_outer_haul *h, struct yh_err *err)
{
	*h = (struct yh_outer_haul){ .read = g->read,
				     .part = part,
				     .from_ms = g->from_ms,
				     .to_ms = g->to_ms,
				     .step_ms = g->step_ms,
				     .want = want,
				     .limit = g->limit };
	yh_outer_haul_init(h);
	return yh_outer_haul(h, err);
}

static enum yh_rc each_samples(void *arg, const struct yh_outer_part *part, bool *more,
			       struct yh_err *err)
{
	struct reading *g = arg;
	struct yh_outer_haul h;
	enum yh_rc rc = haul_part(g, part, YH_OUTER_RAW, &h, err);

	for (struct yh_outer_one *one = h.first; rc == YH_OK && *more && one; one = one->next)
		if (one->n > 0)
			*more = g->samples(g->arg, &one->series, one->at_ms, one->values, one->n);
	yh_outer_haul_done(&h);
	return rc;
}

static enum yh_rc go(struct yh_outer *o, const struct yh_meter_select *what, unsigned seconds,
		     struct reading *g, yh_outer_each each, struct yh_err *err)
{
	struct yh_outer_read read;
	enum yh_rc rc = yh_outer_begin(o, seconds, &read, err);

	if (rc != YH_OK)
		return rc;
	g->read = &read;
	rc = yh_outer_parts(&read, what, g->from_ms, g->to_ms, each, g, err);
	yh_outer_end(&read);
	return rc;
}

enum yh_rc yh_outer_samples(struct yh_meter *m, const struct yh_meter_select *what, int64_t from_ms,
			    int64_t to_ms, size_t limit, yh_meter_samples_fn visit, void *arg,
			    struct yh_err *err)
{
	struct reading g = {
		.from_ms = from_ms, .to_ms = to_ms, .limit = limit, .samples = visit, .arg = arg
	};

	return go((struct yh_outer *)m, what, READ_S, &g, each_samples, err);
}

/* ---- history ---- */

static bool has_unfounded(const struct yh_outer_haul *h)
{
	for (const struct yh_outer_one *one = h->first; one; one = one->next)
		if (one->unfounded && one->n_buckets > 0)
			return true;
	return false;
}

/* Gives first buckets the number before them, where it lies further back than was fetched. */
static enum yh_rc found(struct yh_outer_haul *h, struct yh_err *err)
{
	YH_JSON_AUTO result = NULL;
	struct yh_buf query;
	enum yh_rc rc;

	yh_buf_init(&query, QUERY_BYTES);
	yh_buf_str(&query, "last_over_time(");
	yh_outer_selector(&query, h->part, NULL);
	yh_buf_printf(&query, "[%" PRId64 "ms])", BEFORE_MS);
	rc = yh_outer_query(h->read, yh_buf_text(&query), h->from_ms - YH_OUTER_BEFORE_MS - 1,
			    &result, err);
	yh_buf_done(&query);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(result); i++) {
		const json_t *entry = json_array_get(result, i);
		struct yh_outer_one *one =
			yh_outer_one(h, json_object_get(entry, "metric"), NULL, false);
		int64_t at_ms;
		double prev;

		if (one && one->unfounded && one->n_buckets > 0 &&
		    yh_outer_pair(json_object_get(entry, "value"), &at_ms, &prev) && !isnan(prev))
			one->buckets[0].rise += yh_outer_rise(prev, one->buckets[0].first);
	}
	return rc;
}

static enum yh_rc each_history(void *arg, const struct yh_outer_part *part, bool *more,
			       struct yh_err *err)
{
	struct reading *g = arg;
	struct yh_outer_haul h;
	enum yh_rc rc = haul_part(g, part, YH_OUTER_BUCKETS, &h, err);

	if (rc == YH_OK && has_unfounded(&h))
		rc = found(&h, err);
	for (struct yh_outer_one *one = h.first; rc == YH_OK && *more && one; one = one->next)
		if (one->n_buckets > 0)
			*more = g->history(g->arg, &one->series, one->buckets, one->n_buckets);
	yh_outer_haul_done(&h);
	return rc;
}

enum yh_rc yh_outer_history(struct yh_meter *m, const struct yh_meter_select *what, int64_t from_ms,
			    int64_t to_ms, int64_t step_ms, yh_meter_history_fn visit, void *arg,
			    struct yh_err *err)
{
	struct reading g = {
		.from_ms = from_ms, .to_ms = to_ms, .step_ms = step_ms, .history = visit, .arg = arg
	};

	return go((struct yh_outer *)m, what, READ_S, &g, each_history, err);
}

/* ---- usage ---- */

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The slots are those of the clock, as the embedded store counts them. */
static uint32_t slots_of(int64_t from_ms, int64_t to_ms)
{
	int64_t first = from_ms / SLOT_MS - (from_ms % SLOT_MS < 0);
	int64_t last = (to_ms - 1) / SLOT_MS - ((to_ms - 1) % SLOT_MS < 0);

	return (uint32_t)(last - first + 1);
}

/* Nearest rank: the smallest value that at least this share of the values does not exceed. */
static double nearest_rank(double *values, size_t n, double q)
{
	double rank = ceil(q * (double)n);
	size_t i = rank < 1 ? 0 : (size_t)rank - 1;

	qsort(values, n, sizeof *values, by_value);
	return values[i < n ? i : n - 1];
}

/* Sorts the values of `one`; false when it has none that count. */
static bool usage_of(struct yh_outer_one *one, const struct yh_meter_scan *scan,
		     struct yh_meter_usage *u)
{
	int64_t slot = INT64_MIN;
	double sum = 0;
	size_t n = 0;

	*u = (struct yh_meter_usage){ .slots = slots_of(scan->from_ms, scan->to_ms) };
	for (size_t i = 0; i < one->n; i++) {
		int64_t at = one->at_ms[i], s = at / SLOT_MS - (at % SLOT_MS < 0);
		double v = one->values[i];

		if (isnan(v))
			continue;
		if (n == 0) {
			u->first_ms = at;
			u->min = u->max = v;
		}
		u->last_ms = at;
		u->min = v < u->min ? v : u->min;
		u->max = v > u->max ? v : u->max;
		u->filled += s != slot;
		slot = s;
		sum += v;
		one->values[n++] = v;
	}
	if (n == 0)
		return false;
	u->count = n;
	u->mean = sum / (double)n;
	u->quantile = nearest_rank(one->values, n, scan->quantile);
	return true;
}

static enum yh_rc each_usage(void *arg, const struct yh_outer_part *part, bool *more,
			     struct yh_err *err)
{
	struct reading *g = arg;
	struct yh_outer_haul h;
	struct yh_meter_usage u;
	enum yh_rc rc = haul_part(g, part, YH_OUTER_RAW, &h, err);

	for (struct yh_outer_one *one = h.first; rc == YH_OK && *more && one; one = one->next)
		if (usage_of(one, g->scan, &u))
			*more = g->usage(g->arg, &one->series, &u);
	yh_outer_haul_done(&h);
	return rc;
}

enum yh_rc yh_outer_scan(struct yh_meter *m, const struct yh_meter_scan *scan,
			 yh_meter_scan_fn visit, void *arg, struct yh_err *err)
{
	struct reading g = { .from_ms = scan->from_ms,
			     .to_ms = scan->to_ms,
			     .scan = scan,
			     .usage = visit,
			     .arg = arg };

	return go((struct yh_outer *)m, &scan->what, SCAN_S, &g, each_usage, err);
}
