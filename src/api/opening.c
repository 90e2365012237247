/* Opening balances: what a file would enter, with every fault at its cell; empty tables to fill in.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "export/opening_template.h"
#include "export/outfile.h"
#include "services/cloud/discover.h"
#include "services/document/document.h"
#include "services/ledger/ledger.h"
#include "services/opening/opening.h"

struct opening_in {
	struct yh_id document;
	const char *cloud, *format;
	yh_day day;
};

#define AT(field) offsetof(struct opening_in, field)
static const struct yh_field preview_query[] = {
	{ "document", YH_F_ID, AT(document), YH_REQUIRED, .about = "id of the file, as uploaded" },
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "the day whose beginning it is of; today" },
	{ 0 },
};
static const struct yh_field template_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "format", YH_F_WORD, AT(format), 0, .choices = "xlsx|csv", .about = "xlsx" },
	{ 0 },
};

static const struct yh_field cloud_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ 0 },
};
static const struct yh_field discover_query[] = {
	{ "format", YH_F_WORD, AT(format), 0, .choices = "xlsx|csv", .about = "xlsx" },
	{ 0 },
};

struct looking {
	const struct opening_in *in;
	const struct yh_pack *pack;
	const struct yh_procedure *procedure;
	struct yh_opening_in by;
	struct yh_opening o;
};

/* Whoever may file it for the cloud, or agree to it, may look at it beforehand. */
static enum yh_rc begin(struct yh_req *rq, struct looking *l, struct yh_err *err)
{
	const struct yh_law_book *law = rq->cx.world->law;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(&rq->cx), &l->pack, err);

	if (rc != YH_OK)
		return rc;
	l->procedure = yh_opening_procedure(l->pack, &l->by.use);
	if (!l->procedure) {
		rc = yh_fail(err, YH_NOT_FOUND, "procedure-unknown");
		yh_err_text(err, "procedure", "opening.enter");
		return rc;
	}
	l->by.pack = l->pack;
	l->by.day = l->in->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : l->in->day;
	rc = yh_ref_cloud(&rq->cx, l->in->cloud, &l->by.cloud, err);
	return rc == YH_OK ? yh_may_act_on(&rq->cx, l->procedure, &l->by.cloud, err) : rc;
}

/* ---- what it would enter ---- */

static enum yh_rc look(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct looking *l = arg;
	struct yh_document_row document;
	const char *relation;
	enum yh_rc rc = begin(rq, l, err);

	if (rc == YH_OK)
		rc = yh_req_relation(rq, "case.read", &relation, err);
	if (rc == YH_OK)
		rc = yh_document_see(&rq->cx, &l->in->document, relation, &document, err);
	return rc == YH_OK ? yh_opening_read(&rq->cx, &document, &l->by, &l->o, err) : rc;
}

static void write_fault(struct yh_req *rq, const void *row)
{
	const struct yh_opening_fault *f = row;
	char cell[YH_OPENING_CELL], col[YH_SHEET_COL] = "";

	if (f->place != SIZE_MAX)
		(void)yh_sheet_col(f->place, col);
	yh_jw_str(rq->w, "cell", yh_opening_cell(f, cell));
	yh_jw_str(rq->w, "sheet", f->sheet);
	yh_jw_int(rq->w, "row", f->row);
	yh_jw_str(rq->w, "column", col);
	yh_jw_str(rq->w, "head", f->head);
	yh_view_problem(rq, "problem", &f->why);
}

static void write_dim(struct yh_req *rq, const void *row)
{
	const struct yh_opening_dim *d = row;

	yh_list_word(rq, "dimension", "dimension", d->dim);
	yh_jw_milli(rq->w, "quota", d->quota_milli);
	yh_jw_milli(rq->w, "allocated", d->taken_milli);
}

static void write_sums(struct yh_req *rq, const struct yh_opening_unit *u)
{
	yh_jw_int(rq->w, "projects", u->projects);
	yh_jw_int(rq->w, "systems", u->systems);
	yh_jw_int(rq->w, "resources", u->resources);
	yh_list_write(rq, "dimensions", u->dims, u->n_dims, sizeof *u->dims, write_dim);
}

static void write_unit(struct yh_req *rq, const void *row)
{
	const struct yh_opening_unit *u = row;

	yh_jw_str(rq->w, "code", u->code);
	yh_jw_str(rq->w, "name", u->name);
	yh_jw_bool(rq->w, "new", u->fresh);
	write_sums(rq, u);
}

static enum yh_rc preview(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct looking l = { .in = in };
	const struct yh_opening *o = &l.o;
	enum yh_rc rc = yh_req_read(rq, look, &l, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "procedure", l.procedure->name);
	yh_jw_day(rq->w, "day", o->day);
	yh_jw_bool(rq->w, "accepted", o->faults_all == 0);
	yh_jw_int(rq->w, "faults_found", (int64_t)o->faults_all);
	yh_list_write(rq, "faults", o->faults, o->n_faults, sizeof *o->faults, write_fault);
	yh_jw_obj(rq->w, "total");
	yh_jw_int(rq->w, "units", (int64_t)o->sheets[YH_OPENING_UNITS].n);
	write_sums(rq, &o->total);
	yh_jw_end_obj(rq->w);
	yh_list_write(rq, "items", o->units, o->n_units, sizeof *o->units, write_unit);
	return YH_OK;
}

/* ---- empty tables ---- */

enum { CODES_MAX = 4000 };

struct filling {
	struct looking look;
	bool discover; /* with what a comparison found */
	const struct yh_item_row *items;
	size_t n_items;
	const char *provider, *kind; /* "" unless there is just one */
	struct yh_opening_given *rows;
	size_t n_rows;
	struct yh_opening_code *codes;
	size_t n;
	bool en;
};

static void add(struct filling *f, enum yh_opening_sheet s, size_t col, const char *code,
		const char *title)
{
	const struct yh_opening_column *c = &yh_opening_tables[s].columns[col];

	if (f->n < CODES_MAX)
		f->codes[f->n++] = (struct yh_opening_code){ f->en ? c->en : c->zh, code, title };
}

static void add_dims(struct yh_req *rq, struct filling *f, const struct yh_item_row *items,
		     size_t n)
{
	size_t from = f->n;

	for (size_t i = 0; i < n; i++)
		for (size_t d = 0; d < items[i].n_dims; d++) {
			const char *dim = items[i].dims[d].dim;
			size_t k = from;

			while (k < f->n && strcmp(f->codes[k].code, dim) != 0)
				k++;
			if (k == f->n)
				add(f, YH_OPENING_QUOTAS, YH_OQ_DIM, dim,
				    yh_list_title(rq, "dimension", dim));
		}
}

/* ---- machines that nobody entered yet ---- */

static bool put_row(struct yh_req *rq, struct filling *f, const struct yh_discovered *d,
		    struct yh_opening_given *out)
{
	const char **cells = YH_NEW_N(rq->cx.arena, const char *, YH_OPENING_COLS);
	char day[YH_DAY_TEXT];

	if (!cells)
		return false;
	cells[YH_OR_NAME] = d->name;
	cells[YH_OR_ITEM] = d->item;
	cells[YH_OR_QTY] = d->quantity;
	cells[YH_OR_KIND] = f->kind;
	cells[YH_OR_OPENED] =
		yh_arena_strdup(rq->cx.arena, yh_day_text(yh_ctx_today(&rq->cx), day));
	cells[YH_OR_PROVIDER] = f->provider;
	cells[YH_OR_REF] = d->ref;
	out->cells = cells;
	return cells[YH_OR_OPENED] != NULL;
}

static enum yh_rc gather_machines(struct yh_req *rq, struct filling *f, struct yh_err *err)
{
	const struct yh_cloud_difference_filter only = { .cloud = f->look.by.cloud,
							 .kind = "unregistered",
							 .limit = YH_SHEET_ROWS_MAX / 2 };
	struct yh_cloud_difference_row *found;
	struct yh_discovered d;
	size_t n;
	enum yh_rc rc = yh_cloud_difference_list(rq->cx.tx, &only, rq->cx.arena, &found, &n, err);

	if (rc != YH_OK)
		return rc;
	f->rows = YH_NEW_N(rq->cx.arena, struct yh_opening_given, n + 1);
	if (!f->rows)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	/* as they were found */
	for (size_t i = n; rc == YH_OK && i-- > 0;) {
		rc = yh_cloud_discover(rq->cx.arena, &found[i], f->items, f->n_items, &d, err);
		if (rc == YH_OK && !put_row(rq, f, &d, &f->rows[f->n_rows++]))
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}

static enum yh_rc gather(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct filling *f = arg;
	struct yh_ctx *cx = &rq->cx;
	const struct yh_kind *kinds;
	struct yh_edition_row edition;
	struct yh_item_row *items = NULL;
	const char **providers;
	size_t n = 0, n_kinds, n_providers = 0;
	enum yh_rc rc = begin(rq, &f->look, err);

	f->n = f->n_rows = 0;
	f->codes = YH_NEW_N(cx->arena, struct yh_opening_code, CODES_MAX);
	if (rc == YH_OK && !f->codes)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_edition_on(cx->tx, &f->look.by.cloud, f->look.by.day, cx->arena, &edition,
				   err);
	if (rc == YH_OK)
		rc = yh_item_list(cx->tx, &edition.id, cx->arena, &items, &n, err);
	if (rc == YH_OK)
		rc = yh_cloud_bodies(cx->tx, &f->look.by.cloud, "provider", cx->arena, &providers,
				     &n_providers, err);
	if (rc != YH_OK)
		return rc;
	add_dims(rq, f, items, n);
	for (size_t i = 0; i < n; i++)
		add(f, YH_OPENING_RESOURCES, YH_OR_ITEM, items[i].code, items[i].name);
	kinds = yh_pack_kinds(f->look.pack, &n_kinds);
	f->kind = "";
	for (size_t i = 0; i < n_kinds; i++) {
		add(f, YH_OPENING_RESOURCES, YH_OR_KIND, kinds[i].id,
		    f->en ? kinds[i].title.en : kinds[i].title.zh);
		if (kinds[i].permanent && !f->kind[0])
			f->kind = kinds[i].id;
	}
	for (size_t i = 0; i < n_providers; i++)
		add(f, YH_OPENING_RESOURCES, YH_OR_PROVIDER, providers[i], "");
	f->provider = n_providers == 1 ? providers[0] : "";
	f->items = items;
	f->n_items = n;
	return f->discover ? gather_machines(rq, f, err) : YH_OK;
}

static enum yh_rc send(struct yh_req *rq, const struct filling *f, bool csv, struct yh_err *err)
{
	const struct yh_opening_fill fill = { f->codes, f->n, f->rows, f->n_rows };
	const char *name = f->discover ? "云上未登记资源" : "期初数据";
	FILE *out;
	enum yh_rc rc = yh_outfile_open(&out, err);

	if (rc != YH_OK)
		return rc;
	rc = csv ? yh_opening_template_csv(out, f->en, &fill, err)
		 : yh_opening_template_xlsx(out, f->en, &fill, rq->cx.now, err);
	return yh_reply_file(
		rq, out, rc,
		csv ? "text/csv; charset=utf-8"
		    : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		yh_arena_printf(rq->cx.arena, "%s.%s", name, csv ? "csv" : "xlsx"), err);
}

static enum yh_rc hand_over(struct yh_req *rq, const struct opening_in *in, bool discover,
			    struct yh_err *err)
{
	const struct opening_in today = { .cloud = in->cloud, .day = YH_DAY_NONE };
	struct filling f = { .look = { .in = &today },
			     .discover = discover,
			     .en = strcmp(rq->lang, "en") == 0 };
	enum yh_rc rc = yh_req_read(rq, gather, &f, err);

	return rc == YH_OK ? send(rq, &f, in->format && strcmp(in->format, "csv") == 0, err) : rc;
}

static enum yh_rc hand_out(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return hand_over(rq, in, false, err);
}

static enum yh_rc discover(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return hand_over(rq, in, true, err);
}

static const struct yh_column columns[] = {
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL("项目", "PROJECTS", "projects"),
	YH_COL("系统", "SYSTEMS", "systems"),
	YH_COL("资源", "RESOURCES", "resources"),
	{ 0 },
};

#define IN sizeof(struct opening_in)
static const struct yh_op ops[] = {
	{ "opening.preview", YH_GET, "/api/v1/openings/preview", NULL, YH_OP_ASIDE | YH_OP_SUMS,
	  NULL, preview_query, NULL, IN, preview, columns,
	  "预览一份期初数据：将登记的内容与每一处错误所在的单元格",
	  "What a file would enter as an opening balance, and every fault at its cell",
	  .reply = "{procedure day:day accepted:bool faults_found:int faults:[{cell sheet row:int "
		   "column head problem:@Refusal}] total:{units:int @OpeningSum} "
		   "items:[{code name new:bool @OpeningSum}]}" },
	{ "opening.template", YH_GET, "/api/v1/openings/template", NULL, YH_OP_RAW | YH_OP_ASIDE,
	  NULL, template_query, NULL, IN, hand_out, NULL, "下载期初数据模板，附可用的代码",
	  "Empty tables of an opening balance, with the codes",
	  .reply = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/csv" },
	{ "cloud.discover", YH_GET, "/api/v1/clouds/{cloud}/discover", NULL,
	  YH_OP_RAW | YH_OP_ASIDE, cloud_path, discover_query, NULL, IN, discover, NULL,
	  "下载上次比对发现的未登记机器，作为待补全的期初数据",
	  "Machines that the last comparison found unregistered, as an opening balance to complete",
	  .reply = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet|text/csv" },
};

static const struct yh_named_shape shapes[] = {
	{ "OpeningSum", "{projects:int systems:int resources:int dimensions:[{dimension "
			"dimension_title quota:num allocated:num}]}" },
	{ 0 },
};

const struct yh_op_table yh_ops_opening = { ops, sizeof ops / sizeof ops[0], shapes };
