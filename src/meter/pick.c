/* Order statistics: narrow ranges by bisecting the value and counting sixteen at a time, wide ones
 * by bisecting and keeping only the half that matters. */
#include "meter/pick.h"

#include <stdbool.h>
#include <string.h>

#define ALWAYS static inline __attribute__((always_inline))
enum {
	LANES = 16,
	BLOCK = 8192 /* pairs of vectors whose count a lane can hold */,
	HOT = 2048 /* values looked at twice */
};
typedef int16_t lanes __attribute__((vector_size(2 * LANES)));

/* The bodies; compiled twice, for any processor and for one with wider vectors. */

ALWAYS struct yh_spread spread_body(const int64_t *v, size_t n)
{
	int64_t min = v[0], max = v[0];
	int64_t low = 0, high = 0;

	for (size_t i = 0; i < n; i++) {
		min = v[i] < min ? v[i] : min;
		max = v[i] > max ? v[i] : max;
	}
	/* In halves, which no sum of 2^31 of them makes too large. */
	for (size_t i = 0; i < n; i++) {
		low += (int64_t)((uint64_t)v[i] & 0xffffffffu);
		high += v[i] >> 32;
	}
	return (struct yh_spread){ min, max, (__int128)high * ((__int128)1 << 32) + low };
}

ALWAYS struct yh_spread spread_narrow_body(const int32_t *v, size_t n)
{
	int32_t min = v[0], max = v[0];
	int64_t sum = 0;

	for (size_t from = 0, to; from < n; from = to) {
		to = n - from > HOT ? from + HOT : n;
		for (size_t i = from; i < to; i++) {
			min = v[i] < min ? v[i] : min;
			max = v[i] > max ? v[i] : max;
		}
		for (size_t i = from; i < to; i++)
			sum += v[i];
	}
	return (struct yh_spread){ min, max, sum };
}

/* Two sums, so that neither waits for itself. */
ALWAYS size_t count_body(const int16_t *v, size_t n, int16_t most)
{
	size_t count = 0, i = 0;

	while (i + 2 * LANES <= n) {
		size_t left = (n - i) / (2 * LANES), block = left < BLOCK ? left : BLOCK;
		lanes sum = { 0 }, more = { 0 };
		for (size_t k = 0; k < block; k++, i += 2 * LANES) {
			lanes x, y;
			memcpy(&x, v + i, sizeof x);
			memcpy(&y, v + i + LANES, sizeof y);
			sum -= x <= most;
			more -= y <= most;
		}
		sum += more;
		for (int k = 0; k < LANES; k++)
			count += (uint16_t)sum[k];
	}
	for (; i < n; i++)
		count += v[i] <= most;
	return count;
}

ALWAYS void narrow_body(const int64_t *v, size_t n, int64_t min, int16_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)(v[i] - min + INT16_MIN);
}

ALWAYS void from_narrow_body(const int32_t *v, size_t n, int32_t min, int16_t *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (int16_t)((uint32_t)v[i] - (uint32_t)min + (uint32_t)INT16_MIN);
}

struct bodies {
	struct yh_spread (*spread)(const int64_t *v, size_t n);
	size_t (*count)(const int16_t *v, size_t n, int16_t most);
	void (*narrow)(const int64_t *v, size_t n, int64_t min, int16_t *out);
	struct yh_spread (*spread_narrow)(const int32_t *v, size_t n);
	void (*from_narrow)(const int32_t *v, size_t n, int32_t min, int16_t *out);
};

#define BODIES(suffix, target)                                                                     \
	target static struct yh_spread spread_##suffix(const int64_t *v, size_t n)                 \
	{                                                                                          \
		return spread_body(v, n);                                                          \
	}                                                                                          \
	target static size_t count_##suffix(const int16_t *v, size_t n, int16_t most)              \
	{                                                                                          \
		return count_body(v, n, most);                                                     \
	}                                                                                          \
	target static void narrow_##suffix(const int64_t *v, size_t n, int64_t min, int16_t *out)  \
	{                                                                                          \
		narrow_body(v, n, min, out);                                                       \
	}                                                                                          \
	target static struct yh_spread spread_narrow_##suffix(const int32_t *v, size_t n)          \
	{                                                                                          \
		return spread_narrow_body(v, n);                                                   \
	}                                                                                          \
	target static void from_narrow_##suffix(const int32_t *v, size_t n, int32_t min,           \
						int16_t *out)                                      \
	{                                                                                          \
		from_narrow_body(v, n, min, out);                                                  \
	}                                                                                          \
	static const struct bodies suffix = { spread_##suffix, count_##suffix, narrow_##suffix,    \
					      spread_narrow_##suffix, from_narrow_##suffix }

BODIES(plain, );
#if defined(__x86_64__)
BODIES(wide, __attribute__((target("avx2"))));
#else
#define wide plain
#endif

static bool vectors_off;

static const struct bodies *best(void)
{
#if defined(__x86_64__)
	if (!vectors_off && __builtin_cpu_supports("avx2"))
		return &wide;
#endif
	return &plain;
}

void yh_pick_vectors(int on)
{
	vectors_off = !on;
}

struct yh_spread yh_spread(const int64_t *v, size_t n)
{
	return best()->spread(v, n);
}

static int64_t middle(int64_t low, int64_t high)
{
	return low + (int64_t)(((uint64_t)high - (uint64_t)low) / 2);
}

struct yh_spread yh_spread_narrow(const int32_t *v, size_t n)
{
	return best()->spread_narrow(v, n);
}

/* Of values less INT16_MIN that reach up to `high`. */
static int64_t bisect(const struct bodies *b, const int16_t *v, size_t n, int64_t high, size_t k)
{
	int64_t low = INT16_MIN;

	while (low < high) {
		int64_t mid = middle(low, high);
		if (b->count(v, n, (int16_t)mid) > k)
			high = mid;
		else
			low = mid + 1;
	}
	return low - INT16_MIN;
}

int64_t yh_pick_narrow(const int32_t *v, size_t n, int32_t min, int32_t max, size_t k,
		       int16_t *room)
{
	const struct bodies *b = best();

	b->from_narrow(v, n, min, room);
	return min + bisect(b, room, n, (int64_t)max - min + INT16_MIN, k);
}

int64_t yh_pick(int64_t *v, size_t n, int64_t min, int64_t max, size_t k, int64_t *room)
{
	while (min < max) {
		int64_t mid = middle(min, max);
		size_t low = 0, high = 0;

		if ((uint64_t)max - (uint64_t)min < 1 << 16 && n >= LANES) {
			const struct bodies *b = best();
			b->narrow(v, n, min, (int16_t *)room);
			return min + bisect(b, (int16_t *)room, n, max - min + INT16_MIN, k);
		}
		for (size_t i = 0; i < n; i++) {
			int64_t x = v[i];
			bool is_low = x <= mid;
			v[low] = x;
			room[high] = x;
			low += is_low;
			high += !is_low;
		}
		if (k < low) {
			max = mid;
			n = low;
		} else {
			int64_t *t = v;
			v = room;
			room = t;
			min = mid + 1;
			n = high;
			k -= low;
		}
	}
	return min;
}

int64_t yh_rank_of(double v)
{
	int64_t bits;

	memcpy(&bits, &v, sizeof bits);
	return bits < 0 ? (int64_t)(~(uint64_t)bits ^ (UINT64_C(1) << 63)) : bits;
}

double yh_rank_value(int64_t rank)
{
	int64_t bits = rank < 0 ? (int64_t)(~((uint64_t)rank ^ (UINT64_C(1) << 63))) : rank;
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}
