/* Sending the record to a collector. */
#include "services/audit/feed.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "cases/mark.h"
#include "net/collector.h"
#include "store/audit.h"
#include "store/security.h"

enum { BATCH = 200, LEASE_S = 30, VALUE_MAX = 1024, MESSAGE_MAX = 32 * 1024, STEP_S = 1 };

struct yh_audit_feed {
	const struct yh_world *world;
	struct yh_collector *to;
	char *name;
	char host[256];
	struct yh_id holder;
	int64_t sent;      /* given to the line; -1: not read yet */
	int64_t before;    /* sent by the step before, that the line has taken */
	int64_t confirmed; /* in the store */
	bool away;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool stop, running;
};

static void value(struct yh_buf *b, const char *name, const char *text)
{
	size_t n = strlen(text);

	if (n == 0)
		return;
	if (n > VALUE_MAX)
		for (n = VALUE_MAX; n > 0 && ((unsigned char)text[n] & 0xC0) == 0x80;)
			n--;
	yh_buf_printf(b, " %s=\"", name);
	for (size_t i = 0; i < n; i++) {
		if (strchr("\"\\]", text[i]))
			yh_buf_add(b, "\\", 1);
		yh_buf_add(b, (unsigned char)text[i] < ' ' ? " " : &text[i], 1);
	}
	yh_buf_str(b, "\"");
}

void yh_audit_message(const struct yh_feed_row *r, const char *host, long pid, struct yh_buf *b)
{
	bool bad = strcmp(r->kind, "call.refused") == 0 || strcmp(r->kind, "sign-in.failed") == 0 ||
		   strcmp(r->kind, "security.raised") == 0;
	char id[YH_ID_TEXT], object[YH_ID_TEXT], at[YH_TIME_TEXT];

	/* facility 13, log audit; 32473 is the number for organisations without one of their own */
	yh_buf_printf(b, "<%d>1 %s %s yunheng %ld %.32s [audit@32473 pos=\"%lld\" event=\"%s\"",
		      13 * 8 + (bad ? 4 : 6), yh_time_text(r->at, at), host[0] ? host : "-", pid,
		      r->kind, (long long)r->pos, yh_id_text(&r->id, id));
	value(b, "person", r->person);
	value(b, "role", r->role);
	value(b, "org", r->org);
	value(b, "object", r->object_kind);
	value(b, "objectId", yh_id_is_zero(&r->object) ? "" : yh_id_text(&r->object, object));
	value(b, "outcome", r->outcome);
	value(b, "article", r->article);
	value(b, "reason", r->reason);
	value(b, "before", r->before);
	value(b, "after", r->after);
	value(b, "source", r->source);
	yh_buf_printf(b, "] \xEF\xBB\xBF%s", r->kind);
}

struct looking {
	struct yh_audit_feed *f;
	struct yh_arena arena;
	struct yh_feed_row *rows;
	size_t n;
	int64_t pos;
	bool held;
};

/* A collector is cleared for nothing: of a case that is labelled it is told what happened, and not
 * in which words. */
static enum yh_rc hush(struct looking *l, struct yh_err *err)
{
	const struct yh_law_book *law = l->f->world->law;
	yh_time now = yh_clock_now(l->f->world->clock);
	const struct yh_pack *pack = NULL;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < l->n; i++) {
		struct yh_feed_row *r = &l->rows[i];

		if (!r->procedure[0])
			continue;
		if (!pack)
			rc = law->pack_on(law->self, yh_day_of(now), &pack, err);
		if (rc != YH_OK || yh_mark_is_lowest(pack, r->procedure, r->label))
			continue;
		r->reason = "";
		if (!yh_mark_tells(r->kind))
			r->outcome = r->before = r->after = "";
	}
	return rc;
}

static enum yh_rc read_on(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	enum yh_rc rc = YH_OK;

	yh_arena_done(&l->arena);
	l->pos = l->f->sent;
	if (l->pos < 0)
		rc = yh_audit_sent(tx, l->f->name, &l->pos, err);
	if (rc == YH_OK)
		rc = yh_audit_feed_rows(tx, l->pos, BATCH, &l->arena, &l->rows, &l->n, err);
	return rc == YH_OK ? hush(l, err) : rc;
}

static enum yh_rc hold(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	yh_time now = yh_clock_now(l->f->world->clock);

	return yh_lease_take(tx, "audit-feed", &l->f->holder, now, now + LEASE_S * YH_US_PER_S,
			     &l->held, err);
}

static enum yh_rc mark(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct looking *l = arg;

	return yh_audit_send_mark(tx, l->f->name, l->f->before, yh_clock_now(l->f->world->clock),
				  err);
}

static enum yh_rc send_one(struct yh_audit_feed *f, const struct yh_feed_row *r, struct yh_err *err)
{
	struct yh_buf b;
	enum yh_rc rc;

	yh_buf_init(&b, MESSAGE_MAX);
	yh_audit_message(r, f->host, (long)getpid(), &b);
	rc = yh_buf_ok(&b) ? yh_collector_send(f->to, b.data, b.len, err)
			   : yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&b);
	return rc;
}

/* What the step before sent is confirmed when the connection still stands and has taken all. */
static enum yh_rc confirm(struct looking *l, struct yh_err *err)
{
	struct yh_audit_feed *f = l->f;
	bool all = false;
	enum yh_rc rc = YH_OK;

	if (f->sent <= f->confirmed)
		return YH_OK;
	rc = yh_collector_has(f->to, &all, err);
	if (rc == YH_OK && all && f->before > f->confirmed) {
		rc = yh_exec_write(f->world->exec, mark, l, err);
		if (rc == YH_OK)
			f->confirmed = f->before;
	}
	if (rc == YH_OK && all)
		f->before = f->sent;
	return rc;
}

static bool stopped(struct yh_audit_feed *f)
{
	bool stop;

	(void)pthread_mutex_lock(&f->lock);
	stop = f->stop;
	(void)pthread_mutex_unlock(&f->lock);
	return stop;
}

/* *more: there is more to send at once. */
static enum yh_rc step(struct yh_audit_feed *f, bool *more, struct yh_err *err)
{
	struct looking l = { .f = f };
	enum yh_rc rc;

	*more = false;
	yh_arena_init(&l.arena, 8 * 1024 * 1024);
	rc = yh_exec_read(f->world->exec, read_on, &l, err);
	if (rc == YH_OK && (l.n > 0 || f->sent > f->confirmed))
		rc = yh_exec_write(f->world->exec, hold, &l, err);
	if (rc == YH_OK && !l.held) {
		f->sent = -1; /* another server is at it, and knows how far */
		f->before = f->confirmed = 0;
	}
	if (rc == YH_OK && l.held && f->sent < 0)
		f->sent = f->before = f->confirmed = l.pos;
	if (rc == YH_OK && l.held)
		rc = confirm(&l, err);
	for (size_t i = 0; rc == YH_OK && l.held && i < l.n && !stopped(f); i++) {
		rc = send_one(f, &l.rows[i], err);
		if (rc == YH_OK)
			f->sent = l.rows[i].pos;
	}
	*more = rc == YH_OK && l.held && l.n == BATCH;
	if (rc != YH_OK && f->sent >= 0)
		f->sent = f->before = f->confirmed;
	yh_arena_done(&l.arena);
	return rc;
}

static bool rest(struct yh_audit_feed *f)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += STEP_S;
	(void)pthread_mutex_lock(&f->lock);
	if (!f->stop)
		(void)pthread_cond_timedwait(&f->wake, &f->lock, &until);
	stop = f->stop;
	(void)pthread_mutex_unlock(&f->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct yh_audit_feed *f = arg;

	do {
		struct yh_err err = { 0 };
		bool more = true;
		enum yh_rc rc = YH_OK;

		while (rc == YH_OK && more && !stopped(f))
			rc = step(f, &more, &err);
		if (rc != YH_OK && !f->away)
			yh_log_err(YH_WARN, "audit-feed", &err);
		f->away = rc != YH_OK;
	} while (rest(f));
	return NULL;
}

enum yh_rc yh_audit_feed_start(const struct yh_audit_feed_config *cfg, struct yh_audit_feed **out,
			       struct yh_err *err)
{
	struct yh_audit_feed *f;
	pthread_condattr_t attr;

	*out = NULL;
	if (!cfg->url)
		return YH_OK;
	f = calloc(1, sizeof *f);
	if (!f)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	f->world = cfg->world;
	f->sent = -1;
	f->holder = yh_id_new(cfg->world->ids, 0);
	f->name = strdup(cfg->url);
	f->to = yh_collector_new(cfg->url, cfg->ca_file);
	(void)gethostname(f->host, sizeof f->host - 1);
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&f->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
	f->running = f->name && f->to && pthread_create(&f->thread, NULL, run, f) == 0;
	if (!f->running) {
		yh_audit_feed_stop(f);
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	*out = f;
	return YH_OK;
}

void yh_audit_feed_stop(struct yh_audit_feed *f)
{
	if (!f)
		return;
	(void)pthread_mutex_lock(&f->lock);
	f->stop = true;
	(void)pthread_cond_signal(&f->wake);
	(void)pthread_mutex_unlock(&f->lock);
	if (f->running)
		(void)pthread_join(f->thread, NULL);
	(void)pthread_cond_destroy(&f->wake);
	(void)pthread_mutex_destroy(&f->lock);
	yh_collector_free(f->to);
	free(f->name);
	free(f);
}

const char *yh_audit_feed_name(const struct yh_audit_feed *f)
{
	return f ? f->name : NULL;
}
