/* Base64 (RFC 4648, with padding). */
#ifndef YH_BASE_BASE64_H
#define YH_BASE_BASE64_H

#include <stddef.h>

#define YH_BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* `out` holds YH_BASE64_LEN(n) + 1; returns it. */
const char *yh_base64(const void *p, size_t n, char *out);

#endif
