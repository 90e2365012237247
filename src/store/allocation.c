/* Allocation of a cloud by unit and dimension. */
#include "store/allocation.h"

#include "store/columns.h"
#include "store/resource.h"

static bool read_unit(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_alloc_unit *u = out;

	u->id = yh_col_id(r, 0);
	YH_COL_COPY(r, 1, u->code);
	u->name = yh_arena_strdup(a, yh_col_text(r, 2));
	u->sector = yh_arena_strdup(a, yh_col_text(r, 3));
	return u->name && u->sector;
}

enum yh_rc yh_alloc_units(struct yh_tx *tx, const struct yh_viewer *who, const struct yh_id *cloud,
			  bool whole, struct yh_arena *arena, struct yh_alloc_unit **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT u.id, u.code, u.name, u.sector FROM org u WHERE u.id IN (SELECT p.unit FROM"
		" project p WHERE p.cloud = $3) AND ($4 = 1 OR u.id IN (SELECT org FROM mine) OR"
		" u.sponsor IN (SELECT org FROM mine WHERE role = 'sponsor') OR ($5 = 1 "
		"AND " YH_SQL_OF_DISTRICT ")) ORDER BY u.id",
		YH_ID(&who->person), YH_I(who->today), YH_ID(cloud), YH_I(whole),
		YH_I(who->district));

	return rc == YH_OK ? yh_read_all(rows, arena, read_unit, sizeof **out, out, n, err) : rc;
}

static bool read_sum(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_alloc_sum *s = out;

	(void)a;
	s->unit = yh_col_id(r, 0);
	YH_COL_COPY(r, 1, s->dim);
	s->qty_milli = yh_col_i64(r, 2);
	s->per_milli = yh_col_i64(r, 3);
	s->count = yh_col_i64(r, 4);
	return true;
}

static enum yh_rc read_sums(struct yh_rows *rows, struct yh_arena *arena, struct yh_alloc_sum **out,
			    size_t *n, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_sum, sizeof **out, out, n, err);
}

/* Of a lease's end to come: equal sizes of one item are counted, not multiplied, so that each
 * resource is rounded for itself, as in the quota arithmetic. */
enum yh_rc yh_alloc_running(struct yh_tx *tx, const struct yh_id *cloud, yh_day day, yh_day today,
			    struct yh_arena *arena, struct yh_alloc_sum **out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT p.unit, a.dim, SUM(a.qty_milli), 1000, 1 FROM project p JOIN allocated a ON"
		" a.project = p.id AND a.month = $4 WHERE p.cloud = $1 GROUP BY p.unit, a.dim UNION"
		" ALL SELECT g.unit, d.dim, g.qty, d.qty_milli, 0 - g.n FROM (SELECT r.unit AS"
		" unit, z.item AS item, z.qty_milli AS qty, COUNT(*) AS n FROM resource r JOIN"
		" resource_size z ON z.resource = r.id AND z.to_at IS NULL WHERE $2 > $3 AND"
		" r.cloud = $1 AND r.lease_last < $2 AND r.state = 'running' GROUP BY r.unit,"
		" z.item, z.qty_milli) g JOIN item_dim d ON d.item = g.item",
		YH_ID(cloud), YH_I(day), YH_I(today), YH_I(YH_ALLOC_ALL));

	return rc == YH_OK ? read_sums(rows, arena, out, n, err) : rc;
}

static yh_day month_of(yh_time at)
{
	struct yh_date d = yh_date_of(yh_day_of(at));

	d.day = 1;
	return yh_day_from_date(d);
}

/* A resource has at most YH_QTY_MILLI_MAX of a dimension, which filing sees to, so that no product
 * leaves 64 bits. */
enum yh_rc yh_alloc_keep(struct yh_tx *tx, const struct yh_id *resource, yh_time at, int sign,
			 struct yh_err *err)
{
	return yh_exec(
		tx, err,
		"INSERT INTO allocated (project, month, dim, qty_milli) SELECT r.project,"
		" m.month, d.dim, $2 * (z.qty_milli * d.qty_milli / 1000) FROM resource r"
		" JOIN resource_size z ON z.resource = r.id AND z.to_at IS NULL JOIN item_dim"
		" d ON d.item = z.item CROSS JOIN (SELECT $3 AS month UNION ALL SELECT $4)"
		" m WHERE r.id = $1 ON CONFLICT (project, month, dim) DO UPDATE SET"
		" qty_milli = allocated.qty_milli + excluded.qty_milli",
		YH_ID(resource), YH_I(sign), YH_I(month_of(at)), YH_I(YH_ALLOC_ALL));
}

enum yh_rc yh_alloc_keep_interval(struct yh_tx *tx, const struct yh_size_row *z, yh_time at,
				  int sign, struct yh_err *err)
{
	return yh_exec(
		tx, err,
		"INSERT INTO allocated (project, month, dim, qty_milli) SELECT r.project, m.month,"
		" d.dim, $2 * ($3 * d.qty_milli / 1000) FROM resource r JOIN item_dim d ON d.item ="
		" $4 CROSS JOIN (SELECT $5 AS month UNION ALL SELECT $6) m WHERE r.id = $1 ON"
		" CONFLICT (project, month, dim) DO UPDATE SET qty_milli = allocated.qty_milli +"
		" excluded.qty_milli",
		YH_ID(&z->resource), YH_I(sign), YH_I(z->qty_milli), YH_ID(&z->item),
		YH_I(month_of(at)), YH_I(YH_ALLOC_ALL));
}

static bool read_month(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_alloc_month *m = out;

	(void)a;
	m->cloud = yh_col_id(r, 0);
	YH_COL_COPY(r, 1, m->dim);
	m->month = yh_col_i64(r, 2);
	m->qty_milli = yh_col_i64(r, 3);
	return true;
}

enum yh_rc yh_alloc_months(struct yh_tx *tx, const struct yh_id *cloud, yh_day since,
			   struct yh_arena *arena, struct yh_alloc_month **out, size_t *n,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT p.cloud, a.dim, a.month, SUM(a.qty_milli) FROM project p JOIN allocated a"
		" ON a.project = p.id WHERE ($1 = 1 OR p.cloud = $2) AND (a.month = $3 OR a.month"
		" >= $4) GROUP BY p.cloud, a.dim, a.month ORDER BY p.cloud, a.dim, a.month",
		YH_I(yh_id_is_zero(cloud)), YH_ID(cloud), YH_I(YH_ALLOC_ALL), YH_I(since));

	return rc == YH_OK ? yh_read_all(rows, arena, read_month, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_alloc_quota(struct yh_tx *tx, const struct yh_id *cloud, yh_day day, yh_day today,
			  struct yh_arena *arena, struct yh_alloc_sum **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT q.unit, q.dim, SUM(q.qty_milli), 1000, 1 FROM quota_line q JOIN project p "
		"ON"
		" p.id = q.project WHERE p.cloud = $1 AND q.kind NOT IN ('window', 'grant') AND"
		" q.first_day <= $2"
		" AND (q.last_day IS NULL OR q.last_day >= $2 OR ($2 = $3 AND q.resource IS NOT "
		"NULL"
		" AND EXISTS (SELECT 1 FROM resource r WHERE r.id = q.resource AND r.state ="
		" 'running' AND r.lease_last = q.last_day))) GROUP BY q.unit, q.dim",
		YH_ID(cloud), YH_I(day), YH_I(today));

	return rc == YH_OK ? read_sums(rows, arena, out, n, err) : rc;
}

enum yh_rc yh_alloc_reserved(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
			     struct yh_arena *arena, struct yh_alloc_sum **out, size_t *n,
			     struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT v.unit, v.dim, SUM(v.qty_milli), 1000, 1 FROM reservation v JOIN project p"
		" ON p.id = v.project WHERE p.cloud = $1 AND v.released_at IS NULL AND"
		" v.first_day <= $2 AND (v.last_day IS NULL OR v.last_day >= $2) GROUP BY v.unit,"
		" v.dim",
		YH_ID(cloud), YH_I(day));

	return rc == YH_OK ? read_sums(rows, arena, out, n, err) : rc;
}
