/* The last backup that succeeded of what an order of backup is about (Art. 32). */
#include "api/api.h"
#include "api/list.h"
#include "api/record.h"
#include "base/num.h"
#include "services/meter/backup.h"

struct backup_in {
	const char *record;
};
static const struct yh_field record_path[] = {
	{ "record", YH_F_CODE, offsetof(struct backup_in, record), YH_REQUIRED, .max = 64,
	  .about = "number or id of an order of backup" },
	{ 0 },
};

struct backup {
	const struct backup_in *in;
	struct yh_ledger_line *order;
	struct yh_backup b;
};

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct backup *b = arg;
	const struct yh_pack *pack;
	const struct yh_register *reg = NULL;
	enum yh_rc rc = yh_record_find(rq, b->in->record, &pack, &b->order, err);

	if (rc == YH_OK)
		reg = yh_pack_register(pack, b->order->row.reg);
	if (rc == YH_OK && (!reg || !reg->rpo))
		rc = yh_fail(err, YH_NOT_FOUND, "record-no-backup");
	return rc == YH_OK ? yh_backup_gather(rq->cx.tx, &b->order->row.id,
					      &b->order->row.refs[YH_REF_SYSTEM], reg->rpo,
					      rq->cx.arena, &b->b, err)
			   : rc;
}

static void write_saved(struct yh_req *rq, const void *row)
{
	const struct yh_backup_resource *s = row;

	yh_jw_str(rq->w, "resource", s->no);
	yh_jw_str(rq->w, "name", s->name);
	yh_jw_time(rq->w, "last_success", s->last);
}

static void write_whole(struct yh_req *rq, const struct yh_backup *b)
{
	yh_time last = yh_backup_last(b);
	bool overdue = yh_backup_overdue(b, rq->cx.now);
	const char *slug = !b->n          ? "backup-nothing-runs"
			   : b->never     ? "backup-never"
			   : overdue      ? "backup-overdue"
			   : b->rpo_milli ? "backup-in-time"
					  : "backup-known";
	char rpo[YH_SCALED_TEXT];
	json_t *figures =
		json_pack("{s:I, s:I, s:s}", "never", (json_int_t)b->never, "hours",
			  (json_int_t)(last ? (rq->cx.now - last) / YH_US_PER_S / 3600 : 0), "rpo",
			  yh_scaled_text(b->rpo_milli, 3, rpo));

	yh_jw_time(rq->w, "last_success", last);
	yh_jw_time(rq->w, "due", yh_backup_due(b));
	yh_jw_bool(rq->w, "overdue", overdue);
	yh_list_say(rq, "sentence", slug, figures);
	json_decref(figures);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct backup b = { .in = in };
	enum yh_rc rc = yh_req_read(rq, gather, &b, err);

	if (rc == YH_OK)
		rc = yh_backup_ask(rq->cx.world, rq->cx.now, rq->cx.arena, &b.b, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "record", b.order->row.no);
	yh_jw_str(rq->w, "system", b.order->system_code);
	if (b.b.rpo_milli)
		yh_jw_milli(rq->w, "rpo_hours", b.b.rpo_milli);
	else
		yh_jw_null(rq->w, "rpo_hours");
	write_whole(rq, &b.b);
	yh_list_write(rq, "items", b.b.list, b.b.n, sizeof *b.b.list, write_saved);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("资源", "RESOURCE", "resource"),
	YH_COL_NAME,
	YH_COL("最近成功", "LAST SUCCESS", "last_success"),
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "record.backup", YH_GET, "/api/v1/records/{record}/backup", NULL,
	  YH_OP_ASIDE | YH_OP_SUMS, record_path, NULL, NULL, sizeof(struct backup_in), show,
	  columns, "容灾备份订单的最近一次成功备份，对照恢复点目标",
	  "The last backup that succeeded, against the objective of an order of backup",
	  .reply = "{record system rpo_hours:num|null last_success:time|null due:time|null "
		   "overdue:bool sentence items:[{resource name last_success:time|null}]}" },
};

const struct yh_op_table yh_ops_backup = { ops, sizeof ops / sizeof ops[0] };
