/* What changes, read once for all who follow it live: sealed events with whom their cases concern,
 * and notices. Whoever follows keeps a place in it, and looks at what came since.
 *
 * Used on one thread, the one that builds live topics; read only while somebody follows. */
#ifndef YH_SERVICES_OVERVIEW_PULSE_H
#define YH_SERVICES_OVERVIEW_PULSE_H

#include "cases/context.h"
#include "store/pulse.h"

/* As many changes and notices are kept. */
enum { YH_PULSE_CHANGES = 512, YH_PULSE_NOTICES = 2048 };

struct yh_change {
	struct yh_change_row row;
	struct yh_party_row *parties;
	size_t n_parties;
};

struct yh_pulse;
/* NULL without memory. */
struct yh_pulse *yh_pulse_new(void);
void yh_pulse_free(struct yh_pulse *p); /* NULL is allowed */

/* Reads what has come, unless that was done just now. */
YH_CHECK enum yh_rc yh_pulse_beat(struct yh_pulse *p, const struct yh_world *world,
				  struct yh_err *err);

/* A place to begin at: before what came within the last seconds, so that nothing is lost between a
 * state that was read and the first look. */
struct yh_pulse_place {
	int64_t change, notice; /* of the next one */
};
struct yh_pulse_place yh_pulse_begin(const struct yh_pulse *p, yh_time now);
/* The next one, moving the place on; NULL: no more. *lost is set when some are not kept any more,
 * else left alone. Borrowed until the next beat. */
const struct yh_change *yh_pulse_change(const struct yh_pulse *p, struct yh_pulse_place *at,
					bool *lost);
const struct yh_notice_for *yh_pulse_notice(const struct yh_pulse *p, struct yh_pulse_place *at,
					    bool *lost);

#endif
