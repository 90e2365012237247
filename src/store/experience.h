/* What experience a cloud has with the items of its catalogue (Art. 16): use, what units think of
 * them, what went wrong; and such figures put on record. */
#ifndef YH_STORE_EXPERIENCE_H
#define YH_STORE_EXPERIENCE_H

#include "base/digest.h"
#include "store/case_query.h"

struct yh_experience_ask {
	struct yh_id cloud;
	yh_day first, last; /* both counted */
	yh_time as_of;      /* what runs, runs until then at most */
};
struct yh_experience_line {
	/* as the edition in force on the last day has it, or the last one before that had it */
	const char *code, *name, *category, *measure;
	bool trusted;
	int64_t resources;              /* that were of the item in the window */
	int64_t hours_milli;            /* quantity x hours in the window, in thousandths */
	int64_t before_milli;           /* the same in as many days before it */
	int64_t ratings, rating_sum;    /* of the quarters that the window touches */
	int64_t findings, observations; /* that began in the window */
};
/* By code; items that nothing was of in the window, or before, and that nobody rated, are left out.
 */
YH_CHECK enum yh_rc yh_experience_lines(struct yh_tx *tx, const struct yh_experience_ask *ask,
					struct yh_arena *arena, struct yh_experience_line **out,
					size_t *n, struct yh_err *err);

struct yh_rating_row {
	struct yh_id unit, cloud, person;
	char code[64];
	yh_day quarter; /* its first day */
	int64_t score;  /* 1..5 */
	const char *comment;
	yh_time made_at;
	const char *unit_code, *unit_name; /* read only */
};
/* The unit's word of the quarter, which replaces its earlier one. */
YH_CHECK enum yh_rc yh_rating_set(struct yh_tx *tx, const struct yh_rating_row *row,
				  struct yh_err *err);
/* Did the unit have anything of the item run on the cloud in [first, last]? */
YH_CHECK enum yh_rc yh_item_used(struct yh_tx *tx, const struct yh_id *cloud,
				 const struct yh_id *unit, const char *code, yh_day first,
				 yh_day last, bool *used, struct yh_err *err);
/* Ratings of an item on a cloud, newest first, at most `limit`. `unit` zero: of all. */
YH_CHECK enum yh_rc yh_rating_list(struct yh_tx *tx, const struct yh_id *cloud, const char *code,
				   const struct yh_id *unit, uint32_t limit, struct yh_arena *arena,
				   struct yh_rating_row **out, size_t *n, struct yh_err *err);

struct yh_experience_row {
	struct yh_id id, cloud, made_by;
	char no[48]; /* "YH-TY-000001" */
	yh_day first_day, last_day;
	const char *body; /* canonical JSON */
	struct yh_sm3 digest;
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_experience_insert(struct yh_tx *tx, const struct yh_experience_row *row,
					 struct yh_err *err);
/* By number; NOT_FOUND "experience-unknown". */
YH_CHECK enum yh_rc yh_experience_load(struct yh_tx *tx, const char *no, struct yh_arena *arena,
				       struct yh_experience_row *out, struct yh_err *err);

#endif
