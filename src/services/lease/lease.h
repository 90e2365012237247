/* Leases of running resources (Art. 21-24): how a case gives, lengthens, holds and ends them. Each
 * change leaves a row of its own, moves what hangs on the last day (the watch over the lease, what
 * econ_info allowed for the resource, open cases' clocks) and is recorded in the case's story. */
#ifndef YH_SERVICES_LEASE_LEASE_H
#define YH_SERVICES_LEASE_LEASE_H

#include "cases/case.h"
#include "law/lease.h"
#include "store/lease.h"

#define YH_LEASE_JOB "lease.watch" /* a row for each leased resource */
#define YH_LEASE_TRIGGER "lease.ends"

/* What holds for the lease of a resource. */
struct yh_lease_terms {
	const struct yh_kind *kind;        /* of the pack under which it was given; never NULL */
	const struct yh_procedure *ending; /* of today's pack; NULL: nothing ends it by time */
	struct yh_period lead;             /* how long before the last day that is started */
	struct yh_lease_notices notices;
};
/* INTERNAL "lease-kind-unknown" when the pack of the case that gave it has no such kind. */
YH_CHECK enum yh_rc yh_lease_terms_of(struct yh_ctx *cx, const struct yh_lease_row *lease,
				      const char *kind, struct yh_lease_terms *out,
				      struct yh_err *err);

/* Until when an extension can be filed. not possible: the kind has none, all were used, or the
 * lease is too short for one. */
YH_CHECK enum yh_rc yh_lease_by_of(struct yh_ctx *cx, const struct yh_lease_row *lease,
				   const struct yh_lease_terms *terms, struct yh_lease_by *out,
				   struct yh_err *err);

/* The last day that a resource's lease may have: so long from its opening as `longest` says, or
 * from the end of the lease that was extended last as its kind admits. */
YH_CHECK enum yh_rc yh_lease_cap(struct yh_ctx *cx, const struct yh_resource_row *r,
				 struct yh_period longest, yh_day *last, struct yh_err *err);

/* Gives a resource that was opened just now its lease, and writes the resource. */
YH_CHECK enum yh_rc yh_lease_give(struct yh_case_cx *k, struct yh_resource_row *r, yh_day last,
				  struct yh_err *err);
/* Moves the last day: `as` is "extended" (which is counted) or "corrected". To a later day, what
 * was started to end the lease ends itself. Writes the resource. CONFLICT "lease-none" without one
 * in force. */
YH_CHECK enum yh_rc yh_lease_move(struct yh_case_cx *k, struct yh_resource_row *r, yh_day last,
				  const char *as, struct yh_err *err);
/* The resource stops ("stopped", "released") or needs no lease any more ("formal"): the lease ends
 * today, with what was allowed for it; the resource itself is the caller's. Nothing when it has
 * none. */
YH_CHECK enum yh_rc yh_lease_finish(struct yh_case_cx *k, const struct yh_resource_row *r,
				    const char *as, struct yh_err *err);

/* While the case, an extension filed in time, is undecided, its resources are not ended. */
YH_CHECK enum yh_rc yh_lease_hold_for(struct yh_case_cx *k, const struct yh_id *resource,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_lease_release(struct yh_case_cx *k, struct yh_err *err);

#endif
