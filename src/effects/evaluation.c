/* Schemes come into force, evaluations are announced, objected to and published. */
#include "effects/evaluation.h"

#include <string.h>

#include "services/evaluation/evaluation.h"
#include "services/evaluation/experience.h"

YH_WORD_CHECK_FN(yh_word_scheme_submit)
{
	const char *text = yh_json_text(k->c->form, "effective_date");
	yh_day from = YH_DAY_NONE;

	if (text && yh_day_parse(text, &from, err) != YH_OK) {
		yh_err_field(err, "/form/effective_date");
		return YH_BAD_INPUT;
	}
	return yh_scheme_submit(k->cx, &k->c->row.subject, from, &k->c->row.id,
				yh_use_article(k, use), err);
}

YH_WORD_CHECK_FN(yh_word_scheme_reopen)
{
	(void)use;
	return yh_scheme_reopen(k->cx, &k->c->row.subject, &k->c->row.id, err);
}

/* From the day that the form names, the step's own before the case's. */
YH_WORD_CHECK_FN(yh_word_scheme_enact)
{
	const char *text = yh_json_text(k->input, "effective_date");
	yh_day from;
	enum yh_rc rc;

	if (!text)
		text = yh_json_text(k->c->form, "effective_date");
	rc = yh_day_parse(text ? text : "", &from, err);
	if (rc != YH_OK) {
		yh_err_field(err, "/form/effective_date");
		return rc;
	}
	return yh_scheme_enact(k->cx, &k->c->row.subject, from, &k->c->row.id,
			       yh_use_article(k, use), err);
}

YH_WORD_CHECK_FN(yh_word_evaluation_announce)
{
	const struct yh_law_book *law = k->cx->world->law;
	struct yh_due until;
	enum yh_rc rc =
		yh_due_day(law->calendar(law->self), yh_ctx_today(k->cx),
			   yh_use_arg(use, "objections")->period, YH_PROVISIONAL, &until, err);

	return rc == YH_OK ? yh_evaluation_announce(k, &k->c->row.subject, until.day, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_evaluation_reopen)
{
	(void)use;
	return yh_evaluation_reopen(k, &k->c->row.subject, err);
}

YH_WORD_CHECK_FN(yh_word_evaluation_publish)
{
	bool from_period = strcmp(yh_use_text(use, "factor_from", "period"), "period") == 0;

	return yh_evaluation_publish(k, &k->c->row.subject, from_period, err);
}

static enum yh_rc load(struct yh_case_cx *k, struct yh_result_row *r, struct yh_evaluation_row *e,
		       struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	enum yh_rc rc = yh_result_load(cx->tx, &k->c->row.subject, cx->arena, r, err);

	return rc == YH_OK ? yh_evaluation_load(cx->tx, &r->evaluation, cx->arena, e, err) : rc;
}

/* By whom it is about; until a day, and no more once it is published. */
YH_WORD_CHECK_FN(yh_word_result_objectionable)
{
	struct yh_evaluation_row e;
	struct yh_result_row r;
	enum yh_rc rc = load(k, &r, &e, err);

	/* another's is not told to exist, and neither is a draft */
	if (rc == YH_OK && (!yh_id_eq(&r.org, &k->c->row.unit) || e.objection_last == YH_DAY_NONE))
		rc = yh_fail(err, YH_NOT_FOUND, "result-unknown");
	if (rc != YH_OK || (strcmp(e.state, "announced") == 0 &&
			    yh_day_of(k->c->row.filed_at) <= e.objection_last))
		return rc;
	rc = yh_refuse(err, "objection-late", yh_use_article(k, use));
	yh_err_text(err, "result", r.no);
	yh_err_day(err, "last", e.objection_last);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_result_correct)
{
	struct yh_hand_in in = {
		.indicator = yh_json_text(k->input, "indicator"),
		.evidence = yh_json_text(k->input, "explanation"),
		.reference = k->c->row.no,
		.unknown = json_is_true(json_object_get(k->input, "unknown")),
	};
	const json_t *value = json_object_get(k->input, "value");
	enum yh_rc rc = YH_OK;

	(void)use;
	if (!in.indicator)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form/indicator");
	if (!in.unknown && !value)
		return yh_fail_field(err, YH_BAD_INPUT, "form-missing", "/form/value");
	if (!in.unknown)
		rc = yh_json_milli(value, &in.value_milli, err);
	if (rc == YH_OK)
		return yh_evaluation_correct(k->cx, &k->c->row.subject, &in, &k->c->row.id, err);
	yh_err_field(err, "/form/value");
	return rc;
}

YH_WORD_COND_FN(yh_word_result_of)
{
	struct yh_evaluation_row e;
	struct yh_result_row r;
	enum yh_rc rc = load(k, &r, &e, err);

	*holds = rc == YH_OK && strcmp(e.subject, yh_use_text(use, "subject", "")) == 0;
	return rc;
}

/* The figures that the form refers to are those of this cloud. */
YH_WORD_CHECK_FN(yh_word_edition_experience)
{
	const char *no = yh_json_text(k->c->form, yh_use_text(use, "field", "experience"));
	struct yh_experience_row x;
	enum yh_rc rc;

	if (!no)
		return YH_OK;
	rc = yh_experience_load(k->cx->tx, no, k->cx->arena, &x, err);
	if (rc == YH_OK && !yh_id_eq(&x.cloud, &k->c->row.cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "experience-unknown");
	if (rc != YH_OK)
		yh_err_field(err, "/form/%s", yh_use_text(use, "field", "experience"));
	return rc;
}
