/* Jobs, claimed and done within one transaction. */
#include "store/job.h"

#include "store/read.h"

enum yh_rc yh_job_take(struct yh_tx *tx, yh_time now, bool *found, struct yh_job_row *out,
		       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT j.id, j.kind, j.ref, j.due_at, j.tries FROM job j WHERE j.done_at IS NULL"
		" AND j.due_at <= $1 AND NOT EXISTS (SELECT 1 FROM job e WHERE e.ref = j.ref AND"
		" e.done_at IS NULL AND (e.due_at < j.due_at OR (e.due_at = j.due_at AND e.id <"
		" j.id))) ORDER BY j.due_at, j.id LIMIT 1" YH_SKIP_TAKEN("j"),
		YH_I(now));

	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found) {
		*out = (struct yh_job_row){ .id = yh_col_id(rows, 0),
					    .ref = yh_col_id(rows, 2),
					    .due_at = yh_col_i64(rows, 3),
					    .tries = yh_col_i64(rows, 4) };
		YH_COL_COPY(rows, 1, out->kind);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_job_done(struct yh_tx *tx, const struct yh_id *id, yh_time now, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET done_at = $1, fault = '', figures = '' WHERE id = $2",
		       YH_I(now), YH_ID(id));
}

enum yh_rc yh_job_again(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
			struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1, tries = 0, fault = '', figures = '' WHERE id ="
		       " $2",
		       YH_I(due_at), YH_ID(id));
}

enum yh_rc yh_job_put_off(struct yh_tx *tx, const struct yh_id *id, yh_time now, yh_time due_at,
			  const char *slug, const char *figures, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1, tries = tries + 1, failed_at = $2, fault = $3,"
		       " figures = $4 WHERE id = $5 AND done_at IS NULL",
		       YH_I(due_at), YH_I(now), YH_T(slug), YH_T(figures), YH_ID(id));
}

enum yh_rc yh_job_hold(struct yh_tx *tx, const struct yh_id *id, yh_time due_at, yh_time until,
		       bool *held, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE job SET due_at = $1 WHERE id = $2 AND due_at = $3 AND"
				  " done_at IS NULL",
				  YH_I(until), YH_ID(id), YH_I(due_at));

	*held = changed > 0;
	return rc;
}

enum yh_rc yh_job_stand(struct yh_tx *tx, const struct yh_id *id, const char *kind, yh_time now,
			yh_time latest, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO job (id, kind, due_at, tries, fault) VALUES ($1, $2, $3, 0,"
		       " '') ON CONFLICT (id) DO UPDATE SET due_at = $3, done_at = NULL"
		       " WHERE job.done_at IS NOT NULL OR job.due_at > $4",
		       YH_ID(id), YH_T(kind), YH_I(now), YH_I(latest));
}

enum yh_rc yh_job_pull_in(struct yh_tx *tx, yh_time now, yh_time latest, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1 WHERE done_at IS NULL AND tries > 0 AND due_at"
		       " > $2",
		       YH_I(now), YH_I(latest));
}

enum yh_rc yh_job_let_go(struct yh_tx *tx, const char *kind, yh_time now, yh_time latest,
			 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE job SET due_at = $1 WHERE kind = $2 AND done_at IS NULL AND tries ="
		       " 0 AND due_at > $3",
		       YH_I(now), YH_T(kind), YH_I(latest));
}

enum yh_rc yh_job_waits_until(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
			      bool *found, yh_time *at, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT min(due_at) FROM job WHERE ref = $1 AND kind = $2 AND"
				 " done_at IS NULL",
				 YH_ID(ref), YH_T(kind));

	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows) && !yh_col_null(rows, 0);
	if (*found)
		*at = yh_col_i64(rows, 0);
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

enum yh_rc yh_job_prune(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
			struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM job WHERE id IN (SELECT id FROM job WHERE done_at IS NOT NULL"
			 " AND done_at < $1 ORDER BY done_at, id LIMIT $2)",
			 YH_I(before), YH_I(most));
}
