/* Quota lines, reservations, and what is allocated. */
#include "store/quota.h"

#include "base/num.h"
#include "store/allocation.h"
#include "store/read.h"

enum yh_rc yh_quota_insert(struct yh_tx *tx, const struct yh_quota_row *row, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO quota_line (id, unit, project, kind, dim, qty_milli,"
		       " first_day, last_day, rrule, span_days, case_id, created_at, resource)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
		       YH_ID(&row->id), YH_ID(&row->unit), YH_ID(&row->project), YH_T(row->kind),
		       YH_T(row->dim), YH_I(row->qty_milli), YH_I(row->first_day),
		       YH_DAY0(row->last_day), YH_T(row->rrule), YH_I(row->span_days),
		       YH_ID(&row->case_id), YH_I(row->created_at), YH_ID0(&row->resource));
}

enum yh_rc yh_quota_end(struct yh_tx *tx, const struct yh_id *id, yh_day last, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed, "UPDATE quota_line SET last_day = $1 WHERE id = $2",
			  YH_I(last), YH_ID(id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_NOT_FOUND, "quota-unknown") : rc;
}

/* A cloud of the level of another: the municipal one and its domains, or a district's. */
#define BESIDE(cloud, named)                                                                       \
	cloud " IN (SELECT b.id FROM cloud b JOIN cloud t ON t.district = b.district WHERE t.id =" \
	      " " named ")"

#define QUOTA_COLUMNS                                                                              \
	"q.id, q.unit, q.project, q.kind, q.dim, q.qty_milli, q.first_day, q.last_day, q.rrule, "  \
	"q.span_days, q.case_id, q.created_at, q.resource"

/* A text for a project and one for a unit: of a condition that may be either, no engine makes good
 * use of an index. */
#define STILL                                                                                      \
	"(q.last_day IS NULL OR q.last_day >= $2 OR (q.resource IS NOT NULL AND EXISTS (SELECT 1"  \
	" FROM resource r WHERE r.id = q.resource AND r.state = 'running' AND r.lease_last ="      \
	" q.last_day)))"

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
		.resource = yh_col_id(r, 12),
	};
	YH_COL_COPY(r, 3, q->kind);
	YH_COL_COPY(r, 4, q->dim);
	if (yh_col_null(r, 8))
		return true;
	q->rrule = yh_arena_strdup(a, yh_col_text(r, 8));
	return q->rrule != NULL;
}

static enum yh_rc quota_list(struct yh_rows *rows, struct yh_arena *arena,
			     struct yh_quota_row **out, size_t *n, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_quota, sizeof **out, out, n, err);
}

enum yh_rc yh_quota_of_case(struct yh_tx *tx, const struct yh_id *case_id, yh_day from,
			    struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " QUOTA_COLUMNS " FROM quota_line q WHERE (q.case_id = $1 OR"
			 " q.case_id IN (SELECT c.id FROM case_file c WHERE c.about_case ="
			 " $1)) AND (q.last_day IS NULL OR q.last_day >= $2) ORDER BY q.id",
			 YH_ID(case_id), YH_I(from));

	return rc == YH_OK ? quota_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_quota_of_resource(struct yh_tx *tx, const struct yh_id *resource, yh_day from,
				struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " QUOTA_COLUMNS " FROM quota_line q WHERE q.resource = $1"
				 " AND " STILL " ORDER BY q.id",
				 YH_ID(resource), YH_I(from));

	return rc == YH_OK ? quota_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_alloc_windows(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
			    struct yh_arena *arena, struct yh_quota_row **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " QUOTA_COLUMNS " FROM quota_line q JOIN project p ON p.id ="
			 " q.project WHERE p.cloud = $1 AND q.kind = 'window' AND"
			 " q.first_day <= $2 AND (q.last_day IS NULL OR q.last_day >= $2)",
			 YH_ID(cloud), YH_I(day));

	return rc == YH_OK ? quota_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_quota_lines(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
			  const struct yh_id *beside, yh_day from, struct yh_arena *arena,
			  struct yh_quota_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc;

	if (!project && beside)
		rc = yh_query(tx, err, &rows,
			      "SELECT " QUOTA_COLUMNS " FROM quota_line q JOIN project p ON p.id ="
			      " q.project WHERE q.unit = $1 AND " STILL
			      " AND " BESIDE("p.cloud", "$3") " ORDER BY q.id",
			      YH_ID(unit), YH_I(from), YH_ID(beside));
	else
		rc = yh_query(tx, err, &rows,
			      project ? "SELECT " QUOTA_COLUMNS " FROM quota_line q WHERE"
					" q.project = $1 AND " STILL " ORDER BY q.id"
				      : "SELECT " QUOTA_COLUMNS " FROM quota_line q WHERE"
					" q.unit = $1 AND " STILL " ORDER BY q.id",
			      YH_ID(project ? project : unit), YH_I(from));
	return rc == YH_OK ? quota_list(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_reservation_insert(struct yh_tx *tx, const struct yh_reservation_row *row,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO reservation (id, case_id, unit, project, dim, qty_milli,"
		       " first_day, last_day, made_at, kind) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		       " $8, $9, $10)",
		       YH_ID(&row->id), YH_ID(&row->case_id), YH_ID(&row->unit),
		       YH_ID(&row->project), YH_T(row->dim), YH_I(row->qty_milli),
		       YH_I(row->first_day), YH_DAY0(row->last_day), YH_I(row->made_at),
		       YH_T(row->kind));
}

enum yh_rc yh_reservation_release(struct yh_tx *tx, const struct yh_id *case_id, yh_time at,
				  const char *released_as, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE reservation SET released_at = $1, released_as = $2"
		       " WHERE case_id = $3 AND released_at IS NULL",
		       YH_I(at), YH_T(released_as), YH_ID(case_id));
}

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
	YH_COL_COPY(r, 9, v->kind);
	return true;
}

enum yh_rc yh_reservation_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				  struct yh_arena *arena, struct yh_reservation_row **out,
				  size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, case_id, unit, project, dim, qty_milli, first_day,"
				 " last_day, made_at, kind FROM reservation WHERE case_id = $1 AND"
				 " released_at IS NULL ORDER BY dim, first_day, id",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_reservation, sizeof **out, out, n, err)
			   : rc;
}

static bool read_reserved(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_reserved_row *v = out;

	(void)a;
	*v = (struct yh_reserved_row){
		.first_day = yh_col_day(r, 1),
		.last_day = yh_col_day(r, 2),
		.qty_milli = yh_col_i64(r, 3),
	};
	YH_COL_COPY(r, 0, v->dim);
	return true;
}

/* The indexes reservation_live_… hold these columns in this order, so that thousands of rows are
 * summed where they stand. */
#define RESERVED                                                                                   \
	"SELECT v.dim, v.first_day, v.last_day, sum(v.qty_milli) FROM reservation v WHERE"         \
	" v.released_at IS NULL AND v.case_id <> $2 AND "
#define RESERVED_BY " GROUP BY v.dim, v.first_day, v.last_day ORDER BY v.dim, v.first_day"

enum yh_rc yh_reserved(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
		       const struct yh_id *beside, const struct yh_id *not_case,
		       struct yh_arena *arena, struct yh_reserved_row **out, size_t *n,
		       struct yh_err *err)
{
	static const struct yh_id none;
	const struct yh_id *but = not_case ? not_case : &none;
	struct yh_rows *rows;
	enum yh_rc rc;

	if (!project && beside)
		rc = yh_query(tx, err, &rows,
			      RESERVED
			      "v.unit = $1 AND v.project IN (SELECT p.id FROM project p"
			      " WHERE p.unit = $1 AND " BESIDE("p.cloud", "$3") ")" RESERVED_BY,
			      YH_ID(unit), YH_ID(but), YH_ID(beside));
	else
		rc = yh_query(tx, err, &rows,
			      project ? RESERVED "v.project = $1" RESERVED_BY
				      : RESERVED "v.unit = $1" RESERVED_BY,
			      YH_ID(project ? project : unit), YH_ID(but));
	return rc == YH_OK ? yh_read_all(rows, arena, read_reserved, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_reserved_kind(struct yh_tx *tx, const struct yh_id *project, const char *kind,
			    const struct yh_id *not_case, struct yh_arena *arena,
			    struct yh_reserved_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, RESERVED "v.project = $1 AND v.kind = $3" RESERVED_BY,
			 YH_ID(project), YH_ID(not_case), YH_T(kind));

	return rc == YH_OK ? yh_read_all(rows, arena, read_reserved, sizeof **out, out, n, err)
			   : rc;
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
	YH_COL_COPY(r, 6, w->kind);
	return true;
}

#define ALLOCATED                                                                                  \
	"SELECT r.id, r.project, d.dim, r.lease_last, z.qty_milli, d.qty_milli, r.kind"            \
	" FROM resource r JOIN resource_size z ON z.resource = r.id AND z.to_at IS NULL"           \
	" JOIN item_dim d ON d.item = z.item WHERE r.state = 'running' AND r.case_id <> $2 AND "
#define ALLOCATED_BY " ORDER BY r.id, d.dim"

enum yh_rc yh_allocated(struct yh_tx *tx, const struct yh_id *unit, const struct yh_id *project,
			const struct yh_id *beside, const struct yh_id *not_case,
			struct yh_arena *arena, struct yh_allocated_row **out, size_t *n,
			struct yh_err *err)
{
	static const struct yh_id none;
	const struct yh_id *but = not_case ? not_case : &none;
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc;

	if (!project && beside)
		rc = yh_query(tx, err, &rows,
			      ALLOCATED "r.unit = $1 AND " BESIDE("r.cloud", "$3") ALLOCATED_BY,
			      YH_ID(unit), YH_ID(but), YH_ID(beside));
	else
		rc = yh_query(tx, err, &rows,
			      project ? ALLOCATED "r.project = $1" ALLOCATED_BY
				      : ALLOCATED "r.unit = $1" ALLOCATED_BY,
			      YH_ID(project ? project : unit), YH_ID(but));
	if (rc != YH_OK)
		return rc;
	rc = yh_read_all(rows, arena, read_allocated, sizeof **out, &list, n, err);
	*out = list;
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		if ((*out)[i].qty_milli < 0)
			rc = yh_fail(err, YH_INTERNAL, "quantity-overflow");
	return rc;
}
