/* Strict reading of a request's head: what the HTTP library lets through and we do not. Pure. */
#ifndef YH_HTTP_GUARD_H
#define YH_HTTP_GUARD_H

#include "base/err.h"

enum { YH_HEADERS_MAX = 64, YH_URI_MAX = 8192 };

struct yh_header {
	const char *name, *value;
};

/* As it came over the wire. */
struct yh_head {
	const char *method, *uri, *version;
	struct yh_header headers[YH_HEADERS_MAX];
	size_t n;
	bool too_many; /* there were more than fit */
	bool broken;   /* its lines are not what the library made of them */
};

/* What the server uses of it; borrowed from the head, NULL when absent. */
struct yh_wanted {
	const char *authorization, *cookie, *csrf, *idempotency_key, *if_match, *if_none_match,
		*accept_language, *request_id, *forwarded_for, *content_type, *content_encoding,
		*last_event_id;
	bool has_body, has_length;
	int gzip, any; /* weights in Accept-Encoding, in thousandths; -1: not named */
	int64_t content_length;
};

/* Checks the head; returns 0, or the HTTP status to refuse with and `err` filled:
 * 400 "header-invalid", "header-duplicate" (figure header), "framing-ambiguous", "host-missing",
 * "uri-invalid"; 411 "length-required" for any transfer coding: every body of this API has a known
 * length, and the ways of writing chunks are too many; 414 "uri-too-long"; 417
 * "expectation-unknown"; 431 "headers-too-many"; 505 "version-unknown". */
YH_CHECK int yh_guard_head(const struct yh_head *h, struct yh_wanted *out, struct yh_err *err);

/* Whether the client takes gzip. */
bool yh_guard_gzip(const struct yh_wanted *w);

/* Whether an If-None-Match names `etag`, in whatever strength. */
bool yh_guard_none_match(const char *if_none_match, const char *etag);

/* Checks the body's announcement against the bound: 400 "body-unexpected" (when `admitted` is
 * false), 413 "body-too-large" (figure max), 415 "media-type-unsupported" or
 * "encoding-unsupported" (figure admitted). */
YH_CHECK int yh_guard_body(const struct yh_wanted *w, bool admitted, size_t max_bytes,
			   struct yh_err *err);

/* The same for a body of bytes, which must announce its length: 411 "length-required"; 415
 * "media-type-other" (figure admitted) for a type it does not name. *type is the index of the one
 * that was sent, *encoding the coding. */
struct yh_raw;
YH_CHECK int yh_guard_raw(const struct yh_wanted *w, const struct yh_raw *raw, unsigned *type,
			  const char **encoding, struct yh_err *err);

#endif
