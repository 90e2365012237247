/* Closed years. */
#include "store/closed_year.h"

#include "store/read.h"

static bool read_year(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_closed_year_row *y = out;

	*y = (struct yh_closed_year_row){ .cloud = yh_col_id(r, 0),
					  .year = yh_col_i64(r, 1),
					  .case_id = yh_col_id(r, 2),
					  .closed_at = yh_col_i64(r, 3) };
	return yh_col_keep(r, a, 4, &y->case_no);
}

enum yh_rc yh_closed_year_insert(struct yh_tx *tx, const struct yh_closed_year_row *y,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO closed_year (cloud, year, case_id, closed_at) VALUES ($1, $2,"
		       " $3, $4)",
		       YH_ID(&y->cloud), YH_I(y->year), YH_ID(&y->case_id), YH_I(y->closed_at));
}

enum yh_rc yh_closed_year_is(struct yh_tx *tx, const struct yh_id *cloud, int64_t year,
			     bool *closed, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT 1 FROM closed_year WHERE cloud = $1 AND year = $2",
			 YH_ID(cloud), YH_I(year));

	return rc == YH_OK ? yh_read_any(rows, closed, err) : rc;
}

enum yh_rc yh_closed_year_list(struct yh_tx *tx, const struct yh_id *cloud, struct yh_arena *arena,
			       struct yh_closed_year_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT y.cloud, y.year, y.case_id, y.closed_at, c.no FROM"
				 " closed_year y JOIN case_file c ON c.id = y.case_id WHERE"
				 " y.cloud = $1 ORDER BY y.year DESC",
				 YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_year, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_month_settled(struct yh_tx *tx, const struct yh_id *cloud, yh_day first, yh_day after,
			    struct yh_month_settled *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT 1 FROM resource r JOIN resource_size z ON z.resource ="
			 " r.id WHERE r.cloud = $1 AND z.from_at < $3 AND (z.to_at IS NULL"
			 " OR z.to_at > $2) LIMIT 1",
			 YH_ID(cloud), YH_I(yh_day_start(first)), YH_I(yh_day_start(after)));

	*out = (struct yh_month_settled){ 0 };
	if (rc == YH_OK)
		rc = yh_read_any(rows, &out->used, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT SUM(CASE WHEN state = 'closed' THEN 0 ELSE 1 END), SUM(CASE"
			      " WHEN state = 'closed' THEN 1 ELSE 0 END), MAX(closed_at) FROM"
			      " settlement WHERE cloud = $1 AND month = $2",
			      YH_ID(cloud), YH_I(first));
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->open = yh_col_i64(rows, 0);
		out->closed = yh_col_i64(rows, 1);
		out->last_at = yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
}
