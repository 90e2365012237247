/* A sign-in that goes on at an issuer: the browser keeps a cookie of it meanwhile, which scripts do
 * not see, other sites do not send, and the API alone gets. */
#ifndef YH_HTTP_FLOW_H
#define YH_HTTP_FLOW_H

#include "http/op.h"

#define YH_FLOW_GONE "-" /* no cookie is this */

/* The cookie that came with the request, in its arena; NULL: none, or no proper one. BAD_INPUT
 * "credentials-twice". */
YH_CHECK enum yh_rc yh_req_flow(struct yh_req *rq, const char **out, struct yh_err *err);
/* Has the reply set it for ten minutes; NULL: take it away. A reply that fails does not. */
void yh_req_flow_set(struct yh_req *rq, const char *cookie);

#endif
