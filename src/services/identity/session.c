/* Sessions: how they begin, are proven and end. */
#include "services/identity/session.h"

#include <stdio.h>
#include <string.h>

#include "services/audit/security.h"
#include "services/identity/auth.h"
#include "services/identity/factor.h"
#include "services/identity/record.h"
#include "services/identity/tries.h"

enum { CODE_MINUTES = 10, HALF_MOST = 5 };

static const int64_t us_per_minute = INT64_C(60) * YH_US_PER_S;

enum yh_rc yh_token_make(struct yh_ctx *cx, struct yh_token_row *out, char token[YH_TOKEN_TEXT],
			 char csrf[YH_TOKEN_TEXT], struct yh_err *err)
{
	yh_token_new(token);
	yh_token_new(csrf);
	out->id = yh_ctx_new_id(cx);
	out->digest = yh_sm3_of(token, strlen(token));
	out->csrf = yh_sm3_of(csrf, strlen(csrf));
	out->created_at = out->used_at = cx->now;
	return yh_token_insert(cx->tx, out, err);
}

enum yh_rc yh_sessions_live(struct yh_ctx *cx, const struct yh_id *person,
			    struct yh_token_row **out, size_t *n, struct yh_err *err)
{
	return yh_token_list(cx->tx, person, "session", cx->now, cx->arena, out, n, err);
}

/* Makes room for one more session than there are, `but` not counted: the oldest end, or the new one
 * is refused. Those that still owe a code count for nothing. */
static enum yh_rc make_room(struct yh_ctx *cx, const struct yh_person_row *p,
			    const struct yh_identity_terms *t, const struct yh_id *but,
			    struct yh_err *failed, struct yh_err *err)
{
	struct yh_token_row *list;
	int64_t live = 1;
	size_t n;
	enum yh_rc rc = yh_sessions_live(cx, &p->id, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (yh_id_eq(&list[i].id, but) || (p->has_factor && !list[i].proven) ||
		    ++live <= t->sessions)
			continue;
		if (t->refuse) {
			(void)yh_fail(failed, YH_CONFLICT, "sessions-full");
			yh_err_int(failed, "most", t->sessions);
			return YH_OK;
		}
		rc = yh_token_end(cx->tx, &list[i].id, cx->now, err);
		if (rc == YH_OK)
			rc = yh_identity_record(cx, "session.displaced", "person", &p->id, NULL,
						list[i].source, err);
	}
	return rc;
}

/* Whoever knows a password only does not heap up sessions: the oldest end. */
static enum yh_rc end_halves(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	struct yh_token_row *list;
	int64_t halves = 1;
	size_t n;
	enum yh_rc rc = yh_sessions_live(cx, person, &list, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!list[i].proven && ++halves > HALF_MOST)
			rc = yh_token_end(cx->tx, &list[i].id, cx->now, err);
	return rc;
}

/* By whom: the actor is nobody until then. */
static enum yh_rc record_sign_in(struct yh_ctx *cx, const struct yh_id *person, const char *kind,
				 const char *factor, struct yh_err *err)
{
	struct yh_actor proven = *cx->actor;
	struct yh_ctx by = *cx;

	proven.person = *person;
	by.actor = &proven;
	return yh_identity_record(&by, kind, "person", person, factor, NULL, err);
}

static enum yh_rc admit(struct yh_ctx *cx, struct yh_person_row *p,
			const struct yh_identity_terms *t, const struct yh_id *session,
			struct yh_err *failed, struct yh_err *err)
{
	enum yh_rc rc = make_room(cx, p, t, session, failed, err);

	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	p->failures = 0;
	return yh_person_tried(cx->tx, p, err);
}

enum yh_rc yh_session_open(struct yh_ctx *cx, const struct yh_session_in *in,
			   struct yh_session_out *out, struct yh_err *failed, struct yh_err *err)
{
	static const struct yh_id none;
	struct yh_token_row row = { .kind = "session", .scopes = "all", .label = "" };
	struct yh_person_row *p = in->person;
	struct yh_identity_terms t;
	struct yh_actor *a;
	const char *owed;
	bool half;
	enum yh_rc rc = yh_identity_terms(cx, &t, err);

	yh_err_clear(failed);
	if (rc == YH_OK)
		rc = yh_account_hold(cx, &p->id, p, err);
	if (rc == YH_OK)
		rc = yh_auth_person(cx->tx, p, cx->now, "all", cx->actor->source, cx->arena, &a,
				    err);
	if (rc != YH_OK)
		return rc;
	a->proven = in->proven;
	owed = yh_factor_owed(t.factor_roles, a);
	half = strcmp(owed, "code") == 0;
	rc = half ? end_halves(cx, &p->id, err) : admit(cx, p, &t, &none, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	out->expires_at = cx->now + (half ? CODE_MINUTES : t.longest_hours * 60) * us_per_minute;
	out->must_change = p->must_change;
	out->factor = *owed ? owed : in->proven ? "done" : "none";
	out->person = p->id;
	row.person = p->id;
	row.proven = in->proven;
	row.expires_at = out->expires_at;
	row.idle_us = t.idle_minutes * us_per_minute;
	(void)snprintf(row.source, sizeof row.source, "%s",
		       cx->actor->source ? cx->actor->source : "");
	rc = yh_token_make(cx, &row, out->token, out->csrf, err);
	if (rc != YH_OK)
		return rc;
	return record_sign_in(cx, &p->id, half ? "sign-in.password" : "sign-in.done",
			      in->proven ? "factor" : NULL, err);
}

enum yh_rc yh_session_code(struct yh_ctx *cx, const char *code, struct yh_session_out *out,
			   struct yh_err *failed, struct yh_err *err)
{
	struct yh_identity_terms t;
	struct yh_person_row p;
	bool recovery = false;
	enum yh_rc rc = yh_session_need(cx, err);

	yh_err_clear(failed);
	if (rc == YH_OK && cx->actor->proven)
		rc = yh_fail(err, YH_CONFLICT, "factor-shown");
	if (rc == YH_OK)
		rc = yh_identity_terms(cx, &t, err);
	if (rc == YH_OK)
		rc = yh_account_hold(cx, &cx->actor->person, &p, err);
	if (rc == YH_OK)
		rc = yh_factor_check(cx, &p, code, &recovery, failed, err);
	if (rc == YH_OK && failed->rc == YH_OK)
		rc = admit(cx, &p, &t, &cx->actor->token, failed, err);
	if (rc != YH_OK || failed->rc != YH_OK)
		return rc;
	*out = (struct yh_session_out){
		.expires_at = cx->now + t.longest_hours * 60 * us_per_minute,
		.must_change = p.must_change,
		.factor = "done",
		.person = p.id,
	};
	rc = yh_token_prove(cx->tx, &cx->actor->token, out->expires_at, err);
	return rc == YH_OK ? record_sign_in(cx, &p.id, "sign-in.done",
					    recovery ? "recovery-code" : "factor", err)
			   : rc;
}

enum yh_rc yh_session_factor(struct yh_ctx *cx, const char **out, struct yh_err *err)
{
	const char *roles;
	enum yh_rc rc = yh_factor_roles(cx, &roles, err);

	if (rc != YH_OK)
		return rc;
	*out = yh_factor_owed(roles, cx->actor);
	if (!**out)
		*out = cx->actor->proven ? "done" : "none";
	return YH_OK;
}

enum yh_rc yh_session_end(struct yh_ctx *cx, const struct yh_id *session, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n, i = 0;
	enum yh_rc rc = yh_session_need(cx, err);

	if (rc == YH_OK)
		rc = yh_sessions_live(cx, &cx->actor->person, &list, &n, err);
	if (rc != YH_OK)
		return rc;
	while (i < n && !yh_id_eq(&list[i].id, session))
		i++;
	if (i == n)
		return yh_fail(err, YH_NOT_FOUND, "session-unknown");
	rc = yh_token_end(cx->tx, session, cx->now, err);
	return rc == YH_OK ? yh_identity_record(cx, "session.ended", "person", &cx->actor->person,
						NULL, list[i].source, err)
			   : rc;
}

enum yh_rc yh_sessions_end_others(struct yh_ctx *cx, int64_t *n, struct yh_err *err)
{
	enum yh_rc rc = yh_session_need(cx, err);

	*n = 0;
	if (rc == YH_OK)
		rc = yh_sessions_end_but(cx->tx, &cx->actor->person, &cx->actor->token, cx->now, n,
					 err);
	return rc == YH_OK && *n > 0 ? yh_identity_record(cx, "session.ended", "person",
							  &cx->actor->person, NULL, "others", err)
				     : rc;
}
