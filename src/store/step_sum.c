/* How fast steps are decided. */
#include "store/step_sum.h"

#include "store/columns.h"

static bool read_uncounted(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_uncounted_row *u = out;

	(void)a;
	*u = (struct yh_uncounted_row){ .id = yh_col_id(r, 0),
					.case_id = yh_col_id(r, 1),
					.org = yh_col_id(r, 2),
					.cloud = yh_col_id(r, 3),
					.opened_at = yh_col_i64(r, 6),
					.closed_at = yh_col_i64(r, 7),
					.due_day = yh_col_day(r, 8),
					.decided = yh_col_i64(r, 9) != 0,
					.own_wait = yh_col_i64(r, 10) != 0,
					.late = yh_col_i64(r, 11) != 0 };
	YH_COL_COPY(r, 4, u->procedure);
	YH_COL_COPY(r, 5, u->step);
	return true;
}

enum yh_rc yh_step_uncounted(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
			     struct yh_uncounted_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT s.id, s.case_id, s.org, c.cloud, c.procedure_name, s.step,"
		" s.opened_at, s.closed_at, s.due_day, CASE WHEN (s.closed_by IS NOT NULL"
		" OR EXISTS (SELECT 1 FROM cloud_order o WHERE o.step = s.id AND o.booked"
		" = 1)) AND s.org IS NOT NULL THEN 1 ELSE 0 END, CASE WHEN s.kind = 'confirm'"
		" AND s.role = c.filer_role THEN 1 ELSE 0 END, CASE WHEN"
		" " YH_SQL_CLOSED_LATE(
			"s.") " THEN 1 ELSE 0 END FROM case_step s JOIN"
			      " case_file c ON c.id = s.case_id WHERE s.closed_at IS NOT NULL AND"
			      " s.used_wd IS NULL ORDER BY s.id LIMIT $1",
		YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_uncounted, sizeof **out, out, n, err)
			   : rc;
}

enum yh_rc yh_step_count(struct yh_tx *tx, const struct yh_uncounted_row *u, int64_t used_wd,
			 struct yh_err *err)
{
	struct yh_date month = yh_date_of(yh_day_of(u->closed_at));
	bool clocked = u->due_day != YH_DAY_NONE, late = clocked && u->late;
	enum yh_rc rc = yh_exec(tx, err, "UPDATE case_step SET used_wd = $2 WHERE id = $1",
				YH_ID(&u->id), YH_I(used_wd));

	month.day = 1;
	if (rc != YH_OK || used_wd < 0)
		return rc;
	return yh_exec(tx, err,
		       "INSERT INTO step_sum (month, org, cloud, procedure_name, step, used_wd,"
		       " on_time, late, unclocked) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON"
		       " CONFLICT (month, org, cloud, procedure_name, step, used_wd) DO UPDATE SET"
		       " on_time = step_sum.on_time + excluded.on_time, late = step_sum.late +"
		       " excluded.late, unclocked = step_sum.unclocked + excluded.unclocked",
		       YH_I(yh_day_from_date(month)), YH_ID(&u->org), YH_ID(&u->cloud),
		       YH_T(u->procedure), YH_T(u->step), YH_I(used_wd), YH_I(clocked && !late),
		       YH_I(late), YH_I(!clocked));
}

enum yh_rc yh_step_uncounted_n(struct yh_tx *tx, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*) FROM case_step WHERE closed_at IS NOT NULL AND"
				 " used_wd IS NULL");

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

/* $3 any, $4 cloud, $5 district; over a body and a cloud. */
#define SEES(org, cloud)                                                                           \
	"($3 = 1 OR " org " IN (SELECT org FROM mine) OR ($4 = 1 AND " cloud " IN (SELECT b.cloud" \
	" FROM cloud_body b JOIN mine m ON m.org = b.org AND m.role = b.role)) OR ($5 = 1 "        \
	"AND " org " IN (SELECT u.id FROM org u WHERE " YH_SQL_OF_DISTRICT ")))"
#define ASKED                                                                                      \
	"s.month >= $6 AND s.month <= $7 AND ($8 = 1 OR s.cloud = $9) AND ($10 = '' OR"            \
	" s.procedure_name = $10) AND " SEES("s.org", "s.cloud")
#define ASK_ARGS(ask)                                                                              \
	YH_ID(&(ask)->who.person), YH_I((ask)->who.today), YH_I((ask)->who.any),                   \
		YH_I((ask)->who.cloud), YH_I((ask)->who.district), YH_I((ask)->from),              \
		YH_I((ask)->to), YH_I(yh_id_is_zero(&(ask)->cloud)), YH_ID(&(ask)->cloud),         \
		YH_T((ask)->procedure)

static bool read_sum(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_step_sum_row *s = out;

	YH_COL_COPY(r, 0, s->org_code);
	YH_COL_COPY(r, 2, s->procedure);
	YH_COL_COPY(r, 3, s->step);
	s->used_wd = yh_col_i64(r, 4);
	s->on_time = yh_col_i64(r, 5);
	s->late = yh_col_i64(r, 6);
	s->unclocked = yh_col_i64(r, 7);
	return yh_col_keep(r, a, 1, &s->org_name);
}

enum yh_rc yh_step_sums(struct yh_tx *tx, const struct yh_step_ask *ask, struct yh_arena *arena,
			struct yh_step_sum_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT o.code, o.name, t.procedure_name, t.step, t.used_wd, t.on_time, t.late,"
		" t.unclocked FROM (SELECT s.org, s.procedure_name, s.step, s.used_wd,"
		" SUM(s.on_time) AS on_time, SUM(s.late) AS late, SUM(s.unclocked) AS unclocked"
		" FROM step_sum s WHERE " ASKED " GROUP BY s.org, s.procedure_name, s.step,"
		" s.used_wd) t JOIN org o ON o.id = t.org ORDER BY o.code, t.procedure_name,"
		" t.step, t.used_wd",
		ASK_ARGS(ask));

	return rc == YH_OK ? yh_read_all(rows, arena, read_sum, sizeof **out, out, n, err) : rc;
}

static bool read_month(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_step_month_row *)out =
		(struct yh_step_month_row){ yh_col_day(r, 0), yh_col_i64(r, 1), yh_col_i64(r, 2),
					    yh_col_i64(r, 3) };
	return true;
}

enum yh_rc yh_step_months(struct yh_tx *tx, const struct yh_step_ask *ask, struct yh_arena *arena,
			  struct yh_step_month_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT s.month, SUM(s.on_time), SUM(s.late), SUM(s.unclocked)"
			    " FROM step_sum s WHERE " ASKED " GROUP BY s.month ORDER BY s.month",
		ASK_ARGS(ask));

	return rc == YH_OK ? yh_read_all(rows, arena, read_month, sizeof **out, out, n, err) : rc;
}

static bool read_open(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_step_open_row *s = out;

	YH_COL_COPY(r, 0, s->org_code);
	YH_COL_COPY(r, 2, s->procedure);
	YH_COL_COPY(r, 3, s->step);
	s->open = yh_col_i64(r, 4);
	s->overdue = yh_col_i64(r, 5);
	return yh_col_keep(r, a, 1, &s->org_name);
}

enum yh_rc yh_step_open(struct yh_tx *tx, const struct yh_step_ask *ask, struct yh_arena *arena,
			struct yh_step_open_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE
		"SELECT o.code, o.name, t.procedure_name, t.step, t.n, t.overdue FROM (SELECT"
		" s.org, c.procedure_name, s.step, COUNT(*) AS n, SUM(CASE WHEN"
		" " YH_SQL_LATE(
			"s.", "$2",
			"$9") " THEN 1 ELSE 0 END) AS overdue FROM case_step s JOIN case_file c ON "
			      "c.id ="
			      " s.case_id AND c.ended_at IS NULL WHERE s.closed_at IS NULL AND "
			      "s.org IS NOT NULL "
			      "AND ($6 = 1 OR"
			      " c.cloud = $7) AND ($8 = '' OR c.procedure_name = $8) AND " SEES(
				      "s.org", "c.cloud") " GROUP BY s.org, c.procedure_name, "
							  "s.step) t JOIN org"
							  " o ON o.id = t.org ORDER BY o.code, "
							  "t.procedure_name,"
							  " t.step",
		YH_ID(&ask->who.person), YH_I(ask->who.today), YH_I(ask->who.any),
		YH_I(ask->who.cloud), YH_I(ask->who.district), YH_I(yh_id_is_zero(&ask->cloud)),
		YH_ID(&ask->cloud), YH_T(ask->procedure), YH_I(ask->who.now));

	return rc == YH_OK ? yh_read_all(rows, arena, read_open, sizeof **out, out, n, err) : rc;
}
