/* Days on which no clock runs. */
#include "store/suspension.h"

#include "store/mark.h"
#include "store/read.h"

static bool read_suspension(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_suspension_row *s = out;

	*s = (struct yh_suspension_row){
		.id = yh_col_id(r, 0),
		.first_day = yh_col_day(r, 1),
		.last_day = yh_col_day(r, 2),
		.reason = yh_arena_strdup(a, yh_col_text(r, 3)),
		.case_id = yh_col_id(r, 4),
		.created_at = yh_col_i64(r, 5),
	};
	return s->reason != NULL;
}

enum yh_rc yh_suspension_insert(struct yh_tx *tx, const struct yh_suspension_row *row,
				struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO suspension (id, first_day, last_day, reason, case_id,"
				" created_at) VALUES ($1, $2, $3, $4, $5, $6)",
				YH_ID(&row->id), YH_I(row->first_day), YH_I(row->last_day),
				YH_T(row->reason), YH_ID0(&row->case_id), YH_I(row->created_at));

	return rc == YH_OK ? yh_mark_law(tx, err) : rc;
}

enum yh_rc yh_suspension_list(struct yh_tx *tx, struct yh_arena *arena,
			      struct yh_suspension_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, first_day, last_day, reason, case_id, created_at"
				 " FROM suspension ORDER BY first_day, id");

	return rc == YH_OK ? yh_read_all(rows, arena, read_suspension, sizeof **out, out, n, err)
			   : rc;
}
