/* Mail as bytes (RFC 5322, 2045, 2047): one text in UTF-8 to one address. What others wrote ends up
 * inside encoded words or base64, so that no text can become a header. */
#ifndef YH_NET_MIME_H
#define YH_NET_MIME_H

#include "base/buf.h"

enum { YH_MAIL_MAX = 254 }; /* characters of an address */

/* local@domain in ASCII: a dot-atom of at most 64 characters, and a domain of at least two labels.
 */
bool yh_mail_address(const char *text);

struct yh_mail {
	const char *from, *from_name; /* an address; a name, or NULL */
	const char *to;
	const char *subject; /* control characters become blanks; cut at 200 characters */
	const char *id;      /* what stands before the @ of the Message-ID, same at each try */
	const char *lang;    /* zh or en, may be NULL */
	const char *text;    /* lines end with \n */
	yh_time date;
};
/* Lines end with CRLF, and none is longer than 78 characters but that of a long address. Asserts
 * that both addresses are. */
void yh_mail_write(const struct yh_mail *m, struct yh_buf *out);

#endif
