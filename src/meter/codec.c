/* Streams, and columns of integers written: the cheapest of three orders of difference, divided by
 * what they have in common, cut into planes of bytes. */
#include "meter/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool reserve(struct yh_packer *p, struct yh_out *o, size_t n)
{
	size_t cap = o->cap ? o->cap : 4096;
	unsigned char *grown;

	if (n <= o->cap - o->len)
		return true;
	while (cap - o->len < n)
		cap *= 2;
	grown = realloc(o->p, cap);
	if (!grown) {
		p->failed = true;
		return false;
	}
	o->p = grown;
	o->cap = cap;
	return true;
}

void yh_packer_clear(struct yh_packer *p)
{
	for (int i = 0; i < YH_STREAMS; i++)
		p->s[i].len = 0;
}

void yh_packer_done(struct yh_packer *p)
{
	for (int i = 0; i < YH_STREAMS; i++)
		free(p->s[i].p);
	memset(p, 0, sizeof *p);
}

size_t yh_packer_len(const struct yh_packer *p)
{
	size_t n = 0;

	for (int i = 0; i < YH_STREAMS; i++)
		n += p->s[i].len;
	return n;
}

void yh_put_bytes(struct yh_packer *p, enum yh_stream s, const void *data, size_t n)
{
	if (n == 0 || !reserve(p, &p->s[s], n))
		return;
	memcpy(p->s[s].p + p->s[s].len, data, n);
	p->s[s].len += n;
}

void yh_put_byte(struct yh_packer *p, unsigned v)
{
	unsigned char b = (unsigned char)v;

	yh_put_bytes(p, YH_S_DIR, &b, 1);
}

void yh_put_varint(struct yh_packer *p, uint64_t v)
{
	unsigned char b[10];
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		b[n++] = (unsigned char)(v | 0x80);
	b[n++] = (unsigned char)v;
	yh_put_bytes(p, YH_S_DIR, b, n);
}

static uint64_t zigzag(int64_t v)
{
	return (uint64_t)v << 1 ^ (v < 0 ? ~UINT64_C(0) : 0);
}

void yh_put_signed(struct yh_packer *p, int64_t v)
{
	yh_put_varint(p, zigzag(v));
}

/* ---- columns ---- */

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t r = a % b;
		a = b;
		b = r;
	}
	return a;
}

static int64_t minus(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a - (uint64_t)b);
}

static unsigned bit_len(uint64_t v)
{
	return 64 - (unsigned)__builtin_clzll(v | 1);
}

/* What a value costs, about: the logarithm of one more than it, in 256ths of a bit, for values
 * below 2^51. A double is one already, and several are taken at once. */
static inline uint64_t weight(uint64_t z)
{
	const double one = 1, big = 0x1p52;
	uint64_t bits = (z + 1) | UINT64_C(0x4330000000000000), base;
	double d;

	memcpy(&d, &bits, sizeof d);
	d -= big;
	memcpy(&bits, &d, sizeof bits);
	memcpy(&base, &one, sizeof base);
	return (bits - base) >> 44;
}

static uint64_t cost(const int64_t *z, size_t n)
{
	uint64_t all = 0, sum = 0;

	for (size_t i = 0; i < n; i++)
		all |= (uint64_t)z[i];
	if (all >> 51) {
		for (size_t i = 0; i < n; i++)
			sum += bit_len((uint64_t)z[i]) << 8;
		return sum;
	}
	for (size_t i = 0; i < n; i++)
		sum += weight((uint64_t)z[i]);
	return sum;
}

/* How far each value is from the moving mean of those before it: that mean goes after the values
 * by a 2^ease-th. It is reckoned from the first value and carries 8 bits behind the point. */
static void from_mean(const int64_t *v, size_t n, unsigned ease, int64_t *z)
{
	uint64_t mean = 0;

	for (size_t i = 1; i < n; i++) {
		uint64_t off = (uint64_t)minus(v[i], v[0]) - (uint64_t)((int64_t)mean >> 8);
		z[i - 1] = (int64_t)off;
		mean += off << (8 - ease);
	}
}

enum {
	TASTE = 128,     /* values judged by */
	BIT = 256,       /* in units of cost */
	QUIET = 4 * BIT, /* less than that a value */
};

static void fold(int64_t *z, size_t n)
{
	for (size_t i = 0; i < n; i++)
		z[i] = (int64_t)((uint64_t)z[i] << 1 ^ (0 - ((uint64_t)z[i] >> 63)));
}

/* Whether noisy values are better told from their moving mean than from their last one, judged by
 * a piece of them. Returns the ease, 0 for no, and corrects the cost. */
static unsigned taste(const int64_t *v, const int64_t *deltas, size_t n, uint64_t *bits)
{
	int64_t z[TASTE];
	size_t from = n > TASTE ? (n - TASTE) / 2 : 0, k = n - from > TASTE ? TASTE : n - from;
	uint64_t plain = cost(deltas + from, k - 1), least = plain;
	unsigned best = 0;

	if (plain < 2 * BIT * k)
		return 0;
	for (unsigned ease = 1; ease <= YH_EASE_MAX && best == ease - 1; ease++) {
		uint64_t sum;
		from_mean(v + from, k, ease, z);
		fold(z, k - 1);
		sum = cost(z, k - 1);
		if (sum < least) {
			least = sum;
			best = ease;
		}
	}
	*bits = (uint64_t)((double)*bits * ((double)least / (double)plain));
	return best;
}

static unsigned width_of(const int64_t *z, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all |= (uint64_t)z[i];
	return all ? (bit_len(all) + 7) / 8 : 0;
}

static void divide(int64_t *v, size_t n, uint64_t unit)
{
	if (unit == 1)
		return;
	if ((unit & (unit - 1)) == 0) {
		unsigned shift = (unsigned)__builtin_ctzll(unit);
		for (size_t i = 0; i < n; i++)
			v[i] = (int64_t)((uint64_t)v[i] >> shift);
		return;
	}
	for (size_t i = 0; i < n; i++)
		v[i] = (int64_t)((uint64_t)v[i] / unit);
}

/* Values as multiples of what they have in common, from their least on. */
static uint64_t reduce(const int64_t *v, size_t n, int64_t *least, int64_t *out)
{
	uint64_t unit = 0, all = 0;
	unsigned twos;

	*least = v[0];
	for (size_t i = 1; i < n; i++)
		*least = v[i] < *least ? v[i] : *least;
	for (size_t i = 0; i < n; i++) {
		out[i] = minus(v[i], *least);
		all |= (uint64_t)out[i];
	}
	if (all == 0)
		return 1;
	twos = (unsigned)__builtin_ctzll(all);
	for (size_t i = 0; i < n && unit != 1; i++)
		unit = gcd((uint64_t)out[i] >> twos, unit);
	divide(out, n, unit << twos);
	return unit << twos;
}

static void put_planes(struct yh_packer *p, const int64_t *z, size_t n, unsigned width, bool planar,
		       bool quiet)
{
	for (unsigned k = 0; k < width; k++) {
		struct yh_out *o = &p->s[yh_plane_of(k, planar, quiet)];
		if (!reserve(p, o, n))
			return;
		for (size_t i = 0; i < n; i++)
			o->p[o->len + i] = (unsigned char)((uint64_t)z[i] >> (8 * k));
		o->len += n;
	}
}

/* The order that costs least, its values left in z[order]. */
static unsigned choose(const int64_t *w, size_t n, int64_t (*z)[YH_COL_MAX], unsigned *ease)
{
	uint64_t whole = cost(w, n), delta, second;

	*ease = 0;
	if (n < 3)
		return 0;
	for (size_t i = 0; i + 1 < n; i++)
		z[1][i] = minus(w[i + 1], w[i]);
	for (size_t i = 0; i + 2 < n; i++)
		z[2][i] = minus(z[1][i + 1], z[1][i]);
	fold(z[1], n - 1);
	fold(z[2], n - 2);
	delta = cost(z[1], n - 1);
	second = cost(z[2], n - 2);
	if (n > 16 && delta < second)
		*ease = taste(w, z[1], n, &delta);
	if (second + 16 * BIT < delta && second + 16 * BIT < whole)
		return 2;
	if (delta + 4 * BIT >= whole)
		return 0;
	if (!*ease)
		return 1;
	from_mean(w, n, *ease, z[1]);
	fold(z[1], n - 1);
	return YH_ORDER_MEAN;
}

void yh_col_put(struct yh_packer *p, const int64_t *v, size_t n, bool planar)
{
	int64_t z[3][YH_COL_MAX], least, *use;
	unsigned order, ease, width;
	uint64_t unit;
	size_t left;
	bool quiet;

	assert(n >= 1 && n <= YH_COL_MAX);
	unit = reduce(v, n, &least, z[0]);
	order = choose(z[0], n, z, &ease);
	left = n - (order == 2 ? 2 : order > 0);
	use = z[order == YH_ORDER_MEAN ? 1 : order];
	width = width_of(use, left);
	quiet = width == 1 && cost(use, left) < left * QUIET;
	yh_put_byte(p, (quiet ? YH_COL_QUIET : 0) | width << 3 | order << 1 | (unit != 1));
	if (unit != 1)
		yh_put_varint(p, unit);
	yh_put_signed(p, order ? v[0] : least);
	if (order == 2)
		yh_put_signed(p, minus(z[0][1], z[0][0]));
	if (order == YH_ORDER_MEAN)
		yh_put_byte(p, ease);
	put_planes(p, use, left, width, planar, quiet);
}
