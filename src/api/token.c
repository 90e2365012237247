/* Bearer tokens: one's own, and those of programs that one answers for. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/identity/account.h"

struct token_in {
	const char *label, *scopes, *nouns, *person;
	int64_t days;
	struct yh_id id;
};
#define AT(field) offsetof(struct token_in, field)
static const struct yh_field token_body[] = {
	{ "label", YH_F_LINE, AT(label), YH_REQUIRED, .max = 100, .about = "what it is for" },
	{ "scopes", YH_F_WORD, AT(scopes), YH_REQUIRED, .choices = "all|read",
	  .about = "what it may do" },
	{ "nouns", YH_F_LINE, AT(nouns), 0, .max = YH_NOUNS_TEXT - 1,
	  .about = "the kinds of things it is for, as commands name them (case resource), blanks "
		   "between; all when absent" },
	{ "days", YH_F_INT, AT(days), YH_REQUIRED, .min = 1, .max = 366,
	  .about = "days until it expires" },
	{ 0 },
};
static const struct yh_field token_path[] = {
	{ "id", YH_F_ID, AT(id), YH_REQUIRED, .about = "the token's id" },
	{ 0 },
};
static const struct yh_field service_path[] = {
	{ "person", YH_F_CODE, AT(person), YH_REQUIRED, .max = 64,
	  .about = "the program's account, by login or id" },
	{ 0 },
};
static const struct yh_field service_token_path[] = {
	{ "person", YH_F_CODE, AT(person), YH_REQUIRED, .max = 64,
	  .about = "the program's account, by login or id" },
	{ "id", YH_F_ID, AT(id), YH_REQUIRED, .about = "the token's id" },
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
	yh_jw_str(w, "nouns", t->nouns);
	yh_jw_time(w, "created_at", t->created_at);
	yh_jw_time(w, "expires_at", t->expires_at);
	yh_jw_time(w, "used_at", t->used_at);
}

static bool is_noun(const char *word, size_t len)
{
	size_t n;
	const struct yh_op_table *const *tables = yh_api_tables(&n);

	for (size_t t = 0; t < n; t++)
		for (size_t i = 0; i < tables[t]->n; i++)
			if (strncmp(tables[t]->ops[i].name, word, len) == 0 &&
			    tables[t]->ops[i].name[len] == '.')
				return true;
	return false;
}

static enum yh_rc check_nouns(const char *nouns, struct yh_err *err)
{
	for (const char *s = nouns; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strcspn(s, " ") == 0 || !is_noun(s, strcspn(s, " ")))
			return yh_fail_field(err, YH_BAD_INPUT, "token-nouns", "/nouns");
	return YH_OK;
}

static enum yh_rc make(struct yh_req *rq, const struct token_in *in, const struct yh_id *person,
		       struct yh_err *err)
{
	const struct yh_token_in t = { .person = person,
				       .label = in->label,
				       .scopes = in->scopes,
				       .nouns = in->nouns ? in->nouns : "",
				       .days = in->days };
	char token[YH_TOKEN_TEXT];
	struct yh_token_row row;
	enum yh_rc rc = check_nouns(t.nouns, err);

	if (rc == YH_OK)
		rc = yh_account_token(&rq->cx, &t, token, &row, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	rq->once = true;
	yh_jw_str(rq->w, "token", token);
	write_token(rq, &row);
	return YH_OK;
}

static enum yh_rc list_of(struct yh_req *rq, const struct yh_id *person, struct yh_err *err)
{
	struct yh_token_row *list;
	size_t n;
	enum yh_rc rc = yh_account_tokens(&rq->cx, person, &list, &n, err);

	if (rc == YH_OK)
		yh_list_write(rq, "items", list, n, sizeof *list, write_token);
	return rc;
}

static enum yh_rc token_create(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return make(rq, in, NULL, err);
}

static enum yh_rc token_list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return list_of(rq, &rq->cx.actor->person, err);
}

static enum yh_rc token_delete(struct yh_req *rq, const void *in, struct yh_err *err)
{
	return yh_account_token_end(&rq->cx, &rq->cx.actor->person,
				    &((const struct token_in *)in)->id, err);
}

/* Tokens of a program concern whoever answers for it, and who manages accounts. */
static enum yh_rc find_service(struct yh_req *rq, const struct token_in *in, struct yh_id *id,
			       struct yh_err *err)
{
	struct yh_person_row p;
	const char *manages = NULL;
	enum yh_rc rc = yh_ref_person(&rq->cx, in->person, id, err);

	if (rc == YH_OK)
		rc = yh_person_load(rq->cx.tx, id, rq->cx.arena, &p, err);
	if (rc == YH_OK)
		rc = yh_req_relation(rq, "person.manage", &manages, err);
	if (rc != YH_OK)
		return rc;
	return strcmp(p.kind, "service") == 0 &&
			       (manages || yh_id_eq(&p.owner, &rq->cx.actor->person))
		       ? YH_OK
		       : yh_fail(err, YH_FORBIDDEN, "service-owner-only");
}

static enum yh_rc service_token(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = find_service(rq, in, &id, err);

	return rc == YH_OK ? make(rq, in, &id, err) : rc;
}

static enum yh_rc service_tokens(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_id id;
	enum yh_rc rc = find_service(rq, in, &id, err);

	return rc == YH_OK ? list_of(rq, &id, err) : rc;
}

static enum yh_rc service_token_end(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct token_in *t = in;
	struct yh_id id;
	enum yh_rc rc = find_service(rq, in, &id, err);

	return rc == YH_OK ? yh_account_token_end(&rq->cx, &id, &t->id, err) : rc;
}

static const struct yh_column columns[] = {
	{ "标签", "LABEL", "label" },
	{ "范围", "SCOPES", "scopes" },
	{ "对象", "NOUNS", "nouns" },
	{ "到期", "EXPIRES", "expires_at" },
	{ "最近使用", "USED", "used_at" },
	{ "编号", "ID", "id" },
	{ 0 },
};

#define IN sizeof(struct token_in)
static const struct yh_op ops[] = {
	{ "token.create", YH_POST, "/api/v1/account/tokens", NULL, YH_OP_WRITE, NULL, NULL,
	  token_body, IN, token_create, NULL, "签发本人访问令牌",
	  "Issue a bearer token for oneself", .reply = "{token @Token}" },
	{ "token.list", YH_GET, "/api/v1/account/tokens", NULL, 0, NULL, NULL, NULL, 0, token_list,
	  columns, "本人有效令牌", "One's own live tokens", .reply = "{items:[@Token]}" },
	{ "token.delete", YH_DELETE, "/api/v1/account/tokens/{id}", NULL, YH_OP_WRITE, token_path,
	  NULL, NULL, IN, token_delete, NULL, "注销令牌", "End one of one's own tokens",
	  .reply = "{}" },
	{ "service.token", YH_POST, "/api/v1/services/{person}/tokens", NULL, YH_OP_WRITE,
	  service_path, NULL, token_body, IN, service_token, NULL, "为本人负责的服务账户签发令牌",
	  "Issue a token for a program that one answers for", .reply = "{token @Token}" },
	{ "service.tokens", YH_GET, "/api/v1/services/{person}/tokens", NULL, 0, service_path, NULL,
	  NULL, IN, service_tokens, columns, "服务账户的有效令牌", "The live tokens of a program",
	  .reply = "{items:[@Token]}" },
	{ "service.token_end", YH_DELETE, "/api/v1/services/{person}/tokens/{id}", NULL,
	  YH_OP_WRITE, service_token_path, NULL, NULL, IN, service_token_end, NULL,
	  "注销服务账户的令牌", "End a token of a program", .reply = "{}" },
};

const struct yh_op_table yh_ops_token = { ops, sizeof ops / sizeof ops[0] };
