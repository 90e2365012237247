/* One-time codes that change with time: RFC 6238 (HMAC-SHA-1, steps of 30 s, as telephones have it)
 * and GM/T 0021 (SM3, steps of 60 s, as domestic tokens have it); six digits. Pure. */
#ifndef YH_BASE_OTP_H
#define YH_BASE_OTP_H

#include "base/time.h"

enum yh_otp_kind { YH_OTP_SHA1, YH_OTP_SM3 };
enum { YH_OTP_KEY = 20, YH_OTP_KEY_TEXT = 33, YH_OTP_CODE = 7 };

const char *yh_otp_kind_name(enum yh_otp_kind kind); /* "sha1", "sm3" */
bool yh_otp_kind_parse(const char *name, enum yh_otp_kind *out);

int64_t yh_otp_step_s(enum yh_otp_kind kind);
/* The step that an instant is in. */
int64_t yh_otp_step(enum yh_otp_kind kind, yh_time now);
/* The code of a step. False for a key of more than 64 bytes or none, and before 1970. */
YH_CHECK bool yh_otp_code(enum yh_otp_kind kind, const unsigned char *key, size_t key_len,
			  int64_t step, char out[YH_OTP_CODE]);

/* A key as it is typed: base32, upper case, without padding. */
void yh_otp_key_text(const unsigned char key[YH_OTP_KEY], char out[YH_OTP_KEY_TEXT]);
/* Takes lower case and blanks, too; false when it is not such a text. */
bool yh_otp_key_parse(const char *text, unsigned char key[YH_OTP_KEY]);

#endif
