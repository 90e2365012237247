/* Leases as people look at them. */
#ifndef YH_SERVICES_LEASE_VIEW_H
#define YH_SERVICES_LEASE_VIEW_H

#include "services/lease/lease.h"

enum yh_lease_standing {
	YH_LEASE_RUNS,
	YH_LEASE_HELD, /* past its last day, while a timely extension is undecided */
	YH_LEASE_OVER, /* past its last day, and the resource runs on */
	YH_LEASE_ENDED /* over for good */
};

struct yh_lease_view {
	struct yh_lease_line line;
	enum yh_lease_standing standing;
	struct yh_lease_by
		by;         /* until when an extension can be filed; none once that day is past */
	struct yh_due stop; /* the first day on which it is stopped */
	/* The same as `by` for a lease that is over, past that day and with every extension used.
	 */
	struct yh_lease_by ever;
	bool used_up; /* every extension that there can be was made */
	int64_t most; /* how many extensions the kind admits; 0: none */
	/* How far the next extension goes, and all that are left; YH_DAY_NONE unless one can be
	 * filed or is undecided. */
	yh_day next_last, cap;
};

/* A page of them by last day and number. */
YH_CHECK enum yh_rc yh_lease_views(struct yh_ctx *cx, const struct yh_viewer *who,
				   const struct yh_lease_filter *f, struct yh_lease_view **out,
				   size_t *n, struct yh_err *err);

struct yh_lease_past {
	struct yh_lease_row row;
	const char *case_no;
};
/* The lease of one resource, in force or the last one, with all its rows in order. NOT_FOUND
 * "lease-missing-here" when it has none or is not for the viewer. */
YH_CHECK enum yh_rc yh_lease_view_of(struct yh_ctx *cx, const struct yh_viewer *who,
				     const struct yh_id *resource, struct yh_lease_view *out,
				     struct yh_lease_past **past, size_t *n, struct yh_err *err);

#endif
