/* Tokens, of which some are those of the standards, and what becomes of them when memory runs
 * short; linked so that our objects' malloc and realloc, and with them OpenSSL's, come by here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

#define RFC_N                                                                                      \
	"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrc"             \
	"S2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGz"             \
	"jb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xs"             \
	"mtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8"             \
	"q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define OWN_N                                                                                      \
	"x2PSx_M2I9XmrqcMs_xVHP5qa6J5Bx81J2ugJvIvdiRsBqrvPsNGWl0M2HPL6qKtxWEcJtkldQig"             \
	"2y1cLJpEVi77_pNCh6FIcQOlTTWHkPVaeFsl0-wrcZmokTY9ldEY5ve-d6u5MmMDzTjix2YHZO05"             \
	"2F7PDYtanr2vp2G_UZNngkmLSP_vjU2K90h-5Jj2GdPlmqQsUD7DuJI03-ZcHx0Zeh3mF5H9K3Jl"             \
	"waGJVctRyWnlm9TpA_EtKGURSuGpRZ9JPkdN5OIkE-M1Mxx8yVA4yF1hJqsRnLSx2FQdpqzXiK1L"             \
	"Jyf-stMLI4aDCK1DXuBpFPXhZeB3dqvqekNYgw"
#define EC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define EC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define SET(key) "{\"keys\":[{" key "}]}"
#define RSA_SET(n, e) SET("\"kty\":\"RSA\",\"n\":\"" n "\",\"e\":\"" e "\"")
#define EC_SET(x, y) SET("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" x "\",\"y\":\"" y "\"")

/* RFC 7515, A.2 and A.3; RFC 8037, A.4, whose payload is no object. */
static const char rs256[] =
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9"
	"leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2Vt"
	"Qgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKB"
	"YNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN"
	"9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI"
	"8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
static const char es256[] =
	"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9"
	"leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXF"
	"CgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
static const char ed25519[] =
	"eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1P"
	"POt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
/* Made with openssl dgst for this, and of no use elsewhere: the salt 32 bytes, and 20. */
static const char ps256[] =
	"eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJjaXR5Iiwic3ViIjoidW5pdDAxIn0.B9CcUDWwpK5AcIDLc3h"
	"b02mhclM4OsQVSa4kf-N_JBJmw9ee8vRBKfFJSUq8m5gK4Maagah9fZhwCtoC3Dw48x9CAhCRPKTgjsT"
	"apvgel27cF5BkrRLXUOrffqmfczjUGW6vJGoYns2D3g8GglWKDGvgH33w-d-vSyTvMGWLQMS5Ufqa8rS"
	"C5TEP1559PzPHxm8VbGjIxWG7DISOjG1kcMIEZXQydlVMwIqv2jS6ywqbghxFSrBKs-JwLOW82vk77wh"
	"G-vceP4RDB9BieRUEwzM74C7ES6vlwtJ4ND7Nh9TeKVHPuCalJjQfQTwfvcgT8Yc7MRdqk8FvDLpN7fK"
	"L_Q";
static const char ps256_salt20[] =
	"eyJhbGciOiJQUzI1NiJ9.eyJpc3MiOiJjaXR5Iiwic3ViIjoidW5pdDAxIn0.iYgqQCcOwjD7FsGP1vM"
	"W-rbIQoem9D3R1mUs__ykuNtDj6KAwyP2TztW2YXIrwX7EZ-Mscze3IOSFiqMR3zgQEOwwIafp5Et789"
	"kdq0DPhtVm58vjFD89T4kYvc7zxWjz0t5MCkTAEErVn3wvX9QoakL7hQZoxkHXsewnnEzNGG6OWytJ9z"
	"Ykch2yiWVtrg3Wt0dqiHNT3qIhRIpyuz7Nku1i6uhDwY5c1S-tv1jJsOEeqfWgc51SacGfhxS0aZYKs5"
	"nhHFw3xic6eMNyohtukxY7zW2fAR30Rnh5OdyMTycain0qFTHTKb0ENjrjJ6gJU1eKGelinv4ar6S7Ly"
	"Uug";
/* What anybody can write who knows the key: to the first power a signature is what it says. */
static const char rs256_forged[] =
	"eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJjaXR5Iiwic3ViIjoidW5pdDAxIn0.AAH________________"
	"________________________________________________________________________________"
	"________________________________________________________________________________"
	"________________________________________________________________________________"
	"_____________ADAxMA0GCWCGSAFlAwQCAQUABCA38xAyqlT6vWR2W0EunstCCiY421XysrzsMgj2eit"
	"UGw";

static const struct example {
	const char *algorithm, *token, *keys, *issuer;
} examples[] = {
	{ "RS256", rs256, RSA_SET(RFC_N, "AQAB"), "joe" },
	{ "PS256", ps256, RSA_SET(OWN_N, "AQAB"), "city" },
	{ "ES256", es256, EC_SET(EC_X, EC_Y), "joe" },
	{ "EdDSA", ed25519,
	  SET("\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	      "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\""),
	  NULL },
};

enum { EXAMPLES = sizeof examples / sizeof examples[0] };

/* "" when it was opened, and else why not. */
static const char *opened(const char *token, const char *keys, const char *algorithm)
{
	static struct yh_err err;
	json_t *claims;

	err = (struct yh_err){ 0 };
	if (yh_jwt_open(token, keys, strlen(keys), algorithm, &claims, &err) != YH_OK)
		assert_null(claims);
	json_decref(claims);
	return err.slug;
}

static const char *outcome(const struct example *e)
{
	return e->issuer ? "" : "jwt-malformed"; /* after its signature was right */
}

/* proves S27 */
static void the_examples_of_the_standards_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		json_t *claims;

		assert_string_equal(opened(e->token, e->keys, e->algorithm), outcome(e));
		if (!e->issuer)
			continue;
		assert_int_equal(yh_jwt_open(e->token, e->keys, strlen(e->keys), e->algorithm,
					     &claims, NULL),
				 YH_OK);
		assert_string_equal(yh_json_text(claims, "iss"), e->issuer);
		json_decref(claims);
	}
}

/* proves S27 */
static void a_token_of_which_one_letter_is_another_does_not(void **state)
{
	char other[1024];

	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		size_t n = strlen(e->token), body = (size_t)(strchr(e->token, '.') - e->token);

		for (size_t at = body + 1; at < n; at += 7) {
			(void)snprintf(other, sizeof other, "%s", e->token);
			if (other[at] == '.')
				continue;
			other[at] = other[at] == 'A' ? 'B' : 'A';
			assert_string_equal(opened(other, e->keys, e->algorithm), "jwt-signature");
		}
		(void)snprintf(other, sizeof other, "%sAA", e->token);
		assert_string_equal(opened(other, e->keys, e->algorithm), "jwt-signature");
		other[n - 2] = 0;
		assert_string_equal(opened(other, e->keys, e->algorithm), "jwt-signature");
	}
}

/* The last letter of each has bits that stand for nothing: in other letters they are set. */
/* proves S27 */
static void the_same_bytes_written_in_another_way_are_no_token(void **state)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	char other[1024];

	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		size_t n = strlen(e->token);
		const char *last = strchr(letters, e->token[n - 1]);

		(void)snprintf(other, sizeof other, "%s", e->token);
		other[n - 1] = last[1];
		assert_string_equal(opened(other, e->keys, e->algorithm), "jwt-signature");
		(void)snprintf(other, sizeof other, "%s=", e->token);
		assert_string_equal(opened(other, e->keys, e->algorithm), "jwt-malformed");
	}
}

/* proves S27 */
static void a_key_that_is_none_signs_nothing(void **state)
{
	(void)state;
	assert_string_equal(opened(ps256, RSA_SET(OWN_N, "AQAB"), "PS256"), "");
	assert_string_equal(opened(ps256_salt20, RSA_SET(OWN_N, "AQAB"), "PS256"), "jwt-signature");
	assert_string_equal(opened(rs256_forged, RSA_SET(OWN_N, "AQ"), "RS256"), "jwt-signature");
	assert_string_equal(opened(rs256, RSA_SET(RFC_N, "AQABAAAAAAAB"), "RS256"),
			    "jwt-signature");
	assert_string_equal(opened(rs256, RSA_SET(RFC_N, ""), "RS256"), "jwt-signature");
	assert_string_equal(opened(rs256, RSA_SET(RFC_N, "AQAB="), "RS256"), "jwt-signature");
	assert_string_equal(opened(rs256, RSA_SET("AQAB", "AQAB"), "RS256"), "jwt-signature");
	/* no point of the curve; a number that is too short, and one too long */
	assert_string_equal(opened(es256, EC_SET(EC_Y, EC_X), "ES256"), "jwt-signature");
	assert_string_equal(opened(es256, EC_SET(EC_X, "AQAB"), "ES256"), "jwt-signature");
	assert_string_equal(opened(es256, EC_SET("AA" EC_X, EC_Y), "ES256"), "jwt-signature");
	/* one kind of key for another's algorithm */
	assert_string_equal(opened(es256, RSA_SET(RFC_N, "AQAB"), "ES256"), "jwt-key-unknown");
	assert_string_equal(opened(rs256, RSA_SET(RFC_N, "AQAB"), "PS256"), "jwt-algorithm");
}

static void a_token_is_not_called_bad_where_memory_ran_short_as_it_was_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < EXAMPLES; i++) {
		const struct example *e = &examples[i];
		int n = 0;

		/* what OpenSSL makes once is there then */
		assert_string_equal(opened(e->token, e->keys, e->algorithm), outcome(e));
		for (;;) {
			const char *why;

			left = ++n;
			why = opened(e->token, e->keys, e->algorithm);
			if (left > 0)
				break;
			/* some of it OpenSSL can do without */
			if (strcmp(why, outcome(e)) != 0)
				assert_string_equal(why, "memory-short");
		}
		left = -1;
		assert_in_range(n, 50, 5000);
		assert_string_equal(opened(e->token, e->keys, e->algorithm), outcome(e));
	}
}

static void a_hash_fits_by_the_half_of_its_digest(void **state)
{
	char url[YH_SHA256_URL];

	(void)state;
	yh_sha256_url("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", url); /* RFC 7636, B */
	assert_string_equal(url, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	/* OpenID Connect Core, A.3 */
	assert_true(yh_jwt_hash_fits("RS256", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
				     "77QmUPtjPfzWtF2AnpK9RQ"));
	assert_false(yh_jwt_hash_fits("EdDSA", "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y",
				      "77QmUPtjPfzWtF2AnpK9RQ"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_examples_of_the_standards_verify),
		cmocka_unit_test(a_token_of_which_one_letter_is_another_does_not),
		cmocka_unit_test(the_same_bytes_written_in_another_way_are_no_token),
		cmocka_unit_test(a_key_that_is_none_signs_nothing),
		cmocka_unit_test(a_token_is_not_called_bad_where_memory_ran_short_as_it_was_opened),
		cmocka_unit_test(a_hash_fits_by_the_half_of_its_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
