/* Security events, runs of the verification, and how far the record was sent. */
#include "store/security.h"

#include "store/read.h"

#define COLUMNS                                                                                    \
	"s.id, s.kind, s.subject, s.person, s.source, s.detail, s.n, s.first_at, s.last_at,"       \
	" s.noted_by, s.noted_at, s.note, p.login FROM security_event s LEFT JOIN person p ON"     \
	" p.id = s.noted_by"

static bool read_event(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_security_row *s = out;

	*s = (struct yh_security_row){
		.id = yh_col_id(r, 0),
		.subject = yh_arena_strdup(a, yh_col_text(r, 2)),
		.person = yh_col_id(r, 3),
		.source = yh_arena_strdup(a, yh_col_text(r, 4)),
		.detail = yh_arena_strdup(a, yh_col_text(r, 5)),
		.n = yh_col_i64(r, 6),
		.first_at = yh_col_i64(r, 7),
		.last_at = yh_col_i64(r, 8),
		.noted_by = yh_col_id(r, 9),
		.noted_at = yh_col_i64(r, 10),
		.note = yh_arena_strdup(a, yh_col_text(r, 11)),
		.noted_login = yh_arena_strdup(a, yh_col_text(r, 12)),
	};
	YH_COL_COPY(r, 1, s->kind);
	return s->subject && s->source && s->detail && s->note && s->noted_login;
}

enum yh_rc yh_security_insert(struct yh_tx *tx, const struct yh_security_row *s, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO security_event (id, kind, subject, person, source, detail, n,"
		       " first_at, last_at, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, '')",
		       YH_ID(&s->id), YH_T(s->kind), YH_T(s->subject), YH_ID0(&s->person),
		       YH_T(s->source), YH_T(s->detail), YH_I(s->n), YH_I(s->first_at),
		       YH_I(s->last_at));
}

enum yh_rc yh_security_again(struct yh_tx *tx, const struct yh_security_row *s, bool *found,
			     struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed,
			  "UPDATE security_event SET n = n + $1, last_at = $2 WHERE noted_at"
			  " IS NULL AND kind = $3 AND subject = $4",
			  YH_I(s->n), YH_I(s->last_at), YH_T(s->kind), YH_T(s->subject));

	*found = changed > 0;
	return rc;
}

enum yh_rc yh_security_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			    struct yh_security_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT " COLUMNS " WHERE s.id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_event, out, "security-unknown", err)
			   : rc;
}

enum yh_rc yh_security_note(struct yh_tx *tx, const struct yh_id *id, const struct yh_id *person,
			    const char *note, yh_time at, struct yh_err *err)
{
	int64_t changed = 0;
	enum yh_rc rc =
		yh_exec_n(tx, err, &changed,
			  "UPDATE security_event SET noted_by = $1, noted_at = $2, note = $3"
			  " WHERE id = $4 AND noted_at IS NULL",
			  YH_ID(person), YH_I(at), YH_T(note), YH_ID(id));

	return rc == YH_OK && changed == 0 ? yh_fail(err, YH_CONFLICT, "security-noted") : rc;
}

enum yh_rc yh_security_list(struct yh_tx *tx, bool open_only, const struct yh_id *before,
			    uint32_t limit, struct yh_arena *arena, struct yh_security_row **out,
			    size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc =
		yh_query(tx, err, &rows,
			 "SELECT " COLUMNS " WHERE ($1 = 0 OR s.noted_at IS NULL) AND ($2 ="
			 " 1 OR s.id < $3) ORDER BY s.id DESC LIMIT $4",
			 YH_I(open_only), YH_I(yh_id_is_zero(before)), YH_ID(before), YH_I(limit));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_event, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_security_open_count(struct yh_tx *tx, int64_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT count(*) FROM security_event WHERE noted_at IS NULL");

	return rc == YH_OK ? yh_read_i64(rows, n, err) : rc;
}

#define CHECK_COLUMNS                                                                              \
	"id, asked_by, asked_at, ended_at, state, records, unsealed, grants, pos, chain, what,"    \
	" broken_pos, broken_kind, broken_id FROM audit_check"

static bool read_check(const struct yh_rows *r, struct yh_arena *a, void *out)
{
	struct yh_audit_check_row *c = out;

	(void)a;
	*c = (struct yh_audit_check_row){
		.id = yh_col_id(r, 0),
		.asked_by = yh_col_id(r, 1),
		.asked_at = yh_col_i64(r, 2),
		.ended_at = yh_col_i64(r, 3),
		.records = yh_col_i64(r, 5),
		.unsealed = yh_col_i64(r, 6),
		.grants = yh_col_i64(r, 7),
		.pos = yh_col_i64(r, 8),
		.broken_pos = yh_col_i64(r, 11),
		.broken_id = yh_col_id(r, 13),
	};
	YH_COL_COPY(r, 4, c->state);
	YH_COL_FIXED(r, 9, c->chain.b);
	YH_COL_COPY(r, 10, c->what);
	YH_COL_COPY(r, 12, c->broken_kind);
	return true;
}

enum yh_rc yh_audit_check_insert(struct yh_tx *tx, const struct yh_audit_check_row *c,
				 struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO audit_check (id, asked_by, asked_at, state, records, unsealed,"
		       " grants, pos, what, broken_pos, broken_kind) VALUES ($1, $2, $3, 'asked',"
		       " 0, 0, 0, 0, '', 0, '')",
		       YH_ID(&c->id), YH_ID0(&c->asked_by), YH_I(c->asked_at));
}

enum yh_rc yh_audit_check_end(struct yh_tx *tx, const struct yh_audit_check_row *c,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE audit_check SET ended_at = $1, state = $2, records = $3, unsealed ="
		       " $4, grants = $5, pos = $6, chain = $7, what = $8, broken_pos = $9,"
		       " broken_kind = $10, broken_id = $11 WHERE id = $12",
		       YH_I(c->ended_at), YH_T(c->state), YH_I(c->records), YH_I(c->unsealed),
		       YH_I(c->grants), YH_I(c->pos), YH_B(c->chain.b, sizeof c->chain.b),
		       YH_T(c->what), YH_I(c->broken_pos), YH_T(c->broken_kind),
		       YH_ID0(&c->broken_id), YH_ID(&c->id));
}

enum yh_rc yh_audit_check_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			       struct yh_audit_check_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc =
		yh_query(tx, err, &rows, "SELECT " CHECK_COLUMNS " WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_check, out, "audit-check-unknown", err)
			   : rc;
}

enum yh_rc yh_audit_check_list(struct yh_tx *tx, uint32_t limit, struct yh_arena *arena,
			       struct yh_audit_check_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	void *list = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " CHECK_COLUMNS " WHERE ended_at IS NOT NULL ORDER BY id"
				 " DESC LIMIT $1",
				 YH_I(limit));

	*n = 0;
	if (rc == YH_OK)
		rc = yh_read_all(rows, arena, read_check, sizeof **out, &list, n, err);
	*out = list;
	return rc;
}

enum yh_rc yh_audit_sent(struct yh_tx *tx, const char *name, int64_t *pos, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT pos FROM audit_export WHERE name = $1",
				 YH_T(name));

	return rc == YH_OK ? yh_read_i64(rows, pos, err) : rc;
}

enum yh_rc yh_audit_send_mark(struct yh_tx *tx, const char *name, int64_t pos, yh_time at,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO audit_export (name, pos, at) VALUES ($1, $2, $3) ON CONFLICT"
		       " (name) DO UPDATE SET pos = $2, at = $3",
		       YH_T(name), YH_I(pos), YH_I(at));
}
