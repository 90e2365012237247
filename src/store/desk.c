/* Desks: what waits there, and what they were told. */
#include "store/desk.h"

#include "store/columns.h"

static bool read_desk(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_desk_row *d = out;

	(void)a;
	YH_COL_COPY(r, 0, d->role);
	d->org = yh_col_id(r, 1);
	YH_COL_COPY(r, 2, d->district);
	d->own = yh_col_i64(r, 3) != 0;
	return true;
}

enum yh_rc yh_desk_list(struct yh_tx *tx, const struct yh_viewer *who, struct yh_arena *arena,
			struct yh_desk_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 YH_SQL_MINE
			 "SELECT t.role, t.org, w.district, MAX(t.own) FROM (SELECT role, org, 1 AS"
			 " own FROM mine UNION ALL SELECT g.role, o.id, 0 FROM org o JOIN mine m ON"
			 " m.org = o.countersign JOIN role_grant g ON g.org = o.id AND g.ended_at"
			 " IS NULL) t JOIN org w ON w.id = t.org GROUP BY t.role, t.org, w.district"
			 " ORDER BY t.org, t.role",
			 YH_ID(&who->person), YH_I(who->today));

	return rc == YH_OK ? yh_read_all(rows, arena, read_desk, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_desk_district(struct yh_tx *tx, const struct yh_id *org, char out[64],
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT district FROM org WHERE id = $1", YH_ID(org));

	out[0] = 0;
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		yh_col_copy(rows, 0, out, 64);
	return yh_rows_end(rows, err);
}

#define DUE "COALESCE(due_day, 84005)"

#define COUNTED(due, late)                                                                         \
	"SELECT COUNT(*), COALESCE(SUM(CASE WHEN " late " THEN 1 ELSE 0 END), 0),"                 \
	" COALESCE(SUM(CASE WHEN " due " = $3 AND NOT " late                                       \
	" THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN " due " > $3 AND " due                    \
	" <= $4 THEN 1 ELSE 0 END), 0) FROM "

static enum yh_rc add_up(enum yh_rc rc, struct yh_rows *rows, struct yh_desk_count *sum,
			 struct yh_err *err)
{
	if (rc != YH_OK)
		return rc;
	(void)yh_rows_next(rows);
	sum->open += yh_col_i64(rows, 0);
	sum->overdue += yh_col_i64(rows, 1);
	sum->due_today += yh_col_i64(rows, 2);
	sum->soon += yh_col_i64(rows, 3);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_desk_count(struct yh_tx *tx, const char *role, const struct yh_id *org, yh_time now,
			 yh_day soon_until, struct yh_desk_count *sum, struct yh_err *err)
{
	struct yh_rows *rows = NULL;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		COUNTED(DUE, YH_SQL_LATE("", "$3", "$5")) "case_step WHERE org ="
							  " $1 AND role = $2 AND closed_at IS NULL",
		YH_ID(org), YH_T(role), YH_I(yh_day_of(now)), YH_I(soon_until), YH_I(now));

	return add_up(rc, rows, sum, err);
}

enum yh_rc yh_desk_duties(struct yh_tx *tx, const char *role, const struct yh_id *org, yh_day today,
			  yh_day soon_until, struct yh_desk_count *sum, struct yh_err *err)
{
	struct yh_rows *rows = NULL;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		COUNTED("due_day", "(due_day < $3)") "duty WHERE owner = $1 AND owner_role = $2 AND"
						     " state = 'open'",
		YH_ID(org), YH_T(role), YH_I(today), YH_I(soon_until));

	return add_up(rc, rows, sum, err);
}

enum yh_rc yh_desk_supervised(struct yh_tx *tx, const char *role, const struct yh_id *org,
			      yh_day today, struct yh_desk_count *sum, struct yh_err *err)
{
	struct yh_rows *rows = NULL;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 COUNTED("g.answer_by",
				 "(g.answer_by < $3)") "urging g JOIN case_step s ON s.id = g.step"
						       " JOIN case_file c ON c.id = g.case_id"
						       " WHERE g.kind = 'supervise' AND"
						       " g.answered_at IS NULL AND c.ended_at IS"
						       " NULL AND g.desk = $1 AND s.role = $2",
			 YH_ID(org), YH_T(role), YH_I(today), YH_I(today));

	return add_up(rc, rows, sum, err);
}

static bool read_notice(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_notice_line *l = out;

	l->id = yh_col_id(r, 0);
	l->made_at = yh_col_i64(r, 6);
	return yh_col_keep(r, a, 1, &l->role) && yh_col_keep(r, a, 2, &l->org_name) &&
	       yh_col_keep(r, a, 3, &l->case_no) && yh_col_keep(r, a, 4, &l->slug) &&
	       yh_col_keep(r, a, 5, &l->figures) && yh_col_keep(r, a, 7, &l->procedure) &&
	       yh_col_keep(r, a, 8, &l->label);
}

enum yh_rc yh_desk_notices(struct yh_tx *tx, const char *role, const struct yh_id *org,
			   const struct yh_id *floor, uint32_t limit, struct yh_arena *arena,
			   struct yh_notice_line **out, size_t *n, int64_t *count,
			   struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COUNT(*) FROM notice WHERE org = $1 AND role = $2 AND id >"
				 " $3",
				 YH_ID(org), YH_T(role), YH_ID(floor));

	if (rc == YH_OK)
		rc = yh_read_i64(rows, count, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT x.id, x.role, o.name, c.no, x.slug, x.figures, x.made_at,"
			      " c.procedure_name, c.label FROM notice x JOIN org o ON o.id = x.org "
			      "LEFT JOIN case_file c ON"
			      " c.id = x.case_id WHERE x.org = $1 AND x.role = $2 ORDER BY x.id"
			      " DESC LIMIT $3",
			      YH_ID(org), YH_T(role), YH_I(limit));
	return rc == YH_OK ? yh_read_all(rows, arena, read_notice, sizeof **out, out, n, err) : rc;
}

/* ---- what is handed over ---- */

static bool read_no(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	return yh_col_keep(r, a, 0, out);
}

static enum yh_rc numbers(struct yh_rows *rows, struct yh_arena *arena, const char ***out,
			  size_t *n, struct yh_err *err)
{
	return yh_read_all(rows, arena, read_no, sizeof **out, out, n, err);
}

enum yh_rc yh_desk_open(struct yh_tx *tx, const char *role, const struct yh_id *org,
			const struct yh_id *person, struct yh_arena *arena,
			struct yh_desk_open *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT DISTINCT c.no FROM case_step s JOIN case_file c ON c.id ="
				 " s.case_id WHERE s.org = $1 AND s.role = $2 AND s.closed_at IS"
				 " NULL ORDER BY c.no LIMIT $3",
				 YH_ID(org), YH_T(role), YH_I(YH_DESK_OPEN));

	*out = (struct yh_desk_open){ .own = 0 };
	if (rc == YH_OK)
		rc = numbers(rows, arena, &out->cases, &out->n_cases, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT no FROM duty WHERE owner = $1 AND owner_role = $2 AND"
			      " ended_at IS NULL ORDER BY no LIMIT $3",
			      YH_ID(org), YH_T(role), YH_I(YH_DESK_OPEN));
	if (rc == YH_OK)
		rc = numbers(rows, arena, &out->duties, &out->n_duties, err);
	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows,
			      "SELECT COUNT(DISTINCT s.case_id) FROM case_step s JOIN case_actor a"
			      " ON a.case_id = s.case_id AND a.person = $3 AND a.side ="
			      " 'applicant' WHERE s.org = $1 AND s.role = $2 AND s.kind = 'decide'"
			      " AND s.closed_at IS NULL",
			      YH_ID(org), YH_T(role), YH_ID(person));
	return rc == YH_OK ? yh_read_i64(rows, &out->own, err) : rc;
}
