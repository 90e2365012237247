/* Passwords and codes that were wrong, counted: the account is held, and locked by the last that is
 * allowed. */
#ifndef YH_SERVICES_IDENTITY_TRIES_H
#define YH_SERVICES_IDENTITY_TRIES_H

#include "cases/context.h"
#include "store/person.h"

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

#endif
