/* Orders, as they are read. */
#include "store/cloud_order.h"

#include "store/columns.h"

#define COLUMNS                                                                                    \
	"o.id, o.cloud, o.case_id, o.resource, COALESCE(z.org, o.org), o.step, o.act, o.state,"    \
	" o.dims, o.before, o.snapshot, o.steps_done, o.at_step, o.ref, o.refused, o.attempts,"    \
	" o.slug, o.figures, o.failed_at, o.created_at, o.begun_at, o.ended_at, o.holder,"         \
	" o.held_until, l.code, c.no, g.name, u.code, u.name, COALESCE(p.code, ''),"               \
	" COALESCE(s.code, ''), COALESCE(i.code, ''), COALESCE(i.name, ''),"                       \
	" COALESCE(i.category, ''), r.no, r.name, r.state, r.provider_ref, c.pack,"                \
	" c.procedure_name, c.state, COALESCE(z.step, ''), z.due_day, z.closed_at, z.closed_by,"   \
	" COALESCE(o.booked, 0), z.due_at, o.booked "
#define TABLES                                                                                     \
	"FROM cloud_order o JOIN case_file c ON c.id = o.case_id JOIN cloud l ON l.id = o.cloud"   \
	" JOIN resource r ON r.id = o.resource JOIN org u ON u.id = r.unit LEFT JOIN case_step z"  \
	" ON z.id = o.step JOIN org g ON g.id = COALESCE(z.org, o.org) LEFT JOIN project p ON"     \
	" p.id = r.project LEFT JOIN info_system s ON s.id = r.info_system LEFT JOIN item i ON"    \
	" i.id = r.item "

static bool read_texts(const struct yh_rows *r, struct yh_arena *a, struct yh_cloud_order_row *o)
{
	return yh_col_keep(r, a, 8, &o->dims) && yh_col_keep(r, a, 9, &o->before) &&
	       yh_col_keep(r, a, 12, &o->at_step) && yh_col_keep(r, a, 13, &o->ref) &&
	       yh_col_keep(r, a, 16, &o->slug) && yh_col_keep(r, a, 17, &o->figures) &&
	       yh_col_keep(r, a, 24, &o->cloud_code) && yh_col_keep(r, a, 25, &o->case_no) &&
	       yh_col_keep(r, a, 26, &o->org_name) && yh_col_keep(r, a, 27, &o->unit_code) &&
	       yh_col_keep(r, a, 28, &o->unit_name) && yh_col_keep(r, a, 29, &o->project_code) &&
	       yh_col_keep(r, a, 30, &o->system_code) && yh_col_keep(r, a, 31, &o->item_code) &&
	       yh_col_keep(r, a, 32, &o->item_name) && yh_col_keep(r, a, 33, &o->item_category) &&
	       yh_col_keep(r, a, 34, &o->resource_no) && yh_col_keep(r, a, 35, &o->resource_name) &&
	       yh_col_keep(r, a, 36, &o->resource_state) &&
	       yh_col_keep(r, a, 37, &o->resource_ref) && yh_col_keep(r, a, 39, &o->procedure) &&
	       yh_col_keep(r, a, 41, &o->step_name);
}

static bool read_order(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_order_row *o = out;

	*o = (struct yh_cloud_order_row){
		.id = yh_col_id(r, 0),
		.cloud = yh_col_id(r, 1),
		.case_id = yh_col_id(r, 2),
		.resource = yh_col_id(r, 3),
		.org = yh_col_id(r, 4),
		.step = yh_col_id(r, 5),
		.snapshot = yh_col_i64(r, 10) != 0,
		.steps_done = yh_col_i64(r, 11),
		.refused = yh_col_i64(r, 14) != 0,
		.attempts = yh_col_i64(r, 15),
		.failed_at = yh_col_i64(r, 18),
		.created_at = yh_col_i64(r, 19),
		.begun_at = yh_col_i64(r, 20),
		.ended_at = yh_col_i64(r, 21),
		.holder = yh_col_id(r, 22),
		.held_until = yh_col_i64(r, 23),
		.due_day = yh_col_day(r, 42),
		.due_at = yh_col_i64(r, 46),
		.step_closed_at = yh_col_i64(r, 43),
	};
	o->booked = yh_col_i64(r, 45) != 0;
	o->by_system = o->booked && yh_col_null(r, 44);
	o->decided = !yh_col_null(r, 47);
	o->dropped = o->decided && !yh_id_is_zero(&o->step) && !o->step_closed_at;
	YH_COL_COPY(r, 6, o->act);
	YH_COL_COPY(r, 7, o->state);
	YH_COL_FIXED(r, 38, o->pack.b);
	YH_COL_COPY(r, 40, o->case_state);
	return read_texts(r, a, o);
}

enum yh_rc yh_cloud_order_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			       struct yh_cloud_order_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " COLUMNS TABLES "WHERE o.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_order, out, "order-unknown", err) : rc;
}

enum yh_rc yh_cloud_order_group(struct yh_tx *tx, const struct yh_id *group, struct yh_arena *arena,
				struct yh_cloud_order_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS TABLES "WHERE o.step = $1 OR (o.id = $1 AND"
				 " o.step IS NULL) ORDER BY o.id",
				 YH_ID(group));

	return rc == YH_OK ? yh_read_all(rows, arena, read_order, sizeof **out, out, n, err) : rc;
}

/* `narrow` stands in the text, so that what is asked for is found by its own index. */
#define LIST(narrow)                                                                               \
	YH_SQL_MINE                                                                                \
	"SELECT " COLUMNS TABLES "WHERE " narrow                                                   \
	"($3 = 1 OR COALESCE(z.org, o.org) IN (SELECT org FROM mine) OR r.unit IN (SELECT org"     \
	" FROM mine WHERE role = 'unit') OR ($4 = 1 AND o.cloud IN"                                \
	" (SELECT b.cloud FROM cloud_body b JOIN mine m ON m.org = b.org AND m.role = b.role)))"   \
	" AND ($5 = '' OR $5 LIKE '%|' || o.state || '|%') AND ($6 = 1 OR o.cloud = $7) AND"       \
	" ($8 = 1 OR o.case_id = $9) AND ($10 = 1 OR o.step = $11) AND ($12 = 1 OR o.resource ="   \
	" $13) AND ($14 = 1 OR o.id = $15) AND ($18 = 0 OR o.booked IS NULL) AND o.id > $16"       \
	" ORDER BY o.id LIMIT $17"

enum yh_rc yh_cloud_order_list(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_cloud_order_filter *f, struct yh_arena *arena,
			       struct yh_cloud_order_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	const char *sql = !yh_id_is_zero(&f->id)         ? LIST("o.id = $15 AND ")
			  : !yh_id_is_zero(&f->step)     ? LIST("o.step = $11 AND ")
			  : !yh_id_is_zero(&f->resource) ? LIST("o.resource = $13 AND ")
			  : !yh_id_is_zero(&f->case_id)  ? LIST("o.case_id = $9 AND ")
			  : f->open                      ? LIST("o.booked IS NULL AND ")
							 : LIST("");
	enum yh_rc rc = yh_query(
		tx, err, &rows, sql, YH_ID(&who->person), YH_I(who->today), YH_I(who->any),
		YH_I(who->cloud), YH_T(f->states ? f->states : ""), YH_I(yh_id_is_zero(&f->cloud)),
		YH_ID(&f->cloud), YH_I(yh_id_is_zero(&f->case_id)), YH_ID(&f->case_id),
		YH_I(yh_id_is_zero(&f->step)), YH_ID(&f->step), YH_I(yh_id_is_zero(&f->resource)),
		YH_ID(&f->resource), YH_I(yh_id_is_zero(&f->id)), YH_ID(&f->id), YH_ID(&f->after),
		YH_I(f->limit), YH_I(f->open));

	return rc == YH_OK ? yh_read_all(rows, arena, read_order, sizeof **out, out, n, err) : rc;
}

static bool read_flight(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_cloud_order_flight *f = out;

	f->resource = yh_col_id(r, 0);
	return yh_col_keep(r, a, 1, &f->ref);
}

enum yh_rc yh_cloud_order_in_flight(struct yh_tx *tx, const struct yh_id *cloud,
				    struct yh_arena *arena, struct yh_cloud_order_flight **out,
				    size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	/* done, but its step is still open: the books do not have it yet */
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT o.resource, o.ref FROM cloud_order o LEFT JOIN case_step z"
				 " ON z.id = o.step WHERE o.cloud = $1 AND (o.ended_at IS NULL OR"
				 " (o.state = 'done' AND o.step IS NOT NULL AND z.closed_at IS"
				 " NULL)) ORDER BY o.resource, o.id",
				 YH_ID(cloud));

	return rc == YH_OK ? yh_read_all(rows, arena, read_flight, sizeof **out, out, n, err) : rc;
}
