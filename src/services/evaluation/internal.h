/* What the files of evaluation share: one reckoning from the records. */
#ifndef YH_SERVICES_EVALUATION_INTERNAL_H
#define YH_SERVICES_EVALUATION_INTERNAL_H

#include "services/evaluation/evaluation.h"
#include "services/evaluation/sources.h"
#include "store/eval_result.h"

/* One reckoning, from first read to what is kept or shown of it. */
struct yh_eval_run {
	const struct yh_world *world;
	struct yh_arena arena;
	struct yh_facts_ask ask;
	struct yh_scheme_row row;
	struct yh_scheme scheme;
	const struct yh_pack *pack;
	/* Of a kept one: the pack to reckon under, and the meter is not asked, which holds what
	 * came late and forgets what is old; NULL: the pack in force at as_of */
	const struct yh_sm3 *under;
	int64_t coverage; /* percent, of the pack */
	struct yh_evaluated *orgs;
	size_t n_orgs;
	struct yh_eval_facts facts[YH_EVAL_INDICATORS_MAX]; /* by organisation, kind and ref */
};

/* What one indicator says of one organisation. */
struct yh_eval_cell {
	struct yh_eval_figure figure;
	int64_t score_e2;
	const struct yh_eval_fact *facts; /* of the run */
	size_t n;
};

/* Reads the definition of a scheme row; INTERNAL when what was once good is not any more. */
YH_CHECK enum yh_rc yh_eval_scheme(const struct yh_scheme_row *row, struct yh_arena *arena,
				   struct yh_scheme *out, struct yh_err *err);

/* Reads everything a scheme looks at: `run` has world, ask and row.id set. Outside of transactions.
 * Whatever it returns, yh_eval_end follows. */
YH_CHECK enum yh_rc yh_eval_gather(struct yh_eval_run *run, struct yh_err *err);
/* The facts of an organisation, in their order. */
struct yh_eval_fact *yh_eval_facts_of(const struct yh_eval_run *run, size_t org, size_t indicator,
				      size_t *n);
YH_CHECK enum yh_rc yh_eval_cell(const struct yh_eval_run *run, size_t org, size_t indicator,
				 struct yh_eval_cell *out, struct yh_err *err);
void yh_eval_end(struct yh_eval_run *run);

/* The facts as lines of JSON, and the digest over them. */
YH_CHECK enum yh_rc yh_eval_lines(const struct yh_eval_fact *v, size_t n, struct yh_buf *out,
				  struct yh_sm3 *digest, struct yh_err *err);

/* The score as somebody said it. */
YH_CHECK enum yh_rc yh_eval_take_hand(const struct yh_eval_indicator *in,
				      const struct yh_hand_row *h, struct yh_score_row *s,
				      struct yh_err *err);
/* Result from scores: fills everything that is reckoned. */
YH_CHECK enum yh_rc yh_eval_sum(const struct yh_scheme *s, const struct yh_score_row *scores,
				size_t n, struct yh_result_row *out, struct yh_err *err);
/* Over the results' digests, by number. */
YH_CHECK enum yh_rc yh_eval_digest(struct yh_tx *tx, const struct yh_id *evaluation,
				   struct yh_arena *arena, struct yh_sm3 *out, struct yh_err *err);

/* CONFLICT "evaluation-state" (figures evaluation, state, needed) in any other state. */
YH_CHECK enum yh_rc yh_eval_in(const struct yh_evaluation_row *e, const char *state,
			       struct yh_err *err);
YH_CHECK enum yh_rc yh_eval_record(struct yh_ctx *cx, const char *kind, const char *object_kind,
				   const struct yh_id *object, const struct yh_id *case_id,
				   const char *before, const char *after, const char *reason,
				   struct yh_err *err);

#endif
