/* Known answers. */
#include "base/selftest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "base/seal.h"

static bool same_hex(const void *p, size_t n, const char *known)
{
	char hex[2 * 64 + 1];

	return n <= 64 && strcmp(yh_hex(p, n, hex), known) == 0;
}

/* GM/T 0004, appendix A. */
static bool sm3_short(void)
{
	struct yh_sm3 d = yh_sm3_of("abc", 3);

	return same_hex(d.b, sizeof d.b,
			"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

static bool sm3_long(void)
{
	char text[65] = "";
	struct yh_sm3 d;

	for (int i = 0; i < 16; i++)
		memcpy(text + 4 * i, "abcd", 4);
	d = yh_sm3_of(text, 64);
	return same_hex(d.b, sizeof d.b,
			"debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

/* GM/T 0002, appendix A: the key is the text. */
static bool sm4_block(void)
{
	unsigned char key[16], out[32];
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *sm4 = EVP_CIPHER_fetch(NULL, "SM4-ECB", NULL);
	int n = 0;
	bool ok = yh_unhex("0123456789abcdeffedcba9876543210", key, sizeof key) && ctx && sm4 &&
		  EVP_EncryptInit_ex2(ctx, sm4, key, NULL, NULL) == 1 &&
		  EVP_EncryptUpdate(ctx, out, &n, key, sizeof key) == 1 && n == 16 &&
		  same_hex(out, 16, "681edf34d206965e86b3e94f536e4246");

	EVP_CIPHER_free(sm4);
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

/* RFC 2104 by its definition, over the SM3 that was just checked. */
static bool hmac_sm3(void)
{
	static const char key[] = "0123456789abcdef", text[] = "yunheng";
	unsigned char inner[64 + sizeof text - 1], outer[64 + YH_SM3_BYTES];
	struct yh_sm3 d, h = yh_hmac_sm3(key, sizeof key - 1, text, sizeof text - 1);

	memset(inner, 0x36, 64);
	memset(outer, 0x5c, 64);
	for (size_t i = 0; i < sizeof key - 1; i++) {
		inner[i] ^= (unsigned char)key[i];
		outer[i] ^= (unsigned char)key[i];
	}
	memcpy(inner + 64, text, sizeof text - 1);
	d = yh_sm3_of(inner, sizeof inner);
	memcpy(outer + 64, d.b, sizeof d.b);
	d = yh_sm3_of(outer, sizeof outer);
	return memcmp(d.b, h.b, sizeof d.b) == 0;
}

/* RFC 4231, case 2. */
static bool hmac_sha256(void)
{
	static const char text[] = "what do ya want for nothing?";
	unsigned char out[YH_SHA256_BYTES];

	yh_hmac_sha256("Jefe", 4, text, sizeof text - 1, out);
	return same_hex(out, sizeof out,
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/* RFC 4226, appendix D, counter 0: what one-time codes are made of. */
static bool hmac_sha1(void)
{
	static const unsigned char counter[8];
	unsigned char out[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	return HMAC(EVP_sha1(), "12345678901234567890", 20, counter, sizeof counter, out, &n) &&
	       n == 20 && same_hex(out, n, "cc93cf18508d94934c64b65d8ba7667fb7cde4b0");
}

/* GM/T 0003.5: the signature of "message digest" on the recommended curve. */
static bool sm2_known(void)
{
	static const char point_hex[] =
		"0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
		"ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13";
	static const char sig_hex[] =
		"3046022100f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
		"022100b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa";
	static const char text[] = "message digest";
	unsigned char point[YH_SM2_POINT], sig[72];
	struct yh_sm2 *k = NULL;
	bool ok = yh_unhex(point_hex, point, sizeof point) && yh_unhex(sig_hex, sig, sizeof sig) &&
		  yh_sm2_of_point(point, &k, NULL) == YH_OK &&
		  yh_sm2_verify(k, text, sizeof text - 1, sig, sizeof sig) &&
		  !yh_sm2_verify(k, text, sizeof text - 2, sig, sizeof sig);

	yh_sm2_free(k);
	return ok;
}

static bool sm2_round(void)
{
	unsigned char sig[YH_SIG_MAX], box[3 + YH_SM2_BOX_MAX], out[sizeof box];
	struct yh_sm2 *k = yh_sm2_new(NULL);
	size_t len = 0, box_n = sizeof box, out_n = sizeof out;
	bool ok = k && yh_sm2_sign(k, "abc", 3, sig, &len, NULL) == YH_OK &&
		  yh_sm2_verify(k, "abc", 3, sig, len) && !yh_sm2_verify(k, "abd", 3, sig, len) &&
		  yh_sm2_encrypt(k, "abc", 3, box, &box_n, NULL) == YH_OK &&
		  yh_sm2_decrypt(k, box, box_n, out, &out_n, NULL) == YH_OK && out_n == 3 &&
		  memcmp(out, "abc", 3) == 0;

	yh_sm2_free(k);
	return ok;
}

static bool seal_round(void)
{
	static const unsigned char key[YH_SEAL_KEY] = { 1 };
	unsigned char sealed[7 + YH_SEAL_EXTRA], out[7];
	struct yh_sealing s;
	bool ok;

	yh_sealing_init(&s, key);
	ok = yh_seal(&s, "a", 1, "yunheng", 7, sealed, NULL) == YH_OK &&
	     yh_unseal(&s, "a", 1, sealed, sizeof sealed, out, NULL) == YH_OK &&
	     memcmp(out, "yunheng", 7) == 0 &&
	     yh_unseal(&s, "b", 1, sealed, sizeof sealed, out, NULL) != YH_OK;
	sealed[20] ^= 1;
	return ok && yh_unseal(&s, "a", 1, sealed, sizeof sealed, out, NULL) != YH_OK;
}

static bool randomness(void)
{
	unsigned char a[32], b[32];

	yh_random(a, sizeof a);
	yh_random(b, sizeof b);
	return memcmp(a, b, sizeof a) != 0;
}

static const struct yh_selftest tests[] = {
	{ "sm3", "GM/T 0004-2012 A.1", sm3_short },
	{ "sm3-block", "GM/T 0004-2012 A.2", sm3_long },
	{ "sm4-ecb", "GM/T 0002-2012 A.1", sm4_block },
	{ "hmac-sm3", "RFC 2104", hmac_sm3 },
	{ "hmac-sha256", "RFC 4231 4.3", hmac_sha256 },
	{ "hmac-sha1", "RFC 4226 D", hmac_sha1 },
	{ "sm2-verify", "GM/T 0003.5-2012 A.2", sm2_known },
	{ "sm2-sign-encrypt", "-", sm2_round },
	{ "sm4-ctr-hmac-sm3", "-", seal_round },
	{ "random", "-", randomness },
};

const struct yh_selftest *yh_selftests(size_t *n)
{
	*n = sizeof tests / sizeof tests[0];
	return tests;
}

enum yh_rc yh_crypto_selftest(struct yh_err *err)
{
	for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
		if (!tests[i].holds())
			return yh_fail_field(err, YH_INTERNAL, "crypto-selftest", tests[i].name);
	return YH_OK;
}
