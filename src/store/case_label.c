/* Where cases that are labelled wait, and what rises with them. */
#include "store/case_label.h"

#include "store/case_lines.h"
#include "store/read.h"

static bool read_waiting(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_waiting_desk *d = out;

	d->case_id = yh_col_id(r, 0);
	d->org = yh_col_id(r, 1);
	YH_COL_FIXED(r, 2, d->pack.b);
	d->opened_at = yh_col_i64(r, 9);
	d->due_day = yh_col_day(r, 10);
	d->step_id = yh_col_id(r, 11);
	return yh_col_keep(r, a, 3, &d->case_no) && yh_col_keep(r, a, 4, &d->procedure) &&
	       yh_col_keep(r, a, 5, &d->label) && yh_col_keep(r, a, 6, &d->step) &&
	       yh_col_keep(r, a, 7, &d->role) && yh_col_keep(r, a, 8, &d->org_name);
}

static bool read_desk(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_labelled_desk *d = out;

	d->org = yh_col_id(r, 0);
	return yh_col_keep(r, a, 1, &d->role) && yh_col_keep(r, a, 2, &d->procedure) &&
	       yh_col_keep(r, a, 3, &d->label);
}

enum yh_rc yh_case_labelled_desks(struct yh_tx *tx, const struct yh_viewer *who,
				  struct yh_arena *arena, struct yh_labelled_desk **out, size_t *n,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT DISTINCT s.org, s.role, c.procedure_name, c.label FROM case_step s JOIN"
		" case_file c ON c.id = s.case_id WHERE s.closed_at IS NULL AND c.abroad <> $3 AND"
		" NOT " YH_SQL_OPENED("c.", "$1", "$2") " ORDER BY 1, 2, 3, 4",
		YH_OPENED(who), YH_KEPT(who), YH_I(YH_CASE_ABROAD));

	return rc == YH_OK ? yh_read_all(rows, arena, read_desk, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_case_waiting_at(struct yh_tx *tx, const struct yh_labelled_desk *desk, size_t most,
			      struct yh_arena *arena, struct yh_waiting_desk **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT c.id, s.org, c.pack, c.no, c.procedure_name, c.label, s.step, s.role,"
		" o.name, s.opened_at, s.due_day, s.id FROM case_step s JOIN case_file c ON c.id ="
		" s.case_id JOIN org o ON o.id = s.org WHERE s.closed_at IS NULL AND"
		" c.abroad <> $6 AND s.org = $1 AND s.role = $2 AND c.procedure_name = $3 AND"
		" c.label = $4 ORDER BY s.id LIMIT $5",
		YH_ID(&desk->org), YH_T(desk->role), YH_T(desk->procedure), YH_T(desk->label),
		YH_I(most), YH_I(YH_CASE_ABROAD));

	return rc == YH_OK ? yh_read_all(rows, arena, read_waiting, sizeof **out, out, n, err) : rc;
}

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_case_about(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			 struct yh_id **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id FROM case_file WHERE about_case = $1 ORDER BY id",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_id, sizeof **out, out, n, err) : rc;
}
