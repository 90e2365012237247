/* Columns of integers read back. What fits into 32 bits, which is nearly all there is, is put
 * together and added up eight at a time. */
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "meter/codec.h"

#define ALWAYS static inline __attribute__((always_inline))
enum { LANES = 8 };

static inline uint64_t word_at(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof v);
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? v : __builtin_bswap64(v);
}

/* Byte by byte: where the stream ends, and what is too long for a word. */
static uint64_t take_slow(struct yh_unpacker *u)
{
	const unsigned char *p = u->at[YH_S_DIR], *end = u->end[YH_S_DIR];
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && p < end; shift += 7) {
		unsigned char b = *p++;
		v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80)) {
			u->at[YH_S_DIR] = p;
			return v;
		}
	}
	u->failed = true;
	return 0;
}

/* A varint of more bytes than one: of up to eight all at once, for how many there are nobody can
 * foretell. */
uint64_t yh_take_long(struct yh_unpacker *u)
{
	const unsigned char *p = u->at[YH_S_DIR];
	uint64_t v, ends;

	if (u->end[YH_S_DIR] - p < 8)
		return take_slow(u);
	v = word_at(p);
	ends = ~v & UINT64_C(0x8080808080808080);
	if (!ends)
		return take_slow(u);
	u->at[YH_S_DIR] = p + (unsigned)__builtin_ctzll(ends) / 8 + 1;
	v &= (ends & (0 - ends)) - 1; /* up to the lowest that ends */
	v = (v & UINT64_C(0x007f007f007f007f)) | (v & UINT64_C(0x7f007f007f007f00)) >> 1;
	v = (v & UINT64_C(0x00003fff00003fff)) | (v & UINT64_C(0x3fff00003fff0000)) >> 2;
	return (v & UINT64_C(0x000000000fffffff)) | (v & UINT64_C(0x0fffffff00000000)) >> 4;
}

void yh_col_take_long(struct yh_unpacker *u, struct yh_col *c, size_t n, bool planar)
{
	unsigned head = yh_take_byte(u);
	bool quiet = head & YH_COL_QUIET;

	c->n = n;
	c->width = head >> 3 & 15;
	c->order = (head >> 1) & 3;
	c->unit = head & 1 ? yh_take_varint(u) : 1;
	c->base = yh_take_signed(u);
	c->slope = c->order == 2 ? yh_take_signed(u) : 0;
	c->ease = c->order == YH_ORDER_MEAN ? yh_take_byte(u) : 0;
	c->given = c->order == 2 ? 2 : c->order > 0;
	if (c->width > 8 || c->ease > YH_EASE_MAX || n < 1 || n > YH_COL_MAX || n < c->given) {
		u->failed = true;
		return;
	}
	for (unsigned k = 0; k < c->width; k++)
		c->planes[k] = yh_take(u, yh_plane_of(k, planar, quiet), n - c->given);
}

/* ---- in 32 bits ---- */

/* From the i-th on, `sum` being that of those before. */
static void narrow_plain(const struct yh_col *c, int32_t *out, size_t i, int32_t sum)
{
	const unsigned char *p = c->planes[0], *q = c->planes[c->width - 1];
	const int32_t base = (int32_t)c->base, unit = (int32_t)c->unit;
	const int32_t high = c->width == 2 ? 1 << 8 : 0;

	if (c->order == 0) {
		for (; i < c->n; i++)
			out[i] = (p[i] + q[i] * high) * unit + base;
		return;
	}
	for (; i < c->n - c->given; i++) {
		int32_t z = p[i] + q[i] * high, off = (z >> 1) ^ -(z & 1);
		int32_t from = c->order == 1 ? sum : sum >> c->ease;

		out[i] = (from + off) * unit + base;
		sum += off;
	}
}

static bool vectors_off;

void yh_col_vectors(int on)
{
	vectors_off = !on;
}

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx2")))

/* As `two` and `order` are constants wherever it is put, no loop asks for them. */
WIDE ALWAYS void wide_body(const struct yh_col *c, int32_t *out, bool two, unsigned order)
{
	const unsigned char *p = c->planes[0], *q = c->planes[two];
	const __m256i base = _mm256_set1_epi32((int32_t)c->base);
	const __m256i unit = _mm256_set1_epi32((int32_t)c->unit);
	const __m256i one = _mm256_set1_epi32(1), last = _mm256_set1_epi32(LANES - 1);
	const __m128i ease = _mm_cvtsi32_si128((int)c->ease);
	__m256i sum = _mm256_setzero_si256();
	size_t n = c->n - c->given, i = 0;

	for (; i + LANES <= n; i += LANES) {
		__m128i b = _mm_loadl_epi64((const __m128i *)(const void *)(p + i));
		__m256i z, s, r;

		if (two) {
			b = _mm_unpacklo_epi8(
				b, _mm_loadl_epi64((const __m128i *)(const void *)(q + i)));
			z = _mm256_cvtepu16_epi32(b);
		} else {
			z = _mm256_cvtepu8_epi32(b);
		}
		r = z;
		if (order) {
			z = _mm256_xor_si256(
				_mm256_srli_epi32(z, 1),
				_mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(z, one)));
			s = _mm256_add_epi32(z, _mm256_slli_si256(z, 4));
			s = _mm256_add_epi32(s, _mm256_slli_si256(s, 8));
			r = _mm256_shuffle_epi32(_mm256_permute2x128_si256(s, s, 0x08), 0xff);
			s = _mm256_add_epi32(s, r);
			r = _mm256_add_epi32(s, sum);
			if (order == YH_ORDER_MEAN)
				r = _mm256_add_epi32(_mm256_sra_epi32(_mm256_sub_epi32(r, z), ease),
						     z);
			sum = _mm256_add_epi32(sum, _mm256_permutevar8x32_epi32(s, last));
		}
		r = _mm256_add_epi32(_mm256_mullo_epi32(r, unit), base);
		_mm256_storeu_si256((__m256i *)(void *)(out + i), r);
	}
	narrow_plain(c, out, i, _mm256_extract_epi32(sum, 0));
}

WIDE static void narrow_wide(const struct yh_col *c, int32_t *out)
{
	bool two = c->width == 2;

	if (c->order == 0)
		two ? wide_body(c, out, true, 0) : wide_body(c, out, false, 0);
	else if (c->order == 1)
		two ? wide_body(c, out, true, 1) : wide_body(c, out, false, 1);
	else
		two ? wide_body(c, out, true, YH_ORDER_MEAN)
		    : wide_body(c, out, false, YH_ORDER_MEAN);
}

static void narrow(const struct yh_col *c, int32_t *out)
{
	if (!vectors_off && __builtin_cpu_supports("avx2"))
		narrow_wide(c, out);
	else
		narrow_plain(c, out, 0, 0);
}
#else
static void narrow(const struct yh_col *c, int32_t *out)
{
	narrow_plain(c, out, 0, 0);
}
#endif

/* Whether neither a value nor what is added up on the way can be too large. */
static bool fits(const struct yh_col *c)
{
	uint64_t one = c->width > 1 ? 1u << 15 : 1u << 7;
	uint64_t most = c->order == 0 ? 2 * one : (c->n + 2) * one;
	int64_t room;

	if (c->width > 2 || c->order == 2 || c->unit > INT32_MAX / most)
		return false;
	room = INT32_MAX - (int64_t)(c->unit * most);
	return c->base <= room && c->base >= -room;
}

bool yh_col_read_narrow(const struct yh_col *c, int32_t *out)
{
	if (!fits(c))
		return false;
	if (c->width == 0) {
		for (size_t i = 0; i < c->n; i++)
			out[i] = (int32_t)c->base;
		return true;
	}
	if (c->given)
		out[0] = (int32_t)c->base;
	narrow(c, out + c->given);
	return true;
}

/* ---- in 64 bits ---- */

/* The planes put together again, as they were stored. */
static void gather(const struct yh_col *c, size_t n, uint64_t *z)
{
	if (c->width == 0) {
		memset(z, 0, n * sizeof *z);
		return;
	}
	for (size_t i = 0; i < n; i++)
		z[i] = c->planes[0][i];
	for (unsigned k = 1; k < c->width; k++)
		for (size_t i = 0; i < n; i++)
			z[i] |= (uint64_t)c->planes[k][i] << (8 * k);
}

void yh_col_read(const struct yh_col *c, int64_t *out)
{
	uint64_t *z = (uint64_t *)out + c->given;
	uint64_t base = (uint64_t)c->base, v = 0, slope = (uint64_t)c->slope, mean = 0;
	size_t left = c->n - c->given;
	int32_t few[YH_COL_MAX];

	if (c->width == 0 && c->order == 0) {
		for (size_t i = 0; i < left; i++)
			out[i] = c->base;
		return;
	}
	if (c->n >= LANES && yh_col_read_narrow(c, few)) {
		for (size_t i = 0; i < c->n; i++)
			out[i] = few[i];
		return;
	}
	if (c->given)
		out[0] = c->base;
	gather(c, left, z);
	switch (c->order) {
	case 0:
		for (size_t i = 0; i < left; i++)
			z[i] = base + z[i] * c->unit;
		return;
	case 1:
		for (size_t i = 0; i < left; i++) {
			v += (uint64_t)yh_unfold(z[i]);
			z[i] = base + v * c->unit;
		}
		return;
	case 2:
		v = slope;
		out[1] = (int64_t)(base + v * c->unit);
		for (size_t i = 0; i < left; i++) {
			slope += (uint64_t)yh_unfold(z[i]);
			v += slope;
			z[i] = base + v * c->unit;
		}
		return;
	default:
		for (size_t i = 0; i < left; i++) {
			uint64_t off = (uint64_t)yh_unfold(z[i]);
			z[i] = base + ((uint64_t)((int64_t)mean >> 8) + off) * c->unit;
			mean += off << (8 - c->ease);
		}
	}
}
