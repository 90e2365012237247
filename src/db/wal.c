/* Checkpoints beside the writer. */
#include "db/wal.h"

#include <string.h>

/* 16 MiB between passes; the log begins anew at about 64 MiB. */
enum { PASS_PAGES = 4096, LONG_PAGES = 16384 };

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

static void *run(void *arg)
{
	struct yh_wal *w = arg;

	(void)pthread_mutex_lock(&w->lock);
	while (!w->stop) {
		if (!w->due) {
			(void)pthread_cond_wait(&w->work, &w->lock);
			continue;
		}
		(void)pthread_mutex_unlock(&w->lock);
		carry(&w->conn);
		(void)pthread_mutex_lock(&w->lock);
		w->due = false;
	}
	(void)pthread_mutex_unlock(&w->lock);
	return NULL;
}

void yh_wal_tend(struct yh_wal *w)
{
	bool finish;

	(void)pthread_mutex_lock(&w->lock);
	if (w->pages < w->carried) { /* the log began anew */
		w->carried = 0;
		w->finished = false;
	}
	/* Once after each pass: while someone still reads an old state, it is in vain. */
	finish = !w->due && !w->finished && w->pages >= LONG_PAGES;
	if (finish) {
		w->finished = true;
	} else if (!w->due && w->pages - w->carried >= PASS_PAGES) {
		w->due = true;
		w->carried = w->pages;
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
