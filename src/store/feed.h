/* The secret address of a person's calendar: one each, kept as a digest. */
#ifndef YH_STORE_FEED_H
#define YH_STORE_FEED_H

#include "base/digest.h"
#include "db/db.h"

/* *made_at 0: the person has none. */
YH_CHECK enum yh_rc yh_feed_load(struct yh_tx *tx, const struct yh_id *person, yh_time *made_at,
				 struct yh_err *err);
/* Makes one, or puts another in its place. */
YH_CHECK enum yh_rc yh_feed_put(struct yh_tx *tx, const struct yh_id *person,
				const struct yh_sm3 *digest, yh_time now, struct yh_err *err);
/* NOT_FOUND "feed-none". */
YH_CHECK enum yh_rc yh_feed_end(struct yh_tx *tx, const struct yh_id *person, struct yh_err *err);
/* Whose it is; NOT_FOUND "feed-unknown". */
YH_CHECK enum yh_rc yh_feed_person(struct yh_tx *tx, const struct yh_sm3 *digest,
				   struct yh_id *person, struct yh_err *err);

#endif
