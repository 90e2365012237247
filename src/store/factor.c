/* Factors of providers. */
#include "store/factor.h"

#include "store/read.h"
#include "store/settlement.h"

#define COLUMNS                                                                                    \
	"f.id, f.provider, f.cloud, f.from_month, f.factor_e6, f.evaluation, f.case_id, f.made_at"
enum { FACTOR_MOST_E6 = 10000000 };

static bool read_factor(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	(void)a;
	*(struct yh_factor_row *)out = (struct yh_factor_row){
		.id = yh_col_id(r, 0),
		.provider = yh_col_id(r, 1),
		.cloud = yh_col_id(r, 2),
		.from_month = yh_col_day(r, 3),
		.factor_e6 = yh_col_i64(r, 4),
		.evaluation = yh_col_id(r, 5),
		.case_id = yh_col_id(r, 6),
		.made_at = yh_col_i64(r, 7),
	};
	return true;
}

enum yh_rc yh_factor_insert(struct yh_tx *tx, struct yh_factor_row *f, struct yh_err *err)
{
	yh_time seen;
	enum yh_rc rc = YH_OK;

	if (f->factor_e6 < 0 || f->factor_e6 > FACTOR_MOST_E6)
		return yh_fail(err, YH_BAD_INPUT, "factor-invalid");
	rc = yh_db_lock(tx, &f->cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_settlement_last_as_of(tx, &f->cloud, &seen, err);
	if (rc != YH_OK)
		return rc;
	if (f->made_at <= seen)
		f->made_at = seen + 1;
	return yh_exec(tx, err,
		       "INSERT INTO provider_factor (id, provider, cloud, from_month, factor_e6,"
		       " evaluation, case_id, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       YH_ID(&f->id), YH_ID(&f->provider), YH_ID(&f->cloud), YH_I(f->from_month),
		       YH_I(f->factor_e6), YH_ID0(&f->evaluation), YH_ID0(&f->case_id),
		       YH_I(f->made_at));
}

enum yh_rc yh_factor_on(struct yh_tx *tx, const struct yh_id *provider, const struct yh_id *cloud,
			yh_day month, yh_time as_of, bool *found, struct yh_factor_row *out,
			struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM provider_factor f WHERE f.provider = $1"
				 " AND f.cloud = $2 AND f.from_month <= $3 AND f.made_at <= $4"
				 " ORDER BY f.from_month DESC, f.made_at DESC, f.id DESC LIMIT 1",
				 YH_ID(provider), YH_ID(cloud), YH_I(month), YH_I(as_of));

	*found = false;
	*out = (struct yh_factor_row){ .factor_e6 = 1000000 };
	if (rc != YH_OK)
		return rc;
	if (yh_rows_next(rows))
		*found = read_factor(rows, NULL, out);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_factor_load(struct yh_tx *tx, const struct yh_id *id, struct yh_factor_row *out,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " COLUMNS " FROM provider_factor f WHERE f.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_factor, out, "factor-unknown", err) : rc;
}

enum yh_rc yh_factor_list(struct yh_tx *tx, const struct yh_id *provider, const struct yh_id *cloud,
			  uint32_t limit, struct yh_arena *arena, struct yh_factor_row **out,
			  size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " COLUMNS " FROM provider_factor f WHERE f.provider = $1"
			 " AND ($2 = 1 OR f.cloud = $3) ORDER BY f.from_month DESC,"
			 " f.made_at DESC, f.id DESC LIMIT $4",
			 YH_ID(provider), YH_I(yh_id_is_zero(cloud)), YH_ID(cloud), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_factor, sizeof **out, out, n, err) : rc;
}
