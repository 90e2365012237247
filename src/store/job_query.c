/* Jobs as they are shown, counted and tried again. */
#include "store/job.h"

#include "store/read.h"

#define COLUMNS                                                                                    \
	"SELECT j.id, j.kind, j.ref, j.due_at, j.tries, j.failed_at, j.done_at,"                   \
	" j.fault, j.figures, coalesce((SELECT c.no FROM case_file c WHERE c.id = j.ref),"         \
	" (SELECT c.no FROM case_file c JOIN case_step s ON s.case_id = c.id WHERE s.id = j.ref)," \
	" '') FROM job j WHERE "

static bool read_line(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_job_line *l = out;

	*l = (struct yh_job_line){ .row = { .id = yh_col_id(r, 0),
					    .ref = yh_col_id(r, 2),
					    .due_at = yh_col_i64(r, 3),
					    .tries = yh_col_i64(r, 4) },
				   .failed_at = yh_col_i64(r, 5),
				   .done_at = yh_col_i64(r, 6),
				   .slug = yh_arena_strdup(a, yh_col_text(r, 7)),
				   .figures = yh_arena_strdup(a, yh_col_text(r, 8)),
				   .case_no = yh_arena_strdup(a, yh_col_text(r, 9)) };
	YH_COL_COPY(r, 1, l->row.kind);
	return l->slug && l->figures && l->case_no;
}

enum yh_rc yh_job_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
		       struct yh_job_line *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, COLUMNS "j.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_line, out, "job-absent", err) : rc;
}

enum yh_rc yh_job_list(struct yh_tx *tx, const struct yh_job_filter *f, struct yh_arena *arena,
		       struct yh_job_line **out, size_t *n, struct yh_err *err)
{
	static const char *const sql[] = {
		[YH_JOB_WAITING] = COLUMNS
		"j.done_at IS NULL AND (j.due_at, j.id) > ($1, $2) AND ($3 = '' OR j.kind = $3)"
		" AND $5 = $5 ORDER BY j.due_at, j.id LIMIT $4",
		[YH_JOB_DUE] = COLUMNS
		"j.done_at IS NULL AND j.due_at <= $5 AND (j.due_at, j.id) > ($1, $2) AND ($3 ="
		" '' OR j.kind = $3) ORDER BY j.due_at, j.id LIMIT $4",
		[YH_JOB_FAILING] = COLUMNS
		"j.done_at IS NULL AND j.tries > 0 AND (j.due_at, j.id) > ($1, $2) AND ($3 = ''"
		" OR j.kind = $3) AND $5 = $5 ORDER BY j.due_at, j.id LIMIT $4",
		[YH_JOB_DONE] = COLUMNS
		"j.done_at IS NOT NULL AND (j.done_at, j.id) < ($1, $2) AND ($3 = '' OR j.kind ="
		" $3) AND $5 = $5 ORDER BY j.done_at DESC, j.id DESC LIMIT $4",
	};
	void *list = NULL;
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, sql[f->state], YH_I(f->after), YH_ID(&f->after_id),
				 YH_T(f->kind ? f->kind : ""), YH_I(f->limit), YH_I(f->now));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_line, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_job_retry(struct yh_tx *tx, const struct yh_id *id, yh_time now, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE job SET due_at = $1 WHERE id = $2 AND done_at IS NULL",
				  YH_I(now), YH_ID(id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_CONFLICT, "job-done") : rc;
}

static enum yh_rc count_due(struct yh_tx *tx, yh_time now, struct yh_job_counts *out,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT (SELECT count(*) FROM (SELECT 1 FROM job WHERE done_at IS NULL AND due_at"
		" <= $1 LIMIT $2) a), (SELECT count(*) FROM (SELECT 1 FROM job WHERE done_at IS"
		" NULL AND tries > 0 LIMIT $2) b), (SELECT due_at FROM job WHERE done_at IS NULL"
		" AND tries = 0 AND due_at <= $1 ORDER BY due_at, id LIMIT 1)",
		YH_I(now), YH_I(YH_JOB_COUNT_MAX));

	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		out->due = yh_col_i64(rows, 0);
		out->failing = yh_col_i64(rows, 1);
		out->oldest_due_at = yh_col_i64(rows, 2);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_job_count(struct yh_tx *tx, yh_time now, bool all, struct yh_job_counts *out,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = count_due(tx, now, out, err);

	if (rc != YH_OK || !all)
		return rc;
	rc = yh_query(tx, err, &rows, "SELECT count(*) FROM job WHERE done_at IS NULL");
	return rc == YH_OK ? yh_read_i64(rows, &out->waiting, err) : rc;
}
