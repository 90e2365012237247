/* Lists: the inbox, what is overdue, the cases one may see, notices. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "services/project/project.h"

enum { SENTENCE_BYTES = 64 * 1024 };

static void line(struct yh_req *rq, const struct yh_case_line *l, bool step)
{
	yh_jw_obj(rq->w, NULL);
	yh_jw_id(rq->w, "id", &l->id);
	yh_jw_str(rq->w, "no", l->no);
	yh_jw_str(rq->w, "procedure", l->procedure);
	yh_jw_str(rq->w, "title", l->title);
	yh_jw_str(rq->w, "state", l->state);
	yh_jw_str(rq->w, "unit", l->unit_name);
	yh_jw_str(rq->w, "unit_code", l->unit_code);
	yh_jw_str(rq->w, "cloud", l->cloud_code);
	yh_jw_time(rq->w, "filed_at", l->filed_at);
	yh_jw_time(rq->w, "changed_at", l->changed_at);
	yh_jw_time(rq->w, "ended_at", l->ended_at);
	if (step) {
		yh_jw_str(rq->w, "step", l->step);
		yh_jw_str(rq->w, "kind", l->kind);
		yh_jw_str(rq->w, "role", l->role);
		yh_jw_str(rq->w, "waits_for", l->org_name);
		yh_jw_str(rq->w, "article", l->article);
		yh_jw_time(rq->w, "opened_at", l->opened_at);
		yh_view_due(rq, l->due_day, l->provisional, l->soft);
	}
	yh_jw_end_obj(rq->w);
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
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "cursor");
	return YH_OK;
}

/* Writes a page of steps: one row more than the limit was asked for tells whether there is more. */
static void page_of_steps(struct yh_req *rq, const struct yh_case_line *list, size_t n)
{
	size_t shown = n > rq->limit ? rq->limit : n;
	char next[64], id[YH_ID_TEXT];

	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < shown; i++)
		line(rq, &list[i], true);
	yh_jw_end_arr(rq->w);
	if (n <= rq->limit) {
		yh_jw_null(rq->w, "next");
		return;
	}
	(void)snprintf(next, sizeof next, "%d_%s",
		       list[shown - 1].due_day == YH_DAY_NONE ? YH_DAY_MAX
							      : list[shown - 1].due_day,
		       yh_id_text(&list[shown - 1].step_id, id));
	yh_jw_str(rq->w, "next", next);
}

static enum yh_rc inbox(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_inbox_cursor after;
	struct yh_case_line *list;
	size_t n;
	enum yh_rc rc = read_cursor(rq, &after, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_inbox(rq->cx.tx, &who, &after, rq->limit + 1, rq->cx.arena, &list, &n, err);
	if (rc == YH_OK)
		page_of_steps(rq, list, n);
	return rc;
}

static enum yh_rc overdue(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_inbox_cursor after;
	struct yh_case_line *list;
	size_t n;
	enum yh_rc rc = read_cursor(rq, &after, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_overdue(rq->cx.tx, &who, &after, rq->limit + 1, rq->cx.arena, &list, &n,
				err);
	if (rc == YH_OK)
		page_of_steps(rq, list, n);
	return rc;
}

struct list_in {
	const char *state, *procedure, *unit, *cloud, *project;
};
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, offsetof(struct list_in, state), 0,
	  .choices = "open|returned|closed|refused|withdrawn", .about = "state of the case" },
	{ "procedure", YH_F_CODE, offsetof(struct list_in, procedure), 0, .max = 47,
	  .about = "procedure" },
	{ "unit", YH_F_CODE, offsetof(struct list_in, unit), 0, .max = 64,
	  .about = "applicant, by code or id" },
	{ "cloud", YH_F_CODE, offsetof(struct list_in, cloud), 0, .max = 64,
	  .about = "cloud, by code or id" },
	{ "project", YH_F_CODE, offsetof(struct list_in, project), 0, .max = 127,
	  .about = "project, by code or id" },
	{ 0 },
};

static enum yh_rc filter_of(struct yh_req *rq, const struct list_in *l, struct yh_case_filter *f,
			    struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*f = (struct yh_case_filter){ .state = l->state ? l->state : "",
				      .procedure = l->procedure ? l->procedure : "",
				      .limit = rq->limit + 1 };
	if (l->unit)
		rc = yh_ref_org(&rq->cx, l->unit, &f->unit, err);
	if (rc == YH_OK && l->cloud)
		rc = yh_ref_cloud(&rq->cx, l->cloud, &f->cloud, err);
	if (rc == YH_OK && l->project)
		rc = yh_ref_project_filter(&rq->cx, l->project, &f->project, err);
	if (rc == YH_OK && rq->cursor[0] && yh_id_parse(rq->cursor, &f->before, NULL) != YH_OK)
		rc = yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "cursor");
	return rc;
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
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n && i < rq->limit; i++)
		line(rq, &rows[i], false);
	yh_jw_end_arr(rq->w);
	if (n > rq->limit)
		yh_jw_id(rq->w, "next", &rows[rq->limit - 1].id);
	else
		yh_jw_null(rq->w, "next");
	return YH_OK;
}

static void write_sentence(struct yh_req *rq, const char *slug, const char *figures)
{
	const json_t *json;
	struct yh_buf text;

	yh_buf_init(&text, SENTENCE_BYTES);
	if (yh_json_parse_in(rq->cx.arena, figures, strlen(figures), &json, NULL) == YH_OK)
		yh_messages_fill(rq->messages, rq->lang, slug, json, &text);
	yh_jw_str(rq->w, "sentence", yh_buf_ok(&text) ? yh_buf_text(&text) : slug);
	yh_buf_done(&text);
}

static enum yh_rc notices(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_notice_line *rows;
	struct yh_id before = { { 0 } };
	size_t n;
	enum yh_rc rc = YH_OK;

	(void)in;
	if (rq->cursor[0] && yh_id_parse(rq->cursor, &before, NULL) != YH_OK)
		rc = yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "cursor");
	if (rc == YH_OK)
		rc = yh_notice_list(rq->cx.tx, &who, &before, rq->limit + 1, rq->cx.arena, &rows,
				    &n, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n && i < rq->limit; i++) {
		yh_jw_obj(rq->w, NULL);
		yh_jw_id(rq->w, "id", &rows[i].id);
		yh_jw_str(rq->w, "slug", rows[i].slug);
		write_sentence(rq, rows[i].slug, rows[i].figures);
		yh_jw_raw(rq->w, "figures", rows[i].figures);
		yh_jw_str(rq->w, "case", rows[i].case_no);
		yh_jw_str(rq->w, "role", rows[i].role);
		yh_jw_str(rq->w, "org", rows[i].org_name);
		yh_jw_time(rq->w, "at", rows[i].made_at);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	if (n > rq->limit)
		yh_jw_id(rq->w, "next", &rows[rq->limit - 1].id);
	else
		yh_jw_null(rq->w, "next");
	return YH_OK;
}

static const struct yh_column step_columns[] = {
	{ "期限", "DUE", "due.day" },
	{ "剩余工作日", "LEFT", "due.workdays_left" },
	{ "案号", "CASE", "no" },
	{ "事项", "TITLE", "title" },
	{ "环节", "STEP", "step" },
	{ "申请单位", "UNIT", "unit" },
	{ "办理单位", "WAITS FOR", "waits_for" },
	{ 0 },
};
static const struct yh_column case_columns[] = {
	{ "案号", "CASE", "no" },        { "事项", "TITLE", "title" },
	{ "状态", "STATE", "state" },    { "申请单位", "UNIT", "unit" },
	{ "提交", "FILED", "filed_at" }, { 0 },
};
static const struct yh_column notice_columns[] = {
	{ "时间", "TIME", "at" },
	{ "案号", "CASE", "case" },
	{ "收件", "FOR", "org" },
	{ "通知", "NOTICE", "sentence" },
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "inbox.list", YH_GET, "/api/v1/inbox", NULL, YH_OP_PAGED, NULL, NULL, NULL, 0, inbox,
	  step_columns, "我的待办，先到期者在前", "What waits for you, due first" },
	{ "overdue.list", YH_GET, "/api/v1/overdue", "case.read", YH_OP_PAGED, NULL, NULL, NULL, 0,
	  overdue, step_columns, "超期事项", "Steps past their due day, among what you may see" },
	{ "case.list", YH_GET, "/api/v1/cases", "case.read", YH_OP_PAGED, NULL, list_query, NULL,
	  sizeof(struct list_in), list, case_columns, "案件列表",
	  "Cases you may see, newest first" },
	{ "notice.list", YH_GET, "/api/v1/notices", NULL, YH_OP_PAGED, NULL, NULL, NULL, 0, notices,
	  notice_columns, "通知", "Notices for your roles, newest first" },
};

const struct yh_op_table yh_ops_desk = { ops, sizeof ops / sizeof ops[0] };
