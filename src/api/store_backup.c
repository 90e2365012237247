/* The server's backups: asking for one, and what there is. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/backup/server.h"
#include "services/identity/record.h"
#include "store/event.h"
#include "store/job.h"

struct made_in {
	struct yh_id job;
};
static const struct yh_field job_path[] = {
	{ "job", YH_F_ID, offsetof(struct made_in, job), YH_REQUIRED,
	  .about = "the job, as the request said" },
	{ 0 },
};

static const char *path_of(struct yh_req *rq, const struct yh_id *job)
{
	char id[YH_ID_TEXT];

	return yh_arena_printf(rq->cx.arena, "/api/v1/backups/%s", yh_id_text(job, id));
}

static enum yh_rc make(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(&rq->cx);
	enum yh_rc rc;

	(void)in;
	if (yh_exec_is_postgres(rq->cx.world->exec))
		return yh_fail(err, YH_CONFLICT, "backup-postgres");
	if (!rq->cx.world->backups)
		return yh_fail(err, YH_CONFLICT, "backup-none");
	rc = yh_job_insert(rq->cx.tx, &job, "store.asked", NULL, rq->cx.now, err);
	if (rc == YH_OK)
		rc = yh_identity_record(&rq->cx, "backup.asked", "job", &job, NULL, NULL, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 202;
	rq->location = path_of(rq, &job);
	yh_jw_id(rq->w, "id", &job);
	yh_jw_str(rq->w, "state", "waiting");
	yh_jw_str(rq->w, "wait", rq->location);
	return YH_OK;
}

static enum yh_rc made(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct made_in *i = in;
	struct yh_job_line l;
	enum yh_rc rc = yh_job_load(rq->cx.tx, &i->job, rq->cx.arena, &l, err);

	if (rc == YH_OK && strcmp(l.row.kind, "store.asked") != 0)
		rc = yh_fail(err, YH_NOT_FOUND, "job-unknown");
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "id", &l.row.id);
	yh_list_word(rq, "state", "check", l.done_at ? "done" : l.row.tries ? "failed" : "waiting");
	yh_jw_time(rq->w, "ended_at", l.done_at ? l.done_at : l.failed_at);
	if (l.done_at)
		yh_jw_str(rq->w, "result", "/api/v1/backups");
	if (l.done_at || !l.slug[0])
		return YH_OK;
	yh_jw_str(rq->w, "slug", l.slug);
	yh_list_sentence(rq, l.slug, l.figures[0] ? l.figures : "{}");
	yh_jw_raw(rq->w, "figures", l.figures[0] ? l.figures : "{}");
	return YH_OK;
}

static void write_set(struct yh_req *rq, const void *row)
{
	const struct yh_backups_row *r = row;

	yh_jw_str(rq->w, "name", r->name);
	yh_jw_bool(rq->w, "whole", r->fault.rc == YH_OK);
	if (r->fault.rc != YH_OK) {
		yh_jw_str(rq->w, "slug", r->fault.slug);
		yh_list_sentence(rq, r->fault.slug, "{}");
		yh_jw_str(rq->w, "file", r->fault.field);
		return;
	}
	yh_jw_time(rq->w, "made_at", r->set.made_at);
	yh_jw_str(rq->w, "version", r->set.version);
	yh_jw_int(rq->w, "bytes", r->set.bytes);
	yh_jw_int(rq->w, "files", r->n_files);
	yh_jw_bool(rq->w, "keys", r->set.keys);
	yh_jw_bool(rq->w, "meter", r->set.meter);
	yh_jw_str(rq->w, "signer", r->set.signer);
}

static enum yh_rc sets(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_backups_status s;
	struct yh_backups_row *rows;
	size_t n;
	enum yh_rc rc = yh_backups_list(rq->cx.world->backups, rq->cx.arena, &rows, &n, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_backups_status(rq->cx.world->backups, &s);
	yh_jw_bool(rq->w, "configured", s.configured);
	yh_jw_time(rq->w, "last_at", s.last_at);
	yh_jw_int(rq->w, "bytes", s.last_bytes);
	yh_jw_time(rq->w, "next_at", yh_backups_next(&s, rq->cx.now));
	yh_jw_time(rq->w, "failed_at", s.failed_at);
	if (s.failed_at && s.slug[0])
		yh_list_sentence(rq, s.slug, "{}");
	yh_jw_bool(rq->w, "late", yh_backups_late(&s, rq->cx.now));
	yh_jw_int(rq->w, "hours", s.hours);
	yh_jw_int(rq->w, "keep", s.keep);
	yh_jw_bool(rq->w, "keys", s.boxed);
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_set);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL_NAME,
	YH_COL("制作时间", "MADE", "made_at"),
	YH_COL("字节", "BYTES", "bytes"),
	YH_COL("文件", "FILES", "files"),
	YH_COL("完好", "WHOLE", "whole"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "backup.make", YH_POST, "/api/v1/backups", "backup.make", YH_OP_WRITE | YH_OP_LATER, NULL,
	  NULL, NULL, 0, make, columns, "立即备份到服务器设置的目录",
	  "Make a backup now, in the folder that the server's settings name",
	  .reply = "{id:id state:waiting|running wait}" },
	{ "backup.made", YH_GET, "/api/v1/backups/{job}", "backup.make", 0, job_path, NULL, NULL,
	  sizeof(struct made_in), made, NULL, "一次备份进展如何", "How a backup goes",
	  .reply = "{id:id state:waiting|done|failed state_title ended_at:time|null result? slug? "
		   "sentence? figures?:object}" },
	{ "backup.sets", YH_GET, "/api/v1/backups", "backup.make", YH_OP_ASIDE | YH_OP_SUMS, NULL,
	  NULL, NULL, 0, sets, columns, "已有的备份，最新在前", "Backups there are, newest first",
	  .reply = "{configured:bool last_at:time|null bytes:int next_at:time|null "
		   "failed_at:time|null sentence? late:bool hours:int "
		   "keep:int keys:bool items:[@BackupSet]}" },
};

static const struct yh_named_shape shapes[] = {
	{ "BackupSet",
	  "{name whole:bool slug? sentence? file? made_at?:time version? bytes?:int files?:int "
	  "keys?:bool meter?:bool signer?}" },
	{ 0 },
};

const struct yh_op_table yh_ops_store_backup = { ops, sizeof ops / sizeof ops[0], shapes };
