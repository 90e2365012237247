/* Runs that reckon a month: who is at it, and what of earlier runs is to be taken away. The rows a
 * run writes are seen by nobody until a settlement names it. */
#ifndef YH_STORE_RECKONING_H
#define YH_STORE_RECKONING_H

#include "db/db.h"

/* Facts made after `as_of` do not count in it. *held false: another run of the month is under way.
 */
YH_CHECK enum yh_rc yh_reckoning_begin(struct yh_tx *tx, const struct yh_id *id,
				       const struct yh_id *cloud, yh_day month, yh_time now,
				       yh_time as_of, yh_time until, bool *held,
				       struct yh_err *err);
/* *held false: it was taken for dead, and must not go on. */
YH_CHECK enum yh_rc yh_reckoning_hold(struct yh_tx *tx, const struct yh_id *id, yh_time until,
				      bool *held, struct yh_err *err);
/* Its rows stay; nothing is under way any more. */
YH_CHECK enum yh_rc yh_reckoning_keep(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err);
/* The rows of a run that was kept are to be taken away: another takes its place. */
YH_CHECK enum yh_rc yh_reckoning_drop(struct yh_tx *tx, const struct yh_id *id,
				      const struct yh_id *cloud, yh_day month, struct yh_err *err);
/* The number of an open case about one of its statements; "": none. */
YH_CHECK enum yh_rc yh_reckoning_in_case(struct yh_tx *tx, const struct yh_id *id, char no[40],
					 struct yh_err *err);
/* One of a cloud that is dead or dropped; *found false: none. */
YH_CHECK enum yh_rc yh_reckoning_dead(struct yh_tx *tx, const struct yh_id *cloud, yh_time now,
				      bool *found, struct yh_id *out, struct yh_err *err);
/* Takes away about `most` of its rows; *done: the last of them, and the run itself. */
YH_CHECK enum yh_rc yh_reckoning_clean(struct yh_tx *tx, const struct yh_id *id, int64_t most,
				       bool *done, struct yh_err *err);

#endif
