/* Where something was in use of OpenSSL before the program began, it keeps its own malloc: the
 * program knows. */
#include <openssl/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/digest.h"

/* Before the constructors that name no order, of which one is digest.c's. */
__attribute__((constructor(101))) static void come_first(void)
{
	OPENSSL_free(OPENSSL_malloc(1));
}

static void shortages_of_an_openssl_that_was_in_use_are_known_not_to_be_counted(void **state)
{
	(void)state;
	assert_false(yh_digest_counts_shortages());
	assert_int_equal(yh_crypto_selftest(NULL), YH_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			shortages_of_an_openssl_that_was_in_use_are_known_not_to_be_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
