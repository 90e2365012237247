/* Checkpoints beside the writer. */
#include "db/wal.h"

#include <string.h>

/* 16 MiB between passes; the log begins anew at about 64 MiB, and at 128 MiB the writer waits. */
enum { PASS_PAGES = 4096, LONG_PAGES = 16384, HUGE_PAGES = 32768, FEW_PAGES = 256, ROUNDS_MAX = 5 };

static int note(void *arg, sqlite3 *db, const char *schema, int pages)
{
	struct yh_wal *w = arg;

	(void)db;
	(void)schema;
	w->pages = pages;
	return SQLITE_OK;
}

/* A failing disk fails the next commit too, which tells; here it only means another try. */
static void carry(struct yh_sqlite *c)
{
	(void)sqlite3_wal_checkpoint_v2(c->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* Rounds that grow shorter, until little is left for the writer to finish. Under the lock, except
 * while it carries. */
static void pass(struct yh_wal *w)
{
	for (int i = 0; i < ROUNDS_MAX && !w->stop; i++) {
		w->carried = w->seen;
		(void)pthread_mutex_unlock(&w->lock);
		carry(&w->conn);
		(void)pthread_mutex_lock(&w->lock);
		if (w->seen - w->carried < FEW_PAGES)
			break;
	}
}

static void *run(void *arg)
{
	struct yh_wal *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		if (!w->due) {
			(void)pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		pass(w);
		w->due = false;
		(void)pthread_cond_signal(&w->idle);
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

void yh_wal_tend(struct yh_wal *w)
{
	bool finish = false, is_long, is_little;

	(void)pthread_mutex_lock(&w->lock);
	w->seen = w->pages;
	if (w->seen < w->carried) { /* the log began anew */
		w->carried = 0;
		w->held = 0;
		w->finished = false;
	}
	is_long = w->seen >= LONG_PAGES && !w->finished;
	is_little = w->seen - w->carried < 2 * FEW_PAGES;
	if (w->seen >= HUGE_PAGES && w->seen - w->held >= PASS_PAGES) {
		/* a thread that does not keep up must not let the log fill the disk */
		while (w->due)
			(void)pthread_cond_wait(&w->idle, &w->lock);
		w->held = w->seen; /* while someone reads an old state, in vain until more came */
		finish = true;
	} else if (!w->due && is_long && is_little) {
		finish = true;
		w->finished = true; /* or in vain, while someone reads an old state: once a pass */
	} else if (!w->due && (is_long || w->seen - w->carried >= PASS_PAGES)) {
		w->due = true;
		w->finished = false;
		(void)pthread_cond_signal(&w->work);
	}
	(void)pthread_mutex_unlock(&w->lock);
	if (finish)
		carry(w->writer);
}

enum yh_rc yh_wal_start(struct yh_wal *w, struct yh_sqlite *writer, const char *path,
			struct yh_err *err)
{
	enum yh_rc rc = yh_sqlite_open(&w->conn, path, false, false, err);

	w->writer = writer;
	(void)pthread_mutex_init(&w->lock, NULL);
	(void)pthread_cond_init(&w->work, NULL);
	(void)pthread_cond_init(&w->idle, NULL);
	if (rc == YH_OK && pthread_create(&w->thread, NULL, run, w) != 0)
		rc = yh_fail(err, YH_INTERNAL, "thread-start");
	w->started = rc == YH_OK;
	if (w->started)
		(void)sqlite3_wal_hook(writer->db, note, w); /* in the place of SQLite's own */
	return rc;
}

void yh_wal_stop(struct yh_wal *w)
{
	if (w->started) {
		(void)pthread_mutex_lock(&w->lock);
		w->stop = true;
		(void)pthread_cond_signal(&w->work);
		(void)pthread_mutex_unlock(&w->lock);
		(void)pthread_join(w->thread, NULL);
	}
	yh_sqlite_close(&w->conn);
}
