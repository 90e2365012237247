/* QR codes as pictures. */
#ifndef YH_EXPORT_QR_H
#define YH_EXPORT_QR_H

#include "base/buf.h"
#include "base/err.h"

/* An SVG of `text`, black on white with its quiet zone, that scales to its frame. TOO_LARGE
 * "qr-too-long". */
YH_CHECK enum yh_rc yh_qr_svg(const char *text, struct yh_buf *out, struct yh_err *err);

#endif
