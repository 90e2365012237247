/* Outgoing HTTP through libcurl: one request, bounded in time and size. */
#ifndef YH_NET_CLIENT_H
#define YH_NET_CLIENT_H

#include <stdatomic.h>
#include <stdio.h>

#include "base/buf.h"
#include "net/guard.h"

/* A connection kept from call to call; used by one thread at a time. */
struct yh_http_line;
struct yh_http_line *yh_http_line_new(void); /* NULL without memory */
void yh_http_line_free(struct yh_http_line *line);

struct yh_http_call {
	const char *method, *url;
	const char *const *headers; /* "Name: value", ends with NULL; may be NULL */
	const void *body;           /* NULL: none */
	size_t body_bytes;          /* 0: the body is text that ends with NUL */
	FILE *send;                 /* in place of `body`: read to its end; NULL: none */
	int64_t send_bytes;         /* how much that is */
	struct yh_http_line *line;  /* NULL: a connection for this call only */
	/* Never sent a second time: libcurl repeats what got no answer on a connection that was
	 * kept, a POST, too. On a new connection it does not. */
	bool once;
	unsigned timeout_s;     /* 0: 60 */
	size_t reply_max_bytes; /* 0: 64 MiB */
	FILE *save; /* where the body of a good reply (200) goes, of any size; NULL: into `body` */
	/* Where others chose the address, NULL for our own: only what the guard admits is connected
	 * to, directly (no proxy). A line that is called with a guard is called with no other. */
	const struct yh_guard *guard;
	const atomic_bool *stop; /* set meanwhile: fails within a second or two; NULL: never */
	const char *ca_file;     /* certificates to trust besides the system's own; NULL: none */
	const char *cert_file, *key_file; /* what the client shows for itself; NULL: nothing */
	const char *keep_header;          /* the reply's header that goes into `kept`; NULL: none */
};
enum { YH_HTTP_KEPT = 8192 };
struct yh_http_answer {
	long status;        /* 0: none came; set also when the body was too large or did not end */
	struct yh_buf body; /* yh_buf_done by the caller, also after a failure */
	char content_type[64];
	int64_t retry_after_s; /* as the answer says; 0: it does not */
	char *kept;            /* the header asked for, NULL without one; free() it */
};
/* BUSY "server-unreachable" (figure detail) when no answer came, or memory was short for it;
 * TOO_LARGE "reply-too-large", also for a header to be kept that is longer than YH_HTTP_KEPT;
 * FORBIDDEN "hook-address-refused" (figure address) when the guard admits no address of the host;
 * STORAGE "file-unwritable" (figure detail) when `save` cannot take it.
 * Any status is YH_OK. Redirects are not followed. */
YH_CHECK enum yh_rc yh_http_call(const struct yh_http_call *call, struct yh_http_answer *out,
				 struct yh_err *err);
/* Percent-encodes a path segment or query value; free() it, NULL without memory. */
char *yh_http_escape(const char *text);

#endif
