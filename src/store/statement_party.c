/* Units, providers and payers of a settlement. */
#include "store/statement_party.h"

#include "store/read.h"

static bool read_party(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_statement_party *p = out;

	(void)a;
	YH_COL_COPY(r, 0, p->role);
	p->org = yh_col_id(r, 1);
	p->statements = yh_col_i64(r, 2);
	p->total_fen = yh_col_i64(r, 3);
	return true;
}

/* A unit that pays itself hears of it once, as the unit. */
#define OF " FROM statement WHERE settlement = $1 AND fault IS NULL"

enum yh_rc yh_statement_parties(struct yh_tx *tx, const struct yh_id *settlement,
				struct yh_arena *arena, struct yh_statement_party **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT role, org, COUNT(*), SUM(total_fen) FROM (SELECT 'unit' AS role, unit AS"
		" org, total_fen" OF " UNION ALL SELECT 'provider', provider, total_fen" OF
		" AND provider IS NOT NULL UNION ALL SELECT 'finance', payer, total_fen" OF
		" AND payer <> unit) AS party GROUP BY role, org ORDER BY role, org",
		YH_ID(settlement));

	return rc == YH_OK
		       ? yh_read_all(rows, arena, read_party, sizeof **out, (void **)out, n, err)
		       : rc;
}
