/* What the files about SM2 share; nobody else includes this. */
#ifndef YH_BASE_SM2_KEY_H
#define YH_BASE_SM2_KEY_H

#include <openssl/evp.h>

#include "base/digest.h"

struct yh_sm2 {
	EVP_PKEY *pkey;
};

/* Takes the key over, also when memory is short: then NULL. */
struct yh_sm2 *yh_sm2_wrap(EVP_PKEY *pkey);

/* `rc` and `slug`, or TOO_LARGE "memory-short" when that ran short since there were so many
 * shortages: OpenSSL returns the same for both. */
enum yh_rc yh_sm2_fail(enum yh_rc rc, const char *slug, unsigned shortages, struct yh_err *err);

#endif
