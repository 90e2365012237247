/* Live streams: topics and their readers. */
#include "http/hub.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "http/internal.h"

/* What a topic keeps at most, but for the newest event. */
enum { RING_BYTES = 256 * 1024, EVENT_BYTES = 2 * 1024 * 1024 };
enum { FORGET_MS = 120 * 1000, HEARD_MS = 2000 };

static struct yh_frame *frame_new(const struct yh_topic *t, uint64_t no, const char *event,
				  const char *data)
{
	size_t size = strlen(data) + strlen(event) + 96;
	struct yh_frame *f = malloc(sizeof *f + size);

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	f->len = (size_t)snprintf(f->text, size,
				  "id: %016" PRIx64 "-%" PRIu64 "\nevent: %s\ndata: %s\n\n",
				  t->generation, no, event, data);
	return f;
}

static void frame_drop(struct yh_frame *f)
{
	if (f && atomic_fetch_sub(&f->refs, 1) == 1)
		free(f);
}

static void wake(struct yh_reader *r)
{
	if (!r->waiting)
		return;
	r->waiting = false;
	MHD_resume_connection(r->mhd);
}

static void end_reader(struct yh_reader *r, const char *why)
{
	if (!r->ended[0])
		(void)snprintf(r->ended, sizeof r->ended, "%s", why);
	wake(r);
}

static void drop_oldest(struct yh_topic *t)
{
	struct yh_frame **slot = &t->ring[t->first_no % YH_RING];

	t->ring_bytes -= (*slot)->len;
	frame_drop(*slot);
	*slot = NULL;
	t->first_no++;
}

static void publish(struct yh_hub *h, struct yh_topic *t, const char *data)
{
	struct yh_frame *f = frame_new(t, t->next_no, t->op->live->event, data);

	if (!f) { /* then everyone has missed one */
		while (t->first_no < t->next_no)
			drop_oldest(t);
		t->first_no = ++t->next_no;
		return;
	}
	while (t->first_no < t->next_no &&
	       (t->next_no - t->first_no == YH_RING || t->ring_bytes + f->len > RING_BYTES))
		drop_oldest(t);
	t->ring[t->next_no++ % YH_RING] = f;
	t->ring_bytes += f->len;
	for (struct yh_reader *r = t->readers; r; r = r->next)
		wake(r);
	atomic_fetch_add(&h->events, 1);
}

static void topic_free(struct yh_topic *t)
{
	while (t->first_no < t->next_no)
		drop_oldest(t);
	if (t->state)
		t->op->live->forget(t->state);
	free(t->key);
	free(t);
}

static struct yh_topic *topic_of(struct yh_hub *h, const struct yh_op *op, const char *key)
{
	struct yh_topic *t = h->topics;

	while (t && (t->op != op || strcmp(t->key, key) != 0))
		t = t->next;
	if (t)
		return t;
	t = calloc(1, sizeof *t);
	if (!t)
		return NULL;
	t->key = strdup(key);
	if (!t->key) {
		free(t);
		return NULL;
	}
	t->op = op;
	yh_random(&t->generation, sizeof t->generation);
	t->first_no = t->next_no = 1;
	t->next = h->topics;
	h->topics = t;
	return t;
}

/* Where a reader that says what it saw last goes on. */
static void place(struct yh_reader *r, const struct yh_topic *t, const char *last, bool *fresh)
{
	uint64_t generation = 0, no = 0;
	int n = 0;

	r->next_no = t->next_no;
	*fresh = true;
	if (!last || !*last)
		return;
	r->lost = true;
	if (sscanf(last, "%16" SCNx64 "-%18" SCNu64 "%n", &generation, &no, &n) < 2 || last[n] ||
	    generation != t->generation || no >= t->next_no)
		return;
	r->next_no = no + 1;
	r->lost = false;
	*fresh = r->next_no < t->first_no;
}

static unsigned readers_of(const struct yh_hub *h, const struct yh_id *person)
{
	unsigned n = 0;

	for (const struct yh_topic *t = h->topics; t; t = t->next)
		for (const struct yh_reader *r = t->readers; r; r = r->next)
			n += yh_id_eq(&r->person, person);
	return n;
}

static void reader_free(struct yh_reader *r)
{
	frame_drop(r->now);
	free(r->uri);
	free(r->token);
	free(r);
}

static struct yh_reader *reader_new(const struct call *c)
{
	struct yh_reader *r = calloc(1, sizeof *r);

	if (!r)
		return NULL;
	r->refs = 1;
	r->person = c->rq.cx.actor->person;
	r->uri = strdup(c->uri);
	r->token = strdup(c->cred.token);
	r->is_session = c->cred.is_session;
	r->lang = strcmp(c->rq.lang, "en") == 0 ? "en" : "zh";
	(void)snprintf(r->source, sizeof r->source, "%s", c->source);
	r->fd = c->conn->fd;
	r->sent_ms = r->checked_ms = yh_monotonic_ms();
	if (r->uri && r->token)
		return r;
	reader_free(r);
	return NULL;
}

static void leave(struct yh_hub *h, struct yh_reader *r)
{
	*r->link = r->next;
	if (r->next)
		r->next->link = r->link;
	r->link = NULL;
	if (!r->topic->readers)
		r->topic->left_ms = yh_monotonic_ms();
	if (--h->n_readers == 0)
		(void)pthread_cond_broadcast(&h->empty);
	if (--r->refs == 0)
		reader_free(r);
}

void yh_hub_leave(struct yh_hub *h, struct yh_reader *r)
{
	if (!r)
		return;
	(void)pthread_mutex_lock(&h->lock);
	leave(h, r);
	(void)pthread_mutex_unlock(&h->lock);
}

static enum yh_rc full(struct yh_hub *h, unsigned max, struct yh_err *err)
{
	atomic_fetch_add(&h->refused, 1);
	(void)yh_fail(err, YH_BUSY, "streams-full");
	yh_err_int(err, "max", max);
	return YH_BUSY;
}

static enum yh_rc admit_reader(struct yh_hub *h, const struct call *c, struct yh_err *err)
{
	const struct yh_server_config *cfg = &h->srv->cfg;

	if (h->stop)
		return yh_fail(err, YH_BUSY, "server-stopping");
	if (h->n_readers >= cfg->streams_max)
		return full(h, cfg->streams_max, err);
	if (readers_of(h, &c->rq.cx.actor->person) >= cfg->streams_each)
		return full(h, cfg->streams_each, err);
	return YH_OK;
}

enum yh_rc yh_hub_join(struct yh_hub *h, struct call *c, const char *key, bool *fresh,
		       struct yh_err *err)
{
	struct yh_reader *r = reader_new(c);
	struct yh_topic *t;
	enum yh_rc rc;

	if (!r)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)pthread_mutex_lock(&h->lock);
	if (c->reader)
		leave(h, c->reader);
	c->reader = NULL;
	rc = admit_reader(h, c, err);
	t = rc == YH_OK ? topic_of(h, c->rq.op, key) : NULL;
	if (rc == YH_OK && !t)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (t) {
		place(r, t, c->head.last_event_id, fresh);
		r->topic = t;
		r->next = t->readers;
		r->link = &t->readers;
		if (r->next)
			r->next->link = &r->next;
		t->readers = r;
		h->n_readers++;
		c->reader = r;
	}
	(void)pthread_mutex_unlock(&h->lock);
	if (!t)
		reader_free(r);
	return rc;
}

void yh_hub_begin(struct yh_hub *h, struct yh_reader *r, const char *event, const char *data)
{
	(void)pthread_mutex_lock(&h->lock);
	if (r->next_no < r->topic->first_no) { /* behind what is kept: begins anew instead */
		atomic_fetch_add(&h->missed, r->topic->first_no - r->next_no);
		r->lost = true;
		r->next_no = r->topic->next_no;
	}
	r->now = frame_new(r->topic, r->next_no - 1, event, data);
	(void)pthread_mutex_unlock(&h->lock);
}

void yh_hub_open(struct yh_hub *h, struct yh_reader *r, struct MHD_Connection *mhd)
{
	(void)pthread_mutex_lock(&h->lock);
	r->mhd = mhd;
	if (h->stop)
		end_reader(r, "server-stopping");
	(void)pthread_mutex_unlock(&h->lock);
}

static struct yh_frame *tell_missed(struct yh_hub *h, struct yh_reader *r)
{
	const struct yh_topic *t = r->topic;
	char data[64];

	if (r->lost) {
		(void)snprintf(data, sizeof data, "{\"missed\":null}");
	} else {
		(void)snprintf(data, sizeof data, "{\"missed\":%" PRIu64 "}",
			       t->first_no - r->next_no);
		atomic_fetch_add(&h->missed, t->first_no - r->next_no);
		r->next_no = t->first_no;
	}
	r->lost = false;
	return frame_new(t, r->next_no - 1, "missed", data);
}

static struct yh_frame *heartbeat(void)
{
	static const char text[] = ": \n\n";
	struct yh_frame *f = malloc(sizeof *f + sizeof text);

	if (!f)
		return NULL;
	atomic_init(&f->refs, 1);
	f->len = sizeof text - 1;
	memcpy(f->text, text, sizeof text);
	return f;
}

/* What comes next for the reader; NULL: nothing yet. */
static struct yh_frame *next_frame(struct yh_hub *h, struct yh_reader *r, int64_t now_ms)
{
	struct yh_topic *t = r->topic;
	struct yh_frame *f;
	char data[96];

	if (r->ended[0]) {
		if (r->told)
			return NULL;
		r->told = true;
		(void)snprintf(data, sizeof data, "{\"slug\":\"%s\"}", r->ended);
		return frame_new(t, r->next_no - 1, "ended", data);
	}
	if (r->lost || r->next_no < t->first_no)
		return tell_missed(h, r);
	if (r->next_no == t->next_no)
		return now_ms - r->sent_ms >= h->srv->cfg.stream_beat_ms ? heartbeat() : NULL;
	f = t->ring[r->next_no++ % YH_RING];
	atomic_fetch_add(&f->refs, 1);
	return f;
}

ssize_t yh_hub_read(struct yh_hub *h, struct yh_reader *r, char *buf, size_t max)
{
	size_t n = 0;
	bool over;

	(void)pthread_mutex_lock(&h->lock);
	if (!r->now) {
		int64_t now_ms = yh_monotonic_ms();

		r->now = next_frame(h, r, now_ms);
		r->at = 0;
		if (r->now)
			r->sent_ms = now_ms;
	}
	over = !r->now && r->ended[0];
	if (!r->now && !over) {
		r->waiting = true;
		MHD_suspend_connection(r->mhd);
	}
	(void)pthread_mutex_unlock(&h->lock);
	if (!r->now)
		return over ? -1 : 0;
	n = r->now->len - r->at < max ? r->now->len - r->at : max;
	memcpy(buf, r->now->text + r->at, n);
	r->at += n;
	if (r->at == r->now->len) {
		frame_drop(r->now);
		r->now = NULL;
	}
	return (ssize_t)n;
}

/* ---- the builder: once for all readers of a topic ---- */

static void build(struct yh_hub *h, struct yh_topic *t)
{
	const struct yh_live *live = t->op->live;
	struct yh_err err = { 0 };
	struct yh_buf out;
	struct yh_jw w;
	enum yh_rc rc;

	yh_buf_init(&out, EVENT_BYTES);
	yh_jw_init(&w, &out);
	t->building = true;
	(void)pthread_mutex_unlock(&h->lock);
	rc = live->build(h->srv->world, t->key, &t->state, &w, &err);
	if (rc == YH_OK && !yh_buf_ok(&out))
		rc = yh_fail(&err, YH_TOO_LARGE, "event-too-large");
	if (rc != YH_OK)
		yh_log_err(YH_WARN, "stream-failed", &err);
	(void)pthread_mutex_lock(&h->lock);
	t->building = false;
	if (rc == YH_TOO_LARGE) { /* an event that cannot be sent is one that was missed */
		while (t->first_no < t->next_no)
			drop_oldest(t);
		t->first_no = ++t->next_no;
		for (struct yh_reader *r = t->readers; r; r = r->next)
			wake(r);
	} else if (rc == YH_OK && out.len > 0) {
		publish(h, t, yh_buf_text(&out));
	}
	yh_buf_done(&out);
}

/* Nobody looks at a suspended connection, so that whoever hung up must be looked for. */
static bool hung_up(const struct yh_reader *r)
{
	char byte;
	ssize_t n = recv(r->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void beat(const struct yh_hub *h, struct yh_topic *t, int64_t now_ms)
{
	for (struct yh_reader *r = t->readers; r; r = r->next) {
		if (r->waiting && hung_up(r)) {
			r->told = true;
			end_reader(r, "gone");
		} else if (now_ms - r->sent_ms >= h->srv->cfg.stream_beat_ms) {
			wake(r);
		}
	}
}

static void forget_old(struct yh_hub *h, bool apart, int64_t now_ms)
{
	for (struct yh_topic **at = &h->topics; *at;) {
		struct yh_topic *t = *at;

		if (t->op->live->apart != apart || t->readers || now_ms - t->left_ms < FORGET_MS) {
			at = &t->next;
			continue;
		}
		*at = t->next;
		topic_free(t);
	}
}

static void until_ms(struct timespec *ts, unsigned ms)
{
	(void)clock_gettime(CLOCK_MONOTONIC, ts);
	ts->tv_nsec += (long)(ms % 1000) * 1000000;
	ts->tv_sec += ms / 1000 + ts->tv_nsec / 1000000000;
	ts->tv_nsec %= 1000000000;
}

/* Each thread frees the topics of its own streams alone, so that one which it builds for stays
 * while the lock is open; what stands behind that one is looked up afterwards. */
static void *build_all(void *arg)
{
	const struct yh_builder *b = arg;
	struct yh_hub *h = b->hub;
	struct timespec next;

	(void)pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		until_ms(&next, h->srv->cfg.stream_period_ms);
		for (struct yh_topic *t = h->topics; t && !h->stop; t = t->next) {
			if (t->op->live->apart != b->apart)
				continue;
			if (t->readers)
				build(h, t);
			beat(h, t, yh_monotonic_ms());
		}
		forget_old(h, b->apart, yh_monotonic_ms());
		while (!h->stop && pthread_cond_timedwait(&h->turn, &h->lock, &next) == 0)
			;
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* ---- the checker: who may still follow ---- */

static struct yh_reader *due(struct yh_hub *h, int64_t now_ms)
{
	int64_t every_ms = (int64_t)h->srv->cfg.stream_recheck_s * 1000;

	for (struct yh_topic *t = h->topics; t; t = t->next)
		for (struct yh_reader *r = t->readers; r; r = r->next)
			if (r->mhd && !r->ended[0] && now_ms - r->checked_ms >= every_ms)
				return r;
	return NULL;
}

static void check(struct yh_hub *h, struct yh_reader *r)
{
	char *topic = strdup(r->topic->key); /* which may be gone before the answer is there */
	struct yh_err err = { 0 };
	enum yh_rc rc = YH_BUSY;

	r->checked_ms = yh_monotonic_ms();
	r->refs++;
	(void)pthread_mutex_unlock(&h->lock);
	if (topic)
		rc = h->again(h->srv, r, topic, &err);
	free(topic);
	(void)pthread_mutex_lock(&h->lock);
	/* a store that cannot answer now is no reason to send people away */
	if (rc != YH_OK && rc < YH_BUSY && r->link)
		end_reader(r, err.slug);
	if (--r->refs == 0)
		reader_free(r);
}

static void *check_all(void *arg)
{
	struct yh_hub *h = arg;
	struct timespec next;

	(void)pthread_mutex_lock(&h->lock);
	while (!h->stop) {
		struct yh_reader *r = due(h, yh_monotonic_ms());

		if (r) {
			check(h, r);
			continue;
		}
		until_ms(&next, 250);
		(void)pthread_cond_timedwait(&h->turn, &h->lock, &next);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

bool yh_hub_start(struct yh_hub *h, struct yh_server *s, yh_again_fn again)
{
	pthread_condattr_t attr;
	bool all = true;

	h->srv = s;
	h->again = again;
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&h->turn, &attr);
	(void)pthread_cond_init(&h->empty, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < YH_BUILDERS; i++) {
		struct yh_builder *b = &h->builders[i];

		*b = (struct yh_builder){ .hub = h, .apart = i > 0 };
		b->runs = pthread_create(&b->thread, NULL, build_all, b) == 0;
		all = all && b->runs;
	}
	h->has_checker = pthread_create(&h->checker, NULL, check_all, h) == 0;
	return all && h->has_checker;
}

void yh_hub_stop(struct yh_hub *h)
{
	struct timespec until;

	if (!h->srv)
		return;
	(void)pthread_mutex_lock(&h->lock);
	h->stop = true;
	(void)pthread_cond_broadcast(&h->turn);
	for (struct yh_topic *t = h->topics; t; t = t->next)
		for (struct yh_reader *r = t->readers; r; r = r->next)
			end_reader(r, "server-stopping");
	until_ms(&until, HEARD_MS);
	while (h->n_readers > 0 && pthread_cond_timedwait(&h->empty, &h->lock, &until) == 0)
		;
	(void)pthread_mutex_unlock(&h->lock);
	for (size_t i = 0; i < YH_BUILDERS; i++)
		if (h->builders[i].runs)
			(void)pthread_join(h->builders[i].thread, NULL);
	if (h->has_checker)
		(void)pthread_join(h->checker, NULL);
}

void yh_hub_done(struct yh_hub *h)
{
	if (!h->srv)
		return;
	while (h->topics) {
		struct yh_topic *t = h->topics;

		h->topics = t->next;
		topic_free(t);
	}
	(void)pthread_cond_destroy(&h->turn);
	(void)pthread_cond_destroy(&h->empty);
	(void)pthread_mutex_destroy(&h->lock);
}
