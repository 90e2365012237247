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
#define OF " FROM statement t WHERE settlement = $1 AND fault IS NULL"

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
		" AND NOT " YH_SQL_PAYS_ITSELF ") AS party GROUP BY role, org ORDER BY role, org",
		YH_ID(settlement));

	return rc == YH_OK ? yh_read_all(rows, arena, read_party, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_statement_pays_itself(struct yh_tx *tx, const struct yh_statement_row *s, bool *out,
				    struct yh_err *err)
{
	struct yh_rows *rows;
	bool finance = false;
	enum yh_rc rc;

	*out = yh_id_eq(&s->payer, &s->unit);
	if (!*out)
		return YH_OK;
	rc = yh_query(tx, err, &rows,
		      "SELECT 1 FROM cloud_body WHERE cloud = $1 AND role = 'finance' AND org = $2",
		      YH_ID(&s->cloud), YH_ID(&s->payer));
	if (rc == YH_OK)
		rc = yh_read_any(rows, &finance, err);
	*out = !finance;
	return rc;
}
