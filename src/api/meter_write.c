/* Usage and platform data coming in: remote-write, and JSON lines. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "services/meter/keys.h"
#include "services/meter/view.h"

/* One body on its way through the meter; lives in the request's arena. */
struct writing {
	struct yh_req *rq;
	struct yh_meter_scope scope;
	struct yh_meter_write write;
};

static uint64_t refused_of(const struct yh_meter_written *w)
{
	return w->refused_invalid + w->refused_foreign + w->refused_late + w->refused_future +
	       w->refused_limit;
}

static void set_written(struct yh_req *rq, const char *name, uint64_t n)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%" PRIu64, n);
	yh_req_set_header(rq, name, text);
}

/* Only version 2 knows of these; for it, none means nothing was written. Exemplars never are. */
static void tell_written(struct yh_req *rq, const struct yh_meter_write *w)
{
	if (w->form != YH_METER_RW2 || w->rc != YH_OK)
		return;
	set_written(rq, "X-Prometheus-Remote-Write-Samples-Written", w->written.samples);
	set_written(rq, "X-Prometheus-Remote-Write-Histograms-Written", w->written.histograms);
	set_written(rq, "X-Prometheus-Remote-Write-Exemplars-Written", 0);
}

/* A sender repeats after 5xx and drops after 4xx: so what was refused is 400, with the rest
 * written; what the disk did not take is 5xx. */
static void answer_remote_write(struct yh_meter_write *w)
{
	struct writing *wr = w->arg;
	struct yh_req *rq = wr->rq;

	tell_written(rq, w);
	rq->status = 204;
	if (w->rc == YH_OK && w->written.why.rc != YH_OK) {
		w->err = w->written.why;
		w->rc = w->err.rc = YH_BAD_INPUT;
	}
	yh_req_release(rq, w->rc, &w->err);
}

static void answer_lines(struct yh_meter_write *w)
{
	struct writing *wr = w->arg;
	struct yh_req *rq = wr->rq;
	const struct yh_meter_written *n = &w->written;

	if (w->rc != YH_OK) {
		yh_req_release(rq, w->rc, &w->err);
		return;
	}
	yh_jw_int(rq->w, "samples", (int64_t)n->samples);
	yh_jw_int(rq->w, "repeated", (int64_t)n->repeated);
	yh_jw_int(rq->w, "refused", (int64_t)refused_of(n));
	yh_jw_obj(rq->w, "reasons");
	yh_jw_int(rq->w, "invalid", (int64_t)n->refused_invalid);
	yh_jw_int(rq->w, "foreign", (int64_t)n->refused_foreign);
	yh_jw_int(rq->w, "late", (int64_t)n->refused_late);
	yh_jw_int(rq->w, "future", (int64_t)n->refused_future);
	yh_jw_int(rq->w, "limit", (int64_t)n->refused_limit);
	yh_jw_end_obj(rq->w);
	if (n->why.rc != YH_OK)
		yh_jw_str(rq->w, "why", n->why.slug);
	yh_req_release(rq, YH_OK, NULL);
}

static enum yh_rc begin(struct yh_req *rq, enum yh_meter_form form,
			void (*done)(struct yh_meter_write *), bool backfill, struct yh_err *err)
{
	struct writing *wr = YH_NEW(rq->cx.arena, struct writing);
	struct yh_meter *meter;
	enum yh_rc rc = wr ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = yh_meter_of(rq->cx.world, &meter, err);
	if (rc == YH_OK)
		rc = yh_meter_key_check(rq->cx.world, rq->bearer, &wr->scope, err);
	if (rc == YH_OK && backfill && !wr->scope.backfill)
		rc = yh_fail(err, YH_FORBIDDEN, "meter-backfill-other");
	if (rc != YH_OK)
		return rc;
	wr->rq = rq;
	wr->scope.backfill = backfill;
	wr->write = (struct yh_meter_write){ .scope = &wr->scope,
					     .form = form,
					     .body = rq->body,
					     .n = rq->body_len,
					     .received_at = rq->cx.now,
					     .done = done,
					     .arg = wr };
	yh_req_hold(rq);
	return yh_meter_write(meter, &wr->write, err);
}

enum { TYPE_RW2 = 2 };
static const char *const write_types[] = { "application/x-protobuf",
					   "application/x-protobuf;proto=prometheus.WriteRequest",
					   "application/x-protobuf;"
					   "proto=io.prometheus.write.v2.Request",
					   NULL };
static const char *const write_sets[] = { "X-Prometheus-Remote-Write-Samples-Written",
					  "X-Prometheus-Remote-Write-Histograms-Written",
					  "X-Prometheus-Remote-Write-Exemplars-Written", NULL };
static const char *const line_types[] = { "application/x-ndjson", "application/jsonl", NULL };

static const struct yh_raw write_raw = { .max_bytes = YH_METER_BODY_MAX,
					 .types = write_types,
					 .encodings = "snappy",
					 .sets = write_sets,
					 .known = yh_meter_key_known };
static const struct yh_raw line_raw = { .max_bytes = YH_METER_BODY_MAX,
					.types = line_types,
					.encodings = "identity",
					.known = yh_meter_key_known };

static enum yh_rc remote_write(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return begin(rq, rq->body_type == TYPE_RW2 ? YH_METER_RW2 : YH_METER_RW1,
		     answer_remote_write, false, err);
}

struct lines_in {
	bool backfill;
};
static const struct yh_field lines_query[] = {
	{ "backfill", YH_F_BOOL, offsetof(struct lines_in, backfill), 0,
	  .about = "samples may be of any age, if the token admits it" },
	{ 0 },
};

static enum yh_rc lines(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return begin(rq, YH_METER_LINES, answer_lines, ((const struct lines_in *)in)->backfill,
		     err);
}

static const struct yh_op ops[] = {
	{ "meter.write", YH_POST, "/api/v1/write", NULL, YH_OP_OWN_KEY, NULL, NULL, NULL, 0,
	  remote_write, NULL, "接收 Prometheus 远程写入", "Prometheus remote-write 1.0 and 2.0",
	  .raw = &write_raw, .reply = "none" },
	{ "meter.lines", YH_POST, "/api/v1/meter/lines", NULL, YH_OP_OWN_KEY, NULL, lines_query,
	  NULL, sizeof(struct lines_in), lines, NULL, "导入 JSON 行", "Samples as JSON lines",
	  .raw = &line_raw,
	  .reply = "{samples:int repeated:int refused:int reasons:@Refusals why?}" },
};

const struct yh_op_table yh_ops_meter_write = { ops, sizeof ops / sizeof ops[0] };
