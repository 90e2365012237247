/* Which meter the servers of one database have: all an outer store, or one alone an embedded one.
 *
 * Two embedded meters would each know half of the usage, so that a server does not start beside
 * another that has one, nor with one beside any other. On SQLite there is only one server. */
#ifndef YH_CMD_PLACE_H
#define YH_CMD_PLACE_H

#include "cmd/world.h"

struct yh_place {
	struct yh_open_world *w;
	struct yh_id holder;
	yh_time kept_at;
	bool needed;
};

/* CONFLICT "meter-not-shared" (figure seconds: how long a server that was killed counts as running)
 * when another server's meter excludes this one's; a server with the same data directory takes its
 * place at once. STORAGE "data-unusable". */
YH_CHECK enum yh_rc yh_place_take(struct yh_place *p, struct yh_open_world *w,
				  const struct yh_world_config *cfg, bool embedded,
				  struct yh_err *err);
/* Call every second or so; fails as above when the place was lost. */
YH_CHECK enum yh_rc yh_place_keep(struct yh_place *p, yh_time now, struct yh_err *err);
/* Gives an embedded meter's place up, so that another server may start at once. */
void yh_place_leave(struct yh_place *p);

#endif
