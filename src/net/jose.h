/* Signed tokens (JWT, RFC 7519, as compact JWS) of an issuer, held against its keys (JWKS, RFC
 * 7517). Everything in both was written by somebody else. */
#ifndef YH_NET_JOSE_H
#define YH_NET_JOSE_H

#include "base/json.h"

enum {
	YH_JWT_MAX = 16384,
	YH_JWKS_MAX = 256 * 1024,
	YH_JWKS_KEYS = 100,
	YH_SHA256_URL = 44, /* base64url without padding, and NUL */
};

/* What is admitted at all, blanks between: never none, never a shared secret. */
extern const char yh_jwt_algorithms[]; /* "RS256 PS256 ES256 EdDSA" */

/* Is `word` among those of `words`, blanks between? */
bool yh_word_among(const char *words, const char *word);

/* Opens a token: its algorithm must be among `algorithms` (a part of yh_jwt_algorithms) and its
 * signature that of the key which its `kid` names in `keys`; without a `kid` just one key may fit.
 * RSA keys have 2048 to 8192 bits, EC keys are P-256, OKP keys Ed25519; keys that are not for
 * signatures, or for another algorithm, do not fit. On YH_OK *claims is an object, the caller's.
 * What the claims say is not judged here. BAD_INPUT "jwt-malformed" (also a header with `crit`),
 * "jwt-algorithm" (figure algorithm), "jwks-malformed", "jwt-signature"; NOT_FOUND
 * "jwt-key-unknown" (figure key): the keys may have changed; TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_jwt_open(const char *token, const char *keys, size_t keys_len,
				const char *algorithms, json_t **claims, struct yh_err *err);

/* The algorithm the token names; "" when it is malformed. Trusted by nothing. */
void yh_jwt_algorithm(const char *token, char out[16]);

/* SHA-256 as PKCE (RFC 7636) writes it. */
void yh_sha256_url(const char *text, char out[YH_SHA256_URL]);
/* The left half of the digest that goes with `algorithm`, as at_hash (OpenID Connect Core 3.1.3.6)
 * writes it: is it `hash`? */
bool yh_jwt_hash_fits(const char *algorithm, const char *text, const char *hash);

#endif
