/* The executor over PostgreSQL: writing connections with a thread each, a pool of reading ones. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "db/fault.h"
#include "db/postgres.h"

enum { CONNECTIONS_MAX = 64, TRIES_MAX = 12, READ_WAIT_S = 5 };

struct store;
struct worker {
	struct store *store;
	struct yh_pg conn;
	pthread_t thread;
	bool started;
};

struct store {
	char *url;
	bool unsafe, stopping;
	struct worker workers[CONNECTIONS_MAX];
	unsigned n_workers;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct yh_write *head, **tail;
	unsigned waiting, queue_max;
	struct yh_exec_stats stats;

	struct yh_pg readers[CONNECTIONS_MAX];
	bool taken[CONNECTIONS_MAX];
	unsigned n_readers;
	pthread_mutex_t read_lock;
	pthread_cond_t read_free;
};

static void pause_before_retry(int tries)
{
	unsigned char r;
	struct timespec t = { 0, 0 };

	yh_random(&r, sizeof r);
	t.tv_nsec = (1000 + r * 40) * (1L << (tries < 8 ? tries : 8)) * 10;
	(void)nanosleep(&t, NULL);
}

static enum yh_rc commit(struct yh_pg *c, struct yh_err *err)
{
	enum yh_rc rc;

	if (yh_fault_commit()) {
		struct yh_err ignored = { 0 };

		rc = yh_pg_run(c, "ROLLBACK", &ignored);
		return yh_fail(err, YH_STORAGE, "store-io");
	}
	rc = yh_pg_run(c, "COMMIT", err);
	if (rc == YH_BUSY && c->broken) {
		/* Whether it committed is not known: the client repeats with its key. */
		yh_err_clear(err);
		return yh_fail(err, YH_BUSY, "db-commit-unknown");
	}
	return rc;
}

/* One try of a write; *again when it should be repeated. */
static enum yh_rc attempt(struct store *s, struct yh_pg *c, struct yh_write *w, bool *again)
{
	struct yh_tx tx = { &yh_engine_postgres, c };
	struct yh_err back = { 0 };
	enum yh_rc rc;

	yh_err_clear(&w->err);
	c->retry = false;
	*again = false;
	rc = yh_pg_run(c, "BEGIN ISOLATION LEVEL READ COMMITTED", &w->err);
	if (rc == YH_OK)
		rc = w->fn(&tx, w->arg, &w->err);
	if (rc == YH_OK && s->unsafe) {
		w->rc = YH_OK;
		return YH_OK; /* fault injection: the caller acknowledges before the commit */
	}
	if (rc == YH_OK)
		rc = commit(c, &w->err);
	*again = rc != YH_OK && c->retry && !c->broken;
	if (rc != YH_OK && !c->broken && yh_pg_run(c, "ROLLBACK", &back) != YH_OK)
		c->broken = true;
	return rc;
}

static void run_write(struct store *s, struct yh_pg *c, struct yh_write *w)
{
	bool again = true;
	uint64_t retries = 0;

	for (int tries = 0; again && tries < TRIES_MAX; tries++) {
		if (tries > 0) {
			pause_before_retry(tries);
			retries++;
		}
		w->rc = YH_OK;
		yh_err_clear(&w->err);
		if (c->broken && (w->rc = yh_pg_connect(c, s->url, &w->err)) != YH_OK)
			break;
		w->rc = attempt(s, c, w, &again);
	}
	(void)pthread_mutex_lock(&s->lock);
	s->stats.retries += retries;
	s->stats.rollbacks += w->rc != YH_OK;
	(void)pthread_mutex_unlock(&s->lock);
	if (s->unsafe && w->rc == YH_OK) {
		struct yh_err ignored = { 0 };

		w->done(w);
		c->broken = commit(c, &ignored) != YH_OK;
		return;
	}
	w->done(w);
}

static void *worker_main(void *arg)
{
	struct worker *me = arg;
	struct store *s = me->store;

	for (;;) {
		struct yh_write *w;

		(void)pthread_mutex_lock(&s->lock);
		while (!s->head && !s->stopping)
			(void)pthread_cond_wait(&s->work, &s->lock);
		w = s->head;
		if (w) {
			s->head = w->next;
			if (!s->head)
				s->tail = &s->head;
			s->waiting--;
			s->stats.writes++;
			s->stats.batches++;
		}
		(void)pthread_mutex_unlock(&s->lock);
		if (!w)
			return NULL;
		run_write(s, &me->conn, w);
	}
}

static enum yh_rc submit(void *self, struct yh_write *w, struct yh_err *err)
{
	struct store *s = self;
	enum yh_rc rc = YH_OK;

	w->next = NULL;
	(void)pthread_mutex_lock(&s->lock);
	if (s->stopping || s->waiting >= s->queue_max) {
		rc = yh_fail(err, YH_BUSY, "write-queue-full");
	} else {
		*s->tail = w;
		s->tail = &w->next;
		s->waiting++;
		(void)pthread_cond_signal(&s->work);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return rc;
}

static enum yh_rc take_reader(struct store *s, unsigned *out, struct yh_err *err)
{
	struct timespec until;
	int waited = 0;

	(void)clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += READ_WAIT_S;
	(void)pthread_mutex_lock(&s->read_lock);
	for (;;) {
		for (unsigned i = 0; i < s->n_readers; i++)
			if (!s->taken[i]) {
				s->taken[i] = true;
				(void)pthread_mutex_unlock(&s->read_lock);
				*out = i;
				return YH_OK;
			}
		if (waited == ETIMEDOUT)
			break;
		waited = pthread_cond_timedwait(&s->read_free, &s->read_lock, &until);
	}
	(void)pthread_mutex_unlock(&s->read_lock);
	return yh_fail(err, YH_BUSY, "read-queue-full");
}

static enum yh_rc read_once(struct store *s, struct yh_pg *c, yh_tx_fn fn, void *arg,
			    struct yh_err *err)
{
	struct yh_tx tx = { &yh_engine_postgres, c };
	struct yh_err end = { 0 };
	enum yh_rc rc = c->broken ? yh_pg_connect(c, s->url, err) : YH_OK;

	if (rc == YH_OK)
		rc = yh_pg_run(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	if (rc != YH_OK)
		return rc;
	rc = fn(&tx, arg, err);
	if (!c->broken && yh_pg_run(c, rc == YH_OK ? "COMMIT" : "ROLLBACK", &end) != YH_OK &&
	    rc == YH_OK) {
		rc = end.rc;
		*err = end;
	}
	return rc;
}

static enum yh_rc read_tx(void *self, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	struct store *s = self;
	struct yh_err why = { 0 };
	unsigned i = 0;
	enum yh_rc rc = take_reader(s, &i, err);

	if (rc != YH_OK)
		return rc;
	rc = read_once(s, &s->readers[i], fn, arg, &why);
	if (rc != YH_OK && s->readers[i].broken) {
		/* Reading twice harms nobody; the connection may just have been idle too long. */
		yh_err_clear(&why);
		rc = read_once(s, &s->readers[i], fn, arg, &why);
	}
	if (rc != YH_OK && err && err->rc == YH_OK)
		*err = why;
	(void)pthread_mutex_lock(&s->read_lock);
	s->taken[i] = false;
	(void)pthread_cond_signal(&s->read_free);
	(void)pthread_mutex_unlock(&s->read_lock);
	return rc;
}

static struct yh_exec_stats stats(const void *self)
{
	struct store *s = (struct store *)(uintptr_t)self;
	struct yh_exec_stats out;

	(void)pthread_mutex_lock(&s->lock);
	out = s->stats;
	(void)pthread_mutex_unlock(&s->lock);
	return out;
}

static void close_store(void *self)
{
	struct store *s = self;

	(void)pthread_mutex_lock(&s->lock);
	s->stopping = true;
	(void)pthread_cond_broadcast(&s->work);
	(void)pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (s->workers[i].started)
			(void)pthread_join(s->workers[i].thread, NULL);
		yh_pg_close(&s->workers[i].conn);
	}
	for (unsigned i = 0; i < s->n_readers; i++)
		yh_pg_close(&s->readers[i]);
	free(s->url);
	free(s);
}

static enum yh_rc open_all(struct store *s, unsigned writers, unsigned readers, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (unsigned i = 0; rc == YH_OK && i < writers && i < CONNECTIONS_MAX; i++) {
		struct worker *w = &s->workers[i];

		w->store = s;
		s->n_workers++;
		rc = yh_pg_connect(&w->conn, s->url, err);
		if (rc == YH_OK && pthread_create(&w->thread, NULL, worker_main, w) != 0)
			rc = yh_fail(err, YH_INTERNAL, "thread-start");
		w->started = rc == YH_OK;
	}
	for (unsigned i = 0; rc == YH_OK && i < readers && i < CONNECTIONS_MAX; i++) {
		s->n_readers++;
		rc = yh_pg_connect(&s->readers[i], s->url, err);
	}
	return rc;
}

static enum yh_rc open_store(const struct yh_exec_config *cfg, void **self, struct yh_err *err)
{
	struct store *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->unsafe = cfg->unsafe_no_sync;
	s->queue_max = cfg->queue ? cfg->queue : 4096;
	s->tail = &s->head;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->work, NULL);
	(void)pthread_mutex_init(&s->read_lock, NULL);
	(void)pthread_cond_init(&s->read_free, NULL);
	s->url = strdup(cfg->database);
	rc = s->url ? open_all(s, cfg->writers ? cfg->writers : 8, cfg->readers ? cfg->readers : 4,
			       err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		close_store(s);
		return rc;
	}
	*self = s;
	return YH_OK;
}

const struct yh_executor yh_executor_postgres = {
	.open = open_store,
	.close = close_store,
	.submit = submit,
	.read = read_tx,
	.stats = stats,
};
