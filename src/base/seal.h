/* Small secrets that must be read again, kept in the store under a key that is not in the store:
 * SM4-CTR, then HMAC-SM3 over everything (encrypt then MAC), each under a key of its own derived
 * from the sealing key. A sealed text is bound to what it belongs to (`about`), so that one cannot
 * be put in another's place. */
#ifndef YH_BASE_SEAL_H
#define YH_BASE_SEAL_H

#include "base/digest.h"

enum { YH_SEAL_KEY = 32, YH_SEAL_EXTRA = 16 + YH_SM3_BYTES, YH_SEAL_MAX = 4096 };
enum { YH_SEAL_MOST = 64 << 20 }; /* bytes in one sealed text */

/* What is derived from a sealing key; wipe it after use. */
struct yh_sealing {
	unsigned char sm4[16], hmac[YH_SM3_BYTES];
};
void yh_sealing_init(struct yh_sealing *s, const unsigned char key[YH_SEAL_KEY]);

/* `out` holds n + YH_SEAL_EXTRA bytes; n <= YH_SEAL_MOST. */
YH_CHECK enum yh_rc yh_seal(const struct yh_sealing *s, const void *about, size_t about_len,
			    const void *p, size_t n, unsigned char *out, struct yh_err *err);
/* `out` holds n - YH_SEAL_EXTRA bytes. INTERNAL "seal-broken" when it was changed, belongs
 * elsewhere or the key is another. */
YH_CHECK enum yh_rc yh_unseal(const struct yh_sealing *s, const void *about, size_t about_len,
			      const void *sealed, size_t n, unsigned char *out, struct yh_err *err);

#endif
