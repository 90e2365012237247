/* What the meter asks of the register of resources. */
#ifndef YH_STORE_REGISTER_H
#define YH_STORE_REGISTER_H

#include "db/db.h"

struct yh_resource_owner_row {
	struct yh_id id, unit, cloud, provider;
	char state[16];
};
/* Whose a resource is, by its number; NOT_FOUND "resource-unknown". */
YH_CHECK enum yh_rc yh_resource_owner(struct yh_tx *tx, const char *no,
				      struct yh_resource_owner_row *out, struct yh_err *err);

/* The numbers of resources that events sealed behind position `after` are about, at most `limit`
 * events; *pos is the last event looked at. A resource may come twice. */
YH_CHECK enum yh_rc yh_resource_changes(struct yh_tx *tx, int64_t after, uint32_t limit,
					struct yh_arena *arena, const char ***out, size_t *n,
					int64_t *pos, struct yh_err *err);
/* The position of the last sealed event, 0 for none. */
YH_CHECK enum yh_rc yh_event_head(struct yh_tx *tx, int64_t *pos, struct yh_err *err);

/* How far a follower of that name has told the meter; 0 when it never has. */
YH_CHECK enum yh_rc yh_followed_load(struct yh_tx *tx, const char *name, int64_t *pos,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_followed_save(struct yh_tx *tx, const char *name, int64_t pos,
				     struct yh_err *err);

/* The numbers of a unit's resources on `cloud` (zero: any), the first `limit` of them. */
YH_CHECK enum yh_rc yh_unit_resources(struct yh_tx *tx, const struct yh_id *unit,
				      const struct yh_id *cloud, uint32_t limit,
				      struct yh_arena *arena, const char ***out, size_t *n,
				      struct yh_err *err);

#endif
