/* Metered use as it was frozen, what cases have put right, and what is to be reckoned again. */
#include "store/usage.h"

#include <string.h>

#include "store/read.h"

struct usages {
	const struct yh_id *reckoning;
	const struct yh_usage_row *rows;
};

static void fill_usage(const void *rows, size_t i, struct yh_arg *args)
{
	const struct usages *all = rows;
	const struct yh_usage_row *u = &all->rows[i];
	const struct yh_arg row[] = { YH_ID(all->reckoning),  YH_ID(&u->resource),
				      YH_T(u->code),          YH_I(u->from_at),
				      YH_I(u->to_at),         YH_I(u->qty_milli),
				      YH_I(u->coverage_milli) };

	memcpy(args, row, sizeof row);
}

static bool same_usage(const struct yh_usage_row *a, const struct yh_usage_row *b)
{
	return a->from_at == b->from_at && yh_id_eq(&a->resource, &b->resource) &&
	       strcmp(a->code, b->code) == 0;
}

/* One that is told twice would meet itself in one statement, so the later begins another. */
enum yh_rc yh_usage_insert(struct yh_tx *tx, const struct yh_id *reckoning,
			   const struct yh_usage_row *rows, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0, some; rc == YH_OK && i < n; i += some) {
		const struct usages all = { reckoning, rows + i };

		for (some = 1; i + some < n && !same_usage(&rows[i + some - 1], &rows[i + some]);)
			some++;
		rc = yh_db_insert(tx, err,
				  "INSERT INTO usage_kept (reckoning, resource, code, from_at,"
				  " to_at, qty_milli, coverage_milli) VALUES ($1, $2, $3, $4, $5,"
				  " $6, $7) ON CONFLICT (reckoning, resource, code, from_at) DO"
				  " UPDATE SET qty_milli = excluded.qty_milli, coverage_milli ="
				  " excluded.coverage_milli",
				  7, fill_usage, &all, some);
	}
	return rc;
}

static bool read_usage(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_usage_row *u = out;

	(void)a;
	*u = (struct yh_usage_row){ .resource = yh_col_id(r, 0),
				    .from_at = yh_col_i64(r, 2),
				    .to_at = yh_col_i64(r, 3),
				    .qty_milli = yh_col_i64(r, 4),
				    .coverage_milli = yh_col_i64(r, 5) };
	YH_COL_COPY(r, 1, u->code);
	return true;
}

enum yh_rc yh_usage_of_resource(struct yh_tx *tx, const struct yh_id *reckoning,
				const struct yh_id *resource, struct yh_arena *arena,
				struct yh_usage_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT resource, code, from_at, to_at, qty_milli, coverage_milli"
				 " FROM usage_kept WHERE reckoning = $1 AND resource = $2"
				 " ORDER BY code, from_at",
				 YH_ID(reckoning), YH_ID(resource));

	return rc == YH_OK ? yh_read_all(rows, arena, read_usage, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_adjustment_insert(struct yh_tx *tx, const struct yh_adjustment_row *j,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO usage_adjustment (id, resource, code, from_at, to_at,"
		       " qty_milli, reason, case_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		       " $8, $9)",
		       YH_ID(&j->id), YH_ID(&j->resource), YH_T(j->code), YH_I(j->from_at),
		       YH_I(j->to_at), YH_I(j->qty_milli), YH_T(j->reason), YH_ID(&j->case_id),
		       YH_I(j->made_at));
}

static bool read_adjustment(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_adjustment_row *j = out;

	*j = (struct yh_adjustment_row){
		.id = yh_col_id(r, 0),
		.resource = yh_col_id(r, 1),
		.from_at = yh_col_i64(r, 3),
		.to_at = yh_col_i64(r, 4),
		.qty_milli = yh_col_i64(r, 5),
		.reason = yh_arena_strdup(a, yh_col_text(r, 6)),
		.case_id = yh_col_id(r, 7),
		.made_at = yh_col_i64(r, 8),
	};
	YH_COL_COPY(r, 2, j->code);
	return j->reason != NULL;
}

enum yh_rc yh_adjustment_list(struct yh_tx *tx, const struct yh_id *cloud,
			      const struct yh_id *project, yh_time from, yh_time to, yh_time as_of,
			      struct yh_arena *arena, struct yh_adjustment_row **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT j.id, j.resource, j.code, j.from_at, j.to_at, j.qty_milli, j.reason,"
		" j.case_id, j.made_at FROM usage_adjustment j JOIN resource r ON r.id = j.resource"
		" WHERE ($1 = 1 OR r.cloud = $2) AND ($3 = 1 OR r.project = $4) AND j.to_at > $5"
		" AND j.from_at < $6 AND j.made_at <= $7 ORDER BY j.resource, j.code, j.from_at,"
		" j.id",
		YH_I(yh_id_is_zero(cloud)), YH_ID(cloud), YH_I(yh_id_is_zero(project)),
		YH_ID(project), YH_I(from), YH_I(to), YH_I(as_of));

	return rc == YH_OK ? yh_read_all(rows, arena, read_adjustment, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_due_insert(struct yh_tx *tx, const struct yh_due_row *d, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO correction_due (id, statement, reason, case_id, made_at) VALUES"
		       " ($1, $2, $3, $4, $5)",
		       YH_ID(&d->id), YH_ID(&d->statement), YH_T(d->reason), YH_ID0(&d->case_id),
		       YH_I(d->made_at));
}

static bool read_due(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_due_row *d = out;

	*d = (struct yh_due_row){ .id = yh_col_id(r, 0),
				  .statement = yh_col_id(r, 1),
				  .reason = yh_arena_strdup(a, yh_col_text(r, 2)),
				  .case_id = yh_col_id(r, 3),
				  .made_at = yh_col_i64(r, 4) };
	return d->reason != NULL;
}

enum yh_rc yh_due_list(struct yh_tx *tx, const struct yh_id *cloud, yh_time as_of,
		       const struct yh_id *after, uint32_t limit, struct yh_arena *arena,
		       struct yh_due_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT d.id, d.statement, d.reason, d.case_id, d.made_at FROM correction_due d"
		" JOIN statement_kept t ON t.id = d.statement WHERE d.settlement IS NULL AND"
		" t.cloud = $1 AND d.made_at <= $2 AND d.statement > $3 AND NOT EXISTS (SELECT 1"
		" FROM correction_due e WHERE e.statement = d.statement AND e.settlement IS NULL"
		" AND e.made_at <= $2 AND e.id > d.id) ORDER BY d.statement LIMIT $4",
		YH_ID(cloud), YH_I(as_of), YH_ID(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_due, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_due_take(struct yh_tx *tx, const struct yh_id *settlement, const struct yh_id *cloud,
		       yh_time as_of, struct yh_err *err)
{
	return yh_exec(
		tx, err,
		"UPDATE correction_due SET settlement = $1 WHERE settlement IS NULL AND"
		" made_at <= $2 AND statement IN (SELECT t.id FROM statement_kept t WHERE"
		" t.id = correction_due.statement AND t.cloud = $3 AND NOT EXISTS (SELECT 1"
		" FROM statement n WHERE n.settlement = $1 AND n.fault IS NOT NULL AND n.unit"
		" = t.unit AND n.project = t.project AND n.provider = t.provider))",
		YH_ID(settlement), YH_I(as_of), YH_ID(cloud));
}

enum yh_rc yh_due_taken_since(struct yh_tx *tx, const struct yh_id *cloud, yh_time as_of,
			      char no[40], struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT t.no FROM correction_due d JOIN settlement s ON s.id ="
				 " d.settlement JOIN statement_kept t ON t.id = d.statement WHERE"
				 " s.cloud = $1 AND s.closed_at > $2 AND d.made_at <= $2"
				 " ORDER BY t.no LIMIT 1",
				 YH_ID(cloud), YH_I(as_of));

	no[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, no, 40);
	return yh_rows_end(rows, err);
}
