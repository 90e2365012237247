/* A month that somebody asks to be reckoned: entered at once, reckoned by a job. */
#ifndef YH_SERVICES_SETTLE_ASKED_H
#define YH_SERVICES_SETTLE_ASKED_H

#include <stdatomic.h>

#include "services/settle/settle.h"

/* Enters it for the actor, and the job that does it. What yh_settle_compute would refuse at its
 * beginning is refused now; CONFLICT "settlement-running" while the month is asked for already. */
YH_CHECK enum yh_rc yh_settle_ask_for(struct yh_ctx *cx, const struct yh_settle_ask *ask,
				      struct yh_id *out, struct yh_err *err);
/* Does it. What fails ends it, and stays with it; *again_at: another run is under way. Outside of
 * transactions; *stop ends it soon, with BUSY "job-stopped". */
struct yh_settle_job {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop;
};
YH_CHECK enum yh_rc yh_settle_asked_job(const struct yh_settle_job *j, const struct yh_id *asked,
					yh_time *again_at, struct yh_err *err);

#endif
