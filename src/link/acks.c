/* What the other side says it has of ours. */
#include <stdio.h>
#include <string.h>

#include "link/internal.h"

/* The chain at a number that was sent; *known false: it lies there no more. */
static enum yh_rc chain_at(struct yh_ctx *cx, const struct yh_link_stream_row *s, int64_t seq,
			   bool *known, struct yh_sm3 *chain, struct yh_err *err)
{
	yh_time made_at;

	*known = true;
	*chain = seq == s->acked ? s->acked_chain : seq == s->seq ? s->chain : (struct yh_sm3){ 0 };
	if (seq == s->acked || seq == s->seq || seq == 0)
		return YH_OK;
	return yh_link_box_at(cx->tx, &s->peer, s->stream, seq, known, chain, &made_at, err);
}

/* The other side was put back behind what it had acknowledged: what still lies here is sent again,
 * else everything. */
static enum yh_rc step_back(struct yh_ctx *cx, struct yh_link_putter *p,
			    const struct yh_link_ack *a, struct yh_err *err)
{
	int64_t first = 0;
	enum yh_rc rc = yh_link_box_first(cx->tx, &p->docs.peer, p->docs.stream, &first, err);
	char payload[96];

	if (rc != YH_OK)
		return rc;
	(void)snprintf(payload, sizeof payload, "{\"acknowledged\":%lld,\"has\":%lld}",
		       (long long)p->row.acked, (long long)a->seq);
	if (first == 0 || first > a->seq + 1) {
		rc = yh_link_put_anew(p, &a->epoch, err);
		return rc == YH_OK ? yh_link_note(cx, "link.resynced", &p->docs.peer,
						  p->docs.stream, "link-pruned", payload, err)
				   : rc;
	}
	p->row.acked = a->seq;
	p->row.acked_chain = a->chain;
	return yh_link_note(cx, "link.resent", &p->docs.peer, p->docs.stream, "link-gap", payload,
			    err);
}

static void take_state(struct yh_ctx *cx, struct yh_link_stream_row *s, const struct yh_link_ack *a)
{
	if (strcmp(a->state, "stopped") != 0) {
		yh_link_flow_on(cx, s);
		s->retry_at = 0;
		return;
	}
	if (strcmp(s->state, "stopped") != 0)
		s->since = cx->now;
	(void)snprintf(s->state, sizeof s->state, "stopped");
	(void)snprintf(s->fault, sizeof s->fault, "%s", a->fault);
	if (yh_link_is_due(s->retry_at, cx->now, LINK_RETRY_S))
		s->retry_at = cx->now + LINK_RETRY_S * YH_US_PER_S;
}

static enum yh_rc take_same(struct yh_link_exchange *x, struct yh_ctx *cx, struct yh_link_putter *p,
			    const struct yh_link_ack *a, struct yh_err *err)
{
	struct yh_link_stream_row *s = &p->row;
	struct yh_sm3 chain;
	bool known;
	enum yh_rc rc;

	if (strcmp(a->state, "forked") == 0 || a->seq > s->seq)
		return yh_link_forked(cx, s, s->seq, a->seq, err);
	rc = chain_at(cx, s, a->seq, &known, &chain, err);
	if (rc != YH_OK)
		return rc;
	if (known && memcmp(chain.b, a->chain.b, sizeof chain.b) != 0)
		return yh_link_forked(cx, s, s->seq, a->seq, err);
	if (a->seq < s->acked)
		return step_back(cx, p, a, err);
	atomic_fetch_add(&x->link->sent, (uint64_t)(a->seq - s->acked));
	s->acked = a->seq;
	s->acked_chain = a->chain;
	take_state(cx, s, a);
	return a->has_compared ? yh_link_take_compared(x, cx, p, a, err) : YH_OK;
}

static enum yh_rc judge(struct yh_link_exchange *x, struct yh_ctx *cx, struct yh_link_putter *p,
			const struct yh_link_ack *a, struct yh_err *err)
{
	int cmp = yh_id_cmp(&a->epoch, &p->row.epoch);
	enum yh_rc rc;

	if (a->resync && cmp >= 0) {
		rc = yh_link_put_anew(p, &a->epoch, err);
		return rc == YH_OK ? yh_link_note(cx, "link.resynced", &p->docs.peer,
						  p->docs.stream, "link-asked", "", err)
				   : rc;
	}
	if (strcmp(p->row.state, "forked") == 0 || cmp < 0)
		return YH_OK; /* it does not know of the new epoch yet */
	if (cmp > 0) {
		(void)yh_id_text(&a->epoch, p->row.fault_key);
		return yh_link_forked(cx, &p->row, p->row.seq, a->seq, err);
	}
	return take_same(x, cx, p, a, err);
}

enum yh_rc yh_link_take_ack(struct yh_link_exchange *x, struct yh_ctx *cx,
			    const struct yh_link_ack *a, struct yh_err *err)
{
	const struct yh_link_stream *s = yh_link_stream_of(a->stream);
	struct yh_link_putter p;
	struct yh_link_stream_row before;
	enum yh_rc rc;

	if (!s || !yh_link_flows(s, x->peer.city, true))
		return YH_OK; /* of a newer program, or an older one */
	rc = yh_link_put_begin(&p, cx, &x->peer.id, s, err);
	before = p.row;
	if (rc == YH_OK)
		rc = judge(x, cx, &p, a, err);
	if (rc != YH_OK || memcmp(&before, &p.row, sizeof before) == 0)
		return rc;
	x->changed = true;
	return yh_link_put_end(&p, err);
}
