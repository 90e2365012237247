/* Where cases that are labelled wait, and what rises with them. */
#ifndef YH_STORE_CASE_LABEL_H
#define YH_STORE_CASE_LABEL_H

#include "store/case_query.h"

/* Where cases that `who` is not cleared for wait, and for what, each once. Those that are at the
 * city wait there. */
struct yh_labelled_desk {
	struct yh_id org;
	const char *role, *procedure, *label;
};
YH_CHECK enum yh_rc yh_case_labelled_desks(struct yh_tx *tx, const struct yh_viewer *who,
					   struct yh_arena *arena, struct yh_labelled_desk **out,
					   size_t *n, struct yh_err *err);
/* The steps that wait at one of them, the oldest first, at most `most`. */
struct yh_waiting_desk {
	struct yh_id step_id, case_id, org;
	struct yh_sm3 pack;
	const char *case_no, *procedure, *label, *step, *role, *org_name;
	yh_time opened_at;
	yh_day due_day;
};
YH_CHECK enum yh_rc yh_case_waiting_at(struct yh_tx *tx, const struct yh_labelled_desk *desk,
				       size_t most, struct yh_arena *arena,
				       struct yh_waiting_desk **out, size_t *n, struct yh_err *err);
/* Ids of the cases about a case, which rise with it. */
YH_CHECK enum yh_rc yh_case_about(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_id **out, size_t *n,
				  struct yh_err *err);

#endif
