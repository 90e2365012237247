/* One pass: every job that is due, each in the transaction that claims it, some at a time. */
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "jobs/internal.h"
#include "store/mark.h"

enum { ARENA_BYTES = 16 * 1024 * 1024, PASS_MAX = 10000, AT_A_TIME = 4, AT_A_TIME_MAX = 8 };

struct pass;

/* One job in one transaction. */
struct doing {
	struct yh_write write;
	struct pass *pass;
	struct doing *next; /* among those that are over */
	struct yh_arena arena;
	struct yh_job_row job;
	const struct yh_job_kind *kind;
	bool open;  /* begun and not over */
	bool alone; /* others wait until it is over and what follows it is done */
	bool found;
	yh_time again_at;  /* the job comes back then; 0: it is done */
	struct yh_err why; /* it failed, and was put off */
};

struct pass {
	const struct yh_jobs_config *cfg;
	struct yh_longs *longs;
	const atomic_bool *stop;
	yh_time now;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	struct doing *over;
	struct doing doings[AT_A_TIME_MAX];
	size_t n, open; /* so many at a time; begun and not over */
	atomic_bool shut;
};

static enum yh_rc refresh_law(const struct yh_world *world, struct yh_tx *tx, struct yh_err *err)
{
	const struct yh_law_book *law = world->law;
	struct yh_marks marks;
	enum yh_rc rc = YH_OK;

	if (!law || !law->refresh)
		return YH_OK;
	rc = yh_marks_read(tx, &marks, err);
	return rc == YH_OK ? law->refresh(law->self, tx, marks.law, err) : rc;
}

static enum yh_rc perform(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	static const struct yh_actor system = {
		.login = "system", .name = "system", .scopes = "all", .source = "local"
	};
	struct doing *d = arg;
	struct yh_ctx cx = { .tx = tx,
			     .world = d->pass->cfg->world,
			     .actor = &system,
			     .now = d->pass->now,
			     .arena = &d->arena };
	enum yh_rc rc;

	if (!d->kind) {
		rc = yh_fail(err, YH_INTERNAL, "job-unknown");
		yh_err_text(err, "kind", d->job.kind);
		return rc;
	}
	rc = refresh_law(cx.world, tx, err);
	if (rc == YH_OK)
		rc = d->kind->run(&cx, &d->job.ref, &d->again_at, err);
	if (rc == YH_OK && d->again_at == 0 && d->kind->standing_s)
		d->again_at = cx.now + d->kind->standing_s * YH_US_PER_S;
	return rc;
}

static enum yh_rc hold(struct doing *d, struct yh_tx *tx, struct yh_err *err)
{
	yh_time until = d->pass->now + YH_HOLD_S * YH_US_PER_S;
	bool held;
	enum yh_rc rc = yh_job_hold(tx, &d->job.id, d->job.due_at, until, &held, err);

	d->job.due_at = until;
	return rc;
}

static enum yh_rc one(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct doing *d = arg;
	yh_time now = d->pass->now;
	enum yh_rc rc;

	yh_arena_done(&d->arena);
	d->again_at = 0;
	yh_err_clear(&d->why);
	if (!d->alone && atomic_load(&d->pass->shut))
		return YH_OK;
	rc = yh_job_take(tx, now, &d->found, &d->job, err);
	if (rc != YH_OK || !d->found)
		return rc;
	d->kind = yh_job_kind_of(d->pass->cfg, d->job.kind);
	if (d->kind && d->kind->after) {
		d->alone = true;
		atomic_store(&d->pass->shut, true);
	}
	if (d->kind && d->kind->at_length)
		return hold(d, tx, err);
	rc = yh_db_try(tx, perform, d, &d->why, err);
	if (rc != YH_OK)
		return rc;
	if (d->why.rc != YH_OK)
		return yh_outcome_put_off(tx, &d->job, now, &d->why, err);
	return d->again_at ? yh_job_again(tx, &d->job.id, d->again_at, err)
			   : yh_job_done(tx, &d->job.id, now, err);
}

static void over(struct yh_write *w)
{
	struct doing *d = w->arg;
	struct pass *p = d->pass;

	(void)pthread_mutex_lock(&p->lock);
	d->next = p->over;
	p->over = d;
	(void)pthread_cond_signal(&p->ended);
	(void)pthread_mutex_unlock(&p->lock);
}

static enum yh_rc begin(struct pass *p, struct doing *d, struct yh_err *err)
{
	enum yh_rc rc;

	d->pass = p;
	d->found = d->alone = false;
	d->write = (struct yh_write){ .fn = one, .arg = d, .done = over };
	rc = yh_exec_submit(p->cfg->world->exec, &d->write, err);
	d->open = rc == YH_OK;
	p->open += d->open;
	return rc;
}

/* As many as may go, of those that are not under way. */
static enum yh_rc begin_all(struct pass *p, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < p->n; i++)
		if (!p->doings[i].open)
			rc = begin(p, &p->doings[i], err);
	return rc;
}

static struct doing *next_over(struct pass *p)
{
	struct doing *d;

	(void)pthread_mutex_lock(&p->lock);
	while (!p->over)
		(void)pthread_cond_wait(&p->ended, &p->lock);
	d = p->over;
	p->over = d->next;
	(void)pthread_mutex_unlock(&p->lock);
	d->open = false;
	p->open--;
	return d;
}

static void log_failure(const struct doing *d)
{
	char id[YH_ID_TEXT];

	yh_log(YH_WARN, "job-failed", "%s %s %s, %lld before", d->job.kind,
	       yh_id_text(&d->job.id, id), d->why.slug, (long long)d->job.tries);
}

/* What follows the commit. */
static enum yh_rc follow(struct pass *p, struct doing *d, struct yh_err *err)
{
	if (d->why.rc != YH_OK)
		log_failure(d);
	if (d->kind && d->kind->at_length) {
		if (!p->longs)
			return yh_long_do(p->cfg, &d->job, err);
		if (!yh_longs_add(p->longs, &d->job))
			yh_log(YH_WARN, "jobs-long-full", "%s waits", d->job.kind);
		return YH_OK;
	}
	yh_outcome_count(p->cfg, d->why.rc != YH_OK);
	return d->why.rc == YH_OK && d->kind->after ? d->kind->after(p->cfg, err) : YH_OK;
}

static bool may_go_on(const struct pass *p, size_t ran)
{
	return ran + p->open < PASS_MAX && !(p->stop && atomic_load(p->stop));
}

static enum yh_rc run_all(struct pass *p, size_t *ran, struct yh_err *err)
{
	enum yh_rc rc = begin_all(p, err);

	while (p->open) {
		struct doing *d = next_over(p);
		bool was_alone = d->alone;

		if (d->write.rc != YH_OK && rc == YH_OK) {
			rc = d->write.rc;
			if (err)
				*err = d->write.err;
		}
		if (d->write.rc == YH_OK && d->found) {
			++*ran;
			if (rc == YH_OK)
				rc = follow(p, d, err);
		}
		if (was_alone)
			atomic_store(&p->shut, false);
		if (rc != YH_OK || !may_go_on(p, *ran))
			continue;
		if (was_alone)
			rc = begin_all(p, err);
		else if (d->found)
			rc = begin(p, d, err);
	}
	return rc;
}

enum yh_rc yh_pass_run(const struct yh_jobs_config *cfg, struct yh_longs *longs,
		       const atomic_bool *stop, yh_time now, size_t *ran, struct yh_err *err)
{
	struct pass *p = calloc(1, sizeof *p);
	enum yh_rc rc;

	*ran = 0;
	if (!p)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*p = (struct pass){ .cfg = cfg, .longs = longs, .stop = stop, .now = now };
	p->n = cfg->at_a_time ? cfg->at_a_time : AT_A_TIME;
	if (p->n > AT_A_TIME_MAX)
		p->n = AT_A_TIME_MAX;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->ended, NULL);
	for (size_t i = 0; i < AT_A_TIME_MAX; i++)
		yh_arena_init(&p->doings[i].arena, ARENA_BYTES);
	rc = run_all(p, ran, err);
	for (size_t i = 0; i < AT_A_TIME_MAX; i++)
		yh_arena_done(&p->doings[i].arena);
	(void)pthread_cond_destroy(&p->ended);
	(void)pthread_mutex_destroy(&p->lock);
	free(p);
	if (rc == YH_OK && cfg->seal)
		rc = cfg->seal(cfg->seal_arg, now, err);
	return rc;
}

enum yh_rc yh_jobs_run_due(const struct yh_jobs_config *cfg, yh_time now, size_t *ran,
			   struct yh_err *err)
{
	return yh_pass_run(cfg, NULL, NULL, now, ran, err);
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
