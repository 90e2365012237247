/* Bodies as a receiver reads them: the packing is undone by an independent reader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/encode.h"

static struct yh_rw rw;
static unsigned char packed[YH_RW_PACKED], plain[YH_RW_PLAIN];

/* Snappy by its format: literals and copies with offsets of two bytes. */
static size_t unpack(const unsigned char *p, size_t n, unsigned char *out)
{
	size_t i = 0, o = 0, want = 0;

	for (unsigned shift = 0;; shift += 7) {
		want |= (size_t)(p[i] & 127) << shift;
		if (!(p[i++] & 128))
			break;
	}
	while (i < n) {
		unsigned tag = p[i++];
		size_t len = (tag >> 2) + 1;

		if ((tag & 3) == 0) {
			if (len == 61) {
				len = (size_t)p[i] + 1;
				i += 1;
			} else if (len == 62) {
				len = (size_t)(p[i] | p[i + 1] << 8) + 1;
				i += 2;
			}
			memcpy(out + o, p + i, len);
			i += len;
			o += len;
		} else {
			size_t back = (size_t)(p[i] | p[i + 1] << 8);

			assert_int_equal(tag & 3, 2);
			assert_true(back > 0 && back <= o);
			i += 2;
			for (; len > 0; len--, o++)
				out[o] = out[o - back];
		}
		assert_true(o <= YH_RW_PLAIN);
	}
	assert_int_equal(o, want);
	return o;
}

static void packed_again_unpacked_is_the_same(size_t expect_less)
{
	size_t n = yh_rw_pack(&rw, packed);

	assert_true(n <= sizeof packed);
	if (expect_less)
		assert_true(n < rw.n / expect_less);
	assert_int_equal(unpack(packed, n, plain), rw.n);
	assert_memory_equal(plain, rw.plain, rw.n);
}

static void one_sample_has_the_bytes_of_the_protocol(void **state)
{
	static const unsigned char want[] = { 0x0A, 0x1F, 0x0A, 0x0D, 0x0A, 0x08, '_',
					      '_',  'n',  'a',  'm',  'e',  '_',  '_',
					      0x12, 0x01, 'x',  0x12, 0x0E };

	(void)state;
	yh_rw_begin(&rw, 1);
	yh_rw_add(&rw, "x", NULL, NULL, 1.0);
	assert_int_equal(rw.plain[0], 0x0A);
	assert_memory_equal(rw.plain + 2, want + 2, 15);
	assert_int_equal(rw.plain[17], 0x12);
	assert_int_equal(rw.plain[18], 11);
	assert_int_equal(rw.plain[19], 0x09);
	assert_int_equal(rw.plain[26], 0xF0);
	assert_int_equal(rw.plain[27], 0x3F);
	assert_int_equal(rw.plain[28], 0x10);
	assert_int_equal(rw.plain[29], 1);
	assert_int_equal(rw.n, 30);
	assert_int_equal(rw.plain[1], 28);
}

static void usual_bodies_shrink_and_come_back(void **state)
{
	(void)state;
	yh_rw_begin(&rw, 1790000000000);
	for (int i = 0; i < 30; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "eth%d", i);
		yh_rw_add(&rw, "resource_network_receive_bytes_total", "device", name, i * 1e6);
	}
	assert_false(rw.full);
	packed_again_unpacked_is_the_same(2);
}

static void what_does_not_fit_is_said_and_nothing_is_torn(void **state)
{
	size_t before;

	(void)state;
	yh_rw_begin(&rw, 1);
	for (int i = 0; i < 2000 && !rw.full; i++)
		yh_rw_add(&rw, "resource_network_receive_bytes_total", "device", "eth0", i);
	assert_true(rw.full);
	before = rw.n;
	yh_rw_add(&rw, "resource_network_receive_bytes_total", "device", "eth0", 1);
	assert_int_equal(rw.n, before);
	packed_again_unpacked_is_the_same(2);
}

static void bytes_without_any_repetition_and_bytes_with_nothing_else_come_back(void **state)
{
	(void)state;
	srand(7);
	for (int round = 0; round < 200; round++) {
		rw.n = (size_t)rand() % YH_RW_PLAIN;
		for (size_t i = 0; i < rw.n; i++)
			rw.plain[i] =
				(unsigned char)(rand() % (round % 3 == 0 ? 256 : round % 7 + 1));
		packed_again_unpacked_is_the_same(0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_sample_has_the_bytes_of_the_protocol),
		cmocka_unit_test(usual_bodies_shrink_and_come_back),
		cmocka_unit_test(what_does_not_fit_is_said_and_nothing_is_torn),
		cmocka_unit_test(
			bytes_without_any_repetition_and_bytes_with_nothing_else_come_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
