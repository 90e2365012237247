/* A request's memory, its failing reply, and what handlers set on it. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "http/internal.h"
#include "http/problem.h"

enum { ARENA_BYTES = 64 * 1024 * 1024 };

struct call *yh_call_new(struct yh_server *s, struct MHD_Connection *mhd, struct conn *conn,
			 const char *uri)
{
	struct call *c = calloc(1, sizeof *c);

	if (!c)
		return NULL;
	c->srv = s;
	c->mhd = mhd;
	c->conn = conn;
	c->begun_us = yh_monotonic_us();
	c->begun_ms = c->begun_us / 1000;
	yh_arena_init(&c->arena, ARENA_BYTES);
	yh_buf_init(&c->body, s->cfg.body_max_bytes);
	yh_buf_init(&c->out, s->cfg.reply_max_bytes);
	c->rq.cx.world = s->world;
	c->rq.cx.arena = &c->arena;
	c->rq.lang = "zh";
	c->rq.messages = s->messages;
	c->rq.source = c->source;
	c->uri = strdup(uri);
	if (!c->uri) {
		free(c);
		return NULL;
	}
	return c;
}

void yh_call_drop_file(struct call *c)
{
	if (c->has_file)
		(void)close(c->file_fd);
	c->has_file = false;
}

void yh_req_file(struct yh_req *rq, int fd, int64_t size_bytes, const char *name)
{
	struct call *c = yh_call_of(rq);

	assert(rq->op->flags & YH_OP_RAW);
	yh_call_drop_file(c);
	c->has_file = true;
	c->file_fd = fd;
	c->file_bytes = size_bytes;
	c->file_name = yh_arena_strdup(&c->arena, name);
}

void yh_call_free(struct call *c)
{
	if (!c)
		return;
	yh_call_drop_file(c);
	if (c->reader)
		yh_hub_leave(&c->srv->hub, c->reader);
	yh_buf_done(&c->body);
	yh_bodies_give(&c->srv->bodies, &c->bytes);
	yh_spool_free(c->bytes.spool);
	yh_buf_done(&c->out);
	yh_arena_done(&c->arena);
	free(c->uri);
	free(c);
}

void yh_call_fail(struct call *c, int status)
{
	/* what was asked is not too large: there is room for it again in a moment */
	if (!status && strcmp(c->err.slug, "memory-short") == 0)
		status = 503;
	c->status = status ? status : yh_problem_status(c->err.rc);
	yh_call_drop_file(c);
	c->page = NULL;
	c->out.len = 0;
	c->out.failed = false;
	c->rq.content_type = "application/problem+json";
	c->rq.etag[0] = 0;
	c->rq.location = NULL;
	yh_problem_write(&c->out, c->srv->messages, c->rq.lang, c->status, &c->err, &c->rq.faults);
	if (yh_err_inside(&c->err))
		yh_log_err(YH_ERROR, "request-failed", &c->err);
}

void yh_req_etag(struct yh_req *rq, int64_t version)
{
	(void)snprintf(rq->etag, sizeof rq->etag, "W/\"v%" PRId64 "\"", version);
}

const char *yh_req_header(const struct yh_req *rq, const char *name)
{
	const struct call *c =
		(const struct call *)(const void *)((const char *)rq - offsetof(struct call, rq));
	const char *const *names = rq->op->raw->reads;

	size_t i = 0;

	while (names[i] && strcasecmp(names[i], name) != 0)
		i++;
	assert(names[i]); /* the operation declares what it looks at */
	return c->read[i];
}

void yh_req_set_header(struct yh_req *rq, const char *name, const char *value)
{
	struct call *c = yh_call_of(rq);
	struct header_out *h = YH_NEW(&c->arena, struct header_out);
	const char *const *names = rq->op->raw->sets;

	while (*names && strcmp(*names, name) != 0)
		names++;
	assert(*names);
	if (!h)
		return;
	*h = (struct header_out){ *names, yh_arena_strdup(&c->arena, value), c->set };
	c->set = h;
}

enum yh_rc yh_req_follow(struct yh_req *rq, const char *topic, bool *fresh, struct yh_err *err)
{
	struct call *c = yh_call_of(rq);
	enum yh_rc rc;

	*fresh = false;
	if (c->follows)
		return strcmp(topic, c->follows) == 0
			       ? YH_OK
			       : yh_fail(err, YH_FORBIDDEN, "stream-roles-changed");
	rc = yh_hub_join(&c->srv->hub, c, topic, fresh, err);
	c->fresh = *fresh;
	return rc;
}

void yh_req_hold(struct yh_req *rq)
{
	assert(rq->op->raw);
	atomic_store(&yh_call_of(rq)->turns, 2);
}

enum yh_rc yh_req_match(const struct yh_req *rq, int64_t version, struct yh_err *err)
{
	if (rq->if_match < 0 || rq->if_match == version)
		return YH_OK;
	(void)yh_fail(err, YH_STALE, "stale-version");
	yh_err_int(err, "yours", rq->if_match);
	yh_err_int(err, "current", version);
	return YH_STALE;
}
