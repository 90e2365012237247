/* Figures of the whole city and of its districts. */
#include "store/overview.h"

#include <string.h>

#include "store/columns.h"
#include "store/pulse.h"
#include "store/read.h"

static enum yh_rc read_pair(struct yh_rows *rows, int64_t *a, int64_t *b, struct yh_err *err)
{
	*a = *b = 0;
	if (yh_rows_next(rows)) {
		*a = yh_col_i64(rows, 0);
		*b = yh_col_i64(rows, 1);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_city_cases(struct yh_tx *tx, yh_time now, struct yh_city_cases *out,
			 struct yh_err *err)
{
	yh_day today = yh_day_of(now);
	struct yh_id midnight = yh_id_floor(yh_day_start(today));
	struct yh_date month = yh_date_of(today);
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT COUNT(*) FROM case_file WHERE ended_at IS NULL");

	month.day = 1;
	*out = (struct yh_city_cases){ 0 };
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &out->open, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT COALESCE(SUM(1 - t.late), 0), COALESCE(SUM(t.late), 0) FROM"
			      " (SELECT CASE WHEN " YH_SQL_LATE(
				      "", "$1", "$2") " THEN 1 ELSE 0"
						      " END AS late FROM case_step WHERE closed_at "
						      "IS NULL AND due_day <="
						      " $1) t",
			      YH_I(today), YH_I(now));
	if (rc == YH_OK)
		rc = read_pair(rows, &out->due_today, &out->overdue, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT COUNT(*) FROM event WHERE id >= $1 AND kind IN"
			      " ('step.decided', 'step.confirmed', 'step.fulfilled')",
			      YH_ID(&midnight));
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &out->decided_today, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT COALESCE(SUM(on_time), 0), COALESCE(SUM(late), 0) FROM"
			      " step_sum WHERE month = $1",
			      YH_I(yh_day_from_date(month)));
	return rc == YH_OK ? read_pair(rows, &out->on_time, &out->late, err) : rc;
}

static bool read_deadline(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_city_deadline *d = out;

	d->id = yh_col_id(r, 0);
	d->day = yh_col_day(r, 8);
	return yh_col_keep(r, a, 1, &d->no) && yh_col_keep(r, a, 2, &d->title) &&
	       yh_col_keep(r, a, 3, &d->procedure) && yh_col_keep(r, a, 4, &d->step) &&
	       yh_col_keep(r, a, 5, &d->body) && yh_col_keep(r, a, 6, &d->unit) &&
	       yh_col_keep(r, a, 7, &d->cloud) && yh_col_keep(r, a, 9, &d->label);
}

enum yh_rc yh_city_deadlines(struct yh_tx *tx, yh_time now, uint32_t limit, struct yh_arena *arena,
			     struct yh_city_deadline **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT c.id, c.no, c.title, c.procedure_name, s.step, o.name, u.name,"
		" k.code, s.due_day, c.label FROM case_step s JOIN case_file c ON c.id = s.case_id"
		" JOIN org o ON o.id = s.org JOIN org u ON u.id = c.unit JOIN cloud k ON"
		" k.id = c.cloud WHERE s.closed_at IS NULL AND s.due_day >= $1 AND"
		" (s.due_at IS NULL OR s.due_at >= $3) ORDER BY"
		" s.due_day, s.id LIMIT $2",
		YH_I(yh_day_of(now)), YH_I(limit), YH_I(now));

	return rc == YH_OK ? yh_read_all(rows, arena, read_deadline, sizeof **out, out, n, err)
			   : rc;
}

static bool read_count(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_city_count *c = out;

	(void)a;
	YH_COL_COPY(r, 0, c->word);
	c->n = yh_col_i64(r, 1);
	return true;
}

enum yh_rc yh_city_findings(struct yh_tx *tx, struct yh_arena *arena, struct yh_city_count **out,
			    size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT state, COUNT(*) FROM finding GROUP BY state ORDER BY"
				 " state");

	return rc == YH_OK ? yh_read_all(rows, arena, read_count, sizeof **out, out, n, err) : rc;
}

static bool read_lease(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_city_lease *l = out;

	l->last = yh_col_day(r, 4);
	return yh_col_keep(r, a, 0, &l->resource) && yh_col_keep(r, a, 1, &l->name) &&
	       yh_col_keep(r, a, 2, &l->kind) && yh_col_keep(r, a, 3, &l->unit);
}

enum yh_rc yh_city_leases(struct yh_tx *tx, yh_day first, yh_day last, uint32_t limit,
			  struct yh_arena *arena, struct yh_city_lease **out, size_t *n,
			  int64_t *all, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*) FROM lease WHERE ended_at IS NULL AND last_day >="
				 " $1 AND last_day <= $2",
				 YH_I(first), YH_I(last));

	if (rc == YH_OK)
		rc = yh_read_i64(rows, all, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT r.no, r.name, r.kind, u.name, l.last_day FROM lease l JOIN"
			      " resource r ON r.id = l.resource JOIN org u ON u.id = r.unit WHERE"
			      " l.ended_at IS NULL AND l.last_day >= $1 AND l.last_day <= $2 ORDER"
			      " BY l.last_day, l.resource LIMIT $3",
			      YH_I(first), YH_I(last), YH_I(limit));
	return rc == YH_OK ? yh_read_all(rows, arena, read_lease, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_city_agents(struct yh_tx *tx, int64_t *all, int64_t *silent, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT (SELECT COUNT(*) FROM agent WHERE revoked_at IS NULL),"
				 " (SELECT COUNT(*) FROM observation o JOIN agent a ON a.id ="
				 " o.agent WHERE o.to_at IS NULL AND o.kind = 'silence' AND"
				 " a.revoked_at IS NULL)");

	return rc == YH_OK ? read_pair(rows, all, silent, err) : rc;
}

static bool read_district(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_district_row *d = out;

	(void)a;
	*d = (struct yh_district_row){
		.units = yh_col_i64(r, 1),
		.resources = yh_col_i64(r, 2),
		.steps_open = yh_col_i64(r, 3),
		.steps_overdue = yh_col_i64(r, 4),
		.findings_open = yh_col_i64(r, 5),
		.leases_ending = yh_col_i64(r, 6),
		.on_time = yh_col_i64(r, 7),
		.late = yh_col_i64(r, 8),
		.unclocked = yh_col_i64(r, 9),
	};
	YH_COL_COPY(r, 0, d->district);
	return true;
}

/* Each sum is grouped on its own, so that none multiplies another. Most resources are of no
 * district, so that the districts' clouds come first. */
enum yh_rc yh_districts(struct yh_tx *tx, yh_time now, yh_day until, yh_day since,
			struct yh_arena *arena, struct yh_district_row **out, size_t *n,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"WITH part (district, units, resources, open, overdue, findings, leases, on_time,"
		" late, unclocked) AS (SELECT district, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM cloud WHERE"
		" level = 'district' UNION ALL SELECT district, COUNT(*), 0, 0, 0, 0, 0, 0, 0, 0"
		" FROM org WHERE kind = 'unit' AND status = 'active' GROUP BY district UNION ALL"
		" SELECT k.district, 0, (SELECT COUNT(*) FROM resource r WHERE r.cloud = k.id AND"
		" r.state = 'running'), 0, 0, 0, 0, 0, 0, 0 FROM cloud k WHERE k.level ="
		" 'district' UNION ALL SELECT o.district, 0, 0, COUNT(*), SUM(CASE WHEN"
		" " YH_SQL_LATE("s.", "$1", "$4") " THEN 1 ELSE 0 END), 0, 0, 0, 0, 0 FROM "
						  "case_step s JOIN org o ON o.id ="
						  " s.org WHERE s.closed_at IS NULL GROUP BY "
						  "o.district UNION ALL SELECT k.district,"
						  " 0, 0, 0, 0, COUNT(*), 0, 0, 0, 0 FROM finding "
						  "f JOIN cloud k ON k.id = f.cloud"
						  " WHERE k.level = 'district' AND f.state IN "
						  "('open', 'in_case') GROUP BY"
						  " k.district UNION ALL SELECT k.district, 0, 0, "
						  "0, 0, 0, COUNT(*), 0, 0, 0 FROM"
						  " lease l JOIN resource r ON r.id = l.resource "
						  "JOIN cloud k ON k.id = r.cloud"
						  " WHERE k.level = 'district' AND l.ended_at IS "
						  "NULL AND l.last_day >= $1 AND"
						  " l.last_day <= $2 GROUP BY k.district UNION ALL "
						  "SELECT o.district, 0, 0, 0, 0, 0,"
						  " 0, SUM(t.on_time), SUM(t.late), "
						  "SUM(t.unclocked) FROM step_sum t JOIN org o ON"
						  " o.id = t.org WHERE t.month >= $3 GROUP BY "
						  "o.district) SELECT district,"
						  " SUM(units), SUM(resources), SUM(open), "
						  "SUM(overdue), SUM(findings), SUM(leases),"
						  " SUM(on_time), SUM(late), SUM(unclocked) FROM "
						  "part WHERE district IN (SELECT"
						  " district FROM cloud WHERE level = 'district') "
						  "GROUP BY district ORDER BY"
						  " district",
		YH_I(yh_day_of(now)), YH_I(until), YH_I(since), YH_I(now));

	return rc == YH_OK ? yh_read_all(rows, arena, read_district, sizeof **out, out, n, err)
			   : rc;
}
