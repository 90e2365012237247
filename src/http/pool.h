/* Workers, and the reaper of connections that take too long. */
#ifndef YH_HTTP_POOL_H
#define YH_HTTP_POOL_H

#include <stdbool.h>

#include "base/err.h"

struct call;
struct yh_server;

YH_CHECK bool yh_pool_start(struct yh_server *s);
/* Takes no request any more and waits for those that run; what reads or waits for an outer meter
 * longer than cfg.drain_s is ended. */
void yh_pool_drain(struct yh_server *s);
void yh_pool_stop(struct yh_server *s);
/* Suspends the connection and queues the call; false when its lane is full or the server stops. */
YH_CHECK bool yh_pool_enqueue(struct call *c, bool *draining);

#endif
