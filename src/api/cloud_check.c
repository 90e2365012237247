/* What clouds have and what the register says: comparisons, and the differences they found. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/cloud/cloud.h"

struct check_in {
	const char *cloud, *state, *kind;
	struct yh_id check;
};
#define AT(field) offsetof(struct check_in, field)
static const struct yh_field cloud_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ 0 },
};
static const struct yh_field check_path[] = {
	{ "cloud", YH_F_CODE, AT(cloud), YH_REQUIRED, .max = 64, .about = "cloud, code or id" },
	{ "check", YH_F_ID, AT(check), YH_REQUIRED, .about = "id that asking for it gave" },
	{ 0 },
};
#define KINDS "unregistered|vanished|wrong_size|runs_though_stopped|stopped_though_running"
static const struct yh_field differences_query[] = {
	{ "state", YH_F_WORD, AT(state), 0, .choices = "standing|closed",
	  .about = "standing when absent" },
	{ "kind", YH_F_WORD, AT(kind), 0, .choices = KINDS, .about = "only those of this kind" },
	{ 0 },
};

static const char *path_of(struct yh_req *rq, const struct yh_id *cloud, const char *rest,
			   const struct yh_id *check)
{
	char a[YH_ID_TEXT], b[YH_ID_TEXT] = "";

	if (check)
		(void)yh_id_text(check, b);
	return yh_arena_printf(rq->cx.arena, "/api/v1/clouds/%s/%s%s%s", yh_id_text(cloud, a), rest,
			       check ? "/" : "", b);
}

static enum yh_rc reconcile(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id cloud, check;
	enum yh_rc rc = yh_ref_own_cloud(rq, ((const struct check_in *)in)->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_cloud_check_ask(&rq->cx, &cloud, &check, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 202;
	rq->location = path_of(rq, &cloud, "reconcile", &check);
	yh_jw_id(rq->w, "id", &check);
	yh_jw_str(rq->w, "state", "waiting");
	yh_jw_str(rq->w, "wait", rq->location);
	return YH_OK;
}

static void write_check(struct yh_req *rq, const void *row)
{
	const struct yh_cloud_check_row *c = row;

	yh_jw_id(rq->w, "id", &c->id);
	yh_list_word(rq, "state", "check",
		     c->fault[0]   ? "failed"
		     : c->ended_at ? "done"
		     : c->begun_at ? "running"
				   : "waiting");
	yh_jw_bool(rq->w, "by_system", yh_id_is_zero(&c->person));
	yh_jw_time(rq->w, "asked_at", c->asked_at);
	yh_jw_time(rq->w, "begun_at", c->begun_at);
	yh_jw_time(rq->w, "ended_at", c->ended_at);
	yh_jw_int(rq->w, "machines", c->machines);
	yh_jw_int(rq->w, "resources", c->resources);
	yh_jw_int(rq->w, "found", c->found);
	yh_jw_int(rq->w, "standing", c->found + c->standing);
	yh_jw_int(rq->w, "closed", c->closed);
	if (!c->fault[0])
		return;
	yh_jw_str(rq->w, "slug", c->fault);
	yh_list_sentence(rq, c->fault, c->figures);
	yh_jw_raw(rq->w, "figures", c->figures);
}

static enum yh_rc checked(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct check_in *i = in;
	struct yh_cloud_check_row c;
	struct yh_id cloud;
	enum yh_rc rc = yh_ref_own_cloud(rq, i->cloud, &cloud, err);

	if (rc == YH_OK)
		rc = yh_cloud_check_load(rq->cx.tx, &i->check, rq->cx.arena, &c, err);
	if (rc == YH_OK && !yh_id_eq(&c.cloud, &cloud))
		rc = yh_fail(err, YH_NOT_FOUND, "cloud-check-unknown");
	if (rc != YH_OK)
		return rc;
	write_check(rq, &c);
	if (c.ended_at && !c.fault[0])
		yh_jw_str(rq->w, "result", path_of(rq, &cloud, "differences", NULL));
	return YH_OK;
}

static const char *check_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_cloud_check_row *)row)->id);
}

static enum yh_rc checks(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_cloud_check_row *rows;
	struct yh_id cloud, before;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &before, err);

	if (rc == YH_OK)
		rc = yh_ref_own_cloud(rq, ((const struct check_in *)in)->cloud, &cloud, err);
	if (rc == YH_OK)
		rc = yh_cloud_check_list(rq->cx.tx, &cloud, &before, yh_list_ask(rq), rq->cx.arena,
					 &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_check, check_cursor);
	return rc;
}

static void write_dims(struct yh_req *rq, const char *key, const char *text)
{
	YH_JSON_AUTO dims = json_loads(text, 0, NULL);
	const char *name;
	json_t *v;

	yh_jw_arr(rq->w, key);
	json_object_foreach(dims, name, v)
	{
		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "dimension", "dimension", name);
		yh_jw_milli(rq->w, "quantity", json_integer_value(v));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_difference(struct yh_req *rq, const void *row)
{
	const struct yh_cloud_difference_row *d = row;

	yh_jw_id(rq->w, "id", &d->id);
	yh_list_word(rq, "kind", "difference", d->kind);
	yh_jw_str(rq->w, "machine", d->ref);
	yh_jw_str(rq->w, "name", d->name);
	yh_jw_str(rq->w, "resource", d->resource_no[0] ? d->resource_no : NULL);
	yh_jw_str(rq->w, "tag_resource", d->tag_no[0] ? d->tag_no : NULL);
	yh_jw_str(rq->w, "tag_case", d->tag_case[0] ? d->tag_case : NULL);
	yh_jw_bool(rq->w, "running", d->running);
	write_dims(rq, "has", d->dims);
	write_dims(rq, "registered", d->registered);
	yh_jw_time(rq->w, "found_at", d->found_at);
	yh_jw_time(rq->w, "closed_at", d->closed_at);
}

static const char *difference_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_cloud_difference_row *)row)->id);
}

static enum yh_rc differences(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct check_in *i = in;
	struct yh_cloud_difference_filter f = { .kind = i->kind ? i->kind : "",
						.closed =
							i->state && strcmp(i->state, "closed") == 0,
						.limit = yh_list_ask(rq) };
	struct yh_cloud_difference_row *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.after, err);

	if (rc == YH_OK)
		rc = yh_ref_own_cloud(rq, i->cloud, &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_cloud_difference_list(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_difference, difference_cursor);
	return rc;
}

static const struct yh_column check_columns[] = {
	YH_COL("比对时间", "ASKED", "asked_at"), YH_COL_STATE,
	YH_COL("机器", "MACHINES", "machines"),  YH_COL("台账", "REGISTERED", "resources"),
	YH_COL("新发现", "NEW", "found"),        YH_COL("尚存", "STANDING", "standing"),
	YH_COL("已消除", "CLOSED", "closed"),    { 0 },
};
static const struct yh_column difference_columns[] = {
	YH_COL_KIND, YH_COL("资源", "RESOURCE", "resource"),  YH_COL("机器", "MACHINE", "machine"),
	YH_COL_NAME, YH_COL("发现时间", "FOUND", "found_at"), { 0 },
};

#define IN sizeof(struct check_in)
static const struct yh_op ops[] = {
	{ "cloud.reconcile", YH_POST, "/api/v1/clouds/{cloud}/reconcile", "cloud.reconcile",
	  YH_OP_WRITE | YH_OP_LATER, cloud_path, NULL, NULL, IN, reconcile, difference_columns,
	  "比对云上实有与台账，双向找出差异",
	  "Compare what a cloud has with the register, both ways",
	  .reply = "{id:id state:waiting|running wait}" },
	{ "cloud.checked", YH_GET, "/api/v1/clouds/{cloud}/reconcile/{check}", "cloud.differences",
	  0, check_path, NULL, NULL, IN, checked, NULL, "一次比对进展如何、结果怎样",
	  "How far a comparison has come, and what came of it", .reply = "{@CloudCheck result?}" },
	{ "cloud.checks", YH_GET, "/api/v1/clouds/{cloud}/reconcile", "cloud.differences",
	  YH_OP_PAGED, cloud_path, NULL, NULL, IN, checks, check_columns, "做过的比对，最新在前",
	  "Comparisons made, newest first", .reply = "@CloudCheck" },
	{ "cloud.differences", YH_GET, "/api/v1/clouds/{cloud}/differences", "cloud.differences",
	  YH_OP_PAGED, cloud_path, differences_query, NULL, IN, differences, difference_columns,
	  "云上实有与台账的差异，最新在前",
	  "What differs between a cloud and the register, newest first",
	  .reply = "@CloudDifference" },
};

static const struct yh_named_shape shapes[] = {
	{ "CloudCheck", "{id:id state:waiting|running|done|failed state_title by_system:bool "
			"asked_at:time begun_at:time|null ended_at:time|null machines:int "
			"resources:int found:int standing:int closed:int slug? sentence? "
			"figures?:object}" },
	{ "CloudDim", "{dimension dimension_title quantity:num}" },
	{ "CloudDifference", "{id:id kind:" KINDS " kind_title machine name resource:text|null "
			     "tag_resource:text|null tag_case:text|null running:bool "
			     "has:[@CloudDim] registered:[@CloudDim] found_at:time "
			     "closed_at:time|null}" },
	{ 0 },
};

const struct yh_op_table yh_ops_cloud_check = { ops, sizeof ops / sizeof ops[0], shapes };
