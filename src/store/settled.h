/* What closed settlements charge for each provider, month by month. */
#ifndef YH_STORE_SETTLED_H
#define YH_STORE_SETTLED_H

#include "store/settlement.h"

/* The providers that a settlement charges for. */
YH_CHECK enum yh_rc yh_settled_providers(struct yh_tx *tx, const struct yh_settlement_row *row,
					 struct yh_arena *arena, struct yh_id **out, size_t *n,
					 struct yh_err *err);
/* Once it is closed: what it charges for a provider counts among what is settled, as that of
 * `heir`, who has its contracts now. */
YH_CHECK enum yh_rc yh_settled_add(struct yh_tx *tx, const struct yh_settlement_row *row,
				   const struct yh_id *provider, const struct yh_id *heir,
				   struct yh_err *err);
/* What closed settlements charge for a provider on a cloud, of the months whose last day lies
 * within the days (each may be YH_DAY_NONE). */
YH_CHECK enum yh_rc yh_settled_sum(struct yh_tx *tx, const struct yh_id *provider,
				   const struct yh_id *cloud, yh_day from, yh_day until,
				   int64_t *fen, struct yh_err *err);

#endif
