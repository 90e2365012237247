/* Tokens that write to the meter. */
#include "store/meter_token.h"

#include <string.h>

#include "store/read.h"

#define COLUMNS                                                                                    \
	"digest, id, kind, about, code, label, series_max, backfill, person, created_at, "         \
	"expires_at, ended_at"

static bool read_token(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_meter_token_row *t = out;

	*t = (struct yh_meter_token_row){
		.id = yh_col_id(r, 1),
		.about = yh_col_id(r, 3),
		.label = yh_arena_strdup(a, yh_col_text(r, 5)),
		.series_max = yh_col_i64(r, 6),
		.backfill = yh_col_i64(r, 7) != 0,
		.person = yh_col_id(r, 8),
		.created_at = yh_col_i64(r, 9),
		.expires_at = yh_col_i64(r, 10),
		.ended_at = yh_col_i64(r, 11),
	};
	YH_COL_FIXED(r, 0, t->digest.b);
	YH_COL_COPY(r, 2, t->kind);
	YH_COL_COPY(r, 4, t->code);
	return t->label != NULL;
}

enum yh_rc yh_meter_token_insert(struct yh_tx *tx, const struct yh_meter_token_row *t,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO meter_token (digest, id, kind, about, code, label, series_max,"
		       " backfill, person, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6,"
		       " $7, $8, $9, $10, $11)",
		       YH_B(t->digest.b, sizeof t->digest.b), YH_ID(&t->id), YH_T(t->kind),
		       YH_ID(&t->about), YH_T(t->code), YH_T(t->label), YH_I(t->series_max),
		       YH_I(t->backfill), YH_ID(&t->person), YH_I(t->created_at),
		       YH_I(t->expires_at));
}

enum yh_rc yh_meter_token_by_digest(struct yh_tx *tx, const struct yh_sm3 *digest,
				    struct yh_arena *arena, struct yh_meter_token_row *out,
				    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " COLUMNS " FROM meter_token WHERE digest = $1",
			 YH_B(digest->b, sizeof digest->b));

	return rc == YH_OK ? yh_read_one(rows, arena, read_token, out, "token-unknown", err) : rc;
}

enum yh_rc yh_meter_token_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			       struct yh_meter_token_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM meter_token WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_token, out, "token-unknown", err) : rc;
}

enum yh_rc yh_meter_token_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE meter_token SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
		       YH_I(at), YH_ID(id));
}

enum yh_rc yh_meter_token_list(struct yh_tx *tx, yh_time now, const struct yh_id *after,
			       uint32_t limit, struct yh_arena *arena,
			       struct yh_meter_token_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " COLUMNS " FROM meter_token WHERE id > $1 AND ended_at IS"
				 " NULL AND expires_at > $2 ORDER BY id LIMIT $3",
				 YH_ID(after), YH_I(now), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_token, sizeof **out, out, n, err) : rc;
}
