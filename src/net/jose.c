/* Signed tokens: cjose for RSA and EC, OpenSSL for Ed25519, which cjose does not know. */
#include "net/jose.h"

#include <cjose/cjose.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/shortage.h"

enum { KID_MAX = 256, PART_MAX = 2048, RSA_LEAST = 2048, RSA_MOST = 8192, ED25519 = 32, SIG = 64 };

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

static unsigned char *decode(const char *text, size_t n, size_t *out_n)
{
	uint8_t *out = NULL;
	cjose_err ignored;

	if (n % 4 == 1 || !cjose_base64url_decode(text, n, &out, out_n, &ignored))
		return NULL;
	return out;
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

/* Of a key only what it is made of, each part within its bound. */
static cjose_jwk_t *import(const json_t *key, const char *kind)
{
	static const char *const rsa[] = { "n", "e", NULL }, *const ec[] = { "x", "y", NULL };
	const char *const *names = strcmp(kind, "EC") == 0 ? ec : rsa;
	YH_JSON_AUTO bare = json_pack("{s:s}", "kty", kind);
	cjose_jwk_t *jwk;
	cjose_err ignored;

	for (size_t i = 0; bare && names[i]; i++) {
		const char *text = yh_json_text(key, names[i]);
		size_t n = text ? strlen(text) : 0;

		if (n == 0 || n > PART_MAX || strspn(text, url_set) != n ||
		    json_object_set(bare, names[i], json_object_get(key, names[i])) != 0)
			return NULL;
	}
	if (!bare || (names == ec && json_object_set_new(bare, "crv", json_string("P-256")) != 0))
		return NULL;
	jwk = cjose_jwk_import_json(bare, &ignored);
	if (jwk && names == rsa) {
		size_t bits = cjose_jwk_get_keysize(jwk, &ignored);

		if (bits < RSA_LEAST || bits > RSA_MOST) {
			(void)cjose_jwk_release(jwk);
			return NULL;
		}
	}
	return jwk;
}

static void *claim(size_t n)
{
	void *p = malloc(n);

	return p || n == 0 ? p : yh_shortage();
}

static void *enlarge(void *old, size_t n)
{
	void *p = realloc(old, n);

	return p || n == 0 ? p : yh_shortage();
}

/* What cjose and, through it, OpenSSL and jansson have no memory for is counted. */
__attribute__((constructor)) static void watch_memory(void)
{
	cjose_set_alloc_funcs(claim, enlarge, free);
}

static bool verify_cjose(const char *token, const json_t *key, const struct head *h)
{
	cjose_err ignored;
	cjose_jwk_t *jwk = import(key, kind_of(h->alg));
	cjose_jws_t *jws = jwk ? cjose_jws_import(token, strlen(token), &ignored) : NULL;
	bool ok = jws && cjose_jws_verify(jws, jwk, &ignored);

	cjose_jws_release(jws);
	if (jwk)
		(void)cjose_jwk_release(jwk);
	return ok;
}

static bool verify_ed25519(const struct parts *p, const json_t *key)
{
	const char *x = yh_json_text(key, "x");
	size_t n_key = 0, n_sig = 0;
	YH_FREE_AUTO unsigned char *raw =
		x && strlen(x) <= PART_MAX ? decode(x, strlen(x), &n_key) : NULL;
	YH_FREE_AUTO unsigned char *sig = decode(p->at[2], p->n[2], &n_sig);
	EVP_PKEY *pkey = raw && sig && n_key == ED25519 && n_sig == SIG
				 ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, n_key)
				 : NULL;
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	/* what is signed: the first two parts with the dot between them */
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		  EVP_DigestVerify(ctx, sig, n_sig, (const unsigned char *)p->at[0],
				   p->n[0] + 1 + p->n[1]) == 1;

	EVP_MD_CTX_free(ctx);
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
	bool ok;

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
	ok = strcmp(h.alg, "EdDSA") == 0 ? verify_ed25519(&p, key) : verify_cjose(token, key, &h);
	if (!ok)
		return yh_fail(err, YH_BAD_INPUT, "jwt-signature");
	*claims = object_of(p.at[1], p.n[1]);
	return *claims ? YH_OK : malformed(err);
}

/* Neither library tells a want of memory from a bad signature by what it returns. */
static bool fell_short(unsigned before)
{
	bool short_of = yh_shortages() != before;

	for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error())
		short_of = short_of || ERR_GET_REASON(e) == ERR_R_MALLOC_FAILURE;
	return short_of;
}

enum yh_rc yh_jwt_open(const char *token, const char *keys, size_t keys_len, const char *algorithms,
		       json_t **claims, struct yh_err *err)
{
	unsigned before = yh_shortages();
	struct yh_err why = { 0 };
	enum yh_rc rc;

	ERR_clear_error();
	rc = open_token(token, keys, keys_len, algorithms, claims, &why);
	if (rc == YH_OK)
		return rc;
	if (fell_short(before))
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
