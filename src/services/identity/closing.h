/* Accounts that end, and those of programs. */
#ifndef YH_SERVICES_IDENTITY_CLOSING_H
#define YH_SERVICES_IDENTITY_CLOSING_H

#include "services/identity/account.h"
#include "store/account.h"

/* Closes another's account: its sessions and tokens end at once, and what it lent. CONFLICT
 * "account-state" when it is closed; FORBIDDEN "account-own". */
YH_CHECK enum yh_rc yh_account_close(struct yh_ctx *cx, const struct yh_id *person,
				     const char *reason, struct yh_err *err);
/* Opens it again, for a person with a new one-time password (of `made`). CONFLICT
 * "account-state". */
YH_CHECK enum yh_rc yh_account_reopen(struct yh_ctx *cx, const struct yh_id *person,
				      const struct yh_password_new *made, const char *reason,
				      struct yh_person_row *out, struct yh_err *err);
/* The last day on which it works, YH_DAY_NONE: open. BAD_INPUT "last-day-past", and "service-days"
 * (figure most) for a program's; FORBIDDEN "account-own". */
YH_CHECK enum yh_rc yh_account_until(struct yh_ctx *cx, const struct yh_id *person, yh_day last_day,
				     const char *reason, struct yh_person_row *out,
				     struct yh_err *err);

/* A program's account: it has tokens, which its owner draws, and no password; it may hold roles
 * but for administrators' and those that demand a second factor. BAD_INPUT "service-days",
 * "last-day-past", CONFLICT as of yh_service_may_own, "login-taken". */
struct yh_service_in {
	const char *login, *name;
	struct yh_id owner;
	yh_day last_day;
};
YH_CHECK enum yh_rc yh_service_create(struct yh_ctx *cx, const struct yh_service_in *in,
				      struct yh_person_row *out, struct yh_err *err);
/* Names who answers for it; what tokens the former owner drew end. */
YH_CHECK enum yh_rc yh_service_owner(struct yh_ctx *cx, const struct yh_id *service,
				     const struct yh_id *owner, const char *reason,
				     struct yh_person_row *out, struct yh_err *err);

/* May a person answer for a program? CONFLICT "service-owner" for a program, an account that does
 * not work, and the actor, who would draw its tokens unseen. */
YH_CHECK enum yh_rc yh_service_may_own(struct yh_ctx *cx, const struct yh_id *owner,
				       struct yh_person_row *out, struct yh_err *err);

/* Accounts with what there is to say of them. unused_days 0: as the pack says. `text`, `after`,
 * `limit`, `flags` and `owner` of `f` are the caller's. */
YH_CHECK enum yh_rc yh_account_review(struct yh_ctx *cx, struct yh_account_filter *f,
				      int64_t unused_days, struct yh_account_row **out, size_t *n,
				      struct yh_err *err);

#endif
