/* Of accounts: what each is cleared for, and how that changes (see cases/clearance.h). */
#ifndef YH_SERVICES_IDENTITY_CLEARANCE_H
#define YH_SERVICES_IDENTITY_CLEARANCE_H

#include "cases/clearance.h"
#include "store/person.h"

YH_CHECK enum yh_rc yh_clearance_person(struct yh_ctx *cx, const struct yh_person_row *p,
					struct yh_clearance *out, struct yh_err *err);

/* Would it clear the person for more than now? Locks them. `label` "": as the roles have it. */
YH_CHECK enum yh_rc yh_clearance_raises(struct yh_ctx *cx, const struct yh_id *person,
					const char *label, bool *raises, struct yh_err *err);
/* Names it for the account, at once, on record. FORBIDDEN "grant-to-self"; BAD_INPUT
 * "label-unknown"; CONFLICT "clearance-same". */
YH_CHECK enum yh_rc yh_clearance_set(struct yh_ctx *cx, const struct yh_id *person,
				     const char *label, const char *reason, struct yh_err *err);
/* Whether it could be. */
YH_CHECK enum yh_rc yh_clearance_may_set(struct yh_ctx *cx, const struct yh_id *person,
					 const char *label, struct yh_person_row *out,
					 struct yh_err *err);

#endif
