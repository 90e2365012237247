/* Allocation of a cloud by unit and dimension (Art. 17): a few grouped queries, whatever the number
 * of resources. */
#ifndef YH_STORE_ALLOCATION_H
#define YH_STORE_ALLOCATION_H

#include "store/case_query.h"
#include "store/quota.h"

/* A unit that the viewer may see the allocation of. */
struct yh_alloc_unit {
	struct yh_id id;
	char code[64];
	const char *name, *sector;
};
/* By id. `whole`: every unit with a project on the cloud; else the viewer's own and, where it sees
 * districts, their units. */
YH_CHECK enum yh_rc yh_alloc_units(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_id *cloud, bool whole, struct yh_arena *arena,
				   struct yh_alloc_unit **out, size_t *n, struct yh_err *err);

/* One sum of a unit: what `count` equal entries of `qty_milli` times `per_milli` come to. */
struct yh_alloc_sum {
	struct yh_id unit;
	char dim[YH_DIM_TEXT];
	int64_t qty_milli, per_milli, count;
};
/* What runs now with a lease that reaches `day`, or any lease when `day` is not after `today`. Sums
 * of all that runs, and what is to be taken off them again, with a count below zero. */
YH_CHECK enum yh_rc yh_alloc_running(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				     yh_day today, struct yh_arena *arena,
				     struct yh_alloc_sum **out, size_t *n, struct yh_err *err);
/* Base quotas and allowances, and what cases under way hold, on a day; count and per are 1. The
 * allowance of one resource counts `today` for as long as it runs. */
YH_CHECK enum yh_rc yh_alloc_quota(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				   yh_day today, struct yh_arena *arena, struct yh_alloc_sum **out,
				   size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_alloc_reserved(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				      struct yh_arena *arena, struct yh_alloc_sum **out, size_t *n,
				      struct yh_err *err);
/* Periodic windows whose line reaches the day. */
YH_CHECK enum yh_rc yh_alloc_windows(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				     struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
				     struct yh_err *err);

/* ---- what is kept with each change of a size ---- */

/* Adds what a resource has now, or takes it off (`sign` 1 or -1), in the month of `at`. Only for
 * yh_size_set. */
YH_CHECK enum yh_rc yh_alloc_keep(struct yh_tx *tx, const struct yh_id *resource, yh_time at,
				  int sign, struct yh_err *err);

/* The same of an interval of its history, at either end of it. */
struct yh_size_row;
YH_CHECK enum yh_rc yh_alloc_keep_interval(struct yh_tx *tx, const struct yh_size_row *z,
					   yh_time at, int sign, struct yh_err *err);

/* By how much the allocation of a cloud changed in a month (its first day); YH_ALLOC_ALL: all of
 * it, which is what is allocated now. */
enum { YH_ALLOC_ALL = -1 };
struct yh_alloc_month {
	struct yh_id cloud;
	char dim[YH_DIM_TEXT];
	int64_t month, qty_milli;
};
/* Of every cloud, or of one (`cloud` not zero): the months from `since` on and all of it, by cloud,
 * dimension and month. */
YH_CHECK enum yh_rc yh_alloc_months(struct yh_tx *tx, const struct yh_id *cloud, yh_day since,
				    struct yh_arena *arena, struct yh_alloc_month **out, size_t *n,
				    struct yh_err *err);

#endif
