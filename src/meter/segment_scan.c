/* Scanning a metric over a window: series are shared out by ranges, each range walked by cursors
 * over all segments side by side. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "meter/segment_cursor.h"
#include "meter/segment_tally.h"

enum { RANGES_A_THREAD = 8, DAY_RANGES_A_THREAD = 4, THREADS_MAX = 16 };

struct scanning {
	struct yh_seg_scan *scan;
	uint32_t *bounds; /* range k: series [bounds[k], bounds[k + 1]) */
	size_t n_ranges;
	_Atomic size_t next;
	_Atomic bool stopped;
	_Atomic uint64_t damaged;
	pthread_mutex_t lock; /* of emit, rc and err */
	enum yh_rc rc;
	struct yh_err err;
};

/* What one thread needs. */
struct hand {
	struct scanning *all;
	struct yh_cursor *c; /* RAW of each segment, then 1D of each */
	struct yh_tally tally;
	uint64_t damaged;
};

static uint32_t slots_of(const struct yh_seg_scan *s)
{
	int64_t slots = yh_slots_spanned(s->from_ms, s->to_ms - 1);

	return slots > UINT32_MAX ? UINT32_MAX : (uint32_t)slots;
}

/* ---- gathering ---- */

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void gather_extra(struct hand *h, uint32_t series)
{
	const struct yh_seg_scan *s = h->all->scan;
	const int64_t *at;
	const double *v;
	size_t n, from = 0;

	if (!s->extra || !bsearch(&series, s->extra_series, s->n_extra, sizeof series, by_number) ||
	    !s->extra(s->extra_arg, series, &at, &v, &n))
		return;
	while (from < n && at[from] < s->from_ms)
		from++;
	while (n > from && at[n - 1] >= s->to_ms)
		n--;
	yh_tally_samples(&h->tally, at + from, v + from, n - from);
}

/* Days that have sketches; of a counter there are none, so that its raw samples are asked. */
static enum yh_rc gather_days(struct hand *h, struct yh_cursor *c, struct yh_key key, bool *stored,
			      struct yh_err *err)
{
	const struct yh_seg_scan *s = h->all->scan;
	enum yh_rc rc = YH_OK;

	while (rc == YH_OK && yh_cursor_at(c, key)) {
		bool stopped = false, fine = true;
		unsigned flags = c->chunk->flags;

		*stored |= !(flags & (YH_CHUNK_ORPHAN | YH_CHUNK_COUNTER));
		if (flags & YH_CHUNK_ORPHAN || !(flags & YH_CHUNK_COUNTER))
			fine = yh_rolls_visit(c->room.page, s->from_ms, s->to_ms, YH_ROLL_DAY,
					      yh_tally_day, &h->tally, &stopped);
		h->damaged += !fine || stopped;
		rc = yh_cursor_next(c, err);
	}
	return rc;
}

static enum yh_rc gather(struct hand *h, struct yh_key key, struct yh_err *err)
{
	const struct yh_seg_scan *s = h->all->scan;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n; i++) {
		struct yh_cursor *raw = &h->c[i];
		bool stored = false;

		if (s->source == YH_METER_SKETCH)
			rc = gather_days(h, &h->c[s->n + i], key, &stored, err);
		while (rc == YH_OK && yh_cursor_at(raw, key)) {
			if (!stored)
				h->damaged += !yh_tally_chunk(&h->tally, raw->chunk, s->from_ms,
							      s->to_ms);
			rc = yh_cursor_next(raw, err);
		}
	}
	if (rc == YH_OK)
		gather_extra(h, key.series);
	return rc == YH_OK && h->tally.failed ? yh_fail(err, YH_BUSY, "memory-short") : rc;
}

static enum yh_rc one_series(struct hand *h, struct yh_key key, struct yh_err *err)
{
	struct scanning *all = h->all;
	struct yh_meter_usage u;
	enum yh_rc rc;

	yh_tally_begin(&h->tally, all->scan->source == YH_METER_SKETCH);
	rc = gather(h, key, err);
	if (rc != YH_OK)
		return rc;
	yh_tally_end(&h->tally, all->scan->quantile, slots_of(all->scan), &u);
	if (h->tally.failed)
		return yh_fail(err, YH_BUSY, "memory-short");
	if (!u.count)
		return YH_OK;
	(void)pthread_mutex_lock(&all->lock);
	if (!atomic_load(&all->stopped) && !all->scan->emit(all->scan->emit_arg, key.series, &u))
		atomic_store(&all->stopped, true);
	(void)pthread_mutex_unlock(&all->lock);
	return YH_OK;
}

/* ---- ranges ---- */

static bool wanted(const struct yh_seg_scan *s, uint32_t series)
{
	return !s->series || bsearch(&series, s->series, s->n_series, sizeof series, by_number);
}

static size_t first_from(const uint32_t *v, size_t n, uint32_t low)
{
	size_t at = 0;

	while (n) {
		size_t half = n / 2;

		if (v[at + half] < low) {
			at += half + 1;
			n -= half + 1;
		} else {
			n = half;
		}
	}
	return at;
}

static enum yh_rc range(struct hand *h, uint32_t low, uint32_t high, struct yh_err *err)
{
	const struct yh_seg_scan *s = h->all->scan;
	size_t n = s->source == YH_METER_SKETCH ? 2 * s->n : s->n;
	size_t x = first_from(s->extra_series, s->extra ? s->n_extra : 0, low);
	struct yh_key from = { s->metric, low }, key;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_cursor_begin(&h->c[i], s->segs[i % s->n],
				     i < s->n ? YH_LEVEL_RAW : YH_LEVEL_1D, from,
				     s->source == YH_METER_SKETCH, &h->damaged, err);
	while (rc == YH_OK && !atomic_load(&h->all->stopped)) {
		bool any = yh_cursors_least(h->c, n, &key) && key.metric == s->metric &&
			   key.series < high;

		if (s->extra && x < s->n_extra && s->extra_series[x] < high &&
		    (!any || s->extra_series[x] <= key.series)) {
			key = (struct yh_key){ s->metric, s->extra_series[x++] };
			any = true;
		}
		if (!any)
			break;
		if (wanted(s, key.series))
			rc = one_series(h, key, err);
		for (size_t i = 0; rc == YH_OK && i < n; i++)
			rc = yh_cursor_pass(&h->c[i], key, err);
	}
	return rc;
}

static void *work(void *arg)
{
	struct scanning *all = arg;
	struct hand h = { .all = all, .c = calloc(2 * all->scan->n + 1, sizeof *h.c) };
	struct yh_err err = { 0 };
	enum yh_rc rc = h.c ? YH_OK : yh_fail(&err, YH_BUSY, "memory-short");

	while (rc == YH_OK && !atomic_load(&all->stopped)) {
		size_t k = atomic_fetch_add(&all->next, 1);

		if (k >= all->n_ranges)
			break;
		rc = range(&h, all->bounds[k], all->bounds[k + 1], &err);
	}
	if (rc != YH_OK) {
		(void)pthread_mutex_lock(&all->lock);
		if (all->rc == YH_OK) {
			all->rc = rc;
			all->err = err;
		}
		(void)pthread_mutex_unlock(&all->lock);
		atomic_store(&all->stopped, true);
	}
	atomic_fetch_add(&all->damaged, h.damaged);
	for (size_t i = 0; h.c && i < 2 * all->scan->n; i++)
		yh_cursor_end(&h.c[i]);
	yh_tally_done(&h.tally);
	free(h.c);
	return NULL;
}

/* The pages of the segment that has most of the metric at a level. */
struct stretch {
	const struct yh_page_ref *ref;
	size_t n;
};

static struct stretch longest(const struct yh_seg_scan *s, enum yh_level level)
{
	struct stretch most = { NULL, 0 };

	for (size_t i = 0; i < s->n; i++) {
		struct yh_key low = { s->metric, 0 }, high = { s->metric, UINT32_MAX };
		size_t a = yh_seg_find_page(s->segs[i], level, low);
		size_t b = yh_seg_find_page(s->segs[i], level, high);

		if (b - a > most.n)
			most = (struct stretch){ s->segs[i]->refs + a, b - a };
	}
	return most;
}

/* Bounds between pages, since a page that lies in two ranges is read twice. */
static bool share_out(struct scanning *all, unsigned threads)
{
	const struct yh_seg_scan *s = all->scan;
	bool days = s->source == YH_METER_SKETCH;
	struct stretch most = longest(s, days ? YH_LEVEL_1D : YH_LEVEL_RAW);
	size_t want = (size_t)threads * (days ? DAY_RANGES_A_THREAD : RANGES_A_THREAD);

	if (days && most.n < threads)
		most = longest(s, YH_LEVEL_RAW);
	want = want < most.n ? want : most.n;
	all->bounds = malloc((want + 2) * sizeof *all->bounds);
	if (!all->bounds)
		return false;
	all->bounds[0] = 0;
	for (size_t k = 1; k < want; k++) {
		struct yh_key at = most.ref[most.n * k / want].first;

		if (at.metric == s->metric && at.series > all->bounds[all->n_ranges])
			all->bounds[++all->n_ranges] = at.series;
	}
	all->bounds[++all->n_ranges] = UINT32_MAX;
	return true;
}

enum yh_rc yh_seg_scan(struct yh_seg_scan *scan, struct yh_err *err)
{
	struct scanning all = { .scan = scan, .lock = PTHREAD_MUTEX_INITIALIZER };
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned threads = scan->threads ? scan->threads : cores > 0 ? (unsigned)cores : 1;
	pthread_t others[THREADS_MAX];
	unsigned begun = 0;

	threads = threads > THREADS_MAX ? THREADS_MAX : threads;
	if (!share_out(&all, threads))
		return yh_fail(err, YH_BUSY, "memory-short");
	while (begun + 1 < threads && begun + 1 < all.n_ranges &&
	       pthread_create(&others[begun], NULL, work, &all) == 0)
		begun++;
	(void)work(&all);
	for (unsigned i = 0; i < begun; i++)
		(void)pthread_join(others[i], NULL);
	free(all.bounds);
	scan->damaged = atomic_load(&all.damaged);
	if (all.rc != YH_OK && err && err->rc == YH_OK)
		*err = all.err;
	return all.rc;
}
