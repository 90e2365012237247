/* The last backup that succeeded of what an order of backup is about, against its objective
 * (Art. 32): as the meter was told. */
#include <math.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/record.h"
#include "services/meter/view.h"
#include "store/resource.h"

enum { RESOURCES_MOST = 1000 };
static const char metric[] = "resource_backup_last_success_timestamp_seconds";

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
	int64_t rpo_milli; /* hours, in thousandths; 0: none was said */
	struct saved {
		const char *no, *name;
		yh_time last; /* 0: never */
	} * saved;
	const char **nos;
	size_t n, never;
	yh_time oldest; /* of those that ever were saved */
};

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct backup *b = arg;
	const struct yh_pack *pack;
	const struct yh_register *reg = NULL;
	struct yh_resource_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_record_find(rq, b->in->record, &pack, &b->order, err);

	if (rc == YH_OK)
		reg = yh_pack_register(pack, b->order->row.reg);
	if (rc == YH_OK && (!reg || !reg->rpo))
		rc = yh_fail(err, YH_NOT_FOUND, "record-no-backup");
	if (rc == YH_OK)
		rc = yh_ledger_figure(rq->cx.tx, &b->order->row.id, reg->rpo, &b->rpo_milli, err);
	if (rc == YH_OK)
		rc = yh_resource_of_system(rq->cx.tx, &b->order->row.refs[YH_REF_SYSTEM],
					   rq->cx.arena, &rows, &n, err);
	n = n > RESOURCES_MOST ? RESOURCES_MOST : n;
	b->saved = YH_NEW_N(rq->cx.arena, struct saved, n + 1);
	b->nos = YH_NEW_N(rq->cx.arena, const char *, n + 1);
	if (rc == YH_OK && (!b->saved || !b->nos))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	b->n = 0;
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (strcmp(rows[i].state, "running") == 0) {
			b->saved[b->n] = (struct saved){ rows[i].no, rows[i].name, 0 };
			b->nos[b->n++] = rows[i].no;
		}
	return rc;
}

/* What a sender says of a time to come, or of none, is no success. */
static void take(struct backup *b, const struct yh_meter_line *line, yh_time now)
{
	double latest = (double)now / YH_US_PER_S + 600;

	for (size_t i = 0; i < b->n; i++) {
		struct saved *s = &b->saved[i];

		if (strcmp(s->no, line->series.resource) != 0 || !isfinite(line->value) ||
		    line->value <= 0 || line->value > latest)
			continue;
		if ((yh_time)(line->value * YH_US_PER_S) > s->last)
			s->last = (yh_time)(line->value * YH_US_PER_S);
	}
}

static enum yh_rc ask_meter(struct yh_req *rq, struct backup *b, struct yh_err *err)
{
	struct yh_meter_line *lines;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	if (rq->cx.world->meter && b->n)
		rc = yh_meter_lines(rq->cx.world, b->nos, b->n, metric, 0, NULL, rq->cx.arena,
				    &lines, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		take(b, &lines[i], rq->cx.now);
	for (size_t i = 0; i < b->n; i++) {
		yh_time last = b->saved[i].last;

		b->never += last == 0;
		if (last && (!b->oldest || last < b->oldest))
			b->oldest = last;
	}
	return rc;
}

static void write_saved(struct yh_req *rq, const void *row)
{
	const struct saved *s = row;

	yh_jw_str(rq->w, "resource", s->no);
	yh_jw_str(rq->w, "name", s->name);
	yh_jw_time(rq->w, "last_success", s->last);
}

/* As old as the oldest among its resources; while one was never saved the system is not, either. */
static void write_whole(struct yh_req *rq, const struct backup *b)
{
	yh_time last = b->never ? 0 : b->oldest;
	yh_time due = last && b->rpo_milli ? last + b->rpo_milli * 3600 * 1000 : 0;
	bool overdue = b->rpo_milli && b->n && (!last || due < rq->cx.now);
	const char *slug = !b->n          ? "backup-nothing-runs"
			   : b->never     ? "backup-never"
			   : overdue      ? "backup-overdue"
			   : b->rpo_milli ? "backup-in-time"
					  : "backup-known";
	json_t *figures =
		json_pack("{s:I, s:I, s:I}", "never", (json_int_t)b->never, "hours",
			  (json_int_t)(last ? (rq->cx.now - last) / YH_US_PER_S / 3600 : 0), "rpo",
			  (json_int_t)(b->rpo_milli / 1000));

	yh_jw_time(rq->w, "last_success", last);
	yh_jw_time(rq->w, "due", due);
	yh_jw_bool(rq->w, "overdue", overdue);
	yh_list_say(rq, "sentence", slug, figures);
	json_decref(figures);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct backup b = { .in = in };
	enum yh_rc rc = yh_req_read(rq, gather, &b, err);

	if (rc == YH_OK)
		rc = ask_meter(rq, &b, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "record", b.order->row.no);
	yh_jw_str(rq->w, "system", b.order->system_code);
	if (b.rpo_milli)
		yh_jw_milli(rq->w, "rpo_hours", b.rpo_milli);
	else
		yh_jw_null(rq->w, "rpo_hours");
	write_whole(rq, &b);
	yh_list_write(rq, "items", b.saved, b.n, sizeof *b.saved, write_saved);
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
