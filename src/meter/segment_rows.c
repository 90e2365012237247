/* Roll-up rows as the columns of a chunk. */
#include "meter/segment_roll.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The doubles of a row, in the order of their columns. */
static const size_t val_at[YH_ROW_VALS] = {
	offsetof(struct yh_rollup, min),  offsetof(struct yh_rollup, max),
	offsetof(struct yh_rollup, sum),  offsetof(struct yh_rollup, first),
	offsetof(struct yh_rollup, last), offsetof(struct yh_rollup, rise),
};

enum { DAY_VALS = 3 }; /* those before `first` */

static unsigned vals_of(unsigned flags)
{
	return flags & YH_CHUNK_COUNTER ? YH_ROW_VALS : YH_ROW_VALS - 1;
}

static int64_t col_of(const struct yh_rollup *r, unsigned k, enum yh_level level)
{
	switch (k) {
	case 0:
		return (int64_t)r->count;
	case 1:
		return r->first_ms - r->from_ms;
	case 2:
		return r->from_ms + yh_level_ms(level) - r->last_ms;
	default:
		return yh_slots_spanned(r->first_ms, r->last_ms) - (int64_t)r->filled;
	}
}

static void put_vals(struct yh_page_writer *w, unsigned flags, const struct yh_rollup *row,
		     size_t n, struct yh_scaled *scratch)
{
	double v[YH_ROW_VALS][YH_ROWS_MAX];
	unsigned same = 0, n_vals = vals_of(flags);

	for (unsigned k = 0; k < n_vals; k++) {
		for (size_t i = 0; i < n; i++)
			memcpy(&v[k][i], (const char *)&row[i] + val_at[k], sizeof v[k][i]);
		if (k && memcmp(v[k], v[0], n * sizeof v[k][0]) == 0)
			same |= 1u << k;
	}
	yh_put_byte(&w->packer, same);
	for (unsigned k = 0; k < n_vals; k++) {
		if (same >> k & 1)
			continue;
		yh_scale(v[k], n, scratch);
		yh_vals_put(&w->packer, v[k], n, scratch);
	}
}

void yh_rolls_put(struct yh_page_writer *w, struct yh_key key, unsigned flags, enum yh_level level,
		  const struct yh_rolls *rows, size_t from, size_t to, struct yh_scaled *scratch)
{
	const struct yh_rollup *row = rows->row + from;
	size_t n = to - from, bytes = 0;
	int64_t v[YH_ROWS_MAX];

	assert(n > 0 && n <= YH_ROWS_MAX);
	for (size_t i = 0; i < n; i++)
		v[i] = row[i].from_ms;
	yh_chunk_begin(w, key, flags, v, n);
	for (unsigned k = 0; k < YH_ROW_COLS; k++) {
		for (size_t i = 0; i < n; i++)
			v[i] = col_of(&row[i], k, level);
		yh_col_put(&w->packer, v, n, false);
	}
	put_vals(w, flags, row, n, scratch);
	if (level == YH_LEVEL_1D && !(flags & YH_CHUNK_COUNTER)) {
		for (size_t i = 0; i < n; i++) {
			v[i] = (int64_t)row[i].sketch_len;
			bytes += row[i].sketch_len;
		}
		yh_col_put(&w->packer, v, n, false);
		yh_put_varint(&w->packer, bytes);
		if (bytes)
			yh_put_bytes(&w->packer, YH_S_SKETCH, rows->bytes + rows->sketch_at[from],
				     bytes);
	}
	for (size_t i = 0; i < n; i++)
		w->ref.samples += row[i].count ? 1 : 0;
}

void yh_rolls_take(struct yh_unpacker *u, struct yh_chunk *c, enum yh_level level)
{
	size_t n = c->times.n;
	unsigned same;

	if (n > YH_ROWS_MAX) {
		u->failed = true;
		return;
	}
	for (unsigned k = 0; k < YH_ROW_COLS; k++)
		yh_col_take(u, &c->cols[k], n, false);
	same = yh_take_byte(u);
	for (unsigned k = 0; k < vals_of(c->flags) && !u->failed; k++) {
		if (k && same >> k & 1)
			c->vals[k] = c->vals[0];
		else
			yh_vals_take(u, &c->vals[k], n);
	}
	if (same & 1 || same >> YH_ROW_VALS)
		u->failed = true;
	if (level != YH_LEVEL_1D || c->flags & YH_CHUNK_COUNTER)
		return;
	yh_col_take(u, &c->sketch_lens, n, false);
	c->sketches_len = (size_t)yh_take_varint(u);
	c->sketches = yh_take(u, YH_S_SKETCH, c->sketches_len);
}

/* The columns of a chunk of rows, each with room for as many as there are. */
struct decoded {
	int64_t *from, *cols[YH_ROW_COLS], *lens, *m;
	double *vals[YH_ROW_VALS];
};

static bool lay_out(struct yh_seg_page *page, size_t n, struct decoded *d)
{
	int64_t *at = page->cols;

	if (n > page->cap_cols) {
		at = realloc(at, (3 + YH_ROW_COLS + YH_ROW_VALS) * n * sizeof *at);
		if (!at)
			return false;
		page->cols = at;
		page->cap_cols = n;
	}
	d->from = at;
	d->lens = at + n;
	d->m = at + 2 * n;
	for (size_t k = 0; k < YH_ROW_COLS; k++)
		d->cols[k] = at + (3 + k) * n;
	for (size_t k = 0; k < YH_ROW_VALS; k++)
		d->vals[k] = (double *)(at + (3 + YH_ROW_COLS + k) * n);
	return true;
}

static bool decode(const struct yh_chunk *c, unsigned n_vals, struct decoded *d)
{
	if (!yh_times_read(&c->times, d->from))
		return false;
	for (unsigned k = 0; k < YH_ROW_COLS; k++)
		yh_col_read(&c->cols[k], d->cols[k]);
	for (unsigned k = 0; k < n_vals; k++)
		yh_vals_read(&c->vals[k], d->m, d->vals[k]);
	if (c->sketch_lens.n)
		yh_col_read(&c->sketch_lens, d->lens);
	return true;
}

/* One row of a decoded chunk; false when its figures are impossible. */
static bool row_at(const struct decoded *d, size_t i, unsigned n_vals, enum yh_level level,
		   struct yh_rollup *r)
{
	int64_t ms = yh_level_ms(level), gaps = d->cols[3][i], spanned;

	*r = (struct yh_rollup){ .from_ms = d->from[i], .count = (uint64_t)d->cols[0][i] };
	if (d->cols[0][i] < 1 || d->cols[1][i] < 0 || d->cols[1][i] >= ms || d->cols[2][i] < 1 ||
	    d->cols[2][i] > ms || d->cols[1][i] + d->cols[2][i] > ms ||
	    r->from_ms > INT64_MAX / 2 || r->from_ms < INT64_MIN / 2)
		return false;
	r->first_ms = r->from_ms + d->cols[1][i];
	r->last_ms = r->from_ms + ms - d->cols[2][i];
	spanned = yh_slots_spanned(r->first_ms, r->last_ms);
	if (gaps < 0 || gaps >= spanned)
		return false;
	r->filled = (uint32_t)(spanned - gaps);
	for (unsigned k = 0; k < n_vals; k++)
		memcpy((char *)r + val_at[k], &d->vals[k][i], sizeof d->vals[k][i]);
	return true;
}

bool yh_rolls_visit(struct yh_seg_page *page, int64_t from_ms, int64_t to_ms,
		    enum yh_roll_parts parts, yh_rollup_fn visit, void *arg, bool *stopped)
{
	const struct yh_chunk *c = &page->walk.chunk;
	unsigned n_vals = parts == YH_ROLL_DAY ? DAY_VALS : vals_of(c->flags);
	struct decoded d;
	size_t at = 0;

	if (!lay_out(page, c->times.n, &d)) {
		*stopped = true;
		return true;
	}
	if (!decode(c, n_vals, &d))
		return false;
	for (size_t i = 0; i < c->times.n && !*stopped; i++) {
		struct yh_rollup r;
		size_t len = 0;

		if (!row_at(&d, i, n_vals, page->walk.level, &r))
			return false;
		if (c->sketch_lens.n) {
			len = (size_t)d.lens[i];
			if (len > c->sketches_len - at)
				return false;
		}
		if (r.from_ms >= from_ms && r.from_ms < to_ms) {
			if (parts != YH_ROLL_FIGURES && len) {
				r.sketch = c->sketches + at;
				r.sketch_len = len;
			}
			*stopped = !visit(arg, &r);
		}
		at += len;
	}
	return true;
}
