/* The executor over SQLite: one writer thread that batches, a pool of reading connections. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

#include "base/mem.h"
#include "db/fault.h"
#include "db/queue.h"
#include "db/sqlite.h"
#include "db/wal.h"

enum { BATCH_MAX = 256 };

struct store {
	char *path;
	int lock_fd;
	bool unsafe, started;
	struct yh_ring *ring;
	struct yh_sqlite writer;
	struct yh_wal wal;
	pthread_t thread;
	struct yh_db_queue queue;
	struct yh_sqlite readers[YH_CONNECTIONS_MAX];
	struct yh_db_pool pool;
	atomic_bool halted;
};

/* How many steps of SQLite's machine a reader goes before it looks whether it is to end: about a
 * tenth of a millisecond. */
enum { STEPS = 10000 };
static int is_halted(void *arg)
{
	const struct store *s = arg;

	return atomic_load_explicit(&s->halted, memory_order_relaxed);
}

/* Ends every write of a list: with its own failure, else with the batch's. */
static void finish_all(struct store *s, struct yh_write *list, enum yh_rc rc,
		       const struct yh_err *why)
{
	uint64_t failed = 0;

	for (struct yh_write *w = list; w; w = w->next) {
		if (w->rc == YH_OK && rc != YH_OK) {
			w->err = *why;
			w->rc = rc;
		}
		failed += w->rc != YH_OK;
	}
	yh_db_queue_count(&s->queue, 0, failed);
	while (list) {
		struct yh_write *w = list;

		list = w->next; /* after done() it is the caller's again */
		w->done(w);
	}
}

/* Runs one write in a savepoint of the batch. Returns a failure only when the batch is lost. */
static enum yh_rc run_one(struct store *s, struct yh_write *w, struct yh_err *lost)
{
	struct yh_tx tx;
	enum yh_rc rc = yh_sqlite_again(&s->writer, "SAVEPOINT one", lost);

	if (rc != YH_OK)
		return rc;
	w->rc = yh_tx_run(&tx, &yh_engine_sqlite, &s->writer, s->ring, w->fn, w->arg, &w->err);
	if (sqlite3_get_autocommit(s->writer.db)) {
		/* A full disk took the whole transaction with it. */
		*lost = tx.first;
		return lost->rc == YH_OK ? yh_fail(lost, YH_STORAGE, "store-io") : lost->rc;
	}
	if (w->rc != YH_OK)
		rc = yh_sqlite_again(&s->writer, "ROLLBACK TO one", lost);
	return rc == YH_OK ? yh_sqlite_again(&s->writer, "RELEASE one", lost) : rc;
}

static void roll_back(struct store *s)
{
	struct yh_err ignored = { 0 };

	if (!sqlite3_get_autocommit(s->writer.db) &&
	    yh_sqlite_again(&s->writer, "ROLLBACK", &ignored) != YH_OK)
		yh_err_clear(&ignored); /* tried again before the next batch */
}

static enum yh_rc commit(struct store *s, struct yh_err *lost)
{
	if (yh_fault_commit())
		return yh_fail(lost, YH_STORAGE, "store-io");
	return yh_sqlite_again(&s->writer, "COMMIT", lost);
}

static void run_batch(struct store *s, struct yh_write *list)
{
	struct yh_err lost = { 0 };
	enum yh_rc rc;

	for (struct yh_write *w = list; w; w = w->next) {
		w->rc = YH_OK;
		yh_err_clear(&w->err);
	}
	roll_back(s);
	rc = yh_sqlite_again(&s->writer, "BEGIN IMMEDIATE", &lost);
	for (struct yh_write *w = list; rc == YH_OK && w; w = w->next)
		rc = run_one(s, w, &lost);
	if (rc == YH_OK && s->unsafe) {
		/* Fault injection: acknowledged before anything is durable. */
		finish_all(s, list, YH_OK, &lost);
		list = NULL;
		yh_fault_linger();
	}
	if (rc == YH_OK)
		rc = commit(s, &lost);
	if (rc != YH_OK)
		roll_back(s);
	finish_all(s, list, rc, &lost);
}

static void *writer_main(void *arg)
{
	struct store *s = arg;
	struct yh_write *list;

	while ((list = yh_db_queue_take(&s->queue, BATCH_MAX)) != NULL) {
		run_batch(s, list);
		yh_wal_tend(&s->wal);
	}
	return NULL;
}

static enum yh_rc submit(void *self, struct yh_write *w, struct yh_err *err)
{
	struct store *s = self;

	return yh_db_queue_put(&s->queue, w, err);
}

static enum yh_rc read_tx(void *self, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	struct store *s = self;
	struct yh_err end = { 0 };
	unsigned at = 0;
	enum yh_rc rc = yh_db_pool_take(&s->pool, &at, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_sqlite_again(&s->readers[at], "BEGIN", err);
	if (rc == YH_OK) {
		struct yh_tx tx;

		rc = yh_tx_run(&tx, &yh_engine_sqlite, &s->readers[at], s->ring, fn, arg, err);
		if (!sqlite3_get_autocommit(s->readers[at].db) &&
		    yh_sqlite_again(&s->readers[at], "ROLLBACK", &end) != YH_OK && rc == YH_OK) {
			rc = end.rc;
			if (err)
				*err = end;
		}
	}
	yh_db_pool_give(&s->pool, at);
	return rc;
}

static struct yh_exec_stats stats(void *self)
{
	struct store *s = self;

	return yh_db_queue_stats(&s->queue);
}

static enum yh_rc io_failed(const char *slug, struct yh_err *err)
{
	enum yh_rc rc = yh_fail(err, YH_STORAGE, errno == ENOSPC ? "store-full" : slug);

	yh_err_text(err, "detail", strerror(errno));
	return rc;
}

static bool sync_file(const char *path)
{
	YH_CLOSE_AUTO int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0;
}

/* SQLite leaves the copy unsynced; it gets its name only when it is whole and on the disk. */
static enum yh_rc keep_copy(char *part, const char *name, struct yh_err *err)
{
	if (!sync_file(part) || rename(part, name) != 0 || !sync_file(dirname(part)))
		return io_failed("store-io", err);
	return YH_OK;
}

/* The copy needs a connection of its own: the readers may not run it. */
static enum yh_rc copy_into(const char *path, const char *part, const char *sql, struct yh_err *err)
{
	struct yh_sqlite c;
	YH_CLOSE_AUTO int fd = -1;
	enum yh_rc rc;

	(void)unlink(part);
	fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return io_failed("store-io", err);
	rc = yh_sqlite_open(&c, path, false, false, err);
	if (rc == YH_OK)
		rc = yh_sqlite_run(&c, sql, err);
	yh_sqlite_close(&c);
	return rc;
}

static enum yh_rc snapshot(void *self, int from, struct yh_err *err)
{
	struct store *s = self;
	char *name = sqlite3_mprintf("%s.before-%d", s->path, from);
	char *part = name ? sqlite3_mprintf("%s.part", name) : NULL;
	char *sql = part ? sqlite3_mprintf("VACUUM INTO %Q", part) : NULL;
	enum yh_rc rc = sql ? copy_into(s->path, part, sql, err)
			    : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = keep_copy(part, name, err);
	else if (part)
		(void)unlink(part);
	sqlite3_free(sql);
	sqlite3_free(part);
	sqlite3_free(name);
	return rc;
}

/* All in one step, and so as of one instant: the log keeps what is written meanwhile, and nothing
 * is begun anew because of it. */
static enum yh_rc copy_pages(sqlite3 *from, sqlite3 *to, struct yh_err *err)
{
	sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
	int how = b ? sqlite3_backup_step(b, -1) : SQLITE_ERROR;
	int end = b ? sqlite3_backup_finish(b) : sqlite3_errcode(to);
	enum yh_rc rc;

	if (how == SQLITE_DONE && end == SQLITE_OK)
		return YH_OK;
	rc = yh_fail(err, YH_STORAGE, end == SQLITE_FULL ? "store-full" : "store-io");
	yh_err_text(err, "detail", sqlite3_errstr(end ? end : how));
	return rc;
}

static enum yh_rc copy(void *self, const char *to, struct yh_err *err)
{
	struct store *s = self;
	YH_CLOSE_AUTO int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct yh_sqlite from;
	sqlite3 *into = NULL;
	enum yh_rc rc;

	if (fd < 0)
		return io_failed("store-io", err);
	rc = yh_sqlite_open(&from, s->path, true, false, err);
	if (rc == YH_OK && sqlite3_open_v2(to, &into, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		rc = yh_fail(err, YH_STORAGE, "store-io");
	if (rc == YH_OK)
		rc = copy_pages(from.db, into, err);
	(void)sqlite3_close(into);
	yh_sqlite_close(&from);
	return rc != YH_OK || fsync(fd) == 0 ? rc : io_failed("store-io", err);
}

static void halt(void *self)
{
	struct store *s = self;

	atomic_store(&s->halted, true);
	yh_db_pool_halt(&s->pool);
}

static void close_store(void *self)
{
	struct store *s = self;

	yh_db_pool_stop(&s->pool);
	yh_db_queue_stop(&s->queue);
	if (s->started)
		(void)pthread_join(s->thread, NULL);
	yh_wal_stop(&s->wal);
	for (unsigned i = 0; i < s->pool.n; i++)
		yh_sqlite_close(&s->readers[i]);
	yh_sqlite_close(&s->writer);
	yh_close_fd(&s->lock_fd);
	yh_db_queue_done(&s->queue);
	yh_db_pool_done(&s->pool);
	free(s->path);
	free(s);
}

/* Two programs on one embedded store would each believe they order its writes. The store itself is
 * made here so that nobody but its owner reads it. */
static enum yh_rc lock_store(struct store *s, struct yh_err *err)
{
	YH_CLOSE_AUTO int fd = -1;
	YH_FREE_AUTO char *name = NULL;

	if (asprintf(&name, "%s.lock", s->path) < 0) {
		name = NULL;
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	s->lock_fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->lock_fd < 0)
		return io_failed("db-open", err);
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return errno == EWOULDBLOCK ? yh_fail(err, YH_CONFLICT, "store-locked")
					    : io_failed("db-open", err);
	fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	return fd >= 0 ? YH_OK : io_failed("db-open", err);
}

static enum yh_rc open_all(struct store *s, const struct yh_exec_config *cfg, struct yh_err *err)
{
	unsigned readers = cfg->readers ? cfg->readers : 4;
	enum yh_rc rc = lock_store(s, err);

	if (rc == YH_OK)
		rc = yh_sqlite_open(&s->writer, s->path, false, cfg->unsafe_no_sync, err);
	if (rc == YH_OK)
		rc = yh_wal_start(&s->wal, &s->writer, s->path, err);
	for (; rc == YH_OK && s->pool.n < readers && s->pool.n < YH_CONNECTIONS_MAX; s->pool.n++) {
		struct yh_sqlite *c = &s->readers[s->pool.n];

		rc = yh_sqlite_open(c, s->path, true, false, err);
		if (rc == YH_OK)
			sqlite3_progress_handler(c->db, STEPS, is_halted, s);
	}
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
	s->ring = cfg->ring;
	yh_db_queue_init(&s->queue, cfg->queue ? cfg->queue : 4096);
	yh_db_pool_init(&s->pool);
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
	.halt = halt,
	.stats = stats,
	.snapshot = snapshot,
	.copy = copy,
};
