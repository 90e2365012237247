/* Order statistics and checksums: the portable path and the vectors, against the plain way. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "meter/crc.h"
#include "meter/pick.h"

enum { MOST = 20000 };

static uint64_t state = 88172645463325252u;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t value_of(unsigned kind, size_t i)
{
	switch (kind) {
	case 0:
		return (int64_t)(rnd() % 1000);
	case 1:
		return -5;
	case 2:
		return (int64_t)(rnd() % 65536) - 70000;
	case 3:
		return (int64_t)(rnd() % 65537);
	case 4:
		return (int64_t)rnd();
	case 5:
		return i % 3 ? INT64_MAX : INT64_MIN;
	case 6:
		return i % 3 ? INT32_MAX : INT32_MIN;
	case 7:
		return INT32_MIN + (int64_t)(rnd() % 65536);
	case 8:
		return INT32_MAX - (int64_t)(rnd() % 65536);
	default: /* ever closer to the top, so that bisecting drops little at a time */
		return INT64_MAX - (INT64_MAX >> (i % 63));
	}
}

static void narrow_case(const int64_t *v, const int64_t *sorted, size_t n)
{
	int32_t *w = malloc(n * sizeof *w);
	int16_t *room = malloc(n * sizeof *room);
	struct yh_spread s, want = yh_spread(v, n);
	size_t ranks[] = { 0, n / 2, n * 95 / 100, n - 1 };

	for (size_t i = 0; i < n; i++)
		w[i] = (int32_t)v[i];
	s = yh_spread_narrow(w, n);
	assert_true(s.min == want.min && s.max == want.max && s.sum == want.sum);
	for (size_t k = 0; k < YH_LEN(ranks) && s.max - s.min < 1 << 16; k++)
		assert_true(yh_pick_narrow(w, n, (int32_t)s.min, (int32_t)s.max, ranks[k], room) ==
			    sorted[ranks[k]]);
	free(w);
	free(room);
}

static void one_case(unsigned kind, size_t n)
{
	int64_t *v = malloc(n * sizeof *v), *sorted = malloc(n * sizeof *v);
	int64_t *room = malloc(n * sizeof *v), *copy = malloc(n * sizeof *v);
	size_t ranks[] = { 0, n / 2, n * 95 / 100, n - 1 };
	struct yh_spread s;
	__int128 sum = 0;

	for (size_t i = 0; i < n; i++) {
		v[i] = sorted[i] = value_of(kind, i);
		sum += v[i];
	}
	qsort(sorted, n, sizeof *v, by_value);
	s = yh_spread(v, n);
	assert_true(s.min == sorted[0] && s.max == sorted[n - 1] && s.sum == sum);
	for (size_t k = 0; k < YH_LEN(ranks); k++) {
		memcpy(copy, v, n * sizeof *v);
		assert_true(yh_pick(copy, n, s.min, s.max, ranks[k], room) == sorted[ranks[k]]);
	}
	if (s.min >= INT32_MIN && s.max <= INT32_MAX)
		narrow_case(v, sorted, n);
	free(v);
	free(sorted);
	free(room);
	free(copy);
}

static void every_size_and_make(void)
{
	static const size_t sizes[] = { 1, 2, 15, 16, 17, 33, 288, 1000, MOST };

	for (unsigned kind = 0; kind < 10; kind++)
		for (size_t k = 0; k < YH_LEN(sizes); k++)
			one_case(kind, sizes[k]);
}

static void what_is_picked_is_what_sorting_finds(void **st)
{
	(void)st;
	every_size_and_make();
}

static void without_vectors_it_is_the_same(void **st)
{
	(void)st;
	yh_pick_vectors(0);
	every_size_and_make();
	yh_pick_vectors(1);
}

static void more_than_a_lane_can_count_is_counted(void **st)
{
	enum { N = 700000 };
	int64_t *v = malloc(N * sizeof *v), *room = malloc(N * sizeof *v);

	(void)st;
	for (size_t i = 0; i < N; i++)
		v[i] = i < N - 1 ? 3 : 9;
	assert_true(yh_pick(v, N, 3, 9, N - 2, room) == 3);
	assert_true(yh_pick(v, N, 3, 9, N - 1, room) == 9);
	free(v);
	free(room);
}

static void ranks_of_doubles_order_as_they_do(void **st)
{
	(void)st;
	assert_true(yh_rank_of(-INFINITY) < yh_rank_of(-1e300));
	assert_true(yh_rank_of(-0.0) < yh_rank_of(0.0));
	for (int i = 0; i < 200000; i++) {
		uint64_t x = rnd(), y = rnd();
		double a, b, back;
		memcpy(&a, &x, sizeof a);
		memcpy(&b, &y, sizeof b);
		back = yh_rank_value(yh_rank_of(a));
		assert_memory_equal(&back, &a, sizeof a);
		if (a == a && b == b && a != b)
			assert_true((a < b) == (yh_rank_of(a) < yh_rank_of(b)));
	}
}

static void the_checksum_is_crc_32c_on_both_paths(void **st)
{
	unsigned char zeros[32] = { 0 }, bytes[300];

	(void)st;
	/* The check values of RFC 3720. */
	assert_int_equal(yh_crc32c(0, "123456789", 9), 0xe3069283u);
	assert_int_equal(yh_crc32c(0, zeros, sizeof zeros), 0x8a9136aau);
	for (int round = 0; round < 2000; round++) {
		size_t n = rnd() % sizeof bytes, cut = n ? rnd() % n : 0;
		uint32_t whole;
		for (size_t i = 0; i < n; i++)
			bytes[i] = (unsigned char)rnd();
		whole = yh_crc32c(0, bytes, n);
		assert_int_equal(whole, yh_crc32c_plain(0, bytes, n));
		assert_int_equal(whole, yh_crc32c(yh_crc32c(0, bytes, cut), bytes + cut, n - cut));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_picked_is_what_sorting_finds),
		cmocka_unit_test(without_vectors_it_is_the_same),
		cmocka_unit_test(more_than_a_lane_can_count_is_counted),
		cmocka_unit_test(ranks_of_doubles_order_as_they_do),
		cmocka_unit_test(the_checksum_is_crc_32c_on_both_paths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
