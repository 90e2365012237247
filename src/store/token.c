/* Tokens and kept replies. */
#include "store/person.h"

#include <stdio.h>
#include <string.h>

#include "store/mark.h"
#include "store/read.h"
#include "store/sealed.h"

#define TOKEN_COLUMNS                                                                              \
	"digest, id, person, kind, csrf, scopes, label, created_at, expires_at, used_at, "         \
	"ended_at, nouns, source, proven, idle_us"

static bool read_token(const struct yh_rows *r, struct yh_arena *a, struct yh_token_row *out)
{
	*out = (struct yh_token_row){
		.id = yh_col_id(r, 1),
		.person = yh_col_id(r, 2),
		.label = yh_arena_strdup(a, yh_col_text(r, 6)),
		.created_at = yh_col_i64(r, 7),
		.expires_at = yh_col_i64(r, 8),
		.used_at = yh_col_i64(r, 9),
		.ended_at = yh_col_i64(r, 10),
		.proven = yh_col_i64(r, 13) != 0,
		.idle_us = yh_col_i64(r, 14),
	};
	YH_COL_FIXED(r, 0, out->digest.b);
	YH_COL_FIXED(r, 4, out->csrf.b);
	(void)snprintf(out->kind, sizeof out->kind, "%s", yh_col_text(r, 3));
	(void)snprintf(out->scopes, sizeof out->scopes, "%s", yh_col_text(r, 5));
	YH_COL_COPY(r, 11, out->nouns);
	YH_COL_COPY(r, 12, out->source);
	return out->label != NULL;
}

enum yh_rc yh_token_insert(struct yh_tx *tx, const struct yh_token_row *t, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO token (digest, id, person, kind, csrf, scopes, label,"
		       " created_at, expires_at, used_at, nouns, source, proven, idle_us) VALUES"
		       " ($1, $2, $3, $4, $5, $6, $7, $8, $9, $8, $10, $11, $12, $13)",
		       YH_B(t->digest.b, sizeof t->digest.b), YH_ID(&t->id), YH_ID(&t->person),
		       YH_T(t->kind), YH_B(t->csrf.b, sizeof t->csrf.b), YH_T(t->scopes),
		       YH_T(t->label), YH_I(t->created_at), YH_I(t->expires_at), YH_T(t->nouns),
		       YH_T(t->source), YH_I(t->proven), YH_I(t->idle_us));
}

enum yh_rc yh_token_load(struct yh_tx *tx, const struct yh_sm3 *digest, struct yh_arena *arena,
			 struct yh_token_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	bool found, ok = false;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " TOKEN_COLUMNS " FROM token WHERE digest = $1",
			 YH_B(digest->b, sizeof digest->b));

	if (rc != YH_OK)
		return rc;
	found = yh_rows_next(rows);
	if (found)
		ok = read_token(rows, arena, out);
	rc = yh_rows_end(rows, err);
	if (rc == YH_OK && !found)
		return yh_fail(err, YH_NOT_FOUND, "token-unknown");
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_token_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE token SET ended_at = $1 WHERE id = $2 AND ended_at IS NULL",
				YH_I(at), YH_ID(id));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_token_use(struct yh_tx *tx, const struct yh_id *id, yh_time now, yh_time since,
			struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE token SET used_at = $1 WHERE id = $2 AND used_at < $3",
		       YH_I(now), YH_ID(id), YH_I(since));
}

enum yh_rc yh_token_prove(struct yh_tx *tx, const struct yh_id *id, yh_time expires_at,
			  struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE token SET proven = 1, expires_at = $1 WHERE id = $2 AND"
				" ended_at IS NULL",
				YH_I(expires_at), YH_ID(id));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_tokens_end(struct yh_tx *tx, const struct yh_id *person, const struct yh_id *but,
			 yh_time at, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err,
				"UPDATE token SET ended_at = $1 WHERE person = $2 AND id <> $3 AND"
				" ended_at IS NULL",
				YH_I(at), YH_ID(person), YH_ID(but));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_sessions_end_but(struct yh_tx *tx, const struct yh_id *person,
			       const struct yh_id *but, yh_time at, int64_t *n, struct yh_err *err)
{
	enum yh_rc rc = yh_exec_n(tx, err, n,
				  "UPDATE token SET ended_at = $1 WHERE person = $2 AND id <> $3"
				  " AND kind = 'session' AND ended_at IS NULL AND expires_at > $1",
				  YH_I(at), YH_ID(person), YH_ID(but));

	return rc == YH_OK ? yh_mark_identity(tx, err) : rc;
}

enum yh_rc yh_token_list(struct yh_tx *tx, const struct yh_id *person, const char *kind,
			 yh_time now, struct yh_arena *arena, struct yh_token_row **out, size_t *n,
			 struct yh_err *err)
{
	enum { MOST = 200 };
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc;

	*n = 0;
	*out = YH_NEW_N(arena, struct yh_token_row, MOST);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_query(tx, err, &rows,
		      "SELECT " TOKEN_COLUMNS " FROM token WHERE person = $1 AND ended_at IS NULL"
		      " AND expires_at > $2 AND kind = $3 AND (idle_us = 0 OR kind <> 'session' OR"
		      " used_at >= $2 - idle_us) ORDER BY id DESC LIMIT 200",
		      YH_ID(person), YH_I(now), YH_T(kind));
	if (rc != YH_OK)
		return rc;
	for (; ok && *n < MOST && yh_rows_next(rows); ++*n)
		ok = read_token(rows, arena, &(*out)[*n]);
	rc = yh_rows_end(rows, err);
	return rc == YH_OK && !ok ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_kept_find(struct yh_tx *tx, const struct yh_id *person, const char *key,
			struct yh_arena *arena, bool *found, struct yh_kept_row *out,
			struct yh_err *err)
{
	struct yh_rows *rows;
	bool ok = true;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT request, status, body, etag, location FROM idempotency"
				 " WHERE person = $1 AND name = $2",
				 YH_ID(person), YH_T(key));

	if (rc != YH_OK)
		return rc;
	*found = yh_rows_next(rows);
	if (*found) {
		YH_COL_FIXED(rows, 0, out->request.b);
		out->status = yh_col_i64(rows, 1);
		out->body = yh_arena_strdup(arena, yh_col_text(rows, 2)); /* sealed */
		out->etag = yh_arena_strdup(arena, yh_col_text(rows, 3));
		out->location = yh_arena_strdup(arena, yh_col_text(rows, 4));
		ok = out->body && out->etag && out->location;
	}
	rc = yh_rows_end(rows, err);
	if (rc == YH_OK && !ok)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc == YH_OK && *found ? yh_unseal_bytes(tx, "idempotency.body", out->request.b,
						       sizeof out->request.b, out->body, arena,
						       &out->body, NULL, err)
				     : rc;
}

enum yh_rc yh_kept_insert(struct yh_tx *tx, const struct yh_id *person, const char *key,
			  const struct yh_kept_row *row, yh_time at, struct yh_arena *arena,
			  struct yh_err *err)
{
	const char *body;
	enum yh_rc rc = yh_seal_bytes(tx, "idempotency.body", row->request.b, sizeof row->request.b,
				      row->body, strlen(row->body), arena, &body, err);

	if (rc != YH_OK)
		return rc;
	return yh_exec(tx, err,
		       "INSERT INTO idempotency (person, name, request, status, body, etag,"
		       " location, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		       YH_ID(person), YH_T(key), YH_B(row->request.b, sizeof row->request.b),
		       YH_I(row->status), YH_T(body), YH_T(row->etag), YH_T(row->location),
		       YH_I(at));
}

enum yh_rc yh_kept_forget(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
			  struct yh_err *err)
{
	return yh_exec_n(tx, err, n,
			 "DELETE FROM idempotency WHERE (person, name) IN (SELECT person, name FROM"
			 " idempotency WHERE made_at < $1 LIMIT $2)",
			 YH_I(before), YH_I(most));
}
