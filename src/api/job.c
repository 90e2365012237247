/* Jobs: what waits, what fails and why, and trying again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/identity/record.h"
#include "store/job.h"

struct job_in {
	struct yh_id job;
	const char *state, *kind;
};

#define AT(field) offsetof(struct job_in, field)
static const struct yh_field job_path[] = {
	{ "job", YH_F_ID, AT(job), YH_REQUIRED, .about = "the job's id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, AT(state), 0, .choices = "waiting|due|failing|done",
	  .about = "waiting when absent; those due and failing are among the waiting" },
	{ "kind", YH_F_CODE, AT(kind), 0, .max = 31, .about = "only jobs of this kind" },
	{ 0 },
};

static const char *state_of(const struct yh_req *rq, const struct yh_job_line *l)
{
	if (l->done_at)
		return "done";
	if (l->row.tries)
		return "failing";
	return l->row.due_at <= rq->cx.now ? "due" : "waiting";
}

static void write_job(struct yh_req *rq, const void *row)
{
	const struct yh_job_line *l = row;

	yh_jw_id(rq->w, "id", &l->row.id);
	yh_list_word(rq, "kind", "job-kind", l->row.kind);
	yh_list_word(rq, "state", "job", state_of(rq, l));
	yh_jw_id(rq->w, "ref", &l->row.ref);
	yh_jw_str(rq->w, "case", l->case_no);
	yh_jw_time(rq->w, "due_at", l->row.due_at);
	yh_jw_time(rq->w, "done_at", l->done_at);
	yh_jw_int(rq->w, "failures", l->row.tries);
	yh_jw_time(rq->w, "failed_at", l->failed_at);
	yh_jw_str(rq->w, "slug", l->slug);
	if (l->slug[0] && l->figures[0]) {
		yh_list_sentence(rq, l->slug, l->figures);
		yh_jw_raw(rq->w, "figures", l->figures);
	}
}

/* "time_id", as handed out. */
static enum yh_rc read_cursor(const struct yh_req *rq, struct yh_job_filter *f, struct yh_err *err)
{
	const char *bar = strchr(rq->cursor, '_');
	char *end;

	f->after = f->state == YH_JOB_DONE ? INT64_MAX : INT64_MIN;
	if (!rq->cursor[0])
		return YH_OK;
	f->after = strtoll(rq->cursor, &end, 10);
	if (!bar || end != bar || yh_id_parse(bar + 1, &f->after_id, NULL) != YH_OK)
		return yh_fail_field(err, YH_BAD_INPUT, "cursor-invalid", "?cursor");
	return YH_OK;
}

static const char *job_cursor(struct yh_req *rq, const void *row)
{
	const struct yh_job_line *l = row;
	char id[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "%" PRId64 "_%s",
			       l->done_at ? l->done_at : l->row.due_at, yh_id_text(&l->row.id, id));
}

static enum yh_job_state state_asked(const char *word)
{
	static const char *const words[] = {
		[YH_JOB_DUE] = "due", [YH_JOB_FAILING] = "failing", [YH_JOB_DONE] = "done"
	};

	for (unsigned i = YH_JOB_DUE; word && i <= YH_JOB_DONE; i++)
		if (strcmp(words[i], word) == 0)
			return (enum yh_job_state)i;
	return YH_JOB_WAITING;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct job_in *p = in;
	struct yh_job_filter f = { .state = state_asked(p->state),
				   .kind = p->kind,
				   .now = rq->cx.now,
				   .limit = yh_list_ask(rq) };
	struct yh_job_line *rows;
	size_t n;
	enum yh_rc rc = read_cursor(rq, &f, err);

	if (rc == YH_OK)
		rc = yh_job_list(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_job, job_cursor);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_job_line l;
	enum yh_rc rc =
		yh_job_load(rq->cx.tx, &((const struct job_in *)in)->job, rq->cx.arena, &l, err);

	if (rc == YH_OK)
		write_job(rq, &l);
	return rc;
}

static enum yh_rc retry(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct job_in *p = in;
	struct yh_job_line l;
	enum yh_rc rc = yh_job_load(rq->cx.tx, &p->job, rq->cx.arena, &l, err);

	if (rc == YH_OK)
		rc = yh_job_retry(rq->cx.tx, &p->job, rq->cx.now, err);
	if (rc == YH_OK)
		rc = yh_identity_record(&rq->cx, "job.retried", "job", &p->job, l.row.kind, NULL,
					err);
	if (rc != YH_OK)
		return rc;
	l.row.due_at = rq->cx.now;
	write_job(rq, &l);
	return YH_OK;
}

static enum yh_rc counts(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_job_counts c = { 0 };
	enum yh_rc rc = yh_job_count(rq->cx.tx, rq->cx.now, true, &c, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_jw_int(rq->w, "waiting", c.waiting);
	yh_jw_int(rq->w, "due", c.due);
	yh_jw_int(rq->w, "failing", c.failing);
	yh_jw_time(rq->w, "oldest_due_at", c.oldest_due_at);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL_KIND,
	YH_COL_STATE,
	{ "到期", "DUE", "due_at" },
	{ "失败次数", "FAILURES", "failures" },
	{ "原因", "REASON", "sentence" },
	{ "案号", "CASE", "case" },
	{ "编号", "ID", "id" },
	{ 0 },
};

#define IN sizeof(struct job_in)
static const struct yh_op ops[] = {
	{ "job.list", YH_GET, "/api/v1/jobs", "job.read", YH_OP_PAGED, NULL, list_query, NULL, IN,
	  list, columns, "后台任务，先到期者在前", "Jobs, due first; those done, the latest first",
	  .reply = "@Job" },
	{ "job.show", YH_GET, "/api/v1/jobs/{job}", "job.read", 0, job_path, NULL, NULL, IN, show,
	  columns, "一项后台任务", "One job: when it is due, how often and why it failed",
	  .reply = "@Job" },
	{ "job.retry", YH_POST, "/api/v1/jobs/{job}/retry", "job.retry", YH_OP_WRITE, job_path,
	  NULL, NULL, IN, retry, columns, "立即重试一项后台任务", "Make a waiting job due at once",
	  .reply = "@Job" },
	{ "job.counts", YH_GET, "/api/v1/job-counts", "job.read", 0, NULL, NULL, NULL, 0, counts,
	  NULL, "后台任务数", "How many jobs wait, are due, fail",
	  .reply = "{waiting:int due:int failing:int oldest_due_at:time|null}" },
};

const struct yh_op_table yh_ops_job = { ops, sizeof ops / sizeof ops[0] };
