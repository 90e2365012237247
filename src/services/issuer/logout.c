/* Signing out at the issuer, too, and being signed out by it. */
#include <string.h>

#include "base/mem.h"
#include "net/client.h"
#include "services/identity/record.h"
#include "services/issuer/internal.h"

enum { KEPT_S = 25 * 3600 }; /* longer than any logout token holds */

enum yh_rc yh_issuer_of_session(struct yh_ctx *cx, const struct yh_issuer **out, struct yh_err *err)
{
	struct yh_issuer_session session;
	struct yh_err lower = { 0 };
	enum yh_rc rc =
		yh_issuer_session_load(cx->tx, &cx->actor->token, cx->arena, &session, &lower);

	*out = rc == YH_OK ? yh_issuer_of(cx->world->issuers, session.issuer) : NULL;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = lower;
	return rc;
}

enum yh_rc yh_issuer_way_out(struct yh_ctx *cx, const struct yh_issuer *i, const char **location,
			     struct yh_err *err)
{
	struct yh_issuers *s = cx->world->issuers;
	YH_FREE_AUTO char *client = yh_http_escape(i->client_id), *home = yh_http_escape(s->home);
	struct yh_provider p;
	enum yh_rc rc = yh_provider_load(s, i, cx->now, cx->arena, &p, err);

	*location = NULL;
	if (rc != YH_OK || !p.end[0])
		return rc;
	if (client && home)
		*location =
			yh_arena_printf(cx->arena, "%s%cclient_id=%s&post_logout_redirect_uri=%s",
					p.end, strchr(p.end, '?') ? '&' : '?', client, home);
	return *location ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* One transaction: what the token ends. */
struct ending {
	struct yh_ctx cx;
	const struct yh_issuer *issuer;
	const char *subject, *sid;
	struct yh_sm3 digest;
	size_t ended;
};

static enum yh_rc end_all(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct ending *e = arg;
	struct yh_issuer_session *list = NULL;
	size_t n = 0;
	bool again;
	enum yh_rc rc;

	e->cx.tx = tx;
	e->ended = 0;
	rc = yh_issuer_logout_note(tx, &e->digest, e->cx.now, e->cx.now + KEPT_S * YH_US_PER_S,
				   &again, err);
	if (rc == YH_OK && again)
		return yh_fail(err, YH_BAD_INPUT, "issuer-token-used");
	if (rc == YH_OK)
		rc = yh_issuer_session_find(tx, e->issuer->issuer, e->subject, e->sid, e->cx.arena,
					    &list, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = yh_token_end(tx, &list[i].token, e->cx.now, err);
		e->ended++;
	}
	return rc == YH_OK && n > 0
		       ? yh_identity_record(&e->cx, "issuer.signed-out", "token", &list[0].token,
					    e->issuer->name, e->subject, err)
		       : rc;
}

enum yh_rc yh_issuer_ended(struct yh_ctx *cx, const char *name, const char *token, size_t *ended,
			   struct yh_err *err)
{
	struct yh_issuers *s = cx->world->issuers;
	struct ending e = { .cx = *cx, .issuer = yh_issuer_named(s, name) };
	struct yh_provider p;
	const json_t *claims;
	const char *sub, *sid;
	enum yh_rc rc;

	*ended = 0;
	if (!e.issuer)
		return yh_issuer_unknown(err);
	rc = yh_provider_load(s, e.issuer, cx->now, cx->arena, &p, err);
	if (rc == YH_OK)
		rc = yh_issuer_open_token(s, e.issuer, &p, token, cx->now, cx->arena, &claims, err);
	if (rc == YH_OK)
		rc = yh_issuer_logout_claims(e.issuer, claims, cx->now, err);
	if (rc != YH_OK)
		return rc;
	sub = yh_json_text(claims, "sub");
	sid = yh_json_text(claims, "sid");
	e.subject = sub ? sub : "";
	e.sid = sid ? sid : "";
	e.digest = yh_sm3_of(token, strlen(token));
	rc = yh_exec_write(cx->world->exec, end_all, &e, err);
	*ended = e.ended;
	return rc;
}
