/* Password hashes; apart from the digests, for a program without passwords needs no argon2. */
#include <argon2.h>
#include <string.h>

#include "base/digest.h"

enum yh_rc yh_secret_hash(const char *password, char out[YH_SECRET_TEXT], struct yh_err *err)
{
	unsigned char salt[16];

	yh_random(salt, sizeof salt);
	if (argon2id_hash_encoded(2, 19 * 1024, 1, password, strlen(password), salt, sizeof salt,
				  32, out, YH_SECRET_TEXT) != ARGON2_OK)
		return yh_fail(err, YH_INTERNAL, "secret-hash");
	return YH_OK;
}

bool yh_secret_verify(const char *encoded, const char *password)
{
	return argon2id_verify(encoded, password, strlen(password)) == ARGON2_OK;
}
