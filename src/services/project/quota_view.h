/* The terms of the quota arithmetic as they stand in the store, and the quota of any day
 * (Art. 18-20). */
#ifndef YH_SERVICES_PROJECT_QUOTA_VIEW_H
#define YH_SERVICES_PROJECT_QUOTA_VIEW_H

#include "cases/context.h"
#include "law/quota.h"
#include "store/quota.h"

/* What was granted and what is taken, each over from..to at least. */
struct yh_quota_terms {
	struct yh_spans base, windows, allowance; /* granted; windows spread into their days */
	struct yh_spans allocated, reserved;      /* taken */
};

/* Of one project, or of all projects of a unit (project NULL), on clouds of the level of `beside`
 * (NULL: on all). What the case `not_case` (may be
 * NULL) reserved or opened is left out. What runs counts until its lease ends, and today in
 * any case: a resource past its lease takes its share until it is reclaimed. A recurring window
 * never reaches beyond the last day of its line. */
YH_CHECK enum yh_rc yh_quota_terms_load(struct yh_ctx *cx, const struct yh_id *unit,
					const struct yh_id *project, const struct yh_id *beside,
					const struct yh_id *not_case, yh_day from, yh_day to,
					struct yh_quota_terms *out, struct yh_err *err);

/* What is granted (`base_only`: without allowances above the quota) and what is taken, each in one;
 * the terms are used up. */
YH_CHECK enum yh_rc yh_quota_terms_sum(const struct yh_quota_terms *t, bool base_only,
				       struct yh_spans *quota, struct yh_spans *taken,
				       struct yh_err *err);

/* Adds one line, a recurring window spread over from..to and never beyond its line's last day. */
YH_CHECK enum yh_rc yh_quota_row_spans(const struct yh_quota_row *q, yh_day from, yh_day to,
				       struct yh_spans *out, struct yh_err *err);

/* One dimension on one day. */
struct yh_quota_day_line {
	const char *dim;
	int64_t base_milli, windows_milli, allowance_milli;
	int64_t effective_milli; /* the three together */
	int64_t allocated_milli; /* what runs now and whose lease reaches the day */
	int64_t reserved_milli;  /* by cases under way */
};

/* Every dimension with a quota or a use, by name, for a project or for all of a unit's (project
 * NULL, `beside` as above). No visibility is checked here. */
YH_CHECK enum yh_rc yh_quota_day(struct yh_ctx *cx, const struct yh_id *unit,
				 const struct yh_id *project, const struct yh_id *beside,
				 yh_day day, struct yh_quota_day_line **out, size_t *n,
				 struct yh_err *err);

/* What part of its quotas a unit's total may come to before another body decides: of the first
 * condition unit_total.exceeds of the pack. */
struct yh_unit_limit {
	const struct yh_word_use *use; /* NULL: the pack has none, and nothing below holds */
	int32_t percent;
	const char *article; /* may be NULL */
};
struct yh_unit_limit yh_unit_limit_of(const struct yh_pack *pack);
/* The same of a quota in its dimension; allowances are no part of it. */
int64_t yh_unit_limit_milli(const struct yh_unit_limit *limit, int64_t quota_milli);

/* One dimension over first..last, on each day of which its line is the same. */
struct yh_quota_run {
	struct yh_quota_day_line line;
	yh_day first, last;
};

enum { YH_QUOTA_DAYS_MOST = 732 };

/* The quota of a project on each day from..to, which are in order and at most YH_QUOTA_DAYS_MOST:
 * by dimension, then day. No visibility is checked here. */
YH_CHECK enum yh_rc yh_quota_days(struct yh_ctx *cx, const struct yh_id *unit,
				  const struct yh_id *project, yh_day from, yh_day to,
				  struct yh_quota_run **out, size_t *n, struct yh_err *err);

#endif
