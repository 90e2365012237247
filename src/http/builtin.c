/* What the server says of itself: alive, ready, figures, and the API's description. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "http/internal.h"
#include "http/openapi.h"

static enum yh_rc health(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	(void)err;
	yh_jw_str(rq->w, "status", "ok");
	yh_jw_str(rq->w, "version", YH_VERSION);
	return YH_OK;
}

enum { STALLED_S = 60, BEHIND_S = 300, DESCRIBED_MOST = 8 };

static void warn(struct yh_req *rq, const char *slug, const char *figure, int64_t n)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "slug", slug);
	yh_jw_obj(rq->w, "figures");
	yh_jw_int(rq->w, figure, n);
	yh_jw_end_obj(rq->w);
	yh_jw_end_obj(rq->w);
}

/* What needs somebody's eye, though requests are served: a balancer goes on sending them. */
static void write_warnings(struct yh_req *rq)
{
	const struct yh_world *w = rq->cx.world;
	int64_t stalled = yh_jobs_stalled_s(w), behind = yh_jobs_behind_s(w);
	int64_t failing = w->counts ? atomic_load(&w->counts->jobs_failing) : 0;
	int64_t days = yh_tls_days(yh_call_of(rq)->srv);
	bool degraded = stalled > STALLED_S || behind > BEHIND_S;

	yh_jw_str(rq->w, "status", degraded ? "degraded" : "ready");
	yh_jw_arr(rq->w, "warnings");
	if (stalled > STALLED_S)
		warn(rq, "jobs-stalled", "seconds", stalled);
	if (behind > BEHIND_S)
		warn(rq, "jobs-behind", "minutes", behind / 60);
	if (failing)
		warn(rq, "jobs-failing", "n", failing);
	if (days < YH_TLS_WARN_DAYS)
		warn(rq, "tls-expiring", "days", days);
	yh_jw_end_arr(rq->w);
}

/* A statement that any store can answer shows that there is one. */
static enum yh_rc ready(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_pack *pack;
	const struct yh_law_book *law = rq->cx.world->law;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	(void)in;
	if (rc == YH_OK)
		write_warnings(rq);
	return rc;
}

/* Anybody may ask for the description, which takes long to make and is the same until another pack
 * is in force: it is kept, and of a few packs only. */
struct yh_described {
	struct yh_described *next;
	struct yh_sm3 pack;
	struct yh_buf text;
};

void yh_described_free(struct yh_server *s)
{
	struct yh_described *d = atomic_exchange(&s->described, NULL), *next;

	for (; d; d = next) {
		next = d->next;
		yh_buf_done(&d->text);
		free(d);
	}
}

static void keep_description(struct yh_server *s, const struct yh_sm3 *pack, const struct yh_buf *b)
{
	struct yh_described *d = calloc(1, sizeof *d);

	if (!d)
		return;
	d->pack = *pack;
	yh_buf_init(&d->text, b->max_bytes);
	yh_buf_add(&d->text, b->data, b->len);
	if (!yh_buf_ok(&d->text)) {
		yh_buf_done(&d->text);
		free(d);
		return;
	}
	d->next = atomic_load(&s->described);
	while (!atomic_compare_exchange_weak(&s->described, &d->next, d))
		;
}

static enum yh_rc openapi(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_server *s = yh_call_of(rq)->srv;
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_pack *pack = NULL;
	const struct yh_described *d;
	unsigned kept = 0;
	struct yh_sm3 digest = { 0 };
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	rq->content_type = "application/json";
	if (pack)
		digest = yh_pack_digest(pack);
	for (d = atomic_load(&s->described); d; d = d->next, kept++)
		if (memcmp(d->pack.b, digest.b, sizeof digest.b) == 0)
			break;
	if (d)
		yh_buf_add(rq->w->buf, d->text.data, d->text.len);
	else {
		yh_openapi_write(rq->w->buf, s->tables, s->n_tables, pack);
		if (kept < DESCRIBED_MOST && yh_buf_ok(rq->w->buf))
			keep_description(s, &digest, rq->w->buf);
	}
	return YH_OK;
}

static const struct yh_op ops[] = {
	{ "health.live", YH_GET, "/healthz", NULL, YH_OP_PUBLIC | (unsigned)YH_OP_INLINE, NULL,
	  NULL, NULL, 0, health, NULL, "服务是否存活", "Whether the server is alive",
	  .reply = "{status version}" },
	{ "health.ready", YH_GET, "/readyz", NULL, YH_OP_PUBLIC | (unsigned)YH_OP_READY, NULL, NULL,
	  NULL, 0, ready, NULL, "服务是否就绪", "Whether the store and the law can be read",
	  .reply = "{status:ready|degraded warnings:[{slug figures:object}]}" },
	{ "health.metrics", YH_GET, "/metrics", NULL,
	  YH_OP_PUBLIC | YH_OP_RAW | (unsigned)YH_OP_INLINE, NULL, NULL, NULL, 0, yh_http_metrics,
	  NULL, "运行指标", "Figures for Prometheus", .reply = "text/plain" },
	{ "api.describe", YH_GET, "/api/v1/openapi.json", NULL, YH_OP_PUBLIC | YH_OP_RAW, NULL,
	  NULL, NULL, 0, openapi, NULL, "接口说明", "This API as an OpenAPI 3.1 document",
	  .reply = "application/json" },
};

const struct yh_op_table yh_http_builtins = { ops, sizeof ops / sizeof ops[0] };

void yh_openapi_whole(struct yh_buf *out, const struct yh_op_table *const *tables, size_t n_tables,
		      const struct yh_pack *pack)
{
	const struct yh_op_table *all[YH_TABLES_MAX] = { &yh_http_builtins };

	assert(n_tables < YH_TABLES_MAX);
	memcpy(all + 1, tables, n_tables * sizeof *tables);
	yh_openapi_write(out, all, n_tables + 1, pack);
}
