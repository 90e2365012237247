/* Who is it: passwords, sessions, bearer tokens. */
#ifndef YH_SERVICES_IDENTITY_AUTH_H
#define YH_SERVICES_IDENTITY_AUTH_H

#include "cases/context.h"
#include "services/identity/actors.h"
#include "store/person.h"

/* Resolves a bearer token or session cookie to its actor with the grants in force on the day of
 * `now` (delegations included). UNAUTHENTICATED "token-unknown", "token-expired", "account-closed".
 * `csrf` (may be NULL) is compared for sessions when `need_csrf`: FORBIDDEN "csrf-mismatch". */
struct yh_credential {
	const char *token;
	bool is_session; /* came as the cookie */
	const char *csrf;
	bool need_csrf;
	const char *source;
};
/* What `known` remembers under `mark`, which the caller has read in this transaction, is not read
 * again; NULL: everything is. */
YH_CHECK enum yh_rc yh_auth_actor(struct yh_tx *tx, struct yh_actors *known, int64_t mark,
				  const struct yh_credential *cred, yh_time now,
				  struct yh_arena *arena, struct yh_actor **out,
				  struct yh_err *err);
/* The actor as remembered, out of date or not: good for letting a request come as far as the
 * transaction that asks yh_auth_actor, never for turning one away. NULL: not remembered. */
struct yh_actor *yh_auth_guess(struct yh_actors *known, const struct yh_credential *cred,
			       yh_time now, struct yh_arena *arena);

/* The grants in force on `day`, with those lent, though nothing is lent to whoever was ever let in
 * from outside. */
YH_CHECK enum yh_rc yh_auth_grants(struct yh_tx *tx, const struct yh_id *person, yh_day day,
				   struct yh_arena *arena, struct yh_grant_row **out, size_t *n,
				   struct yh_err *err);

/* For a person without any grant on the day: UNAUTHENTICATED "access-ended" for one who was let in
 * from outside for other days. */
YH_CHECK enum yh_rc yh_auth_still(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err);

/* The actor of a person, with the grants in force on the day of `now`. */
YH_CHECK enum yh_rc yh_auth_person(struct yh_tx *tx, const struct yh_person_row *p, yh_time now,
				   const char *scopes, const char *source, struct yh_arena *arena,
				   struct yh_actor **out, struct yh_err *err);

/* FORBIDDEN "session-required": not with a token that a program holds. */
YH_CHECK enum yh_rc yh_session_need(const struct yh_ctx *cx, struct yh_err *err);

/* Idempotency: what was answered to (person, key). The same key with another request is CONFLICT
 * "idempotency-key-reused". *found false: go on, and keep the reply in the same transaction. */
struct yh_kept_reply {
	int status;
	const char *body, *etag, *location;
};
YH_CHECK enum yh_rc yh_idem_find(struct yh_ctx *cx, const char *key, const struct yh_sm3 *request,
				 bool *found, struct yh_kept_reply *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_idem_keep(struct yh_ctx *cx, const char *key, const struct yh_sm3 *request,
				 const struct yh_kept_reply *reply, struct yh_err *err);

#endif
