/* What settlements were reckoned from, as an auditor takes it away. */
#include "store/evidence.h"

#include "store/read.h"

enum { PAGE = 20000 };

/* Whoever had it when the use began. */
#define WHO_HAD                                                                                    \
	" FROM tenure t WHERE t.resource = u.resource AND t.until_at > u.from_at ORDER BY"         \
	" t.until_at LIMIT 1"
#define SELECT_USED                                                                                \
	"SELECT u.resource, u.code, u.from_at, u.to_at, u.qty_milli, u.coverage_milli,"            \
	" COALESCE((SELECT t.unit" WHO_HAD                                                         \
	"), r.unit), r.project, COALESCE((SELECT t.provider" WHO_HAD                               \
	"), r.provider) FROM usage_input u JOIN resource r ON r.id = u.resource"                   \
	" WHERE u.settlement = $1 AND (u.resource > $2 OR (u.resource = $2 AND (u.code > $3 OR"    \
	" (u.code = $3 AND u.from_at > $4)))) ORDER BY u.resource, u.code, u.from_at LIMIT $5"

static void read_used(const struct yh_rows *r, struct yh_usage_row *u, struct yh_owner *o)
{
	u->resource = yh_col_id(r, 0);
	YH_COL_COPY(r, 1, u->code);
	u->from_at = yh_col_i64(r, 2);
	u->to_at = yh_col_i64(r, 3);
	u->qty_milli = yh_col_i64(r, 4);
	u->coverage_milli = yh_col_i64(r, 5);
	o->unit = yh_col_id(r, 6);
	o->project = yh_col_id(r, 7);
	o->provider = yh_col_id(r, 8);
}

enum yh_rc yh_usage_of_settlement(struct yh_tx *tx, const struct yh_id *settlement,
				  yh_used_fn visit, void *arg, struct yh_err *err)
{
	struct yh_usage_row row = { 0 };
	struct yh_owner owner;
	bool go = true;
	enum yh_rc rc = YH_OK;

	for (int got = PAGE; rc == YH_OK && go && got == PAGE;) {
		struct yh_rows *rows;

		got = 0;
		rc = yh_query(tx, err, &rows, SELECT_USED, YH_ID(settlement), YH_ID(&row.resource),
			      YH_T(row.code), YH_I(row.from_at), YH_I(PAGE));
		if (rc != YH_OK)
			return rc;
		while (go && yh_rows_next(rows)) {
			read_used(rows, &row, &owner);
			got++;
			go = visit(arg, &row, &owner);
		}
		rc = yh_rows_end(rows, err);
	}
	return rc;
}
