/* The usage of a series gathered from pieces of every make: whole numbers of one scale and another,
 * of 32 bits and of more, and doubles that are no decimals. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "meter/segment_tally.h"

enum { PIECES = 6, PIECE = 90, MAKES = 7 };

static uint64_t state = 88172645463325252u;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double value_of(unsigned make)
{
	switch (make) {
	case 0:
		return (double)(rnd() % 100);
	case 1:
		return (double)(rnd() % 1000) / 10;
	case 2: /* more than 2^31 tenths, fewer than 2^31 */
		return (double)(rnd() % 2000000000);
	case 3:
		return (double)(rnd() % 1000000) * 1e6;
	case 4: /* small, of a scale that only others are too large for */
		return (double)(rnd() % 100) / 1e7;
	case 5:
		return sqrt((double)(rnd() % 1000));
	default:
		return rnd() % 5 ? -(double)(rnd() % 70000) / 100 : NAN;
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void whatever_comes_together_is_told_exactly(void **st)
{
	double v[PIECES * PIECE], all[PIECES * PIECE];
	int64_t at[PIECES * PIECE];
	struct yh_tally t = { 0 };

	(void)st;
	for (int round = 0; round < 3000; round++) {
		struct yh_meter_usage u;
		size_t n = 0, from = 0;
		unsigned makes = 1 + (unsigned)rnd() % MAKES, first = (unsigned)rnd() % MAKES;

		yh_tally_begin(&t, false);
		for (int piece = 0; piece < PIECES; piece++) {
			unsigned make = (first + (unsigned)rnd() % makes) % MAKES;
			size_t k = 1 + rnd() % PIECE;
			for (size_t i = from; i < from + k; i++) {
				at[i] = (int64_t)i * 60000;
				v[i] = value_of(make);
				if (!isnan(v[i]))
					all[n++] = v[i];
			}
			yh_tally_samples(&t, at + from, v + from, k);
			from += k;
		}
		yh_tally_end(&t, 0.95, 1000, &u);
		assert_false(t.failed);
		assert_int_equal(u.count, n);
		if (n == 0)
			continue;
		qsort(all, n, sizeof *all, by_value);
		assert_true(u.min == all[0] && u.max == all[n - 1]);
		assert_true(u.quantile == all[(size_t)ceil(0.95 * (double)n) - 1]);
	}
	yh_tally_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whatever_comes_together_is_told_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
