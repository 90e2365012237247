/* What the files about duties share. */
#ifndef YH_SERVICES_DUTY_INTERNAL_H
#define YH_SERVICES_DUTY_INTERNAL_H

#include "services/duty/duty.h"

/* Lays a duty for each of those that want one, where its condition holds and somebody owes it;
 * *laid counts them. One that fails is told in the log. */
YH_CHECK enum yh_rc yh_duty_lay_page(struct yh_ctx *cx, const struct yh_duty_kind *kind,
				     const struct yh_duty_want *list, size_t n, size_t *laid,
				     struct yh_err *err);

#endif
