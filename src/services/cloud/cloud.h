/* A cloud that a machine fulfils on, and the register: what each has is compared both ways, and the
 * load of what runs there goes into the meter.
 *
 * Differences: a machine that the register does not know (unregistered); one that the register has
 * and the cloud does not (vanished); one of another size (wrong_size); one that runs though it was
 * stopped, or does not though it should (runs_though_stopped, stopped_though_running). What an
 * order is about at the time, or what changed while the cloud was asked, is left to the next
 * comparison. A difference stands until a comparison does not find it any more. */
#ifndef YH_SERVICES_CLOUD_CLOUD_H
#define YH_SERVICES_CLOUD_CLOUD_H

#include "cases/context.h"
#include "clouds/clouds.h"
#include "store/cloud_check.h"

/* Asks for a comparison, made by a job; one that waits already serves as well. CONFLICT
 * "cloud-by-hand" (cloud) when no machine fulfils there. */
YH_CHECK enum yh_rc yh_cloud_check_ask(struct yh_ctx *cx, const struct yh_id *cloud,
				       struct yh_id *check, struct yh_err *err);

struct yh_cloud_job {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop;
};
/* Makes the comparison that was asked for. What hinders it is kept with it. */
YH_CHECK enum yh_rc yh_cloud_check_run(const struct yh_cloud_job *j, const struct yh_id *check,
				       struct yh_err *err);
/* Compares every cloud that a machine fulfils on. Those that are away: again in an hour. */
enum { YH_CLOUD_DAILY_S = 86400 };
YH_CHECK enum yh_rc yh_cloud_check_daily(const struct yh_cloud_job *j, yh_time *again_at,
					 struct yh_err *err);

/* The load of every cloud that a machine fulfils on, into the meter: written as the cloud's own
 * sender, about what the register has there. A cloud that did not answer lately is passed over. */
enum { YH_CLOUD_SAMPLE_S = 15 };
YH_CHECK enum yh_rc yh_cloud_sample(const struct yh_cloud_job *j, yh_time *again_at,
				    struct yh_err *err);

/* How much room each has by dimension, and how much of it is taken, likewise: platform data. */
enum { YH_CLOUD_CAPACITY_S = 60 };
YH_CHECK enum yh_rc yh_cloud_capacity(const struct yh_cloud_job *j, yh_time *again_at,
				      struct yh_err *err);

/* ---- what a comparison is made of; pure ---- */

enum { YH_CLOUD_MACHINES_MOST = 200000 };

struct yh_cloud_seen {
	const char *ref, *name, *tag_no, *tag_case;
	bool running;
	const struct yh_cloud_dim *dims;
	size_t n_dims;
};
struct yh_compare {
	/* the register, before the cloud was asked and after, each by id */
	const struct yh_cloud_entry *before, *after;
	size_t n_before, n_after;
	/* of each of `after`: what it shall have, and whether the machine serves such things */
	const struct yh_cloud_dim *const *dims;
	const size_t *n_dims;
	const bool *served;
	const struct yh_cloud_seen *machines;
	size_t n_machines;
	struct yh_arena *arena;
};
/* The differences, of which ids, cloud and times are the caller's to fill in. */
YH_CHECK enum yh_rc yh_cloud_judge(const struct yh_compare *in,
				   struct yh_cloud_difference_row **out, size_t *n,
				   struct yh_err *err);

#endif
