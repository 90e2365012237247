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

/* ---- the compact form ----
 *
 * Varints: where it begins (from the bucket of zero on, folded) and its kind, then the number of
 * fields, then those. SPARSE: (gap, count) of each bucket in use. Of 1, 2, 4 or 8 bits: a field for
 * each bucket, the first in the lowest bits, then how many were too large for it, and (gap, what is
 * missing) of those. */

enum kind { SPARSE, BITS_1, BITS_2, BITS_4, BITS_8, KINDS };

static const uint32_t full[KINDS] = { 0, 1, 3, 15, 255 };

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

/* What is above `most` in each bucket, as (gap, rest): their bytes, and how many. */
static size_t rest_len(const struct yh_sketch *s, uint32_t most, uint32_t *used)
{
	size_t len = 0;
	uint32_t gap = 0;

	*used = 0;
	for (uint32_t b = s->low; b < s->high; b++, gap++) {
		if (s->n[b] <= most)
			continue;
		len += varint_len(gap) + varint_len(s->n[b] - most);
		gap = UINT32_MAX;
		++*used;
	}
	return len;
}

static void put_rest(const struct yh_sketch *s, uint32_t most, unsigned char *out)
{
	uint32_t gap = 0;

	for (uint32_t b = s->low; b < s->high; b++, gap++) {
		if (s->n[b] <= most)
			continue;
		out += put_varint(out, gap);
		out += put_varint(out, s->n[b] - most);
		gap = UINT32_MAX;
	}
}

static size_t fields_len(uint32_t fields, enum kind kind)
{
	return kind == SPARSE ? 0 : ((size_t)fields * (1u << (kind - BITS_1)) + 7) / 8;
}

static void put_fields(const struct yh_sketch *s, enum kind kind, unsigned char *out)
{
	uint32_t width = 1u << (kind - BITS_1), most = full[kind];

	memset(out, 0, fields_len(s->high - s->low, kind));
	for (uint32_t i = 0; i < s->high - s->low; i++) {
		uint32_t v = s->n[s->low + i] < most ? s->n[s->low + i] : most;
		out[i * width / 8] |= (unsigned char)(v << (i * width % 8));
	}
}

static enum kind narrowest(const struct yh_sketch *s, uint32_t *used, size_t *rest)
{
	enum kind best = SPARSE;
	size_t least = SIZE_MAX;

	for (enum kind k = SPARSE; k < KINDS; k++) {
		uint32_t n;
		size_t len = rest_len(s, full[k], &n);
		/* What is written field by field is read faster than the rest. */
		size_t all = len + n + fields_len(s->high - s->low, k) + (k != SPARSE);
		if (all < least) {
			least = all;
			best = k;
			*used = n;
			*rest = len;
		}
	}
	return best;
}

size_t yh_sketch_encode(const struct yh_sketch *s, unsigned char *out, size_t room)
{
	unsigned char head[12];
	uint32_t used = 0, from = s->low >= SIDE ? (s->low - SIDE) * 2 : (SIDE - s->low) * 2 - 1;
	size_t rest = 0, n, fields;
	enum kind kind = narrowest(s, &used, &rest);

	n = put_varint(head, from << 3 | kind);
	n += put_varint(head + n, kind == SPARSE ? used : s->high - s->low);
	fields = fields_len(s->high - s->low, kind);
	if (n + fields + 2 + rest > room)
		return 0;
	memcpy(out, head, n);
	if (kind != SPARSE) {
		put_fields(s, kind, out + n);
		n += fields;
		n += put_varint(out + n, used);
	}
	put_rest(s, full[kind], out + n);
	return n + rest;
}

/* (gap, count) of `fields` buckets from `low` on. */
static bool take_rest(struct yh_sketch *s, uint32_t low, uint32_t fields, const unsigned char *in,
		      size_t n, size_t *used)
{
	size_t at = 0;
	uint32_t b = low, i;

	for (i = 0; i < fields; i++, b++) {
		uint32_t gap, v;
		size_t k;
		if (n - at >= 2 && !((in[at] | in[at + 1]) & 0x80)) { /* nearly always */
			gap = in[at];
			v = in[at + 1];
			at += 2;
		} else {
			if (!(k = take_varint(in + at, n - at, &gap)))
				break;
			at += k;
			if (!(k = take_varint(in + at, n - at, &v)))
				break;
			at += k;
		}
		if (b >= YH_SKETCH_BUCKETS || gap >= YH_SKETCH_BUCKETS - b)
			break;
		b += gap;
		if (i == 0)
			low = b;
		count_in(s, b, v);
	}
	if (i)
		widen(s, low, b);
	*used = at;
	return i == fields;
}

static uint32_t add_fields_8(uint32_t *to, uint32_t fields, const unsigned char *in)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < fields; i++) {
		to[i] += in[i];
		sum += in[i];
	}
	return sum;
}

static uint32_t add_fields_4(uint32_t *to, uint32_t fields, const unsigned char *in)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < fields / 2; i++) {
		to[2 * i] += in[i] & 15u;
		to[2 * i + 1] += in[i] >> 4;
		sum += (in[i] & 15u) + (in[i] >> 4);
	}
	if (fields & 1) {
		to[fields - 1] += in[fields / 2] & 15u;
		sum += in[fields / 2] & 15u;
	}
	return sum;
}

static void add_fields(struct yh_sketch *s, uint32_t low, uint32_t fields, enum kind kind,
		       const unsigned char *in)
{
	uint32_t width = 1u << (kind - BITS_1);
	bool safe = s->count < UINT32_MAX - 256; /* no bucket holds more than all of them */

	if (fields)
		widen(s, low, low + fields);
	if (kind == BITS_8 && safe)
		s->count += add_fields_8(s->n + low, fields, in);
	else if (kind == BITS_4 && safe)
		s->count += add_fields_4(s->n + low, fields, in);
	else
		for (uint32_t i = 0; i < fields; i++)
			count_in(s, low + i, in[i * width / 8] >> (i * width % 8) & full[kind]);
}

bool yh_sketch_merge(struct yh_sketch *s, const unsigned char *in, size_t n, size_t *used)
{
	uint32_t head, fields, low, over;
	size_t at = take_varint(in, n, &head), k, len;
	enum kind kind;

	if (!at || !(k = take_varint(in + at, n - at, &fields)))
		return false;
	at += k;
	kind = (enum kind)(head & 7);
	low = head >> 3 & 1 ? SIDE - (head >> 4) - 1 : SIDE + (head >> 4);
	if (kind >= KINDS || low > YH_SKETCH_BUCKETS || fields > YH_SKETCH_BUCKETS - low)
		return false;
	over = fields;
	if (kind != SPARSE) {
		len = fields_len(fields, kind);
		if (len >= n - at || !(k = take_varint(in + at + len, n - at - len, &over)) ||
		    over > fields)
			return false;
		add_fields(s, low, fields, kind, in + at);
		at += len + k;
	}
	if (!take_rest(s, low, over, in + at, n - at, &len))
		return false;
	*used = at + len;
	return true;
}
