/* What came from the other side: its acknowledgements, how far its streams have come, documents. */
#include <stdio.h>
#include <string.h>

#include "link/internal.h"

struct taking {
	struct yh_link_exchange *x;
	const struct yh_link_batch *batch;
	yh_time sent_at;
	bool newest; /* nothing that was sent later has come before it */
	bool told;   /* it is time to note that the other side is there */
};

/* Is it still paired, and is this the newest that came from there? */
static enum yh_rc note_peer(struct taking *t, struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_link_exchange *x = t->x;
	enum yh_rc rc = yh_link_lock(cx->tx, &x->peer.id, err);

	if (rc == YH_OK)
		rc = yh_link_peer_load(cx->tx, &x->peer.id, x->arena, &x->peer, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(x->peer.state, "active") != 0)
		return yh_fail(err, YH_FORBIDDEN, "link-ended");
	/* an answer is bound to its call; and what lies days ahead a clock said that was wrong */
	t->newest = x->peer.city || t->sent_at > x->peer.sent_at ||
		    x->peer.sent_at > x->now + LINK_SKEW_MOST_S * YH_US_PER_S;
	t->told = t->batch->n_lines > 0 ||
		  x->now - x->peer.heard_at >= LINK_HEARD_S * YH_US_PER_S ||
		  x->now < x->peer.heard_at;
	return YH_OK;
}

/* Of the newest, when it is time, and whenever it changed anything: one that was sent before it and
 * comes behind it is then known for late. */
static enum yh_rc note_heard(struct taking *t, struct yh_ctx *cx, struct yh_err *err)
{
	struct yh_link_exchange *x = t->x;

	if (!t->newest || (!t->told && !x->changed))
		return YH_OK;
	x->peer.heard_at = x->now;
	if (!x->peer.city)
		x->peer.sent_at = t->sent_at;
	x->peer.skew_ms = (t->sent_at - x->now) / 1000;
	(void)snprintf(x->peer.version, sizeof x->peer.version, "%s",
		       t->batch->version ? t->batch->version : "");
	return yh_link_peer_heard(cx->tx, &x->peer, err);
}

/* The sender begins anew: nothing of this epoch is here yet. */
static enum yh_rc adopt(struct yh_ctx *cx, struct yh_link_stream_row *s,
			const struct yh_link_head *h, bool known, struct yh_err *err)
{
	s->epoch = h->epoch;
	s->seq = s->resync = 0;
	s->chain = (struct yh_sm3){ 0 };
	yh_link_flow_on(cx, s);
	return known ? yh_link_note(cx, "link.epoch", &s->peer, s->stream, "", "", err) : YH_OK;
}

static enum yh_rc lost(struct yh_ctx *cx, struct yh_link_stream_row *s,
		       const struct yh_link_head *h, struct yh_err *err)
{
	struct yh_err why = { 0 };

	(void)yh_fail(&why, YH_CONFLICT, "link-gap");
	yh_err_int(&why, "here", s->seq);
	yh_err_int(&why, "from", h->from);
	return yh_link_stop_stream(cx, s, "lost", &why, err);
}

/* Where the sender's numbers and ours do not fit together, one of the two was put back. */
static enum yh_rc judge(struct yh_ctx *cx, struct yh_link_stream_row *s,
			const struct yh_link_head *h, struct yh_err *err)
{
	int cmp = yh_id_cmp(&h->epoch, &s->epoch);

	if (cmp < 0 || h->head < s->seq || h->forked ||
	    (h->from - 1 == s->seq && memcmp(h->chain.b, s->chain.b, sizeof s->chain.b) != 0))
		return yh_link_forked(cx, s, s->seq, cmp < 0 ? 0 : h->head, err);
	if (h->from - 1 > s->seq)
		return lost(cx, s, h, err);
	if (strcmp(s->state, "lost") == 0)
		yh_link_flow_on(cx, s);
	s->head = h->head;
	s->oldest_at = h->head > s->seq ? h->oldest_at : 0;
	return YH_OK;
}

static enum yh_rc take_head(struct taking *t, struct yh_ctx *cx, const struct yh_link_head *h,
			    struct yh_err *err)
{
	struct yh_link_exchange *x = t->x;
	const struct yh_link_stream *stream = yh_link_stream_of(h->stream);
	struct yh_link_stream_row s, before;
	bool found;
	enum yh_rc rc;

	if (!stream || !yh_link_flows(stream, x->peer.city, false))
		return YH_OK; /* of a newer program: nothing of it is acknowledged, so nothing is
				 lost */
	rc = yh_link_stream_load(cx->tx, &x->peer.id, h->stream, false, x->arena, &s, &found, err);
	if (rc != YH_OK)
		return rc;
	before = s;
	if (!found || yh_id_cmp(&h->epoch, &s.epoch) > 0)
		rc = adopt(cx, &s, h, found, err);
	if (rc == YH_OK && t->newest && strcmp(s.state, "forked") != 0)
		rc = judge(cx, &s, h, err);
	if (rc == YH_OK && t->newest && h->buckets)
		rc = yh_link_compare(x, cx, &s, h, err);
	if (rc != YH_OK || (found && memcmp(&before, &s, sizeof s) == 0))
		return rc;
	x->changed = true;
	return yh_link_stream_save(cx->tx, &s, err);
}

static enum yh_rc take_frame(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct taking *t = arg;
	struct yh_link_exchange *x = t->x;
	struct yh_ctx cx = { .tx = tx,
			     .world = x->link->cfg.world,
			     .actor = yh_link_actor(),
			     .now = x->now,
			     .arena = x->arena };
	enum yh_rc rc = note_peer(t, &cx, err);

	x->n_compared = 0;
	x->changed = false;
	for (size_t i = 0; rc == YH_OK && t->newest && i < t->batch->n_acks; i++)
		rc = yh_link_take_ack(x, &cx, &t->batch->acks[i], err);
	for (size_t i = 0; rc == YH_OK && i < t->batch->n_heads; i++)
		rc = take_head(t, &cx, &t->batch->heads[i], err);
	return rc == YH_OK ? note_heard(t, &cx, err) : rc;
}

static const struct yh_link_head *head_of(const struct yh_link_batch *b, const char *stream)
{
	for (size_t i = 0; i < b->n_heads; i++)
		if (strcmp(b->heads[i].stream, stream) == 0)
			return &b->heads[i];
	return NULL;
}

/* Each document follows the one before it, and none is of a stream that the head does not know. */
static enum yh_rc check_lines(const struct yh_link_batch *b, struct yh_err *err)
{
	for (size_t i = 0; i < b->n_lines; i++) {
		const struct yh_link_line *l = &b->lines[i];
		const struct yh_link_head *h = head_of(b, l->stream);
		bool first = i == 0 || strcmp(b->lines[i - 1].stream, l->stream) != 0;

		if (!h || l->seq != (first ? h->from : b->lines[i - 1].seq + 1) || l->seq > h->head)
			return yh_fail_field(err, YH_BAD_INPUT, "link-batch-invalid", "n");
	}
	return YH_OK;
}

static enum yh_rc apply(struct yh_link_exchange *x, const struct yh_link_batch *b,
			const struct yh_link_stream *s, struct yh_err *err)
{
	size_t first = 0, n = 0;

	while (first < b->n_lines && strcmp(b->lines[first].stream, s->name) != 0)
		first++;
	while (first + n < b->n_lines && strcmp(b->lines[first + n].stream, s->name) == 0)
		n++;
	return n ? yh_link_apply(x, s, head_of(b, s->name), b->lines + first, n, err) : YH_OK;
}

enum yh_rc yh_link_take(struct yh_link_exchange *x, const char *text, size_t n, yh_time sent_at,
			struct yh_err *err)
{
	struct yh_link_batch batch;
	struct taking t = { .x = x, .batch = &batch, .sent_at = sent_at };
	size_t n_streams;
	const struct yh_link_stream *streams = yh_link_streams(&n_streams);
	enum yh_rc rc = yh_link_batch_read(text, n, x->arena, &batch, err);

	x->got = batch.n_lines;
	x->wanted = x->peer.city ? batch.wanted : NULL;
	x->n_wanted = x->peer.city ? batch.n_wanted : 0;
	if (rc == YH_OK)
		rc = check_lines(&batch, err);
	if (rc == YH_OK)
		rc = yh_exec_write(x->link->cfg.world->exec, take_frame, &t, err);
	for (size_t i = 0; rc == YH_OK && i < n_streams; i++)
		if (yh_link_flows(&streams[i], x->peer.city, false))
			rc = apply(x, &batch, &streams[i], err);
	return rc;
}
