/* The copies of the store that upgrades left beside it. */
#ifndef YH_SERVICES_BACKUP_COPIES_H
#define YH_SERVICES_BACKUP_COPIES_H

#include "services/backup/set.h"

enum { YH_COPIES_DAYS = 30 };

/* Removes those of the data directory that are older, each on record ("store.copy_removed"), once
 * every file of the backup `set` was read back against its digest and its store was found sound.
 * None: nothing is read. As yh_set_verify and yh_db_check_file; STORAGE "backup-io" when one cannot
 * be removed, which is not on record then. Outside of transactions. */
YH_CHECK enum yh_rc yh_copies_remove(const struct yh_world *world, const char *data,
				     const char *set, yh_time older_than, yh_time now,
				     const atomic_bool *stop, struct yh_err *err);

#endif
