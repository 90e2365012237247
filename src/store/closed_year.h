/* Years of a cloud in which nothing more is entered. */
#ifndef YH_STORE_CLOSED_YEAR_H
#define YH_STORE_CLOSED_YEAR_H

#include "db/db.h"

struct yh_closed_year_row {
	struct yh_id cloud, case_id;
	int64_t year;
	yh_time closed_at;
	const char *case_no; /* read only */
};

/* CONFLICT "db-unique" when it is closed. */
YH_CHECK enum yh_rc yh_closed_year_insert(struct yh_tx *tx, const struct yh_closed_year_row *row,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_closed_year_is(struct yh_tx *tx, const struct yh_id *cloud, int64_t year,
				      bool *closed, struct yh_err *err);
/* The newest first. */
YH_CHECK enum yh_rc yh_closed_year_list(struct yh_tx *tx, const struct yh_id *cloud,
					struct yh_arena *arena, struct yh_closed_year_row **out,
					size_t *n, struct yh_err *err);

/* What became of a month, its first day and the day after its last. */
struct yh_month_settled {
	bool used;            /* something ran in it */
	int64_t open, closed; /* settlements */
	yh_time last_at;      /* when the last was closed; 0: none was */
};
YH_CHECK enum yh_rc yh_month_settled(struct yh_tx *tx, const struct yh_id *cloud, yh_day first,
				     yh_day after, struct yh_month_settled *out,
				     struct yh_err *err);

#endif
