/* Resources and their sizes over time. */
#include "store/resource.h"

#include "store/allocation.h"
#include "store/columns.h"

bool yh_read_resource(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_resource_row *w = out;

	*w = (struct yh_resource_row){
		.id = yh_col_id(r, 0),
		.unit = yh_col_id(r, 2),
		.project = yh_col_id(r, 3),
		.info_system = yh_col_id(r, 4),
		.cloud = yh_col_id(r, 5),
		.name = yh_arena_strdup(a, yh_col_text(r, 8)),
		.item = yh_col_id(r, 9),
		.provider = yh_col_id(r, 10),
		.case_id = yh_col_id(r, 12),
		.lease_last = yh_col_day(r, 13),
		.created_at = yh_col_i64(r, 14),
		.opened_at = yh_col_i64(r, 15),
		.formal_at = yh_col_i64(r, 16),
		.stopped_at = yh_col_i64(r, 17),
		.destroyed_at = yh_col_i64(r, 18),
		.version = yh_col_i64(r, 19),
	};
	YH_COL_COPY(r, 1, w->no);
	YH_COL_COPY(r, 6, w->kind);
	YH_COL_COPY(r, 7, w->state);
	YH_COL_COPY(r, 20, w->former_kind);
	if (!yh_col_null(r, 11)) {
		w->provider_ref = yh_arena_strdup(a, yh_col_text(r, 11));
		if (!w->provider_ref)
			return false;
	}
	return w->name != NULL;
}

static struct yh_arg time_or_null(yh_time t)
{
	return t ? YH_I(t) : YH_NUL;
}

enum yh_rc yh_resource_insert(struct yh_tx *tx, const struct yh_resource_row *w, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO resource (id, no, unit, project, info_system, cloud, kind,"
		       " state, name, item, provider, provider_ref, case_id, lease_last,"
		       " created_at, opened_at, formal_at, stopped_at, destroyed_at, former_kind,"
		       " version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,"
		       " $14, $15, $16, $17, $18, $19, $20, 1)",
		       YH_ID(&w->id), YH_T(w->no), YH_ID(&w->unit), YH_ID(&w->project),
		       YH_ID0(&w->info_system), YH_ID(&w->cloud), YH_T(w->kind), YH_T(w->state),
		       YH_T(w->name), YH_ID(&w->item), YH_ID0(&w->provider), YH_T(w->provider_ref),
		       YH_ID(&w->case_id), YH_DAY0(w->lease_last), YH_I(w->created_at),
		       time_or_null(w->opened_at), time_or_null(w->formal_at),
		       time_or_null(w->stopped_at), time_or_null(w->destroyed_at),
		       YH_T(w->former_kind));
}

enum yh_rc yh_resource_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_resource_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " YH_RESOURCE_COLUMNS " FROM resource r WHERE r.id = $1",
				 YH_ID(id));

	if (rc != YH_OK)
		return rc;
	return yh_read_one(rows, arena, yh_read_resource, out, "resource-unknown", err);
}

enum yh_rc yh_resource_update(struct yh_tx *tx, struct yh_resource_row *w, struct yh_err *err)
{
	int64_t changed;
	enum yh_rc rc = yh_exec_n(tx, err, &changed,
				  "UPDATE resource SET info_system = $1, kind = $2, state = $3,"
				  " name = $4, item = $5, provider = $6, provider_ref = $7,"
				  " lease_last = $8, opened_at = $9, formal_at = $10,"
				  " stopped_at = $11, destroyed_at = $12, former_kind = $13,"
				  " version = version + 1 WHERE id = $14 AND version = $15",
				  YH_ID0(&w->info_system), YH_T(w->kind), YH_T(w->state),
				  YH_T(w->name), YH_ID(&w->item), YH_ID0(&w->provider),
				  YH_T(w->provider_ref), YH_DAY0(w->lease_last),
				  time_or_null(w->opened_at), time_or_null(w->formal_at),
				  time_or_null(w->stopped_at), time_or_null(w->destroyed_at),
				  YH_T(w->former_kind), YH_ID(&w->id), YH_I(w->version));

	if (rc != YH_OK)
		return rc;
	if (changed == 0)
		return yh_fail(err, YH_STALE, "resource-changed");
	w->version++;
	return YH_OK;
}

enum yh_rc yh_resource_of_case(struct yh_tx *tx, const struct yh_id *case_id,
			       struct yh_arena *arena, struct yh_resource_row **out, size_t *n,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " YH_RESOURCE_COLUMNS " FROM resource r JOIN case_resource"
				 " c ON c.resource = r.id WHERE c.case_id = $1 ORDER BY r.no",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, yh_read_resource, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_resource_of_system(struct yh_tx *tx, const struct yh_id *system,
				 struct yh_arena *arena, struct yh_resource_row **out, size_t *n,
				 struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " YH_RESOURCE_COLUMNS " FROM resource r WHERE"
				 " r.info_system = $1 ORDER BY r.id",
				 YH_ID(system));

	return rc == YH_OK ? yh_read_all(rows, arena, yh_read_resource, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_resource_lease_of_case(struct yh_tx *tx, const struct yh_id *case_id, yh_day *last,
				     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT max(r.lease_last) FROM resource r JOIN case_resource c ON"
				 " c.resource = r.id WHERE c.case_id = $1",
				 YH_ID(case_id));

	*last = YH_DAY_NONE;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*last = yh_col_day(rows, 0);
	return yh_rows_end(rows, err);
}

static enum yh_rc last_change(struct yh_tx *tx, const struct yh_id *resource, yh_time *out,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT coalesce(to_at, from_at) FROM resource_size WHERE"
				 " resource = $1 ORDER BY from_at DESC LIMIT 1",
				 YH_ID(resource));

	*out = INT64_MIN;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*out = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_size_set(struct yh_tx *tx, const struct yh_id *resource, yh_time at,
		       const struct yh_id *item, int64_t qty_milli, const struct yh_id *case_id,
		       struct yh_err *err)
{
	yh_time last;
	enum yh_rc rc = last_change(tx, resource, &last, err);

	if (rc == YH_OK && last > at)
		return yh_fail(err, YH_CONFLICT, "size-changed-later");
	if (rc == YH_OK)
		rc = yh_alloc_keep(tx, resource, at, -1, err);
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "DELETE FROM resource_size WHERE resource = $1 AND from_at = $2",
			     YH_ID(resource), YH_I(at));
	if (rc == YH_OK)
		rc = yh_exec(tx, err,
			     "UPDATE resource_size SET to_at = $1 WHERE resource = $2 AND"
			     " to_at IS NULL",
			     YH_I(at), YH_ID(resource));
	if (rc != YH_OK || qty_milli <= 0)
		return rc;
	rc = yh_exec(tx, err,
		     "INSERT INTO resource_size (resource, from_at, item, qty_milli, case_id)"
		     " VALUES ($1, $2, $3, $4, $5)",
		     YH_ID(resource), YH_I(at), YH_ID(item), YH_I(qty_milli), YH_ID(case_id));
	return rc == YH_OK ? yh_alloc_keep(tx, resource, at, 1, err) : rc;
}

enum yh_rc yh_size_now(struct yh_tx *tx, const struct yh_id *resource, int64_t *qty_milli,
		       struct yh_id *item, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT qty_milli, item FROM resource_size WHERE resource = $1 AND"
				 " to_at IS NULL",
				 YH_ID(resource));

	*qty_milli = 0;
	*item = (struct yh_id){ 0 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*qty_milli = yh_col_i64(rows, 0);
		*item = yh_col_id(rows, 1);
	}
	return yh_rows_end(rows, err);
}

static bool read_size(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_size_row *z = out;

	(void)a;
	*z = (struct yh_size_row){
		.resource = yh_col_id(r, 0),
		.from_at = yh_col_i64(r, 1),
		.to_at = yh_col_i64(r, 2),
		.item = yh_col_id(r, 3),
		.qty_milli = yh_col_i64(r, 4),
		.case_id = yh_col_id(r, 5),
	};
	return true;
}

enum yh_rc yh_size_list(struct yh_tx *tx, const struct yh_id *resource, struct yh_arena *arena,
			struct yh_size_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT resource, from_at, to_at, item, qty_milli, case_id FROM"
				 " resource_size WHERE resource = $1 ORDER BY from_at",
				 YH_ID(resource));

	return rc == YH_OK ? yh_read_all(rows, arena, read_size, sizeof **out, out, n, err) : rc;
}
