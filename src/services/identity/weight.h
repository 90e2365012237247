/* Whose account weighs: an administrator's, or one that confirms what others asked for. Nobody
 * alone gets at such an account, nor at one that is about to become one. */
#ifndef YH_SERVICES_IDENTITY_WEIGHT_H
#define YH_SERVICES_IDENTITY_WEIGHT_H

#include "services/identity/account.h"
#include "store/act.h"

/* A role of an administrator, or one that confirms acts or packs. */
bool yh_weight_of_role(const struct yh_pack *pack, const char *role);
/* Has the pack roles that ask for packs, confirm them and grant? Under one without them nobody
 * could ever change it, or a grant. */
bool yh_weight_governs(const struct yh_pack *pack);
/* CONFLICT "pack-weighs" (figure roles) where somebody holds a role that weighs under `next` and
 * not under `now`: whoever knows a password of theirs already would confirm with it, as nobody was
 * shown halves when it was granted. */
YH_CHECK enum yh_rc yh_weight_of_pack(struct yh_tx *tx, const struct yh_pack *now,
				      const struct yh_pack *next, yh_day today, struct yh_err *err);
/* Does the person hold such a role or is lent one, today or later, or waits an act that would give
 * them one? */
YH_CHECK enum yh_rc yh_weight_of_person(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
					struct yh_err *err);
/* Does the person hold such a role in their own right, today or later? A lent one says nothing
 * here: it is lent by one alone. */
YH_CHECK enum yh_rc yh_weight_of_own(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
				     struct yh_err *err);
/* The account begins to weigh. Whoever made it, or reset its password, could have been the first to
 * sign in, and have left ways in behind: its password is `made`, its sessions, tokens and bindings
 * end, but for the subject it was made of. */
YH_CHECK enum yh_rc yh_weight_begin(struct yh_ctx *cx, const struct yh_id *person,
				    const struct yh_password_new *made, struct yh_err *err);
/* Ends what issuers were bound to the account by others, and its sessions when there was any:
 * whoever bound a subject of theirs could stand in for the person. */
YH_CHECK enum yh_rc yh_weight_unbind(struct yh_ctx *cx, const struct yh_id *person,
				     struct yh_err *err);

#endif
