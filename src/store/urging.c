/* Urgings and supervisions. */
#include "store/urging.h"

#include <string.h>

#include "store/case_lines.h"

#define COLUMNS                                                                                    \
	"g.id, g.kind, g.case_id, g.step, g.person, g.org, g.role, g.reason, g.answer_by,"         \
	" g.made_at, g.answer, g.answered_at, g.answered_by, g.desk, z.role, z.step, c.ended_at,"  \
	" c.pack, COALESCE(p.name, g.far_person), o.name, d.name, COALESCE(a.name, ''), c.no, "    \
	"c.title,"                                                                                 \
	" c.procedure_name, c.label "
#define TABLES                                                                                     \
	"FROM urging g JOIN case_step z ON z.id = g.step JOIN case_file c ON c.id = g.case_id"     \
	" LEFT JOIN person p ON p.id = g.person JOIN org o ON o.id = g.org JOIN org u ON u.id = "  \
	"c.unit"                                                                                   \
	" JOIN org d ON d.id = g.desk LEFT JOIN person a ON a.id = g.answered_by "

static bool read_urging(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_urging_row *g = out;

	*g = (struct yh_urging_row){ .id = yh_col_id(r, 0),
				     .case_id = yh_col_id(r, 2),
				     .step = yh_col_id(r, 3),
				     .person = yh_col_id(r, 4),
				     .org = yh_col_id(r, 5),
				     .answer_by = yh_col_day(r, 8),
				     .made_at = yh_col_i64(r, 9),
				     .answered_at = yh_col_i64(r, 11),
				     .answered_by = yh_col_id(r, 12),
				     .desk = yh_col_id(r, 13),
				     .ended_at = yh_col_i64(r, 16) };
	YH_COL_COPY(r, 1, g->kind);
	YH_COL_COPY(r, 6, g->role);
	YH_COL_COPY(r, 14, g->desk_role);
	YH_COL_COPY(r, 15, g->step_name);
	YH_COL_FIXED(r, 17, g->pack.b);
	YH_COL_COPY(r, 25, g->label);
	return yh_col_keep(r, a, 7, &g->reason) && yh_col_keep(r, a, 10, &g->answer) &&
	       yh_col_keep(r, a, 18, &g->person_name) && yh_col_keep(r, a, 19, &g->org_name) &&
	       yh_col_keep(r, a, 20, &g->desk_name) && yh_col_keep(r, a, 21, &g->answered_name) &&
	       yh_col_keep(r, a, 22, &g->case_no) && yh_col_keep(r, a, 23, &g->case_title) &&
	       yh_col_keep(r, a, 24, &g->procedure);
}

enum yh_rc yh_urging_insert(struct yh_tx *tx, const struct yh_urging_row *g, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO urging (id, kind, case_id, step, person, org, role, reason,"
		       " answer_by, made_at, desk, far_person) VALUES ($1, $2, $3, $4, $5, $6, $7,"
		       " $8, $9, $10, $11, $12)",
		       YH_ID(&g->id), YH_T(g->kind), YH_ID(&g->case_id), YH_ID(&g->step),
		       YH_ID0(&g->person), YH_ID(&g->org), YH_T(g->role), YH_T(g->reason),
		       YH_DAY0(g->answer_by), YH_I(g->made_at), YH_ID(&g->desk),
		       YH_T(yh_id_is_zero(&g->person) ? g->person_name : ""));
}

enum yh_rc yh_urging_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			  struct yh_urging_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS TABLES "WHERE g.id = $1 AND g.kind ="
				 " 'supervise'",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_urging, out, "supervision-unknown", err)
			   : rc;
}

enum yh_rc yh_urging_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			     struct yh_urging_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS TABLES "WHERE g.id IN (SELECT q.id FROM urging q"
				 " WHERE q.case_id = $1 ORDER BY q.id DESC LIMIT 200) ORDER BY"
				 " g.id",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_urging, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_urging_last(struct yh_tx *tx, const struct yh_id *step, const struct yh_id *org,
			  yh_time *at, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COALESCE(MAX(made_at), 0) FROM urging WHERE step = $1 AND"
				 " org = $2 AND kind = 'urge'",
				 YH_ID(step), YH_ID(org));

	return rc == YH_OK ? yh_read_i64(rows, at, err) : rc;
}

enum yh_rc yh_supervised_until(struct yh_tx *tx, const struct yh_id *case_id, yh_day *day,
			       struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT MIN(answer_by) FROM urging WHERE case_id = $1 AND kind ="
				 " 'supervise' AND answered_at IS NULL",
				 YH_ID(case_id));

	if (rc != YH_OK)
		return rc;
	*day = yh_rows_next(rows) ? yh_col_day(rows, 0) : YH_DAY_NONE;
	return yh_rows_end(rows, err);
}

enum yh_rc yh_supervised_by(struct yh_tx *tx, const struct yh_id *case_id, const struct yh_id *org,
			    yh_day *day, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT MIN(answer_by) FROM urging WHERE case_id = $1 AND kind ="
				 " 'supervise' AND answered_at IS NULL AND org = $2",
				 YH_ID(case_id), YH_ID(org));

	if (rc != YH_OK)
		return rc;
	*day = yh_rows_next(rows) ? yh_col_day(rows, 0) : YH_DAY_NONE;
	return yh_rows_end(rows, err);
}

enum yh_rc yh_urging_answer(struct yh_tx *tx, const struct yh_urging_row *g, bool *fresh,
			    struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE urging SET answer = $2, answered_at = $3, answered_by ="
				  " $4 WHERE id = $1 AND answered_at IS NULL",
				  YH_ID(&g->id), YH_T(g->answer), YH_I(g->answered_at),
				  YH_ID(&g->answered_by));

	*fresh = rc == YH_OK && n > 0;
	return rc;
}

/* A case that has ended wants no answer any more. */
#define OPEN "(g.answered_at IS NULL AND c.ended_at IS NULL)"
#define ASKED "EXISTS (SELECT 1 FROM mine m WHERE m.org = g.desk AND m.role = z.role)"
#define AT_A_DESK "(" ASKED " OR EXISTS (SELECT 1 FROM mine m WHERE m.org = g.org))"

enum yh_rc yh_supervision_page(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_supervision_filter *f, struct yh_arena *arena,
			       struct yh_urging_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		YH_SQL_MINE "SELECT " COLUMNS TABLES "WHERE g.kind = 'supervise' AND ($6 = 0 OR"
			    " " OPEN ") AND ($7 = 0 OR " AT_A_DESK
			    ") AND ($8 = 1 OR (g.answer_by, g.id) > ($9, $10))"
			    " AND (" ASKED " OR " YH_SQL_SEES_CASE
			    ") ORDER BY g.answer_by, g.id LIMIT $11",
		YH_ID(&who->person), YH_I(who->today), YH_I(who->any), YH_I(who->cloud),
		YH_I(who->district), YH_I(f->open), YH_I(f->mine), YH_I(yh_id_is_zero(&f->after)),
		YH_I(f->after_day), YH_ID(&f->after), YH_I(f->limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_urging, sizeof **out, out, n, err) : rc;
}
