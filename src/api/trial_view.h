/* How what would happen looks in replies (cases/trial.h). */
#ifndef YH_API_TRIAL_VIEW_H
#define YH_API_TRIAL_VIEW_H

#include "cases/trial.h"
#include "http/op.h"
#include "services/policy/say.h"

/* Members of the reply to a filing, or an answer to a returned case, that was only tried. */
YH_CHECK enum yh_rc yh_view_trial_filing(struct yh_req *rq, const struct yh_trial *t,
					 struct yh_err *err);
/* The same of a decision. */
YH_CHECK enum yh_rc yh_view_trial_decision(struct yh_req *rq, const struct yh_decide_in *in,
					   const struct yh_trial *t, struct yh_err *err);
/* `checks`: each with its title, its article, whether it holds and what was found. */
void yh_view_checks(struct yh_req *rq, const struct yh_speech *s, const struct yh_trial *t);
/* A failure as the API would tell it, null when there is none. */
void yh_view_problem(struct yh_req *rq, const char *key, const struct yh_err *e);

#endif
