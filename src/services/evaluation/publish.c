/* Announced, objected to, published; and what follows from results. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "cases/case.h"
#include "services/evaluation/internal.h"
#include "services/settle/settle.h"
#include "store/event.h"
#include "store/factor.h"

enum { NOTICE_BYTES = 16 * 1024 };

/* Units are told as units, providers as providers. */
static const char *role_of(const struct yh_evaluation_row *e)
{
	return e->subject;
}

static void write_figures(const struct yh_evaluation_row *e, const struct yh_result_row *r,
			  const struct yh_scheme *s, yh_day until, struct yh_buf *buf)
{
	char text[YH_SCALED_TEXT];
	struct yh_jw w;

	yh_jw_init(&w, buf);
	yh_jw_obj(&w, NULL);
	yh_jw_str(&w, "evaluation", e->no);
	yh_jw_str(&w, "result", r->no);
	yh_jw_str(&w, "title", e->scheme_title);
	yh_jw_str(&w, "period", e->period);
	yh_jw_str(&w, "score", r->withheld ? "-" : yh_scaled_text(r->score_e2, 2, text));
	yh_jw_str(&w, "grade_zh", r->withheld ? "—" : s->grades[r->grade].title.zh);
	yh_jw_str(&w, "grade_en", r->withheld ? "-" : s->grades[r->grade].title.en);
	yh_jw_day(&w, "until", until);
	yh_jw_end_obj(&w);
}

static enum yh_rc tell(struct yh_ctx *cx, const struct yh_evaluation_row *e,
		       const struct yh_result_row *r, const struct yh_scheme *s, const char *slug,
		       yh_day until, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_notice n = { .id = yh_ctx_new_id(cx),
			       .org = r->org,
			       .role = role_of(e),
			       .case_id = *case_id,
			       .slug = slug,
			       .made_at = cx->now };
	struct yh_buf buf;
	enum yh_rc rc;

	yh_buf_init(&buf, NOTICE_BYTES);
	write_figures(e, r, s, until, &buf);
	n.figures = yh_buf_text(&buf);
	rc = yh_buf_ok(&buf) ? yh_notice_insert(cx->tx, &n, err)
			     : yh_fail(err, YH_TOO_LARGE, "notice-too-large");
	yh_buf_done(&buf);
	return rc;
}

static enum yh_rc take(struct yh_ctx *cx, const struct yh_id *id, struct yh_evaluation_row *e,
		       struct yh_scheme *s, struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err);

	if (rc == YH_OK)
		rc = yh_evaluation_load(cx->tx, id, cx->arena, e, err);
	return rc == YH_OK ? yh_evaluation_scheme(cx, &e->scheme, &row, s, err) : rc;
}

/* How many of an evaluation's scores, or cases about its results, are open. */
typedef enum yh_rc (*open_fn)(struct yh_tx *tx, const struct yh_id *id, int64_t *n,
			      struct yh_err *err);

static enum yh_rc take_in(struct yh_ctx *cx, const struct yh_id *id, const char *state,
			  open_fn count, struct yh_evaluation_row *e, struct yh_scheme *s,
			  int64_t *open, struct yh_err *err)
{
	enum yh_rc rc = take(cx, id, e, s, err);

	if (rc == YH_OK)
		rc = yh_eval_in(e, state, err);
	return rc == YH_OK ? count(cx->tx, id, open, err) : rc;
}

static enum yh_rc move(struct yh_case_cx *k, struct yh_evaluation_row *e, const char *state,
		       const char *kind, struct yh_err *err)
{
	char before[sizeof e->state], hex[YH_SM3_HEX];
	enum yh_rc rc = yh_eval_digest(k->cx->tx, &e->id, k->cx->arena, &e->digest, err);

	memcpy(before, e->state, sizeof before);
	(void)snprintf(e->state, sizeof e->state, "%s", state);
	if (rc == YH_OK)
		rc = yh_evaluation_update(k->cx->tx, e, err);
	/* the digest over all results stands in the record */
	return rc == YH_OK
		       ? yh_eval_record(k->cx, kind, "evaluation", &e->id, &k->c->row.id, before,
					state, yh_hex(e->digest.b, sizeof e->digest.b, hex), err)
		       : rc;
}

static enum yh_rc none_open(const struct yh_evaluation_row *e, int64_t open, enum yh_rc class,
			    const char *slug, const char *article, struct yh_err *err)
{
	if (open == 0)
		return YH_OK;
	if (class == YH_REFUSED)
		(void)yh_refuse(err, slug, article);
	else
		(void)yh_fail(err, class, slug);
	yh_err_text(err, "evaluation", e->no);
	yh_err_int(err, "open", open);
	return class;
}

enum yh_rc yh_evaluation_announce(struct yh_case_cx *k, const struct yh_id *id, yh_day until,
				  struct yh_err *err)
{
	static const char slug[] = "evaluation-announced";
	struct yh_ctx *cx = k->cx;
	struct yh_evaluation_row e;
	struct yh_result_row *rows;
	struct yh_scheme s;
	int64_t open = 0;
	size_t n = 0;
	enum yh_rc rc = take_in(cx, id, "draft", yh_scores_open, &e, &s, &open, err);

	if (rc == YH_OK)
		rc = none_open(&e, open, YH_CONFLICT, "evaluation-unscored", "", err);
	e.case_id = k->c->row.id;
	e.objection_last = until;
	if (rc == YH_OK)
		rc = move(k, &e, "announced", "evaluation.announced", err);
	if (rc == YH_OK)
		rc = yh_result_list(cx->tx, id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = tell(cx, &e, &rows[i], &s, slug, until, &k->c->row.id, err);
	return rc;
}

enum yh_rc yh_evaluation_reopen(struct yh_case_cx *k, const struct yh_id *id, struct yh_err *err)
{
	struct yh_evaluation_row e;
	enum yh_rc rc = yh_evaluation_load(k->cx->tx, id, k->cx->arena, &e, err);

	if (rc != YH_OK || strcmp(e.state, "announced") != 0 ||
	    !yh_id_eq(&e.case_id, &k->c->row.id))
		return rc;
	e.case_id = (struct yh_id){ { 0 } };
	e.objection_last = YH_DAY_NONE;
	return move(k, &e, "draft", "evaluation.reopened", err);
}

/* ---- what follows ---- */

static yh_day month_of(yh_day day)
{
	struct yh_date d = yh_date_of(day);

	return yh_day_from_date((struct yh_date){ d.year, d.month, 1 });
}

/* A factor that begins in months that are closed already acts on these by corrections. */
static enum yh_rc enter_factor(struct yh_case_cx *k, const struct yh_evaluation_row *e,
			       const struct yh_result_row *r, bool from_period, struct yh_err *err)
{
	yh_day next = month_of(yh_ctx_today(k->cx)) + 31;
	struct yh_factor_row f = {
		.id = yh_ctx_new_id(k->cx),
		.provider = r->org,
		.cloud = e->cloud,
		.from_month = month_of(from_period ? e->first_day : next),
		.factor_e6 = r->factor_e6,
		.evaluation = e->id,
		.case_id = k->c->row.id,
		.made_at = k->cx->now,
	};
	enum yh_rc rc = yh_factor_insert(k->cx->tx, &f, err);

	return rc == YH_OK ? yh_settle_correct_provider(k->cx, &f.provider, &f.cloud, f.from_month,
							&f.case_id, e->no, err)
			   : rc;
}

static enum yh_rc follow(struct yh_case_cx *k, const struct yh_evaluation_row *e,
			 const struct yh_result_row *r, bool from_period, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(k->cx);
	enum yh_rc rc = YH_OK;

	if (r->factor_e6 > 0 && !r->withheld)
		rc = enter_factor(k, e, r, from_period, err);
	if (rc == YH_OK && r->rectify)
		rc = yh_job_insert(k->cx->tx, &job, "evaluation.rectify", &r->id, k->cx->now, err);
	return rc;
}

enum yh_rc yh_evaluation_publish(struct yh_case_cx *k, const struct yh_id *id, bool from_period,
				 struct yh_err *err)
{
	static const char slug[] = "evaluation-published";
	const char *article = k->step ? k->step->article : k->c->procedure->article;
	struct yh_ctx *cx = k->cx;
	struct yh_evaluation_row e;
	struct yh_result_row *rows;
	struct yh_scheme s;
	int64_t open = 0;
	size_t n = 0;
	enum yh_rc rc = take_in(cx, id, "announced", yh_results_in_case, &e, &s, &open, err);

	if (rc == YH_OK)
		rc = none_open(&e, open, YH_REFUSED, "evaluation-objections", article, err);
	e.published_at = cx->now;
	if (rc == YH_OK)
		rc = move(k, &e, "published", "evaluation.published", err);
	if (rc == YH_OK)
		rc = yh_result_list(cx->tx, id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		rc = follow(k, &e, &rows[i], from_period, err);
		if (rc == YH_OK)
			rc = tell(cx, &e, &rows[i], &s, slug, YH_DAY_NONE, &k->c->row.id, err);
	}
	return rc;
}

/* ---- rectification ---- */

/* The indicators that are worst for the weight they have, in words of both languages. */
static const char *weakest(struct yh_ctx *cx, const struct yh_scheme *s,
			   const struct yh_score_row *scores, size_t n, bool english)
{
	bool named[YH_EVAL_INDICATORS_MAX] = { false };
	const char *text = "";

	for (int pick = 0; pick < 3; pick++) {
		size_t worst = n;

		for (size_t i = 0; i < n; i++)
			if (scores[i].known && !named[i] && scores[i].score_e2 < 10000 &&
			    (worst == n ||
			     (10000 - scores[i].score_e2) * scores[i].weight_e2 >
				     (10000 - scores[worst].score_e2) * scores[worst].weight_e2))
				worst = i;
		if (worst == n)
			break;
		named[worst] = true;
		text = yh_arena_printf(cx->arena, "%s%s%s", text,
				       pick == 0 ? ""
				       : english ? ", "
						 : "、",
				       english ? s->indicators[worst].title.en
					       : s->indicators[worst].title.zh);
		if (!text)
			return "";
	}
	return text;
}

static enum yh_rc begin_case(struct yh_ctx *cx, const struct yh_evaluation_row *e,
			     struct yh_result_row *r, const struct yh_scheme *s,
			     const struct yh_procedure *p, struct yh_err *err)
{
	static const char slug[] = "evaluation-ordered";
	char number[YH_SCALED_TEXT];
	struct yh_score_row *scores;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	struct yh_start_in in = { .procedure = p->name,
				  .trigger = YH_RECTIFY_TRIGGER,
				  .record = r->id,
				  .unit = r->org,
				  .cloud = e->cloud };
	YH_JSON_AUTO more = NULL;
	size_t n = 0;
	enum yh_rc rc = yh_score_list(cx->tx, &r->id, cx->arena, &scores, &n, err);

	in.title =
		yh_arena_printf(cx->arena, "%s（%s %s）", p->title.zh, e->scheme_title, e->period);
	if (rc == YH_OK)
		rc = yh_case_start(cx, &in, &c, err);
	if (rc != YH_OK)
		return rc;
	r->case_id = c.row.id;
	rc = yh_result_update(cx->tx, r, err);
	more = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "evaluation", e->no, "score",
			 yh_scaled_text(r->score_e2, 2, number), "grade_zh",
			 s->grades[r->grade].title.zh, "grade_en", s->grades[r->grade].title.en,
			 "weak_zh", weakest(cx, s, scores, n, false), "weak_en",
			 weakest(cx, s, scores, n, true));
	if (rc == YH_OK && !more)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc == YH_OK ? yh_case_tell_more(&k, role_of(e), &r->org, slug, more, err) : rc;
}

/* Begun once: a result whose case there is has nothing more to come. */
enum yh_rc yh_evaluation_rectify(struct yh_ctx *cx, const struct yh_id *result, yh_time *again_at,
				 struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_word_use *use;
	const struct yh_procedure *p;
	const struct yh_pack *pack;
	struct yh_evaluation_row e;
	struct yh_result_row r;
	struct yh_scheme s;
	enum yh_rc rc = yh_result_load(cx->tx, result, cx->arena, &r, err);

	(void)again_at;
	if (rc == YH_OK)
		rc = take(cx, &r.evaluation, &e, &s, err);
	if (rc == YH_OK)
		rc = yh_result_load(cx->tx, result, cx->arena, &r, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc != YH_OK || !yh_id_is_zero(&r.case_id) || strcmp(e.state, "published") != 0)
		return rc;
	p = yh_pack_started_by(pack, YH_RECTIFY_TRIGGER, NULL, &use);
	return p ? begin_case(cx, &e, &r, &s, p, err) : YH_OK;
}
