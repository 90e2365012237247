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
	t->form = YH_TALLY_NARROW;
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
	free(t->w);
	free(t->v);
	free(t->room);
	free(t->sketch);
	free(t->slots);
	free(t->at_ms);
	free(t->d);
	free(t->m);
	memset(t, 0, sizeof *t);
}

static bool ready_wide(struct yh_tally *t, size_t cap)
{
	int64_t *v = realloc(t->v, cap * sizeof *v), *room;

	t->v = v ? v : t->v;
	room = v ? realloc(t->room, cap * sizeof *room) : NULL;
	t->room = room ? room : t->room;
	t->failed = !room;
	if (room)
		t->cap_wide = cap;
	return !t->failed;
}

/* Room for n more values and for a chunk. */
static bool ready(struct yh_tally *t, size_t n)
{
	size_t cap = t->n + n + t->n / 2 + YH_COL_MAX;
	int32_t *w;

	if (!t->at_ms)
		t->at_ms = malloc(YH_COL_MAX * sizeof *t->at_ms);
	if (!t->d)
		t->d = malloc(YH_COL_MAX * sizeof *t->d);
	if (!t->m)
		t->m = malloc(YH_COL_MAX * sizeof *t->m);
	t->failed |= !t->at_ms || !t->d || !t->m;
	if (t->failed)
		return false;
	if (t->form != YH_TALLY_NARROW)
		return t->n + n <= t->cap_wide || ready_wide(t, cap);
	if (t->n + n <= t->cap)
		return true;
	/* behind the values what picking among them needs */
	w = realloc(t->w, cap * (sizeof *w + sizeof(int16_t)));
	t->failed = !w;
	if (w) {
		t->w = w;
		t->cap = cap;
	}
	return !t->failed;
}

/* From 32 bits to 64, with room for n more. */
static bool to_wide(struct yh_tally *t, size_t n)
{
	if (t->form != YH_TALLY_NARROW)
		return true;
	t->form = YH_TALLY_WHOLE;
	if (!ready(t, n))
		return false;
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = t->w[i];
	return true;
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
	t->first_ms = first_ms < t->first_ms ? first_ms : t->first_ms;
	t->last_ms = last_ms > t->last_ms ? last_ms : t->last_ms;
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
	bool sorted = true;

	for (size_t i = 1; i < t->n_slots; i++)
		sorted = sorted && t->slots[i - 1].first <= t->slots[i].first;
	if (!sorted)
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
	if (t->form == YH_TALLY_RANKS)
		return;
	if (t->n)
		yh_sum_add_scaled(&t->sum, yh_spread(t->v, t->n).sum, t->scale);
	for (size_t i = 0; i < t->n; i++)
		t->v[i] = yh_rank_of(whole_value(t->v[i], t->scale));
	t->form = YH_TALLY_RANKS;
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

	if (t->n == 0)
		t->scale = scale;
	if (t->form == YH_TALLY_WHOLE && scale != t->scale) {
		unsigned common = scale > t->scale ? scale : t->scale;
		if (lift(t->v, t->n, t->scale, common)) {
			t->scale = common;
			if (lift(more, n, scale, common))
				scale = common;
		}
		if (scale != t->scale)
			to_ranks(t);
	}
	if (t->form == YH_TALLY_RANKS) {
		yh_sum_add_scaled(&t->sum, yh_spread(more, n).sum, scale);
		for (size_t i = 0; i < n; i++)
			more[i] = yh_rank_of(whole_value(more[i], scale));
	}
	t->n += n;
}

static bool lift_narrow(int32_t *v, size_t n, unsigned from, unsigned to)
{
	struct yh_spread s;
	int64_t by;

	if (n == 0 || from == to)
		return true;
	by = (int64_t)yh_pow10(to - from);
	s = yh_spread_narrow(v, n);
	if (s.max > INT32_MAX / by || s.min < INT32_MIN / by)
		return false;
	for (size_t i = 0; i < n; i++)
		v[i] = (int32_t)(v[i] * by);
	return true;
}

static void widen_and_add(struct yh_tally *t, size_t n, unsigned scale)
{
	if (!to_wide(t, n))
		return;
	for (size_t i = t->n; i < t->n + n; i++)
		t->v[i] = t->w[i];
	add_whole(t, n, scale);
}

/* The same of those in w. */
static void add_narrow(struct yh_tally *t, size_t n, unsigned scale)
{
	unsigned common;

	if (t->n == 0)
		t->scale = scale;
	common = scale > t->scale ? scale : t->scale;
	if (!lift_narrow(t->w, t->n, t->scale, common)) {
		widen_and_add(t, n, scale);
		return;
	}
	t->scale = common;
	if (lift_narrow(t->w + t->n, n, scale, common))
		t->n += n;
	else
		widen_and_add(t, n, scale);
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

static void add_narrow_to_sketch(struct yh_tally *t, const int32_t *w, size_t n, unsigned scale)
{
	struct yh_spread s = yh_spread_narrow(w, n);

	yh_sketch_add_scaled(t->sketch, w, n, yh_pow10(scale));
	add_to_days(t, whole_value(s.min, scale), whole_value(s.max, scale), n);
	yh_sum_add_scaled(&t->sum, s.sum, scale);
}

static void add_doubles(struct yh_tally *t, const int64_t *at_ms, const double *v, size_t n)
{
	if (t->days) {
		add_to_sketch(t, at_ms, v, n);
		return;
	}
	if (!to_wide(t, n))
		return;
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

/* Those of [first, last) of a chunk of decimals; false when they must be taken as doubles. */
static bool take_decimals(struct yh_tally *t, const struct yh_vals *vals, size_t first, size_t last)
{
	size_t n = last - first;

	if (!yh_vals_plain(vals))
		return false;
	if (t->form == YH_TALLY_NARROW && yh_col_read_narrow(&vals->col, t->w + t->n)) {
		if (t->days) {
			add_narrow_to_sketch(t, t->w + first, n, vals->scale);
			return true;
		}
		if (first)
			memmove(t->w + t->n, t->w + t->n + first, n * sizeof *t->w);
		add_narrow(t, n, vals->scale);
		return true;
	}
	if (t->days)
		return false;
	if (!to_wide(t, vals->col.n))
		return true;
	yh_col_read(&vals->col, t->v + t->n);
	if (first)
		memmove(t->v + t->n, t->v + t->n + first, n * sizeof *t->v);
	add_whole(t, n, vals->scale);
	return true;
}

bool yh_tally_chunk(struct yh_tally *t, const struct yh_chunk *c, int64_t from_ms, int64_t to_ms)
{
	const struct yh_times *times = &c->times;
	const struct yh_vals *vals = &c->vals[0];
	bool regular = times->step > 0;
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
	if (!take_decimals(t, vals, first, last)) {
		if (regular && !yh_times_read(times, t->at_ms))
			return false;
		yh_vals_read(vals, t->m, t->d);
		add_doubles(t, t->at_ms + first, t->d + first, last - first);
		return true;
	}
	if (regular)
		add_steps(t, times->start + (int64_t)first * times->step, times->step,
			  last - first);
	for (size_t i = first; i < last && !regular; i++)
		add_time(t, t->at_ms[i]);
	return true;
}

/* Whole numbers of `m`, into w where all fit, else into v. */
static void add_scaled(struct yh_tally *t, const struct yh_scaled *s, size_t n)
{
	struct yh_spread all = yh_spread(s->m, n);

	if (t->form == YH_TALLY_NARROW && all.min >= INT32_MIN && all.max <= INT32_MAX) {
		for (size_t i = 0; i < n; i++)
			t->w[t->n + i] = (int32_t)s->m[i];
		add_narrow(t, n, s->scale);
	} else if (to_wide(t, n)) {
		memcpy(t->v + t->n, s->m, n * sizeof *t->v);
		add_whole(t, n, s->scale);
	}
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
		s.m = t->m;
		yh_scale(v + i, k, &s);
		if (s.raw || s.n_except) {
			add_doubles(t, at_ms + i, v + i, k);
			continue;
		}
		for (size_t j = 0; j < k; j++)
			add_time(t, at_ms[i + j]);
		add_scaled(t, &s, k);
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
	return t->form == YH_TALLY_RANKS ? yh_rank_value(v) : whole_value(v, t->scale);
}

static void end_exact(struct yh_tally *t, double quantile, struct yh_meter_usage *u)
{
	bool narrow = t->form == YH_TALLY_NARROW;
	struct yh_spread s = narrow ? yh_spread_narrow(t->w, t->n) : yh_spread(t->v, t->n);
	size_t rank = rank_at(quantile, t->n);
	int64_t picked;

	if (t->form != YH_TALLY_RANKS)
		yh_sum_add_scaled(&t->sum, s.sum, t->scale);
	u->min = told(t, s.min);
	u->max = told(t, s.max);
	if (narrow && s.max - s.min < 1 << 16)
		picked = yh_pick_narrow(t->w, t->n, (int32_t)s.min, (int32_t)s.max, rank,
					(int16_t *)(t->w + t->cap));
	else if (to_wide(t, 0))
		picked = yh_pick(t->v, t->n, s.min, s.max, rank, t->room);
	else
		return; /* which failed tells */
	u->quantile = told(t, picked);
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
