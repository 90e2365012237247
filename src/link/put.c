/* Numbering what is sent: each document behind the one before it, linked to it by the chain. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "link/internal.h"

static enum yh_rc invalid(const char *stream, const char *key, struct yh_err *err)
{
	(void)yh_fail(err, YH_BAD_INPUT, "link-document-invalid");
	yh_err_text(err, "stream", stream);
	yh_err_text(err, "key", key);
	return YH_BAD_INPUT;
}

enum yh_rc yh_link_put_begin(struct yh_link_putter *p, struct yh_ctx *cx, const struct yh_id *peer,
			     const struct yh_link_stream *s, struct yh_err *err)
{
	bool found;
	enum yh_rc rc = yh_link_lock(cx->tx, peer, err);

	*p = (struct yh_link_putter){ .cx = cx,
				      .stream = s,
				      .docs = { .peer = *peer, .stream = s->name, .sends = true } };
	if (rc == YH_OK)
		rc = yh_link_stream_load(cx->tx, peer, s->name, true, cx->arena, &p->row, &found,
					 err);
	if (rc == YH_OK && !found)
		rc = yh_link_put_anew(p, NULL, err);
	return rc;
}

/* Greater than all before: by the clock, and where that was put back, by the one that is known. */
static struct yh_id epoch_over(const struct yh_ctx *cx, const struct yh_id *known)
{
	struct yh_id id = yh_ctx_new_id(cx);

	if (yh_id_cmp(&id, known) > 0)
		return id;
	memcpy(id.b, known->b, 6);
	for (int i = 5; i >= 0 && ++id.b[i] == 0; i--)
		;
	return id;
}

static enum yh_rc number_anew(struct yh_link_putter *p, const struct yh_link_box_row *rows,
			      size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		YH_JSON_AUTO body = NULL;

		if (rows[i].body)
			rc = yh_json_parse(rows[i].body, rows[i].body_n, &body, err);
		if (rc == YH_OK)
			rc = yh_link_put_one(p, rows[i].key, body, true, err);
	}
	return rc;
}

/* Messages that were not acknowledged are numbered anew, however many, some at a time: a new number
 * is never greater than the one that it had, so what has not been read yet is not written over. */
static enum yh_rc carry_over(struct yh_link_putter *p, int64_t after, struct yh_err *err)
{
	enum { CARRIED = 200, CARRIED_BYTES = 8 * 1024 * 1024 };
	enum yh_rc rc = YH_OK;
	size_t n;

	do {
		struct yh_link_box_row *rows;
		struct yh_arena arena;

		yh_arena_init(&arena, 2 * CARRIED_BYTES);
		rc = yh_link_box_page(p->cx->tx, &p->docs.peer, p->docs.stream, after, CARRIED,
				      CARRIED_BYTES, &arena, &rows, &n, err);
		if (rc == YH_OK && n) {
			after = rows[n - 1].seq;
			rc = yh_link_box_clear(p->cx->tx, &p->docs.peer, p->docs.stream, p->row.seq,
					       after, err);
		}
		if (rc == YH_OK)
			rc = number_anew(p, rows, n, err);
		yh_arena_done(&arena);
	} while (rc == YH_OK && n);
	return rc;
}

enum yh_rc yh_link_put_anew(struct yh_link_putter *p, const struct yh_id *over, struct yh_err *err)
{
	struct yh_tx *tx = p->cx->tx;
	const int64_t acked = p->row.acked, last = p->stream->keys ? INT64_MAX : acked;
	enum yh_rc rc = yh_link_box_clear(tx, &p->docs.peer, p->docs.stream, 0, last, err);

	if (rc == YH_OK)
		rc = yh_link_doc_clear(tx, &p->docs, err);
	if (rc != YH_OK)
		return rc;
	p->row.epoch = epoch_over(
		p->cx, over && yh_id_cmp(over, &p->row.epoch) > 0 ? over : &p->row.epoch);
	p->row.seq = p->row.acked = p->row.fault_seq = p->row.retry_at = 0;
	p->row.chain = p->row.acked_chain = p->row.fault_digest = (struct yh_sm3){ 0 };
	p->row.fault[0] = p->row.fault_field[0] = p->row.fault_key[0] = p->row.refill[0] = 0;
	p->row.fault_figures = "";
	p->row.refilling = p->stream->keys != NULL;
	(void)snprintf(p->row.refill_why, sizeof p->row.refill_why, "epoch");
	(void)snprintf(p->row.state, sizeof p->row.state, "flowing");
	p->row.since = p->cx->now;
	return p->stream->keys ? YH_OK : carry_over(p, acked, err);
}

static enum yh_rc is_as_sent(struct yh_link_putter *p, const char *key, const json_t *body,
			     const struct yh_sm3 *digest, bool *same, struct yh_err *err)
{
	struct yh_sm3 sent = { 0 };
	bool found;
	enum yh_rc rc = yh_link_doc_digest(p->cx->tx, &p->docs, key, &found, &sent, err);

	*same = found ? body && memcmp(sent.b, digest->b, sizeof sent.b) == 0 : !body;
	return rc;
}

enum yh_rc yh_link_put_one(struct yh_link_putter *p, const char *key, const json_t *body,
			   bool force, struct yh_err *err)
{
	YH_FREE_AUTO char *text = NULL;
	struct yh_sm3 digest;
	struct yh_link_box_row box;
	bool same = false;
	enum yh_rc rc;

	if (!yh_link_key_valid(key) || (body && !yh_link_body_valid(body)))
		return invalid(p->stream->name, key, err);
	rc = yh_link_body_digest(body, &text, &digest, err);
	if (rc == YH_OK && text && strlen(text) > YH_LINK_BODY_MAX)
		return invalid(p->stream->name, key, err);
	if (rc == YH_OK && p->stream->keys && !force)
		rc = is_as_sent(p, key, body, &digest, &same, err);
	if (rc != YH_OK || same)
		return rc;
	p->row.chain = yh_link_chain(&p->row.chain, &digest, key);
	box = (struct yh_link_box_row){ .seq = ++p->row.seq,
					.key = key,
					.body = text,
					.chain = p->row.chain,
					.made_at = p->cx->now };
	rc = yh_link_box_insert(p->cx->tx, &p->docs.peer, p->docs.stream, &box, err);
	if (rc == YH_OK && p->stream->keys)
		rc = yh_link_doc_set(p->cx->tx, &p->docs, key, body ? &digest : NULL, err);
	p->row.total++;
	p->put++;
	return rc;
}

enum yh_rc yh_link_put_built(struct yh_link_putter *p, const struct yh_link_peer *peer,
			     const char *key, bool force, struct yh_err *err)
{
	YH_JSON_AUTO body = NULL;
	enum yh_rc rc = p->stream->build(p->cx, peer, key, &body, err);

	if (rc != YH_OK || (!body && !p->stream->keys))
		return rc;
	return yh_link_put_one(p, key, body, force, err);
}

/* ---- one key; what cannot be sent is told, and holds nothing else up ---- */

struct attempt {
	struct yh_link_putter *p;
	const struct yh_link_trying *t;
};

static enum yh_rc attempt(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct attempt *a = arg;

	(void)tx;
	return a->t->built ? yh_link_put_built(a->p, a->t->peer, a->t->key, a->t->force, err)
			   : yh_link_put_one(a->p, a->t->key, a->t->body, a->t->force, err);
}

bool yh_link_is_failure(const struct yh_err *why)
{
	return why->rc == YH_BUSY || why->rc == YH_STORAGE ||
	       strcmp(why->slug, "memory-short") == 0;
}

enum yh_rc yh_link_unsendable(struct yh_ctx *cx, const struct yh_link_peer *peer,
			      const struct yh_link_stream *s, const char *key,
			      const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	struct yh_jw w;
	enum yh_rc rc;

	yh_log_err(YH_WARN, "link-unsendable", why);
	yh_buf_init(&text, 4096);
	yh_jw_init(&w, &text);
	yh_jw_obj(&w, NULL);
	yh_jw_figures(&w, "figures", why);
	yh_jw_str(&w, "key", key);
	yh_jw_end_obj(&w);
	rc = yh_link_note(cx, "link.unsendable", &peer->id, s->name, why->slug, yh_buf_text(&text),
			  err);
	yh_buf_done(&text);
	return rc;
}

enum yh_rc yh_link_put_try(struct yh_link_putter *p, const struct yh_link_trying *t, bool *failed,
			   struct yh_err *err)
{
	const struct yh_link_putter before = *p;
	struct attempt a = { p, t };
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_db_try(p->cx->tx, attempt, &a, &why, err);

	if (rc != YH_OK || why.rc == YH_OK)
		return rc;
	*p = before;
	if (yh_link_is_failure(&why)) {
		*err = why;
		return why.rc;
	}
	if (failed)
		*failed = true;
	return yh_link_unsendable(p->cx, t->peer, p->stream, t->key, &why, err);
}

enum yh_rc yh_link_put_end(struct yh_link_putter *p, struct yh_err *err)
{
	return yh_link_stream_save(p->cx->tx, &p->row, err);
}

enum yh_rc yh_link_put(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *stream,
		       const char *key, const json_t *body, struct yh_err *err)
{
	const struct yh_link_stream *s = yh_link_stream_of(stream);
	struct yh_link_putter p;
	enum yh_rc rc;

	if (!s || !yh_link_flows(s, peer->city, true))
		return invalid(stream, key, err);
	rc = yh_link_put_begin(&p, cx, &peer->id, s, err);
	if (rc == YH_OK)
		rc = yh_link_put_one(&p, key, body, false, err);
	return rc == YH_OK ? yh_link_put_end(&p, err) : rc;
}
