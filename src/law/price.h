/* What a quantity costs a month by a catalogue item's tariff (Art. 15, 27). Pure and exact: one
 * rounding, at the very end. */
#ifndef YH_LAW_PRICE_H
#define YH_LAW_PRICE_H

#include "base/err.h"

struct yh_price_step {
	int64_t from_milli, price_e6; /* yuan for a unit from this quantity on */
};
struct yh_tariff {
	const char *per;                   /* hour, day, month, year; "use" has no month */
	const char *mode;                  /* flat, graduated, volume */
	const struct yh_price_step *steps; /* ascending, the first from 0 */
	size_t n_steps;
	int64_t free_milli; /* taken off first; the steps count what is left */
	int64_t minimum_e6; /* of a period in which there is any quantity */
};

/* A month's price as yuan * 12 * 10^9, so that a twelfth of a year is whole. A month has 30 days, a
 * day 24 hours. False when the item has no price for a month, or beyond all measure. */
typedef __int128 yh_price;
YH_CHECK bool yh_price_month(const struct yh_tariff *t, int64_t qty_milli, yh_price *out);
/* To fen, half to even. */
int64_t yh_price_fen(yh_price p);

#endif
