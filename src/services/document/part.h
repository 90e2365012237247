/* Files that come in pieces over the districts' link: each lies in DATA/documents/coming until it
 * is whole. A piece that was added is on the disk; what lies there without getting on for a week is
 * removed, and begins anew. */
#ifndef YH_SERVICES_DOCUMENT_PART_H
#define YH_SERVICES_DOCUMENT_PART_H

#include "services/document/document.h"

struct yh_part {
	int fd;        /* -1: closed */
	int64_t bytes; /* that are there */
	char path[YH_FILES_PATH];
};

/* Opens what there is of these bytes from that cloud, and keeps others from it until it is closed.
 * BUSY "link-file-busy" while another has it; CONFLICT "documents-none"; STORAGE
 * "document-unwritable" (figure detail). */
YH_CHECK enum yh_rc yh_part_open(const struct yh_world *world, const struct yh_id *cloud,
				 const struct yh_sm3 *digest, struct yh_part *out,
				 struct yh_err *err);
void yh_part_close(struct yh_part *p);
/* Opens a document's bytes for the other side of the link, where those who are cleared for its
 * label read them: it goes along. As yh_files_get. */
YH_CHECK enum yh_rc yh_part_source(const struct yh_world *world, const struct yh_document_row *row,
				   int *fd, struct yh_err *err);
/* Adds at the end. STORAGE "document-unwritable". */
YH_CHECK enum yh_rc yh_part_add(struct yh_part *p, const void *bytes, size_t n, struct yh_err *err);
/* It begins anew. */
YH_CHECK enum yh_rc yh_part_clear(struct yh_part *p, struct yh_err *err);
/* Puts a whole one, whose digest this is, in its place, and `fn` enters the rows that name it, in
 * one write: as yh_document_keep does. Closes it. CONFLICT "documents-elsewhere". */
YH_CHECK enum yh_rc yh_part_keep(const struct yh_world *world, struct yh_part *p,
				 const struct yh_sm3 *digest,
				 enum yh_rc (*fn)(struct yh_tx *tx, void *arg, struct yh_err *err),
				 void *arg, struct yh_err *err);
/* Removes what was not touched since `before`, seconds of the machine's clock. */
void yh_parts_tidy(const struct yh_documents *d, int64_t before);

#endif
