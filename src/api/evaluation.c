/* Evaluations: opened, scored, explained down to the facts; the scoreboard; proposals (Art. 33,
 * 34).
 */
#include <string.h>

#include "api/api.h"
#include "api/evaluation_view.h"
#include "api/list.h"
#include "services/evaluation/evaluation.h"
#include "services/project/project.h"

struct evaluation_in {
	const char *evaluation, *result, *cloud, *scheme, *period, *subject, *state, *indicator,
		*evidence, *reference;
	bool unknown;
	int64_t value_milli;
};

#define AT(field) offsetof(struct evaluation_in, field)
#define CLOUD                                                                                      \
	{                                                                                          \
		"cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64,                             \
							    .about = "cloud, code or id"           \
	}
#define SCHEME                                                                                     \
	{                                                                                          \
		"scheme", YH_F_CODE, AT(scheme), YH_REQUIRED, .max = 16,                           \
							      .about = "code of the scheme"        \
	}
static const struct yh_field evaluation_path[] = {
	{ "evaluation", YH_F_CODE, AT(evaluation), YH_REQUIRED, .max = 64,
	  .about = "number or id" },
	{ 0 },
};
static const struct yh_field result_path[] = {
	{ "result", YH_F_CODE, AT(result), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};
static const struct yh_field facts_path[] = {
	{ "result", YH_F_CODE, AT(result), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ "indicator", YH_F_CODE, AT(indicator), YH_REQUIRED, .max = 47, .about = "its code" },
	{ 0 },
};
static const struct yh_field open_body[] = {
	CLOUD,
	SCHEME,
	{ "period", YH_F_LINE, AT(period), YH_REQUIRED, .max = 8,
	  .about = "as long as the scheme says: 2026-09, 2026-Q3, 2026-H2 or 2026" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only of this cloud" },
	{ "subject", YH_F_WORD, AT(subject), 0, .choices = "unit|provider", .about = "only about" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "draft|announced|published",
	  .about = "only in this state" },
	{ 0 },
};
static const struct yh_field subject_query[] = {
	{ "subject", YH_F_CODE, AT(subject), 0, .max = 64,
	  .about = "only of this unit or provider, code or id" },
	{ 0 },
};
static const struct yh_field score_body[] = {
	{ "subject", YH_F_CODE, AT(subject), YH_REQUIRED, .max = 64,
	  .about = "unit or provider, code or id" },
	{ "indicator", YH_F_CODE, AT(indicator), YH_REQUIRED, .max = 47, .about = "its code" },
	{ "value", YH_F_MILLI, AT(value_milli), 0, 0, INT64_C(1000000000000000),
	  .about = "the figure, in the measure of the scheme's points" },
	{ "unknown", YH_F_BOOL, AT(unknown), 0, .about = "nothing can be said of it" },
	{ "evidence", YH_F_TEXT, AT(evidence), YH_REQUIRED, .max = 4000,
	  .about = "what the score rests on" },
	{ "reference", YH_F_LINE, AT(reference), 0, .max = 200, .about = "number of a document" },
	{ 0 },
};
/* ---- evaluations ---- */

static void write_evaluation(struct yh_req *rq, const void *row)
{
	const struct yh_evaluation_row *e = row;
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, "no", e->no);
	yh_jw_id(rq->w, "id", &e->id);
	yh_jw_str(rq->w, "cloud", e->cloud_code);
	yh_jw_str(rq->w, "scheme", e->scheme_no);
	yh_jw_str(rq->w, "title", e->scheme_title);
	yh_list_word(rq, "subject", "evaluated", e->subject);
	yh_jw_str(rq->w, "period", e->period);
	yh_jw_day(rq->w, "from", e->first_day);
	yh_jw_day(rq->w, "to", e->last_day);
	yh_list_word(rq, "state", "evaluation", e->state);
	yh_jw_int(rq->w, "subjects", e->subjects);
	yh_jw_time(rq->w, "as_of", e->as_of);
	yh_jw_day(rq->w, "objections_until", e->objection_last);
	yh_jw_str(rq->w, "digest", yh_hex(e->digest.b, sizeof e->digest.b, hex));
	yh_jw_time(rq->w, "published_at", e->published_at);
	yh_jw_int(rq->w, "version", e->version);
}

static const char *evaluation_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_evaluation_row *)row)->id);
}

struct asking {
	const struct evaluation_in *in;
	struct yh_evaluation_ask ask;
	struct yh_id id;
	struct yh_evaluation_row row;
};

static enum yh_rc may_open(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, a->in->cloud, &a->ask.cloud, err);

	return rc == YH_OK ? yh_eval_body(&rq->cx, &a->ask.cloud, "evaluation.open", err) : rc;
}

static enum yh_rc load_row(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *a = arg;

	return yh_evaluation_load(rq->cx.tx, &a->id, rq->cx.arena, &a->row, err);
}

static enum yh_rc open_one(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking a = { .in = in };
	enum yh_rc rc = yh_req_read(rq, may_open, &a, err);

	a.ask.code = a.in->scheme;
	a.ask.period = a.in->period;
	a.ask.person = rq->cx.actor->person;
	a.ask.source = rq->source;
	if (rc == YH_OK)
		rc = yh_evaluation_open(rq->cx.world, &a.ask, &a.id, err);
	if (rc == YH_OK)
		rc = yh_req_read(rq, load_row, &a, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_evaluation(rq, &a.row);
	return YH_OK;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct evaluation_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_evaluation_filter f = { .subject = i->subject ? i->subject : "",
					  .state = i->state ? i->state : "",
					  .limit = yh_list_ask(rq) };
	struct yh_evaluation_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, i->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_evaluation_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_evaluation, evaluation_cursor);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking a = { .in = in };
	enum yh_rc rc = yh_view_evaluation(rq, a.in->evaluation, &a.id, err);

	if (rc == YH_OK)
		rc = load_row(rq, &a, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, a.row.version);
	write_evaluation(rq, &a.row);
	return YH_OK;
}

/* ---- results ---- */

static void write_result(struct yh_req *rq, const struct yh_result_row *r,
			 const struct yh_scheme *s)
{
	char hex[YH_SM3_HEX];

	yh_jw_str(rq->w, "no", r->no);
	yh_jw_id(rq->w, "id", &r->id);
	yh_jw_str(rq->w, "subject", r->org_code);
	yh_jw_str(rq->w, "name", r->org_name);
	yh_jw_bool(rq->w, "withheld", r->withheld);
	if (r->withheld) {
		yh_jw_null(rq->w, "score");
		yh_jw_null(rq->w, "grade");
		yh_list_titled(rq, "grade", yh_list_title(rq, "result", "withheld"));
		yh_jw_null(rq->w, "grade_en");
	} else {
		yh_jw_scaled(rq->w, "score", r->score_e2, 2);
		yh_jw_str(rq->w, "grade", s->grades[r->grade].title.zh);
		yh_jw_str(rq->w, "grade_en", s->grades[r->grade].title.en);
	}
	yh_jw_scaled(rq->w, "known_percent", r->known_e2, 2);
	if (r->factor_e6)
		yh_jw_scaled(rq->w, "factor", r->factor_e6, 6);
	else
		yh_jw_null(rq->w, "factor");
	yh_jw_bool(rq->w, "rectify", r->rectify);
	yh_list_titled(rq, "rectify", yh_list_title(rq, "value", r->rectify ? "true" : "false"));
	yh_jw_str(rq->w, "case", r->case_no[0] ? r->case_no : NULL);
	yh_jw_str(rq->w, "digest", yh_hex(r->digest.b, sizeof r->digest.b, hex));
}

static enum yh_rc load_scheme(struct yh_req *rq, const struct yh_id *evaluation,
			      struct yh_evaluation_row *e, struct yh_scheme *s, struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = yh_evaluation_load(rq->cx.tx, evaluation, rq->cx.arena, e, err);

	return rc == YH_OK ? yh_evaluation_scheme(&rq->cx, &e->scheme, &row, s, err) : rc;
}

static enum yh_rc results(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct evaluation_in *i = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_result_filter f = { .limit = yh_list_ask(rq) };
	struct yh_evaluation_row e;
	struct yh_result_row *rows;
	struct yh_scheme s;
	size_t n = 0, shown;
	enum yh_rc rc = yh_view_evaluation(rq, i->evaluation, &f.evaluation, err);

	if (rc == YH_OK)
		rc = yh_cursor_id(rq, &f.after, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, i->subject, "?subject", &f.org, err);
	if (rc == YH_OK)
		rc = load_scheme(rq, &f.evaluation, &e, &s, err);
	if (rc == YH_OK)
		rc = yh_result_page(rq->cx.tx, &who, &f, false, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	shown = n > rq->limit ? rq->limit : n;
	yh_jw_arr(rq->w, "items");
	for (size_t r = 0; r < shown; r++) {
		yh_jw_obj(rq->w, NULL);
		write_result(rq, &rows[r], &s);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next", n > shown ? yh_cursor_of_id(rq, &rows[shown - 1].id) : NULL);
	return YH_OK;
}

/* A result whose facts the actor may see. */
static enum yh_rc seen_result(struct yh_req *rq, const char *text, struct yh_result_row *out,
			      struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_id id;
	bool seen = false;
	enum yh_rc rc = yh_result_by_no(rq->cx.tx, text, &id, err);

	if (rc == YH_OK)
		rc = yh_result_seen(rq->cx.tx, &who, &id, &seen, err);
	if (rc == YH_OK && !seen)
		rc = yh_fail(err, YH_NOT_FOUND, "result-unknown");
	return rc == YH_OK ? yh_result_load(rq->cx.tx, &id, rq->cx.arena, out, err) : rc;
}

static void write_score(struct yh_req *rq, const struct yh_score_row *w,
			const struct yh_eval_indicator *i)
{
	char hex[YH_SM3_HEX];

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "indicator", w->code);
	yh_jw_str(rq->w, "zh", i->title.zh);
	yh_jw_str(rq->w, "en", i->title.en);
	yh_jw_str(rq->w, "article", i->article);
	yh_list_word(rq, "kind", "score", w->kind);
	yh_jw_str(rq->w, "source", i->source);
	yh_view_figure(rq, w->known, w->num, w->den);
	yh_jw_int(rq->w, "num", w->num);
	yh_jw_int(rq->w, "den", w->den);
	if (w->known)
		yh_jw_scaled(rq->w, "score", w->score_e2, 2);
	else
		yh_jw_null(rq->w, "score");
	yh_jw_scaled(rq->w, "weight_percent", w->weight_e2, 2);
	yh_jw_int(rq->w, "facts", w->facts);
	yh_jw_str(rq->w, "digest", yh_hex(w->digest.b, sizeof w->digest.b, hex));
	yh_jw_str(rq->w, "evidence", w->evidence[0] ? w->evidence : NULL);
	yh_jw_str(rq->w, "reference", w->reference[0] ? w->reference : NULL);
	yh_jw_str(rq->w, "scorer", w->scorer_name[0] ? w->scorer_name : NULL);
	yh_jw_time(rq->w, "made_at", w->made_at);
	yh_jw_end_obj(rq->w);
}

static enum yh_rc explain(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_evaluation_row e;
	struct yh_result_row r;
	struct yh_score_row *scores;
	struct yh_scheme s;
	size_t n = 0;
	enum yh_rc rc = seen_result(rq, ((const struct evaluation_in *)in)->result, &r, err);

	if (rc == YH_OK)
		rc = load_scheme(rq, &r.evaluation, &e, &s, err);
	if (rc == YH_OK)
		rc = yh_score_list(rq->cx.tx, &r.id, rq->cx.arena, &scores, &n, err);
	if (rc != YH_OK)
		return rc;
	write_result(rq, &r, &s);
	yh_jw_str(rq->w, "evaluation", e.no);
	yh_jw_str(rq->w, "scheme", e.scheme_no);
	yh_jw_str(rq->w, "period", e.period);
	yh_jw_day(rq->w, "from", e.first_day);
	yh_jw_day(rq->w, "to", e.last_day);
	yh_jw_time(rq->w, "as_of", e.as_of);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n && i < s.n_indicators; i++)
		write_score(rq, &scores[i], &s.indicators[i]);
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static enum yh_rc find_score(struct yh_req *rq, const struct yh_id *result, const char *code,
			     int64_t *out, struct yh_err *err)
{
	struct yh_score_row *scores;
	size_t n = 0;
	enum yh_rc rc = yh_score_list(rq->cx.tx, result, rq->cx.arena, &scores, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(scores[i].code, code) == 0) {
			*out = scores[i].indicator;
			return YH_OK;
		}
	if (rc == YH_OK) {
		rc = yh_fail(err, YH_NOT_FOUND, "indicator-unknown");
		yh_err_text(err, "what", code);
	}
	return rc;
}

/* A line as it was kept, with its note in words beside it. */
static enum yh_rc write_fact(struct yh_req *rq, const char *line, struct yh_err *err)
{
	const json_t *v;
	enum yh_rc rc = yh_json_parse_in(rq->cx.arena, line, strlen(line), &v, err);
	const char *note = rc == YH_OK ? yh_json_text(v, "note") : NULL;

	if (rc != YH_OK)
		return rc;
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "kind", yh_json_text(v, "kind"));
	yh_jw_str(rq->w, "ref", yh_json_text(v, "ref"));
	yh_jw_str(rq->w, "day", yh_json_text(v, "day"));
	yh_list_word(rq, "note", "fact", note ? note : "");
	yh_jw_int(rq->w, "num", json_integer_value(json_object_get(v, "num")));
	yh_jw_int(rq->w, "den", json_integer_value(json_object_get(v, "den")));
	yh_jw_bool(rq->w, "counts", json_is_true(json_object_get(v, "counts")));
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static enum yh_rc facts(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct evaluation_in *i = in;
	struct yh_result_row r;
	const char **lines;
	int64_t from = 0, indicator = 0;
	size_t n = 0, shown;
	enum yh_rc rc = seen_result(rq, i->result, &r, err);

	if (rc == YH_OK)
		rc = yh_cursor_int(rq, 0, &from, err);
	if (rc == YH_OK)
		rc = find_score(rq, &r.id, i->indicator, &indicator, err);
	if (rc == YH_OK)
		rc = yh_evaluation_facts(rq->cx.tx, &r.id, indicator, from, yh_list_ask(rq),
					 rq->cx.arena, &lines, &n, err);
	if (rc != YH_OK)
		return rc;
	shown = n > rq->limit ? rq->limit : n;
	yh_jw_arr(rq->w, "items");
	for (size_t l = 0; rc == YH_OK && l < shown; l++)
		rc = write_fact(rq, lines[l], err);
	yh_jw_end_arr(rq->w);
	yh_jw_str(rq->w, "next", n > shown ? yh_cursor_of_int(rq, from + (int64_t)shown) : NULL);
	return rc;
}

static enum yh_rc score(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct evaluation_in *i = in;
	struct yh_hand_in what = { .indicator = i->indicator,
				   .unknown = i->unknown,
				   .value_milli = i->value_milli,
				   .evidence = i->evidence,
				   .reference = i->reference };
	struct yh_evaluation_row e;
	struct yh_result_row r;
	struct yh_scheme s;
	enum yh_rc rc = yh_view_evaluation(rq, i->evaluation, &what.evaluation, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, i->subject, "/subject", &what.org, err);
	if (rc == YH_OK)
		rc = yh_evaluation_score(&rq->cx, &what, &r, err);
	if (rc == YH_OK)
		rc = load_scheme(rq, &r.evaluation, &e, &s, err);
	if (rc == YH_OK)
		write_result(rq, &r, &s);
	return rc;
}

static const struct yh_column evaluation_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL_TITLE,
	YH_COL("评价期", "PERIOD", "period"),
	YH_COL("状态", "STATE", "state_title"),
	YH_COL("对象数", "SUBJECTS", "subjects"),
	{ 0 },
};
static const struct yh_column result_columns[] = {
	YH_COL("编号", "NO", "no"),
	YH_COL_NAME,
	YH_COL("得分", "SCORE", "score"),
	YH_COL("等级", "GRADE", "grade"),
	YH_COL("结算系数", "FACTOR", "factor"),
	YH_COL("整改", "RECTIFY", "rectify"),
	YH_COL("案号", "CASE", "case"),
	{ 0 },
};
static const struct yh_column score_columns[] = {
	YH_COL("指标", "INDICATOR", "indicator"), YH_COL("名称", "TITLE", "zh"),
	YH_COL("数值", "FIGURE", "figure"),       YH_COL("来源", "FROM", "kind"),
	YH_COL("得分", "SCORE", "score"),         YH_COL("权重%", "WEIGHT%", "weight_percent"),
	YH_COL("事实数", "FACTS", "facts"),       { 0 },
};
static const struct yh_column fact_columns[] = {
	YH_COL_KIND,
	YH_COL("编号", "REFERENCE", "ref"),
	YH_COL("日期", "DAY", "day"),
	YH_COL("情况", "NOTE", "note_title"),
	YH_COL("分子", "NUM", "num"),
	YH_COL("分母", "DEN", "den"),
	{ 0 },
};
#define IN sizeof(struct evaluation_in)
static const struct yh_op ops[] = {
	{ "evaluation.open", YH_POST, "/api/v1/evaluations", "evaluation.open", YH_OP_ASIDE, NULL,
	  NULL, open_body, IN, open_one, NULL, "按方案计算一个评价期的评价草案",
	  "Reckon the draft evaluation of a period by a scheme", .reply = "@Evaluation" },
	{ "evaluation.list", YH_GET, "/api/v1/evaluations", "evaluation.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, evaluation_columns, "评价，最新在前",
	  "Evaluations, newest first", .reply = "@Evaluation" },
	{ "evaluation.show", YH_GET, "/api/v1/evaluations/{evaluation}", "evaluation.read", 0,
	  evaluation_path, NULL, NULL, IN, show, NULL, "查看一次评价", "Show an evaluation",
	  .reply = "@Evaluation" },
	{ "evaluation.results", YH_GET, "/api/v1/evaluations/{evaluation}/results",
	  "evaluation.read", YH_OP_PAGED, evaluation_path, subject_query, NULL, IN, results,
	  result_columns, "一次评价的各结果", "The results of an evaluation", .reply = "@Result" },
	{ "evaluation.score", YH_PUT, "/api/v1/evaluations/{evaluation}/scores", "evaluation.score",
	  YH_OP_WRITE, evaluation_path, NULL, score_body, IN, score, NULL, "录入人工评分及其依据",
	  "Enter a hand score with its evidence", .reply = "@Result" },
	{ "evaluation.explain", YH_GET, "/api/v1/evaluation-results/{result}", "evaluation.read", 0,
	  result_path, NULL, NULL, IN, explain, score_columns, "逐项说明一个结果",
	  "Explain a result, indicator by indicator",
	  .reply =
		  "{@Result evaluation scheme period from:day to:day as_of:time items:[{indicator "
		  "zh en article kind:source|hand|open|corrected kind_title source|null "
		  "figure|null figure_title? num:int den:int score:exact|null weight_percent:exact "
		  "facts:int digest evidence|null reference|null scorer|null made_at:time}]}" },
	{ "evaluation.facts", YH_GET, "/api/v1/evaluation-results/{result}/facts/{indicator}",
	  "evaluation.read", YH_OP_PAGED, facts_path, NULL, NULL, IN, facts, fact_columns,
	  "一项指标背后的事实", "The facts behind the score of an indicator",
	  .reply = "{kind ref day:day|null note note_title num:int den:int counts:bool}" },
};

const struct yh_op_table yh_ops_evaluation = { ops, sizeof ops / sizeof ops[0] };
