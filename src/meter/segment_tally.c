/* Gathering the usage of one series. */
#include "meter/segment_tally.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "meter/pick.h"

#define WHOLE_LIMIT (INT64_C(1) << 51)

void yh_tally_begin(struct yh_tally *t, bool days)
{
	t->days = days;
	t->n = t->n_slots = 0;
	t->ranks = false;
	t->scale = 0;
	t->days_count = t->more_slots = 0;
	t->sum = (struct yh_sum){ 0, 0 };
	t->first_ms = INT64_MAX;
	t->last_ms = INT64_MIN;
	if (days && !t->sketch)
		t->sketch = calloc(1, sizeof *t->sketch);
	t->failed = days && !t->sketch;
	if (t->sketch)
		yh_sketch_clear(t->sketch);
}

void yh_tally_done(struct yh_tally *t)
{
	free(t->v);
	free(t->room);
	free(t->sketch);
	free(t->slots);
	free(t->at_ms);
	free(t->d);
	memset(t, 0, sizeof *t);
}

/* Room for n more values and for a chunk. */
static bool ready(struct yh_tally *t, size_t n)
{
	size_t cap = t->n + n + t->n / 2 + YH_COL_MAX;
	int64_t *v, *room;

	if (!t->at_ms)
		t->at_ms = malloc(YH_COL_MAX * sizeof *t->at_ms);
	if (!t->d)
		t->d = malloc(YH_COL_MAX * sizeof *t->d);
	t->failed |= !t->at_ms || !t->d;
	if (t->failed || t->n + n <= t->cap)
		return !t->failed;
	v = realloc(t->v, cap * sizeof *v);
	t->v = v ? v : t->v;
	room = v ? realloc(t->room, cap * sizeof *room) : NULL;
	t->room = room ? room : t->room;
	t->failed = !room;
	if (room)
		t->cap = cap;
	return !t->failed;
}

/* ---- slots ---- */

/* Runs that go on where the last one ends are joined to it. */
static void add_slots(struct yh_tally *t, int64_t first, int64_t last)
{
	struct yh_slots *end = t->n_slots ? &t->slots[t->n_slots - 1] : NULL;

	if (end && first >= end->first && first <= end->last + 1) {
		end->last = last > end->last ? last : end->last;
		return;
	}
	if (t->n_slots == t->cap_slots) {
		size_t cap = t->cap_slots ? 2 * t->cap_slots : 64;
		struct yh_slots *grown = realloc(t->slots, cap * sizeof *grown);
		t->failed |= !grown;
		if (!grown)
			return;
		t->slots = grown;
		t->cap_slots = cap;
	}
	t->slots[t->n_slots++] = (struct yh_slots){ first, last };
}

static void add_time(struct yh_tally *t, int64_t at_ms)
{
	struct yh_slots *end = t->n_slots ? &t->slots[t->n_slots - 1] : NULL;
	int64_t in = end ? at_ms - end->last * YH_SLOT_MS : -1;

	t->first_ms = at_ms < t->first_ms ? at_ms : t->first_ms;
	t->last_ms = at_ms > t->last_ms ? at_ms : t->last_ms;
	if (in < 0 || in >= YH_SLOT_MS)
		add_slots(t, yh_slot_of(at_ms), yh_slot_of(at_ms));
}

static void add_steps(struct yh_tally *t, int64_t first_ms, int64_t step, size_t n)
{
	int64_t last_ms = first_ms + (int64_t)(n - 1) * step;

	if (step > YH_SLOT_MS) {
		for (size_t i = 0; i < n; i++)
			add_time(t, first_ms + (int64_t)i * step);
		return;
	}
	add_time(t, first_ms);
	add_time(t, last_ms);
	add_slots(t, yh_slot_of(first_ms), yh_slot_of(last_ms));
}

static int by_slot(const void *a, const void *b)
{
	const struct yh_slots *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

static uint64_t slots_filled(struct yh_tally *t)
{
	int64_t end = INT64_MIN;
	uint64_t filled = 0;

	if (t->n_slots)
		qsort(t->slots, t->n_slots, sizeof *t->slots, by_slot);
	for (size_t i = 0; i < t->n_slots; i++) {
		int64_t first = t->slots[i].first > end ? t->slots[i].first : end + 1;
		if (t->slots[i].last < first)
			continue;
		end = t->slots[i].last;
		filled += (uint64_t)(end - first + 1);
	}
	return filled;
}

/* ---- values ---- */

static double whole_value(int64_t m, unsigned scale)
{
	return (double)m / yh_pow10(scale);
}

static void to_ranks(struct yh_tally *t)
{
	if (t->ranks)
		return;
	if (t->n)
		yh_sum_add_scaled(&t->sum, yh_spread(t->v, t->n).sum, t->scale);
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = yh_rank_of(whole_value(t->v[i], t->scale));
	t->ranks = true;
}

/* Multiplies whole numbers up to another scale; false when they would be inexact. */
static bool lift(int64_t *v, size_t n, unsigned from, unsigned to)
{
	int64_t by = (int64_t)yh_pow10(to - from);
	struct yh_spread s;

	if (n == 0 || from == to)
		return true;
	s = yh_spread(v, n);
	if (s.max > WHOLE_LIMIT / by || s.min < -(WHOLE_LIMIT / by))
		return false;
	for (size_t i = 0; i < n; i++)
		v[i] *= by;
	return true;
}

/* Takes the n whole numbers that stand behind the others in v. */
static void add_whole(struct yh_tally *t, size_t n, unsigned scale)
{
	int64_t *more = t->v + t->n;

	if (!t->ranks && t->n == 0)
		t->scale = scale;
	if (!t->ranks && scale != t->scale) {
		unsigned common = scale > t->scale ? scale : t->scale;
		if (lift(t->v, t->n, t->scale, common)) {
			t->scale = common;
			if (lift(more, n, scale, common))
				scale = common;
		}
		if (scale != t->scale)
			to_ranks(t);
	}
	if (t->ranks) {
		yh_sum_add_scaled(&t->sum, yh_spread(more, n).sum, scale);
		for (size_t i = 0; i < n; i++)
			more[i] = yh_rank_of(whole_value(more[i], scale));
	}
	t->n += n;
}

static void add_to_days(struct yh_tally *t, double low, double high, uint64_t count)
{
	t->days_min = t->days_count && t->days_min < low ? t->days_min : low;
	t->days_max = t->days_count && t->days_max > high ? t->days_max : high;
	t->days_count += count;
}

static void add_to_sketch(struct yh_tally *t, const int64_t *at_ms, const double *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i] != v[i])
			continue;
		yh_sketch_add(t->sketch, v[i]);
		add_to_days(t, v[i], v[i], 1);
		yh_sum_add(&t->sum, v[i]);
		add_time(t, at_ms[i]);
	}
}

static void add_doubles(struct yh_tally *t, const int64_t *at_ms, const double *v, size_t n)
{
	if (t->days) {
		add_to_sketch(t, at_ms, v, n);
		return;
	}
	to_ranks(t);
	for (size_t i = 0; i < n; i++) {
		if (v[i] != v[i])
			continue;
		t->v[t->n++] = yh_rank_of(v[i] + 0.0);
		yh_sum_add(&t->sum, v[i]);
		add_time(t, at_ms[i]);
	}
}

static size_t first_from(const int64_t *at, size_t n, int64_t from)
{
	size_t low = 0;

	while (low < n) {
		size_t mid = low + (n - low) / 2;
		if (at[mid] < from)
			low = mid + 1;
		else
			n = mid;
	}
	return low;
}

/* How many of the instants of a regular column lie before `end`. */
static size_t steps_before(const struct yh_times *t, int64_t end)
{
	uint64_t n;

	if (end <= t->start)
		return 0;
	n = ((uint64_t)end - (uint64_t)t->start - 1) / (uint64_t)t->step + 1;
	return n < t->n ? (size_t)n : t->n;
}

bool yh_tally_chunk(struct yh_tally *t, const struct yh_chunk *c, int64_t from_ms, int64_t to_ms)
{
	const struct yh_times *times = &c->times;
	const struct yh_vals *vals = &c->vals[0];
	bool regular = times->step > 0, plain = yh_vals_plain(vals) && !t->days;
	size_t first, last;

	if (!ready(t, times->n))
		return true; /* which failed tells */
	if (regular) {
		first = steps_before(times, from_ms);
		last = steps_before(times, to_ms);
	} else {
		if (!yh_times_read(times, t->at_ms))
			return false;
		first = first_from(t->at_ms, times->n, from_ms);
		last = first_from(t->at_ms, times->n, to_ms);
	}
	if (first >= last)
		return true;
	if (!plain) {
		if (regular && !yh_times_read(times, t->at_ms))
			return false;
		yh_vals_read(vals, t->room, t->d);
		add_doubles(t, t->at_ms + first, t->d + first, last - first);
		return true;
	}
	yh_col_read(&vals->col, t->v + t->n);
	if (first)
		memmove(t->v + t->n, t->v + t->n + first, (last - first) * sizeof *t->v);
	if (regular)
		add_steps(t, times->start + (int64_t)first * times->step, times->step,
			  last - first);
	for (size_t i = first; i < last && !regular; i++)
		add_time(t, t->at_ms[i]);
	add_whole(t, last - first, vals->scale);
	return true;
}

void yh_tally_samples(struct yh_tally *t, const int64_t *at_ms, const double *v, size_t n)
{
	struct yh_scaled s;

	for (size_t i = 0, k; i < n; i += k) {
		k = n - i < YH_COL_MAX ? n - i : YH_COL_MAX;
		if (!ready(t, k))
			return;
		if (t->days) {
			add_to_sketch(t, at_ms + i, v + i, k);
			continue;
		}
		s.m = t->v + t->n;
		yh_scale(v + i, k, &s);
		if (s.raw || s.n_except) {
			add_doubles(t, at_ms + i, v + i, k);
			continue;
		}
		for (size_t j = 0; j < k; j++)
			add_time(t, at_ms[i + j]);
		add_whole(t, k, s.scale);
	}
}

bool yh_tally_day(void *arg, const struct yh_rollup *r)
{
	struct yh_tally *t = arg;
	int64_t first = yh_slot_of(r->first_ms), last = yh_slot_of(r->last_ms);
	size_t used;

	if (r->sketch_len && !yh_sketch_merge(t->sketch, r->sketch, r->sketch_len, &used))
		return false;
	add_to_days(t, r->min, r->max, r->count);
	t->first_ms = r->first_ms < t->first_ms ? r->first_ms : t->first_ms;
	t->last_ms = r->last_ms > t->last_ms ? r->last_ms : t->last_ms;
	yh_sum_add(&t->sum, r->sum);
	if (last - first + 1 == (int64_t)r->filled)
		add_slots(t, first, last);
	else
		t->more_slots += r->filled;
	return true;
}

/* ---- the end ---- */

static size_t rank_at(double q, size_t n)
{
	double r = ceil(q * (double)n);

	return r < 1 ? 0 : r > (double)n ? n - 1 : (size_t)r - 1;
}

static void finish(struct yh_tally *t, uint32_t slots, struct yh_meter_usage *u)
{
	uint64_t filled = slots_filled(t) + t->more_slots;

	u->first_ms = t->first_ms;
	u->last_ms = t->last_ms;
	u->slots = slots;
	u->filled = filled > slots ? slots : (uint32_t)filled;
	u->mean = yh_sum_value(&t->sum) / (double)u->count;
}

static double told(const struct yh_tally *t, int64_t v)
{
	return t->ranks ? yh_rank_value(v) : whole_value(v, t->scale);
}

static void end_exact(struct yh_tally *t, double quantile, struct yh_meter_usage *u)
{
	struct yh_spread s = yh_spread(t->v, t->n);

	if (!t->ranks)
		yh_sum_add_scaled(&t->sum, s.sum, t->scale);
	u->min = told(t, s.min);
	u->max = told(t, s.max);
	u->quantile = told(t, yh_pick(t->v, t->n, s.min, s.max, rank_at(quantile, t->n), t->room));
}

static void end_days(const struct yh_tally *t, double quantile, struct yh_meter_usage *u)
{
	u->min = t->days_min;
	u->max = t->days_max;
	u->quantile = yh_sketch_quantile(t->sketch, quantile);
	u->quantile = u->quantile < u->min ? u->min : u->quantile;
	u->quantile = u->quantile > u->max ? u->max : u->quantile;
}

void yh_tally_end(struct yh_tally *t, double quantile, uint32_t slots, struct yh_meter_usage *u)
{
	*u = (struct yh_meter_usage){ .count = t->days ? t->days_count : t->n };
	if (!u->count)
		return;
	if (t->days)
		end_days(t, quantile, u);
	else
		end_exact(t, quantile, u);
	finish(t, slots, u);
}
