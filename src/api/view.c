/* What a person keeps for the pages of the console: saved lists, preferences. */
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "store/view.h"

enum { VALUE_BYTES = 16 * 1024 };

struct view_in {
	const char *page, *name;
	const json_t *value;
};
#define AT(field) offsetof(struct view_in, field)
#define PAGE_FIELD                                                                                 \
	{                                                                                          \
		"page", YH_F_CODE, AT(page), YH_REQUIRED,                                          \
			.max = YH_VIEW_NAME_MAX,                                                   \
			.about = "the page it is for, as the console names it"                     \
	}
static const struct yh_field page_path[] = { PAGE_FIELD, { 0 } };
static const struct yh_field view_path[] = {
	PAGE_FIELD,
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = YH_VIEW_NAME_MAX,
	  .about = "name among those of the page" },
	{ 0 },
};
static const struct yh_field put_body[] = {
	{ "value", YH_F_OBJECT, AT(value), YH_REQUIRED,
	  .about = "whatever the console keeps; at most 16 KiB" },
	{ 0 },
};

static void write_view(struct yh_req *rq, const void *row)
{
	const struct yh_view_row *v = row;

	yh_jw_str(rq->w, "name", v->name);
	yh_jw_raw(rq->w, "value", v->value);
	yh_jw_time(rq->w, "changed_at", v->changed_at);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct view_in *v = in;
	struct yh_view_row *rows;
	size_t n;
	enum yh_rc rc = yh_view_list(rq->cx.tx, &rq->cx.actor->person, v->page, rq->cx.arena, &rows,
				     &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_view);
	return rc;
}

static enum yh_rc put_text(struct yh_req *rq, const struct view_in *v, const char *text,
			   struct yh_err *err)
{
	const struct yh_view_row row = { v->name, text, rq->cx.now };
	enum yh_rc rc;

	if (strlen(text) > VALUE_BYTES) {
		rc = yh_fail_field(err, YH_TOO_LARGE, "view-too-large", "/value");
		yh_err_int(err, "max", VALUE_BYTES);
		return rc;
	}
	rc = yh_view_put(rq->cx.tx, &rq->cx.actor->person, v->page, &row, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "page", v->page);
	write_view(rq, &row);
	return YH_OK;
}

static enum yh_rc put(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct view_in *v = in;
	char *text = yh_json_canonical(v->value);
	enum yh_rc rc =
		text ? put_text(rq, v, text, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	free(text);
	return rc;
}

static enum yh_rc forget(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct view_in *v = in;

	rq->status = 204;
	return yh_view_delete(rq->cx.tx, &rq->cx.actor->person, v->page, v->name, err);
}

static const struct yh_column columns[] = {
	YH_COL_NAME,
	YH_COL("修改", "CHANGED", "changed_at"),
	{ 0 },
};

#define IN sizeof(struct view_in)
static const struct yh_op ops[] = {
	{ "view.list", YH_GET, "/api/v1/account/views/{page}", NULL, 0, page_path, NULL, NULL, IN,
	  list, columns, "本人为某页保存的视图与偏好", "What one keeps for a page of the console",
	  .reply = "{items:[@View]}" },
	{ "view.put", YH_PUT, "/api/v1/account/views/{page}/{name}", NULL, YH_OP_WRITE, view_path,
	  NULL, put_body, IN, put, NULL, "保存视图或偏好，每页至多二十个",
	  "Keep a view or a preference, twenty a page at most", .reply = "{page @View}" },
	{ "view.delete", YH_DELETE, "/api/v1/account/views/{page}/{name}", NULL, YH_OP_WRITE,
	  view_path, NULL, NULL, IN, forget, NULL, "删去保存的视图或偏好",
	  "Forget a view or a preference", .reply = "none" },
};

const struct yh_op_table yh_ops_view = { ops, sizeof ops / sizeof ops[0] };
