/* Sessions: beginning, proving by a second factor, listing and ending them. */
#ifndef YH_SERVICES_IDENTITY_SESSION_H
#define YH_SERVICES_IDENTITY_SESSION_H

#include "services/identity/terms.h"
#include "store/person.h"

/* What beginning a session yields; both texts are shown once and stored only as digests. */
struct yh_session_out {
	char token[YH_TOKEN_TEXT];
	char csrf[YH_TOKEN_TEXT];
	yh_time expires_at;
	bool must_change;
	const char *factor; /* "none", "done", or what is owed: "code", "enrol" */
	struct yh_id person;
};
struct yh_session_in {
	struct yh_person_row *person; /* who was recognised: by a password, or by an issuer */
	bool proven;                  /* with a second factor, as the issuer says */
};
/* Begins a session. One that owes a code lives for ten minutes, admits little else than
 * yh_session_code, and counts for nothing until then. `failed` (CONFLICT "sessions-full", figure
 * most) as of yh_account_sign_in. */
YH_CHECK enum yh_rc yh_session_open(struct yh_ctx *cx, const struct yh_session_in *in,
				    struct yh_session_out *out, struct yh_err *failed,
				    struct yh_err *err);
/* Proves the actor's session by a code of the second factor, or a recovery code. `failed`:
 * FORBIDDEN "code-wrong", "account-locked" (figure minutes): wrong codes count like wrong
 * passwords; CONFLICT "factor-none", "factor-shown". */
YH_CHECK enum yh_rc yh_session_code(struct yh_ctx *cx, const char *code, struct yh_session_out *out,
				    struct yh_err *failed, struct yh_err *err);
/* "none", "done", "code" or "enrol": how it stands with the actor's second factor. */
YH_CHECK enum yh_rc yh_session_factor(struct yh_ctx *cx, const char **out, struct yh_err *err);

/* The sessions of a person that go on, the latest first. */
YH_CHECK enum yh_rc yh_sessions_live(struct yh_ctx *cx, const struct yh_id *person,
				     struct yh_token_row **out, size_t *n, struct yh_err *err);
/* Ends one of the actor's sessions; NOT_FOUND "session-unknown". */
YH_CHECK enum yh_rc yh_session_end(struct yh_ctx *cx, const struct yh_id *session,
				   struct yh_err *err);
/* Ends all but the one that asks; *n: how many. */
YH_CHECK enum yh_rc yh_sessions_end_others(struct yh_ctx *cx, int64_t *n, struct yh_err *err);

/* A token with the terms given in `out` (kind, scopes, label, expiry …), whose texts are made. */
YH_CHECK enum yh_rc yh_token_make(struct yh_ctx *cx, struct yh_token_row *out,
				  char token[YH_TOKEN_TEXT], char csrf[YH_TOKEN_TEXT],
				  struct yh_err *err);

#endif
