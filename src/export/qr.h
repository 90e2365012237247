/* QR codes as pictures and as text. */
#ifndef YH_EXPORT_QR_H
#define YH_EXPORT_QR_H

#include "base/buf.h"
#include "base/err.h"

/* An SVG of `text`, black on white with its quiet zone, that scales to its frame. TOO_LARGE
 * "qr-too-long". */
YH_CHECK enum yh_rc yh_qr_svg(const char *text, struct yh_buf *out, struct yh_err *err);
/* For a terminal: two rows of modules a line, dark on a light ground whatever the terminal's
 * colours are. */
YH_CHECK enum yh_rc yh_qr_text(const char *text, struct yh_buf *out, struct yh_err *err);

#endif
