/* The public keys that officers sign with. */
#include "store/officer_key.h"

#include "store/read.h"

#define SELECT "SELECT id, key_id, person, public_key, made_at, ended_at FROM officer_key WHERE "

static bool read_key(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_officer_key_row *k = out;

	*k = (struct yh_officer_key_row){ .id = yh_col_id(r, 0),
					  .person = yh_col_id(r, 2),
					  .made_at = yh_col_i64(r, 4),
					  .ended_at = yh_col_i64(r, 5) };
	YH_COL_COPY(r, 1, k->key_id);
	return yh_col_keep(r, a, 3, &k->public_key);
}

enum yh_rc yh_officer_key_insert(struct yh_tx *tx, const struct yh_officer_key_row *k,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO officer_key (id, key_id, person, public_key, made_at)"
		       " VALUES ($1, $2, $3, $4, $5)",
		       YH_ID(&k->id), YH_T(k->key_id), YH_ID(&k->person), YH_T(k->public_key),
		       YH_I(k->made_at));
}

enum yh_rc yh_officer_key_load(struct yh_tx *tx, const char *key_id, struct yh_arena *arena,
			       struct yh_officer_key_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, SELECT "key_id = $1", YH_T(key_id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_key, out, "officer-key-unknown", err)
			   : rc;
}

enum yh_rc yh_officer_key_of(struct yh_tx *tx, const struct yh_id *person, struct yh_arena *arena,
			     struct yh_officer_key_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, SELECT "person = $1 AND ended_at IS NULL", YH_ID(person));

	return rc == YH_OK ? yh_read_one(rows, arena, read_key, out, "officer-key-none", err) : rc;
}

enum yh_rc yh_officer_key_end(struct yh_tx *tx, const struct yh_id *person, yh_time at, int64_t *n,
			      struct yh_err *err)
{
	return yh_exec_n(
		tx, err, n,
		"UPDATE officer_key SET ended_at = $1 WHERE person = $2 AND ended_at IS NULL",
		YH_I(at), YH_ID(person));
}
