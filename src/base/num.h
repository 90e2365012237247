/* Scaled integers: quantities in thousandths, prices in millionths of a yuan, money in fen. */
#ifndef YH_BASE_NUM_H
#define YH_BASE_NUM_H

#include "base/err.h"

/* Largest quantity and price admitted anywhere, so that sums and products stay in range. */
#define YH_QTY_MILLI_MAX INT64_C(1000000000000000) /* 10^12 units */

/* Reads a decimal such as "12", "0.5", "-3.25" exactly at `scale` digits behind the point (0..9).
 * More digits than the scale holds, an exponent, blanks or overflow: BAD_INPUT "number-invalid". */
YH_CHECK enum yh_rc yh_scaled_parse(const char *text, unsigned scale, int64_t *out,
				    struct yh_err *err);

enum { YH_SCALED_TEXT = 32 };
/* Exact text without trailing zeros: (1500, 3) -> "1.5". */
const char *yh_scaled_text(int64_t v, unsigned scale, char out[YH_SCALED_TEXT]);
/* An amount of money in yuan, as people write it: 150 -> "1.50". */
const char *yh_fen_text(int64_t fen, char out[YH_SCALED_TEXT]);

/* false when the result does not fit */
YH_CHECK bool yh_add_i64(int64_t a, int64_t b, int64_t *out);
YH_CHECK bool yh_mul_i64(int64_t a, int64_t b, int64_t *out);

#endif
