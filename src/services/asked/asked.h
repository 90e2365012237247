/* Work that somebody asked for and that a job does: its progress and its end are seen meanwhile. */
#ifndef YH_SERVICES_ASKED_ASKED_H
#define YH_SERVICES_ASKED_ASKED_H

#include <stdatomic.h>

#include "cases/case.h"
#include "store/ask.h"

enum { YH_ASKED_AGAIN_US = 2 * YH_US_PER_S }; /* then, where another run is in the way */

/* `go_on` and `end` write `how` into the store, with the row that it is part of as argument. */
struct yh_asked {
	const struct yh_world *world;
	const atomic_bool *stop;
	struct yh_ask_state *how;
	yh_tx_fn go_on, end;
	void *row;
	int64_t told_ms; /* monotonic: when its progress was written last */
};

/* It has begun. */
YH_CHECK enum yh_rc yh_asked_begin(struct yh_asked *a, yh_time now, struct yh_err *err);
/* Written now and then; BUSY "job-stopped" once *stop is set. */
YH_CHECK enum yh_rc yh_asked_progress(struct yh_asked *a, int64_t done, int64_t steps,
				      struct yh_err *err);
/* It has ended, well or with `why`. What went wrong is told to whoever asked, as their own
 * request's failure would be: of what went wrong inside the slug alone. */
YH_CHECK enum yh_rc yh_asked_end(struct yh_asked *a, const struct yh_err *why, struct yh_err *err);

#endif
