/* QR codes as SVG, one path of all dark modules, and in half blocks. */
#include "export/qr.h"

#include <qrencode.h>

enum { QUIET = 4 };

enum yh_rc yh_qr_svg(const char *text, struct yh_buf *out, struct yh_err *err)
{
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	int side;

	if (!qr)
		return yh_fail(err, YH_TOO_LARGE, "qr-too-long");
	side = qr->width + 2 * QUIET;
	yh_buf_printf(out,
		      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
		      " shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/>"
		      "<path fill=\"#000\" d=\"",
		      side, side, side, side);
	for (int y = 0; y < qr->width; y++)
		for (int x = 0; x < qr->width; x++)
			if (qr->data[y * qr->width + x] & 1)
				yh_buf_printf(out, "M%d %dh1v1h-1z", x + QUIET, y + QUIET);
	yh_buf_str(out, "\"/></svg>");
	QRcode_free(qr);
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "qr-too-long");
}

static bool is_dark(const QRcode *qr, int x, int y)
{
	return x >= 0 && y >= 0 && x < qr->width && y < qr->width &&
	       qr->data[y * qr->width + x] & 1;
}

enum yh_rc yh_qr_text(const char *text, struct yh_buf *out, struct yh_err *err)
{
	static const char *const halves[] = { " ", "▄", "▀", "█" }; /* lower, upper */
	QRcode *qr = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_L);

	if (!qr)
		return yh_fail(err, YH_TOO_LARGE, "qr-too-long");
	for (int y = -2; y < qr->width + 2; y += 2) {
		yh_buf_str(out, "\033[30;107m");
		for (int x = -2; x < qr->width + 2; x++)
			yh_buf_str(out, halves[is_dark(qr, x, y) * 2 + is_dark(qr, x, y + 1)]);
		yh_buf_str(out, "\033[0m\n");
	}
	QRcode_free(qr);
	return yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "qr-too-long");
}
