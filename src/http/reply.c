/* From a finished call to bytes on the wire. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/log.h"
#include "base/shortage.h"
#include "http/flow.h"
#include "http/internal.h"

enum { FLOW_SECONDS = 600, ABANDONED_QUIET_MS = 60000 };

/* The library copies both, and returns the same for what it had no memory for as for what no header
 * may hold. */
void yh_reply_add(struct MHD_Response *r, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	errno = 0;
	if (MHD_add_response_header(r, name, value) != MHD_YES && errno == ENOMEM)
		(void)yh_shortage();
}

static void add_cookie(struct MHD_Response *r, const struct call *c)
{
	const char *secure = yh_listen_secure(c->srv) ? "; Secure" : "";
	char text[256];

	if (!c->rq.session_cookie[0] && !c->rq.clear_cookie)
		return;
	(void)snprintf(text, sizeof text, "%s%s; Path=/; HttpOnly; SameSite=Strict%s%s",
		       yh_cookie_name(c->srv, false),
		       c->rq.clear_cookie ? "" : c->rq.session_cookie, secure,
		       c->rq.clear_cookie ? "; Max-Age=0" : "");
	yh_reply_add(r, "Set-Cookie", text);
}

/* Only until somebody is back from where they sign in. */
static void add_flow(struct MHD_Response *r, const struct call *c)
{
	const char *secure = yh_listen_secure(c->srv) ? "; Secure" : "";
	char text[256];
	bool gone = strcmp(c->flow, YH_FLOW_GONE) == 0;

	if (!c->flow[0])
		return;
	(void)snprintf(text, sizeof text, "%s%s; Path=/; HttpOnly; SameSite=Strict%s; Max-Age=%d",
		       yh_cookie_name(c->srv, true), gone ? "" : c->flow, secure,
		       gone ? 0 : FLOW_SECONDS);
	yh_reply_add(r, "Set-Cookie", text);
}

static void add_allow(struct MHD_Response *r, const struct call *c)
{
	char text[64] = "";
	size_t n = 0;

	for (unsigned m = YH_GET; m <= YH_DELETE; m++)
		if (c->match.methods & 1u << m)
			n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s", n ? ", " : "",
					      yh_method_name(m), m == YH_GET ? ", HEAD" : "");
	yh_reply_add(r, "Allow", text);
}

/* RFC 6266: a name for old clients, and the whole one (RFC 8187). */
static void add_disposition(struct MHD_Response *r, const struct call *c)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "._-";
	const char *name = c->file_name ? c->file_name : "file";
	struct yh_buf text;

	yh_buf_init(&text, 2048);
	yh_buf_str(&text, "attachment; filename=\"");
	for (const char *s = name; *s; s++)
		if (strchr(plain, *s))
			yh_buf_add(&text, s, 1);
		else if (((unsigned char)*s & 0xc0) != 0x80) /* once a character */
			yh_buf_str(&text, "_");
	yh_buf_str(&text, "\"; filename*=UTF-8''");
	for (const char *s = name; *s; s++)
		if (strchr(plain, *s))
			yh_buf_add(&text, s, 1);
		else
			yh_buf_printf(&text, "%%%02X", (unsigned char)*s);
	if (yh_buf_ok(&text))
		yh_reply_add(r, "Content-Disposition", yh_buf_text(&text));
	yh_buf_done(&text);
}

/* After how long to try again: what a limit said. */
static void add_retry(struct MHD_Response *r, const struct call *c)
{
	char text[24];

	for (uint32_t i = 0; i < c->err.n_figs; i++)
		if (strcmp(c->err.figs[i].name, "seconds") == 0) {
			(void)snprintf(text, sizeof text, "%lld", (long long)c->err.figs[i].num);
			yh_reply_add(r, "Retry-After", text);
		}
}

static void add_headers(struct MHD_Response *r, const struct call *c)
{
	const char *type = c->rq.content_type;

	if (c->status != 204)
		yh_reply_add(r, "Content-Type", type ? type : "application/json");
	for (const struct header_out *h = c->set; h; h = h->next)
		yh_reply_add(r, h->name, h->value);
	yh_reply_add(r, "X-Content-Type-Options", "nosniff");
	yh_reply_add(r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	yh_reply_add(r, "X-Frame-Options", "DENY");
	yh_reply_add(r, "Referrer-Policy", "no-referrer");
	yh_reply_add(r, "Permissions-Policy", YH_PERMISSIONS);
	yh_reply_add(r, "Cross-Origin-Resource-Policy", "same-origin");
	yh_reply_add(r, "Cache-Control", "no-store");
	yh_reply_add(r, "X-Request-Id", c->request_id);
	yh_reply_add(r, "ETag", c->rq.etag);
	yh_reply_add(r, "Location", c->rq.location);
	if (c->replayed)
		yh_reply_add(r, "Idempotent-Replayed", "true");
	if (type && strcmp(type, "application/problem+json") == 0) {
		yh_reply_add(r, "Content-Language", c->rq.lang);
		yh_reply_add(r, "Vary", "Accept-Language");
	}
	if (c->status == 401)
		yh_reply_add(r, "WWW-Authenticate", "Bearer realm=\"yunheng\"");
	if (c->status == 405)
		add_allow(r, c);
	if (c->status == 503)
		yh_reply_add(r, "Retry-After", "1");
	if (c->status == 429)
		add_retry(r, c);
	if (yh_listen_secure(c->srv))
		yh_reply_add(r, "Strict-Transport-Security", YH_HSTS);
	if (c->close)
		yh_reply_add(r, "Connection", "close");
	if (c->status < 400)
		add_cookie(r, c);
	add_flow(r, c);
}

static void note(const struct call *c)
{
	const struct yh_op *op = c->rq.op;
	const char *path = op && op->flags & YH_OP_SECRET ? op->path : c->uri;
	size_t len = strcspn(path, "?");
	enum yh_log_level level = c->err.rc >= YH_BUSY ? YH_WARN : YH_DEBUG;

	if (len > 200)
		len = 200;
	yh_log(level, "request", "%s %.*s %d %lldms %s %s", c->method, (int)len, path, c->status,
	       (long long)(yh_monotonic_ms() - c->begun_ms), c->request_id,
	       c->status >= 400 ? c->err.slug : "-");
}

/* A GET whose ETag the client already has needs no body. */
static void shorten(struct call *c)
{
	if (c->status == 200 && c->rq.op && c->rq.op->method == YH_GET && c->rq.etag[0] &&
	    c->head.if_none_match && yh_guard_none_match(c->head.if_none_match, c->rq.etag)) {
		c->status = 304;
		c->out.len = 0;
		yh_call_drop_file(c);
	}
}

static ssize_t read_stream(void *cls, uint64_t pos, char *buf, size_t max)
{
	struct call *c = cls;
	ssize_t n = yh_hub_read(&c->srv->hub, c->reader, buf, max);

	(void)pos;
	return n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

/* A reply without one of its headers would be another reply: none is sent, and who asked asks
 * again. All are counted; the log has one line a minute, for there is little memory. `r` may be
 * NULL. */
static enum MHD_Result give_up(struct call *c, struct MHD_Response *r)
{
	struct abandoned *a = &c->srv->abandoned;
	uint64_t n = atomic_fetch_add(&a->n, 1) + 1;
	int64_t now_ms = yh_monotonic_ms(), quiet_until = atomic_load(&a->quiet_until_ms);

	if (now_ms >= quiet_until &&
	    atomic_compare_exchange_strong(&a->quiet_until_ms, &quiet_until,
					   now_ms + ABANDONED_QUIET_MS))
		yh_log(YH_WARN, "reply-abandoned", "memory is short; %" PRIu64 " since the start",
		       n);
	if (r)
		MHD_destroy_response(r);
	return MHD_NO;
}

/* A stream lasts: it keeps what it needs in its reader, and as little else as can be. */
static enum MHD_Result reply_stream(struct call *c)
{
	enum { BLOCK = 2048, SEND_BUFFER = 64 * 1024 };
	const int room = SEND_BUFFER;
	unsigned shortages = yh_shortages();
	struct MHD_Response *r =
		MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, read_stream, c, NULL);
	enum MHD_Result done;

	if (!r)
		return give_up(c, NULL);
	c->rq.content_type = "text/event-stream";
	add_headers(r, c);
	yh_reply_add(r, "X-Accel-Buffering", "no"); /* a proxy in front passes events on at once */
	if (yh_shortages() != shortages)
		return give_up(c, r);
	if (c->fresh)
		yh_hub_begin(&c->srv->hub, c->reader, "state", yh_buf_text(&c->out));
	(void)setsockopt(c->conn->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
	yh_hub_open(&c->srv->hub, c->reader, c->mhd);
	yh_conn_phase(c, CONN_STREAMING);
	done = MHD_queue_response(c->mhd, (unsigned)c->status, r);
	MHD_destroy_response(r);
	atomic_fetch_add(&c->srv->replies[2], 1);
	note(c);
	yh_buf_done(&c->out);
	yh_arena_done(&c->arena);
	if (c->counted)
		yh_conn_count(c->srv, -1);
	c->counted = false;
	return done;
}

/* The library closes the file. It has the longer to be sent the larger it is. */
static struct MHD_Response *file_response(struct call *c)
{
	struct MHD_Response *r = MHD_create_response_from_fd64((uint64_t)c->file_bytes, c->file_fd);

	if (!r)
		return NULL;
	c->has_file = false;
	add_disposition(r, c);
	yh_conn_sending(c, c->file_bytes);
	return r;
}

static struct MHD_Response *text_response(struct call *c)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		c->out.len, c->out.len ? c->out.data : NULL,
		c->out.len ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);

	if (r && c->out.len) { /* the response owns it now */
		c->out.data = NULL;
		c->out.len = c->out.cap = 0;
	}
	if (r)
		yh_conn_phase(c, CONN_SENDING);
	return r;
}

enum MHD_Result yh_call_reply(struct call *c)
{
	unsigned shortages = yh_shortages();
	struct MHD_Response *r;
	enum MHD_Result done;

	shorten(c);
	c->close = c->close || yh_conn_draining(c->srv);
	if (c->reader && c->status == 200)
		return reply_stream(c);
	r = c->page ? yh_console_response(c) : c->has_file ? file_response(c) : text_response(c);
	if (!r)
		return give_up(c, NULL);
	if (!c->page)
		add_headers(r, c);
	if (yh_shortages() != shortages)
		return give_up(c, r);
	done = MHD_queue_response(c->mhd, (unsigned)c->status, r);
	MHD_destroy_response(r);
	if (c->status >= 100 && c->status < 600)
		atomic_fetch_add(&c->srv->replies[c->status / 100], 1);
	if (c->rq.op)
		yh_http_observe(c);
	note(c);
	return done;
}
