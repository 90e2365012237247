/* Days as an iCalendar object (RFC 5545, with the names of RFC 7986): what Thunderbird, Outlook and
 * phones subscribe to. Pure. */
#ifndef YH_EXPORT_ICAL_H
#define YH_EXPORT_ICAL_H

#include "base/buf.h"

struct yh_ical_day {
	const char *uid; /* stays the same as long as the thing does */
	yh_day day;
	const char *summary, *description, *category;
	int64_t sequence; /* grows when the day moves, and when it is cancelled */
	bool tentative;   /* the calendar of that year is not announced yet */
	bool cancelled;   /* it is over: no alarm */
	yh_time made_at, changed_at;
};

/* Writes a calendar of whole days, each with an alarm at nine in the morning of the day before
 * unless it is cancelled.
 * Any text is admitted: it is escaped and folded at 75 octets, and control characters go. The same
 * days give the same bytes. TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_ical_write(const char *name, const struct yh_ical_day *days, size_t n,
				  struct yh_buf *out, struct yh_err *err);

#endif
