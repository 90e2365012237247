/* Printing the key of a second factor: what a device scans, or a person types. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd.h"
#include "cmd/remote.h"
#include "export/qr.h"

enum { QR_BYTES = 64 * 1024 };

enum yh_exit yh_print_key(const json_t *reply, const char *lang)
{
	const char *uri = yh_json_text(reply, "uri"), *key = yh_json_text(reply, "key");
	bool en = strcmp(lang, "en") == 0;
	struct yh_err err = { 0 };
	struct yh_buf qr;
	enum yh_rc rc;

	yh_buf_init(&qr, QR_BYTES);
	rc = yh_qr_text(uri ? uri : "", &qr, &err);
	if (rc == YH_OK)
		(void)fputs(yh_buf_text(&qr), stdout);
	yh_buf_done(&qr);
	if (rc != YH_OK)
		return yh_cmd_fail(&err);
	(void)printf("%s%s\n%s\n%s\n", en ? "Key: " : "密钥：", key ? key : "", uri ? uri : "",
		     en ? "Confirm it with a code of the device: yunheng second-factor confirm"
			: "用设备显示的动态口令确认：yunheng second-factor confirm");
	return YH_EXIT_OK;
}
