/* The executor's face: choosing the engine, waiting for writes. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "db/internal.h"

static bool begins(const char *s, const char *with)
{
	return s && strncmp(s, with, strlen(with)) == 0;
}

enum yh_rc yh_exec_open(const struct yh_exec_config *cfg, struct yh_exec **out, struct yh_err *err)
{
	bool lite = begins(cfg->database, "sqlite:") && cfg->database[strlen("sqlite:")];
	bool pg = begins(cfg->database, "postgresql://") || begins(cfg->database, "postgres://");
	struct yh_exec *x;
	enum yh_rc rc;

	*out = NULL;
	if (!lite && !pg)
		return yh_fail(err, YH_BAD_INPUT, "database-url");
	x = calloc(1, sizeof *x);
	if (!x)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	x->postgres = pg;
	x->kind = lite ? &yh_executor_sqlite : &yh_executor_postgres;
	x->engine = lite ? &yh_engine_sqlite : &yh_engine_postgres;
	rc = x->kind->open(cfg, &x->self, err);
	if (rc != YH_OK) {
		free(x);
		return rc;
	}
	x->ring = cfg->ring;
	*out = x;
	return YH_OK;
}

void yh_exec_close(struct yh_exec *x)
{
	if (!x)
		return;
	x->kind->close(x->self);
	free(x);
}

void yh_exec_halt(struct yh_exec *x)
{
	x->kind->halt(x->self);
}

bool yh_exec_is_postgres(const struct yh_exec *x)
{
	return x->postgres;
}

struct yh_ring *yh_exec_ring(const struct yh_exec *x)
{
	return x->ring;
}

struct yh_ring *yh_tx_ring(const struct yh_tx *tx)
{
	return tx->ring;
}

enum yh_rc yh_exec_submit(struct yh_exec *x, struct yh_write *w, struct yh_err *err)
{
	return x->kind->submit(x->self, w, err);
}

enum yh_rc yh_exec_read(struct yh_exec *x, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	return x->kind->read(x->self, fn, arg, err);
}

enum yh_rc yh_exec_copy(struct yh_exec *x, const char *to, struct yh_err *err)
{
	return x->kind->copy ? x->kind->copy(x->self, to, err)
			     : yh_fail(err, YH_CONFLICT, "backup-postgres");
}

struct yh_exec_stats yh_exec_stats(const struct yh_exec *x)
{
	return x->kind->stats(x->self);
}

/* A write somebody waits for. */
struct waiting {
	struct yh_write w;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool over;
};

static void wake(struct yh_write *w)
{
	struct waiting *p = (struct waiting *)w;

	(void)pthread_mutex_lock(&p->lock);
	p->over = true;
	(void)pthread_cond_signal(&p->cond);
	(void)pthread_mutex_unlock(&p->lock);
}

enum yh_rc yh_exec_write(struct yh_exec *x, yh_tx_fn fn, void *arg, struct yh_err *err)
{
	struct waiting p = { .w = { .fn = fn, .arg = arg, .done = wake } };
	enum yh_rc rc;

	(void)pthread_mutex_init(&p.lock, NULL);
	(void)pthread_cond_init(&p.cond, NULL);
	rc = yh_exec_submit(x, &p.w, err);
	if (rc == YH_OK) {
		(void)pthread_mutex_lock(&p.lock);
		while (!p.over)
			(void)pthread_cond_wait(&p.cond, &p.lock);
		(void)pthread_mutex_unlock(&p.lock);
		rc = p.w.rc;
		if (rc != YH_OK && err && err->rc == YH_OK)
			*err = p.w.err;
	}
	(void)pthread_cond_destroy(&p.cond);
	(void)pthread_mutex_destroy(&p.lock);
	return rc;
}
