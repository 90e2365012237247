/* Cases: filing, deciding, answering. The operations are generic; what is particular to a procedure
 * comes from its pack. */
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "cases/case.h"
#include "law/label.h"

static enum yh_rc view(struct yh_req *rq, const struct yh_case *c, struct yh_err *err)
{
	yh_req_etag(rq, c->row.version);
	return yh_view_case(rq, c, err);
}

struct file_in {
	const char *procedure, *title, *unit, *project, *cloud, *about, *label;
	const char *subjects[YH_SUBJECT_KINDS];
	const json_t *form, *documents;
	bool dry_run;
	const struct yh_pack *checked;
};
#define DRY_RUN(input)                                                                             \
	{                                                                                          \
		"dry_run", YH_F_BOOL, offsetof(struct input, dry_run), 0,                          \
			.about = "says what would come of it; nothing is kept"                     \
	}
static const struct yh_field file_query[] = { DRY_RUN(file_in), { 0 } };
#define FIELD(kind, resources, what) YH_SUBJECT_FIELD(file_in, kind, what)
static const struct yh_field file_body[] = {
	{ "procedure", YH_F_CODE, offsetof(struct file_in, procedure), YH_REQUIRED, .max = 47,
	  .about = "name of the procedure, as in the policy pack" },
	{ "title", YH_F_LINE, offsetof(struct file_in, title), 0, .max = 200,
	  .about = "subject; the procedure's title when absent" },
	{ "unit", YH_F_CODE, offsetof(struct file_in, unit), 0, .max = 64,
	  .about = "applicant, by code or id, when you act for several" },
	{ "project", YH_F_CODE, offsetof(struct file_in, project), 0, .max = 127,
	  .about = "project, by code or id, for procedures about one" },
	{ "cloud", YH_F_CODE, offsetof(struct file_in, cloud), 0, .max = 64,
	  .about = "cloud, by code or id, for procedures about neither" },
	{ "about", YH_F_CODE, offsetof(struct file_in, about), 0, .max = 64,
	  .about = "another case, by number or id" },
	YH_SUBJECTS(FIELD){ "form", YH_F_OBJECT, offsetof(struct file_in, form), YH_REQUIRED,
			    .about = "the procedure's form" },
	{ "label", YH_F_CODE, offsetof(struct file_in, label), 0, .max = YH_LABEL_TEXT - 1,
	  .about = "its sensitivity label; that of its procedure when absent" },
	{ "documents", YH_F_ARRAY, offsetof(struct file_in, documents), 0,
	  .about = "ids of documents that come with it, a hundred at most" },
	{ 0 },
};

#undef FIELD

/* An unknown project, case or record is left to the procedure, which may not ask for one: whoever
 * names a foreign one hears the same. */
static enum yh_rc hidden(enum yh_rc rc, struct yh_id *out, struct yh_err *err)
{
	if (rc != YH_NOT_FOUND)
		return rc;
	*err = (struct yh_err){ 0 };
	*out = (struct yh_id){ { 0 } };
	return YH_OK;
}

static enum yh_rc prepare_file(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct file_in *f = in;

	(void)err;
	f->checked = yh_case_check_form(&rq->cx, f->procedure, f->form);
	return YH_OK;
}

static enum yh_rc try_file(struct yh_req *rq, const struct yh_file_in *what, struct yh_err *err)
{
	struct yh_trial t;
	enum yh_rc rc = yh_trial_file(&rq->cx, what, &t, err);

	rq->tried = true;
	return rc == YH_OK ? yh_view_trial_filing(rq, &t, err) : rc;
}

static enum yh_rc file(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct file_in *f = in;
	struct yh_file_in what = { .procedure = f->procedure,
				   .title = f->title,
				   .form = f->form,
				   .label = f->label,
				   .checked = f->checked,
				   .documents = f->documents };
	struct yh_case c;
	char text[YH_ID_TEXT];
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc = yh_ref_opt(cx, yh_ref_org, f->unit, "/unit", &what.unit, err);

	if (rc == YH_OK)
		rc = hidden(
			yh_ref_opt(cx, yh_ref_project, f->project, "/project", &what.project, err),
			&what.project, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_cloud, f->cloud, "/cloud", &what.cloud, err);
	if (rc == YH_OK)
		rc = hidden(yh_ref_opt(cx, yh_ref_case, f->about, "/about", &what.about_case, err),
			    &what.about_case, err);
	if (rc == YH_OK)
		rc = hidden(yh_ref_subject(cx, f->subjects, &what.record, err), &what.record, err);
	if (rc == YH_OK && !f->checked)
		rc = yh_ref_form(cx, f->form, &what.form, err);
	if (rc == YH_OK && f->dry_run)
		return try_file(rq, &what, err);
	if (rc == YH_OK)
		rc = yh_case_file(cx, &what, &c, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->location =
		yh_arena_printf(rq->cx.arena, "/api/v1/cases/%s", yh_id_text(&c.row.id, text));
	return view(rq, &c, err);
}

struct on_case_in {
	const char *case_ref, *step;
	const char *outcome, *reason, *stage;
	const json_t *form, *defects, *documents;
	bool dry_run;
};
static const struct yh_field on_case_query[] = { DRY_RUN(on_case_in), { 0 } };

#define CASE_FIELD                                                                                 \
	{                                                                                          \
		"case", YH_F_CODE, offsetof(struct on_case_in, case_ref), YH_REQUIRED,             \
			.max = 64, .about = "number or id of the case"                             \
	}
static const struct yh_field case_path[] = { CASE_FIELD, { 0 } };
static const struct yh_field step_path[] = {
	CASE_FIELD,
	{ "step", YH_F_CODE, offsetof(struct on_case_in, step), YH_REQUIRED, .max = 47,
	  .about = "name of the step" },
	{ 0 },
};

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_case c;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct on_case_in *)in)->case_ref, &c, err);

	return rc == YH_OK ? view(rq, &c, err) : rc;
}

/* With If-Match the case is held from here on, so that the version stays what was compared. */
static enum yh_rc seen(struct yh_req *rq, const char *text, struct yh_id *id, struct yh_err *err)
{
	struct yh_case c;
	enum yh_rc rc = yh_view_seen(rq, text, &c, err);

	if (rc == YH_OK)
		*id = c.row.id;
	if (rc != YH_OK || rq->if_match < 0 || !(rq->op->flags & YH_OP_WRITE))
		return rc;
	rc = yh_case_take(&rq->cx, id, &c, err);
	return rc == YH_OK ? yh_req_match(rq, c.row.version, err) : rc;
}

static const struct yh_field decide_body[] = {
	{ "outcome", YH_F_CODE, offsetof(struct on_case_in, outcome), YH_REQUIRED, .max = 31,
	  .about = "approve, refuse, confirm, done, or what the step names" },
	{ "reason", YH_F_TEXT, offsetof(struct on_case_in, reason), 0, .max = 2000,
	  .about = "why; required for decisions" },
	{ "form", YH_F_OBJECT, offsetof(struct on_case_in, form), 0,
	  .about = "the step's form, where it has one" },
	{ "documents", YH_F_ARRAY, offsetof(struct on_case_in, documents), 0,
	  .about = "ids of documents that come with it, a hundred at most" },
	{ 0 },
};

static enum yh_rc try_decide(struct yh_req *rq, const struct yh_decide_in *d, struct yh_err *err)
{
	struct yh_trial t;
	enum yh_rc rc = yh_trial_decide(&rq->cx, d, &t, err);

	rq->tried = true;
	return rc == YH_OK ? yh_view_trial_decision(rq, d, &t, err) : rc;
}

static enum yh_rc decide(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct on_case_in *o = in;
	struct yh_decide_in d = { .step = o->step,
				  .outcome = o->outcome,
				  .reason = o->reason ? o->reason : "",
				  .form = o->form,
				  .documents = o->documents,
				  .if_match = rq->if_match };
	struct yh_case c;
	enum yh_rc rc = seen(rq, o->case_ref, &d.case_id, err);

	if (rc == YH_OK)
		rc = yh_ref_form(&rq->cx, o->form, &d.form, err);
	if (rc == YH_OK && o->dry_run)
		return try_decide(rq, &d, err);
	if (rc == YH_OK)
		rc = yh_case_decide(&rq->cx, &d, &c, err);
	return rc == YH_OK ? view(rq, &c, err) : rc;
}

static const struct yh_field opine_body[] = {
	{ "stage", YH_F_WORD, offsetof(struct on_case_in, stage), YH_REQUIRED,
	  .choices = "handle|review|countersign", .about = "place in the body's own chain" },
	{ "outcome", YH_F_CODE, offsetof(struct on_case_in, outcome), YH_REQUIRED, .max = 31,
	  .about = "the outcome that is proposed" },
	{ "reason", YH_F_TEXT, offsetof(struct on_case_in, reason), YH_REQUIRED, .max = 2000,
	  .about = "the opinion" },
	{ "documents", YH_F_ARRAY, offsetof(struct on_case_in, documents), 0,
	  .about = "ids of documents that come with it, a hundred at most" },
	{ 0 },
};

static enum yh_rc opine(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct on_case_in *o = in;
	struct yh_opine_in d = { .step = o->step,
				 .stage = o->stage,
				 .outcome = o->outcome,
				 .reason = o->reason,
				 .documents = o->documents };
	struct yh_case c;
	enum yh_rc rc = seen(rq, o->case_ref, &d.case_id, err);

	if (rc == YH_OK)
		rc = yh_case_opine(&rq->cx, &d, &c, err);
	return rc == YH_OK ? view(rq, &c, err) : rc;
}

static const struct yh_field return_body[] = {
	{ "defects", YH_F_ARRAY, offsetof(struct on_case_in, defects), YH_REQUIRED,
	  .about = "every defect, each a sentence; a case is returned once" },
	{ 0 },
};

static enum yh_rc give_back(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct on_case_in *o = in;
	struct yh_case c;
	struct yh_id id;
	enum yh_rc rc = seen(rq, o->case_ref, &id, err);

	if (rc == YH_OK)
		rc = yh_case_return(&rq->cx, &id, o->step, o->defects, &c, err);
	return rc == YH_OK ? view(rq, &c, err) : rc;
}

static const struct yh_field resubmit_body[] = {
	{ "form", YH_F_OBJECT, offsetof(struct on_case_in, form), YH_REQUIRED,
	  .about = "the corrected form, whole" },
	{ 0 },
};

static enum yh_rc try_resubmit(struct yh_req *rq, const struct yh_id *id, const json_t *form,
			       struct yh_err *err)
{
	struct yh_trial t;
	enum yh_rc rc = yh_trial_resubmit(&rq->cx, id, form, &t, err);

	rq->tried = true;
	return rc == YH_OK ? yh_view_trial_filing(rq, &t, err) : rc;
}

static enum yh_rc resubmit(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct on_case_in *o = in;
	struct yh_case c;
	const json_t *form;
	struct yh_id id;
	enum yh_rc rc = seen(rq, o->case_ref, &id, err);

	if (rc == YH_OK)
		rc = yh_ref_form(&rq->cx, o->form, &form, err);
	if (rc == YH_OK && o->dry_run)
		return try_resubmit(rq, &id, form, err);
	if (rc == YH_OK)
		rc = yh_case_resubmit(&rq->cx, &id, form, &c, err);
	return rc == YH_OK ? view(rq, &c, err) : rc;
}

static const struct yh_field withdraw_body[] = {
	{ "reason", YH_F_TEXT, offsetof(struct on_case_in, reason), YH_REQUIRED, .max = 2000,
	  .about = "why" },
	{ 0 },
};

static enum yh_rc withdraw(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct on_case_in *o = in;
	struct yh_case c;
	struct yh_id id;
	enum yh_rc rc = seen(rq, o->case_ref, &id, err);

	if (rc == YH_OK)
		rc = yh_case_withdraw(&rq->cx, &id, o->reason, &c, err);
	return rc == YH_OK ? view(rq, &c, err) : rc;
}

static enum yh_rc story(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_case c;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct on_case_in *)in)->case_ref, &c, err);

	return rc == YH_OK ? yh_view_story(rq, &c, err) : rc;
}

static const struct yh_column story_columns[] = { YH_COLS_EVENT,
						  YH_COL("说明", "REASON", "reason"),
						  { 0 } };

#define ON_CASE sizeof(struct on_case_in)
/* What is done to a case may name the version it was read at. */
#define ON_VERSION (YH_OP_WRITE | YH_OP_MAY_MATCH)
static const struct yh_op ops[] = {
	{ "case.file", YH_POST, "/api/v1/cases", NULL, YH_OP_WRITE, NULL, file_query, file_body,
	  sizeof(struct file_in), file, NULL, "提交申请", "File a case", prepare_file,
	  .reply = "@Case", .tried = "TriedFiling" },
	{ "case.show", YH_GET, "/api/v1/cases/{case}", "case.read", 0, case_path, NULL, NULL,
	  ON_CASE, show, NULL, "查看案件全貌", "Show a case with its steps and clocks",
	  .reply = "@Case" },
	{ "case.story", YH_GET, "/api/v1/cases/{case}/events", "case.read", 0, case_path, NULL,
	  NULL, ON_CASE, story, story_columns, "案件经过", "The story of a case, event by event",
	  .reply = "{items:[{@Event payload?:any}]}" },
	{ "case.decide", YH_POST, "/api/v1/cases/{case}/steps/{step}/decision", "case.read",
	  ON_VERSION, step_path, on_case_query, decide_body, ON_CASE, decide, NULL,
	  "作出决定、确认或办结",
	  "Decide, confirm or fulfil an open step; the pack says who may, and by when",
	  .reply = "@Case", .tried = "TriedDecision" },
	{ "case.opine", YH_POST, "/api/v1/cases/{case}/steps/{step}/opinions", "case.read",
	  ON_VERSION, step_path, NULL, opine_body, ON_CASE, opine, NULL, "拟办、审核或会签意见",
	  "Give an opinion inside the deciding body; the signature decides", .reply = "@Case" },
	{ "case.return", YH_POST, "/api/v1/cases/{case}/steps/{step}/return", "case.read",
	  ON_VERSION, step_path, NULL, return_body, ON_CASE, give_back, NULL, "一次性退回补正",
	  "Return a case to its applicant, once, with every defect", .reply = "@Case" },
	{ "case.resubmit", YH_POST, "/api/v1/cases/{case}/resubmission", "case.read", ON_VERSION,
	  case_path, on_case_query, resubmit_body, ON_CASE, resubmit, NULL, "补正后重新提交",
	  "Answer a returned case with the corrected form", .reply = "@Case",
	  .tried = "TriedFiling" },
	{ "case.withdraw", YH_POST, "/api/v1/cases/{case}/withdrawal", "case.read", ON_VERSION,
	  case_path, NULL, withdraw_body, ON_CASE, withdraw, NULL, "撤回申请",
	  "Withdraw a case that is not decided yet", .reply = "@Case" },
};

const struct yh_op_table yh_ops_case = { ops, sizeof ops / sizeof ops[0] };
