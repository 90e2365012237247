/* The quantile sketch: buckets from the top bits of the double, counts packed as narrow as they
 * allow. */
#include "meter/sketch.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum {
	STEPS = 32,                  /* to the octave */
	OCTAVES = 60,                /* 2^-20 .. 2^40 */
	SIDE = OCTAVES * STEPS,      /* buckets of one sign */
	FIRST = (1023 - 20) * STEPS, /* exponent and five bits of mantissa of 2^-20 */
	SPARSE = 7                   /* in place of the logarithm of a width */
};
static_assert(YH_SKETCH_BUCKETS == 2 * SIDE + 1, "a bucket for zero between two sides");

uint32_t yh_sketch_bucket(double v)
{
	uint64_t bits;
	int64_t step;

	assert(v == v);
	memcpy(&bits, &v, sizeof bits);
	step = (int64_t)((bits & ~(UINT64_C(1) << 63)) >> 47) - FIRST;
	if (step < 0)
		return SIDE;
	if (step >= SIDE)
		step = SIDE - 1;
	return (uint32_t)(bits >> 63 ? SIDE - 1 - step : SIDE + 1 + step);
}

double yh_sketch_value(uint32_t bucket)
{
	int64_t step;
	uint64_t bits;
	double low;

	assert(bucket < YH_SKETCH_BUCKETS);
	if (bucket == SIDE)
		return 0;
	step = bucket > SIDE ? (int64_t)bucket - SIDE - 1 : SIDE - 1 - (int64_t)bucket;
	bits = (uint64_t)(step + FIRST) << 47 | UINT64_C(1) << 46;
	memcpy(&low, &bits, sizeof low);
	if (step == SIDE - 1)
		low = 0x1p40;
	return bucket > SIDE ? low : -low;
}

void yh_sketch_clear(struct yh_sketch *s)
{
	memset(s->n + s->low, 0, (s->high - s->low) * sizeof s->n[0]);
	s->count = 0;
	s->low = s->high = 0;
}

static void widen(struct yh_sketch *s, uint32_t low, uint32_t high)
{
	if (s->low == s->high) {
		s->low = low;
		s->high = high;
		return;
	}
	s->low = low < s->low ? low : s->low;
	s->high = high > s->high ? high : s->high;
}

static void count_in(struct yh_sketch *s, uint32_t bucket, uint32_t n)
{
	s->n[bucket] = n > UINT32_MAX - s->n[bucket] ? UINT32_MAX : s->n[bucket] + n;
	s->count += n;
}

void yh_sketch_add(struct yh_sketch *s, double v)
{
	uint32_t b = yh_sketch_bucket(v);

	widen(s, b, b + 1);
	count_in(s, b, 1);
}

double yh_sketch_quantile(const struct yh_sketch *s, double q)
{
	double at = ceil(q * (double)s->count);
	uint64_t rank = at < 1 ? 1 : (uint64_t)at, seen = 0;

	if (s->low == s->high)
		return 0;
	for (uint32_t b = s->low; b < s->high; b++) {
		seen += s->n[b];
		if (seen >= rank)
			return yh_sketch_value(b);
	}
	return yh_sketch_value(s->high - 1);
}

/* ---- the compact form: low, width or SPARSE, number of fields, fields ---- */

static size_t put_varint(unsigned char *out, uint32_t v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		out[n++] = (unsigned char)(v | 0x80);
	out[n++] = (unsigned char)v;
	return n;
}

static size_t take_varint(const unsigned char *in, size_t n, uint32_t *v)
{
	uint64_t got = 0;

	for (size_t i = 0; i < n && i < 5; i++) {
		got |= (uint64_t)(in[i] & 0x7f) << (7 * i);
		if (!(in[i] & 0x80)) {
			*v = (uint32_t)got;
			return got <= UINT32_MAX ? i + 1 : 0;
		}
	}
	return 0;
}

static size_t varint_len(uint32_t v)
{
	return v < 1 << 7 ? 1 : v < 1 << 14 ? 2 : v < 1 << 21 ? 3 : v < 1 << 28 ? 4 : 5;
}

static size_t sparse_len(const struct yh_sketch *s, uint32_t *used)
{
	size_t len = 0;
	uint32_t gap = 0;

	*used = 0;
	for (uint32_t b = s->low; b < s->high; b++, gap++) {
		if (!s->n[b])
			continue;
		len += varint_len(gap) + varint_len(s->n[b]);
		gap = UINT32_MAX;
		++*used;
	}
	return len;
}

/* Fields of 1, 2, 4, 8, 16 or 32 bits, the first in the lowest bits. */
static void put_dense(const struct yh_sketch *s, unsigned log, unsigned char *out)
{
	uint32_t width = 1u << log;

	memset(out, 0, ((size_t)(s->high - s->low) * width + 7) / 8);
	for (uint32_t i = 0; i < s->high - s->low; i++) {
		uint32_t v = s->n[s->low + i];
		if (width < 8) {
			out[i * width / 8] |= (unsigned char)(v << (i * width % 8));
			continue;
		}
		for (uint32_t k = 0; k < width / 8; k++)
			out[i * width / 8 + k] = (unsigned char)(v >> (8 * k));
	}
}

static void put_sparse(const struct yh_sketch *s, unsigned char *out)
{
	uint32_t gap = 0;

	for (uint32_t b = s->low; b < s->high; b++, gap++) {
		if (!s->n[b])
			continue;
		out += put_varint(out, gap);
		out += put_varint(out, s->n[b]);
		gap = UINT32_MAX;
	}
}

size_t yh_sketch_encode(const struct yh_sketch *s, unsigned char *out, size_t room)
{
	unsigned char head[12];
	uint32_t most = 0, used;
	unsigned log = 0;
	size_t dense, sparse, n;

	for (uint32_t b = s->low; b < s->high; b++)
		most = s->n[b] > most ? s->n[b] : most;
	while (log < 5 && most >> (1u << log))
		log++;
	dense = ((size_t)(s->high - s->low) * (1u << log) + 7) / 8;
	sparse = sparse_len(s, &used);
	if (sparse < dense)
		log = SPARSE;
	n = put_varint(head, s->low << 3 | log);
	n += put_varint(head + n, log == SPARSE ? used : s->high - s->low);
	if (n + (log == SPARSE ? sparse : dense) > room)
		return 0;
	memcpy(out, head, n);
	if (log == SPARSE)
		put_sparse(s, out + n);
	else
		put_dense(s, log, out + n);
	return n + (log == SPARSE ? sparse : dense);
}

static bool take_sparse(struct yh_sketch *s, uint32_t low, uint32_t fields, const unsigned char *in,
			size_t n, size_t *used)
{
	size_t at = 0;
	uint32_t b = low;

	for (uint32_t i = 0; i < fields; i++, b++) {
		uint32_t gap, v;
		size_t k = take_varint(in + at, n - at, &gap);
		if (!k || gap >= YH_SKETCH_BUCKETS - b)
			return false;
		at += k;
		k = take_varint(in + at, n - at, &v);
		if (!k)
			return false;
		at += k;
		b += gap;
		widen(s, b, b + 1);
		count_in(s, b, v);
		if (b + 1 == YH_SKETCH_BUCKETS && i + 1 < fields)
			return false;
	}
	*used = at;
	return true;
}

static uint32_t field(const unsigned char *in, uint32_t i, uint32_t width)
{
	uint32_t v = 0;

	if (width < 8)
		return ((uint32_t)in[i * width / 8] >> (i * width % 8)) & ((1u << width) - 1);
	for (uint32_t k = 0; k < width / 8; k++)
		v |= (uint32_t)in[i * width / 8 + k] << (8 * k);
	return v;
}

/* Fields of 1, 2 or 4 bits, a byte of them at a time. */
static void add_small(struct yh_sketch *s, uint32_t low, uint32_t fields, const unsigned char *in,
		      unsigned log)
{
	uint32_t width = 1u << log, mask = (1u << width) - 1, *to = s->n + low;
	unsigned ahead = 8 >> log;
	uint64_t sum = 0;

	for (; fields >= ahead; fields -= ahead, to += ahead) {
		uint32_t byte = *in++;
		for (unsigned k = 0; k < ahead; k++, byte >>= width) {
			to[k] = to[k] > UINT32_MAX - 16 ? UINT32_MAX : to[k] + (byte & mask);
			sum += byte & mask;
		}
	}
	for (uint32_t i = 0, byte = fields ? *in : 0; i < fields; i++, byte >>= width) {
		to[i] = to[i] > UINT32_MAX - 16 ? UINT32_MAX : to[i] + (byte & mask);
		sum += byte & mask;
	}
	s->count += sum;
}

bool yh_sketch_merge(struct yh_sketch *s, const unsigned char *in, size_t n, size_t *used)
{
	uint32_t head, fields, low;
	size_t at = take_varint(in, n, &head), k, len;

	if (!at || !(k = take_varint(in + at, n - at, &fields)))
		return false;
	at += k;
	low = head >> 3;
	if (low > YH_SKETCH_BUCKETS || fields > YH_SKETCH_BUCKETS - low)
		return false;
	if ((head & 7) == SPARSE) {
		if (!take_sparse(s, low, fields, in + at, n - at, &len))
			return false;
		*used = at + len;
		return true;
	}
	if ((head & 7) > 5)
		return false;
	len = ((size_t)fields * (1u << (head & 7)) + 7) / 8;
	if (len > n - at)
		return false;
	if (fields)
		widen(s, low, low + fields);
	if ((head & 7) < 3)
		add_small(s, low, fields, in + at, head & 7);
	else
		for (uint32_t i = 0; i < fields; i++)
			count_in(s, low + i, field(in + at, i, 1u << (head & 7)));
	*used = at + len;
	return true;
}
