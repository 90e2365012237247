/* What is said by hand: scores of what no record tells, and what objections correct. */
#include <stdio.h>
#include <string.h>

#include "services/evaluation/internal.h"

enum { EVIDENCE_MAX = 4000 * 4, REFERENCE_MAX = 200 * 4 };

enum yh_rc yh_eval_take_hand(const struct yh_eval_indicator *in, const struct yh_hand_row *h,
			     struct yh_score_row *s, struct yh_err *err)
{
	const struct yh_eval_figure f = { h->known, h->num, h->den };

	(void)snprintf(s->kind, sizeof s->kind, "%s", h->kind);
	s->known = h->known;
	s->num = h->num;
	s->den = h->den;
	s->score_e2 = 0;
	s->evidence = h->evidence;
	s->reference = h->reference;
	s->scorer = h->scorer;
	s->case_id = h->case_id;
	s->made_at = h->made_at;
	return h->known ? yh_eval_score(in, &f, &s->score_e2, err) : YH_OK;
}

static enum yh_rc check_words(const struct yh_hand_in *in, struct yh_err *err)
{
	if (!in->evidence || strlen(in->evidence) < 2)
		return yh_fail_field(err, YH_BAD_INPUT, "score-evidence-missing", "/evidence");
	if (strlen(in->evidence) > EVIDENCE_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/evidence");
	if (in->reference && strlen(in->reference) > REFERENCE_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/reference");
	if (!in->unknown && (in->value_milli < 0 || in->value_milli > YH_EVAL_FIGURE_MAX))
		return yh_fail_field(err, YH_BAD_INPUT, "quantity-out-of-range", "/value");
	return YH_OK;
}

static enum yh_rc find_indicator(const struct yh_scheme *s, const char *code, size_t *out,
				 struct yh_err *err)
{
	for (*out = 0; *out < s->n_indicators; (*out)++)
		if (strcmp(s->indicators[*out].code, code) == 0)
			return YH_OK;
	(void)yh_fail_field(err, YH_NOT_FOUND, "indicator-unknown", "/indicator");
	yh_err_text(err, "what", code);
	return YH_NOT_FOUND;
}

/* An evaluation, locked, with its scheme. */
static enum yh_rc take(struct yh_ctx *cx, const struct yh_id *id, struct yh_evaluation_row *e,
		       struct yh_scheme *s, struct yh_err *err)
{
	struct yh_scheme_row row;
	enum yh_rc rc = yh_db_lock(cx->tx, id, 1, err);

	if (rc == YH_OK)
		rc = yh_evaluation_load(cx->tx, id, cx->arena, e, err);
	return rc == YH_OK ? yh_evaluation_scheme(cx, &e->scheme, &row, s, err) : rc;
}

/* Writes what was said, and reckons the result anew with it. */
static enum yh_rc say(struct yh_ctx *cx, const struct yh_evaluation_row *e,
		      const struct yh_scheme *s, size_t at, const struct yh_hand_row *h,
		      struct yh_result_row *out, struct yh_err *err)
{
	struct yh_score_row *scores;
	char before[YH_ID_TEXT] = "", after[YH_ID_TEXT] = "";
	size_t n = 0;
	enum yh_rc rc = yh_result_of(cx->tx, &e->id, &h->org, cx->arena, out, err);

	if (rc == YH_OK)
		rc = yh_score_list(cx->tx, &out->id, cx->arena, &scores, &n, err);
	if (rc == YH_OK && at >= n)
		rc = yh_fail(err, YH_INTERNAL, "scheme-broken");
	if (rc != YH_OK)
		return rc;
	(void)snprintf(before, sizeof before, "%s %lld", scores[at].kind,
		       (long long)scores[at].score_e2);
	rc = yh_eval_take_hand(&s->indicators[at], h, &scores[at], err);
	if (rc == YH_OK)
		rc = yh_hand_set(cx->tx, h, err);
	if (rc == YH_OK)
		rc = yh_score_update(cx->tx, &scores[at], err);
	if (rc == YH_OK)
		rc = yh_eval_sum(s, scores, n, out, err);
	if (rc == YH_OK)
		rc = yh_result_update(cx->tx, out, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(after, sizeof after, "%s %lld", scores[at].kind,
		       (long long)scores[at].score_e2);
	return yh_eval_record(cx, "evaluation.scored", "result", &out->id, &h->case_id, before,
			      after, h->code, err);
}

static struct yh_hand_row row_of(const struct yh_ctx *cx, const struct yh_evaluation_row *e,
				 const struct yh_hand_in *in, const char *kind)
{
	struct yh_hand_row h = { .evaluation = e->id,
				 .org = in->org,
				 .scorer = cx->actor->person,
				 .known = !in->unknown,
				 .num = in->unknown ? 0 : in->value_milli,
				 .den = in->unknown ? 1 : 1000,
				 .evidence = in->evidence,
				 .reference = in->reference ? in->reference : "",
				 .made_at = cx->now };

	(void)snprintf(h.code, sizeof h.code, "%s", in->indicator);
	(void)snprintf(h.kind, sizeof h.kind, "%s", kind);
	return h;
}

enum yh_rc yh_evaluation_score(struct yh_ctx *cx, const struct yh_hand_in *in,
			       struct yh_result_row *out, struct yh_err *err)
{
	struct yh_evaluation_row e;
	struct yh_hand_row h;
	struct yh_scheme s;
	size_t at = 0;
	enum yh_rc rc = take(cx, &in->evaluation, &e, &s, err);

	if (rc == YH_OK)
		rc = yh_eval_body(cx, &e.cloud, "evaluation.score", err);
	if (rc == YH_OK)
		rc = yh_eval_in(&e, "draft", err);
	if (rc == YH_OK)
		rc = check_words(in, err);
	if (rc == YH_OK)
		rc = find_indicator(&s, in->indicator, &at, err);
	if (rc == YH_OK && s.indicators[at].source) {
		rc = yh_fail_field(err, YH_CONFLICT, "indicator-reckoned", "/indicator");
		yh_err_text(err, "what", in->indicator);
	}
	if (rc != YH_OK)
		return rc;
	h = row_of(cx, &e, in, "hand");
	return say(cx, &e, &s, at, &h, out, err);
}

enum yh_rc yh_evaluation_correct(struct yh_ctx *cx, const struct yh_id *result,
				 const struct yh_hand_in *in, const struct yh_id *case_id,
				 struct yh_err *err)
{
	struct yh_hand_in what = *in;
	struct yh_evaluation_row e;
	struct yh_result_row row;
	struct yh_hand_row h;
	struct yh_scheme s;
	size_t at = 0;
	enum yh_rc rc = yh_result_load(cx->tx, result, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = take(cx, &row.evaluation, &e, &s, err);
	if (rc == YH_OK)
		rc = yh_eval_in(&e, "announced", err);
	if (rc == YH_OK)
		rc = check_words(in, err);
	if (rc == YH_OK)
		rc = find_indicator(&s, in->indicator, &at, err);
	if (rc != YH_OK)
		return rc;
	what.org = row.org;
	h = row_of(cx, &e, &what, s.indicators[at].source ? "corrected" : "hand");
	h.case_id = *case_id;
	return say(cx, &e, &s, at, &h, &row, err);
}
