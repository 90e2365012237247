/* Documents that come with a form or beside it: the case has them from then on. */
#include "cases/internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cases/mark.h"
#include "store/document.h"
#include "store/event.h"

enum { DOCUMENTS_MOST = 100, POINTER_BYTES = 160 };

struct attaching {
	struct yh_case_cx *k;
	const struct yh_id *org; /* of whoever brings it, which answers for it */
	const char *place;       /* the step, "" at filing */
	size_t n;
};

static enum yh_rc record(struct attaching *a, const struct yh_document_row *d, struct yh_err *err)
{
	struct yh_case_cx *k = a->k;
	char hex[YH_SM3_HEX];
	json_t *v =
		json_pack("{s:s, s:s, s:s, s:s, s:I}", "label", d->label, "name", d->name, "kind",
			  d->kind, "digest", yh_hex(d->digest.b, sizeof d->digest.b, hex), "size",
			  (json_int_t)d->size_bytes);
	char *payload = v ? yh_json_canonical(v) : NULL;
	struct yh_event e = { .id = yh_ctx_new_id(k->cx),
			      .at = k->cx->now,
			      .kind = "document.attached",
			      .case_id = k->c->row.id,
			      .object_kind = "document",
			      .object_id = d->id,
			      .person = k->cx->actor->person,
			      .before = a->place,
			      .source = k->cx->actor->source,
			      .payload = payload };
	enum yh_rc rc = payload ? yh_event_insert(k->cx->tx, &e, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	json_decref(v);
	free(payload);
	return rc;
}

/* What belongs to a case has at least the label that the pack gives to its procedure, and that the
 * case has. */
static enum yh_rc label(struct attaching *a, struct yh_document_row *d, struct yh_err *err)
{
	const struct yh_law_book *law = a->k->cx->world->law;
	const struct yh_pack *pack;
	const char *least;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(a->k->cx), &pack, err);

	if (rc != YH_OK)
		return rc;
	least = yh_mark_least(pack, "upload", &a->k->c->row);
	if (!d->label[0] || yh_pack_label_rank(pack, least) > yh_pack_label_rank(pack, d->label))
		(void)snprintf(d->label, sizeof d->label, "%s", least);
	if (yh_id_is_zero(&d->owner))
		d->owner = *a->org;
	return yh_document_relabel(a->k->cx->tx, d, err);
}

/* One's own, or one that the case has already: another's is not told to exist. */
static enum yh_rc attach_one(struct attaching *a, const char *text, const char *pointer,
			     struct yh_err *err)
{
	struct yh_ctx *cx = a->k->cx;
	const struct yh_id *case_id = &a->k->c->row.id;
	struct yh_document_row d;
	struct yh_id id;
	bool linked = false, fresh = false;
	enum yh_rc rc = yh_id_parse(text ? text : "", &id, NULL) == YH_OK
				? YH_OK
				: yh_fail(err, YH_NOT_FOUND, "document-unknown");

	if (rc == YH_OK && ++a->n > DOCUMENTS_MOST) {
		rc = yh_fail(err, YH_TOO_LARGE, "documents-many");
		yh_err_int(err, "max", DOCUMENTS_MOST);
	}
	if (rc == YH_OK) /* as whoever gives it another label does */
		rc = yh_db_lock(cx->tx, &id, 1, err);
	if (rc == YH_OK)
		rc = yh_document_load(cx->tx, &id, cx->arena, &d, err);
	if (rc == YH_OK)
		rc = yh_document_linked(cx->tx, &id, "case", case_id, &linked, err);
	if (rc == YH_OK && !linked && !yh_id_eq(&d.person, &cx->actor->person))
		rc = yh_fail(err, YH_NOT_FOUND, "document-unknown");
	if (rc == YH_OK && !linked)
		rc = yh_document_attach(cx->tx, &id, "case", case_id, a->place, &cx->actor->person,
					cx->now, &fresh, err);
	if (rc == YH_OK && fresh)
		rc = label(a, &d, err);
	if (rc == YH_OK && fresh)
		rc = record(a, &d, err);
	if (rc != YH_OK)
		yh_err_field(err, "%s", pointer);
	return rc;
}

static enum yh_rc walk(struct attaching *a, const json_t *schema, const json_t *v,
		       const char *pointer, struct yh_err *err)
{
	const char *ref = yh_json_text(schema, "x-ref"), *key;
	const json_t *props = json_object_get(schema, "properties");
	char below[POINTER_BYTES];
	enum yh_rc rc = YH_OK;
	json_t *part;

	if (json_is_string(v))
		return ref && strcmp(ref, "document") == 0
			       ? attach_one(a, json_string_value(v), pointer, err)
			       : YH_OK;
	for (size_t i = 0; rc == YH_OK && i < json_array_size(v); i++) {
		(void)snprintf(below, sizeof below, "%.120s/%zu", pointer, i);
		rc = walk(a, json_object_get(schema, "items"), json_array_get(v, i), below, err);
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, part)
	{
		(void)snprintf(below, sizeof below, "%.80s/%.64s", pointer, key);
		if (rc == YH_OK)
			rc = walk(a, json_object_get(props, key), part, below, err);
	}
	return rc;
}

enum yh_rc yh_case_attach(struct yh_case_cx *k, const struct yh_id *org, const json_t *schema,
			  const json_t *form, const json_t *documents, struct yh_err *err)
{
	struct attaching a = { .k = k, .org = org, .place = k->step ? k->step->name : "" };
	/* what was handed in at a district lies there */
	bool here = !k->cx->actor->far;
	enum yh_rc rc = here && schema && form ? walk(&a, schema, form, "/form", err) : YH_OK;
	char pointer[32];

	for (size_t i = 0; rc == YH_OK && here && i < json_array_size(documents); i++) {
		(void)snprintf(pointer, sizeof pointer, "/documents/%zu", i);
		rc = attach_one(&a, json_string_value(json_array_get(documents, i)), pointer, err);
	}
	return rc;
}
