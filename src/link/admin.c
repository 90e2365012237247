/* What operators do to a pairing: ending it, beginning a stream anew, passing over a document,
 * comparing. */
#include <stdio.h>
#include <string.h>

#include "link/enrol.h"
#include "link/internal.h"

enum yh_rc yh_link_find(struct yh_ctx *cx, const char *peer, struct yh_link_peer_row *out,
			struct yh_err *err)
{
	struct yh_link_peer_row *rows;
	size_t n = 0;
	bool city = strcmp(peer, "city") == 0;
	enum yh_rc rc = yh_link_peer_all(cx->tx, false, cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (city ? rows[i].city : strcmp(rows[i].district, peer) == 0) {
			*out = rows[i];
			return YH_OK;
		}
	if (rc == YH_OK) {
		rc = yh_fail(err, YH_NOT_FOUND, "link-peer-unknown");
		yh_err_text(err, "peer", peer);
	}
	return rc;
}

/* Where nobody is left, events are gathered for nobody: a later pairing begins with what is. */
static enum yh_rc forget_mark(struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_link_peer *peers;
	size_t n = 0;
	enum yh_rc rc = yh_link_peers(cx->tx, cx->arena, &peers, &n, err);

	return rc == YH_OK && n == 0 ? yh_link_mark_set(cx->tx, -1, err) : rc;
}

enum yh_rc yh_link_end(struct yh_ctx *cx, const char *peer, const char *reason, struct yh_err *err)
{
	struct yh_link_peer_row p;
	enum yh_rc rc = yh_link_find(cx, peer, &p, err);

	if (rc == YH_OK)
		rc = yh_link_lock(cx->tx, &p.id, err);
	if (rc == YH_OK)
		rc = yh_link_peer_end(cx->tx, &p.id, cx->now, reason, err);
	if (rc == YH_OK)
		rc = yh_link_forget(cx->tx, &p.id, err);
	if (rc == YH_OK)
		rc = forget_mark(cx, err);
	return rc == YH_OK ? yh_link_note(cx, "link.ended", &p.id, p.district, reason, "", err)
			   : rc;
}

static enum yh_rc stream_unknown(const char *stream, struct yh_err *err)
{
	(void)yh_fail(err, YH_NOT_FOUND, "link-stream-unknown");
	yh_err_text(err, "stream", stream);
	return YH_NOT_FOUND;
}

static enum yh_rc resync_out(struct yh_ctx *cx, const struct yh_link_peer_row *p,
			     const struct yh_link_stream *s, struct yh_err *err)
{
	struct yh_link_putter put;
	struct yh_id over = { 0 };
	enum yh_rc rc = yh_link_put_begin(&put, cx, &p->id, s, err);

	/* of a fork by a later epoch its number is kept in place of a key */
	if (rc == YH_OK && put.row.fault_key[0] &&
	    yh_id_parse(put.row.fault_key, &over, NULL) != YH_OK)
		over = (struct yh_id){ 0 };
	if (rc == YH_OK)
		rc = yh_link_put_anew(&put, &over, err);
	return rc == YH_OK ? yh_link_put_end(&put, err) : rc;
}

static enum yh_rc resync_in(struct yh_ctx *cx, const struct yh_link_peer_row *p,
			    const struct yh_link_stream *s, struct yh_err *err)
{
	struct yh_link_stream_row row;
	bool found;
	enum yh_rc rc = yh_link_lock(cx->tx, &p->id, err);

	if (rc == YH_OK)
		rc = yh_link_stream_load(cx->tx, &p->id, s->name, false, cx->arena, &row, &found,
					 err);
	if (rc == YH_OK && !found)
		return stream_unknown(s->name, err);
	row.resync = 1;
	return rc == YH_OK ? yh_link_stream_save(cx->tx, &row, err) : rc;
}

enum yh_rc yh_link_resync(struct yh_ctx *cx, const char *peer, const char *stream, const char *way,
			  const char *reason, struct yh_err *err)
{
	const struct yh_link_stream *s = yh_link_stream_of(stream);
	struct yh_link_peer_row p;
	bool out, in;
	enum yh_rc rc = yh_link_find(cx, peer, &p, err);

	if (rc != YH_OK)
		return rc;
	out = s && yh_link_flows(s, p.city, true) && (!way || strcmp(way, "out") == 0);
	in = s && yh_link_flows(s, p.city, false) && (!way || strcmp(way, "in") == 0);
	if (!out && !in)
		return stream_unknown(stream, err);
	if (out)
		rc = resync_out(cx, &p, s, err);
	if (rc == YH_OK && in)
		rc = resync_in(cx, &p, s, err);
	return rc == YH_OK ? yh_link_note(cx, "link.resync_asked", &p.id, stream, reason, "", err)
			   : rc;
}

static enum yh_rc begin_anew(struct yh_ctx *cx, const struct yh_link_peer_row *p,
			     const struct yh_link_stream *s, struct yh_err *err)
{
	struct yh_link_stream_row row;
	bool found = false;
	enum yh_rc rc = YH_OK;

	if (yh_link_flows(s, p->city, true))
		rc = resync_out(cx, p, s, err);
	if (rc == YH_OK && yh_link_flows(s, p->city, false))
		rc = yh_link_stream_load(cx->tx, &p->id, s->name, false, cx->arena, &row, &found,
					 err);
	if (rc == YH_OK && found)
		rc = resync_in(cx, p, s, err);
	return rc;
}

enum yh_rc yh_link_begin_anew(struct yh_ctx *cx, const char *reason, int64_t *n_peers,
			      struct yh_err *err)
{
	struct yh_link_peer_row *rows;
	size_t n = 0, n_streams;
	const struct yh_link_stream *streams = yh_link_streams(&n_streams);
	enum yh_rc rc = yh_link_peer_all(cx->tx, false, cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		for (size_t k = 0; rc == YH_OK && k < n_streams; k++)
			rc = begin_anew(cx, &rows[i], &streams[k], err);
		if (rc == YH_OK)
			rc = yh_link_note(cx, "link.resync_asked", &rows[i].id, "", reason, "",
					  err);
	}
	*n_peers = (int64_t)n;
	return rc;
}

enum yh_rc yh_link_skip(struct yh_ctx *cx, const char *peer, const char *stream, int64_t number,
			const char *reason, struct yh_err *err)
{
	const struct yh_link_stream *s = yh_link_stream_of(stream);
	struct yh_link_peer_row p;
	struct yh_link_stream_row row;
	struct yh_link_docs docs = { .stream = stream };
	const struct yh_sm3 gone = yh_sm3_of("", 0);
	char payload[256];
	bool found = false;
	enum yh_rc rc = yh_link_find(cx, peer, &p, err);

	if (rc == YH_OK)
		rc = yh_link_lock(cx->tx, &p.id, err);
	if (rc == YH_OK)
		rc = yh_link_stream_load(cx->tx, &p.id, stream, false, cx->arena, &row, &found,
					 err);
	if (rc != YH_OK)
		return rc;
	if (!s || !found)
		return stream_unknown(stream, err);
	if (strcmp(row.state, "stopped") != 0 || row.fault_seq != row.seq + 1)
		return yh_fail(err, YH_CONFLICT, "link-not-stopped");
	if (number != row.fault_seq) {
		(void)yh_fail(err, YH_STALE, "link-other-document");
		yh_err_text(err, "key", row.fault_key);
		yh_err_int(err, "number", row.fault_seq);
		return YH_STALE;
	}
	(void)snprintf(payload, sizeof payload, "{\"number\":%lld,\"slug\":\"%s\"}",
		       (long long)number, row.fault);
	docs.peer = p.id;
	row.chain = yh_link_chain(&row.chain, &row.fault_digest, row.fault_key);
	if (s->keys) /* as if it were held: or the comparison would send it again and again */
		rc = yh_link_doc_set(cx->tx, &docs, row.fault_key,
				     memcmp(gone.b, row.fault_digest.b, sizeof gone.b) == 0
					     ? NULL
					     : &row.fault_digest,
				     err);
	row.seq++;
	row.skipped++;
	yh_link_flow_on(cx, &row);
	if (rc == YH_OK)
		rc = yh_link_stream_save(cx->tx, &row, err);
	return rc == YH_OK ? yh_link_note(cx, "link.skipped", &p.id, stream, reason, payload, err)
			   : rc;
}

enum yh_rc yh_link_reconcile(struct yh_ctx *cx, const char *peer, const char *stream, int64_t *n,
			     struct yh_err *err)
{
	struct yh_link_peer_row p;
	size_t n_streams;
	const struct yh_link_stream *streams = yh_link_streams(&n_streams);
	enum yh_rc rc = yh_link_find(cx, peer, &p, err);

	*n = 0;
	for (size_t i = 0; rc == YH_OK && i < n_streams; i++) {
		const struct yh_link_stream *s = &streams[i];
		struct yh_link_putter put;

		if (!s->keys || !yh_link_flows(s, p.city, true) ||
		    (stream && strcmp(stream, s->name) != 0))
			continue;
		rc = yh_link_put_begin(&put, cx, &p.id, s, err);
		if (rc == YH_OK && !put.row.refilling) {
			put.row.refilling = true;
			put.row.refill[0] = 0;
			(void)snprintf(put.row.refill_why, sizeof put.row.refill_why, "compare");
		}
		if (rc == YH_OK)
			rc = yh_link_put_end(&put, err);
		++*n;
	}
	return rc == YH_OK && *n == 0 ? stream_unknown(stream ? stream : "", err) : rc;
}
