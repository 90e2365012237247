/* What codes stand for, many at a time. */
#ifndef YH_STORE_NAMING_H
#define YH_STORE_NAMING_H

#include "db/db.h"

/* Of an item and a system the code, within an edition and a project; of a resource the id, whose
 * name here is its number. */
enum yh_naming { YH_NAMING_ORG, YH_NAMING_ITEM, YH_NAMING_SYSTEM, YH_NAMING_RESOURCE };
enum { YH_NAMING_KINDS = YH_NAMING_RESOURCE + 1, YH_NAMING_CODES = 30 };

struct yh_name_row {
	char code[64];
	const char *name;
};
/* Those of `codes` that stand for something, in no order: a read for each YH_NAMING_CODES of them.
 * `within`: the edition or the project, else NULL. BAD_INPUT "id-invalid". */
YH_CHECK enum yh_rc yh_naming_load(struct yh_tx *tx, enum yh_naming kind,
				   const struct yh_id *within, const char *const *codes,
				   size_t n_codes, struct yh_arena *arena, struct yh_name_row **out,
				   size_t *n, struct yh_err *err);

#endif
