/* Leases of time-limited resources, as rules over days. */
#include "law/lease.h"

#include <string.h>

/* One "25wd" of the list; the blanks around it do not matter. */
static bool take_notice(const char **text, int32_t *out)
{
	char word[YH_PERIOD_TEXT];
	struct yh_period p;
	size_t n;

	*text += strspn(*text, " ");
	n = strcspn(*text, " ,");
	if (n == 0 || n >= sizeof word)
		return false;
	memcpy(word, *text, n);
	word[n] = 0;
	*text += n;
	*text += strspn(*text, " ");
	if (yh_period_parse(word, &p, NULL) != YH_OK || p.unit != YH_WORKDAYS || p.n < 1 ||
	    p.n > YH_LEASE_AHEAD_MAX)
		return false;
	*out = p.n;
	return true;
}

enum yh_rc yh_lease_notices_parse(const char *text, struct yh_lease_notices *out,
				  struct yh_err *err)
{
	struct yh_lease_notices list = { .n = 0 };
	const char *at = text;
	bool more = true, good = true;

	while (more && good) {
		good = list.n < YH_LEASE_NOTICES_MAX && take_notice(&at, &list.ahead[list.n]) &&
		       (list.n == 0 || list.ahead[list.n] < list.ahead[list.n - 1]) &&
		       (*at == 0 || *at == ',');
		list.n++;
		more = *at == ',';
		at += more;
	}
	if (!good) {
		enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "lease-notices-invalid");

		yh_err_text(err, "what", text);
		return rc;
	}
	*out = list;
	return YH_OK;
}

static enum yh_rc refuse_days(const char *slug, yh_day asked, yh_day last, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, NULL);

	yh_err_day(err, "asked", asked);
	yh_err_day(err, "last", last);
	return rc;
}

enum yh_rc yh_lease_begin(yh_day allocated, struct yh_period longest, yh_day wanted, yh_day *last,
			  struct yh_err *err)
{
	yh_day cap;
	enum yh_rc rc = yh_lease_last_day(allocated, longest, &cap, err);

	if (rc != YH_OK)
		return rc;
	if (wanted == YH_DAY_NONE) {
		*last = cap;
		return YH_OK;
	}
	if (wanted > cap)
		return refuse_days("lease-over-cap", wanted, cap, err);
	if (wanted < allocated) {
		rc = yh_refuse(err, "lease-in-the-past", NULL);
		yh_err_day(err, "last", wanted);
		yh_err_day(err, "today", allocated);
		return rc;
	}
	*last = wanted;
	return YH_OK;
}

enum yh_rc yh_lease_extend(yh_day last, struct yh_period longest, yh_day wanted, yh_day *new_last,
			   struct yh_err *err)
{
	if (wanted != YH_DAY_NONE && wanted <= last)
		return refuse_days("lease-not-longer", wanted, last, err);
	return yh_lease_begin(last, longest, wanted, new_last, err);
}

enum yh_rc yh_lease_reach(yh_day last, struct yh_period longest, int64_t left, yh_day *reach,
			  struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*reach = last;
	for (int64_t i = 0; rc == YH_OK && i < left; i++)
		rc = yh_lease_extend(*reach, longest, YH_DAY_NONE, reach, err);
	return rc;
}

static enum yh_rc ahead_of(const struct yh_calendar *cal, yh_day last, struct yh_period ahead,
			   struct yh_due *out, struct yh_err *err)
{
	return yh_due_day(cal, last, (struct yh_period){ -ahead.n, ahead.unit }, YH_PROVISIONAL,
			  out, err);
}

enum yh_rc yh_lease_extension_by(const struct yh_calendar *cal, yh_day allocated, yh_day last,
				 struct yh_period ahead, struct yh_lease_by *out,
				 struct yh_err *err)
{
	struct yh_due due;
	enum yh_rc rc = ahead_of(cal, last, ahead, &due, err);

	if (rc == YH_OK)
		*out = (struct yh_lease_by){ .day = due.day,
					     .possible = due.day >= allocated,
					     .provisional = due.provisional };
	return rc;
}

enum yh_rc yh_lease_in_time(const struct yh_calendar *cal, yh_day allocated, yh_day last,
			    struct yh_period ahead, yh_day filed, struct yh_err *err)
{
	char text[YH_PERIOD_TEXT];
	struct yh_lease_by by;
	enum yh_rc rc = yh_lease_extension_by(cal, allocated, last, ahead, &by, err);

	if (rc != YH_OK || (by.possible && filed <= by.day))
		return rc;
	if (by.possible) {
		rc = yh_refuse(err, "lease-extension-late", NULL);
		yh_err_day(err, "filed", filed);
		yh_err_day(err, "until", by.day);
	} else {
		rc = yh_refuse(err, "lease-extension-never", NULL);
		yh_err_day(err, "allocated", allocated);
	}
	yh_err_day(err, "last", last);
	yh_err_period(err, "ahead", yh_period_text(ahead, text));
	return rc;
}

enum yh_rc yh_lease_stop_day(const struct yh_calendar *cal, yh_day last, struct yh_due *out,
			     struct yh_err *err)
{
	return yh_due_day(cal, last, (struct yh_period){ 1, YH_WORKDAYS }, YH_PROVISIONAL, out,
			  err);
}

/* The earliest day after `today` that was proposed. */
static void look_again(struct yh_lease_todo *todo, yh_day today, yh_day day)
{
	if (day > today && (todo->next == YH_DAY_NONE || day < todo->next))
		todo->next = day;
}

/* Of the notices whose day has come the latest is given; those before it are only noted. */
static enum yh_rc plan_notices(const struct yh_calendar *cal, const struct yh_lease_state *lease,
			       const struct yh_lease_notices *notices, yh_day today,
			       struct yh_lease_todo *out, struct yh_err *err)
{
	for (size_t i = 0; i < notices->n && today <= lease->last; i++) {
		struct yh_period ahead = { notices->ahead[i], YH_WORKDAYS };
		struct yh_due due;
		enum yh_rc rc;

		if (lease->told && ahead.n >= lease->told)
			continue;
		rc = ahead_of(cal, lease->last, ahead, &due, err);
		if (rc != YH_OK)
			return rc;
		if (due.day < lease->first)
			continue;
		look_again(out, today, due.day);
		if (due.day > today)
			continue;
		if (out->notice)
			out->missed[out->n_missed++] = out->notice;
		out->notice = ahead.n;
	}
	return YH_OK;
}

enum yh_rc yh_lease_plan(const struct yh_calendar *cal, const struct yh_lease_state *lease,
			 const struct yh_lease_notices *notices, struct yh_period lead,
			 yh_day today, struct yh_lease_todo *out, struct yh_err *err)
{
	struct yh_due start, stop;
	enum yh_rc rc;

	*out = (struct yh_lease_todo){ .next = YH_DAY_NONE };
	rc = plan_notices(cal, lease, notices, today, out, err);
	if (rc == YH_OK)
		rc = ahead_of(cal, lease->last, lead, &start, err);
	if (rc == YH_OK)
		rc = yh_lease_stop_day(cal, lease->last, &stop, err);
	if (rc != YH_OK)
		return rc;
	if (!lease->ending) {
		out->begin_end = today >= start.day && !lease->held;
		look_again(out, today, start.day);
	}
	if (lease->held && today >= start.day)
		look_again(out, today, today + 1);
	if (!lease->lapse_told) {
		out->lapse = today > stop.day && !lease->held;
		look_again(out, today, stop.day + 1);
	}
	return YH_OK;
}
