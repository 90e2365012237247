/* What the bodies of the simulated city decide, and when. */
#include <stdio.h>
#include <string.h>

#include "cases/case.h"
#include "law/form.h"
#include "sim/city.h"
#include "sim/words.h"
#include "store/case_query.h"
#include "store/resource.h"

enum { DESK_ROWS = 200 };

/* One person's desk on one day. */
struct desk {
	struct sim *s;
	yh_day day;
	struct {
		struct yh_id case_id;
		char step[48], kind[12], no[40];
		yh_day opened, due;
	} rows[DESK_ROWS];
	size_t n;
};

static enum yh_rc read_desk(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct desk *d = arg;
	struct yh_viewer who = { .person = cx->actor->person, .today = yh_ctx_today(cx) };
	struct yh_inbox_cursor from = { .due = INT64_MIN };
	struct yh_case_line *list;
	enum yh_rc rc = yh_inbox(cx->tx, &who, &from, DESK_ROWS, cx->arena, &list, &d->n, err);

	for (size_t i = 0; rc == YH_OK && i < d->n; i++) {
		d->rows[i].case_id = list[i].id;
		d->rows[i].opened = yh_day_of(list[i].opened_at);
		d->rows[i].due = list[i].due_day;
		(void)snprintf(d->rows[i].step, sizeof d->rows[i].step, "%s", list[i].step);
		(void)snprintf(d->rows[i].kind, sizeof d->rows[i].kind, "%s", list[i].kind);
		(void)snprintf(d->rows[i].no, sizeof d->rows[i].no, "%s", list[i].no);
	}
	return rc;
}

static uint64_t key_of(const char *no, const char *step)
{
	uint64_t h = 1469598103934665603u;

	for (; *no; no++)
		h = (h ^ (unsigned char)*no) * 1099511628211u;
	for (; *step; step++)
		h = (h ^ (unsigned char)*step) * 1099511628211u;
	return h;
}

/* Most are handled in a day or three, what is to be carried out also at once; some wait until the
 * day they are due, one in twelve longer. */
static bool is_time(const struct desk *d, size_t i)
{
	uint64_t key = key_of(d->rows[i].no, d->rows[i].step);
	uint32_t mood = sim_draw(d->s, "mood", key, 24);
	bool dated = d->rows[i].due != YH_DAY_NONE;

	if (mood < 2 && dated)
		return d->day > d->rows[i].due + (yh_day)sim_draw(d->s, "late", key, 4);
	if (mood < 7 && dated)
		return d->day >= d->rows[i].due;
	return d->day + (strcmp(d->rows[i].kind, "fulfil") == 0) >
	       d->rows[i].opened + (yh_day)sim_draw(d->s, "delay", key, 3);
}

struct deciding {
	struct desk *d;
	size_t i;
	struct yh_err why; /* a refusal by the law is an answer, not a defect */
	bool other;        /* the law refuses the first outcome: the second it is */
	bool acted;
	struct yh_id rectified; /* the project of what was verified */
};

/* The form that the step asks for, told by the fields it has. */
static json_t *form_of(struct yh_ctx *cx, const struct yh_id *case_id, const json_t *schema)
{
	struct yh_resource_row *rs;
	json_t *list;
	size_t n;

	if (yh_form_has(schema, "choice"))
		return json_pack("{s:s}", "choice", "migrated");
	if (yh_form_has(schema, "evidence"))
		return json_pack("{s:s}", "evidence", "三次覆写并出具记录");
	if (yh_form_has(schema, "dimensions"))
		return json_pack("{s:[{s:s, s:s}, {s:s, s:s}]}", "dimensions", "dimension", "vcpu",
				 "quantity", "64", "dimension", "memory_gib", "quantity", "256");
	if (!yh_form_has(schema, "provider_ref"))
		return NULL;
	if (yh_resource_of_case(cx->tx, case_id, cx->arena, &rs, &n, NULL) != YH_OK)
		return NULL;
	list = json_array();
	for (size_t i = 0; i < n; i++) {
		char id[YH_ID_TEXT], ref[64];

		(void)snprintf(ref, sizeof ref, "i-%s", rs[i].no);
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s}", "resource", yh_id_text(&rs[i].id, id),
				  "provider_ref", rs[i].provider_ref ? rs[i].provider_ref : ref));
	}
	return json_pack("{s:o}", "resources", list);
}

/* An expansion of existing resources names them in its form; they are confirmed by their number. */
static void add_changed(struct yh_ctx *cx, const struct yh_case *c, json_t *form)
{
	const json_t *changes = json_object_get(c->form, "changes");
	json_t *list = json_object_get(form, "resources");

	for (size_t i = 0; list && i < json_array_size(changes); i++) {
		const char *text = yh_json_text(json_array_get(changes, i), "resource");
		struct yh_resource_row r;
		struct yh_id id;

		if (yh_id_parse(text ? text : "", &id, NULL) != YH_OK ||
		    yh_resource_load(cx->tx, &id, cx->arena, &r, NULL) != YH_OK)
			continue;
		(void)json_array_append_new(list, json_pack("{s:s, s:s}", "resource", text,
							    "provider_ref", r.provider_ref));
	}
}

static enum yh_rc give_back(struct yh_ctx *cx, struct deciding *q, struct yh_err *err)
{
	YH_JSON_AUTO defects = json_pack("[s,s]", "系统部署说明不完整", "数量测算缺少依据");
	struct yh_case c;

	return yh_case_return(cx, &q->d->rows[q->i].case_id, q->d->rows[q->i].step, defects, &c,
			      err);
}

/* Most say yes, one in twenty-five says no. */
static void make_up_mind(struct yh_ctx *cx, const struct deciding *q, const struct yh_case *c,
			 const struct yh_step *s, struct sim_mind *m)
{
	uint64_t key = key_of(c->row.no, s->name);
	bool may_refuse = s->n_outcomes > 1 && s->silence != s->outcomes[1].name;

	if (sim_evaluate_mind(q->d->s, cx, c, s->name, key, m)) {
		m->silent = q->other; /* its time has not come */
		return;
	}
	if ((sim_ladder_mind(q->d->s, cx, c, s->name, key, m) ||
	     sim_settle_mind(q->d->s, cx, c, s->name, key, m)) &&
	    !q->other)
		return;
	json_decref(m->form);
	*m = (struct sim_mind){ .outcome = s->outcomes[0].name, .reason = "经核，符合要求" };
	if (q->other && !may_refuse) {
		m->silent = true;
	} else if (may_refuse && (q->other || sim_draw(q->d->s, "mind", key, 100) >= 96)) {
		m->outcome = s->outcomes[1].name;
		m->reason = "经核，理由不充分";
	} else if (s->form) {
		m->form = form_of(cx, &c->row.id, s->form);
		if (m->form)
			add_changed(cx, c, m->form);
	}
}

static enum yh_rc decide(struct yh_ctx *cx, void *arg, struct yh_err *err)
{
	struct deciding *q = arg;
	const char *step = q->d->rows[q->i].step, *no = q->d->rows[q->i].no;
	bool decides = strcmp(q->d->rows[q->i].kind, "decide") == 0;
	struct yh_decide_in in = { .case_id = q->d->rows[q->i].case_id,
				   .step = step,
				   .if_match = -1 };
	const struct yh_step *s;
	struct sim_mind m;
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, &in.case_id, &c, err);

	q->acted = false;
	if (rc != YH_OK || strcmp(c.row.state, "open") != 0)
		return rc;
	s = yh_procedure_step(c.procedure, step);
	if (!q->other && decides && s->returns && c.row.returned_times == 0 &&
	    sim_draw(q->d->s, "mind", key_of(no, step), 100) < 4) {
		q->acted = true;
		return give_back(cx, q, err);
	}
	make_up_mind(cx, q, &c, s, &m);
	in.outcome = m.outcome;
	in.reason = m.reason;
	in.form = m.form;
	if (!m.silent) {
		rc = yh_case_decide(cx, &in, &c, err);
		q->acted = rc == YH_OK;
	}
	if (q->acted && strcmp(m.outcome, SIM_RECTIFICATION_VERIFIED) == 0)
		q->rectified = c.row.project;
	json_decref(m.form);
	return rc;
}

/* The law's no is an answer, and so is that somebody else was faster or has to do it. */
static bool is_answer(enum yh_rc rc, const struct yh_err *why)
{
	return rc == YH_REFUSED || rc == YH_CONFLICT || strcmp(why->slug, "same-person") == 0;
}

/* With two servers the same may be said at the same time, or the contrary, and only one is heard.
 */
static enum yh_rc decide_on_both(struct deciding *q, const struct sim_person *p, struct yh_err *err)
{
	const char *no = q->d->rows[q->i].no;
	uint64_t key = key_of(no, q->d->rows[q->i].step) + (uint64_t)q->d->day;
	struct deciding rival = { .d = q->d,
				  .i = q->i,
				  .other = sim_draw(q->d->s, "contrary", key, 4) == 0 };
	bool both;
	enum yh_rc rc = sim_race(q->d->s, p, decide, q, &rival, key, &both, &q->why);

	if (both && q->acted && rival.acted)
		return sim_broken("decided twice", no, q->d->day, err);
	q->acted = q->acted || rival.acted;
	if (rival.acted)
		q->rectified = rival.rectified;
	return rc;
}

static enum yh_rc decide_one(struct desk *d, size_t i, const struct sim_person *p,
			     struct yh_err *err)
{
	struct deciding q = { .d = d, .i = i };
	enum yh_rc rc = decide_on_both(&q, p, err);

	if (rc == YH_INTERNAL)
		return rc;
	/* a month that another's corrections have overtaken goes back to be reckoned again */
	if (rc == YH_REFUSED || strcmp(q.why.slug, "settlement-outdated") == 0) {
		q.other = true;
		q.why = (struct yh_err){ 0 };
		rc = sim_do(d->s, p, decide, &q, &q.why);
	}
	if (rc != YH_OK && !is_answer(rc, &q.why)) {
		if (err)
			*err = q.why;
		return rc;
	}
	if (rc != YH_OK || !q.acted)
		return YH_OK;
	d->s->report->steps++;
	if (d->rows[i].due != YH_DAY_NONE && d->day > d->rows[i].due)
		d->s->report->late_steps++;
	for (size_t k = 0; k < d->s->n_projects && !yh_id_is_zero(&q.rectified); k++)
		if (yh_id_eq(&d->s->projects[k].id, &q.rectified))
			d->s->projects[k].rectified = true;
	return YH_OK;
}

static enum yh_rc work(struct desk *d, const struct sim_person *p, struct yh_err *err)
{
	enum yh_rc rc = sim_look(d->s, p, read_desk, d, err);

	for (size_t i = 0; rc == YH_OK && i < d->n; i++)
		if (is_time(d, i))
			rc = decide_one(d, i, p, err);
	return rc;
}

enum yh_rc sim_desks(struct sim *s, yh_day day, struct yh_err *err)
{
	static struct desk d; /* too large for a stack; the simulation has one thread */
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n_people; i++) {
		d = (struct desk){ .s = s, .day = day };
		rc = work(&d, &s->people[i], err);
	}
	return rc;
}
