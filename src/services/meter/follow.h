/* The meter and the register: whose a resource is, and that it changed.
 *
 * What is done to a resource stands in the audit record, so that the meter is told from there: by
 * every server, whoever did it, and also after it was away. */
#ifndef YH_SERVICES_METER_FOLLOW_H
#define YH_SERVICES_METER_FOLLOW_H

#include "cases/context.h"
#include "meter/meter.h"

/* Fits yh_meter_config; `arg` is the world. A resource that is not open yet, or was destroyed, is
 * none; of one that is managed elsewhere late usage is taken still. */
YH_CHECK enum yh_rc yh_meter_owner_of(void *arg, const char *resource_no,
				      struct yh_meter_owner *out, struct yh_err *err);

struct yh_meter_follower {
	const struct yh_world *world;
	bool begun;
	int64_t pos, saved_pos;
	yh_time saved_at;
};
/* Tells the meter of every change that was sealed since the last call. */
YH_CHECK enum yh_rc yh_meter_follow(struct yh_meter_follower *f, yh_time now, struct yh_err *err);

#endif
