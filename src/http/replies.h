/* What a call is answered with, by the files that make it; part of http/internal.h. */
#ifndef YH_HTTP_REPLIES_H
#define YH_HTTP_REPLIES_H

#include <microhttpd.h>

#include "http/op.h"

struct call;
struct yh_server;

/* reply.c */
enum MHD_Result yh_call_reply(struct call *c);
/* One more header, none without a value; what memory is short for is counted (base/shortage.h). */
void yh_reply_add(struct MHD_Response *r, const char *name, const char *value);

/* listing.c */
/* Whether the query asks for a list as a file. */
YH_CHECK bool yh_listing_asked(const struct yh_op *op, const char *query);
/* Runs the operation page after page, and makes what it replies the file. */
YH_CHECK enum yh_rc yh_listing_make(struct call *c, struct yh_err *err);

/* console.c */
/* Whether a path that is no operation's is one of the console: sets c->page. */
YH_CHECK bool yh_console_find(struct call *c, size_t path_len);
/* The page with its headers; sets c->status. NULL without memory. */
struct MHD_Response *yh_console_response(struct call *c);

/* builtin.c: /healthz, /readyz, /metrics, /api/v1/openapi.json */
extern const struct yh_op_table yh_http_builtins;
void yh_described_free(struct yh_server *s);

#endif
