/* The part of the audit chain that tells of one case, so that it can be verified elsewhere. */
#ifndef YH_STORE_AUDIT_CASE_H
#define YH_STORE_AUDIT_CASE_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_LINK_FIELDS = 16 };
struct yh_chain_link {
	struct yh_id id;
	int64_t pos; /* 0: not sealed yet */
	struct yh_sm3 record, chain,
		former; /* former: of the position before; zeros at the first */
	struct yh_piece
		fields[YH_LINK_FIELDS]; /* what the record's digest is over, see store/audit.h */
	bool withheld;                  /* as the caller has it: its fields are not told */
};
/* In the order they came. */
YH_CHECK enum yh_rc yh_audit_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				     struct yh_arena *arena, struct yh_chain_link **out, size_t *n,
				     struct yh_err *err);
/* The chain's value at a position. Pure. */
struct yh_sm3 yh_chain_of(const struct yh_sm3 *former, int64_t pos, const struct yh_sm3 *record);

#endif
