/* A person's calendar, read by programs that cannot sign in: whoever knows its secret address sees
 * the deadlines of that person, and nothing else, until the address is renewed or revoked. */
#ifndef YH_SERVICES_IDENTITY_FEED_H
#define YH_SERVICES_IDENTITY_FEED_H

#include "base/digest.h"
#include "cases/context.h"

/* A new secret for the actor, who asks in a session; the one before ends. */
YH_CHECK enum yh_rc yh_feed_renew(struct yh_ctx *cx, char token[YH_TOKEN_TEXT], struct yh_err *err);
/* NOT_FOUND "feed-none". */
YH_CHECK enum yh_rc yh_feed_revoke(struct yh_ctx *cx, struct yh_err *err);
/* Ends another's, if they have one: with a new password nobody looks in by what was left behind. */
YH_CHECK enum yh_rc yh_feed_shut(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err);
/* The person behind a secret, with the grants in force today. NOT_FOUND "feed-unknown", also when
 * the account is closed. */
YH_CHECK enum yh_rc yh_feed_open(struct yh_ctx *cx, const char *token, struct yh_actor **out,
				 struct yh_err *err);

#endif
