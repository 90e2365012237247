/* Sealed records as a collector is told of them. */
#ifndef YH_STORE_AUDIT_FEED_H
#define YH_STORE_AUDIT_FEED_H

#include "db/db.h"

struct yh_feed_row {
	int64_t pos;
	struct yh_id id, object;
	yh_time at;
	const char *kind, *object_kind, *person, *role, *org, *article, *outcome, *reason, *before,
		*after, *source;
	const char *procedure, *label; /* of its case; "": of none */
};
/* Those behind position `after`, in their order. */
YH_CHECK enum yh_rc yh_audit_feed_rows(struct yh_tx *tx, int64_t after, uint32_t limit,
				       struct yh_arena *arena, struct yh_feed_row **out, size_t *n,
				       struct yh_err *err);

#endif
