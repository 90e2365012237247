/* Clocks that pause: what a run has consumed, and what is left of it. */
#include "law/deadline.h"

void yh_deadline_start(struct yh_deadline *c, struct yh_period p, yh_day start)
{
	*c = (struct yh_deadline){ .period = p, .start = start, .paused = YH_DAY_NONE };
}

static enum yh_rc check_period(struct yh_period p, struct yh_err *err)
{
	if (p.unit == YH_HOURS)
		return yh_fail(err, YH_BAD_INPUT, "period-hours");
	if (p.n < 0)
		return yh_fail(err, YH_BAD_INPUT, "period-invalid");
	return YH_OK;
}

/* Days that the clock counts in [first, past). */
static enum yh_rc count_days(const struct yh_calendar *cal, enum yh_unit unit, yh_day first,
			     yh_day past, enum yh_reckon how, int32_t *n, bool *provisional,
			     struct yh_err *err)
{
	*provisional = false;
	if (unit == YH_WORKDAYS)
		return yh_workdays_in(cal, first, past, how, n, provisional, err);
	*n = yh_clock_days_in(cal, first, past);
	return YH_OK;
}

/* The latest day d before `start` for which (d, start] holds `n` days that the clock counts. */
/* A day reckoned back in working days is one. */
static enum yh_rc back_to_workday(const struct yh_calendar *cal, enum yh_reckon how,
				  struct yh_due *due, struct yh_err *err)
{
	for (;; due->day--) {
		bool works;
		enum yh_rc rc = yh_workday(cal, due->day, how, &works, err);

		if (rc != YH_OK || works)
			return rc;
		if (due->day <= YH_DAY_MIN)
			return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
	}
}

static enum yh_rc due_before(const struct yh_deadline *c, const struct yh_calendar *cal,
			     enum yh_reckon how, int32_t n, struct yh_due *out, struct yh_err *err)
{
	struct yh_due due = { c->start, false };

	while (n > 0) {
		bool provisional;
		int32_t counts;
		enum yh_rc rc;

		if (due.day <= YH_DAY_MIN)
			return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
		rc = count_days(cal, c->period.unit, due.day, due.day + 1, how, &counts,
				&provisional, err);
		if (rc != YH_OK)
			return rc;
		due.provisional = due.provisional || provisional;
		due.day--;
		n -= counts;
	}
	*out = due;
	return c->period.unit == YH_WORKDAYS ? back_to_workday(cal, how, out, err) : YH_OK;
}

enum yh_rc yh_deadline_due(const struct yh_deadline *c, const struct yh_calendar *cal,
			   enum yh_reckon how, struct yh_due *out, struct yh_err *err)
{
	struct yh_period rest = c->period;
	enum yh_rc rc = check_period(rest, err);

	if (rc != YH_OK)
		return rc;
	if (c->paused != YH_DAY_NONE)
		return yh_fail(err, YH_CONFLICT, "deadline-paused");
	if (c->used > c->period.n)
		return due_before(c, cal, how, c->used - c->period.n, out, err);
	rest.n -= c->used;
	return yh_due_day(cal, c->start, rest, how, out, err);
}

enum yh_rc yh_deadline_pause(struct yh_deadline *c, const struct yh_calendar *cal, yh_day day,
			     struct yh_err *err)
{
	struct yh_deadline next = *c;
	struct yh_due due;
	bool provisional;
	int32_t n;
	enum yh_rc rc = yh_deadline_due(c, cal, YH_PROVISIONAL, &due, err);

	if (rc != YH_OK)
		return rc;
	if (day < c->start || day > YH_DAY_MAX)
		return yh_fail(err, YH_BAD_INPUT, "deadline-order");
	if (c->period.unit == YH_MONTHS) {
		yh_day end;

		rc = yh_months_on(c->start, c->period.n, &end, err);
		if (rc != YH_OK)
			return rc;
		if (end - c->start > YH_PERIOD_MAX)
			return yh_fail(err, YH_BAD_INPUT, "period-invalid");
		next.period = (struct yh_period){ end - c->start, YH_DAYS };
	}
	if (day > due.day) {
		/* The pause day is one of those it is late by. */
		rc = count_days(cal, next.period.unit, due.day + 1, day + 1, YH_PROVISIONAL, &n,
				&provisional, err);
		next.used = next.period.n + (n > 0 ? n : 1);
	} else {
		/* A last day moved by a holiday admits more days than the period has. */
		rc = count_days(cal, next.period.unit, c->start + 1, day, YH_PROVISIONAL, &n,
				&provisional, err);
		if (n > next.period.n - next.used)
			n = next.period.n - next.used;
		next.used += n;
	}
	if (rc != YH_OK)
		return rc;
	next.paused = day;
	*c = next;
	return YH_OK;
}

enum yh_rc yh_deadline_resume(struct yh_deadline *c, yh_day day, struct yh_err *err)
{
	if (c->paused == YH_DAY_NONE)
		return yh_fail(err, YH_CONFLICT, "deadline-running");
	if (day < c->paused || day > YH_DAY_MAX)
		return yh_fail(err, YH_BAD_INPUT, "deadline-order");
	c->start = day;
	c->paused = YH_DAY_NONE;
	return YH_OK;
}

static yh_day clamp(yh_day day)
{
	if (day < YH_DAY_MIN)
		return YH_DAY_MIN;
	return day > YH_DAY_MAX ? YH_DAY_MAX : day;
}

int32_t yh_workdays_left(const struct yh_calendar *cal, yh_day today, yh_day due)
{
	yh_day early = clamp(today < due ? today : due), late = clamp(today < due ? due : today);
	bool provisional;
	int32_t n;

	if (yh_workdays_in(cal, early + 1, late + 1, YH_PROVISIONAL, &n, &provisional, NULL) !=
	    YH_OK)
		n = 0;
	if (today > due)
		return n > 0 ? -n : -1;
	return n;
}
