/* The executor over PostgreSQL: writing connections with a thread each, a pool of reading ones. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/digest.h"
#include "db/fault.h"
#include "db/postgres.h"
#include "db/queue.h"

enum { TRIES_MAX = 12, LOSSES_MAX = 2 };

struct store;
struct worker {
	struct store *store;
	struct yh_pg conn;
	pthread_t thread;
	bool started;
};

struct store {
	char *url;
	bool unsafe;
	struct yh_ring *ring;
	struct worker workers[YH_CONNECTIONS_MAX];
	unsigned n_workers;
	struct yh_db_queue queue;
	struct yh_pg readers[YH_CONNECTIONS_MAX];
	struct yh_db_pool pool;
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
	return yh_fault_commit() ? yh_fail(err, YH_STORAGE, "store-io") : yh_pg_commit(c, err);
}

/* Whether a failed try may be repeated: nothing of it stayed, and another may do better. */
enum outcome { FINAL, COLLIDED, LOST };

static enum outcome attempt(struct store *s, struct yh_pg *c, struct yh_write *w)
{
	struct yh_err back = { 0 };
	struct yh_tx tx;
	bool committing;

	yh_err_clear(&w->err);
	c->retry = false;
	w->rc = yh_pg_run(c, "BEGIN ISOLATION LEVEL READ COMMITTED", &w->err);
	if (w->rc == YH_OK)
		w->rc = yh_tx_run(&tx, &yh_engine_postgres, c, s->ring, w->fn, w->arg, &w->err);
	committing = w->rc == YH_OK;
	if (committing && s->unsafe)
		return FINAL; /* fault injection: the caller acknowledges before the commit */
	if (committing)
		w->rc = commit(c, &w->err);
	if (w->rc == YH_OK)
		return FINAL;
	if (!c->broken && yh_pg_run(c, "ROLLBACK", &back) != YH_OK)
		c->broken = true;
	if (c->retry)
		return COLLIDED;
	return c->broken && !committing ? LOST : FINAL;
}

static void run_write(struct store *s, struct yh_pg *c, struct yh_write *w)
{
	enum outcome how = FINAL;
	int tries = 0, losses = 0;
	bool acknowledged = false;

	do {
		if (how == COLLIDED)
			pause_before_retry(tries);
		yh_err_clear(&w->err);
		w->rc = yh_pg_ready(c, s->url, &w->err);
		how = w->rc == YH_OK ? attempt(s, c, w) : FINAL;
		losses += how == LOST;
	} while (how != FINAL && ++tries < TRIES_MAX && losses < LOSSES_MAX);
	yh_db_queue_count(&s->queue, (uint64_t)tries, w->rc != YH_OK);
	acknowledged = s->unsafe && w->rc == YH_OK;
	w->done(w);
	if (acknowledged) {
		struct yh_err ignored = { 0 };

		yh_fault_linger();
		c->broken = commit(c, &ignored) != YH_OK;
	}
}

static void *worker_main(void *arg)
{
	struct worker *me = arg;
	struct yh_write *w;

	while ((w = yh_db_queue_take(&me->store->queue, 1)) != NULL)
		run_write(me->store, &me->conn, w);
	return NULL;
}

static enum yh_rc submit(void *self, struct yh_write *w, struct yh_err *err)
{
	struct store *s = self;

	return yh_db_queue_put(&s->queue, w, err);
}

static enum yh_rc read_once(struct store *s, struct yh_pg *c, yh_tx_fn fn, void *arg,
			    struct yh_err *err)
{
	struct yh_tx tx;
	struct yh_err end = { 0 };
	enum yh_rc rc;

	yh_err_clear(err);
	rc = yh_pg_ready(c, s->url, err);
	c->retry = false;
	if (rc == YH_OK)
		rc = yh_pg_run(c, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", err);
	if (rc != YH_OK)
		return rc;
	rc = yh_tx_run(&tx, &yh_engine_postgres, c, s->ring, fn, arg, err);
	if (!c->broken && yh_pg_run(c, "ROLLBACK", &end) != YH_OK)
		c->broken = true;
	return rc;
}

static enum yh_rc read_tx(void *self, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	struct store *s = self;
	struct yh_err why = { 0 };
	struct yh_pg *c;
	unsigned at = 0;
	enum yh_rc rc = yh_db_pool_take(&s->pool, &at, err);

	if (rc != YH_OK)
		return rc;
	c = &s->readers[at];
	rc = read_once(s, c, fn, arg, &why);
	/* Reading twice harms nobody; the connection may just have been idle too long. */
	if (rc != YH_OK && (c->broken || c->retry))
		rc = read_once(s, c, fn, arg, &why);
	if (rc != YH_OK && err && err->rc == YH_OK)
		*err = why;
	yh_db_pool_give(&s->pool, at);
	return rc;
}

static struct yh_exec_stats stats(void *self)
{
	struct store *s = self;

	return yh_db_queue_stats(&s->queue);
}

static void halt(void *self)
{
	struct store *s = self;

	yh_db_pool_halt(&s->pool);
}

static void close_store(void *self)
{
	struct store *s = self;

	yh_db_pool_stop(&s->pool);
	yh_db_queue_stop(&s->queue);
	for (unsigned i = 0; i < s->n_workers; i++) {
		if (s->workers[i].started)
			(void)pthread_join(s->workers[i].thread, NULL);
		yh_pg_close(&s->workers[i].conn);
	}
	for (unsigned i = 0; i < s->pool.n; i++)
		yh_pg_close(&s->readers[i]);
	yh_db_queue_done(&s->queue);
	yh_db_pool_done(&s->pool);
	free(s->url);
	free(s);
}

static enum yh_rc open_all(struct store *s, const struct yh_exec_config *cfg, struct yh_err *err)
{
	unsigned writers = cfg->writers ? cfg->writers : 8;
	unsigned readers = cfg->readers ? cfg->readers : 4;
	enum yh_rc rc = YH_OK;

	for (unsigned i = 0; rc == YH_OK && i < writers && i < YH_CONNECTIONS_MAX; i++) {
		struct worker *w = &s->workers[i];

		w->store = s;
		s->n_workers++;
		rc = yh_pg_open(&w->conn, s->url, s->unsafe ? YH_PG_LAX : YH_PG_WRITES, err);
		if (rc == YH_OK && pthread_create(&w->thread, NULL, worker_main, w) != 0)
			rc = yh_fail(err, YH_INTERNAL, "thread-start");
		w->started = rc == YH_OK;
	}
	for (; rc == YH_OK && s->pool.n < readers && s->pool.n < YH_CONNECTIONS_MAX; s->pool.n++)
		rc = yh_pg_open(&s->readers[s->pool.n], s->url, YH_PG_READS, err);
	return rc;
}

static enum yh_rc open_store(const struct yh_exec_config *cfg, void **self, struct yh_err *err)
{
	struct store *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->unsafe = cfg->unsafe_no_sync;
	s->ring = cfg->ring;
	yh_db_queue_init(&s->queue, cfg->queue ? cfg->queue : 4096);
	yh_db_pool_init(&s->pool);
	s->url = strdup(cfg->database);
	rc = s->url ? open_all(s, cfg, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
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
	.halt = halt,
	.stats = stats,
};
