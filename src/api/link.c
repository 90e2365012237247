/* The districts' link: pairing, how far each stream has come, healing; what machines call. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "link/batch.h"
#include "link/enrol.h"
#include "link/lag.h"

struct link_in {
	const char *district, *link, *stream, *way, *reason, *url, *code;
	const char *point, *box, *version, *signature;
	int64_t days, number;
	bool all;
	struct yh_link_opened opened; /* behind the fields: of an enrolment */
};

#define AT(field) offsetof(struct link_in, field)
static const struct yh_field district_path[] = {
	{ "district", YH_F_CODE, AT(district), YH_REQUIRED, .max = 31,
	  .about = "code of the district" },
	{ 0 },
};
static const struct yh_field code_body[] = {
	{ "days", YH_F_INT, AT(days), 0, .min = 1, .max = 30,
	  .about = "how long the code is valid; 7 when absent" },
	{ 0 },
};
static const struct yh_field join_body[] = {
	{ "point", YH_F_CODE, AT(point), YH_REQUIRED, .max = YH_LINK_POINT_HEX,
	  .about = "the district's SM2 key; hex" },
	{ "box", YH_F_CODE, AT(box), YH_REQUIRED | YH_SECRET, .max = YH_LINK_BOX_HEX,
	  .about = "the code's secret and the SM3 of the point, encrypted to the city's key; hex" },
	{ "version", YH_F_CODE, AT(version), YH_REQUIRED, .max = 31, .about = "of the program" },
	{ "signature", YH_F_CODE, AT(signature), YH_REQUIRED, .max = 2 * YH_SIG_MAX,
	  .about = "by the district's key over all of it; hex" },
	{ 0 },
};
static const struct yh_field enrol_body[] = {
	{ "url", YH_F_LINE, AT(url), YH_REQUIRED | YH_BARE, .max = YH_LINK_URL_MAX,
	  .about = "where the city's server is, https" },
	{ "code", YH_F_CODE, AT(code), YH_REQUIRED | YH_SECRET, .max = YH_LINK_CODE_TEXT,
	  .about = "the one-time code that the city made" },
	{ 0 },
};
static const struct yh_field link_path[] = {
	{ "link", YH_F_CODE, AT(link), YH_REQUIRED, .max = 31,
	  .about = "a district's code; at a district: city" },
	{ 0 },
};
static const struct yh_field stream_path[] = {
	{ "link", YH_F_CODE, AT(link), YH_REQUIRED, .max = 31,
	  .about = "a district's code; at a district: city" },
	{ "stream", YH_F_CODE, AT(stream), YH_REQUIRED, .max = 31, .about = "name of the stream" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "all", YH_F_BOOL, AT(all), 0, .about = "ended ones, too" },
	{ 0 },
};
static const struct yh_field reason_body[] = {
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field resync_body[] = {
	{ "way", YH_F_WORD, AT(way), 0, .choices = "in|out",
	  .about = "only what is received, or sent; both when absent" },
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field resync_all_body[] = {
	{ "all", YH_F_BOOL, AT(all), 0,
	  .about = "those that flow, too; only forked and lost ones when absent" },
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field skip_body[] = {
	{ "number", YH_F_INT, AT(number), YH_REQUIRED, .min = 1, .max = INT64_C(1) << 53,
	  .about = "of the document, as the stream shows it" },
	{ "reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why" },
	{ 0 },
};
static const struct yh_field reconcile_body[] = {
	{ "stream", YH_F_CODE, AT(stream), 0, .max = 31, .about = "only this one" },
	{ 0 },
};

/* ---- pairing ---- */

static enum yh_rc code(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	char text[YH_LINK_CODE_TEXT];
	yh_time expires_at;
	enum yh_rc rc = yh_link_make_code(&rq->cx, i->district, i->days ? i->days : 7, text,
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
	char hex[YH_LINK_POINT_HEX + 1];
	enum yh_rc rc = yh_link_point(rq->cx.world, point, err);

	(void)in;
	if (rc == YH_OK)
		yh_jw_str(rq->w, "public_key", yh_hex(point, sizeof point, hex));
	return rc;
}

static void write_enrolled(struct yh_req *rq, const struct yh_link_enrolled *e)
{
	yh_jw_id(rq->w, "peer", &e->peer);
	yh_jw_str(rq->w, "district", e->district);
	yh_jw_str(rq->w, "cloud", e->cloud);
	yh_jw_str(rq->w, "municipal", e->municipal);
	rq->status = 201;
}

/* Opening the box and two signatures take milliseconds that the one writer need not spend. */
static enum yh_rc prepare_join(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct link_in *i = in;
	const struct yh_link_enrolment e = { i->point, i->box, i->version, i->signature };

	return yh_link_open_enrolment(rq->cx.world, &e, &i->opened, err);
}

static enum yh_rc join(struct yh_req *rq, const void *in, struct yh_err *err)
{
	char hex[2 * YH_SIG_MAX + 1];
	struct yh_link_enrolled e;
	enum yh_rc rc =
		yh_link_take_enrolment(&rq->cx, &((const struct link_in *)in)->opened, &e, err);

	if (rc != YH_OK)
		return rc;
	write_enrolled(rq, &e);
	yh_jw_str(rq->w, "signature", yh_hex(e.signature, e.signature_n, hex));
	return YH_OK;
}

static enum yh_rc enrol(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	struct yh_link_enrolled e;
	enum yh_rc rc = yh_link_enrol(&rq->cx, i->url, i->code, &e, err);

	if (rc == YH_OK)
		write_enrolled(rq, &e);
	return rc;
}

/* ---- looking ---- */

static void write_fault(struct yh_req *rq, const char *slug, const char *figures)
{
	if (!slug[0]) {
		yh_jw_null(rq->w, "fault");
		return;
	}
	yh_jw_obj(rq->w, "fault");
	yh_jw_str(rq->w, "slug", slug);
	yh_list_sentence(rq, slug, figures && figures[0] ? figures : "{}");
	yh_jw_end_obj(rq->w);
}

/* "{…"figures":{…}}": the figures alone, as a sentence is rendered from them. */
static const char *figures_of(struct yh_req *rq, const char *text)
{
	const json_t *o = NULL, *inner;
	char *plain;

	if (!text[0] || yh_json_parse_in(rq->cx.arena, text, strlen(text), &o, NULL) != YH_OK)
		return "{}";
	inner = json_object_get(o, "figures");
	plain = inner ? yh_json_canonical(inner) : NULL;
	if (plain && !yh_arena_defer(rq->cx.arena, free, plain))
		plain = NULL;
	return plain ? plain : "{}";
}

static void write_stream(struct yh_req *rq, const void *row)
{
	const struct yh_link_lag *l = row;
	const struct yh_link_stream_row *s = &l->row;
	char hex[YH_SM3_HEX];

	yh_list_word(rq, "stream", "link-stream", s->stream);
	yh_jw_str(rq->w, "way", s->sends ? "out" : "in");
	yh_list_word(rq, "state", "link", s->refilling ? "refilling" : s->state);
	yh_jw_time(rq->w, "since", s->since);
	yh_jw_id(rq->w, "epoch", &s->epoch);
	yh_jw_int(rq->w, "number", s->seq);
	yh_jw_int(rq->w, "head", s->sends ? s->seq : s->head);
	yh_jw_int(rq->w, "acknowledged", s->sends ? s->acked : s->seq);
	yh_jw_str(rq->w, "chain", yh_hex(s->chain.b, YH_SM3_BYTES, hex));
	yh_jw_int(rq->w, "waiting", l->waiting);
	yh_jw_time(rq->w, "oldest_at", l->oldest_at);
	yh_jw_int(rq->w, "lag_s", l->lag_s);
	yh_jw_int(rq->w, "total", s->total);
	yh_jw_int(rq->w, "healed", s->healed);
	yh_jw_int(rq->w, "skipped", s->skipped);
	yh_jw_time(rq->w, "compared_at", s->compared_at);
	yh_jw_int(rq->w, "compared_documents", s->compared_docs);
	if (s->compared_at)
		yh_jw_str(rq->w, "compared_digest", yh_hex(s->compared_root.b, YH_SM3_BYTES, hex));
	else
		yh_jw_null(rq->w, "compared_digest");
	write_fault(rq, s->fault, figures_of(rq, s->fault_figures));
	if (s->fault_seq) {
		yh_jw_int(rq->w, "stopped_at", s->fault_seq);
		yh_jw_str(rq->w, "stopped_key", s->fault_key);
		yh_jw_str(rq->w, "stopped_field", s->fault_field);
	}
}

struct one {
	struct yh_link_peer_row row;
	struct yh_link_lag *lags;
	size_t n;
	int64_t lag_s, waiting;
};

static enum yh_rc load_one(struct yh_req *rq, struct one *o, struct yh_err *err)
{
	enum yh_rc rc = yh_link_lags(rq->cx.tx, &o->row, rq->cx.now, rq->cx.arena, &o->lags, &o->n,
				     &o->lag_s, err);

	for (size_t i = 0; rc == YH_OK && i < o->n; i++)
		o->waiting += o->lags[i].waiting;
	return rc;
}

static void write_one(struct yh_req *rq, const void *row)
{
	const struct one *o = row;
	const struct yh_link_peer_row *p = &o->row;
	int64_t skew_s = p->skew_ms / 1000;

	yh_jw_id(rq->w, "id", &p->id);
	yh_jw_str(rq->w, "link", p->city ? "city" : p->district);
	yh_jw_str(rq->w, "side", p->city ? "city" : "district");
	yh_jw_str(rq->w, "district", p->district);
	yh_list_word(rq, "state", "link-peer", p->state);
	yh_jw_str(rq->w, "url", p->url[0] ? p->url : NULL);
	yh_jw_str(rq->w, "version", p->version);
	yh_jw_time(rq->w, "enrolled_at", p->enrolled_at);
	yh_jw_time(rq->w, "ended_at", p->ended_at);
	yh_jw_str(rq->w, "ended_reason", p->ended_at ? p->ended_why : NULL);
	yh_jw_time(rq->w, "heard_at", p->heard_at);
	yh_jw_int(rq->w, "lag_s", o->lag_s);
	yh_jw_int(rq->w, "waiting", o->waiting);
	yh_jw_int(rq->w, "skew_s", skew_s);
	yh_jw_bool(rq->w, "skewed", llabs(skew_s) > YH_LINK_SKEW_S);
	yh_jw_time(rq->w, "failing_since", p->failing_since);
	write_fault(rq, p->fault, figures_of(rq, p->fault_figures));
	yh_list_write(rq, "streams", o->lags, o->n, sizeof *o->lags, write_stream);
}

static void write_open(struct yh_req *rq, const void *row)
{
	const struct yh_link_code_row *c = row;

	yh_jw_str(rq->w, "district", c->district);
	yh_jw_time(rq->w, "made_at", c->made_at);
	yh_jw_time(rq->w, "expires_at", c->expires_at);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_link_peer_row *rows;
	struct yh_link_code_row *codes;
	struct one *all;
	size_t n = 0, n_codes = 0;
	enum yh_rc rc = yh_link_peer_all(rq->cx.tx, ((const struct link_in *)in)->all, rq->cx.arena,
					 &rows, &n, err);

	all = rc == YH_OK ? YH_NEW_N(rq->cx.arena, struct one, n + 1) : NULL;
	if (rc == YH_OK && !all)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		all[i].row = rows[i];
		rc = load_one(rq, &all[i], err);
	}
	if (rc == YH_OK)
		rc = yh_link_code_open(rq->cx.tx, rq->cx.now, rq->cx.arena, &codes, &n_codes, err);
	if (rc != YH_OK)
		return rc;
	yh_list_write(rq, "items", all, n, sizeof *all, write_one);
	yh_list_write(rq, "codes", codes, n_codes, sizeof *codes, write_open);
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct one o = { 0 };
	enum yh_rc rc = yh_link_find(&rq->cx, ((const struct link_in *)in)->link, &o.row, err);

	if (rc == YH_OK)
		rc = load_one(rq, &o, err);
	if (rc == YH_OK)
		write_one(rq, &o);
	return rc;
}

/* ---- healing ---- */

static enum yh_rc end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;

	return yh_link_end(&rq->cx, i->link, i->reason, err);
}

static enum yh_rc resync(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	enum yh_rc rc = yh_link_resync(&rq->cx, i->link, i->stream, i->way, i->reason, err);

	return rc == YH_OK ? show(rq, in, err) : rc;
}

static enum yh_rc resync_all(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	int64_t n;
	enum yh_rc rc = yh_link_resync_all(&rq->cx, i->link, i->all, i->reason, &n, err);

	if (rc == YH_OK)
		yh_jw_int(rq->w, "streams", n);
	return rc;
}

static enum yh_rc skip(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	enum yh_rc rc = yh_link_skip(&rq->cx, i->link, i->stream, i->number, i->reason, err);

	return rc == YH_OK ? show(rq, in, err) : rc;
}

static enum yh_rc reconcile(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct link_in *i = in;
	int64_t n;
	enum yh_rc rc = yh_link_reconcile(&rq->cx, i->link, i->stream, &n, err);

	if (rc == YH_OK)
		yh_jw_int(rq->w, "streams", n);
	return rc;
}

/* ---- batches ---- */

struct batch {
	struct yh_req *rq;
	struct yh_link_serving serving;
};

static void batch_done(struct yh_link_serving *s)
{
	struct batch *b = s->arg;
	struct yh_req *rq = b->rq;

	if (s->rc == YH_OK) {
		rq->content_type = "application/octet-stream";
		yh_buf_add(rq->w->buf, s->reply, s->reply_n);
	}
	yh_req_release(rq, s->rc, &s->err);
}

static enum yh_rc serve(struct yh_req *rq, bool file, struct yh_err *err)
{
	struct batch *b = YH_NEW(rq->cx.arena, struct batch);

	if (!b)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!rq->cx.world->link)
		return yh_fail(err, YH_BUSY, "link-absent");
	b->rq = rq;
	b->serving = (struct yh_link_serving){
		.body = rq->body, .n = rq->body_len, .file = file, .done = batch_done, .arg = b
	};
	yh_req_hold(rq);
	return yh_link_serve(rq->cx.world->link, &b->serving, err);
}

static enum yh_rc batch(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return serve(rq, false, err);
}

static enum yh_rc file(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return serve(rq, true, err);
}

static const char *const batch_types[] = { "application/octet-stream", NULL };
static const struct yh_raw batch_raw = { .max_bytes = YH_LINK_PACKED_MAX + YH_LINK_ENVELOPE_MAX,
					 .types = batch_types,
					 .encodings = "identity" };

static const struct yh_column columns[] = {
	YH_COL("对方", "LINK", "link"),
	YH_COL_STATE,
	YH_COL("滞后秒", "LAG S", "lag_s"),
	YH_COL("待传", "WAITING", "waiting"),
	YH_COL("时钟偏差秒", "SKEW S", "skew_s"),
	YH_COL("最近联络", "HEARD", "heard_at"),
	YH_COL("故障", "FAULT", "fault.sentence"),
	{ 0 },
};

#define IN sizeof(struct link_in)
static const struct yh_op ops[] = {
	{ "link.code", YH_POST, "/api/v1/districts/{district}/link-code", "link.enrol", YH_OP_WRITE,
	  district_path, NULL, code_body, IN, code, NULL,
	  "为一个区的平台生成一次性配对码（只显示一次）",
	  "Make a one-time code to pair a district's server with; shown once",
	  .reply = "{code expires_at:time}" },
	{ "link.key", YH_GET, "/api/v1/link/key", NULL, YH_OP_PUBLIC, NULL, NULL, NULL, 0, key,
	  NULL, "配对用的服务器公钥", "The server's public key, for districts that enrol",
	  .reply = "{public_key}" },
	{ "link.join", YH_POST, "/api/v1/link/enrolments", NULL, YH_OP_PUBLIC | YH_OP_WRITE, NULL,
	  NULL, join_body, IN, join, NULL, "凭配对码登记区平台（由区平台调用）",
	  "Enter a district's server by its code; called by that server", prepare_join,
	  .reply = "{peer:id district cloud municipal signature}" },
	{ "link.batch", YH_POST, "/api/v1/link/batch", NULL,
	  YH_OP_PUBLIC | YH_OP_OWN_KEY | YH_OP_RAW | YH_OP_SIGNED, NULL, NULL, NULL, 0, batch, NULL,
	  "区平台交付一批文档（由区平台调用）",
	  "A batch of documents of a district's server; called by that server", .raw = &batch_raw,
	  .reply = "application/octet-stream" },
	{ "link.file", YH_POST, "/api/v1/link/file", NULL,
	  YH_OP_PUBLIC | YH_OP_OWN_KEY | YH_OP_RAW | YH_OP_SIGNED, NULL, NULL, NULL, 0, file, NULL,
	  "区平台交付或领取案件附件的一段（由区平台调用）",
	  "A piece of a file of a case, brought or asked for; called by a district's server",
	  .raw = &batch_raw, .reply = "application/octet-stream" },
	{ "link.enrol", YH_POST, "/api/v1/links", "link.enrol", YH_OP_ASIDE, NULL, NULL, enrol_body,
	  IN, enrol, NULL, "把本区平台与市平台配对", "Pair this district's server with the city's",
	  .reply = "{peer:id district cloud municipal}" },
	{ "link.list", YH_GET, "/api/v1/links", "link.read", 0, NULL, list_query, NULL, IN, list,
	  columns, "市区链路：滞后、待传、时钟偏差，仍有效的配对码",
	  "The links: lag, what waits, how clocks differ; codes that are still good",
	  .reply = "{items:[@Link] codes:[@LinkOpenCode]}" },
	{ "link.show", YH_GET, "/api/v1/links/{link}", "link.read", 0, link_path, NULL, NULL, IN,
	  show, NULL, "查看一条链路和它的各个流", "One link with its streams", .reply = "@Link" },
	{ "link.end", YH_POST, "/api/v1/links/{link}/end", "link.enrol", YH_OP_WRITE, link_path,
	  NULL, reason_body, IN, end, NULL, "解除配对", "End a link", .reply = "{}" },
	{ "link.resync", YH_POST, "/api/v1/links/{link}/streams/{stream}/resync", "link.heal",
	  YH_OP_WRITE, stream_path, NULL, resync_body, IN, resync, NULL, "把一个流从头重新传送",
	  "Send everything of a stream anew", .reply = "@Link" },
	{ "link.resync_all", YH_POST, "/api/v1/links/{link}/resync", "link.heal", YH_OP_WRITE,
	  link_path, NULL, resync_all_body, IN, resync_all, NULL,
	  "把分叉和缺口的流都从头重新传送（恢复备份之后）",
	  "Send everything anew of each stream that forked or lost; after a restore",
	  .reply = "{streams:int}" },
	{ "link.skip", YH_POST, "/api/v1/links/{link}/streams/{stream}/skip", "link.heal",
	  YH_OP_WRITE, stream_path, NULL, skip_body, IN, skip, NULL, "越过使一个流停下的文档",
	  "Pass over the document that stopped a stream", .reply = "@Link" },
	{ "link.reconcile", YH_POST, "/api/v1/links/{link}/reconcile", "link.heal", YH_OP_WRITE,
	  link_path, NULL, reconcile_body, IN, reconcile, NULL, "立即比对两边的摘要",
	  "Compare the digests of both sides now", .reply = "{streams:int}" },
};

static const struct yh_named_shape shapes[] = {
	{ "Link",
	  "{id:id link side:city|district district state:active|ended state_title url:text|null "
	  "version enrolled_at:time ended_at:time|null ended_reason:text|null "
	  "heard_at:time|null lag_s:int waiting:int skew_s:int skewed:bool "
	  "failing_since:time|null fault:@LinkFault|null streams:[@LinkStream]}" },
	{ "LinkOpenCode", "{district made_at:time expires_at:time}" },
	{ "LinkFault", "{slug sentence}" },
	{ "LinkStream", "{stream stream_title way:in|out "
			"state:flowing|refilling|stopped|forked|lost state_title since:time|null "
			"epoch:id|null number:int head:int acknowledged:int chain waiting:int "
			"oldest_at:time|null lag_s:int total:int healed:int skipped:int "
			"compared_at:time|null compared_documents:int compared_digest:text|null "
			"fault:@LinkFault|null stopped_at?:int stopped_key? stopped_field?}" },
	{ 0 },
};

const struct yh_op_table yh_ops_link = { ops, sizeof ops / sizeof ops[0], shapes };
