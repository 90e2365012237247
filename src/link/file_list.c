/* Files that are told with a case: which there are, and how those that the other side told stand.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/mark.h"
#include "link/case_internal.h"
#include "link/file.h"
#include "link/place.h"
#include "services/document/document.h"
#include "store/event.h"

/* ---- telling ---- */

static enum yh_rc is_theirs(struct yh_ctx *cx, const struct yh_link_peer *peer,
			    const struct yh_id *id, bool *theirs, struct yh_err *err)
{
	struct yh_link_file_row f;
	bool found;
	enum yh_rc rc = yh_link_file_load(cx->tx, id, cx->arena, &f, &found, err);

	*theirs = rc == YH_OK && found && yh_id_eq(&f.cloud, &peer->cloud);
	return rc;
}

/* The name of what is labelled higher than documents are stays here; its label goes along. */
static const char *name_told(const struct yh_ctx *cx, const struct yh_pack *pack,
			     const struct yh_document_row *d)
{
	const struct yh_label *label = yh_pack_label(pack, d->label);
	const char *usual = yh_pack_label_of(pack, "upload", NULL), *name;

	if (yh_pack_label_rank(pack, d->label) <= yh_pack_label_rank(pack, usual))
		return d->name;
	name = yh_arena_printf(cx->arena, "（%s文件）.%s", label ? label->title.zh : d->label,
			       d->kind);
	return name ? name : "";
}

enum yh_rc yh_link_file_name(const struct yh_ctx *cx, const struct yh_document_row *d,
			     const char **out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		*out = name_told(cx, pack, d);
	return rc;
}

static json_t *told(const struct yh_ctx *cx, const struct yh_pack *pack,
		    const struct yh_document_row *d)
{
	char hex[YH_SM3_HEX], id[YH_ID_TEXT];
	json_t *v = json_pack("{s:s, s:s, s:I, s:s}", "id", yh_id_text(&d->id, id), "kind", d->kind,
			      "size", (json_int_t)d->size_bytes, "digest",
			      yh_hex(d->digest.b, sizeof d->digest.b, hex));

	yh_case_say(v, "name", name_told(cx, pack, d));
	yh_case_say(v, "label", d->label);
	yh_case_say(v, "step", d->place);
	yh_case_say(v, "by", d->person_name);
	yh_case_say_time(v, "at", d->linked_at);
	return v;
}

static bool is_of(const struct yh_link_files_of *of, yh_time at)
{
	bool is = at >= of->first && at <= of->last;

	for (size_t i = 0; !is && i < of->n_acts; i++)
		is = of->acts[i].at == at;
	return is;
}

enum yh_rc yh_link_files_say(struct yh_ctx *cx, const struct yh_link_peer *peer,
			     const struct yh_link_files_of *of, json_t *body, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_document_row *docs;
	const struct yh_pack *pack;
	size_t n = 0;
	json_t *list;
	bool theirs;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_document_of(cx->tx, "case", &of->case_id, cx->arena, &docs, &n, err);
	if (rc != YH_OK)
		return rc;
	list = json_array();
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (!is_of(of, docs[i].linked_at))
			continue;
		rc = is_theirs(cx, peer, &docs[i].id, &theirs, err);
		if (rc == YH_OK && !theirs)
			(void)json_array_append_new(list, told(cx, pack, &docs[i]));
	}
	while (json_array_size(list) > LINK_FILES_TOLD)
		(void)json_array_remove(list, 0);
	if (rc == YH_OK && json_array_size(list))
		(void)json_object_set(body, "documents", list);
	json_decref(list);
	return rc;
}

enum yh_rc yh_link_files_standing(struct yh_ctx *cx, const struct yh_link_peer *peer,
				  const struct yh_id *case_id, json_t *body, struct yh_err *err)
{
	struct yh_link_file_row *rows;
	size_t n;
	json_t *list;
	enum yh_rc rc = yh_link_file_of(cx->tx, case_id, cx->arena, &rows, &n, err);

	if (rc != YH_OK)
		return rc;
	list = json_array();
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		json_t *problem = NULL, *v;

		if (!yh_id_eq(&rows[i].cloud, &peer->cloud))
			continue;
		if (rows[i].problem[0])
			rc = yh_json_parse(rows[i].problem, strlen(rows[i].problem), &problem, err);
		v = json_pack("{s:s, s:s}", "id", rows[i].far, "state", rows[i].state);
		if (problem)
			(void)json_object_set_new(v, "problem", problem);
		(void)json_array_append_new(list, v);
	}
	while (json_array_size(list) > LINK_FILES_TOLD)
		(void)json_array_remove(list, 0);
	if (rc == YH_OK && json_array_size(list))
		(void)json_object_set(body, "files", list);
	json_decref(list);
	return rc;
}

/* ---- what came ---- */

static enum yh_rc note(struct yh_ctx *cx, const struct yh_link_file_row *f, const char *kind,
		       const char *payload, struct yh_err *err)
{
	struct yh_event e = { .id = yh_ctx_new_id(cx),
			      .at = cx->now,
			      .kind = kind,
			      .case_id = f->case_id,
			      .object_kind = "document",
			      .object_id = f->id,
			      .before = f->place,
			      .source = yh_arena_printf(cx->arena, YH_FAR "%.120s", f->by),
			      .payload = payload };

	return e.source ? yh_event_insert(cx->tx, &e, err)
			: yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static void stands(struct yh_ctx *cx, struct yh_link_file_row *f, const char *state)
{
	(void)snprintf(f->state, sizeof f->state, "%s", state);
	f->since = cx->now;
	f->retry_at = 0;
	f->problem = "";
}

/* At least what its procedure asks for here. The body that answers for it: at a district who filed
 * the case, at the city whose desk it came to last. */
static enum yh_rc receive(struct yh_ctx *cx, const struct yh_link_file_row *f,
			  struct yh_document_row *d, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack = NULL;
	struct yh_step_row *steps;
	struct yh_case_row c;
	size_t n = 0;
	enum yh_rc rc = yh_case_load(cx->tx, &f->case_id, cx->arena, &c, err);

	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc == YH_OK)
		rc = yh_step_list(cx->tx, &f->case_id, cx->arena, &steps, &n, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(d->label, sizeof d->label, "%s",
		       yh_pack_label_higher(pack, f->label, yh_mark_least(pack, "upload", &c)));
	if (c.abroad != YH_CASE_HERE)
		d->owner = c.filer_org;
	for (size_t i = n; yh_id_is_zero(&d->owner) && i-- > 0;)
		d->owner = steps[i].org;
	return YH_OK;
}

enum yh_rc yh_link_file_here(struct yh_ctx *cx, struct yh_link_file_row *f, const char *kind,
			     struct yh_err *err)
{
	struct yh_document_row d = { .id = f->id,
				     .digest = f->digest,
				     .name = f->name,
				     .size_bytes = f->size_bytes,
				     .made_at = cx->now };
	char hex[YH_SM3_HEX];
	bool fresh;
	json_t *v = json_pack("{s:s, s:s, s:s, s:I}", "name", f->name, "kind", kind, "digest",
			      yh_hex(f->digest.b, sizeof f->digest.b, hex), "size",
			      (json_int_t)f->size_bytes);
	char *payload = v ? yh_json_canonical(v) : NULL;
	enum yh_rc rc = payload ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	(void)snprintf(d.kind, sizeof d.kind, "%s", kind);
	if (rc == YH_OK)
		rc = receive(cx, f, &d, err);
	if (rc == YH_OK)
		rc = yh_document_insert(cx->tx, &d, err);
	if (rc == YH_OK)
		rc = yh_document_attach(cx->tx, &d.id, "case", &f->case_id, f->place, NULL, cx->now,
					&fresh, err);
	if (rc == YH_OK)
		rc = note(cx, f, "document.attached", payload, err);
	stands(cx, f, "here");
	f->got_bytes = f->size_bytes;
	json_decref(v);
	free(payload);
	return rc;
}

enum yh_rc yh_link_file_refuse(struct yh_ctx *cx, struct yh_link_file_row *f,
			       const struct yh_err *why, struct yh_err *err)
{
	struct yh_err named = *why;
	const char *problem = "";
	enum yh_rc rc;

	yh_err_text(&named, "file", f->name);
	rc = yh_case_keep_problem(cx, &named, &problem, err);
	stands(cx, f, "refused");
	f->problem = problem;
	return rc == YH_OK ? note(cx, f, "document.refused", problem, err) : rc;
}

/* Of what crossed the link before, in either direction, the bytes are here already. */
static enum yh_rc find_bytes(struct yh_ctx *cx, const struct yh_link_peer *peer,
			     const struct yh_link_file_row *f, struct yh_document_row *same,
			     bool *found, struct yh_err *err)
{
	const struct yh_link_shared s = { .district = peer->city,
					  .code = peer->district,
					  .cloud = peer->cloud };

	*found = false;
	if (!cx->world->documents)
		return YH_OK;
	return yh_link_file_shared(cx->tx, &s, &f->digest, cx->arena, same, found, err);
}

/* What can be said against it before a byte has come, and whether one has to. */
static enum yh_rc judge(struct yh_ctx *cx, const struct yh_link_peer *peer,
			struct yh_link_file_row *f, struct yh_document_row *same, bool *have,
			struct yh_err *err)
{
	struct yh_err why = { 0 };
	enum yh_rc rc = find_bytes(cx, peer, f, same, have, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_document_expects(cx, *have ? same->kind : f->kind, f->size_bytes, &why);
	if (rc == YH_OK && *have && same->size_bytes != f->size_bytes)
		rc = yh_fail(&why, YH_BAD_INPUT, "link-file-changed");
	if (rc == YH_OK && *have)
		rc = yh_document_name_check(f->name, yh_document_kind(same->kind), &why);
	if (rc == YH_OK)
		return YH_OK;
	*have = false;
	if (yh_case_is_answer(&why))
		return yh_link_file_refuse(cx, f, &why, err);
	*err = why;
	return rc;
}

/* As it is there; what nobody labelled is as what is handed in here. */
static enum yh_rc read_label(struct yh_ctx *cx, const json_t *v, struct yh_link_file_row *f,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = yh_case_label_told(v, f->label, sizeof f->label, err);

	if (rc != YH_OK || f->label[0])
		return rc;
	rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc == YH_OK)
		(void)snprintf(f->label, sizeof f->label, "%s",
			       yh_pack_label_of(pack, "upload", NULL));
	return rc;
}

static enum yh_rc read_told(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *v,
			    struct yh_link_file_row *f, struct yh_err *err)
{
	const char *digest = yh_json_text(v, "digest"), *id = yh_json_text(v, "id");
	const char *kind = yh_json_text(v, "kind");
	enum yh_rc rc = yh_case_long(cx, v, "name", &f->name, err);

	if (rc == YH_OK)
		rc = yh_case_long(cx, v, "by", &f->by, err);
	if (rc == YH_OK)
		rc = YH_CASE_FIELD(v, "step", false, f->place, err);
	if (rc == YH_OK)
		rc = read_label(cx, v, f, err);
	if (rc == YH_OK && (!digest || !yh_unhex(digest, f->digest.b, sizeof f->digest.b)))
		rc = yh_fail_field(err, YH_BAD_INPUT, "link-field", "/documents/digest");
	if (rc != YH_OK)
		return rc;
	f->far = yh_arena_strdup(cx->arena, id && id[0] ? id : digest);
	if (!f->far)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	f->id = yh_link_id(peer, "document", f->far);
	f->size_bytes = json_integer_value(json_object_get(v, "size"));
	if (kind && yh_document_kind(kind))
		(void)snprintf(f->kind, sizeof f->kind, "%s", kind);
	return YH_OK;
}

static enum yh_rc relabel(struct yh_ctx *cx, const struct yh_pack *pack,
			  const struct yh_link_file_row *f, struct yh_err *err)
{
	struct yh_document_row d;
	struct yh_event e = { .id = yh_ctx_new_id(cx),
			      .at = cx->now,
			      .kind = "document.labelled",
			      .object_kind = "document",
			      .object_id = f->id,
			      .after = f->label,
			      .source = yh_arena_printf(cx->arena, YH_FAR "%.120s", f->by) };
	enum yh_rc rc = e.source ? yh_document_load(cx->tx, &f->id, cx->arena, &d, err)
				 : yh_fail(err, YH_TOO_LARGE, "memory-short");

	if (rc != YH_OK || yh_pack_label_rank(pack, f->label) <= yh_pack_label_rank(pack, d.label))
		return rc;
	e.before = yh_arena_strdup(cx->arena, d.label);
	memcpy(d.label, f->label, sizeof d.label);
	rc = yh_document_relabel(cx->tx, &d, err);
	return rc == YH_OK ? yh_event_insert(cx->tx, &e, err) : rc;
}

/* Known already: where its label rose there it rises here; one that fell there is lowered here by
 * those who may. */
static enum yh_rc take_again(struct yh_ctx *cx, const struct yh_link_file_row *told,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct yh_link_file_row f;
	const struct yh_pack *pack;
	bool found;
	enum yh_rc rc = yh_db_lock(cx->tx, &told->id, 1, err);

	if (rc == YH_OK) /* it may have become a document meanwhile */
		rc = yh_link_file_load(cx->tx, &told->id, cx->arena, &f, &found, err);
	if (rc == YH_OK)
		rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);
	if (rc != YH_OK ||
	    yh_pack_label_rank(pack, told->label) <= yh_pack_label_rank(pack, f.label))
		return rc;
	memcpy(f.label, told->label, sizeof f.label);
	rc = yh_link_file_save(cx->tx, &f, err);
	return rc == YH_OK && strcmp(f.state, "here") == 0 ? relabel(cx, pack, &f, err) : rc;
}

static enum yh_rc take_one(struct yh_ctx *cx, const struct yh_link_peer *peer,
			   const struct yh_id *case_id, const json_t *v, struct yh_err *err)
{
	struct yh_link_file_row f = { .cloud = peer->cloud,
				      .case_id = *case_id,
				      .told_at = cx->now,
				      .since = cx->now,
				      .state = "coming",
				      .problem = "" };
	struct yh_link_file_row known;
	struct yh_document_row same;
	bool found, have = false, fresh;
	int64_t n = 0;
	enum yh_rc rc = read_told(cx, peer, v, &f, err);

	if (rc == YH_OK)
		rc = yh_link_file_load(cx->tx, &f.id, cx->arena, &known, &found, err);
	if (rc == YH_OK && found)
		return take_again(cx, &f, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_link_file_count(cx->tx, case_id, &n, err);
	if (rc == YH_OK && n < LINK_FILES_CASE)
		rc = judge(cx, peer, &f, &same, &have, err);
	if (rc == YH_OK && n >= LINK_FILES_CASE) { /* the story tells; the rows are bounded */
		struct yh_err why = { 0 };

		(void)yh_fail(&why, YH_TOO_LARGE, "documents-many");
		yh_err_int(&why, "max", LINK_FILES_CASE);
		return yh_link_file_refuse(cx, &f, &why, err);
	}
	if (rc == YH_OK && have)
		rc = yh_link_file_here(cx, &f, same.kind, err);
	return rc == YH_OK ? yh_link_file_insert(cx->tx, &f, &fresh, err) : rc;
}

enum yh_rc yh_link_files_take(struct yh_ctx *cx, const struct yh_link_peer *peer,
			      const struct yh_id *case_id, const json_t *body, struct yh_err *err)
{
	const json_t *list = json_object_get(body, "documents");
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < json_array_size(list); i++)
		rc = take_one(cx, peer, case_id, json_array_get(list, i), err);
	return rc;
}

/* ---- names in forms ---- */

enum yh_rc yh_link_file_in(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *far,
			   char out[128], struct yh_err *err)
{
	char text[YH_ID_TEXT];
	struct yh_document_row ours;
	struct yh_err why = { 0 };
	struct yh_id id;
	enum yh_rc rc = yh_id_parse(far, &id, &why);

	if (rc != YH_OK)
		return YH_OK;
	rc = yh_document_load(cx->tx, &id, cx->arena, &ours, &why);
	if (rc == YH_NOT_FOUND) {
		id = yh_link_id(peer, "document", yh_id_text(&id, text));
		(void)snprintf(out, 128, "%s", yh_id_text(&id, text));
		return YH_OK;
	}
	if (rc != YH_OK)
		*err = why;
	return rc;
}

enum yh_rc yh_link_file_out(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *id,
			    char out[128], struct yh_err *err)
{
	struct yh_link_file_row f;
	struct yh_id parsed;
	bool found;
	enum yh_rc rc = YH_OK;

	if (yh_id_parse(id, &parsed, NULL) != YH_OK)
		return YH_OK;
	rc = yh_link_file_load(cx->tx, &parsed, cx->arena, &f, &found, err);
	if (rc == YH_OK && found && yh_id_eq(&f.cloud, &peer->cloud))
		(void)snprintf(out, 128, "%.120s", f.far);
	return rc;
}
