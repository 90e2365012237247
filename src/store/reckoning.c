/* Runs that reckon a month. */
#include "store/reckoning.h"

#include "store/read.h"

enum yh_rc yh_reckoning_begin(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *cloud,
			      yh_day month, yh_time now, yh_time as_of, yh_time until, bool *held,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	bool other;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM reckoning WHERE cloud = $1 AND month = $2 AND"
				 " until_at >= $3",
				 YH_ID(cloud), YH_I(month), YH_I(now));

	*held = false;
	if (rc == YH_OK)
		rc = yh_read_any(rows, &other, err);
	if (rc != YH_OK || other)
		return rc;
	*held = true;
	return yh_exec(tx, err,
		       "INSERT INTO reckoning (id, cloud, month, as_of, until_at) VALUES ($1, $2,"
		       " $3, $4, $5)",
		       YH_ID(id), YH_ID(cloud), YH_I(month), YH_I(as_of), YH_I(until));
}

enum yh_rc yh_reckoning_hold(struct yh_tx *tx, const struct yh_id *id, yh_time until, bool *held,
			     struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed,
			  "UPDATE reckoning SET until_at = $1 WHERE id = $2 AND until_at > 0",
			  YH_I(until), YH_ID(id));

	*held = rc == YH_OK && changed > 0;
	return rc;
}

enum yh_rc yh_reckoning_keep(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err, "DELETE FROM reckoning WHERE id = $1", YH_ID(id));
}

enum yh_rc yh_reckoning_drop(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *cloud,
			     yh_day month, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO reckoning (id, cloud, month, as_of, until_at) VALUES ($1, $2,"
		       " $3, 0, 0)"
		       " ON CONFLICT (id) DO UPDATE SET until_at = 0",
		       YH_ID(id), YH_ID(cloud), YH_I(month));
}

enum yh_rc yh_reckoning_dead(struct yh_tx *tx, const struct yh_id *cloud, yh_time now, bool *found,
			     struct yh_id *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM reckoning WHERE cloud = $1 AND until_at < $2 LIMIT"
				 " 1",
				 YH_ID(cloud), YH_I(now));

	*found = false;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*out = yh_col_id(rows, 0);
		*found = true;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_reckoning_in_case(struct yh_tx *tx, const struct yh_id *id, char no[40],
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT c.no FROM statement_kept t JOIN case_file c ON c.subject ="
				 " t.id WHERE t.reckoning = $1 AND c.ended_at IS NULL ORDER BY c.id"
				 " LIMIT 1",
				 YH_ID(id));

	no[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, no, 40);
	return yh_rows_end(rows, err);
}

static enum yh_rc clean_statements(struct yh_tx *tx, const struct yh_id *id, int64_t most,
				   int64_t *gone, struct yh_err *err)
{
	/* A statement has few lines: hundreds at the most, of as many items. */
	int64_t some = most / 50 + 1;
	enum yh_rc rc = yh_exec(tx, err,
				"DELETE FROM statement_line WHERE statement IN (SELECT id FROM"
				" statement_kept WHERE reckoning = $1 ORDER BY no LIMIT $2)",
				YH_ID(id), YH_I(some));

	return rc == YH_OK ? yh_exec_n(tx, err, gone,
				       "DELETE FROM statement_kept WHERE id IN (SELECT id FROM"
				       " statement_kept WHERE reckoning = $1 ORDER BY no LIMIT $2)",
				       YH_ID(id), YH_I(some))
			   : rc;
}

enum yh_rc yh_reckoning_clean(struct yh_tx *tx, const struct yh_id *id, int64_t most, bool *done,
			      struct yh_err *err)
{
	int64_t gone = 0;
	enum yh_rc rc = clean_statements(tx, id, most, &gone, err);

	*done = false;
	if (rc != YH_OK || gone > 0)
		return rc;
	rc = yh_exec_n(tx, err, &gone,
		       "DELETE FROM usage_kept WHERE reckoning = $1 AND (resource, code, from_at)"
		       " IN (SELECT resource, code, from_at FROM usage_kept WHERE reckoning = $1"
		       " ORDER BY resource, code, from_at LIMIT $2)",
		       YH_ID(id), YH_I(most));
	if (rc != YH_OK || gone > 0)
		return rc;
	*done = true;
	return yh_exec(tx, err, "DELETE FROM reckoning WHERE id = $1", YH_ID(id));
}
