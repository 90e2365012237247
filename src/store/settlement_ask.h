/* Months that people asked to be reckoned, as they wait, go on and end. */
#ifndef YH_STORE_SETTLEMENT_ASK_H
#define YH_STORE_SETTLEMENT_ASK_H

#include "db/db.h"
#include "store/ask.h"

struct yh_settlement_ask_row {
	struct yh_id id, person, cloud;
	yh_day month;            /* its first day */
	const char *source;      /* network address */
	struct yh_id settlement; /* zero: none yet, a failure, or nothing was left */
	struct yh_ask_state how;
};

YH_CHECK enum yh_rc yh_settlement_ask_insert(struct yh_tx *tx,
					     const struct yh_settlement_ask_row *row,
					     struct yh_err *err);
/* Texts in the arena. NOT_FOUND "settlement-ask-unknown". */
YH_CHECK enum yh_rc yh_settlement_ask_load(struct yh_tx *tx, const struct yh_id *id,
					   struct yh_arena *arena,
					   struct yh_settlement_ask_row *out, struct yh_err *err);
/* Whether one of the month has not ended. */
YH_CHECK enum yh_rc yh_settlement_ask_open(struct yh_tx *tx, const struct yh_id *cloud,
					   yh_day month, bool *open, struct yh_err *err);
/* Writes begun_at and the steps, or ended_at, settlement, fault and figures; nothing once it has
 * ended. */
YH_CHECK enum yh_rc yh_settlement_ask_go_on(struct yh_tx *tx,
					    const struct yh_settlement_ask_row *row,
					    struct yh_err *err);
YH_CHECK enum yh_rc yh_settlement_ask_end(struct yh_tx *tx, const struct yh_settlement_ask_row *row,
					  struct yh_err *err);
/* Forgets those that ended before `before`, at most `most`; *n: how many. */
YH_CHECK enum yh_rc yh_settlement_ask_prune(struct yh_tx *tx, yh_time before, int64_t most,
					    int64_t *n, struct yh_err *err);

#endif
