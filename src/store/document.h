/* Documents: rows about bytes that lie in files named by their digest, and what they belong to. */
#ifndef YH_STORE_DOCUMENT_H
#define YH_STORE_DOCUMENT_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_DOCUMENT_PLACE = 65, YH_DOCUMENTS_LISTED = 500 };

struct yh_document_row {
	struct yh_id id;
	struct yh_sm3 digest;
	const char *name;
	char kind[16]; /* "pdf" */
	int64_t size_bytes;
	struct yh_id person; /* zero: the system */
	yh_time made_at, attached_at;
	char label[32];     /* of the pack; "": nobody labelled it */
	struct yh_id owner; /* the body that answers for it; zero: none does */
	/* as attached to an object; where nothing was asked about one: empty */
	const char *place, *person_name;
	yh_time linked_at;
};

struct yh_document_link {
	char object_kind[16]; /* "case" */
	struct yh_id object;
};

YH_CHECK enum yh_rc yh_document_insert(struct yh_tx *tx, const struct yh_document_row *row,
				       struct yh_err *err);
/* Writes label and owner. */
YH_CHECK enum yh_rc yh_document_relabel(struct yh_tx *tx, const struct yh_document_row *row,
					struct yh_err *err);
/* Gives the label to all that belongs to a case, documents, papers, and files on their way, and has
 * one of `below` ("||open|internal|"). */
YH_CHECK enum yh_rc yh_document_raise(struct yh_tx *tx, const struct yh_id *case_id,
				      const char *below, const char *label, struct yh_err *err);
/* Ids of that, but of papers that have no document. */
YH_CHECK enum yh_rc yh_document_parts(struct yh_tx *tx, const struct yh_id *case_id,
				      struct yh_arena *arena, struct yh_id **out, size_t *n,
				      struct yh_err *err);
/* NOT_FOUND "document-unknown". */
YH_CHECK enum yh_rc yh_document_load(struct yh_tx *tx, const struct yh_id *id,
				     struct yh_arena *arena, struct yh_document_row *out,
				     struct yh_err *err);
/* What a person has that belongs to nothing yet, the newest first. */
YH_CHECK enum yh_rc yh_document_loose(struct yh_tx *tx, const struct yh_id *person,
				      struct yh_arena *arena, struct yh_document_row **out,
				      size_t *n, struct yh_err *err);
/* How much that is. */
YH_CHECK enum yh_rc yh_document_loose_sum(struct yh_tx *tx, const struct yh_id *person, int64_t *n,
					  int64_t *bytes, struct yh_err *err);
/* Removes it while it belongs to nothing; *n 0: it was not there, or does. */
YH_CHECK enum yh_rc yh_document_delete(struct yh_tx *tx, const struct yh_id *id, int64_t *n,
				       struct yh_err *err);
/* The same for at most `most` that were made before an instant. */
YH_CHECK enum yh_rc yh_document_lapse(struct yh_tx *tx, yh_time before, uint32_t most, int64_t *n,
				      struct yh_err *err);

/* Makes it belong to an object, once. NOT_FOUND "document-unknown" when it is gone; *fresh false:
 * it did before. */
YH_CHECK enum yh_rc yh_document_attach(struct yh_tx *tx, const struct yh_id *id, const char *kind,
				       const struct yh_id *object, const char *place,
				       const struct yh_id *person, yh_time at, bool *fresh,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_document_linked(struct yh_tx *tx, const struct yh_id *id, const char *kind,
				       const struct yh_id *object, bool *linked,
				       struct yh_err *err);
/* What it belongs to, the oldest first. */
YH_CHECK enum yh_rc yh_document_links(struct yh_tx *tx, const struct yh_id *id,
				      struct yh_arena *arena, struct yh_document_link **out,
				      size_t *n, struct yh_err *err);
/* The documents of an object, in the order they came, at most YH_DOCUMENTS_LISTED. */
YH_CHECK enum yh_rc yh_document_of(struct yh_tx *tx, const char *kind, const struct yh_id *object,
				   struct yh_arena *arena, struct yh_document_row **out, size_t *n,
				   struct yh_err *err);

/* Procedures of the cases that have documents or papers without a label. */
YH_CHECK enum yh_rc yh_document_unlabelled(struct yh_tx *tx, struct yh_arena *arena,
					   const char ***out, size_t *n, struct yh_err *err);
/* Labels them: the documents of a procedure's cases; its papers, and what they were sealed as. */
YH_CHECK enum yh_rc yh_document_fill(struct yh_tx *tx, const char *procedure, const char *label,
				     struct yh_err *err);
YH_CHECK enum yh_rc yh_document_fill_papers(struct yh_tx *tx, const char *procedure,
					    const char *label, struct yh_err *err);

/* Is there a row with these bytes? */
YH_CHECK enum yh_rc yh_document_any(struct yh_tx *tx, const struct yh_sm3 *digest, bool *any,
				    struct yh_err *err);
/* The folder that the files lie in; "" when none has been named. */
YH_CHECK enum yh_rc yh_document_place(struct yh_tx *tx, char out[YH_DOCUMENT_PLACE],
				      struct yh_err *err);
/* Names it, unless one is named: then *named tells which. */
YH_CHECK enum yh_rc yh_document_place_take(struct yh_tx *tx, const char *place,
					   char named[YH_DOCUMENT_PLACE], struct yh_err *err);

#endif
