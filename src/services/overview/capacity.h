/* Capacity by cloud and dimension (Art. 8): planned and built as the registers say, allocated as
 * the cases have it, used as the meter saw it; what that suggests, and when it will be used up.
 * What is suggested and forecast goes beyond the measures; its thresholds are the pack's
 * parameters. */
#ifndef YH_SERVICES_OVERVIEW_CAPACITY_H
#define YH_SERVICES_OVERVIEW_CAPACITY_H

#include "law/forecast.h"
#include "services/overview/platform.h"
#include "store/allocation.h"

enum { YH_CAPACITY_NONE = -1, YH_CAPACITY_USED_DAYS = 30 };

/* The parameters capacity.*: percentages, 0 where the pack has none, which then suggests nothing.
 */
struct yh_capacity_terms {
	int64_t high, low; /* allocated of the capacity: short of room from, room to spare below */
	int64_t idle;      /* used of the allocated: little used below */
	int64_t behind;    /* built of the planned: behind the plan below */
	int64_t months;    /* complete months looked back */
	int64_t ahead;     /* months looked ahead */
	int64_t band;      /* share of later figures that the band holds */
};

enum yh_capacity_hint {
	YH_CAPACITY_TIGHT = 1,
	YH_CAPACITY_SLACK = 2,
	YH_CAPACITY_IDLE = 4,
	YH_CAPACITY_BEHIND = 8
};
enum yh_capacity_against {
	YH_AGAINST_NONE,
	YH_AGAINST_BUILT,
	YH_AGAINST_METERED,
	YH_AGAINST_PLANNED
};

struct yh_capacity_line {
	const struct yh_platform_cloud *cloud;
	const char *dim;
	int64_t planned_milli, built_milli, allocated_milli; /* or YH_CAPACITY_NONE */
	double metered;     /* what the platform says it has; NaN: nothing */
	double used;        /* mean of the last YH_CAPACITY_USED_DAYS days; NaN: nobody told */
	bool used_of_hosts; /* else what the platform says is taken */
	enum yh_capacity_against against;
	int64_t against_milli;
	unsigned hints;
	const struct yh_capacity_line *lender; /* TIGHT: who has most room of the dimension */
	int64_t lent_milli;                    /* that it could lend and stay below `high` */
	/* allocated at the end of complete months, the last of which is `last_month`; from the
	 * first in which anything was */
	double *figures;
	size_t n_figures;
	bool fitted; /* else they are fewer than YH_FORECAST_LEAST */
	struct yh_forecast forecast;
	struct yh_forecast_reach reach; /* months from last_month, 0: now; -1: not reached */
};

struct yh_capacity {
	int year;
	yh_day day;        /* that the figures are of: today, or a day of another year */
	bool now;          /* it is today's */
	yh_day last_month; /* the last complete one, its first day */
	struct yh_capacity_terms terms;
	struct yh_platform_cloud *clouds; /* those to be looked at: set by the caller */
	size_t n_clouds;
	struct yh_capacity_line *lines; /* by cloud, then dimension */
	size_t n;
};

/* The first of a month so many months on, or back. */
yh_day yh_capacity_month(yh_day month, int64_t on);

/* In a transaction: plans, allocation and terms of c->clouds for c->year. There is a forecast for
 * the present year alone. */
YH_CHECK enum yh_rc yh_capacity_gather(struct yh_ctx *cx, struct yh_capacity *c,
				       struct yh_err *err);
/* Outside of it: what the meter says, then hints and forecasts. Without a meter nothing is used. */
YH_CHECK enum yh_rc yh_capacity_judge(const struct yh_world *world, struct yh_capacity *c,
				      yh_time now, struct yh_arena *arena, struct yh_err *err);

#endif
