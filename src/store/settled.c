/* Sums of what is settled, so that nobody has to add up statements. */
#include "store/settled.h"

#include "store/read.h"

#define CHARGED                                                                                    \
	" FROM statement_kept WHERE reckoning = $1 AND provider IS NOT NULL AND fault IS NULL"

static bool read_id(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_id *)out = yh_col_id(r, 0);
	return true;
}

enum yh_rc yh_settled_providers(struct yh_tx *tx, const struct yh_settlement_row *s,
				struct yh_arena *arena, struct yh_id **out, size_t *n,
				struct yh_err *err)
{
	struct yh_rows *rows;
	void *list;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT DISTINCT provider" CHARGED, YH_ID(&s->reckoning));

	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_id, sizeof **out, &list, n, err);
	if (rc == YH_OK)
		*out = list;
	return rc;
}

enum yh_rc yh_settled_add(struct yh_tx *tx, const struct yh_settlement_row *s,
			  const struct yh_id *provider, const struct yh_id *heir,
			  struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO settled (provider, cloud, month, fen) SELECT $2, cloud, month,"
		       " SUM(total_fen)" CHARGED " AND provider = $3 GROUP BY cloud, month",
		       YH_ID(&s->reckoning), YH_ID(heir), YH_ID(provider));
}

static yh_day first_of_month(yh_day day)
{
	return day - yh_date_of(day).day + 1;
}

enum yh_rc yh_settled_sum(struct yh_tx *tx, const struct yh_id *provider, const struct yh_id *cloud,
			  yh_day from, yh_day until, int64_t *fen, struct yh_err *err)
{
	yh_day first = from == YH_DAY_NONE ? INT32_MIN : first_of_month(from);
	yh_day behind = until == YH_DAY_NONE ? INT32_MAX : first_of_month(until + 1);
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT COALESCE(SUM(fen), 0) FROM settled WHERE provider = $1 AND"
				 " cloud = $2 AND month >= $3 AND month < $4",
				 YH_ID(provider), YH_ID(cloud), YH_I(first), YH_I(behind));

	return rc == YH_OK ? yh_read_i64(rows, fen, err) : rc;
}
