/* Columns: what goes in comes out, bit for bit, and nothing malformed is taken. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "meter/codec.h"

static uint64_t state = 88172645463325252u;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* The packed streams as a reader finds them. */
static struct yh_unpacker reader_of(const struct yh_packer *p)
{
	static const unsigned char none[1];
	struct yh_unpacker u = { .failed = false };

	for (int i = 0; i < YH_STREAMS; i++) {
		u.at[i] = p->s[i].len ? p->s[i].p : none;
		u.end[i] = u.at[i] + p->s[i].len;
	}
	return u;
}

static void assert_all_taken(const struct yh_unpacker *u)
{
	assert_false(u->failed);
	for (int i = 0; i < YH_STREAMS; i++)
		assert_ptr_equal(u->at[i], u->end[i]);
}

/* Whole numbers of many makes; `kind` picks one. */
static int64_t whole(unsigned kind, size_t i, int64_t before)
{
	switch (kind % 12) {
	case 0:
		return 7;
	case 1:
		return (int64_t)i * 15000 + 1767196800000;
	case 2:
		return (int64_t)((uint64_t)before + rnd() % 100);
	case 3:
		return (int64_t)(rnd() % 200) - 100;
	case 4:
		return 500 + (int64_t)(rnd() % 61) - 30 + (int64_t)(i / 10);
	case 5:
		return (int64_t)(rnd() % 1000) * 4096;
	case 6:
		return (int64_t)(rnd() % 1000) * 3000 - 17;
	case 7:
		return (int64_t)rnd();
	case 8:
		return rnd() % 2 ? INT64_MAX : INT64_MIN;
	case 9:
		return (int64_t)(i * i) * 3;
	case 10:
		return i % 50 ? 0 : INT64_MIN + (int64_t)(rnd() % 3);
	default:
		return (int64_t)((uint64_t)before + rnd() % 3000000);
	}
}

/* In 32 bits, with vectors and without, unless it might not fit. */
static void reads_narrow(const struct yh_col *c, const int64_t *v)
{
	YH_FREE_AUTO int32_t *out = malloc((c->n + 1) * sizeof *out);

	for (int vectors = 0; vectors < 2; vectors++) {
		out[c->n] = 77;
		yh_col_vectors(vectors);
		if (!yh_col_read_narrow(c, out))
			continue;
		for (size_t i = 0; i < c->n; i++)
			assert_true(out[i] == v[i]);
		assert_int_equal(out[c->n], 77);
	}
}

static void round_trip(const int64_t *v, size_t n, bool planar)
{
	struct yh_packer p = { 0 };
	struct yh_unpacker u;
	struct yh_col c;
	YH_FREE_AUTO int64_t *out = malloc(n * sizeof *out);

	yh_col_put(&p, v, n, planar);
	assert_false(p.failed);
	assert_true(p.s[YH_S_DIR].len <= YH_COL_HEADER_MAX);
	u = reader_of(&p);
	yh_col_take(&u, &c, n, planar);
	assert_all_taken(&u);
	yh_col_read(&c, out);
	assert_memory_equal(out, v, n * sizeof *v);
	reads_narrow(&c, v);
	yh_packer_done(&p);
}

static void a_column_of_any_whole_numbers_comes_back(void **st)
{
	static const size_t sizes[] = { 1, 2, 3, 4, 17, 18, 100, 129, 1000, YH_COL_MAX };
	static int64_t v[YH_COL_MAX];

	(void)st;
	for (unsigned kind = 0; kind < 12; kind++)
		for (size_t k = 0; k < YH_LEN(sizes); k++) {
			for (size_t i = 0; i < sizes[k]; i++)
				v[i] = whole(kind, i, i ? v[i - 1] : 0);
			round_trip(v, sizes[k], true);
			round_trip(v, sizes[k], false);
		}
}

/* Noise about a level, as most gauges are: in each order, of one byte and of two. */
static void small_numbers_come_back_in_32_bits_too(void **st)
{
	static int64_t v[YH_COL_MAX];
	struct yh_packer p = { 0 };
	struct yh_unpacker u;
	struct yh_col c;
	YH_FREE_AUTO int32_t *out = malloc(sizeof v);
	unsigned orders = 0, widths = 0;

	(void)st;
	for (unsigned round = 0; round < 400; round++) {
		size_t n = 1 + rnd() % (round % 10 ? 300 : YH_COL_MAX);
		int64_t span = 1 << (1 + round % 12), level = (int64_t)(rnd() % 100000) - 50000;
		for (size_t i = 0; i < n; i++) {
			level += round / 12 % 3 == 0 ? (int64_t)(rnd() % 9) - 4 : 0;
			v[i] = level + (int64_t)(rnd() % (uint64_t)span) +
			       (round / 12 % 3 == 1 ? (int64_t)(i % 288) * 2 : 0);
		}
		yh_packer_clear(&p);
		yh_col_put(&p, v, n, true);
		u = reader_of(&p);
		yh_col_take(&u, &c, n, true);
		assert_all_taken(&u);
		for (int vectors = 0; vectors < 2; vectors++) {
			yh_col_vectors(vectors);
			if (c.order == 2)
				continue;
			assert_true(yh_col_read_narrow(&c, out));
			for (size_t i = 0; i < n; i++)
				assert_true(out[i] == v[i]);
		}
		orders |= 1u << c.order;
		widths |= 1u << c.width;
	}
	assert_true((orders & 0xb) == 0xb && (widths & 6) == 6);
	yh_packer_done(&p);
}

static void a_mixture_of_makes_comes_back(void **st)
{
	int64_t v[300];

	(void)st;
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + rnd() % YH_LEN(v);
		unsigned a = (unsigned)rnd(), b = (unsigned)rnd();
		for (size_t i = 0; i < n; i++)
			v[i] = whole(rnd() % 30 ? a : b, i, i ? v[i - 1] : 0);
		round_trip(v, n, round & 1);
	}
}

static void times_round_trip(const int64_t *at, size_t n)
{
	struct yh_packer p = { 0 };
	struct yh_unpacker u;
	struct yh_times t;
	YH_FREE_AUTO int64_t *out = malloc(n * sizeof *out);

	yh_times_put(&p, at, n);
	u = reader_of(&p);
	yh_times_take(&u, &t, n);
	assert_all_taken(&u);
	assert_true(yh_times_read(&t, out));
	assert_memory_equal(out, at, n * sizeof *at);
	yh_packer_done(&p);
}

static void instants_come_back_regular_or_not(void **st)
{
	static int64_t at[5000];

	(void)st;
	for (int kind = 0; kind < 5; kind++)
		for (size_t n = 1; n <= YH_LEN(at); n = n * 3 + 1) {
			int64_t t = kind == 4 ? -1000000 : 1767196800000 + (int64_t)(rnd() % 9999);
			for (size_t i = 0; i < n; i++) {
				at[i] = t;
				t += kind == 0   ? 15000
				     : kind == 1 ? 15000 + (int64_t)(rnd() % 5)
				     : kind == 2 ? 15000 * (1 + (rnd() % 20 == 0))
						 : 1 + (int64_t)(rnd() % 1000000);
			}
			times_round_trip(at, n);
		}
}

static void instants_far_apart_come_back(void **st)
{
	int64_t at[3] = { -YH_AT_MAX, 0, YH_AT_MAX };

	(void)st;
	times_round_trip(at, 3);
	times_round_trip(at, 2);
	times_round_trip(at + 2, 1);
}

static void instants_that_do_not_ascend_are_not_taken(void **st)
{
	int64_t at[4] = { 1000, 2000, 1500, 1500 }, out[4];
	struct yh_packer p = { 0 };
	struct yh_unpacker u;
	struct yh_times t;

	(void)st;
	yh_times_put(&p, at, 4);
	u = reader_of(&p);
	yh_times_take(&u, &t, 4);
	assert_false(u.failed);
	assert_false(yh_times_read(&t, out));
	yh_packer_done(&p);
}

static double of_bits(uint64_t bits)
{
	double v;

	memcpy(&v, &bits, sizeof v);
	return v;
}

/* Doubles of many makes. */
static double number(unsigned kind, size_t i, double before)
{
	switch (kind % 10) {
	case 0:
		return (double)(rnd() % 1000) / 10;
	case 1:
		return (double)(rnd() % 100000) / 1000 - 40;
	case 2:
		return before + (double)(rnd() % 1500000);
	case 3:
		return of_bits(rnd());
	case 4:
		return (double)(float)((double)(rnd() % 100000) / 7);
	case 5:
		return i % 40 == 39 ? of_bits(0x7ff0000000000002) : 21.5; /* stale */
	case 6: {
		static const double odd[] = { -0.0,    0.0,    INFINITY, -INFINITY, NAN,
					      5e-324,  1e308,  -1e-310,  0.1,       0x1p51,
					      -0x1p51, 0x1p53, 1e22 };
		return odd[rnd() % YH_LEN(odd)];
	}
	case 7:
		return sin((double)i);
	case 8:
		return (double)(rnd() % 1000) * 1e-12;
	default:
		return 17179869184.0;
	}
}

static void vals_round_trip(const double *v, size_t n)
{
	struct yh_packer p = { 0 };
	struct yh_unpacker u;
	struct yh_vals c;
	YH_FREE_AUTO int64_t *m = malloc(n * sizeof *m);
	YH_FREE_AUTO double *out = malloc(n * sizeof *out);
	struct yh_scaled s = { .m = m };

	yh_scale(v, n, &s);
	yh_vals_put(&p, v, n, &s);
	u = reader_of(&p);
	yh_vals_take(&u, &c, n);
	assert_all_taken(&u);
	yh_vals_read(&c, m, out);
	assert_memory_equal(out, v, n * sizeof *v);
	for (size_t i = 0; i < n && yh_vals_plain(&c); i++)
		assert_true((double)m[i] / yh_pow10(c.scale) == v[i]);
	yh_packer_done(&p);
}

static void doubles_come_back_bit_for_bit(void **st)
{
	static double v[YH_COL_MAX];

	(void)st;
	for (unsigned kind = 0; kind < 10; kind++)
		for (size_t n = 1; n <= YH_COL_MAX; n = n * 3 + 1) {
			for (size_t i = 0; i < n; i++)
				v[i] = number(kind, i, i ? v[i - 1] : 0);
			vals_round_trip(v, n);
		}
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + rnd() % 200;
		unsigned a = (unsigned)rnd(), b = (unsigned)rnd();
		for (size_t i = 0; i < n; i++)
			v[i] = number(rnd() % 30 ? a : b, i, i ? v[i - 1] : 0);
		vals_round_trip(v, n);
	}
}

static void decimals_with_a_stale_mark_stay_decimals(void **st)
{
	double v[200];
	int64_t m[200];
	struct yh_scaled s = { .m = m };

	(void)st;
	for (size_t i = 0; i < 200; i++)
		v[i] = (double)(1000 + i) / 100;
	v[77] = of_bits(0x7ff0000000000002);
	yh_scale(v, 200, &s);
	assert_false(s.raw);
	assert_int_equal(s.scale, 2);
	assert_int_equal(s.n_except, 1);
	assert_int_equal(s.except[0], 77);
}

/* Whatever the bytes, taking and reading stay within them. */
static void random_bytes_are_refused_or_read_within_bounds(void **st)
{
	unsigned char bytes[YH_STREAMS][64];
	int64_t m[512], at[512];
	double d[512];

	(void)st;
	for (int round = 0; round < 200000; round++) {
		struct yh_unpacker u = { .failed = false };
		size_t n = 1 + rnd() % 40;
		struct yh_times t;
		struct yh_vals v;
		for (int i = 0; i < YH_STREAMS; i++) {
			for (size_t k = 0; k < sizeof bytes[i]; k += 8) {
				uint64_t r = rnd() & rnd();
				memcpy(bytes[i] + k, &r, 8);
			}
			u.at[i] = bytes[i];
			u.end[i] = bytes[i] + rnd() % 65;
		}
		yh_times_take(&u, &t, n);
		if (!u.failed)
			(void)!yh_times_read(&t, at);
		if (!u.failed)
			yh_vals_take(&u, &v, n);
		if (!u.failed)
			yh_vals_read(&v, m, d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_column_of_any_whole_numbers_comes_back),
		cmocka_unit_test(small_numbers_come_back_in_32_bits_too),
		cmocka_unit_test(a_mixture_of_makes_comes_back),
		cmocka_unit_test(instants_come_back_regular_or_not),
		cmocka_unit_test(instants_far_apart_come_back),
		cmocka_unit_test(instants_that_do_not_ascend_are_not_taken),
		cmocka_unit_test(doubles_come_back_bit_for_bit),
		cmocka_unit_test(decimals_with_a_stale_mark_stay_decimals),
		cmocka_unit_test(random_bytes_are_refused_or_read_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
