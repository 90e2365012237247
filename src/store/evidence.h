/* What settlements were reckoned from, as an auditor takes it away. */
#ifndef YH_STORE_EVIDENCE_H
#define YH_STORE_EVIDENCE_H

#include "store/usage.h"

/* Whose a resource is. */
struct yh_owner {
	struct yh_id unit, project, provider; /* provider zero: not known */
};

/* What a settlement found used, with whose it was, by resource, code and time; read piece by piece.
 * False ends the reading, which is then no failure. */
typedef bool (*yh_used_fn)(void *arg, const struct yh_usage_row *row, const struct yh_owner *owner);
YH_CHECK enum yh_rc yh_usage_of_settlement(struct yh_tx *tx, const struct yh_id *settlement,
					   yh_used_fn visit, void *arg, struct yh_err *err);

#endif
