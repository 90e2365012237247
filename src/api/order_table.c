/* Orders as a table for people, out and in again. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "base/num.h"
#include "export/handover.h"
#include "export/outfile.h"
#include "services/document/document.h"
#include "services/fulfil/confirm.h"
#include "services/project/project.h"

struct table_in {
	const char *cloud, *format;
	struct yh_id document;
	bool dry_run;
};

#define AT(field) offsetof(struct table_in, field)
static const struct yh_field out_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "cloud, code or id" },
	{ "format", YH_F_WORD, AT(format), 0, .choices = "xlsx|csv", .about = "xlsx" },
	{ 0 },
};
static const struct yh_field in_query[] = {
	{ "dry_run", YH_F_BOOL, AT(dry_run), 0, .about = "only say what it would come to" },
	{ 0 },
};
static const struct yh_field in_body[] = {
	{ "document", YH_F_ID, AT(document), YH_REQUIRED, .about = "id of the file, as uploaded" },
	{ 0 },
};

/* ---- out ---- */

struct filling {
	const struct table_in *in;
	struct yh_handover h;
};

/* "vcpu 4 → 8; memory_gib 16" */
static const char *size_of(struct yh_req *rq, const struct yh_cloud_order_row *o)
{
	struct yh_order_dims dims, before;
	struct yh_err none = { 0 };
	struct yh_arena *a = rq->cx.arena;
	const char *text = "";

	if (yh_order_dims_read(a, o->dims, &dims, &none) != YH_OK ||
	    yh_order_dims_read(a, o->before, &before, &none) != YH_OK)
		return "";
	for (size_t i = 0; text && i < dims.n; i++) {
		char now[YH_SCALED_TEXT], was[YH_SCALED_TEXT] = "";

		for (size_t b = 0; b < before.n; b++)
			if (strcmp(before.v[b].name, dims.v[i].name) == 0)
				(void)yh_scaled_text(before.v[b].qty_milli, 3, was);
		(void)yh_scaled_text(dims.v[i].qty_milli, 3, now);
		text = yh_arena_printf(a, "%s%s%s %s%s%s", text, i ? "; " : "",
				       yh_list_title(rq, "dimension", dims.v[i].name), was,
				       was[0] ? " → " : "", now);
	}
	return text ? text : "";
}

static void fill_row(struct yh_req *rq, const struct yh_cloud_order_row *o,
		     const char *row[YH_HO_COLS])
{
	char id[YH_ID_TEXT], day[YH_DAY_TEXT] = "";
	struct yh_arena *a = rq->cx.arena;

	if (o->due_day != YH_DAY_NONE)
		(void)yh_day_text(o->due_day, day);
	row[YH_HO_ORDER] = yh_arena_strdup(a, yh_id_text(&o->id, id));
	row[YH_HO_CASE] = o->case_no;
	row[YH_HO_STEP] = o->step_name;
	row[YH_HO_ACT] = yh_list_title(rq, "order-act", o->act);
	row[YH_HO_RESOURCE] = o->resource_no;
	row[YH_HO_NAME] = o->resource_name;
	row[YH_HO_ITEM] = o->item_code;
	row[YH_HO_SIZE] = size_of(rq, o);
	row[YH_HO_UNIT] = o->unit_name;
	row[YH_HO_DUE] = yh_arena_strdup(a, day);
	row[YH_HO_REF] = o->ref[0] ? o->ref : o->resource_ref;
	row[YH_HO_EVIDENCE] = row[YH_HO_NOTE] = "";
}

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct filling *f = arg;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_cloud_order_filter filter = { .states = "|left|refused|undone|done|",
						.open = true,
						.limit = YH_HO_ROWS };
	struct yh_cloud_order_row *rows;
	enum yh_rc rc =
		yh_ref_opt(&rq->cx, yh_ref_cloud, f->in->cloud, "?cloud", &filter.cloud, err);

	if (rc == YH_OK)
		rc = yh_cloud_order_list(rq->cx.tx, &who, &filter, rq->cx.arena, &rows, &f->h.n,
					 err);
	if (rc != YH_OK)
		return rc;
	f->h.rows = yh_arena_alloc(rq->cx.arena, (f->h.n + 1) * sizeof *f->h.rows);
	if (!f->h.rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < f->h.n; i++)
		fill_row(rq, &rows[i], f->h.rows[i]);
	return YH_OK;
}

static enum yh_rc hand_over(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct filling f = { .in = in,
			     .h = { .en = strcmp(rq->lang, "en") == 0, .made_at = rq->cx.now } };
	bool csv = f.in->format && strcmp(f.in->format, "csv") == 0;
	int64_t size;
	FILE *out;
	int fd;
	enum yh_rc rc = yh_req_read(rq, gather, &f, err);

	if (rc == YH_OK)
		rc = yh_outfile_open(&out, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_handover_write(out, csv, &f.h, err);
	if (rc != YH_OK) {
		(void)fclose(out);
		return rc;
	}
	rc = yh_outfile_take(out, &fd, &size, err);
	if (rc != YH_OK)
		return rc;
	rq->content_type =
		csv ? "text/csv; charset=utf-8"
		    : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
	yh_req_file(rq, fd, size, csv ? "交付清单.csv" : "交付清单.xlsx");
	return YH_OK;
}

/* ---- in ---- */

static void write_fault(struct yh_req *rq, const void *row)
{
	const struct yh_confirm_fault *f = row;
	char cell[YH_HO_CELL], col[YH_SHEET_COL] = "";

	if (f->place != SIZE_MAX)
		(void)yh_sheet_col(f->place, col);
	yh_jw_str(rq->w, "cell", yh_confirm_cell(f, cell));
	yh_jw_str(rq->w, "sheet", f->sheet);
	yh_jw_int(rq->w, "row", f->row);
	yh_jw_str(rq->w, "column", col);
	yh_jw_str(rq->w, "head", f->head);
	yh_view_problem(rq, "problem", &f->why);
}

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_confirm_line *l = row;
	const struct yh_cloud_order_row *o = &l->order;
	bool known = !yh_id_is_zero(&o->id);

	yh_jw_id(rq->w, "order", &o->id);
	yh_jw_str(rq->w, "case", known ? o->case_no : "");
	yh_jw_str(rq->w, "resource", known ? o->resource_no : "");
	yh_list_word(rq, "act", "order-act", known ? o->act : "");
	yh_jw_str(rq->w, "provider_ref", l->text[YH_HO_REF]);
}

static enum yh_rc confirm(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct table_in *p = in;
	struct yh_document_row document;
	struct yh_confirm c;
	const char *relation;
	enum yh_rc rc = yh_req_relation(rq, "case.read", &relation, err);

	if (rc == YH_OK)
		rc = yh_document_see(&rq->cx, &p->document, relation, &document, err);
	if (rc == YH_OK)
		rc = yh_orders_confirm(&rq->cx, &document, p->dry_run, &c, err);
	if (rc == YH_OK && !p->dry_run)
		rc = yh_orders_judged(&c, err);
	if (rc != YH_OK)
		return rc;
	rq->tried = p->dry_run;
	yh_jw_bool(rq->w, "dry_run", p->dry_run);
	yh_jw_bool(rq->w, "accepted", c.faults_all == 0);
	yh_jw_int(rq->w, "steps", (int64_t)c.steps);
	yh_jw_int(rq->w, "orders", (int64_t)c.n);
	yh_jw_int(rq->w, "faults_found", (int64_t)c.faults_all);
	yh_list_write(rq, "faults", c.faults, c.n_faults, sizeof *c.faults, write_fault);
	yh_list_write(rq, "items", c.lines, c.n, sizeof *c.lines, write_line);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("动作", "ACT", "act"),
	YH_COL("资源", "RESOURCE", "resource"),
	YH_COL("案号", "CASE", "case"),
	YH_COL("服务商标识", "REF", "provider_ref"),
	{ 0 },
};

#define IN sizeof(struct table_in)
static const struct yh_op ops[] = {
	{ "order.export", YH_GET, "/api/v1/orders/handover", "order.read", YH_OP_RAW | YH_OP_ASIDE,
	  NULL, out_query, NULL, IN, hand_over, NULL,
	  "交付清单：待人工办理的交付单，填好标识后交回",
	  "The orders left to people as a table, to be filled in and confirmed by",
	  .reply = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/csv" },
	{ "order.confirmations", YH_POST, "/api/v1/orders/confirmations", "order.confirm",
	  YH_OP_WRITE | YH_OP_SUMS, NULL, in_query, in_body, IN, confirm, columns,
	  "按填好的交付清单确认交付，全部或全不", "Confirm orders by a table, all or nothing",
	  .reply = "@OrdersConfirmed", .tried = "OrdersConfirmed" },
};

static const struct yh_named_shape shapes[] = {
	{ "OrdersConfirmed",
	  "{dry_run:bool accepted:bool steps:int orders:int faults_found:int faults:[{cell sheet "
	  "row:int column head problem:@Refusal}] items:[{order:id|null case resource act "
	  "act_title "
	  "provider_ref}]}" },
	{ 0 },
};

const struct yh_op_table yh_ops_order_table = { ops, sizeof ops / sizeof ops[0], shapes };
