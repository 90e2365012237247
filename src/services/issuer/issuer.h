/* Signing in through OpenID Connect issuers (OpenID Connect Core 1.0, code flow with PKCE).
 *
 * A sign-in is begun with a random cookie of the browser; the state, the nonce and the PKCE
 * verifier are derived from it and kept nowhere, and a row under its digest makes it good once, for
 * ten minutes, at the issuer where it was begun. What comes back is exchanged and judged outside of
 * any transaction (yh_issuer_try), and takes effect inside one. Whatever is refused is recorded by
 * its slug, never with codes, tokens or cookies. */
#ifndef YH_SERVICES_ISSUER_ISSUER_H
#define YH_SERVICES_ISSUER_ISSUER_H

#include "services/identity/account.h"
#include "store/issuer.h"

enum { YH_ISSUERS_MAX = 16, YH_ISSUERS_FILE_MAX = 65536, YH_ISSUER_STATE = 48 };

struct yh_issuer {
	const char *name; /* in the file and in addresses */
	const char *issuer, *client_id;
	const char *secret; /* NULL: a public client, PKCE alone */
	bool post;          /* the secret goes into the body, not into Authorization */
	const char *title_zh, *title_en, *ca, *scopes, *algorithms;
	const char *amr, *acr; /* what stands for a second factor, blanks between; "": nothing */
	bool create;           /* accounts for whoever the issuer vouches for, without any role */
	bool plain;            /* http, to this machine alone */
	int64_t skew_s;
};

/* Reads the issuers' file (YAML) and the files it names. `public_url`: where people reach this
 * server; from the issuer NAME they come back to its path /sign-in/issuer/NAME. BAD_INPUT with
 * field FILE:LINE: "issuers-unreadable" (detail), "issuer-entry" (issuer), "issuer-key-unknown"
 * (issuer, key), "issuer-key-value" (issuer, key, wanted), "issuer-key-missing" (issuer, key). */
struct yh_issuers;
YH_CHECK enum yh_rc yh_issuers_open(const char *file, const char *public_url,
				    struct yh_issuers **out, struct yh_err *err);
void yh_issuers_close(struct yh_issuers *s); /* NULL is allowed */
size_t yh_issuers_count(const struct yh_issuers *s);
const struct yh_issuer *yh_issuers_at(const struct yh_issuers *s, size_t i);

/* ---- beginning ---- */

/* Asks the issuer (or what is remembered of it) for its addresses; outside of a transaction.
 * NOT_FOUND "issuer-unknown"; BUSY "issuer-away" (issuer, detail), "issuer-busy"; BAD_INPUT
 * "issuer-metadata" (issuer, member). */
struct yh_issuer_begin {
	const struct yh_issuer *issuer;
	const char *location; /* without what hangs on the cookie */
};
YH_CHECK enum yh_rc yh_issuer_look(struct yh_ctx *cx, const char *name, struct yh_issuer_begin *out,
				   struct yh_err *err);
/* Keeps what was begun: *location is where the browser goes, `cookie` what it keeps meanwhile.
 * `bind`: the actor binds their own account, else somebody signs in; FORBIDDEN "session-required".
 */
YH_CHECK enum yh_rc yh_issuer_begin(struct yh_ctx *cx, const struct yh_issuer_begin *look,
				    bool bind, char cookie[YH_TOKEN_TEXT], const char **location,
				    yh_time *expires_at, struct yh_err *err);

/* ---- coming back ---- */

struct yh_issuer_back {
	const char *cookie; /* NULL: the browser sent none */
	const char *issuer; /* the name in the address that the browser came back to */
	const char *code, *state;
	const char *iss;   /* RFC 9207; "" or NULL: not given */
	const char *error; /* what the issuer said in place of a code; "" or NULL: nothing */
};
/* Who the issuer says it is; `why` instead when it does not hold. */
struct yh_issuer_said {
	const struct yh_issuer *issuer;
	struct yh_err why;
	const char *subject, *name, *login, *sid; /* name, login: as it would call them; "" */
	bool factor;                              /* a second one was proven there */
	struct yh_password_new made;              /* of an account that may have to be made */
};
/* Exchanges the code and judges the token, outside of a transaction. A refusal is in out->why and
 * rc is YH_OK, so that it is recorded: "issuer-flow-unknown", "issuer-state", "issuer-denied"
 * (reason), "issuer-exchange" (status), "issuer-token" (claim), and those of yh_jwt_open. */
YH_CHECK enum yh_rc yh_issuer_try(struct yh_ctx *cx, const struct yh_issuer_back *back,
				  struct yh_issuer_said *out, struct yh_err *err);

/* Signs in whom the subject is bound to. rc is YH_OK and `failed` set for what is refused but must
 * be recorded: what stands in `said`, FORBIDDEN "issuer-not-bound" (issuer, subject),
 * UNAUTHENTICATED "sign-in-failed". */
YH_CHECK enum yh_rc yh_issuer_sign_in(struct yh_ctx *cx, const struct yh_issuer_back *back,
				      const struct yh_issuer_said *said, struct yh_session_out *out,
				      struct yh_err *failed, struct yh_err *err);
/* Binds the actor's own account to the subject; failed also CONFLICT "issuer-bound-already".
 * FORBIDDEN "session-required"; CONFLICT "service-issuer". */
YH_CHECK enum yh_rc yh_issuer_bind_own(struct yh_ctx *cx, const struct yh_issuer_back *back,
				       const struct yh_issuer_said *said,
				       struct yh_issuer_subject *out, struct yh_err *failed,
				       struct yh_err *err);

/* ---- bindings ---- */

/* Binds another's account. FORBIDDEN "issuer-bind-administrator" for one that weighs
 * (services/identity/weight.h): they bind their own; BAD_INPUT "issuer-subject" for what is no
 * subject; CONFLICT "service-issuer" for a program's. */
YH_CHECK enum yh_rc yh_issuer_bind(struct yh_ctx *cx, const struct yh_id *person, const char *name,
				   const char *subject, struct yh_issuer_subject *out,
				   struct yh_err *err);
/* Ends the account's sessions and tokens, too, but for the one that asks. FORBIDDEN
 * "session-required" for one's own; NOT_FOUND "issuer-binding-unknown" unless it is that person's;
 * CONFLICT "issuer-only-way" while it is the last of an account that has no other. */
YH_CHECK enum yh_rc yh_issuer_unbind(struct yh_ctx *cx, const struct yh_id *person,
				     const struct yh_id *binding, struct yh_err *err);
/* Has an account signed in to through issuers alone, or by its password again; the former ends
 * its sessions and tokens. CONFLICT "issuer-not-bound-yet", "service-issuer". */
YH_CHECK enum yh_rc yh_issuer_only_way(struct yh_ctx *cx, const struct yh_id *person, bool only,
				       struct yh_err *err);
/* The name in the file of an issuer that bindings know by its identifier; NULL: not there. */
const struct yh_issuer *yh_issuer_of(const struct yh_issuers *s, const char *issuer);

/* ---- signing out ---- */

/* Which issuer the actor's session came of; NULL: none. */
YH_CHECK enum yh_rc yh_issuer_of_session(struct yh_ctx *cx, const struct yh_issuer **out,
					 struct yh_err *err);
/* Where a browser goes to be signed out at the issuer, too (OpenID Connect RP-Initiated
 * Logout 1.0); outside of a transaction. NULL: it has no such place. */
YH_CHECK enum yh_rc yh_issuer_way_out(struct yh_ctx *cx, const struct yh_issuer *i,
				      const char **location, struct yh_err *err);
/* An issuer tells of the end of sessions (OpenID Connect Back-Channel Logout 1.0): outside of a
 * transaction, which it makes. Of refusals as yh_issuer_try. *ended: how many. */
YH_CHECK enum yh_rc yh_issuer_ended(struct yh_ctx *cx, const char *name, const char *token,
				    size_t *ended, struct yh_err *err);

#endif
