/* Applying documents: in order, each once, in the transaction that moves the place on. */
#include <stdio.h>
#include <string.h>

#include "link/internal.h"

struct applying {
	struct yh_link_exchange *x;
	const struct yh_link_stream *stream;
	const struct yh_link_head *head;
	const struct yh_link_line *lines;
	const struct yh_sm3 *chains; /* with each line */
	size_t n;
	struct yh_ctx cx;
	struct yh_link_stream_row row;
	bool found, live;     /* of this epoch, and not forked */
	size_t next, applied; /* the first line that is not here; how many were applied */
	size_t at;            /* the line that is being applied */
	size_t most;          /* lines at a time */
};

/* Where its lines and our place meet, if it is still paired. */
static enum yh_rc place(struct applying *a, struct yh_tx *tx, struct yh_err *err)
{
	struct yh_link_exchange *x = a->x;
	enum yh_rc rc = yh_link_stream_load(tx, &x->peer.id, a->stream->name, false, x->arena,
					    &a->row, &a->found, err);
	struct yh_link_peer_row peer;
	int64_t behind;

	if (rc == YH_OK)
		rc = yh_link_peer_load(tx, &x->peer.id, x->arena, &peer, err);
	if (rc == YH_OK && strcmp(peer.state, "active") != 0)
		rc = yh_fail(err, YH_FORBIDDEN, "link-ended");
	behind = rc == YH_OK ? a->row.seq - a->head->from + 1 : -1;

	a->live = rc == YH_OK && a->found && yh_id_eq(&a->row.epoch, &a->head->epoch) &&
		  strcmp(a->row.state, "forked") != 0 && behind >= 0;
	a->next = !a->live || behind > (int64_t)a->n ? a->n : (size_t)behind;
	return rc;
}

static const struct yh_sm3 *chain_before(const struct applying *a)
{
	return a->next ? &a->chains[a->next - 1] : &a->head->chain;
}

/* Do the lines go on from what is here? */
static bool joins(const struct applying *a)
{
	return memcmp(chain_before(a)->b, a->row.chain.b, sizeof a->row.chain.b) == 0;
}

static enum yh_rc apply_one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct applying *a = arg;
	const struct yh_link_line *l = &a->lines[a->at];

	(void)tx;
	return a->stream->apply(&a->cx, &a->x->view, l->key, l->body, err);
}

/* What is wrong with the document is no failure of ours. */
static bool is_refusal(const struct yh_err *why)
{
	return why->rc != YH_OK && !yh_link_is_failure(why);
}

static enum yh_rc stop_at(struct applying *a, const struct yh_err *why, struct yh_err *err)
{
	const struct yh_link_line *l = &a->lines[a->at];

	a->row.fault_seq = l->seq;
	(void)snprintf(a->row.fault_key, sizeof a->row.fault_key, "%s", l->key);
	a->row.fault_digest = l->digest;
	return yh_link_stop_stream(&a->cx, &a->row, "stopped", why, err);
}

static enum yh_rc keep_digest(struct applying *a, const struct yh_link_line *l, struct yh_err *err)
{
	const struct yh_link_docs docs = { .peer = a->row.peer, .stream = a->stream->name };

	return a->stream->keys
		       ? yh_link_doc_set(a->cx.tx, &docs, l->key, l->body ? &l->digest : NULL, err)
		       : YH_OK;
}

static enum yh_rc apply_some(struct applying *a, struct yh_err *err)
{
	size_t end = a->n - a->next > a->most ? a->next + a->most : a->n;
	enum yh_rc rc = YH_OK;

	for (a->at = a->next; a->at < end; a->at++) {
		struct yh_err why = { 0 };

		rc = yh_db_try(a->cx.tx, apply_one, a, &why, err);
		if (rc != YH_OK)
			return rc;
		if (why.rc != YH_OK && !is_refusal(&why)) {
			*err = why;
			return why.rc;
		}
		if (why.rc != YH_OK)
			return stop_at(a, &why, err);
		rc = keep_digest(a, &a->lines[a->at], err);
		if (rc != YH_OK)
			return rc;
		yh_link_flow_on(&a->cx, &a->row);
		a->row.seq = a->lines[a->at].seq;
		a->row.chain = a->chains[a->at];
		a->row.total++;
		a->applied++;
	}
	if (a->row.seq >= a->row.head)
		a->row.oldest_at = 0;
	return YH_OK;
}

static enum yh_rc step(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct applying *a = arg;
	size_t expected = a->next;
	enum yh_rc rc = yh_link_lock(tx, &a->x->peer.id, err);

	a->cx = (struct yh_ctx){ .tx = tx,
				 .world = a->x->link->cfg.world,
				 .actor = yh_link_actor(),
				 .now = a->x->now,
				 .arena = a->x->arena };
	a->applied = 0;
	if (rc == YH_OK)
		rc = place(a, tx, err);
	if (rc != YH_OK || !a->live || a->next == a->n || a->next != expected)
		return rc;
	rc = joins(a) ? apply_some(a, err)
		      : yh_link_forked(&a->cx, &a->row, a->row.seq, a->head->head, err);
	return rc == YH_OK ? yh_link_stream_save(tx, &a->row, err) : rc;
}

static enum yh_rc find_place(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return place(arg, tx, err);
}

struct refusal {
	struct applying *a;
	const struct yh_err *why;
};

static enum yh_rc note_refusal(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct refusal *r = arg;
	struct applying *a = r->a;
	enum yh_rc rc = yh_link_lock(tx, &a->x->peer.id, err);

	a->cx = (struct yh_ctx){ .tx = tx,
				 .world = a->x->link->cfg.world,
				 .actor = yh_link_actor(),
				 .now = a->x->now,
				 .arena = a->x->arena };
	if (rc == YH_OK)
		rc = place(a, tx, err);
	if (rc != YH_OK || !a->live || a->next == a->n)
		return rc;
	a->at = a->next;
	rc = stop_at(a, r->why, err);
	return rc == YH_OK ? yh_link_stream_save(tx, &a->row, err) : rc;
}

/* What lies elsewhere than in the store, before the transaction: that one then applies no more than
 * was taken. *stops: the first is refused. */
static enum yh_rc absorb(struct applying *a, bool *stops, struct yh_err *err)
{
	struct yh_link_exchange *x = a->x;
	const struct yh_link_work work = { x->link->cfg.world, x->now, x->arena, &x->link->stop };
	size_t n = a->n - a->next < LINK_APPLY ? a->n - a->next : LINK_APPLY, taken = 0;
	struct yh_link_doc *docs;
	struct yh_err why = { 0 };
	struct refusal r = { a, &why };
	enum yh_rc rc;

	*stops = false;
	a->most = LINK_APPLY;
	if (!a->stream->absorb || !a->live || !joins(a))
		return YH_OK; /* of a fork nothing is taken; the transaction tells of it */
	docs = YH_NEW_N(x->arena, struct yh_link_doc, n);
	if (!docs)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		docs[i] = (struct yh_link_doc){ a->lines[a->next + i].key,
						a->lines[a->next + i].body };
	rc = a->stream->absorb(&work, &x->view, docs, n, &taken, &why);
	a->most = rc == YH_OK ? n : taken;
	if (rc == YH_OK || (is_refusal(&why) && taken > 0))
		return YH_OK;
	if (!is_refusal(&why)) {
		if (err)
			*err = why;
		return rc;
	}
	*stops = true;
	return yh_exec_write(x->link->cfg.world->exec, note_refusal, &r, err);
}

static void chain_up(const struct applying *a, struct yh_sm3 *chains)
{
	const struct yh_sm3 *before = &a->head->chain;

	for (size_t i = 0; i < a->n; i++) {
		chains[i] = yh_link_chain(before, &a->lines[i].digest, a->lines[i].key);
		before = &chains[i];
	}
}

enum yh_rc yh_link_apply(struct yh_link_exchange *x, const struct yh_link_stream *s,
			 const struct yh_link_head *h, const struct yh_link_line *lines, size_t n,
			 struct yh_err *err)
{
	struct applying a = { .x = x, .stream = s, .head = h, .lines = lines, .n = n };
	struct yh_exec *exec = x->link->cfg.world->exec;
	struct yh_sm3 *chains = YH_NEW_N(x->arena, struct yh_sm3, n);
	bool stops = false;
	enum yh_rc rc;

	if (!chains)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	chain_up(&a, chains);
	a.chains = chains;
	rc = yh_exec_read(exec, find_place, &a, err);
	if (rc != YH_OK)
		return rc;
	atomic_fetch_add(&x->link->repeated, a.next);
	while (rc == YH_OK && a.next < n) {
		rc = absorb(&a, &stops, err);
		if (rc != YH_OK || stops)
			break;
		rc = yh_exec_write(exec, step, &a, err);
		atomic_fetch_add(&x->link->received, rc == YH_OK ? a.applied : 0);
		if (rc != YH_OK || (a.applied == 0 && a.next < n) || !a.live)
			break;
		a.next += a.applied;
		if (a.row.state[0] != 'f' || a.row.state[1] != 'l')
			break;
	}
	return rc;
}
