/* FOCUS's own words for what a catalogue says in its own. Pure. */
#ifndef YH_EXPORT_FOCUS_WORDS_H
#define YH_EXPORT_FOCUS_WORDS_H

#include "base/buf.h"

struct yh_focus_service {
	const char *category, *subcategory;
};
/* Of a catalogue category, by what it names; "Other" when it names nothing known. */
struct yh_focus_service yh_focus_service(const char *category);

/* "GiB-Months" of measure "gib" and period "month"; "GB" of what is counted by use. Begins `out`
 * anew. */
const char *yh_focus_unit(const char *measure, const char *per, struct yh_buf *out);

/* unit price * quantity = cost, exactly, for `list_fen` of `usage` (a decimal with at most six
 * decimals). The price is the catalogue's where that comes to the same; else what one unit cost in
 * the mean; where nothing was used, the quantity is one line. All as decimals. */
enum yh_focus_basis { YH_BASIS_CATALOGUE, YH_BASIS_MEAN, YH_BASIS_LINE };
enum { YH_FOCUS_NUMBER = 64 };
struct yh_focus_price {
	enum yh_focus_basis basis;
	char price[YH_FOCUS_NUMBER], quantity[YH_FOCUS_NUMBER], cost[YH_FOCUS_NUMBER];
};
/* `catalogue` is NULL or one decimal with at most six decimals. */
void yh_focus_price(const char *catalogue, const char *usage, int64_t list_fen,
		    struct yh_focus_price *out);

#endif
