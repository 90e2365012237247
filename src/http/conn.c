/* Connections, their turns, and how many requests run. */
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"

bool yh_conn_draining(struct yh_server *s)
{
	bool draining;

	(void)pthread_mutex_lock(&s->lock);
	draining = s->draining;
	(void)pthread_mutex_unlock(&s->lock);
	return draining;
}

void yh_conn_count(struct yh_server *s, int step)
{
	(void)pthread_mutex_lock(&s->lock);
	s->running = step > 0 ? s->running + 1 : s->running - 1;
	if (s->running == 0)
		(void)pthread_cond_broadcast(&s->idle);
	(void)pthread_mutex_unlock(&s->lock);
}

void yh_conn_phase(struct call *c, enum conn_phase phase)
{
	(void)pthread_mutex_lock(&c->srv->lock);
	c->conn->phase = phase;
	c->conn->since_ms = yh_monotonic_ms();
	c->conn->grace_ms = 0;
	(void)pthread_mutex_unlock(&c->srv->lock);
}

enum { SLOWEST_BYTES_MS = 32 }; /* 256 kbit/s */

void yh_conn_progress(struct call *c, struct yh_spool *body)
{
	if (yh_spool_moved(body, SLOWEST_BYTES_MS * 1000, c->srv->cfg.request_deadline_s))
		yh_conn_phase(c, CONN_RECEIVING);
}

void yh_conn_sending(struct call *c, int64_t size_bytes)
{
	yh_conn_phase(c, CONN_SENDING);
	(void)pthread_mutex_lock(&c->srv->lock);
	c->conn->grace_ms = size_bytes / SLOWEST_BYTES_MS;
	(void)pthread_mutex_unlock(&c->srv->lock);
}

static void admit(struct yh_server *s, struct MHD_Connection *mhd, void **context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct conn *c = info ? calloc(1, sizeof *c) : NULL;

	*context = c;
	if (!c)
		return;
	c->fd = info->connect_fd;
	c->since_ms = yh_monotonic_ms();
	info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	if (!info || !yh_address_of(info->client_addr, c->address))
		memset(c->address, 0, sizeof c->address);
	(void)pthread_mutex_lock(&s->lock);
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next)
		c->next->link = &c->next;
	s->conns = c;
	(void)pthread_mutex_unlock(&s->lock);
}

void yh_conn_notify(void *cls, struct MHD_Connection *mhd, void **context,
		    enum MHD_ConnectionNotificationCode what)
{
	struct yh_server *s = cls;
	struct conn *c = *context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		admit(s, mhd, context);
		return;
	}
	if (!c)
		return;
	(void)pthread_mutex_lock(&s->lock);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	(void)pthread_mutex_unlock(&s->lock);
	free(c);
	*context = NULL;
}
