/* The quota arithmetic of Art. 18-20: step functions over days, compared on every day. Pure. */
#ifndef YH_LAW_QUOTA_H
#define YH_LAW_QUOTA_H

#include "base/arena.h"
#include "base/time.h"

/* A quantity of one dimension over [first, last] days; last YH_DAY_NONE: for good. A window that
 * recurs is given once and spread by yh_quota_spread. */
struct yh_span {
	const char *dim;
	int64_t qty_milli; /* may be negative */
	yh_day first, last;
};

struct yh_spans {
	struct yh_span *v;
	size_t n, cap;
	struct yh_arena *arena;
};

/* Appends. TOO_LARGE "quota-too-many" past 100,000 spans or without memory. */
YH_CHECK enum yh_rc yh_spans_add(struct yh_spans *s, const char *dim, int64_t qty_milli,
				 yh_day first, yh_day last, struct yh_err *err);

/* Spreads a window that recurs by an RRULE (RFC 5545) from `start`, each time for `days`, over
 * from..to; occurrences that overlap count once. A NULL rrule is one occurrence. BAD_INPUT
 * "window-length" outside 1..3660 days; BAD_INPUT "rrule-invalid", also for a rule that names times
 * of day or another calendar, or that never comes; TOO_LARGE "rrule-too-dense" for more than 400
 * occurrences a year. */
YH_CHECK enum yh_rc yh_quota_spread(struct yh_spans *s, const char *dim, int64_t qty_milli,
				    const char *rrule, yh_day start, int64_t days, yh_day from,
				    yh_day to, struct yh_err *err);

/* The sum of one dimension on a day. */
int64_t yh_spans_on(const struct yh_spans *s, const char *dim, yh_day day);

/* Compares, for each dimension that `asked` increases, on each day from..to on which it does:
 *     taken + asked <= quota * percent / 100
 * REFUSED `slug` with figures dimension, asked, taken, limit, day (the first day that fails), and
 * the article. Exactly equal is within. Dimensions that `asked` does not increase are not looked
 * at: mending one thing is not blocked by another that is over already. */
YH_CHECK enum yh_rc yh_quota_compare(const struct yh_spans *quota, const struct yh_spans *taken,
				     const struct yh_spans *asked, int32_t percent, yh_day from,
				     yh_day to, const char *slug, const char *article,
				     struct yh_err *err);

/* Where what is asked leaves least of a quota, in thousandths of it, on any day of from..to; dim is
 * NULL when nothing is increased. */
struct yh_quota_point {
	const char *dim;
	yh_day day;
	int64_t quota_milli, taken_milli, asked_milli;
};
YH_CHECK enum yh_rc yh_quota_tightest(const struct yh_spans *quota, const struct yh_spans *taken,
				      const struct yh_spans *asked, yh_day from, yh_day to,
				      struct yh_quota_point *out, struct yh_err *err);

/* How far taken + asked passes the quota of one dimension on its worst day of from..to; 0 when it
 * never does. */
YH_CHECK enum yh_rc yh_quota_excess(const struct yh_spans *quota, const struct yh_spans *taken,
				    const struct yh_spans *asked, const char *dim, yh_day from,
				    yh_day to, int64_t *excess, struct yh_err *err);

#endif
