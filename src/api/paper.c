/* Papers: those one has to do with, their text, their print, the proof of their service and seal.
 */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "services/document/document.h"
#include "services/identity/clearance.h"
#include "services/paper/paper.h"
#include "store/settlement.h"

struct paper_in {
	struct yh_id paper;
	const char *case_ref;
	const char *box;
};
#define AT(field) offsetof(struct paper_in, field)
static const struct yh_field paper_path[] = {
	{ "paper", YH_F_ID, AT(paper), YH_REQUIRED, .about = "id of the paper" },
	{ 0 },
};
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, AT(case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};

static const struct yh_field list_query[] = {
	{ "box", YH_F_WORD, AT(box), 0, .choices = "received|issued",
	  .about = "only those served on one's own bodies, or only those issued by them" },
	{ 0 },
};

static const char *of(const struct yh_req *rq, const char *zh, const char *en)
{
	return strcmp(rq->lang, "en") == 0 ? en : zh;
}

static const char *service_of(const struct yh_paper_row *p)
{
	return !p->served_at        ? "unsent"
	       : p->acknowledged_at ? "acknowledged"
	       : p->opened_at       ? "opened"
	       : p->deemed_at       ? "deemed"
				    : "sent";
}

static void write_paper(struct yh_req *rq, const void *row)
{
	const struct yh_paper_row *p = row;

	yh_jw_id(rq->w, "id", &p->id);
	yh_jw_str(rq->w, "no", p->no);
	yh_jw_str(rq->w, "template", p->template);
	yh_jw_str(rq->w, "title", of(rq, p->title_zh, p->title_en));
	yh_jw_str(rq->w, "heading",
		  yh_view_labelled(rq, p->label, of(rq, p->heading_zh, p->heading_en)));
	yh_view_label(rq, p->label);
	yh_jw_str(rq->w, "article", p->article);
	yh_jw_str(rq->w, "case", p->case_no);
	yh_jw_str(rq->w, "issuer", p->issuer_name);
	yh_jw_str(rq->w, "recipient", p->recipient_name);
	yh_jw_time(rq->w, "issued_at", p->issued_at);
	yh_jw_time(rq->w, "served_at", p->served_at);
	yh_jw_time(rq->w, "opened_at", p->opened_at);
	yh_jw_str(rq->w, "opened_by", p->opened_by);
	yh_jw_time(rq->w, "acknowledged_at", p->acknowledged_at);
	yh_jw_str(rq->w, "acknowledged_by", p->acknowledged_by);
	yh_list_word(rq, "service", "service", service_of(p));
	yh_jw_day(rq->w, "service_day",
		  yh_paper_is_served(p) ? yh_paper_service_day(p) : YH_DAY_NONE);
	yh_jw_day(rq->w, "deemed_on", p->deemed_day);
	yh_jw_time(rq->w, "revoked_at", p->revoked_at);
	yh_jw_str(rq->w, "revoked_by", p->revoked_by);
	yh_jw_bool(rq->w, "mine", yh_paper_is_mine(&rq->cx, p));
}

static const char *cursor(struct yh_req *rq, const void *row)
{
	return yh_cursor_of_id(rq, &((const struct yh_paper_row *)row)->id);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const char *box = ((const struct paper_in *)in)->box;
	struct yh_paper_row *rows;
	struct yh_id after;
	size_t n;
	enum yh_rc rc = yh_cursor_id(rq, &after, err);

	if (rc == YH_OK)
		rc = yh_paper_list(rq->cx.tx, &rq->cx.actor->person, yh_ctx_today(&rq->cx),
				   box ? box : "", &after, yh_list_ask(rq), rq->cx.arena, &rows, &n,
				   err);
	if (rc == YH_OK)
		yh_list_page(rq, rows, n, sizeof *rows, write_paper, cursor);
	return rc;
}

static enum yh_rc of_case(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_paper_row *rows;
	struct yh_case c;
	size_t n;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct paper_in *)in)->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_paper_of_case(rq->cx.tx, &c.row.id, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_paper);
	return rc;
}

static enum yh_rc see(struct yh_req *rq, const void *in, struct yh_paper_row *row,
		      struct yh_err *err)
{
	const char *relation;
	enum yh_rc rc = yh_req_relation(rq, "case.read", &relation, err);

	return rc == YH_OK ? yh_paper_see(&rq->cx, &((const struct paper_in *)in)->paper, relation,
					  row, err)
			   : rc;
}

/* Under the number of the paper, that of its document is not made before it is sent. */
static struct yh_document_row document_of(const struct yh_paper_row *row)
{
	struct yh_document_row d = { .id = yh_id_is_zero(&row->document) ? row->id
									 : row->document };

	memcpy(d.label, row->label, sizeof d.label);
	return d;
}

/* What it says is for those who are cleared for it; before that nobody has opened it. */
static enum yh_rc see_open(struct yh_req *rq, const void *in, struct yh_paper_row *row,
			   struct yh_err *err)
{
	struct yh_document_row d;
	enum yh_rc rc = see(rq, in, row, err);

	if (rc != YH_OK)
		return rc;
	d = document_of(row);
	return yh_document_check(&rq->cx, &d, err);
}

static enum yh_rc acknowledge(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_paper_row row;
	struct yh_document_row d;
	enum yh_rc rc = see(rq, in, &row, err);

	if (rc != YH_OK)
		return rc;
	d = document_of(&row);
	rc = yh_document_check(&rq->cx, &d, err);
	if (rc == YH_FORBIDDEN) {
		rq->refused = *err;
		return yh_document_note_withheld(&rq->cx, &d, err);
	}
	if (rc == YH_OK)
		rc = yh_paper_receipt(&rq->cx, &row, err);
	if (rc == YH_OK)
		rc = yh_paper_load(rq->cx.tx, &row.id, rq->cx.arena, &row, err);
	if (rc == YH_OK)
		write_paper(rq, &row);
	return rc;
}

/* ---- reading it, which is noted of its recipient ---- */

struct opening {
	struct yh_req *rq;
	const void *in;
	struct yh_paper_row row;
	struct yh_document_row document;
};

static enum yh_rc look(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct opening *o = arg;

	return see_open(rq, o->in, &o->row, err);
}

static enum yh_rc find(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	enum yh_rc rc = look(rq, o, err);

	if (rc == YH_OK && !o->row.served_at)
		rc = yh_fail(err, YH_CONFLICT, "paper-not-served");
	return rc == YH_OK ? yh_document_load(rq->cx.tx, &o->row.document, rq->cx.arena,
					      &o->document, err)
			   : rc;
}

static enum yh_rc note_opened(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct opening *o = arg;
	struct yh_ctx cx = o->rq->cx;

	cx.tx = tx;
	return yh_paper_note_opened(&cx, &o->row, err);
}

/* In a write of its own, once: whether it was is looked at again there. */
static enum yh_rc note(struct opening *o, struct yh_err *err)
{
	const struct yh_paper_row *p = &o->row;

	if (!p->served_at || p->opened_at || !yh_paper_is_mine(&o->rq->cx, p))
		return YH_OK;
	return yh_exec_write(o->rq->cx.world->exec, note_opened, o, err);
}

/* Whom it is addressed to learns what it says when it is served, and not before. */
static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct opening o = { .rq = rq, .in = in };
	enum yh_rc rc = yh_req_read(rq, look, &o, err);
	bool opens = rc == YH_OK && !o.row.opened_at, told;

	if (rc == YH_OK)
		rc = note(&o, err);
	if (rc == YH_OK && opens && yh_paper_is_mine(&rq->cx, &o.row))
		rc = yh_req_read(rq, look, &o, err);
	if (rc != YH_OK)
		return rc;
	told = o.row.served_at || !yh_paper_is_mine(&rq->cx, &o.row);
	write_paper(rq, &o.row);
	yh_jw_str(rq->w, "text", told ? of(rq, o.row.body_zh, o.row.body_en) : NULL);
	yh_jw_id(rq->w, "document", &o.row.document);
	return YH_OK;
}

static enum yh_rc save(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct opening o = { .rq = rq, .in = in };
	int fd = -1;
	enum yh_rc rc = yh_req_read(rq, find, &o, err);

	if (rc == YH_OK)
		rc = note(&o, err);
	if (rc == YH_OK)
		rc = yh_document_bytes(&rq->cx, &o.document, &fd, err);
	if (rc != YH_OK)
		return rc;
	rq->content_type = "application/pdf";
	yh_req_file(rq, fd, o.document.size_bytes, o.document.name);
	return YH_OK;
}

/* All that who has the file needs to verify its seal anywhere. */
static enum yh_rc proof(struct yh_req *rq, const void *in, struct yh_err *err)
{
	char hex[YH_SM3_HEX], signature[YH_SIG_MAX * 2 + 1];
	struct yh_paper_row row;
	const char *pem;
	bool holds = false;
	enum yh_rc rc = see_open(rq, in, &row, err);

	if (rc == YH_OK && !row.served_at)
		rc = yh_fail(err, YH_CONFLICT, "paper-not-served");
	if (rc == YH_OK && row.signature_len > YH_SIG_MAX)
		rc = yh_fail(err, YH_INTERNAL, "signature-invalid");
	if (rc == YH_OK)
		rc = yh_signing_key_load(rq->cx.tx, row.key_id, rq->cx.arena, &pem, err);
	if (rc == YH_OK)
		rc = yh_paper_seal_holds(&rq->cx, &row, pem, &holds, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_str(rq->w, "no", row.no);
	yh_jw_str(rq->w, "issuer", row.issuer_name);
	yh_jw_str(rq->w, "digest", yh_hex(row.digest.b, sizeof row.digest.b, hex));
	yh_jw_str(rq->w, "signature", yh_hex(row.signature, row.signature_len, signature));
	yh_jw_str(rq->w, "key_id", row.key_id);
	yh_jw_str(rq->w, "public_key", pem);
	yh_jw_time(rq->w, "sealed_at", row.served_at);
	yh_jw_bool(rq->w, "holds", holds);
	return YH_OK;
}

static const struct yh_column columns[] = {
	YH_COL("文号", "NUMBER", "no"),
	YH_COL("文种", "PAPER", "title"),
	YH_COL("标记", "LABEL", "label_title"),
	YH_COL("发文单位", "ISSUER", "issuer"),
	YH_COL("受文单位", "RECIPIENT", "recipient"),
	YH_COL("案号", "CASE", "case"),
	YH_COL("送出", "SENT", "served_at"),
	YH_COL("送达情况", "SERVICE", "service_title"),
	YH_COL("送达日", "SERVED ON", "service_day"),
	YH_COL("查阅", "OPENED", "opened_at"),
	YH_COL("签收", "ACKNOWLEDGED", "acknowledged_at"),
	YH_COL("编号", "ID", "id"),
	{ 0 },
};

#define IN sizeof(struct paper_in)
static const struct yh_op ops[] = {
	{ "paper.list", YH_GET, "/api/v1/papers", NULL, YH_OP_PAGED, NULL, list_query, NULL, IN,
	  list, columns, "本单位收到和发出的公文",
	  "Papers served on one's own bodies, or issued by them", .reply = "@Paper" },
	{ "paper.show", YH_GET, "/api/v1/papers/{paper}", NULL, YH_OP_ASIDE, paper_path, NULL, NULL,
	  IN, show, columns, "查看公文正文与送达情况；受文单位首次查看即记为查阅，送出前无正文",
	  "A paper's text, and the proof of its service; the first time its recipient reads it is"
	  " noted, and before it is sent it has no text for them",
	  .reply = "{@Paper text:text|null document:id|null}" },
	{ "paper.save", YH_GET, "/api/v1/papers/{paper}/document", NULL, YH_OP_RAW | YH_OP_ASIDE,
	  paper_path, NULL, NULL, IN, save, NULL, "下载公文（PDF）；受文单位首次下载即记为查阅",
	  "A paper as it was sealed (PDF); the first time its recipient does so is noted",
	  .reply = "application/pdf" },
	{ "paper.acknowledge", YH_POST, "/api/v1/papers/{paper}/acknowledgement", NULL, YH_OP_WRITE,
	  paper_path, NULL, NULL, IN, acknowledge, columns, "签收公文",
	  "Acknowledge the receipt of a paper", .reply = "@Paper" },
	{ "paper.proof", YH_GET, "/api/v1/papers/{paper}/proof", NULL, 0, paper_path, NULL, NULL,
	  IN, proof, NULL, "公文的签章：摘要、签名与公钥",
	  "A paper's seal: digest, signature and public key",
	  .reply = "{no issuer digest signature key_id public_key sealed_at:time holds:bool}" },
	{ "case.papers", YH_GET, "/api/v1/cases/{case}/papers", "case.read", 0, case_path, NULL,
	  NULL, IN, of_case, columns, "案件的公文", "The papers of a case",
	  .reply = "{items:[@Paper]}" },
};

const struct yh_op_table yh_ops_paper = { ops, sizeof ops / sizeof ops[0] };
