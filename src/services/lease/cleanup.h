/* The periodic clean-up of Art. 22: so often as the kind says, the operator of a cloud is told how
 * many leased resources of it run there, how many are over, and when the next one ends. */
#ifndef YH_SERVICES_LEASE_CLEANUP_H
#define YH_SERVICES_LEASE_CLEANUP_H

#include "cases/context.h"

#define YH_CLEANUP_JOB "lease.cleanup" /* a row for each cloud that has such resources */

/* Sees to it that the cloud's list is due one day, when the kind asks for one. */
YH_CHECK enum yh_rc yh_lease_cleanup_plan(struct yh_ctx *cx, const struct yh_kind *kind,
					  const struct yh_id *cloud, struct yh_err *err);
/* Tells, and comes back as long as something of such a kind runs. A job, see jobs/kinds.h. */
YH_CHECK enum yh_rc yh_lease_cleanup(struct yh_ctx *cx, const struct yh_id *cloud,
				     yh_time *again_at, struct yh_err *err);

#endif
