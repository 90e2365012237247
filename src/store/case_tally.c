/* How many cases one sees, by procedure. */
#include <string.h>

#include "store/case_lines.h"
#include "store/read.h"

static enum yh_rc tally_own(struct yh_tx *tx, const struct yh_viewer *who,
			    struct yh_case_tally *list, size_t n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT c.procedure_name, COUNT(*), SUM(CASE WHEN c.ended_at IS NULL"
			    " THEN 1 ELSE 0 END) FROM case_file c WHERE c.id IN (" YH_SQL_OWN_CASES
			    ") GROUP BY c.procedure_name",
		YH_ID(&who->person), YH_I(who->today));

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		for (size_t i = 0; i < n; i++)
			if (strcmp(list[i].procedure, yh_col_text(rows, 0)) == 0) {
				list[i].n = yh_col_i64(rows, 1);
				list[i].open = yh_col_i64(rows, 2);
			}
	return yh_rows_end(rows, err);
}

static enum yh_rc tally_one(struct yh_tx *tx, const struct yh_viewer *who, uint32_t most,
			    struct yh_case_tally *of, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT COUNT(*), SUM(CASE WHEN t.ended_at IS NULL THEN 1 ELSE 0 END) FROM"
		" (SELECT c.ended_at FROM case_file c JOIN org u ON u.id = c.unit WHERE"
		" c.procedure_name = $6 AND " YH_SQL_SEES_CASE "ORDER BY c.id DESC LIMIT $7) t",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_T(of->procedure), YH_I(most));

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		of->n = yh_col_i64(rows, 0);
		of->open = yh_col_i64(rows, 1);
	}
	while (yh_rows_next(rows))
		;
	return yh_rows_end(rows, err);
}

enum yh_rc yh_case_tally(struct yh_tx *tx, const struct yh_viewer *who, uint32_t most,
			 struct yh_case_tally *list, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; i < n; i++)
		list[i].n = list[i].open = 0;
	if (!who->any && !who->cloud && !who->district)
		return tally_own(tx, who, list, n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = tally_one(tx, who, most, &list[i], err);
	return rc;
}
