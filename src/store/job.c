/* Jobs, claimed and done within one transaction. */
#include "store/job.h"

#include <stdio.h>

static enum yh_rc first_due(struct yh_tx *tx, yh_time now, bool *found, struct yh_job_row *out,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, kind, ref, due_at, tries FROM job WHERE done_at IS"
				 " NULL AND due_at <= $1 ORDER BY due_at, id LIMIT 1",
				 YH_I(now));

	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found) {
		*out = (struct yh_job_row){ .id = yh_col_id(rows, 0),
					    .ref = yh_col_id(rows, 2),
					    .due_at = yh_col_i64(rows, 3),
					    .tries = yh_col_i64(rows, 4) };
		(void)snprintf(out->kind, sizeof out->kind, "%s", yh_col_text(rows, 1));
	}
	return yh_rows_end(rows, err);
}

static enum yh_rc still_waits(struct yh_tx *tx, const struct yh_id *id, bool *waits,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM job WHERE id = $1 AND done_at IS NULL", YH_ID(id));

	if (rc != YH_OK)
		return rc;
	*waits = yh_rows_next(rows);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_job_take(struct yh_tx *tx, yh_time now, bool *found, struct yh_job_row *out,
		       struct yh_err *err)
{
	/* Another server may finish the job while this one waits for its lock. */
	for (int i = 0; i < 16; i++) {
		bool waits = false;
		enum yh_rc rc = first_due(tx, now, found, out, err);

		if (rc != YH_OK || !*found)
			return rc;
		rc = yh_db_lock(tx, &out->id, 1, err);
		if (rc == YH_OK)
			rc = still_waits(tx, &out->id, &waits, err);
		if (rc != YH_OK || waits)
			return rc;
	}
	*found = false;
	return YH_OK;
}

enum yh_rc yh_job_done(struct yh_tx *tx, const struct yh_id *id, yh_time now, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE job SET done_at = $1, fault = '' WHERE id = $2", YH_I(now),
		       YH_ID(id));
}

enum yh_rc yh_job_again(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
			struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE job SET due_at = $1, tries = 0, fault = '' WHERE id = $2",
		       YH_I(due_at), YH_ID(id));
}

enum yh_rc yh_job_waits(struct yh_tx *tx, const char *kind, bool *waits, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM job WHERE kind = $1 AND done_at IS NULL LIMIT 1",
				 YH_T(kind));

	if (rc != YH_OK)
		return rc;
	*waits = yh_rows_next(rows);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_job_waits_for(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
			    bool *waits, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT 1 FROM job WHERE ref = $1 AND kind = $2 AND done_at IS NULL"
			 " LIMIT 1",
			 YH_ID(ref), YH_T(kind));

	if (rc != YH_OK)
		return rc;
	*waits = yh_rows_next(rows);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_job_hasten(struct yh_tx *tx, const char *kind, yh_time at, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1 WHERE kind = $2 AND done_at IS NULL AND"
		       " due_at > $1",
		       YH_I(at), YH_T(kind));
}

enum yh_rc yh_job_put_off(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
			  const char *fault, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1, tries = tries + 1, fault = $2 WHERE id = $3 AND"
		       " done_at IS NULL",
		       YH_I(due_at), YH_T(fault), YH_ID(id));
}

enum yh_rc yh_job_next_at(struct yh_tx *tx, bool *found, yh_time *at, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT min(due_at) FROM job WHERE done_at IS NULL");

	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows) && !yh_col_null(rows, 0);
	if (*found)
		*at = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}
