/* The quantile sketch: buckets from the top bits of the double, counts packed as narrow as they
 * allow. */
#include "meter/sketch.h"

#include <assert.h>
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum {
	STEPS = 32,                  /* to the octave */
	OCTAVES = 60,                /* 2^-20 .. 2^40 */
	SIDE = OCTAVES * STEPS,      /* buckets of one sign */
	FIRST = (1023 - 20) * STEPS, /* exponent and five bits of mantissa of 2^-20 */
};
static_assert(YH_SKETCH_BUCKETS == 2 * SIDE + 1, "a bucket for zero between two sides");

static inline uint32_t bucket_of(double v)
{
	uint64_t bits;
	int64_t step;

	memcpy(&bits, &v, sizeof bits);
	step = (int64_t)((bits & ~(UINT64_C(1) << 63)) >> 47) - FIRST;
	if (step < 0)
		return SIDE;
	if (step >= SIDE)
		step = SIDE - 1;
	return (uint32_t)(bits >> 63 ? SIDE - 1 - step : SIDE + 1 + step);
}

uint32_t yh_sketch_bucket(double v)
{
	assert(v == v);
	return bucket_of(v);
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

void yh_sketch_add_scaled(struct yh_sketch *s, const int32_t *m, size_t n, double pow)
{
	enum { AT_ONCE = 64 };
	double v[AT_ONCE];

	for (size_t from = 0, k; from < n; from += k) {
		int32_t min = m[from], max = m[from];

		k = n - from < AT_ONCE ? n - from : AT_ONCE;
		for (size_t i = 0; i < k; i++) {
			min = m[from + i] < min ? m[from + i] : min;
			max = m[from + i] > max ? m[from + i] : max;
			v[i] = m[from + i] / pow;
		}
		widen(s, bucket_of(min / pow), bucket_of(max / pow) + 1);
		for (size_t i = 0; i < k; i++)
			count_in(s, bucket_of(v[i]), 1);
	}
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

/* Fields of a byte, each into a byte of its own. */
static void spread_fields(enum kind kind, const unsigned char *in, size_t n, unsigned char *out)
{
	for (size_t i = 0; kind == BITS_1 && i < n; i++) {
		uint64_t x = in[i];
		x = (x | x << 28) & UINT64_C(0x0000000f0000000f);
		x = (x | x << 14) & UINT64_C(0x0003000300030003);
		x = (x | x << 7) & UINT64_C(0x0101010101010101);
		for (unsigned k = 0; k < 8; k++)
			out[8 * i + k] = (unsigned char)(x >> (8 * k));
	}
	for (size_t i = 0; kind == BITS_2 && i < n; i++)
		for (unsigned k = 0; k < 4; k++)
			out[4 * i + k] = in[i] >> (2 * k) & 3;
	for (size_t i = 0; kind == BITS_4 && i < n; i++) {
		out[2 * i] = in[i] & 15;
		out[2 * i + 1] = in[i] >> 4;
	}
}

static uint32_t add_bytes(uint32_t *to, uint32_t fields, const unsigned char *in)
{
	uint32_t sum = 0;

	for (uint32_t i = 0; i < fields; i++) {
		to[i] += in[i];
		sum += in[i];
	}
	return sum;
}

static uint32_t add_narrow(uint32_t *to, uint32_t fields, enum kind kind, const unsigned char *in)
{
	unsigned char bytes[YH_SKETCH_BUCKETS + 8];

	spread_fields(kind, in, fields_len(fields, kind), bytes);
	return add_bytes(to, fields, bytes);
}

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))

WIDE static inline void add_eight(uint32_t *to, __m128i bytes)
{
	__m256i *at = (__m256i *)(void *)to;

	_mm256_storeu_si256(at,
			    _mm256_add_epi32(_mm256_loadu_si256(at), _mm256_cvtepu8_epi32(bytes)));
}

/* 32 half bytes. */
WIDE static inline __m128i add_32(uint32_t *to, __m128i b, __m128i sum)
{
	const __m128i half = _mm_set1_epi8(15);
	__m128i low = _mm_and_si128(b, half), high = _mm_and_si128(_mm_srli_epi16(b, 4), half);

	b = _mm_unpacklo_epi8(low, high);
	add_eight(to, b);
	add_eight(to + 8, _mm_srli_si128(b, 8));
	b = _mm_unpackhi_epi8(low, high);
	add_eight(to + 16, b);
	add_eight(to + 24, _mm_srli_si128(b, 8));
	return _mm_add_epi64(sum, _mm_sad_epu8(_mm_add_epi8(low, high), _mm_setzero_si128()));
}

/* Half bytes, which nearly all are, at least 32. The last go together with some before them, which
 * count as 0 the second time. */
WIDE static uint32_t add_halves(uint32_t *to, uint32_t fields, const unsigned char *in)
{
	static const unsigned char edge[33] = { [16] = 255, 255, 255, 255, 255, 255, 255, 255,
						255,        255, 255, 255, 255, 255, 255, 255 };
	__m128i sum = _mm_setzero_si128(), b, mask;
	uint32_t left = fields;

	for (; left >= 32; in += 16, to += 32, left -= 32)
		sum = add_32(to, _mm_loadu_si128((const __m128i *)(const void *)in), sum);
	if (left) {
		uint32_t n = (left + 1) / 2; /* bytes */

		b = _mm_loadu_si128((const __m128i *)(const void *)(in + n - 16));
		mask = _mm_loadu_si128((const __m128i *)(const void *)(edge + n));
		if (left & 1)
			mask = _mm_insert_epi8(mask, 15, 15);
		sum = add_32(to + 2 * n - 32, _mm_and_si128(b, mask), sum);
	}
	return (uint32_t)(_mm_cvtsi128_si64(sum) + _mm_extract_epi64(sum, 1));
}

static bool vectors_here(void)
{
	return __builtin_cpu_supports("avx2");
}
#else
#define add_halves(to, fields, in) add_narrow(to, fields, BITS_4, in)

static bool vectors_here(void)
{
	return false;
}
#endif

static bool vectors_off;

void yh_sketch_vectors(int on)
{
	vectors_off = !on;
}

static void add_fields(struct yh_sketch *s, uint32_t low, uint32_t fields, enum kind kind,
		       const unsigned char *in)
{
	uint32_t width = 1u << (kind - BITS_1);

	if (fields)
		widen(s, low, low + fields);
	if (s->count >= UINT32_MAX - 256) /* a bucket might hold too many */
		for (uint32_t i = 0; i < fields; i++)
			count_in(s, low + i, in[i * width / 8] >> (i * width % 8) & full[kind]);
	else if (kind == BITS_8)
		s->count += add_bytes(s->n + low, fields, in);
	else if (kind == BITS_4 && fields >= 32 && !vectors_off && vectors_here())
		s->count += add_halves(s->n + low, fields, in);
	else
		s->count += add_narrow(s->n + low, fields, kind, in);
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
