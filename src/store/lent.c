/* Roles that are lent, one by one. */
#include "store/mark.h"
#include "store/person.h"
#include "store/read.h"

#define LENT                                                                                       \
	"SELECT d.id, d.giver, d.taker, d.org, d.role, d.first_day, d.last_day, d.reason,"         \
	" d.created_at, g.login, g.name, t.login, t.name, o.code, o.name FROM delegation d JOIN"   \
	" person g ON g.id = d.giver JOIN person t ON t.id = d.taker JOIN org o ON o.id = d.org"   \
	" WHERE d.ended_at IS NULL AND "

static bool read_lent(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_lent_row *x = out;
	struct yh_delegation_row *d = &x->lent;

	*x = (struct yh_lent_row){ .lent = { .id = yh_col_id(r, 0),
					     .giver = yh_col_id(r, 1),
					     .taker = yh_col_id(r, 2),
					     .org = yh_col_id(r, 3),
					     .first_day = yh_col_day(r, 5),
					     .last_day = yh_col_day(r, 6),
					     .created_at = yh_col_i64(r, 8) } };
	YH_COL_COPY(r, 4, d->role);
	return yh_col_keep(r, a, 7, &d->reason) && yh_col_keep(r, a, 9, &x->giver_login) &&
	       yh_col_keep(r, a, 10, &x->giver_name) && yh_col_keep(r, a, 11, &x->taker_login) &&
	       yh_col_keep(r, a, 12, &x->taker_name) && yh_col_keep(r, a, 13, &x->org_code) &&
	       yh_col_keep(r, a, 14, &x->org_name);
}

enum yh_rc yh_lent_list(struct yh_tx *tx, const struct yh_id *person, yh_day day,
			struct yh_arena *arena, struct yh_lent_row **out, size_t *n,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 LENT "(d.giver = $1 OR d.taker = $1) AND d.last_day >= $2 AND"
				      " g.status = 'active' AND (g.last_day IS NULL OR g.last_day"
				      " >= $2) ORDER BY d.id DESC LIMIT $3",
				 YH_ID(person), YH_I(day), YH_I(YH_LENT_MOST));

	return rc == YH_OK ? yh_read_all(rows, arena, read_lent, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_lent_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			struct yh_lent_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, LENT "d.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_lent, out, "delegation-unknown", err)
			   : rc;
}

enum yh_rc yh_lent_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err, "UPDATE delegation SET ended_at = $1 WHERE id = $2",
				YH_I(at), YH_ID(id));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}
