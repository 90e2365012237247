/* The scheduler: what time brings about. Jobs are rows; each is done in the transaction that claims
 * it, so that two servers never do one twice and a crash never loses one. */
#ifndef YH_JOBS_JOBS_H
#define YH_JOBS_JOBS_H

#include "cases/context.h"
#include "services/policy/book.h"

struct yh_jobs_config {
	const struct yh_world *world;
	struct yh_book *book;
	/* Called after each pass, to seal the audit record; may be NULL. */
	enum yh_rc (*seal)(void *arg, yh_time now, struct yh_err *err);
	void *seal_arg;
};

/* Does every job due at `now`; returns how many in *ran. A failing job is put off (1, 2, 4 …
 * minutes, at most a day) and does not hold up the others. */
YH_CHECK enum yh_rc yh_jobs_run_due(const struct yh_jobs_config *cfg, yh_time now, size_t *ran,
				    struct yh_err *err);
/* When the next job is due; *found false: none waits. */
YH_CHECK enum yh_rc yh_jobs_next_at(const struct yh_jobs_config *cfg, bool *found, yh_time *at,
				    struct yh_err *err);

/* A thread that makes a pass every second until stopped. */
struct yh_jobs;
YH_CHECK enum yh_rc yh_jobs_start(const struct yh_jobs_config *cfg, struct yh_jobs **out,
				  struct yh_err *err);
/* Lets the thread end after the job it is at, and whoever waits for a turn go. */
void yh_jobs_halt(struct yh_jobs *j);
/* Halts, waits for the thread, frees. NULL is allowed. */
void yh_jobs_stop(struct yh_jobs *j);

/* Does the store live on a clock that can be turned? NULL: no. */
bool yh_jobs_turns(const struct yh_jobs *j);
/* Turns the clock of a demonstration to `to`, for the actor of `cx`, who needs no transaction: the
 * days up to there are lived through by the scheduler, which stops a minute past each midnight that
 * something is due by and does it; with `at_once` it does not, as after an outage. Waits at most
 * `wait_ms`; *there false: it goes on. Asked again for the same time it only waits. CONFLICT
 * "clock-real" for every store that was not made for it, "clock-back" (figure now), "clock-turning"
 * (figure to) when another turn goes on; BAD_INPUT "clock-far" (figure days); or what ended the
 * turn early. */
YH_CHECK enum yh_rc yh_jobs_turn(struct yh_jobs *j, const struct yh_ctx *cx, yh_time to,
				 bool at_once, unsigned wait_ms, bool *there, struct yh_err *err);

#endif
