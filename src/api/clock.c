/* What time it is for this server; turning it, in a demonstration. */
#include "api/api.h"
#include "jobs/jobs.h"

enum { WAIT_MS = 20000 }; /* under a request's deadline */

struct clock_in {
	yh_day to;
	int64_t hour, minute;
	bool at_once;
};

#define AT(field) offsetof(struct clock_in, field)
static const struct yh_field turn_body[] = {
	{ "to", YH_F_DAY, AT(to), YH_REQUIRED, .about = "the day" },
	{ "hour", YH_F_INT, AT(hour), 0, .min = 1, .max = 23, .about = "the hour of it; 9" },
	{ "minute", YH_F_INT, AT(minute), 0, .max = 59, .about = "the minute of it; 0" },
	{ "at_once", YH_F_BOOL, AT(at_once), 0,
	  .about = "not day by day: as if no server had run until then" },
	{ 0 },
};

static void write_clock(struct yh_req *rq)
{
	yh_time now = yh_clock_now(rq->cx.world->clock);

	yh_jw_time(rq->w, "now", now);
	yh_jw_day(rq->w, "today", yh_day_of(now));
	yh_jw_bool(rq->w, "turns", yh_jobs_turns(rq->cx.world->jobs));
}

static enum yh_rc show(struct yh_req *rq, const void *in, struct yh_err *err)
{
	(void)in;
	(void)err;
	write_clock(rq);
	return YH_OK;
}

static enum yh_rc turn(struct yh_req *rq, const void *in, struct yh_err *err)
{
	const struct clock_in *p = in;
	yh_time to =
		yh_day_start(p->to) + ((p->hour ? p->hour : 9) * 60 + p->minute) * 60 * YH_US_PER_S;
	bool there;
	enum yh_rc rc =
		yh_jobs_turn(rq->cx.world->jobs, &rq->cx, to, p->at_once, WAIT_MS, &there, err);

	if (rc != YH_OK)
		return rc;
	write_clock(rq);
	yh_jw_bool(rq->w, "there", there);
	return YH_OK;
}

static const struct yh_op ops[] = {
	{ "clock.show", YH_GET, "/api/v1/clock", NULL, 0, NULL, NULL, NULL, 0, show, NULL,
	  "服务器的当前时间", "What time it is for this server", .reply = "@ServerClock" },
	{ "clock.turn", YH_POST, "/api/v1/clock/turn", "clock.turn", YH_OP_ASIDE, NULL, NULL,
	  turn_body, sizeof(struct clock_in), turn, NULL,
	  "把演示数据的时钟拨向前，逐日办理到期事项",
	  "Turn the clock of a demonstration forward, living through the days",
	  .reply = "{@ServerClock there:bool}" },
};

const struct yh_op_table yh_ops_clock = { ops, sizeof ops / sizeof ops[0] };
