/* Outgoing mail through libcurl: one server, one mail at a time. */
#ifndef YH_NET_SMTP_H
#define YH_NET_SMTP_H

#include "base/err.h"

struct yh_smtp_config {
	const char *url;      /* "smtp://host:587", "smtps://host:465" */
	const char *user;     /* NULL: no sign-in */
	const char *password; /* with user */
	const char *ca_file;  /* certificates to trust besides the system's own; NULL: none */
	bool plain;           /* smtp:// without STARTTLS is accepted */
};
/* BAD_INPUT "smtp-url" unless the URL is one of the above, without a user in it. */
YH_CHECK enum yh_rc yh_smtp_check(const struct yh_smtp_config *cfg, struct yh_err *err);

/* A connection kept from mail to mail; used by one thread at a time. NULL without memory. */
struct yh_smtp;
struct yh_smtp *yh_smtp_new(const struct yh_smtp_config *cfg); /* borrowed */
void yh_smtp_free(struct yh_smtp *s);

struct yh_smtp_answer {
	long code;       /* the server's last, 0 without one */
	bool of_message; /* this mail, or its receiver, was refused; not the server's own trouble */
};
/* REFUSED "mail-refused": the server will never take this mail (figure code). BUSY
 * "mail-server-trouble" (figures code, detail): it was away, refused us, spoke no TLS, or asked to
 * come back later. A mail that the server took although its answer was lost is BUSY, too: it will
 * come twice. */
YH_CHECK enum yh_rc yh_smtp_send(struct yh_smtp *s, const char *from, const char *to,
				 const char *mail, size_t mail_bytes, struct yh_smtp_answer *out,
				 struct yh_err *err);

#endif
