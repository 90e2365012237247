/* A window of one metric over every series of it. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "meter/query.h"

enum { THREADS_MAX = 64 };

struct usage {
	uint32_t series;
	struct yh_meter_usage u;
};

struct scan {
	struct yh_query q;
	int64_t from_ms, to_ms;
	uint32_t *with_rows; /* series that have open rows, ascending */
	size_t *place;       /* of each in q.series */
	size_t n_with_rows;
	/* room of each thread that asks */
	pthread_mutex_t lock;
	struct own {
		pthread_t thread;
		struct yh_query q; /* shares what the other holds */
		struct yh_points points;
	} own[THREADS_MAX];
	size_t n_own;
	struct usage *found;
	size_t n, cap;
	bool failed;
};

static struct own *own_room(struct scan *s)
{
	pthread_t self = pthread_self();
	struct own *own = NULL;

	(void)pthread_mutex_lock(&s->lock);
	for (size_t i = 0; !own && i < s->n_own; i++)
		if (pthread_equal(s->own[i].thread, self))
			own = &s->own[i];
	if (!own && s->n_own < THREADS_MAX) {
		own = &s->own[s->n_own++];
		own->thread = self;
		own->q = s->q;
		own->q.points = own->q.known = (struct yh_points){ 0 };
		if (!yh_query_rooms(&own->q)) {
			s->n_own--;
			own = NULL;
		}
	}
	(void)pthread_mutex_unlock(&s->lock);
	return own;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The open rows of a series, for the scan of segments. */
static bool extra(void *arg, uint32_t series, const int64_t **at_ms, const double **values,
		  size_t *n)
{
	struct scan *s = arg;
	struct own *own = own_room(s);
	const uint32_t *found = s->n_with_rows ? bsearch(&series, s->with_rows, s->n_with_rows,
							 sizeof *s->with_rows, by_number)
					       : NULL;
	struct yh_err err = { 0 };

	*n = 0;
	if (!found)
		return true;
	if (!own || yh_query_rows(&own->q, s->place[found - s->with_rows], s->from_ms, s->to_ms,
				  false, &own->points, &err) != YH_OK)
		return false;
	*at_ms = own->points.at_ms;
	*values = own->points.values;
	*n = own->points.n;
	return true;
}

static bool emit(void *arg, uint32_t series, const struct yh_meter_usage *u)
{
	struct scan *s = arg;

	if (s->n == s->cap) {
		size_t cap = s->cap ? 2 * s->cap : 1024;
		struct usage *grown = realloc(s->found, cap * sizeof *grown);

		s->failed = !grown;
		if (!grown)
			return false;
		s->found = grown;
		s->cap = cap;
	}
	s->found[s->n++] = (struct usage){ series, *u };
	return true;
}

static bool list_with_rows(struct scan *s)
{
	s->with_rows = malloc((s->q.n + 1) * sizeof *s->with_rows);
	s->place = malloc((s->q.n + 1) * sizeof *s->place);
	if (!s->with_rows || !s->place)
		return false;
	for (size_t i = 0; i < s->q.n; i++)
		if (s->q.heads[i][0] || s->q.heads[i][1]) {
			s->place[s->n_with_rows] = i;
			s->with_rows[s->n_with_rows++] = s->q.series[i];
		}
	return true;
}

/* The segments that the window touches. */
static struct yh_seg **touched(const struct scan *s, size_t *n)
{
	const struct yh_segs *segs = s->q.segs;
	struct yh_seg **out = malloc((segs->n + 1) * sizeof(struct yh_seg *));

	*n = 0;
	for (size_t i = 0; out && i < segs->n; i++)
		if (yh_seg_info(segs->s[i].seg)->max_ms >= s->from_ms &&
		    yh_seg_info(segs->s[i].seg)->min_ms < s->to_ms)
			out[(*n)++] = segs->s[i].seg;
	return out;
}

static enum yh_rc run(struct scan *s, const struct yh_meter_scan *want, struct yh_err *err)
{
	bool whole = !want->what.by_resource && want->what.n_labels == 0;
	size_t n_segs;
	struct yh_seg **segs = touched(s, &n_segs);
	struct yh_seg_scan scan = {
		.segs = segs,
		.n = n_segs,
		.metric = s->q.e->index.cold[s->q.series[0]].metric,
		.series = whole ? NULL : s->q.series,
		.n_series = whole ? 0 : s->q.n,
		.from_ms = want->from_ms,
		.to_ms = want->to_ms,
		.quantile = want->quantile,
		.source = want->source,
		.extra = extra,
		.extra_arg = s,
		.extra_series = s->with_rows,
		.n_extra = s->n_with_rows,
		.emit = emit,
		.emit_arg = s,
	};
	enum yh_rc rc = segs ? yh_seg_scan(&scan, err) : yh_fail(err, YH_BUSY, "memory-short");

	free(segs);
	if (scan.damaged > 0)
		yh_engine_damaged(s->q.e, "segments, pages", (int64_t)scan.damaged);
	if (rc == YH_OK && s->failed)
		rc = yh_fail(err, YH_BUSY, "memory-short");
	return rc;
}

static void tell(const struct scan *s, yh_meter_scan_fn visit, void *arg)
{
	struct yh_meter_label labels[YH_METER_LABELS_MAX];
	struct yh_meter_series series;
	bool on = true;

	for (size_t i = 0; on && i < s->n; i++) {
		yh_index_describe(&s->q.e->index, s->found[i].series, labels, &series);
		on = visit(arg, &series, &s->found[i].u);
	}
}

static void scan_done(struct scan *s)
{
	for (size_t i = 0; i < s->n_own; i++) {
		yh_query_rooms_done(&s->own[i].q);
		yh_points_done(&s->own[i].q.points);
		yh_points_done(&s->own[i].q.known);
		yh_points_done(&s->own[i].points);
	}
	free(s->with_rows);
	free(s->place);
	free(s->found);
	yh_query_done(&s->q);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}

enum yh_rc yh_engine_scan(struct yh_meter *m, const struct yh_meter_scan *want,
			  yh_meter_scan_fn visit, void *arg, struct yh_err *err)
{
	struct scan *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	if (!s)
		return yh_fail(err, YH_BUSY, "memory-short");
	(void)pthread_mutex_init(&s->lock, NULL);
	s->from_ms = want->from_ms;
	s->to_ms = want->to_ms;
	rc = yh_query_open(&s->q, yh_engine_of(m), &want->what, err);
	if (rc == YH_OK && s->q.n > 1) /* by resource they come in another order */
		qsort(s->q.series, s->q.n, sizeof *s->q.series, by_number);
	if (rc == YH_OK)
		rc = yh_query_hold(&s->q, err);
	if (rc == YH_OK && !list_with_rows(s))
		rc = yh_fail(err, YH_BUSY, "memory-short");
	if (rc == YH_OK && s->q.n > 0)
		rc = run(s, want, err);
	if (rc == YH_OK)
		tell(s, visit, arg);
	scan_done(s);
	return rc;
}
