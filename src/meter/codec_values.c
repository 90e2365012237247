/* Columns of instants and of doubles, over columns of integers. */
#include "meter/codec.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { TIMES_REGULAR, TIMES_COLUMN };
enum { VALS_RAW = 0x10, VALS_EXCEPT = 0x20, EXCEPT_BYTES = 10 };

/* Adding and taking away this rounds a double below 2^51 to an integer, and shows it in the low
 * bits. */
#define ROUNDER 0x1.8p52
#define ROUND_LIMIT 0x1p51

#define STEP_MAX (2 * YH_AT_MAX / YH_COL_MAX)

void yh_times_put(struct yh_packer *p, const int64_t *at, size_t n)
{
	int64_t step = n > 1 ? at[1] - at[0] : 1;
	bool regular = step <= STEP_MAX;

	for (size_t i = 1; i < n && regular; i++)
		regular = at[i] - at[i - 1] == step;
	yh_put_byte(p, regular ? TIMES_REGULAR : TIMES_COLUMN);
	if (!regular) {
		yh_col_put(p, at, n, false);
		return;
	}
	yh_put_signed(p, at[0]);
	yh_put_varint(p, (uint64_t)step);
}

void yh_times_take(struct yh_unpacker *u, struct yh_times *t, size_t n)
{
	unsigned how = yh_take_byte(u);

	t->n = n;
	t->start = t->step = 0;
	if (how == TIMES_COLUMN) {
		yh_col_take(u, &t->col, n, false);
		return;
	}
	t->start = yh_take_signed(u);
	t->step = (int64_t)yh_take_varint(u);
	if (how != TIMES_REGULAR || n < 1 || n > YH_COL_MAX || t->step < 1 || t->step > STEP_MAX ||
	    t->start > YH_AT_MAX || t->start < -YH_AT_MAX)
		u->failed = true;
}

bool yh_times_read(const struct yh_times *t, int64_t *out)
{
	bool fine = true;

	if (t->step > 0) {
		for (size_t i = 0; i < t->n; i++)
			out[i] = t->start + (int64_t)i * t->step;
		return true;
	}
	yh_col_read(&t->col, out);
	for (size_t i = 1; i < t->n; i++)
		fine &= out[i] > out[i - 1];
	return fine && out[0] >= -YH_AT_MAX && out[t->n - 1] <= YH_AT_MAX;
}

static uint64_t bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof bits);
	return bits;
}

static double double_of(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

/* One value at one scale; whether it comes back bit for bit. */
static inline bool scale_one(double v, double pow, int64_t *m)
{
	double x = v * pow;
	double shown = x + ROUNDER;

	*m = (int64_t)(bits_of(shown) - bits_of(ROUNDER));
	return (fabs(x) < ROUND_LIMIT) & (bits_of((shown - ROUNDER) / pow) == bits_of(v));
}

/* The least scale above `scale` at which v comes back, or 0. */
static unsigned scale_for(double v, unsigned scale)
{
	int64_t m;

	if (!isfinite(v))
		return 0;
	for (unsigned s = scale + 1; s <= YH_SCALE_MAX; s++)
		if (scale_one(v, yh_pow10(s), &m))
			return s;
	return 0;
}

/* All of a stretch; how many do not come back. */
static size_t scale_run(const double *v, size_t n, double pow, int64_t *m)
{
	size_t bad = 0;

	for (size_t i = 0; i < n; i++)
		bad += !scale_one(v[i], pow, &m[i]);
	return bad;
}

static void as_bits(const double *v, size_t n, struct yh_scaled *out)
{
	out->raw = true;
	out->scale = 0;
	out->n_except = 0;
	memcpy(out->m, v, n * sizeof *v);
}

enum step { GO_ON, AGAIN, GIVE_UP };

/* Sorts out a stretch in which something did not come back. */
static enum step scale_hard(const double *v, size_t from, size_t to, size_t most,
			    struct yh_scaled *out)
{
	for (size_t i = from; i < to; i++) {
		unsigned higher;
		if (scale_one(v[i], yh_pow10(out->scale), &out->m[i]))
			continue;
		higher = scale_for(v[i], out->scale);
		if (higher) {
			out->scale = higher;
			return AGAIN;
		}
		if (out->n_except == most)
			return GIVE_UP;
		out->except[out->n_except++] = (uint16_t)i;
		out->m[i] = i ? out->m[i - 1] : 0;
	}
	return GO_ON;
}

void yh_scale(const double *v, size_t n, struct yh_scaled *out)
{
	enum { RUN = 64 };
	size_t most = n / 16 + 2;

	assert(n >= 1 && n <= YH_COL_MAX);
	out->raw = false;
	out->scale = 0;
	out->n_except = 0;
	for (size_t i = 0; i < n; i += RUN) {
		size_t end = i + RUN < n ? i + RUN : n;
		enum step next;
		if (scale_run(v + i, end - i, yh_pow10(out->scale), out->m + i) == 0)
			continue;
		next = scale_hard(v, i, end, most, out);
		if (next == GIVE_UP) {
			as_bits(v, n, out);
			return;
		}
		if (next == AGAIN) {
			out->n_except = 0;
			i = (size_t)0 - RUN;
		}
	}
}

void yh_vals_put(struct yh_packer *p, const double *v, size_t n, const struct yh_scaled *s)
{
	yh_put_byte(p, s->scale | (s->raw ? VALS_RAW : 0) | (s->n_except ? VALS_EXCEPT : 0));
	if (s->n_except)
		yh_put_varint(p, s->n_except);
	yh_col_put(p, s->m, n, true);
	for (size_t i = 0; i < s->n_except; i++) {
		uint64_t bits = bits_of(v[s->except[i]]);
		unsigned char b[EXCEPT_BYTES] = { (unsigned char)s->except[i],
						  (unsigned char)(s->except[i] >> 8) };
		for (int k = 0; k < 8; k++)
			b[2 + k] = (unsigned char)(bits >> (8 * k));
		yh_put_bytes(p, YH_S_MISC, b, sizeof b);
	}
}

void yh_vals_take(struct yh_unpacker *u, struct yh_vals *v, size_t n)
{
	unsigned head = yh_take_byte(u);
	uint64_t except = head & VALS_EXCEPT ? yh_take_varint(u) : 0;

	v->raw = head & VALS_RAW;
	v->scale = head & 0x0f;
	v->n_except = (size_t)except;
	v->except = NULL;
	if (head >> 6 || v->scale > YH_SCALE_MAX || except > n) {
		u->failed = true;
		return;
	}
	yh_col_take(u, &v->col, n, true);
	if (except)
		v->except = yh_take(u, YH_S_MISC, v->n_except * EXCEPT_BYTES);
	for (size_t i = 0; i < except && !u->failed; i++) {
		const unsigned char *e = v->except + i * EXCEPT_BYTES;
		if ((e[0] | (unsigned)e[1] << 8) >= n)
			u->failed = true;
	}
}

static void scale_back(const int64_t *m, size_t n, double pow, double *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (double_of((uint64_t)m[i] + bits_of(ROUNDER)) - ROUNDER) / pow;
}

void yh_vals_read(const struct yh_vals *v, int64_t *m, double *out)
{
	yh_col_read(&v->col, m);
	if (v->raw)
		memcpy(out, m, v->col.n * sizeof *out);
	else
		scale_back(m, v->col.n, yh_pow10(v->scale), out);
	for (size_t i = 0; i < v->n_except; i++) {
		const unsigned char *e = v->except + i * EXCEPT_BYTES;
		uint64_t bits = 0;
		for (int k = 7; k >= 0; k--)
			bits = bits << 8 | e[2 + k];
		out[e[0] | (unsigned)e[1] << 8] = double_of(bits);
	}
}
