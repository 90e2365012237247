/* What the settings say about telling persons, put to work. */
#ifndef YH_CMD_NOTIFY_OPTIONS_H
#define YH_CMD_NOTIFY_OPTIONS_H

#include "cmd/settings.h"

/* Opens what they say as w->world.notify; yh_notify_close by the caller. STORAGE "data-unusable"
 * for a password file that cannot be read, else as yh_guard_init and yh_notify_open. */
YH_CHECK enum yh_rc yh_notify_options_open(struct yh_notify_options *o,
					   const struct yh_world_config *cfg,
					   struct yh_open_world *w, struct yh_err *err);

#endif
