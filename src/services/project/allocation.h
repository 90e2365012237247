/* The allocation of a cloud's resources by department and by sector (Art. 17). */
#ifndef YH_SERVICES_PROJECT_ALLOCATION_H
#define YH_SERVICES_PROJECT_ALLOCATION_H

#include "cases/context.h"
#include "store/allocation.h"

enum yh_alloc_by { YH_BY_UNIT, YH_BY_SECTOR };

struct yh_alloc_line {
	const char *key;  /* the unit's code, or the sector */
	const char *name; /* of the unit, or the sector; "" for units without one */
	const char *dim;
	int64_t quota_milli; /* in force on the day: base, windows and allowances */
	int64_t allocated_milli, reserved_milli;
};

/* Every line with a quota or a use on `day`, by key and dimension. The viewer sees the whole cloud
 * when it is a body of it (or sees any), else its own units, its sponsored ones and, where it sees
 * districts, its district's: nothing of others is in a sector's sum either. */
YH_CHECK enum yh_rc yh_allocation(struct yh_ctx *cx, const struct yh_viewer *who,
				  const struct yh_id *cloud, enum yh_alloc_by by, yh_day day,
				  struct yh_alloc_line **out, size_t *n, struct yh_err *err);

/* Allocated of the quota in thousandths, rounded down; -1 without a quota. */
int64_t yh_alloc_ratio_milli(const struct yh_alloc_line *l);

#endif
