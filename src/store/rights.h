/* The table of rights and the events that stand for its rows, as a whole. */
#ifndef YH_STORE_RIGHTS_H
#define YH_STORE_RIGHTS_H

#include "store/person.h"

/* Every event that made or ended a grant, in the order in which they were recorded. */
typedef void (*yh_rights_event_fn)(void *arg, const struct yh_id *id, const char *kind,
				   const char *payload);
YH_CHECK enum yh_rc yh_rights_events(struct yh_tx *tx, yh_rights_event_fn fn, void *arg,
				     struct yh_err *err);
/* Was the table taken for right once? */
YH_CHECK enum yh_rc yh_rights_begun(struct yh_tx *tx, bool *begun, struct yh_err *err);

/* Every grant, ended or not; of *g are id, person, role, org, capacity, days, scope and ended_at
 * set, and its texts are borrowed for the call. */
typedef void (*yh_rights_row_fn)(void *arg, const struct yh_grant_row *g);
YH_CHECK enum yh_rc yh_rights_rows(struct yh_tx *tx, yh_rights_row_fn fn, void *arg,
				   struct yh_err *err);

#endif
