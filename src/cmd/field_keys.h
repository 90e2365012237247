/* The file of keys that fields are sealed under: found, made, and held against the store. */
#ifndef YH_CMD_FIELD_KEYS_H
#define YH_CMD_FIELD_KEYS_H

#include "cmd/world.h"

/* Where it is: as the configuration says, or beside the data directory. "" when neither is known.
 */
void yh_field_keys_path(const struct yh_world_config *cfg, char out[4096]);
/* Reads it; *out stays NULL when there is none and none need be made. *fresh: it was made. */
YH_CHECK enum yh_rc yh_field_keys_open(const struct yh_world_config *cfg, struct yh_ring **out,
				       bool *fresh, struct yh_err *err);
/* Of a "field-key-lost", the field says which file was looked at. */
void yh_field_keys_where(const struct yh_world_config *cfg, struct yh_err *err);
/* Takes a file away that was made just now, and under which nothing was sealed. */
void yh_field_keys_unmake(const struct yh_world_config *cfg);
/* That every key in use is there; a program that seals enters the first one that writes, and then
 * seals what lies there clear. *used: from here on something may be under the key. */
YH_CHECK enum yh_rc yh_field_keys_check(const struct yh_world_config *cfg, struct yh_exec *exec,
					yh_time now, bool *used, struct yh_err *err);

#endif
