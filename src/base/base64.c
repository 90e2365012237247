/* Base64. */
#include "base/base64.h"

const char *yh_base64(const void *p, size_t n, char *out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = p;
	char *o = out;

	for (size_t i = 0; i < n; i += 3) {
		unsigned v = (unsigned)s[i] << 16 | (i + 1 < n ? (unsigned)s[i + 1] << 8 : 0) |
			     (i + 2 < n ? s[i + 2] : 0);

		*o++ = letters[v >> 18];
		*o++ = letters[v >> 12 & 63];
		*o++ = i + 1 < n ? letters[v >> 6 & 63] : '=';
		*o++ = i + 2 < n ? letters[v & 63] : '=';
	}
	*o = 0;
	return out;
}
