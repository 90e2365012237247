/* SM3 digests, HMAC-SM3, SM2 keys and signatures, randomness; all through OpenSSL. */
#ifndef YH_BASE_DIGEST_H
#define YH_BASE_DIGEST_H

#include "base/err.h"

enum { YH_SM3_BYTES = 32, YH_SM3_HEX = 65, YH_SIG_MAX = 80 };

struct yh_sm3 {
	unsigned char b[YH_SM3_BYTES];
};

/* Runs the known answers of GM/T 0004 (SM3) and 0002 (SM4) and a sign-and-verify round of SM2;
 * INTERNAL "crypto-selftest". */
YH_CHECK enum yh_rc yh_crypto_selftest(struct yh_err *err);
/* Whether what OpenSSL had no memory for is counted (base/shortage.h): not where it had allocated
 * something before this program began. */
bool yh_digest_counts_shortages(void);

/* Digests are always given: one that memory is too short for is waited for, and where there is none
 * for a second the program ends (abort). */
struct yh_sm3 yh_sm3_of(const void *p, size_t n);
/* Digest of several pieces, each prefixed by its length (8 bytes, big-endian), so that moving a
 * byte between pieces changes the digest. */
struct yh_piece {
	const void *p;
	size_t n;
};
struct yh_sm3 yh_sm3_of_pieces(const struct yh_piece *pieces, size_t n);
/* Of what comes in pieces and is too long to hold: any number of calls between the two. */
struct yh_sm3_run; /* NULL without memory */
struct yh_sm3_run *yh_sm3_begin(void);
void yh_sm3_more(struct yh_sm3_run *run, const void *p, size_t n);
struct yh_sm3 yh_sm3_end(struct yh_sm3_run *run); /* frees it */
struct yh_sm3 yh_hmac_sm3(const void *key, size_t key_len, const void *p, size_t n);
/* For those who do not know SM3; SHA-1 for one-time codes alone. */
enum { YH_SHA1_BYTES = 20, YH_SHA256_BYTES = 32, YH_SHA512_BYTES = 64 };
void yh_sha256(const void *p, size_t n, unsigned char out[YH_SHA256_BYTES]);
void yh_sha512(const void *p, size_t n, unsigned char out[YH_SHA512_BYTES]);
void yh_hmac_sha1(const void *key, size_t key_len, const void *p, size_t n,
		  unsigned char out[YH_SHA1_BYTES]);
void yh_hmac_sha256(const void *key, size_t key_len, const void *p, size_t n,
		    unsigned char out[YH_SHA256_BYTES]);
const char *yh_hex(const void *p, size_t n, char *out); /* out holds 2n+1 */
bool yh_unhex(const char *text, void *out, size_t n);   /* exactly 2n lower-case digits */

void yh_random(void *out, size_t n); /* aborts if the kernel gives none */
bool yh_equal_ct(const void *a, const void *b, size_t n);

/* An SM2 key pair or public key; the signer's id is the standard's default. Whatever of these
 * memory is too short for fails as TOO_LARGE "memory-short". */
struct yh_sm2;
struct yh_sm2 *yh_sm2_new(struct yh_err *err);
void yh_sm2_free(struct yh_sm2 *k);
YH_CHECK enum yh_rc yh_sm2_load_pem(const char *pem, struct yh_sm2 **out, struct yh_err *err);
/* PEM text, to be freed with free(); NULL without memory. */
char *yh_sm2_private_pem(const struct yh_sm2 *k);
char *yh_sm2_public_pem(const struct yh_sm2 *k);
/* A private key as it lies with a person: PKCS #8 under a passphrase, which is not empty (PBES2,
 * AES-256: what OpenSSL 3.0 opens again). Free it; NULL without memory. */
char *yh_sm2_locked_pem(const struct yh_sm2 *k, const char *passphrase);
/* BAD_INPUT "key-invalid", also for a wrong passphrase (NULL: none). */
YH_CHECK enum yh_rc yh_sm2_load_locked(const char *pem, const char *passphrase, struct yh_sm2 **out,
				       struct yh_err *err);
/* DER signature into sig, its length into *len (<= YH_SIG_MAX). */
YH_CHECK enum yh_rc yh_sm2_sign(struct yh_sm2 *k, const void *p, size_t n,
				unsigned char sig[YH_SIG_MAX], size_t *len, struct yh_err *err);
bool yh_sm2_verify(struct yh_sm2 *k, const void *p, size_t n, const unsigned char *sig, size_t len);

/* The public part as the uncompressed point 04 || x || y, which is what fingerprints are of. */
enum { YH_SM2_POINT = 65, YH_SM2_BOX_MAX = 96 + 32 };
YH_CHECK enum yh_rc yh_sm2_point(const struct yh_sm2 *k, unsigned char out[YH_SM2_POINT],
				 struct yh_err *err);
/* BAD_INPUT "key-invalid" for what is no point of the curve. */
YH_CHECK enum yh_rc yh_sm2_of_point(const unsigned char point[YH_SM2_POINT], struct yh_sm2 **out,
				    struct yh_err *err);
/* SM2 public-key encryption (GM/T 0003.4, as ASN.1). *out_len is the room on entry; a box is
 * at most YH_SM2_BOX_MAX bytes longer than what is in it. */
YH_CHECK enum yh_rc yh_sm2_encrypt(const struct yh_sm2 *k, const void *p, size_t n,
				   unsigned char *out, size_t *out_len, struct yh_err *err);
/* BAD_INPUT "box-invalid" when it does not open. */
YH_CHECK enum yh_rc yh_sm2_decrypt(const struct yh_sm2 *k, const void *box, size_t n,
				   unsigned char *out, size_t *out_len, struct yh_err *err);

/* argon2id (19 MiB, t=2, p=1) in its encoded form; TOO_LARGE "memory-short". Verifying is constant
 * time for the hash, and a false for want of memory is counted (base/shortage.h). */
enum { YH_SECRET_TEXT = 128 };
YH_CHECK enum yh_rc yh_secret_hash(const char *password, char out[YH_SECRET_TEXT],
				   struct yh_err *err);
bool yh_secret_verify(const char *encoded, const char *password);
/* An unguessable token of 160 bits as 32 letters and digits (a-z, 2-7). */
enum { YH_TOKEN_TEXT = 33 };
void yh_token_new(char out[YH_TOKEN_TEXT]);

#endif
