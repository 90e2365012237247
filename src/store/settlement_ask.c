/* Months that people asked to be reckoned. */
#include "store/settlement_ask.h"

#include "store/read.h"

enum yh_rc yh_settlement_ask_insert(struct yh_tx *tx, const struct yh_settlement_ask_row *w,
				    struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO settlement_ask (id, person, cloud, month, source, asked_at,"
		       " steps, steps_done, fault, figures) VALUES ($1, $2, $3, $4, $5, $6, 0, 0,"
		       " '', '')",
		       YH_ID(&w->id), YH_ID(&w->person), YH_ID(&w->cloud), YH_I(w->month),
		       YH_T(w->source), YH_I(w->how.asked_at));
}

static bool read_ask(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_settlement_ask_row *w = out;

	*w = (struct yh_settlement_ask_row){
		.id = yh_col_id(r, 0),
		.person = yh_col_id(r, 1),
		.cloud = yh_col_id(r, 2),
		.month = yh_col_day(r, 3),
		.source = yh_arena_strdup(a, yh_col_text(r, 4)),
		.settlement = yh_col_id(r, 5),
	};
	return w->source && yh_ask_read(r, 6, a, &w->how);
}

enum yh_rc yh_settlement_ask_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				  struct yh_settlement_ask_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT id, person, cloud, month, source, settlement, " YH_ASK_STATE
			 " FROM settlement_ask WHERE id = $1",
			 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_ask, out, "settlement-ask-unknown", err)
			   : rc;
}

enum yh_rc yh_settlement_ask_open(struct yh_tx *tx, const struct yh_id *cloud, yh_day month,
				  bool *open, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT 1 FROM settlement_ask WHERE cloud = $1 AND month = $2 AND"
				 " ended_at IS NULL LIMIT 1",
				 YH_ID(cloud), YH_I(month));

	*open = false;
	return rc == YH_OK ? yh_read_any(rows, open, err) : rc;
}

enum yh_rc yh_settlement_ask_go_on(struct yh_tx *tx, const struct yh_settlement_ask_row *w,
				   struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE settlement_ask SET begun_at = $1, steps = $2, steps_done = $3 WHERE"
		       " id = $4 AND ended_at IS NULL",
		       YH_I(w->how.begun_at), YH_I(w->how.steps), YH_I(w->how.steps_done),
		       YH_ID(&w->id));
}

enum yh_rc yh_settlement_ask_end(struct yh_tx *tx, const struct yh_settlement_ask_row *w,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE settlement_ask SET ended_at = $1, settlement = $2, fault = $3,"
		       " figures = $4, steps_done = steps WHERE id = $5 AND ended_at IS NULL",
		       YH_I(w->how.ended_at), YH_ID0(&w->settlement), YH_T(w->how.fault),
		       YH_T(w->how.figures), YH_ID(&w->id));
}

enum yh_rc yh_settlement_ask_prune(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
				   struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM settlement_ask WHERE id IN (SELECT id FROM settlement_ask"
			 " WHERE ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at, id LIMIT"
			 " $2)",
			 YH_I(before), YH_I(most));
}
