/* The kinds of jobs: what a row of the table `job` means. A kind is one line of the table in
 * kinds.c, and its name is written nowhere else but where its rows are inserted. */
#ifndef YH_JOBS_KINDS_H
#define YH_JOBS_KINDS_H

#include <stdatomic.h>

#include "jobs/jobs.h"

/* Does what is due about `ref` (zero: about nothing in particular), in the transaction that claims
 * the row: all of it is committed together with the row's being done, or none. It may be run again
 * after a failure or a crash, by any server, so it looks at what is stored before it changes it,
 * and keeps nothing outside of the transaction. cx->now is the time of the pass, which after an
 * outage lies long past the row's due time: it does what is due by then, not what was due at one
 * instant. Bounded work: a job that finds much to do does some, and asks for the rest.
 *
 * *again_at is 0 on entry: the row is then done. Set to a time (also one that has passed) the same
 * row waits until then. A failure takes back everything, keeps its slug and figures with the row
 * and puts it off; other rows go on. The actor is the system (cx->actor->person is zero). On an
 * executor's thread. */
typedef enum yh_rc (*yh_job_fn)(struct yh_ctx *cx, const struct yh_id *ref, yh_time *again_at,
				struct yh_err *err);

/* Long work, outside of any transaction, a few jobs at a time on threads of their own: it reads and
 * writes in transactions of its own (yh_exec_read, yh_exec_write), small ones. The row is held
 * meanwhile, by putting its due time off again and again, so that no other server begins; after a
 * crash it is due again within ten minutes. It may thus run twice, and even at the same time when
 * this server hung for that long: its writes must bear that. Otherwise as above. */
struct yh_job_long {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop; /* set: return soon, with BUSY "job-stopped" */
};
typedef enum yh_rc (*yh_job_long_fn)(struct yh_job_long *l, const struct yh_id *ref,
				     yh_time *again_at, struct yh_err *err);

struct yh_job_kind {
	const char *name; /* "case.lapse": at most 31 bytes */
	yh_job_fn run;    /* one of the two */
	yh_job_long_fn at_length;
	/* One row of this kind always waits, at most so long ahead; 0: its rows are inserted. Such
	 * a row is never done: without a time of its own it comes again after so long. */
	uint32_t standing_s;
	/* After the commit, on the scheduler's thread, on the server that ran it: what this process
	 * keeps in memory. NULL: nothing. */
	enum yh_rc (*after)(const struct yh_jobs_config *cfg, struct yh_err *err);
};

/* NULL: no such kind. */
const struct yh_job_kind *yh_job_kind_of(const struct yh_jobs_config *cfg, const char *name);
/* All of the program's own, sorted by name. */
const struct yh_job_kind *yh_job_kinds(size_t *n);
/* The id of a standing kind's row. */
struct yh_id yh_job_standing_id(const struct yh_job_kind *kind);

#endif
