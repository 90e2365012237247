/* Urging, supervising, letters: what is done beside the steps of a case. */
#include "cases/urge.h"

#include <stdio.h>
#include <string.h>

#include "cases/internal.h"
#include "cases/mark.h"
#include "law/deadline.h"
#include "store/party.h"

/* The first grant of the actor's by which they may do this to the case. */
static enum yh_rc acting(struct yh_case_cx *k, const char *action, const struct yh_grant **out,
			 struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_actor *a = k->cx->actor;
	const struct yh_permission *list;
	const struct yh_pack *pack;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	*out = NULL;
	list = rc == YH_OK ? yh_pack_permissions(pack, &n) : NULL;
	for (size_t g = 0; rc == YH_OK && g < a->n_grants && !*out; g++)
		for (size_t i = 0; rc == YH_OK && i < n && !*out; i++) {
			bool sees = false;

			/* what was taken over is read and no more, and so is what readers see */
			if (a->grants[g].closed || (a->grants[g].scope && *a->grants[g].scope))
				break;
			if (strcmp(list[i].action, action) != 0 ||
			    strcmp(list[i].role, a->grants[g].role) != 0)
				continue;
			rc = yh_case_sees_by(k->cx, k->c, &a->grants[g], list[i].relation, &sees,
					     err);
			if (sees)
				*out = &a->grants[g];
		}
	return rc == YH_OK && !*out ? yh_fail(err, YH_NOT_FOUND, "case-unknown") : rc;
}

static enum yh_rc take(struct yh_case_cx *k, const struct yh_id *case_id, const char *action,
		       const struct yh_grant **g, struct yh_err *err)
{
	enum yh_rc rc = yh_case_take(k->cx, case_id, k->c, err);

	if (rc == YH_OK)
		rc = yh_mark_check(k->cx, &k->c->row, err);
	return rc == YH_OK ? acting(k, action, g, err) : rc;
}

static enum yh_rc need_open(const struct yh_case *c, bool abroad_too, struct yh_err *err)
{
	enum yh_rc rc;

	if (strcmp(c->row.state, "open") == 0 ||
	    (abroad_too && strcmp(c->row.state, "abroad") == 0))
		return YH_OK;
	rc = yh_fail(err, YH_CONFLICT, "case-not-open");
	yh_err_text(err, "state", c->row.state);
	return rc;
}

static bool is_desk(const struct yh_step_row *s)
{
	return s->closed_at == 0 && strcmp(s->kind, "wait") != 0;
}

static enum yh_rc tell(struct yh_case_cx *k, const struct yh_step_row *s, const struct yh_grant *g,
		       const char *slug, const char *reason, yh_day by, struct yh_err *err)
{
	const struct yh_step *step = yh_procedure_step(k->c->procedure, s->step);
	char day[YH_DAY_TEXT] = "";
	YH_JSON_AUTO more = json_pack("{s:s, s:s, s:s, s:s, s:s}", "from", g->org_name, "reason",
				      reason, "by", by == YH_DAY_NONE ? "" : yh_day_text(by, day),
				      "step_zh", step ? step->title.zh : s->step, "step_en",
				      step ? step->title.en : s->step);

	return more ? yh_case_tell_more(k, s->role, &s->org, slug, more, err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- urging ---- */

/* So long a body waits before it urges the same step again. */
static enum yh_rc again_on(const struct yh_case_cx *k, yh_time last, yh_day *day,
			   struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	struct yh_period every = { .n = 1, .unit = YH_DAYS };
	const struct yh_param *p = NULL;
	const struct yh_pack *pack;
	struct yh_due due = { .day = YH_DAY_NONE };
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	if (rc == YH_OK)
		p = yh_pack_param(pack, "urge.every");
	if (p && p->kind == YH_P_PERIOD)
		every = p->period;
	if (rc == YH_OK)
		rc = yh_due_day(law->calendar(law->self), yh_day_of(last), every, YH_PROVISIONAL,
				&due, err);
	*day = due.day;
	return rc;
}

static enum yh_rc not_lately(struct yh_case_cx *k, const struct yh_step_row *s,
			     const struct yh_grant *g, struct yh_err *err)
{
	yh_time last;
	yh_day again = YH_DAY_NONE;
	enum yh_rc rc = yh_urging_last(k->cx->tx, &s->id, &g->org, &last, err);

	if (rc == YH_OK && last)
		rc = again_on(k, last, &again, err);
	if (rc != YH_OK || !last || yh_ctx_today(k->cx) >= again)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "urged-lately");
	yh_err_param(err, "urge.every");
	yh_err_day(err, "last", yh_day_of(last));
	yh_err_day(err, "again", again);
	return rc;
}

static enum yh_rc write_row(struct yh_case_cx *k, const struct yh_step_row *s,
			    const struct yh_grant *g, const char *kind, const char *reason,
			    yh_day by, struct yh_err *err)
{
	struct yh_urging_row row = { .id = yh_ctx_new_id(k->cx),
				     .case_id = k->c->row.id,
				     .step = s->id,
				     .desk = s->org,
				     .person = k->cx->actor->person,
				     .person_name = k->cx->actor->name,
				     .org = g->org,
				     .reason = reason,
				     .answer_by = by,
				     .made_at = k->cx->now };
	bool urges = strcmp(kind, "urge") == 0;
	char day[YH_DAY_TEXT];
	enum yh_rc rc;

	(void)snprintf(row.kind, sizeof row.kind, "%s", kind);
	(void)snprintf(row.role, sizeof row.role, "%s", g->role);
	rc = yh_urging_insert(k->cx->tx, &row, err);
	if (rc == YH_OK)
		rc = yh_case_record(
			k,
			&(struct yh_record){ .kind = urges ? "step.urged" : "step.supervised",
					     .reason = reason,
					     .before = s->step,
					     .outcome =
						     by == YH_DAY_NONE ? "" : yh_day_text(by, day),
					     .role = g->role,
					     .org = g->org },
			err);
	return rc == YH_OK
		       ? tell(k, s, g, urges ? "step-urged" : "step-supervised", reason, by, err)
		       : rc;
}

/* A desk of the city's in a case that is there hears of it from the city. */
static enum yh_rc send(struct yh_case_cx *k, const struct yh_step_row *s, const struct yh_grant *g,
		       const char *reason, struct yh_err *err)
{
	const struct yh_act act = {
		.act = "urge", .step = s->step, .role = g->role, .org = g->org, .reason = reason
	};
	struct yh_org_row desk;
	enum yh_rc rc = yh_org_load(k->cx->tx, &s->org, k->cx->arena, &desk, err);

	return rc == YH_OK && !desk.district[0] ? yh_case_send(k, &act, err) : rc;
}

/* Every open desk but the actor's own, and but those urged lately: that is refused when it leaves
 * none. */
static enum yh_rc urge_all(struct yh_case_cx *k, const char *step, const struct yh_grant *g,
			   const char *reason, struct yh_err *err)
{
	struct yh_step_row *rows;
	struct yh_err lately = { 0 };
	size_t n, open = 0, others = 0, urged = 0;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		enum yh_rc may;

		if (!is_desk(&rows[i]) || (step && strcmp(step, rows[i].step) != 0))
			continue;
		open++;
		if (yh_actor_grant(k->cx->actor, rows[i].role, &rows[i].org))
			continue;
		others++;
		may = not_lately(k, &rows[i], g, &lately);
		if (may == YH_CONFLICT)
			continue;
		urged++;
		rc = may == YH_OK ? write_row(k, &rows[i], g, "urge", reason, YH_DAY_NONE, err)
				  : may;
		if (may != YH_OK)
			*err = lately;
		if (rc == YH_OK && !yh_id_is_zero(&rows[i].told))
			rc = send(k, &rows[i], g, reason, err);
	}
	if (rc == YH_OK && !open)
		return yh_fail(err, YH_CONFLICT, "step-not-open");
	if (rc == YH_OK && !others)
		return yh_fail(err, YH_FORBIDDEN, "urge-own");
	if (rc == YH_OK && !urged) {
		*err = lately;
		rc = lately.rc;
	}
	return rc;
}

enum yh_rc yh_case_urge(struct yh_ctx *cx, const struct yh_id *case_id, const char *step,
			const char *reason, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	const struct yh_grant *g;
	enum yh_rc rc = take(&k, case_id, "case.urge", &g, err);

	if (rc == YH_OK)
		rc = need_open(&c, true, err);
	return rc == YH_OK ? urge_all(&k, step, g, reason ? reason : "", err) : rc;
}

/* ---- supervising ---- */

static enum yh_rc supervise_all(struct yh_case_cx *k, const struct yh_grant *g, const char *reason,
				yh_day by, struct yh_err *err)
{
	struct yh_step_row *rows;
	size_t n, asked = 0;
	yh_day open = YH_DAY_NONE;
	enum yh_rc rc = yh_step_list(k->cx->tx, &k->c->row.id, k->cx->arena, &rows, &n, err);

	if (rc == YH_OK)
		rc = yh_supervised_by(k->cx->tx, &k->c->row.id, &g->org, &open, err);
	if (rc == YH_OK && open != YH_DAY_NONE) {
		rc = yh_fail(err, YH_CONFLICT, "supervised-already");
		yh_err_day(err, "by", open);
	}
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (!is_desk(&rows[i]))
			continue;
		rc = write_row(k, &rows[i], g, "supervise", reason, by, err);
		asked++;
	}
	return rc == YH_OK && !asked ? yh_fail(err, YH_CONFLICT, "step-not-open") : rc;
}

enum yh_rc yh_case_supervise(struct yh_ctx *cx, const struct yh_id *case_id, const char *reason,
			     yh_day answer_by, struct yh_err *err)
{
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	const struct yh_grant *g;
	enum yh_rc rc = take(&k, case_id, "case.supervise", &g, err);

	if (rc == YH_OK)
		rc = need_open(&c, false, err);
	if (rc == YH_OK && answer_by < yh_ctx_today(cx))
		rc = yh_fail_field(err, YH_BAD_INPUT, "answer-by-past", "/answer_by");
	return rc == YH_OK ? supervise_all(&k, g, reason, answer_by, err) : rc;
}

static enum yh_rc tell_supervisor(struct yh_case_cx *k, const struct yh_urging_row *row,
				  const struct yh_grant *g, struct yh_err *err)
{
	YH_JSON_AUTO more = json_pack("{s:s, s:s}", "from", g->org_name, "answer", row->answer);

	return more ? yh_case_tell_more(k, row->role, &row->org, "supervision-told", more, err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_case_answer_supervision(struct yh_ctx *cx, const struct yh_id *id, const char *answer,
				      struct yh_err *err)
{
	const struct yh_grant *g = NULL;
	struct yh_urging_row row;
	bool fresh = false;
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = yh_urging_load(cx->tx, id, cx->arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row.case_id, &c, err);
	if (rc == YH_OK)
		rc = yh_mark_check(cx, &c.row, err);
	if (rc == YH_OK)
		g = yh_actor_grant(cx->actor, row.desk_role, &row.desk);
	if (rc == YH_OK && !g)
		rc = yh_fail(err, YH_FORBIDDEN, "supervision-not-yours");
	row.answer = answer;
	row.answered_at = cx->now;
	row.answered_by = cx->actor->person;
	if (rc == YH_OK)
		rc = yh_urging_answer(cx->tx, &row, &fresh, err);
	if (rc == YH_OK && !fresh)
		rc = yh_fail(err, YH_CONFLICT, "supervision-answered");
	if (rc == YH_OK)
		rc = yh_case_record(&k,
				    &(struct yh_record){ .kind = "step.answered",
							 .reason = answer,
							 .before = row.step_name,
							 .role = g->role,
							 .org = g->org },
				    err);
	return rc == YH_OK ? tell_supervisor(&k, &row, g, err) : rc;
}

/* ---- letters ---- */

enum yh_rc yh_case_register_letter(struct yh_ctx *cx, const struct yh_id *case_id,
				   struct yh_letter_row *row, const char *document,
				   struct yh_err *err)
{
	YH_JSON_AUTO documents = document ? json_pack("[s]", document) : NULL;
	const struct yh_grant *g = NULL;
	char day[YH_DAY_TEXT];
	struct yh_case c;
	struct yh_case_cx k = { .cx = cx, .c = &c };
	enum yh_rc rc = take(&k, case_id, "case.letter", &g, err);

	if (rc == YH_OK && row->day > yh_ctx_today(cx))
		rc = yh_fail_field(err, YH_BAD_INPUT, "letter-day-ahead", "/day");
	if (rc == YH_OK && documents) {
		rc = yh_case_attach(&k, &g->org, NULL, NULL, documents, err);
		if (rc != YH_OK)
			yh_err_field(err, "/document");
	}
	if (rc == YH_OK && document)
		rc = yh_id_parse(document, &row->document, err);
	if (rc != YH_OK)
		return rc;
	row->id = yh_ctx_new_id(cx);
	row->case_id = c.row.id;
	row->person = cx->actor->person;
	row->org = g->org;
	row->registered_at = cx->now;
	rc = yh_letter_insert(cx->tx, row, err);
	return rc == YH_OK
		       ? yh_case_record(&k,
					&(struct yh_record){ .kind = "letter.registered",
							     .outcome = row->number,
							     .reason = row->subject,
							     .before = yh_day_text(row->day, day),
							     .after = row->sender,
							     .role = g->role,
							     .org = g->org },
					err)
		       : rc;
}
