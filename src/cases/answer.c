/* Returning a case to its applicant, the applicant's answer or withdrawal, and what time does. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "law/form.h"
#include "store/event.h"
#include "store/resource.h"

static enum yh_rc need_state(const struct yh_case *c, const char *state, struct yh_err *err)
{
	enum yh_rc rc;

	if (strcmp(c->row.state, state) == 0 ||
	    (strcmp(state, "open") == 0 && strcmp(c->row.state, "abroad") == 0))
		return YH_OK;
	rc = yh_fail(err, YH_CONFLICT,
		     strcmp(state, "open") == 0 ? "case-not-open" : "case-not-returned");
	yh_err_text(err, "state", c->row.state);
	return rc;
}

static enum yh_rc check_defects(const json_t *defects, struct yh_err *err)
{
	size_t n = json_array_size(defects);

	if (n == 0 || n > 50)
		return yh_fail_field(err, YH_BAD_INPUT, "defects-missing", "/defects");
	for (size_t i = 0; i < n; i++) {
		const char *s = json_string_value(json_array_get(defects, i));

		if (!s || !s[0] || strlen(s) > 2000) {
			enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "defects-missing");

			yh_err_field(err, "/defects/%zu", i);
			return rc;
		}
	}
	return YH_OK;
}

/* The open desk through which the actor may return the case. */
static enum yh_rc returning_desk(struct yh_case_cx *k, const char *step, struct yh_step_row *out,
				 struct yh_err *err)
{
	int i = yh_step_index(k->c->procedure, step);
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc;

	if (i < 0 || !k->c->procedure->steps[i].returns)
		return yh_fail(err, YH_CONFLICT, "return-not-open");
	rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);
	for (size_t r = 0; rc == YH_OK && r < n; r++)
		if (!rows[r].closed_at && strcmp(rows[r].step, step) == 0 &&
		    yh_actor_grant(k->cx->actor, rows[r].role, &rows[r].org)) {
			*out = rows[r];
			return YH_OK;
		}
	return rc == YH_OK ? yh_fail(err, YH_FORBIDDEN, "decide-not-permitted") : rc;
}

static enum yh_rc set_answer_day(struct yh_case_cx *k, struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_param *p = yh_pack_param(k->c->pack, "return.answer");
	struct yh_period period = { .n = 10, .unit = YH_WORKDAYS };
	struct yh_id job = yh_ctx_new_id(k->cx);
	struct yh_due due;
	enum yh_rc rc;

	if (p && p->kind == YH_P_PERIOD)
		period = p->period;
	rc = yh_due_day(law->calendar(law->self), yh_ctx_today(k->cx), period, YH_PROVISIONAL, &due,
			err);
	if (rc != YH_OK)
		return rc;
	k->c->row.answer_due = due.day;
	return yh_job_insert(k->cx->tx, &job, "case.lapse", &k->c->row.id,
			     yh_day_start(due.day + 1), err);
}

/* The case is abroad: goes there as an act. */
static enum yh_rc send(struct yh_case_cx *k, const struct yh_act *act, struct yh_err *err)
{
	enum yh_rc rc = yh_case_send(k, act, err);

	return rc == YH_OK ? yh_case_save(k->cx, k->c, err) : rc;
}

enum yh_rc yh_case_return(struct yh_ctx *cx, const struct yh_id *case_id, const char *step,
			  const json_t *defects, struct yh_case *out, struct yh_err *err)
{
	struct yh_case_cx k = { .cx = cx, .c = out };
	struct yh_step_row desk;
	char *payload;
	enum yh_rc rc;

	rc = yh_case_take_here(cx, case_id, out, err);
	if (rc == YH_OK)
		rc = need_state(out, "open", err);
	if (rc == YH_OK && out->row.returned_times > 0)
		rc = yh_fail(err, YH_CONFLICT, "returned-before");
	if (rc == YH_OK)
		rc = returning_desk(&k, step, &desk, err);
	if (rc == YH_OK)
		rc = check_defects(defects, err);
	if (rc == YH_OK)
		rc = yh_case_side(&k, "decider", err);
	if (rc == YH_OK && out->row.abroad == YH_CASE_ABROAD)
		return send(&k,
			    &(struct yh_act){ .act = "return",
					      .step = step,
					      .role = desk.role,
					      .org = desk.org,
					      .defects = defects },
			    err);
	if (rc == YH_OK)
		rc = set_answer_day(&k, err);
	if (rc != YH_OK)
		return rc;
	out->row.returned_times++;
	(void)snprintf(out->row.state, sizeof out->row.state, "returned");
	rc = yh_pause_begin(cx->tx, case_id, cx->now, "returned", err);
	if (rc == YH_OK)
		rc = yh_case_due_again(&k, false, err);
	payload = yh_json_canonical(defects);
	if (rc == YH_OK)
		rc = yh_case_record(&k,
				    &(struct yh_record){ .kind = "case.returned",
							 .before = "open",
							 .role = desk.role,
							 .org = desk.org,
							 .payload = payload },
				    err);
	free(payload);
	if (rc == YH_OK)
		rc = yh_case_tell(&k, out->row.filer_role, &out->row.filer_org, "case-returned",
				  step, out->row.answer_due, err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}

/* Takes over the corrected form and lets the reserving words reserve anew. */
static enum yh_rc refile(struct yh_case_cx *k, const json_t *form, struct yh_err *err)
{
	const struct yh_procedure *p = k->c->procedure;
	char *text;
	enum yh_rc rc = yh_form_validate(p->form, form, err);

	if (rc != YH_OK)
		return rc;
	if (p->about == YH_ABOUT_RESOURCE && !json_equal(json_object_get(form, "resources"),
							 json_object_get(k->c->form, "resources")))
		return yh_fail_field(err, YH_BAD_INPUT, "resources-fixed", "/form/resources");
	text = yh_json_canonical(form);
	if (!text || !yh_arena_defer(k->cx->arena, free, text))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	k->c->form = form;
	k->c->row.form = text;
	rc = yh_case_attach(k, &k->c->row.filer_org, p->form, form, NULL, err);
	if (k->c->row.abroad != YH_CASE_HERE)
		return rc;
	for (size_t i = 0; rc == YH_OK && i < p->n_on_filed; i++) {
		const struct yh_word *w =
			yh_words_find(k->cx->world->words, p->on_filed[i].word->name);

		rc = w->undo ? w->undo(k, &p->on_filed[i], err) : YH_OK;
	}
	if (rc == YH_OK)
		rc = yh_run_checks(k, p->checks, p->n_checks, YH_AT_FILING, err);
	return rc == YH_OK ? yh_run_effects(k, p->on_filed, p->n_on_filed, err) : rc;
}

static enum yh_rc send_again(struct yh_case_cx *k, const struct yh_grant *g, const json_t *form,
			     struct yh_err *err)
{
	(void)snprintf(k->c->row.state, sizeof k->c->row.state, "abroad");
	k->c->row.answer_due = YH_DAY_NONE;
	return send(k,
		    &(struct yh_act){ .act = "resubmit",
				      .step = "",
				      .role = g->role,
				      .org = g->org,
				      .form = form },
		    err);
}

enum yh_rc yh_case_resubmit(struct yh_ctx *cx, const struct yh_id *case_id, const json_t *form,
			    struct yh_case *out, struct yh_err *err)
{
	struct yh_case_cx k = { .cx = cx, .c = out };
	const struct yh_grant *g;
	enum yh_rc rc;

	rc = yh_case_take_here(cx, case_id, out, err);
	if (rc == YH_OK)
		rc = yh_case_applicant(&k, &g, err);
	if (rc == YH_OK)
		rc = need_state(out, "returned", err);
	if (rc == YH_OK)
		rc = yh_case_side(&k, "applicant", err);
	if (rc == YH_OK)
		rc = refile(&k, form, err);
	if (rc != YH_OK)
		return rc;
	if (out->row.abroad == YH_CASE_ABROAD)
		return send_again(&k, g, form, err);
	(void)snprintf(out->row.state, sizeof out->row.state, "open");
	out->row.answer_due = YH_DAY_NONE;
	rc = yh_pause_end(cx->tx, case_id, yh_ctx_today(cx), err);
	if (rc == YH_OK)
		rc = yh_job_cancel(cx->tx, "case.lapse", case_id, cx->now, err);
	if (rc == YH_OK)
		rc = yh_case_due_again(&k, false, err);
	if (rc == YH_OK)
		rc = yh_case_reroute(&k, err);
	if (rc == YH_OK)
		rc = yh_case_record(&k,
				    &(struct yh_record){ .kind = "case.resubmitted",
							 .before = "returned",
							 .role = g->role,
							 .org = g->org,
							 .payload = out->row.form },
				    err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}

/* Abroad: the city hears of it. Where the link has ended it is over here at once, and the city
 * hears when there is one again. */
static enum yh_rc withdraw_abroad(struct yh_case_cx *k, const struct yh_grant *g,
				  const char *reason, struct yh_err *err)
{
	bool linked = false;
	enum yh_rc rc = yh_case_send(k,
				     &(struct yh_act){ .act = "withdraw",
						       .step = "",
						       .role = g->role,
						       .org = g->org,
						       .reason = reason },
				     err);

	if (rc == YH_OK)
		rc = yh_cloud_at_city(k->cx->tx, &k->c->row.cloud, &linked, err);
	return rc == YH_OK && !linked ? yh_case_end(k, "withdrawn", reason, err) : rc;
}

enum yh_rc yh_case_withdraw(struct yh_ctx *cx, const struct yh_id *case_id, const char *reason,
			    struct yh_case *out, struct yh_err *err)
{
	struct yh_case_cx k = { .cx = cx, .c = out };
	const struct yh_grant *g;
	enum yh_rc rc;

	rc = yh_case_take_here(cx, case_id, out, err);
	if (rc == YH_OK)
		rc = yh_case_applicant(&k, &g, err);
	if (rc == YH_OK && (out->row.ended_at || out->row.effected))
		rc = yh_fail(err, YH_CONFLICT, "withdraw-too-late");
	if (rc == YH_OK)
		rc = yh_case_side(&k, "applicant", err);
	if (rc == YH_OK)
		rc = out->row.abroad == YH_CASE_ABROAD ? withdraw_abroad(&k, g, reason, err)
						       : yh_case_end(&k, "withdrawn", reason, err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}

enum yh_rc yh_case_lapse(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	if (rc != YH_OK || strcmp(c.row.state, "returned") != 0 || c.row.abroad == YH_CASE_ABROAD ||
	    yh_ctx_today(cx) <= c.row.answer_due)
		return rc;
	rc = yh_case_end(&k, "withdrawn", "return.answer", err);
	return rc == YH_OK ? yh_case_save(cx, &c, err) : rc;
}

static enum yh_rc lease_over(struct yh_case_cx *k, const struct yh_step *s, bool *over,
			     struct yh_err *err)
{
	yh_day last = YH_DAY_NONE;
	enum yh_rc rc = YH_OK;

	if (s->wait.n == 0)
		rc = yh_resource_lease_of_case(k->cx->tx, &k->c->row.id, &last, err);
	*over = last == YH_DAY_NONE || last < yh_ctx_today(k->cx);
	return rc;
}

enum yh_rc yh_case_elapse(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	struct yh_step_row *rows;
	size_t n;
	bool over;
	enum yh_rc rc = yh_case_take(cx, case_id, &c, err);

	if (rc != YH_OK || strcmp(c.row.state, "open") != 0)
		return rc;
	rc = yh_step_list(cx->tx, case_id, cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_step *s;
		int at;

		if (rows[i].closed_at || strcmp(rows[i].kind, "wait") != 0)
			continue;
		at = yh_step_index(c.procedure, rows[i].step);
		s = k.step = &c.procedure->steps[at];
		rc = lease_over(&k, s, &over, err);
		if (rc != YH_OK || !over) /* extended since: the job that was planned then comes */
			return rc;
		rows[i].closed_at = cx->now;
		rows[i].reason = "";
		(void)snprintf(rows[i].outcome, sizeof rows[i].outcome, "elapsed");
		rc = yh_step_close(cx->tx, &rows[i], err);
		if (rc == YH_OK)
			rc = yh_run_effects(&k, s->outcomes[0].effects, s->outcomes[0].n_effects,
					    err);
		if (rc == YH_OK)
			rc = yh_case_record(&k,
					    &(struct yh_record){ .kind = "step.elapsed",
								 .article = s->article,
								 .before = s->name },
					    err);
		if (rc == YH_OK)
			rc = yh_case_advance(&k, at, err);
		return rc == YH_OK ? yh_case_save(cx, &c, err) : rc;
	}
	return rc;
}
