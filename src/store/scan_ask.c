/* Scans that people asked for. */
#include "store/scan_ask.h"

#include "store/read.h"

enum yh_rc yh_scan_ask_insert(struct yh_tx *tx, const struct yh_scan_ask_row *w, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO watch_ask (id, person, cloud, unit, sees, rule, first_day,"
		       " last_day, source, asked_at, steps, steps_done, fault, figures) VALUES"
		       " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, '', '')",
		       YH_ID(&w->id), YH_ID(&w->person), YH_ID0(&w->cloud), YH_ID0(&w->unit),
		       YH_T(w->sees), YH_T(w->rule), YH_I(w->first_day), YH_I(w->last_day),
		       YH_T(w->source), YH_I(w->how.asked_at));
}

static bool read_ask(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_scan_ask_row *w = out;

	*w = (struct yh_scan_ask_row){ .id = yh_col_id(r, 0),
				       .person = yh_col_id(r, 1),
				       .cloud = yh_col_id(r, 2),
				       .unit = yh_col_id(r, 3),
				       .first_day = yh_col_day(r, 6),
				       .last_day = yh_col_day(r, 7),
				       .source = yh_arena_strdup(a, yh_col_text(r, 8)),
				       .scan = yh_col_id(r, 9) };
	YH_COL_COPY(r, 4, w->sees);
	YH_COL_COPY(r, 5, w->rule);
	return w->source && yh_ask_read(r, 10, a, &w->how);
}

enum yh_rc yh_scan_ask_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_scan_ask_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT id, person, cloud, unit, sees, rule, first_day, last_day,"
				 " source, scan, " YH_ASK_STATE " FROM watch_ask WHERE id = $1",
				 YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_ask, out, "scan-ask-unknown", err) : rc;
}

enum yh_rc yh_scan_ask_open(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM watch_ask WHERE person = $1 AND ended_at IS"
				 " NULL",
				 YH_ID(person));

	*n = 0;
	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

enum yh_rc yh_scan_ask_go_on(struct yh_tx *tx, const struct yh_scan_ask_row *w, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE watch_ask SET begun_at = $1, steps = $2, steps_done = $3 WHERE id ="
		       " $4 AND ended_at IS NULL",
		       YH_I(w->how.begun_at), YH_I(w->how.steps), YH_I(w->how.steps_done),
		       YH_ID(&w->id));
}

enum yh_rc yh_scan_ask_end(struct yh_tx *tx, const struct yh_scan_ask_row *w, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE watch_ask SET ended_at = $1, scan = $2, fault = $3, figures = $4,"
		       " steps_done = steps WHERE id = $5 AND ended_at IS NULL",
		       YH_I(w->how.ended_at), YH_ID0(&w->scan), YH_T(w->how.fault),
		       YH_T(w->how.figures), YH_ID(&w->id));
}

enum yh_rc yh_scan_ask_prune(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
			     struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM watch_ask WHERE id IN (SELECT id FROM watch_ask WHERE"
			 " ended_at IS NOT NULL AND ended_at < $1 ORDER BY ended_at, id LIMIT $2)",
			 YH_I(before), YH_I(most));
}
