/* Workers, connections and the reaper: who may take how long. */
#ifndef YH_HTTP_POOL_H
#define YH_HTTP_POOL_H

#include <microhttpd.h>
#include <stdint.h>

#include "base/ranges.h"

struct call;
struct yh_server;
struct yh_spool;

/* A connection's turn: who may take how long. Guarded by the server's lock. */
enum conn_phase { CONN_RECEIVING, CONN_RUNNING, CONN_SENDING, CONN_STREAMING };

struct conn {
	struct conn *next, **link;
	MHD_socket fd;
	enum conn_phase phase;
	unsigned char address[YH_ADDRESS];
	int64_t since_ms, grace_ms; /* of the phase, monotonic; more time than a phase has */
};

YH_CHECK bool yh_pool_start(struct yh_server *s);
/* Takes no request any more and waits for those that run; what reads or waits for an outer meter
 * longer than cfg.drain_s is ended. */
void yh_pool_drain(struct yh_server *s);
void yh_pool_stop(struct yh_server *s);
/* Suspends the connection and queues the call; false when its lane is full or the server stops. */
YH_CHECK bool yh_pool_enqueue(struct call *c, bool *draining);
YH_CHECK bool yh_pool_draining(struct yh_server *s);
void yh_pool_count(struct yh_server *s, int step);
void yh_pool_phase(struct call *c, enum conn_phase phase);
/* More of a long body has come: its time begins anew when it has moved enough (yh_spool_moved). */
void yh_pool_progress(struct call *c, struct yh_spool *body);
/* Sends from now on, for the longer the more there is. */
void yh_pool_sending(struct call *c, int64_t size_bytes);
void yh_pool_connection(void *cls, struct MHD_Connection *mhd, void **context,
			enum MHD_ConnectionNotificationCode what);

#endif
