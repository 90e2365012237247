/* What was paid for statements (Art. 27). */
#ifndef YH_STORE_PAYMENT_H
#define YH_STORE_PAYMENT_H

#include "db/db.h"

struct yh_payment_row {
	struct yh_id id, statement;
	yh_day day;
	int64_t fen; /* negative: what takes back a payment that was noted wrongly */
	const char *reference, *note;
	struct yh_id person;
	yh_time made_at;
	const char *person_name; /* read only */
};
YH_CHECK enum yh_rc yh_payment_insert(struct yh_tx *tx, const struct yh_payment_row *row,
				      struct yh_err *err);
/* By id: as they were noted. */
YH_CHECK enum yh_rc yh_payment_list(struct yh_tx *tx, const struct yh_id *statement,
				    struct yh_arena *arena, struct yh_payment_row **out, size_t *n,
				    struct yh_err *err);
/* Is a voucher entered already for this statement, and not taken back (their sum is not 0)? */
YH_CHECK enum yh_rc yh_payment_known(struct yh_tx *tx, const struct yh_id *statement,
				     const char *reference, bool *known, struct yh_err *err);

#endif
