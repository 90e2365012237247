/* Roll-ups made of samples, and sums that do not depend on how samples were split. */
#include "meter/segment_roll.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int64_t yh_level_ms(enum yh_level level)
{
	static const int64_t ms[YH_LEVELS] = { 1, YH_SLOT_MS, 3600000, 86400000 };

	return ms[level];
}

static int64_t floor_to(int64_t v, int64_t unit, int64_t offset)
{
	int64_t r = (v % unit + offset) % unit;

	return r < 0 ? v - r - unit : v - r;
}

/* Each length a constant, so that none is divided by. */
int64_t yh_level_floor(enum yh_level level, int64_t at_ms)
{
	switch (level) {
	case YH_LEVEL_5M:
		return floor_to(at_ms, YH_SLOT_MS, 0);
	case YH_LEVEL_1H:
		return floor_to(at_ms, 3600000, 0);
	case YH_LEVEL_1D:
		return floor_to(at_ms, 86400000, 8 * 3600000);
	default:
		return at_ms;
	}
}

/* ---- sums ---- */

static void two_sum(struct yh_sum *s, double v)
{
	double t = s->hi + v, b = t - s->hi;

	s->lo += (s->hi - (t - b)) + (v - b);
	s->hi = t;
}

void yh_sum_add(struct yh_sum *s, double v)
{
	two_sum(s, v);
}

void yh_sum_add_scaled(struct yh_sum *s, __int128 total, unsigned scale)
{
	double pow = yh_pow10(scale), hi = (double)total, rest = (double)(total - (__int128)hi);
	double q = hi / pow;

	two_sum(s, q);
	s->lo += (fma(-q, pow, hi) + rest) / pow;
}

double yh_sum_value(const struct yh_sum *s)
{
	return isfinite(s->hi) ? s->hi + s->lo : s->hi;
}

/* ---- making ---- */

void yh_roll_begin(struct yh_roller *r, enum yh_level level, bool counter, bool sketch,
		   yh_rollup_fn emit, void *arg)
{
	r->level = level;
	r->counter = counter;
	r->sketch = sketch && level == YH_LEVEL_1D && !counter;
	r->emit = emit;
	r->arg = arg;
	r->stopped = false;
	r->end_ms = INT64_MIN;
	r->row.count = 0;
	yh_sketch_clear(&r->dense);
}

void yh_roll_end(struct yh_roller *r)
{
	if (r->row.count && !r->stopped) {
		r->row.sum = yh_sum_value(&r->sum);
		r->row.rise = yh_sum_value(&r->rise);
		r->row.sketch = NULL;
		r->row.sketch_len = 0;
		if (r->sketch) {
			r->row.sketch = r->bytes;
			r->row.sketch_len = yh_sketch_encode(&r->dense, r->bytes, sizeof r->bytes);
			yh_sketch_clear(&r->dense);
		}
		r->stopped = !r->emit(r->arg, &r->row);
	}
	r->row.count = 0;
}

static void open_bucket(struct yh_roller *r, int64_t at_ms, double v)
{
	int64_t from = yh_level_floor(r->level, at_ms);

	r->end_ms = from + yh_level_ms(r->level);
	r->slot = INT64_MIN;
	r->sum = r->rise = (struct yh_sum){ 0, 0 };
	r->row = (struct yh_rollup){ .from_ms = from,
				     .min = v + 0.0,
				     .max = v + 0.0,
				     .first = v,
				     .last = v,
				     .first_ms = at_ms };
}

static void add_slot(struct yh_roller *r, int64_t at_ms)
{
	if (r->slot != INT64_MIN && at_ms - r->slot < YH_SLOT_MS)
		return;
	r->slot = floor_to(at_ms, YH_SLOT_MS, 0);
	r->row.filled++;
}

static void add_rise(struct yh_roller *r, double v)
{
	yh_sum_add(&r->rise, v);
	if (v >= r->row.last)
		yh_sum_add(&r->rise, -r->row.last);
}

/* Samples of one bucket, the one in hand. */
static void feed_bucket(struct yh_roller *r, const int64_t *at_ms, const double *v,
			const int64_t *m, unsigned scale, size_t n)
{
	__int128 total = 0;

	for (size_t i = 0; i < n; i++) {
		if (v[i] != v[i])
			continue;
		if (!r->row.count)
			open_bucket(r, at_ms[i], v[i]);
		else if (r->counter)
			add_rise(r, v[i]);
		if (v[i] < r->row.min)
			r->row.min = v[i] + 0.0;
		if (v[i] > r->row.max)
			r->row.max = v[i] + 0.0;
		if (m)
			total += m[i];
		else
			yh_sum_add(&r->sum, v[i]);
		if (r->sketch)
			yh_sketch_add(&r->dense, v[i]);
		add_slot(r, at_ms[i]);
		r->row.last = v[i];
		r->row.last_ms = at_ms[i];
		r->row.count++;
	}
	if (m)
		yh_sum_add_scaled(&r->sum, total, scale);
}

void yh_roll_feed(struct yh_roller *r, const int64_t *at_ms, const double *v, const int64_t *m,
		  unsigned scale, size_t n)
{
	size_t i = 0;

	while (i < n && !r->stopped) {
		size_t j = i;
		if (at_ms[i] >= r->end_ms) {
			yh_roll_end(r);
			r->end_ms = yh_level_floor(r->level, at_ms[i]) + yh_level_ms(r->level);
		}
		while (j < n && at_ms[j] < r->end_ms)
			j++;
		feed_bucket(r, at_ms + i, v + i, m ? m + i : NULL, scale, j - i);
		i = j;
	}
}

/* ---- rows ---- */

bool yh_rolls_add(void *arg, const struct yh_rollup *r)
{
	struct yh_rolls *rows = arg;

	if (rows->n == rows->cap) {
		size_t cap = rows->cap ? rows->cap * 2 : 64;
		struct yh_rollup *row = realloc(rows->row, cap * sizeof *row);
		size_t *at = row ? realloc(rows->sketch_at, cap * sizeof *at) : NULL;
		rows->row = row ? row : rows->row;
		rows->sketch_at = at ? at : rows->sketch_at;
		rows->failed |= !at;
		if (!at)
			return false;
		rows->cap = cap;
	}
	if (r->sketch_len > rows->cap_bytes - rows->len) {
		size_t cap = 2 * rows->cap_bytes + r->sketch_len + 1024;
		unsigned char *bytes = realloc(rows->bytes, cap);
		rows->failed |= !bytes;
		if (!bytes)
			return false;
		rows->bytes = bytes;
		rows->cap_bytes = cap;
	}
	if (r->sketch_len)
		memcpy(rows->bytes + rows->len, r->sketch, r->sketch_len);
	rows->row[rows->n] = *r;
	rows->row[rows->n].sketch = NULL;
	rows->sketch_at[rows->n++] = rows->len;
	rows->len += r->sketch_len;
	return true;
}

void yh_rolls_clear(struct yh_rolls *rows)
{
	rows->n = rows->len = 0;
	rows->failed = false;
}

void yh_rolls_done(struct yh_rolls *rows)
{
	free(rows->row);
	free(rows->sketch_at);
	free(rows->bytes);
	memset(rows, 0, sizeof *rows);
}

struct yh_rollup yh_rolls_get(const struct yh_rolls *rows, size_t k)
{
	struct yh_rollup r = rows->row[k];

	if (r.sketch_len)
		r.sketch = rows->bytes + rows->sketch_at[k];
	return r;
}

static double rise_between(double before, double now)
{
	return now >= before ? now - before : now;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

/* `b` into `a`, both of one bucket. What they grew between each other counts where one follows the
 * other; true when they interleave, and then what grew is the least that it can have been. */
static bool add_row(struct yh_rollup *a, const struct yh_rollup *b, bool counter)
{
	const struct yh_rollup *first = a->first_ms <= b->first_ms ? a : b;
	const struct yh_rollup *second = first == a ? b : a;
	struct yh_rollup sum = *a;
	int64_t spanned;
	bool mixed;

	sum.count += b->count;
	sum.min = b->min < a->min ? b->min : a->min;
	sum.max = b->max > a->max ? b->max : a->max;
	sum.sum = a->sum + b->sum;
	sum.first = first->first;
	sum.first_ms = first->first_ms;
	sum.last = a->last_ms >= b->last_ms ? a->last : b->last;
	sum.last_ms = a->last_ms >= b->last_ms ? a->last_ms : b->last_ms;
	mixed = first->last_ms >= second->first_ms;
	sum.rise = a->rise + b->rise;
	if (counter && !mixed)
		sum.rise += rise_between(first->last, second->first);
	if (counter && mixed)
		sum.rise = larger(larger(a->rise, b->rise), sum.last - sum.first);
	/* both may have filled the same slot: more than there are it cannot be */
	spanned = yh_slots_spanned(sum.first_ms, sum.last_ms);
	sum.filled = a->filled + b->filled;
	if (sum.filled > spanned)
		sum.filled = (uint32_t)spanned;
	*a = sum;
	return mixed;
}

/* What a counter rose by in the bucket of `sum`, told by the rows of the level below. */
static void rise_from(const struct yh_rolls *finer, int64_t length_ms, struct yh_rollup *sum)
{
	size_t low = 0, high = finer->n;
	const struct yh_rollup *before = NULL;
	uint64_t count = 0;
	double rise = 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (finer->row[mid].from_ms < sum->from_ms)
			low = mid + 1;
		else
			high = mid;
	}
	for (size_t i = low; i < finer->n; i++) {
		const struct yh_rollup *r = &finer->row[i];

		if (r->from_ms >= sum->from_ms + length_ms)
			break;
		rise += r->rise + (before ? rise_between(before->last, r->first) : 0);
		count += r->count;
		before = r;
	}
	if (count == sum->count)
		sum->rise = rise;
}

struct order {
	int64_t from_ms, first_ms;
	size_t at;
};

static int by_time(const void *a, const void *b)
{
	const struct order *x = a, *y = b;

	if (x->from_ms != y->from_ms)
		return x->from_ms < y->from_ms ? -1 : 1;
	if (x->first_ms != y->first_ms)
		return x->first_ms < y->first_ms ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

struct settling {
	const struct yh_rolls *in, *finer;
	enum yh_level level;
	bool counter;
	struct yh_sketch *scratch;
	struct yh_rolls out;
};

/* The sketches of the rows order[from..to) added up, appended to `out` with their sum. */
static bool settle_bucket(struct settling *s, const struct order *o, size_t n)
{
	const struct yh_rolls *in = s->in;
	unsigned char *bytes = n > 1 ? malloc(8 + 7 * YH_SKETCH_BUCKETS) : NULL;
	struct yh_rollup sum = yh_rolls_get(in, o[0].at);
	bool sketch = sum.sketch_len > 0, mixed = false, fine;
	size_t used;

	if (n > 1 && !bytes) {
		s->out.failed = true;
		return false;
	}
	yh_sketch_clear(s->scratch);
	for (size_t i = 0; i < n && n > 1; i++) {
		struct yh_rollup r = yh_rolls_get(in, o[i].at);
		if (i)
			mixed |= add_row(&sum, &r, s->counter);
		sketch = sketch && r.sketch_len &&
			 yh_sketch_merge(s->scratch, r.sketch, r.sketch_len, &used);
	}
	if (mixed && s->counter && s->finer)
		rise_from(s->finer, yh_level_ms(s->level), &sum);
	if (n > 1) {
		sum.sketch = sketch ? bytes : NULL;
		sum.sketch_len =
			sketch ? yh_sketch_encode(s->scratch, bytes, 8 + 7 * YH_SKETCH_BUCKETS) : 0;
	}
	fine = yh_rolls_add(&s->out, &sum);
	free(bytes);
	return fine;
}

void yh_rolls_settle(struct yh_rolls *rows, enum yh_level level, bool counter,
		     const struct yh_rolls *finer, struct yh_sketch *scratch)
{
	struct settling s = {
		.in = rows, .finer = finer, .level = level, .counter = counter, .scratch = scratch
	};
	struct order *o;
	size_t k = 1;

	while (k < rows->n && rows->row[k - 1].from_ms < rows->row[k].from_ms)
		k++;
	if (k >= rows->n)
		return;
	o = malloc((rows->n + 1) * sizeof *o);
	if (!o) {
		rows->failed = true;
		return;
	}
	for (size_t i = 0; i < rows->n; i++)
		o[i] = (struct order){ rows->row[i].from_ms, rows->row[i].first_ms, i };
	qsort(o, rows->n, sizeof *o, by_time);
	for (size_t i = 0, j; i < rows->n; i = j) {
		for (j = i + 1; j < rows->n && o[j].from_ms == o[i].from_ms; j++)
			;
		if (!settle_bucket(&s, o + i, j - i))
			break;
	}
	free(o);
	s.out.failed |= rows->failed;
	yh_rolls_done(rows);
	*rows = s.out;
}
