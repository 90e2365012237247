/* A pack folder read into memory. */
#ifndef YH_SERVICES_POLICY_PACK_FILES_H
#define YH_SERVICES_POLICY_PACK_FILES_H

#include "law/pack.h"

struct yh_pack_folder {
	struct yh_pack_file *files; /* by name */
	size_t n;
	struct yh_arena arena;
};

/* Reads every .yaml and .json below `dir`, two levels deep: at most 200 files of at most 1 MiB.
 * Links are not followed. NOT_FOUND "folder-unreadable" with the path; TOO_LARGE "pack-too-large".
 */
YH_CHECK enum yh_rc yh_pack_folder_read(const char *dir, struct yh_pack_folder *out,
					struct yh_err *err);
void yh_pack_folder_done(struct yh_pack_folder *f);

#endif
