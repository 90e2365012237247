/* What comes of a job: it is counted, and put off when it failed. */
#include "base/buf.h"
#include "jobs/internal.h"

enum { BACK_OFF_FIRST_S = 60, BACK_OFF_MOST_S = 86400 };

yh_time yh_outcome_back_off(yh_time now, int64_t tries)
{
	int64_t s = tries < 11 ? (int64_t)BACK_OFF_FIRST_S << tries : BACK_OFF_MOST_S;

	return now + (s < BACK_OFF_MOST_S ? s : BACK_OFF_MOST_S) * YH_US_PER_S;
}

enum yh_rc yh_outcome_put_off(struct yh_tx *tx, const struct yh_job_row *job, yh_time now,
			      const struct yh_err *why, struct yh_err *err)
{
	struct yh_buf text;
	const char *figures = yh_figures_text(&text, why);
	enum yh_rc rc = yh_job_put_off(tx, &job->id, now, yh_outcome_back_off(now, job->tries),
				       why->slug, figures, err);

	yh_buf_done(&text);
	return rc;
}

void yh_outcome_count(const struct yh_jobs_config *cfg, bool failed)
{
	struct yh_counts *c = cfg->world->counts;

	if (!c)
		return;
	atomic_fetch_add(failed ? &c->jobs_failed : &c->jobs_done, 1);
	atomic_store(&c->jobs_alive_ms, yh_monotonic_ms());
}
