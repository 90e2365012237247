/* Schemes of evaluation, and the sources that they may name (Art. 33). */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/evaluation/evaluation.h"
#include "services/evaluation/sources.h"
#include "services/project/project.h"

struct scheme_in {
	const char *scheme, *cloud, *code, *title, *subject;
	const json_t *definition;
};

#define AT(field) offsetof(struct scheme_in, field)
static const struct yh_field scheme_path[] = {
	{ "scheme", YH_F_CODE, AT(scheme), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};
#define DEFINITION                                                                                 \
	{ "title", YH_F_LINE, AT(title), YH_REQUIRED, .max = 120, .about = "title" },              \
	{                                                                                          \
		"definition", YH_F_OBJECT, AT(definition), YH_REQUIRED,                            \
			.about = "subject, period, known_at_least, indicators, grades"             \
	}
static const struct yh_field draft_body[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "code", YH_F_CODE, AT(code), YH_REQUIRED, .max = 16,
	  .about = "of the scheme; all its versions have the same" },
	DEFINITION,
	{ 0 },
};
static const struct yh_field amend_body[] = { DEFINITION, { 0 } };
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only of this cloud" },
	{ "subject", YH_F_WORD, AT(subject), 0, .choices = "unit|provider", .about = "only about" },
	{ 0 },
};

static void write_scheme(struct yh_req *rq, const void *row)
{
	const struct yh_scheme_row *s = row;
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, "no", s->no);
	yh_jw_id(rq->w, "id", &s->id);
	yh_jw_str(rq->w, "cloud", s->cloud_code);
	yh_jw_str(rq->w, "code", s->code);
	yh_jw_int(rq->w, "number", s->number);
	yh_list_word(rq, "subject", "evaluated", s->subject);
	yh_jw_str(rq->w, "title", s->title);
	yh_list_word(rq, "state", "scheme", s->state);
	yh_jw_day(rq->w, "effective_date", s->from_day);
	yh_jw_str(rq->w, "digest", yh_hex(s->digest.b, sizeof s->digest.b, hex));
	yh_jw_time(rq->w, "made_at", s->made_at);
	yh_jw_int(rq->w, "version", s->version);
	if (s->definition)
		yh_jw_raw(rq->w, "definition", s->definition);
}

static const char *scheme_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_scheme_row *)row)->id);
}

static enum yh_rc draft(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct scheme_in *i = in;
	struct yh_scheme_in what = { .code = i->code,
				     .title = i->title,
				     .definition = i->definition };
	struct yh_scheme_row row;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, i->cloud, &what.cloud, err);

	if (rc == YH_OK)
		rc = yh_scheme_draft(&rq->cx, &what, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_scheme(rq, &row);
	return YH_OK;
}

static enum yh_rc amend(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct scheme_in *i = in;
	const struct yh_scheme_in what = { .title = i->title,
					   .definition = i->definition,
					   .if_match = rq->if_match };
	struct yh_scheme_row row;
	struct yh_id id;
	enum yh_rc rc = yh_scheme_by_no(rq->cx.tx, i->scheme, &id, err);

	if (rc == YH_OK)
		rc = yh_scheme_amend(&rq->cx, &id, &what, &row, err);
	if (rc == YH_OK)
		write_scheme(rq, &row);
	return rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct scheme_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_scheme_filter f = { .subject = i->subject ? i->subject : "",
				      .limit = yh_list_ask(rq) };
	struct yh_scheme_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, i->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_scheme_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_scheme, scheme_cursor);
	return rc;
}

/* Drafts are the business of the cloud's bodies. */
static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_scheme_row row;
	struct yh_id id;
	enum yh_rc rc =
		yh_scheme_by_no(rq->cx.tx, ((const struct scheme_in *)in)->scheme, &id, err);

	if (rc == YH_OK)
		rc = yh_scheme_load(rq->cx.tx, &id, rq->cx.arena, &row, err);
	if (rc == YH_OK && strcmp(row.state, "enacted") != 0 && !yh_relation_any(rq) &&
	    yh_eval_body(&rq->cx, &row.cloud, "scheme.edit", NULL) != YH_OK &&
	    yh_eval_body(&rq->cx, &row.cloud, "evaluation.open", NULL) != YH_OK)
		rc = yh_fail(err, YH_NOT_FOUND, "scheme-unknown");
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, row.version);
	write_scheme(rq, &row);
	return YH_OK;
}

static void write_source(struct yh_req *rq, const void *row)
{
	const struct yh_source *s = row;

	yh_jw_str(rq->w, "source", s->name);
	yh_jw_str(rq->w, "subject", yh_eval_subject_name(s->subject));
	yh_jw_str(rq->w, "zh", s->title.zh);
	yh_jw_str(rq->w, "en", s->title.en);
	yh_jw_str(rq->w, "measure", s->sum == YH_SOURCE_COUNT ? "count" : "percent");
	yh_jw_str(rq->w, "dimension", s->dimension);
	yh_jw_str(rq->w, "metric", s->metric);
}

static enum yh_rc sources(struct yh_req *rq, const void *in, struct yh_err *err)
{
	size_t n;
	const struct yh_source *list_of = yh_sources(&n);

	(void)in;
	(void)err;
	yh_list_write(rq, "items", list_of, n, sizeof *list_of, write_source);
	return YH_OK;
}

static const struct yh_column scheme_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL_TITLE,
	YH_COL("对象", "SUBJECT", "subject_title"),
	YH_COL("状态", "STATE", "state_title"),
	YH_COL("生效", "EFFECTIVE", "effective_date"),
	{ 0 },
};
static const struct yh_column source_columns[] = { YH_COL("来源", "SOURCE", "source"),
						   YH_COL("名称", "TITLE", "zh"),
						   YH_COL("对象", "SUBJECT", "subject"),
						   YH_COL("单位", "MEASURE", "measure"),
						   { 0 } };

#define IN sizeof(struct scheme_in)
static const struct yh_op ops[] = {
	{ "scheme.draft", YH_POST, "/api/v1/schemes", "scheme.edit", YH_OP_WRITE, NULL, NULL,
	  draft_body, IN, draft, NULL, "起草评价方案（新版）",
	  "Draft a version of a scheme of evaluation", .reply = "@SchemeWhole" },
	{ "scheme.amend", YH_PUT, "/api/v1/schemes/{scheme}", "scheme.edit",
	  YH_OP_WRITE | YH_OP_MAY_MATCH, scheme_path, NULL, amend_body, IN, amend, NULL,
	  "修改评价方案草案", "Replace what a draft says", .reply = "@SchemeWhole" },
	{ "scheme.list", YH_GET, "/api/v1/schemes", "evaluation.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, scheme_columns, "评价方案各版，最新在前",
	  "Schemes of evaluation, newest first", .reply = "@Scheme" },
	{ "scheme.show", YH_GET, "/api/v1/schemes/{scheme}", "evaluation.read", 0, scheme_path,
	  NULL, NULL, IN, show, NULL, "查看一版评价方案", "Show a scheme with its indicators",
	  .reply = "@SchemeWhole" },
	{ "scheme.sources", YH_GET, "/api/v1/scheme-sources", NULL, 0, NULL, NULL, NULL, IN,
	  sources, source_columns, "评价指标可用的平台数据来源",
	  "The platform's own sources that indicators may name",
	  .reply = "{items:[{source subject:unit|provider zh en measure:count|percent "
		   "dimension|null metric|null}]}" },
};

const struct yh_op_table yh_ops_scheme = { ops, sizeof ops / sizeof ops[0] };
