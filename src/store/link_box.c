/* The outbox of the districts' link, the documents' digests, the worker's row. */
#include "store/link_box.h"

#include <string.h>

#include "store/columns.h"

#define DIGEST(d) YH_B((d)->b, sizeof(d)->b)
#define DOCS(d) YH_ID(&(d)->peer), YH_T((d)->stream), YH_I((d)->sends)

enum yh_rc yh_link_box_insert(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			      const struct yh_link_box_row *row, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "INSERT INTO link_outbox (peer, stream, seq, doc_key, body, chain, made_at)"
		       " VALUES ($1, $2, $3, $4, $5, $6, $7)",
		       YH_ID(peer), YH_T(stream), YH_I(row->seq), YH_T(row->key), YH_T(row->body),
		       DIGEST(&row->chain), YH_I(row->made_at));
}

static bool read_box(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_box_row *b = out;

	*b = (struct yh_link_box_row){ .seq = yh_col_i64(r, 0), .made_at = yh_col_i64(r, 4) };
	YH_COL_FIXED(r, 3, b->chain.b);
	if (!yh_col_keep(r, arena, 1, &b->key))
		return false;
	if (yh_col_null(r, 2))
		return true;
	if (!yh_col_keep(r, arena, 2, &b->body))
		return false;
	b->body_n = strlen(b->body);
	return true;
}

/* What a page is filled with, some rows at a time: whoever asks for few bytes has few of them read,
 * as the whole of a result lies in memory on one of the engines. */
struct paging {
	struct yh_arena *arena;
	struct yh_link_box_row *rows;
	size_t n, taken, bytes;
	bool full;
};

static enum yh_rc fill(struct paging *p, struct yh_tx *tx, const struct yh_id *peer,
		       const char *stream, int64_t after, uint32_t limit, struct yh_err *err)
{
	YH_ROWS_AUTO rows = NULL;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT seq, doc_key, body, chain, made_at FROM link_outbox WHERE"
				 " peer = $1 AND stream = $2 AND seq > $3 ORDER BY seq LIMIT $4",
				 YH_ID(peer), YH_T(stream), YH_I(after), YH_I(limit));

	while (rc == YH_OK && !p->full && yh_rows_next(rows)) {
		struct yh_link_box_row *b = &p->rows[p->n];

		if (!read_box(rows, p->arena, b))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		p->taken += b->body_n + strlen(b->key) + 64;
		p->full = p->taken >= p->bytes;
		p->n += p->n == 0 || p->taken <= p->bytes;
	}
	if (rc == YH_OK && !p->full) {
		rc = yh_rows_end(rows, err);
		rows = NULL;
	}
	return rc;
}

enum yh_rc yh_link_box_page(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			    int64_t after, uint32_t limit, size_t bytes, struct yh_arena *arena,
			    struct yh_link_box_row **out, size_t *n, struct yh_err *err)
{
	enum { ROWS = 64 };
	struct paging p = { .arena = arena, .bytes = bytes };
	enum yh_rc rc = YH_OK;
	size_t before;

	p.rows = YH_NEW_N(arena, struct yh_link_box_row, limit ? limit : 1);
	if (!p.rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	do {
		size_t left = limit - p.n;

		before = p.n;
		rc = fill(&p, tx, peer, stream, p.n ? p.rows[p.n - 1].seq : after,
			  (uint32_t)(left < ROWS ? left : ROWS), err);
	} while (rc == YH_OK && !p.full && p.n == before + ROWS && p.n < limit);
	*out = p.rows;
	*n = p.n;
	return rc;
}

enum yh_rc yh_link_box_at(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			  int64_t seq, bool *found, struct yh_sm3 *chain, yh_time *made_at,
			  struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT chain, made_at FROM link_outbox WHERE peer = $1 AND stream"
				 " = $2 AND seq = $3",
				 YH_ID(peer), YH_T(stream), YH_I(seq));

	*found = false;
	*made_at = 0;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		*found = true;
		YH_COL_FIXED(rows, 0, chain->b);
		*made_at = yh_col_i64(rows, 1);
	}
	return yh_rows_end(rows, err);
}

enum yh_rc yh_link_box_first(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			     int64_t *seq, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT seq FROM link_outbox WHERE peer = $1 AND stream = $2 ORDER"
				 " BY seq LIMIT 1",
				 YH_ID(peer), YH_T(stream));

	return rc == YH_OK ? yh_read_i64(rows, seq, err) : rc;
}

enum yh_rc yh_link_box_prune(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			     int64_t acked, yh_time before, int64_t most, int64_t *n,
			     struct yh_err *err)
{
	int64_t first = 0;
	enum yh_rc rc = yh_link_box_first(tx, peer, stream, &first, err);

	*n = 0;
	if (rc != YH_OK || first == 0 || first > acked)
		return rc;
	if (acked > first + most - 1)
		acked = first + most - 1;
	return yh_exec_n(tx, err, n,
			 "DELETE FROM link_outbox WHERE peer = $1 AND stream = $2 AND seq <= $3 AND"
			 " made_at < $4",
			 YH_ID(peer), YH_T(stream), YH_I(acked), YH_I(before));
}

enum yh_rc yh_link_box_clear(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
			     int64_t after, int64_t last, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "DELETE FROM link_outbox WHERE peer = $1 AND stream = $2 AND seq > $3 AND"
		       " seq <= $4",
		       YH_ID(peer), YH_T(stream), YH_I(after), YH_I(last));
}

enum yh_rc yh_link_forget(struct yh_tx *tx, const struct yh_id *peer, struct yh_err *err)
{
	enum yh_rc rc = yh_exec(tx, err, "DELETE FROM link_outbox WHERE peer = $1", YH_ID(peer));

	return rc == YH_OK ? yh_exec(tx, err, "DELETE FROM link_doc WHERE peer = $1", YH_ID(peer))
			   : rc;
}

enum yh_rc yh_link_doc_digest(struct yh_tx *tx, const struct yh_link_docs *d, const char *key,
			      bool *found, struct yh_sm3 *digest, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT digest FROM link_doc WHERE peer = $1 AND stream = $2 AND"
				 " sends = $3 AND doc_key = $4",
				 DOCS(d), YH_T(key));

	*found = false;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		*found = true;
		YH_COL_FIXED(rows, 0, digest->b);
	}
	return yh_rows_end(rows, err);
}

int yh_link_bucket_of(const char *key)
{
	return yh_sm3_of(key, strlen(key)).b[0];
}

enum yh_rc yh_link_doc_set(struct yh_tx *tx, const struct yh_link_docs *d, const char *key,
			   const struct yh_sm3 *digest, struct yh_err *err)
{
	if (!digest)
		return yh_exec(tx, err,
			       "DELETE FROM link_doc WHERE peer = $1 AND stream = $2 AND sends ="
			       " $3 AND doc_key = $4",
			       DOCS(d), YH_T(key));
	return yh_exec(tx, err,
		       "INSERT INTO link_doc (peer, stream, sends, doc_key, bucket, digest) VALUES"
		       " ($1, $2, $3, $4, $5, $6) ON CONFLICT (peer, stream, sends, doc_key) DO"
		       " UPDATE SET digest = excluded.digest",
		       DOCS(d), YH_T(key), YH_I(yh_link_bucket_of(key)), DIGEST(digest));
}

enum yh_rc yh_link_doc_clear(struct yh_tx *tx, const struct yh_link_docs *d, struct yh_err *err)
{
	return yh_exec(tx, err,
		       "DELETE FROM link_doc WHERE peer = $1 AND stream = $2 AND sends = $3",
		       DOCS(d));
}

static bool read_key(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	return yh_col_keep(r, arena, 0, out);
}

enum yh_rc yh_link_doc_keys(struct yh_tx *tx, const struct yh_link_docs *d, const char *after,
			    uint32_t limit, struct yh_arena *arena, const char ***out, size_t *n,
			    struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT doc_key FROM link_doc WHERE peer = $1 AND stream = $2 AND"
				 " sends = $3 AND doc_key > $4 ORDER BY doc_key LIMIT $5",
				 DOCS(d), YH_T(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_key, sizeof **out, out, n, err) : rc;
}

/* The digest of one bucket, while its documents pass. */
struct bucket {
	int at;
	struct yh_sm3_run *run;
};

static void end_bucket(struct bucket *b, struct yh_link_buckets *out)
{
	if (b->run)
		out->of[b->at] = yh_sm3_end(b->run);
	b->run = NULL;
}

enum yh_rc yh_link_doc_buckets(struct yh_tx *tx, const struct yh_link_docs *d,
			       struct yh_link_buckets *out, struct yh_err *err)
{
	struct bucket b = { -1, NULL };
	struct yh_rows *rows;
	struct yh_sm3 digest = { 0 };
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT bucket, doc_key, digest FROM link_doc WHERE peer = $1 AND"
				 " stream = $2 AND sends = $3 ORDER BY bucket, doc_key",
				 DOCS(d));

	*out = (struct yh_link_buckets){ 0 };
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows)) {
		int at = (int)yh_col_i64(rows, 0);
		const char *key = yh_col_text(rows, 1);

		if (at != b.at) {
			end_bucket(&b, out);
			b = (struct bucket){ at & (YH_LINK_BUCKETS - 1), yh_sm3_begin() };
		}
		YH_COL_FIXED(rows, 2, digest.b);
		if (!b.run)
			break;
		yh_sm3_more(b.run, key, strlen(key));
		yh_sm3_more(b.run, "\n", 1);
		yh_sm3_more(b.run, digest.b, sizeof digest.b);
		out->docs++;
	}
	end_bucket(&b, out);
	out->root = yh_sm3_of(out->of, sizeof out->of);
	return yh_rows_end(rows, err);
}

static bool read_held(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_held *h = out;

	YH_COL_FIXED(r, 1, h->digest.b);
	return yh_col_keep(r, arena, 0, &h->key);
}

enum yh_rc yh_link_doc_bucket(struct yh_tx *tx, const struct yh_link_docs *d, int bucket,
			      struct yh_arena *arena, struct yh_link_held **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT doc_key, digest FROM link_doc WHERE peer = $1 AND stream ="
				 " $2 AND sends = $3 AND bucket = $4 ORDER BY doc_key",
				 DOCS(d), YH_I(bucket));

	return rc == YH_OK ? yh_read_all(rows, arena, read_held, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_link_worker_take(struct yh_tx *tx, const struct yh_id *self, yh_time now,
			       yh_time until, bool *held, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_exec(tx, err,
				"INSERT INTO link_worker (id, holder, until_at, mark) VALUES (1,"
				" $1, 0, -1) ON CONFLICT (id) DO NOTHING",
				YH_ID(self));

	if (rc == YH_OK)
		rc = yh_exec_n(tx, err, &n,
			       "UPDATE link_worker SET holder = $1, until_at = $2 WHERE id = 1 AND"
			       " (holder = $1 OR until_at < $3 OR until_at > $4)",
			       YH_ID(self), YH_I(until), YH_I(now),
			       YH_I(until > now ? until + 9 * (until - now) : INT64_MAX));
	*held = n == 1;
	return rc;
}

enum yh_rc yh_link_mark(struct yh_tx *tx, int64_t *pos, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows, "SELECT mark FROM link_worker WHERE id = 1");

	*pos = -1;
	if (rc != YH_OK)
		return rc;
	while (yh_rows_next(rows))
		*pos = yh_col_i64(rows, 0);
	return yh_rows_end(rows, err);
}

enum yh_rc yh_link_mark_set(struct yh_tx *tx, int64_t pos, struct yh_err *err)
{
	return yh_exec(tx, err, "UPDATE link_worker SET mark = $1 WHERE id = 1", YH_I(pos));
}

static bool read_event(const struct yh_rows *r, struct yh_arena *arena, void *out)
{
	struct yh_link_event_row *e = out;

	*e = (struct yh_link_event_row){ .pos = yh_col_i64(r, 0),
					 .at = yh_col_i64(r, 1),
					 .object = yh_col_id(r, 4),
					 .case_id = yh_col_id(r, 5),
					 .org = yh_col_id(r, 6) };
	return yh_col_keep(r, arena, 2, &e->kind) && yh_col_keep(r, arena, 3, &e->object_kind);
}

enum yh_rc yh_link_events(struct yh_tx *tx, int64_t after, uint32_t limit, struct yh_arena *arena,
			  struct yh_link_event_row **out, size_t *n, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT pos, at, kind, object_kind, object_id, case_id, org FROM"
				 " event WHERE pos > $1 ORDER BY pos LIMIT $2",
				 YH_I(after), YH_I(limit));

	return rc == YH_OK ? yh_read_all(rows, arena, read_event, sizeof **out, out, n, err) : rc;
}

enum yh_rc yh_link_events_head(struct yh_tx *tx, int64_t *pos, struct yh_err *err)
{
	struct yh_rows *rows;
	enum yh_rc rc = yh_query(tx, err, &rows,
				 "SELECT pos FROM event WHERE pos IS NOT NULL ORDER BY pos DESC"
				 " LIMIT 1");

	return rc == YH_OK ? yh_read_i64(rows, pos, err) : rc;
}
