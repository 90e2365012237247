/* How many cases one sees, by procedure. */
#include <string.h>

#include "store/case_lines.h"
#include "store/read.h"

static enum yh_rc tally_own(struct yh_tx *tx, const struct yh_viewer *who,
			    struct yh_case_tally *list, size_t n, struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t own;
	enum yh_rc rc = yh_case_own(tx, who, &own, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT c.procedure_name, COUNT(*), SUM(CASE WHEN c.ended_at IS NULL"
			    " THEN 1 ELSE 0 END) FROM case_file c WHERE c.id"
			    " IN (" YH_SQL_FEW_CASES("$3") ") GROUP BY c.procedure_name",
		YH_ID(&who->person), YH_I(who->today), YH_I(own == YH_MANY ? INT64_MAX : own));

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

/* How many and how many of them are open, in one sum, so that each case is looked at once. */
enum { OPEN_WEIGHT = 1000000 };

/* Which procedures there are cases of is read from the index, one step a name; of each the newest
 * are looked at. */
static enum yh_rc tally_seen(struct yh_tx *tx, const struct yh_viewer *who, uint32_t most,
			     struct yh_case_tally *list, size_t n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT x.name, (SELECT COALESCE(SUM(CASE WHEN t.ended_at IS NULL THEN $7 ELSE 1"
		" END), 0) FROM (SELECT c.ended_at FROM case_file c JOIN org u ON u.id = c.unit"
		" WHERE c.procedure_name = x.name AND " YH_SQL_SEES_CASE
		"ORDER BY c.id DESC LIMIT $6) t) FROM (WITH RECURSIVE p (name) AS (SELECT"
		" MIN(f.procedure_name) FROM case_file f UNION ALL SELECT (SELECT"
		" MIN(f.procedure_name) FROM case_file f WHERE f.procedure_name > p.name) FROM p"
		" WHERE p.name IS NOT NULL) SELECT name FROM p WHERE name IS NOT NULL) x",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(most), YH_I(OPEN_WEIGHT + 1));

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		for (size_t i = 0; i < n; i++)
			if (strcmp(list[i].procedure, yh_col_text(rows, 0)) == 0) {
				list[i].n = yh_col_i64(rows, 1) % OPEN_WEIGHT;
				list[i].open = yh_col_i64(rows, 1) / OPEN_WEIGHT;
			}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_case_tally(struct yh_tx *tx, const struct yh_viewer *who, uint32_t most,
			 struct yh_case_tally *list, size_t n, struct yh_err *err)
{
	for (size_t i = 0; i < n; i++)
		list[i].n = list[i].open = 0;
	return who->any || who->cloud || who->district ? tally_seen(tx, who, most, list, n, err)
						       : tally_own(tx, who, list, n, err);
}
