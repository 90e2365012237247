/* Periods as text, and those that need no calendar. */
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "law/calendar.h"

static const char *const units[] = {
	[YH_WORKDAYS] = "wd",
	[YH_DAYS] = "d",
	[YH_MONTHS] = "mo",
	[YH_HOURS] = "h",
};

static enum yh_rc invalid(struct yh_err *err)
{
	return yh_fail(err, YH_BAD_INPUT, "period-invalid");
}

enum yh_rc yh_period_parse(const char *text, struct yh_period *out, struct yh_err *err)
{
	bool back = text[0] == '-';
	const char *digits = text + back;
	size_t n_digits = strspn(digits, "0123456789");
	int32_t n = 0;

	if (n_digits < 1 || n_digits > 4 || (digits[0] == '0' && (n_digits > 1 || back)))
		return invalid(err);
	for (size_t i = 0; i < n_digits; i++)
		n = n * 10 + (digits[i] - '0');
	if (n > YH_PERIOD_MAX)
		return invalid(err);
	for (size_t unit = 0; unit < YH_LEN(units); unit++) {
		if (strcmp(digits + n_digits, units[unit]) != 0)
			continue;
		if (back && unit != YH_WORKDAYS && unit != YH_DAYS)
			return invalid(err);
		*out = (struct yh_period){ back ? -n : n, (enum yh_unit)unit };
		return YH_OK;
	}
	return invalid(err);
}

const char *yh_period_text(struct yh_period p, char out[YH_PERIOD_TEXT])
{
	(void)snprintf(out, YH_PERIOD_TEXT, "%d%s", p.n, units[p.unit]);
	return out;
}

enum yh_rc yh_months_on(yh_day start, int32_t months, yh_day *out, struct yh_err *err)
{
	struct yh_date date;
	int last, month;

	if (start < YH_DAY_MIN || start > YH_DAY_MAX || months < 0 || months > YH_PERIOD_MAX)
		return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
	date = yh_date_of(start);
	month = date.month - 1 + months;
	date.year += month / 12;
	date.month = month % 12 + 1;
	if (date.year > 2199)
		return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
	last = yh_days_in_month(date.year, date.month);
	if (date.day > last)
		date.day = last;
	*out = yh_day_from_date(date);
	return YH_OK;
}

enum yh_rc yh_lease_last_day(yh_day allocated, struct yh_period p, yh_day *last, struct yh_err *err)
{
	if (p.n < 1 || p.n > YH_PERIOD_MAX || (p.unit != YH_MONTHS && p.unit != YH_DAYS))
		return invalid(err);
	if (p.unit == YH_MONTHS)
		return yh_months_on(allocated, p.n, last, err);
	if (allocated < YH_DAY_MIN || allocated > YH_DAY_MAX - p.n)
		return yh_fail(err, YH_BAD_INPUT, "day-out-of-range");
	*last = allocated + p.n;
	return YH_OK;
}
