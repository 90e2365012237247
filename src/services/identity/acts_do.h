/* What each kind of act needs and does; for acts.c alone. */
#ifndef YH_SERVICES_IDENTITY_ACTS_DO_H
#define YH_SERVICES_IDENTITY_ACTS_DO_H

#include "services/identity/account.h"
#include "store/act.h"

/* Would it be carried out, were it confirmed? Fills in what the kind knows of it. */
YH_CHECK enum yh_rc yh_act_check(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err);
/* Does it give somebody a one-time password, which no one person may know: a new one, or because
 * their account begins to weigh? */
YH_CHECK enum yh_rc yh_act_keys(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
				struct yh_err *err);
/* Does it, for good; *a gets what was made and what is held now. `made` may be NULL. */
YH_CHECK enum yh_rc yh_act_carry_out(struct yh_ctx *cx, struct yh_act_row *a,
				     const struct yh_password_new *made, struct yh_err *err);
/* In words: the roles whom it is about holds, or the pack in force. */
YH_CHECK enum yh_rc yh_act_held(struct yh_ctx *cx, const struct yh_act_row *a, const char **out,
				struct yh_err *err);

#endif
