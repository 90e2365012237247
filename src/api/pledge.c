/* Pledges: the keys of officers, drafts, and whether a document is a pledge that holds. */
#include <string.h>

#include "api/api.h"
#include "api/list.h"
#include "services/document/document.h"
#include "services/pledge/officer.h"

struct pledge_in {
	const char *public_key, *proof, *project, *system, *paper;
	struct yh_id document;
};
#define AT(field) offsetof(struct pledge_in, field)
static const struct yh_field key_body[] = {
	{ "public_key", YH_F_TEXT, AT(public_key), YH_REQUIRED, .max = 2000,
	  .about = "SM2 public key, PEM" },
	{ "proof", YH_F_LINE, AT(proof), YH_REQUIRED, .max = 200,
	  .about = "signature that shows that one has the private key; yunheng pledge register "
		   "makes it" },
	{ 0 },
};
static const struct yh_field draw_body[] = {
	{ "project", YH_F_CODE, AT(project), YH_REQUIRED, .max = 127, .about = "project" },
	{ "system", YH_F_CODE, AT(system), YH_REQUIRED, .max = 63,
	  .about = "code of a system of the project" },
	{ "paper", YH_F_CODE, AT(paper), 0, .max = 63,
	  .about = "template; the pack's only pledge when absent" },
	{ 0 },
};
static const struct yh_field document_path[] = {
	{ "document", YH_F_ID, AT(document), YH_REQUIRED, .about = "id of the document" },
	{ 0 },
};

static void write_key(struct yh_req *rq, const struct yh_officer_key_row *k)
{
	yh_jw_str(rq->w, "key_id", k->key_id);
	yh_jw_str(rq->w, "public_key", k->public_key);
	yh_jw_time(rq->w, "registered_at", k->made_at);
}

static enum yh_rc register_key(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct pledge_in *p = in;
	struct yh_officer_key_row row;
	enum yh_rc rc = yh_officer_key_register(&rq->cx, p->public_key, p->proof, &row, err);

	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	write_key(rq, &row);
	return YH_OK;
}

static enum yh_rc show_key(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_officer_key_row row;
	struct yh_err none = { 0 };
	enum yh_rc rc =
		yh_officer_key_of(rq->cx.tx, &rq->cx.actor->person, rq->cx.arena, &row, &none);

	(void)in;
	if (rc == YH_NOT_FOUND) {
		yh_err_clear(&none);
		yh_jw_null(rq->w, "key");
		return YH_OK;
	}
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	yh_jw_obj(rq->w, "key");
	write_key(rq, &row);
	yh_jw_end_obj(rq->w);
	return YH_OK;
}

static enum yh_rc end_key(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	return yh_officer_key_revoke(&rq->cx, err);
}

static enum yh_rc draw(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct pledge_in *p = in;
	struct yh_project_row project;
	struct yh_system_row system;
	const char *text = NULL;
	struct yh_id id;
	enum yh_rc rc = yh_ref_project(&rq->cx, p->project, &id, err);

	if (rc == YH_OK)
		rc = yh_project_load(rq->cx.tx, &id, rq->cx.arena, &project, err);
	if (rc == YH_OK)
		rc = yh_system_by_code(rq->cx.tx, &id, p->system, rq->cx.arena, &system, err);
	if (rc == YH_OK)
		rc = yh_pledge_draw(&rq->cx, &project, &system, p->paper, &text, err);
	if (rc != YH_OK)
		return rc;
	rq->status = 201;
	yh_jw_raw(rq->w, "draft", text);
	return YH_OK;
}

static void write_pledge(struct yh_req *rq, const struct yh_pledge *p)
{
	yh_jw_obj(rq->w, "pledge");
	yh_jw_str(rq->w, "unit", p->unit);
	yh_jw_str(rq->w, "unit_name", p->unit_name);
	yh_jw_str(rq->w, "project", p->project);
	yh_jw_str(rq->w, "system", p->system);
	yh_jw_str(rq->w, "system_name", p->system_name);
	yh_jw_int(rq->w, "mlps_level", p->mlps_level);
	yh_jw_str(rq->w, "title", p->title);
	yh_jw_str(rq->w, "text", p->text);
	yh_jw_str(rq->w, "login", p->login);
	yh_jw_str(rq->w, "name", p->name);
	yh_jw_str(rq->w, "key_id", p->key_id);
	yh_jw_str(rq->w, "drawn_at", p->drawn_at);
	yh_jw_end_obj(rq->w);
}

static void write_why(struct yh_req *rq, const struct yh_err *why)
{
	struct yh_buf text;

	yh_buf_init(&text, 8192);
	yh_messages_render(rq->messages, rq->lang, why, &text);
	yh_jw_str(rq->w, "sentence", yh_buf_ok(&text) ? yh_buf_text(&text) : why->slug);
	yh_buf_done(&text);
}

/* Why it does not hold is an answer, not a failure; that there is no such document is one. */
static enum yh_rc check(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_document_row row;
	struct yh_pledge pledge = { 0 };
	struct yh_err why = { 0 };
	const char *relation;
	enum yh_rc rc = yh_req_relation(rq, "case.read", &relation, err);

	if (rc == YH_OK)
		rc = yh_document_see(&rq->cx, &((const struct pledge_in *)in)->document, relation,
				     &row, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_pledge_check(&rq->cx, &row, &pledge, &why);
	if (rc != YH_OK && rc != YH_REFUSED && rc != YH_BAD_INPUT && rc != YH_NOT_FOUND) {
		*err = why;
		return rc;
	}
	yh_jw_bool(rq->w, "holds", rc == YH_OK);
	yh_jw_str(rq->w, "slug", rc == YH_OK ? NULL : why.slug);
	if (rc == YH_OK) {
		yh_jw_null(rq->w, "sentence");
		write_pledge(rq, &pledge);
	} else {
		write_why(rq, &why);
		yh_jw_null(rq->w, "pledge");
	}
	return YH_OK;
}

#define PLEDGE                                                                                     \
	"{unit unit_name project system system_name mlps_level:int title text login name key_id "  \
	"drawn_at}"
#define KEY "{key_id public_key registered_at:time}"
#define IN sizeof(struct pledge_in)
static const struct yh_op ops[] = {
	{ "officer-key.register", YH_POST, "/api/v1/account/officer-key", "pledge.sign",
	  YH_OP_WRITE, NULL, NULL, key_body, IN, register_key, NULL,
	  "登记本人的签署公钥（原公钥即刻失效）",
	  "Register the public key one signs with; the one before ends", .reply = KEY },
	{ "officer-key.show", YH_GET, "/api/v1/account/officer-key", "pledge.sign", 0, NULL, NULL,
	  NULL, 0, show_key, NULL, "本人有效的签署公钥", "The public key one signs with",
	  .reply = "{key:" KEY "|null}" },
	{ "officer-key.end", YH_DELETE, "/api/v1/account/officer-key", "pledge.sign", YH_OP_WRITE,
	  NULL, NULL, NULL, 0, end_key, NULL, "注销本人的签署公钥",
	  "End the public key one signs with", .reply = "{}" },
	{ "pledge.draw", YH_POST, "/api/v1/pledges", "pledge.sign", YH_OP_WRITE, NULL, NULL,
	  draw_body, IN, draw, NULL, "拟出系统的承诺书（平台签章，待本人签署）",
	  "Draw up the pledge about a system, sealed, for oneself to sign",
	  .reply = "{draft:object}" },
	{ "pledge.check", YH_GET, "/api/v1/documents/{document}/pledge", NULL, 0, document_path,
	  NULL, NULL, IN, check, NULL, "核验文件是否为有效的承诺书",
	  "Whether a document is a pledge that holds, and why not",
	  .reply = "{holds:bool slug|null sentence|null pledge:" PLEDGE "|null}" },
};

const struct yh_op_table yh_ops_pledge = { ops, sizeof ops / sizeof ops[0] };
