/* A person moves on: what was theirs to do is another's, in one act (X6). */
#ifndef YH_SERVICES_IDENTITY_HANDOVER_H
#define YH_SERVICES_IDENTITY_HANDOVER_H

#include "cases/context.h"
#include "store/desk.h"
#include "store/person.h"

enum { YH_HANDOVER_MOST = 50 };

/* One role that is handed over, with what waits at its desk. */
struct yh_handed {
	struct yh_grant_row grant; /* as it was held */
	bool had;                  /* the taker held it already, in this capacity or a higher one */
	struct yh_desk_open open;
};
struct yh_handover {
	struct yh_handed *list;
	size_t n;
};

/* Whatever `from` holds, today or later, `taker` holds from now on and `from` no more; what `from`
 * lends to others ends. Steps and duties are of desks, so they stay where they are, and the taker
 * has them; the record of the act lists them. All or nothing. With `try_only` nothing is done.
 * BAD_INPUT "handover-self"; CONFLICT "handover-nothing" when nothing is held, "handover-many"
 * (figure most), "roles-exclusive" as of grants, "service-owner" when programs
 * would be handed over to who may not answer for them; FORBIDDEN "grant-to-self". */
YH_CHECK enum yh_rc yh_account_hand_over(struct yh_ctx *cx, const struct yh_id *from,
					 const struct yh_id *taker, const char *reason,
					 bool try_only, struct yh_handover *out,
					 struct yh_err *err);

#endif
