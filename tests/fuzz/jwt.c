/* Fuzz target: tokens of an issuer against its keys, and what tokens claim. The first line is the
 * token, the rest the keys; what begins with '{' is claims. What is opened is an object, and what
 * is refused says why. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "net/jose.h"
#include "services/issuer/internal.h"

static const struct yh_issuer one = {
	.name = "one", .issuer = "https://sso.example", .client_id = "yunheng", .skew_s = 60
};

static void judge(const char *text, size_t n)
{
	const struct yh_claims_wanted want = { .nonce = "n-1",
					       .access_token = "access",
					       .algorithm = "RS256",
					       .begun_at = INT64_C(1800000000) * YH_US_PER_S,
					       .now = INT64_C(1800000001) * YH_US_PER_S };
	YH_JSON_AUTO claims = NULL;
	struct yh_err err = { 0 };

	if (yh_json_parse(text, n, &claims, NULL) != YH_OK || !json_is_object(claims))
		return;
	if (yh_issuer_claims(&one, claims, &want, &err) == YH_OK)
		must(strcmp(yh_json_text(claims, "nonce"), "n-1") == 0);
	else
		must(err.slug[0]);
	err = (struct yh_err){ 0 };
	if (yh_issuer_logout_claims(&one, claims, want.now, &err) != YH_OK)
		must(err.slug[0]);
}

void yh_fuzz_jwt(const unsigned char *data, size_t n)
{
	char *text = malloc(n + 1), *keys, algorithm[16];
	json_t *claims = NULL;
	struct yh_err err = { 0 };

	if (!text)
		return;
	memcpy(text, data, n);
	text[n] = 0;
	if (text[0] == '{') {
		judge(text, n);
		free(text);
		return;
	}
	keys = memchr(text, '\n', n);
	if (keys)
		*keys++ = 0;
	else
		keys = text + n;
	yh_jwt_algorithm(text, algorithm);
	if (yh_jwt_open(text, keys, n - (size_t)(keys - text), yh_jwt_algorithms, &claims, &err) ==
	    YH_OK)
		must(json_is_object(claims) && algorithm[0]);
	else
		must(!claims && err.slug[0]);
	json_decref(claims);
	free(text);
}
