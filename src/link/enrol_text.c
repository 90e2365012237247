/* Codes, and what is signed when a district enrols. */
#include "link/enrol_text.h"

#include <stdio.h>
#include <string.h>

enum { SECRET = YH_TOKEN_TEXT - 1, FINGER_HEX = 2 * LINK_FINGER };

const char *yh_link_code_text(const struct yh_link_code *c, char out[YH_LINK_CODE_TEXT])
{
	char hex[FINGER_HEX + 1];

	(void)snprintf(out, YH_LINK_CODE_TEXT, "yhl1-%s-%s", c->secret,
		       yh_hex(c->finger, LINK_FINGER, hex));
	return out;
}

enum yh_rc yh_link_code_parse(const char *text, struct yh_link_code *out, struct yh_err *err)
{
	*out = (struct yh_link_code){ 0 };
	if (strlen(text) != YH_LINK_CODE_TEXT - 1 || strncmp(text, "yhl1-", 5) != 0 ||
	    text[5 + SECRET] != '-' ||
	    strspn(text + 5, "abcdefghijklmnopqrstuvwxyz234567") != SECRET ||
	    !yh_unhex(text + 5 + SECRET + 1, out->finger, LINK_FINGER))
		return yh_fail_field(err, YH_BAD_INPUT, "link-code-invalid", "/code");
	memcpy(out->secret, text + 5, SECRET);
	return YH_OK;
}

void yh_link_finger(const unsigned char point[YH_SM2_POINT], unsigned char out[LINK_FINGER])
{
	struct yh_sm3 d = yh_sm3_of(point, YH_SM2_POINT);

	memcpy(out, d.b, LINK_FINGER);
}

size_t yh_link_asked(const char *point, const char *box, const unsigned char city[YH_SM2_POINT],
		     char out[LINK_ASKED_TEXT])
{
	char hex[YH_LINK_POINT_HEX + 1];

	return (size_t)snprintf(out, LINK_ASKED_TEXT, "yunheng-link-enrol 1\n%s\n%s\n%s\n", point,
				box, yh_hex(city, YH_SM2_POINT, hex));
}

size_t yh_link_answered(const struct yh_link_enrolled *e, const struct yh_sm3 *request,
			char out[LINK_ANSWERED_TEXT])
{
	char hex[YH_SM3_HEX], id[YH_ID_TEXT];

	return (size_t)snprintf(out, LINK_ANSWERED_TEXT,
				"yunheng-link-enrolled 1\n%s\n%s\n%s\n%s\n%s\n",
				yh_id_text(&e->peer, id), e->district, e->cloud, e->municipal,
				yh_hex(request->b, YH_SM3_BYTES, hex));
}
