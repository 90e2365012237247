/* Urgings and supervisions: who asked the desk of an open step to get on with a case, and what was
 * answered. A supervision wants an answer by a day; an urging wants none. */
#ifndef YH_STORE_URGING_H
#define YH_STORE_URGING_H

#include "store/case_query.h"

struct yh_urging_row {
	struct yh_id id;
	char kind[12]; /* urge, supervise */
	struct yh_id case_id, step, person, org;
	struct yh_id desk; /* whom it asks: the step's, or who took it over unanswered */
	char role[32];     /* in which they asked */
	const char *reason;
	yh_day answer_by; /* YH_DAY_NONE: of an urging */
	yh_time made_at;
	const char *answer;
	yh_time answered_at; /* 0: not yet */
	struct yh_id answered_by;
	/* read along: the desk's role, and names; who asks from a district has a name alone */
	char desk_role[32], step_name[48];
	yh_time ended_at; /* of the case; 0: it runs */
	struct yh_sm3 pack;
	const char *person_name, *org_name, *desk_name, *answered_name, *case_no, *case_title,
		*procedure;
	char label[32]; /* of the case */
};

YH_CHECK enum yh_rc yh_urging_insert(struct yh_tx *tx, const struct yh_urging_row *row,
				     struct yh_err *err);
/* NOT_FOUND "supervision-unknown". */
YH_CHECK enum yh_rc yh_urging_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_urging_row *out, struct yh_err *err);
/* Of a case, in their order, the newest 200 at most. */
YH_CHECK enum yh_rc yh_urging_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				      struct yh_arena *arena, struct yh_urging_row **out, size_t *n,
				      struct yh_err *err);
/* When an organisation urged a step last; 0: never. */
YH_CHECK enum yh_rc yh_urging_last(struct yh_tx *tx, const struct yh_id *step,
				   const struct yh_id *org, yh_time *at, struct yh_err *err);
/* The first day by which an answer is wanted about a case; YH_DAY_NONE: none is. */
YH_CHECK enum yh_rc yh_supervised_until(struct yh_tx *tx, const struct yh_id *case_id, yh_day *day,
					struct yh_err *err);
/* The same of what one organisation asks. */
YH_CHECK enum yh_rc yh_supervised_by(struct yh_tx *tx, const struct yh_id *case_id,
				     const struct yh_id *org, yh_day *day, struct yh_err *err);
/* *fresh false: somebody had. */
YH_CHECK enum yh_rc yh_urging_answer(struct yh_tx *tx, const struct yh_urging_row *row, bool *fresh,
				     struct yh_err *err);

/* Supervisions among the cases the viewer sees, those wanted first before; behind `after` (zero:
 * from the beginning), which is due at `after_day`. */
struct yh_supervision_filter {
	bool open; /* only what waits for an answer */
	bool mine; /* only what waits at, or was asked by, a desk of the viewer's */
	yh_day after_day;
	struct yh_id after;
	uint32_t limit;
};
YH_CHECK enum yh_rc yh_supervision_page(struct yh_tx *tx, const struct yh_viewer *who,
					const struct yh_supervision_filter *f,
					struct yh_arena *arena, struct yh_urging_row **out,
					size_t *n, struct yh_err *err);

#endif
