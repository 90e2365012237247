/* Connections: whose turn it is on each, and since when; how many requests run. */
#ifndef YH_HTTP_CONN_H
#define YH_HTTP_CONN_H

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

/* The server takes no request any more. */
YH_CHECK bool yh_conn_draining(struct yh_server *s);
void yh_conn_count(struct yh_server *s, int step);
void yh_conn_phase(struct call *c, enum conn_phase phase);
/* More of a long body has come: its time begins anew when it has moved enough (yh_spool_moved). */
void yh_conn_progress(struct call *c, struct yh_spool *body);
/* Sends from now on, for the longer the more there is. */
void yh_conn_sending(struct call *c, int64_t size_bytes);
void yh_conn_notify(void *cls, struct MHD_Connection *mhd, void **context,
		    enum MHD_ConnectionNotificationCode what);

#endif
