/* Printing and sealing papers that were issued: a job at length. */
#ifndef YH_JOBS_PAPER_H
#define YH_JOBS_PAPER_H

#include "jobs/kinds.h"

enum { YH_PAPERS_LEFT_S = 600 };

/* The oldest that are not served, a few dozen at most; the rest the next time. */
YH_CHECK enum yh_rc yh_papers_seal_job(struct yh_job_long *l, yh_time *again_at,
				       struct yh_err *err);

#endif
