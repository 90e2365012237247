/* Accounts, grants and delegations. */
#include <stdio.h>
#include <string.h>

#include "api/account.h"
#include "api/act.h"
#include "api/api.h"
#include "api/case_names.h"
#include "api/label.h"
#include "api/list.h"
#include "services/identity/acts.h"
#include "services/identity/contact.h"
#include "services/identity/handover.h"

struct person_in {
	const char *login, *name, *person, *org, *text, *sort, *order;
	const char *role, *capacity, *taker, *reason, *scope;
	yh_day first_day, last_day;
	struct yh_id grant, delegation;
	struct yh_password_new made;
};

static const struct yh_field create_body[] = {
	{ "login", YH_F_CODE, offsetof(struct person_in, login), YH_REQUIRED, .max = 40,
	  .about = "lower-case login, for good" },
	{ "name", YH_F_LINE, offsetof(struct person_in, name), YH_REQUIRED, .max = 60,
	  .about = "the person's name" },
	{ 0 },
};
static const struct yh_field person_path[] = {
	{ "person", YH_F_CODE, offsetof(struct person_in, person), YH_REQUIRED, .max = 64,
	  .about = "login or id" },
	{ 0 },
};
#define PERSON_SORTS "login|name"
static const struct yh_field list_query[] = {
	YH_LIST_TEXT(person_in, "login or the name"),
	{ "org", YH_F_CODE, offsetof(struct person_in, org), 0, .max = 64,
	  .about = "only those with a role in this organisation" },
	{ "role", YH_F_CODE, offsetof(struct person_in, role), 0, .max = 31,
	  .about = "only those with this role, there or anywhere" },
	YH_LIST_SORT(person_in, PERSON_SORTS, "login"),
	{ 0 },
};
#define REASON                                                                                     \
	{                                                                                          \
		"reason", YH_F_LINE, offsetof(struct person_in, reason), 0,                        \
			.max = 200, .about = "why, for who confirms it"                            \
	}
static const struct yh_field grant_body[] = {
	{ "role", YH_F_CODE, offsetof(struct person_in, role), YH_REQUIRED, .max = 31,
	  .about = "a role of the policy pack" },
	{ "org", YH_F_CODE, offsetof(struct person_in, org), YH_REQUIRED, .max = 64,
	  .about = "organisation, by code or id" },
	{ "capacity", YH_F_WORD, offsetof(struct person_in, capacity), YH_REQUIRED,
	  .choices = "handle|review|sign", .about = "what the person may do in the body's chain" },
	{ "first_day", YH_F_DAY, offsetof(struct person_in, first_day), 0,
	  .about = "from this day; today when absent" },
	{ "last_day", YH_F_DAY, offsetof(struct person_in, last_day), 0,
	  .about = "to this day; open when absent" },
	{ "scope", YH_F_LINE, offsetof(struct person_in, scope), 0, .max = 500,
	  .about = "of a role that may only look: the kinds of things, blanks between" },
	REASON,
	{ 0 },
};
static const struct yh_field reason_body[] = { REASON, { 0 } };
static const struct yh_field handover_body[] = {
	{ "taker", YH_F_CODE, offsetof(struct person_in, taker), YH_REQUIRED, .max = 64,
	  .about = "who has it all from now on, by login or id" },
	{ "reason", YH_F_LINE, offsetof(struct person_in, reason), YH_REQUIRED, .max = 200,
	  .about = "why" },
	{ 0 },
};
static const struct yh_field handover_query[] = {
	{ "taker", YH_F_CODE, offsetof(struct person_in, taker), YH_REQUIRED, .max = 64,
	  .about = "who would have it all, by login or id" },
	{ 0 },
};
static const struct yh_field grant_path[] = {
	{ "grant", YH_F_ID, offsetof(struct person_in, grant), YH_REQUIRED,
	  .about = "the grant's id" },
	{ 0 },
};
static const struct yh_field delegate_body[] = {
	{ "role", YH_F_CODE, offsetof(struct person_in, role), YH_REQUIRED, .max = 31,
	  .about = "the role that is lent" },
	{ "org", YH_F_CODE, offsetof(struct person_in, org), YH_REQUIRED, .max = 64,
	  .about = "organisation of the role" },
	{ "taker", YH_F_CODE, offsetof(struct person_in, taker), YH_REQUIRED, .max = 64,
	  .about = "who acts meanwhile, by login or id" },
	{ "first_day", YH_F_DAY, offsetof(struct person_in, first_day), YH_REQUIRED,
	  .about = "from this day" },
	{ "last_day", YH_F_DAY, offsetof(struct person_in, last_day), YH_REQUIRED,
	  .about = "to this day" },
	{ "reason", YH_F_LINE, offsetof(struct person_in, reason), YH_REQUIRED, .max = 200,
	  .about = "why" },
	{ 0 },
};

static const struct yh_field delegation_path[] = {
	{ "delegation", YH_F_ID, offsetof(struct person_in, delegation), YH_REQUIRED,
	  .about = "its id" },
	{ 0 },
};

static void write_person(struct yh_req *rq, const void *row)
{
	yh_view_account(rq, row);
}

static const char *login_of(struct yh_req *rq, const void *row)
{
	(void)rq;
	return ((const struct yh_person_row *)row)->login;
}

static void write_grant(struct yh_req *rq, const void *row)
{
	const struct yh_grant_row *g = row;
	struct yh_jw *w = rq->w;
	yh_jw_id(w, "id", &g->id);
	yh_jw_str(w, "role", g->role);
	yh_list_titled(rq, "role", yh_view_role(rq, g->role));
	yh_jw_str(w, "org", g->org_code);
	yh_jw_str(w, "org_name", g->org_name);
	yh_list_word(rq, "capacity", "capacity", g->capacity);
	yh_jw_day(w, "first_day", g->first_day);
	yh_jw_day(w, "last_day", g->last_day);
	yh_jw_str(w, "scope", g->scope);
}

static enum yh_rc prepare(struct yh_req *rq, void *in, struct yh_err *err)
{
	(void)rq;
	return yh_password_draw(&((struct person_in *)in)->made, err);
}

static enum yh_rc create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_person_row row;
	enum yh_rc rc = yh_account_create_made(&rq->cx, p->login, p->name, &p->made, &row, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->once = true;
	write_person(rq, &row);
	yh_jw_str(rq->w, "one_time_password", p->made.password);
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_person_row row;
	struct yh_grant_row *grants;
	const char *mail;
	struct yh_id id;
	size_t n;
	enum yh_rc rc = yh_ref_person(&rq->cx, ((const struct person_in *)in)->person, &id, err);

	if (rc == YH_OK)
		rc = yh_person_load(rq->cx.tx, &id, rq->cx.arena, &row, err);
	if (rc == YH_OK)
		rc = yh_grants_on(rq->cx.tx, &id, yh_ctx_today(&rq->cx), rq->cx.arena, &grants, &n,
				  err);
	if (rc == YH_OK)
		rc = yh_contact_masked(&rq->cx, &id, &mail, err);
	if (rc != YH_OK)
		return rc;
	write_person(rq, &row);
	rc = yh_view_clearance(rq, &row, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "mail", *mail ? mail : NULL);
	yh_list_write(rq, "grants", grants, n, sizeof *grants, write_grant);
	return YH_OK;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_person_filter f = { .role = p->role ? p->role : "",
				      .after = rq->cursor,
				      .limit = yh_list_ask(rq),
				      .by_name = yh_list_sort(PERSON_SORTS, p->sort) == 1,
				      .descending = yh_list_falls(p->order) };
	struct yh_person_row *rows;
	size_t n;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_org, p->org, "?org", &f.org, err);

	if (rc == YH_OK)
		rc = yh_list_sought(rq, p->text, &f.text, err);
	if (rc == YH_OK)
		rc = yh_person_list(rq->cx.tx, &f, rq->cx.arena, &rows, &n, err);
	if (rc != YH_OK)
		return rc;
	yh_list_page(rq, rows, n, sizeof *rows, write_person, login_of);
	return YH_OK;
}

/* Of those whom other administrators must agree about, by two. */
static enum yh_rc reset(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_act_row act = { .kind = "reset",
				  .first_day = YH_DAY_NONE,
				  .last_day = YH_DAY_NONE,
				  .reason = p->reason };
	bool weighs = false;
	enum yh_rc rc = yh_ref_person(&rq->cx, p->person, &act.person, err);

	if (rc == YH_OK)
		rc = yh_act_weighs(&rq->cx, &act.person, &weighs, err);
	if (rc == YH_OK && weighs)
		return yh_api_act_ask(rq, &act, "act", err);
	if (rc == YH_OK)
		rc = yh_account_reset(&rq->cx, &act.person, &p->made, err);
	if (rc != YH_OK)
		return rc;
	rq->once = true;
	yh_jw_str(rq->w, "one_time_password", p->made.password);
	return YH_OK;
}

static enum yh_rc grant(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_act_row act = { .kind = "grant",
				  .first_day = p->first_day,
				  .last_day = p->last_day,
				  .scope = p->scope,
				  .reason = p->reason };
	enum yh_rc rc = yh_ref_person(&rq->cx, p->person, &act.person, err);

	(void)snprintf(act.role, sizeof act.role, "%s", p->role);
	(void)snprintf(act.capacity, sizeof act.capacity, "%s", p->capacity);
	if (rc == YH_OK)
		rc = yh_ref_org(&rq->cx, p->org, &act.org, err);
	return rc == YH_OK ? yh_api_act_ask(rq, &act, NULL, err) : rc;
}

static enum yh_rc ungrant(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_act_row act = { .kind = "ungrant", .grant = p->grant, .reason = p->reason };

	return yh_api_act_ask(rq, &act, NULL, err);
}

static enum yh_rc delegate(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_delegation_row d = { .first_day = p->first_day,
				       .last_day = p->last_day,
				       .reason = p->reason };
	struct yh_id id;
	enum yh_rc rc = yh_ref_opt(&rq->cx, yh_ref_person, p->taker, "/taker", &d.taker, err);

	for (size_t i = 0; i < sizeof d.role - 1 && p->role[i]; i++)
		d.role[i] = p->role[i];
	if (rc == YH_OK)
		rc = yh_ref_org(&rq->cx, p->org, &d.org, err);
	if (rc == YH_OK)
		rc = yh_account_delegate(&rq->cx, &d, &id, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_id(rq->w, "id", &id);
	return YH_OK;
}

static void write_lent(struct yh_req *rq, const void *row)
{
	const struct yh_lent_row *l = row;
	struct yh_jw *w = rq->w;

	yh_jw_id(w, "id", &l->lent.id);
	yh_jw_str(w, "giver", l->giver_login);
	yh_jw_str(w, "giver_name", l->giver_name);
	yh_jw_str(w, "taker", l->taker_login);
	yh_jw_str(w, "taker_name", l->taker_name);
	yh_jw_str(w, "role", l->lent.role);
	yh_list_titled(rq, "role", yh_view_role(rq, l->lent.role));
	yh_jw_str(w, "org", l->org_code);
	yh_jw_str(w, "org_name", l->org_name);
	yh_jw_day(w, "first_day", l->lent.first_day);
	yh_jw_day(w, "last_day", l->lent.last_day);
	yh_jw_str(w, "reason", l->lent.reason);
}

static enum yh_rc lent(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_lent_row *list;
	size_t n;
	enum yh_rc rc = yh_account_lent(&rq->cx, &list, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_lent);
	return rc;
}

static enum yh_rc lent_end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_account_lent_end(&rq->cx, &((const struct person_in *)in)->delegation, err);
}

static void write_handed(struct yh_req *rq, const void *row)
{
	const struct yh_handed *h = row;

	write_grant(rq, &h->grant);
	yh_jw_bool(rq->w, "had", h->had);
	yh_jw_int(rq->w, "steps", (int64_t)h->open.n_cases);
	yh_jw_int(rq->w, "duties", (int64_t)h->open.n_duties);
	yh_jw_int(rq->w, "own", h->open.own);
}

static enum yh_rc hand_over(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_act_row act = { .kind = "handover",
				  .first_day = YH_DAY_NONE,
				  .last_day = YH_DAY_NONE,
				  .reason = p->reason };
	enum yh_rc rc = yh_ref_person(&rq->cx, p->person, &act.person, err);

	if (rc == YH_OK)
		rc = yh_ref_person(&rq->cx, p->taker, &act.taker, err);
	return rc == YH_OK ? yh_api_act_ask(rq, &act, NULL, err) : rc;
}

static enum yh_rc would_hand_over(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct person_in *p = in;
	struct yh_id from, taker;
	struct yh_handover h;
	enum yh_rc rc = yh_ref_person(&rq->cx, p->person, &from, err);

	if (rc == YH_OK)
		rc = yh_ref_person(&rq->cx, p->taker, &taker, err);
	if (rc == YH_OK)
		rc = yh_account_hand_over(&rq->cx, &from, &taker, NULL, true, &h, err);
	if (rc == YH_OK)
		yh_list_write(rq, "items", h.list, h.n, sizeof *h.list, write_handed);
	return rc;
}

static enum yh_rc kinds(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	yh_jw_arr(rq->w, "items");
	for (const char *s = yh_reader_kinds; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		const char *kind = yh_arena_strndup(rq->cx.arena, s, strcspn(s, " "));

		if (!kind)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		yh_jw_obj(rq->w, NULL);
		yh_list_word(rq, "kind", "reader-kind", kind);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static const struct yh_column kind_columns[] = {
	YH_COL("可查阅", "KIND", "kind"),
	{ "名称", "TITLE", "kind_title" },
	{ 0 },
};
static const struct yh_column handover_columns[] = {
	{ "角色", "ROLE", "role_title" },
	{ "单位", "ORG", "org_name" },
	{ "已有", "HAD", "had" },
	{ "待办环节", "STEPS", "steps" },
	{ "责任事项", "DUTIES", "duties" },
	{ "本人申请", "OWN", "own" },
	{ 0 },
};
static const struct yh_column columns[] = {
	{ "登录名", "LOGIN", "login" },
	{ "姓名", "NAME", "name" },
	{ "状态", "STATUS", "status" },
	{ 0 },
};

#define IN sizeof(struct person_in)
static const struct yh_column lent_columns[] = {
	{ "委托人", "GIVER", "giver_name" },
	{ "受托人", "TAKER", "taker_name" },
	{ "角色", "ROLE", "role" },
	{ "单位", "ORG", "org_name" },
	{ "起", "FROM", "first_day" },
	{ "止", "TO", "last_day" },
	{ "编号", "ID", "id" },
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "person.create", YH_POST, "/api/v1/people", "person.manage", YH_OP_WRITE, NULL, NULL,
	  create_body, IN, create, NULL, "新建账户（一次性密码只显示一次）",
	  "Create an account; its one-time password is shown once", prepare,
	  .reply = "{@Person one_time_password}" },
	{ "person.list", YH_GET, "/api/v1/people", "person.read", YH_OP_PAGED, NULL, list_query,
	  NULL, IN, list, columns, "账户列表", "List accounts", .reply = "@Person" },
	{ "person.show", YH_GET, "/api/v1/people/{person}", "person.read", 0, person_path, NULL,
	  NULL, IN, show, NULL, "查看账户与角色", "Show an account and its roles",
	  .reply = "{@Person clearance clearance_title clearance_named:bool mail:text|null "
		   "grants:[@Grant]}" },
	{ "person.reset", YH_POST, "/api/v1/people/{person}/password", "person.manage", YH_OP_WRITE,
	  person_path, NULL, reason_body, IN, reset, NULL, "重置密码（管理员的须两人办理）",
	  "Set a new one-time password; an administrator's takes two persons", prepare,
	  .reply = "{one_time_password? act?:@Act one_time_half?}" },
	{ "person.handover", YH_POST, "/api/v1/people/{person}/handover", "grant.manage",
	  YH_OP_WRITE, person_path, NULL, handover_body, IN, hand_over, NULL,
	  "把一人的全部角色、待办环节和责任事项一次交接给另一人（两人办理）",
	  "Hand over all roles, open steps and duties of a person at once; takes two persons",
	  .reply = "{@Act one_time_half?}" },
	{ "person.handover_preview", YH_GET, "/api/v1/people/{person}/handover", "grant.manage", 0,
	  person_path, handover_query, NULL, IN, would_hand_over, handover_columns,
	  "交接预览：将交出哪些角色，其下有多少待办",
	  "What would be handed over, and what waits there", .reply = "{items:[@Handed]}" },
	{ "grant.create", YH_POST, "/api/v1/people/{person}/grants", "grant.manage", YH_OP_WRITE,
	  person_path, NULL, grant_body, IN, grant, NULL, "授予角色（两人办理）",
	  "Grant a role; takes two persons", .reply = "{@Act one_time_half?}" },
	{ "grant.delete", YH_DELETE, "/api/v1/grants/{grant}", "grant.manage", YH_OP_WRITE,
	  grant_path, NULL, reason_body, IN, ungrant, NULL, "收回角色（两人办理）",
	  "End a grant; takes two persons", .reply = "@Act" },
	{ "grant.kinds", YH_GET, "/api/v1/reader-kinds", "grant.manage", 0, NULL, NULL, NULL, 0,
	  kinds, kind_columns, "外来人员可以查阅的内容（角色的 scope）",
	  "What may be named in the scope of a role for looking only",
	  .reply = "{items:[{kind kind_title}]}" },
	{ "delegation.create", YH_POST, "/api/v1/delegations", NULL, YH_OP_WRITE, NULL, NULL,
	  delegate_body, IN, delegate, NULL, "外出期间委托他人办理",
	  "Lend one's own role for some days", .reply = "{id:id}" },
	{ "delegation.list", YH_GET, "/api/v1/delegations", NULL, 0, NULL, NULL, NULL, 0, lent,
	  lent_columns, "本人委托出去和受托的角色，今日起有效的",
	  "What one lends and is lent, today or later",
	  .reply = "{items:[{id:id giver giver_name taker taker_name role role_title org org_name "
		   "first_day:day last_day:day reason}]}" },
	{ "delegation.end", YH_DELETE, "/api/v1/delegations/{delegation}", NULL, YH_OP_WRITE,
	  delegation_path, NULL, NULL, IN, lent_end, NULL, "收回委托，或退回受托的角色",
	  "Take back what one lent, or give back what one was lent", .reply = "{}" },
};

static const struct yh_named_shape shapes[] = {
	{ "Handed", "{@Grant had:bool steps:int duties:int own:int}" },
	{ 0 },
};

const struct yh_op_table yh_ops_people = { ops, sizeof ops / sizeof ops[0], shapes };
