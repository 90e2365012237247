/* Packs from folders, for commands that need no server. */
#ifndef YH_CMD_PACKS_H
#define YH_CMD_PACKS_H

#include "cmd/cmd.h"
#include "law/messages.h"
#include "law/pack.h"

#define YH_CMD_PACK_USUAL "shanghai-2022"

/* Reads a folder. What is wrong in the pack is said line by line in `lang`, everything else by
 * yh_cmd_fail; *pack is owned, NULL on failure. */
enum yh_exit yh_cmd_pack_read(const char *dir, const char *lang, struct yh_pack **pack);
/* The same by the name of a folder of the policy folder; with a slash it is a path. */
enum yh_exit yh_cmd_pack_load(const char *name, const char *lang, struct yh_pack **pack);

/* Sentences where there are some: what has to be said can be said without them. Owned; NULL when
 * memory is short. */
struct yh_messages *yh_cmd_messages(const char *lang);

#endif
