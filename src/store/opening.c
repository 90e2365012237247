/* Opening balances that entered. */
#include "store/opening.h"

#include "store/read.h"

enum yh_rc yh_opening_insert(struct yh_tx *tx, const struct yh_opening_kept *row,
			     struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO opening (case_id, cloud, digest, day, units, projects, systems,"
		       " quotas, resources, entered_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		       " $10)",
		       YH_ID(&row->case_id), YH_ID(&row->cloud),
		       YH_B(row->digest.b, sizeof row->digest.b), YH_I(row->day), YH_I(row->units),
		       YH_I(row->projects), YH_I(row->systems), YH_I(row->quotas),
		       YH_I(row->resources), YH_I(row->entered_at));
}

enum yh_rc yh_opening_by_digest(struct yh_tx *tx, const struct yh_sm3 *digest, bool *found,
				struct yh_opening_kept *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT o.case_id, c.no, o.day FROM opening o JOIN case_file c ON"
				 " c.id = o.case_id WHERE o.digest = $1",
				 YH_B(digest->b, sizeof digest->b));

	*out = (struct yh_opening_kept){ .digest = *digest };
	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found) {
		out->case_id = yh_col_id(rows, 0);
		YH_COL_COPY(rows, 1, out->case_no);
		out->day = (yh_day)yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_opening_day_of(struct yh_tx *tx, const struct yh_id *case_id, yh_day *day,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT day FROM opening WHERE case_id = $1",
				 YH_ID(case_id));

	*day = YH_DAY_NONE;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*day = (yh_day)yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_opening_refs(struct yh_tx *tx, const struct yh_id *cloud, yh_opening_ref_fn fn,
			   void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT provider, provider_ref, no FROM resource WHERE cloud = $1"
				 " AND state IN ('applied', 'running', 'stopped') AND provider IS"
				 " NOT NULL AND provider_ref <> ''",
				 YH_ID(cloud));

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		struct yh_id provider = yh_col_id(rows, 0);

		fn(arg, &provider, yh_col_text(rows, 1), yh_col_text(rows, 2));
	}
	return yh_rows_end(rows, err);
}
