/* The facts behind scores, kept as compressed lines; read back by yh_evaluation_facts. */
#ifndef YH_SERVICES_EVALUATION_TRACE_H
#define YH_SERVICES_EVALUATION_TRACE_H

#include "services/evaluation/evaluation.h"

YH_CHECK enum yh_rc yh_eval_trace_keep(struct yh_tx *tx, const struct yh_id *result,
				       int64_t indicator, const char *text, size_t n,
				       struct yh_err *err);

#endif
