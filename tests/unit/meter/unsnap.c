/* Unpacking, beside the library. */
#include "bodies.h"

#include "meter/unsnap.h"

static uint64_t dice = UINT64_C(0x2545f4914f6cdd1d);

static uint64_t roll(uint64_t below)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (dice >> 11) % below;
}

/* Text that repeats itself at all distances, short and long. */
static size_t any_plain(unsigned char *out, size_t most)
{
	size_t n = 0, len, back;

	while (n < most - 300) {
		len = 1 + roll(roll(4) ? 20 : 290);
		if (n > 0 && roll(2)) {
			back = 1 + roll(roll(2) && n > 40 ? 40 : n);
			for (size_t i = 0; i < len; i++, n++)
				out[n] = out[n - back];
		} else
			for (size_t i = 0; i < len; i++)
				out[n++] = (unsigned char)roll(256);
		if (roll(500) == 0)
			break;
	}
	return n;
}

enum { MOST = 200000 };

/* In room of exactly the size that is promised to be enough, so that a sanitizer sees more. */
static bool unpack(const unsigned char *packed, size_t n, unsigned char **out, uint32_t *size)
{
	unsigned char *in = malloc(n ? n : 1);
	bool taken;

	assert_non_null(in);
	memcpy(in, packed, n);
	*out = NULL;
	taken = yh_unsnap_size(in, n, size) && *size <= 2 * MOST;
	if (taken) {
		*out = malloc(*size + (size_t)YH_UNSNAP_SLOP);
		assert_non_null(*out);
		taken = yh_unsnap(in, n, *out, *size);
	}
	free(in);
	return taken;
}

static void what_the_library_packs_is_unpacked(void **state)
{
	unsigned char *plain = malloc(MOST), *packed = malloc(2 * MOST), *out;
	uint32_t size;

	(void)state;
	assert_true(plain && packed);
	for (unsigned i = 0; i < 200; i++) {
		size_t n = any_plain(plain, 301 + roll(MOST - 301)), len = 2 * MOST;

		assert_int_equal(snappy_compress((char *)plain, n, (char *)packed, &len),
				 SNAPPY_OK);
		assert_true(unpack(packed, len, &out, &size));
		assert_int_equal(size, n);
		assert_memory_equal(out, plain, n);
		free(out);
	}
	free(plain);
	free(packed);
}

static void what_is_damaged_is_refused_or_unpacked_as_the_library_does(void **state)
{
	unsigned char *plain = malloc(MOST), *packed = malloc(2 * MOST), *out, *want;
	unsigned taken = 0;
	uint32_t size;

	(void)state;
	want = malloc(2 * MOST);
	assert_true(plain && packed && want);
	for (unsigned i = 0; i < 20000; i++) {
		size_t n = any_plain(plain, 301 + roll(2000)), len = 2 * MOST, lib = 2 * MOST;
		bool ours, theirs;

		assert_int_equal(snappy_compress((char *)plain, n, (char *)packed, &len),
				 SNAPPY_OK);
		if (roll(4) == 0)
			len = roll(len);
		else
			packed[roll(len)] = (unsigned char)roll(256);
		ours = unpack(packed, len, &out, &size);
		theirs = snappy_uncompress((char *)packed, len, (char *)want, &lib) == SNAPPY_OK;
		assert_int_equal(ours, theirs);
		if (ours) {
			assert_int_equal(size, lib);
			assert_memory_equal(out, want, lib);
		}
		taken += ours;
		free(out);
	}
	assert_true(taken > 100 && taken < 19000);
	free(plain);
	free(packed);
	free(want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_library_packs_is_unpacked),
		cmocka_unit_test(what_is_damaged_is_refused_or_unpacked_as_the_library_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
