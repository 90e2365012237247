/* How a person is told: channels, the address, deliveries; and mail as the administrator sees it.
 */
#include <string.h>

#include "api/api.h"
#include "api/delivery_view.h"
#include "api/list.h"
#include "notify/choice.h"

struct notify_in {
	const char *category, *channel, *state, *digest, *lang, *mail, *code;
	struct yh_id id;
};

#define AT(field) offsetof(struct notify_in, field)
static const struct yh_field set_body[] = {
	{ "category", YH_F_CODE, AT(category), 0, .max = YH_CATEGORY_TEXT - 1,
	  .about = "category of notices; absent: all" },
	{ "channel", YH_F_WORD, AT(channel), 0, .choices = "mail|webhook",
	  .about = "absent: both" },
	{ "state", YH_F_WORD, AT(state), 0, .choices = "on|off", .about = "of the channels" },
	{ "digest", YH_F_WORD, AT(digest), 0, .choices = "on|off",
	  .about = "one mail a day, at eight in the morning" },
	{ "lang", YH_F_WORD, AT(lang), 0, .choices = "zh|en", .about = "language of mails" },
	{ 0 },
};
static const struct yh_field mail_body[] = {
	{ "mail", YH_F_LINE, AT(mail), YH_REQUIRED, .max = YH_MAIL_TEXT - 1,
	  .about = "mail address" },
	{ 0 },
};
static const struct yh_field code_body[] = {
	{ "code", YH_F_LINE, AT(code), YH_REQUIRED | YH_SECRET, .max = YH_CODE_TEXT - 1,
	  .about = "the code that came by mail" },
	{ 0 },
};
static const struct yh_field delivery_path[] = {
	{ "id", YH_F_ID, AT(id), YH_REQUIRED, .about = "the delivery's id" },
	{ 0 },
};
static const struct yh_field list_query[] = {
	{ "state", YH_F_WORD, AT(state), 0, .choices = "waiting|sent|failed|given_up",
	  .about = "only these" },
	{ 0 },
};

static void write_wish(struct yh_req *rq, const void *row)
{
	const struct yh_notify_wish *w = row;
	char slug[16 + YH_CATEGORY_TEXT] = "category-";
	const char *name;

	(void)strncat(slug, w->category, YH_CATEGORY_TEXT - 1);
	name = rq->messages ? yh_messages_find(rq->messages, rq->lang, slug) : NULL;
	yh_jw_str(rq->w, "category", w->category);
	yh_jw_str(rq->w, "name", name ? name : w->category);
	yh_jw_bool(rq->w, "inbox", true);
	yh_jw_bool(rq->w, "mail", w->mail);
	yh_jw_bool(rq->w, "webhook", w->webhook);
}

static enum yh_rc write_view(struct yh_req *rq, struct yh_err *err)
{
	struct yh_notify_view v;
	enum yh_rc rc = yh_notify_show(&rq->cx, &v, err);

	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "mail", v.person.verified_at ? v.person.mail : NULL);
	yh_jw_time(rq->w, "verified_at", v.person.verified_at);
	yh_jw_str(rq->w, "pending", v.person.pending[0] ? v.person.pending : NULL);
	yh_jw_str(rq->w, "lang", v.person.lang);
	yh_jw_bool(rq->w, "digest", v.person.digest);
	yh_list_write(rq, "categories", v.wishes, v.n, sizeof v.wishes[0], write_wish);
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return write_view(rq, err);
}

static enum yh_rc set(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct notify_in *q = in;
	const struct yh_notify_in want = { .category = q->category,
					   .channel = q->channel,
					   .state = q->state,
					   .digest = q->digest,
					   .lang = q->lang };
	enum yh_rc rc = yh_notify_set(&rq->cx, &want, err);

	return rc == YH_OK ? write_view(rq, err) : rc;
}

static enum yh_rc address(struct yh_req *rq, const void *in, struct yh_err *err)
{
	enum yh_rc rc = yh_notify_address(&rq->cx, ((const struct notify_in *)in)->mail, err);

	return rc == YH_OK ? write_view(rq, err) : rc;
}

static enum yh_rc forget(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return yh_notify_forget(&rq->cx, err);
}

static enum yh_rc verify(struct yh_req *rq, const void *in, struct yh_err *err)
{
	enum yh_rc rc =
		yh_notify_verify(&rq->cx, ((const struct notify_in *)in)->code, &rq->refused, err);

	return rc == YH_OK && rq->refused.rc == YH_OK ? write_view(rq, err) : rc;
}

static enum yh_rc page(struct yh_req *rq, struct yh_delivery_filter *f, const struct notify_in *in,
		       struct yh_err *err)
{
	struct yh_delivery *rows;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &f->before, err);

	f->state = in->state;
	f->limit = yh_list_ask(rq);
	if (rc == YH_OK)
		rc = yh_delivery_list(rq->cx.tx, f, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_view_deliveries(rq, rows, n);
	return rc;
}

static enum yh_rc own(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_delivery_filter f = { .person = rq->cx.actor->person };

	return page(rq, &f, in, err);
}

static enum yh_rc of_all(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_delivery_filter f = { .mail = true };

	return page(rq, &f, in, err);
}

static enum yh_rc resend(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_notify_resend(&rq->cx, &((const struct notify_in *)in)->id, err);
}

static enum yh_rc test(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_mail_test(&rq->cx, ((const struct notify_in *)in)->mail, &id, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_id(rq->w, "id", &id);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("时间", "TIME", "made_at"),
	YH_COL("收件人", "PERSON", "person"),
	YH_COL("渠道", "CHANNEL", "channel"),
	YH_COL("通知", "NOTICE", "slug"),
	YH_COL("案号", "CASE", "case"),
	YH_COL_STATE,
	YH_COL("次数", "TRIES", "tries"),
	YH_COL("下次", "NEXT", "next_at"),
	YH_COL("原因", "FAULT", "fault"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};

#define IN sizeof(struct notify_in)
static const struct yh_op ops[] = {
	{ "notify.show", YH_GET, "/api/v1/notify", NULL, 0, NULL, NULL, NULL, IN, show, NULL,
	  "我怎样收到通知", "How I am told: by category and channel", .reply = "@NotifySettings" },
	{ "notify.set", YH_POST, "/api/v1/notify", NULL, YH_OP_WRITE, NULL, NULL, set_body, IN, set,
	  NULL, "设定怎样收到通知", "Choose how to be told", .reply = "@NotifySettings" },
	{ "notify.address", YH_POST, "/api/v1/notify/address", NULL, YH_OP_WRITE, NULL, NULL,
	  mail_body, IN, address, NULL, "登记邮件地址，验证码随即寄出",
	  "Name a mail address; a code is sent there", .reply = "@NotifySettings" },
	{ "notify.forget", YH_DELETE, "/api/v1/notify/address", NULL, YH_OP_WRITE, NULL, NULL, NULL,
	  IN, forget, NULL, "删去邮件地址", "Take the mail address away", .reply = "{}" },
	{ "notify.verify", YH_POST, "/api/v1/notify/verification", NULL, YH_OP_WRITE, NULL, NULL,
	  code_body, IN, verify, NULL, "用验证码确认邮件地址", "Confirm the address by its code",
	  .reply = "@NotifySettings" },
	{ "notify.deliveries", YH_GET, "/api/v1/notify/deliveries", NULL, YH_OP_PAGED, NULL,
	  list_query, NULL, IN, own, columns, "寄给我的邮件及其结果",
	  "Mails to me, and what became of them", .reply = "@Delivery" },
	{ "notify.resend", YH_POST, "/api/v1/notify/deliveries/{id}/resend", NULL, YH_OP_WRITE,
	  delivery_path, NULL, NULL, IN, resend, NULL, "再寄一次", "Send a mail once more",
	  .reply = "{}" },
	{ "mail.test", YH_POST, "/api/v1/mail/test", "mail.manage", YH_OP_WRITE, NULL, NULL,
	  mail_body, IN, test, NULL, "寄一封测试邮件", "Send a mail that says that mail works",
	  .reply = "{id:id}" },
	{ "mail.deliveries", YH_GET, "/api/v1/mail/deliveries", "mail.manage", YH_OP_PAGED, NULL,
	  list_query, NULL, IN, of_all, columns, "全部邮件及其结果（不含内容）",
	  "All mails and what became of them, without their content", .reply = "@Delivery" },
};

const struct yh_op_table yh_ops_notify = { ops, sizeof ops / sizeof ops[0] };
