/* One step of a case, as whoever decides it reads it. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "services/policy/explain.h"
#include "store/party.h"
#include "store/person.h"

struct step_in {
	const char *case_ref, *step;
};

static const struct yh_field step_path[] = {
	{ "case", YH_F_CODE, offsetof(struct step_in, case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ "step", YH_F_CODE, offsetof(struct step_in, step), YH_REQUIRED, .max = 47,
	  .about = "name of the step" },
	{ 0 },
};

static const char *const stages[] = { "handle", "review", "countersign" };
enum { STAGES = sizeof stages / sizeof stages[0] };

/* What is written about. */
struct seat {
	struct yh_case c;
	struct yh_speech s;
	const struct yh_step *step;
	struct yh_step_row *rows; /* of the whole case */
	size_t n;
};

static enum yh_rc write_head(struct yh_req *rq, const struct seat *t, struct yh_err *err)
{
	const struct yh_case_row *row = &t->c.row;
	enum yh_rc rc;
	bool open = false;

	for (size_t i = 0; i < t->n; i++)
		open = open || (!t->rows[i].closed_at && !strcmp(t->rows[i].step, t->step->name));
	yh_jw_obj(rq->w, "case");
	yh_jw_id(rq->w, "id", &row->id);
	yh_jw_str(rq->w, "no", row->no);
	yh_jw_str(rq->w, "title",
		  yh_view_title(rq, &row->pack, row->procedure, row->label, row->title));
	yh_view_mark(rq, row->procedure, row->label);
	yh_list_word(rq, "state", "case", row->state);
	yh_jw_str(rq->w, "procedure", row->procedure);
	yh_jw_str(rq->w, "procedure_title", yh_say_text(&t->s, t->c.procedure->title));
	rc = yh_view_org(rq, "unit", &row->unit, err);
	yh_jw_end_obj(rq->w);
	yh_jw_str(rq->w, "step", t->step->name);
	yh_jw_str(rq->w, "title", yh_say_text(&t->s, t->step->title));
	yh_list_word(rq, "kind", "step", yh_step_kind_name(t->step->kind));
	yh_jw_str(rq->w, "article", t->step->article);
	yh_explain_clock(&t->s, t->step, rq->w);
	yh_jw_bool(rq->w, "open", open);
	yh_jw_bool(rq->w, "returns", t->step->returns && row->returned_times == 0);
	yh_jw_str(rq->w, "silence", t->step->silence);
	yh_jw_bool(rq->w, "reason_required", t->step->kind == YH_STEP_DECIDE);
	return rc;
}

static const char *outcome_title(const struct seat *t, const struct yh_req *rq, const char *name)
{
	const struct yh_outcome *o = yh_step_outcome(t->step, name);

	return o ? yh_say_text(&t->s, o->title) : yh_list_title(rq, "outcome", name);
}

static enum yh_rc write_opinion(struct yh_req *rq, const struct seat *t,
				const struct yh_opinion_row *o, struct yh_err *err)
{
	struct yh_person_row person;
	enum yh_rc rc = yh_person_load(rq->cx.tx, &o->person, rq->cx.arena, &person, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_obj(rq->w, NULL);
	yh_list_word(rq, "stage", "capacity", o->stage);
	yh_jw_str(rq->w, "person", person.name);
	rc = yh_view_org(rq, "org", &o->org, err);
	yh_jw_str(rq->w, "outcome", o->outcome);
	yh_list_titled(rq, "outcome", outcome_title(t, rq, o->outcome));
	yh_jw_str(rq->w, "reason", o->reason);
	yh_jw_time(rq->w, "at", o->made_at);
	yh_jw_end_obj(rq->w);
	return rc;
}

/* Which opinions the body asks for before the signature. */
static enum yh_rc write_wanted(struct yh_req *rq, const struct seat *t,
			       const struct yh_step_row *row, struct yh_err *err)
{
	struct yh_org_row org;
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, "wanted");
	if (t->step->kind == YH_STEP_DECIDE) {
		rc = yh_org_load(rq->cx.tx, &row->org, rq->cx.arena, &org, err);
		for (size_t i = 0; rc == YH_OK && i < STAGES; i++)
			if (i < 2 ? strstr(org.chain, stages[i]) != NULL
				  : !yh_id_is_zero(&org.countersign))
				yh_jw_str(rq->w, NULL, stages[i]);
	}
	yh_jw_end_arr(rq->w);
	return rc;
}

static enum yh_rc write_desk(struct yh_req *rq, const struct seat *t, const struct yh_step_row *row,
			     struct yh_err *err)
{
	struct yh_opinion_row *ops;
	size_t n = 0;
	enum yh_rc rc;

	yh_jw_obj(rq->w, NULL);
	yh_jw_str(rq->w, "role", row->role);
	yh_list_titled(rq, "role", row->role[0] ? yh_say_role(&t->s, row->role) : "");
	rc = yh_view_org(rq, "org", &row->org, err);
	yh_jw_time(rq->w, "opened_at", row->opened_at);
	yh_jw_time(rq->w, "closed_at", row->closed_at);
	yh_jw_str(rq->w, "outcome", row->outcome);
	yh_list_titled(rq, "outcome", outcome_title(t, rq, row->outcome));
	yh_jw_str(rq->w, "reason", row->reason);
	yh_view_due(rq, row->due_day, row->due_at, row->provisional, row->soft);
	yh_jw_bool(rq->w, "mine", yh_actor_grant(rq->cx.actor, row->role, &row->org) != NULL);
	if (rc == YH_OK)
		rc = yh_opinion_list(rq->cx.tx, &row->id, rq->cx.arena, &ops, &n, err);
	yh_jw_arr(rq->w, "opinions");
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = write_opinion(rq, t, &ops[i], err);
	yh_jw_end_arr(rq->w);
	if (rc == YH_OK)
		rc = write_wanted(rq, t, row, err);
	yh_jw_end_obj(rq->w);
	return rc;
}

static enum yh_rc write_desks(struct yh_req *rq, const struct seat *t, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	yh_jw_arr(rq->w, "desks");
	for (size_t i = 0; rc == YH_OK && i < t->n; i++)
		if (strcmp(t->rows[i].step, t->step->name) == 0)
			rc = write_desk(rq, t, &t->rows[i], err);
	yh_jw_end_arr(rq->w);
	return rc;
}

/* A refusal is an answer here; anything else is a failure. */
static bool is_failure(enum yh_rc rc)
{
	return rc == YH_TOO_LARGE || rc == YH_BUSY || rc == YH_STORAGE || rc == YH_INTERNAL;
}

static enum yh_rc write_you(struct yh_req *rq, struct seat *t, struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_case_may_decide(&rq->cx, &t->c, t->step->name, &why);
	bool desk = false;

	if (is_failure(rc)) {
		*err = why;
		return rc;
	}
	for (size_t i = 0; i < t->n; i++)
		desk = desk || (!t->rows[i].closed_at && !strcmp(t->rows[i].step, t->step->name) &&
				yh_actor_grant(rq->cx.actor, t->rows[i].role, &t->rows[i].org));
	yh_jw_obj(rq->w, "you");
	yh_jw_bool(rq->w, "decide", rc == YH_OK);
	yh_view_problem(rq, "problem", &why);
	yh_jw_bool(rq->w, "return",
		   desk && t->step->returns && t->c.row.returned_times == 0 &&
			   strcmp(t->c.row.state, "open") == 0);
	yh_jw_arr(rq->w, "opine");
	rc = YH_OK;
	for (size_t i = 0; !is_failure(rc) && i < STAGES; i++) {
		struct yh_err no = { 0 };

		rc = yh_case_may_opine(&rq->cx, &t->c, t->step->name, stages[i], &no);
		if (rc == YH_OK)
			yh_jw_str(rq->w, NULL, stages[i]);
		else if (is_failure(rc))
			*err = no;
	}
	yh_jw_end_arr(rq->w);
	yh_jw_end_obj(rq->w);
	return is_failure(rc) ? rc : YH_OK;
}

static void write_outcomes(struct yh_req *rq, const struct seat *t)
{
	yh_jw_arr(rq->w, "outcomes");
	for (size_t i = 0; i < t->step->n_outcomes; i++) {
		if (t->step->outcomes[i].name == t->step->silence)
			continue;
		yh_jw_obj(rq->w, NULL);
		yh_explain_outcome(&t->s, t->step, i, rq->w);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static enum yh_rc find_step(struct yh_req *rq, struct seat *t, const char *name, struct yh_err *err)
{
	enum yh_rc rc;

	t->s = yh_list_speech(rq, t->c.pack);
	t->s.procedure = t->c.procedure;
	t->step = yh_procedure_step(t->c.procedure, name);
	if (t->step)
		return yh_step_list(rq->cx.tx, &t->c.row.id, rq->cx.arena, &t->rows, &t->n, err);
	rc = yh_fail(err, YH_NOT_FOUND, "step-unknown");
	yh_err_text(err, "step", name);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct step_in *asked = in;
	struct yh_trial judged = { 0 };
	struct seat t = { 0 };
	enum yh_rc rc = yh_view_seen(rq, asked->case_ref, &t.c, err);

	if (rc == YH_OK)
		rc = find_step(rq, &t, asked->step, err);
	if (rc == YH_OK)
		rc = yh_trial_stand(&rq->cx, &t.c, t.step, &judged, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, t.c.row.version);
	rc = write_head(rq, &t, err);
	if (rc == YH_OK)
		rc = write_desks(rq, &t, err);
	if (rc == YH_OK)
		rc = write_you(rq, &t, err);
	if (rc != YH_OK)
		return rc;
	write_outcomes(rq, &t);
	yh_view_checks(rq, &t.s, &judged);
	return YH_OK;
}

static const struct yh_named_shape shapes[] = {
	{ "Refusal", "{type title status:int slug article? parameter? field? figures?:object}" },
	{ "Check", "{check title moment:file|decide|effect article parameters:[text] "
		   "state:holds|fails|not_judged state_title slug|null sentence field|null "
		   "figures:object}" },
	{ "Opening",
	  "{step title kind:decide|confirm|fulfil|wait kind_title article|null role role_title "
	  "org:@Named|null period|null period_text|null source:law|local|null parameter|null "
	  "due:@Due|null}" },
	{ "Reserved", "{dimension dimension_title quantity:num from:day until:day|null kind|null "
		      "kind_title|null}" },
	{ "TriedFiling",
	  "{dry_run:bool accepted:bool problem:@Refusal|null procedure procedure_title article "
	  "case|null unit:@Named|null project:@Named|null cloud:@Named|null checks:[@Check] "
	  "reserves:[@Reserved] ends:closed|refused|null steps:[@Opening]}" },
	{ "TriedOutcome",
	  "{outcome title chosen:bool judged:bool accepted:bool problem:@Refusal|null "
	  "effects:[@WordUse] others_open:int "
	  "state:open|abroad|returned|closed|refused|withdrawn|null "
	  "state_title|null steps:[@Opening]}" },
	{ "TriedDecision",
	  "{dry_run:bool accepted:bool problem:@Refusal|null case step title outcome "
	  "outcome_title checks:[@Check] outcomes:[@TriedOutcome]}" },
	{ "Opinion", "{stage:handle|review|countersign stage_title person org:@Named|null outcome "
		     "outcome_title reason at:time}" },
	{ "StepDesk", "{role role_title org:@Named|null opened_at:time closed_at:time|null outcome "
		      "outcome_title reason due:@Due|null mine:bool opinions:[@Opinion] "
		      "wanted:[text]}" },
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "step.show", YH_GET, "/api/v1/cases/{case}/steps/{step}", "case.read", 0, step_path, NULL,
	  NULL, sizeof(struct step_in), show, NULL, "查看案件的一个环节：可作的决定和各项核对",
	  "A step of a case: what may be decided, and how each check stands",
	  .reply = "{case:{@CaseHead unit:@Named|null} step title "
		   "kind:decide|confirm|fulfil|wait|at_once kind_title article|null "
		   "clock:@Clock|null "
		   "open:bool returns:bool silence|null reason_required:bool desks:[@StepDesk] "
		   "you:{decide:bool problem:@Refusal|null return:bool opine:[text]} "
		   "outcomes:[@StepOutcome] checks:[@Check]}" },
};

const struct yh_op_table yh_ops_case_step = { ops, sizeof ops / sizeof ops[0], shapes };
