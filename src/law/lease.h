/* Leases of time-limited resources (Art. 21-24; T1, T2, T4), as rules over days.
 *
 * A lease is a cap and no period to act in: the allocation day is day 0, the resource may be used
 * until 24:00 of the last day, and no holiday makes it longer. Everything else is reckoned from
 * that day in working days, back for what people must be told or file ahead, on for what may only
 * happen afterwards. */
#ifndef YH_LAW_LEASE_H
#define YH_LAW_LEASE_H

#include "law/calendar.h"

/* Working days ahead of the last day on which the user is told, most first, none twice. */
enum { YH_LEASE_NOTICES_MAX = 16, YH_LEASE_AHEAD_MAX = 250 };
struct yh_lease_notices {
	int32_t ahead[YH_LEASE_NOTICES_MAX];
	size_t n;
};

/* "25wd, 20wd, 10wd": working days only, falling, 1 to 250 each; else BAD_INPUT
 * "lease-notices-invalid" with the figure `what`. */
YH_CHECK enum yh_rc yh_lease_notices_parse(const char *text, struct yh_lease_notices *out,
					   struct yh_err *err);

/* The last day of a lease that begins with the allocation. A wanted last day (YH_DAY_NONE: the
 * longest) is kept if `longest` allows it: REFUSED "lease-over-cap" with figures asked and last;
 * REFUSED "lease-in-the-past" (last, today) when it lies before the allocation. */
YH_CHECK enum yh_rc yh_lease_begin(yh_day allocated, struct yh_period longest, yh_day wanted,
				   yh_day *last, struct yh_err *err);

/* The last day an extended lease ends on: it runs from the old end, which is its day 0. REFUSED
 * "lease-over-cap", or "lease-not-longer" (asked, last) when nothing is gained. */
YH_CHECK enum yh_rc yh_lease_extend(yh_day last, struct yh_period longest, yh_day wanted,
				    yh_day *new_last, struct yh_err *err);

/* The last day that a lease can still come to: `left` extensions, each as long as it may be, each
 * from the end before it. */
YH_CHECK enum yh_rc yh_lease_reach(yh_day last, struct yh_period longest, int64_t left,
				   yh_day *reach, struct yh_err *err);

/* Until when an extension can be filed: the last day f for which [f, last) holds `ahead` (T2). */
struct yh_lease_by {
	yh_day day;
	bool possible;    /* false: that day lies before the allocation */
	bool provisional; /* it hangs on a year without a calendar */
};
YH_CHECK enum yh_rc yh_lease_extension_by(const struct yh_calendar *cal, yh_day allocated,
					  yh_day last, struct yh_period ahead,
					  struct yh_lease_by *out, struct yh_err *err);
/* REFUSED "lease-extension-late" (figures filed, until, last, ahead) after that day,
 * "lease-extension-never" (allocated, last, ahead) when there never was one. */
YH_CHECK enum yh_rc yh_lease_in_time(const struct yh_calendar *cal, yh_day allocated, yh_day last,
				     struct yh_period ahead, yh_day filed, struct yh_err *err);

/* The first day on which what is over is stopped: the first working day after the last day. */
YH_CHECK enum yh_rc yh_lease_stop_day(const struct yh_calendar *cal, yh_day last,
				      struct yh_due *out, struct yh_err *err);

/* A lease as it stands when somebody looks at it. */
struct yh_lease_state {
	yh_day first, last;
	int32_t told;    /* the nearest notice that was given; 0: none yet */
	bool held;       /* a timely extension is undecided */
	bool ending;     /* its expiry is under way */
	bool lapse_told; /* it was said that it runs on although it should not */
};

/* What is to be done on a day, and when to look again. */
struct yh_lease_todo {
	int32_t notice; /* working days ahead; 0: none. Of several missed ones only the latest */
	int32_t missed[YH_LEASE_NOTICES_MAX];
	size_t n_missed;
	bool begin_end; /* the expiry is to be started */
	bool lapse;     /* it is past its stop day and runs on */
	yh_day next;    /* YH_DAY_NONE: not before something changes */
};

/* Reckons what has come due by `today` and has not been done. `lead` is how long before the last
 * day its expiry is started (working days). Nothing is announced of days before the allocation, nor
 * after the last day. Provisional reckoning throughout. */
YH_CHECK enum yh_rc yh_lease_plan(const struct yh_calendar *cal, const struct yh_lease_state *lease,
				  const struct yh_lease_notices *notices, struct yh_period lead,
				  yh_day today, struct yh_lease_todo *out, struct yh_err *err);

#endif
