/* Days as an iCalendar object, by libical. */
#include "export/ical.h"

#include <glib.h>
#include <libical/ical.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { REFRESH_HOURS = 1, ALARM_HOURS = 15 };

/* Without control characters, which RFC 5545 does not admit, and what is no UTF-8, which libical
 * folds amiss; lines stay apart. */
static char *clean(const char *text)
{
	char *valid = g_utf8_make_valid(text ? text : "", -1), *out = strdup(valid);
	size_t n = 0;

	g_free(valid);
	for (const char *p = out; p && *p; p++)
		if ((unsigned char)*p >= 0x20 && *p != 0x7f)
			out[n++] = *p;
		else if (*p == '\n')
			out[n++] = '\n';
		else if (*p == '\t')
			out[n++] = ' ';
	if (out)
		out[n] = 0;
	return out;
}

static void add(icalcomponent *to, icalproperty *p)
{
	if (p)
		icalcomponent_add_property(to, p);
}

typedef icalproperty *(*text_fn)(const char *v);

static bool add_text(icalcomponent *to, text_fn make, const char *text)
{
	YH_FREE_AUTO char *v = clean(text);

	if (v)
		add(to, make(v));
	return v != NULL;
}

static void add_x(icalcomponent *to, const char *name, const char *value)
{
	icalproperty *p = icalproperty_new_x(value);

	if (p)
		icalproperty_set_x_name(p, name);
	add(to, p);
}

static struct icaltimetype date_of(yh_day day)
{
	struct yh_date d = yh_date_of(day);
	struct icaltimetype t = icaltime_null_date();

	t.year = d.year;
	t.month = d.month;
	t.day = d.day;
	return t;
}

static struct icaltimetype instant_of(yh_time at)
{
	return icaltime_from_timet_with_zone((time_t)(at / YH_US_PER_S), 0,
					     icaltimezone_get_utc_timezone());
}

static bool add_alarm(icalcomponent *to, const struct yh_ical_day *d)
{
	struct icaltriggertype t = {
		.duration = { .is_neg = 1, .hours = ALARM_HOURS },
	};
	icalcomponent *alarm = icalcomponent_new_valarm();

	if (!alarm)
		return false;
	add(alarm, icalproperty_new_action(ICAL_ACTION_DISPLAY));
	add(alarm, icalproperty_new_trigger(t));
	icalcomponent_add_component(to, alarm);
	return add_text(alarm, icalproperty_new_description, d->summary);
}

static bool add_day(icalcomponent *to, const struct yh_ical_day *d)
{
	icalcomponent *e = icalcomponent_new_vevent();
	bool ok;

	if (!e)
		return false;
	icalcomponent_add_component(to, e);
	ok = add_text(e, icalproperty_new_uid, d->uid);
	add(e, icalproperty_new_dtstamp(instant_of(d->changed_at)));
	add(e, icalproperty_new_created(instant_of(d->made_at)));
	add(e, icalproperty_new_lastmodified(instant_of(d->changed_at)));
	add(e, icalproperty_new_sequence((int)d->sequence));
	add(e, icalproperty_new_dtstart(date_of(d->day)));
	add(e, icalproperty_new_dtend(date_of(d->day + 1)));
	add(e, icalproperty_new_status(d->cancelled   ? ICAL_STATUS_CANCELLED
				       : d->tentative ? ICAL_STATUS_TENTATIVE
						      : ICAL_STATUS_CONFIRMED));
	add(e, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
	ok = ok && add_text(e, icalproperty_new_summary, d->summary) &&
	     add_text(e, icalproperty_new_description, d->description) &&
	     add_text(e, icalproperty_new_categories, d->category);
	return ok && (d->cancelled || add_alarm(e, d));
}

static bool add_head(icalcomponent *to, const char *name)
{
	struct icaldurationtype hour = { .hours = REFRESH_HOURS };
	icalproperty *refresh = icalproperty_new_refreshinterval(hour);
	YH_FREE_AUTO char *shown = clean(name);

	if (refresh)
		icalproperty_add_parameter(refresh, icalparameter_new_value(ICAL_VALUE_DURATION));
	add(to, icalproperty_new_version("2.0"));
	add(to, icalproperty_new_prodid("-//Yunheng//Deadlines//ZH"));
	add(to, icalproperty_new_calscale("GREGORIAN"));
	add(to, icalproperty_new_method(ICAL_METHOD_PUBLISH));
	add(to, refresh);
	add_x(to, "X-PUBLISHED-TTL", "PT1H");
	if (shown)
		add_x(to, "X-WR-CALNAME", shown);
	add_x(to, "X-WR-TIMEZONE", "Asia/Shanghai");
	return shown && add_text(to, icalproperty_new_name, name);
}

/* libical (3.0) folds a line that just fits between its CR and its LF: it ends there instead. */
static void unfold_ends(struct yh_buf *out, const char *text)
{
	static const char folded[] = "\r\r\n \n";

	for (const char *at; (at = strstr(text, folded)); text = at + sizeof folded - 1) {
		yh_buf_add(out, text, (size_t)(at - text));
		yh_buf_str(out, "\r\n");
	}
	yh_buf_str(out, text);
}

enum yh_rc yh_ical_write(const char *name, const struct yh_ical_day *days, size_t n,
			 struct yh_buf *out, struct yh_err *err)
{
	icalcomponent *cal = icalcomponent_new_vcalendar();
	bool ok = cal && add_head(cal, name);
	char *text;

	for (size_t i = 0; ok && i < n; i++)
		ok = add_day(cal, &days[i]);
	text = ok ? icalcomponent_as_ical_string_r(cal) : NULL;
	if (text)
		unfold_ends(out, text);
	free(text);
	if (cal)
		icalcomponent_free(cal);
	return text && yh_buf_ok(out) ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
