/* How what would happen looks in replies. */
#include "api/trial_view.h"

#include <string.h>

#include "api/case_names.h"
#include "api/list.h"
#include "http/problem.h"

enum { WORDS_BYTES = 8192 };

void yh_view_problem(struct yh_req *rq, const char *key, const struct yh_err *e)
{
	if (e->rc == YH_OK)
		yh_jw_null(rq->w, key);
	else
		yh_problem_put(rq->w, key, rq->messages, rq->lang, yh_problem_status(e->rc), e);
}

static void write_check(struct yh_req *rq, const struct yh_speech *s,
			const struct yh_trial_check *c)
{
	static const char *const moments[] = { "file", "decide", "effect" };
	static const char *const verdicts[] = { "holds", "fails", "not_judged" };
	const struct yh_err *e = &c->found;
	struct yh_buf title, found;

	yh_buf_init(&title, WORDS_BYTES);
	yh_buf_init(&found, WORDS_BYTES);
	yh_say_use(s, c->use, &title);
	if (e->slug[0])
		yh_messages_render(rq->messages, rq->lang, e, &found);
	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "check", c->use->word->name);
	yh_jw_str(rq->w, "title", yh_buf_text(&title));
	yh_jw_str(rq->w, "moment", moments[c->at]);
	yh_jw_str(rq->w, "article",
		  e->article[0] ? e->article
				: yh_use_text(c->use, "article", s->procedure->article));
	yh_jw_arr(rq->w, "parameters");
	for (size_t i = 0; i < c->use->n_args; i++)
		if (c->use->args[i].param)
			yh_jw_str(rq->w, NULL, c->use->args[i].param);
	yh_jw_end_arr(rq->w);
	yh_list_word(rq, "state", "check", verdicts[c->verdict]);
	yh_jw_str(rq->w, "slug", e->slug[0] ? e->slug : NULL);
	yh_jw_str(rq->w, "sentence", yh_buf_text(e->slug[0] ? &found : &title));
	yh_jw_str(rq->w, "field", e->field[0] ? e->field : NULL);
	yh_jw_figures(rq->w, "figures", e);
	yh_jw_end_obj(rq->w);
	yh_buf_done(&title);
	yh_buf_done(&found);
}

void yh_view_checks(struct yh_req *rq, const struct yh_speech *s, const struct yh_trial *t)
{
	yh_jw_arr(rq->w, "checks");
	for (size_t i = 0; i < t->n_checks; i++)
		write_check(rq, s, &t->checks[i]);
	yh_jw_end_arr(rq->w);
}

static void write_period(struct yh_req *rq, const struct yh_speech *s, const struct yh_step *step)
{
	struct yh_period period = step->kind == YH_STEP_WAIT ? step->wait : step->clock.period;
	bool set = step->kind == YH_STEP_WAIT || step->clock.set;
	char code[YH_PERIOD_TEXT];
	struct yh_buf text;

	yh_jw_str(rq->w, "period",
		  !set            ? NULL
		  : period.n == 0 ? "lease"
				  : yh_period_text(period, code));
	yh_buf_init(&text, WORDS_BYTES);
	if (set && period.n)
		yh_say_period(s, period, &text);
	if (set && !period.n)
		yh_say_slug(s, "period_text",
			    step->kind == YH_STEP_WAIT ? "clock-wait-lease" : "clock-lease", NULL,
			    rq->w);
	else
		yh_jw_str(rq->w, "period_text", set ? yh_buf_text(&text) : NULL);
	yh_buf_done(&text);
}

/* A desk that would open. */
static enum yh_rc write_opening(struct yh_req *rq, const struct yh_speech *s,
				const struct yh_step_row *row, struct yh_err *err)
{
	const struct yh_step *step = yh_procedure_step(s->procedure, row->step);
	const char *source = !step->clock.set ? NULL : step->clock.article ? "law" : "local";
	enum yh_rc rc;

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "step", row->step);
	yh_jw_str(rq->w, "title", yh_say_text(s, step->title));
	yh_list_word(rq, "kind", "step", row->kind);
	yh_jw_str(rq->w, "article", row->article[0] ? row->article : step->article);
	yh_jw_str(rq->w, "role", row->role);
	yh_list_titled(rq, "role", row->role[0] ? yh_say_role(s, row->role) : "");
	rc = yh_view_org(rq, "org", &row->org, err);
	write_period(rq, s, step);
	yh_jw_str(rq->w, "source", source);
	yh_jw_str(rq->w, "parameter",
		  step->kind == YH_STEP_WAIT ? step->wait_param : step->clock.param);
	yh_view_due(rq, row->due_day, row->due_at, row->provisional, row->soft);
	yh_jw_end_obj(rq->w);
	return rc;
}

static enum yh_rc write_openings(struct yh_req *rq, const struct yh_speech *s,
				 const struct yh_step_row *rows, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, "steps");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = write_opening(rq, s, &rows[i], err);
	yh_jw_end_arr(rq->w);
	return rc;
}

static void write_verdict(struct yh_req *rq, const struct yh_trial *t)
{
	yh_jw_bool(rq->w, "dry_run", true);
	yh_jw_bool(rq->w, "accepted", t->refused.rc == YH_OK);
	yh_view_problem(rq, "problem", &t->refused);
}

static struct yh_speech speech_of(const struct yh_req *rq, const struct yh_case *c)
{
	struct yh_speech s = yh_list_speech(rq, c->pack);

	s.procedure = c->procedure;
	return s;
}

static void write_reserved(struct yh_req *rq, const struct yh_trial *t)
{
	yh_jw_arr(rq->w, "reserves");
	for (size_t i = 0; i < t->n_reserved; i++) {
		const struct yh_reservation_row *r = &t->reserved[i];

		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "dimension", "dimension", r->dim);
		yh_jw_milli(rq->w, "quantity", r->qty_milli);
		yh_jw_day(rq->w, "from", r->first_day);
		yh_jw_day(rq->w, "until", r->last_day);
		yh_jw_str(rq->w, "kind", r->kind[0] ? r->kind : NULL);
		yh_jw_str(rq->w, "kind_title",
			  r->kind[0] ? yh_view_kind(rq, t->c.pack, r->kind) : NULL);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

enum yh_rc yh_view_trial_filing(struct yh_req *rq, const struct yh_trial *t, struct yh_err *err)
{
	const struct yh_case_row *row = &t->c.row;
	struct yh_speech s = speech_of(rq, &t->c);
	enum yh_rc rc;

	if (!s.procedure) { /* there is nothing to tell of */
		*err = t->refused;
		return err->rc;
	}
	write_verdict(rq, t);
	yh_jw_str(rq->w, "procedure", s.procedure->name);
	yh_jw_str(rq->w, "procedure_title", yh_say_text(&s, s.procedure->title));
	yh_jw_str(rq->w, "article", s.procedure->article);
	yh_jw_str(rq->w, "case", row->no[0] && !t->c.fresh ? row->no : NULL);
	rc = yh_view_org(rq, "unit", &row->unit, err);
	if (rc == YH_OK)
		rc = yh_view_project(rq, "project", &row->project, err);
	if (rc == YH_OK)
		rc = yh_view_cloud(rq, "cloud", &row->cloud, err);
	if (rc != YH_OK)
		return rc;
	yh_view_checks(rq, &s, t);
	write_reserved(rq, t);
	yh_jw_str(rq->w, "ends", row->ended_at && t->refused.rc == YH_OK ? row->state : NULL);
	return write_openings(rq, &s, t->steps, t->n_steps, err);
}

static enum yh_rc write_outcome(struct yh_req *rq, const struct yh_speech *s,
				const struct yh_trial_outcome *o, struct yh_err *err)
{
	enum yh_rc rc;

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "outcome", o->outcome->name);
	yh_jw_str(rq->w, "title", yh_say_text(s, o->outcome->title));
	yh_jw_bool(rq->w, "chosen", o->chosen);
	yh_jw_bool(rq->w, "judged", o->judged);
	yh_jw_bool(rq->w, "accepted", o->judged && o->refused.rc == YH_OK);
	yh_view_problem(rq, "problem", &o->refused);
	yh_say_uses_json(s, "effects", o->outcome->effects, o->outcome->n_effects, rq->w);
	yh_jw_int(rq->w, "others_open", (int64_t)o->others_open);
	if (o->state[0]) {
		yh_list_word(rq, "state", "case", o->state);
	} else {
		yh_jw_null(rq->w, "state");
		yh_jw_null(rq->w, "state_title");
	}
	rc = write_openings(rq, s, o->steps, o->n_steps, err);
	yh_jw_end_obj(rq->w);
	return rc;
}

static const char *chosen_title(const struct yh_speech *s, const struct yh_decide_in *in,
				const struct yh_trial *t)
{
	for (size_t i = 0; i < t->n_outcomes; i++)
		if (t->outcomes[i].chosen)
			return yh_say_text(s, t->outcomes[i].outcome->title);
	return in->outcome;
}

enum yh_rc yh_view_trial_decision(struct yh_req *rq, const struct yh_decide_in *in,
				  const struct yh_trial *t, struct yh_err *err)
{
	struct yh_speech s = speech_of(rq, &t->c);
	const struct yh_step *step = yh_procedure_step(s.procedure, in->step);
	enum yh_rc rc = YH_OK;

	write_verdict(rq, t);
	yh_jw_str(rq->w, "case", t->c.row.no);
	yh_jw_str(rq->w, "step", in->step);
	yh_jw_str(rq->w, "title", step ? yh_say_text(&s, step->title) : in->step);
	yh_jw_str(rq->w, "outcome", in->outcome);
	yh_list_titled(rq, "outcome", chosen_title(&s, in, t));
	yh_view_checks(rq, &s, t);
	yh_jw_arr(rq->w, "outcomes");
	for (size_t i = 0; rc == YH_OK && i < t->n_outcomes; i++)
		rc = write_outcome(rq, &s, &t->outcomes[i], err);
	yh_jw_end_arr(rq->w);
	return rc;
}
