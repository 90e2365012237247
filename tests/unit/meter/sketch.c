/* The sketch: its stated error, its sums, its bytes. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "meter/sketch.h"

enum { ROOM = 8 + 7 * YH_SKETCH_BUCKETS };

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
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static struct yh_sketch *blank(void)
{
	struct yh_sketch *s = calloc(1, sizeof *s);

	assert_non_null(s);
	return s;
}

static double value_of(unsigned kind)
{
	switch (kind) {
	case 0:
		return (double)(rnd() % 1000) / 10;
	case 1:
		return ldexp((double)(1 + rnd() % 4095) / 4096, (int)(rnd() % 58) - 18) *
		       (rnd() % 2 ? 1 : -1);
	case 2:
		return rnd() % 5 ? 0 : (double)(rnd() % 100);
	default:
		return 17179869184.0 + (double)(rnd() % 1000000);
	}
}

static void a_quantile_is_off_by_a_sixty_fourth_at_most(void **st)
{
	enum { N = 3000 };
	static const double quantiles[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.999, 1 };
	struct yh_sketch *s = blank();
	double v[N];

	(void)st;
	for (unsigned kind = 0; kind < 4; kind++) {
		yh_sketch_clear(s);
		for (size_t i = 0; i < N; i++) {
			v[i] = value_of(kind);
			yh_sketch_add(s, v[i]);
		}
		qsort(v, N, sizeof *v, by_value);
		for (size_t k = 0; k < YH_LEN(quantiles); k++) {
			double at = ceil(quantiles[k] * N);
			double want = v[at < 1 ? 0 : (size_t)at - 1];
			double got = yh_sketch_quantile(s, quantiles[k]);
			assert_true(fabs(got - want) <= fabs(want) / 64 + 0x1p-20);
		}
	}
	free(s);
}

static void buckets_ascend_with_values_and_hold_their_middle(void **st)
{
	double v = -0x1p41;

	(void)st;
	assert_int_equal(yh_sketch_bucket(-INFINITY), 0);
	assert_int_equal(yh_sketch_bucket(INFINITY), YH_SKETCH_BUCKETS - 1);
	assert_int_equal(yh_sketch_bucket(0.0), yh_sketch_bucket(-0.0));
	assert_int_equal(yh_sketch_bucket(1e-9), yh_sketch_bucket(0.0));
	for (uint32_t b = 1; b + 1 < YH_SKETCH_BUCKETS; b++) {
		assert_int_equal(yh_sketch_bucket(yh_sketch_value(b)), b);
		assert_true(yh_sketch_value(b) > v);
		v = yh_sketch_value(b);
	}
}

static void assert_same(const struct yh_sketch *a, const struct yh_sketch *b)
{
	assert_int_equal(a->count, b->count);
	assert_memory_equal(a->n, b->n, sizeof a->n);
}

static void fill(struct yh_sketch *s, unsigned round)
{
	size_t n = rnd() % (round % 7 == 0 ? 5000 : 300);

	yh_sketch_clear(s);
	for (size_t i = 0; i < n; i++)
		yh_sketch_add(s, value_of(round % 4));
}

static void encoded_and_merged_is_the_same_as_added(void **st)
{
	struct yh_sketch *a = blank(), *b = blank(), *sum = blank();
	unsigned char *bytes = malloc(ROOM);

	(void)st;
	for (unsigned round = 0; round < 2000; round++) {
		size_t n, used, buckets = 0;
		fill(a, round);
		n = yh_sketch_encode(a, bytes, ROOM);
		assert_true(n > 0);
		for (uint32_t i = a->low; i < a->high; i++)
			buckets += a->n[i] > 0;
		assert_true(n <= 8 + 7 * buckets);
		yh_sketch_clear(b);
		assert_true(yh_sketch_merge(b, bytes, n, &used));
		assert_int_equal(used, n);
		assert_same(a, b);
		/* and once more on top of what there is */
		assert_true(yh_sketch_merge(sum, bytes, n, &used));
		assert_int_equal(yh_sketch_encode(a, bytes, n - 1), 0);
		if (round % 50 == 49) {
			yh_sketch_clear(sum);
			for (uint32_t i = 0; i < YH_SKETCH_BUCKETS; i++)
				assert_int_equal(sum->n[i], 0);
		}
	}
	free(a);
	free(b);
	free(sum);
	free(bytes);
}

static void scaled_whole_numbers_count_as_the_decimals_they_are(void **st)
{
	struct yh_sketch *a = blank(), *b = blank();
	int32_t m[300];

	(void)st;
	for (unsigned round = 0; round < 300; round++) {
		size_t n = 1 + rnd() % YH_LEN(m);
		double pow = round % 3 ? 10 : 1e9;
		for (size_t i = 0; i < n; i++) {
			m[i] = (int32_t)(rnd() >> (round % 31)) / (round % 2 ? 1 : 1000);
			yh_sketch_add(a, m[i] / pow);
		}
		yh_sketch_add_scaled(b, m, n, pow);
		assert_same(a, b);
	}
	free(a);
	free(b);
}

static void counts_of_every_width_come_back(void **st)
{
	struct yh_sketch *a = blank(), *b = blank();
	unsigned char *bytes = malloc(ROOM);

	(void)st;
	for (unsigned width = 1; width <= 32; width++)
		for (uint32_t fields = 1; fields < 70; fields += 3) {
			size_t n, used;
			yh_sketch_clear(a);
			yh_sketch_clear(b);
			a->low = (uint32_t)(rnd() % (YH_SKETCH_BUCKETS - fields));
			a->high = a->low + fields;
			for (uint32_t i = 0; i < fields; i++) {
				a->n[a->low + i] = (uint32_t)(rnd() >> (64 - width));
				a->count += a->n[a->low + i];
			}
			n = yh_sketch_encode(a, bytes, ROOM);
			assert_true(yh_sketch_merge(b, bytes, n, &used));
			assert_same(a, b);
		}
	free(a);
	free(b);
	free(bytes);
}

static void without_vectors_it_is_the_same(void **st)
{
	yh_sketch_vectors(0);
	encoded_and_merged_is_the_same_as_added(st);
	counts_of_every_width_come_back(st);
	yh_sketch_vectors(1);
}

static void a_full_count_stays_full(void **st)
{
	struct yh_sketch *a = blank(), *sum = blank();
	unsigned char bytes[64];
	size_t n, used;

	(void)st;
	yh_sketch_add(a, 5);
	a->n[a->low] = UINT32_MAX - 3;
	a->count = UINT32_MAX - 3;
	n = yh_sketch_encode(a, bytes, sizeof bytes);
	for (int i = 0; i < 3; i++)
		assert_true(yh_sketch_merge(sum, bytes, n, &used));
	assert_true(sum->n[a->low] == UINT32_MAX);
	assert_true(yh_sketch_quantile(sum, 0.5) > 4.9);
	free(a);
	free(sum);
}

/* Also when refused, what it may have added stays within what clearing clears. */
static void random_bytes_are_refused_or_merged_within_bounds(void **st)
{
	struct yh_sketch *s = blank();

	(void)st;
	for (int round = 0; round < 300000; round++) {
		unsigned char bytes[48];
		size_t n = rnd() % sizeof bytes, used;
		for (size_t k = 0; k < sizeof bytes; k += 8) {
			uint64_t r = rnd() & (round % 2 ? rnd() : UINT64_MAX);
			memcpy(bytes + k, &r, 8);
		}
		if (yh_sketch_merge(s, bytes, n, &used))
			assert_true(used <= n);
		assert_true(s->high <= YH_SKETCH_BUCKETS && s->low <= s->high);
		if (round % 64 == 0)
			yh_sketch_clear(s);
	}
	yh_sketch_clear(s);
	for (uint32_t i = 0; i < YH_SKETCH_BUCKETS; i++)
		assert_int_equal(s->n[i], 0);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_quantile_is_off_by_a_sixty_fourth_at_most),
		cmocka_unit_test(buckets_ascend_with_values_and_hold_their_middle),
		cmocka_unit_test(encoded_and_merged_is_the_same_as_added),
		cmocka_unit_test(scaled_whole_numbers_count_as_the_decimals_they_are),
		cmocka_unit_test(counts_of_every_width_come_back),
		cmocka_unit_test(without_vectors_it_is_the_same),
		cmocka_unit_test(a_full_count_stays_full),
		cmocka_unit_test(random_bytes_are_refused_or_merged_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
