/* Work that somebody asked for and that a job does: its progress and its end are seen meanwhile. */
#ifndef YH_SERVICES_ASKED_ASKED_H
#define YH_SERVICES_ASKED_ASKED_H

#include <stdatomic.h>

#include "cases/case.h"
#include "store/ask.h"

/* `load`, `go_on` and `end` read and write the row of what was asked, `work` does it, outside of
 * transactions; each with `run` as argument. */
struct yh_asked_kind {
	yh_tx_fn load, go_on, end;
	enum yh_rc (*work)(void *run, struct yh_err *err);
	enum yh_rc in_the_way; /* what `work` fails with while another run is under way */
};
struct yh_asked {
	const struct yh_asked_kind *kind;
	void *run;
	struct yh_ask_state *how; /* part of the row */
	const struct yh_world *world;
	yh_time now;
	const atomic_bool *stop;
	int64_t told_ms; /* monotonic: when its progress was written last */
};

/* Does it, unless it has ended already. What fails ends it, and is told to whoever asked as their
 * own request's failure would be: of what went wrong inside the slug alone. *again_at: another run
 * is in the way. Once *stop is set nothing ends it: the next server begins anew. */
YH_CHECK enum yh_rc yh_asked_run(struct yh_asked *a, yh_time *again_at, struct yh_err *err);
/* Written now and then; BUSY "job-stopped" once *stop is set. */
YH_CHECK enum yh_rc yh_asked_progress(struct yh_asked *a, int64_t done, int64_t steps,
				      struct yh_err *err);

#endif
