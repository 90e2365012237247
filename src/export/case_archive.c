/* A case as one file that stands for itself. */
#include "export/case_archive.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "export/table.h"
#include "export/zip.h"
#include "services/document/document.h"
#include "services/identity/account.h"
#include "services/proof/sealed.h"
#include "store/event.h"

enum { BLOCK = 64 * 1024, TEXT_MAX = 64 << 20, MEBIBYTES_MAX = 2048 };

struct writing {
	const struct yh_ctx *cx;
	const struct yh_case_archive *a;
	struct yh_id case_id;
	struct yh_zip *zip;
	json_t *files; /* of the manifest */
	int64_t bytes;
	const char *manifest; /* sealed */
};

static enum yh_rc end(struct writing *w, const char *name, const char *what, int64_t bytes,
		      struct yh_sm3 *digest, struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	int64_t lines;
	enum yh_rc rc = yh_zip_end(w->zip, digest, &lines, err);
	json_t *entry;

	if (rc != YH_OK)
		return rc;
	entry = json_pack("{s:s, s:s, s:I, s:s}", "name", name, "what", what, "bytes",
			  (json_int_t)bytes, "sm3", yh_hex(digest->b, sizeof digest->b, hex));
	return json_array_append_new(w->files, entry) == 0
		       ? YH_OK
		       : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc put_text(struct writing *w, const char *name, const char *what, const char *text,
			   struct yh_err *err)
{
	struct yh_sm3 digest;
	size_t n = strlen(text);

	yh_zip_begin(w->zip, name);
	yh_zip_write(w->zip, text, n);
	return end(w, name, what, (int64_t)n, &digest, err);
}

static enum yh_rc put_json(struct writing *w, const char *name, const char *what, json_t *v,
			   struct yh_err *err)
{
	YH_FREE_AUTO char *text = v ? json_dumps(v, JSON_INDENT(1) | JSON_SORT_KEYS) : NULL;

	json_decref(v);
	return text ? put_text(w, name, what, text, err)
		    : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- documents ---- */

static const char *name_of(const struct yh_document_row *d, char out[80])
{
	char id[YH_ID_TEXT];

	(void)snprintf(out, 80, "documents/%s.%s", yh_id_text(&d->id, id), d->kind);
	return out;
}

static enum yh_rc put_document(struct writing *w, const struct yh_document_row *d,
			       struct yh_err *err)
{
	YH_FREE_AUTO char *block = malloc(BLOCK);
	YH_CLOSE_AUTO int fd = -1;
	struct yh_sm3 digest;
	char name[80];
	ssize_t n;
	enum yh_rc rc = block ? yh_document_bytes(w->cx, d, &fd, err)
			      : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK)
		return rc;
	w->bytes += d->size_bytes;
	if (w->bytes > (int64_t)MEBIBYTES_MAX << 20) {
		(void)yh_fail(err, YH_TOO_LARGE, "archive-too-large");
		yh_err_int(err, "max", MEBIBYTES_MAX);
		return YH_TOO_LARGE;
	}
	yh_zip_begin(w->zip, name_of(d, name));
	while ((n = read(fd, block, BLOCK)) > 0)
		yh_zip_write(w->zip, block, (size_t)n);
	rc = end(w, name, d->name, d->size_bytes, &digest, err);
	if (rc == YH_OK && (n < 0 || memcmp(&digest, &d->digest, sizeof digest) != 0)) {
		(void)yh_fail(err, YH_STORAGE, "document-changed");
		yh_err_text(err, "document", d->name);
		return YH_STORAGE;
	}
	return rc;
}

/* ---- what is said of the pieces ---- */

static json_t *link_of(const struct yh_chain_link *l)
{
	char record[YH_SM3_HEX], chain[YH_SM3_HEX], former[YH_SM3_HEX], id[YH_ID_TEXT];
	json_t *fields = json_array();

	for (size_t i = 0; !l->withheld && i < YH_LINK_FIELDS; i++) {
		YH_FREE_AUTO char *hex = malloc(2 * l->fields[i].n + 1);

		if (!hex ||
		    json_array_append_new(fields, json_string(yh_hex(l->fields[i].p, l->fields[i].n,
								     hex))) != 0) {
			json_decref(fields);
			return NULL;
		}
	}
	return json_pack("{s:s, s:I, s:s, s:s, s:s, s:o, s:b}", "id", yh_id_text(&l->id, id),
			 "position", (json_int_t)l->pos, "record",
			 yh_hex(l->record.b, sizeof l->record.b, record), "chain",
			 yh_hex(l->chain.b, sizeof l->chain.b, chain), "former",
			 yh_hex(l->former.b, sizeof l->former.b, former), "fields", fields,
			 "withheld", l->withheld);
}

static json_t *chain(const struct yh_case_archive *a)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < a->n_links; i++)
		if (json_array_append_new(list, link_of(&a->links[i])) != 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *papers(const struct yh_case_archive *a)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < a->n_papers; i++) {
		const struct yh_paper_row *p = &a->papers[i];
		char id[YH_ID_TEXT], digest[YH_SM3_HEX], sig[YH_SIG_MAX * 2 + 1] = "";

		if (p->signature && p->signature_len <= YH_SIG_MAX)
			(void)yh_hex(p->signature, p->signature_len, sig);
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s?}", "no", p->no,
				  "title", p->title_zh, "issuer", p->issuer_name, "recipient",
				  p->recipient_name, "document",
				  p->served_at ? yh_id_text(&p->document, id) : "", "digest",
				  yh_hex(p->digest.b, sizeof p->digest.b, digest), "signature", sig,
				  "key_id", p->key_id, "public_key", a->paper_keys[i]));
	}
	return list;
}

static json_t *withheld(const struct yh_case_archive *a)
{
	json_t *list = json_array();

	for (size_t i = 0; list && i < a->n_withheld; i++) {
		const struct yh_document_row *d = &a->withheld[i];
		char id[YH_ID_TEXT], hex[YH_SM3_HEX];

		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:s, s:s}", "document", yh_id_text(&d->id, id), "label",
				  d->label, "sm3", yh_hex(d->digest.b, sizeof d->digest.b, hex)));
	}
	return list;
}

/* Who reads it without a program sees what lies where, and what happened when. */
static char *index_text(const struct writing *w)
{
	const struct yh_case_archive *a = w->a;
	char at[YH_CELL_TIME_TEXT], ended[YH_CELL_TIME_TEXT];
	YH_JSON_AUTO events = NULL;
	struct yh_buf b;
	json_t *e;
	size_t i;
	char *out;

	yh_buf_init(&b, TEXT_MAX);
	yh_buf_printf(
		&b,
		"案卷 %s\n%s\n\n流程：%s\n申请单位：%s\n状态：%s\n提交：%s\n办结：%s\n\n文件：\n",
		a->no, a->title, a->procedure, a->unit, a->state, yh_cell_time(a->filed_at, at),
		a->ended_at ? yh_cell_time(a->ended_at, ended) : "—");
	json_array_foreach(w->files, i, e)
		yh_buf_printf(&b, "  %s  %s  SM3 %s\n", yh_json_text(e, "name"),
			      yh_json_text(e, "what"), yh_json_text(e, "sm3"));
	if (a->n_withheld)
		yh_buf_printf(&b, "\n另有 %zu 份文件的安全标记高于制作人的许可，未收入。\n",
			      a->n_withheld);
	yh_buf_str(&b, "\n经过：\n");
	if (yh_json_parse(a->events_json, strlen(a->events_json), &events, NULL) != YH_OK)
		events = NULL;
	json_array_foreach(json_object_get(events, "items"), i, e)
	{
		static const char *const members[] = { "at",    "kind_title",    "person",
						       "org",   "outcome_title", "article",
						       "reason" };

		for (size_t k = 0; k < YH_LEN(members); k++) {
			const char *text = yh_json_text(e, members[k]);

			if (text && *text)
				yh_buf_printf(&b, "%s%s", k ? "　" : "  ", text);
		}
		yh_buf_str(&b, "\n");
	}
	yh_buf_str(&b, "\n核验：yunheng archive verify 文件 --key 平台公钥\n");
	out = yh_buf_ok(&b) ? strdup(yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return out;
}

/* ---- the whole ---- */

static enum yh_rc put_pieces(struct writing *w, struct yh_err *err)
{
	const struct yh_case_archive *a = w->a;
	YH_FREE_AUTO char *index = NULL;
	enum yh_rc rc = put_text(w, "case.json", "案件的记录、表单和决定", a->case_json, err);

	if (rc == YH_OK)
		rc = put_text(w, "events.json", "案件的经过", a->events_json, err);
	if (rc == YH_OK)
		rc = put_json(w, "chain.json", "审计链中的部分", chain(a), err);
	if (rc == YH_OK)
		rc = put_json(w, "papers.json", "公文及其签章", papers(a), err);
	for (size_t i = 0; rc == YH_OK && i < a->n_documents; i++)
		rc = put_document(w, &a->documents[i], err);
	if (rc == YH_OK)
		rc = put_json(w, "index.json", "目录",
			      json_pack("{s:s, s:s, s:O, s:o}", "case", a->no, "title", a->title,
					"files", w->files, "withheld", withheld(a)),
			      err);
	if (rc == YH_OK)
		index = index_text(w);
	if (rc == YH_OK)
		rc = index ? put_text(w, "index.txt", "供阅读的目录", index, err)
			   : yh_fail(err, YH_TOO_LARGE, "memory-short");
	return rc;
}

static enum yh_rc record(struct yh_ctx *cx, const struct writing *w, struct yh_err *err)
{
	const struct yh_event e = { .id = yh_ctx_new_id(cx),
				    .at = cx->now,
				    .kind = "case.archived",
				    .case_id = w->case_id,
				    .object_kind = "case",
				    .object_id = w->case_id,
				    .person = cx->actor->person,
				    .source = cx->actor->source };

	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc seal(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct writing *w = arg;
	struct yh_ctx cx = *w->cx;
	YH_JSON_AUTO content = NULL;
	YH_FREE_AUTO char *text = NULL;
	char at[YH_TIME_TEXT];
	struct yh_seal_out out;
	const char *pem;
	enum yh_rc rc;

	cx.tx = tx;
	content = json_pack("{s:s, s:s, s:s, s:s, s:s, s:O}", "case", w->a->no, "title",
			    w->a->title, "unit", w->a->unit, "made_by", cx.actor->login, "made_at",
			    yh_time_text(cx.now, at), "files", w->files);
	text = content ? yh_json_canonical(content) : NULL;
	rc = text ? yh_sealed_sign(&cx, YH_ARCHIVE_FORMAT, text, &out, err)
		  : yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = yh_sealed_public(&cx, &pem, err);
	if (rc == YH_OK)
		rc = yh_sealed_text(cx.arena, YH_ARCHIVE_FORMAT, text, &out, pem, &w->manifest,
				    err);
	return rc == YH_OK ? record(&cx, w, err) : rc;
}

enum yh_rc yh_case_archive_write(FILE *out, const struct yh_ctx *cx, const struct yh_id *case_id,
				 const struct yh_case_archive *a, struct yh_err *err)
{
	YH_JSON_AUTO files = json_array();
	struct writing w = { .cx = cx, .a = a, .case_id = *case_id, .files = files };
	struct yh_sm3 digest;
	int64_t lines;
	enum yh_rc rc =
		files ? yh_zip_open(out, &w.zip, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc == YH_OK)
		rc = put_pieces(&w, err);
	if (rc == YH_OK)
		rc = yh_exec_write(cx->world->exec, seal, &w, err);
	if (rc == YH_OK) {
		yh_zip_begin(w.zip, "manifest.json");
		yh_zip_write(w.zip, w.manifest, strlen(w.manifest));
		rc = yh_zip_end(w.zip, &digest, &lines, err);
	}
	if (rc != YH_OK) {
		yh_zip_drop(w.zip);
		return rc;
	}
	return yh_zip_close(w.zip, err);
}
