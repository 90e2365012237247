/* SM2 keys and signatures; the signer's id is set by hand, or other software cannot verify. */
#include "base/sm2_key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/shortage.h"

static const char signer_id[] = "1234567812345678";

struct yh_sm2 *yh_sm2_wrap(EVP_PKEY *pkey)
{
	struct yh_sm2 *k = calloc(1, sizeof *k);

	if (!k) {
		EVP_PKEY_free(pkey);
		return yh_shortage();
	}
	k->pkey = pkey;
	return k;
}

enum yh_rc yh_sm2_fail(enum yh_rc rc, const char *slug, unsigned shortages, struct yh_err *err)
{
	ERR_clear_error();
	return yh_shortages() != shortages ? yh_fail(err, YH_TOO_LARGE, "memory-short")
					   : yh_fail(err, rc, slug);
}

struct yh_sm2 *yh_sm2_new(struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	struct yh_sm2 *k = pkey ? yh_sm2_wrap(pkey) : NULL;

	if (!k)
		(void)yh_sm2_fail(YH_INTERNAL, "key-generation", shortages, err);
	return k;
}

void yh_sm2_free(struct yh_sm2 *k)
{
	if (!k)
		return;
	EVP_PKEY_free(k->pkey);
	free(k);
}

/* What OpenSSL asks for a passphrase; without this it would ask the terminal. */
static int give_passphrase(char *buf, int size, int writing, void *passphrase)
{
	size_t n = passphrase ? strlen(passphrase) : 0;

	(void)writing;
	if (n == 0 || n > (size_t)size)
		return 0;
	memcpy(buf, passphrase, n);
	return (int)n;
}

enum yh_rc yh_sm2_load_locked(const char *pem, const char *passphrase, struct yh_sm2 **out,
			      struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	BIO *bio = BIO_new_mem_buf(pem, -1);
	YH_FREE_AUTO char *given = passphrase ? strdup(passphrase) : NULL;
	EVP_PKEY *pkey = NULL;

	*out = NULL;
	if (passphrase && !given)
		(void)yh_shortage();
	if (bio && strstr(pem, "PRIVATE KEY"))
		pkey = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, given);
	else if (bio)
		pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (pkey && !EVP_PKEY_is_a(pkey, "SM2")) {
		EVP_PKEY_free(pkey);
		pkey = NULL;
	}
	if (pkey)
		*out = yh_sm2_wrap(pkey);
	if (given)
		explicit_bzero(given, strlen(given));
	return *out ? YH_OK : yh_sm2_fail(YH_BAD_INPUT, "key-invalid", shortages, err);
}

enum yh_rc yh_sm2_load_pem(const char *pem, struct yh_sm2 **out, struct yh_err *err)
{
	return yh_sm2_load_locked(pem, NULL, out, err);
}

static char *text_of(BIO *bio, int ok)
{
	char *data, *out = NULL;
	long n = BIO_get_mem_data(bio, &data);

	if (ok == 1 && n > 0)
		out = strndup(data, (size_t)n);
	BIO_free(bio);
	return out;
}

char *yh_sm2_locked_pem(const struct yh_sm2 *k, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());

	return bio ? text_of(bio, PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, EVP_aes_256_cbc(),
								passphrase, (int)strlen(passphrase),
								NULL, NULL))
		   : NULL;
}

static char *pem_of(const struct yh_sm2 *k, bool private_part)
{
	BIO *bio = BIO_new(BIO_s_mem());

	if (!bio)
		return NULL;
	return text_of(bio, private_part ? PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL,
									 0, NULL, NULL)
					 : PEM_write_bio_PUBKEY(bio, k->pkey));
}

char *yh_sm2_private_pem(const struct yh_sm2 *k)
{
	return pem_of(k, true);
}

char *yh_sm2_public_pem(const struct yh_sm2 *k)
{
	return pem_of(k, false);
}

/* A digest context bound to the key and the signer's id. */
static EVP_MD_CTX *context(const struct yh_sm2 *k, EVP_PKEY_CTX **pctx)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	*pctx = EVP_PKEY_CTX_new(k->pkey, NULL);
	if (!ctx || !*pctx ||
	    EVP_PKEY_CTX_set1_id(*pctx, signer_id, (int)(sizeof signer_id - 1)) <= 0) {
		EVP_MD_CTX_free(ctx);
		EVP_PKEY_CTX_free(*pctx);
		*pctx = NULL;
		return NULL;
	}
	EVP_MD_CTX_set_pkey_ctx(ctx, *pctx);
	return ctx;
}

enum yh_rc yh_sm2_sign(struct yh_sm2 *k, const void *p, size_t n, unsigned char sig[YH_SIG_MAX],
		       size_t *len, struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *ctx = context(k, &pctx);
	int ok = 0;

	*len = YH_SIG_MAX;
	if (ctx && EVP_DigestSignInit(ctx, NULL, EVP_sm3(), NULL, k->pkey) == 1)
		ok = EVP_DigestSign(ctx, sig, len, p, n);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pctx);
	return ok == 1 ? YH_OK : yh_sm2_fail(YH_INTERNAL, "signing", shortages, err);
}

static bool is_signed(const struct yh_sm2 *k, const void *p, size_t n, const unsigned char *sig,
		      size_t len)
{
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *ctx = context(k, &pctx);
	int ok = 0;

	if (ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sm3(), NULL, k->pkey) == 1)
		ok = EVP_DigestVerify(ctx, sig, len, p, n);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pctx);
	return ok == 1;
}

/* Nothing that was signed is called forged for want of memory. */
bool yh_sm2_verify(struct yh_sm2 *k, const void *p, size_t n, const unsigned char *sig, size_t len)
{
	for (unsigned tried = 0;; tried++) {
		unsigned shortages = yh_shortages();
		bool ok = is_signed(k, p, n, sig, len);

		ERR_clear_error();
		if (ok || yh_shortages() == shortages)
			return ok;
		yh_shortage_wait(tried);
	}
}
