/* Signed tokens, verified with OpenSSL alone. */
#include "net/jose.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/shortage.h"

enum {
	KID_MAX = 256,
	PART_MAX = 2048,
	RSA_LEAST = 2048, /* bits */
	RSA_MOST = 8192,
	RSA_E_MOST = 64,
	ED25519 = 32, /* bytes */
	P256 = 32,
	P256_DER_MOST = 2 + 2 * (2 + 1 + P256),
};

const char yh_jwt_algorithms[] = "RS256 PS256 ES256 EdDSA";

static const char url_set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool yh_word_among(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = words; n > 0 && p && *p; p += *p == ' ') {
		size_t len = strcspn(p, " ");

		if (len == n && strncmp(p, word, n) == 0)
			return true;
		p += len;
	}
	return false;
}

/* The three parts of a compact token, none of them empty. */
struct parts {
	const char *at[3];
	size_t n[3];
};

static bool split(const char *token, struct parts *out)
{
	const char *p = token;

	if (strnlen(token, YH_JWT_MAX + 1) > YH_JWT_MAX)
		return false;
	for (size_t i = 0; i < 3; i++) {
		out->at[i] = p;
		out->n[i] = strspn(p, url_set);
		p += out->n[i];
		if (out->n[i] == 0 || *p != (i < 2 ? '.' : 0))
			return false;
		p++;
	}
	return true;
}

/* Base64url without padding, in the one way that these bytes are written; free() it. */
static unsigned char *decode(const char *text, size_t n, size_t *out_n)
{
	unsigned char *out = malloc(n / 4 * 3 + 3);
	unsigned held = 0, bits = 0;
	const char *at = url_set;

	*out_n = 0;
	if (!out)
		return yh_shortage();
	for (size_t i = 0; i < n && at; i++) {
		at = memchr(url_set, text[i], sizeof url_set - 1);
		held = (held << 6 | (at ? (unsigned)(at - url_set) : 0)) & 0xfff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			out[(*out_n)++] = (unsigned char)(held >> bits);
			held &= (1U << bits) - 1;
		}
	}
	if (at && bits < 6 && held == 0)
		return out;
	free(out);
	return NULL;
}

/* An object out of one part. */
static json_t *object_of(const char *text, size_t n)
{
	size_t len = 0;
	YH_FREE_AUTO unsigned char *bytes = decode(text, n, &len);
	json_t *v = NULL;

	if (!bytes || yh_json_parse((const char *)bytes, len, &v, NULL) != YH_OK)
		return NULL;
	if (json_is_object(v))
		return v;
	json_decref(v);
	return NULL;
}

static enum yh_rc malformed(struct yh_err *err)
{
	return yh_fail(err, YH_BAD_INPUT, "jwt-malformed");
}

struct head {
	char alg[16], kid[KID_MAX];
};

static enum yh_rc read_head(const struct parts *p, const char *algorithms, struct head *out,
			    struct yh_err *err)
{
	YH_JSON_AUTO head = object_of(p->at[0], p->n[0]);
	const char *alg = yh_json_text(head, "alg"), *kid = yh_json_text(head, "kid");
	enum yh_rc rc;

	/* what we must understand and do not is a reason to refuse, whatever it is */
	if (!head || !alg || json_object_get(head, "crit") || json_object_get(head, "b64") ||
	    (json_object_get(head, "kid") && (!kid || strlen(kid) >= sizeof out->kid)))
		return malformed(err);
	if (strlen(alg) >= sizeof out->alg || !yh_word_among(yh_jwt_algorithms, alg) ||
	    !yh_word_among(algorithms, alg)) {
		rc = yh_fail(err, YH_BAD_INPUT, "jwt-algorithm");
		yh_err_text(err, "algorithm", alg);
		return rc;
	}
	(void)snprintf(out->alg, sizeof out->alg, "%s", alg);
	(void)snprintf(out->kid, sizeof out->kid, "%s", kid ? kid : "");
	return YH_OK;
}

static const char *kind_of(const char *alg)
{
	return strcmp(alg, "ES256") == 0 ? "EC" : strcmp(alg, "EdDSA") == 0 ? "OKP" : "RSA";
}

static bool is(const json_t *key, const char *member, const char *value)
{
	const char *text = yh_json_text(key, member);

	return text && strcmp(text, value) == 0;
}

static bool fits(const json_t *key, const struct head *h)
{
	const char *kind = kind_of(h->alg);
	const json_t *ops = json_object_get(key, "key_ops"), *op;
	bool verifies = ops == NULL;
	size_t i;

	json_array_foreach(ops, i, op)
	{
		if (json_is_string(op) && strcmp(json_string_value(op), "verify") == 0)
			verifies = true;
	}
	return json_is_object(key) && verifies && is(key, "kty", kind) &&
	       (!json_object_get(key, "use") || is(key, "use", "sig")) &&
	       (!json_object_get(key, "alg") || is(key, "alg", h->alg)) &&
	       (strcmp(kind, "EC") != 0 || is(key, "crv", "P-256")) &&
	       (strcmp(kind, "OKP") != 0 || is(key, "crv", "Ed25519")) &&
	       (!h->kid[0] || is(key, "kid", h->kid));
}

/* The one key that fits. */
static enum yh_rc find_key(const json_t *set, const struct head *h, const json_t **out,
			   struct yh_err *err)
{
	const json_t *keys = json_object_get(set, "keys"), *key;
	enum yh_rc rc;
	size_t i, n = 0;

	*out = NULL;
	if (!json_is_array(keys) || json_array_size(keys) > YH_JWKS_KEYS)
		return yh_fail(err, YH_BAD_INPUT, "jwks-malformed");
	json_array_foreach(keys, i, key)
	{
		if (!fits(key, h))
			continue;
		*out = key;
		n++;
	}
	if (n == 1)
		return YH_OK;
	rc = yh_fail(err, YH_NOT_FOUND, "jwt-key-unknown");
	yh_err_text(err, "key", h->kid);
	return rc;
}

/* ---- keys: of each only what it is made of, each part within its bound ---- */

static unsigned char *part_of(const json_t *key, const char *name, size_t *n)
{
	const char *text = yh_json_text(key, name);
	size_t len = text ? strlen(text) : 0;

	return len > 0 && len <= PART_MAX ? decode(text, len, n) : NULL;
}

static BIGNUM *number_of(const json_t *key, const char *name)
{
	size_t n = 0;
	YH_FREE_AUTO unsigned char *bytes = part_of(key, name, &n);

	return bytes ? BN_bin2bn(bytes, (int)n, NULL) : NULL;
}

static EVP_PKEY *key_from(const char *kind, OSSL_PARAM *params)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	EVP_PKEY *pkey = NULL;

	if (!ctx || EVP_PKEY_fromdata_init(ctx) != 1 ||
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		pkey = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pkey;
}

static bool is_rsa(const BIGNUM *n, const BIGNUM *e)
{
	return BN_num_bits(n) >= RSA_LEAST && BN_num_bits(n) <= RSA_MOST && BN_is_odd(n) &&
	       BN_num_bits(e) > 1 && BN_num_bits(e) <= RSA_E_MOST && BN_is_odd(e);
}

static EVP_PKEY *rsa_key(const json_t *key)
{
	BIGNUM *n = number_of(key, "n"), *e = number_of(key, "e");
	OSSL_PARAM_BLD *made = n && e && is_rsa(n, e) ? OSSL_PARAM_BLD_new() : NULL;
	OSSL_PARAM *params =
		made && OSSL_PARAM_BLD_push_BN(made, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
				OSSL_PARAM_BLD_push_BN(made, OSSL_PKEY_PARAM_RSA_E, e) == 1
			? OSSL_PARAM_BLD_to_param(made)
			: NULL;
	EVP_PKEY *pkey = params ? key_from("RSA", params) : NULL;

	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(made);
	BN_free(n);
	BN_free(e);
	return pkey;
}

/* What is no point of the curve makes no key. */
static EVP_PKEY *ec_key(const json_t *key)
{
	char curve[] = "prime256v1";
	unsigned char point[1 + 2 * P256] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point),
		OSSL_PARAM_construct_end(),
	};
	size_t n_x = 0, n_y = 0;
	YH_FREE_AUTO unsigned char *x = part_of(key, "x", &n_x);
	YH_FREE_AUTO unsigned char *y = part_of(key, "y", &n_y);

	if (!x || !y || n_x != P256 || n_y != P256)
		return NULL;
	memcpy(point + 1, x, P256);
	memcpy(point + 1 + P256, y, P256);
	return key_from("EC", params);
}

static EVP_PKEY *ed25519_key(const json_t *key)
{
	size_t n = 0;
	YH_FREE_AUTO unsigned char *x = part_of(key, "x", &n);

	return x && n == ED25519 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, n) : NULL;
}

static EVP_PKEY *key_of(const json_t *key, const char *alg)
{
	const char *kind = kind_of(alg);

	return strcmp(kind, "EC") == 0    ? ec_key(key)
	       : strcmp(kind, "OKP") == 0 ? ed25519_key(key)
					  : rsa_key(key);
}

/* ---- signatures ---- */

/* The two numbers of ES256, which stand side by side, as OpenSSL takes them; 0: they are not that
 * long. */
static size_t to_der(const unsigned char *sig, size_t n, unsigned char der[P256_DER_MOST])
{
	ECDSA_SIG *both = n == 2 * P256 ? ECDSA_SIG_new() : NULL;
	BIGNUM *r = both ? BN_bin2bn(sig, P256, NULL) : NULL;
	BIGNUM *s = both ? BN_bin2bn(sig + P256, P256, NULL) : NULL;
	int len = 0;

	if (r && s && ECDSA_SIG_set0(both, r, s) == 1) {
		r = s = NULL; /* its own now */
		len = i2d_ECDSA_SIG(both, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(both);
	return len > 0 ? (size_t)len : 0;
}

/* PS256 has a salt as long as the digest (RFC 7518, 3.5). */
static bool set_pss(EVP_PKEY_CTX *how)
{
	return EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
}

/* What is signed are the first two parts with the dot between them. */
static bool is_signed(const struct parts *p, EVP_PKEY *pkey, const char *alg,
		      const unsigned char *sig, size_t n)
{
	const EVP_MD *md = strcmp(alg, "EdDSA") == 0 ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *how;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, &how, md, NULL, pkey) == 1 &&
		  (strcmp(alg, "PS256") != 0 || set_pss(how)) &&
		  EVP_DigestVerify(ctx, sig, n, (const unsigned char *)p->at[0],
				   p->n[0] + 1 + p->n[1]) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool verify(const struct parts *p, const json_t *key, const char *alg)
{
	size_t n = 0;
	YH_FREE_AUTO unsigned char *raw = decode(p->at[2], p->n[2], &n);
	EVP_PKEY *pkey = raw ? key_of(key, alg) : NULL;
	unsigned char der[P256_DER_MOST], *sig = raw;
	bool ok;

	if (pkey && strcmp(alg, "ES256") == 0) {
		n = to_der(raw, n, der);
		sig = der;
	} else if (pkey && n != (size_t)EVP_PKEY_get_size(pkey)) {
		n = 0;
	}
	ok = pkey && n > 0 && is_signed(p, pkey, alg, sig, n);
	EVP_PKEY_free(pkey);
	return ok;
}

static enum yh_rc open_token(const char *token, const char *keys, size_t keys_len,
			     const char *algorithms, json_t **claims, struct yh_err *err)
{
	YH_JSON_AUTO set = NULL;
	struct parts p;
	struct head h;
	const json_t *key;
	enum yh_rc rc;

	*claims = NULL;
	if (!split(token, &p))
		return malformed(err);
	rc = read_head(&p, algorithms, &h, err);
	if (rc != YH_OK)
		return rc;
	if (keys_len > YH_JWKS_MAX || yh_json_parse(keys, keys_len, &set, NULL) != YH_OK)
		return yh_fail(err, YH_BAD_INPUT, "jwks-malformed");
	rc = find_key(set, &h, &key, err);
	if (rc != YH_OK)
		return rc;
	if (!verify(&p, key, h.alg))
		return yh_fail(err, YH_BAD_INPUT, "jwt-signature");
	*claims = object_of(p.at[1], p.n[1]);
	return *claims ? YH_OK : malformed(err);
}

enum yh_rc yh_jwt_open(const char *token, const char *keys, size_t keys_len, const char *algorithms,
		       json_t **claims, struct yh_err *err)
{
	unsigned before = yh_shortages();
	struct yh_err why = { 0 };
	enum yh_rc rc;

	rc = open_token(token, keys, keys_len, algorithms, claims, &why);
	ERR_clear_error();
	if (rc == YH_OK)
		return rc;
	/* neither OpenSSL nor jansson tells a want of memory from a bad token by what it returns */
	if (yh_shortages() != before)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (err && err->rc == YH_OK)
		*err = why;
	return rc;
}

void yh_jwt_algorithm(const char *token, char out[16])
{
	struct parts p;
	struct head h = { 0 };

	if (!split(token, &p) || read_head(&p, yh_jwt_algorithms, &h, NULL) != YH_OK)
		h.alg[0] = 0;
	(void)snprintf(out, 16, "%s", h.alg);
}

static void to_url(const unsigned char *p, size_t n, char *out)
{
	(void)yh_base64(p, n, out);
	for (char *s = out; *s; s++) {
		if (*s == '+')
			*s = '-';
		else if (*s == '/')
			*s = '_';
		else if (*s == '=')
			*s = 0;
	}
}

void yh_sha256_url(const char *text, char out[YH_SHA256_URL])
{
	unsigned char md[YH_SHA256_BYTES];
	char padded[YH_BASE64_LEN(YH_SHA256_BYTES) + 1];

	yh_sha256(text, strlen(text), md);
	to_url(md, sizeof md, padded); /* 43 characters without the padding */
	memcpy(out, padded, YH_SHA256_URL - 1);
	out[YH_SHA256_URL - 1] = 0;
}

bool yh_jwt_hash_fits(const char *algorithm, const char *text, const char *hash)
{
	bool long_one = strcmp(algorithm, "EdDSA") == 0;
	unsigned char d[YH_SHA512_BYTES];
	char url[YH_BASE64_LEN(YH_SHA512_BYTES) + 1];

	if (long_one)
		yh_sha512(text, strlen(text), d);
	else
		yh_sha256(text, strlen(text), d);
	to_url(d, (long_one ? YH_SHA512_BYTES : YH_SHA256_BYTES) / 2, url);
	return strcmp(url, hash) == 0;
}
