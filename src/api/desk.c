/* Lists: the inbox, what is overdue, the cases one may see, notices. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "cases/mark.h"
#include "services/policy/govern.h"
#include "services/project/project.h"

static void write_title(struct yh_req *rq, const char *key, const struct yh_case_line *l,
			const char *step)
{
	struct yh_text2 title = yh_view_step_title(rq, &l->pack, l->procedure, step);

	yh_jw_str(rq->w, key, yh_view_words(rq, title));
}

static void write_case(struct yh_req *rq, const void *row)
{
	const struct yh_case_line *l = row;

	yh_jw_id(rq->w, "id", &l->id);
	yh_jw_str(rq->w, "no", l->no);
	yh_jw_str(rq->w, "procedure", l->procedure);
	write_title(rq, "procedure_title", l, NULL);
	yh_jw_str(rq->w, "title", yh_view_title(rq, &l->pack, l->procedure, l->label, l->title));
	yh_view_mark(rq, l->procedure, l->label);
	yh_list_word(rq, "state", "case", l->state);
	yh_jw_str(rq->w, "unit", l->unit_name);
	yh_jw_str(rq->w, "unit_code", l->unit_code);
	yh_jw_str(rq->w, "cloud", l->cloud_code);
	yh_jw_time(rq->w, "filed_at", l->filed_at);
	yh_jw_time(rq->w, "changed_at", l->changed_at);
	yh_jw_time(rq->w, "ended_at", l->ended_at);
	yh_jw_int(rq->w, "version", l->version);
	yh_jw_day(rq->w, "supervised", l->supervised);
}

static void write_step(struct yh_req *rq, const void *row)
{
	const struct yh_case_line *l = row;

	write_case(rq, l);
	yh_jw_str(rq->w, "step", l->step);
	write_title(rq, "step_title", l, l->step);
	yh_list_word(rq, "kind", "step", l->kind);
	yh_jw_str(rq->w, "role", l->role);
	yh_list_titled(rq, "role", yh_view_role(rq, l->role));
	yh_jw_str(rq->w, "waits_for", l->org_name);
	yh_jw_str(rq->w, "article", l->article);
	yh_jw_time(rq->w, "opened_at", l->opened_at);
	yh_view_due(rq, l->due_day, l->due_at, l->provisional, l->soft);
}

/* "due:step", as handed out; anything else is refused. */
static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_inbox_cursor *c,
			      struct yh_err *err)
{
	const char *colon;
	char *end;

	*c = (struct yh_inbox_cursor){ .due = INT64_MIN };
	if (!rq->cursor[0])
		return YH_OK;
	colon = strchr(rq->cursor, '_');
	c->due = strtoll(rq->cursor, &end, 10);
	if (!colon || end != colon || yh_id_parse(colon + 1, &c->step, NULL) != YH_OK)
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	return YH_OK;
}

static const char *due_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_case_line *l = row;
	char id[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "%" PRId64 "_%s", yh_inbox_due(l),
			       yh_id_text(&l->step_id, id));
}

typedef enum yh_rc (*steps_fn)(struct yh_tx *tx, const struct yh_viewer *who,
			       const struct yh_inbox_cursor *after, uint32_t limit,
			       struct yh_arena *arena, struct yh_case_line **out, size_t *n,
			       struct yh_err *err);

static enum yh_rc page_of_steps(struct yh_req *rq, steps_fn read, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_inbox_cursor after;
	struct yh_case_line *list;
	size_t n;
	enum yh_rc rc = read_cursor(rq, &after, err);

	if (rc == YH_OK)
		rc = read(rq->cx.tx, &who, &after, yh_list_ask(rq), rq->cx.arena, &list, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, list, n, sizeof *list, write_step, due_cursor);
	return rc;
}

static enum yh_rc inbox(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return page_of_steps(rq, yh_inbox, err);
}

static enum yh_rc overdue(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return page_of_steps(rq, yh_overdue, err);
}

struct list_in {
	const char *state, *procedure, *unit, *cloud, *project;
	const char *article, *resource, *body, *text, *sort, *order;
	yh_day filed_from, filed_to;
	bool overdue;
	const char *subjects[YH_SUBJECT_KINDS];
};
#define FIELD(kind, resources, what) YH_SUBJECT_FIELD(list_in, kind, what)
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, offsetof(struct list_in, state), 0,
	  .choices = "open|abroad|returned|closed|refused|withdrawn",
	  .about = "state of the case" },
	{ "procedure", YH_F_CODE, offsetof(struct list_in, procedure), 0, .max = 47,
	  .about = "procedure" },
	{ "unit", YH_F_CODE, offsetof(struct list_in, unit), 0, .max = 64,
	  .about = "applicant, by code or id" },
	{ "cloud", YH_F_CODE, offsetof(struct list_in, cloud), 0, .max = 64,
	  .about = "cloud, by code or id" },
	{ "project", YH_F_CODE, offsetof(struct list_in, project), 0, .max = 127,
	  .about = "project, by code or id" },
	{ "article", YH_F_CODE, offsetof(struct list_in, article), 0, .max = 15,
	  .about = "governed by this article, as today's pack has it" },
	{ "resource", YH_F_CODE, offsetof(struct list_in, resource), 0, .max = 64,
	  .about = "about this resource, by number or id" },
	{ "body", YH_F_CODE, offsetof(struct list_in, body), 0, .max = 64,
	  .about = "waiting for this organisation, by code or id" },
	{ "filed_from", YH_F_DAY, offsetof(struct list_in, filed_from), 0,
	  .about = "filed on this day or later" },
	{ "filed_to", YH_F_DAY, offsetof(struct list_in, filed_to), 0,
	  .about = "filed on this day or earlier" },
	{ "overdue", YH_F_BOOL, offsetof(struct list_in, overdue), 0,
	  .about = "with a step past its due day" },
	YH_LIST_TEXT(list_in, "number or the title"),
	{ "sort", YH_F_WORD, offsetof(struct list_in, sort), 0, .choices = "filed|number|due",
	  .about = "filed when absent; due: only cases with an open step" },
	{ "order", YH_F_WORD, offsetof(struct list_in, order), 0, .choices = "asc|desc",
	  .about = "asc for due, else desc when absent" },
	YH_SUBJECTS(FIELD){ 0 },
};
#undef FIELD

/* An unknown record filters everything out, as another's does. */
static enum yh_rc subject_of(struct yh_ctx *cx, const struct list_in *l, struct yh_id *out,
			     struct yh_err *err)
{
	enum yh_rc rc = yh_ref_subject(cx, l->subjects, out, err);

	if (rc != YH_NOT_FOUND)
		return rc;
	*err = (struct yh_err){ 0 };
	memset(out->b, 0xFF, sizeof out->b);
	return YH_OK;
}

static enum yh_rc resource_of(struct yh_ctx *cx, const char *text, struct yh_id *out,
			      struct yh_err *err)
{
	enum yh_rc rc = yh_ref_opt(cx, yh_ref_resource, text, "?resource", out, err);

	if (rc != YH_NOT_FOUND)
		return rc;
	*err = (struct yh_err){ 0 };
	memset(out->b, 0xFF, sizeof out->b);
	return YH_OK;
}

/* "|quota|expansion|": the procedures that rest on an article. */
static enum yh_rc procedures_of(struct yh_req *rq, const char *article, const char **out,
				struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	const struct yh_basis b = { .article = article };
	const struct yh_procedure *list;
	const struct yh_pack *pack;
	const char *names = "|";
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	if (!yh_pack_article(pack, article)) {
		rc = yh_fail_field(err, YH_BAD_INPUT, "article-unknown", "?article");
		yh_err_text(err, "what", article);
		return rc;
	}
	list = yh_pack_procedures(pack, &n);
	for (size_t i = 0; names && i < n; i++)
		if (yh_basis_procedure(&b, &list[i]))
			names = yh_arena_printf(rq->cx.arena, "%s%s|", names, list[i].name);
	*out = names;
	return names ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc order_of(struct yh_req *rq, const struct list_in *l, struct yh_case_filter *f,
			   struct yh_err *err)
{
	bool by_due = l->sort && strcmp(l->sort, "due") == 0;
	struct yh_inbox_cursor at;
	enum yh_rc rc;

	f->ascending = l->order ? strcmp(l->order, "asc") == 0 : by_due;
	if (l->sort && strcmp(l->sort, "number") == 0) {
		f->sort = YH_CASES_BY_NUMBER;
		f->behind_no = rq->cursor;
		return YH_OK;
	}
	if (!by_due)
		return yh_cursor_id(rq, &f->before, err);
	f->sort = YH_CASES_BY_DUE;
	rc = read_cursor(rq, &at, err);
	f->behind_due = at.due;
	f->before = at.step;
	return rc;
}

static enum yh_rc filter_of(struct yh_req *rq, const struct list_in *l, struct yh_case_filter *f,
			    struct yh_err *err)
{
	const struct yh_scope asked = { l->unit, l->cloud, l->project };
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc;

	*f = (struct yh_case_filter){ .state = l->state ? l->state : "",
				      .procedure = l->procedure ? l->procedure : "",
				      .overdue = l->overdue,
				      .limit = yh_list_ask(rq) };
	if (l->filed_from != YH_DAY_NONE)
		f->filed_from = yh_day_start(l->filed_from);
	if (l->filed_to != YH_DAY_NONE)
		f->filed_to = yh_day_start(l->filed_to + 1);
	rc = yh_ref_scope(cx, &asked, &f->unit, &f->cloud, &f->project, err);
	if (rc == YH_OK)
		rc = subject_of(cx, l, &f->subject, err);
	if (rc == YH_OK)
		rc = resource_of(cx, l->resource, &f->resource, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(cx, yh_ref_org, l->body, "?body", &f->body, err);
	if (rc == YH_OK)
		rc = yh_list_sought(rq, l->text, &f->pattern, err);
	if (rc == YH_OK && l->article)
		rc = procedures_of(rq, l->article, &f->procedures, err);
	return rc == YH_OK ? order_of(rq, l, f, err) : rc;
}

static const char *case_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_case_line *)row)->id);
}

static const char *case_no_cursor(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_case_line *)row)->no;
}

/* Each case with where it stands: its open step that is due first. */
static void write_listed(struct yh_req *rq, const void *row)
{
	const struct yh_case_line *l = row;

	write_case(rq, l);
	yh_jw_str(rq->w, "project", l->project_code[0] ? l->project_code : NULL);
	yh_jw_str(rq->w, "step", l->step[0] ? l->step : NULL);
	if (l->step[0])
		write_title(rq, "step_title", l, l->step);
	else
		yh_jw_null(rq->w, "step_title");
	yh_jw_str(rq->w, "waits_for", l->org_name[0] ? l->org_name : NULL);
	yh_view_due(rq, l->due_day, l->due_at, l->provisional, l->soft);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_case_filter f;
	struct yh_case_line *rows;
	size_t n;
	enum yh_rc rc = filter_of(rq, in, &f, err);

	if (rc == YH_OK)
		rc = yh_case_list(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_listed,
			     f.sort == YH_CASES_BY_NUMBER ? case_no_cursor
			     : f.sort == YH_CASES_BY_DUE  ? due_cursor
							  : case_cursor);
	return rc;
}

void yh_view_notice(struct yh_req *rq, const void *row)
{
	const struct yh_notice_line *l = row;
	const char *slug = l->slug, *figures = l->figures;

	if (l->procedure[0] && yh_mark_covers_notice(slug) &&
	    yh_view_is_marked(rq, l->procedure, l->label)) {
		slug = YH_NOTICE_WITHHELD;
		figures = yh_view_notice_withheld(rq, l->case_no, l->procedure, l->label);
	}
	yh_jw_id(rq->w, "id", &l->id);
	yh_jw_str(rq->w, "slug", slug);
	yh_list_sentence(rq, slug, figures);
	yh_jw_raw(rq->w, "figures", figures);
	yh_jw_str(rq->w, "case", l->case_no);
	yh_jw_str(rq->w, "role", l->role);
	yh_list_titled(rq, "role", yh_view_role(rq, l->role));
	yh_jw_str(rq->w, "org", l->org_name);
	yh_jw_time(rq->w, "at", l->made_at);
}

static const char *notice_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_notice_line *)row)->id);
}

static enum yh_rc notices(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_notice_line *rows;
	struct yh_id before;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &before, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_notice_list(rq->cx.tx, &who, &before, yh_list_ask(rq), rq->cx.arena, &rows,
				    &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, yh_view_notice, notice_cursor);
	return rc;
}

static const struct yh_column step_columns[] = {
	YH_COL("期限", "DUE", "due.day"),
	YH_COL("剩余工作日", "LEFT", "due.workdays_left"),
	YH_COL_CASE,
	YH_COL_SUBJECT,
	YH_COL("环节", "STEP", "step_title"),
	YH_COL_UNIT,
	YH_COL("办理单位", "WAITS FOR", "waits_for"),
	{ 0 },
};
static const struct yh_column case_columns[] = {
	YH_COL_CASE, YH_COL_SUBJECT, YH_COL_STATE, YH_COL_UNIT, YH_COL("提交", "FILED", "filed_at"),
	{ 0 },
};
static const struct yh_column notice_columns[] = {
	YH_COL_TIME,
	YH_COL("案号", "CASE", "case"),
	YH_COL("收件", "FOR", "org"),
	YH_COL("通知", "NOTICE", "sentence"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "inbox.list", YH_GET, "/api/v1/inbox", NULL, YH_OP_PAGED, NULL, NULL, NULL, 0, inbox,
	  step_columns, "我的待办，先到期者在前", "What waits for you, due first",
	  .reply = "@DeskRow" },
	{ "overdue.list", YH_GET, "/api/v1/overdue", "case.read", YH_OP_PAGED, NULL, NULL, NULL, 0,
	  overdue, step_columns, "超期事项", "Steps past their due day, among what you may see",
	  .reply = "@DeskRow" },
	{ "case.list", YH_GET, "/api/v1/cases", "case.read", YH_OP_PAGED, NULL, list_query, NULL,
	  sizeof(struct list_in), list, case_columns, "案件列表", "Cases you may see, newest first",
	  .reply = "{@CaseRow project|null step|null step_title|null waits_for|null "
		   "due:@Due|null}" },
	{ "notice.list", YH_GET, "/api/v1/notices", NULL, YH_OP_PAGED, NULL, NULL, NULL, 0, notices,
	  notice_columns, "通知", "Notices for your roles, newest first", .reply = "@Notice" },
};

const struct yh_op_table yh_ops_desk = { ops, sizeof ops / sizeof ops[0] };
