/* Days on which no clock runs, city-wide, by a recorded decision (T4). */
#ifndef YH_STORE_SUSPENSION_H
#define YH_STORE_SUSPENSION_H

#include "db/db.h"

struct yh_suspension_row {
	struct yh_id id;
	yh_day first_day, last_day;
	const char *reason;
	struct yh_id case_id;
	yh_time created_at;
};

YH_CHECK enum yh_rc yh_suspension_insert(struct yh_tx *tx, const struct yh_suspension_row *row,
					 struct yh_err *err);
YH_CHECK enum yh_rc yh_suspension_list(struct yh_tx *tx, struct yh_arena *arena,
				       struct yh_suspension_row **out, size_t *n,
				       struct yh_err *err);

#endif
