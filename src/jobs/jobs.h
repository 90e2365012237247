/* The scheduler: what time brings about. Jobs are rows; each is done in the transaction that claims
 * it, so that two servers never do one twice and a crash never loses one. What was due while no
 * server ran is done when one runs, in the order of its due times. */
#ifndef YH_JOBS_JOBS_H
#define YH_JOBS_JOBS_H

#include "cases/context.h"
#include "services/policy/book.h"

struct yh_job_kind;

struct yh_jobs_config {
	const struct yh_world *world;
	struct yh_book *book;
	/* Called after each pass, to seal the audit record; may be NULL. */
	enum yh_rc (*seal)(void *arg, yh_time now, struct yh_err *err);
	void *seal_arg;
	/* Jobs at a time, each in a transaction of its own, 1..8; 0: 4. With 1 their order is the
	 * order of their due times even where they are about different things. */
	unsigned at_a_time;
	const struct yh_job_kind *kinds; /* sorted by name; NULL: those of kinds.h */
	size_t n_kinds;
};

/* Does every job due at `now`, at most 10,000; returns how many in *ran. A failing job keeps its
 * failure and is put off (1, 2, 4 … minutes, at most a day) in the same transaction, and does not
 * hold up the others. Long ones are done here, too, on the caller's thread. What fails as a whole
 * is the store, BUSY or STORAGE: then nothing is lost, and the next pass tries again. */
YH_CHECK enum yh_rc yh_jobs_run_due(const struct yh_jobs_config *cfg, yh_time now, size_t *ran,
				    struct yh_err *err);
/* When the next job is due; *found false: none waits. */
YH_CHECK enum yh_rc yh_jobs_next_at(const struct yh_jobs_config *cfg, bool *found, yh_time *at,
				    struct yh_err *err);

/* A thread that makes a pass every second until stopped, and a few for long jobs. When the
 * machine's clock has jumped ahead by more than an hour, no pass is made for ten minutes: a clock
 * that is wrong is usually put right by then, and what was done too early cannot be undone. When it
 * jumps back, what was put off by the wrong clock is due anew. */
struct yh_jobs;
YH_CHECK enum yh_rc yh_jobs_start(const struct yh_jobs_config *cfg, struct yh_jobs **out,
				  struct yh_err *err);
/* Lets the threads end after the jobs they are at, and whoever waits for a turn go. */
void yh_jobs_halt(struct yh_jobs *j);
/* Halts, waits for the threads, frees. NULL is allowed. */
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
