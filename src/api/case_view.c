/* How cases look in replies. */
#include "api/case_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/label.h"
#include "api/list.h"
#include "api/said.h"
#include "cases/mark.h"
#include "services/document/document.h"
#include "services/identity/hindered.h"
#include "store/paper.h"
#include "store/job.h"
#include "store/subject.h"
#include "store/urging.h"

enum yh_rc yh_view_glimpsed(struct yh_req *rq, const char *text, struct yh_case *out,
			    struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_ref_case(&rq->cx, text, &id, err);

	if (rc == YH_OK)
		rc = yh_case_get(&rq->cx, &id, out, err);
	return rc == YH_OK ? yh_case_see(&rq->cx, out, rq->relation, err) : rc;
}

enum yh_rc yh_view_seen(struct yh_req *rq, const char *text, struct yh_case *out,
			struct yh_err *err)
{
	enum yh_rc rc = yh_view_glimpsed(rq, text, out, err);

	return rc == YH_OK ? yh_mark_check(&rq->cx, &out->row, err) : rc;
}

/* What a case is read with. */
struct whole {
	const struct yh_case *c;
	struct yh_resource_row *resources;
	struct yh_story_line *answers;
	size_t n_resources, n_answers;
	struct yh_said_about about;
};

/* The title that the pack gives an outcome of a step; else the catalogues'. */
static const char *outcome_title(const struct yh_req *rq, const struct yh_step *s,
				 const char *outcome)
{
	const struct yh_outcome *o = s ? yh_step_outcome(s, outcome) : NULL;

	return o ? yh_view_words(rq, o->title) : yh_list_title(rq, "outcome", outcome);
}

/* What the engine itself ends a step with, a return or that it is moot, is no answer. */
static const char *nature(const struct yh_step *s, const struct yh_step_row *row)
{
	const struct yh_outcome *o = s ? yh_step_outcome(s, row->outcome) : NULL;

	return row->closed_at == 0 ? NULL : yh_nature_name(o ? o->nature : YH_NATURE_NEUTRAL);
}

static enum yh_rc supervised(struct yh_req *rq, const struct yh_case_row *r, struct yh_err *err)
{
	yh_day day = YH_DAY_NONE;
	enum yh_rc rc = r->ended_at ? YH_OK : yh_supervised_until(rq->cx.tx, &r->id, &day, err);

	yh_jw_day(rq->w, "supervised", day);
	return rc;
}

static enum yh_rc head(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	const struct yh_case_row *r = &c->row;
	enum yh_rc rc;

	yh_jw_id(rq->w, "id", &r->id);
	yh_jw_str(rq->w, "no", r->no);
	yh_jw_str(rq->w, "procedure", r->procedure);
	yh_jw_str(rq->w, "procedure_title", yh_view_words(rq, c->procedure->title));
	yh_jw_str(rq->w, "article", c->procedure->article);
	yh_jw_str(rq->w, "title", yh_view_title(rq, &r->pack, r->procedure, r->label, r->title));
	yh_view_mark(rq, r->procedure, r->label);
	yh_list_word(rq, "state", "case", r->state);
	yh_jw_str(rq->w, "filed_by", r->filer_role);
	yh_list_titled(rq, "filed_by", yh_view_role(rq, r->filer_role));
	if (r->started_by[0])
		yh_jw_str(rq->w, "started_by", r->started_by);
	yh_jw_bool(rq->w, "mine",
		   !r->started_by[0] &&
			   yh_actor_grant(rq->cx.actor, r->filer_role, &r->filer_org) != NULL);
	yh_jw_int(rq->w, "version", r->version);
	yh_jw_time(rq->w, "filed_at", r->filed_at);
	yh_jw_time(rq->w, "ended_at", r->ended_at);
	yh_jw_day(rq->w, "answer_due", r->answer_due);
	rc = supervised(rq, r, err);
	if (rc == YH_OK)
		rc = yh_view_cloud(rq, "cloud", &r->cloud, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_view_org_at(rq, "unit", &r->unit, r->ended_at, err);
	if (rc != YH_OK || yh_id_is_zero(&r->project))
		return rc;
	return yh_view_project(rq, "project", &r->project, err);
}

/* What may be answered on an open desk of the actor's; `titled`: as people say it. */
static void outcomes(struct yh_req *rq, const struct yh_step *s, bool mine, bool titled)
{
	yh_jw_arr(rq->w, titled ? "you_may_titles" : "you_may");
	for (size_t i = 0; mine && i < s->n_outcomes; i++)
		if (s->outcomes[i].name != s->silence)
			yh_jw_str(rq->w, NULL,
				  titled ? yh_view_words(rq, s->outcomes[i].title)
					 : s->outcomes[i].name);
	if (mine && s->returns)
		yh_jw_str(rq->w, NULL, titled ? yh_list_title(rq, "outcome", "return") : "return");
	yh_jw_end_arr(rq->w);
}

/* What each answer comes with; `form` is the first one's. */
static void forms(struct yh_req *rq, const struct yh_step *s)
{
	if (s->form_name)
		yh_jw_str(rq->w, "form", s->form_name);
	yh_jw_obj(rq->w, "forms");
	for (size_t i = 0; i < s->n_outcomes; i++)
		if (s->outcomes[i].form_name)
			yh_jw_str(rq->w, s->outcomes[i].name, s->outcomes[i].form_name);
	yh_jw_end_obj(rq->w);
}

/* The last day of a wait: it goes on when that is over. */
static enum yh_rc wait_end(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	yh_day last = YH_DAY_NONE;
	yh_time at;
	bool found;
	enum yh_rc rc = yh_job_waits_until(rq->cx.tx, "case.elapse", &c->row.id, &found, &at, err);

	if (rc == YH_OK && found)
		last = yh_day_of(at) - 1;
	yh_view_due(rq, last, 0,
		    last != YH_DAY_NONE &&
			    !yh_calendar_knows(law->calendar(law->self), yh_date_of(last).year),
		    false);
	return rc;
}

/* The form that a step was answered with, raw and in words. */
static enum yh_rc answer(struct yh_req *rq, const struct whole *w, const struct yh_step *s,
			 const struct yh_step_row *row, struct yh_err *err)
{
	const struct yh_story_line *at = NULL;
	const struct yh_outcome *o = s ? yh_step_outcome(s, row->outcome) : NULL;

	for (size_t i = 0; i < w->n_answers; i++) {
		const struct yh_story_line *l = &w->answers[i];

		if (l->at == row->closed_at && strcmp(l->before, row->step) == 0 &&
		    strcmp(l->role, row->role) == 0 && strcmp(l->outcome, row->outcome) == 0)
			at = l;
	}
	if (!at || w->c->withheld)
		return YH_OK;
	yh_jw_raw(rq->w, "answer", at->payload);
	return yh_said_write(rq, "says", o ? o->form : NULL, at->payload, &w->about, err);
}

static enum yh_rc open_step(struct yh_req *rq, const struct yh_case *c, const struct yh_step *s,
			    const struct yh_step_row *row, struct yh_err *err)
{
	bool mine = yh_actor_grant(rq->cx.actor, row->role, &row->org) != NULL, hindered = false;
	enum yh_rc rc = YH_OK;

	if (strcmp(row->kind, "wait") == 0)
		rc = wait_end(rq, c, err);
	else
		yh_view_due(rq, row->due_day, row->due_at, row->provisional, row->soft);
	if (rc == YH_OK)
		rc = yh_hindered_at(&rq->cx, &c->row, row->role, &row->org, &hindered, err);
	yh_jw_bool(rq->w, "uncleared", hindered);
	if (s) {
		outcomes(rq, s, mine, false);
		outcomes(rq, s, mine, true);
		forms(rq, s);
	}
	return rc;
}

/* From which day its clock counts, and whether that waits for a paper to be served. */
static enum yh_rc counting(struct yh_req *rq, const struct yh_step *s,
			   const struct yh_step_row *row, struct yh_err *err)
{
	bool served = s && s->clock.set && s->clock.since == YH_SINCE_SERVED && !row->closed_at;
	struct yh_paper_row *papers;
	bool awaits = false;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (served)
		rc = yh_paper_of_case(rq->cx.tx, &row->case_id, rq->cx.arena, &papers, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(papers[i].step, s->clock.since_step) == 0 && !papers[i].revoked_at &&
		    yh_id_eq(&papers[i].recipient, &row->org))
			awaits = !yh_paper_is_served(&papers[i]);
	yh_jw_day(rq->w, "counts_from", row->start_day);
	yh_jw_bool(rq->w, "awaits_service", awaits);
	return rc;
}

static enum yh_rc step(struct yh_req *rq, const struct whole *w, const struct yh_step_row *row,
		       struct yh_err *err)
{
	const struct yh_step *s = yh_procedure_step(w->c->procedure, row->step);
	enum yh_rc rc;

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "step", row->step);
	if (s)
		yh_jw_str(rq->w, "title", yh_view_words(rq, s->title));
	yh_list_word(rq, "kind", "step", row->kind);
	yh_jw_str(rq->w, "role", row->role);
	yh_list_titled(rq, "role", yh_view_role(rq, row->role));
	rc = yh_view_org(rq, "org", &row->org, err);
	yh_jw_time(rq->w, "opened_at", row->opened_at);
	yh_jw_time(rq->w, "closed_at", row->closed_at);
	yh_jw_str(rq->w, "outcome", row->outcome);
	yh_list_titled(rq, "outcome", outcome_title(rq, s, row->outcome));
	yh_jw_str(rq->w, "nature", nature(s, row));
	yh_jw_str(rq->w, "reason", w->c->withheld ? "" : row->reason);
	yh_jw_str(rq->w, "period", row->period);
	if (rc == YH_OK)
		rc = counting(rq, s, row, err);
	yh_jw_str(rq->w, "article", row->article);
	if (rc == YH_OK && row->closed_at == 0) {
		rc = open_step(rq, w->c, s, row, err);
	} else if (rc == YH_OK) {
		yh_jw_bool(rq->w, "late",
			   row->due_at ? row->closed_at > row->due_at
				       : row->due_day != YH_DAY_NONE &&
						 yh_day_of(row->closed_at) > row->due_day);
		rc = answer(rq, w, s, row, err);
	}
	yh_jw_end_obj(rq->w);
	return rc;
}

static void resource(struct yh_req *rq, const void *row)
{
	const struct yh_resource_row *r = row;

	yh_jw_id(rq->w, "id", &r->id);
	yh_jw_str(rq->w, "no", r->no);
	yh_jw_str(rq->w, "name", r->name);
	yh_jw_str(rq->w, "kind", r->kind);
	yh_jw_str(rq->w, "kind_title", yh_view_kind(rq, NULL, r->kind));
	yh_list_word(rq, "state", "resource", r->state);
	yh_jw_str(rq->w, "provider_ref", r->provider_ref);
}

static void later_case(struct yh_req *rq, const void *row)
{
	const struct yh_later_case *l = row;

	yh_jw_str(rq->w, "no", l->no);
	yh_jw_str(rq->w, "procedure", l->procedure);
	yh_list_word(rq, "state", "case", l->state);
}

/* The record that the case is about, under the name of its kind, by number or else by id. */
static enum yh_rc record(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	const struct yh_subject_kind *kind = yh_subject_kind(c->procedure->record->name);
	struct yh_subject_facts r;
	enum yh_rc rc = yh_subject_load(rq->cx.tx, kind, &c->row.subject, &r, err);

	if (rc == YH_OK && r.no[0])
		yh_jw_str(rq->w, kind->name, r.no);
	else if (rc == YH_OK)
		yh_jw_id(rq->w, kind->name, &r.id);
	return rc;
}

/* The case that this one is about, and the later ones about this one. */
static enum yh_rc neighbours(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	struct yh_later_case *later;
	struct yh_case_row old;
	size_t n;
	enum yh_rc rc = YH_OK;

	if (!yh_id_is_zero(&c->row.about_case)) {
		rc = yh_case_load(rq->cx.tx, &c->row.about_case, rq->cx.arena, &old, err);
		if (rc == YH_OK)
			yh_jw_str(rq->w, "about", old.no);
	}
	if (rc == YH_OK && c->procedure->record)
		rc = record(rq, c, err);
	if (rc == YH_OK)
		rc = yh_case_later(rq->cx.tx, &c->row.id, rq->cx.arena, &later, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_write(rq, "later", later, n, sizeof *later, later_case);
	return YH_OK;
}

static enum yh_rc read_whole(struct yh_req *rq, struct whole *w, struct yh_err *err)
{
	const struct yh_case_row *row = &w->c->row;
	enum yh_rc rc = w->c->withheld ? YH_OK
				       : yh_resource_of_case(rq->cx.tx, &row->id, rq->cx.arena,
							     &w->resources, &w->n_resources, err);

	w->about = (struct yh_said_about){ .known = w->resources,
					   .n_known = w->n_resources,
					   .project = row->project,
					   .cloud = row->cloud,
					   .day = yh_day_of(row->filed_at) };
	return rc == YH_OK ? yh_case_answers(rq->cx.tx, &row->id, rq->cx.arena, &w->answers,
					     &w->n_answers, err)
			   : rc;
}

/* What it says, for who is cleared for it; and whether they may give it another label. */
static enum yh_rc write_said(struct yh_req *rq, const struct whole *w, struct yh_err *err)
{
	const struct yh_case *c = w->c;
	bool may;
	enum yh_rc rc = yh_case_may_label(&rq->cx, &c->row, &may, err);

	yh_jw_bool(rq->w, "you_may_label", rc == YH_OK && may);
	yh_jw_raw(rq->w, "form", c->row.form);
	if (rc == YH_OK && !c->withheld)
		return yh_said_write(rq, "says", c->procedure->form, c->row.form, &w->about, err);
	yh_jw_arr(rq->w, "says");
	yh_jw_end_arr(rq->w);
	return rc;
}

enum yh_rc yh_view_case(struct yh_req *rq, const struct yh_case *read, struct yh_err *err)
{
	struct yh_case own = *read, *c = &own;
	struct whole w = { .c = c };
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_mark_veil(&rq->cx, c, err);

	if (rc == YH_OK)
		rc = read_whole(rq, &w, err);
	if (rc == YH_OK)
		rc = head(rq, c, err);
	if (rc == YH_OK)
		rc = write_said(rq, &w, err);
	if (rc == YH_OK)
		rc = neighbours(rq, c, err);
	if (rc == YH_OK)
		rc = yh_step_list(rq->cx.tx, &c->row.id, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "steps");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = step(rq, &w, &rows[i], err);
	yh_jw_end_arr(rq->w);
	yh_list_write(rq, "resources", w.resources, w.n_resources, sizeof *w.resources, resource);
	return rc == YH_OK ? yh_view_abroad(rq, c, err) : rc;
}

/* "20wd" as people say it. */
static const char *period_title(struct yh_req *rq, const char *text)
{
	char slug[24], *unit;
	long long n = strtoll(text, &unit, 10);
	json_t *figures = json_pack("{s:I}", "n", (json_int_t)n);
	const char *title = text;
	struct yh_buf said;

	yh_buf_init(&said, 256);
	(void)snprintf(slug, sizeof slug, "period-%.4s%s", unit, n == 1 ? "-one" : "");
	if (figures && yh_messages_find(rq->messages, rq->lang, slug)) {
		yh_messages_fill(rq->messages, rq->lang, slug, figures, &said);
		if (yh_buf_ok(&said))
			title = yh_arena_printf(rq->cx.arena, "%s", yh_buf_text(&said));
	}
	yh_buf_done(&said);
	json_decref(figures);
	return title;
}

/* What came of an event, in words: the group of the catalogues that its kind takes them from. */
static const char *came_of(struct yh_req *rq, const struct yh_story_line *l,
			   const struct yh_step *s)
{
	if (strcmp(l->kind, "lease.notice") == 0)
		return period_title(rq, l->outcome);
	if (strcmp(l->kind, "case.ended") == 0)
		return yh_list_title(rq, "case", l->outcome);
	if (strcmp(l->kind, "observation.made") == 0)
		return yh_list_title(rq, "observed", l->outcome);
	if (strcmp(l->kind, "case.act-sent") == 0)
		return yh_list_title(rq, "act", l->outcome);
	return outcome_title(rq, s, l->outcome);
}

/* The words of an event: steps and what records were are as the case's pack titles them. */
static void event_words(struct yh_req *rq, const struct yh_story_line *l,
			const struct yh_procedure *p)
{
	bool of_step = strncmp(l->kind, "step.", 5) == 0;
	const struct yh_step *s = p && of_step ? yh_procedure_step(p, l->before) : NULL;
	const struct yh_register_state *state = p && p->reg && strcmp(l->object_kind, "record") == 0
							? yh_register_state(p->reg, l->before)
							: NULL;
	const char *before = s       ? yh_view_words(rq, s->title)
			     : state ? yh_view_words(rq, state->title)
				     : yh_list_title(rq, l->object_kind, l->before);

	yh_list_titled(rq, "before", before);
	yh_list_titled(rq, "after",
		       yh_list_title(rq, of_step ? "capacity" : l->object_kind, l->after));
	yh_list_titled(rq, "outcome", came_of(rq, l, s));
}

static void event(struct yh_req *rq, const struct yh_story_line *l, const struct yh_procedure *p)
{
	yh_jw_int(rq->w, "position", l->pos);
	yh_jw_id(rq->w, "id", &l->id);
	yh_jw_time(rq->w, "at", l->at);
	yh_list_word(rq, "kind", "event", l->kind);
	yh_jw_str(rq->w, "object", l->object_kind);
	yh_jw_id(rq->w, "object_id", &l->object_id);
	yh_jw_str(rq->w, "person", l->person_name);
	yh_jw_str(rq->w, "role", l->role);
	yh_list_titled(rq, "role", yh_view_role(rq, l->role));
	yh_jw_str(rq->w, "org", l->org_name);
	yh_jw_str(rq->w, "article", l->article);
	yh_jw_str(rq->w, "outcome", l->outcome);
	yh_jw_str(rq->w, "reason", l->reason);
	yh_jw_str(rq->w, "before", l->before);
	yh_jw_str(rq->w, "after", l->after);
	event_words(rq, l, p);
}

void yh_view_event(struct yh_req *rq, const void *row)
{
	event(rq, row, NULL);
}

enum yh_rc yh_view_story(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	struct yh_story_line *list;
	size_t n;
	enum yh_rc rc = yh_case_story(rq->cx.tx, &c->row.id, rq->cx.arena, &list, &n, err);

	if (rc == YH_OK)
		rc = yh_view_veil(rq, c, list, n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		event(rq, &list[i], c->procedure);
		if (list[i].payload[0])
			yh_jw_raw(rq->w, "payload", list[i].payload);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}
