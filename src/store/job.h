/* Jobs: what is to be done at a time, claimed and done within one transaction. */
#ifndef YH_STORE_JOB_H
#define YH_STORE_JOB_H

#include "db/db.h"

struct yh_job_row {
	struct yh_id id;
	char kind[32];
	struct yh_id ref;
	yh_time due_at;
	int64_t tries;
};

/* The waiting job that was due first, locked until the transaction ends; *found false: none is
 * due. */
YH_CHECK enum yh_rc yh_job_take(struct yh_tx *tx, yh_time now, bool *found, struct yh_job_row *out,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_job_done(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				struct yh_err *err);
/* The same job once more, at `due_at`: what is done again and again stays one row. */
YH_CHECK enum yh_rc yh_job_again(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
				 struct yh_err *err);
/* Does a job of this kind wait? */
YH_CHECK enum yh_rc yh_job_waits(struct yh_tx *tx, const char *kind, bool *waits,
				 struct yh_err *err);
/* Does one of this kind wait about `ref`? */
YH_CHECK enum yh_rc yh_job_waits_for(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
				     bool *waits, struct yh_err *err);
/* Every waiting job of a kind is due at `at`, unless it was due before. */
YH_CHECK enum yh_rc yh_job_hasten(struct yh_tx *tx, const char *kind, yh_time at,
				  struct yh_err *err);
/* Puts a failed job off to `due_at` and remembers why. */
YH_CHECK enum yh_rc yh_job_put_off(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
				   const char *fault, struct yh_err *err);
/* The time the next job is due; *found false: none waits. */
YH_CHECK enum yh_rc yh_job_next_at(struct yh_tx *tx, bool *found, yh_time *at, struct yh_err *err);

#endif
