/* Statements of the city about a district's units, as it told them over the link. */
#ifndef YH_STORE_LINK_STATEMENT_H
#define YH_STORE_LINK_STATEMENT_H

#include "base/digest.h"
#include "db/db.h"

struct yh_link_statement_row {
	char no[40];
	struct yh_id cloud, unit;
	yh_day month;               /* its first day */
	int64_t use_fen, total_fen; /* use: without what corrects earlier months */
	struct yh_sm3 digest;
	yh_time told_at;
};
/* In place of the one of that number. */
YH_CHECK enum yh_rc yh_link_statement_put(struct yh_tx *tx, const struct yh_link_statement_row *row,
					  struct yh_err *err);
YH_CHECK enum yh_rc yh_link_statement_drop(struct yh_tx *tx, const char *no, struct yh_err *err);

/* What units were billed for a month. */
struct yh_link_billed {
	struct yh_id unit;
	int64_t statements, use_fen, total_fen;
};
/* By unit. */
YH_CHECK enum yh_rc yh_link_billed(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				   struct yh_arena *arena, struct yh_link_billed **out, size_t *n,
				   struct yh_err *err);

/* ---- at the city ---- */

/* What the lines of a statement come to that are of use. */
YH_CHECK enum yh_rc yh_statement_use(struct yh_tx *tx, const struct yh_id *statement, int64_t *fen,
				     struct yh_err *err);
/* Numbers of the closed statements of a settlement about units of a district. */
YH_CHECK enum yh_rc yh_statement_of_district(struct yh_tx *tx, const struct yh_id *settlement,
					     const char *district, struct yh_arena *arena,
					     const char ***out, size_t *n, struct yh_err *err);

#endif
