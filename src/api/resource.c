/* Resources. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "services/project/project.h"
#include "store/opening.h"

struct resource_in {
	const char *resource, *project, *unit, *cloud, *state, *kind, *text, *sort, *order;
};

#define AT(field) offsetof(struct resource_in, field)
static const struct yh_field resource_path[] = {
	{ "resource", YH_F_CODE, AT(resource), YH_REQUIRED, .max = 64, .about = "number or id" },
	{ 0 },
};
#define RESOURCE_SORTS "no|name|lease|opened"
static const struct yh_field list_query[] = {
	{ "project", YH_F_CODE, AT(project), 0, .max = 127, .about = "only of this project" },
	{ "unit", YH_F_CODE, AT(unit), 0, .max = 64, .about = "only of this unit" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "only on this cloud" },
	{ "state", YH_F_WORD, AT(state), 0,
	  .choices = "applied|running|stopped|destroyed|cancelled", .about = "state" },
	{ "kind", YH_F_CODE, AT(kind), 0, .max = 31,
	  .about = "kind, one of those that policy.kinds lists" },
	YH_LIST_TEXT(resource_in, "number or the name"),
	YH_LIST_SORT(resource_in, RESOURCE_SORTS, "no"),
	{ 0 },
};

static void write_line(struct yh_req *rq, const void *row)
{
	const struct yh_resource_line *l = row;
	struct yh_jw *w = rq->w;

	yh_jw_id(w, "id", &l->row.id);
	yh_jw_str(w, "no", l->row.no);
	yh_jw_str(w, "name", l->row.name);
	yh_jw_str(w, "kind", l->row.kind);
	yh_jw_str(w, "kind_title", yh_view_kind(rq, NULL, l->row.kind));
	yh_list_word(rq, "state", "resource", l->row.state);
	yh_jw_str(w, "project", l->project_code);
	yh_jw_str(w, "unit", l->unit_name);
	yh_jw_str(w, "unit_code", l->unit_code);
	yh_jw_str(w, "system", l->system_code);
	yh_jw_str(w, "item", l->item_code);
	yh_jw_str(w, "item_name", l->item_name);
	yh_jw_milli(w, "quantity", l->qty_milli);
	yh_jw_str(w, "measure", l->measure);
	yh_jw_str(w, "provider_ref", l->row.provider_ref);
	yh_jw_day(w, "lease_last_day", l->row.lease_last);
	yh_jw_time(w, "opened_at", l->row.opened_at);
	yh_jw_time(w, "formal_at", l->row.formal_at);
	yh_jw_time(w, "stopped_at", l->row.stopped_at);
	yh_jw_time(w, "destroyed_at", l->row.destroyed_at);
}

static const char *number_of(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_resource_line *)row)->row.no;
}

static void write_size(struct yh_req *rq, const void *row)
{
	const struct yh_size_row *z = row;

	yh_jw_time(rq->w, "from", z->from_at);
	yh_jw_time(rq->w, "to", z->to_at);
	yh_jw_milli(rq->w, "quantity", z->qty_milli);
	yh_jw_id(rq->w, "case", &z->case_id);
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char *text = ((const struct resource_in *)in)->resource;
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_resource_line line;
	struct yh_size_row *sizes;
	struct yh_id id;
	yh_day opening;
	size_t n;
	enum yh_rc rc = yh_id_parse(text, &id, NULL);

	if (rc != YH_OK)
		rc = yh_resource_id_by_no(rq->cx.tx, text, &id, err);
	if (rc == YH_OK)
		rc = yh_resource_get(&rq->cx, &who, &id, &line, &sizes, &n, err);
	if (rc == YH_OK)
		rc = yh_opening_day_of(rq->cx.tx, &line.row.case_id, &opening, err);
	if (rc != YH_OK)
		return rc;
	yh_req_etag(rq, line.row.version);
	write_line(rq, &line);
	yh_jw_day(rq->w, "opening_day", opening);
	yh_list_write(rq, "sizes", sizes, n, sizeof *sizes, write_size);
	return YH_OK;
}

static enum yh_rc filter_of(struct yh_req *rq, const struct resource_in *r,
			    struct yh_resource_filter *f, struct yh_err *err)
{
	const struct yh_scope asked = { r->unit, r->cloud, r->project };
	struct yh_ctx *cx = &rq->cx;
	enum yh_rc rc;

	*f = (struct yh_resource_filter){ .state = r->state ? r->state : "",
					  .kind = r->kind ? r->kind : "",
					  .after = rq->cursor,
					  .descending = yh_list_falls(r->order),
					  .limit = yh_list_ask(rq) };
	f->sort = (enum yh_resource_sort)yh_list_sort(RESOURCE_SORTS, r->sort);
	rc = yh_list_sought(rq, r->text, &f->text, err);
	if (rc == YH_OK)
		rc = yh_ref_kind(cx, r->kind, "?kind", err);
	return rc == YH_OK ? yh_ref_scope(cx, &asked, &f->unit, &f->cloud, &f->project, err) : rc;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_resource_filter f;
	struct yh_resource_line *rows;
	size_t n;
	enum yh_rc rc = filter_of(rq, in, &f, err);

	if (rc == YH_OK)
		rc = yh_resource_page(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_page(rq, rows, n, sizeof *rows, write_line, number_of);
	return YH_OK;
}

static const struct yh_column columns[] = {
	{ "编号", "NO", "no" },
	YH_COL_NAME,
	YH_COL("类别", "KIND", "kind_title"),
	YH_COL_STATE,
	{ "数量", "QUANTITY", "quantity" },
	{ "单位", "MEASURE", "measure" },
	{ "项目", "PROJECT", "project" },
	{ 0 },
};

#define IN sizeof(struct resource_in)
static const struct yh_op ops[] = {
	{ "resource.list", YH_GET, "/api/v1/resources", "resource.read", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, list, columns, "资源列表", "Resources you may see, by number",
	  .reply = "@Resource" },
	{ "resource.show", YH_GET, "/api/v1/resources/{resource}", "resource.read", 0,
	  resource_path, NULL, NULL, IN, show, NULL, "查看资源及其规格变化",
	  "Show a resource and its sizes over time",
	  .reply = "{@Resource opening_day:day|null sizes:[{from:time to:time|null quantity:num "
		   "case:id}]}" },
};

const struct yh_op_table yh_ops_resource = { ops, sizeof ops / sizeof ops[0] };
