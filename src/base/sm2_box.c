/* SM2 points and public-key encryption. */
#include "base/sm2_key.h"

#include <openssl/core_names.h>
#include <string.h>

#include "base/shortage.h"

enum yh_rc yh_sm2_point(const struct yh_sm2 *k, unsigned char out[YH_SM2_POINT], struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	unsigned char x[32], y[32];
	BIGNUM *bx = NULL, *by = NULL;
	bool ok = EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, &bx) == 1 &&
		  EVP_PKEY_get_bn_param(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &by) == 1 &&
		  BN_bn2binpad(bx, x, sizeof x) == sizeof x &&
		  BN_bn2binpad(by, y, sizeof y) == sizeof y;

	BN_free(bx);
	BN_free(by);
	if (!ok)
		return yh_sm2_fail(YH_INTERNAL, "key-invalid", shortages, err);
	out[0] = 4;
	memcpy(out + 1, x, sizeof x);
	memcpy(out + 33, y, sizeof y);
	return YH_OK;
}

enum yh_rc yh_sm2_of_point(const unsigned char point[YH_SM2_POINT], struct yh_sm2 **out,
			   struct yh_err *err)
{
	char group[] = "SM2";
	unsigned char copy[YH_SM2_POINT];
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, copy, sizeof copy),
		OSSL_PARAM_construct_end(),
	};
	unsigned shortages = yh_shortages();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "SM2", NULL);
	EVP_PKEY *pkey = NULL;

	*out = NULL;
	memcpy(copy, point, sizeof copy);
	if (ctx && point[0] == 4 && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) == 1)
		*out = yh_sm2_wrap(pkey);
	EVP_PKEY_CTX_free(ctx);
	return *out ? YH_OK : yh_sm2_fail(YH_BAD_INPUT, "key-invalid", shortages, err);
}

enum yh_rc yh_sm2_encrypt(const struct yh_sm2 *k, const void *p, size_t n, unsigned char *out,
			  size_t *out_len, struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
	bool ok = ctx && EVP_PKEY_encrypt_init(ctx) == 1 &&
		  EVP_PKEY_encrypt(ctx, out, out_len, p, n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok ? YH_OK : yh_sm2_fail(YH_INTERNAL, "encryption", shortages, err);
}

enum yh_rc yh_sm2_decrypt(const struct yh_sm2 *k, const void *box, size_t n, unsigned char *out,
			  size_t *out_len, struct yh_err *err)
{
	unsigned shortages = yh_shortages();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(k->pkey, NULL);
	size_t need = 0;
	bool ok = ctx && EVP_PKEY_decrypt_init(ctx) == 1 &&
		  EVP_PKEY_decrypt(ctx, NULL, &need, box, n) == 1 && need <= *out_len &&
		  EVP_PKEY_decrypt(ctx, out, out_len, box, n) == 1;

	EVP_PKEY_CTX_free(ctx);
	return ok ? YH_OK : yh_sm2_fail(YH_BAD_INPUT, "box-invalid", shortages, err);
}
