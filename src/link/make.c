/* What goes to the other side now: how far each stream has come, what is acknowledged, documents.
 */
#include <stdlib.h>
#include <string.h>

#include "link/file.h"

struct making {
	struct yh_link_exchange *x;
	struct yh_buf *out, docs;
	struct yh_jw w;
	size_t room; /* bytes of documents */
};

static void write_sm3(struct yh_jw *w, const char *key, const struct yh_sm3 *d)
{
	char hex[YH_SM3_HEX];

	yh_jw_str(w, key, yh_hex(d->b, YH_SM3_BYTES, hex));
}

static void write_document(struct making *m, const char *stream, const struct yh_link_box_row *b)
{
	struct yh_jw w;

	yh_jw_init(&w, &m->docs);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "s", stream);
	yh_jw_int(&w, "n", b->seq);
	yh_jw_str(&w, "k", b->key);
	yh_jw_raw(&w, "b", b->body ? b->body : "null");
	yh_jw_end_obj(&w);
	yh_buf_add(&m->docs, "\n", 1);
}

/* One document at a time of a stream that stopped. */
static uint32_t may_send(const struct making *m, const struct yh_link_stream_row *s)
{
	if (strcmp(s->state, "forked") == 0 ||
	    !yh_link_is_due(s->retry_at, m->x->now, LINK_RETRY_S) || m->room == 0)
		return 0;
	return strcmp(s->state, "stopped") == 0 ? 1 : (uint32_t)(YH_LINK_DOCS_MAX - m->x->n_docs);
}

static enum yh_rc add_documents(struct making *m, const struct yh_link_stream_row *s,
				struct yh_err *err)
{
	struct yh_link_exchange *x = m->x;
	struct yh_link_box_row *rows;
	uint32_t most = s->seq > s->acked ? may_send(m, s) : 0;
	size_t n = 0, before = m->docs.len;
	enum yh_rc rc = YH_OK;

	if (most)
		rc = yh_link_box_page(x->tx, &s->peer, s->stream, s->acked, most, m->room, x->arena,
				      &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		write_document(m, s->stream, &rows[i]);
	x->n_docs += n;
	x->more = x->more || (most > 1 && s->acked + (int64_t)n < s->seq);
	before = m->docs.len - before;
	m->room = before < m->room ? m->room - before : 0;
	return rc;
}

static enum yh_rc add_buckets(struct making *m, const struct yh_link_stream_row *s,
			      struct yh_err *err)
{
	const struct yh_link_docs docs = { .peer = s->peer, .stream = s->stream, .sends = true };
	struct yh_link_buckets *b;
	enum yh_rc rc;

	if (s->compare_at != LINK_COMPARE_NOW || s->refilling || s->seq != s->acked ||
	    strcmp(s->state, "flowing") != 0)
		return YH_OK;
	b = YH_NEW(m->x->arena, struct yh_link_buckets);
	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_link_doc_buckets(m->x->tx, &docs, b, err);
	yh_jw_arr(&m->w, "buckets");
	for (int i = 0; i < YH_LINK_BUCKETS; i++)
		write_sm3(&m->w, NULL, &b->of[i]);
	yh_jw_end_arr(&m->w);
	return rc;
}

static enum yh_rc add_stream(struct making *m, const char *name, struct yh_err *err)
{
	struct yh_link_exchange *x = m->x;
	struct yh_link_stream_row s;
	struct yh_sm3 chain;
	yh_time oldest_at = 0;
	bool found;
	enum yh_rc rc =
		yh_link_stream_load(x->tx, &x->peer.id, name, true, x->arena, &s, &found, err);

	if (rc != YH_OK || !found)
		return rc;
	rc = yh_link_box_at(x->tx, &s.peer, name, s.acked + 1, &found, &chain, &oldest_at, err);
	yh_jw_obj(&m->w, NULL);
	yh_jw_str(&m->w, "stream", name);
	yh_jw_id(&m->w, "epoch", &s.epoch);
	yh_jw_int(&m->w, "head", s.seq);
	yh_jw_int(&m->w, "from", s.acked + 1);
	write_sm3(&m->w, "chain", &s.acked_chain);
	yh_jw_str(&m->w, "state", s.state);
	if (oldest_at)
		yh_jw_int(&m->w, "oldest_ms", oldest_at / 1000);
	if (rc == YH_OK)
		rc = add_buckets(m, &s, err);
	yh_jw_end_obj(&m->w);
	return rc == YH_OK ? add_documents(m, &s, err) : rc;
}

static void add_compared(struct making *m, const struct yh_link_stream_row *s)
{
	const struct yh_link_exchange *x = m->x;

	for (size_t i = 0; i < x->n_compared; i++) {
		const struct yh_link_compared *c = &x->compared[i];

		if (strcmp(c->stream, s->stream) != 0 || !yh_id_eq(&c->epoch, &s->epoch))
			continue;
		yh_jw_obj(&m->w, "compared");
		yh_jw_int(&m->w, "seq", c->seq);
		yh_jw_int(&m->w, "docs", c->docs);
		yh_jw_bool(&m->w, "equal", c->equal);
		if (!c->equal) {
			char *buckets = json_dumps(c->buckets, JSON_COMPACT);
			char *held = json_dumps(c->held, JSON_COMPACT);

			yh_jw_raw(&m->w, "buckets", buckets ? buckets : "[]");
			yh_jw_raw(&m->w, "held", held ? held : "[]");
			free(buckets);
			free(held);
		}
		yh_jw_end_obj(&m->w);
	}
}

static enum yh_rc add_ack(struct making *m, const char *name, struct yh_err *err)
{
	struct yh_link_exchange *x = m->x;
	struct yh_link_stream_row s;
	bool found;
	enum yh_rc rc =
		yh_link_stream_load(x->tx, &x->peer.id, name, false, x->arena, &s, &found, err);

	if (rc != YH_OK || !found)
		return rc;
	yh_jw_obj(&m->w, NULL);
	yh_jw_str(&m->w, "stream", name);
	yh_jw_id(&m->w, "epoch", &s.epoch);
	yh_jw_int(&m->w, "seq", s.seq);
	write_sm3(&m->w, "chain", &s.chain);
	yh_jw_str(&m->w, "state", s.state);
	if (s.fault[0])
		yh_jw_str(&m->w, "fault", s.fault);
	if (s.resync)
		yh_jw_bool(&m->w, "resync", true);
	add_compared(m, &s);
	yh_jw_end_obj(&m->w);
	return YH_OK;
}

/* At the city: the files of its cases that it waits for. */
static enum yh_rc add_files(struct making *m, struct yh_err *err)
{
	struct yh_link_exchange *x = m->x;
	struct yh_link_file_row *rows;
	size_t n;
	enum yh_rc rc;

	if (x->peer.city || !x->link->cfg.world->documents)
		return YH_OK;
	rc = yh_link_file_wanted(x->tx, &x->peer.cloud, x->now, LINK_FILES_ASKED, x->arena, &rows,
				 &n, err);
	if (rc != YH_OK || n == 0)
		return rc;
	yh_jw_arr(&m->w, "files");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(&m->w, NULL);
		write_sm3(&m->w, "digest", &rows[i].digest);
		yh_jw_int(&m->w, "size", rows[i].size_bytes);
		yh_jw_int(&m->w, "got", rows[i].got_bytes);
		yh_jw_end_obj(&m->w);
	}
	yh_jw_end_arr(&m->w);
	return YH_OK;
}

static enum yh_rc each(struct making *m, bool sends,
		       enum yh_rc (*add)(struct making *, const char *, struct yh_err *),
		       struct yh_err *err)
{
	size_t n;
	const struct yh_link_stream *streams = yh_link_streams(&n);
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_link_flows(&streams[i], m->x->peer.city, sends))
			rc = add(m, streams[i].name, err);
	return rc;
}

static enum yh_rc make(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct making *m = arg;
	enum yh_rc rc;

	m->x->tx = tx;
	m->x->n_docs = 0;
	m->x->more = false;
	m->room = m->x->room;
	m->out->len = m->docs.len = 0;
	yh_jw_init(&m->w, m->out);
	yh_jw_obj(&m->w, NULL);
	yh_jw_int(&m->w, "yunheng_link", 1);
	yh_jw_str(&m->w, "version", YH_VERSION);
	yh_jw_arr(&m->w, "streams");
	rc = each(m, true, add_stream, err);
	yh_jw_end_arr(&m->w);
	yh_jw_arr(&m->w, "acks");
	if (rc == YH_OK)
		rc = each(m, false, add_ack, err);
	yh_jw_end_arr(&m->w);
	if (rc == YH_OK)
		rc = add_files(m, err);
	yh_jw_end_obj(&m->w);
	yh_buf_add(m->out, "\n", 1);
	return rc;
}

enum yh_rc yh_link_make(struct yh_link_exchange *x, struct yh_buf *out, struct yh_err *err)
{
	struct making m = { .x = x, .out = out };
	enum yh_rc rc;

	yh_buf_init(&m.docs, YH_LINK_PLAIN_MAX);
	rc = yh_exec_read(x->link->cfg.world->exec, make, &m, err);
	if (rc == YH_OK && !yh_buf_ok(&m.docs))
		rc = yh_fail(err, YH_TOO_LARGE, "link-batch-large");
	if (rc == YH_OK && m.docs.len)
		yh_buf_add(out, m.docs.data, m.docs.len);
	if (rc == YH_OK && !yh_buf_ok(out))
		rc = yh_fail(err, YH_TOO_LARGE, "link-batch-large");
	yh_buf_done(&m.docs);
	return rc;
}
