/* The last sample of series, from memory; and the samples themselves. */
#include <stdlib.h>
#include <string.h>

#include "meter/query.h"

/* A marker of senders, no sample: the series ended. */
static bool is_stale(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	return bits == UINT64_C(0x7FF0000000000002);
}

enum { AT_ONCE = 4096 };

struct last {
	uint32_t series;
	int64_t at_ms;
	double value;
};

/* Those of series [from, from + AT_ONCE) that count, copied under the lock. */
static size_t copy_last(const struct yh_query *q, size_t from, uint64_t after, struct last *out)
{
	struct yh_engine *e = q->e;
	size_t n = 0;

	(void)pthread_mutex_lock(&e->lock);
	for (size_t i = from; i < q->n && i < from + AT_ONCE; i++) {
		const struct yh_hot *h = &e->index.hot[q->series[i]];

		if (h->last_ms != YH_NO_INSTANT && (after == 0 || YH_MARK(h) > after) &&
		    !is_stale(h->last))
			out[n++] = (struct last){ q->series[i], h->last_ms, h->last };
	}
	(void)pthread_mutex_unlock(&e->lock);
	return n;
}

enum yh_rc yh_engine_latest(struct yh_meter *m, const struct yh_meter_select *what, uint64_t after,
			    uint64_t *mark, yh_meter_latest_fn visit, void *arg, struct yh_err *err)
{
	struct yh_engine *e = yh_engine_of(m);
	struct yh_meter_label labels[YH_METER_LABELS_MAX];
	struct yh_meter_series s;
	struct yh_query q;
	struct last *last;
	bool on = true;
	uint64_t upto;
	enum yh_rc rc;

	/* Before the choice: a series that comes later is told the next time. */
	(void)pthread_mutex_lock(&e->lock);
	upto = yh_journal_next(e->journal) - 1;
	(void)pthread_mutex_unlock(&e->lock);
	rc = yh_query_open(&q, e, what, err);
	if (rc != YH_OK)
		return rc;
	last = malloc(AT_ONCE * sizeof *last);
	if (!last)
		rc = yh_fail(err, YH_BUSY, "memory-short");
	for (size_t i = 0; last && on && i < q.n; i += AT_ONCE) {
		size_t n = copy_last(&q, i, after, last);

		for (size_t k = 0; on && k < n; k++) {
			yh_index_describe(&e->index, last[k].series, labels, &s);
			on = visit(arg, &s, last[k].at_ms, last[k].value);
		}
	}
	if (mark)
		*mark = upto;
	free(last);
	yh_query_done(&q);
	return rc;
}

static void without_stale(struct yh_points *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (is_stale(p->values[i]))
			continue;
		p->at_ms[n] = p->at_ms[i];
		p->values[n++] = p->values[i];
	}
	p->n = n;
}

static enum yh_rc too_many(size_t limit, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_TOO_LARGE, "meter-samples-many");

	yh_err_int(err, "max", (int64_t)limit);
	return rc;
}

enum yh_rc yh_engine_samples(struct yh_meter *m, const struct yh_meter_select *what,
			     int64_t from_ms, int64_t to_ms, size_t limit,
			     yh_meter_samples_fn visit, void *arg, struct yh_err *err)
{
	struct yh_engine *e = yh_engine_of(m);
	struct yh_meter_label labels[YH_METER_LABELS_MAX];
	struct yh_meter_series s;
	struct yh_query q;
	bool on = true;
	enum yh_rc rc = yh_query_open(&q, e, what, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_query_hold(&q, err);
	for (size_t i = 0; rc == YH_OK && on && i < q.n; i++) {
		rc = yh_query_samples(&q, i, from_ms, to_ms, err);
		if (rc != YH_OK)
			break;
		without_stale(&q.points);
		if (q.points.n > limit)
			rc = too_many(limit, err);
		if (rc != YH_OK || q.points.n == 0)
			continue;
		yh_index_describe(&e->index, q.series[i], labels, &s);
		on = visit(arg, &s, q.points.at_ms, q.points.values, q.points.n);
	}
	yh_query_done(&q);
	return rc;
}
