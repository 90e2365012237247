/* Webhooks of organisations. */
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/delivery_view.h"
#include "api/list.h"
#include "notify/hook.h"

struct hook_in {
	const char *org, *role, *label, *url, *cloud, *categories, *algorithm, *state;
	int64_t hours, from;
	struct yh_id id, delivery;
};

#define AT(field) offsetof(struct hook_in, field)
static const struct yh_field create_body[] = {
	{ "org", YH_F_CODE, AT(org), YH_REQUIRED, .max = 64, .about = "organisation, code or id" },
	{ "role", YH_F_CODE, AT(role), YH_REQUIRED, .max = 31,
	  .about = "the role there whose notices it gets" },
	{ "url", YH_F_LINE, AT(url), YH_REQUIRED, .max = 500, .about = "https address" },
	{ "label", YH_F_LINE, AT(label), YH_REQUIRED, .max = 100, .about = "what it is for" },
	{ "cloud", YH_F_CODE, AT(cloud), 0, .max = 64,
	  .about = "instead: all notices about cases of this cloud" },
	{ "categories", YH_F_LINE, AT(categories), 0, .max = 200,
	  .about = "work,deadline …; absent: all" },
	{ "algorithm", YH_F_WORD, AT(algorithm), 0, .choices = "sha256|sm3",
	  .about = "of the signature, HMAC; sha256" },
	{ 0 },
};
static const struct yh_field hook_path[] = {
	{ "id", YH_F_ID, AT(id), YH_REQUIRED, .about = "the webhook's id" },
	{ 0 },
};
static const struct yh_field set_body[] = {
	{ "url", YH_F_LINE, AT(url), 0, .max = 500, .about = "https address" },
	{ "label", YH_F_LINE, AT(label), 0, .max = 100, .about = "what it is for" },
	{ "categories", YH_F_LINE, AT(categories), 0, .max = 200,
	  .about = "work,deadline …, or: all" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "on|off",
	  .about = "off: notices are kept for it meanwhile" },
	{ 0 },
};
static const struct yh_field rotate_body[] = {
	{ "hours", YH_F_INT, AT(hours), 0, 0, 168,
	  .about = "hours for which the former secret signs, too; 0: not at all" },
	{ 0 },
};
static const struct yh_field replay_body[] = {
	{ "delivery", YH_F_ID, AT(delivery), 0, .about = "this one, or" },
	{ "from", YH_F_INT, AT(from), 0, 1, INT64_MAX, .about = "all from this position on" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, AT(state), 0, .choices = "waiting|sent|failed|given_up",
	  .about = "only these" },
	{ 0 },
};

static void write_hook(struct yh_req *rq, const void *row)
{
	const struct yh_webhook *w = row;

	yh_jw_id(rq->w, "id", &w->id);
	yh_jw_str(rq->w, "label", w->label);
	yh_jw_str(rq->w, "url", w->url);
	yh_jw_str(rq->w, "org", w->org_code);
	yh_jw_str(rq->w, "org_name", w->org_name);
	yh_jw_str(rq->w, "role", w->role);
	yh_list_titled(rq, "role", yh_view_role(rq, w->role));
	yh_jw_str(rq->w, "cloud", w->cloud_code[0] ? w->cloud_code : NULL);
	yh_jw_str(rq->w, "categories", w->categories[0] ? w->categories : "all");
	yh_jw_str(rq->w, "algorithm", w->algorithm);
	yh_list_word(rq, "state", "hook", w->state);
	yh_jw_int(rq->w, "position", w->next_pos - 1);
	yh_jw_int(rq->w, "waiting", w->waiting);
	yh_jw_int(rq->w, "fails", w->fails);
	yh_jw_time(rq->w, "failing_since", w->failing_since);
	yh_jw_str(rq->w, "fault", w->fault);
	yh_jw_time(rq->w, "next_at", w->fails > 0 && w->waiting > 0 ? w->next_at : 0);
	yh_jw_time(rq->w, "old_secret_until", w->old_until);
	yh_jw_time(rq->w, "created_at", w->created_at);
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct hook_in *q = in;
	struct yh_hook_in want = { .role = q->role,
				   .label = q->label,
				   .url = q->url,
				   .categories = q->categories,
				   .algorithm = q->algorithm };
	char secret[YH_HOOK_SECRET_TEXT];
	struct yh_webhook w;
	enum yh_rc rc = yh_ref_org(&rq->cx, q->org, &want.org, err);

	if (rc == YH_OK)
		rc = yh_ref_opt(&rq->cx, yh_ref_cloud, q->cloud, "/cloud", &want.cloud, err);
	if (rc == YH_OK)
		rc = yh_hook_create(&rq->cx, &want, secret, &w, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->once = true;
	yh_jw_str(rq->w, "secret", secret);
	write_hook(rq, &w);
	return YH_OK;
}

static const char *hook_cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_webhook *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_webhook *rows;
	struct yh_id after;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &after, err);

	(void)in;
	if (rc == YH_OK)
		rc = yh_hook_list(&rq->cx, &after, yh_list_ask(rq), &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_hook, hook_cursor);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_webhook w;
	enum yh_rc rc = yh_hook_show(&rq->cx, &((const struct hook_in *)in)->id, &w, err);

	if (rc == YH_OK)
		write_hook(rq, &w);
	return rc;
}

static enum yh_rc set(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct hook_in *q = in;
	const struct yh_hook_change c = {
		.label = q->label, .url = q->url, .categories = q->categories, .state = q->state
	};
	struct yh_webhook w;
	enum yh_rc rc = yh_hook_set(&rq->cx, &q->id, &c, &w, err);

	if (rc == YH_OK)
		write_hook(rq, &w);
	return rc;
}

static enum yh_rc end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_hook_delete(&rq->cx, &((const struct hook_in *)in)->id, err);
}

static enum yh_rc rotate(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct hook_in *q = in;
	char secret[YH_HOOK_SECRET_TEXT];
	struct yh_webhook w;
	enum yh_rc rc = yh_hook_rotate(&rq->cx, &q->id, q->hours, secret, &w, err);

	if (rc != YH_OK)
		return rc;
	rq->once = true;
	yh_jw_str(rq->w, "secret", secret);
	write_hook(rq, &w);
	return YH_OK;
}

static enum yh_rc test(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id delivery;
	enum yh_rc rc = yh_hook_test(&rq->cx, &((const struct hook_in *)in)->id, &delivery, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_id(rq->w, "delivery", &delivery);
	return YH_OK;
}

static enum yh_rc deliveries(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct hook_in *q = in;
	struct yh_delivery_filter f = { .state = q->state, .limit = yh_list_ask(rq) };
	struct yh_delivery *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f.before, err);

	if (rc == YH_OK)
		rc = yh_hook_deliveries(&rq->cx, &q->id, &f, &rows, &n, err);
	if (rc == YH_OK)
		yh_view_deliveries(rq, rows, n);
	return rc;
}

static enum yh_rc replay(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct hook_in *q = in;
	int64_t n;
	enum yh_rc rc = yh_hook_replay(&rq->cx, &q->id, &q->delivery, q->from, &n, err);

	if (rc == YH_OK)
		yh_jw_int(rq->w, "replayed", n);
	return rc;
}

static const struct yh_column columns[] = {
	YH_COL("标签", "LABEL", "label"),
	YH_COL("单位", "ORG", "org"),
	YH_COL("角色", "ROLE", "role"),
	YH_COL("云", "CLOUD", "cloud"),
	YH_COL("地址", "URL", "url"),
	YH_COL_STATE,
	YH_COL("位置", "POSITION", "position"),
	YH_COL("等待", "WAITING", "waiting"),
	YH_COL("连续失败", "FAILS", "fails"),
	YH_COL("原因", "FAULT", "fault"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};
static const struct yh_column delivery_columns[] = {
	YH_COL("位置", "POSITION", "position"),
	YH_COL("时间", "TIME", "made_at"),
	YH_COL("通知", "NOTICE", "slug"),
	YH_COL("案号", "CASE", "case"),
	YH_COL_STATE,
	YH_COL("次数", "TRIES", "tries"),
	YH_COL("答复", "CODE", "code"),
	YH_COL("原因", "FAULT", "fault"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};

#define IN sizeof(struct hook_in)
#define ACTION "webhook.manage"
static const struct yh_op ops[] = {
	{ "webhook.create", YH_POST, "/api/v1/webhooks", ACTION, YH_OP_WRITE, NULL, NULL,
	  create_body, IN, create, NULL, "登记通知接收地址（密钥只显示一次）",
	  "Have notices sent to an address; the secret is shown once",
	  .reply = "{secret @Webhook}" },
	{ "webhook.list", YH_GET, "/api/v1/webhooks", ACTION, YH_OP_PAGED, NULL, NULL, NULL, IN,
	  list, columns, "通知接收地址", "Webhooks", .reply = "@Webhook" },
	{ "webhook.show", YH_GET, "/api/v1/webhooks/{id}", ACTION, 0, hook_path, NULL, NULL, IN,
	  show, NULL, "查看一个接收地址", "Show a webhook", .reply = "@Webhook" },
	{ "webhook.set", YH_PATCH, "/api/v1/webhooks/{id}", ACTION, YH_OP_WRITE, hook_path, NULL,
	  set_body, IN, set, NULL, "更改接收地址、类别，停用或启用",
	  "Change a webhook, switch it off or on", .reply = "@Webhook" },
	{ "webhook.delete", YH_DELETE, "/api/v1/webhooks/{id}", ACTION, YH_OP_WRITE, hook_path,
	  NULL, NULL, IN, end, NULL, "删除接收地址", "Delete a webhook", .reply = "{}" },
	{ "webhook.rotate", YH_POST, "/api/v1/webhooks/{id}/secret", ACTION, YH_OP_WRITE, hook_path,
	  NULL, rotate_body, IN, rotate, NULL, "更换密钥（只显示一次）",
	  "Give a webhook a new secret, shown once", .reply = "{secret @Webhook}" },
	{ "webhook.test", YH_POST, "/api/v1/webhooks/{id}/test", ACTION, YH_OP_WRITE, hook_path,
	  NULL, NULL, IN, test, NULL, "试发一次", "Send a test", .reply = "{delivery:id}" },
	{ "webhook.deliveries", YH_GET, "/api/v1/webhooks/{id}/deliveries", ACTION, YH_OP_PAGED,
	  hook_path, list_query, NULL, IN, deliveries, delivery_columns, "投递及其结果",
	  "Deliveries and what became of them", .reply = "@Delivery" },
	{ "webhook.replay", YH_POST, "/api/v1/webhooks/{id}/replay", ACTION, YH_OP_WRITE, hook_path,
	  NULL, replay_body, IN, replay, NULL, "重发一条，或从某个位置起全部重发",
	  "Send one delivery once more, or all from a position on", .reply = "{replayed:int}" },
};

const struct yh_op_table yh_ops_webhook = { ops, sizeof ops / sizeof ops[0] };
