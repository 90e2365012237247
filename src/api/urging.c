/* Beside the steps of a case: urging, supervising, letters from outside. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "base/digest.h"
#include "cases/urge.h"
#include "services/project/project.h"

struct beside_in {
	const char *case_ref, *step, *reason, *answer;
	const char *sender, *number, *subject, *document, *text, *cloud;
	struct yh_id supervision;
	yh_day answer_by, day, from, to;
	bool open, mine;
};
#define AT(field) offsetof(struct beside_in, field)
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, AT(case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};
static const struct yh_field supervision_path[] = {
	{ "supervision", YH_F_ID, AT(supervision), YH_REQUIRED, .about = "id of the supervision" },
	{ 0 },
};
static const struct yh_field urge_body[] = {
	{ "step", YH_F_CODE, AT(step), 0, .max = 47,
	  .about = "an open step; all that are open when absent" },
	{ "reason", YH_F_TEXT, AT(reason), 0, .max = 500, .about = "why it presses" },
	{ 0 },
};
static const struct yh_field supervise_body[] = {
	{ "reason", YH_F_TEXT, AT(reason), YH_REQUIRED, .max = 2000, .about = "what is asked" },
	{ "answer_by", YH_F_DAY, AT(answer_by), YH_REQUIRED,
	  .about = "the day by which an answer is wanted" },
	{ 0 },
};
static const struct yh_field answer_body[] = {
	{ "answer", YH_F_TEXT, AT(answer), YH_REQUIRED, .max = 2000,
	  .about = "what is done about it" },
	{ 0 },
};
static const struct yh_field supervision_query[] = {
	{ "open", YH_F_BOOL, AT(open), 0, .about = "only what waits for an answer" },
	{ "mine", YH_F_BOOL, AT(mine), 0,
	  .about = "only what one's own desks were asked, or asked themselves" },
	{ 0 },
};
static const struct yh_field letter_body[] = {
	{ "sender", YH_F_LINE, AT(sender), YH_REQUIRED, .max = 200, .about = "who wrote it" },
	{ "number", YH_F_LINE, AT(number), 0, .max = 100,
	  .about = "the sender's own number of it" },
	{ "day", YH_F_DAY, AT(day), YH_REQUIRED, .about = "the day it bears" },
	{ "subject", YH_F_LINE, AT(subject), YH_REQUIRED, .max = 300, .about = "what it is about" },
	{ "document", YH_F_CODE, AT(document), 0, .max = 64, .about = "id of its scan" },
	{ 0 },
};
static const struct yh_field letter_query[] = {
	YH_LIST_TEXT(beside_in, "sender, number or subject"),
	{ "from", YH_F_DAY, AT(from), 0, .about = "of this day or later" },
	{ "to", YH_F_DAY, AT(to), 0, .about = "of this day or earlier" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud, code or id" },
	{ 0 },
};

/* ---- how they look ---- */

static const char *or_null(const char *text)
{
	return text[0] ? text : NULL;
}

static void write_urging(struct yh_req *rq, const void *row)
{
	const struct yh_urging_row *g = row;
	bool hidden = yh_view_is_marked(rq, g->procedure, g->label);
	bool open = g->answer_by != YH_DAY_NONE && !g->answered_at && !g->ended_at;

	yh_jw_id(rq->w, "id", &g->id);
	yh_list_word(rq, "kind", "urging", g->kind);
	yh_jw_str(rq->w, "case", g->case_no);
	yh_jw_str(rq->w, "case_title",
		  yh_view_title(rq, &g->pack, g->procedure, g->label, g->case_title));
	yh_jw_str(rq->w, "step", g->step_name);
	yh_jw_str(rq->w, "step_title",
		  yh_view_words(rq, yh_view_step_title(rq, &g->pack, g->procedure, g->step_name)));
	yh_jw_str(rq->w, "desk", g->desk_name);
	yh_jw_str(rq->w, "desk_role", g->desk_role);
	yh_list_titled(rq, "desk_role", yh_view_role(rq, g->desk_role));
	yh_jw_str(rq->w, "from", g->org_name);
	yh_jw_str(rq->w, "from_role", g->role);
	yh_list_titled(rq, "from_role", yh_view_role(rq, g->role));
	yh_jw_str(rq->w, "person", g->person_name);
	yh_jw_str(rq->w, "reason", hidden ? "" : g->reason);
	yh_jw_time(rq->w, "at", g->made_at);
	yh_jw_day(rq->w, "answer_by", g->answer_by);
	yh_jw_str(rq->w, "answer", hidden ? NULL : or_null(g->answer));
	yh_jw_time(rq->w, "answered_at", g->answered_at);
	yh_jw_str(rq->w, "answered_by", or_null(g->answered_name));
	yh_jw_bool(rq->w, "open", open);
	yh_jw_bool(rq->w, "overdue", open && g->answer_by < yh_ctx_today(&rq->cx));
	yh_jw_bool(rq->w, "mine", yh_actor_grant(rq->cx.actor, g->desk_role, &g->desk) != NULL);
	yh_view_mark(rq, g->procedure, g->label);
}

static void write_letter(struct yh_req *rq, const void *row)
{
	const struct yh_letter_row *l = row;
	bool has = !yh_id_is_zero(&l->document);
	bool hidden = yh_view_is_marked(rq, l->procedure, l->label);
	const char *mask = hidden ? yh_view_marked(rq, l->procedure, l->label) : NULL;
	char hex[YH_SM3_HEX];

	yh_jw_id(rq->w, "id", &l->id);
	yh_jw_str(rq->w, "case", l->case_no);
	yh_jw_str(rq->w, "case_title",
		  yh_view_title(rq, &l->pack, l->procedure, l->label, l->case_title));
	yh_jw_str(rq->w, "sender", hidden ? mask : l->sender);
	yh_jw_str(rq->w, "number", hidden ? NULL : or_null(l->number));
	yh_jw_day(rq->w, "day", l->day);
	yh_jw_str(rq->w, "subject", hidden ? mask : l->subject);
	yh_jw_id(rq->w, "document", &l->document);
	yh_jw_str(rq->w, "document_name",
		  has && hidden ? mask
		  : has         ? yh_view_labelled(rq, l->document_label, l->document_name)
				: NULL);
	yh_view_mark_beside(rq, l->procedure, l->label, has ? l->document_label : NULL);
	yh_jw_str(rq->w, "digest", has ? yh_hex(l->digest.b, sizeof l->digest.b, hex) : NULL);
	yh_jw_str(rq->w, "registered_by", l->person_name);
	yh_jw_str(rq->w, "registered_for", l->org_name);
	yh_jw_time(rq->w, "registered_at", l->registered_at);
}

static enum yh_rc list_urgings(struct yh_req *rq, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_urging_row *rows;
	size_t n;
	enum yh_rc rc = yh_urging_of_case(rq->cx.tx, case_id, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_urging);
	return rc;
}

static enum yh_rc list_letters(struct yh_req *rq, const struct yh_id *case_id, struct yh_err *err)
{
	struct yh_letter_row *rows;
	size_t n;
	enum yh_rc rc = yh_letter_of_case(rq->cx.tx, case_id, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_letter);
	return rc;
}

/* ---- on a case ---- */

static enum yh_rc urge(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_case c;
	enum yh_rc rc = yh_view_seen(rq, b->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_case_urge(&rq->cx, &c.row.id, b->step, b->reason, err);
	rq->status = 201;
	return rc == YH_OK ? list_urgings(rq, &c.row.id, err) : rc;
}

static enum yh_rc supervise(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_case c;
	enum yh_rc rc = yh_view_seen(rq, b->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_case_supervise(&rq->cx, &c.row.id, b->reason, b->answer_by, err);
	rq->status = 201;
	return rc == YH_OK ? list_urgings(rq, &c.row.id, err) : rc;
}

static enum yh_rc urgings(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_case c;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct beside_in *)in)->case_ref, &c, err);

	return rc == YH_OK ? list_urgings(rq, &c.row.id, err) : rc;
}

static enum yh_rc answer(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_urging_row row;
	struct yh_case c;
	enum yh_rc rc = yh_urging_load(rq->cx.tx, &b->supervision, rq->cx.arena, &row, err);

	if (rc == YH_OK)
		rc = yh_case_get(&rq->cx, &row.case_id, &c, err);
	if (rc == YH_OK && yh_case_see(&rq->cx, &c, rq->relation, NULL) != YH_OK)
		rc = yh_fail(err, YH_NOT_FOUND, "supervision-unknown");
	if (rc == YH_OK)
		rc = yh_case_answer_supervision(&rq->cx, &b->supervision, b->answer, err);
	if (rc == YH_OK)
		rc = yh_urging_load(rq->cx.tx, &b->supervision, rq->cx.arena, &row, err);
	if (rc == YH_OK)
		write_urging(rq, &row);
	return rc;
}

static enum yh_rc register_letter(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_letter_row row = { .sender = b->sender,
				     .number = b->number ? b->number : "",
				     .subject = b->subject,
				     .day = b->day };
	struct yh_case c;
	enum yh_rc rc = yh_view_seen(rq, b->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_case_register_letter(&rq->cx, &c.row.id, &row, b->document, err);
	rq->status = 201;
	return rc == YH_OK ? list_letters(rq, &c.row.id, err) : rc;
}

static enum yh_rc letters_of_case(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_case c;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct beside_in *)in)->case_ref, &c, err);

	return rc == YH_OK ? list_letters(rq, &c.row.id, err) : rc;
}

/* ---- lists ---- */

static const char *due_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_urging_row *g = row;

	return yh_cursor_of_day(rq, g->answer_by, &g->id);
}

static enum yh_rc supervisions(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_supervision_filter f = { .open = b->open,
					   .mine = b->mine,
					   .limit = yh_list_ask(rq) };
	struct yh_urging_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_day(rq, &f.after_day, &f.after, err);

	if (rc == YH_OK)
		rc = yh_supervision_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_urging, due_cursor);
	return rc;
}

static const char *id_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_letter_row *)row)->id);
}

static enum yh_rc letters(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct beside_in *b = in;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_letter_filter f = { .from = b->from, .to = b->to, .limit = yh_list_ask(rq) };
	struct yh_letter_row *rows;
	size_t n;
	enum yh_rc rc = yh_list_sought(rq, b->text, &f.pattern, err);

	if (rc == YH_OK)
		rc = yh_cursor_id(rq, &f.before, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, b->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_letter_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_letter, id_cursor);
	return rc;
}

static const struct yh_column urging_columns[] = {
	YH_COL("方式", "KIND", "kind_title"),
	YH_COL("案号", "CASE", "case"),
	YH_COL("环节", "STEP", "step_title"),
	YH_COL("对象", "DESK", "desk"),
	YH_COL("发起", "FROM", "from"),
	YH_COL("时间", "AT", "at"),
	YH_COL("答复期限", "BY", "answer_by"),
	YH_COL("事由", "REASON", "reason"),
	YH_COL("答复", "ANSWER", "answer"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column letter_columns[] = {
	YH_COL("来文单位", "SENDER", "sender"),
	YH_COL("来文字号", "NUMBER", "number"),
	YH_COL("日期", "DAY", "day"),
	YH_COL("标题", "SUBJECT", "subject"),
	YH_COL("案号", "CASE", "case"),
	YH_COL("登记", "REGISTERED", "registered_at"),
	{ 0 },
};

#define IN sizeof(struct beside_in)
static const struct yh_op ops[] = {
	{ "case.urge", YH_POST, "/api/v1/cases/{case}/urgings", "case.urge", YH_OP_WRITE, case_path,
	  NULL, urge_body, IN, urge, urging_columns, "催办：提醒案件当前环节的办理单位",
	  "Urge whoever the case waits for", .reply = "{items:[@Urging]}" },
	{ "case.supervise", YH_POST, "/api/v1/cases/{case}/supervisions", "case.supervise",
	  YH_OP_WRITE, case_path, NULL, supervise_body, IN, supervise, urging_columns,
	  "督办：要求办理单位限期答复", "Supervise a case: its desks are to answer by a day",
	  .reply = "{items:[@Urging]}" },
	{ "case.urgings", YH_GET, "/api/v1/cases/{case}/urgings", "case.read", 0, case_path, NULL,
	  NULL, IN, urgings, urging_columns, "案件的催办与督办",
	  "Urgings and supervisions of a case", .reply = "{items:[@Urging]}" },
	{ "supervision.list", YH_GET, "/api/v1/supervisions", "case.read", YH_OP_PAGED, NULL,
	  supervision_query, NULL, IN, supervisions, urging_columns, "督办事项，先到期者在前",
	  "Supervisions, those wanted first before", .reply = "@Urging" },
	{ "supervision.answer", YH_POST, "/api/v1/supervisions/{supervision}/answer", "case.read",
	  YH_OP_WRITE, supervision_path, NULL, answer_body, IN, answer, urging_columns, "答复督办",
	  "Answer a supervision", .reply = "@Urging" },
	{ "letter.register", YH_POST, "/api/v1/cases/{case}/letters", "case.letter", YH_OP_WRITE,
	  case_path, NULL, letter_body, IN, register_letter, letter_columns, "登记来文",
	  "Register a letter from outside on a case", .reply = "{items:[@Letter]}" },
	{ "case.letters", YH_GET, "/api/v1/cases/{case}/letters", "case.read", 0, case_path, NULL,
	  NULL, IN, letters_of_case, letter_columns, "案件的来文", "Letters registered on a case",
	  .reply = "{items:[@Letter]}" },
	{ "letter.list", YH_GET, "/api/v1/letters", "case.read", YH_OP_PAGED, NULL, letter_query,
	  NULL, IN, letters, letter_columns, "来文登记簿", "Letters of the cases one may see",
	  .reply = "@Letter" },
};

const struct yh_op_table yh_ops_urging = { ops, sizeof ops / sizeof ops[0] };
