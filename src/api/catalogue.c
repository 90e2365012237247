/* Catalogue editions and the catalogue in force. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/catalogue/edition.h"
#include "services/catalogue/items.h"

struct edition_in {
	struct yh_id edition, from;
	const char *cloud, *title, *text;
	yh_day day;
	const json_t *items;
};

#define AT(field) offsetof(struct edition_in, field)
static const struct yh_field create_body[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "title", YH_F_LINE, AT(title), YH_REQUIRED, .max = 120, .about = "title" },
	{ "from", YH_F_ID, AT(from), 0, .about = "edition whose items it begins with" },
	{ 0 },
};
static const struct yh_field edition_path[] = {
	{ "edition", YH_F_ID, AT(edition), YH_REQUIRED, .about = "the edition's id" },
	{ 0 },
};
static const struct yh_field items_body[] = {
	{ "items", YH_F_ARRAY, AT(items), YH_REQUIRED, .about = "all items, at most 2,000" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	YH_LIST_TEXT(edition_in, "title"),
	{ 0 },
};
static const struct yh_field catalogue_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "day", YH_F_DAY, AT(day), 0, .about = "in force on this day; today when absent" },
	{ 0 },
};
static const struct yh_field diff_query[] = {
	{ "from", YH_F_ID, AT(from), YH_REQUIRED, .about = "the edition to compare with" },
	{ 0 },
};

static void write_edition(struct yh_req *rq, const void *row)
{
	static const struct yh_sm3 none;
	const struct yh_edition_row *e = row;
	struct yh_jw *w = rq->w;
	char hex[YH_SM3_HEX];

	yh_jw_id(w, "id", &e->id);
	yh_jw_id(w, "cloud", &e->cloud);
	yh_jw_int(w, "number", e->number);
	yh_jw_str(w, "title", e->title);
	yh_list_word(rq, "state", "edition", e->state);
	yh_jw_day(w, "effective_date", e->effective_day);
	yh_jw_id(w, "derived_from", &e->derived_from);
	yh_jw_str(w, "digest",
		  memcmp(&e->digest, &none, sizeof none)
			  ? yh_hex(e->digest.b, sizeof e->digest.b, hex)
			  : NULL);
	yh_jw_int(w, "version", e->version);
}

static const char *edition_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_int(rq, ((const struct yh_edition_row *)row)->number);
}

static void write_item(struct yh_req *rq, const void *row)
{
	const struct yh_item_row *i = row;
	struct yh_jw *w = rq->w;

	yh_jw_str(w, "code", i->code);
	yh_jw_str(w, "class", i->class_);
	yh_jw_str(w, "category", i->category);
	yh_jw_str(w, "name", i->name);
	yh_jw_str(w, "content", i->content);
	yh_jw_str(w, "per", i->per);
	yh_jw_str(w, "measure", i->measure);
	yh_jw_str(w, "mode", i->mode);
	yh_jw_milli(w, "free", i->free_milli);
	yh_jw_scaled(w, "minimum", i->minimum_e6, 6);
	yh_jw_milli(w, "step", i->step_milli);
	yh_jw_str(w, "tags", i->tags);
	yh_jw_bool(w, "trusted", i->trusted);
	yh_jw_bool(w, "exposed", i->exposed);
	yh_item_write_tiers(w, "tiers", i);
	yh_jw_scaled(w, "price", i->n_tiers ? i->tiers[0].price_e6 : 0, 6);
	yh_item_write_pricing(w, i);
	yh_jw_obj(w, "dims");
	for (size_t d = 0; d < i->n_dims; d++)
		yh_jw_milli(w, i->dims[d].dim, i->dims[d].qty_milli);
	yh_jw_end_obj(w);
}

static enum yh_rc write_items(struct yh_req *rq, const struct yh_id *edition, struct yh_err *err)
{
	struct yh_item_row *list;
	size_t n;
	enum yh_rc rc = yh_item_list(rq->cx.tx, edition, rq->cx.arena, &list, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_item);
	return rc;
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct edition_in *e = in;
	struct yh_edition_row row;
	struct yh_id cloud;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, e->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_edition_draft(&rq->cx, &cloud, e->title, &e->from, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_edition(rq, &row);
	return YH_OK;
}

static enum yh_rc set_items(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct edition_in *e = in;
	struct yh_edition_row row;
	enum yh_rc rc = yh_edition_load(rq->cx.tx, &e->edition, rq->cx.arena, &row, err);

	if (rc == YH_OK)
		rc = yh_req_match(rq, row.version, err);
	rq->faults = (struct yh_faults){ .n = 0 }; /* of a transaction that is run again */
	return rc == YH_OK ? yh_edition_set_items(&rq->cx, &e->edition, e->items, &rq->faults, err)
			   : rc;
}

/* Drafts are the business of the cloud's bodies; what is published is everybody's. */
static bool only_published(const struct yh_req *rq)
{
	return !rq->relation || strcmp(rq->relation, "own") == 0;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct edition_in *e = in;
	struct yh_edition_row row;
	enum yh_rc rc = yh_edition_load(rq->cx.tx, &e->edition, rq->cx.arena, &row, err);

	if (rc == YH_OK && strcmp(row.state, "published") != 0 && only_published(rq))
		rc = yh_fail(err, YH_NOT_FOUND, "edition-unknown");
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, row.version);
	write_edition(rq, &row);
	return write_items(rq, &row.id, err);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_edition_row *rows;
	struct yh_id cloud;
	size_t n;
	int64_t below;
	const struct edition_in *e = in;
	const char *pattern;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, e->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_cursor_int(rq, 0, &below, err);
	if (rc == YH_OK)
		rc = yh_list_sought(rq, e->text, &pattern, err);
	if (rc == YH_OK)
		rc = yh_edition_list(rq->cx.tx, &cloud, only_published(rq), pattern, below,
				     yh_list_ask(rq), rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_edition, edition_cursor);
	return rc;
}

static enum yh_rc catalogue(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct edition_in *e = in;
	yh_day day = e->day == YH_DAY_NONE ? yh_ctx_today(&rq->cx) : e->day;
	struct yh_edition_row row;
	struct yh_id cloud;
	enum yh_rc rc = yh_ref_cloud(&rq->cx, e->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_edition_on(rq->cx.tx, &cloud, day, rq->cx.arena, &row, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_obj(rq->w, "edition");
	write_edition(rq, &row);
	yh_jw_end_obj(rq->w);
	return write_items(rq, &row.id, err);
}

static void write_change(struct yh_req *rq, const void *row)
{
	const struct yh_edition_change *c = row;
	const struct yh_item_row *is = c->is, *was = c->was;

	yh_list_word(rq, "change", "change", c->kind);
	yh_jw_str(rq->w, "code", is ? is->code : was->code);
	yh_jw_str(rq->w, "name", is ? is->name : was->name);
	if (was && was->n_tiers)
		yh_jw_scaled(rq->w, "price_was", was->tiers[0].price_e6, 6);
	if (is && is->n_tiers)
		yh_jw_scaled(rq->w, "price_is", is->tiers[0].price_e6, 6);
}

static enum yh_rc diff(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct edition_in *e = in;
	struct yh_edition_change *list;
	size_t n;
	enum yh_rc rc = yh_edition_diff(&rq->cx, &e->from, &e->edition, &list, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_change);
	return rc;
}

static const struct yh_column edition_columns[] = {
	YH_COL("版次", "NUMBER", "number"),
	YH_COL_TITLE,
	YH_COL_STATE,
	YH_COL("生效", "EFFECTIVE", "effective_date"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column item_columns[] = {
	YH_COL_CODE,
	YH_COL("类别", "CLASS", "class"),
	YH_COL_NAME,
	YH_COL("单价", "PRICE", "price"),
	YH_COL("计价", "PER", "per"),
	YH_COL("单位", "MEASURE", "measure"),
	{ 0 },
};
static const struct yh_column diff_columns[] = {
	YH_COL("变化", "CHANGE", "change"),
	YH_COL_CODE,
	YH_COL_NAME,
	YH_COL("原价", "WAS", "price_was"),
	YH_COL("现价", "IS", "price_is"),
	{ 0 },
};

#define IN sizeof(struct edition_in)
static const struct yh_op ops[] = {
	{ "edition.create", YH_POST, "/api/v1/editions", "catalogue.edit", YH_OP_WRITE, NULL, NULL,
	  create_body, IN, create, NULL, "新建服务目录草案", "Begin a draft edition",
	  .reply = "@Edition" },
	{ "edition.list", YH_GET, "/api/v1/editions", "catalogue.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, edition_columns, "服务目录各版",
	  "Editions of a cloud's catalogue", .reply = "@Edition" },
	{ "edition.show", YH_GET, "/api/v1/editions/{edition}", "catalogue.read", 0, edition_path,
	  NULL, NULL, IN, show, item_columns, "查看一版目录", "Show an edition with its items",
	  .reply = "{@Edition items:[@CatalogueItem]}" },
	{ "edition.items", YH_PUT, "/api/v1/editions/{edition}/items", "catalogue.edit",
	  YH_OP_WRITE | YH_OP_MAY_MATCH, edition_path, NULL, items_body, IN, set_items, NULL,
	  "写入草案全部条目", "Replace all items of a draft", .reply = "{}" },
	{ "edition.diff", YH_GET, "/api/v1/editions/{edition}/changes", "catalogue.read", 0,
	  edition_path, diff_query, NULL, IN, diff, diff_columns, "与另一版比较",
	  "What changed from another edition",
	  .reply = "{items:[{change:added|removed|repriced|reworded change_title code name "
		   "price_was?:money price_is?:money}]}" },
	{ "catalogue.show", YH_GET, "/api/v1/catalogue", "catalogue.read", 0, NULL, catalogue_query,
	  NULL, IN, catalogue, item_columns, "现行服务目录", "The catalogue in force",
	  .reply = "{edition:@Edition items:[@CatalogueItem]}" },
};

const struct yh_op_table yh_ops_catalogue = { ops, sizeof ops / sizeof ops[0] };
