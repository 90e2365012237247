/* The last backup that succeeded of what an order of backup is about, against its objective
 * (Art. 32): as the meter was told. */
#ifndef YH_SERVICES_METER_BACKUP_H
#define YH_SERVICES_METER_BACKUP_H

#include "cases/context.h"

struct yh_backup_resource {
	const char *no, *name;
	yh_time last; /* 0: never */
};
struct yh_backup {
	int64_t rpo_milli;               /* hours, in thousandths; 0: none was said */
	struct yh_backup_resource *list; /* what runs of the system, at most 1000 */
	const char **nos;
	size_t n, never;
	yh_time oldest; /* of those that ever were saved; 0: none was */
};

/* What runs of the order's system, and within how many hours it is to be saved: `rpo` is the figure
 * of the order that says so. Within a transaction. */
YH_CHECK enum yh_rc yh_backup_gather(struct yh_tx *tx, const struct yh_id *order,
				     const struct yh_id *system, const char *rpo,
				     struct yh_arena *arena, struct yh_backup *out,
				     struct yh_err *err);
/* When each was saved last; a success in time to come is none. Outside of transactions, for the
 * meter may be another machine's. */
YH_CHECK enum yh_rc yh_backup_ask(const struct yh_world *world, yh_time now, struct yh_arena *arena,
				  struct yh_backup *b, struct yh_err *err);

/* As old as the oldest among its resources; 0 while one of them was never saved. */
yh_time yh_backup_last(const struct yh_backup *b);
/* By when the next one must have succeeded; 0: it is not known. */
yh_time yh_backup_due(const struct yh_backup *b);
bool yh_backup_overdue(const struct yh_backup *b, yh_time now);

#endif
