/* Whom the statements of a settlement concern: units, providers, payers. */
#ifndef YH_STORE_STATEMENT_PARTY_H
#define YH_STORE_STATEMENT_PARTY_H

#include "store/settlement.h"

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

/* Whether a unit outside the budget is billed itself, and so nobody's finance body pays. A finance
 * body that uses the cloud within the budget pays as such, though unit and payer are one. */
YH_CHECK enum yh_rc yh_statement_pays_itself(struct yh_tx *tx, const struct yh_statement_row *s,
					     bool *out, struct yh_err *err);
/* The same of a row `t` in SQL. */
#define YH_SQL_PAYS_ITSELF                                                                         \
	"(t.payer = t.unit AND NOT EXISTS (SELECT 1 FROM cloud_body f WHERE f.cloud = t.cloud AND" \
	" f.role = 'finance' AND f.org = t.payer))"

#endif
