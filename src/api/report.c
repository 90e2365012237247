/* Reports of closed months and years: making an edition, reading, saving, proving. */
#include <string.h>

#include "api/api.h"
#include "services/project/project.h"
#include "api/list.h"
#include "export/outfile.h"
#include "export/report_file.h"
#include "services/proof/sealed.h"
#include "services/report/report.h"

struct report_in {
	const char *cloud, *period, *reason, *kind, *report, *format;
	struct yh_report_draft draft; /* what was reckoned ahead */
};
#define AT(field) offsetof(struct report_in, field)
static const struct yh_field make_body[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "period", YH_F_CODE, AT(period), YH_REQUIRED, .max = 7, .about = "2026-10 or 2026" },
	{ "reason", YH_F_LINE, AT(reason), 0, .max = 300,
	  .about = "why there is an edition behind the first" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only of this cloud" },
	{ "kind", YH_F_WORD, AT(kind), 0, .choices = "month|year", .about = "only these" },
	{ 0 },
};
static const struct yh_field report_path[] = {
	{ "report", YH_F_CODE, AT(report), YH_REQUIRED, .max = 100,
	  .about = "number: YH-2026-10.1" },
	{ 0 },
};
static const struct yh_field save_query[] = {
	{ "format", YH_F_WORD, AT(format), 0, .choices = "pdf|xlsx|csv|json",
	  .about = "pdf; json: sealed, for yunheng report verify" },
	{ 0 },
};

static void write_report(struct yh_req *rq, const void *row)
{
	const struct yh_report_row *t = row;
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, "no", t->no);
	yh_jw_str(rq->w, "cloud", t->cloud_code);
	yh_jw_str(rq->w, "cloud_name", t->cloud_name);
	yh_list_word(rq, "kind", "report-kind", t->kind);
	yh_jw_day(rq->w, "first_day", t->first);
	yh_jw_day(rq->w, "last_day", t->last);
	yh_jw_int(rq->w, "edition", t->edition);
	yh_jw_str(rq->w, "reason", t->reason);
	yh_jw_str(rq->w, "digest", yh_hex(t->digest.b, sizeof t->digest.b, hex));
	yh_jw_str(rq->w, "key_id", t->key_id);
	yh_jw_str(rq->w, "made_by", t->person_name);
	yh_jw_time(rq->w, "made_at", t->made_at);
}

/* ---- making ---- */

/* Is the cloud one of those that the actor makes reports of? */
static enum yh_rc check_cloud(const struct yh_req *rq, struct yh_tx *tx, const struct yh_id *cloud,
			      struct yh_err *err)
{
	bool has;
	enum yh_rc rc = yh_relation_body(rq, tx, cloud, &has, err);

	return rc == YH_OK && !has ? yh_fail(err, YH_FORBIDDEN, "report-not-permitted") : rc;
}

struct finding {
	const struct yh_req *rq;
	const char *cloud;
	struct yh_id id;
};

static enum yh_rc find_cloud(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct finding *f = arg;
	struct yh_ctx cx = f->rq->cx;
	enum yh_rc rc;

	cx.tx = tx;
	rc = yh_ref_cloud(&cx, f->cloud, &f->id, err);
	return rc == YH_OK ? check_cloud(f->rq, tx, &f->id, err) : rc;
}

/* The sums of a large city take their time, and the one writer is not asked meanwhile. */
static enum yh_rc prepare(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct report_in *r = in;
	struct finding f = { .rq = rq, .cloud = r->cloud };
	enum yh_rc rc = yh_exec_read(rq->cx.world->exec, find_cloud, &f, err);
	const struct yh_report_in ask = { f.id, r->period, r->reason };

	return rc == YH_OK ? yh_report_reckon(&rq->cx, &ask, &r->draft, err) : rc;
}

static enum yh_rc make(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct report_in *r = in;
	struct yh_report_row row;
	enum yh_rc rc = check_cloud(rq, rq->cx.tx, &r->draft.cloud.id, err);

	if (rc == YH_OK)
		rc = yh_report_keep(&rq->cx, &r->draft, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->location = yh_arena_printf(rq->cx.arena, "/api/v1/reports/%s", row.no);
	write_report(rq, &row);
	return YH_OK;
}

/* ---- reading ---- */

static const char *cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_report_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct report_in *r = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_report_filter f = { .kind = r->kind ? r->kind : "", .limit = yh_list_ask(rq) };
	struct yh_report_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, r->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_report_list(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_report, cursor);
	return rc;
}

struct reading {
	const struct report_in *in;
	struct yh_report_row row;
	const json_t *body;
	const char *sealed;
};

static enum yh_rc read_one(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct reading *d = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	enum yh_rc rc = yh_report_by_no(rq->cx.tx, &who, d->in->report, rq->cx.arena, &d->row, err);

	if (rc == YH_OK)
		rc = yh_json_parse_in(rq->cx.arena, d->row.body, strlen(d->row.body), &d->body,
				      err);
	if (rc == YH_OK)
		rc = yh_report_sealed(&rq->cx, &d->row, &d->sealed, err);
	return rc;
}

static void write_sections(struct yh_req *rq, const json_t *body)
{
	json_t *section, *column;
	size_t i, j;

	yh_jw_arr(rq->w, "sections");
	json_array_foreach(json_object_get(body, "sections"), i, section)
	{
		const char *id = yh_json_text(section, "id");

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "id", id);
		yh_jw_str(rq->w, "title", yh_report_title(rq->messages, rq->lang, "section", id));
		yh_jw_int(rq->w, "keys", json_integer_value(json_object_get(section, "keys")));
		yh_jw_int(rq->w, "rows",
			  (int64_t)json_array_size(json_object_get(section, "rows")));
		yh_jw_arr(rq->w, "columns");
		json_array_foreach(json_object_get(section, "columns"), j, column)
		{
			const char *name = yh_json_text(column, "id");

			yh_jw_obj(rq->w, NULL);
			yh_jw_str(rq->w, "id", name);
			yh_jw_str(rq->w, "kind", yh_json_text(column, "kind"));
			yh_jw_str(rq->w, "title",
				  yh_report_title(rq->messages, rq->lang, "column", name));
			yh_jw_end_obj(rq->w);
		}
		yh_jw_end_arr(rq->w);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

/* Does what is in the store still hold? */
static bool holds(const struct reading *d, struct yh_arena *arena, struct yh_err *why)
{
	struct yh_sm3 digest = yh_sm3_of(d->row.body, strlen(d->row.body));
	struct yh_sealed s;

	if (memcmp(digest.b, d->row.digest.b, sizeof digest.b) != 0) {
		(void)yh_fail(why, YH_REFUSED, "sealed-broken");
		return false;
	}
	return yh_sealed_read(d->sealed, strlen(d->sealed), YH_REPORT_FORMAT, arena, &s, why) ==
		       YH_OK &&
	       yh_sealed_verify(&s, YH_REPORT_FORMAT, NULL, why) == YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct reading d = { .in = in };
	struct yh_err why = { 0 };
	enum yh_rc rc = read_one(rq, &d, err);

	if (rc != YH_OK)
		return rc;
	write_report(rq, &d.row);
	yh_jw_bool(rq->w, "holds", holds(&d, rq->cx.arena, &why));
	write_sections(rq, d.body);
	{
		char *text = yh_json_canonical(json_object_get(d.body, "changes"));

		yh_jw_raw(rq->w, "changes", text ? text : "[]");
		free(text);
	}
	yh_jw_int(rq->w, "changes_total",
		  json_integer_value(json_object_get(d.body, "changes_total")));
	return YH_OK;
}

static enum yh_rc write_file(struct yh_req *rq, const struct reading *d, const char *format,
			     FILE *out, struct yh_err *err)
{
	if (strcmp(format, "pdf") == 0)
		return yh_report_pdf(out, &d->row, d->body, rq->messages, err);
	if (strcmp(format, "json") != 0)
		return yh_report_table(out, format, &d->row, d->body, rq->messages, rq->lang, err);
	return fputs(d->sealed, out) >= 0 ? YH_OK : yh_fail(err, YH_STORAGE, "export-unwritable");
}

static const char *type_of(const char *format)
{
	if (strcmp(format, "pdf") == 0)
		return "application/pdf";
	if (strcmp(format, "xlsx") == 0)
		return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	return strcmp(format, "csv") == 0 ? "text/csv; charset=utf-8" : "application/octet-stream";
}

static enum yh_rc save(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct reading d = { .in = in };
	const char *format = d.in->format ? d.in->format : "pdf";
	FILE *out;
	enum yh_rc rc = yh_req_read(rq, read_one, &d, err);

	if (rc == YH_OK)
		rc = yh_outfile_open(&out, err);
	if (rc != YH_OK)
		return rc;
	rc = write_file(rq, &d, format, out, err);
	return yh_reply_file(rq, out, rc, type_of(format),
			     yh_arena_printf(rq->cx.arena, "运行报告-%s.%s", d.row.no, format),
			     err);
}

static const struct yh_column columns[] = {
	YH_COL("编号", "NUMBER", "no"),
	YH_COL("政务云", "CLOUD", "cloud"),
	YH_COL_KIND,
	YH_COL("期初", "FROM", "first_day"),
	YH_COL("期末", "TO", "last_day"),
	YH_COL("版次", "EDITION", "edition"),
	YH_COL("原因", "REASON", "reason"),
	YH_COL("生成", "MADE", "made_at"),
	{ 0 },
};

#define IN sizeof(struct report_in)
static const struct yh_op ops[] = {
	{ "report.make", YH_POST, "/api/v1/reports", "report.make", YH_OP_WRITE, NULL, NULL,
	  make_body, IN, make, columns, "生成一个已结束月份或年度的运行报告；再生成即为新的一版",
	  "Make the report of a month or year that is over; again: another edition", prepare,
	  .reply = "@Report" },
	{ "report.list", YH_GET, "/api/v1/reports", "report.read", YH_OP_PAGED, NULL, list_query,
	  NULL, IN, list, columns, "月度和年度运行报告", "Reports of months and years",
	  .reply = "@Report" },
	{ "report.show", YH_GET, "/api/v1/reports/{report}", "report.read", 0, report_path, NULL,
	  NULL, IN, show, columns, "查看运行报告的概要、与上一版的差异和签章是否完好",
	  "What a report holds, what changed since the edition before, and whether its seal holds",
	  .reply = "{@Report holds:bool sections:[{id title keys:int rows:int columns:[{id kind "
		   "title}]}] changes:[object] changes_total:int}" },
	{ "report.save", YH_GET, "/api/v1/reports/{report}/document", "report.read",
	  YH_OP_RAW | YH_OP_ASIDE, report_path, save_query, NULL, IN, save, NULL,
	  "下载运行报告（PDF、Excel、CSV，或可核验的签章文件）",
	  "A report as a document, a workbook, or sealed for verification",
	  .reply = "application/pdf|application/"
		   "vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/csv|application/"
		   "octet-stream" },
};
static const struct yh_named_shape shapes[] = {
	{ "Report", "{no cloud cloud_name kind:month|year kind_title first_day:day last_day:day "
		    "edition:int reason digest key_id made_by made_at:time}" },
	{ 0 },
};

const struct yh_op_table yh_ops_report = { ops, sizeof ops / sizeof ops[0], shapes };
