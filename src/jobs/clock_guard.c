/* Whether the machine's clock goes as time does. */
#include "jobs/internal.h"

enum { AHEAD_S = 3600, BACK_S = 60, HOLD_S = 600 };

enum yh_clock_step yh_clock_guard(struct yh_clock_guard *g, yh_time wall, int64_t lived_us)
{
	bool first = g->wall == 0;
	int64_t jump = wall - g->wall - (lived_us - g->lived_us);

	g->wall = wall;
	g->lived_us = lived_us;
	if (first)
		return YH_CLOCK_GOES;
	if (jump > AHEAD_S * YH_US_PER_S) {
		g->held_from_us = lived_us;
		return YH_CLOCK_AHEAD;
	}
	if (jump < -BACK_S * YH_US_PER_S) {
		g->held_from_us = 0;
		return YH_CLOCK_BACK;
	}
	if (g->held_from_us && lived_us - g->held_from_us < HOLD_S * YH_US_PER_S)
		return YH_CLOCK_HELD;
	g->held_from_us = 0;
	return YH_CLOCK_GOES;
}
