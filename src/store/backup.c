/* Backup notes. */
#include "store/backup.h"

#include "store/read.h"

enum yh_rc yh_backup_put(struct yh_tx *tx, const struct yh_backup_row *b, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO backup_note (id, case_id, resource, choice, note, person,"
		       " made_at) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (case_id,"
		       " resource) DO UPDATE SET choice = excluded.choice, note = excluded.note,"
		       " person = excluded.person, made_at = excluded.made_at",
		       YH_ID(&b->id), YH_ID(&b->case_id), YH_ID(&b->resource), YH_T(b->choice),
		       YH_T(b->note), YH_ID(&b->person), YH_I(b->made_at));
}

static bool read_note(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_backup_row *b = out;

	*b = (struct yh_backup_row){ .id = yh_col_id(r, 0),
				     .case_id = yh_col_id(r, 1),
				     .resource = yh_col_id(r, 2),
				     .note = yh_arena_strdup(a, yh_col_text(r, 4)),
				     .person = yh_col_id(r, 5),
				     .made_at = yh_col_i64(r, 6) };
	YH_COL_COPY(r, 3, b->choice);
	return b->note != NULL;
}

enum yh_rc yh_backup_of_case(struct yh_tx *tx, const struct yh_id *case_id, struct yh_arena *arena,
			     struct yh_backup_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, case_id, resource, choice, note, person, made_at FROM"
				 " backup_note WHERE case_id = $1 ORDER BY resource",
				 YH_ID(case_id));

	return rc == YH_OK ? yh_read_all(rows, arena, read_note, sizeof **out, out, n, err) : rc;
}
