/* History: buckets of a stretch of time, from the coarsest level that answers exactly. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/query.h"

/* What is known of one stretch of a series, smaller than a bucket; samples of two may interleave.
 */
struct part {
	int64_t from_ms, first_ms, last_ms;
	uint64_t count;
	double min, max, sum, first, last, rise;
};

struct parts {
	struct part *p;
	size_t n, cap;
	bool failed;
};

struct history {
	struct yh_query q;
	int64_t from_ms, to_ms, step_ms;
	struct yh_meter_bucket *buckets; /* one each step, then packed */
	size_t n;
	struct parts parts[YH_LEVELS]; /* being added of each level */
	struct yh_points rows;
	/* of the series at hand */
	size_t i;
	bool counter, has_prev;
	double prev; /* the last value before */
};

static double rise(double before, double now)
{
	return now >= before ? now - before : now;
}

static struct yh_meter_bucket *bucket_of(const struct history *h, int64_t at_ms)
{
	return &h->buckets[(at_ms - h->from_ms) / h->step_ms];
}

static void add_part(struct history *h, struct yh_meter_bucket *b, const struct part *p)
{
	if (b->count == 0) {
		*b = (struct yh_meter_bucket){
			.from_ms = b->from_ms, .min = p->min, .max = p->max, .first = p->first
		};
	}
	b->count += p->count;
	b->min = p->min < b->min ? p->min : b->min;
	b->max = p->max > b->max ? p->max : b->max;
	b->sum += p->sum;
	b->last = p->last;
	b->rise += p->rise;
	if (h->counter && h->has_prev)
		b->rise += rise(h->prev, p->first);
	h->prev = p->last;
	h->has_prev = true;
}

static enum yh_rc add_raw(struct history *h, int64_t from_ms, int64_t to_ms, struct yh_err *err)
{
	const struct yh_points *p = &h->q.points;
	enum yh_rc rc = yh_query_samples(&h->q, h->i, from_ms, to_ms, err);
	struct yh_meter_bucket *b = NULL;

	for (size_t k = 0; rc == YH_OK && k < p->n; k++) {
		int64_t at = p->at_ms[k];
		double v = p->values[k];

		if (isnan(v))
			continue;
		if (!b || at - b->from_ms >= h->step_ms)
			b = bucket_of(h, at);
		add_part(h, b, &(struct part){ at, at, at, 1, v, v, v, v, v, 0 });
	}
	return rc;
}

/* ---- from roll-ups ---- */

static struct part *new_part(struct parts *parts)
{
	if (parts->n == parts->cap) {
		size_t cap = parts->cap ? 2 * parts->cap : 256;
		struct part *grown = realloc(parts->p, cap * sizeof *grown);

		if (!grown) {
			parts->failed = true;
			return NULL;
		}
		parts->p = grown;
		parts->cap = cap;
	}
	return &parts->p[parts->n++];
}

static bool take_rollup(void *arg, const struct yh_rollup *r)
{
	struct parts *parts = arg;
	struct part *p = new_part(parts);

	if (!p)
		return false;
	*p = (struct part){ r->from_ms, r->first_ms, r->last_ms, r->count, r->min,
			    r->max,     r->sum,      r->first,   r->last,  r->rise };
	return true;
}

/* Open rows as parts: neighbours of one bucket of the level become one. */
static enum yh_rc take_rows(struct history *h, enum yh_level level, int64_t from_ms, int64_t to_ms,
			    struct yh_err *err)
{
	struct parts *parts = &h->parts[level];
	enum yh_rc rc = yh_query_rows(&h->q, h->i, from_ms, to_ms, false, &h->rows, err);
	struct part *p = NULL;

	for (size_t k = 0; rc == YH_OK && k < h->rows.n; k++) {
		int64_t at = h->rows.at_ms[k], bucket = yh_level_floor(level, at);
		double v = h->rows.values[k];

		if (isnan(v))
			continue;
		if (!p || p->from_ms != bucket) {
			p = new_part(parts);
			if (!p)
				return yh_fail(err, YH_BUSY, "memory-short");
			*p = (struct part){ bucket, at, at, 1, v, v, v, v, v, 0 };
			continue;
		}
		p->count++;
		p->last_ms = at;
		p->min = v < p->min ? v : p->min;
		p->max = v > p->max ? v : p->max;
		p->sum += v;
		p->rise += rise(p->last, v);
		p->last = v;
	}
	return rc;
}

static int by_time(const void *a, const void *b)
{
	const struct part *x = a, *y = b;

	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? -1 : 1;
	return x->first_ms < y->first_ms ? -1 : x->first_ms > y->first_ms;
}

static void sort_parts(struct parts *parts)
{
	size_t k = 1;

	while (k < parts->n && by_time(&parts->p[k - 1], &parts->p[k]) <= 0)
		k++;
	if (k < parts->n)
		qsort(parts->p, parts->n, sizeof *parts->p, by_time);
}

/* The parts of [from, to) that a level has, in order. */
static enum yh_rc take_level(struct history *h, enum yh_level level, int64_t from_ms, int64_t to_ms,
			     struct yh_err *err)
{
	const struct yh_segs *segs = h->q.segs;
	struct parts *parts = &h->parts[level];
	uint32_t no = h->q.series[h->i];
	enum yh_rc rc = YH_OK;

	parts->n = 0;
	for (size_t k = 0; k < segs->n; k++) {
		struct yh_seg *seg = segs->s[k].seg;
		struct yh_err why = { 0 };

		if (yh_seg_info(seg)->max_ms < from_ms || yh_seg_info(seg)->min_ms >= to_ms)
			continue;
		rc = yh_seg_rollups(seg, level, h->q.e->index.cold[no].metric, no, from_ms, to_ms,
				    false, yh_query_room(&h->q, k), take_rollup, parts, &why);
		if (rc == YH_BUSY || parts->failed)
			return yh_fail(err, YH_BUSY, "memory-short");
		if (rc != YH_OK && strcmp(why.slug, "meter-level-gone") != 0)
			yh_engine_damaged_seg(h->q.e, seg, &why);
	}
	rc = take_rows(h, level, from_ms, to_ms, err);
	if (rc == YH_OK)
		sort_parts(parts);
	return rc;
}

static uint64_t count_of(const struct part *p, size_t n)
{
	uint64_t count = 0;

	for (size_t k = 0; k < n; k++)
		count += p[k].count;
	return count;
}

/* Nothing below tells more of parts that interleave: what a counter rose by is the least that it
 * can have been. */
static void add_mixed(struct history *h, const struct part *p, size_t n)
{
	struct part whole = p[0];

	for (size_t k = 1; k < n; k++) {
		whole.count += p[k].count;
		whole.sum += p[k].sum;
		whole.min = p[k].min < whole.min ? p[k].min : whole.min;
		whole.max = p[k].max > whole.max ? p[k].max : whole.max;
		whole.rise = p[k].rise > whole.rise ? p[k].rise : whole.rise;
		if (p[k].last_ms >= whole.last_ms) {
			whole.last = p[k].last;
			whole.last_ms = p[k].last_ms;
		}
	}
	if (whole.last - whole.first > whole.rise)
		whole.rise = whole.last - whole.first;
	add_part(h, bucket_of(h, whole.from_ms), &whole);
}

static enum yh_rc add_parts(struct history *h, enum yh_level level, struct yh_err *err);

/* Parts of one bucket whose samples interleave: what a counter rose by, and what was first and last
 * of a resumed order, the samples tell or, when those are past their retention, a level below. */
static enum yh_rc unravel(struct history *h, enum yh_level level, const struct part *p, size_t n,
			  struct yh_err *err)
{
	int64_t from_ms = p[0].from_ms, to_ms = from_ms + yh_level_ms(level);
	uint64_t count = count_of(p, n);
	enum yh_rc rc = yh_query_samples(&h->q, h->i, from_ms, to_ms, err);

	if (rc != YH_OK)
		return rc;
	if (h->q.points.n >= count)
		return add_raw(h, from_ms, to_ms, err);
	if (level > YH_LEVEL_5M) {
		enum yh_level below = (enum yh_level)(level - 1);
		const struct parts *finer = &h->parts[below];

		rc = take_level(h, below, from_ms, to_ms, err);
		if (rc != YH_OK)
			return rc;
		if (count_of(finer->p, finer->n) == count)
			return add_parts(h, below, err);
	}
	add_mixed(h, p, n);
	return YH_OK;
}

/* Parts of one bucket. */
static enum yh_rc add_bucket(struct history *h, enum yh_level level, const struct part *p, size_t n,
			     struct yh_err *err)
{
	int64_t upto = p[0].last_ms;

	for (size_t k = 1; k < n; k++) {
		if (p[k].first_ms <= upto)
			return unravel(h, level, p, n, err);
		upto = p[k].last_ms;
	}
	for (size_t k = 0; k < n; k++)
		add_part(h, bucket_of(h, p[k].from_ms), &p[k]);
	return YH_OK;
}

static enum yh_rc add_parts(struct history *h, enum yh_level level, struct yh_err *err)
{
	const struct parts *parts = &h->parts[level];
	enum yh_rc rc = YH_OK;

	for (size_t k = 0, to; rc == YH_OK && k < parts->n; k = to) {
		to = k + 1;
		while (to < parts->n && parts->p[to].from_ms == parts->p[k].from_ms)
			to++;
		rc = add_bucket(h, level, parts->p + k, to - k, err);
	}
	return rc;
}

/* ---- a series ---- */

static bool divides(const struct history *h, enum yh_level level)
{
	return h->step_ms % yh_level_ms(level) == 0 &&
	       yh_level_floor(level, h->from_ms) == h->from_ms;
}

/* Whether a level saves looking at samples: buckets of 5 minutes made of them are hardly fewer. */
static bool saves(const struct history *h, enum yh_level level)
{
	const struct yh_segs *segs = h->q.segs;
	uint32_t no = h->q.series[h->i];
	bool stored = level != YH_LEVEL_5M;

	for (size_t k = 0; k < segs->n && !stored; k++)
		stored = yh_seg_info(segs->s[k].seg)->max_ms >= h->from_ms &&
			 yh_seg_info(segs->s[k].seg)->min_ms < h->to_ms &&
			 yh_seg_stores(segs->s[k].seg, level, h->q.e->index.cold[no].metric, no);
	return stored;
}

/* From the coarsest level, and what is left at the end from finer ones. */
static enum yh_rc add_all(struct history *h, struct yh_err *err)
{
	int64_t at = h->from_ms;
	enum yh_rc rc = YH_OK;

	for (int level = YH_LEVEL_1D; rc == YH_OK && level > YH_LEVEL_RAW; level--) {
		int64_t upto = yh_level_floor((enum yh_level)level, h->to_ms);

		if (!divides(h, (enum yh_level)level) || upto <= at ||
		    !saves(h, (enum yh_level)level))
			continue;
		rc = take_level(h, (enum yh_level)level, at, upto, err);
		if (rc == YH_OK)
			rc = add_parts(h, (enum yh_level)level, err);
		at = upto;
	}
	return rc == YH_OK && at < h->to_ms ? add_raw(h, at, h->to_ms, err) : rc;
}

/* What a counter rose by from the sample before the stretch, sought further and further back. */
static enum yh_rc add_before(struct history *h, struct yh_meter_bucket *first, struct yh_err *err)
{
	static const int64_t back_ms[] = { 600000, 86400000, INT64_MAX };
	bool found = false;
	enum yh_rc rc = YH_OK;

	for (size_t k = 0; rc == YH_OK && !found && k < 3; k++) {
		int64_t from = back_ms[k] == INT64_MAX ? INT64_MIN : h->from_ms - back_ms[k];

		rc = yh_query_samples(&h->q, h->i, from, h->from_ms, err);
		for (size_t n = rc == YH_OK ? h->q.points.n : 0; n > 0 && !found; n--) {
			found = !isnan(h->q.points.values[n - 1]);
			if (found)
				first->rise += rise(h->q.points.values[n - 1], first->first);
		}
	}
	return rc;
}

static size_t pack(struct history *h)
{
	size_t n = 0;

	for (size_t k = 0; k < h->n; k++)
		if (h->buckets[k].count > 0)
			h->buckets[n++] = h->buckets[k];
	return n;
}

static enum yh_rc one_series(struct history *h, yh_meter_history_fn visit, void *arg, bool *on,
			     struct yh_err *err)
{
	struct yh_meter_label labels[YH_METER_LABELS_MAX];
	struct yh_meter_series s;
	enum yh_rc rc;
	size_t n;

	h->counter = h->q.e->index.cold[h->q.series[h->i]].counter;
	for (size_t k = 0; k < h->n; k++)
		h->buckets[k] =
			(struct yh_meter_bucket){ .from_ms = h->from_ms + (int64_t)k * h->step_ms };
	h->has_prev = false;
	rc = add_all(h, err);
	n = pack(h);
	if (rc == YH_OK && n > 0 && h->counter)
		rc = add_before(h, &h->buckets[0], err);
	if (rc != YH_OK || n == 0)
		return rc;
	yh_index_describe(&h->q.e->index, h->q.series[h->i], labels, &s);
	*on = visit(arg, &s, h->buckets, n);
	return YH_OK;
}

enum yh_rc yh_engine_history(struct yh_meter *m, const struct yh_meter_select *what,
			     int64_t from_ms, int64_t to_ms, int64_t step_ms,
			     yh_meter_history_fn visit, void *arg, struct yh_err *err)
{
	struct history h = { .from_ms = from_ms, .to_ms = to_ms, .step_ms = step_ms };
	bool on = true;
	enum yh_rc rc = yh_query_open(&h.q, yh_engine_of(m), what, err);

	if (rc != YH_OK)
		return rc;
	h.n = (size_t)((to_ms - from_ms + step_ms - 1) / step_ms);
	h.buckets = malloc((h.n + 1) * sizeof *h.buckets);
	rc = h.buckets ? yh_query_hold(&h.q, err) : yh_fail(err, YH_BUSY, "memory-short");
	for (; rc == YH_OK && on && h.i < h.q.n; h.i++)
		rc = one_series(&h, visit, arg, &on, err);
	free(h.buckets);
	for (size_t l = 0; l < YH_LEVELS; l++)
		free(h.parts[l].p);
	yh_points_done(&h.rows);
	yh_query_done(&h.q);
	return rc;
}
