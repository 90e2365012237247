/* Evaluation in the simulated city: the authority drafts two schemes, the operator evaluates every
 * quarter that is over by them, a few of those concerned object, and what is published is acted
 * upon. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cases/case.h"
#include "db/fault.h"
#include "services/evaluation/evaluation.h"
#include "sim/city.h"
#include "sim/words.h"

enum {
	AUTHORITY = 0, /* of sim.people */
	OPERATOR = 2,
	DRAFT_AFTER = 3,   /* days from the founding */
	FORCE_AFTER = 45,  /* days from the draft: both bodies decide before */
	REPORT_AFTER = 8,  /* days from the end of a quarter */
	OBJECT_AFTER = 2,  /* days from the announcement */
	RESULTS_MAX = 256, /* that the city looks at of an evaluation */
	OPEN_MAX = 64
};

/* ---- schemes ---- */

struct setting {
	struct sim *s;
	struct sim_scheme *to;
	json_t *json; /* definition, or form */
};

static enum yh_rc draft(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct setting *q = arg;
	const struct yh_scheme_in in = { .cloud = q->s->clouds[0],
					 .code = q->to->code,
					 .title = q->to->title,
					 .definition = q->json };
	struct yh_scheme_row row;
	enum yh_rc rc = yh_scheme_draft(cx, &in, &row, err);

	q->to->id = row.id;
	return rc;
}

static enum yh_rc file_scheme(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct setting *q = arg;
	struct yh_file_in in = { .procedure = SIM_SCHEME, .record = q->to->id, .form = q->json };
	struct yh_case c;

	return yh_case_file(cx, &in, &c, err);
}

static enum yh_rc set_scheme(struct sim *s, struct sim_scheme *to, yh_day day, struct yh_err *err)
{
	YH_JSON_AUTO definition = NULL;
	YH_JSON_AUTO form = NULL;
	struct setting q = { .s = s, .to = to };
	char from[YH_DAY_TEXT];
	enum yh_rc rc = yh_json_parse(to->text, strlen(to->text), &definition, err);

	form = json_pack("{s:s, s:s}", "effective_date", yh_day_text(day + FORCE_AFTER, from),
			 "grounds", "首版评价方案，按季度评价");
	q.json = definition;
	if (rc == YH_OK)
		rc = sim_do(s, &s->people[AUTHORITY], draft, &q, err);
	q.json = form;
	if (rc == YH_OK)
		rc = sim_do(s, &s->people[AUTHORITY], file_scheme, &q, err);
	to->enacted_from = day + FORCE_AFTER;
	s->report->cases += rc == YH_OK;
	return rc;
}

/* ---- an evaluation ---- */

/* The results of the evaluation in hand, and what of them is to be scored by hand. */
struct evaluating {
	struct sim *s;
	struct sim_scheme *by;
	struct {
		struct yh_id id, org;
		char worst[48]; /* indicator */
	} results[RESULTS_MAX];
	size_t n;
	struct {
		struct yh_id org;
		char indicator[48];
	} open[OPEN_MAX];
	size_t n_open, at;
};

static enum yh_rc read_result(struct yh_ctx *cx, struct evaluating *q,
			      const struct yh_result_row *row, struct yh_err *err)
{
	struct yh_score_row *scores;
	int64_t least = INT64_MAX;
	size_t n = 0, at = q->n++;
	enum yh_rc rc = yh_score_list(cx->tx, &row->id, cx->arena, &scores, &n, err);

	q->results[at].id = row->id;
	q->results[at].org = row->org;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (scores[i].known && scores[i].score_e2 < least) {
			least = scores[i].score_e2;
			memcpy(q->results[at].worst, scores[i].code, sizeof scores[i].code);
		}
		if (strcmp(scores[i].kind, "open") == 0 && q->n_open < OPEN_MAX) {
			q->open[q->n_open].org = row->org;
			memcpy(q->open[q->n_open++].indicator, scores[i].code,
			       sizeof scores[i].code);
		}
	}
	return rc;
}

static enum yh_rc read_results(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct evaluating *q = arg;
	struct yh_result_row *list;
	size_t n = 0;
	enum yh_rc rc = yh_result_list(cx->tx, &q->by->evaluation, cx->arena, &list, &n, err);

	q->n = q->n_open = 0;
	for (size_t i = 0; rc == YH_OK && i < n && q->n < RESULTS_MAX; i++)
		rc = read_result(cx, q, &list[i], err);
	return rc;
}

/* Reckons a quarter; a crash in the middle leaves an unfinished one, and it is reckoned again. */
static enum yh_rc reckon(struct sim *s, const struct yh_evaluation_ask *ask, uint64_t key,
			 struct yh_id *out, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc;

	sim_go_on(s, 20);
	if (sim_draw(s, "evaluation cut off", key, 2) != 0)
		return yh_evaluation_open(s->cfg->world, ask, out, err);
	yh_fault_arm_statement(1 + (int)sim_draw(s, "evaluation statement", key, 60));
	rc = yh_evaluation_open(s->cfg->world, ask, out, &why);
	yh_fault_arm_statement(0);
	if (rc == YH_STORAGE) {
		s->report->crashes++;
		return yh_evaluation_open(s->cfg->world, ask, out, err);
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

static enum yh_rc open_quarter(struct sim *s, struct sim_scheme *by, yh_day last,
			       struct yh_err *err)
{
	struct yh_date d = yh_date_of(last);
	char period[24];
	const struct yh_evaluation_ask ask = { .cloud = s->clouds[0],
					       .code = by->code,
					       .period = period,
					       .person = s->people[OPERATOR].row.id,
					       .source = "simulation" };
	struct yh_err why = { 0 };
	enum yh_rc rc;

	(void)snprintf(period, sizeof period, "%d-Q%d", d.year, d.month / 3);
	by->scored = by->filed = false;
	by->object_on = 0;
	rc = reckon(s, &ask, (uint64_t)last * 4 + (uint64_t)(by - s->schemes), &by->evaluation,
		    &why);
	by->last = last;
	if (rc == YH_NOT_FOUND) { /* not in force yet at the quarter's end */
		by->filed = true;
		return YH_OK;
	}
	if (rc != YH_OK && err)
		*err = why;
	return rc;
}

/* What no record of the platform tells; anything else cannot be said. */
static struct yh_hand_in hand_of(const struct evaluating *q)
{
	static const struct {
		const char *indicator;
		uint32_t least, spread;
		const char *evidence;
	} known[] = {
		{ "incidents", 0, 3, "当季安全与运行事件台账" },
		{ "inspections", 92, 9, "当季日常巡检记录" },
		{ "changes", 0, 2, "当季变更记录与审批单核对" },
		{ "security", 70, 31, "等级保护测评与密码应用评估报告" },
	};
	const char *indicator = q->open[q->at].indicator;
	struct yh_hand_in in = { .evaluation = q->by->evaluation,
				 .org = q->open[q->at].org,
				 .indicator = indicator,
				 .unknown = true,
				 .evidence = "没有可核对的记录",
				 .reference = "" };

	for (size_t i = 0; i < YH_LEN(known); i++)
		if (strcmp(known[i].indicator, indicator) == 0) {
			in.unknown = false;
			in.evidence = known[i].evidence;
			in.value_milli =
				1000 * (known[i].least + (int64_t)sim_draw(q->s, indicator,
									   (uint64_t)q->by->last,
									   known[i].spread));
		}
	return in;
}

static enum yh_rc score(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct yh_hand_in in = hand_of(arg);
	struct yh_result_row row;

	return yh_evaluation_score(cx, &in, &row, err);
}

static enum yh_rc score_all(struct evaluating *q, struct yh_err *err)
{
	enum yh_rc rc = sim_look(q->s, NULL, read_results, q, err);

	for (q->at = 0; rc == YH_OK && q->at < q->n_open; q->at++)
		rc = sim_do(q->s, &q->s->people[OPERATOR], score, q, err);
	q->by->scored = rc == YH_OK;
	return rc;
}

struct announcing {
	struct sim *s;
	struct yh_id evaluation, case_id;
};

static enum yh_rc announce(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct announcing *a = arg;
	YH_JSON_AUTO form = json_pack("{s:s}", "summary", "按平台记录与人工评分核算，报请审定");
	struct yh_file_in in = { .procedure = SIM_EVALUATION,
				 .record = a->evaluation,
				 .form = form };
	struct yh_case c;
	enum yh_rc rc = yh_case_file(cx, &in, &c, err);

	a->case_id = c.row.id;
	return rc;
}

/* Whichever server is heard, there is one case of it. */
static enum yh_rc file_evaluation(struct sim *s, struct sim_scheme *by, yh_day day,
				  struct yh_err *err)
{
	static const struct yh_id none;
	struct announcing mine = { .s = s, .evaluation = by->evaluation }, other = mine;
	bool both;
	enum yh_rc rc = sim_race(s, &s->people[OPERATOR], announce, &mine, &other, (uint64_t)day,
				 &both, err);

	if (rc != YH_OK)
		return rc;
	if (both)
		return sim_broken("an evaluation announced twice", by->code, day, err);
	if (s->n_evaluated == SIM_EVALUATIONS_MAX)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s->evaluated[s->n_evaluated++] =
		memcmp(&mine.case_id, &none, sizeof none) ? mine.case_id : other.case_id;
	s->report->cases++;
	by->filed = true;
	by->object_on = day + OBJECT_AFTER;
	return YH_OK;
}

/* ---- objections ---- */

static enum yh_rc object(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	const struct evaluating *q = arg;
	YH_JSON_AUTO form = json_pack("{s:s, s:s}", "indicator", q->results[q->at].worst, "grounds",
				      "与本单位掌握的情况不符，请核实");
	struct yh_file_in in = { .procedure = SIM_OBJECTION,
				 .record = q->results[q->at].id,
				 .form = form };
	struct yh_case c;

	return yh_case_file(cx, &in, &c, err);
}

/* A provider objects every second time, one unit in ten does. */
static enum yh_rc object_all(struct evaluating *q, struct yh_err *err)
{
	enum yh_rc rc = sim_look(q->s, NULL, read_results, q, err);

	q->by->object_on = 0;
	for (q->at = 0; rc == YH_OK && q->at < q->n; q->at++) {
		const struct sim_person *who = sim_person_of(q->s, &q->results[q->at].org);
		uint64_t key = (uint64_t)q->by->last * RESULTS_MAX + q->at;
		struct yh_err why = { 0 };

		if (!who || !q->results[q->at].worst[0] ||
		    sim_draw(q->s, "objects", key, strcmp(who->role, "unit") == 0 ? 10 : 2) != 0)
			continue;
		rc = sim_do(q->s, who, object, q, &why);
		q->s->report->objections += rc == YH_OK;
		q->s->report->cases += rc == YH_OK;
		if (rc == YH_REFUSED || rc == YH_CONFLICT)
			rc = YH_OK;
		else if (rc != YH_OK && err)
			*err = why;
	}
	return rc;
}

/* ---- a day ---- */

/* The last day of the quarter before the one of `day`. */
static yh_day quarter_end(yh_day day)
{
	struct yh_date d = yh_date_of(day);

	d.month = (d.month - 1) / 3 * 3 + 1;
	d.day = 1;
	return yh_day_from_date(d) - 1;
}

static enum yh_rc live_on(struct sim *s, struct sim_scheme *by, yh_day day, struct yh_err *err)
{
	static struct evaluating q; /* too large for a stack; the simulation has one thread */
	yh_day last = quarter_end(day);
	enum yh_rc rc = YH_OK;

	q = (struct evaluating){ .s = s, .by = by };
	if (yh_id_is_zero(&by->id))
		return day < s->cfg->first + DRAFT_AFTER ? YH_OK : set_scheme(s, by, day, err);
	if (last > by->last && last >= by->enacted_from && day >= last + REPORT_AFTER &&
	    s->fed_until >= last)
		rc = open_quarter(s, by, last, err);
	else if (yh_id_is_zero(&by->evaluation))
		return YH_OK;
	if (rc == YH_OK && !by->filed && !by->scored)
		rc = score_all(&q, err);
	if (rc == YH_OK && !by->filed)
		rc = file_evaluation(s, by, day, err);
	if (rc == YH_OK && by->object_on && day >= by->object_on)
		rc = object_all(&q, err);
	return rc;
}

enum yh_rc sim_evaluate(struct sim *s, yh_day day, struct yh_err *err)
{
	const struct sim_scheme schemes[SIM_SCHEMES] = {
		{ .code = "provider", .title = "服务商评价方案", .text = s->cfg->provider_scheme },
		{ .code = "unit", .title = "使用单位评价方案", .text = s->cfg->unit_scheme },
	};
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < SIM_SCHEMES; i++) {
		if (!s->schemes[i].code)
			s->schemes[i] = schemes[i];
		rc = live_on(s, &s->schemes[i], day, err);
	}
	return rc;
}

/* ---- the desks ---- */

/* One less of what should be little, five percent more of what should be much. */
static void put_better(struct yh_ctx *cx, const struct yh_id *result, const char *indicator,
		       json_t *form)
{
	struct yh_result_row r;
	struct yh_evaluation_row e;
	struct yh_scheme_row row;
	struct yh_scheme scheme;
	struct yh_score_row *scores;
	int64_t value;
	size_t n = 0;

	if (yh_result_load(cx->tx, result, cx->arena, &r, NULL) != YH_OK ||
	    yh_evaluation_load(cx->tx, &r.evaluation, cx->arena, &e, NULL) != YH_OK ||
	    yh_evaluation_scheme(cx, &e.scheme, &row, &scheme, NULL) != YH_OK ||
	    yh_score_list(cx->tx, result, cx->arena, &scores, &n, NULL) != YH_OK)
		return;
	for (size_t i = 0; i < n && i < scheme.n_indicators; i++) {
		char text[32];

		if (strcmp(scores[i].code, indicator) != 0 || !scores[i].known)
			continue;
		value = scores[i].num / scores[i].den;
		value += scheme.indicators[i].lower ? (value > 0 ? -1 : 0) : value < 95 ? 5 : 0;
		(void)snprintf(text, sizeof text, "%lld", (long long)value);
		(void)json_object_set_new(form, "value", json_string(text));
	}
}

static void answer_objection(struct sim *s, struct yh_ctx *cx, const struct yh_case *c,
			     uint64_t key, struct sim_mind *out)
{
	const char *indicator = yh_json_text(c->form, "indicator");

	out->outcome = "dismissed";
	out->form = json_pack("{s:s}", "explanation", "经复核原始记录，结果无误");
	if (!indicator || sim_draw(s, "objection", key, 2) != 0)
		return;
	json_decref(out->form);
	out->outcome = "upheld";
	out->form = json_pack("{s:s, s:s}", "indicator", indicator, "explanation",
			      "经复核，部分记录应归属其他原因，予以更正");
	put_better(cx, &c->row.subject, indicator, out->form);
	s->report->upheld++;
}

bool sim_evaluate_mind(struct sim *s, struct yh_ctx *cx, const struct yh_case *c, const char *step,
		       uint64_t key, struct sim_mind *out)
{
	*out = (struct sim_mind){ .outcome = "approve", .reason = "经核，符合评价方案" };
	if (strcmp(c->row.procedure, SIM_SCHEME) == 0 ||
	    strcmp(c->row.procedure, SIM_EVALUATION) == 0)
		return true;
	out->reason = "经核，情况属实";
	if (strcmp(c->row.procedure, SIM_OBJECTION) == 0) {
		answer_objection(s, cx, c, key, out);
		return true;
	}
	if (strcmp(c->row.procedure, SIM_IMPROVEMENT) != 0)
		return false;
	if (strcmp(step, SIM_IMPROVEMENT_VERIFY) == 0) {
		bool done = sim_draw(s, "improved", key, 4) != 0;

		out->outcome = done ? "verified" : "failed";
		out->reason = done ? "经核，已改进到位" : "经核，尚未改进到位";
	} else if (strcmp(step, SIM_IMPROVEMENT_CONCLUDE) == 0) {
		bool done = sim_draw(s, "improved", key, 3) != 0;

		out->outcome = done ? "rectified" : "unrectified";
		out->reason = done ? "经核，已完成整改" : "经核，逾期仍未完成整改";
	} else {
		out->outcome = "confirm";
		out->form = json_pack("{s:s}", "measures", "已按整改要求逐项落实");
	}
	return true;
}
