/* Signing in elsewhere. */
#include "store/issuer.h"

#include <string.h>

#include "store/read.h"

enum { FLOWS_MAX = 5000, SESSION_DAYS = 3 };

enum yh_rc yh_issuer_flow_insert(struct yh_tx *tx, const struct yh_issuer_flow *row,
				 struct yh_err *err)
{
	struct yh_rows *rows;
	int64_t n;
	enum yh_rc rc =
		yh_exec(tx, err,
			"DELETE FROM issuer_flow WHERE cookie IN (SELECT cookie FROM"
			" issuer_flow WHERE expires_at <= $1 ORDER BY expires_at LIMIT 500)",
			YH_I(row->created_at));

	if (rc == YH_OK)
		rc = yh_query(tx, err, &rows, "SELECT COUNT(*) FROM issuer_flow");
	if (rc == YH_OK)
		rc = yh_read_i64(rows, &n, err);
	if (rc == YH_OK && n >= FLOWS_MAX) /* of those that anybody may begin */
		rc = yh_exec(tx, err,
			     "DELETE FROM issuer_flow WHERE cookie IN (SELECT cookie FROM"
			     " issuer_flow WHERE person IS NULL ORDER BY expires_at, cookie"
			     " LIMIT $1)",
			     YH_I(n - FLOWS_MAX + 1));
	return rc == YH_OK
		       ? yh_exec(tx, err,
				 "INSERT INTO issuer_flow (cookie, issuer, person, created_at,"
				 " expires_at) VALUES ($1, $2, $3, $4, $5)",
				 YH_B(row->cookie.b, sizeof row->cookie.b), YH_T(row->issuer),
				 YH_ID0(&row->person), YH_I(row->created_at), YH_I(row->expires_at))
		       : rc;
}

static bool read_flow(const struct yh_rows *rows, struct yh_arena *arena, void *out)
{
	struct yh_issuer_flow *f = out;

	(void)arena;
	YH_COL_FIXED(rows, 0, f->cookie.b);
	YH_COL_COPY(rows, 1, f->issuer);
	f->person = yh_col_id(rows, 2);
	f->created_at = yh_col_i64(rows, 3);
	f->expires_at = yh_col_i64(rows, 4);
	return true;
}

enum yh_rc yh_issuer_flow_load(struct yh_tx *tx, const struct yh_sm3 *cookie, yh_time now,
			       struct yh_issuer_flow *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT cookie, issuer, person, created_at, expires_at FROM"
				 " issuer_flow WHERE cookie = $1 AND expires_at > $2",
				 YH_B(cookie->b, sizeof cookie->b), YH_I(now));

	*out = (struct yh_issuer_flow){ 0 };
	return rc == YH_OK ? yh_read_one(rows, NULL, read_flow, out, "issuer-flow-unknown", err)
			   : rc;
}

enum yh_rc yh_issuer_flow_take(struct yh_tx *tx, const struct yh_sm3 *cookie, yh_time now,
			       struct yh_issuer_flow *out, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_issuer_flow_load(tx, cookie, now, out, err);

	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &n, "DELETE FROM issuer_flow WHERE cookie = $1",
			       YH_B(cookie->b, sizeof cookie->b));
	return rc == YH_OK && n == 0 ? yh_fail(err, YH_NOT_FOUND, "issuer-flow-unknown") : rc;
}

#define SUBJECT_COLUMNS "id, person, issuer, subject, created_at, created_by, used_at"

static bool read_subject(const struct yh_rows *rows, struct yh_arena *arena, void *out)
{
	struct yh_issuer_subject *s = out;

	s->id = yh_col_id(rows, 0);
	s->person = yh_col_id(rows, 1);
	s->created_at = yh_col_i64(rows, 4);
	s->created_by = yh_col_id(rows, 5);
	s->used_at = yh_col_i64(rows, 6);
	return yh_col_keep(rows, arena, 2, &s->issuer) && yh_col_keep(rows, arena, 3, &s->subject);
}

enum yh_rc yh_issuer_subject_insert(struct yh_tx *tx, const struct yh_issuer_subject *row,
				    struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO issuer_subject (" SUBJECT_COLUMNS ") VALUES ($1, $2, $3, $4,"
		       " $5, $6, 0)",
		       YH_ID(&row->id), YH_ID(&row->person), YH_T(row->issuer), YH_T(row->subject),
		       YH_I(row->created_at), YH_ID(&row->created_by));
}

enum yh_rc yh_issuer_subject_find(struct yh_tx *tx, const char *issuer, const char *subject,
				  struct yh_arena *arena, struct yh_issuer_subject *out,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SUBJECT_COLUMNS " FROM issuer_subject WHERE issuer = $1"
				 " AND subject = $2",
				 YH_T(issuer), YH_T(subject));

	return rc == YH_OK ? yh_read_one(rows, arena, read_subject, out, "issuer-not-bound", err)
			   : rc;
}

enum yh_rc yh_issuer_subject_list(struct yh_tx *tx, const struct yh_id *person,
				  struct yh_arena *arena, struct yh_issuer_subject **out, size_t *n,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SUBJECT_COLUMNS " FROM issuer_subject WHERE person = $1"
				 " ORDER BY created_at, id LIMIT 100",
				 YH_ID(person));

	return rc == YH_OK ? yh_read_all(rows, arena, read_subject, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_issuer_subject_used(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				  struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE issuer_subject SET used_at = $1 WHERE id = $2", YH_I(now),
		       YH_ID(id));
}

enum yh_rc yh_issuer_subject_delete(struct yh_tx *tx, const struct yh_id *id, struct yh_err *err)
{
	return yh_exec(tx, err, "DELETE FROM issuer_subject WHERE id = $1", YH_ID(id));
}

enum yh_rc yh_issuer_only(struct yh_tx *tx, const struct yh_id *person, bool *only,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT 1 FROM issuer_only WHERE person = $1",
				 YH_ID(person));

	*only = false;
	return rc == YH_OK ? yh_read_any(rows, only, err) : rc;
}

enum yh_rc yh_issuer_only_set(struct yh_tx *tx, const struct yh_id *person, bool only, yh_time now,
			      struct yh_err *err)
{
	if (!only)
		return yh_exec(tx, err, "DELETE FROM issuer_only WHERE person = $1", YH_ID(person));
	return yh_exec(tx, err,
		       "INSERT INTO issuer_only (person, since) VALUES ($1, $2) ON CONFLICT"
		       " (person) DO NOTHING",
		       YH_ID(person), YH_I(now));
}

#define SESSION_COLUMNS "token, issuer, subject, sid, created_at"

static bool read_session(const struct yh_rows *rows, struct yh_arena *arena, void *out)
{
	struct yh_issuer_session *s = out;

	s->token = yh_col_id(rows, 0);
	s->created_at = yh_col_i64(rows, 4);
	return yh_col_keep(rows, arena, 1, &s->issuer) &&
	       yh_col_keep(rows, arena, 2, &s->subject) && yh_col_keep(rows, arena, 3, &s->sid);
}

enum yh_rc yh_issuer_session_insert(struct yh_tx *tx, const struct yh_issuer_session *row,
				    struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err, "DELETE FROM issuer_session WHERE created_at < $1",
				YH_I(row->created_at - SESSION_DAYS * YH_US_PER_DAY));

	return rc == YH_OK
		       ? yh_exec(tx, err,
				 "INSERT INTO issuer_session (" SESSION_COLUMNS ") VALUES ($1, $2,"
				 " $3, $4, $5)",
				 YH_ID(&row->token), YH_T(row->issuer), YH_T(row->subject),
				 YH_T(row->sid), YH_I(row->created_at))
		       : rc;
}

enum yh_rc yh_issuer_session_load(struct yh_tx *tx, const struct yh_id *token,
				  struct yh_arena *arena, struct yh_issuer_session *out,
				  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SESSION_COLUMNS " FROM issuer_session WHERE token = $1",
				 YH_ID(token));

	return rc == YH_OK ? yh_read_one(rows, arena, read_session, out, "issuer-session-none", err)
			   : rc;
}

enum yh_rc yh_issuer_session_find(struct yh_tx *tx, const char *issuer, const char *subject,
				  const char *sid, struct yh_arena *arena,
				  struct yh_issuer_session **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " SESSION_COLUMNS " FROM issuer_session WHERE issuer = $1"
				 " AND ($2 = '' OR subject = $2) AND ($3 = '' OR sid = $3)"
				 " ORDER BY token LIMIT 1000",
				 YH_T(issuer), YH_T(subject), YH_T(sid));

	return rc == YH_OK ? yh_read_all(rows, arena, read_session, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_issuer_logout_note(struct yh_tx *tx, const struct yh_sm3 *digest, yh_time now,
				 yh_time expires_at, bool *again, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc =
		yh_exec(tx, err, "DELETE FROM issuer_logout WHERE expires_at <= $1", YH_I(now));

	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &n,
			       "INSERT INTO issuer_logout (digest, expires_at) VALUES ($1, $2) ON"
			       " CONFLICT (digest) DO NOTHING",
			       YH_B(digest->b, sizeof digest->b), YH_I(expires_at));
	*again = n == 0;
	return rc;
}
