/* Monitoring agents and what was observed about them (Art. 25). */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/agent/enrol.h"
#include "services/backup/server.h"
#include "services/policy/govern.h"
#include "services/project/project.h"

struct agent_in {
	const char *resource, *unit, *cloud, *reason, *kind;
	const char *box, *mac, *binary, *config, *host, *version;
	int64_t hours, interval_s;
	bool all, open;
	struct yh_id agent;
	struct yh_agent_opened opened; /* behind the fields: of an enrolment */
};

#define AT(field) offsetof(struct agent_in, field)
static const struct yh_field code_body[] = {
	{ "resource", YH_F_CODE, AT(resource), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ "hours", YH_F_INT, AT(hours), 0, .min = 1, .max = 168,
	  .about = "how long the code is valid; 24 when absent" },
	{ 0 },
};
static const struct yh_field enrol_body[] = {
	{ "box", YH_F_CODE, AT(box), YH_REQUIRED | YH_SECRET, .max = YH_AGENT_BOX_HEX,
	  .about = "secret and code, encrypted to the server's SM2 key; hex" },
	{ "host", YH_F_LINE, AT(host), YH_REQUIRED, .max = YH_AGENT_HOST_MAX,
	  .about = "name of the machine" },
	{ "version", YH_F_CODE, AT(version), YH_REQUIRED, .max = YH_AGENT_VERSION_MAX,
	  .about = "of the agent" },
	{ "binary", YH_F_CODE, AT(binary), YH_REQUIRED, .max = 64,
	  .about = "SM3 of the program; hex" },
	{ "config", YH_F_CODE, AT(config), YH_REQUIRED, .max = 64,
	  .about = "SM3 of its configuration; hex" },
	{ "interval_s", YH_F_INT, AT(interval_s), YH_REQUIRED, .min = YH_AGENT_INTERVAL_MIN_S,
	  .max = YH_AGENT_INTERVAL_MAX_S, .about = "seconds between batches" },
	{ "mac", YH_F_CODE, AT(mac), YH_REQUIRED, .max = 64,
	  .about = "HMAC-SM3 under the secret over the rest; hex" },
	{ 0 },
};
static const struct yh_field agent_path[] = {
	{ "agent", YH_F_ID, AT(agent), YH_REQUIRED, .about = "the agent's id" },
	{ 0 },
};
static const struct yh_field reason_body[] = {
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "resource", YH_F_CODE, AT(resource), 0, .max = 64, .about = "only of this resource" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit's" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ "all", YH_F_BOOL, AT(all), 0, .about = "revoked ones, too" },
	{ 0 },
};
static const struct yh_field seen_query[] = {
	{ "resource", YH_F_CODE, AT(resource), 0, .max = 64, .about = "only of this resource" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit's" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ "agent", YH_F_ID, AT(agent), 0, .about = "only of this agent" },
	{ "kind", YH_F_WORD, AT(kind), 0,
	  .choices = "silence|gap|replay|wrong_mac|binary|config|clock|clock_step|uninstall|"
		     "afterlife|absent",
	  .about = "kind" },
	{ "open", YH_F_BOOL, AT(open), 0, .about = "only those that last" },
	{ 0 },
};

static enum yh_rc resource_ref(struct yh_req *rq, const char *text, struct yh_id *out,
			       struct yh_err *err)
{
	enum yh_rc rc = yh_id_parse(text, out, NULL);

	return rc == YH_OK ? rc : yh_resource_id_by_no(rq->cx.tx, text, out, err);
}

static enum yh_rc code(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct agent_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	char text[YH_AGENT_CODE_TEXT];
	yh_time expires_at;
	struct yh_id id;
	enum yh_rc rc = resource_ref(rq, i->resource, &id, err);

	if (rc == YH_OK)
		rc = yh_agent_make_code(&rq->cx, &who, &id, i->hours ? i->hours : 24, text,
					&expires_at, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->once = true;
	yh_jw_str(rq->w, "code", text);
	yh_jw_time(rq->w, "expires_at", expires_at);
	return YH_OK;
}

static enum yh_rc key(struct yh_req *rq, const void *in, struct yh_err *err)
{
	unsigned char point[YH_SM2_POINT];
	char hex[2 * YH_SM2_POINT + 1];
	enum yh_rc rc = yh_agent_server_point(&rq->cx, point, err);

	(void)in;
	if (rc == YH_OK)
		yh_jw_str(rq->w, "public_key", yh_hex(point, sizeof point, hex));
	return rc;
}

/* Opening the box takes a millisecond that the one writer need not spend. */
static enum yh_rc prepare_enrol(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct agent_in *i = in;
	const struct yh_agent_enrolment e = { .box = i->box,
					      .mac = i->mac,
					      .binary = i->binary,
					      .config = i->config,
					      .host = i->host,
					      .version = i->version,
					      .interval_s = i->interval_s };

	return yh_agent_open_enrolment(rq->cx.world, rq->cx.now, &e, &i->opened, err);
}

static enum yh_rc enrol(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_agent_enrolled e;
	char hex[YH_SM3_HEX];
	enum yh_rc rc =
		yh_agent_take_enrolment(&rq->cx, &((const struct agent_in *)in)->opened, &e, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_id(rq->w, "agent", &e.agent);
	yh_jw_str(rq->w, "resource", e.resource_no);
	yh_jw_str(rq->w, "proof", yh_hex(e.proof.b, YH_SM3_BYTES, hex));
	return YH_OK;
}

/* Every kind that lasts, by name. */
static void write_open(struct yh_jw *w, uint16_t open)
{
	yh_jw_arr(w, "open");
	for (int k = 0; k < YH_SEEN_COUNT; k++)
		if (open >> k & 1)
			yh_jw_str(w, NULL, yh_seen_name((enum yh_seen)k));
	yh_jw_end_arr(w);
}

static void write_agent(struct yh_req *rq, const struct yh_agent_row *a)
{
	struct yh_jw *w = rq->w;
	struct yh_agent_now now = { 0 };
	char hex[YH_SM3_HEX];

	if (rq->cx.world->agents)
		yh_agents_now(rq->cx.world->agents, &a->id, &now);
	yh_jw_id(w, "id", &a->id);
	yh_jw_str(w, "resource", a->resource_no);
	yh_list_word(rq, "resource_state", "resource", a->resource_state);
	yh_list_word(rq, "state", "agent", a->revoked_at ? a->revoked_as : "enrolled");
	yh_jw_str(w, "host", a->host);
	yh_jw_str(w, "version", a->version);
	yh_jw_int(w, "interval_s", a->interval_s);
	yh_jw_time(w, "enrolled_at", a->enrolled_at);
	yh_jw_id(w, "enrolled_by", &a->enrolled_by);
	yh_jw_time(w, "revoked_at", a->revoked_at);
	yh_jw_str(w, "binary_accepted", yh_hex(a->binary_ok.b, YH_SM3_BYTES, hex));
	yh_jw_str(w, "binary_seen", yh_hex(a->binary_seen.b, YH_SM3_BYTES, hex));
	yh_jw_str(w, "config_accepted", yh_hex(a->config_ok.b, YH_SM3_BYTES, hex));
	yh_jw_str(w, "config_seen", yh_hex(a->config_seen.b, YH_SM3_BYTES, hex));
	yh_jw_int(w, "last_batch", now.last);
	yh_jw_time(w, "last_at", now.seen_at);
	yh_jw_int(w, "lost_batches", now.lost);
	yh_jw_int(w, "clock_offset_ms", now.offset_ms);
	write_open(w, now.open);
}

static enum yh_rc filter_refs(struct yh_req *rq, const struct agent_in *i, struct yh_id *resource,
			      struct yh_id *unit, struct yh_id *cloud, struct yh_id *after,
			      struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*resource = *unit = *cloud = *after = (struct yh_id){ 0 };
	if (i->resource)
		rc = resource_ref(rq, i->resource, resource, err);
	if (rc == YH_OK && i->unit)
		rc = yh_ref_org(&rq->cx, i->unit, unit, err);
	if (rc == YH_OK && i->cloud)
		rc = yh_ref_cloud(&rq->cx, i->cloud, cloud, err);
	if (rc == YH_OK && rq->cursor[0] && yh_id_parse(rq->cursor, after, NULL) != YH_OK)
		rc = yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	return rc;
}

static void write_next(struct yh_req *rq, const struct yh_id *last)
{
	char text[YH_ID_TEXT];

	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next", last ? yh_id_text(last, text) : NULL);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct agent_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_agent_filter f = { .all = i->all, .limit = rq->limit + 1 };
	struct yh_agent_row *rows;
	size_t n;
	enum yh_rc rc = filter_refs(rq, i, &f.resource, &f.unit, &f.cloud, &f.after, err);

	if (rc == YH_OK)
		rc = yh_agent_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t k = 0; k < n && k < rq->limit; k++) {
		yh_jw_obj(rq->w, NULL);
		write_agent(rq, &rows[k]);
		yh_jw_end_obj(rq->w);
	}
	write_next(rq, n > rq->limit ? &rows[rq->limit - 1].id : NULL);
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	const struct yh_agent_filter f = { .id = ((const struct agent_in *)in)->agent,
					   .all = true,
					   .limit = 1 };
	struct yh_agent_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_id_is_zero(&f.id)
				? YH_OK
				: yh_agent_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_NOT_FOUND, "agent-unknown");
	if (rc == YH_OK)
		write_agent(rq, &rows[0]);
	return rc;
}

static enum yh_rc revoke(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct agent_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);

	return yh_agent_revoke(&rq->cx, &who, &i->agent, i->reason, err);
}

static enum yh_rc accept(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct agent_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);

	return yh_agent_approve(&rq->cx, &who, &i->agent, i->reason, err);
}

static enum yh_rc observations(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct agent_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_observation_filter f = { .agent = i->agent,
					   .kind = i->kind ? i->kind : "",
					   .open = i->open,
					   .limit = rq->limit + 1 };
	const char *article =
		yh_action_article(rq->cx.world, yh_ctx_today(&rq->cx), "observation.read");
	struct yh_observation_row *rows;
	char hex[YH_SM3_HEX];
	size_t n;
	enum yh_rc rc = filter_refs(rq, i, &f.resource, &f.unit, &f.cloud, &f.after, err);

	if (rc == YH_OK)
		rc = yh_observation_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t k = 0; k < n && k < rq->limit; k++) {
		const struct yh_observation_row *o = &rows[k];

		yh_jw_obj(rq->w, NULL);
		yh_jw_id(rq->w, "id", &o->id);
		yh_list_word(rq, "kind", "observed", o->kind);
		yh_jw_str(rq->w, "resource", o->resource_no);
		yh_jw_id(rq->w, "agent", &o->agent);
		yh_jw_time(rq->w, "from", o->from_at);
		yh_jw_time(rq->w, "to", o->to_at);
		yh_jw_time(rq->w, "noticed_at", o->noticed_at);
		yh_jw_str(rq->w, "article", article);
		yh_jw_raw(rq->w, "evidence", o->evidence);
		yh_jw_str(rq->w, "evidence_digest",
			  yh_hex(o->evidence_digest.b, YH_SM3_BYTES, hex));
		yh_jw_raw(rq->w, "ended_by", o->closing[0] ? o->closing : "null");
		yh_jw_end_obj(rq->w);
	}
	write_next(rq, n > rq->limit ? &rows[rq->limit - 1].id : NULL);
	return YH_OK;
}

size_t yh_api_figures(const struct yh_world *world, struct yh_figure out[YH_FIGURES_MOST])
{
	struct yh_agents_stats s;
	struct yh_backups_status b;
	size_t n = 0;

	yh_backups_status(world->backups, &b);
	if (b.configured) {
		out[n++] = (struct yh_figure){ "yunheng_backup_last_success_seconds", "gauge",
					       (uint64_t)(b.last_at / YH_US_PER_S) };
		out[n++] = (struct yh_figure){ "yunheng_backup_last_bytes", "gauge",
					       (uint64_t)b.last_bytes };
		out[n++] =
			(struct yh_figure){ "yunheng_backup_failing", "gauge", b.failed_at != 0 };
	}
	if (!world->agents)
		return n;
	yh_agents_stats(world->agents, &s);
	out[n++] = (struct yh_figure){ "yunheng_agents", "gauge", s.agents };
	out[n++] = (struct yh_figure){ "yunheng_agent_batches_total", "counter", s.batches };
	out[n++] =
		(struct yh_figure){ "yunheng_agent_batches_repeated_total", "counter", s.repeated };
	out[n++] = (struct yh_figure){ "yunheng_agent_batches_behind_total", "counter", s.behind };
	out[n++] = (struct yh_figure){ "yunheng_agent_batches_wrong_mac_total", "counter",
				       s.bad_macs };
	out[n++] =
		(struct yh_figure){ "yunheng_agent_batches_refused_total", "counter", s.refused };
	out[n++] = (struct yh_figure){ "yunheng_agent_notes_total", "counter", s.notes };
	return n;
}

/* A batch waits for the meter without holding a worker. */
static void batch_done(struct yh_agent_batch *b)
{
	struct yh_req *rq = b->arg;
	char hex[YH_SM3_HEX];

	if (b->rc == YH_OK) {
		yh_jw_str(rq->w, "state", b->answer.behind ? "behind" : "done");
		yh_jw_int(rq->w, "last", b->answer.last);
		yh_jw_int(rq->w, "at_ms", b->answer.at_ms);
		yh_jw_str(rq->w, "mac", yh_hex(b->answer_mac.b, YH_SM3_BYTES, hex));
	}
	yh_req_release(rq, b->rc, &b->err);
}

static enum yh_rc batch(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_agents *agents = rq->cx.world->agents;
	struct yh_agent_batch *b = YH_NEW(rq->cx.arena, struct yh_agent_batch);

	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!agents)
		return yh_fail(err, YH_BUSY, "agents-absent");
	*b = (struct yh_agent_batch){ .agent = ((const struct agent_in *)in)->agent,
				      .head = yh_req_header(rq, YH_AGENT_HEAD_HEADER),
				      .mac = yh_req_header(rq, YH_AGENT_MAC_HEADER),
				      .body = rq->body,
				      .n = rq->body_len,
				      .source = rq->source,
				      .done = batch_done,
				      .arg = rq };
	yh_req_hold(rq);
	yh_agents_take(agents, b);
	return YH_OK;
}

static const char *const batch_types[] = { "application/x-protobuf", NULL };
static const char *const batch_reads[] = { YH_AGENT_HEAD_HEADER, YH_AGENT_MAC_HEADER, NULL };
static const struct yh_raw batch_raw = { .max_bytes = YH_AGENT_BATCH_MAX,
					 .types = batch_types,
					 .encodings = "snappy",
					 .reads = batch_reads };

static const struct yh_column agent_columns[] = {
	{ "资源", "RESOURCE", "resource" },
	{ "主机", "HOST", "host" },
	{ "状态", "STATE", "state" },
	{ "最近批次", "BATCH", "last_batch" },
	{ "最近上报", "LAST", "last_at" },
	{ "未结观察", "OPEN", "open" },
	{ "编号", "ID", "id" },
	{ 0 },
};
static const struct yh_column seen_columns[] = {
	{ "资源", "RESOURCE", "resource" }, { "事项", "KIND", "kind" },
	{ "起", "FROM", "from" },           { "止", "TO", "to" },
	{ "证据", "EVIDENCE", "evidence" }, { 0 },
};

#define IN sizeof(struct agent_in)
static const struct yh_op ops[] = {
	{ "agent.code", YH_POST, "/api/v1/agents/codes", "agent.manage", YH_OP_WRITE, NULL, NULL,
	  code_body, IN, code, NULL, "为资源生成一次性登记码（只显示一次）",
	  "Make a one-time code to enrol a resource's agent with; shown once",
	  .reply = "{code expires_at:time}" },
	{ "agent.key", YH_GET, "/api/v1/agents/key", NULL, YH_OP_PUBLIC, NULL, NULL, NULL, 0, key,
	  NULL, "代理登记用的服务器公钥", "The server's public key, for agents that enrol",
	  .reply = "{public_key}" },
	{ "agent.enrol", YH_POST, "/api/v1/agents", NULL, YH_OP_PUBLIC | YH_OP_WRITE, NULL, NULL,
	  enrol_body, IN, enrol, NULL, "凭登记码登记代理（由 yunheng-agent 调用）",
	  "Enrol an agent by its code; called by yunheng-agent", prepare_enrol,
	  .reply = "{agent:id resource proof}" },
	{ "agent.list", YH_GET, "/api/v1/agents", "agent.read", YH_OP_PAGED, NULL, list_query, NULL,
	  IN, list, agent_columns, "监控代理及其状态", "Agents and their state, newest first",
	  .reply = "@Agent" },
	{ "agent.show", YH_GET, "/api/v1/agents/{agent}", "agent.read", 0, agent_path, NULL, NULL,
	  IN, show, NULL, "查看监控代理", "Show an agent", .reply = "@Agent" },
	{ "agent.revoke", YH_POST, "/api/v1/agents/{agent}/revocation", "agent.manage", YH_OP_WRITE,
	  agent_path, NULL, reason_body, IN, revoke, NULL, "吊销监控代理", "Revoke an agent",
	  .reply = "{}" },
	{ "agent.accept", YH_POST, "/api/v1/agents/{agent}/acceptance", "agent.accept", YH_OP_WRITE,
	  agent_path, NULL, reason_body, IN, accept, NULL, "认可代理现在的程序与配置",
	  "Accept the program and configuration that an agent has now", .reply = "{}" },
	{ "agent.batch", YH_POST, "/api/v1/agents/{agent}/batches", NULL,
	  YH_OP_OWN_KEY | YH_OP_SIGNED, agent_path, NULL, NULL, IN, batch, NULL,
	  "上报一批监控数据（由 yunheng-agent 调用）",
	  "Take a batch of an agent; called by yunheng-agent", .raw = &batch_raw,
	  .reply = "{state:behind|done last:int at_ms:int mac}" },
	{ "observation.list", YH_GET, "/api/v1/observations", "observation.read", YH_OP_PAGED, NULL,
	  seen_query, NULL, IN, observations, seen_columns, "监控观察记录，最新在前",
	  "What was observed about agents, newest first",
	  .reply =
		  "{id:id kind kind_title resource agent:id|null from:time to:time|null "
		  "noticed_at:time article evidence:object evidence_digest ended_by:object|null}" },
};

const struct yh_op_table yh_ops_agent = { ops, sizeof ops / sizeof ops[0] };
