/* Jobs: what is to be done at a time. A row is claimed and done within one transaction; or, when
 * the work is long, held by putting its due time off meanwhile. */
#ifndef YH_STORE_JOB_H
#define YH_STORE_JOB_H

#include "db/db.h"

struct yh_job_row {
	struct yh_id id;
	char kind[32];
	struct yh_id ref;
	yh_time due_at;
	int64_t tries; /* failures since it was last done */
};

/* Takes, until the transaction ends, the due job that was due first, passing over those that
 * another transaction has taken. Jobs about the same `ref` go in the order of their due times: one
 * whose forerunner is not done yet is not given. *found false: none is to be had. */
YH_CHECK enum yh_rc yh_job_take(struct yh_tx *tx, yh_time now, bool *found, struct yh_job_row *out,
				struct yh_err *err);
YH_CHECK enum yh_rc yh_job_done(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				struct yh_err *err);
/* The same job once more, at `due_at`: what is done again and again stays one row. */
YH_CHECK enum yh_rc yh_job_again(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
				 struct yh_err *err);
/* Puts a failed job off to `due_at` and keeps why: the slug and the figures, a JSON object. */
YH_CHECK enum yh_rc yh_job_put_off(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				   yh_time due_at, const char *slug, const char *figures,
				   struct yh_err *err);

/* Holds a job that is due at `due_at` until `until`: nobody else takes it before. *held false: it
 * is done, or no longer due then. Whoever holds it asks with the time it holds it until. */
YH_CHECK enum yh_rc yh_job_hold(struct yh_tx *tx, const struct yh_id *id, yh_time due_at,
				yh_time until, bool *held, struct yh_err *err);

/* What always waits: one row with an id of its own, no later than `latest`; if not, it is made, or
 * waits anew, due at `now`. */
YH_CHECK enum yh_rc yh_job_stand(struct yh_tx *tx, const struct yh_id *id, const char *kind,
				 yh_time now, yh_time latest, struct yh_err *err);
/* Failed jobs that were put off to beyond `latest`, by a clock that was wrong, are due at once. */
YH_CHECK enum yh_rc yh_job_pull_in(struct yh_tx *tx, yh_time now, yh_time latest,
				   struct yh_err *err);

/* Those of a kind that never waits for a day, held until after `latest`, are due at once: the clock
 * was set back since, and who held them is gone. */
YH_CHECK enum yh_rc yh_job_let_go(struct yh_tx *tx, const char *kind, yh_time now, yh_time latest,
				  struct yh_err *err);

/* Does one of this kind wait about `ref`? */
YH_CHECK enum yh_rc yh_job_waits_for(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
				     bool *waits, struct yh_err *err);
/* Until when the one of this kind about `ref` waits; *found false: none does. */
YH_CHECK enum yh_rc yh_job_waits_until(struct yh_tx *tx, const char *kind, const struct yh_id *ref,
				       bool *found, yh_time *at, struct yh_err *err);
/* Every waiting job of a kind is due at `at`, unless it was due before. */
YH_CHECK enum yh_rc yh_job_hasten(struct yh_tx *tx, const char *kind, yh_time at,
				  struct yh_err *err);
/* The time the next job is due; *found false: none waits. */
YH_CHECK enum yh_rc yh_job_next_at(struct yh_tx *tx, bool *found, yh_time *at, struct yh_err *err);
/* Forgets jobs that were done before `before`, at most `most`; *n: how many. */
YH_CHECK enum yh_rc yh_job_prune(struct yh_tx *tx, yh_time before, int64_t most, int64_t *n,
				 struct yh_err *err);

/* One job as it is shown. */
struct yh_job_line {
	struct yh_job_row row;
	yh_time failed_at, done_at; /* 0: never, not yet */
	const char *slug, *figures; /* of the last failure; "" */
	const char *case_no;        /* of the case it is about, or whose step it is; "" */
};
YH_CHECK enum yh_rc yh_job_load(struct yh_tx *tx, const struct yh_id *id, struct yh_arena *arena,
				struct yh_job_line *out, struct yh_err *err);

enum yh_job_state { YH_JOB_WAITING, YH_JOB_DUE, YH_JOB_FAILING, YH_JOB_DONE };
struct yh_job_filter {
	enum yh_job_state state; /* DUE and FAILING are among the WAITING */
	const char *kind;        /* NULL: any */
	yh_time now;
	yh_time after; /* cursor: the last row's due_at, or done_at of DONE, and id */
	struct yh_id after_id;
	uint32_t limit;
};
/* By due time; those that are done, the latest first. */
YH_CHECK enum yh_rc yh_job_list(struct yh_tx *tx, const struct yh_job_filter *f,
				struct yh_arena *arena, struct yh_job_line **out, size_t *n,
				struct yh_err *err);
/* Makes a waiting job due at `now`, its failures still in sight. CONFLICT "job-done". */
YH_CHECK enum yh_rc yh_job_retry(struct yh_tx *tx, const struct yh_id *id, yh_time now,
				 struct yh_err *err);

struct yh_job_counts {
	int64_t waiting, due, failing;
	yh_time oldest_due_at; /* of those due that have not failed; 0: none */
};
/* Due and failing are counted up to YH_JOB_COUNT_MAX; `all` counts those waiting, too, which reads
 * them all. */
enum { YH_JOB_COUNT_MAX = 100000 };
YH_CHECK enum yh_rc yh_job_count(struct yh_tx *tx, yh_time now, bool all, struct yh_job_counts *out,
				 struct yh_err *err);

#endif
