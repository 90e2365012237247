/* What the meter says is used of a cloud's dimensions, from its daily roll-ups. */
#ifndef YH_SERVICES_OVERVIEW_CAPACITY_USED_H
#define YH_SERVICES_OVERVIEW_CAPACITY_USED_H

#include "services/overview/platform.h"

struct yh_used {
	const char *dim;
	double amount; /* mean of the days of the time asked for on which anybody told of it */
	bool of_hosts; /* what hosts were busy with; else what the platform says is taken */
};
enum { YH_USED_MOST = 64 };
/* Of [from, to), at most 64 whole days of the meter; who came or went within them counts on the
 * days on which it was there. Where hosts tell of a dimension, their word counts. */
YH_CHECK enum yh_rc yh_capacity_used(const struct yh_world *world,
				     const struct yh_platform_cloud *cloud, int64_t from_ms,
				     int64_t to_ms, struct yh_arena *arena,
				     struct yh_used out[YH_USED_MOST], size_t *n,
				     struct yh_err *err);

#endif
