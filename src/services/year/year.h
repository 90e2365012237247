/* Closed years of a cloud: what must be done before one is closed, and that nothing dated in one is
 * entered afterwards. */
#ifndef YH_SERVICES_YEAR_YEAR_H
#define YH_SERVICES_YEAR_YEAR_H

#include "cases/context.h"
#include "store/closed_year.h"

/* CONFLICT "year-closed" (figure year) when the day lies in a closed year; YH_DAY_NONE is none. */
YH_CHECK enum yh_rc yh_year_need_open(struct yh_tx *tx, const struct yh_id *cloud, yh_day day,
				      struct yh_err *err);

enum { YH_YEAR_ITEMS = 16 };
struct yh_year_item {
	const char *what; /* over, settlement, report */
	char period[24];  /* "2026-10", "2026" */
	bool done;
};
struct yh_year_list {
	struct yh_year_item items[YH_YEAR_ITEMS];
	size_t n;
	bool closed;
	struct yh_closed_year_row row; /* closed */
};
/* What closing a year asks for: that it is over; that each month in which something ran is settled,
 * and nothing of it is open; and that its report was made after the last of these was closed. */
YH_CHECK enum yh_rc yh_year_checklist(struct yh_ctx *cx, const struct yh_id *cloud, int64_t year,
				      struct yh_year_list *out, struct yh_err *err);
/* REFUSED "year-not-ready" (figures year, missing: the months that are not settled, those that
 * follow each other as "2026-01…2026-09", and "over", "report"; missing_zh, missing_en: in words)
 * or CONFLICT "year-closed". */
YH_CHECK enum yh_rc yh_year_need_ready(struct yh_ctx *cx, const struct yh_id *cloud, int64_t year,
				       const char *article, struct yh_err *err);

#endif
