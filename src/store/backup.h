/* What a unit said of its data before its resources change or go (Art. 26), by case and resource.
 */
#ifndef YH_STORE_BACKUP_H
#define YH_STORE_BACKUP_H

#include "db/db.h"

struct yh_backup_row {
	struct yh_id id, case_id, resource;
	char choice[32]; /* as the form words it, or YH_BACKUP_SILENT */
	const char *note;
	struct yh_id person; /* who said so; the system's for silence */
	yh_time made_at;
};
#define YH_BACKUP_SILENT "silent" /* nobody answered: what stops now is stopped by force */

/* One word for each case and resource: a later one takes the place of the former. */
YH_CHECK enum yh_rc yh_backup_put(struct yh_tx *tx, const struct yh_backup_row *row,
				  struct yh_err *err);
/* Text is copied into the arena. */
YH_CHECK enum yh_rc yh_backup_of_case(struct yh_tx *tx, const struct yh_id *case_id,
				      struct yh_arena *arena, struct yh_backup_row **out, size_t *n,
				      struct yh_err *err);

#endif
