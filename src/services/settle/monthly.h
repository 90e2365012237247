/* Last month's settlements, reckoned by themselves (Art. 27). */
#ifndef YH_SERVICES_SETTLE_MONTHLY_H
#define YH_SERVICES_SETTLE_MONTHLY_H

#include "cases/context.h"

/* From the day of the month on that the pack names (settlement.day) every cloud has drafts of the
 * month before, and of those that an outage passed over since its latest settlement; its operator
 * is told, once. A cloud that fails does not hold up the others; its failure is returned. *again_at
 * is when to ask again. Outside of a transaction, not on an executor's thread; `stop` ends it soon,
 * with BUSY "job-stopped". */
YH_CHECK enum yh_rc yh_settle_monthly(const struct yh_world *world, yh_time now,
				      struct yh_arena *arena, const atomic_bool *stop,
				      yh_time *again_at, struct yh_err *err);

#endif
