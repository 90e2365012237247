/* Peers, codes and streams of the districts' link. */
#include "store/link.h"

#include <stdio.h>
#include <string.h>

#include "store/columns.h"

#define DIGEST(d) YH_B((d)->b, sizeof(d)->b)

#define PEER                                                                                       \
	"SELECT id, city, district, cloud, home, org, url, point, state, enrolled_at, "            \
	"enrolled_by,"                                                                             \
	" ended_at, ended_why, heard_at, sent_at, skew_ms, version, fault, fault_figures,"         \
	" failing_since FROM link_peer "

static bool read_peer(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_peer_row *p = out;

	*p = (struct yh_link_peer_row){
		.id = yh_col_id(r, 0),
		.city = yh_col_i64(r, 1) != 0,
		.cloud = yh_col_id(r, 3),
		.home = yh_col_id(r, 4),
		.org = yh_col_id(r, 5),
		.enrolled_at = yh_col_i64(r, 9),
		.enrolled_by = yh_col_id(r, 10),
		.ended_at = yh_col_i64(r, 11),
		.heard_at = yh_col_i64(r, 13),
		.sent_at = yh_col_i64(r, 14),
		.skew_ms = yh_col_i64(r, 15),
		.failing_since = yh_col_i64(r, 19),
	};
	YH_COL_COPY(r, 2, p->district);
	YH_COL_FIXED(r, 7, p->point);
	YH_COL_COPY(r, 8, p->state);
	YH_COL_COPY(r, 16, p->version);
	YH_COL_COPY(r, 17, p->fault);
	return yh_col_keep(r, arena, 6, &p->url) && yh_col_keep(r, arena, 12, &p->ended_why) &&
	       yh_col_keep(r, arena, 18, &p->fault_figures);
}

enum yh_rc yh_link_peer_insert(struct yh_tx *tx, const struct yh_link_peer_row *p,
			       struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO link_peer (id, city, district, cloud, home, org, url, point,"
		       " state, enrolled_at, enrolled_by, ended_why, heard_at, sent_at, skew_ms,"
		       " version, fault, fault_figures) VALUES ($1, $2, $3, $4, $5, $6, $7, $8,"
		       " 'active', $9, $10, '', 0, 0, 0, '', '', '')",
		       YH_ID(&p->id), YH_I(p->city), YH_T(p->district), YH_ID(&p->cloud),
		       YH_ID(&p->home), YH_ID0(&p->org), YH_T(p->url),
		       YH_B(p->point, sizeof p->point), YH_I(p->enrolled_at),
		       YH_ID0(&p->enrolled_by));
}

enum yh_rc yh_link_peer_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
			     struct yh_link_peer_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, PEER "WHERE id = $1", YH_ID(id));

	return rc == YH_OK ? yh_read_one(rows, arena, read_peer, out, "link-peer-unknown", err)
			   : rc;
}

enum yh_rc yh_link_peer_of(struct yh_tx *tx, const char *district, struct yh_arena *arena,
			   struct yh_link_peer_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, PEER "WHERE district = $1 AND state = 'active'",
				 YH_T(district));

	return rc == YH_OK ? yh_read_one(rows, arena, read_peer, out, "link-peer-unknown", err)
			   : rc;
}

enum yh_rc yh_link_peer_all(struct yh_tx *tx, bool ended, struct yh_arena *arena,
			    struct yh_link_peer_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 PEER "WHERE $1 = 1 OR state = 'active' ORDER BY id", YH_I(ended));

	return rc == YH_OK ? yh_read_all(rows, arena, read_peer, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_link_peer_end(struct yh_tx *tx, const struct yh_id *id, yh_time at, const char *why,
			    struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE link_peer SET state = 'ended', ended_at = $1, ended_why = $2 WHERE"
		       " id = $3 AND state = 'active'",
		       YH_I(at), YH_T(why), YH_ID(id));
}

enum yh_rc yh_link_peer_heard(struct yh_tx *tx, const struct yh_link_peer_row *p,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE link_peer SET heard_at = $1, sent_at = $2, skew_ms = $3, version ="
		       " $4 WHERE id = $5",
		       YH_I(p->heard_at), YH_I(p->sent_at), YH_I(p->skew_ms), YH_T(p->version),
		       YH_ID(&p->id));
}

enum yh_rc yh_link_peer_sent(struct yh_tx *tx, const struct yh_id *id, yh_time sent_at,
			     struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE link_peer SET sent_at = $1 WHERE id = $2", YH_I(sent_at),
		       YH_ID(id));
}

enum yh_rc yh_link_peer_fault(struct yh_tx *tx, const struct yh_link_peer_row *p,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE link_peer SET fault = $1, fault_figures = $2, failing_since = $3"
		       " WHERE id = $4",
		       YH_T(p->fault), YH_T(p->fault_figures),
		       p->failing_since ? YH_I(p->failing_since) : YH_NUL, YH_ID(&p->id));
}

enum yh_rc yh_link_lock(struct yh_tx *tx, const struct yh_id *peer, struct yh_err *err)
{
	return yh_db_lock(tx, peer, 1, err);
}

static bool read_code(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_code_row *c = out;

	(void)arena;
	*c = (struct yh_link_code_row){ .cloud = yh_col_id(r, 2),
					.made_by = yh_col_id(r, 3),
					.made_at = yh_col_i64(r, 4),
					.expires_at = yh_col_i64(r, 5),
					.used_at = yh_col_i64(r, 6),
					.peer = yh_col_id(r, 8) };
	YH_COL_FIXED(r, 0, c->digest.b);
	YH_COL_COPY(r, 1, c->district);
	YH_COL_FIXED(r, 7, c->request.b);
	return true;
}

enum yh_rc yh_link_code_insert(struct yh_tx *tx, const struct yh_link_code_row *c,
			       struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO link_code (digest, district, cloud, made_by, made_at,"
		       " expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
		       DIGEST(&c->digest), YH_T(c->district), YH_ID(&c->cloud), YH_ID(&c->made_by),
		       YH_I(c->made_at), YH_I(c->expires_at));
}

enum yh_rc yh_link_code_load(struct yh_tx *tx, const struct yh_sm3 *digest,
			     struct yh_link_code_row *out, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT digest, district, cloud, made_by, made_at, expires_at,"
				 " used_at, request, peer FROM link_code WHERE digest = $1",
				 DIGEST(digest));

	return rc == YH_OK ? yh_read_one(rows, NULL, read_code, out, "link-code-unknown", err) : rc;
}

enum yh_rc yh_link_code_use(struct yh_tx *tx, const struct yh_link_code_row *c, struct yh_err *err)
{
	int64_t n;
	enum yh_rc rc = yh_exec_n(tx, err, &n,
				  "UPDATE link_code SET used_at = $1, request = $2, peer = $3 WHERE"
				  " digest = $4 AND used_at IS NULL",
				  YH_I(c->used_at), DIGEST(&c->request), YH_ID(&c->peer),
				  DIGEST(&c->digest));

	return rc == YH_OK && n == 0 ? yh_fail(err, YH_CONFLICT, "link-code-used") : rc;
}

enum yh_rc yh_link_code_close(struct yh_tx *tx, const char *district, yh_time at,
			      struct yh_err *err)
{
	return yh_exec(tx, err,
		       "UPDATE link_code SET used_at = $1 WHERE district = $2 AND used_at IS NULL",
		       YH_I(at), YH_T(district));
}

enum yh_rc yh_link_code_open(struct yh_tx *tx, yh_time now, struct yh_arena *arena,
			     struct yh_link_code_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT digest, district, cloud, made_by, made_at, expires_at,"
				 " used_at, request, peer FROM link_code WHERE used_at IS NULL AND"
				 " expires_at > $1 ORDER BY district, expires_at, digest",
				 YH_I(now));

	return rc == YH_OK ? yh_read_all(rows, arena, read_code, sizeof **out, out, n, err) : rc;
}

#define STREAM                                                                                     \
	"peer, stream, sends, epoch, seq, chain, acked, acked_chain, head, oldest_at, refill,"     \
	" refill_why, due_at, state, since, fault, fault_field, fault_figures, fault_seq,"         \
	" fault_key, fault_digest, retry_at, resync, compare_at, compared_at, compared_docs,"      \
	" compared_root, total, healed, skipped"

static bool read_stream(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_stream_row *s = out;

	*s = (struct yh_link_stream_row){
		.peer = yh_col_id(r, 0),
		.sends = yh_col_i64(r, 2) != 0,
		.epoch = yh_col_id(r, 3),
		.seq = yh_col_i64(r, 4),
		.acked = yh_col_i64(r, 6),
		.head = yh_col_i64(r, 8),
		.oldest_at = yh_col_i64(r, 9),
		.refilling = !yh_col_null(r, 10),
		.due_at = yh_col_i64(r, 12),
		.since = yh_col_i64(r, 14),
		.fault_seq = yh_col_i64(r, 18),
		.retry_at = yh_col_i64(r, 21),
		.resync = yh_col_i64(r, 22),
		.compare_at = yh_col_i64(r, 23),
		.compared_at = yh_col_i64(r, 24),
		.compared_docs = yh_col_i64(r, 25),
		.total = yh_col_i64(r, 27),
		.healed = yh_col_i64(r, 28),
		.skipped = yh_col_i64(r, 29),
	};
	YH_COL_COPY(r, 1, s->stream);
	YH_COL_FIXED(r, 5, s->chain.b);
	YH_COL_FIXED(r, 7, s->acked_chain.b);
	YH_COL_COPY(r, 10, s->refill);
	YH_COL_COPY(r, 11, s->refill_why);
	YH_COL_COPY(r, 13, s->state);
	YH_COL_COPY(r, 15, s->fault);
	YH_COL_COPY(r, 16, s->fault_field);
	YH_COL_COPY(r, 19, s->fault_key);
	YH_COL_FIXED(r, 20, s->fault_digest.b);
	YH_COL_FIXED(r, 26, s->compared_root.b);
	return yh_col_keep(r, arena, 17, &s->fault_figures);
}

enum yh_rc yh_link_stream_load(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			       bool sends, struct yh_arena *arena, struct yh_link_stream_row *out,
			       bool *found, struct yh_err *err)
{
	struct yh_rows *rows;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " STREAM
				 " FROM link_stream WHERE peer = $1 AND stream = $2 AND sends = $3",
				 YH_ID(peer), YH_T(stream), YH_I(sends));

	*found = false;
	if (rc != YH_OK)
		return rc;
	rc = yh_read_one(rows, arena, read_stream, out, "link-peer-unknown", &none);
	*found = rc == YH_OK;
	if (rc == YH_NOT_FOUND) {
		*out = (struct yh_link_stream_row){
			.peer = *peer, .sends = sends, .state = "flowing", .fault_figures = ""
		};
		(void)snprintf(out->stream, sizeof out->stream, "%s", stream);
		return YH_OK;
	}
	if (rc != YH_OK && err)
		*err = none;
	return rc;
}

enum yh_rc yh_link_stream_list(struct yh_tx *tx, const struct yh_id *peer, struct yh_arena *arena,
			       struct yh_link_stream_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT " STREAM
				 " FROM link_stream WHERE peer = $1 ORDER BY sends, stream",
				 YH_ID(peer));

	return rc == YH_OK ? yh_read_all(rows, arena, read_stream, sizeof **out, out, n, err) : rc;
}

#define SET(column) column " = excluded." column

enum yh_rc yh_link_stream_save(struct yh_tx *tx, const struct yh_link_stream_row *s,
			       struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO link_stream (" STREAM
		       ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
		       " $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, "
		       "$24, $25,"
		       " $26, $27, $28, $29, $30) ON CONFLICT (peer, stream, sends) DO UPDATE "
		       "SET " SET("epoch") ", " SET("seq") ", " SET("chain") ", " SET("acked") ","
											       " " SET("acked_chain") ", " SET("head") ", " SET("oldest_at") ", " SET("refill") ", " SET("refill_why") ", " SET("due_at") ", " SET("state") ", " SET("since") ", " SET("fault") ", " SET("fault_field") ", " SET("fault_figures") ", " SET("fault_seq") ", " SET("fault_key") ", " SET("fault_digest") ", " SET("retry_at") ", " SET("resync") ", " SET(
												       "compare_at") ", " SET("compared_at") ", " SET("compared_docs") ", " SET("compared_root") ", " SET("total") ", " SET("healed") ", " SET("skipped"),
		       YH_ID(&s->peer), YH_T(s->stream), YH_I(s->sends), YH_ID(&s->epoch),
		       YH_I(s->seq), DIGEST(&s->chain), YH_I(s->acked), DIGEST(&s->acked_chain),
		       YH_I(s->head), s->oldest_at ? YH_I(s->oldest_at) : YH_NUL,
		       s->refilling ? YH_T(s->refill) : YH_NUL, YH_T(s->refill_why),
		       YH_I(s->due_at), YH_T(s->state), YH_I(s->since), YH_T(s->fault),
		       YH_T(s->fault_field), YH_T(s->fault_figures ? s->fault_figures : ""),
		       YH_I(s->fault_seq), YH_T(s->fault_key), DIGEST(&s->fault_digest),
		       YH_I(s->retry_at), YH_I(s->resync), YH_I(s->compare_at),
		       s->compared_at ? YH_I(s->compared_at) : YH_NUL, YH_I(s->compared_docs),
		       DIGEST(&s->compared_root), YH_I(s->total), YH_I(s->healed),
		       YH_I(s->skipped));
}
