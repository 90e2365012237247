/* Marks of change: numbers that stand in the store beside rows which a server keeps in memory. What
 * was kept is good in a transaction that reads the mark it was kept under. Both are rows of the
 * table `counter`, so that a rollback takes a change and its mark back together. */
#ifndef YH_STORE_MARK_H
#define YH_STORE_MARK_H

#include "db/db.h"

struct yh_marks {
	int64_t identity; /* of persons, grants, delegations, ended tokens, names of organisations
			   */
	int64_t law;      /* of packs, calendars and suspensions; counts upwards */
};
/* 0 for what never changed. To be read before the rows it vouches for. */
YH_CHECK enum yh_rc yh_marks_read(struct yh_tx *tx, struct yh_marks *out, struct yh_err *err);

/* Called by whatever changes such rows, in the same transaction. The mark of identities is a random
 * number: one that a lost batch took back never comes again for something else. */
YH_CHECK enum yh_rc yh_mark_identity(struct yh_tx *tx, struct yh_err *err);
YH_CHECK enum yh_rc yh_mark_law(struct yh_tx *tx, struct yh_err *err);

#endif
