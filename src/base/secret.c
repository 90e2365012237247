/* Password hashes; apart from the digests, for a program without passwords needs no argon2. */
#include <argon2.h>
#include <string.h>

#include "base/digest.h"
#include "base/shortage.h"

enum yh_rc yh_secret_hash(const char *password, char out[YH_SECRET_TEXT], struct yh_err *err)
{
	unsigned char salt[16];
	int told;

	yh_random(salt, sizeof salt);
	told = argon2id_hash_encoded(2, 19 * 1024, 1, password, strlen(password), salt, sizeof salt,
				     32, out, YH_SECRET_TEXT);
	if (told == ARGON2_MEMORY_ALLOCATION_ERROR)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return told == ARGON2_OK ? YH_OK : yh_fail(err, YH_INTERNAL, "secret-hash");
}

/* Of all there is this asks for most, and a password is not wrong for the lack of it. */
bool yh_secret_verify(const char *encoded, const char *password)
{
	int told = argon2id_verify(encoded, password, strlen(password));

	if (told == ARGON2_MEMORY_ALLOCATION_ERROR)
		(void)yh_shortage();
	return told == ARGON2_OK;
}
