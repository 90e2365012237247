/* Finding out what there is to send: by events, by time, and by going through everything. */
#include <string.h>

#include "link/internal.h"

enum { KEYS_FIRST = 64 };

/* Keys in the order in which they were first named. */
struct key_list {
	struct yh_arena *arena;
	const char **list;
	size_t n, cap;
};

static enum yh_rc add_key(void *arg, const char *key, struct yh_err *err)
{
	struct key_list *k = arg;

	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->list[i], key) == 0)
			return YH_OK;
	if (k->n == k->cap) {
		size_t cap = k->cap ? 2 * k->cap : KEYS_FIRST;
		const char **more = YH_NEW_N(k->arena, const char *, cap);

		if (!more)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (k->n)
			memcpy(more, k->list, k->n * sizeof *more);
		k->list = more;
		k->cap = cap;
	}
	k->list[k->n] = yh_arena_strdup(k->arena, key);
	return k->list[k->n++] ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

struct gathering {
	struct yh_link *link;
	struct yh_arena *arena;
	yh_time now;
	struct yh_ctx cx;
	struct yh_link_peer *peers;
	size_t n_peers;
	int64_t mark, head;
	/* the stream that is looked at */
	const struct yh_link_peer *peer;
	const struct yh_link_stream *stream;
	struct yh_link_stream_row row;
	/* what came by time */
	struct due_doc *docs;
	size_t n_docs, cap_docs;
	yh_time until;
};

static void enter(struct gathering *g, struct yh_tx *tx)
{
	g->cx = (struct yh_ctx){ .tx = tx,
				 .world = g->link->cfg.world,
				 .actor = yh_link_actor(),
				 .now = g->now,
				 .arena = g->arena };
}

static enum yh_rc put_keys(struct gathering *g, struct yh_link_putter *p, const struct key_list *k,
			   struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < k->n; i++) {
		const struct yh_link_trying t = { .peer = g->peer,
						  .key = k->list[i],
						  .built = true };

		rc = yh_link_put_try(p, &t, NULL, err);
	}
	return rc;
}

/* ---- by events ---- */

static enum yh_rc touch(struct gathering *g, const struct yh_link_event_row *rows, size_t n,
			struct key_list *k, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_link_event e = { .pos = rows[i].pos,
						 .at = rows[i].at,
						 .kind = rows[i].kind,
						 .object_kind = rows[i].object_kind,
						 .object = rows[i].object,
						 .case_id = rows[i].case_id,
						 .org = rows[i].org };
		struct yh_err why = { 0 };

		rc = g->stream->touched(&g->cx, g->peer, &e, add_key, k, &why);
		if (rc == YH_OK)
			continue;
		if (yh_link_is_failure(&why)) {
			*err = why;
			return rc;
		}
		rc = yh_link_unsendable(&g->cx, g->peer, g->stream, e.kind, &why, err);
	}
	return rc;
}

static enum yh_rc gather_stream(struct gathering *g, const struct yh_link_event_row *rows, size_t n,
				struct yh_err *err)
{
	struct key_list keys = { .arena = g->arena };
	struct yh_link_putter p;
	enum yh_rc rc = touch(g, rows, n, &keys, err);

	if (rc != YH_OK || keys.n == 0)
		return rc;
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, g->stream, err);
	if (rc == YH_OK)
		rc = put_keys(g, &p, &keys, err);
	return rc == YH_OK && p.put ? yh_link_put_end(&p, err) : rc;
}

typedef enum yh_rc (*stream_fn)(struct gathering *g, void *arg, struct yh_err *err);

/* Every stream that we send, peer by peer. */
static enum yh_rc each_stream(struct gathering *g, stream_fn fn, void *arg, struct yh_err *err)
{
	size_t n;
	const struct yh_link_stream *streams = yh_link_streams(&n);
	enum yh_rc rc = YH_OK;

	for (size_t p = 0; rc == YH_OK && p < g->n_peers; p++)
		for (size_t i = 0; rc == YH_OK && i < n; i++) {
			if (!yh_link_flows(&streams[i], g->peers[p].city, true))
				continue;
			g->peer = &g->peers[p];
			g->stream = &streams[i];
			rc = fn(g, arg, err);
		}
	return rc;
}

struct events {
	struct yh_link_event_row *rows;
	size_t n;
};

static enum yh_rc gather_one(struct gathering *g, void *arg, struct yh_err *err)
{
	const struct events *e = arg;

	return g->stream->touched ? gather_stream(g, e->rows, e->n, err) : YH_OK;
}

/* Whoever holds the mark moves it, even where two servers think that the work is theirs. */
static enum yh_rc lock_mark(struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_id key = { "yunheng.link.gat" };

	return yh_link_lock(tx, &key, err);
}

static enum yh_rc gather_events(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct events e = { 0 };
	enum yh_rc rc = lock_mark(tx, err);

	enter(g, tx);
	if (rc == YH_OK)
		rc = yh_link_mark(tx, &g->mark, err);
	if (rc == YH_OK && g->mark < 0)
		return YH_OK;
	if (rc == YH_OK)
		rc = yh_link_events(tx, g->mark, LINK_EVENTS, g->arena, &e.rows, &e.n, err);
	if (rc != YH_OK || e.n == 0)
		return rc;
	rc = each_stream(g, gather_one, &e, err);
	g->mark = e.rows[e.n - 1].pos;
	return rc == YH_OK ? yh_link_mark_set(tx, g->mark, err) : rc;
}

/* ---- by time ---- */

struct due_doc {
	const char *key;
	const json_t *body;
};

static void put_json(void *p)
{
	json_decref(p);
}

static enum yh_rc add_doc(void *arg, const char *key, const json_t *body, struct yh_err *err)
{
	struct gathering *g = arg;
	json_t *copy = body ? json_deep_copy(body) : NULL;

	if (g->n_docs == g->cap_docs) {
		size_t cap = g->cap_docs ? 2 * g->cap_docs : KEYS_FIRST;
		struct due_doc *more = YH_NEW_N(g->arena, struct due_doc, cap);

		if (more && g->n_docs)
			memcpy(more, g->docs, g->n_docs * sizeof *more);
		if (more)
			g->docs = more;
		g->cap_docs = more ? cap : g->cap_docs;
	}
	if (copy && !yh_arena_defer(g->arena, put_json, copy))
		copy = NULL;
	if (g->n_docs == g->cap_docs || (body && !copy))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	g->docs[g->n_docs] = (struct due_doc){ yh_arena_strdup(g->arena, key), copy };
	return g->docs[g->n_docs++].key ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Up to when it may have come. */
static yh_time due_until(const struct gathering *g)
{
	const yh_time step = g->stream->due_s * YH_US_PER_S;

	return (g->now - g->stream->late_s * YH_US_PER_S) / step * step;
}

static enum yh_rc put_due(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct yh_link_putter p;
	enum yh_rc rc;

	enter(g, tx);
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, g->stream, err);
	if (rc != YH_OK || p.row.due_at != g->row.due_at)
		return rc; /* another server did it */
	for (size_t i = 0; rc == YH_OK && i < g->n_docs; i++) {
		const struct yh_link_trying t = { .peer = g->peer,
						  .key = g->docs[i].key,
						  .body = g->docs[i].body };

		rc = yh_link_put_try(&p, &t, NULL, err);
	}
	p.row.due_at = g->until;
	return rc == YH_OK ? yh_link_put_end(&p, err) : rc;
}

/* From now on, or nothing would come until the clock is there again. */
static enum yh_rc put_back(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct yh_link_putter p;
	enum yh_rc rc;

	enter(g, tx);
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, g->stream, err);
	if (rc != YH_OK || p.row.due_at != g->row.due_at)
		return rc;
	p.row.due_at = due_until(g);
	return yh_link_put_end(&p, err);
}

static enum yh_rc gather_due(struct gathering *g, bool *more, struct yh_err *err)
{
	const struct yh_link_stream *s = g->stream;
	const struct yh_link_work work = { g->link->cfg.world, g->now, g->arena, &g->link->stop };
	const yh_time step = s->due_s * YH_US_PER_S, hour = 3600 * YH_US_PER_S;
	const yh_time until = due_until(g);
	enum yh_rc rc;

	if (until + step < g->row.due_at) /* the clock had run ahead, and was put back */
		return yh_exec_write(g->link->cfg.world->exec, put_back, g, err);
	if (until <= g->row.due_at)
		return YH_OK;
	g->n_docs = 0;
	g->until = until - g->row.due_at > hour ? g->row.due_at + hour / step * step : until;
	*more = *more || g->until < until;
	rc = s->due(&work, g->peer, g->row.due_at, g->until, add_doc, g, err);
	return rc == YH_OK ? yh_exec_write(g->link->cfg.world->exec, put_due, g, err) : rc;
}

/* ---- by going through everything ---- */

static bool has_key(const struct key_list *k, const char *key)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->list[i], key) == 0)
			return true;
	return false;
}

/* What was sent once and is there no more, of keys up to `last` (NULL: of all behind). */
static enum yh_rc put_gone(struct gathering *g, struct yh_link_putter *p, const struct key_list *k,
			   const char *last, bool *whole, struct yh_err *err)
{
	const char **sent;
	size_t n;
	enum yh_rc rc = yh_link_doc_keys(g->cx.tx, &p->docs, p->row.refill, 2 * LINK_REFILL,
					 g->arena, &sent, &n, err);

	*whole = n < 2 * LINK_REFILL;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (last && strcmp(sent[i], last) > 0) {
			*whole = true;
			break;
		}
		if (!has_key(k, sent[i])) {
			const struct yh_link_trying t = { .peer = g->peer,
							  .key = sent[i],
							  .built = true };

			rc = yh_link_put_try(p, &t, NULL, err);
		}
	}
	return rc;
}

/* Goes on behind what is done; at the end the digests are compared. */
static enum yh_rc move_on(struct gathering *g, struct yh_link_putter *p, const char *last,
			  struct yh_err *err)
{
	bool compares = strcmp(p->row.refill_why, "compare") == 0;
	char payload[64];

	if (compares)
		p->row.healed += p->put;
	(void)snprintf(p->row.refill, sizeof p->row.refill, "%s", last ? last : "");
	if (!last) {
		p->row.refilling = false;
		p->row.compare_at = LINK_COMPARE_NOW;
	}
	if (!compares || !p->put)
		return YH_OK;
	(void)snprintf(payload, sizeof payload, "{\"sent\":%lld}", (long long)p->put);
	return yh_link_note(&g->cx, "link.healed", &g->peer->id, g->stream->name, "link-missed",
			    payload, err);
}

static enum yh_rc refill(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct key_list keys = { .arena = g->arena };
	struct yh_link_putter p;
	const char *last;
	bool whole = true;
	enum yh_rc rc;

	enter(g, tx);
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, g->stream, err);
	if (rc != YH_OK || !p.row.refilling)
		return rc;
	rc = g->stream->keys(&g->cx, g->peer, p.row.refill, LINK_REFILL, add_key, &keys, err);
	last = keys.n >= LINK_REFILL ? keys.list[keys.n - 1] : NULL;
	if (rc == YH_OK)
		rc = put_keys(g, &p, &keys, err);
	if (rc == YH_OK)
		rc = put_gone(g, &p, &keys, last, &whole, err);
	if (rc == YH_OK && !whole && !last) /* more is gone than fits: once more from here */
		return yh_link_put_end(&p, err);
	if (rc == YH_OK)
		rc = move_on(g, &p, last, err);
	return rc == YH_OK ? yh_link_put_end(&p, err) : rc;
}

static enum yh_rc begin_comparing(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	struct yh_link_putter p;
	enum yh_rc rc;

	enter(g, tx);
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, g->stream, err);
	if (rc != YH_OK || p.row.refilling ||
	    !yh_link_is_due(p.row.compare_at, g->now, LINK_COMPARE_S))
		return rc;
	p.row.refilling = true;
	p.row.refill[0] = 0;
	(void)snprintf(p.row.refill_why, sizeof p.row.refill_why, "compare");
	return yh_link_put_end(&p, err);
}

/* ---- all of it ---- */

static enum yh_rc prepare_one(struct gathering *g, void *arg, struct yh_err *err)
{
	const struct yh_link_stream *s = g->stream;
	struct yh_link_putter p;
	bool found;
	enum yh_rc rc = yh_link_stream_load(g->cx.tx, &g->peer->id, s->name, true, g->arena,
					    &g->row, &found, err);

	(void)arg;
	if (rc != YH_OK || found)
		return rc;
	rc = yh_link_put_begin(&p, &g->cx, &g->peer->id, s, err);
	if (s->due)
		p.row.due_at = due_until(g);
	return rc == YH_OK ? yh_link_put_end(&p, err) : rc;
}

/* A new peer is sent everything, and from here on what changes. */
static enum yh_rc prepare(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct gathering *g = arg;
	int64_t mark = 0, head = 0;
	enum yh_rc rc = lock_mark(tx, err);

	enter(g, tx);
	if (rc == YH_OK)
		rc = yh_link_mark(tx, &mark, err);
	if (rc == YH_OK && mark < 0)
		rc = yh_link_events_head(tx, &head, err);
	if (rc == YH_OK && mark < 0)
		rc = yh_link_mark_set(tx, head, err);
	return rc == YH_OK ? each_stream(g, prepare_one, NULL, err) : rc;
}

struct looking {
	struct gathering *g;
	bool missing; /* a stream has not begun */
	struct yh_link_stream_row *rows;
	const struct yh_link_peer **peers;
	const struct yh_link_stream **streams;
	size_t n;
};

static enum yh_rc look_one(struct gathering *g, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	bool found;
	enum yh_rc rc = yh_link_stream_load(g->cx.tx, &g->peer->id, g->stream->name, true, g->arena,
					    &l->rows[l->n], &found, err);

	l->missing = l->missing || !found;
	l->peers[l->n] = g->peer;
	l->streams[l->n] = g->stream;
	l->n += found;
	return rc;
}

static enum yh_rc look(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct gathering *g = l->g;
	size_t n_streams;
	enum yh_rc rc = yh_link_peers(tx, g->arena, &g->peers, &g->n_peers, err);

	(void)yh_link_streams(&n_streams);
	enter(g, tx);
	l->n = 0;
	l->missing = false;
	l->rows = YH_NEW_N(g->arena, struct yh_link_stream_row, g->n_peers * n_streams + 1);
	l->peers = YH_NEW_N(g->arena, const struct yh_link_peer *, g->n_peers *n_streams + 1);
	l->streams = YH_NEW_N(g->arena, const struct yh_link_stream *, g->n_peers *n_streams + 1);
	if (rc == YH_OK && (!l->rows || !l->peers || !l->streams))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_link_mark(tx, &g->mark, err);
	if (rc == YH_OK)
		rc = yh_link_events_head(tx, &g->head, err);
	return rc == YH_OK ? each_stream(g, look_one, l, err) : rc;
}

static enum yh_rc work_on(struct gathering *g, bool *more, struct yh_err *err)
{
	struct yh_exec *exec = g->link->cfg.world->exec;
	enum yh_rc rc = YH_OK;

	if (g->stream->due)
		rc = gather_due(g, more, err);
	if (rc == YH_OK && g->row.refilling) {
		rc = yh_exec_write(exec, refill, g, err);
		*more = true;
	} else if (rc == YH_OK && g->stream->keys && g->row.compare_at > LINK_COMPARE_NOW &&
		   yh_link_is_due(g->row.compare_at, g->now, LINK_COMPARE_S)) {
		rc = yh_exec_write(exec, begin_comparing, g, err);
		*more = true;
	}
	return rc;
}

enum yh_rc yh_link_gather(struct yh_link *l, struct yh_arena *arena, bool *more, struct yh_err *err)
{
	struct yh_exec *exec = l->cfg.world->exec;
	struct gathering g = { .link = l,
			       .arena = arena,
			       .now = yh_clock_now(l->cfg.world->clock) };
	struct looking seen = { .g = &g };
	enum yh_rc rc = yh_exec_read(exec, look, &seen, err);

	*more = false;
	if (rc == YH_OK && (seen.missing || (g.n_peers && g.mark < 0))) {
		*more = true;
		return yh_exec_write(exec, prepare, &g, err);
	}
	if (rc == YH_OK && g.n_peers && g.head > g.mark) {
		rc = yh_exec_write(exec, gather_events, &g, err);
		*more = g.mark < g.head;
	}
	for (size_t i = 0; i < seen.n; i++) { /* one that fails holds up no other */
		struct yh_err why = { 0 };

		g.peer = seen.peers[i];
		g.stream = seen.streams[i];
		g.row = seen.rows[i];
		if (work_on(&g, more, &why) != YH_OK && rc == YH_OK) {
			rc = why.rc;
			if (err)
				*err = why;
		}
	}
	return rc;
}
