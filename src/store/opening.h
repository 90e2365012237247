/* Opening balances that entered: once for a file. */
#ifndef YH_STORE_OPENING_H
#define YH_STORE_OPENING_H

#include "base/digest.h"
#include "db/db.h"

struct yh_opening_kept {
	struct yh_id case_id, cloud;
	char case_no[40];     /* read only */
	struct yh_sm3 digest; /* of the file's bytes */
	yh_day day;           /* the balance is of its beginning */
	int64_t units, projects, systems, quotas, resources;
	yh_time entered_at;
};

/* CONFLICT "db-unique" when the same bytes entered before. */
YH_CHECK enum yh_rc yh_opening_insert(struct yh_tx *tx, const struct yh_opening_kept *row,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_opening_by_digest(struct yh_tx *tx, const struct yh_sm3 *digest, bool *found,
					 struct yh_opening_kept *out, struct yh_err *err);
/* Each resource of a cloud that has not ended, by the provider's number for it. */
typedef void (*yh_opening_ref_fn)(void *arg, const struct yh_id *provider, const char *ref,
				  const char *no);
YH_CHECK enum yh_rc yh_opening_refs(struct yh_tx *tx, const struct yh_id *cloud,
				    yh_opening_ref_fn fn, void *arg, struct yh_err *err);
/* The day of the balance that a resource of this case came with; YH_DAY_NONE: it came otherwise. */
YH_CHECK enum yh_rc yh_opening_day_of(struct yh_tx *tx, const struct yh_id *case_id, yh_day *day,
				      struct yh_err *err);

#endif
