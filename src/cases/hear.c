/* At a district: what the city tells of cases. */
#include "cases/internal.h"

#include <stdio.h>
#include <string.h>

#include "cases/mark.h"
#include "store/event.h"
#include "store/party.h"
#include "store/person.h"

enum { TOLD_MOST = 200 }; /* steps: of more the city tells the last */

struct telling {
	struct yh_case_cx k;
	const struct yh_case_news *news;
	struct yh_case_link_row link;
	bool pending; /* acts are on their way: what was done here stands until they are answered */
};

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

struct heard {
	const char *kind, *by, *payload;
	yh_time at;
	struct yh_record r; /* role, org, article, outcome, reason, before; after: not the state */
};

/* An event of the city's, at the time that it had there. */
static enum yh_rc record(struct telling *t, const struct heard *h, struct yh_err *err)
{
	struct yh_ctx *cx = t->k.cx;
	struct yh_event e = { .id = yh_ctx_new_id(cx),
			      .at = h->at && h->at < cx->now ? h->at : cx->now,
			      .kind = h->kind,
			      .case_id = t->k.c->row.id,
			      .object_kind = "case",
			      .object_id = t->k.c->row.id,
			      .role = h->r.role,
			      .org = h->r.org,
			      .article = h->r.article,
			      .outcome = h->r.outcome,
			      .reason = h->r.reason,
			      .before = h->r.before,
			      .after = h->r.after ? h->r.after : t->k.c->row.state,
			      .source = yh_arena_printf(cx->arena, YH_FAR "%s", h->by ? h->by : ""),
			      .payload = h->payload };

	return e.source ? yh_event_insert(cx->tx, &e, err)
			: yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* Has whoever has this desk an account here? */
static enum yh_rc is_ours(struct telling *t, const struct yh_step_row *row, bool *ours,
			  struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc;

	*ours = false;
	if (yh_id_is_zero(&row->org))
		return YH_OK;
	rc = yh_org_load(t->k.cx->tx, &row->org, t->k.cx->arena, &org, err);
	*ours = rc == YH_OK && org.district[0] != 0;
	return rc;
}

static enum yh_rc open_step(struct telling *t, const struct yh_news_step *s, struct yh_err *err)
{
	const struct yh_law_book *law = t->k.cx->world->law;
	struct yh_sm3 version = yh_calendar_version(law->calendar(law->self));
	const struct yh_step *step = yh_procedure_step(t->k.c->procedure, s->row.step);
	bool ours = false, planned;
	enum yh_rc rc = yh_step_insert(t->k.cx->tx, &s->row, &version, err);

	if (rc == YH_OK && !s->row.closed_at)
		rc = is_ours(t, &s->row, &ours, err);
	if (rc != YH_OK || !ours)
		return rc;
	if (step)
		rc = yh_step_plan_reminder(&t->k, step, &s->row, &planned, err);
	return rc == YH_OK ? yh_case_tell(&t->k, s->row.role, &s->row.org, "step-opened",
					  s->row.step, s->row.due_day, err)
			   : rc;
}

/* Closed at the city. What was moot there is no decision of anybody's. */
static enum yh_rc close_step(struct telling *t, const struct yh_news_step *s, struct yh_err *err)
{
	const struct heard h = { .kind = s->row.kind[0] == 'd'   ? "step.decided"
					 : s->row.kind[0] == 'f' ? "step.fulfilled"
					 : s->row.kind[0] == 'w' ? "step.elapsed"
								 : "step.confirmed",
				 .by = s->by,
				 .payload = s->form,
				 .at = s->row.closed_at,
				 .r = { .role = s->row.role,
					.org = s->row.org,
					.article = s->row.article,
					.outcome = s->row.outcome,
					.reason = s->row.reason,
					.before = s->row.step } };
	enum yh_rc rc = yh_step_close(t->k.cx->tx, &s->row, err);

	return rc == YH_OK && !is(s->row.outcome, "moot") ? record(t, &h, err) : rc;
}

static enum yh_rc tell_step(struct telling *t, const struct yh_news_step *s,
			    const struct yh_step_row *own, struct yh_err *err)
{
	const struct yh_law_book *law = t->k.cx->world->law;
	struct yh_sm3 version = yh_calendar_version(law->calendar(law->self));
	enum yh_rc rc = YH_OK;

	if (!own) {
		rc = open_step(t, s, err);
		return rc == YH_OK && s->row.closed_at ? close_step(t, s, err) : rc;
	}
	if (own->closed_at && !s->row.closed_at)
		return t->pending ? YH_OK : yh_step_reopen(t->k.cx->tx, &own->id, err);
	if (!own->closed_at && s->row.closed_at)
		return close_step(t, s, err);
	/* done here and otherwise there: the city's word stands */
	if (own->closed_at && !is(own->outcome, s->row.outcome) && !t->pending)
		return close_step(t, s, err);
	if (!own->closed_at &&
	    (own->due_day != s->row.due_day || own->provisional != s->row.provisional))
		rc = yh_step_set_due(t->k.cx->tx, &s->row, &version, t->k.cx->now, err);
	return rc;
}

static enum yh_rc moot(struct telling *t, struct yh_step_row *row, struct yh_err *err)
{
	row->closed_at = t->k.cx->now;
	row->reason = "";
	(void)snprintf(row->outcome, sizeof row->outcome, "moot");
	return yh_step_close(t->k.cx->tx, row, err);
}

static bool is_told(const struct yh_case_news *news, const struct yh_id *step)
{
	for (size_t i = 0; i < news->n_steps; i++)
		if (yh_id_eq(&news->steps[i].row.told, step))
			return true;
	return false;
}

static enum yh_rc tell_steps(struct telling *t, struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc = yh_step_list(t->k.cx->tx, &t->k.c->row.id, t->k.cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < t->news->n_steps; i++) {
		const struct yh_step_row *own = NULL;
		struct yh_news_step s = t->news->steps[i];

		s.row.case_id = t->k.c->row.id;
		for (size_t j = 0; j < n && !own; j++)
			if (yh_id_eq(&rows[j].told, &s.row.told))
				own = &rows[j];
		s.row.id = own ? own->id : yh_ctx_new_id(t->k.cx);
		rc = tell_step(t, &s, own, err);
	}
	/* what the city forgot when it was put back is nobody's to answer */
	for (size_t i = 0; rc == YH_OK && i < n && t->news->n_steps < TOLD_MOST; i++)
		if (!rows[i].closed_at && !yh_id_is_zero(&rows[i].told) &&
		    !is_told(t->news, &rows[i].told))
			rc = moot(t, &rows[i], err);
	return rc;
}

static enum yh_rc why_of(struct telling *t, const char *slug, const char *zh, const char *en,
			 const char *problem, const char *outcome, struct yh_err *err)
{
	struct yh_case_row *row = &t->k.c->row;
	json_t *why = json_pack("{s:s, s:s, s:s}", "why", zh, "why_zh", zh, "why_en", en);
	const struct heard h = { .kind = is(slug, "case-turned-away") ? "case.turned-away"
								      : "case.act-refused",
				 .payload = problem,
				 .r = { .outcome = outcome } };
	enum yh_rc rc = why ? record(t, &h, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = yh_case_tell_more(&t->k, row->filer_role, &row->filer_org, slug, why, err);
	json_decref(why);
	return rc;
}

/* What the city did not take of what was done here. */
static enum yh_rc tell_problems(struct telling *t, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < t->news->n_problems; i++) {
		const struct yh_news_problem *p = &t->news->problems[i];
		struct yh_case_act_row act;
		char key[YH_CASE_DOC_KEY];
		bool found;

		yh_case_act_key(t->link.no, p->act, key);
		rc = yh_case_act_load(t->k.cx->tx, key, t->k.cx->arena, &act, &found, err);
		if (rc != YH_OK || !found || act.problem[0])
			continue;
		rc = yh_case_act_refused(t->k.cx->tx, t->link.no, p->act, p->problem, err);
		if (rc == YH_OK)
			rc = why_of(t, "case-act-refused", p->why_zh, p->why_en, p->problem, "",
				    err);
	}
	return rc;
}

static enum yh_rc end(struct telling *t, const char *state, struct yh_err *err)
{
	struct yh_case_row *row = &t->k.c->row;
	const char *role = is(row->filer_role, YH_SYSTEM_ROLE) ? "unit" : row->filer_role;
	char before[sizeof row->state], slug[40];
	struct yh_step_row *rows;
	size_t n;
	enum yh_rc rc;

	memcpy(before, row->state, sizeof before);
	(void)snprintf(row->state, sizeof row->state, "%s", state);
	row->answer_due = YH_DAY_NONE;
	row->ended_at = t->news->row.ended_at && t->news->row.ended_at < t->k.cx->now
				? t->news->row.ended_at
				: t->k.cx->now;
	rc = yh_step_list(t->k.cx->tx, &row->id, t->k.cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!rows[i].closed_at)
			rc = moot(t, &rows[i], err);
	if (rc == YH_OK)
		rc = record(t,
			    &(struct heard){ .kind = "case.ended",
					     .at = row->ended_at,
					     .r = { .article = t->k.c->procedure->article,
						    .outcome = state,
						    .reason = t->news->reason,
						    .before = before } },
			    err);
	(void)snprintf(slug, sizeof slug, "case-%s", state);
	return rc == YH_OK && !t->news->turned_away
		       ? yh_case_tell(&t->k, role, &row->filer_org, slug, NULL, YH_DAY_NONE, err)
		       : rc;
}

static enum yh_rc returned(struct telling *t, struct yh_err *err)
{
	struct yh_case_row *row = &t->k.c->row;
	enum yh_rc rc;

	(void)snprintf(row->state, sizeof row->state, "returned");
	row->answer_due = t->news->row.answer_due;
	rc = record(t,
		    &(struct heard){ .kind = "case.returned",
				     .payload = t->news->defects,
				     .r = { .before = "abroad" } },
		    err);
	return rc == YH_OK ? yh_case_tell(&t->k, row->filer_role, &row->filer_org, "case-returned",
					  "", row->answer_due, err)
			   : rc;
}

/* It ended here, and is open at the city: that was put back, or did not take the withdrawal that
 * ended it while there was no link. Its word stands. */
static enum yh_rc open_again(struct telling *t, struct yh_err *err)
{
	struct yh_case_row *row = &t->k.c->row;
	const char *role = is(row->filer_role, YH_SYSTEM_ROLE) ? "unit" : row->filer_role;
	char before[sizeof row->state];
	enum yh_rc rc;

	memcpy(before, row->state, sizeof before);
	row->ended_at = 0;
	if (is(t->news->row.state, "returned"))
		return returned(t, err);
	(void)snprintf(row->state, sizeof row->state, "abroad");
	rc = record(
		t,
		&(struct heard){ .kind = "case.open-again",
				 .r = { .article = t->k.c->procedure->article, .before = before } },
		err);
	return rc == YH_OK ? yh_case_tell(&t->k, role, &row->filer_org, "case-open-again", NULL,
					  YH_DAY_NONE, err)
			   : rc;
}

static enum yh_rc tell_state(struct telling *t, struct yh_err *err)
{
	struct yh_case_row *row = &t->k.c->row;
	const struct yh_case_row *there = &t->news->row;

	row->returned_times = there->returned_times;
	row->effected = there->effected;
	row->provider = there->provider;
	if (row->ended_at && (t->news->turned_away || there->ended_at || t->pending))
		return YH_OK;
	if (row->ended_at)
		return open_again(t, err);
	if (t->news->turned_away) {
		enum yh_rc rc = why_of(t, "case-turned-away", t->news->why_zh, t->news->why_en,
				       t->news->turned_away, "refused", err);

		return rc == YH_OK ? end(t, "refused", err) : rc;
	}
	if (there->ended_at)
		return end(t, there->state, err);
	if (is(there->state, "returned"))
		return t->pending || is(row->state, "returned") ? YH_OK : returned(t, err);
	(void)snprintf(row->state, sizeof row->state, "abroad");
	row->answer_due = YH_DAY_NONE;
	return YH_OK;
}

static enum yh_rc record_begun(struct telling *t, struct yh_err *err)
{
	const struct yh_case *c = t->k.c;
	struct heard h = { .kind = c->row.started_by[0] ? "case.started" : "case.filed",
			   .at = t->news->row.filed_at,
			   .payload = t->news->row.form,
			   .r = { .role = c->row.filer_role,
				  .org = c->row.filer_org,
				  .outcome = c->row.started_by,
				  .article = c->procedure->article } };
	enum yh_rc rc = record(t, &h, err);

	if (rc != YH_OK || !c->row.label[0])
		return rc;
	h = (struct heard){ .kind = "case.labelled",
			    .at = h.at,
			    .r = { .before = yh_mark_of(c->pack, c->row.procedure, ""),
				   .after = c->row.label } };
	return record(t, &h, err);
}

/* A case that began at the city about one of the units here. */
static enum yh_rc begin(struct telling *t, struct yh_err *err)
{
	const struct yh_case_news *news = t->news;
	const struct yh_law_book *law = t->k.cx->world->law;
	struct yh_ctx *cx = t->k.cx;
	struct yh_case *c = t->k.c;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &c->pack, err);

	if (rc != YH_OK)
		return rc;
	c->procedure = yh_pack_procedure(c->pack, news->row.procedure);
	if (!c->procedure) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "procedure-unknown", "/procedure");
		yh_err_text(err, "procedure", news->row.procedure);
		return rc;
	}
	rc = yh_person_system(cx->tx, cx->now, err);
	c->row = news->row;
	c->row.id = yh_ctx_new_id(cx);
	c->row.pack = yh_pack_digest(c->pack);
	c->row.filer = YH_PERSON_SYSTEM;
	c->row.abroad = YH_CASE_ABROAD;
	/* reckoned there, as it would be here: nobody gave it */
	if (yh_pack_label_rank(c->pack, c->row.label) <=
	    yh_pack_label_rank(c->pack, yh_mark_of(c->pack, c->row.procedure, "")))
		c->row.label[0] = 0;
	c->row.ended_at = 0;
	c->row.changed_at = cx->now;
	c->row.version = 1;
	c->form = news->form;
	(void)snprintf(c->row.state, sizeof c->row.state, "abroad");
	t->link.case_id = c->row.id;
	if (rc == YH_OK)
		rc = yh_case_insert(cx->tx, &c->row, err);
	return rc == YH_OK ? record_begun(t, err) : rc;
}

static enum yh_rc find(struct telling *t, struct yh_err *err)
{
	struct yh_ctx *cx = t->k.cx;
	struct yh_err why = { 0 };
	struct yh_id other;
	bool found;
	enum yh_rc rc =
		yh_case_link_load(cx->tx, t->news->row.no, cx->arena, &t->link, &found, err);

	if (rc != YH_OK)
		return rc;
	if (found)
		return yh_case_take(cx, &t->link.case_id, t->k.c, err);
	t->link =
		(struct yh_case_link_row){ .problem = "", .form = "", .carried_at = t->k.cx->now };
	(void)snprintf(t->link.no, sizeof t->link.no, "%s", t->news->row.no);
	rc = yh_case_id_by_no(cx->tx, t->news->row.no, &other, &why);
	if (rc == YH_OK && t->news->another) { /* not handed over yet */
		t->link.case_id = other;
		return yh_case_take(cx, &other, t->k.c, err);
	}
	if (rc == YH_OK) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "case-number-taken", "/no");
		yh_err_text(err, "case", t->news->row.no);
		return rc;
	}
	if (rc != YH_NOT_FOUND) {
		if (err && err->rc == YH_OK)
			*err = why;
		return rc;
	}
	/* turned away, and not from here: nothing to tell anybody */
	if (t->news->turned_away)
		return yh_fail_field(err, YH_BAD_INPUT, "case-unknown", "/no");
	return begin(t, err);
}

enum yh_rc yh_case_hear(struct yh_ctx *cx, const struct yh_case_news *news, struct yh_case *out,
			struct yh_err *err)
{
	struct telling t = { .k = { .cx = cx, .c = out }, .news = news };
	enum yh_rc rc;

	*out = (struct yh_case){ 0 };
	rc = find(&t, err);
	if (rc != YH_OK)
		return rc;
	t.link.acts_done = news->acts_done;
	if (t.link.acts < news->acts_done) /* put back since: the city knows more of us than we */
		t.link.acts = news->acts_done;
	t.link.at = cx->now;
	if (news->another) /* nothing of it goes up any more */
		t.link.filed_here = false;
	t.link.told = news->told;
	t.link.problem = news->turned_away ? news->turned_away : "";
	t.pending = t.link.acts > t.link.acts_done;
	rc = yh_case_link_put(cx->tx, &t.link, err);
	if (rc == YH_OK)
		rc = tell_problems(&t, err);
	if (rc == YH_OK)
		rc = tell_steps(&t, err);
	if (rc == YH_OK)
		rc = tell_state(&t, err);
	return rc == YH_OK ? yh_case_save(cx, out, err) : rc;
}
