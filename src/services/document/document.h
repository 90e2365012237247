/* Documents: handed in by a person, attached to what they belong to, read by whoever may see that.
 * What is attached to nothing lapses after a day. */
#ifndef YH_SERVICES_DOCUMENT_DOCUMENT_H
#define YH_SERVICES_DOCUMENT_DOCUMENT_H

#include <stdatomic.h>

#include "cases/case.h"
#include "services/document/files.h"
#include "services/document/kinds.h"
#include "store/document.h"

/* The most that a document can have, whatever a pack says, and what it has where none says. */
#define YH_DOCUMENT_BYTES_MAX ((size_t)256 << 20)
enum { YH_DOCUMENT_MIB = 50, YH_DOCUMENTS_LOOSE = 50, YH_DOCUMENTS_TIDY_S = 3600 };

struct yh_documents;
/* Opens DATA/documents for a server. CONFLICT "documents-elsewhere" (figures here, there) when the
 * documents of the store lie in another folder: then files would be missing. */
YH_CHECK enum yh_rc yh_documents_open(struct yh_exec *exec, const char *data,
				      struct yh_documents **out, struct yh_err *err);
void yh_documents_close(struct yh_documents *d);
/* Where bodies are received; borrowed. */
const char *yh_documents_incoming(const struct yh_documents *d);

/* What is handed in: the file at `path`, open as `fd`. */
struct yh_document_in {
	const char *label;       /* of the pack; NULL: what it gives to what is handed in */
	const char *name, *type; /* the media type that it is said to have; NULL: nothing is said */
	const char *path;
	int fd;
	int64_t size_bytes;
};
/* Judges it, puts its file in place, then its row; outside of a transaction (cx->tx is not used). A
 * second time the same, while it is attached to nothing, is the first. TOO_LARGE
 * "document-too-big" (figures max, size, in MiB and bytes), "documents-many" (figure max);
 * BAD_INPUT "document-empty", "document-kind-other" (figures kind, admitted),
 * "document-type-other" (figures type, kind), "label-unknown", or as yh_document_judge and
 * yh_document_name_check; CONFLICT "documents-elsewhere"; STORAGE as yh_files_put. */
YH_CHECK enum yh_rc yh_document_keep(const struct yh_ctx *cx, const struct yh_document_in *in,
				     struct yh_document_row *out, struct yh_err *err);

/* Would it be admitted: by its bytes and its name; of what is not here yet, by the kind ("": not
 * said) and size that it is said to have? As yh_document_keep; nothing is kept. */
YH_CHECK enum yh_rc yh_document_admits(const struct yh_ctx *cx, const struct yh_document_in *in,
				       const struct yh_document_kind **kind, struct yh_err *err);
YH_CHECK enum yh_rc yh_document_expects(const struct yh_ctx *cx, const char *kind,
					int64_t size_bytes, struct yh_err *err);

/* Loads one that is the actor's to see: their own, or attached to what they may see. `relation` is
 * the one in which they read cases, or NULL. NOT_FOUND "document-unknown"; CONFLICT
 * "document-coming", "document-refused" (figures name, got, size) for what the other side of the
 * link has, and is not here. */
YH_CHECK enum yh_rc yh_document_see(struct yh_ctx *cx, const struct yh_id *id, const char *relation,
				    struct yh_document_row *out, struct yh_err *err);
/* As yh_clearance_check of its label, with the figure "document" (its id): who answers the call
 * puts that on record. */
YH_CHECK enum yh_rc yh_document_check(const struct yh_ctx *cx, const struct yh_document_row *row,
				      struct yh_err *err);
/* Opens its bytes for the actor, whatever they are wanted for: the one way to them. FORBIDDEN as of
 * yh_document_check. cx->tx is not used. */
YH_CHECK enum yh_rc yh_document_bytes(const struct yh_ctx *cx, const struct yh_document_row *row,
				      int *fd, struct yh_err *err);
/* Records that the actor asked for what they are not cleared for, once an hour for each document:
 * in the transaction of cx, or, of a problem that yh_document_check made, in one of its own; there
 * what cannot be recorded is logged. Any other problem is left alone. */
YH_CHECK enum yh_rc yh_document_note_withheld(struct yh_ctx *cx, const struct yh_document_row *row,
					      struct yh_err *err);
void yh_document_withheld(const struct yh_ctx *cx, const struct yh_err *problem);
/* May the actor raise the label of the case: do they act for a body that filed it, or has or had it
 * to handle? */
YH_CHECK enum yh_rc yh_case_may_label(struct yh_ctx *cx, const struct yh_case_row *row, bool *may,
				      struct yh_err *err);
/* Gives a case that the actor sees another label. To a higher one by them, and its documents and
 * papers rise with it; to a lower one by who signs for such a body and is cleared for the label it
 * has, and what belongs to it stays as high as it is; to either by whom `administers` (see below).
 * BAD_INPUT "label-unknown", "case-label-least" (below what its procedure has); FORBIDDEN
 * "case-label-raise", "case-label-lower", "label-above"; CONFLICT "case-label-same". */
YH_CHECK enum yh_rc yh_case_label(struct yh_ctx *cx, const struct yh_id *id, const char *label,
				  const char *reason, bool administers, struct yh_case *out,
				  struct yh_err *err);
/* What the other side of the link says of a case that it has, too: a higher label is taken over. */
YH_CHECK enum yh_rc yh_case_label_heard(struct yh_ctx *cx, struct yh_case *c, const char *label,
					const char *source, struct yh_err *err);

/* Gives one that the actor sees another label. To a higher one by who handed it in, or who acts
 * for the body that answers for it; to a lower one, with a reason, by who signs there and is
 * cleared for the label it has, or by whom `administers` (the security administrator, who sees
 * none). BAD_INPUT "label-unknown"; FORBIDDEN "label-raise", "label-lower", "label-above";
 * CONFLICT "label-same". */
YH_CHECK enum yh_rc yh_document_label(struct yh_ctx *cx, struct yh_document_row *row,
				      const char *label, const char *reason, bool administers,
				      struct yh_err *err);
/* Is it the actor's to raise? */
bool yh_document_may_label(const struct yh_ctx *cx, const struct yh_document_row *row);
/* Hands in anew what belongs to something that the actor sees: another document of theirs with the
 * same bytes, name, label and body that answers for it, which belongs to nothing yet. `of` is as
 * yh_document_see gave it; one that belongs to nothing is itself. FORBIDDEN as of
 * yh_document_check; the pack's limits of today as of yh_document_keep. */
YH_CHECK enum yh_rc yh_document_copy(const struct yh_ctx *cx, const struct yh_document_row *of,
				     struct yh_document_row *out, struct yh_err *err);
/* Takes back one of the actor's own. CONFLICT "document-attached". */
YH_CHECK enum yh_rc yh_document_drop(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err);

/* Gives what belongs to cases and came before labels did the label of its procedure. Before anybody
 * is served, and with each tidying: a pack that comes into force may be the first with labels. */
YH_CHECK enum yh_rc yh_documents_label(const struct yh_world *world, yh_time now,
				       struct yh_err *err);
/* Lets lapse what was attached to nothing for a day, and collects files that no row names, some at
 * a time. Outside of transactions. */
YH_CHECK enum yh_rc yh_documents_tidy(const struct yh_world *world, yh_time now,
				      const atomic_bool *stop, struct yh_err *err);

#endif
