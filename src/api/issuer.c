/* Signing in through issuers, and which accounts they stand for. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "http/flow.h"
#include "services/issuer/issuer.h"

enum { BACK_MAX = 2048, LOGOUT_MAX = 32768 };

struct issuer_in {
	const char *issuer, *person, *subject;
	const char *code, *state, *iss, *error;
	bool only;
	struct yh_id binding;
	struct yh_issuer_begin look;
	struct yh_issuer_back back;
	struct yh_issuer_said said;
};
static const struct yh_field issuer_path[] = {
	{ "issuer", YH_F_CODE, offsetof(struct issuer_in, issuer), YH_REQUIRED,
	  .max = YH_ISSUER_NAME - 1, .about = "the issuer's name" },
	{ 0 },
};
static const struct yh_field back_body[] = {
	{ "issuer", YH_F_CODE, offsetof(struct issuer_in, issuer), YH_REQUIRED,
	  .max = YH_ISSUER_NAME - 1, .about = "in the address that the browser came back to" },
	{ "state", YH_F_LINE, offsetof(struct issuer_in, state), YH_REQUIRED | YH_SECRET,
	  .max = 128, .about = "as the issuer sent it back" },
	{ "code", YH_F_LINE, offsetof(struct issuer_in, code), YH_SECRET, .max = BACK_MAX,
	  .about = "likewise" },
	{ "iss", YH_F_LINE, offsetof(struct issuer_in, iss), 0, .max = 255, .about = "likewise" },
	{ "error", YH_F_LINE, offsetof(struct issuer_in, error), 0, .max = 80,
	  .about = "what it said in place of a code" },
	{ 0 },
};
static const struct yh_field binding_path[] = {
	{ "id", YH_F_ID, offsetof(struct issuer_in, binding), YH_REQUIRED,
	  .about = "the binding's id" },
	{ 0 },
};
static const struct yh_field person_path[] = {
	{ "person", YH_F_CODE, offsetof(struct issuer_in, person), YH_REQUIRED, .max = 64,
	  .about = "login or id" },
	{ 0 },
};
static const struct yh_field person_binding_path[] = {
	{ "person", YH_F_CODE, offsetof(struct issuer_in, person), YH_REQUIRED, .max = 64,
	  .about = "login or id" },
	{ "id", YH_F_ID, offsetof(struct issuer_in, binding), YH_REQUIRED,
	  .about = "the binding's id" },
	{ 0 },
};
static const struct yh_field bind_body[] = {
	{ "issuer", YH_F_CODE, offsetof(struct issuer_in, issuer), YH_REQUIRED,
	  .max = YH_ISSUER_NAME - 1, .about = "the issuer's name" },
	{ "subject", YH_F_LINE, offsetof(struct issuer_in, subject), YH_REQUIRED,
	  .max = YH_SUBJECT - 1, .about = "whom it means (sub)" },
	{ 0 },
};
static const struct yh_field only_body[] = {
	{ "only", YH_F_BOOL, offsetof(struct issuer_in, only), YH_REQUIRED,
	  .about = "through issuers alone" },
	{ 0 },
};

static const char *title(const struct yh_req *rq, const struct yh_issuer *i)
{
	return strcmp(rq->lang, "zh") == 0 ? i->title_zh : i->title_en;
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_issuers *s = rq->cx.world->issuers;

	(void)in;
	(void)err;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < yh_issuers_count(s); i++) {
		const struct yh_issuer *one = yh_issuers_at(s, i);

		yh_jw_obj(rq->w, NULL);
		yh_jw_str(rq->w, "name", one->name);
		yh_jw_str(rq->w, "title", title(rq, one));
		yh_jw_end_obj(rq->w);
	}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

static enum yh_rc prepare_begin(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct issuer_in *i = in;

	return yh_issuer_look(&rq->cx, i->issuer, &i->look, err);
}

static enum yh_rc begin(struct yh_req *rq, const struct issuer_in *i, bool bind, struct yh_err *err)
{
	char cookie[YH_TOKEN_TEXT];
	const char *location;
	yh_time expires_at;
	enum yh_rc rc =
		yh_issuer_begin(&rq->cx, &i->look, bind, cookie, &location, &expires_at, err);

	if (rc != YH_OK)
		return rc;
	yh_req_flow_set(rq, cookie);
	yh_jw_str(rq->w, "location", location);
	yh_jw_time(rq->w, "expires_at", expires_at);
	return YH_OK;
}

static enum yh_rc begin_sign_in(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return begin(rq, in, false, err);
}

static enum yh_rc begin_bind(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return begin(rq, in, true, err);
}

static enum yh_rc prepare_back(struct yh_req *rq, void *in, struct yh_err *err)
{
	struct issuer_in *i = in;
	enum yh_rc rc;

	i->back = (struct yh_issuer_back){ .issuer = i->issuer,
					   .code = i->code,
					   .state = i->state,
					   .iss = i->iss,
					   .error = i->error };
	rc = yh_req_flow(rq, &i->back.cookie, err);
	if (rc != YH_OK)
		return rc;
	return yh_issuer_try(&rq->cx, &i->back, &i->said, err);
}

/* Of what was begun nothing is left, whatever came of it. */
static enum yh_rc sign_in(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct issuer_in *i = in;
	struct yh_session_out out = { 0 };
	enum yh_rc rc = yh_issuer_sign_in(&rq->cx, &i->back, &i->said, &out, &rq->refused, err);

	yh_req_flow_set(rq, NULL);
	if (rc != YH_OK || rq->refused.rc != YH_OK)
		return rc;
	(void)snprintf(rq->session_cookie, sizeof rq->session_cookie, "%s", out.token);
	yh_jw_str(rq->w, "token", out.token);
	yh_jw_str(rq->w, "csrf", out.csrf);
	yh_jw_time(rq->w, "expires_at", out.expires_at);
	yh_jw_bool(rq->w, "must_change_password", out.must_change);
	yh_jw_str(rq->w, "second_factor", out.factor);
	return YH_OK;
}

static void write_binding(struct yh_req *rq, const void *row)
{
	const struct yh_issuer_subject *b = row;
	const struct yh_issuer *i = yh_issuer_of(rq->cx.world->issuers, b->issuer);

	yh_jw_id(rq->w, "id", &b->id);
	yh_jw_str(rq->w, "issuer", i ? i->name : b->issuer);
	yh_jw_str(rq->w, "issuer_title", i ? title(rq, i) : b->issuer);
	yh_jw_str(rq->w, "subject", b->subject);
	yh_jw_time(rq->w, "created_at", b->created_at);
	yh_jw_time(rq->w, "used_at", b->used_at);
}

static enum yh_rc bind_own(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct issuer_in *i = in;
	struct yh_issuer_subject b;
	enum yh_rc rc = yh_issuer_bind_own(&rq->cx, &i->back, &i->said, &b, &rq->refused, err);

	yh_req_flow_set(rq, NULL);
	if (rc != YH_OK || rq->refused.rc != YH_OK)
		return rc;
	rq->status = 201;
	write_binding(rq, &b);
	return YH_OK;
}

static enum yh_rc write_bindings(struct yh_req *rq, const struct yh_id *person, struct yh_err *err)
{
	struct yh_issuer_subject *rows;
	size_t n;
	bool only;
	enum yh_rc rc = yh_issuer_subject_list(rq->cx.tx, person, rq->cx.arena, &rows, &n, err);

	if (rc == YH_OK)
		rc = yh_issuer_only(rq->cx.tx, person, &only, err);
	if (rc != YH_OK)
		return rc;
	yh_list_write(rq, "items", rows, n, sizeof *rows, write_binding);
	yh_jw_bool(rq->w, "only", only);
	return YH_OK;
}

static enum yh_rc list_own(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return write_bindings(rq, &rq->cx.actor->person, err);
}

static enum yh_rc unbind_own(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_issuer_unbind(&rq->cx, &rq->cx.actor->person,
				&((const struct issuer_in *)in)->binding, err);
}

static enum yh_rc list_of(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, ((const struct issuer_in *)in)->person, &id, err);

	return rc == YH_OK ? write_bindings(rq, &id, err) : rc;
}

static enum yh_rc bind(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct issuer_in *i = in;
	struct yh_issuer_subject b;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, i->person, &id, err);

	if (rc == YH_OK)
		rc = yh_issuer_bind(&rq->cx, &id, i->issuer, i->subject, &b, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_binding(rq, &b);
	return YH_OK;
}

static enum yh_rc unbind(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct issuer_in *i = in;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, i->person, &id, err);

	return rc == YH_OK ? yh_issuer_unbind(&rq->cx, &id, &i->binding, err) : rc;
}

static enum yh_rc only_way(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct issuer_in *i = in;
	struct yh_id id;
	enum yh_rc rc = yh_ref_person(&rq->cx, i->person, &id, err);

	if (rc == YH_OK)
		rc = yh_issuer_only_way(&rq->cx, &id, i->only, err);
	if (rc == YH_OK)
		yh_jw_bool(rq->w, "only", i->only);
	return rc;
}

static enum yh_rc read_issuer(struct yh_req *rq, void *arg, struct yh_err *err)
{
	return yh_issuer_of_session(&rq->cx, arg, err);
}

static enum yh_rc way_out(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_issuer *i = NULL;
	const char *location = NULL;
	enum yh_rc rc = yh_req_read(rq, read_issuer, &i, err);

	(void)in;
	if (rc == YH_OK && i)
		rc = yh_issuer_way_out(&rq->cx, i, &location, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "issuer", i ? i->name : NULL);
	yh_jw_str(rq->w, "title", i ? title(rq, i) : NULL);
	yh_jw_str(rq->w, "location", location);
	return YH_OK;
}

/* The one member of the form, whose letters need no escape; NULL: it is not that. */
static const char *logout_token(struct yh_req *rq)
{
	static const char name[] = "logout_token=";
	const char *body = rq->body;
	size_t n = sizeof name - 1;

	for (size_t at = 0; at + n < rq->body_len;) {
		const char *end = memchr(body + at, '&', rq->body_len - at);
		size_t len = end ? (size_t)(end - body) - at : rq->body_len - at;

		if (len > n && strncmp(body + at, name, n) == 0)
			return yh_arena_strndup(rq->cx.arena, body + at + n, len - n);
		at += len + 1;
	}
	return NULL;
}

static enum yh_rc ended(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_actor nobody = {
		.login = "", .name = "", .scopes = "", .source = rq->source
	};
	const char *token = logout_token(rq);
	struct yh_ctx cx = rq->cx;
	size_t n;
	enum yh_rc rc;

	if (!token)
		return yh_fail(err, YH_BAD_INPUT, "jwt-malformed");
	cx.actor = &nobody;
	rc = yh_issuer_ended(&cx, ((const struct issuer_in *)in)->issuer, token, &n, err);
	if (rc == YH_OK)
		yh_jw_int(rq->w, "ended", (int64_t)n);
	return rc;
}

static const char *const form_types[] = { "application/x-www-form-urlencoded", NULL };
static const struct yh_raw form = { .max_bytes = LOGOUT_MAX,
				    .types = form_types,
				    .encodings = "identity" };

static const struct yh_column issuer_columns[] = {
	{ "名称", "NAME", "name" },
	{ "标题", "TITLE", "title" },
	{ 0 },
};
static const struct yh_column binding_columns[] = {
	{ "签发方", "ISSUER", "issuer_title" },
	{ "主体", "SUBJECT", "subject" },
	{ "最近使用", "USED", "used_at" },
	{ "编号", "ID", "id" },
	{ 0 },
};

#define IN sizeof(struct issuer_in)
#define BEGUN "{location expires_at:time}"
static const struct yh_op ops[] = {
	{ "issuer.list", YH_GET, "/api/v1/issuers", NULL, YH_OP_PUBLIC, NULL, NULL, NULL, 0, list,
	  issuer_columns, "可以经由登录的统一身份认证", "The issuers one may sign in through",
	  .reply = "{items:[{name title}]}" },
	{ "issuer.begin", YH_POST, "/api/v1/issuers/{issuer}/sign-in", NULL,
	  YH_OP_PUBLIC | YH_OP_WRITE | YH_OP_SIGN_IN | YH_OP_BEGINS, issuer_path, NULL, NULL, IN,
	  begin_sign_in, NULL, "去统一身份认证登录（供浏览器使用）",
	  "Begin to sign in at an issuer; for browsers", prepare_begin, .reply = BEGUN },
	{ "issuer.sign_in", YH_POST, "/api/v1/session/issuer", NULL,
	  YH_OP_PUBLIC | YH_OP_WRITE | YH_OP_SIGN_IN, NULL, NULL, back_body, IN, sign_in, NULL,
	  "由统一身份认证回来后登录（供浏览器使用）",
	  "Sign in with what the issuer sent the browser back with", prepare_back,
	  .reply = "{token csrf expires_at:time must_change_password:bool"
		   " second_factor:none|done|code|enrol}" },
	{ "issuer.way_out", YH_GET, "/api/v1/session/issuer", NULL, YH_OP_ASIDE, NULL, NULL, NULL,
	  0, way_out, NULL, "退出时在统一身份认证处一并退出的地址",
	  "Where a browser signs out at the issuer of its session, too",
	  .reply = "{issuer:text|null title:text|null location:text|null}" },
	{ "issuer.ended", YH_POST, "/api/v1/issuers/{issuer}/logout", NULL, YH_OP_OWN_KEY,
	  issuer_path, NULL, NULL, IN, ended, NULL, "统一身份认证通知会话结束（由其调用）",
	  "Told by an issuer that sessions have ended", .raw = &form, .reply = "{ended:int}" },
	{ "account.issuers", YH_GET, "/api/v1/account/issuers", NULL, 0, NULL, NULL, NULL, 0,
	  list_own, binding_columns, "本人绑定的统一身份", "What one's own account is bound to",
	  .reply = "{items:[@IssuerBinding] only:bool}" },
	{ "account.bind", YH_POST, "/api/v1/account/issuers/{issuer}", NULL,
	  YH_OP_WRITE | YH_OP_SIGN_IN, issuer_path, NULL, NULL, IN, begin_bind, NULL,
	  "去统一身份认证绑定本人账户（供浏览器使用）",
	  "Begin to bind one's own account at an issuer; for browsers", prepare_begin,
	  .reply = BEGUN },
	{ "account.bound", YH_POST, "/api/v1/account/issuers", NULL, YH_OP_WRITE | YH_OP_SIGN_IN,
	  NULL, NULL, back_body, IN, bind_own, NULL, "由统一身份认证回来后绑定（供浏览器使用）",
	  "Bind with what the issuer sent the browser back with", prepare_back,
	  .reply = "@IssuerBinding" },
	{ "account.unbind", YH_DELETE, "/api/v1/account/issuers/{id}", NULL, YH_OP_WRITE,
	  binding_path, NULL, NULL, IN, unbind_own, NULL, "解除本人的绑定",
	  "Unbind one's own account", .reply = "{}" },
	{ "person.issuers", YH_GET, "/api/v1/people/{person}/issuers", "grant.manage", 0,
	  person_path, NULL, NULL, IN, list_of, binding_columns, "账户绑定的统一身份",
	  "What an account is bound to", .reply = "{items:[@IssuerBinding] only:bool}" },
	{ "person.bind", YH_POST, "/api/v1/people/{person}/issuers", "grant.manage", YH_OP_WRITE,
	  person_path, NULL, bind_body, IN, bind, NULL, "为账户绑定统一身份",
	  "Bind an account to whom an issuer means by a subject", .reply = "@IssuerBinding" },
	{ "person.unbind", YH_DELETE, "/api/v1/people/{person}/issuers/{id}", "grant.manage",
	  YH_OP_WRITE, person_binding_path, NULL, NULL, IN, unbind, NULL, "解除账户的绑定",
	  "Unbind an account", .reply = "{}" },
	{ "person.sign_in", YH_PUT, "/api/v1/people/{person}/sign-in", "grant.manage", YH_OP_WRITE,
	  person_path, NULL, only_body, IN, only_way, NULL, "账户只许经统一身份认证登录，或不再限",
	  "Have an account signed in to through issuers alone, or not any more",
	  .reply = "{only:bool}" },
};

static const struct yh_named_shape shapes[] = {
	{ "IssuerBinding",
	  "{id:id issuer issuer_title subject created_at:time used_at:time|null}" },
	{ 0 },
};
const struct yh_op_table yh_ops_issuer = { ops, sizeof ops / sizeof ops[0], shapes };
