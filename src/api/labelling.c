/* Sensitivity labels: which there are, what has which, and who is cleared for what. */
#include <stdio.h>
#include <string.h>

#include "api/account.h"
#include "api/act.h"
#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "services/document/document.h"
#include "services/identity/acts.h"
#include "services/identity/clearance.h"
#include "services/identity/hindered.h"

struct label_in {
	struct yh_id document;
	const char *label, *reason, *person, *clearance, *case_ref;
};
#define AT(field) offsetof(struct label_in, field)
static const struct yh_field document_path[] = {
	{ "document", YH_F_ID, AT(document), YH_REQUIRED, .about = "id of the document" },
	{ 0 },
};
#define REASON                                                                                     \
	{                                                                                          \
		"reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why"           \
	}
static const struct yh_field label_body[] = {
	{ "label", YH_F_CODE, AT(label), YH_REQUIRED, .max = YH_LABEL_TEXT - 1,
	  .about = "a label of the policy pack" },
	REASON,
	{ 0 },
};
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, AT(case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};
static const struct yh_field person_path[] = {
	{ "person", YH_F_CODE, AT(person), YH_REQUIRED, .max = 64, .about = "login or id" },
	{ 0 },
};
static const struct yh_field clearance_body[] = {
	{ "clearance", YH_F_CODE, AT(clearance), 0, .max = YH_LABEL_TEXT - 1,
	  .about = "a label of the policy pack; as the roles have it when absent" },
	REASON,
	{ 0 },
};

/* ---- which there are ---- */

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_label *labels;
	struct yh_clearance mine;
	const char *upload;
	size_t n;
	enum yh_rc rc = yh_clearance_actor(&rq->cx, &mine, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	labels = yh_pack_labels(mine.pack, &n);
	upload = yh_pack_label_of(mine.pack, "upload", NULL);
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "label", labels[i].id);
		yh_list_titled(rq, "label", yh_view_label_title(rq, labels[i].id));
		yh_jw_bool(rq->w, "cleared", yh_clearance_opens(&mine, labels[i].id));
		yh_jw_bool(rq->w, "usual", strcmp(labels[i].id, upload) == 0);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

/* ---- giving them ---- */

/* Whoever administers labels sees no case, and finds a document by its id alone. */
static enum yh_rc find(struct yh_req *rq, const struct yh_id *id, struct yh_document_row *row,
		       bool *administers, struct yh_err *err)
{
	const char *relation = NULL, *manages = NULL;
	enum yh_rc rc = yh_req_relation(rq, "document.label", &manages, err);

	*administers = manages != NULL;
	if (rc == YH_OK && *administers)
		return yh_document_load(rq->cx.tx, id, rq->cx.arena, row, err);
	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &relation, err);
	return rc == YH_OK ? yh_document_see(&rq->cx, id, relation, row, err) : rc;
}

static enum yh_rc relabel(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct label_in *x = in;
	struct yh_document_row row;
	bool administers;
	enum yh_rc rc = find(rq, &x->document, &row, &administers, err);

	if (rc == YH_OK)
		rc = yh_document_label(&rq->cx, &row, x->label, x->reason, administers, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "id", &row.id);
	/* who lowers what they do not see does not learn its name by that */
	yh_jw_str(rq->w, "name", administers ? NULL : yh_view_labelled(rq, row.label, row.name));
	yh_view_label(rq, row.label);
	return YH_OK;
}

/* The same of a case. */
static enum yh_rc find_case(struct yh_req *rq, const char *text, struct yh_id *id,
			    bool *administers, struct yh_err *err)
{
	const char *manages = NULL;
	struct yh_case c;
	enum yh_rc rc = yh_req_relation(rq, "document.label", &manages, err);

	*administers = manages != NULL;
	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &rq->relation, err);
	if (rc == YH_OK && *administers)
		return yh_ref_case(&rq->cx, text, id, err);
	if (rc == YH_OK)
		rc = yh_view_glimpsed(rq, text, &c, err);
	if (rc == YH_OK)
		*id = c.row.id;
	return rc;
}

static enum yh_rc relabel_case(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct label_in *x = in;
	struct yh_id id;
	struct yh_case c;
	bool administers;
	enum yh_rc rc = find_case(rq, x->case_ref, &id, &administers, err);

	if (rc == YH_OK)
		rc = yh_case_label(&rq->cx, &id, x->label, x->reason, administers, &c, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "id", &c.row.id);
	yh_jw_str(rq->w, "no", c.row.no);
	yh_view_mark(rq, c.row.procedure, c.row.label);
	return YH_OK;
}

static void write_hindered(struct yh_req *rq, const void *row)
{
	const struct yh_hindered *h = row;

	yh_jw_str(rq->w, "case", h->case_no);
	yh_jw_str(rq->w, "procedure", h->procedure);
	yh_list_titled(rq, "procedure",
		       yh_view_words(rq, yh_view_step_title(rq, &h->pack, h->procedure, NULL)));
	yh_jw_str(rq->w, "step", h->step);
	yh_list_titled(rq, "step",
		       yh_view_words(rq, yh_view_step_title(rq, &h->pack, h->procedure, h->step)));
	yh_jw_str(rq->w, "role", h->role);
	yh_list_titled(rq, "role", yh_view_role(rq, h->role));
	yh_jw_str(rq->w, "org", h->org_name);
	yh_jw_str(rq->w, "label", h->label);
	yh_list_titled(rq, "label", yh_view_label_title(rq, h->label));
	yh_jw_int(rq->w, "holders", h->holders);
	yh_jw_time(rq->w, "opened_at", h->opened_at);
	yh_jw_day(rq->w, "due", h->due_day);
}

static enum yh_rc hindered(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_hindered *list;
	size_t n;
	enum yh_rc rc = yh_hindered_list(&rq->cx, &list, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_hindered);
	return rc;
}

/* A higher one takes two persons. */
static enum yh_rc clear(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct label_in *x = in;
	struct yh_act_row act = { .kind = "clearance",
				  .first_day = YH_DAY_NONE,
				  .last_day = YH_DAY_NONE,
				  .reason = x->reason };
	struct yh_person_row row;
	bool raises = false;
	enum yh_rc rc = yh_ref_person(&rq->cx, x->person, &act.person, err);

	(void)snprintf(act.label, sizeof act.label, "%s", x->clearance ? x->clearance : "");
	if (rc == YH_OK)
		rc = yh_clearance_raises(&rq->cx, &act.person, act.label, &raises, err);
	if (rc == YH_OK && raises)
		rc = yh_api_act_ask(rq, &act, "act", err);
	else if (rc == YH_OK)
		rc = yh_clearance_set(&rq->cx, &act.person, act.label, x->reason, err);
	if (rc == YH_OK)
		rc = yh_person_load(rq->cx.tx, &act.person, rq->cx.arena, &row, err);
	return rc == YH_OK ? yh_view_clearance(rq, &row, err) : rc;
}

static const struct yh_column columns[] = {
	YH_COL("标记", "LABEL", "label"),
	YH_COL("名称", "TITLE", "label_title"),
	YH_COL("本人可查阅", "CLEARED", "cleared"),
	YH_COL("默认", "USUAL", "usual"),
	{ 0 },
};

static const struct yh_column hindered_columns[] = {
	YH_COL("案号", "CASE", "case"),
	YH_COL("环节", "STEP", "step_title"),
	YH_COL("办理单位", "BODY", "org"),
	YH_COL("角色", "ROLE", "role_title"),
	YH_COL("标记", "LABEL", "label_title"),
	YH_COL("期限", "DUE", "due"),
	{ 0 },
};

#define IN sizeof(struct label_in)
static const struct yh_op ops[] = {
	{ "label.list", YH_GET, "/api/v1/labels", NULL, 0, NULL, NULL, NULL, 0, list, columns,
	  "安全标记，由低到高；本人可查阅到哪一级",
	  "Sensitivity labels, the lowest first, and which of them one is cleared for",
	  .reply = "{items:[{label label_title cleared:bool usual:bool}]}" },
	{ "document.label", YH_PUT, "/api/v1/documents/{document}/label", NULL, YH_OP_WRITE,
	  document_path, NULL, label_body, IN, relabel, NULL,
	  "变更文件的安全标记（提高：上传人或责任单位；降低：责任单位签发人或安全管理员）",
	  "Give a document another label: a higher one by who handed it in or its body, a lower "
	  "one by who signs there or the security administrator",
	  .reply = "{id:id name:text|null label label_title withheld:bool}" },
	{ "case.label", YH_PUT, "/api/v1/cases/{case}/label", NULL, YH_OP_WRITE, case_path, NULL,
	  label_body, IN, relabel_case, NULL,
	  "变更案件的安全标记（提高：提交或办理的单位；降低：其签发人或安全管理员）",
	  "Give a case another label: a higher one by who files or handles it, a lower one by who "
	  "signs there or the security administrator",
	  .reply = "{id:id no label label_title withheld:bool}" },
	{ "label.hindered", YH_GET, "/api/v1/labels/hindered", "grant.manage", 0, NULL, NULL, NULL,
	  0, hindered, hindered_columns, "案件在等而无人有许可的办理岗位",
	  "Desks that a case waits at while nobody there is cleared for it",
	  .reply = "{items:[{case procedure procedure_title step step_title role role_title org "
		   "label label_title holders:int opened_at:time due:day|null}]}" },
	{ "person.clearance", YH_PUT, "/api/v1/people/{person}/clearance", "grant.manage",
	  YH_OP_WRITE, person_path, NULL, clearance_body, IN, clear, NULL,
	  "变更账户的安全标记许可（提高须两人办理）",
	  "Change what an account is cleared for; a higher label takes two persons",
	  .reply = "{act?:@Act clearance clearance_title clearance_named:bool}" },
};

const struct yh_op_table yh_ops_label = { ops, sizeof ops / sizeof ops[0] };
