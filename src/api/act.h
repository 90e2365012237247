/* Acts of administrators, for the operations that ask for one. */
#ifndef YH_API_ACT_H
#define YH_API_ACT_H

#include "http/op.h"
#include "store/act.h"

/* Asks for it and replies it, as the member `key` or, NULL, as the reply itself. */
YH_CHECK enum yh_rc yh_api_act_ask(struct yh_req *rq, const struct yh_act_row *want,
				   const char *key, struct yh_err *err);

#endif
