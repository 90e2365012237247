/* A simulated city: drives the real services on a turned clock and checks the invariants. It issues
 * no SQL. The same seed and start give the same record, event for event. */
#ifndef YH_SIM_SIM_H
#define YH_SIM_SIM_H

#include "jobs/jobs.h"
#include "services/audit/audit.h"

struct yh_sim_config {
	struct yh_world *world; /* its clock must be a manual one; it needs a meter */
	struct yh_book *book;
	struct yh_sealer *sealer; /* may be NULL */
	/* Another server of the same store on the same clock, with a thread of its own: it makes
	 * its passes while the first one does and while people decide, and every third decision,
	 * report or extension is made on both at once. Then no two runs are alike. NULL: none. */
	struct yh_world *rival;
	struct yh_book *rival_book;
	/* After the last day the meter and the agents (world->agents) are told on until this time,
	 * so that whoever looks then finds them fresh; 0: they are not. */
	yh_time told_until;
	uint64_t seed;
	yh_day first, last; /* days that are lived through */
	uint32_t districts, units, projects;
	const char *catalogue;                     /* JSON text: the items of the first edition */
	const char *unit_scheme, *provider_scheme; /* JSON texts of what they are evaluated by */
	const char *demo_password; /* given to every account; NULL: nobody can sign in */
	struct yh_buf *demo_keys;  /* gets "login KEY" lines of those with a second factor */
};

struct yh_sim_report {
	uint64_t cases, closed, refused, withdrawn, late_steps, steps, expansions_above;
	uint64_t leases, extensions, extensions_late, converted, crashes, outages;
	/* the ladder of Art. 25 */
	uint64_t findings, reported, dismissed, answered, silent, unverified, cut_off, held_back,
		restored, reclaimed;
	/* settlement; corrections: lines; by_factor: of them those that a later factor brought */
	uint64_t settled, disputed, corrections, by_factor;
	/* evaluations published, what came of them, and lines reckoned with a lowered factor */
	uint64_t evaluated, objections, upheld, orders, lowered, at_factor;
	int64_t settled_fen, paid_fen;
	uint64_t races; /* of them lost by one or the other */
	uint64_t days;
	int64_t records;      /* sealed */
	struct yh_sm3 digest; /* of the whole record */
};

/* Lives through the days. INTERNAL "sim-invariant" (figures what, where, day) when one is broken.
 */
YH_CHECK enum yh_rc yh_sim_run(const struct yh_sim_config *cfg, struct yh_sim_report *out,
			       struct yh_err *err);

/* Accounts a newcomer can sign in with, as "login role organisation" lines. */
void yh_sim_accounts(struct yh_buf *out);

#endif
