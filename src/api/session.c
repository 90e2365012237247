/* Signing in and out, one's own account and tokens. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
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
	yh_jw_time(rq->w, "expires_at", out.expires_at);
	yh_jw_bool(rq->w, "must_change_password", out.must_change);
	return YH_OK;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_actor *a = rq->cx.actor;
	bool reads_only = a->scopes && strcmp(a->scopes, "read") == 0; /* of a token */

	(void)in;
	(void)err;
	yh_jw_id(rq->w, "person", &a->person);
	yh_jw_str(rq->w, "login", a->login);
	yh_jw_str(rq->w, "name", a->name);
	yh_jw_bool(rq->w, "must_change_password", a->must_change);
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
	  .about = "at least ten characters, three of four kinds, without the login" },
	{ 0 },
};

/* Only a right old password is worth the new one's hash. */
static enum yh_rc prepare_password(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct password_in *p = in;
	enum yh_rc rc =
		yh_account_try(&rq->cx, rq->cx.actor->login, p->old_password, &p->tried, err);

	return rc == YH_OK && p->tried.fits ? yh_secret_hash(p->new_password, p->made.secret, err)
					    : rc;
}

static enum yh_rc password(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct password_in *p = in;

	return yh_account_password_made(&rq->cx, p->old_password, p->new_password, &p->tried,
					&p->made, err);
}

struct token_in {
	const char *label, *scopes;
	int64_t days;
	struct yh_id id;
};
static const struct yh_field token_body[] = {
	{ "label", YH_F_LINE, offsetof(struct token_in, label), YH_REQUIRED, .max = 100,
	  .about = "what it is for" },
	{ "scopes", YH_F_WORD, offsetof(struct token_in, scopes), YH_REQUIRED,
	  .choices = "all|read", .about = "what it may do" },
	{ "days", YH_F_INT, offsetof(struct token_in, days), YH_REQUIRED, .min = 1, .max = 366,
	  .about = "days until it expires" },
	{ 0 },
};
static const struct yh_field token_path[] = {
	{ "id", YH_F_ID, offsetof(struct token_in, id), YH_REQUIRED, .about = "the token's id" },
	{ 0 },
};

static void write_token(struct yh_req *rq, const void *row)
{
	const struct yh_token_row *t = row;
	struct yh_jw *w = rq->w;
	yh_jw_id(w, "id", &t->id);
	yh_jw_str(w, "kind", t->kind);
	yh_jw_str(w, "label", t->label);
	yh_jw_str(w, "scopes", t->scopes);
	yh_jw_time(w, "created_at", t->created_at);
	yh_jw_time(w, "expires_at", t->expires_at);
	yh_jw_time(w, "used_at", t->used_at);
}

static enum yh_rc token_create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct token_in *t = in;
	char token[YH_TOKEN_TEXT];
	struct yh_token_row row;
	enum yh_rc rc = yh_account_token(&rq->cx, t->label, t->scopes, t->days, token, &row, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_str(rq->w, "token", token);
	write_token(rq, &row);
	return YH_OK;
}

static enum yh_rc token_list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n;
	enum yh_rc rc = yh_token_list(rq->cx.tx, &rq->cx.actor->person, rq->cx.now, rq->cx.arena,
				      &list, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_token);
	return rc;
}

static enum yh_rc token_delete(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_account_token_end(&rq->cx, &((const struct token_in *)in)->id, err);
}

static const struct yh_column token_columns[] = {
	{ "标签", "LABEL", "label" },
	{ "范围", "SCOPES", "scopes" },
	{ "到期", "EXPIRES", "expires_at" },
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
	  .reply = "{token csrf expires_at:time must_change_password:bool}" },
	{ "session.show", YH_GET, "/api/v1/session", NULL, 0, NULL, NULL, NULL, 0, show,
	  role_columns, "当前身份与角色", "Who one is, and one's roles today",
	  .reply = "{person:id login name must_change_password:bool roles:[{role role_title org:id "
		   "org_name district capacity:handle|review|sign capacity_title "
		   "lent_by:id|null scope reads_only:bool}] reads_only:bool}" },
	{ "session.delete", YH_DELETE, "/api/v1/session", NULL, YH_OP_WRITE, NULL, NULL, NULL, 0,
	  sign_out, NULL, "退出登录", "Sign out", .reply = "{}" },
	{ "account.password", YH_POST, "/api/v1/account/password", NULL, YH_OP_WRITE, NULL, NULL,
	  password_body, sizeof(struct password_in), password, NULL, "修改本人密码",
	  "Change one's own password", prepare_password, .reply = "{}" },
	{ "token.create", YH_POST, "/api/v1/account/tokens", NULL, YH_OP_WRITE, NULL, NULL,
	  token_body, sizeof(struct token_in), token_create, NULL, "签发本人访问令牌",
	  "Issue a bearer token for oneself", .reply = "{token @Token}" },
	{ "token.list", YH_GET, "/api/v1/account/tokens", NULL, 0, NULL, NULL, NULL, 0, token_list,
	  token_columns, "本人有效令牌", "One's own live tokens", .reply = "{items:[@Token]}" },
	{ "token.delete", YH_DELETE, "/api/v1/account/tokens/{id}", NULL, YH_OP_WRITE, token_path,
	  NULL, NULL, sizeof(struct token_in), token_delete, NULL, "注销令牌",
	  "End one of one's own tokens", .reply = "{}" },
};

const struct yh_op_table yh_ops_session = { ops, sizeof ops / sizeof ops[0] };
