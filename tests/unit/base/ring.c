/* Sealing under numbered keys, ranges of addresses, and the known answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/ranges.h"
#include "base/ring.h"
#include "base/selftest.h"

static const struct yh_ring_about here = { "person.phone", "0123456789abcdef", 16 };
static const struct yh_ring_about elsewhere = { "person.mail", "0123456789abcdef", 16 };

static char *open_again(struct yh_ring *r, const struct yh_ring_about *about, const char *sealed)
{
	char *clear;
	size_t n;

	return yh_ring_unseal(r, about, sealed, &clear, &n, NULL) == YH_OK ? clear : NULL;
}

/* proves S18, S28 */
static void a_field_opens_in_its_own_place_only(void **state)
{
	struct yh_ring *r = yh_ring_new(), *other = yh_ring_new();
	struct yh_err err = { 0 };
	char *sealed, *again, *clear;
	size_t n;

	(void)state;
	assert_int_equal(yh_ring_seal(r, &here, "13800000000", 11, &sealed, NULL), YH_OK);
	assert_int_equal(yh_ring_seal(r, &here, "13800000000", 11, &again, NULL), YH_OK);
	assert_null(strstr(sealed, "138"));
	assert_string_not_equal(sealed, again);
	clear = open_again(r, &here, sealed);
	assert_string_equal(clear, "13800000000");
	free(clear);
	assert_null(open_again(r, &elsewhere, sealed));
	assert_int_equal(yh_ring_unseal(other, &here, sealed, &clear, &n, &err), YH_INTERNAL);
	assert_string_equal(err.slug, "field-key-lost");
	sealed[strlen(sealed) - 5] ^= 1;
	assert_null(open_again(r, &here, sealed));
	free(sealed);
	free(again);
	yh_ring_free(r);
	yh_ring_free(other);
}

/* proves S28 */
static void the_last_key_of_the_file_writes_and_the_others_still_read(void **state)
{
	char folder[] = "/tmp/yh-ring-XXXXXX", file[64], one[YH_RING_ID], two[YH_RING_ID];
	char writer[YH_RING_ID], *sealed, *clear;
	struct yh_err err = { 0 };
	struct yh_ring *r, *later;
	struct stat st;

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(file, sizeof file, "%s/field.key", folder);
	assert_int_equal(yh_ring_load(file, &r, &err), YH_NOT_FOUND);
	assert_int_equal(yh_ring_add(file, one, NULL), YH_OK);
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(yh_ring_load(file, &r, NULL), YH_OK);
	assert_int_equal(yh_ring_seal(r, &here, "x", 1, &sealed, NULL), YH_OK);
	assert_int_equal(yh_ring_add(file, two, NULL), YH_OK);
	assert_int_equal(yh_ring_load(file, &later, NULL), YH_OK);
	yh_ring_writer(later, writer);
	assert_string_equal(writer, two);
	clear = open_again(later, &here, sealed);
	assert_string_equal(clear, "x");
	free(clear);
	free(sealed);
	/* the first does not know the second until it meets it */
	assert_int_equal(yh_ring_seal(later, &here, "y", 1, &sealed, NULL), YH_OK);
	assert_false(yh_ring_has(r, two));
	clear = open_again(r, &here, sealed);
	assert_string_equal(clear, "y");
	free(clear);
	free(sealed);
	assert_int_equal(chmod(file, 0644), 0);
	yh_err_clear(&err);
	yh_ring_free(r);
	assert_int_equal(yh_ring_load(file, &r, &err), YH_FORBIDDEN);
	yh_ring_free(later);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(folder), 0);
}

static bool holds(const struct yh_ranges *r, const char *address)
{
	unsigned char addr[YH_ADDRESS];

	assert_true(yh_address_parse(address, addr));
	return yh_ranges_hold(r, addr);
}

/* proves S14 */
static void ranges_hold_their_addresses_and_no_others(void **state)
{
	static const char *const wrong[] = { "10.0.0.0/33", "10.0.0",   "x",
					     "::1/129",     "1.2.3.4/", "10.0.0.0/8;11.0.0.0/8",
					     "10.0.0.0/8 " };
	struct yh_ranges r;

	(void)state;
	assert_int_equal(yh_ranges_parse("10.1.0.0/16,192.0.2.7,2001:db8::/33", &r, NULL), YH_OK);
	assert_true(holds(&r, "10.1.255.255"));
	assert_false(holds(&r, "10.2.0.0"));
	assert_true(holds(&r, "192.0.2.7"));
	assert_false(holds(&r, "192.0.2.6"));
	assert_true(holds(&r, "2001:db8:7fff::1"));
	assert_false(holds(&r, "2001:db8:8000::1"));
	assert_true(holds(&r, "::ffff:10.1.2.3"));
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(yh_ranges_parse(wrong[i], &r, NULL), YH_BAD_INPUT);
}

static bool neighbours(const char *a, const char *b)
{
	unsigned char one[YH_ADDRESS], other[YH_ADDRESS];

	assert_true(yh_address_parse(a, one) && yh_address_parse(b, other));
	return yh_address_neighbours(one, other);
}

/* proves S14 */
static void all_of_a_64_are_one_address_and_no_others_are(void **state)
{
	(void)state;
	assert_true(neighbours("2001:db8::1", "2001:db8::ffff:2"));
	assert_false(neighbours("2001:db8:0:1::1", "2001:db8:0:2::1"));
	assert_true(neighbours("192.0.2.7", "192.0.2.7"));
	assert_false(neighbours("192.0.2.7", "192.0.2.8"));
	assert_false(neighbours("::1", "127.0.0.1"));
}

/* proves S45 */
static void every_algorithm_gives_its_known_answer(void **state)
{
	size_t n;
	const struct yh_selftest *t = yh_selftests(&n);

	(void)state;
	assert_true(n >= 10);
	for (size_t i = 0; i < n; i++)
		if (!t[i].holds())
			fail_msg("%s", t[i].name);
}

static void texts_are_told_apart_by_who_has_the_key(void **state)
{
	struct yh_ring *mine = yh_ring_new(), *other = yh_ring_new();
	struct yh_sm3 plain = yh_sm3_of("x", 1), a, again, b, c;

	(void)state;
	assert_int_equal(yh_ring_mac(mine, "x", 1, &a, NULL), YH_OK);
	assert_int_equal(yh_ring_mac(mine, "x", 1, &again, NULL), YH_OK);
	assert_int_equal(yh_ring_mac(mine, "y", 1, &b, NULL), YH_OK);
	assert_int_equal(yh_ring_mac(other, "x", 1, &c, NULL), YH_OK);
	assert_memory_equal(a.b, again.b, sizeof a.b);
	assert_memory_not_equal(a.b, b.b, sizeof a.b);
	assert_memory_not_equal(a.b, c.b, sizeof a.b);
	assert_memory_not_equal(a.b, plain.b, sizeof a.b);
	assert_int_equal(yh_ring_mac(NULL, "x", 1, &a, NULL), YH_INTERNAL);
	yh_ring_free(mine);
	yh_ring_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_told_apart_by_who_has_the_key),
		cmocka_unit_test(a_field_opens_in_its_own_place_only),
		cmocka_unit_test(the_last_key_of_the_file_writes_and_the_others_still_read),
		cmocka_unit_test(ranges_hold_their_addresses_and_no_others),
		cmocka_unit_test(all_of_a_64_are_one_address_and_no_others_are),
		cmocka_unit_test(every_algorithm_gives_its_known_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
