/* What a person holds over some days. */
#include "store/columns.h"
#include "store/person.h"
#include "store/read.h"

static bool read_held(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_held_row *h = out;

	*h = (struct yh_held_row){ 0 };
	YH_COL_COPY(r, 0, h->role);
	return yh_col_keep(r, a, 1, &h->scope);
}

enum yh_rc yh_held_within(struct yh_tx *tx, const struct yh_id *person, yh_day first, yh_day last,
			  struct yh_arena *arena, struct yh_held_row **out, size_t *n,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(
		tx, err, &rows,
		"SELECT role, scope FROM role_grant WHERE person = $1 AND ended_at IS NULL AND"
		" first_day <= $3 AND (last_day IS NULL OR last_day >= $2) UNION ALL SELECT role,"
		" '' FROM delegation WHERE taker = $1 AND ended_at IS NULL AND first_day <= $3 AND"
		" last_day >= $2",
		YH_ID(person), YH_I(first), YH_I(last == YH_DAY_NONE ? INT32_MAX : last));

	return rc == YH_OK ? yh_read_all(rows, arena, read_held, sizeof **out, out, n, err) : rc;
}
