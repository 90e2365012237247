/* Batches that come: who sends them, is it theirs, what we answer. Until the signature is checked
 * nothing is unpacked, and nothing but a row is read; and who is not known here takes few of the
 * places to wait in. */
#include <stdlib.h>
#include <string.h>

#include "link/file.h"

static bool is_known(const struct yh_link *l, const struct yh_id *peer)
{
	for (size_t i = 0; i < l->n_known; i++)
		if (yh_id_eq(&l->known[i], peer))
			return true;
	return false;
}

/* A peer calls one at a time, and may come again when it gave an answer up; who was paired this
 * moment is still among the strangers. */
static bool has_room(const struct yh_link *l, const struct yh_id *peer)
{
	bool known = is_known(l, peer);
	unsigned n = 0;

	for (const struct yh_link_serving *s = l->first; s; s = s->next)
		n += known ? yh_id_eq(&s->peer, peer) : !is_known(l, &s->peer);
	return l->waiting < LINK_WAITING && n < (known ? LINK_WAITING_EACH : LINK_WAITING_STRANGE);
}

void yh_link_know(struct yh_link *l, const struct yh_link_peer_row *peers, size_t n)
{
	(void)pthread_mutex_lock(&l->lock);
	l->n_known = 0;
	for (size_t i = 0; i < n && i < LINK_KNOWN; i++)
		l->known[l->n_known++] = peers[i].id;
	(void)pthread_mutex_unlock(&l->lock);
}

enum yh_rc yh_link_serve(struct yh_link *l, struct yh_link_serving *s, struct yh_err *err)
{
	struct yh_link_envelope e;
	enum yh_rc rc = yh_link_envelope_read(s->body, s->n, &e, err);
	bool room;

	if (rc != YH_OK) {
		atomic_fetch_add(&l->refused, 1);
		return rc;
	}
	s->peer = e.peer;
	(void)pthread_mutex_lock(&l->lock);
	room = has_room(l, &e.peer) && l->n_threads > 0 && !atomic_load(&l->stop);
	if (room) {
		s->next = NULL;
		*l->end = s;
		l->end = &s->next;
		l->waiting++;
		(void)pthread_cond_signal(&l->served);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return room ? YH_OK : yh_fail(err, YH_BUSY, "link-busy");
}

struct asking {
	struct yh_link_exchange *x;
	struct yh_id id;
};

static enum yh_rc load_peer(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *q = arg;

	return yh_link_peer_load(tx, &q->id, q->x->arena, &q->x->peer, err);
}

static enum yh_rc note_skew(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_link_peer_heard(tx, arg, err);
}

/* A clock that is a day off would have everything dated wrong. */
static enum yh_rc check_skew(struct yh_link_exchange *x, int64_t sent_ms, struct yh_err *err)
{
	int64_t skew_ms = sent_ms - x->now / 1000, off_s = llabs(skew_ms) / 1000;
	struct yh_err ignored = { 0 };

	if (off_s <= LINK_SKEW_MOST_S)
		return YH_OK;
	if (llabs(skew_ms - x->peer.skew_ms) > LINK_SKEW_SHOWN_S * 1000) {
		x->peer.skew_ms = skew_ms;
		(void)!yh_exec_write(x->link->cfg.world->exec, note_skew, &x->peer, &ignored);
	}
	(void)yh_fail(err, YH_REFUSED, "link-skew");
	yh_err_int(err, "seconds", skew_ms / 1000);
	yh_err_int(err, "most", LINK_SKEW_MOST_S);
	return YH_REFUSED;
}

static enum yh_rc admit(struct yh_link_exchange *x, struct yh_link_envelope *e, struct yh_err *err)
{
	struct asking q = { x, e->peer };
	enum yh_rc rc = yh_exec_read(x->link->cfg.world->exec, load_peer, &q, err);

	if (rc == YH_OK && strcmp(x->peer.state, "active") != 0)
		rc = yh_fail(err, YH_FORBIDDEN, "link-ended");
	if (rc == YH_OK && (!e->up || x->peer.city))
		rc = yh_fail(err, YH_FORBIDDEN, "link-signature");
	if (rc == YH_OK)
		rc = yh_link_envelope_check(e, x->peer.point, NULL, err);
	if (rc == YH_OK)
		rc = check_skew(x, e->sent_ms, err);
	x->view = yh_link_peer_view(&x->peer);
	return rc;
}

static enum yh_rc answer(struct yh_link_exchange *x, const struct yh_link_envelope *asked,
			 struct yh_buf *out, struct yh_err *err)
{
	struct yh_link_envelope e = { .peer = asked->peer,
				      .packed = asked->packed,
				      .sent_ms = x->now / 1000 };
	struct yh_buf text;
	enum yh_rc rc = YH_OK;
	struct yh_err why = { 0 };

	for (x->room = asked->packed ? LINK_ROOM : LINK_ROOM_PLAIN;; x->room /= 2) {
		why = (struct yh_err){ 0 };
		out->len = 0;
		yh_buf_init(&text, YH_LINK_PLAIN_MAX);
		rc = yh_link_make(x, &text, &why);
		if (rc == YH_OK)
			rc = yh_link_envelope_write(&e, x->link->key, yh_buf_text(&text), text.len,
						    &asked->digest, out, &why);
		yh_buf_done(&text);
		if (rc != YH_TOO_LARGE || x->n_docs <= 1)
			break;
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc answer_file(struct yh_link_exchange *x, const struct yh_link_envelope *asked,
			      const char *text, size_t n, struct yh_buf *out, struct yh_err *err)
{
	struct yh_link_envelope e = { .peer = asked->peer, .sent_ms = x->now / 1000 };
	struct yh_buf said;
	enum yh_rc rc;

	yh_buf_init(&said, YH_LINK_PACKED_MAX);
	rc = yh_link_file_answer(x, text, n, &said, err);
	if (rc == YH_OK)
		rc = yh_link_envelope_write(&e, x->link->key, yh_buf_text(&said), said.len,
					    &asked->digest, out, err);
	yh_buf_done(&said);
	return rc;
}

static enum yh_rc serve(struct yh_link *l, struct yh_link_serving *s, struct yh_arena *arena,
			struct yh_buf *out, struct yh_err *err)
{
	struct yh_link_exchange x = { .link = l,
				      .arena = arena,
				      .now = yh_clock_now(l->cfg.world->clock) };
	struct yh_link_envelope e;
	const char *text;
	size_t n;
	enum yh_rc rc = yh_link_envelope_read(s->body, s->n, &e, err);

	if (rc == YH_OK)
		rc = admit(&x, &e, err);
	if (rc == YH_OK)
		rc = yh_link_envelope_open(&e, arena, &text, &n, err);
	if (rc == YH_OK && !s->file)
		rc = yh_link_take(&x, text, n, e.sent_ms * 1000, err);
	else if (rc == YH_OK)
		rc = answer_file(&x, &e, text, n, out, err);
	atomic_fetch_add(rc == YH_OK ? &l->batches : &l->refused, 1);
	atomic_fetch_add(&l->bytes_in, s->n);
	if (rc == YH_OK && !s->file)
		rc = answer(&x, &e, out, err);
	return rc;
}

static void do_one(struct yh_link *l, struct yh_link_serving *s)
{
	struct yh_arena arena;
	struct yh_buf out;

	yh_arena_init(&arena, LINK_ARENA_BYTES);
	yh_buf_init(&out, YH_LINK_PACKED_MAX + YH_LINK_ENVELOPE_MAX);
	s->err = (struct yh_err){ 0 };
	s->reply = NULL;
	s->rc = serve(l, s, &arena, &out, &s->err);
	yh_arena_done(&arena);
	if (s->rc == YH_OK) {
		s->reply = out.data;
		s->reply_n = out.len;
		atomic_fetch_add(&l->bytes_out, out.len);
	}
	s->done(s);
	yh_buf_done(&out);
}

void *yh_link_serving_thread(void *link)
{
	struct yh_link *l = link;

	(void)pthread_mutex_lock(&l->lock);
	while (!atomic_load(&l->stop) || l->first) {
		struct yh_link_serving *s = l->first;

		if (!s) {
			(void)pthread_cond_wait(&l->served, &l->lock);
			continue;
		}
		l->first = s->next;
		if (!l->first)
			l->end = &l->first;
		l->waiting--;
		(void)pthread_mutex_unlock(&l->lock);
		do_one(l, s);
		(void)pthread_mutex_lock(&l->lock);
	}
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}
