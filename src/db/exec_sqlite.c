/* The executor over SQLite: one writer thread that batches, a pool of reading connections. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "db/fault.h"
#include "db/sqlite.h"

enum { BATCH_MAX = 256, READERS_MAX = 64, READ_WAIT_S = 5 };

struct store {
	char *path;
	int lock_fd;
	bool unsafe;
	struct yh_sqlite writer;
	pthread_t thread;
	bool started, stopping;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct yh_write *head, **tail;
	unsigned waiting, queue_max;
	struct yh_exec_stats stats;

	struct yh_sqlite readers[READERS_MAX];
	bool taken[READERS_MAX];
	unsigned n_readers;
	pthread_mutex_t read_lock;
	pthread_cond_t read_free;
};

static void finish(struct yh_write *w, enum yh_rc rc)
{
	w->rc = rc;
	w->done(w);
}

/* Fails every write of a list that is not failed already. */
static void fail_all(struct yh_write *list, enum yh_rc rc, const struct yh_err *why)
{
	while (list) {
		struct yh_write *w = list;

		list = w->next;
		if (w->rc == YH_OK) {
			w->err = *why;
			w->rc = rc;
		}
		finish(w, w->rc);
	}
}

/* Runs one write in a savepoint of the batch. Returns a failure only when the batch is lost. */
static enum yh_rc run_one(struct store *s, struct yh_write *w, struct yh_err *lost)
{
	struct yh_tx tx = { &yh_engine_sqlite, &s->writer };
	enum yh_rc rc = yh_sqlite_run(&s->writer, "SAVEPOINT one", lost);

	if (rc != YH_OK)
		return rc;
	yh_err_clear(&w->err);
	w->rc = w->fn(&tx, w->arg, &w->err);
	if (sqlite3_get_autocommit(s->writer.db)) {
		/* A full disk took the whole transaction with it. */
		*lost = w->err;
		return w->rc == YH_OK ? yh_fail(lost, YH_STORAGE, "store-io") : w->rc;
	}
	if (w->rc != YH_OK) {
		s->stats.rollbacks++;
		rc = yh_sqlite_run(&s->writer, "ROLLBACK TO one", lost);
	}
	return rc == YH_OK ? yh_sqlite_run(&s->writer, "RELEASE one", lost) : rc;
}

static enum yh_rc commit(struct store *s, struct yh_err *lost)
{
	if (yh_fault_commit())
		return yh_fail(lost, YH_STORAGE, "store-io");
	return yh_sqlite_run(&s->writer, "COMMIT", lost);
}

static void run_batch(struct store *s, struct yh_write *list)
{
	struct yh_err lost = { 0 };
	enum yh_rc rc = yh_sqlite_run(&s->writer, "BEGIN IMMEDIATE", &lost);

	for (struct yh_write *w = list; w; w = w->next)
		w->rc = YH_OK;
	for (struct yh_write *w = list; rc == YH_OK && w; w = w->next)
		rc = run_one(s, w, &lost);
	if (rc == YH_OK && s->unsafe) {
		/* Fault injection: acknowledged before anything is durable. */
		fail_all(list, YH_OK, &lost);
		list = NULL;
	}
	if (rc == YH_OK)
		rc = commit(s, &lost);
	if (rc != YH_OK && !sqlite3_get_autocommit(s->writer.db)) {
		struct yh_err ignored = { 0 };

		if (yh_sqlite_run(&s->writer, "ROLLBACK", &ignored) != YH_OK)
			lost = ignored;
	}
	fail_all(list, rc, &lost);
}

/* Takes what waits, at most a batch. NULL: stopping and nothing waits. */
static struct yh_write *next_batch(struct store *s)
{
	struct yh_write *list;
	unsigned n = 0;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->head && !s->stopping)
		(void)pthread_cond_wait(&s->work, &s->lock);
	list = s->head;
	for (struct yh_write *w = list; w; w = w->next) {
		s->head = w->next;
		if (++n == BATCH_MAX) {
			w->next = NULL;
			break;
		}
	}
	if (!s->head)
		s->tail = &s->head;
	s->waiting -= n;
	s->stats.writes += n;
	s->stats.batches += n > 0;
	(void)pthread_mutex_unlock(&s->lock);
	return list;
}

static void *writer_main(void *arg)
{
	struct store *s = arg;
	struct yh_write *list;

	while ((list = next_batch(s)) != NULL)
		run_batch(s, list);
	return NULL;
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

static enum yh_rc read_tx(void *self, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	struct store *s = self;
	struct yh_err end = { 0 };
	unsigned i = 0;
	enum yh_rc rc = take_reader(s, &i, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_sqlite_run(&s->readers[i], "BEGIN", err);
	if (rc == YH_OK) {
		struct yh_tx tx = { &yh_engine_sqlite, &s->readers[i] };

		rc = fn(&tx, arg, err);
		if (yh_sqlite_run(&s->readers[i], "COMMIT", &end) != YH_OK && rc == YH_OK) {
			rc = end.rc;
			if (err)
				*err = end;
		}
	}
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

static enum yh_rc snapshot(void *self, int from, struct yh_err *err)
{
	struct store *s = self;
	struct yh_sqlite *r = &s->readers[0];
	char sql[4200], *quoted = sqlite3_mprintf("%s.before-%d", s->path, from);

	if (!quoted)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	(void)unlink(quoted);
	(void)sqlite3_snprintf((int)sizeof sql, sql, "VACUUM INTO %Q", quoted);
	sqlite3_free(quoted);
	return yh_sqlite_run(r, sql, err);
}

static void close_store(void *self)
{
	struct store *s = self;

	if (s->started) {
		(void)pthread_mutex_lock(&s->lock);
		s->stopping = true;
		(void)pthread_cond_signal(&s->work);
		(void)pthread_mutex_unlock(&s->lock);
		(void)pthread_join(s->thread, NULL);
	}
	for (unsigned i = 0; i < s->n_readers; i++)
		yh_sqlite_close(&s->readers[i]);
	yh_sqlite_close(&s->writer);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	free(s->path);
	free(s);
}

/* Two programs on one embedded store would each believe they order its writes. */
static enum yh_rc lock_store(struct store *s, struct yh_err *err)
{
	char name[4096];
	enum yh_rc rc;

	(void)snprintf(name, sizeof name, "%s.lock", s->path);
	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0) {
		rc = yh_fail(err, YH_STORAGE, "db-open");
		yh_err_text(err, "detail", strerror(errno));
		return rc;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return yh_fail(err, YH_CONFLICT, "store-locked");
	return YH_OK;
}

static enum yh_rc open_all(struct store *s, const struct yh_exec_config *cfg, struct yh_err *err)
{
	unsigned readers = cfg->readers ? cfg->readers : 4;
	enum yh_rc rc = lock_store(s, err);

	if (rc == YH_OK)
		rc = yh_sqlite_open(&s->writer, s->path, false, cfg->unsafe_no_sync, err);
	for (; rc == YH_OK && s->n_readers < readers && s->n_readers < READERS_MAX; s->n_readers++)
		rc = yh_sqlite_open(&s->readers[s->n_readers], s->path, true, false, err);
	if (rc == YH_OK && pthread_create(&s->thread, NULL, writer_main, s) != 0)
		rc = yh_fail(err, YH_INTERNAL, "thread-start");
	s->started = rc == YH_OK;
	return rc;
}

static enum yh_rc open_store(const struct yh_exec_config *cfg, void **self, struct yh_err *err)
{
	struct store *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->lock_fd = -1;
	s->unsafe = cfg->unsafe_no_sync;
	s->queue_max = cfg->queue ? cfg->queue : 4096;
	s->tail = &s->head;
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->work, NULL);
	(void)pthread_mutex_init(&s->read_lock, NULL);
	(void)pthread_cond_init(&s->read_free, NULL);
	s->path = strdup(cfg->database + strlen("sqlite:"));
	rc = s->path ? open_all(s, cfg, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc != YH_OK) {
		close_store(s);
		return rc;
	}
	*self = s;
	return YH_OK;
}

const struct yh_executor yh_executor_sqlite = {
	.open = open_store,
	.close = close_store,
	.submit = submit,
	.read = read_tx,
	.stats = stats,
	.snapshot = snapshot,
};
