/* The clock of a demonstration is turned: the days up to there are lived through one by one. */
#include <time.h>

#include "base/log.h"
#include "jobs/internal.h"
#include "services/identity/record.h"
#include "store/clock.h"

enum { FAR_DAYS = 1100, PASS_TRIES = 100 };

static const yh_time minute = 60 * YH_US_PER_S;

static enum yh_rc read_ahead(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	bool turns;

	return yh_clock_load(tx, &turns, arg, err);
}

static enum yh_rc put_ahead(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	return yh_clock_put(tx, arg, err);
}

enum yh_rc yh_turn_follow(struct yh_jobs *j, struct yh_err *err)
{
	const struct yh_world *world = j->cfg.world;
	yh_time ahead;
	enum yh_rc rc;

	if (!j->turns)
		return YH_OK;
	rc = yh_exec_read(world->exec, read_ahead, &ahead, err);
	if (rc == YH_OK)
		yh_clock_set(world->clock, ahead);
	return rc;
}

/* The store first: a server that dies goes on from where the others saw it. */
static enum yh_rc move(struct yh_jobs *j, yh_time to, struct yh_err *err)
{
	const struct yh_world *world = j->cfg.world;
	struct yh_clock real;
	yh_time ahead;
	enum yh_rc rc;

	yh_clock_real(&real);
	ahead = to - yh_clock_now(&real);
	rc = yh_exec_write(world->exec, put_ahead, &ahead, err);
	if (rc == YH_OK)
		yh_clock_set(world->clock, ahead);
	return rc;
}

/* Where to stop next on the way: a minute past the midnight after which something is due. */
static enum yh_rc next_stop(struct yh_jobs *j, yh_time now, yh_time to, yh_time *stop,
			    struct yh_err *err)
{
	bool found;
	yh_time due;
	enum yh_rc rc = yh_jobs_next_at(&j->cfg, &found, &due, err);

	*stop = to;
	if (rc != YH_OK || !found)
		return rc;
	if (due < now)
		due = now;
	*stop = yh_day_start(yh_day_of(due)) + minute;
	if (*stop < due || *stop <= now)
		*stop = yh_day_start(yh_day_of(due) + 1) + minute;
	if (*stop > to)
		*stop = to;
	return YH_OK;
}

/* A pass over everything that is due. The other servers of the store write meanwhile, and it may be
 * busy for a while: no reason to end a turn that others wait for. */
static enum yh_rc pass(struct yh_jobs *j, size_t *ran, struct yh_err *err)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	enum yh_rc rc;

	for (int tries = 0;; tries++) {
		rc = yh_pass_run(&j->cfg, &j->longs, &j->stop, yh_clock_now(j->cfg.world->clock),
				 ran, err);
		if (rc != YH_BUSY || tries == PASS_TRIES || atomic_load(&j->stop))
			return rc;
		yh_err_clear(err);
		(void)nanosleep(&pause, NULL);
	}
}

static enum yh_rc live(struct yh_jobs *j, yh_time to, bool at_once, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	yh_time now;
	size_t ran;

	while (rc == YH_OK && !atomic_load(&j->stop)) {
		do {
			rc = pass(j, &ran, err);
			now = yh_clock_now(j->cfg.world->clock);
		} while (rc == YH_OK && (yh_longs_wait(&j->longs) || ran > 0) &&
			 !atomic_load(&j->stop));
		if (rc != YH_OK || now >= to)
			break;
		if (at_once)
			now = to;
		else
			rc = next_stop(j, now, to, &now, err);
		if (rc == YH_OK)
			rc = move(j, now, err);
	}
	return rc;
}

void yh_turn_run(struct yh_jobs *j)
{
	struct yh_err why = { 0 };
	bool turning, at_once;
	yh_time to;

	(void)pthread_mutex_lock(&j->lock);
	turning = j->turning == TURN_ON;
	at_once = j->at_once;
	to = j->turn_to;
	(void)pthread_mutex_unlock(&j->lock);
	if (!turning)
		return;
	if (live(j, to, at_once, &why) != YH_OK)
		yh_log_err(YH_WARN, "clock-turn-failed", &why);
	(void)pthread_mutex_lock(&j->lock);
	j->turning = TURN_NONE;
	j->turn_err = why;
	(void)pthread_cond_broadcast(&j->turned);
	(void)pthread_mutex_unlock(&j->lock);
}

struct recording {
	const struct yh_ctx *cx;
	yh_time to;
};

static enum yh_rc record(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct recording *r = arg;
	struct yh_ctx cx = *r->cx;
	char text[YH_TIME_TEXT];

	cx.tx = tx;
	return yh_identity_record(&cx, "clock.turned", "person", &cx.actor->person,
				  yh_time_text(r->to, text), NULL, err);
}

/* Under the lock. */
static enum yh_rc begin(struct yh_jobs *j, yh_time now, yh_time to, bool at_once, bool *begun,
			struct yh_err *err)
{
	char text[YH_TIME_TEXT];
	enum yh_rc rc = YH_OK;

	*begun = false;
	if (j->turning && j->turn_to != to) {
		rc = yh_fail(err, YH_CONFLICT, "clock-turning");
		yh_err_text(err, "to", yh_time_text(j->turn_to, text));
	} else if (!j->turning && to <= now && j->turn_to != to) {
		rc = yh_fail_field(err, YH_CONFLICT, "clock-back", "/to");
		yh_err_text(err, "now", yh_time_text(now, text));
	} else if (to - now > FAR_DAYS * YH_US_PER_DAY) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "clock-far", "/to");
		yh_err_int(err, "days", FAR_DAYS);
	} else if (!j->turning && to > now) { /* else it has come there meanwhile */
		*begun = true;
		j->turning = TURN_ASKED;
		j->turn_to = to;
		j->at_once = at_once;
		j->turn_err = (struct yh_err){ 0 };
	}
	return rc;
}

static void wait_turned(struct yh_jobs *j, unsigned wait_ms)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += wait_ms / 1000;
	until.tv_nsec += wait_ms % 1000 * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (j->turning && !atomic_load(&j->stop) &&
	       pthread_cond_timedwait(&j->turned, &j->lock, &until) == 0)
		;
}

enum yh_rc yh_jobs_turn(struct yh_jobs *j, const struct yh_ctx *cx, yh_time to, bool at_once,
			unsigned wait_ms, bool *there, struct yh_err *err)
{
	struct recording r = { cx, to };
	bool begun;
	enum yh_rc rc;

	*there = false;
	if (!j || !j->turns)
		return yh_fail(err, YH_CONFLICT, "clock-real");
	(void)pthread_mutex_lock(&j->lock);
	rc = begin(j, yh_clock_now(cx->world->clock), to, at_once, &begun, err);
	(void)pthread_mutex_unlock(&j->lock);
	if (rc == YH_OK && begun)
		rc = yh_exec_write(cx->world->exec, record, &r, err);
	if (rc != YH_OK && !begun)
		return rc;
	(void)pthread_mutex_lock(&j->lock);
	if (rc == YH_OK) {
		if (begun)
			j->turning = TURN_ON;
		(void)pthread_cond_signal(&j->wake);
		wait_turned(j, wait_ms);
		*there = !j->turning && j->turn_err.rc == YH_OK && !atomic_load(&j->stop);
		if (!j->turning && j->turn_err.rc != YH_OK) {
			rc = j->turn_err.rc;
			*err = j->turn_err;
		}
	} else {
		j->turning = TURN_NONE;
	}
	(void)pthread_mutex_unlock(&j->lock);
	return rc;
}

bool yh_jobs_turns(const struct yh_jobs *j)
{
	return j && j->turns;
}
