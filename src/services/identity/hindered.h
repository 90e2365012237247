/* Desks that a labelled case waits at while nobody there is cleared for it: who hands out duties
 * and clearances is shown them. */
#ifndef YH_SERVICES_IDENTITY_HINDERED_H
#define YH_SERVICES_IDENTITY_HINDERED_H

#include "cases/case.h"

enum { YH_HINDERED_MOST = 200 };

struct yh_hindered {
	struct yh_id case_id, org;
	struct yh_sm3 pack;
	const char *case_no, *procedure, *step, *role, *org_name;
	const char *label; /* what it amounts to */
	yh_time opened_at;
	yh_day due_day;
	int64_t holders; /* of the role there, none of them cleared */
};
/* The oldest first, at most YH_HINDERED_MOST. */
YH_CHECK enum yh_rc yh_hindered_list(struct yh_ctx *cx, struct yh_hindered **out, size_t *n,
				     struct yh_err *err);
/* Is nobody who holds the role there cleared for the case? Never of one with the lowest label, nor
 * of one that is at the city: who holds its desks there is not known here. */
YH_CHECK enum yh_rc yh_hindered_at(struct yh_ctx *cx, const struct yh_case_row *c, const char *role,
				   const struct yh_id *org, bool *is, struct yh_err *err);

#endif
