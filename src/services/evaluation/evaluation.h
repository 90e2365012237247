/* Evaluation of units and providers (Art. 33, 34): schemes, evaluations of a period, what they say
 * and why, what follows from them. What is published is never edited. */
#ifndef YH_SERVICES_EVALUATION_EVALUATION_H
#define YH_SERVICES_EVALUATION_EVALUATION_H

#include "base/buf.h"
#include "cases/words.h"
#include "law/evaluation.h"
#include "store/eval_result.h"

/* Does the actor hold a role, as a body of the cloud, that may do `action`? FORBIDDEN
 * "evaluation-body-only". */
YH_CHECK enum yh_rc yh_eval_body(struct yh_ctx *cx, const struct yh_id *cloud, const char *action,
				 struct yh_err *err);

/* ---- schemes ---- */

struct yh_scheme_in {
	struct yh_id cloud;
	const char *code;  /* of the scheme; later versions have the same */
	const char *title; /* 1..120 characters */
	const json_t *definition;
	int64_t if_match; /* amending: the version it was read at; negative: whichever it is */
};
/* Drafts a version. FORBIDDEN "evaluation-body-only"; BAD_INPUT as law/evaluation.h says, or
 * "scheme-code" (1..16 of a-z 0-9 -). */
YH_CHECK enum yh_rc yh_scheme_draft(struct yh_ctx *cx, const struct yh_scheme_in *in,
				    struct yh_scheme_row *out, struct yh_err *err);
/* Replaces what a draft says; in->cloud and in->code are not looked at. CONFLICT "scheme-state";
 * STALE "stale-version" (figures yours, current). */
YH_CHECK enum yh_rc yh_scheme_amend(struct yh_ctx *cx, const struct yh_id *id,
				    const struct yh_scheme_in *in, struct yh_scheme_row *out,
				    struct yh_err *err);
/* By the words of the pack; CONFLICT "scheme-state". A day `from` that is over already
 * (YH_DAY_NONE: none is named yet) is REFUSED "scheme-in-the-past" before anybody decides on it. */
YH_CHECK enum yh_rc yh_scheme_submit(struct yh_ctx *cx, const struct yh_id *id, yh_day from,
				     const struct yh_id *case_id, const char *article,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_scheme_reopen(struct yh_ctx *cx, const struct yh_id *id,
				     const struct yh_id *case_id, struct yh_err *err);
/* In force from a day, today at the earliest: REFUSED "scheme-in-the-past". */
YH_CHECK enum yh_rc yh_scheme_enact(struct yh_ctx *cx, const struct yh_id *id, yh_day from,
				    const struct yh_id *case_id, const char *article,
				    struct yh_err *err);

/* ---- evaluations ---- */

struct yh_evaluation_ask {
	struct yh_id cloud;
	const char *code, *period; /* "2026-Q3" */
	struct yh_id person;       /* who asks */
	const char *source;        /* network address */
};
/* Reckons the draft of a period that is over, by the scheme in force on its last day; a draft that
 * is there already is reckoned anew, its hand scores kept. NOT_FOUND "scheme-none"; BAD_INPUT
 * "evaluation-period-invalid", "evaluation-period-open" (figure last); CONFLICT "evaluation-state";
 * BUSY "evaluation-running"; TOO_LARGE. Outside of transactions, not on an executor's thread. */
YH_CHECK enum yh_rc yh_evaluation_open(const struct yh_world *world,
				       const struct yh_evaluation_ask *ask, struct yh_id *out,
				       struct yh_err *err);

/* A hand score, or the correction of one that was reckoned. */
struct yh_hand_in {
	struct yh_id evaluation, org;
	const char *indicator;
	bool unknown; /* nothing can be said; the scheme says what follows */
	int64_t value_milli;
	const char *evidence, *reference; /* reference: of a document, or "" */
};
/* Scores an indicator of a draft by hand. CONFLICT "evaluation-state"; NOT_FOUND
 * "indicator-unknown", "result-unknown"; CONFLICT "indicator-reckoned" for one that has a source;
 * BAD_INPUT "score-evidence-missing". */
YH_CHECK enum yh_rc yh_evaluation_score(struct yh_ctx *cx, const struct yh_hand_in *in,
					struct yh_result_row *out, struct yh_err *err);
/* Corrects one figure of a result that was announced, as an objection's answer says. */
YH_CHECK enum yh_rc yh_evaluation_correct(struct yh_ctx *cx, const struct yh_id *result,
					  const struct yh_hand_in *in, const struct yh_id *case_id,
					  struct yh_err *err);

/* By the words of the pack. Announce: draft -> announced, those concerned are told and may object
 * until `until`; CONFLICT "evaluation-unscored" (figure open) while hand scores are missing. */
YH_CHECK enum yh_rc yh_evaluation_announce(struct yh_case_cx *k, const struct yh_id *id,
					   yh_day until, struct yh_err *err);
YH_CHECK enum yh_rc yh_evaluation_reopen(struct yh_case_cx *k, const struct yh_id *id,
					 struct yh_err *err);
/* announced -> published: those concerned are told, factors of providers are entered (from the
 * first month of the period, or from the month after publication), months that are closed are
 * corrected, and what is to be rectified begins as cases of its own, by jobs. REFUSED
 * "evaluation-objections" (figure open) while an objection waits for its answer. */
YH_CHECK enum yh_rc yh_evaluation_publish(struct yh_case_cx *k, const struct yh_id *id,
					  bool from_period, struct yh_err *err);
#define YH_RECTIFY_TRIGGER "evaluation.rectifies"
YH_CHECK enum yh_rc yh_evaluation_rectify(struct yh_ctx *cx, const struct yh_id *result,
					  yh_time *again_at, struct yh_err *err);

/* Reckons a kept evaluation anew from the records as of then, whatever was recorded or moved since;
 * what the meter said then is in the kept facts. Of a published one the digest over its results is
 * held against them, too. */
struct yh_evaluation_proof {
	int64_t results, scores, differences;
	char first[96]; /* "RESULT/indicator" of the first that differs, or "" */
};
YH_CHECK enum yh_rc yh_evaluation_verify(const struct yh_world *world, const struct yh_id *id,
					 struct yh_evaluation_proof *out, struct yh_err *err);

/* ---- looking ---- */

/* The law of an evaluation's scheme. */
YH_CHECK enum yh_rc yh_evaluation_scheme(struct yh_ctx *cx, const struct yh_id *scheme,
					 struct yh_scheme_row *row, struct yh_scheme *out,
					 struct yh_err *err);
/* Lines of the facts behind a score, each the text of a JSON object. */
YH_CHECK enum yh_rc yh_evaluation_facts(struct yh_tx *tx, const struct yh_id *result,
					int64_t indicator, int64_t from, uint32_t limit,
					struct yh_arena *arena, const char ***out, size_t *n,
					struct yh_err *err);

/* How those a scheme is about stand between evaluations: what its sources say of the days since the
 * last one's period (or of `first` .. `last`), nothing kept. */
struct yh_board_ask {
	struct yh_id cloud, only; /* only: zero: all */
	const char *code;
	yh_day first, last; /* YH_DAY_NONE: since the last evaluation, until yesterday */
};
struct yh_board_cell {
	const char *code, *zh, *en, *source;
	bool known;
	int64_t num, den, score_e2, weight_e2;
	size_t facts;
};
struct yh_board_row {
	struct yh_id org;
	const char *code, *name;
	struct yh_eval_result result;
	const char *grade_zh, *grade_en; /* NULL: withheld */
	struct yh_board_cell *cells;
	size_t n_cells;
};
struct yh_board {
	const char *scheme_no, *subject;
	yh_day first, last;
	struct yh_board_row *rows;
	size_t n;
};
YH_CHECK enum yh_rc yh_evaluation_board(const struct yh_world *world,
					const struct yh_board_ask *ask, struct yh_arena *arena,
					struct yh_board *out, struct yh_err *err);

/* What is proposed for the quotas of units whose grade says so: of each project and dimension what
 * exceeds what is held and pending by more than the pack's headroom. */
struct yh_proposal {
	struct yh_id unit, project;
	const char *unit_code, *unit_name, *project_code, *dimension;
	const char *grade_zh, *grade_en, *result_no;
	int64_t score_e2;
	int64_t quota_milli, taken_milli, keep_milli, reduce_milli;
};
YH_CHECK enum yh_rc yh_evaluation_proposals(struct yh_ctx *cx, const struct yh_id *evaluation,
					    const struct yh_id *unit, struct yh_proposal **out,
					    size_t *n, struct yh_err *err);

#endif
