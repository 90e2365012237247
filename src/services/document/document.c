/* Documents: handing in, seeing, taking back. */
#include "services/document/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cases/case.h"
#include "services/document/internal.h"
#include "services/identity/clearance.h"
#include "store/link_file.h"

static enum yh_rc elsewhere(const struct yh_files *f, const char *named, struct yh_err *err)
{
	(void)yh_fail(err, YH_CONFLICT, "documents-elsewhere");
	yh_err_text(err, "here", f->place);
	yh_err_text(err, "there", named);
	return YH_CONFLICT;
}

static enum yh_rc check_place(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	const struct yh_files *f = arg;
	char named[YH_DOCUMENT_PLACE];
	enum yh_rc rc = yh_document_place(tx, named, err);

	return rc == YH_OK && named[0] && strcmp(named, f->place) != 0 ? elsewhere(f, named, err)
								       : rc;
}

enum yh_rc yh_documents_open(struct yh_exec *exec, const char *data, struct yh_documents **out,
			     struct yh_err *err)
{
	struct yh_documents *d = calloc(1, sizeof *d);
	enum yh_rc rc = d ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	*out = NULL;
	if (rc == YH_OK)
		rc = yh_files_open(&d->files, data, err);
	if (rc == YH_OK)
		rc = yh_exec_read(exec, check_place, &d->files, err);
	if (rc == YH_OK)
		*out = d;
	else
		free(d);
	return rc;
}

void yh_documents_close(struct yh_documents *d)
{
	free(d);
}

const char *yh_documents_incoming(const struct yh_documents *d)
{
	return d->files.incoming;
}

static enum yh_rc need_documents(const struct yh_world *w, struct yh_err *err)
{
	return w->documents ? YH_OK : yh_fail(err, YH_CONFLICT, "documents-none");
}

/* ---- handing in ---- */

struct keeping {
	const struct yh_ctx *cx;
	const struct yh_document_in *in;
	const struct yh_document_kind *kind;
	struct yh_document_row row;
	const char *kinds; /* that are admitted, with blanks between */
	const char *label;
	int64_t max_bytes;
};

static enum yh_rc read_limits(struct keeping *k, struct yh_err *err)
{
	const struct yh_law_book *law = k->cx->world->law;
	const struct yh_pack *pack;
	const struct yh_param *p;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(k->cx), &pack, err);

	k->kinds = "pdf ofd png jpeg docx xlsx csv txt json";
	k->max_bytes = (int64_t)YH_DOCUMENT_MIB << 20;
	if (rc != YH_OK)
		return rc;
	k->label = k->in->label ? k->in->label : yh_pack_label_of(pack, "upload", NULL);
	if (k->in->label)
		rc = yh_label_known(pack, k->label, "?label", err);
	if (rc != YH_OK)
		return rc;
	p = yh_pack_param(pack, "document.kinds");
	if (p && p->text)
		k->kinds = p->text;
	p = yh_pack_param(pack, "document.max");
	if (p && p->kind == YH_P_INT && p->num > 0 &&
	    p->num <= (int64_t)YH_DOCUMENT_BYTES_MAX >> 20)
		k->max_bytes = p->num << 20;
	return YH_OK;
}

static bool is_listed(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = list; *s; s += strcspn(s, " "), s += strspn(s, " "))
		if (strncmp(s, word, n) == 0 && (s[n] == ' ' || !s[n]))
			return true;
	return false;
}

static enum yh_rc check_size(const struct keeping *k, struct yh_err *err)
{
	if (k->in->size_bytes == 0)
		return yh_fail(err, YH_BAD_INPUT, "document-empty");
	if (k->in->size_bytes <= k->max_bytes)
		return YH_OK;
	(void)yh_fail(err, YH_TOO_LARGE, "document-too-big");
	yh_err_int(err, "max", k->max_bytes >> 20);
	yh_err_int(err, "size", k->in->size_bytes);
	return YH_TOO_LARGE;
}

/* What it was said to be must be what it is: whoever is wrong about that should know. */
static enum yh_rc check_said(const struct keeping *k, struct yh_err *err)
{
	const char *said = k->in->type;
	size_t n = strcspn(k->kind->type, ";");

	if (!said || strcmp(said, "application/octet-stream") == 0 ||
	    (strncmp(said, k->kind->type, n) == 0 && !said[n]))
		return YH_OK;
	(void)yh_fail(err, YH_BAD_INPUT, "document-type-other");
	yh_err_text(err, "type", said);
	yh_err_text(err, "kind", k->kind->name);
	return YH_BAD_INPUT;
}

static enum yh_rc check_listed(const struct keeping *k, const char *kind, struct yh_err *err)
{
	if (is_listed(k->kinds, kind))
		return YH_OK;
	(void)yh_fail_field(err, YH_BAD_INPUT, "document-kind-other", "?name");
	yh_err_param(err, "document.kinds");
	yh_err_text(err, "kind", kind);
	yh_err_text(err, "admitted", k->kinds);
	return YH_BAD_INPUT;
}

static enum yh_rc judge(struct keeping *k, struct yh_err *err)
{
	const struct yh_document_in *in = k->in;
	enum yh_rc rc = read_limits(k, err);

	if (rc == YH_OK)
		rc = check_size(k, err);
	if (rc == YH_OK)
		rc = yh_document_judge(in->fd, in->size_bytes, in->name, &k->kind, err);
	if (rc == YH_OK)
		rc = check_listed(k, k->kind->name, err);
	if (rc == YH_OK)
		rc = yh_document_name_check(in->name, k->kind, err);
	return rc == YH_OK ? check_said(k, err) : rc;
}

enum yh_rc yh_document_admits(const struct yh_ctx *cx, const struct yh_document_in *in,
			      const struct yh_document_kind **kind, struct yh_err *err)
{
	struct keeping k = { .cx = cx, .in = in };
	enum yh_rc rc = judge(&k, err);

	*kind = k.kind;
	return rc;
}

enum yh_rc yh_document_expects(const struct yh_ctx *cx, const char *kind, int64_t size_bytes,
			       struct yh_err *err)
{
	const struct yh_document_in in = { .size_bytes = size_bytes };
	struct keeping k = { .cx = cx, .in = &in };
	enum yh_rc rc = read_limits(&k, err);

	if (rc == YH_OK)
		rc = check_size(&k, err);
	return rc == YH_OK && kind[0] ? check_listed(&k, kind, err) : rc;
}

static enum yh_rc check_room(struct yh_tx *tx, const struct keeping *k, struct yh_err *err)
{
	int64_t n, bytes;
	enum yh_rc rc = yh_document_loose_sum(tx, &k->row.person, &n, &bytes, err);

	if (rc == YH_OK &&
	    (n >= YH_DOCUMENTS_LOOSE ||
	     bytes + k->row.size_bytes > (int64_t)4 * (int64_t)YH_DOCUMENT_BYTES_MAX)) {
		rc = yh_fail(err, YH_TOO_LARGE, "documents-many");
		yh_err_int(err, "max", YH_DOCUMENTS_LOOSE);
	}
	return rc;
}

/* A reply that was lost is asked for again with the same bytes: that makes no second document. */
static enum yh_rc find_same(struct yh_tx *tx, struct keeping *k, bool *found, struct yh_err *err)
{
	struct yh_document_row *rows;
	size_t n;
	enum yh_rc rc = yh_document_loose(tx, &k->row.person, k->cx->arena, &rows, &n, err);

	*found = false;
	for (size_t i = 0; rc == YH_OK && i < n && !*found; i++) {
		*found = memcmp(&rows[i].digest, &k->row.digest, sizeof k->row.digest) == 0 &&
			 strcmp(rows[i].name, k->in->name) == 0 &&
			 strcmp(rows[i].label, k->row.label) == 0;
		if (*found)
			k->row = rows[i];
	}
	return rc;
}

static enum yh_rc write_row(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	const struct yh_files *f = &k->cx->world->documents->files;
	char named[YH_DOCUMENT_PLACE];
	bool found = false;
	enum yh_rc rc = yh_db_lock(tx, &k->cx->actor->person, 1, err);

	if (rc == YH_OK)
		rc = yh_document_place_take(tx, f->place, named, err);
	if (rc == YH_OK && strcmp(named, f->place) != 0)
		rc = elsewhere(f, named, err);
	if (rc == YH_OK)
		rc = find_same(tx, k, &found, err);
	if (rc != YH_OK || found)
		return rc;
	k->row.id = yh_ctx_new_id(k->cx);
	rc = check_room(tx, k, err);
	return rc == YH_OK ? yh_document_insert(tx, &k->row, err) : rc;
}

/* Asked before the bytes are kept, so that what is refused takes no room. */
static enum yh_rc ask_room(struct yh_tx *tx, void *arg, struct yh_err *err)
{
	struct keeping *k = arg;
	struct yh_document_row asked = k->row;
	bool found = false;
	enum yh_rc rc = find_same(tx, k, &found, err);

	k->row = asked;
	return rc == YH_OK && !found ? check_room(tx, k, err) : rc;
}

enum yh_rc yh_document_keep(const struct yh_ctx *cx, const struct yh_document_in *in,
			    struct yh_document_row *out, struct yh_err *err)
{
	struct keeping k = { .cx = cx, .in = in };
	YH_CLOSE_AUTO int lock = -1;
	struct yh_sm3 digest;
	enum yh_rc rc = need_documents(cx->world, err);

	if (rc == YH_OK)
		rc = judge(&k, err);
	if (rc != YH_OK)
		return rc;
	k.row = (struct yh_document_row){ .name = in->name,
					  .size_bytes = in->size_bytes,
					  .person = cx->actor->person,
					  .made_at = cx->now,
					  .place = "",
					  .person_name = "" };
	(void)snprintf(k.row.kind, sizeof k.row.kind, "%s", k.kind->name);
	(void)snprintf(k.row.label, sizeof k.row.label, "%s", k.label);
	rc = yh_files_digest(in->fd, &k.row.digest, err);
	if (rc == YH_OK)
		rc = yh_exec_read(cx->world->exec, ask_room, &k, err);
	if (rc == YH_OK)
		rc = yh_files_lock(&cx->world->documents->files, true, true, &lock, err);
	if (rc == YH_OK)
		rc = yh_files_put(&cx->world->documents->files, in->fd, in->path, &k.row.digest,
				  err);
	digest = k.row.digest;
	if (rc == YH_OK)
		rc = yh_exec_write(cx->world->exec, write_row, &k, err);
	if (rc != YH_OK &&
	    lock >= 0) { /* the room went to another of the same person's meanwhile */
		(void)close(lock);
		lock = -1;
		yh_documents_take_back(cx->world, &digest);
	}
	*out = k.row;
	return rc;
}

/* The file is there for as long as a row names it, and what belongs to something stays. */
enum yh_rc yh_document_copy(const struct yh_ctx *cx, const struct yh_document_row *of,
			    struct yh_document_row *out, struct yh_err *err)
{
	const struct yh_document_in in = { .name = of->name, .size_bytes = of->size_bytes };
	struct keeping k = { .cx = cx, .in = &in, .row = *of };
	enum yh_rc rc = need_documents(cx->world, err);

	*out = *of;
	if (rc != YH_OK || !of->attached_at)
		return rc;
	rc = read_limits(&k, err);
	if (rc == YH_OK)
		rc = check_size(&k, err);
	if (rc == YH_OK)
		rc = check_listed(&k, of->kind, err);
	if (rc != YH_OK)
		return rc;
	k.row.person = cx->actor->person;
	k.row.made_at = cx->now;
	k.row.attached_at = 0;
	k.row.place = k.row.person_name = "";
	if (!of->label[0])
		(void)snprintf(k.row.label, sizeof k.row.label, "%s", k.label);
	rc = write_row(cx->tx, &k, err);
	*out = k.row;
	return rc;
}

/* ---- seeing ---- */

static enum yh_rc sees_case(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
			    bool *sees, struct yh_err *err)
{
	struct yh_err why = { 0 };
	struct yh_case c;
	enum yh_rc rc = yh_case_get(cx, id, &c, err);

	if (rc != YH_OK || !relation)
		return rc;
	rc = yh_case_see(cx, &c, relation, &why);
	*sees = rc == YH_OK;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	if (err)
		*err = why;
	return rc;
}

/* By its label, where the actor is not cleared for it. */
static enum yh_rc name_it(const struct yh_ctx *cx, const struct yh_link_file_row *f,
			  struct yh_err *said, struct yh_err *err)
{
	struct yh_clearance mine;
	enum yh_rc rc = yh_clearance_actor(cx, &mine, err);

	if (rc == YH_OK && yh_clearance_opens(&mine, f->label))
		yh_err_text(said, "name", f->name);
	else if (rc == YH_OK)
		yh_clearance_figure(said, mine.pack, "name", yh_clearance_label(&mine, f->label));
	return rc;
}

/* Of one that is not here: it may be on its way, for those who see what it belongs to. */
static enum yh_rc see_coming(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
			     struct yh_err *err)
{
	struct yh_link_file_row f;
	struct yh_err said = { 0 };
	bool found, sees = false;
	enum yh_rc rc = yh_link_file_load(cx->tx, id, cx->arena, &f, &found, err);

	if (rc == YH_OK && found)
		rc = sees_case(cx, &f.case_id, relation, &sees, err);
	if (rc != YH_OK)
		return rc;
	if (!sees)
		return yh_fail(err, YH_NOT_FOUND, "document-unknown");
	(void)yh_fail(&said, YH_CONFLICT,
		      strcmp(f.state, "refused") == 0 ? "document-refused" : "document-coming");
	rc = name_it(cx, &f, &said, err);
	if (rc != YH_OK)
		return rc;
	yh_err_int(&said, "got", f.got_bytes);
	yh_err_int(&said, "size", f.size_bytes);
	*err = said;
	return said.rc;
}

enum yh_rc yh_document_see(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
			   struct yh_document_row *out, struct yh_err *err)
{
	struct yh_document_link *links = NULL;
	struct yh_err why = { 0 };
	size_t n = 0;
	bool sees;
	enum yh_rc rc = yh_document_load(cx->tx, id, cx->arena, out, &why);

	if (rc == YH_NOT_FOUND)
		return see_coming(cx, id, relation, err);
	if (rc != YH_OK) {
		*err = why;
		return rc;
	}
	sees = !yh_id_is_zero(&out->person) && yh_id_eq(&out->person, &cx->actor->person);
	if (!sees)
		rc = yh_document_links(cx->tx, id, cx->arena, &links, &n, err);
	for (size_t i = 0; rc == YH_OK && !sees && i < n; i++)
		if (strcmp(links[i].object_kind, "case") == 0)
			rc = sees_case(cx, &links[i].object, relation, &sees, err);
	return rc == YH_OK && !sees ? yh_fail(err, YH_NOT_FOUND, "document-unknown") : rc;
}

enum yh_rc yh_document_bytes(const struct yh_ctx *cx, const struct yh_document_row *row, int *fd,
			     struct yh_err *err)
{
	enum yh_rc rc = need_documents(cx->world, err);

	*fd = -1;
	if (rc == YH_OK)
		rc = yh_document_check(cx, row, err);
	return rc == YH_OK ? yh_files_get(&cx->world->documents->files, &row->digest,
					  row->size_bytes, fd, err)
			   : rc;
}

enum yh_rc yh_document_drop(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	struct yh_document_row row;
	int64_t n = 0;
	enum yh_rc rc = yh_document_load(cx->tx, id, cx->arena, &row, err);

	if (rc == YH_OK && !yh_id_eq(&row.person, &cx->actor->person))
		rc = yh_fail(err, YH_NOT_FOUND, "document-unknown");
	if (rc == YH_OK)
		rc = yh_document_delete(cx->tx, id, &n, err);
	return rc == YH_OK && n == 0 ? yh_fail(err, YH_CONFLICT, "document-attached") : rc;
}
