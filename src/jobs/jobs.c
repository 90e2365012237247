/* The scheduler. */
#include "jobs/jobs.h"

#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "jobs/internal.h"
#include "jobs/kinds.h"
#include "store/clock.h"
#include "store/job.h"
#include "store/mark.h"
#include "store/person.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, KEEP_REPLIES_HOURS = 24, PASS_MAX = 10000 };

/* One job in one transaction. */
struct doing {
	const struct yh_jobs_config *cfg;
	yh_time now;
	struct yh_arena arena;
	struct yh_job_row job;
	bool found;
	const struct yh_job_kind *kind;
	yh_time again_at; /* the job comes back then; 0: it is done */
};

static enum yh_rc refresh_law(const struct doing *d, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_law_book *law = d->cfg->world->law;
	struct yh_marks marks;
	enum yh_rc rc = yh_marks_read(tx, &marks, err);

	return rc == YH_OK && law->refresh ? law->refresh(law->self, tx, marks.law, err) : rc;
}

static enum yh_rc one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "local"
	};
	struct doing *d = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = d->cfg->world,
			     .actor = &system,
			     .now = d->now,
			     .arena = &d->arena };
	enum yh_rc rc;

	yh_arena_done(&d->arena);
	d->again_at = 0;
	rc = yh_job_take(tx, d->now, &d->found, &d->job, err);
	if (rc == YH_OK && d->found)
		rc = refresh_law(d, tx, err);
	if (rc != YH_OK || !d->found)
		return rc;
	d->kind = yh_job_kind_of(d->job.kind);
	if (!d->kind) {
		rc = yh_fail(err, YH_INTERNAL, "job-unknown");
		yh_err_text(err, "kind", d->job.kind);
		return rc;
	}
	rc = d->kind->run(&cx, &d->job.ref, &d->again_at, err);
	if (rc != YH_OK)
		return rc;
	return d->again_at ? yh_job_again(tx, &d->job.id, d->again_at, err)
			   : yh_job_done(tx, &d->job.id, d->now, err);
}

struct putting_off {
	struct yh_id id;
	yh_time due_at;
	const char *fault;
};

static enum yh_rc put_off(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct putting_off *p = arg;

	return yh_job_put_off(tx, &p->id, p->due_at, p->fault, err);
}

static enum yh_rc postpone(struct doing *d, const struct yh_err *why, struct yh_err *err)
{
	int64_t minutes = d->job.tries < 11 ? INT64_C(1) << d->job.tries : 1440;
	struct putting_off p = { .id = d->job.id,
				 .due_at = d->now + minutes * 60 * YH_US_PER_S,
				 .fault = why->slug };

	yh_log_err(YH_WARN, "job-failed", why);
	return yh_exec_write(d->cfg->world->exec, put_off, &p, err);
}

enum yh_rc yh_jobs_run_due(const struct yh_jobs_config *cfg, yh_time now, size_t *ran,
			   struct yh_err *err)
{
	struct doing d = { .cfg = cfg, .now = now };
	enum yh_rc rc = YH_OK;

	yh_arena_init(&d.arena, ARENA_BYTES);
	for (*ran = 0; rc == YH_OK && *ran < PASS_MAX; ++*ran) {
		struct yh_err why = { 0 };

		d.found = false;
		rc = yh_exec_write(cfg->world->exec, one, &d, &why);
		if (rc == YH_OK && !d.found)
			break;
		if (cfg->world->counts && d.found)
			atomic_fetch_add(rc == YH_OK ? &cfg->world->counts->jobs_done
						     : &cfg->world->counts->jobs_failed,
					 1);
		if (rc == YH_OK && d.kind->after)
			rc = d.kind->after(cfg, err);
		else if (rc != YH_OK && d.found && rc != YH_BUSY && rc != YH_STORAGE)
			rc = postpone(&d, &why, err);
		else if (rc != YH_OK && err)
			*err = why;
	}
	yh_arena_done(&d.arena);
	if (rc == YH_OK && cfg->seal)
		rc = cfg->seal(cfg->seal_arg, now, err);
	return rc;
}

struct asking {
	bool found;
	yh_time at;
};

static enum yh_rc ask(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct asking *a = arg;

	return yh_job_next_at(tx, &a->found, &a->at, err);
}

enum yh_rc yh_jobs_next_at(const struct yh_jobs_config *cfg, bool *found, yh_time *at,
			   struct yh_err *err)
{
	struct asking a = { 0 };
	enum yh_rc rc = yh_exec_read(cfg->world->exec, ask, &a, err);

	*found = a.found;
	*at = a.at;
	return rc;
}

static enum yh_rc forget(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const yh_time *before = arg;

	return yh_kept_forget(tx, *before, err);
}

static void forget_replies(struct yh_jobs *j, yh_time now)
{
	const yh_time hour = INT64_C(3600) * YH_US_PER_S;
	yh_time before = now - KEEP_REPLIES_HOURS * hour;
	struct yh_err err = { 0 };

	if (now - j->forgot_at < hour)
		return;
	j->forgot_at = now;
	if (yh_exec_write(j->cfg.world->exec, forget, &before, &err) != YH_OK)
		yh_log_err(YH_WARN, "forget-failed", &err);
}

bool yh_jobs_stopping(struct yh_jobs *j)
{
	bool stop;

	(void)pthread_mutex_lock(&j->lock);
	stop = j->stop;
	(void)pthread_mutex_unlock(&j->lock);
	return stop;
}

static bool wait_a_second(struct yh_jobs *j)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	(void)pthread_mutex_lock(&j->lock);
	while (!j->stop && j->turning != TURN_ON &&
	       pthread_cond_timedwait(&j->wake, &j->lock, &until) == 0)
		;
	stop = j->stop;
	(void)pthread_mutex_unlock(&j->lock);
	return !stop;
}

static void pass(struct yh_jobs *j)
{
	struct yh_err err = { 0 };
	enum yh_rc rc = yh_turn_follow(j, &err);
	yh_time now = yh_clock_now(j->cfg.world->clock);
	size_t ran;

	if (rc == YH_OK)
		rc = yh_jobs_run_due(&j->cfg, now, &ran, &err);
	if (rc != YH_OK)
		yh_log_err(YH_WARN, "jobs-failed", &err);
	else if (j->cfg.world->counts)
		atomic_store(&j->cfg.world->counts->last_pass, now);
	forget_replies(j, now);
}

static void *run(void *arg)
{
	struct yh_jobs *j = arg;

	do {
		pass(j);
		yh_turn_run(j);
	} while (wait_a_second(j));
	return NULL;
}

static enum yh_rc read_clock(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct yh_jobs *j = arg;
	yh_time ahead;

	return yh_clock_load(tx, &j->turns, &ahead, err);
}

static void prepare(struct yh_jobs *j)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&j->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&j->wake, &attr);
	(void)pthread_cond_init(&j->turned, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void dispose(struct yh_jobs *j)
{
	(void)pthread_cond_destroy(&j->turned);
	(void)pthread_cond_destroy(&j->wake);
	(void)pthread_mutex_destroy(&j->lock);
	free(j);
}

enum yh_rc yh_jobs_start(const struct yh_jobs_config *cfg, struct yh_jobs **out, struct yh_err *err)
{
	struct yh_jobs *j = calloc(1, sizeof *j);
	enum yh_rc rc;

	*out = NULL;
	if (!j)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	j->cfg = *cfg;
	prepare(j);
	rc = yh_exec_read(cfg->world->exec, read_clock, j, err);
	if (rc == YH_OK && pthread_create(&j->thread, NULL, run, j) != 0)
		rc = yh_fail(err, YH_INTERNAL, "thread-start");
	if (rc == YH_OK)
		*out = j;
	else
		dispose(j);
	return rc;
}

void yh_jobs_halt(struct yh_jobs *j)
{
	(void)pthread_mutex_lock(&j->lock);
	j->stop = true;
	(void)pthread_cond_signal(&j->wake);
	(void)pthread_cond_broadcast(&j->turned);
	(void)pthread_mutex_unlock(&j->lock);
}

void yh_jobs_stop(struct yh_jobs *j)
{
	if (!j)
		return;
	yh_jobs_halt(j);
	(void)pthread_join(j->thread, NULL);
	dispose(j);
}
