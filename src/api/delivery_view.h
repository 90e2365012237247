/* How deliveries of notices look in replies, by mail and to webhooks. */
#ifndef YH_API_DELIVERY_VIEW_H
#define YH_API_DELIVERY_VIEW_H

#include "http/op.h"
#include "store/delivery.h"

/* A page of n deliveries, of which one more than the limit was asked for. */
void yh_view_deliveries(struct yh_req *rq, const struct yh_delivery *rows, size_t n);

#endif
