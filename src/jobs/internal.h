/* What the files of this room share; nobody else includes it. */
#ifndef YH_JOBS_INTERNAL_H
#define YH_JOBS_INTERNAL_H

#include <pthread.h>

#include "jobs/kinds.h"
#include "store/job.h"

/* at_length.c: long jobs, held and done in the order of their coming, on a few threads. */
enum { YH_HOLD_S = 600, YH_HELD_MOST = 64, YH_LONG_THREADS = 2 };

struct held {
	struct yh_job_row job; /* due_at: until when it is held */
	enum { HELD_FREE, HELD_WAITING, HELD_RUNNING, HELD_ENDING } state;
	uint64_t order;
};

struct yh_longs {
	const struct yh_jobs_config *cfg;
	pthread_t threads[YH_LONG_THREADS];
	size_t n_threads;
	pthread_mutex_t lock;
	pthread_cond_t moved; /* something to do, something done, or stop */
	struct held held[YH_HELD_MOST];
	size_t n;       /* that are not free */
	uint64_t order; /* of the last that came */
	atomic_bool stop;
};
YH_CHECK enum yh_rc yh_longs_start(struct yh_longs *l, const struct yh_jobs_config *cfg,
				   struct yh_err *err);
void yh_longs_halt(struct yh_longs *l);
void yh_longs_stop(struct yh_longs *l);
/* Takes over a job that is held. False: there is no room, and it becomes due again by itself. */
YH_CHECK bool yh_longs_add(struct yh_longs *l, const struct yh_job_row *job);
/* Holds what is held for longer, when it is time, or the clock was set back. */
void yh_longs_renew(struct yh_longs *l, yh_time now);
/* Until nothing is left to do, or stop. True: something was. */
bool yh_longs_wait(struct yh_longs *l);
/* Does a held job, on this thread. */
YH_CHECK enum yh_rc yh_long_do(const struct yh_jobs_config *cfg, const struct yh_job_row *job,
			       struct yh_err *err);

/* pass.c */
/* As yh_jobs_run_due. `longs` takes the long jobs; NULL: they are done here. `stop` (NULL: never)
 * ends the pass early. */
YH_CHECK enum yh_rc yh_pass_run(const struct yh_jobs_config *cfg, struct yh_longs *longs,
				const atomic_bool *stop, yh_time now, size_t *ran,
				struct yh_err *err);

/* outcome.c */
/* When a job that has failed `tries` times before is tried again. */
yh_time yh_outcome_back_off(yh_time now, int64_t tries);
/* Puts a failed job off, in its transaction. */
YH_CHECK enum yh_rc yh_outcome_put_off(struct yh_tx *tx, const struct yh_job_row *job, yh_time now,
				       const struct yh_err *why, struct yh_err *err);
void yh_outcome_count(const struct yh_jobs_config *cfg, bool failed);

/* clock_guard.c: whether the machine's clock goes as time does. Pure. */
struct yh_clock_guard {
	yh_time wall;         /* when it was last looked at; 0: never */
	int64_t lived_us;     /* then, since the machine was started */
	int64_t held_from_us; /* since when no pass is made; 0: they are */
};
enum yh_clock_step { YH_CLOCK_GOES, YH_CLOCK_BACK, YH_CLOCK_AHEAD, YH_CLOCK_HELD };
/* AHEAD and BACK are said once; HELD as long as no pass is to be made. */
enum yh_clock_step yh_clock_guard(struct yh_clock_guard *g, yh_time wall, int64_t lived_us);

/* A turn is asked for, then recorded, and only then lived through. */
enum turning { TURN_NONE, TURN_ASKED, TURN_ON };

struct yh_jobs {
	struct yh_jobs_config cfg;
	struct yh_longs longs;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;   /* stop, or somewhere to turn to */
	pthread_cond_t turned; /* a turn came to its end */
	atomic_bool stop;

	/* the scheduler's thread */
	struct yh_clock_guard guard;
	int64_t stood_us, counted_us, counted_all_us; /* when last, monotonic; 0: never */

	/* turn.c, under the lock */
	bool turns; /* set once, at the start */
	enum turning turning;
	bool at_once;
	yh_time turn_to;
	struct yh_err turn_err; /* why the last turn ended early */
};

/* turn.c, on the scheduler's thread. */
/* Takes over what another server turned the clock to. */
YH_CHECK enum yh_rc yh_turn_follow(struct yh_jobs *j, struct yh_err *err);
/* Lives through the days to where the clock shall be turned, if anywhere. */
void yh_turn_run(struct yh_jobs *j);

#endif
