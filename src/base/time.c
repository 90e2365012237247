/* Days, instants and clocks. */
#include "base/time.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OFFSET_S = 8 * 3600 };

/* Days before a year, counted from 1970, in the proleptic Gregorian calendar. */
static int days_before_year(int year)
{
	int y = year - 1;

	return y * 365 + y / 4 - y / 100 + y / 400 - 719162;
}

static bool is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int yh_days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	assert(month >= 1 && month <= 12);
	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

yh_day yh_day_from_date(struct yh_date d)
{
	int day = days_before_year(d.year);

	for (int m = 1; m < d.month; m++)
		day += yh_days_in_month(d.year, m);
	return (yh_day)(day + d.day - 1);
}

struct yh_date yh_date_of(yh_day day)
{
	struct yh_date d = { .year = 1970 + (int)(day / 366), .month = 1 };
	int rest;

	if (day < 0)
		d.year = 1970 + (int)(day / 365) - 1;
	while (days_before_year(d.year + 1) <= day)
		d.year++;
	rest = day - days_before_year(d.year);
	while (rest >= yh_days_in_month(d.year, d.month))
		rest -= yh_days_in_month(d.year, d.month++);
	d.day = rest + 1;
	return d;
}

int yh_weekday(yh_day day)
{
	int w = (int)((day + 3) % 7); /* 1970-01-01 was a Thursday */

	return (w < 0 ? w + 7 : w) + 1;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

yh_day yh_day_of(yh_time t)
{
	return (yh_day)floor_div(t + OFFSET_S * YH_US_PER_S, YH_US_PER_DAY);
}

yh_time yh_day_start(yh_day day)
{
	return (yh_time)day * YH_US_PER_DAY - OFFSET_S * YH_US_PER_S;
}

/* Reads exactly n digits. */
static bool digits(const char **p, int n, int *out)
{
	int v = 0;

	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		v = v * 10 + (**p - '0');
	}
	*out = v;
	return true;
}

static bool literal(const char **p, char c)
{
	if (**p != c)
		return false;
	(*p)++;
	return true;
}

static bool read_date(const char **p, struct yh_date *d)
{
	return digits(p, 4, &d->year) && literal(p, '-') && digits(p, 2, &d->month) &&
	       literal(p, '-') && digits(p, 2, &d->day) && d->year >= 1900 && d->year <= 2199 &&
	       d->month >= 1 && d->month <= 12 && d->day >= 1 &&
	       d->day <= yh_days_in_month(d->year, d->month);
}

enum yh_rc yh_day_parse(const char *text, yh_day *out, struct yh_err *err)
{
	const char *p = text;
	struct yh_date d;
	enum yh_rc rc;

	if (!read_date(&p, &d) || *p) {
		rc = yh_fail(err, YH_BAD_INPUT, "date-invalid");
		yh_err_text(err, "text", text);
		return rc;
	}
	*out = yh_day_from_date(d);
	return YH_OK;
}

static bool read_clock(const char **p, int64_t *us)
{
	int h, m, s;
	int64_t scale = YH_US_PER_S;

	if (!digits(p, 2, &h) || !literal(p, ':') || !digits(p, 2, &m) || !literal(p, ':') ||
	    !digits(p, 2, &s) || h > 23 || m > 59 || s > 59)
		return false;
	*us = (int64_t)(h * 3600 + m * 60 + s) * YH_US_PER_S;
	if (!literal(p, '.'))
		return true;
	if (**p < '0' || **p > '9')
		return false;
	for (; **p >= '0' && **p <= '9'; (*p)++) {
		scale /= 10;
		*us += (**p - '0') * scale;
	}
	return true;
}

static bool read_offset(const char **p, int64_t *us)
{
	int h, m, sign;

	*us = 0;
	if (literal(p, 'Z'))
		return true;
	sign = **p == '+' ? 1 : **p == '-' ? -1 : 0;
	if (!sign)
		return false;
	(*p)++;
	if (!digits(p, 2, &h) || !literal(p, ':') || !digits(p, 2, &m) || h > 23 || m > 59)
		return false;
	*us = (int64_t)sign * (h * 3600 + m * 60) * YH_US_PER_S;
	return true;
}

enum yh_rc yh_time_parse(const char *text, yh_time *out, struct yh_err *err)
{
	const char *p = text;
	struct yh_date d;
	int64_t clock, offset;

	if (read_date(&p, &d) && literal(&p, 'T') && read_clock(&p, &clock) &&
	    read_offset(&p, &offset) && !*p) {
		*out = (yh_time)yh_day_from_date(d) * YH_US_PER_DAY + clock - offset;
		return YH_OK;
	}
	(void)yh_fail(err, YH_BAD_INPUT, "time-invalid");
	yh_err_text(err, "text", text);
	return YH_BAD_INPUT;
}

const char *yh_day_text(yh_day day, char out[YH_DAY_TEXT])
{
	struct yh_date d;

	assert(day >= YH_DAY_MIN && day <= YH_DAY_MAX);
	d = yh_date_of(day);
	(void)snprintf(out, YH_DAY_TEXT, "%04u-%02u-%02u", (unsigned)d.year % 10000,
		       (unsigned)d.month % 100, (unsigned)d.day % 100);
	return out;
}

const char *yh_time_text(yh_time t, char out[YH_TIME_TEXT])
{
	yh_day day = yh_day_of(t);
	int64_t us = t - yh_day_start(day), s = us / YH_US_PER_S;
	char date[YH_DAY_TEXT];

	(void)snprintf(out, YH_TIME_TEXT, "%sT%02d:%02d:%02d.%06d+08:00", yh_day_text(day, date),
		       (int)(s / 3600), (int)(s / 60 % 60), (int)(s % 60), (int)(us % YH_US_PER_S));
	return out;
}

static yh_time real_now(struct yh_clock *self)
{
	struct timespec ts;

	(void)self;
	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (yh_time)ts.tv_sec * YH_US_PER_S + ts.tv_nsec / 1000;
}

static yh_time manual_now(struct yh_clock *self)
{
	return __atomic_load_n(&self->set, __ATOMIC_RELAXED);
}

static yh_time ahead_now(struct yh_clock *self)
{
	return real_now(self) + __atomic_load_n(&self->set, __ATOMIC_RELAXED);
}

void yh_clock_real(struct yh_clock *c)
{
	*c = (struct yh_clock){ .now = real_now };
}

void yh_clock_manual(struct yh_clock *c, yh_time start)
{
	*c = (struct yh_clock){ .now = manual_now, .set = start };
}

void yh_clock_ahead(struct yh_clock *c, yh_time by)
{
	*c = (struct yh_clock){ .now = ahead_now, .set = by };
}

void yh_clock_set(struct yh_clock *c, yh_time t)
{
	__atomic_store_n(&c->set, t, __ATOMIC_RELAXED);
}

yh_time yh_clock_now(struct yh_clock *c)
{
	return c->now(c);
}

int64_t yh_monotonic_us(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t yh_monotonic_ms(void)
{
	return yh_monotonic_us() / 1000;
}
