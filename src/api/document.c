/* Documents: handing in, listing, saving; those of a case. */
#include <stdio.h>
#include <string.h>

#include "api/api.h"
#include "api/case_names.h"
#include "api/case_view.h"
#include "api/label.h"
#include "api/list.h"
#include "api/trial_view.h"
#include "cases/problem.h"
#include "http/spool.h"
#include "services/document/document.h"
#include "store/case_abroad.h"
#include "store/link_file.h"

struct document_in {
	const char *name, *label;
	struct yh_id document;
	const char *case_ref;
};
#define AT(field) offsetof(struct document_in, field)
static const struct yh_field upload_query[] = {
	{ "name", YH_F_LINE, AT(name), YH_REQUIRED, .max = YH_DOCUMENT_NAME_CHARS,
	  .about = "the file's name with its ending; what it is, is judged by its bytes" },
	{ "label", YH_F_CODE, AT(label), 0, .max = 31,
	  .about = "its sensitivity label; what the pack gives to documents when absent" },
	{ 0 },
};
static const struct yh_field document_path[] = {
	{ "document", YH_F_ID, AT(document), YH_REQUIRED, .about = "id of the document" },
	{ 0 },
};
static const struct yh_field case_path[] = {
	{ "case", YH_F_CODE, AT(case_ref), YH_REQUIRED, .max = 64,
	  .about = "number or id of the case" },
	{ 0 },
};

static void members(struct yh_req *rq, const struct yh_document_row *d)
{
	char hex[YH_SM3_HEX];

	yh_jw_id(rq->w, "id", &d->id);
	yh_jw_str(rq->w, "name", yh_view_labelled(rq, d->label, d->name));
	yh_view_label(rq, d->label);
	yh_jw_bool(rq->w, "you_may_label", yh_document_may_label(&rq->cx, d));
	if (d->kind[0])
		yh_list_word(rq, "kind", "document", d->kind);
	else /* what has not come is of no kind that was told */
		yh_jw_null(rq->w, "kind");
	yh_jw_int(rq->w, "size_bytes", d->size_bytes);
	yh_jw_str(rq->w, "digest", yh_hex(d->digest.b, sizeof d->digest.b, hex));
	yh_jw_time(rq->w, "made_at", d->made_at);
	yh_jw_bool(rq->w, "attached", d->attached_at != 0);
}

static void write_loose(struct yh_req *rq, const void *row)
{
	members(rq, row);
}

static enum yh_rc made(struct yh_req *rq, const struct yh_document_row *d)
{
	char text[YH_ID_TEXT];

	rq->status = 201;
	rq->location =
		yh_arena_printf(rq->cx.arena, "/api/v1/documents/%s", yh_id_text(&d->id, text));
	members(rq, d);
	return YH_OK;
}

static enum yh_rc upload(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct yh_document_in d = {
		.name = ((const struct document_in *)in)->name,
		.label = ((const struct document_in *)in)->label,
		.type = rq->op->raw->types[rq->body_type],
		.path = rq->spool->path,
		.fd = rq->spool->fd,
		.size_bytes = rq->spool->bytes,
	};
	struct yh_document_row row;
	enum yh_rc rc;

	if (rq->spool->fault) {
		(void)yh_fail(err, YH_STORAGE, "document-unwritable");
		yh_err_text(err, "detail", strerror(rq->spool->fault));
		return YH_STORAGE;
	}
	rc = yh_document_keep(&rq->cx, &d, &row, err);
	if (rc != YH_OK)
		return rc;
	return made(rq, &row);
}

static enum yh_rc list(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_document_row *rows;
	size_t n;
	enum yh_rc rc =
		yh_document_loose(rq->cx.tx, &rq->cx.actor->person, rq->cx.arena, &rows, &n, err);

	(void)in;
	if (rc == YH_OK)
		yh_list_write(rq, "items", rows, n, sizeof *rows, write_loose);
	return rc;
}

static enum yh_rc see(struct yh_req *rq, const struct yh_id *id, struct yh_document_row *row,
		      struct yh_err *err)
{
	const char *relation;
	enum yh_rc rc = yh_req_relation(rq, "case.read", &relation, err);

	return rc == YH_OK ? yh_document_see(&rq->cx, id, relation, row, err) : rc;
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_document_row row;
	enum yh_rc rc = see(rq, &((const struct document_in *)in)->document, &row, err);

	if (rc == YH_OK)
		members(rq, &row);
	return rc;
}

struct saving {
	const struct document_in *in;
	struct yh_document_row row;
};

static enum yh_rc find(struct yh_req *rq, void *arg, struct yh_err *err)
{
	struct saving *s = arg;

	return see(rq, &s->in->document, &s->row, err);
}

/* Never to be shown by a browser as it is: a file to be saved, of a type from a closed list. */
static enum yh_rc save(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct saving s = { .in = in };
	const struct yh_document_kind *kind;
	int fd;
	enum yh_rc rc = yh_req_read(rq, find, &s, err);

	if (rc == YH_OK)
		rc = yh_document_bytes(&rq->cx, &s.row, &fd, err);
	if (rc != YH_OK)
		return rc;
	kind = yh_document_kind(s.row.kind);
	/* a file that happens to be JSON is no reply of this program */
	rq->content_type =
		kind && strcmp(kind->name, "json") != 0 ? kind->type : "application/octet-stream";
	yh_req_file(rq, fd, s.row.size_bytes, s.row.name);
	return YH_OK;
}

static enum yh_rc copy(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_document_row of = { 0 }, row;
	enum yh_rc rc = see(rq, &((const struct document_in *)in)->document, &of, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_document_check(&rq->cx, &of, err);
	if (rc == YH_FORBIDDEN) {
		rq->refused = *err;
		return yh_document_note_withheld(&rq->cx, &of, err);
	}
	if (rc == YH_OK)
		rc = yh_document_copy(&rq->cx, &of, &row, err);
	if (rc != YH_OK)
		return rc;
	return made(rq, &row);
}

static enum yh_rc drop(struct yh_req *rq, const void *in, struct yh_err *err)
{
	rq->status = 204;
	return yh_document_drop(&rq->cx, &((const struct document_in *)in)->document, err);
}

/* A file of a case, where the case crosses the districts' link: is it here, and there? */
struct attached {
	struct yh_document_row row;
	const struct yh_link_file_row *coming; /* NULL: it is here */
	const char *there;                     /* NULL: nobody there is to have it */
	const json_t *there_problem;
};

static void write_problem(struct yh_req *rq, const char *key, const struct yh_err *problem)
{
	if (problem->rc != YH_OK)
		yh_view_problem(rq, key, problem);
	else
		yh_jw_null(rq->w, key);
}

static void write_whereabouts(struct yh_req *rq, const struct attached *a)
{
	struct yh_err here = { 0 }, there = { 0 };

	if (a->coming && a->coming->problem[0] && !yh_problem_read(a->coming->problem, &here))
		here = (struct yh_err){ 0 };
	if (a->there_problem && yh_problem_of(a->there_problem, &there, NULL) != YH_OK)
		there = (struct yh_err){ 0 };
	yh_problem_rename(&here, yh_view_labelled(rq, a->row.label, a->row.name));
	yh_problem_rename(&there, yh_view_labelled(rq, a->row.label, a->row.name));
	yh_list_word(rq, "state", "link-file", a->coming ? a->coming->state : "here");
	yh_jw_int(rq->w, "got_bytes", a->coming ? a->coming->got_bytes : a->row.size_bytes);
	write_problem(rq, "problem", &here);
	if (a->there)
		yh_list_word(rq, "there", "link-file", a->there);
	else
		yh_jw_null(rq->w, "there");
	write_problem(rq, "there_problem", &there);
}

static void write_attached(struct yh_req *rq, const struct attached *a, const struct yh_case *c)
{
	const struct yh_document_row *d = &a->row;
	const struct yh_step *s = d->place[0] ? yh_procedure_step(c->procedure, d->place) : NULL;

	yh_jw_obj(rq->w, NULL);
	members(rq, d);
	yh_jw_str(rq->w, "step", d->place);
	yh_list_titled(rq, "step", s ? yh_view_words(rq, s->title) : d->place);
	yh_jw_str(rq->w, "person", d->person_name);
	yh_jw_time(rq->w, "attached_at", d->linked_at);
	write_whereabouts(rq, a);
	yh_jw_end_obj(rq->w);
}

/* At a district: what the city said last of the files that came to it from here. */
static enum yh_rc read_there(struct yh_req *rq, const struct yh_case *c, const json_t **files,
			     struct yh_err *err)
{
	struct yh_case_link_row link;
	const json_t *told;
	bool found;
	enum yh_rc rc = yh_case_link_of(rq->cx.tx, &c->row.id, rq->cx.arena, &link, &found, err);

	*files = NULL;
	if (rc == YH_OK && found && link.told[0] &&
	    yh_json_parse_in(rq->cx.arena, link.told, strlen(link.told), &told, NULL) == YH_OK)
		*files = json_object_get(told, "files");
	return rc;
}

static struct attached attached_of(const struct yh_document_row *d, const json_t *files)
{
	struct attached a = { .row = *d };
	char id[YH_ID_TEXT];

	(void)yh_id_text(&d->id, id);
	for (size_t i = 0; i < json_array_size(files) && !a.there; i++) {
		const json_t *f = json_array_get(files, i);
		const char *said = yh_json_text(f, "id");

		if (!said || strcmp(said, id) != 0)
			continue;
		a.there = yh_json_text(f, "state");
		a.there_problem = json_object_get(f, "problem");
	}
	return a;
}

static struct attached coming_of(const struct yh_link_file_row *f)
{
	struct attached a = { .row = { .id = f->id,
				       .digest = f->digest,
				       .name = f->name,
				       .size_bytes = f->size_bytes,
				       .made_at = f->told_at,
				       .place = f->place,
				       .person_name = f->by },
			      .coming = f };

	memcpy(a.row.kind, f->kind, sizeof a.row.kind);
	memcpy(a.row.label, f->label, sizeof a.row.label);
	return a;
}

static enum yh_rc of_case(struct yh_req *rq, const void *in, struct yh_err *err)
{
	struct yh_document_row *rows;
	struct yh_link_file_row *coming;
	const json_t *files;
	struct yh_case c;
	size_t n = 0, n_coming = 0;
	enum yh_rc rc = yh_view_glimpsed(rq, ((const struct document_in *)in)->case_ref, &c, err);

	if (rc == YH_OK)
		rc = yh_document_of(rq->cx.tx, "case", &c.row.id, rq->cx.arena, &rows, &n, err);
	if (rc == YH_OK)
		rc = yh_link_file_of(rq->cx.tx, &c.row.id, rq->cx.arena, &coming, &n_coming, err);
	if (rc == YH_OK)
		rc = read_there(rq, &c, &files, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_arr(rq->w, "items");
	for (size_t i = 0; i < n; i++) {
		const struct attached a = attached_of(&rows[i], files);

		write_attached(rq, &a, &c);
	}
	for (size_t i = 0; i < n_coming; i++)
		if (strcmp(coming[i].state, "here") != 0) {
			const struct attached a = coming_of(&coming[i]);

			write_attached(rq, &a, &c);
		}
	yh_jw_end_arr(rq->w);
	return YH_OK;
}

#define OPEN_XML "application/vnd.openxmlformats-officedocument."
static const char *const types[] = { "application/octet-stream",
				     "application/pdf",
				     "application/ofd",
				     "image/png",
				     "image/jpeg",
				     OPEN_XML "wordprocessingml.document",
				     OPEN_XML "spreadsheetml.sheet",
				     "text/csv",
				     "text/plain",
				     "application/json",
				     "application/zip",
				     NULL };
static const struct yh_raw raw = {
	.max_bytes = YH_DOCUMENT_BYTES_MAX, .types = types, .encodings = "identity", .spooled = true
};

static const struct yh_column columns[] = {
	YH_COL("编号", "ID", "id"),
	YH_COL_NAME,
	YH_COL_KIND,
	YH_COL("标记", "LABEL", "label_title"),
	YH_COL("字节", "BYTES", "size_bytes"),
	YH_COL("时间", "TIME", "made_at"),
	{ 0 },
};
static const struct yh_column case_columns[] = {
	YH_COL("编号", "ID", "id"),
	YH_COL_NAME,
	YH_COL_KIND,
	YH_COL("标记", "LABEL", "label_title"),
	YH_COL("字节", "BYTES", "size_bytes"),
	YH_COL("环节", "STEP", "step"),
	YH_COL("提交人", "PERSON", "person"),
	YH_COL("时间", "TIME", "attached_at"),
	YH_COL_STATE,
	{ 0 },
};

#define IN sizeof(struct document_in)
static const struct yh_op ops[] = {
	{ "document.upload", YH_POST, "/api/v1/documents", NULL, 0, NULL, upload_query, NULL, IN,
	  upload, columns, "上传文件，随后附到案件；一天内未附的失效",
	  "Hand in a document, to be attached to a case; what is attached to nothing lapses in a "
	  "day",
	  .raw = &raw, .reply = "@Document" },
	{ "document.list", YH_GET, "/api/v1/documents", NULL, 0, NULL, NULL, NULL, IN, list,
	  columns, "本人已上传、尚未附到案件的文件",
	  "One's own documents that belong to nothing yet", .reply = "{items:[@Document]}" },
	{ "document.show", YH_GET, "/api/v1/documents/{document}", NULL, 0, document_path, NULL,
	  NULL, IN, show, columns, "查看文件的名称、类型和摘要",
	  "A document's name, kind and digest", .reply = "@Document" },
	{ "document.save", YH_GET, "/api/v1/documents/{document}/content", NULL,
	  YH_OP_RAW | YH_OP_ASIDE, document_path, NULL, NULL, IN, save, NULL, "下载文件",
	  "A document's bytes, as a file to be saved",
	  .reply = "application/pdf|application/ofd|image/png|image/jpeg|" OPEN_XML
		   "wordprocessingml.document|" OPEN_XML
		   "spreadsheetml.sheet|text/csv|text/plain|application/octet-stream|application/"
		   "zip" },
	{ "document.copy", YH_POST, "/api/v1/documents/{document}/copies", NULL, YH_OP_WRITE,
	  document_path, NULL, NULL, IN, copy, NULL,
	  "把已附到案件、本人看得到的文件再交一次，供另一案件使用；内容只存一份，标记照旧",
	  "Hand in anew a document of a case that one sees, for another case: its bytes are kept "
	  "once, its label stays",
	  .reply = "@Document" },
	{ "document.delete", YH_DELETE, "/api/v1/documents/{document}", NULL, YH_OP_WRITE,
	  document_path, NULL, NULL, IN, drop, NULL, "撤回本人尚未附到案件的文件",
	  "Take back a document of one's own that belongs to nothing", .reply = "none" },
	{ "case.documents", YH_GET, "/api/v1/cases/{case}/documents", "case.read", 0, case_path,
	  NULL, NULL, IN, of_case, case_columns, "案件所附的文件", "The documents of a case",
	  .reply = "{items:[{@Document step step_title person attached_at:time|null "
		   "state:here|coming|refused state_title got_bytes:int problem:@Refusal|null "
		   "there:here|coming|refused|null there_title? "
		   "there_problem:@Refusal|null}]}" },
};

const struct yh_op_table yh_ops_document = { ops, sizeof ops / sizeof ops[0] };
