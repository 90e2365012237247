/* Quota lines, reservations, and what is allocated. */
#include "store/quota.h"

#include "base/num.h"
#include "store/read.h"

/* `project` as two arguments: whether it narrows the query, and to what. */
static struct yh_arg narrows(const struct yh_id *id)
{
	return YH_I(id != NULL);
}

static struct yh_arg narrowed_to(const struct yh_id *id)
{
	return id ? YH_ID(id) : YH_B("", 0);
}

enum yh_rc yh_quota_insert(struct yh_tx *tx, const struct yh_quota_row *row, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO quota_line (id, unit, project, kind, dim, qty_milli,"
		       " first_day, last_day, rrule, span_days, case_id, created_at)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
		       YH_ID(&row->id), YH_ID(&row->unit), YH_ID(&row->project), YH_T(row->kind),
		       YH_T(row->dim), YH_I(row->qty_milli), YH_I(row->first_day),
		       YH_DAY0(row->last_day), YH_T(row->rrule), YH_I(row->span_days),
		       YH_ID(&row->case_id), YH_I(row->created_at));
}

enum yh_rc yh_quota_end(struct yh_tx *tx, const struct yh_id *id, yh_day last, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed, "UPDATE quota_line SET last_day = $1 WHERE id = $2",
			  YH_I(last), YH_ID(id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_NOT_FOUND, "quota-unknown") : rc;
}

#define QUOTA_COLUMNS                                                                              \
	"q.id, q.unit, q.project, q.kind, q.dim, q.qty_milli, q.first_day, q.last_day, q.rrule, "  \
	"q.span_days, q.case_id, q.created_at"

static bool read_quota(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_quota_row *q = out;

	*q = (struct yh_quota_row){
		.id = yh_col_id(r, 0),
		.unit = yh_col_id(r, 1),
		.project = yh_col_id(r, 2),
		.qty_milli = yh_col_i64(r, 5),
		.first_day = yh_col_day(r, 6),
		.last_day = yh_col_day(r, 7),
		.span_days = yh_col_i64(r, 9),
		.case_id = yh_col_id(r, 10),
		.created_at = yh_col_i64(r, 11),
	};
	YH_COL_COPY(r, 3, q->kind);
	YH_COL_COPY(r, 4, q->dim);
	if (yh_col_null(r, 8))
		return true;
	q->rrule = yh_arena_strdup(a, yh_col_text(r, 8));
	return q->rrule != NULL;
}

enum yh_rc yh_quota_lines(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
			  yh_day from, struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " QUOTA_COLUMNS " FROM quota_line q WHERE q.unit = $1 AND"
				 " ($2 = 0 OR q.project = $3) AND (q.last_day IS NULL OR"
				 " q.last_day >= $4) ORDER BY q.id",
				 YH_ID(unit), narrows(project), narrowed_to(project), YH_I(from));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_quota, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_reservation_insert(struct yh_tx *tx, const struct yh_reservation_row *row,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO reservation (id, case_id, unit, project, dim, qty_milli,"
		       " first_day, last_day, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		       YH_ID(&row->id), YH_ID(&row->case_id), YH_ID(&row->unit),
		       YH_ID(&row->project), YH_T(row->dim), YH_I(row->qty_milli),
		       YH_I(row->first_day), YH_DAY0(row->last_day), YH_I(row->made_at));
}

enum yh_rc yh_reservation_release(struct yh_tx *tx, const struct yh_id *case_id, yh_time at,
				  const char *released_as, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE reservation SET released_at = $1, released_as = $2"
		       " WHERE case_id = $3 AND released_at IS NULL",
		       YH_I(at), YH_T(released_as), YH_ID(case_id));
}

#define RESERVATION_COLUMNS                                                                        \
	"v.id, v.case_id, v.unit, v.project, v.dim, v.qty_milli, v.first_day, v.last_day, "        \
	"v.made_at"

static bool read_reservation(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_reservation_row *v = out;

	(void)a;
	*v = (struct yh_reservation_row){
		.id = yh_col_id(r, 0),
		.case_id = yh_col_id(r, 1),
		.unit = yh_col_id(r, 2),
		.project = yh_col_id(r, 3),
		.qty_milli = yh_col_i64(r, 5),
		.first_day = yh_col_day(r, 6),
		.last_day = yh_col_day(r, 7),
		.made_at = yh_col_i64(r, 8),
	};
	YH_COL_COPY(r, 4, v->dim);
	return true;
}

enum yh_rc yh_reservations(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
			   const struct yh_id *not_case, struct yh_arena *arena,
			   struct yh_reservation_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " RESERVATION_COLUMNS " FROM reservation v WHERE v.unit ="
				 " $1 AND v.released_at IS NULL AND ($2 = 0 OR v.project = $3) AND"
				 " ($4 = 0 OR v.case_id <> $5) ORDER BY v.id",
				 YH_ID(unit), narrows(project), narrowed_to(project),
				 narrows(not_case), narrowed_to(not_case));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_reservation, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

/* A quantity that no size times its unit may pass marks the row; see yh_allocated. */
static bool read_allocated(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_allocated_row *w = out;
	__int128 q = (__int128)yh_col_i64(r, 4) * yh_col_i64(r, 5) / 1000;

	(void)a;
	*w = (struct yh_allocated_row){
		.resource = yh_col_id(r, 0),
		.project = yh_col_id(r, 1),
		.last_day = yh_col_day(r, 3),
		.qty_milli = q < 0 || q > YH_QTY_MILLI_MAX ? -1 : (int64_t)q,
	};
	YH_COL_COPY(r, 2, w->dim);
	return true;
}

enum yh_rc yh_allocated(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
			const struct yh_id *not_case, struct yh_arena *arena,
			struct yh_allocated_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT r.id, r.project, d.dim, r.lease_last, z.qty_milli, d.qty_milli"
		" FROM resource r JOIN resource_size z ON z.resource = r.id AND z.to_at IS NULL"
		" JOIN item_dim d ON d.item = z.item WHERE r.unit = $1 AND r.state = 'running' AND"
		" ($2 = 0 OR r.project = $3) AND ($4 = 0 OR r.case_id <> $5) ORDER BY r.id, d.dim",
		YH_ID(unit), narrows(project), narrowed_to(project), narrows(not_case),
		narrowed_to(not_case));

	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_allocated, sizeof **out, &list, n, err);
	*out = list;
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		if ((*out)[i].qty_milli < 0)
			rc = yh_fail(err, YH_INTERNAL, "quantity-overflow");
	return rc;
}
