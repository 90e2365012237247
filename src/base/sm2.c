/* SM2 keys and signatures; the signer's id is set by hand, or other software cannot verify. */
#include "base/sm2_key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const char signer_id[] = "1234567812345678";

struct yh_sm2 *yh_sm2_wrap(EVP_PKEY *pkey)
{
	struct yh_sm2 *k = calloc(1, sizeof *k);

	if (!k) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	k->pkey = pkey;
	return k;
}

struct yh_sm2 *yh_sm2_new(struct yh_err *err)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "SM2");
	struct yh_sm2 *k = pkey ? yh_sm2_wrap(pkey) : NULL;

	if (!k)
		(void)yh_fail(err, YH_INTERNAL, "key-generation");
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
	BIO *bio = BIO_new_mem_buf(pem, -1);
	YH_FREE_AUTO char *given = passphrase ? strdup(passphrase) : NULL;
	EVP_PKEY *pkey = NULL;

	*out = NULL;
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
	return *out ? YH_OK : yh_fail(err, YH_BAD_INPUT, "key-invalid");
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
	EVP_PKEY_CTX *pctx;
	EVP_MD_CTX *ctx = context(k, &pctx);
	int ok = 0;

	*len = YH_SIG_MAX;
	if (ctx && EVP_DigestSignInit(ctx, NULL, EVP_sm3(), NULL, k->pkey) == 1)
		ok = EVP_DigestSign(ctx, sig, len, p, n);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_CTX_free(pctx);
	return ok == 1 ? YH_OK : yh_fail(err, YH_INTERNAL, "signing");
}

bool yh_sm2_verify(struct yh_sm2 *k, const void *p, size_t n, const unsigned char *sig, size_t len)
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

/* The example of GM/T 0002: the key enciphers itself. */
static bool sm4_is_the_standards(void)
{
	static const unsigned char key[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef,
					       0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10 };
	static const unsigned char known[16] = { 0x68, 0x1e, 0xdf, 0x34, 0xd2, 0x06, 0x96, 0x5e,
						 0x86, 0xb3, 0xe9, 0x4f, 0x53, 0x6e, 0x42, 0x46 };
	unsigned char out[32];
	EVP_CIPHER *sm4 = EVP_CIPHER_fetch(NULL, "SM4-ECB", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0;
	bool ok = sm4 && ctx && EVP_EncryptInit_ex2(ctx, sm4, key, NULL, NULL) == 1 &&
		  EVP_EncryptUpdate(ctx, out, &n, key, sizeof key) == 1 && n == (int)sizeof key &&
		  memcmp(out, known, sizeof known) == 0;

	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(sm4);
	return ok;
}

enum yh_rc yh_crypto_selftest(struct yh_err *err)
{
	static const char known[] =
		"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0";
	struct yh_sm3 d = yh_sm3_of("abc", 3);
	char hex[YH_SM3_HEX];
	unsigned char sig[YH_SIG_MAX];
	size_t len;
	struct yh_sm2 *k;
	enum yh_rc rc = YH_OK;

	if (strcmp(yh_hex(d.b, sizeof d.b, hex), known) != 0 || !sm4_is_the_standards())
		return yh_fail(err, YH_INTERNAL, "crypto-selftest");
	k = yh_sm2_new(err);
	if (!k)
		return YH_INTERNAL;
	if (yh_sm2_sign(k, "abc", 3, sig, &len, err) != YH_OK ||
	    !yh_sm2_verify(k, "abc", 3, sig, len) || yh_sm2_verify(k, "abd", 3, sig, len))
		rc = yh_fail(err, YH_INTERNAL, "crypto-selftest");
	yh_sm2_free(k);
	return rc;
}
