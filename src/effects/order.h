/* Orders for what fulfilled steps ask, see services/fulfil. */
#ifndef YH_EFFECTS_ORDER_H
#define YH_EFFECTS_ORDER_H

#include "effects/common.h"

/* For struct yh_words: a desk of a fulfilled step has opened, or was closed. */
YH_CHECK enum yh_rc yh_order_of_step(struct yh_case_cx *k, const struct yh_step *step,
				     const struct yh_step_row *row, struct yh_err *err);
/* For struct yh_words: a resource has left the case. */
YH_CHECK enum yh_rc yh_order_without(struct yh_case_cx *k, const struct yh_id *resource,
				     struct yh_err *err);
/* A step that was open before there were orders: its own, left to people. Nothing when it has some,
 * or is closed. */
YH_CHECK enum yh_rc yh_order_plan_late(struct yh_ctx *cx, const struct yh_id *step,
				       struct yh_err *err);
/* A resource was stopped in the books outside of a fulfilled step. */
YH_CHECK enum yh_rc yh_order_stop(struct yh_case_cx *k, const struct yh_resource_row *r,
				  struct yh_err *err);

#endif
