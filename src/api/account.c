/* Accounts of others as the security administrator keeps them in order: looked through, ended,
 * opened again; those of programs. */
#include <stdio.h>
#include <string.h>

#include "api/account.h"
#include "api/act.h"
#include "api/api.h"
#include "api/label.h"
#include "api/list.h"
#include "services/identity/acts.h"
#include "services/identity/closing.h"
#include "services/identity/contact.h"
#include "services/identity/factor.h"

struct account_in {
	const char *person, *login, *name, *owner, *reason, *flag, *text;
	int64_t unused_days;
	yh_day last_day;
	struct yh_password_new made;
};
#define AT(field) offsetof(struct account_in, field)
#define PERSON                                                                                     \
	{                                                                                          \
		"person", YH_F_CODE, AT(person), YH_REQUIRED, .max = 64, .about = "login or id"    \
	}
#define REASON                                                                                     \
	{                                                                                          \
		"reason", YH_F_LINE, AT(reason), YH_REQUIRED, .max = 200, .about = "why"           \
	}
static const struct yh_field person_path[] = { PERSON, { 0 } };
static const struct yh_field reason_body[] = { REASON, { 0 } };
static const struct yh_field until_body[] = {
	{ "last_day", YH_F_DAY, AT(last_day), 0,
	  .about = "the last day on which the account works; open when absent" },
	REASON,
	{ 0 },
};
static const struct yh_field service_body[] = {
	{ "login", YH_F_CODE, AT(login), YH_REQUIRED, .max = 40,
	  .about = "lower-case login, for good" },
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = 60, .about = "what the program is" },
	{ "owner", YH_F_CODE, AT(owner), YH_REQUIRED, .max = 64,
	  .about = "who answers for it and draws its tokens, by login or id" },
	{ "last_day", YH_F_DAY, AT(last_day), YH_REQUIRED,
	  .about = "the last day on which it works" },
	{ 0 },
};
static const struct yh_field owner_body[] = {
	{ "owner", YH_F_CODE, AT(owner), YH_REQUIRED, .max = 64,
	  .about = "who answers for it from now on, by login or id" },
	REASON,
	{ 0 },
};
static const struct yh_field review_query[] = {
	YH_LIST_TEXT(account_in, "login or the name"),
	{ "flag", YH_F_WORD, AT(flag), 0,
	  .choices = "any|unused|ended|closed|roleless|shared|factorless|ownerless|locked",
	  .about = "only those of which this is to be said" },
	{ "unused_days", YH_F_INT, AT(unused_days), 0, .min = 1, .max = 3660,
	  .about = "not used for so many days; as the pack says when absent" },
	{ 0 },
};

void yh_view_account(struct yh_req *rq, const struct yh_person_row *p)
{
	struct yh_jw *w = rq->w;

	yh_jw_id(w, "id", &p->id);
	yh_jw_str(w, "login", p->login);
	yh_jw_str(w, "name", p->name);
	yh_list_word(rq, "kind", "account", p->kind);
	yh_list_word(rq, "status", "status", p->status);
	yh_jw_bool(w, "must_change_password", p->must_change);
	yh_jw_bool(w, "second_factor", p->has_factor);
	yh_jw_day(w, "last_day", p->last_day);
	yh_jw_id(w, "owner", &p->owner);
	yh_jw_bool(w, "locked", p->locked_until > rq->cx.now);
	yh_jw_time(w, "created_at", p->created_at);
}

static unsigned flags_of(const char *flag)
{
	for (unsigned i = 0; flag && i < YH_ACCOUNT_FLAGS; i++)
		if (strcmp(flag, yh_account_flags[i]) == 0)
			return 1U << i;
	return flag ? (1U << YH_ACCOUNT_FLAGS) - 1 : 0;
}

static void write_account(struct yh_req *rq, const void *row)
{
	const struct yh_account_row *a = row;
	struct yh_jw *w = rq->w;

	yh_view_account(rq, &a->person);
	if (yh_view_clearance(rq, &a->person, NULL) != YH_OK)
		yh_jw_str(w, "clearance", "");
	yh_jw_str(w, "owner_login", a->owner);
	yh_jw_time(w, "used_at", a->used_at);
	yh_jw_time(w, "password_at", a->person.secret_at);
	yh_jw_int(w, "roles", a->roles);
	yh_jw_int(w, "addresses", a->addresses);
	yh_jw_arr(w, "flags");
	for (unsigned i = 0; i < YH_ACCOUNT_FLAGS; i++)
		if (a->flags & 1U << i) {
			yh_jw_obj(w, NULL);
			yh_list_word(rq, "flag", "account-flag", yh_account_flags[i]);
			yh_jw_end_obj(w);
		}
	yh_jw_end_arr(w);
}

static const char *login_of(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_account_row *)row)->person.login;
}

static enum yh_rc review(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_account_filter f = { .after = rq->cursor,
				       .limit = yh_list_ask(rq),
				       .flags = flags_of(q->flag) };
	struct yh_account_row *rows;
	size_t n;
	enum yh_rc rc = yh_list_sought(rq, q->text, &f.text, err);

	if (rc == YH_OK)
		rc = yh_account_review(&rq->cx, &f, q->unused_days, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_account, login_of);
	return rc;
}

static enum yh_rc own_services(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_account_filter f = {
		.after = "", .text = "", .limit = 200, .owner = rq->cx.actor->person
	};
	struct yh_account_row *rows;
	size_t n;
	enum yh_rc rc = yh_account_review(&rq->cx, &f, 0, &rows, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_account);
	return rc;
}

static enum yh_rc prepare(struct yh_req *rq, void *in, struct yh_err *err)
{
	(void)rq;
	return yh_password_draw(&((struct account_in *)in)->made, err);
}

static enum yh_rc close_it(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	return rc == YH_OK ? yh_account_close(&rq->cx, &id, q->reason, err) : rc;
}

/* Of whom one alone would get at the account, by two: asks for it, else *asked is false. */
static enum yh_rc ask(struct yh_req *rq, const char *kind, const struct yh_id *person,
		      const char *reason, bool *asked, struct yh_err *err)
{
	struct yh_act_row act = { .person = *person,
				  .first_day = YH_DAY_NONE,
				  .last_day = YH_DAY_NONE,
				  .reason = reason };
	enum yh_rc rc = yh_act_weighs(&rq->cx, person, asked, err);

	(void)snprintf(act.kind, sizeof act.kind, "%s", kind);
	return rc == YH_OK && *asked ? yh_api_act_ask(rq, &act, "act", err) : rc;
}

static enum yh_rc ask_reopen(struct yh_req *rq, const struct account_in *q, const struct yh_id *id,
			     bool *asked, struct yh_err *err)
{
	struct yh_person_row row;
	enum yh_rc rc = ask(rq, "reopen", id, q->reason, asked, err);

	if (rc == YH_OK && *asked)
		rc = yh_person_load(rq->cx.tx, id, rq->cx.arena, &row, err);
	if (rc != YH_OK || !*asked)
		return rc;
	yh_view_account(rq, &row);
	yh_jw_str(rq->w, "one_time_password", NULL);
	return YH_OK;
}

static enum yh_rc reopen(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_person_row row;
	struct yh_id id;
	bool asked = false;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	if (rc == YH_OK)
		rc = ask_reopen(rq, q, &id, &asked, err);
	if (asked)
		return rc;
	if (rc == YH_OK)
		rc = yh_account_reopen(&rq->cx, &id, &q->made, q->reason, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->once = true;
	yh_view_account(rq, &row);
	yh_jw_str(rq->w, "one_time_password",
		  strcmp(row.kind, "service") == 0 ? NULL : q->made.password);
	return YH_OK;
}

static enum yh_rc until(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_person_row row;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	if (rc == YH_OK)
		rc = yh_account_until(&rq->cx, &id, q->last_day, q->reason, &row, err);
	if (rc == YH_OK)
		yh_view_account(rq, &row);
	return rc;
}

static enum yh_rc factor_reset(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_id id;
	bool asked = false;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	if (rc == YH_OK)
		rc = ask(rq, "factor", &id, q->reason, &asked, err);
	return rc == YH_OK && !asked ? yh_factor_reset(&rq->cx, &id, q->reason, err) : rc;
}

static enum yh_rc contact(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	const char *mail;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	if (rc == YH_OK)
		rc = yh_contact_unmask(&rq->cx, &id, q->reason, &mail, err);
	if (rc != YH_OK)
		return rc;
	rq->once = true;
	yh_jw_str(rq->w, "mail", *mail ? mail : NULL);
	return YH_OK;
}

static enum yh_rc service_create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_service_in s = { .login = q->login, .name = q->name, .last_day = q->last_day };
	struct yh_person_row row;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->owner, &s.owner, err);

	if (rc == YH_OK)
		rc = yh_service_create(&rq->cx, &s, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_view_account(rq, &row);
	return YH_OK;
}

static enum yh_rc service_owner(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct account_in *q = in;
	struct yh_person_row row;
	struct yh_id id, owner;
	enum yh_rc rc = yh_ref_person(&rq->cx, q->person, &id, err);

	if (rc == YH_OK)
		rc = yh_ref_person(&rq->cx, q->owner, &owner, err);
	if (rc == YH_OK)
		rc = yh_service_owner(&rq->cx, &id, &owner, q->reason, &row, err);
	if (rc == YH_OK)
		yh_view_account(rq, &row);
	return rc;
}

static const struct yh_column columns[] = {
	{ "登录名", "LOGIN", "login" },
	YH_COL("姓名", "NAME", "name"),
	{ "类别", "KIND", "kind_title" },
	{ "状态", "STATUS", "status_title" },
	{ "最近使用", "USED", "used_at" },
	{ "最后有效日", "LAST DAY", "last_day" },
	{ "角色数", "ROLES", "roles" },
	{ "第二因素", "FACTOR", "second_factor" },
	{ "许可", "CLEARANCE", "clearance_title" },
	{ "提示", "FLAGS", "flags" },
	{ 0 },
};

#define IN sizeof(struct account_in)
static const struct yh_op ops[] = {
	{ "account.review", YH_GET, "/api/v1/accounts", "account.review", YH_OP_PAGED, NULL,
	  review_query, NULL, IN, review, columns, "账户核查：久未使用、到期、无角色、共用等",
	  "Accounts with what there is to say of them: unused, ended, without a role, shared …",
	  .reply = "@Account" },
	{ "person.close", YH_POST, "/api/v1/people/{person}/close", "person.manage", YH_OP_WRITE,
	  person_path, NULL, reason_body, IN, close_it, NULL, "停用账户", "Close an account",
	  .reply = "{}" },
	{ "person.reopen", YH_POST, "/api/v1/people/{person}/reopen", "person.manage", YH_OP_WRITE,
	  person_path, NULL, reason_body, IN, reopen, NULL, "重新启用账户（管理员的须两人办理）",
	  "Open an account again; an administrator's takes two persons", prepare,
	  .reply = "{@Person one_time_password:text|null act?:@Act one_time_half?}" },
	{ "person.until", YH_PUT, "/api/v1/people/{person}/until", "person.manage", YH_OP_WRITE,
	  person_path, NULL, until_body, IN, until, NULL, "设定账户的最后有效日",
	  "Set the last day on which an account works", .reply = "@Person" },
	{ "person.factor_reset", YH_POST, "/api/v1/people/{person}/second-factor/reset",
	  "person.manage", YH_OP_WRITE, person_path, NULL, reason_body, IN, factor_reset, NULL,
	  "取消他人的第二因素（设备遗失等；管理员的须两人办理）",
	  "Take away another's second factor; an administrator's takes two persons",
	  .reply = "{act?:@Act}" },
	{ "person.contact", YH_POST, "/api/v1/people/{person}/contact", "person.contact",
	  YH_OP_WRITE, person_path, NULL, reason_body, IN, contact, NULL,
	  "查看联系方式原文（留痕）", "See a person's address unmasked; it is recorded",
	  .reply = "{mail:text|null}" },
	{ "service.create", YH_POST, "/api/v1/services", "person.manage", YH_OP_WRITE, NULL, NULL,
	  service_body, IN, service_create, NULL, "新建服务账户（仅凭令牌使用）",
	  "Create a program's account, which has tokens alone", .reply = "@Person" },
	{ "service.owner", YH_PUT, "/api/v1/services/{person}/owner", "person.manage", YH_OP_WRITE,
	  person_path, NULL, owner_body, IN, service_owner, NULL, "变更服务账户的责任人",
	  "Name who answers for a program", .reply = "@Person" },
	{ "service.list", YH_GET, "/api/v1/account/services", NULL, 0, NULL, NULL, NULL, 0,
	  own_services, columns, "本人负责的服务账户", "The programs that one answers for",
	  .reply = "{items:[@Account]}" },
};

const struct yh_op_table yh_ops_account = { ops, sizeof ops / sizeof ops[0] };
