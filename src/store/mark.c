/* Marks of change. */
#include "store/mark.h"

#include "base/digest.h"

enum yh_rc yh_marks_read(struct yh_tx *tx, struct yh_marks *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT value, name = 'mark.law' FROM counter WHERE name >="
				 " 'mark.' AND name < 'mark/'");

	*out = (struct yh_marks){ 0 };
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		*(yh_col_i64(rows, 1) ? &out->law : &out->identity) = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_mark_identity(struct yh_tx *tx, struct yh_err *err)
{
	uint64_t r;

	yh_random(&r, sizeof r);
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ('mark.identity', $1) ON CONFLICT"
		       " (name) DO UPDATE SET value = excluded.value",
		       YH_I(r >> 1 | 1));
}

enum yh_rc yh_mark_law(struct yh_tx *tx, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO counter (name, value) VALUES ('mark.law', 1) ON CONFLICT (name)"
		       " DO UPDATE SET value = counter.value + 1");
}
