/* Digests, keys and passwords when memory runs short; linked so that our objects' malloc and
 * realloc, and with them libcrypto's, come by here. */
#include <argon2.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/digest.h"
#include "base/otp.h"
#include "base/shortage.h"

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
int __real_argon2id_verify(const char *encoded, const void *password, size_t n);
int __wrap_argon2id_verify(const char *encoded, const void *password, size_t n);

/* After `left` allocations the next `fails` fail. */
static long left, fails;

static bool falls(void)
{
	if (fails == 0 || left-- > 0)
		return false;
	fails--;
	return true;
}

void *__wrap_malloc(size_t n)
{
	return falls() ? NULL : __real_malloc(n);
}

void *__wrap_realloc(void *p, size_t n)
{
	return falls() ? NULL : __real_realloc(p, n);
}

static int argon2_says = ARGON2_OK;

int __wrap_argon2id_verify(const char *encoded, const void *password, size_t n)
{
	return argon2_says == ARGON2_OK ? __real_argon2id_verify(encoded, password, n)
					: argon2_says;
}

/* ---- what is asked for, each returning what it was given as digits ---- */

static char got[2 * YH_SHA512_BYTES + 1];

static void sm3(void)
{
	struct yh_sm3 d = yh_sm3_of("abc", 3);

	(void)yh_hex(d.b, sizeof d.b, got);
}

static void pieces(void)
{
	const struct yh_piece p[] = { { "a", 1 }, { "bc", 2 } };
	struct yh_sm3 d = yh_sm3_of_pieces(p, 2);

	(void)yh_hex(d.b, sizeof d.b, got);
}

static void hmac_sm3(void)
{
	struct yh_sm3 d = yh_hmac_sm3("key", 3, "abc", 3);

	(void)yh_hex(d.b, sizeof d.b, got);
}

static void hmac_sha256(void)
{
	unsigned char d[YH_SHA256_BYTES];

	yh_hmac_sha256("Jefe", 4, "what do ya want for nothing?", 28, d);
	(void)yh_hex(d, sizeof d, got);
}

static void sha256(void)
{
	unsigned char d[YH_SHA256_BYTES];

	yh_sha256("abc", 3, d);
	(void)yh_hex(d, sizeof d, got);
}

static void sha512(void)
{
	unsigned char d[YH_SHA512_BYTES];

	yh_sha512("abc", 3, d);
	(void)yh_hex(d, sizeof d, got);
}

static void code(void)
{
	if (!yh_otp_code(YH_OTP_SHA1, (const unsigned char *)"12345678901234567890", 20, 1, got))
		got[0] = 0;
}

/* ---- on a thread of its own, which has nothing of OpenSSL's yet ---- */

static void *run(void *arg)
{
	(*(void (**)(void))arg)();
	return NULL;
}

static void on_a_new_thread(void (*ask)(void))
{
	pthread_t t;

	got[0] = 0;
	assert_int_equal(pthread_create(&t, NULL, run, &ask), 0);
	assert_int_equal(pthread_join(t, NULL), 0);
}

static void a_digest_is_right_wherever_memory_ran_short_as_it_was_made(void **state)
{
	void (*const asks[])(void) = { sm3, pieces, hmac_sm3, hmac_sha256, sha256, sha512, code };

	(void)state;
	for (size_t i = 0; i < sizeof asks / sizeof asks[0]; i++) {
		char right[sizeof got];
		long n = 0;

		on_a_new_thread(asks[i]);
		memcpy(right, got, sizeof right);
		assert_int_not_equal(right[0], 0);
		do {
			left = n++;
			fails = 3;
			on_a_new_thread(asks[i]);
			assert_string_equal(got, right);
		} while (fails == 0 && n < 1000);
		fails = 0;
		assert_in_range(n, 2, 999);
	}
	sha256();
	assert_string_equal(got,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	code();
	assert_string_equal(got, "287082"); /* RFC 4226, appendix D */
}

static void a_digest_of_pieces_is_not_begun_without_memory_and_it_counts(void **state)
{
	struct yh_sm3_run *r;
	long n = 0;

	(void)state;
	for (;; n++) {
		unsigned before = yh_shortages();

		left = n;
		fails = 1;
		r = yh_sm3_begin();
		if (r)
			break;
		assert_int_not_equal(yh_shortages(), before);
	}
	fails = 0;
	assert_in_range(n, 1, 100);
	yh_sm3_more(r, "abc", 3);
	assert_int_equal(yh_sm3_end(r).b[0], 0x66);
}

static void a_program_without_any_memory_for_a_second_ends(void **state)
{
	pid_t pid = fork();
	int how = 0;

	(void)state;
	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		(void)setrlimit(RLIMIT_CORE, &none);
		(void)signal(SIGABRT, SIG_DFL);
		left = 0;
		fails = 1000000;
		hmac_sm3();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
}

/* Of the first allocations each in turn, and ever fewer of those that follow; `ask` is true when it
 * came to what it must. */
static void whatever_fails(bool (*ask)(void))
{
	long n = 0;

	assert_true(ask());
	do {
		left = n;
		n += 1 + n / 16;
		fails = 1;
		assert_true(ask());
	} while (fails == 0 && n < 5000);
	fails = 0;
	assert_in_range(n, 3, 4999);
}

static struct yh_sm2 *key;
static unsigned char sig[YH_SIG_MAX], point[YH_SM2_POINT];
static size_t sig_n;
static char *pem;

static bool verifies(void)
{
	return yh_sm2_verify(key, "abc", 3, sig, sig_n) &&
	       !yh_sm2_verify(key, "abd", 3, sig, sig_n);
}

static bool is_told(enum yh_rc rc, const struct yh_err *err)
{
	return rc == YH_OK || strcmp(err->slug, "memory-short") == 0;
}

static bool point_is_one(void)
{
	struct yh_sm2 *k;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_of_point(point, &k, &err);

	yh_sm2_free(k);
	return is_told(rc, &err);
}

static bool pem_is_one(void)
{
	struct yh_sm2 *k;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_load_pem(pem, &k, &err);

	yh_sm2_free(k);
	return is_told(rc, &err);
}

/* What is made, each with its own work done well or told. */
static bool key_is_made(void)
{
	struct yh_err err = { 0 };
	struct yh_sm2 *k = yh_sm2_new(&err);
	bool made = k != NULL;

	yh_sm2_free(k);
	return made ? err.rc == YH_OK : err.rc == YH_TOO_LARGE && is_told(err.rc, &err);
}

static bool is_signed_now(void)
{
	unsigned char mine[YH_SIG_MAX];
	size_t n;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_sign(key, "abc", 3, mine, &n, &err);

	return is_told(rc, &err) && (rc != YH_OK || yh_sm2_verify(key, "abc", 3, mine, n));
}

static bool point_is_told(void)
{
	unsigned char mine[YH_SM2_POINT];
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_point(key, mine, &err);

	return is_told(rc, &err) && (rc != YH_OK || memcmp(mine, point, sizeof mine) == 0);
}

/* Only for the allocations it begins with: later OpenSSL 3.0 itself writes where it was given
 * nothing, as it derives the key. */
static int box_is_not_made(void)
{
	unsigned char box[3 + YH_SM2_BOX_MAX];
	size_t n = sizeof box;
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_sm2_encrypt(key, "abc", 3, box, &n, &err);

	assert_true(is_told(rc, &err));
	return rc != YH_OK;
}

static void what_sm2_makes_is_made_or_memory_was_short_for_it(void **state)
{
	int told = 0;

	(void)state;
	key = yh_sm2_new(NULL);
	assert_int_equal(yh_sm2_point(key, point, NULL), YH_OK);
	whatever_fails(key_is_made);
	whatever_fails(is_signed_now);
	whatever_fails(point_is_told);
	for (long i = 0; i < 12; i++) {
		left = i;
		fails = 1;
		told += box_is_not_made();
		assert_int_equal(fails, 0);
	}
	assert_in_range(told, 1, 12);
	yh_sm2_free(key);
}

static void no_key_and_no_signature_is_called_bad_where_memory_ran_short(void **state)
{
	struct yh_sm2 *none;
	struct yh_err err = { 0 };

	(void)state;
	key = yh_sm2_new(NULL);
	assert_int_equal(yh_sm2_sign(key, "abc", 3, sig, &sig_n, NULL), YH_OK);
	assert_int_equal(yh_sm2_point(key, point, NULL), YH_OK);
	pem = yh_sm2_private_pem(key);
	whatever_fails(verifies);
	whatever_fails(point_is_one);
	whatever_fails(pem_is_one);
	point[1] ^= 1;
	assert_int_equal(yh_sm2_of_point(point, &none, &err), YH_BAD_INPUT);
	assert_string_equal(err.slug, "key-invalid");
	free(pem);
	yh_sm2_free(key);
}

static void a_password_that_memory_is_too_short_for_is_counted_and_a_wrong_one_is_not(void **state)
{
	char secret[YH_SECRET_TEXT];
	unsigned before;

	(void)state;
	assert_int_equal(yh_secret_hash("Right-Passw0rd!", secret, NULL), YH_OK);
	before = yh_shortages();
	assert_true(yh_secret_verify(secret, "Right-Passw0rd!"));
	assert_false(yh_secret_verify(secret, "Wrong-Passw0rd!"));
	assert_int_equal(yh_shortages(), before);
	argon2_says = ARGON2_MEMORY_ALLOCATION_ERROR;
	assert_false(yh_secret_verify(secret, "Right-Passw0rd!"));
	argon2_says = ARGON2_OK;
	assert_int_not_equal(yh_shortages(), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_digest_is_right_wherever_memory_ran_short_as_it_was_made),
		cmocka_unit_test(a_digest_of_pieces_is_not_begun_without_memory_and_it_counts),
		cmocka_unit_test(a_program_without_any_memory_for_a_second_ends),
		cmocka_unit_test(no_key_and_no_signature_is_called_bad_where_memory_ran_short),
		cmocka_unit_test(what_sm2_makes_is_made_or_memory_was_short_for_it),
		cmocka_unit_test(
			a_password_that_memory_is_too_short_for_is_counted_and_a_wrong_one_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
