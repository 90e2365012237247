/* Codes from a key and the time. */
#include "base/otp.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/digest.h"
#include "base/mem.h"

static const char *const names[] = { [YH_OTP_SHA1] = "sha1", [YH_OTP_SM3] = "sm3" };
static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

enum { STEP_SHA1_S = 30, STEP_SM3_S = 60, CODES = 1000000 };

const char *yh_otp_kind_name(enum yh_otp_kind kind)
{
	return names[kind];
}

bool yh_otp_kind_parse(const char *name, enum yh_otp_kind *out)
{
	for (size_t i = 0; i < YH_LEN(names); i++)
		if (strcmp(names[i], name) == 0) {
			*out = (enum yh_otp_kind)i;
			return true;
		}
	return false;
}

int64_t yh_otp_step_s(enum yh_otp_kind kind)
{
	return kind == YH_OTP_SM3 ? STEP_SM3_S : STEP_SHA1_S;
}

int64_t yh_otp_step(enum yh_otp_kind kind, yh_time now)
{
	return now / YH_US_PER_S / yh_otp_step_s(kind);
}

static uint32_t word_at(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* RFC 4226, 5.3. */
static uint32_t of_sha1(const unsigned char *key, size_t n, const unsigned char counter[8])
{
	unsigned char mac[YH_SHA1_BYTES];

	yh_hmac_sha1(key, n, counter, 8, mac);
	return word_at(mac + (mac[19] & 15)) & 0x7fffffff;
}

/* GM/T 0021: SM3 of the key and an identifier of 128 bits, of which we use the time alone; the
 * digest's eight words are summed. */
static uint32_t of_sm3(const unsigned char *key, size_t n, const unsigned char counter[8])
{
	unsigned char text[64 + 16] = { 0 };
	uint32_t sum = 0;
	struct yh_sm3 d;

	memcpy(text, key, n);
	memcpy(text + n, counter, 8);
	d = yh_sm3_of(text, n + 16);
	for (size_t i = 0; i < sizeof d.b; i += 4)
		sum += word_at(d.b + i);
	explicit_bzero(text, sizeof text);
	return sum;
}

bool yh_otp_code(enum yh_otp_kind kind, const unsigned char *key, size_t key_len, int64_t step,
		 char out[YH_OTP_CODE])
{
	unsigned char counter[8];
	uint32_t n;

	if (key_len == 0 || key_len > 64 || step < 0)
		return false;
	for (int i = 0; i < 8; i++)
		counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
	n = kind == YH_OTP_SM3 ? of_sm3(key, key_len, counter) : of_sha1(key, key_len, counter);
	(void)snprintf(out, YH_OTP_CODE, "%06" PRIu32, n % CODES);
	return true;
}

void yh_otp_key_text(const unsigned char key[YH_OTP_KEY], char out[YH_OTP_KEY_TEXT])
{
	for (size_t i = 0; i < YH_OTP_KEY_TEXT - 1; i++) {
		size_t bit = i * 5, at = bit / 8;
		unsigned two = (unsigned)key[at] << 8 | (at + 1 < YH_OTP_KEY ? key[at + 1] : 0);

		out[i] = letters[two >> (11 - bit % 8) & 31];
	}
	out[YH_OTP_KEY_TEXT - 1] = 0;
}

bool yh_otp_key_parse(const char *text, unsigned char key[YH_OTP_KEY])
{
	size_t n = 0;

	memset(key, 0, YH_OTP_KEY);
	for (; *text; text++) {
		char c = *text >= 'a' && *text <= 'z' ? (char)(*text - 'a' + 'A') : *text;
		const char *at = strchr(letters, c);
		size_t bit = n * 5;

		if (c == ' ')
			continue;
		if (!at || n == YH_OTP_KEY_TEXT - 1)
			return false;
		for (size_t i = 0; i < 5; i++, bit++)
			if ((at - letters) >> (4 - i) & 1)
				key[bit / 8] |= (unsigned char)(128 >> bit % 8);
		n++;
	}
	return n == YH_OTP_KEY_TEXT - 1;
}
