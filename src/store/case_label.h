/* Where cases that are labelled wait. */
#ifndef YH_STORE_CASE_LABEL_H
#define YH_STORE_CASE_LABEL_H

#include "store/case_query.h"

/* Open desks of cases that `who` is not cleared for, the oldest first, at most YH_DESKS_MOST. */
enum { YH_DESKS_MOST = 2000 };
struct yh_waiting_desk {
	struct yh_id case_id, org;
	struct yh_sm3 pack;
	const char *case_no, *procedure, *label, *step, *role, *org_name;
	yh_time opened_at;
	yh_day due_day;
};
YH_CHECK enum yh_rc yh_case_labelled_desks(struct yh_tx *tx, const struct yh_viewer *who,
					   struct yh_arena *arena, struct yh_waiting_desk **out,
					   size_t *n, struct yh_err *err);

#endif
