/* Statements of the city about a district's units. */
#include "store/link_statement.h"

#include "store/read.h"

enum yh_rc yh_link_statement_drop(struct yh_tx *tx, const char *no, struct yh_err *err)
{
	return yh_exec(tx, err, "DELETE FROM link_statement WHERE no = $1", YH_T(no));
}

enum yh_rc yh_link_statement_put(struct yh_tx *tx, const struct yh_link_statement_row *s,
				 struct yh_err *err)
{
	enum yh_rc rc = yh_link_statement_drop(tx, s->no, err);

	return rc == YH_OK
		       ? yh_exec(tx, err,
				 "INSERT INTO link_statement (no, cloud, unit, month, use_fen,"
				 " total_fen, digest, told_at) VALUES ($1, $2, $3, $4, $5, $6, $7,"
				 " $8)",
				 YH_T(s->no), YH_ID(&s->cloud), YH_ID(&s->unit), YH_I(s->month),
				 YH_I(s->use_fen), YH_I(s->total_fen),
				 YH_B(s->digest.b, sizeof s->digest.b), YH_I(s->told_at))
		       : rc;
}

static bool read_billed(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_link_billed *)out =
		(struct yh_link_billed){ yh_col_id(r, 0), yh_col_i64(r, 1), yh_col_i64(r, 2),
					 yh_col_i64(r, 3) };
	return true;
}

enum yh_rc yh_link_billed(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
			  struct yh_arena *arena, struct yh_link_billed **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT unit, COUNT(*), SUM(use_fen), SUM(total_fen) FROM"
				 " link_statement WHERE cloud = $1 AND month = $2 GROUP BY unit"
				 " ORDER BY unit",
				 YH_ID(cloud), YH_I(month));

	return rc == YH_OK ? yh_read_all(rows, arena, read_billed, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_statement_use(struct yh_tx *tx, const struct yh_id *statement, int64_t *fen,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COALESCE(SUM(amount_fen), 0) FROM statement_line WHERE"
				 " statement = $1 AND kind = 'use'",
				 YH_ID(statement));

	return rc == YH_OK ? yh_read_i64(rows, fen, err) : rc;
}

static bool read_no(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

enum yh_rc yh_statement_of_district(struct yh_tx *tx, const struct yh_id *settlement,
				    const char *district, struct yh_arena *arena, const char ***out,
				    size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.no FROM statement t JOIN org u ON u.id = t.unit WHERE"
				 " t.settlement = $1 AND u.district = $2 AND t.state = 'closed'"
				 " ORDER BY t.no",
				 YH_ID(settlement), YH_T(district));

	return rc == YH_OK ? yh_read_all(rows, arena, read_no, sizeof **out, out, n, err) : rc;
}
