/* What a request's head says, and whether it may go on to its body. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/shortage.h"
#include "http/internal.h"
#include "http/problem.h"

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

static int no_memory(struct call *c)
{
	(void)yh_fail(&c->err, YH_TOO_LARGE, "memory-short");
	return 503;
}

/* The request headers that the operation declares to look at: 0, or the status to refuse with. */
static int copy_read(struct call *c, const struct yh_head *h)
{
	const char *const *names = c->rq.op->raw->reads;
	size_t n = 0;

	while (names && names[n])
		n++;
	c->read = YH_NEW_N(&c->arena, const char *, n + 1);
	if (!c->read)
		return no_memory(c);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < h->n; k++) {
			if (strcasecmp(h->headers[k].name, names[i]) != 0)
				continue;
			if (c->read[i]) {
				(void)yh_fail(&c->err, YH_BAD_INPUT, "header-duplicate");
				yh_err_text(&c->err, "header", names[i]);
				return 400;
			}
			c->read[i] = yh_arena_strdup(&c->arena, h->headers[k].value);
			if (!c->read[i])
				return no_memory(c);
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
		yh_conn_phase(c, CONN_RECEIVING);
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
	unsigned shortages = yh_shortages();
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
	if (rc == YH_NOT_FOUND &&
	    yh_shortages() != shortages) { /* of the console's pages none was looked for */
		yh_err_clear(err);
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	if (rc != YH_OK)
		return rc == YH_NOT_FOUND ? 404 : rc == YH_TOO_LARGE ? 503 : 400;
	if (!c->match.op) {
		(void)yh_fail(err, YH_BAD_INPUT, "method-not-allowed");
		return 405;
	}
	c->rq.op = c->match.op;
	c->query = c->uri[path_len] ? c->uri + path_len + 1 : NULL;
	c->listing = yh_listing_asked(c->rq.op, c->query);
	return 0;
}

int yh_call_check_head(struct call *c, const char *url, struct yh_head *h)
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
	if (!copy_wanted(c, &w))
		return no_memory(c);
	if (!c->page && c->rq.op->raw && c->rq.op->raw->spooled)
		status = admit_spooled(c);
	c->close = status != 0;
	return status;
}
