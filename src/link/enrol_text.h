/* The texts that both sides of an enrolment sign; nobody outside of this room includes this. */
#ifndef YH_LINK_ENROL_TEXT_H
#define YH_LINK_ENROL_TEXT_H

#include "link/enrol.h"

enum { LINK_FINGER = 20, LINK_ASKED_TEXT = 1024, LINK_ANSWERED_TEXT = 512 };

struct yh_link_code {
	char secret[YH_TOKEN_TEXT];
	unsigned char finger[LINK_FINGER];
};
const char *yh_link_code_text(const struct yh_link_code *c, char out[YH_LINK_CODE_TEXT]);
/* BAD_INPUT "link-code-invalid". */
YH_CHECK enum yh_rc yh_link_code_parse(const char *text, struct yh_link_code *out,
				       struct yh_err *err);
void yh_link_finger(const unsigned char point[YH_SM2_POINT], unsigned char out[LINK_FINGER]);
size_t yh_link_asked(const char *point, const char *box, const unsigned char city[YH_SM2_POINT],
		     char out[LINK_ASKED_TEXT]);
size_t yh_link_answered(const struct yh_link_enrolled *e, const struct yh_sm3 *request,
			char out[LINK_ANSWERED_TEXT]);

#endif
