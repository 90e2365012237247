/* Scaled integers. */
#include "base/num.h"

#include <stdio.h>
#include <string.h>

enum yh_rc yh_scaled_parse(const char *text, unsigned scale, int64_t *out, struct yh_err *err)
{
	const char *p = text;
	bool negative = *p == '-', point = false;
	unsigned places = 0, seen = 0;
	int64_t v = 0;

	for (p += negative; *p; p++) {
		if (*p == '.' && !point && seen > 0) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9' || (point && ++places > scale) ||
		    __builtin_mul_overflow(v, 10, &v) ||
		    __builtin_sub_overflow(v, *p - '0', &v)) /* negative holds one more */
			goto bad;
		seen++;
	}
	if (seen == 0 || (point && places == 0))
		goto bad;
	for (; places < scale; places++)
		if (__builtin_mul_overflow(v, 10, &v))
			goto bad;
	if (!negative && __builtin_sub_overflow(0, v, &v))
		goto bad;
	*out = v;
	return YH_OK;
bad:
	(void)yh_fail(err, YH_BAD_INPUT, "number-invalid");
	yh_err_text(err, "text", text);
	return YH_BAD_INPUT;
}

const char *yh_scaled_text(int64_t v, unsigned scale, char out[YH_SCALED_TEXT])
{
	uint64_t u = v < 0 ? -(uint64_t)v : (uint64_t)v;
	char text[YH_SCALED_TEXT], *end = text + sizeof text - 1, *p = end;

	*p = 0;
	while (scale > 0 && u % 10 == 0) {
		u /= 10;
		scale--;
	}
	for (; scale > 0; scale--) {
		*--p = (char)('0' + u % 10);
		u /= 10;
	}
	if (p != end)
		*--p = '.';
	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(end - p) + 1);
	return out;
}

const char *yh_fen_text(int64_t fen, char out[YH_SCALED_TEXT])
{
	uint64_t u = fen < 0 ? -(uint64_t)fen : (uint64_t)fen;

	(void)snprintf(out, YH_SCALED_TEXT, "%s%llu.%02u", fen < 0 ? "-" : "",
		       (unsigned long long)(u / 100), (unsigned)(u % 100));
	return out;
}

bool yh_add_i64(int64_t a, int64_t b, int64_t *out)
{
	return !__builtin_add_overflow(a, b, out);
}

bool yh_mul_i64(int64_t a, int64_t b, int64_t *out)
{
	return !__builtin_mul_overflow(a, b, out);
}
