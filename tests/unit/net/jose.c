/* Tokens when memory runs short; linked so that our objects' malloc and realloc come by here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "net/jose.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

static int left = -1; /* allocations until one fails; -1: none does */

static bool falls(void)
{
	return left > 0 && --left == 0;
}

void *__wrap_malloc(size_t n)
{
	return falls() ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return falls() ? NULL : __real_realloc(p, n);
}

/* Made for this, and of no use elsewhere. */
static const char token[] = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJjaXR5Iiwic3ViIjoidW5pdDAxIn0."
			    "Fi1H5NXZ8DtQA4AsKmwg8ovIPugVjxwfF0oUyPj2UOWE98g1"
			    "PI9Ckx2ZuOy73ogmbiubAYRCSrrafBlZhqTkrw";
static const char keys[] = "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
			   "\"x\":\"Poc8ox9Z24GWXW7nu0BoDLnUL_CfSmurSEEhBwIJ8aU\","
			   "\"y\":\"0zFbqcrzr8Lw1pfEznOijYf9Ccwn9tVMJaxoBHQB2pE\"}]}";

static void is_good(void)
{
	json_t *claims;
	struct yh_err err = { 0 };

	assert_int_equal(yh_jwt_open(token, keys, strlen(keys), "ES256", &claims, &err), YH_OK);
	assert_string_equal(yh_json_text(claims, "iss"), "city");
	json_decref(claims);
}

static void a_token_is_not_called_bad_where_memory_ran_short_as_it_was_read(void **state)
{
	enum { OF_READING = 24 }; /* what comes after belongs to cjose, which may not survive it */
	json_t *claims;

	(void)state;
	is_good(); /* what OpenSSL makes once is there then */
	for (int n = 1; n <= OF_READING; n++) {
		struct yh_err err = { 0 };

		left = n;
		assert_int_equal(yh_jwt_open(token, keys, strlen(keys), "ES256", &claims, &err),
				 YH_TOO_LARGE);
		assert_int_equal(left, 0);
		left = -1;
		assert_string_equal(err.slug, "memory-short");
	}
}

static void a_good_one_is_good_and_a_forged_one_is_not_after_memory_was_short(void **state)
{
	char other[sizeof token];
	json_t *claims;
	struct yh_err err = { 0 };

	(void)state;
	left = 1;
	assert_int_equal(yh_jwt_open(token, keys, strlen(keys), "ES256", &claims, &err),
			 YH_TOO_LARGE);
	left = -1;
	is_good();
	memcpy(other, token, sizeof token);
	other[sizeof other - 10] ^= 1;
	err = (struct yh_err){ 0 };
	assert_int_equal(yh_jwt_open(other, keys, strlen(keys), "ES256", &claims, &err),
			 YH_BAD_INPUT);
	assert_string_equal(err.slug, "jwt-signature");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_is_not_called_bad_where_memory_ran_short_as_it_was_read),
		cmocka_unit_test(a_good_one_is_good_and_a_forged_one_is_not_after_memory_was_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
