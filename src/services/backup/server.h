/* The backups of a server: into a folder that its settings name, by itself or when asked. */
#ifndef YH_SERVICES_BACKUP_SERVER_H
#define YH_SERVICES_BACKUP_SERVER_H

#include "services/backup/set.h"

enum { YH_BACKUP_LOOK_S = 600, YH_BACKUP_HOURS = 24, YH_BACKUP_KEEP = 7 };

struct yh_backups;
struct yh_backups_config {
	const char *data, *dir;
	const char *key_file; /* public key (PEM) that the keys are boxed for; NULL: left out */
	uint32_t hours;       /* between two; 0: YH_BACKUP_HOURS */
	uint32_t keep;        /* sets that stay; 0: YH_BACKUP_KEEP */
	uint32_t copy_days;   /* that copies of upgrades stay; 0: YH_COPIES_DAYS */
	yh_time now;
};
/* NULL without a folder. CONFLICT "backup-postgres"; BAD_INPUT "backup-dir-inside" when it lies in
 * the data directory (field: the folder), "key-invalid"; NOT_FOUND "file-unreadable"; STORAGE
 * "backup-io". */
YH_CHECK enum yh_rc yh_backups_open(struct yh_exec *exec, const struct yh_backups_config *cfg,
				    struct yh_backups **out, struct yh_err *err);
void yh_backups_close(struct yh_backups *b);

/* Makes one, and removes the oldest beyond those that stay, never that one nor those of a later
 * time than its own, and the copies that upgrades left once it is verified (copies.h). Outside of
 * transactions. */
YH_CHECK enum yh_rc yh_backups_make(const struct yh_world *world, yh_time now,
				    const atomic_bool *stop, struct yh_err *err);
/* The same when the last is old enough; *again_at: when to look again. */
YH_CHECK enum yh_rc yh_backups_due(const struct yh_world *world, yh_time now,
				   const atomic_bool *stop, yh_time *again_at, struct yh_err *err);

struct yh_backups_status {
	bool configured, boxed; /* boxed: the keys are in the sets */
	yh_time last_at;        /* 0: none yet */
	int64_t last_bytes;
	yh_time failed_at; /* 0: the last went well */
	char slug[64];     /* why it failed */
	uint32_t hours, keep;
};
void yh_backups_status(const struct yh_backups *b, struct yh_backups_status *out); /* NULL: none */
/* When the next is due by itself; 0: none is configured. */
yh_time yh_backups_next(const struct yh_backups_status *s, yh_time now);
/* No success for two of its intervals (or none at all for one), or the last failed. */
bool yh_backups_late(const struct yh_backups_status *s, yh_time now);

struct yh_backups_row {
	char name[YH_SET_NAME];
	struct yh_set set; /* without its files */
	int64_t n_files;
	struct yh_err fault; /* rc YH_OK: manifest and signature hold, and no file is missing */
};
/* The newest first, at most 200. */
YH_CHECK enum yh_rc yh_backups_list(const struct yh_backups *b, struct yh_arena *arena,
				    struct yh_backups_row **out, size_t *n, struct yh_err *err);

#endif
