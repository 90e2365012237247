/* A person's calendar behind a secret address. */
#include "services/identity/feed.h"

#include <string.h>

#include "services/identity/auth.h"
#include "services/identity/record.h"
#include "store/feed.h"

static struct yh_sm3 digest_of(const char *token)
{
	return yh_sm3_of(token, strlen(token));
}

enum yh_rc yh_feed_renew(struct yh_ctx *cx, char token[YH_TOKEN_TEXT], struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	struct yh_sm3 digest;
	enum yh_rc rc = yh_session_need(cx, err);

	yh_token_new(token);
	digest = digest_of(token);
	if (rc == YH_OK)
		rc = yh_feed_put(cx->tx, me, &digest, cx->now, err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "calendar.renewed", "person", me, NULL, NULL, err)
		       : rc;
}

static enum yh_rc end(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	enum yh_rc rc = yh_feed_end(cx->tx, person, err);

	return rc == YH_OK ? yh_identity_record(cx, "calendar.revoked", "person", person, NULL,
						NULL, err)
			   : rc;
}

enum yh_rc yh_feed_revoke(struct yh_ctx *cx, struct yh_err *err)
{
	return end(cx, &cx->actor->person, err);
}

enum yh_rc yh_feed_shut(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	enum yh_rc rc = end(cx, person, err);

	if (rc != YH_NOT_FOUND)
		return rc;
	yh_err_clear(err);
	return YH_OK;
}

enum yh_rc yh_feed_open(struct yh_ctx *cx, const char *token, struct yh_actor **out,
			struct yh_err *err)
{
	struct yh_sm3 digest = digest_of(token);
	struct yh_person_row p;
	struct yh_id person;
	enum yh_rc rc = yh_feed_person(cx->tx, &digest, &person, err);

	if (rc == YH_OK)
		rc = yh_person_load(cx->tx, &person, cx->arena, &p, err);
	if (rc == YH_OK && !yh_person_works(&p, yh_ctx_today(cx)))
		rc = yh_fail(err, YH_NOT_FOUND, "feed-unknown");
	return rc == YH_OK
		       ? yh_auth_person(cx->tx, &p, cx->now, "read", "feed", cx->arena, out, err)
		       : rc;
}
