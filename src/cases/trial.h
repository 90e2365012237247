/* What filing, answering or deciding would come to: the very use cases, run in the transaction and
 * taken back within it, whatever they came to. Nothing is kept: no event, job, notice, reservation
 * or running number. (docs/decisions/0016) */
#ifndef YH_CASES_TRIAL_H
#define YH_CASES_TRIAL_H

#include "cases/case.h"
#include "store/quota.h"

enum yh_moment {
	YH_AT_FILING,   /* the procedure's checks when it is filed */
	YH_AT_DECISION, /* the step's, for its positive outcome */
	YH_AT_EFFECT    /* the procedure's once more, before the first effects */
};
enum yh_verdict { YH_HOLDS, YH_FAILS, YH_NOT_JUDGED };

struct yh_trial_check {
	const struct yh_word_use *use;
	enum yh_moment at;
	/* NOT_JUDGED: it was not reached, or fails for no other reason than an earlier one */
	enum yh_verdict verdict;
	/* FAILS: why. HOLDS: with a slug, how (see yh_case_told); rc is YH_OK then. */
	struct yh_err found;
};

/* One outcome of a step. */
struct yh_trial_outcome {
	const struct yh_outcome *outcome;
	bool chosen;
	bool judged;               /* false: it needs a form that was not given */
	struct yh_err refused;     /* rc YH_OK: it would be taken */
	char state[16];            /* of the case afterwards */
	size_t others_open;        /* desks of the same step that still have to answer */
	struct yh_step_row *steps; /* that would open, not in the store */
	size_t n_steps;
};

struct yh_trial {
	struct yh_case c;      /* as it would be; procedure NULL: there is none of that name */
	struct yh_err refused; /* what the use case itself would answer; rc YH_OK: it would pass */
	struct yh_trial_check *checks;
	size_t n_checks;
	struct yh_step_row *steps;
	size_t n_steps;
	struct yh_reservation_row *reserved; /* what the case would hold */
	size_t n_reserved;
	struct yh_trial_outcome *outcomes; /* decisions: of the step, in the pack's order */
	size_t n_outcomes;
	bool over; /* the engine's: the use case came to its end */
};

/* A refusal is in `refused`; what these return is a failure of the asking itself: a store that
 * failed, memory. Each needs a write transaction, and leaves it as it was. */
YH_CHECK enum yh_rc yh_trial_file(struct yh_ctx *cx, const struct yh_file_in *in,
				  struct yh_trial *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_trial_resubmit(struct yh_ctx *cx, const struct yh_id *case_id,
				      const json_t *form, struct yh_trial *out, struct yh_err *err);
YH_CHECK enum yh_rc yh_trial_decide(struct yh_ctx *cx, const struct yh_decide_in *in,
				    struct yh_trial *out, struct yh_err *err);
/* The checks that a step's positive outcome would have to pass, judged as things stand. A reader's
 * transaction will do. */
YH_CHECK enum yh_rc yh_trial_stand(struct yh_ctx *cx, struct yh_case *c, const struct yh_step *step,
				   struct yh_trial *out, struct yh_err *err);

#endif
