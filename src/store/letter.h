/* Letters that came from outside and were registered on a case. */
#ifndef YH_STORE_LETTER_H
#define YH_STORE_LETTER_H

#include "store/case_query.h"

struct yh_letter_row {
	struct yh_id id, case_id;
	const char *sender, *number, *subject; /* number "": it has none */
	yh_day day;                            /* that it bears */
	struct yh_id document;                 /* zero: it lies on paper only */
	struct yh_id person, org;              /* who registered it, for which body */
	yh_time registered_at;
	/* read along */
	const char *person_name, *org_name, *case_no, *case_title, *procedure, *document_name;
	char document_label[32], label[32]; /* of the case */
	struct yh_sm3 pack, digest;
};

YH_CHECK enum yh_rc yh_letter_insert(struct yh_tx *tx, const struct yh_letter_row *row,
				     struct yh_err *err);
/* Of a case, in the order of their registration, 200 at most. */
YH_CHECK enum yh_rc yh_letter_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				      struct yh_arena *arena, struct yh_letter_row **out, size_t *n,
				      struct yh_err *err);

/* Those of the cases that the viewer sees, the newest first. */
struct yh_letter_filter {
	const char *pattern; /* in sender, number or subject, lower case, for LIKE; "": any */
	yh_day from, to;     /* of the letters' days; YH_DAY_NONE: no bound */
	struct yh_id cloud, before;
	uint32_t limit;
};
YH_CHECK enum yh_rc yh_letter_page(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_letter_filter *f, struct yh_arena *arena,
				   struct yh_letter_row **out, size_t *n, struct yh_err *err);

#endif
