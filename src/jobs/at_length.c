/* Long jobs: held while they are done, on threads of their own: more than one, so that what comes
 * every few seconds does not wait for the scan of a city. */
#include <time.h>

#include "base/log.h"
#include "jobs/internal.h"

enum { ARENA_BYTES = 256 * 1024 * 1024 };

struct ending {
	const struct yh_job_row *job;
	yh_time now, again_at;
	struct yh_err why;
	bool failed;
};

/* Only as long as it is still ours: who hung for long may find that another has done it. */
static enum yh_rc end(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct ending *e = arg;
	const struct yh_job_row *j = e->job;
	bool held;
	enum yh_rc rc = yh_job_hold(tx, &j->id, j->due_at, j->due_at, &held, err);

	if (rc != YH_OK || !held)
		return rc;
	if (e->failed)
		return yh_outcome_put_off(tx, j, e->now, &e->why, err);
	return e->again_at ? yh_job_again(tx, &j->id, e->again_at, err)
			   : yh_job_done(tx, &j->id, e->now, err);
}

/* What it comes to is left in `e`. */
static void work(const struct yh_jobs_config *cfg, const struct yh_job_row *job,
		 const atomic_bool *stop, struct ending *e)
{
	const struct yh_job_kind *kind = yh_job_kind_of(cfg, job->kind);
	struct yh_arena arena;
	struct yh_job_long l = { .world = cfg->world,
				 .now = yh_clock_now(cfg->world->clock),
				 .arena = &arena,
				 .stop = stop };
	enum yh_rc rc;

	*e = (struct ending){ .job = job };
	yh_arena_init(&arena, ARENA_BYTES);
	rc = kind->at_length(&l, &job->ref, &e->again_at, &e->why);
	yh_arena_done(&arena);
	e->now = yh_clock_now(cfg->world->clock);
	if (rc == YH_OK && e->again_at == 0 && kind->standing_s)
		e->again_at = l.now + kind->standing_s * YH_US_PER_S;
	e->failed = rc != YH_OK && !atomic_load(stop);
	if (rc != YH_OK && !e->failed)
		e->again_at = l.now; /* for the next server, at once */
	if (e->failed)
		yh_log_err(YH_WARN, "job-failed", &e->why);
	yh_outcome_count(cfg, e->failed);
}

enum yh_rc yh_long_do(const struct yh_jobs_config *cfg, const struct yh_job_row *job,
		      struct yh_err *err)
{
	static const atomic_bool never;
	struct ending e;

	work(cfg, job, &never, &e);
	return yh_exec_write(cfg->world->exec, end, &e, err);
}

/* Under the lock: the one that waits longest. */
static struct held *first_waiting(struct yh_longs *l)
{
	struct held *first = NULL;

	for (size_t i = 0; i < YH_HELD_MOST; i++) {
		struct held *h = &l->held[i];

		if (h->state == HELD_WAITING && (!first || h->order < first->order))
			first = h;
	}
	return first;
}

/* What was done and is not written down is done again, minutes later: one failure is no reason. */
static void write_down(struct yh_longs *l, struct ending *e)
{
	enum { TRIES = 20, PAUSE_MS = 250 };
	const struct timespec pause = { .tv_nsec = PAUSE_MS * 1000000L };
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_exec_write(l->cfg->world->exec, end, e, &err);

	for (int i = 0; rc != YH_OK && i < TRIES && !atomic_load(&l->stop); i++) {
		(void)nanosleep(&pause, NULL);
		yh_err_clear(&err);
		rc = yh_exec_write(l->cfg->world->exec, end, e, &err);
	}
	if (rc != YH_OK)
		yh_log_err(YH_WARN, "job-unfinished", &err);
}

/* Held for longer meanwhile, it is ours until another time than when it was begun. */
static void do_one(struct yh_longs *l, struct held *h)
{
	struct yh_job_row job = h->job;
	struct ending e;

	h->state = HELD_RUNNING;
	(void)pthread_mutex_unlock(&l->lock);
	work(l->cfg, &job, &l->stop, &e);
	(void)pthread_mutex_lock(&l->lock);
	job.due_at = h->job.due_at;
	h->state = HELD_ENDING;
	(void)pthread_mutex_unlock(&l->lock);
	write_down(l, &e);
	(void)pthread_mutex_lock(&l->lock);
}

static void forget(struct yh_longs *l, struct held *h)
{
	h->state = HELD_FREE;
	l->n--;
	(void)pthread_cond_broadcast(&l->moved);
}

static void *run(void *arg)
{
	struct yh_longs *l = arg;

	(void)pthread_mutex_lock(&l->lock);
	while (!atomic_load(&l->stop)) {
		struct held *h = first_waiting(l);

		if (h) {
			do_one(l, h);
			forget(l, h);
		} else {
			(void)pthread_cond_wait(&l->moved, &l->lock);
		}
	}
	(void)pthread_mutex_unlock(&l->lock);
	return NULL;
}

bool yh_longs_add(struct yh_longs *l, const struct yh_job_row *job)
{
	struct held *h = l->held;
	bool room;

	(void)pthread_mutex_lock(&l->lock);
	room = l->n < YH_HELD_MOST;
	while (room && h->state != HELD_FREE)
		h++;
	if (room) {
		*h = (struct held){ *job, HELD_WAITING, ++l->order };
		l->n++;
	}
	(void)pthread_cond_broadcast(&l->moved);
	(void)pthread_mutex_unlock(&l->lock);
	return room;
}

struct renewing {
	struct held *h;
	yh_time until;
	bool held;
};

static enum yh_rc renew(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct renewing *r = arg;

	return yh_job_hold(tx, &r->h->job.id, r->h->job.due_at, r->until, &r->held, err);
}

void yh_longs_renew(struct yh_longs *l, yh_time now)
{
	(void)pthread_mutex_lock(&l->lock);
	for (size_t i = 0; i < YH_HELD_MOST; i++) {
		struct renewing r = { .h = &l->held[i], .until = now + YH_HOLD_S * YH_US_PER_S };
		struct yh_err err = { 0 };
		yh_time left = r.h->job.due_at - now;

		/* more than it can be: the clock was set back */
		if (r.h->state == HELD_FREE || r.h->state == HELD_ENDING ||
		    (left > YH_HOLD_S * YH_US_PER_S / 2 && left <= YH_HOLD_S * YH_US_PER_S))
			continue;
		if (yh_exec_write(l->cfg->world->exec, renew, &r, &err) != YH_OK)
			yh_log_err(YH_WARN, "job-not-held", &err);
		else if (r.held)
			r.h->job.due_at = r.until;
	}
	(void)pthread_mutex_unlock(&l->lock);
}

bool yh_longs_wait(struct yh_longs *l)
{
	bool any;

	(void)pthread_mutex_lock(&l->lock);
	any = l->n > 0;
	while (l->n > 0 && !atomic_load(&l->stop))
		(void)pthread_cond_wait(&l->moved, &l->lock);
	(void)pthread_mutex_unlock(&l->lock);
	return any;
}

enum yh_rc yh_longs_start(struct yh_longs *l, const struct yh_jobs_config *cfg, struct yh_err *err)
{
	l->cfg = cfg;
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_cond_init(&l->moved, NULL);
	while (l->n_threads < YH_LONG_THREADS &&
	       pthread_create(&l->threads[l->n_threads], NULL, run, l) == 0)
		l->n_threads++;
	return l->n_threads == YH_LONG_THREADS ? YH_OK : yh_fail(err, YH_INTERNAL, "thread-start");
}

void yh_longs_halt(struct yh_longs *l)
{
	(void)pthread_mutex_lock(&l->lock);
	atomic_store(&l->stop, true);
	(void)pthread_cond_broadcast(&l->moved);
	(void)pthread_mutex_unlock(&l->lock);
}

void yh_longs_stop(struct yh_longs *l)
{
	yh_longs_halt(l);
	while (l->n_threads > 0)
		(void)pthread_join(l->threads[--l->n_threads], NULL);
	(void)pthread_cond_destroy(&l->moved);
	(void)pthread_mutex_destroy(&l->lock);
}
