/* Starting, stopping, and the network side of requests. */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"
#include "http/shape.h"

/* Raw bodies being received or waited for, over all connections. */
enum { STRANGERS_BYTES = 24 << 20, KNOWN_BYTES = 96 << 20 };
enum { SPOOLED_BYTES = 512 << 20 }; /* the same on the disk, of either */
enum { SHAPES_BYTES = 4 << 20 };

static enum MHD_Result take_head(struct call *c, const char *url, const char *method,
				 const char *version)
{
	struct yh_head h = { .method = method, .uri = c->uri, .version = version };
	int status;

	(void)snprintf(c->method, sizeof c->method, "%s", method);
	c->state = CALL_BODY;
	status = yh_call_check_head(c, url, &h);
	if (status == 0)
		return MHD_YES;
	yh_call_fail(c, status);
	c->state = CALL_DONE;
	/* answered here and now, the library closes the connection; in the next call it need not */
	return c->close ? yh_call_reply(c) : MHD_YES;
}

/* No more than was announced, and that is within the bound. */
static enum MHD_Result take_body(struct call *c, const char *data, size_t *n)
{
	size_t len = *n;

	*n = 0;
	if (c->bytes.spool) {
		yh_spool_write(c->bytes.spool, data, len);
		yh_conn_progress(c, c->bytes.spool);
		return MHD_YES;
	}
	if (c->rq.op->raw) {
		if (len > c->bytes.cap - c->bytes.len)
			return MHD_NO;
		memcpy(c->bytes.p + c->bytes.len, data, len);
		c->bytes.len += len;
		return MHD_YES;
	}
	yh_buf_add(&c->body, data, len);
	return yh_buf_ok(&c->body) ? MHD_YES : MHD_NO;
}

static enum MHD_Result refuse_now(struct call *c, int status)
{
	yh_call_fail(c, status);
	c->state = CALL_DONE;
	return yh_call_reply(c);
}

static enum MHD_Result dispatch(struct call *c)
{
	bool draining;

	if (c->page)
		return yh_call_reply(c);
	if (c->bytes.spool)
		c->begun_ms = yh_monotonic_ms(); /* its coming had a time of its own */
	if (c->rq.op->flags & YH_OP_INLINE) {
		yh_call_run_inline(c);
		return yh_call_reply(c);
	}
	if (yh_pool_enqueue(c, &draining))
		return MHD_YES;
	(void)yh_fail(&c->err, YH_BUSY, draining ? "server-stopping" : "server-busy");
	return refuse_now(c, 503);
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd, const char *url,
				  const char *method, const char *version, const char *data,
				  size_t *n, void **context)
{
	struct call *c = *context;

	(void)cls;
	(void)mhd;
	if (!c)
		return MHD_NO;
	switch (c->state) {
	case CALL_HEAD:
		return take_head(c, url, method, version);
	case CALL_BODY:
		return *n ? take_body(c, data, n) : dispatch(c);
	case CALL_DONE:
		return yh_call_reply(c);
	case CALL_RUNNING:
		break;
	}
	return MHD_YES;
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct conn *conn = info ? info->socket_context : NULL;
	struct call *c = conn ? yh_call_new(cls, mhd, conn, uri) : NULL;

	if (c)
		yh_conn_phase(c, CONN_RECEIVING);
	return c;
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
			 enum MHD_RequestTerminationCode why)
{
	struct call *c = *context;
	struct yh_server *s = cls;
	bool counted;

	(void)mhd;
	(void)why;
	if (!c)
		return;
	counted = c->counted;
	yh_conn_phase(c, CONN_RECEIVING);
	yh_call_free(c);
	*context = NULL;
	if (counted)
		yh_conn_count(s, -1);
}

/* The raw request target is decoded by the router; the library's own decoding is lax. */
static size_t leave_escaped(void *cls, struct MHD_Connection *mhd, char *s)
{
	(void)cls;
	(void)mhd;
	return strlen(s);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *cls, const char *fmt, va_list ap)
{
	char text[512];

	(void)cls;
	(void)vsnprintf(text, sizeof text, fmt, ap);
	text[strcspn(text, "\n")] = 0;
	yh_log(YH_DEBUG, "network", "%s", text);
}

static enum yh_rc init_threads(struct yh_server *s, struct yh_err *err)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	for (unsigned i = 0; i < LANES; i++)
		(void)pthread_cond_init(&s->lanes[i].work, &attr);
	(void)pthread_cond_init(&s->idle, &attr);
	(void)pthread_cond_init(&s->reaper, &attr);
	(void)pthread_condattr_destroy(&attr);
	return yh_pool_start(s) && yh_hub_start(&s->hub, s, yh_call_again)
		       ? YH_OK
		       : yh_fail(err, YH_BUSY, "threads-short");
}

enum yh_rc yh_server_start(const struct yh_server_config *cfg, const struct yh_world *world,
			   const struct yh_op_table *const *tables, size_t n_tables,
			   const struct yh_messages *messages, struct yh_server **out,
			   struct yh_err *err)
{
	static const struct yh_network network = { on_request, on_uri, on_completed, leave_escaped,
						   on_log };
	struct yh_server *s = calloc(1, sizeof *s);
	enum yh_rc rc;

	*out = NULL;
	if (!s)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->cfg = *cfg;
	yh_listen_defaults(&s->cfg);
	s->world = world;
	s->started_at = yh_clock_now(world->clock);
	s->messages = messages;
	s->listen_fd = -1;
	yh_arena_init(&s->shape_texts, (size_t)SHAPES_BYTES);
	yh_bodies_init(&s->bodies, (size_t)STRANGERS_BYTES, (size_t)KNOWN_BYTES);
	yh_spools_init(&s->bodies.spools, cfg->spool_dir, SPOOLED_BYTES);
	s->tables[s->n_tables++] = &yh_http_builtins;
	for (size_t i = 0; i < n_tables && s->n_tables < YH_TABLES_MAX; i++)
		s->tables[s->n_tables++] = tables[i];
	rc = init_threads(s, err);
	if (rc == YH_OK)
		rc = yh_listen_limits(s, err);
	if (rc == YH_OK && s->n_tables != n_tables + 1)
		rc = yh_fail(err, YH_INTERNAL, "route-invalid");
	if (rc == YH_OK)
		rc = yh_router_new(s->tables, s->n_tables, &s->router, err);
	if (rc == YH_OK)
		rc = yh_shape_book_load(&s->shape_texts, s->tables, s->n_tables, &s->shapes, err);
	if (rc == YH_OK)
		rc = yh_listen_open(s, err);
	if (rc == YH_OK)
		rc = yh_listen_start(s, &network, err);
	if (rc == YH_OK)
		*out = s;
	else
		yh_server_stop(s);
	return rc;
}

uint16_t yh_server_port(const struct yh_server *s)
{
	return s->port;
}

void yh_server_reload(struct yh_server *s)
{
	atomic_store(&s->door.look_now, true);
}

void yh_server_stop(struct yh_server *s)
{
	if (!s)
		return;
	if (s->mhd)
		(void)MHD_quiesce_daemon(s->mhd);
	if (s->listen_fd >= 0)
		(void)close(s->listen_fd);
	yh_pool_drain(s);
	yh_hub_stop(&s->hub);
	if (s->mhd)
		MHD_stop_daemon(s->mhd);
	yh_pool_stop(s);
	yh_listen_done(s);
	yh_router_free(s->router);
	yh_described_free(s);
	yh_arena_done(&s->shape_texts);
	yh_hub_done(&s->hub);
	yh_bodies_done(&s->bodies);
	for (unsigned i = 0; i < LANES; i++)
		(void)pthread_cond_destroy(&s->lanes[i].work);
	(void)pthread_cond_destroy(&s->idle);
	(void)pthread_cond_destroy(&s->reaper);
	(void)pthread_mutex_destroy(&s->lock);
	free(s);
}
