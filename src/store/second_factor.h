/* Second factors, what stands in for them once, and former passwords. */
#ifndef YH_STORE_SECOND_FACTOR_H
#define YH_STORE_SECOND_FACTOR_H

#include "base/digest.h"
#include "base/otp.h"
#include "db/db.h"

struct yh_second_factor {
	struct yh_id person;
	enum yh_otp_kind kind;
	unsigned char key[YH_OTP_KEY]; /* sealed in the store */
	yh_time made_at, confirmed_at; /* confirmed_at 0: not yet */
	int64_t last_step;             /* codes of it and of earlier steps are spent */
};
/* NOT_FOUND "factor-none". */
YH_CHECK enum yh_rc yh_second_factor_load(struct yh_tx *tx, const struct yh_id *person,
					  struct yh_arena *arena, struct yh_second_factor *out,
					  struct yh_err *err);
/* In place of one that was not confirmed; one that was is left alone: CONFLICT "factor-there". */
YH_CHECK enum yh_rc yh_second_factor_put(struct yh_tx *tx, const struct yh_second_factor *f,
					 struct yh_arena *arena, struct yh_err *err);
YH_CHECK enum yh_rc yh_second_factor_confirm(struct yh_tx *tx, const struct yh_id *person,
					     yh_time now, struct yh_err *err);
/* Spends the codes up to `step`; *first is false when they were spent already, also by somebody who
 * comes at the same time. */
YH_CHECK enum yh_rc yh_second_factor_spend(struct yh_tx *tx, const struct yh_id *person,
					   int64_t step, bool *first, struct yh_err *err);
/* With its recovery codes; NOT_FOUND "factor-none". */
YH_CHECK enum yh_rc yh_second_factor_remove(struct yh_tx *tx, const struct yh_id *person,
					    struct yh_err *err);

/* Codes that were not used are forgotten with those that were. */
YH_CHECK enum yh_rc yh_recovery_forget(struct yh_tx *tx, const struct yh_id *person,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_recovery_insert(struct yh_tx *tx, const struct yh_id *person,
				       const struct yh_sm3 *digest, yh_time now,
				       struct yh_err *err);
/* *first is false for a code that is unknown or was used. */
YH_CHECK enum yh_rc yh_recovery_spend(struct yh_tx *tx, const struct yh_id *person,
				      const struct yh_sm3 *digest, yh_time now, bool *first,
				      struct yh_err *err);
YH_CHECK enum yh_rc yh_recovery_left(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
				     struct yh_err *err);

/* Remembers a password that is replaced at `now`; only the `keep` latest are kept. */
YH_CHECK enum yh_rc yh_former_secret_insert(struct yh_tx *tx, const struct yh_id *person,
					    const char *secret, yh_time now, int64_t keep,
					    struct yh_err *err);
/* The latest first, at most `most`. */
YH_CHECK enum yh_rc yh_former_secrets(struct yh_tx *tx, const struct yh_id *person, int64_t most,
				      struct yh_arena *arena, const char ***out, size_t *n,
				      struct yh_err *err);

#endif
