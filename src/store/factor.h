/* What evaluations make of the fee of a provider (Art. 27, 34): factors, from a month on. */
#ifndef YH_STORE_FACTOR_H
#define YH_STORE_FACTOR_H

#include "db/db.h"

struct yh_factor_row {
	struct yh_id id, provider, cloud;
	yh_day from_month;                /* its first day */
	int64_t factor_e6;                /* 0 to 10 */
	struct yh_id evaluation, case_id; /* zero: none */
	yh_time made_at;
};

/* A factor is never changed: a later one of the same month takes its place. made_at is written as
 * the row says, unless a settlement of the cloud was reckoned as of then or later: it must not
 * change what that has seen, and counts from then on. BAD_INPUT "factor-invalid". */
YH_CHECK enum yh_rc yh_factor_insert(struct yh_tx *tx, struct yh_factor_row *row,
				     struct yh_err *err);
/* The one of a month, by what was made up to `as_of`; *found false: none, the factor is 1. */
YH_CHECK enum yh_rc yh_factor_on(struct yh_tx *tx, const struct yh_id *provider,
				 const struct yh_id *cloud, yh_day month, yh_time as_of,
				 bool *found, struct yh_factor_row *out, struct yh_err *err);
/* NOT_FOUND "factor-unknown". */
YH_CHECK enum yh_rc yh_factor_load(struct yh_tx *tx, const struct yh_id *id,
				   struct yh_factor_row *out, struct yh_err *err);
/* All of a provider on a cloud (zero: any), the newest first. */
YH_CHECK enum yh_rc yh_factor_list(struct yh_tx *tx, const struct yh_id *provider,
				   const struct yh_id *cloud, uint32_t limit,
				   struct yh_arena *arena, struct yh_factor_row **out, size_t *n,
				   struct yh_err *err);

#endif
