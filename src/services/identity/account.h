/* Accounts: signing in and out, passwords, tokens. */
#ifndef YH_SERVICES_IDENTITY_ACCOUNT_H
#define YH_SERVICES_IDENTITY_ACCOUNT_H

#include "cases/context.h"
#include "services/identity/session.h"
#include "store/party.h"
#include "store/person.h"

/* What a password was held against ahead of the transaction that signs in. */
struct yh_password_try {
	const char *secret; /* NULL: against none */
	bool fits;
};
/* Reads the account in a transaction of its own and tries the password outside of any. `cx` needs
 * none. */
YH_CHECK enum yh_rc yh_account_try(struct yh_ctx *cx, const char *login, const char *password,
				   struct yh_password_try *out, struct yh_err *err);

/* Signs in by a password; `tried` may be NULL. UNAUTHENTICATED "sign-in-failed" for an unknown
 * login, a wrong password, a program's account or one that does not work any more alike; FORBIDDEN
 * "account-locked" (figure minutes) after as many failures as the pack allows, also for the right
 * password and for a login that nobody has. A failure must be remembered although the sign-in
 * fails: `failed` is then set, rc is YH_OK, and the caller answers with `failed`. What is still
 * owed: yh_session_open. */
YH_CHECK enum yh_rc yh_account_sign_in(struct yh_ctx *cx, const char *login, const char *password,
				       const struct yh_password_try *tried,
				       struct yh_session_out *out, struct yh_err *failed,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_account_sign_out(struct yh_ctx *cx, struct yh_err *err);
/* Notes that a session was used, at most every few minutes. */
YH_CHECK enum yh_rc yh_account_touch(struct yh_ctx *cx, struct yh_err *err);

/* A password with its hash, made ahead of the transaction that takes it: hashing takes as long as
 * hundreds of filings. secret "": it was not. */
struct yh_password_new {
	char password[YH_TOKEN_TEXT]; /* of one drawn here */
	char secret[YH_SECRET_TEXT];
	const char *judged; /* the hash of the one before, when it was held against the rules */
};
/* Draws a one-time password. */
YH_CHECK enum yh_rc yh_password_draw(struct yh_password_new *out, struct yh_err *err);
/* Half of one that nobody but its holder sees whole; and both, with a hyphen between: out->password
 * is the second alone. */
void yh_password_half(char out[YH_TOKEN_TEXT]);
YH_CHECK enum yh_rc yh_password_join(const char *first, const char *second,
				     struct yh_password_new *out, struct yh_err *err);

/* Changes one's own password and ends one's other sessions. BAD_INPUT "password-weak" (figures
 * least, kinds; also with the login in it), "password-same", "password-used" (figure last). What
 * was tried and made ahead is taken as far as it still holds; both may be NULL. `failed` as of
 * yh_account_sign_in: FORBIDDEN "password-wrong", "account-locked". */
YH_CHECK enum yh_rc yh_account_password_made(struct yh_ctx *cx, const char *old_password,
					     const char *new_password,
					     const struct yh_password_try *tried,
					     const struct yh_password_new *made,
					     struct yh_err *failed, struct yh_err *err);
/* Does the slow part ahead of the transaction: `cx` needs none. */
YH_CHECK enum yh_rc yh_account_password_make(struct yh_ctx *cx, const char *old_password,
					     const char *new_password,
					     struct yh_password_try *tried,
					     struct yh_password_new *made, struct yh_err *err);
YH_CHECK enum yh_rc yh_account_password(struct yh_ctx *cx, const char *old_password,
					const char *new_password, struct yh_err *err);

/* A bearer token; `days` 1..366, scopes "all" or "read", nouns the kinds of things it is for ("":
 * all). `person` NULL: for oneself; else for an account of a program that one owns: NOT_FOUND
 * "person-unknown", CONFLICT "service-only". FORBIDDEN "session-required". */
struct yh_token_in {
	const struct yh_id *person;
	const char *label, *scopes, *nouns;
	int64_t days;
};
YH_CHECK enum yh_rc yh_account_token(struct yh_ctx *cx, const struct yh_token_in *in,
				     char token[YH_TOKEN_TEXT], struct yh_token_row *out,
				     struct yh_err *err);
/* Bearer tokens that are good. */
YH_CHECK enum yh_rc yh_account_tokens(struct yh_ctx *cx, const struct yh_id *person,
				      struct yh_token_row **out, size_t *n, struct yh_err *err);
/* Ends a token of the person's; NOT_FOUND "token-unknown". */
YH_CHECK enum yh_rc yh_account_token_end(struct yh_ctx *cx, const struct yh_id *person,
					 const struct yh_id *token, struct yh_err *err);

/* A new account with a one-time password, printed once by the caller. CONFLICT "login-taken". */
YH_CHECK enum yh_rc yh_account_create_made(struct yh_ctx *cx, const char *login, const char *name,
					   const struct yh_password_new *made,
					   struct yh_person_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_account_create(struct yh_ctx *cx, const char *login, const char *name,
				      char password[YH_TOKEN_TEXT], struct yh_person_row *out,
				      struct yh_err *err);
/* A new one-time password for another's account. */
YH_CHECK enum yh_rc yh_account_reset(struct yh_ctx *cx, const struct yh_id *person,
				     const struct yh_password_new *made, struct yh_err *err);

/* The kinds of things that somebody from outside can be let look at: the nouns of operations. */
extern const char yh_reader_kinds[];

/* Grants a role in an organisation, at once: what the terminal and the simulation do, and what
 * follows when two persons agreed (services/identity/acts.h). A role for reading needs its last
 * day, at most auditor.longest (366) days on, and a scope: BAD_INPUT "reader-days" (figure most),
 * "reader-scope" (figure admitted), also for a scope with any other role. CONFLICT
 * "roles-exclusive" when a person would hold on any of the days two of the three administrators'
 * roles or an administrator's and another, "reader-scope-other" when a reader has another scope on
 * one of them (figures held, asked); FORBIDDEN "grant-to-self"; BAD_INPUT "role-unknown"; capacity
 * is handle, review or sign. */
struct yh_grant_in {
	struct yh_id person, org;
	const char *role, *capacity;
	yh_day first_day, last_day; /* YH_DAY_NONE: today, open */
	const char *scope; /* of a reading role: kinds of things, see yh_reader_scope; NULL: none */
};
YH_CHECK enum yh_rc yh_account_grant(struct yh_ctx *cx, const struct yh_grant_in *in,
				     struct yh_grant_row *out, struct yh_err *err);
/* Whether it could be granted, and in which organisation; locks the person. Fails likewise. */
YH_CHECK enum yh_rc yh_account_may_grant(struct yh_ctx *cx, const struct yh_grant_in *in,
					 struct yh_org_row *org, struct yh_err *err);
YH_CHECK enum yh_rc yh_account_ungrant(struct yh_ctx *cx, const struct yh_id *grant,
				       struct yh_err *err);
/* Lends one's own role for some days (X6), in a session; both days are given. BAD_INPUT
 * "days-reversed", "last-day-past", "grant-to-self"; CONFLICT "roles-exclusive" as of a grant,
 * "service-delegate" of a program, "delegate-reader" when the taker was ever let in from outside.
 */
YH_CHECK enum yh_rc yh_account_delegate(struct yh_ctx *cx, const struct yh_delegation_row *in,
					struct yh_id *id, struct yh_err *err);
/* What the actor lends and is lent, today or later. */
YH_CHECK enum yh_rc yh_account_lent(struct yh_ctx *cx, struct yh_lent_row **out, size_t *n,
				    struct yh_err *err);
/* Takes it back, or gives it back; NOT_FOUND "delegation-unknown" to others. */
YH_CHECK enum yh_rc yh_account_lent_end(struct yh_ctx *cx, const struct yh_id *id,
					struct yh_err *err);

#endif
