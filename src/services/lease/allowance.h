/* What econ_info allows above the project's quota for one leased resource (Art. 23, 24): granted
 * before it is opened, then bound to it day for day, ended with its use. It is no part of the base
 * against which the share of Art. 20 is taken. */
#ifndef YH_SERVICES_LEASE_ALLOWANCE_H
#define YH_SERVICES_LEASE_ALLOWANCE_H

#include "cases/words.h"
#include "store/quota.h"
#include "store/resource.h"

/* What the case `k` was granted, not yet bound, as lines of kind "grant" until it is opened. */
YH_CHECK enum yh_rc yh_allowance_grants(struct yh_case_cx *k, struct yh_quota_row **out, size_t *n,
					struct yh_err *err);

/* A resource opened under a grant of the case takes its size of it until its lease ends. Nothing
 * without a grant: it then takes from the quota. */
YH_CHECK enum yh_rc yh_allowance_bind(struct yh_case_cx *k, const struct yh_resource_row *r,
				      struct yh_err *err);
/* The last day of the lease was `was` and is the resource's now. */
YH_CHECK enum yh_rc yh_allowance_move(struct yh_case_cx *k, const struct yh_resource_row *r,
				      yh_day was, struct yh_err *err);
/* Nothing is allowed for the resource from today on. */
YH_CHECK enum yh_rc yh_allowance_end(struct yh_case_cx *k, const struct yh_resource_row *r,
				     struct yh_err *err);

#endif
