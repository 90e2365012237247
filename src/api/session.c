/* Signing in and out, sessions, one's own password. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/list.h"
#include "services/identity/account.h"

struct sign_in_in {
	const char *login, *password;
	struct yh_password_try tried;
};
static const struct yh_field sign_in_body[] = {
	{ "login", YH_F_CODE, offsetof(struct sign_in_in, login), YH_REQUIRED, .max = 64,
	  .about = "login name" },
	{ "password", YH_F_LINE, offsetof(struct sign_in_in, password), YH_REQUIRED | YH_SECRET,
	  .max = 128, .about = "password" },
	{ 0 },
};

static enum yh_rc prepare_sign_in(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct sign_in_in *s = in;

	return yh_account_try(&rq->cx, s->login, s->password, &s->tried, err);
}

static void write_begun(struct yh_req *rq, const struct yh_session_out *out)
{
	yh_jw_time(rq->w, "expires_at", out->expires_at);
	yh_jw_bool(rq->w, "must_change_password", out->must_change);
	yh_jw_str(rq->w, "second_factor", out->factor);
}

/* A failed sign-in must leave its count behind, so the transaction commits; the failure goes into
 * the reply. */
static enum yh_rc sign_in(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct sign_in_in *s = in;
	struct yh_session_out out = { 0 };
	enum yh_rc rc = yh_account_sign_in(&rq->cx, s->login, s->password, &s->tried, &out,
					   &rq->refused, err);

	if (rc != YH_OK || rq->refused.rc != YH_OK)
		return rc;
	(void)snprintf(rq->session_cookie, sizeof rq->session_cookie, "%s", out.token);
	yh_jw_str(rq->w, "token", out.token);
	yh_jw_str(rq->w, "csrf", out.csrf);
	write_begun(rq, &out);
	return YH_OK;
}

struct code_in {
	const char *code;
};
static const struct yh_field code_body[] = {
	{ "code", YH_F_LINE, offsetof(struct code_in, code), YH_REQUIRED | YH_SECRET, .max = 40,
	  .about = "the code that one's device shows, or a recovery code" },
	{ 0 },
};

static enum yh_rc prove(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_session_out out;
	enum yh_rc rc = yh_session_code(&rq->cx, ((const struct code_in *)in)->code, &out,
					&rq->refused, err);

	rq->once = true;
	if (rc == YH_OK && rq->refused.rc == YH_OK)
		write_begun(rq, &out);
	return rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_actor *a = rq->cx.actor;
	bool reads_only = a->scopes && strcmp(a->scopes, "read") == 0; /* of a token */
	const char *factor;
	enum yh_rc rc = yh_session_factor(&rq->cx, &factor, err);

	(void)in;
	if (rc != YH_OK)
		return rc;
	yh_jw_id(rq->w, "person", &a->person);
	yh_jw_str(rq->w, "login", a->login);
	yh_jw_str(rq->w, "name", a->name);
	yh_jw_bool(rq->w, "must_change_password", a->must_change);
	yh_jw_str(rq->w, "second_factor", factor);
	yh_jw_arr(rq->w, "roles");
	for (size_t i = 0; i < a->n_grants; i++) {
		const struct yh_grant *g = &a->grants[i];

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "role", g->role);
		yh_list_titled(rq, "role", yh_view_role(rq, g->role));
		yh_jw_id(rq->w, "org", &g->org);
		yh_jw_str(rq->w, "org_name", g->org_name);
		yh_jw_str(rq->w, "district", g->district);
		yh_list_word(rq, "capacity", "capacity", g->capacity);
		yh_jw_id(rq->w, "lent_by", &g->giver);
		yh_jw_str(rq->w, "scope", g->scope ? g->scope : "");
		yh_jw_bool(rq->w, "reads_only", g->scope && g->scope[0]);
		reads_only = reads_only || (g->scope && g->scope[0]);
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	yh_jw_bool(rq->w, "reads_only", reads_only);
	return YH_OK;
}

static enum yh_rc sign_out(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	rq->clear_cookie = true;
	return yh_account_sign_out(&rq->cx, err);
}

struct password_in {
	const char *old_password, *new_password;
	struct yh_password_try tried;
	struct yh_password_new made;
};
static const struct yh_field password_body[] = {
	{ "old_password", YH_F_LINE, offsetof(struct password_in, old_password),
	  YH_REQUIRED | YH_SECRET, .max = 128, .about = "the password so far" },
	{ "new_password", YH_F_LINE, offsetof(struct password_in, new_password),
	  YH_REQUIRED | YH_SECRET, .max = 128,
	  .about = "as the pack asks: long enough, of several kinds, not a former one, without the "
		   "login" },
	{ 0 },
};

/* Only a right old password is worth the new one's hash. */
static enum yh_rc prepare_password(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct password_in *p = in;

	return yh_account_password_make(&rq->cx, p->old_password, p->new_password, &p->tried,
					&p->made, err);
}

static enum yh_rc password(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct password_in *p = in;

	return yh_account_password_made(&rq->cx, p->old_password, p->new_password, &p->tried,
					&p->made, &rq->refused, err);
}

struct session_in {
	struct yh_id id;
};
static const struct yh_field session_path[] = {
	{ "id", YH_F_ID, offsetof(struct session_in, id), YH_REQUIRED,
	  .about = "the session's id" },
	{ 0 },
};

static void write_session(struct yh_req *rq, const void *row)
{
	const struct yh_token_row *t = row;
	struct yh_jw *w = rq->w;

	yh_jw_id(w, "id", &t->id);
	yh_jw_str(w, "source", t->source);
	yh_jw_time(w, "created_at", t->created_at);
	yh_jw_time(w, "used_at", t->used_at);
	yh_jw_time(w, "expires_at", t->expires_at);
	yh_jw_bool(w, "proven", t->proven);
	yh_jw_bool(w, "this", yh_id_eq(&t->id, &rq->cx.actor->token));
}

static enum yh_rc session_list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n;
	enum yh_rc rc = yh_sessions_live(&rq->cx, &rq->cx.actor->person, &list, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_session);
	return rc;
}

static enum yh_rc session_end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_session_end(&rq->cx, &((const struct session_in *)in)->id, err);
}

static enum yh_rc session_end_others(struct yh_req *rq, const void *in, struct yh_err *err)
{
	int64_t n;
	enum yh_rc rc = yh_sessions_end_others(&rq->cx, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_jw_int(rq->w, "ended", n);
	return rc;
}

static const struct yh_column session_columns[] = {
	{ "地址", "ADDRESS", "source" },
	{ "开始", "BEGUN", "created_at" },
	{ "最近使用", "USED", "used_at" },
	{ "到期", "EXPIRES", "expires_at" },
	{ "当前", "THIS", "this" },
	{ "编号", "ID", "id" },
	{ 0 },
};
static const struct yh_column role_columns[] = {
	{ "登录名", "LOGIN", "login" },
	{ "姓名", "NAME", "name" },
	{ 0 },
};

static const struct yh_op ops[] = {
	{ "session.create", YH_POST, "/api/v1/session", NULL,
	  YH_OP_PUBLIC | YH_OP_WRITE | YH_OP_SIGN_IN, NULL, NULL, sign_in_body,
	  sizeof(struct sign_in_in), sign_in, NULL, "登录", "Sign in", prepare_sign_in,
	  .reply = "{token csrf expires_at:time must_change_password:bool "
		   "second_factor:none|done|code|enrol}" },
	{ "session.show", YH_GET, "/api/v1/session", NULL, 0, NULL, NULL, NULL, 0, show,
	  role_columns, "当前身份与角色", "Who one is, and one's roles today",
	  .reply = "{person:id login name must_change_password:bool "
		   "second_factor:none|done|code|enrol roles:[{role role_title org:id "
		   "org_name district capacity:handle|review|sign capacity_title "
		   "lent_by:id|null scope reads_only:bool}] reads_only:bool}" },
	{ "session.delete", YH_DELETE, "/api/v1/session", NULL, YH_OP_WRITE, NULL, NULL, NULL, 0,
	  sign_out, NULL, "退出登录", "Sign out", .reply = "{}" },
	{ "account.password", YH_POST, "/api/v1/account/password", NULL,
	  YH_OP_WRITE | YH_OP_SIGN_IN, NULL, NULL, password_body, sizeof(struct password_in),
	  password, NULL, "修改本人密码", "Change one's own password", prepare_password,
	  .reply = "{}" },
	{ "session.code", YH_POST, "/api/v1/session/code", NULL, YH_OP_WRITE | YH_OP_SIGN_IN, NULL,
	  NULL, code_body, sizeof(struct code_in), prove, NULL, "登录第二步：动态口令或恢复码",
	  "The second step of signing in: a code of one's device, or a recovery code",
	  .reply = "{expires_at:time must_change_password:bool second_factor}" },
	{ "session.list", YH_GET, "/api/v1/account/sessions", NULL, 0, NULL, NULL, NULL, 0,
	  session_list, session_columns, "本人的登录会话", "One's own sessions",
	  .reply = "{items:[{id:id source created_at:time used_at:time expires_at:time proven:bool "
		   "this:bool}]}" },
	{ "session.end", YH_DELETE, "/api/v1/account/sessions/{id}", NULL, YH_OP_WRITE,
	  session_path, NULL, NULL, sizeof(struct session_in), session_end, NULL,
	  "结束本人的一个会话", "End one of one's own sessions", .reply = "{}" },
	{ "session.end_others", YH_DELETE, "/api/v1/account/sessions", NULL, YH_OP_WRITE, NULL,
	  NULL, NULL, 0, session_end_others, NULL, "结束本人的其他会话",
	  "End all of one's sessions but this one", .reply = "{ended:int}" },
};

const struct yh_op_table yh_ops_session = { ops, sizeof ops / sizeof ops[0] };
