/* Whom the statements of a settlement concern: units, providers, payers. */
#ifndef YH_STORE_STATEMENT_PARTY_H
#define YH_STORE_STATEMENT_PARTY_H

#include "db/db.h"

/* What one organisation has to do with a settlement, in one of its roles. */
struct yh_statement_party {
	char role[16]; /* unit, provider, or finance: who pays for units in the budget */
	struct yh_id org;
	int64_t statements, total_fen;
};
/* Of those that can be reckoned, by role and organisation. */
YH_CHECK enum yh_rc yh_statement_parties(struct yh_tx *tx, const struct yh_id *settlement,
					 struct yh_arena *arena, struct yh_statement_party **out,
					 size_t *n, struct yh_err *err);

#endif
