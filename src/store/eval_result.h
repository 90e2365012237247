/* What an evaluation says of each unit or provider, score by score, down to the facts. */
#ifndef YH_STORE_EVAL_RESULT_H
#define YH_STORE_EVAL_RESULT_H

#include "store/evaluation.h"

struct yh_result_row {
	struct yh_id id, evaluation, org;
	char no[48]; /* "YH-PJ-provider-2026-Q3-001" */
	bool withheld;
	int64_t known_e2, score_e2;
	int64_t grade; /* index into the scheme's; their number when withheld */
	int64_t factor_e6;
	bool rectify;
	struct yh_id case_id; /* in which it is rectified; zero: none yet */
	struct yh_sm3 digest; /* over its scores */
	int64_t version;
	const char *org_code, *org_name, *case_no; /* read only; case_no "": none */
};
struct yh_score_row {
	struct yh_id result;
	int64_t indicator; /* index into the scheme's */
	char code[48];
	char kind[12]; /* source; hand; corrected (by an objection); open: not scored yet */
	bool known;
	int64_t num, den; /* the figure; 0/1 when not known */
	int64_t score_e2, weight_e2;
	int64_t facts;        /* lines of its trace */
	struct yh_sm3 digest; /* over the lines */
	const char *evidence, *reference;
	struct yh_id scorer, case_id;
	yh_time made_at;
	const char *scorer_name; /* read only */
};

/* With its scores; `scores` may be none. */
YH_CHECK enum yh_rc yh_result_insert(struct yh_tx *tx, const struct yh_result_row *row,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_score_insert(struct yh_tx *tx, const struct yh_score_row *row,
				    struct yh_err *err);
YH_CHECK enum yh_rc yh_trace_insert(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
				    int64_t part, const void *body, size_t n, struct yh_err *err);
/* *body is NULL when there is none. */
YH_CHECK enum yh_rc yh_trace_load(struct yh_tx *tx, const struct yh_id *result, int64_t indicator,
				  int64_t part, struct yh_arena *arena, const void **body,
				  size_t *n, struct yh_err *err);
/* What was said by hand of an indicator: a hand score, or what an objection's answer corrected; the
 * later word takes the place of the earlier. It outlives a new reckoning of the draft. */
struct yh_hand_row {
	struct yh_id evaluation, org, scorer, case_id;
	char code[48];
	char kind[12]; /* hand, corrected */
	bool known;
	int64_t num, den;
	const char *evidence, *reference;
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_hand_set(struct yh_tx *tx, const struct yh_hand_row *row,
				struct yh_err *err);
/* By organisation. */
YH_CHECK enum yh_rc yh_hand_list(struct yh_tx *tx, const struct yh_id *evaluation,
				 struct yh_arena *arena, struct yh_hand_row **out, size_t *n,
				 struct yh_err *err);

/* Takes all results of an evaluation back, to be reckoned anew. */
YH_CHECK enum yh_rc yh_results_delete(struct yh_tx *tx, const struct yh_id *evaluation,
				      struct yh_err *err);

/* NOT_FOUND "result-unknown". */
YH_CHECK enum yh_rc yh_result_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				   struct yh_result_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_result_of(struct yh_tx *tx, const struct yh_id *evaluation,
				 const struct yh_id *org, struct yh_arena *arena,
				 struct yh_result_row *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_result_by_no(struct yh_tx *tx, const char *no, struct yh_id *out,
				    struct yh_err *err);
/* Writes what is reckoned, and the case; STALE "result-changed". */
YH_CHECK enum yh_rc yh_result_update(struct yh_tx *tx, struct yh_result_row *row,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_score_update(struct yh_tx *tx, const struct yh_score_row *row,
				    struct yh_err *err);
/* By the scheme's indicators. */
YH_CHECK enum yh_rc yh_score_list(struct yh_tx *tx, const struct yh_id *result,
				  struct yh_arena *arena, struct yh_score_row **out, size_t *n,
				  struct yh_err *err);
/* All results by number. */
YH_CHECK enum yh_rc yh_result_list(struct yh_tx *tx, const struct yh_id *evaluation,
				   struct yh_arena *arena, struct yh_result_row **out, size_t *n,
				   struct yh_err *err);
/* How many hand scores of an evaluation are still open. */
YH_CHECK enum yh_rc yh_scores_open(struct yh_tx *tx, const struct yh_id *evaluation, int64_t *n,
				   struct yh_err *err);
/* How many cases about results of an evaluation are open (objections that wait for an answer). */
YH_CHECK enum yh_rc yh_results_in_case(struct yh_tx *tx, const struct yh_id *evaluation, int64_t *n,
				       struct yh_err *err);
struct yh_result_filter {
	struct yh_id evaluation, org; /* zero: any */
	struct yh_id after;           /* only later ones; zero: from the first */
	uint32_t limit;
};
/* Results by id: published ones and what was announced to one's own organisation; for the cloud's
 * bodies all. `whole`: only those of which the viewer may see the facts, too: one's own, and for
 * bodies all. */
YH_CHECK enum yh_rc yh_result_page(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_result_filter *f, bool whole,
				   struct yh_arena *arena, struct yh_result_row **out, size_t *n,
				   struct yh_err *err);
YH_CHECK enum yh_rc yh_result_seen(struct yh_tx *tx, const struct yh_viewer *who,
				   const struct yh_id *id, bool *seen, struct yh_err *err);

#endif
