/* The scheduler's thread: a pass every second. */
#include "jobs/jobs.h"

#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "jobs/internal.h"
#include "store/clock.h"

static const int64_t stand_every_us = INT64_C(600) * YH_US_PER_S;
static const int64_t count_every_us = INT64_C(15) * YH_US_PER_S;
static const int64_t count_all_every_us = INT64_C(60) * YH_US_PER_S;

/* Since the machine was started, its sleep included. */
static int64_t lived_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * YH_US_PER_S + t.tv_nsec / 1000;
}

struct standing {
	const struct yh_jobs_config *cfg;
	yh_time now;
};

/* What always waits does so, and what failed waits no longer than it may. */
static enum yh_rc stand(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct standing *s = arg;
	size_t n = s->cfg->n_kinds;
	const struct yh_job_kind *k = s->cfg->kinds ? s->cfg->kinds : yh_job_kinds(&n);
	enum yh_rc rc = yh_job_pull_in(tx, s->now, yh_outcome_back_off(s->now, INT64_MAX), err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_id id = yh_job_standing_id(&k[i]);

		if (k[i].standing_s)
			rc = yh_job_stand(tx, &id, k[i].name, s->now,
					  s->now + k[i].standing_s * YH_US_PER_S, err);
		else if (k[i].at_length)
			rc = yh_job_let_go(tx, k[i].name, s->now,
					   s->now + 2 * YH_HOLD_S * YH_US_PER_S, err);
	}
	return rc;
}

static enum yh_rc stand_now_and_then(struct yh_jobs *j, yh_time now, int64_t lived,
				     struct yh_err *err)
{
	struct standing s = { &j->cfg, now };
	enum yh_rc rc;

	if (j->stood_us && lived - j->stood_us < stand_every_us)
		return YH_OK;
	rc = yh_exec_write(j->cfg.world->exec, stand, &s, err);
	if (rc == YH_OK)
		j->stood_us = lived;
	return rc;
}

struct counting {
	yh_time now;
	bool all;
	struct yh_job_counts counts;
};

static enum yh_rc count(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct counting *c = arg;

	return yh_job_count(tx, c->now, c->all, &c->counts, err);
}

static enum yh_rc count_now_and_then(struct yh_jobs *j, yh_time now, int64_t lived,
				     struct yh_err *err)
{
	struct yh_counts *to = j->cfg.world->counts;
	struct counting c = { .now = now };
	enum yh_rc rc;

	if (!to || (j->counted_us && lived - j->counted_us < count_every_us))
		return YH_OK;
	c.all = !j->counted_all_us || lived - j->counted_all_us >= count_all_every_us;
	rc = yh_exec_read(j->cfg.world->exec, count, &c, err);
	if (rc != YH_OK)
		return rc;
	j->counted_us = lived;
	atomic_store(&to->jobs_due, c.counts.due);
	atomic_store(&to->jobs_failing, c.counts.failing);
	atomic_store(&to->jobs_oldest_due, c.counts.oldest_due_at);
	if (c.all) {
		j->counted_all_us = lived;
		atomic_store(&to->jobs_waiting, c.counts.waiting);
	}
	return YH_OK;
}

/* Whether a pass may be made. */
static bool clock_goes(struct yh_jobs *j, int64_t lived)
{
	struct yh_clock real;
	enum yh_clock_step step;

	yh_clock_real(&real);
	step = yh_clock_guard(&j->guard, yh_clock_now(&real), lived);
	if (step == YH_CLOCK_BACK) {
		yh_log(YH_WARN, "clock-back", "the machine's clock has jumped back");
		j->stood_us = 0;
	} else if (step == YH_CLOCK_AHEAD) {
		yh_log(YH_WARN, "clock-ahead",
		       "the machine's clock has jumped ahead: no job is done for ten minutes");
	}
	return step == YH_CLOCK_GOES || step == YH_CLOCK_BACK;
}

static enum yh_rc pass(struct yh_jobs *j, int64_t lived, struct yh_err *err)
{
	struct yh_counts *counts = j->cfg.world->counts;
	enum yh_rc rc = yh_turn_follow(j, err);
	yh_time now = yh_clock_now(j->cfg.world->clock);
	size_t ran;

	yh_longs_renew(&j->longs, now); /* first: what is ours is not let go of */
	if (rc == YH_OK)
		rc = stand_now_and_then(j, now, lived, err);
	if (rc == YH_OK)
		rc = yh_pass_run(&j->cfg, &j->longs, &j->stop, now, &ran, err);
	if (rc == YH_OK)
		rc = count_now_and_then(j, now, lived, err);
	if (rc == YH_OK && counts) {
		atomic_store(&counts->last_pass, now);
		atomic_store(&counts->jobs_alive_ms, yh_monotonic_ms());
	}
	return rc;
}

static bool wait_a_second(struct yh_jobs *j)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	(void)pthread_mutex_lock(&j->lock);
	while (!atomic_load(&j->stop) && j->turning != TURN_ON &&
	       pthread_cond_timedwait(&j->wake, &j->lock, &until) == 0)
		;
	stop = atomic_load(&j->stop);
	(void)pthread_mutex_unlock(&j->lock);
	return !stop;
}

static void *run(void *arg)
{
	struct yh_jobs *j = arg;

	do {
		struct yh_err err = { 0 };
		int64_t lived = lived_us();

		if (!clock_goes(j, lived))
			continue;
		if (pass(j, lived, &err) != YH_OK)
			yh_log_err(YH_WARN, "jobs-failed", &err);
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
	yh_longs_stop(&j->longs);
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
	if (cfg->world->counts)
		atomic_store(&cfg->world->counts->jobs_alive_ms, yh_monotonic_ms());
	rc = yh_longs_start(&j->longs, &j->cfg, err);
	if (rc == YH_OK)
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
	atomic_store(&j->stop, true);
	(void)pthread_cond_signal(&j->wake);
	(void)pthread_cond_broadcast(&j->turned);
	(void)pthread_mutex_unlock(&j->lock);
	yh_longs_halt(&j->longs);
}

void yh_jobs_stop(struct yh_jobs *j)
{
	if (!j)
		return;
	yh_jobs_halt(j);
	(void)pthread_join(j->thread, NULL);
	dispose(j);
}
