/* The watch over leases (Art. 21, 26): tells ahead, starts what ends them, shows what lapses. */
#ifndef YH_SERVICES_LEASE_WATCH_H
#define YH_SERVICES_LEASE_WATCH_H

#include "services/lease/lease.h"

/* Does what has come due about the lease of a resource, and says when to look again (0: never; its
 * lease is over). Resources of one application whose leases end together are told of in one notice
 * and ended by one case, whoever of them is looked at first. Of notices missed during an outage
 * only the latest is given; the record names the others. A job of the scheduler, see jobs/kinds.h.
 */
YH_CHECK enum yh_rc yh_lease_watch(struct yh_ctx *cx, const struct yh_id *resource,
				   yh_time *again_at, struct yh_err *err);

/* After a calendar came in: every lease is looked at anew, for its days may have moved (T4). */
YH_CHECK enum yh_rc yh_lease_watch_all(struct yh_ctx *cx, struct yh_err *err);

#endif
