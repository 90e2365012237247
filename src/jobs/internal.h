/* What the files of this room share; nobody else includes it. */
#ifndef YH_JOBS_INTERNAL_H
#define YH_JOBS_INTERNAL_H

#include <pthread.h>

#include "jobs/jobs.h"

/* A turn is asked for, then recorded, and only then lived through. */
enum turning { TURN_NONE, TURN_ASKED, TURN_ON };

struct yh_jobs {
	struct yh_jobs_config cfg;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;   /* stop, or somewhere to turn to */
	pthread_cond_t turned; /* a turn came to its end */
	bool stop;
	yh_time forgot_at;

	/* turn.c, under the lock */
	bool turns; /* set once, at the start */
	enum turning turning;
	bool at_once;
	yh_time turn_to;
	struct yh_err turn_err; /* why the last turn ended early */
};

/* Whether the thread should end. */
bool yh_jobs_stopping(struct yh_jobs *j);

/* turn.c, on the scheduler's thread. */
/* Takes over what another server turned the clock to. */
YH_CHECK enum yh_rc yh_turn_follow(struct yh_jobs *j, struct yh_err *err);
/* Lives through the days to where the clock shall be turned, if anywhere. */
void yh_turn_run(struct yh_jobs *j);

#endif
