/* Comparisons of clouds with the register. */
#include "store/cloud_check.h"

#include "store/read.h"

enum yh_rc yh_cloud_check_insert(struct yh_tx *tx, const struct yh_cloud_check_row *w,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO cloud_check (id, cloud, person, asked_at, machines, resources,"
		       " found, standing, closed, fault, figures) VALUES ($1, $2, $3, $4, 0, 0, 0,"
		       " 0, 0, '', '')",
		       YH_ID(&w->id), YH_ID(&w->cloud), YH_ID0(&w->person), YH_I(w->asked_at));
}

#define CHECK_COLUMNS                                                                              \
	"id, cloud, person, asked_at, begun_at, ended_at, machines, resources, found, standing,"   \
	" closed, fault, figures"

static bool read_check(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_check_row *w = out;

	*w = (struct yh_cloud_check_row){ .id = yh_col_id(r, 0),
					  .cloud = yh_col_id(r, 1),
					  .person = yh_col_id(r, 2),
					  .asked_at = yh_col_i64(r, 3),
					  .begun_at = yh_col_i64(r, 4),
					  .ended_at = yh_col_i64(r, 5),
					  .machines = yh_col_i64(r, 6),
					  .resources = yh_col_i64(r, 7),
					  .found = yh_col_i64(r, 8),
					  .standing = yh_col_i64(r, 9),
					  .closed = yh_col_i64(r, 10) };
	return yh_col_keep(r, a, 11, &w->fault) && yh_col_keep(r, a, 12, &w->figures);
}

enum yh_rc yh_cloud_check_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			       struct yh_cloud_check_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " CHECK_COLUMNS " FROM cloud_check WHERE id = $1",
			 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_check, out, "cloud-check-unknown", err)
			   : rc;
}

enum yh_rc yh_cloud_check_waiting(struct yh_tx *tx, const struct yh_id *cloud, bool *found,
				  struct yh_id *id, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM cloud_check WHERE cloud = $1 AND begun_at IS NULL"
				 " AND ended_at IS NULL ORDER BY id LIMIT 1",
				 YH_ID(cloud));

	*found = false;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows)) {
		*id = yh_col_id(rows, 0);
		*found = true;
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_cloud_check_begin(struct yh_tx *tx, const struct yh_cloud_check_row *w,
				struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE cloud_check SET begun_at = $1 WHERE id = $2 AND ended_at IS NULL",
		       YH_I(w->begun_at), YH_ID(&w->id));
}

enum yh_rc yh_cloud_check_end(struct yh_tx *tx, const struct yh_cloud_check_row *w,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE cloud_check SET ended_at = $1, machines = $2, resources = $3, found"
		       " = $4, standing = $5, closed = $6, fault = $7, figures = $8 WHERE id = $9"
		       " AND ended_at IS NULL",
		       YH_I(w->ended_at), YH_I(w->machines), YH_I(w->resources), YH_I(w->found),
		       YH_I(w->standing), YH_I(w->closed), YH_T(w->fault), YH_T(w->figures),
		       YH_ID(&w->id));
}

enum yh_rc yh_cloud_check_list(struct yh_tx *tx, const struct yh_id *cloud,
			       const struct yh_id *before, uint32_t limit, struct yh_arena *arena,
			       struct yh_cloud_check_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " CHECK_COLUMNS " FROM cloud_check WHERE cloud = $1 AND"
			 " ($2 = 1 OR id < $3) ORDER BY id DESC LIMIT $4",
			 YH_ID(cloud), YH_I(yh_id_is_zero(before)), YH_ID(before), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_check, sizeof **out, out, n, err) : rc;
}

static bool read_entry(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_entry *e = out;

	*e = (struct yh_cloud_entry){ .id = yh_col_id(r, 0),
				      .version = yh_col_i64(r, 5),
				      .item = yh_col_id(r, 6),
				      .qty_milli = yh_col_i64(r, 7),
				      .busy = yh_col_i64(r, 8) > 0 };
	YH_COL_COPY(r, 1, e->no);
	YH_COL_COPY(r, 4, e->state);
	return yh_col_keep(r, a, 2, &e->name) && yh_col_keep(r, a, 3, &e->ref);
}

/* Under way until it is in the books, not only until the machine has done it
 * (yh_cloud_order_in_flight). */
#define BUSY                                                                                       \
	"(SELECT COUNT(*) FROM cloud_order o LEFT JOIN case_step z ON z.id = o.step WHERE"         \
	" o.resource = r.id AND (o.ended_at IS NULL OR (o.state = 'done' AND o.step IS NOT NULL"   \
	" AND z.closed_at IS NULL)))"

enum yh_rc yh_cloud_entries(struct yh_tx *tx, const struct yh_id *cloud, struct yh_arena *arena,
			    struct yh_cloud_entry **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT r.id, r.no, r.name, COALESCE(r.provider_ref, ''), r.state, r.version,"
		" s.item, COALESCE(s.qty_milli, 0), " BUSY " FROM resource r LEFT JOIN"
		" resource_size s ON s.resource = r.id AND s.to_at IS NULL WHERE r.cloud = $1 AND"
		" (r.state IN ('running', 'stopped') OR " BUSY " > 0) ORDER BY r.id",
		YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_entry, sizeof **out, out, n, err) : rc;
}

static bool read_ref(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_ref *e = out;

	YH_COL_COPY(r, 1, e->no);
	return yh_col_keep(r, a, 0, &e->ref);
}

enum yh_rc yh_cloud_refs(struct yh_tx *tx, const struct yh_id *cloud, struct yh_arena *arena,
			 struct yh_cloud_ref **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT provider_ref, no FROM resource WHERE cloud = $1 AND state"
				 " IN ('running', 'stopped') AND provider_ref <> '' ORDER BY"
				 " provider_ref, no",
				 YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_ref, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_cloud_difference_insert(struct yh_tx *tx, const struct yh_cloud_difference_row *w,
				      bool *inserted, struct yh_err *err)
{
	int64_t n;
	enum yh_rc rc = yh_exec_n(
		tx, err, &n,
		"INSERT INTO cloud_difference (id, cloud, kind, subject, resource, ref, name,"
		" tag_no, tag_case, dims, registered, running, found_at) VALUES ($1, $2, $3, $4,"
		" $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING",
		YH_ID(&w->id), YH_ID(&w->cloud), YH_T(w->kind), YH_T(w->subject),
		YH_ID0(&w->resource), YH_T(w->ref), YH_T(w->name), YH_T(w->tag_no),
		YH_T(w->tag_case), YH_T(w->dims), YH_T(w->registered), YH_I(w->running),
		YH_I(w->found_at));

	*inserted = rc == YH_OK && n > 0;
	return rc;
}

enum yh_rc yh_cloud_difference_update(struct yh_tx *tx, const struct yh_cloud_difference_row *w,
				      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE cloud_difference SET ref = $1, name = $2, tag_no = $3, tag_case ="
		       " $4, dims = $5, registered = $6, running = $7 WHERE id = $8",
		       YH_T(w->ref), YH_T(w->name), YH_T(w->tag_no), YH_T(w->tag_case),
		       YH_T(w->dims), YH_T(w->registered), YH_I(w->running), YH_ID(&w->id));
}

enum yh_rc yh_cloud_difference_close(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				     struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE cloud_difference SET closed_at = $1 WHERE id = $2",
		       YH_I(at), YH_ID(id));
}

static bool read_difference(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_difference_row *d = out;

	*d = (struct yh_cloud_difference_row){ .id = yh_col_id(r, 0),
					       .cloud = yh_col_id(r, 1),
					       .resource = yh_col_id(r, 4),
					       .running = yh_col_i64(r, 11) != 0,
					       .found_at = yh_col_i64(r, 12),
					       .closed_at = yh_col_i64(r, 13) };
	YH_COL_COPY(r, 2, d->kind);
	return yh_col_keep(r, a, 3, &d->subject) && yh_col_keep(r, a, 5, &d->ref) &&
	       yh_col_keep(r, a, 6, &d->name) && yh_col_keep(r, a, 7, &d->tag_no) &&
	       yh_col_keep(r, a, 8, &d->tag_case) && yh_col_keep(r, a, 9, &d->dims) &&
	       yh_col_keep(r, a, 10, &d->registered) && yh_col_keep(r, a, 14, &d->resource_no) &&
	       yh_col_keep(r, a, 15, &d->resource_name);
}

enum yh_rc yh_cloud_difference_list(struct yh_tx *tx, const struct yh_cloud_difference_filter *f,
				    struct yh_arena *arena, struct yh_cloud_difference_row **out,
				    size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT d.id, d.cloud, d.kind, d.subject, d.resource, d.ref, d.name, d.tag_no,"
		" d.tag_case, d.dims, d.registered, d.running, d.found_at, d.closed_at,"
		" COALESCE(r.no, ''), COALESCE(r.name, '') FROM cloud_difference d LEFT JOIN"
		" resource r ON r.id = d.resource WHERE d.cloud = $1 AND ($2 = 1 OR d.id < $3) AND"
		" ($4 = '' OR d.kind = $4) AND (CASE WHEN d.closed_at IS NULL THEN 0 ELSE 1 END) ="
		" $5 ORDER BY d.id DESC LIMIT $6",
		YH_ID(&f->cloud), YH_I(yh_id_is_zero(&f->after)), YH_ID(&f->after), YH_T(f->kind),
		YH_I(f->closed), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_difference, sizeof **out, out, n, err)
			   : rc;
}
