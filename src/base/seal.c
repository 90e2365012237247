/* Sealing small secrets. */
#include "base/seal.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

enum { IV = 16 };

static EVP_CIPHER *sm4;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void)
{
	sm4 = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL);
}

void yh_sealing_init(struct yh_sealing *s, const unsigned char key[YH_SEAL_KEY])
{
	static const char for_sm4[] = "yunheng seal sm4-ctr", for_hmac[] = "yunheng seal hmac-sm3";
	struct yh_sm3 d = yh_hmac_sm3(key, YH_SEAL_KEY, for_sm4, sizeof for_sm4 - 1);

	memcpy(s->sm4, d.b, sizeof s->sm4);
	d = yh_hmac_sm3(key, YH_SEAL_KEY, for_hmac, sizeof for_hmac - 1);
	memcpy(s->hmac, d.b, sizeof s->hmac);
	explicit_bzero(&d, sizeof d);
}

static bool sm4_ctr(const struct yh_sealing *s, const unsigned char iv[IV], const unsigned char *in,
		    size_t n, unsigned char *out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0;
	bool ok;

	(void)pthread_once(&once, fetch);
	ok = sm4 && ctx && EVP_EncryptInit_ex2(ctx, sm4, s->sm4, iv, NULL) == 1 &&
	     EVP_EncryptUpdate(ctx, out, &len, in, (int)n) == 1 && (size_t)len == n;
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static struct yh_sm3 tag_of(const struct yh_sealing *s, const void *about, size_t about_len,
			    const void *sealed, size_t n)
{
	const struct yh_piece pieces[] = { { about, about_len }, { sealed, n } };
	struct yh_sm3 d = yh_sm3_of_pieces(pieces, 2);

	return yh_hmac_sm3(s->hmac, sizeof s->hmac, d.b, sizeof d.b);
}

enum yh_rc yh_seal(const struct yh_sealing *s, const void *about, size_t about_len, const void *p,
		   size_t n, unsigned char *out, struct yh_err *err)
{
	struct yh_sm3 tag;

	if (n > YH_SEAL_MOST)
		return yh_fail(err, YH_TOO_LARGE, "seal-too-large");
	yh_random(out, IV);
	if (!sm4_ctr(s, out, p, n, out + IV))
		return yh_fail(err, YH_INTERNAL, "encryption");
	tag = tag_of(s, about, about_len, out, IV + n);
	memcpy(out + IV + n, tag.b, sizeof tag.b);
	return YH_OK;
}

enum yh_rc yh_unseal(const struct yh_sealing *s, const void *about, size_t about_len,
		     const void *sealed, size_t n, unsigned char *out, struct yh_err *err)
{
	const unsigned char *from = sealed;
	struct yh_sm3 tag;

	if (n < YH_SEAL_EXTRA || n > (size_t)YH_SEAL_MOST + YH_SEAL_EXTRA)
		return yh_fail(err, YH_INTERNAL, "seal-broken");
	tag = tag_of(s, about, about_len, from, n - YH_SM3_BYTES);
	if (!yh_equal_ct(tag.b, from + n - YH_SM3_BYTES, YH_SM3_BYTES))
		return yh_fail(err, YH_INTERNAL, "seal-broken");
	if (!sm4_ctr(s, from, from + IV, n - YH_SEAL_EXTRA, out))
		return yh_fail(err, YH_INTERNAL, "encryption");
	return YH_OK;
}
