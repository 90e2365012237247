/* Passwords and codes that were wrong, counted: the account is held, and locked by the last that is
 * allowed. */
#ifndef YH_SERVICES_IDENTITY_TRIES_H
#define YH_SERVICES_IDENTITY_TRIES_H

#include "cases/context.h"
#include "store/person.h"
#include "store/stranger.h"

/* The account, which nobody else judges a password or code of meanwhile. */
YH_CHECK enum yh_rc yh_account_hold(struct yh_ctx *cx, const struct yh_id *person,
				    struct yh_person_row *out, struct yh_err *err);
/* A wrong password or code counts; the last one that is allowed locks. `what` is recorded. `p` is
 * held. */
YH_CHECK enum yh_rc yh_account_failed(struct yh_ctx *cx, struct yh_person_row *p, const char *what,
				      struct yh_err *err);
/* FORBIDDEN "account-locked" (figure minutes) into `failed`. */
bool yh_account_locked(const struct yh_ctx *cx, const struct yh_person_row *p,
		       struct yh_err *failed);

/* Logins that nobody signs in by are counted and locked like those of accounts, or the lock would
 * tell which there are. */
YH_CHECK enum yh_rc yh_stranger_find(const struct yh_world *world, struct yh_tx *tx,
				     const char *login, struct yh_stranger_row *out,
				     struct yh_err *err);
/* The same, which nobody else tries meanwhile. */
YH_CHECK enum yh_rc yh_stranger_hold(struct yh_ctx *cx, const char *login,
				     struct yh_stranger_row *out, struct yh_err *err);
/* As of accounts. */
bool yh_stranger_locked(const struct yh_ctx *cx, const struct yh_stranger_row *s,
			struct yh_err *failed);
YH_CHECK enum yh_rc yh_stranger_failed(struct yh_ctx *cx, struct yh_stranger_row *s,
				       struct yh_err *err);

#endif
