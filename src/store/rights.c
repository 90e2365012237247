/* The table of rights and the events that stand for its rows. */
#include "store/rights.h"

#include "store/read.h"

enum yh_rc yh_rights_events(struct yh_tx *tx, yh_rights_event_fn fn, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT kind, payload, id FROM event WHERE kind IN ('role.granted',"
			 " 'role.ended', 'grant.moved', 'rights.begun') ORDER BY id");

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		const struct yh_id id = yh_col_id(rows, 2);
		char kind[24];

		YH_COL_COPY(rows, 0, kind);
		fn(arg, &id, kind, yh_col_text(rows, 1));
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_rights_begun(struct yh_tx *tx, bool *begun, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT 1 FROM event WHERE kind = 'rights.begun' LIMIT 1");

	*begun = false;
	return rc == YH_OK ? yh_read_any(rows, begun, err) : rc;
}

enum yh_rc yh_rights_rows(struct yh_tx *tx, yh_rights_row_fn fn, void *arg, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT id, person, role, org, capacity, first_day, last_day, scope,"
			 " ended_at FROM role_grant ORDER BY id");

	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		struct yh_grant_row g = { .id = yh_col_id(rows, 0),
					  .person = yh_col_id(rows, 1),
					  .org = yh_col_id(rows, 3),
					  .first_day = yh_col_day(rows, 5),
					  .last_day = yh_col_day(rows, 6),
					  .scope = yh_col_text(rows, 7),
					  .ended_at = yh_col_i64(rows, 8) };

		YH_COL_COPY(rows, 2, g.role);
		YH_COL_COPY(rows, 4, g.capacity);
		fn(arg, &g);
	}
	return yh_rows_end(rows, err);
}
