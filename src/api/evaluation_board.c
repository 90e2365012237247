/* Evaluations proved, standing between them, and what they propose for quotas (Art. 33, 34). */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/evaluation_view.h"
#include "api/list.h"
#include "base/num.h"
#include "services/evaluation/evaluation.h"
#include "services/project/project.h"
#include "store/factor.h"

enum { FACTORS_MAX = 200 };

struct board_in {
	const char *evaluation, *cloud, *scheme, *subject, *provider;
	yh_day from, to;
};

#define AT(field) offsetof(struct board_in, field)
static const struct yh_field evaluation_path[] = {
	{ "evaluation", YH_F_CODE, AT(evaluation), YH_REQUIRED, .max = 64,
	  .about = "number or id" },
	{ 0 },
};
static const struct yh_field subject_query[] = {
	{ "subject", YH_F_CODE, AT(subject), 0, .max = 64,
	  .about = "only of this unit or provider, code or id" },
	{ 0 },
};
static const struct yh_field board_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "scheme", YH_F_CODE, AT(scheme), YH_REQUIRED, .max = 16, .about = "code of the scheme" },
	{ "subject", YH_F_CODE, AT(subject), 0, .max = 64, .about = "only this unit or provider" },
	{ "from", YH_F_DAY, AT(from), 0, .about = "since this day; the last evaluation if absent" },
	{ "to", YH_F_DAY, AT(to), 0, .about = "until this day, which is over; yesterday" },
	{ 0 },
};

static const struct yh_field factors_query[] = {
	{ "provider", YH_F_CODE, AT(provider), YH_REQUIRED, .max = 64, .about = "code or id" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ 0 },
};

struct asking {
	const struct board_in *in;
	struct yh_board_ask board;
	struct yh_id id;
};

enum yh_rc yh_view_evaluation(struct yh_req *rq, const char *text, struct yh_id *id,
			      struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	bool seen = false;
	enum yh_rc rc = yh_evaluation_by_no(rq->cx.tx, text, id, err);

	if (rc == YH_OK)
		rc = yh_evaluation_seen(rq->cx.tx, &who, id, &seen, err);
	return rc == YH_OK && !seen ? yh_fail(err, YH_NOT_FOUND, "evaluation-unknown") : rc;
}

void yh_view_figure(struct yh_req *rq, bool known, int64_t num, int64_t den)
{
	char text[YH_SCALED_TEXT];

	if (!known) {
		yh_jw_null(rq->w, "figure");
		yh_list_titled(rq, "figure", yh_list_title(rq, "figure", "unknown"));
		return;
	}
	if ((__int128)num * 1000000 % den == 0 && (__int128)num * 1000000 / den < INT64_MAX) {
		yh_jw_str(rq->w, "figure",
			  yh_scaled_text((int64_t)((__int128)num * 1000000 / den), 6, text));
	} else {
		yh_jw_str(
			rq->w, "figure",
			yh_arena_printf(rq->cx.arena, "%lld/%lld", (long long)num, (long long)den));
		yh_list_titled(rq, "figure",
			       yh_arena_printf(rq->cx.arena, "%lld/%lld ≈ %.2f", (long long)num,
					       (long long)den, (double)num / (double)den));
	}
}

static enum yh_rc find_seen(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *a = arg;

	return yh_view_evaluation(rq, a->in->evaluation, &a->id, err);
}

static enum yh_rc verify(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking a = { .in = in };
	struct yh_evaluation_proof proof;
	enum yh_rc rc = yh_req_read(rq, find_seen, &a, err);

	if (rc == YH_OK)
		rc = yh_evaluation_verify(rq->cx.world, &a.id, &proof, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_bool(rq->w, "identical", proof.differences == 0);
	yh_jw_int(rq->w, "results", proof.results);
	yh_jw_int(rq->w, "scores", proof.scores);
	yh_jw_int(rq->w, "differences", proof.differences);
	yh_jw_str(rq->w, "first", proof.first[0] ? proof.first : NULL);
	return YH_OK;
}

/* Bodies of the cloud see all; others see where they stand themselves. */
static enum yh_rc board_scope(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct asking *a = arg;
	const struct yh_actor *who = rq->cx.actor;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, a->in->cloud, &a->board.cloud, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, a->in->subject, "?subject", &a->board.only,
				err);
	if (rc != YH_OK || yh_relation_any(rq) ||
	    (strcmp(rq->relation, "own") != 0 &&
	     yh_eval_body(&rq->cx, &a->board.cloud, "evaluation.read", NULL) == YH_OK))
		return rc;
	for (size_t i = 0; i < who->n_grants; i++) {
		bool stands = strcmp(who->grants[i].role, "unit") == 0 ||
			      strcmp(who->grants[i].role, "provider") == 0;

		if (!stands || (!yh_id_is_zero(&a->board.only) &&
				!yh_id_eq(&a->board.only, &who->grants[i].org)))
			continue;
		a->board.only = who->grants[i].org;
		return YH_OK;
	}
	if (yh_id_is_zero(&a->board.only) && who->n_grants > 0) {
		a->board.only = who->grants[0].org; /* which stands nowhere: an empty board */
		return YH_OK;
	}
	return yh_fail_field(err, YH_NOT_FOUND, "org-unknown", "?subject");
}

static void write_cell(struct yh_req *rq, const struct yh_board_cell *c)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "indicator", c->code);
	yh_jw_str(rq->w, "zh", c->zh);
	yh_jw_str(rq->w, "en", c->en);
	yh_jw_str(rq->w, "source", c->source);
	yh_view_figure(rq, c->known, c->num, c->den);
	if (c->known)
		yh_jw_scaled(rq->w, "score", c->score_e2, 2);
	else
		yh_jw_null(rq->w, "score");
	yh_jw_scaled(rq->w, "weight_percent", c->weight_e2, 2);
	yh_jw_int(rq->w, "facts", (int64_t)c->facts);
	yh_jw_end_obj(rq->w);
}

static void write_board_row(struct yh_req *rq, const void *row)
{
	const struct yh_board_row *r = row;

	yh_jw_str(rq->w, "subject", r->code);
	yh_jw_str(rq->w, "name", r->name);
	if (r->result.withheld)
		yh_jw_null(rq->w, "score");
	else
		yh_jw_scaled(rq->w, "score", r->result.score_e2, 2);
	yh_jw_str(rq->w, "grade", r->grade_zh);
	yh_jw_str(rq->w, "grade_en", r->grade_en);
	yh_jw_scaled(rq->w, "known_percent", r->result.known_e2, 2);
	yh_jw_arr(rq->w, "indicators");
	for (size_t i = 0; i < r->n_cells; i++)
		write_cell(rq, &r->cells[i]);
	yh_jw_end_arr(rq->w);
}

static enum yh_rc scoreboard(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct asking a = { .in = in };
	struct yh_board board = { 0 };
	enum yh_rc rc = yh_req_read(rq, board_scope, &a, err);

	a.board.code = a.in->scheme;
	a.board.first = a.in->from;
	a.board.last = a.in->to;
	if (rc == YH_OK)
		rc = yh_evaluation_board(rq->cx.world, &a.board, rq->cx.arena, &board, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "scheme", board.scheme_no);
	yh_jw_day(rq->w, "from", board.first);
	yh_jw_day(rq->w, "to", board.last);
	yh_list_write(rq, "items", board.rows, board.n, sizeof *board.rows, write_board_row);
	return YH_OK;
}

static void write_proposal(struct yh_req *rq, const void *row)
{
	const struct yh_proposal *p = row;
	char score_text[YH_SCALED_TEXT], taken[YH_SCALED_TEXT], quota[YH_SCALED_TEXT];
	YH_JSON_AUTO figures = NULL;

	yh_jw_str(rq->w, "unit", p->unit_code);
	yh_jw_str(rq->w, "name", p->unit_name);
	yh_jw_str(rq->w, "project", p->project_code);
	yh_jw_str(rq->w, "dimension", p->dimension);
	yh_jw_milli(rq->w, "quota", p->quota_milli);
	yh_jw_milli(rq->w, "taken", p->taken_milli);
	yh_jw_milli(rq->w, "keep", p->keep_milli);
	yh_jw_milli(rq->w, "reduce", p->reduce_milli);
	yh_jw_str(rq->w, "result", p->result_no);
	figures = json_pack("{s:s, s:s*, s:s*, s:s, s:s, s:s, s:s}", "result", p->result_no,
			    "grade_zh", p->grade_zh, "grade_en", p->grade_en, "score",
			    yh_scaled_text(p->score_e2, 2, score_text), "dimension",
			    yh_list_title(rq, "dimension", p->dimension), "in_use",
			    yh_scaled_text(p->taken_milli, 3, taken), "quota",
			    yh_scaled_text(p->quota_milli, 3, quota));
	yh_list_say(rq, "reason", "proposal-reason", figures);
}

static enum yh_rc proposals(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct board_in *i = in;
	struct yh_proposal *list_of = NULL;
	struct yh_evaluation_row e;
	struct yh_id id, unit = { { 0 } };
	size_t n = 0;
	enum yh_rc rc = yh_view_evaluation(rq, i->evaluation, &id, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_org, i->subject, "?subject", &unit, err);
	if (rc == YH_OK)
		rc = yh_evaluation_load(rq->cx.tx, &id, rq->cx.arena, &e, err);
	if (rc == YH_OK && !yh_relation_any(rq))
		rc = yh_eval_body(&rq->cx, &e.cloud, "evaluation.propose", err);
	if (rc == YH_OK)
		rc = yh_evaluation_proposals(&rq->cx, &id, &unit, &list_of, &n, err);
	if (rc == YH_OK)
		yh_list_write(rq, "items", list_of, n, sizeof *list_of, write_proposal);
	return rc;
}

static enum yh_rc write_factor(struct yh_req *rq, const struct yh_factor_row *f, struct yh_err *err)
{
	struct yh_evaluation_row e = { 0 };
	enum yh_rc rc = YH_OK;

	if (!yh_id_is_zero(&f->evaluation))
		rc = yh_evaluation_load(rq->cx.tx, &f->evaluation, rq->cx.arena, &e, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_obj(rq->w, NULL);
	yh_jw_id(rq->w, "id", &f->id);
	yh_jw_str(rq->w, "cloud", e.cloud_code);
	yh_jw_day(rq->w, "from", f->from_month);
	yh_jw_scaled(rq->w, "factor", f->factor_e6, 6);
	yh_jw_str(rq->w, "evaluation", e.no[0] ? e.no : NULL);
	yh_jw_time(rq->w, "made_at", f->made_at);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

/* What is published is everybody's; a factor says so of a provider. */
static enum yh_rc factors(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct board_in *i = in;
	struct yh_id provider, cloud;
	struct yh_factor_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_ref_org(&rq->cx, i->provider, &provider, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, i->cloud, "?cloud", &cloud, err);
	if (rc == YH_OK)
		rc = yh_factor_list(rq->cx.tx, &provider, &cloud, FACTORS_MAX, rq->cx.arena, &rows,
				    &n, err);
	yh_jw_arr(rq->w, "items");
	for (size_t f = 0; rc == YH_OK && f < n; f++)
		rc = write_factor(rq, &rows[f], err);
	yh_jw_end_arr(rq->w);
	return rc;
}

static const struct yh_column factor_columns[] = { YH_COL("政务云", "CLOUD", "cloud"),
						   YH_COL("起始月", "FROM", "from"),
						   YH_COL("结算系数", "FACTOR", "factor"),
						   YH_COL("评价", "EVALUATION", "evaluation"),
						   { 0 } };
static const struct yh_column board_columns[] = { YH_COL_NAME,
						  YH_COL("得分", "SCORE", "score"),
						  YH_COL("等级", "GRADE", "grade"),
						  YH_COL("已知权重%", "KNOWN%", "known_percent"),
						  { 0 } };
static const struct yh_column proposal_columns[] = { YH_COL("单位", "UNIT", "name"),
						     YH_COL("项目", "PROJECT", "project"),
						     YH_COL_DIMENSION,
						     YH_COL("配额", "QUOTA", "quota"),
						     YH_COL("占用", "TAKEN", "taken"),
						     YH_COL("建议核减", "REDUCE", "reduce"),
						     YH_COL("理由", "REASON", "reason"),
						     { 0 } };

#define IN sizeof(struct board_in)
static const struct yh_op ops[] = {
	{ "evaluation.verify", YH_POST, "/api/v1/evaluations/{evaluation}/verification",
	  "evaluation.read", YH_OP_ASIDE, evaluation_path, NULL, NULL, IN, verify, NULL,
	  "按当时的记录重新计算并比对", "Reckon it again from the records as of then",
	  .reply = "{@Proof results:int scores:int}" },
	{ "evaluation.scoreboard", YH_GET, "/api/v1/evaluation-scoreboard", "evaluation.read",
	  YH_OP_ASIDE, NULL, board_query, NULL, IN, scoreboard, board_columns,
	  "上次评价以来的动态得分", "How things stand since the last evaluation",
	  .reply = "{scheme from:day to:day items:[{subject name score:exact|null grade|null "
		   "grade_en|null known_percent:exact indicators:[{indicator zh en source|null "
		   "figure|null figure_title? score:exact|null weight_percent:exact "
		   "facts:int}]}]}" },
	{ "evaluation.factors", YH_GET, "/api/v1/provider-factors", "evaluation.read", 0, NULL,
	  factors_query, NULL, IN, factors, factor_columns, "服务商历次结算系数及其评价",
	  "Factors of a provider, and the evaluations they came from",
	  .reply = "{items:[{id:id cloud from:day factor:exact evaluation|null made_at:time}]}" },
	{ "evaluation.proposals", YH_GET, "/api/v1/evaluations/{evaluation}/proposals",
	  "evaluation.propose", 0, evaluation_path, subject_query, NULL, IN, proposals,
	  proposal_columns, "由评价结果提出的配额核减建议",
	  "Reductions of quotas that results propose",
	  .reply = "{items:[{unit name project dimension quota:num taken:num keep:num reduce:num "
		   "result reason}]}" },
};

const struct yh_op_table yh_ops_evaluation_board = { ops, sizeof ops / sizeof ops[0] };
