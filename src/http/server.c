/* Starting, stopping, and the network side of requests. */
#include "http/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"
#include "http/problem.h"
#include "http/shape.h"

/* Raw bodies being received or waited for, over all connections. */
enum { STRANGERS_BYTES = 24 << 20, KNOWN_BYTES = 96 << 20 };
enum { SPOOLED_BYTES = 512 << 20 }; /* the same on the disk, of either */
enum { SHAPES_BYTES = 4 << 20 };

struct gather {
	struct yh_head *head;
	const char *end; /* of the last text seen */
};

/* Version 0.9 of the library joins folded lines, takes bare line feeds, NULs and more blanks, and
 * ends the head at a line that begins with a colon, all silently. It leaves the text where it was
 * read, with a NUL over each separator: so what it found must lie where it would if all were well,
 * and sum up to the size of the head. From 1.0 on its strict mode refuses these itself. */
#if MHD_VERSION < 0x01000000
static bool is_broken_header(const char *key, const char *value)
{
	const char *after = key + strlen(key) + 1;

	return after + strspn(after, " \t") != value || value[strlen(value) + 1] != 0;
}

static bool is_broken_head(struct call *c, const char *method, const char *url, const char *version,
			   const char *end)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	return !info || url != method + strlen(method) + 1 || version != url + strlen(c->uri) + 1 ||
	       version[strlen(version) + 1] != 0 || info->header_size != (size_t)(end - method) + 4;
}
#else
static bool is_broken_header(const char *key, const char *value)
{
	(void)key;
	(void)value;
	return false;
}

static bool is_broken_head(struct call *c, const char *method, const char *url, const char *version,
			   const char *end)
{
	(void)c;
	(void)method;
	(void)url;
	(void)version;
	(void)end;
	return false;
}
#endif

static enum MHD_Result gather_header(void *cls, enum MHD_ValueKind kind, const char *key,
				     const char *value)
{
	struct gather *g = cls;
	struct yh_head *h = g->head;

	(void)kind;
	if (!value || is_broken_header(key, value))
		h->broken = true;
	g->end = value ? value + strlen(value) : key;
	if (h->n == YH_HEADERS_MAX) {
		h->too_many = true;
		return MHD_NO;
	}
	h->headers[h->n++] = (struct yh_header){ key, value ? value : "" };
	return MHD_YES;
}

/* What outlives the network's buffers. */
static bool copy_wanted(struct call *c, const struct yh_wanted *w)
{
	const char *const from[] = { w->authorization,   w->cookie,   w->csrf,
				     w->idempotency_key, w->if_match, w->if_none_match,
				     w->last_event_id };
	const char **const to[] = { &c->head.authorization, &c->head.cookie,
				    &c->head.csrf,          &c->head.idempotency_key,
				    &c->head.if_match,      &c->head.if_none_match,
				    &c->head.last_event_id };

	for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
		*to[i] = yh_arena_strdup(&c->arena, from[i]);
		if (from[i] && !*to[i])
			return false;
	}
	c->head.has_body = w->has_body;
	c->head.content_length = w->content_length;
	c->head.gzip = w->gzip;
	c->head.any = w->any;
	return true;
}

/* The request headers that the operation declares to look at: 0, or the status to refuse with. */
static int copy_read(struct call *c, const struct yh_head *h)
{
	const char *const *names = c->rq.op->raw->reads;
	size_t n = 0;

	while (names && names[n])
		n++;
	c->read = YH_NEW_N(&c->arena, const char *, n + 1);
	for (size_t i = 0; c->read && i < n; i++)
		for (size_t k = 0; k < h->n; k++) {
			if (strcasecmp(h->headers[k].name, names[i]) != 0)
				continue;
			if (c->read[i]) {
				(void)yh_fail(&c->err, YH_BAD_INPUT, "header-duplicate");
				yh_err_text(&c->err, "header", names[i]);
				return 400;
			}
			c->read[i] = yh_arena_strdup(&c->arena, h->headers[k].value);
		}
	return 0;
}

/* Checks and makes room for a raw body: 0, or the status to refuse with. */
static int admit_raw(struct call *c, const struct yh_head *h, const struct yh_wanted *w)
{
	const struct yh_raw *raw = c->rq.op->raw;
	int status = yh_guard_raw(w, raw, &c->rq.body_type, &c->rq.body_encoding, &c->err);
	const char *bearer = w->authorization ? yh_bearer_of(w->authorization) : NULL;
	bool known = raw->known && raw->known(c->srv->world, bearer);

	if (status == 0)
		status = copy_read(c, h);
	if (status != 0 || raw->spooled ||
	    yh_bodies_take(&c->srv->bodies, (size_t)w->content_length, known, &c->bytes))
		return status;
	(void)yh_fail(&c->err, YH_BUSY, "server-busy");
	return 503;
}

/* Opens the file of a spooled body, for whom a credential at least stands in the head. */
static int admit_spooled(struct call *c)
{
	if (yh_call_credential(c, &c->err) != YH_OK)
		return yh_problem_status(c->err.rc);
	c->bytes.spool = yh_spool_open(&c->srv->bodies.spools, c->head.content_length,
				       yh_call_admits_unread(c) ? &c->rq.cx.actor->person : NULL);
	if (c->bytes.spool) {
		yh_pool_phase(c, CONN_RECEIVING);
		return 0;
	}
	(void)yh_fail(&c->err, YH_BUSY, "server-busy");
	return 503;
}

static void name_request(struct call *c, const char *given)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789._-";
	size_t n = given ? strlen(given) : 0;

	if (n > 0 && n <= 64 && strspn(given, letters) == n) {
		(void)snprintf(c->request_id, sizeof c->request_id, "%s", given);
	} else {
		unsigned char random[8];

		yh_random(random, sizeof random);
		(void)yh_hex(random, sizeof random, c->request_id);
	}
}

/* Where the request comes from: what is at the other end, or, through a proxy that is believed, the
 * last address it speaks for. */
static void name_source(struct call *c, const char *forwarded_for)
{
	const char *last = forwarded_for ? strrchr(forwarded_for, ',') : NULL;
	unsigned char addr[YH_ADDRESS];

	memcpy(c->address, c->conn->address, sizeof c->address);
	c->local = !forwarded_for && yh_address_loopback(c->address);
	c->proxied = yh_is_proxy(c->srv, c->address);
	last = last ? last + 1 : forwarded_for;
	last = last ? last + strspn(last, " \t") : NULL;
	if (c->proxied && last && yh_address_parse(last, addr)) {
		memcpy(c->address, addr, sizeof addr);
		(void)snprintf(c->source, sizeof c->source, "%s", last);
		return;
	}
	yh_address_text(c->address, c->source);
	if (forwarded_for && !c->proxied && !atomic_exchange(&c->srv->door.stranger_told, true))
		yh_log(YH_WARN, "forwarded-by-stranger",
		       "X-Forwarded-For of %s is not believed: see trust-proxy, proxy-from",
		       c->source);
}

/* Passwords and codes do not cross a network in clear. */
static int check_way(struct call *c)
{
	if (!c->rq.op || !(c->rq.op->flags & YH_OP_SIGN_IN) || c->srv->door.tls || c->proxied ||
	    c->srv->cfg.plain_sign_in || yh_address_loopback(c->conn->address))
		return 0;
	(void)yh_fail(&c->err, YH_FORBIDDEN, "sign-in-needs-tls");
	return 403;
}

/* The districts' link: who has a certificate of ours, when one is asked for. */
static int check_peer(struct call *c)
{
	if (!c->rq.op || !c->srv->door.tls || !yh_tls_trust(c->srv->door.tls) ||
	    strncmp(c->rq.op->path, "/api/v1/link/", 13) != 0 || yh_tls_peer(c->mhd))
		return 0;
	(void)yh_fail(&c->err, YH_FORBIDDEN, "client-certificate-needed");
	return 403;
}

static int check_often(struct call *c, const char *authorization)
{
	const char *bearer = authorization ? yh_bearer_of(authorization) : NULL;
	const struct yh_raw *raw = c->rq.op ? c->rq.op->raw : NULL;
	struct yh_server *s = c->srv;
	int64_t wait_s = 0;

	if (raw && raw->known && raw->known(s->world, bearer)) /* senders of samples */
		return 0;
	if (c->rq.op && c->rq.op->flags & YH_OP_SIGNED)
		return 0;
	if (yh_call_may_ask(c, &s->door.by_address, c->address, &wait_s) &&
	    (!c->rq.op || yh_call_may_try(c, &wait_s)))
		return 0;
	yh_call_too_often(&c->err, wait_s);
	return 429;
}

/* 0, or the status to refuse with. */
static int find_operation(struct call *c, const char *method, struct yh_err *err)
{
	size_t path_len = strcspn(c->uri, "?");
	enum yh_rc rc = yh_router_find(c->srv->router, yh_method_parse(method), c->uri, path_len,
				       &c->arena, &c->match, err);

	if (rc == YH_NOT_FOUND && yh_console_find(c, path_len)) {
		yh_err_clear(err);
		c->match.methods = 1u << YH_GET;
		if (yh_method_parse(method) == YH_GET)
			return 0;
		c->page = NULL;
		rc = YH_OK;
	}
	if (rc != YH_OK)
		return rc == YH_NOT_FOUND ? 404 : 400;
	if (!c->match.op) {
		(void)yh_fail(err, YH_BAD_INPUT, "method-not-allowed");
		return 405;
	}
	c->rq.op = c->match.op;
	c->query = c->uri[path_len] ? c->uri + path_len + 1 : NULL;
	c->listing = yh_listing_asked(c->rq.op, c->query);
	return 0;
}

static int check_head(struct call *c, const char *url, struct yh_head *h)
{
	struct gather g = { h, h->version + strlen(h->version) };
	struct yh_wanted w;
	int status;

	(void)MHD_get_connection_values(c->mhd, MHD_HEADER_KIND, gather_header, &g);
	if (is_broken_head(c, h->method, url, h->version, g.end))
		h->broken = true;
	status = yh_guard_head(h, &w, &c->err);
	c->rq.lang = yh_lang_choose(w.accept_language);
	name_request(c, w.request_id);
	name_source(c, w.forwarded_for);
	c->close = status != 0 || w.has_body;
	if (status == 0)
		status = find_operation(c, h->method, &c->err);
	if (status == 0)
		status = check_way(c);
	if (status == 0)
		status = check_peer(c);
	if (status == 0)
		status = check_often(c, w.authorization);
	if (status == 0 && !c->page && c->rq.op->raw)
		status = admit_raw(c, h, &w);
	else if (status == 0)
		status = yh_guard_body(&w, !c->page && c->rq.op->method != YH_GET,
				       c->srv->cfg.body_max_bytes, &c->err);
	if (status != 0)
		return status;
	if (!copy_wanted(c, &w)) {
		(void)yh_fail(&c->err, YH_TOO_LARGE, "memory-short");
		return 503;
	}
	if (!c->page && c->rq.op->raw && c->rq.op->raw->spooled)
		status = admit_spooled(c);
	c->close = status != 0;
	return status;
}

static enum MHD_Result take_head(struct call *c, const char *url, const char *method,
				 const char *version)
{
	struct yh_head h = { .method = method, .uri = c->uri, .version = version };
	int status;

	(void)snprintf(c->method, sizeof c->method, "%s", method);
	c->state = CALL_BODY;
	status = check_head(c, url, &h);
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
		yh_pool_progress(c, c->bytes.spool);
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
		c->begun_ms = yh_http_now_ms(); /* its coming had a time of its own */
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
		yh_pool_phase(c, CONN_RECEIVING);
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
	yh_pool_phase(c, CONN_RECEIVING);
	yh_call_free(c);
	*context = NULL;
	if (counted)
		yh_pool_count(s, -1);
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
	return yh_pool_start(s) && yh_hub_start(&s->hub, s)
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
