/* Logins that nobody signs in by. */
#include "store/stranger.h"

enum yh_rc yh_stranger_load(struct yh_tx *tx, const struct yh_sm3 *name,
			    struct yh_stranger_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT failures, locked_until FROM stranger WHERE name = $1",
				 YH_B(name->b, sizeof name->b));

	*out = (struct yh_stranger_row){ .name = *name };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->failures = yh_col_i64(rows, 0);
		out->locked_until = yh_col_i64(rows, 1);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_stranger_put(struct yh_tx *tx, const struct yh_stranger_row *row, yh_time now,
			   struct yh_err *err)
{
	enum yh_rc rc = yh_exec(
		tx, err,
		"INSERT INTO stranger (name, failures, locked_until, tried_at) VALUES ($1, $2, $3,"
		" $4) ON CONFLICT (name) DO UPDATE SET failures = excluded.failures, locked_until ="
		" excluded.locked_until, tried_at = excluded.tried_at",
		YH_B(row->name.b, sizeof row->name.b), YH_I(row->failures), YH_I(row->locked_until),
		YH_I(now));

	return rc == YH_OK ? yh_exec(tx, err,
				     "DELETE FROM stranger WHERE tried_at < (SELECT tried_at FROM"
				     " stranger ORDER BY tried_at DESC LIMIT 1 OFFSET $1)",
				     YH_I(YH_STRANGERS_MOST - 1))
			   : rc;
}
