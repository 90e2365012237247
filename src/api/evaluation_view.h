/* What the operations about evaluations share. */
#ifndef YH_API_EVALUATION_VIEW_H
#define YH_API_EVALUATION_VIEW_H

#include "http/op.h"

/* An evaluation by number or id, if the actor sees it. NOT_FOUND "evaluation-unknown". */
YH_CHECK enum yh_rc yh_view_evaluation(struct yh_req *rq, const char *text, struct yh_id *id,
				       struct yh_err *err);
/* `figure`: as an exact decimal where there is one, else as a fraction of whole numbers. */
void yh_view_figure(struct yh_req *rq, bool known, int64_t num, int64_t den);

#endif
