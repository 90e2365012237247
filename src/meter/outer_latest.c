/* The last samples of an outer store. Fresh ones are raw samples of the last minutes; series of the
 * week that show none are asked about one metric at a time, for their value and its instant. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/outer_internal.h"

enum {
	READ_S = 30,
	QUERY_BYTES = 256 << 10,
	FRESH_MS = 295000, /* within the five minutes for which a store itself shows a sample */
	METRICS_MAX = 2000,
};
#define WEEK_MS INT64_C(604800000)

struct latest {
	struct yh_outer_read *read;
	int64_t now_ms, future_ms;
	uint64_t after;
	bool marks; /* readings with a mark note what they have shown */
	yh_meter_latest_fn visit;
	void *arg;
};

/* A series met in the answer is noted in the haul even when it shows nothing. */
static struct yh_outer_one *note(struct yh_outer_haul *h, const json_t *labels, const char *metric,
				 struct yh_err *err)
{
	struct yh_outer_one *one = yh_outer_one(h, labels, metric, true);

	if (!one)
		(void)yh_fail(err, YH_BUSY, "memory-short");
	return one;
}

/* Stores that hide markers of staleness leave a series out of an instant's answer once it is
 * marked. */
static enum yh_rc drop_stale(struct latest *g, struct yh_outer_haul *h, struct yh_err *err)
{
	YH_JSON_AUTO result = NULL;
	struct yh_buf query;
	enum yh_rc rc;

	yh_buf_init(&query, QUERY_BYTES);
	yh_outer_selector(&query, h->part, NULL);
	rc = yh_outer_query(h->read, yh_buf_text(&query), g->now_ms, &result, err);
	yh_buf_done(&query);
	if (rc != YH_OK)
		return rc;
	for (struct yh_outer_one *one = h->first; one; one = one->next)
		one->stale = one->n > 0 && one->at_ms[one->n - 1] <= g->now_ms;
	for (size_t i = 0; i < json_array_size(result); i++) {
		const json_t *entry = json_array_get(result, i);
		struct yh_outer_one *one =
			yh_outer_one(h, json_object_get(entry, "metric"), NULL, false);

		if (one)
			one->stale = false;
	}
	return YH_OK;
}

/* ---- the older ones ---- */

/* Values at `now` minus the fresh minutes, of one metric: by `fn` over a week. */
static enum yh_rc ask_old(struct latest *g, struct yh_outer_haul *h, const char *metric,
			  const char *before, const char *behind, json_t **result,
			  struct yh_err *err)
{
	struct yh_buf query;
	enum yh_rc rc;

	yh_buf_init(&query, QUERY_BYTES);
	yh_buf_str(&query, before);
	yh_outer_selector(&query, h->part, metric);
	yh_buf_str(&query, behind);
	rc = yh_outer_query(h->read, yh_buf_text(&query), g->now_ms - FRESH_MS - 1, result, err);
	yh_buf_done(&query);
	return rc;
}

static bool put_last(struct yh_outer_one *one, double value)
{
	if (!one->at_ms)
		one->at_ms = calloc(1, sizeof *one->at_ms);
	if (!one->values)
		one->values = calloc(1, sizeof *one->values);
	if (!one->at_ms || !one->values)
		return false;
	one->cap = one->n = 1;
	one->at_ms[0] = INT64_MIN; /* not known yet */
	one->values[0] = value;
	return true;
}

/* The last values and their instants of the series of one metric that show nothing fresh. */
static enum yh_rc old_metric(struct latest *g, struct yh_outer_haul *h, const char *metric,
			     struct yh_err *err)
{
	bool victoria = g->read->o->victoria == 1;
	YH_JSON_AUTO values = NULL;
	YH_JSON_AUTO instants = NULL;
	enum yh_rc rc = ask_old(g, h, metric, victoria ? "default_rollup(" : "last_over_time(",
				"[604800s])", &values, err);

	if (rc == YH_OK)
		rc = ask_old(g, h, metric, "max_over_time(timestamp(", ")[604800s:270s])",
			     &instants, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(values); i++) {
		const json_t *entry = json_array_get(values, i);
		struct yh_outer_one *one = note(h, json_object_get(entry, "metric"), metric, err);
		int64_t at_ms;
		double value;

		if (!one)
			return YH_BUSY;
		if (one->n == 0 && one->last_ms == INT64_MIN &&
		    yh_outer_pair(json_object_get(entry, "value"), &at_ms, &value) &&
		    !put_last(one, value))
			return yh_fail(err, YH_BUSY, "memory-short");
	}
	for (size_t i = 0; rc == YH_OK && i < json_array_size(instants); i++) {
		const json_t *entry = json_array_get(instants, i);
		struct yh_outer_one *one =
			yh_outer_one(h, json_object_get(entry, "metric"), metric, false);
		int64_t asked_ms;
		double at_s;

		if (one && one->n == 1 && one->at_ms[0] == INT64_MIN &&
		    yh_outer_pair(json_object_get(entry, "value"), &asked_ms, &at_s))
			one->at_ms[0] = llround(at_s * 1000);
	}
	return rc;
}

/* The metrics of those series of the week that showed nothing fresh. */
static enum yh_rc missing_metrics(struct latest *g, struct yh_outer_haul *h, json_t *names,
				  struct yh_err *err)
{
	YH_JSON_AUTO listed = NULL;
	struct yh_buf selector;
	enum yh_rc rc;

	yh_buf_init(&selector, QUERY_BYTES);
	yh_outer_selector(&selector, h->part, NULL);
	rc = yh_outer_list(h->read, yh_buf_text(&selector), g->now_ms - WEEK_MS, g->now_ms, &listed,
			   err);
	yh_buf_done(&selector);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(listed); i++) {
		const json_t *labels = json_array_get(listed, i);
		const char *metric = yh_json_text(labels, "__name__");

		if (!metric || yh_outer_one(h, labels, NULL, false))
			continue;
		if (json_object_set_new(names, metric, json_true()) != 0)
			rc = yh_fail(err, YH_BUSY, "memory-short");
	}
	if (rc == YH_OK && json_object_size(names) > METRICS_MAX)
		rc = yh_fail(err, YH_TOO_LARGE, "meter-outer-much");
	return rc;
}

static enum yh_rc add_old(struct latest *g, struct yh_outer_haul *h, struct yh_err *err)
{
	YH_JSON_AUTO names = json_object();
	enum yh_rc rc =
		names ? missing_metrics(g, h, names, err) : yh_fail(err, YH_BUSY, "memory-short");
	const char *metric;
	json_t *v;

	if (rc != YH_OK)
		return rc;
	json_object_foreach(names, metric, v)
	{
		rc = old_metric(g, h, metric, err);
		if (rc != YH_OK)
			break;
	}
	return rc;
}

/* ---- marks ---- */

/* Is this sample one that no earlier reading with a mark up to `after` has shown? */
static enum yh_rc is_new(struct latest *g, const struct yh_outer_one *one, int64_t at_ms, bool *new,
			 struct yh_err *err)
{
	struct yh_outer *o = g->read->o;
	struct yh_outer_seen *seen;
	bool fresh;

	*new = true;
	if (!g->marks)
		return YH_OK;
	seen = yh_table_put(&o->seen, one->key, &fresh);
	if (!seen)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (fresh || seen->at_ms != at_ms) {
		seen->at_ms = at_ms;
		seen->arrival = ++o->arrivals;
	}
	*new = seen->arrival > g->after;
	return YH_OK;
}

static enum yh_rc show(struct latest *g, struct yh_outer_haul *h, bool *more, struct yh_err *err)
{
	for (struct yh_outer_one *one = h->first; *more && one; one = one->next) {
		int64_t at_ms = one->n ? one->at_ms[one->n - 1] : INT64_MIN;
		enum yh_rc rc;
		bool new;

		if (at_ms == INT64_MIN || one->stale ||
		    !yh_outer_matches(h->part->what, &one->series))
			continue;
		rc = is_new(g, one, at_ms, &new, err);
		if (rc != YH_OK)
			return rc;
		if (new)
			*more = g->visit(g->arg, &one->series, at_ms, one->values[one->n - 1]);
	}
	return YH_OK;
}

static enum yh_rc each(void *arg, const struct yh_outer_part *part, bool *more, struct yh_err *err)
{
	struct latest *g = arg;
	struct yh_outer_haul h = { .read = g->read,
				   .part = part,
				   .from_ms = g->now_ms - FRESH_MS,
				   .to_ms = g->now_ms + g->future_ms + 1,
				   .want = YH_OUTER_RAW };
	enum yh_rc rc;

	yh_outer_haul_init(&h);
	rc = yh_outer_haul(&h, err);
	if (rc == YH_OK && g->read->o->victoria != 1 && h.first)
		rc = drop_stale(g, &h, err);
	if (rc == YH_OK && g->after == 0)
		rc = add_old(g, &h, err);
	if (rc == YH_OK)
		rc = show(g, &h, more, err);
	yh_outer_haul_done(&h);
	return rc;
}

enum yh_rc yh_outer_latest(struct yh_meter *m, const struct yh_meter_select *what, uint64_t after,
			   uint64_t *mark, yh_meter_latest_fn visit, void *arg, struct yh_err *err)
{
	struct yh_outer *o = (struct yh_outer *)m;
	struct latest g = { .now_ms = yh_clock_now(m->cfg.clock) / 1000,
			    .future_ms = m->cfg.future_ms,
			    .after = after,
			    .marks = after != 0 || mark != NULL,
			    .visit = visit,
			    .arg = arg };
	struct yh_outer_read read;
	enum yh_rc rc = yh_outer_begin(o, READ_S, &read, err);

	if (rc != YH_OK)
		return rc;
	g.read = &read;
	/* One at a time: a mark must not pass what another reading saw arrive meanwhile. */
	if (g.marks)
		(void)pthread_mutex_lock(&o->live);
	if (g.marks && o->seen.n > m->cfg.series_max)
		yh_table_done(&o->seen); /* what is forgotten is shown again */
	rc = yh_outer_parts(&read, what, g.now_ms - WEEK_MS, g.now_ms + g.future_ms, each, &g, err);
	if (mark && rc == YH_OK)
		*mark = o->arrivals ? o->arrivals : 1;
	if (g.marks)
		(void)pthread_mutex_unlock(&o->live);
	yh_outer_end(&read);
	return rc;
}
