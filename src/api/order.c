/* Orders: what is to be done on clouds, by machines or by people; and the clouds' connections. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "services/fulfil/fulfil.h"
#include "services/project/project.h"
#include "store/party.h"

struct order_in {
	struct yh_id order;
	const char *cloud, *case_ref, *resource, *state;
};

#define AT(field) offsetof(struct order_in, field)
static const struct yh_field order_path[] = {
	{ "order", YH_F_ID, AT(order), YH_REQUIRED, .about = "the order's id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64, .about = "cloud, code or id" },
	{ "case", YH_F_CODE, AT(case_ref), 0, .max = 64, .about = "number or id of the case" },
	{ "resource", YH_F_CODE, AT(resource), 0, .max = 64, .about = "its number or id" },
	{ "state", YH_F_WORD, AT(state), 0,
	  .choices = "open|left|waiting|doing|undoing|refused|done|undone|all",
	  .about = "open when absent: those whose step is open" },
	{ 0 },
};

/* ---- one order ---- */

static int64_t dim_of(const struct yh_order_dims *dims, const char *name)
{
	for (size_t i = 0; i < dims->n; i++)
		if (strcmp(dims->v[i].name, name) == 0)
			return dims->v[i].qty_milli;
	return -1;
}

static void write_dims(struct yh_req *rq, const struct yh_cloud_order_row *o)
{
	struct yh_order_dims dims = { 0 }, before = { 0 };
	struct yh_err none = { 0 };

	if (yh_order_dims_read(rq->cx.arena, o->dims, &dims, &none) != YH_OK ||
	    yh_order_dims_read(rq->cx.arena, o->before, &before, &none) != YH_OK)
		dims.n = 0;
	yh_jw_arr(rq->w, "dimensions");
	for (size_t i = 0; i < dims.n; i++) {
		int64_t was = dim_of(&before, dims.v[i].name);

		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "dimension", "dimension", dims.v[i].name);
		yh_jw_milli(rq->w, "quantity", dims.v[i].qty_milli);
		if (was < 0)
			yh_jw_null(rq->w, "before");
		else
			yh_jw_milli(rq->w, "before", was);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
}

static void write_fault(struct yh_req *rq, const char *slug, const char *figures)
{
	if (!slug[0]) {
		yh_jw_null(rq->w, "fault");
		return;
	}
	yh_jw_obj(rq->w, "fault");
	yh_jw_str(rq->w, "slug", slug);
	yh_jw_raw(rq->w, "figures", figures[0] ? figures : "{}");
	yh_list_sentence(rq, slug, figures[0] ? figures : "{}");
	yh_jw_end_obj(rq->w);
}

static void write_order(struct yh_req *rq, const void *row)
{
	const struct yh_cloud_order_row *o = row;
	const char *ref = o->ref[0] ? o->ref : o->resource_ref;

	yh_jw_id(rq->w, "id", &o->id);
	yh_jw_str(rq->w, "cloud", o->cloud_code);
	yh_list_word(rq, "act", "order-act", o->act);
	yh_list_word(rq, "state", "order", o->state);
	yh_jw_bool(rq->w, "by_machine",
		   yh_clouds_machine(rq->cx.world->clouds, o->cloud_code) != NULL &&
			   strcmp(o->state, "left") != 0);
	yh_jw_str(rq->w, "case", o->case_no);
	yh_jw_str(rq->w, "step", o->step_name);
	yh_jw_str(rq->w, "resource", o->resource_no);
	yh_jw_id(rq->w, "resource_id", &o->resource);
	yh_jw_str(rq->w, "name", o->resource_name);
	yh_jw_str(rq->w, "item", o->item_code);
	yh_jw_str(rq->w, "item_name", o->item_name);
	write_dims(rq, o);
	yh_jw_str(rq->w, "unit", o->unit_name);
	yh_jw_str(rq->w, "org", o->org_name);
	yh_jw_str(rq->w, "provider_ref", ref ? ref : "");
	yh_jw_str(rq->w, "at_step", o->at_step);
	yh_jw_int(rq->w, "attempts", o->attempts);
	write_fault(rq, o->slug, o->figures);
	yh_jw_time(rq->w, "failed_at", o->failed_at);
	yh_view_due(rq, o->step_closed_at ? YH_DAY_NONE : o->due_day, o->due_at, false, false);
	yh_jw_time(rq->w, "created_at", o->created_at);
	yh_jw_time(rq->w, "begun_at", o->begun_at);
	yh_jw_time(rq->w, "ended_at", o->ended_at);
}

static const char *order_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_cloud_order_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct order_in *p = in;
	struct yh_cloud_order_filter f = { .limit = yh_list_ask(rq) };
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	const char *state = p->state ? p->state : "open";
	struct yh_cloud_order_row *rows;
	char one[20];
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.after, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, p->cloud, "?cloud", &f.cloud, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_case, p->case_ref, "?case", &f.case_id, err);
	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_resource, p->resource, "?resource", &f.resource,
				err);
	f.open = strcmp(state, "open") == 0;
	if (!f.open && strcmp(state, "all") != 0) {
		(void)snprintf(one, sizeof one, "|%s|", state);
		f.states = one;
	}
	if (rc == YH_OK)
		rc = yh_cloud_order_list(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_order, order_cursor);
	return rc;
}

/* What is not to be seen is not there. */
static enum yh_rc find(struct yh_req *rq, const struct yh_id *id, struct yh_cloud_order_row *out,
		       struct yh_err *err)
{
	const struct yh_cloud_order_filter f = { .id = *id, .limit = 1 };
	struct yh_viewer who = yh_viewer_of(&rq->cx, rq->relation);
	struct yh_cloud_order_row *rows;
	size_t n;
	enum yh_rc rc = yh_cloud_order_list(rq->cx.tx, &who, &f, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK && n == 0)
		return yh_fail(err, YH_NOT_FOUND, "order-unknown");
	if (rc == YH_OK)
		*out = rows[0];
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_cloud_order_row o;
	enum yh_rc rc = find(rq, &((const struct order_in *)in)->order, &o, err);

	if (rc == YH_OK)
		write_order(rq, &o);
	return rc;
}

static enum yh_rc retry(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct order_in *p = in;
	struct yh_cloud_order_row o;
	enum yh_rc rc = find(rq, &p->order, &o, err);

	if (rc == YH_OK)
		rc = yh_order_retry(&rq->cx, &p->order, err);
	if (rc == YH_OK)
		rc = find(rq, &p->order, &o, err);
	if (rc == YH_OK)
		write_order(rq, &o);
	return rc;
}

/* ---- connections ---- */

struct connection {
	struct yh_cloud_row cloud;
	struct yh_cloud_contact_row contact;
	struct yh_cloud_order_counts orders;
};

static void write_connection(struct yh_req *rq, const void *row)
{
	const struct connection *c = row;
	const struct yh_cloud_config *cfg = yh_clouds_of(rq->cx.world->clouds, c->cloud.code);
	bool machine = cfg && cfg->driver->by_machine;

	yh_jw_str(rq->w, "cloud", c->cloud.code);
	yh_jw_str(rq->w, "name", c->cloud.name);
	yh_list_word(rq, "driver", "cloud-driver", cfg ? cfg->driver->name : "manual");
	if (!machine || !c->contact.tried_at)
		yh_jw_null(rq->w, "reachable");
	else
		yh_jw_bool(rq->w, "reachable", !c->contact.slug[0]);
	yh_jw_time(rq->w, "tried_at", machine ? c->contact.tried_at : 0);
	yh_jw_time(rq->w, "contact_at", machine ? c->contact.contact_at : 0);
	write_fault(rq, machine ? c->contact.slug : "", c->contact.figures);
	yh_jw_int(rq->w, "left", c->orders.left);
	yh_jw_int(rq->w, "waiting", c->orders.waiting);
	yh_jw_int(rq->w, "doing", c->orders.doing);
	yh_jw_int(rq->w, "undoing", c->orders.undoing);
	yh_jw_int(rq->w, "refused", c->orders.refused);
}

static enum yh_rc connections(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_cloud_row *clouds;
	struct connection *rows;
	size_t n, have = 0;
	enum yh_rc rc = yh_cloud_list(rq->cx.tx, rq->cx.arena, &clouds, &n, err);

	(void)in;
	rows = YH_NEW_N(rq->cx.arena, struct connection, n + 1);
	if (rc == YH_OK && !rows)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct connection *c = &rows[have];
		bool sees;

		c->cloud = clouds[i];
		rc = yh_relation_body(rq, rq->cx.tx, &clouds[i].id, &sees, err);
		if (rc != YH_OK || !sees)
			continue;
		have++;
		rc = yh_cloud_contact_load(rq->cx.tx, &clouds[i].id, rq->cx.arena, &c->contact,
					   err);
		if (rc == YH_OK)
			rc = yh_cloud_order_count(rq->cx.tx, &clouds[i].id, &c->orders, err);
	}
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, have, sizeof *rows, write_connection);
	return rc;
}

/* ---- the table ---- */

static const struct yh_column columns[] = {
	YH_COL("动作", "ACT", "act"),
	YH_COL_STATE,
	YH_COL("资源", "RESOURCE", "resource"),
	YH_COL_NAME,
	YH_COL("案号", "CASE", "case"),
	YH_COL("到期", "DUE", "due.day"),
	YH_COL("服务商标识", "REF", "provider_ref"),
	YH_COL("原因", "REASON", "fault.sentence"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column connection_columns[] = {
	YH_COL("云", "CLOUD", "cloud"),
	YH_COL("驱动", "DRIVER", "driver"),
	YH_COL("可达", "REACHABLE", "reachable"),
	YH_COL("最近联系", "CONTACT", "contact_at"),
	YH_COL("人工", "BY HAND", "left"),
	YH_COL("等待", "WAITING", "waiting"),
	YH_COL("执行", "DOING", "doing"),
	YH_COL("被拒", "REFUSED", "refused"),
	YH_COL("原因", "REASON", "fault.sentence"),
	{ 0 },
};

#define IN sizeof(struct order_in)
static const struct yh_op ops[] = {
	{ "order.list", YH_GET, "/api/v1/orders", "order.read", YH_OP_PAGED, NULL, list_query, NULL,
	  IN, list, columns, "交付单：云上要办的事，由机器或服务商的人办理",
	  "Orders: what is to be done on clouds, by machines or by people", .reply = "@Order" },
	{ "order.show", YH_GET, "/api/v1/orders/{order}", "order.read", 0, order_path, NULL, NULL,
	  IN, show, columns, "一张交付单", "One order, how far it is and what went wrong",
	  .reply = "@Order" },
	{ "order.retry", YH_POST, "/api/v1/orders/{order}/retry", "order.retry", YH_OP_WRITE,
	  order_path, NULL, NULL, IN, retry, columns, "请机器（再）办理一个环节的交付单",
	  "Ask the machine (again) for the orders of a step", .reply = "@Order" },
	{ "cloud.connections", YH_GET, "/api/v1/cloud-connections", "cloud.connections", 0, NULL,
	  NULL, NULL, 0, connections, connection_columns,
	  "各云由什么交付、能否联系上、有多少交付单",
	  "What fulfils on each cloud, whether it answers, and its orders",
	  .reply = "{items:[@Connection]}" },
};

static const struct yh_named_shape shapes[] = {
	{ "OrderFault", "{slug figures:object sentence}" },
	{ "Order",
	  "{id:id cloud act:open|resize|stop|destroy act_title "
	  "state:left|waiting|doing|done|undoing|undone|refused state_title by_machine:bool case "
	  "step resource resource_id:id name item item_name dimensions:[{dimension "
	  "dimension_title quantity:num before:num|null}] unit org provider_ref at_step "
	  "attempts:int fault:@OrderFault|null failed_at:time|null due:@Due|null "
	  "created_at:time begun_at:time|null ended_at:time|null}" },
	{ "Connection",
	  "{cloud name driver driver_title reachable:bool|null tried_at:time|null "
	  "contact_at:time|null fault:@OrderFault|null left:int waiting:int doing:int "
	  "undoing:int refused:int}" },
	{ 0 },
};

const struct yh_op_table yh_ops_order = { ops, sizeof ops / sizeof ops[0], shapes };
