/* What the files of this folder share. */
#ifndef YH_SERVICES_DOCUMENT_INTERNAL_H
#define YH_SERVICES_DOCUMENT_INTERNAL_H

#include "services/document/document.h"

struct yh_documents {
	struct yh_files files;
	_Atomic unsigned shelf; /* the next to be looked through */
};

/* Removes bytes that were kept for a row which was then refused, unless another row names them;
 * what cannot be done now is done by yh_documents_tidy. The caller holds no lock on the files. */
void yh_documents_take_back(const struct yh_world *world, const struct yh_sm3 *digest);

/* backfill.c */
YH_CHECK enum yh_rc yh_document_backfill(struct yh_tx *tx, const struct yh_pack *pack,
					 struct yh_arena *arena, struct yh_err *err);

#endif
