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
void yh_jobs_stop(struct yh_jobs *j);

#endif
