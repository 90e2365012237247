/* What has changed lately and whom it concerns, for those who follow it live. */
#ifndef YH_STORE_PULSE_H
#define YH_STORE_PULSE_H

#include "db/db.h"

enum { YH_ROLE_TEXT = 32, YH_DISTRICT_TEXT = 64 };

/* A sealed event. */
struct yh_change_row {
	int64_t pos;
	yh_time at;
	const char *kind, *role, *org_name, *outcome;
	/* of its case; zero and "" where it is of none */
	struct yh_id case_id, unit, filer_org, sponsor, cloud;
	struct yh_id provider;           /* who may see the case as one; zero: none */
	char district[YH_DISTRICT_TEXT]; /* of the unit */
	const char *no, *procedure, *title, *label;
};
/* Those behind position `after`, at most `limit`, in order. */
YH_CHECK enum yh_rc yh_changes(struct yh_tx *tx, int64_t after, uint32_t limit,
			       struct yh_arena *arena, struct yh_change_row **out, size_t *n,
			       struct yh_err *err);

/* A desk that a case concerns: it had a step there, or it is a body of the case's cloud. */
struct yh_party_row {
	struct yh_id org;
	char role[YH_ROLE_TEXT];
	bool of_step;
};
YH_CHECK enum yh_rc yh_change_parties(struct yh_tx *tx, const struct yh_id *case_id,
				      const struct yh_id *cloud, struct yh_arena *arena,
				      struct yh_party_row **out, size_t *n, struct yh_err *err);

struct yh_notice_for {
	struct yh_id id, org;
	char role[YH_ROLE_TEXT];
};
/* Notices with an id above `floor`, at most `limit`, by id. */
YH_CHECK enum yh_rc yh_notices_since(struct yh_tx *tx, const struct yh_id *floor, uint32_t limit,
				     struct yh_arena *arena, struct yh_notice_for **out, size_t *n,
				     struct yh_err *err);

/* The least id that can have been made at `t`. */
struct yh_id yh_id_floor(yh_time t);

#endif
