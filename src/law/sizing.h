/* A smaller size that would have been enough (Art. 25): chosen from a catalogue. Pure. */
#ifndef YH_LAW_SIZING_H
#define YH_LAW_SIZING_H

#include "law/rating.h"

struct yh_size_dim {
	const char *dim;
	int64_t qty_milli; /* for one unit of the item */
};
/* An item as it can be ordered. */
struct yh_size_item {
	const char *code, *name, *family; /* only items of one family replace each other */
	int64_t step_milli;
	struct yh_tariff tariff;
	const struct yh_size_dim *dims;
	size_t n_dims;
};
/* What a resource needs of a dimension in all. */
struct yh_size_need {
	const char *dim;
	int64_t milli;
};
/* What a quantity costs in a month of thirty days, exactly and in fen. False when it has no price
 * for that: what is priced per use, a tariff that is none, an amount beyond all measure. */
YH_CHECK bool yh_size_price(const struct yh_tariff *t, int64_t qty_milli, yh_amount *exact,
			    int64_t *fen);

struct yh_size_choice {
	size_t item;
	int64_t qty_milli;
	int64_t now_fen, then_fen; /* a month; each rounded for itself, to be shown */
	int64_t saves_fen;         /* the exact difference, rounded once */
};

/* The cheapest orderable size, of items[now] itself or of its family, that holds every need, costs
 * less than `qty_milli` of items[now] and is no larger anywhere. Dimensions of which no need is
 * known keep what they have. Of the family come only items with less of some dimension to the unit:
 * other items are another thing, not another size. Never more units than now, since one machine
 * cannot become two. Of equal prices the first code. False: there is none. */
YH_CHECK bool yh_size_choose(const struct yh_size_item *items, size_t n, size_t now,
			     int64_t qty_milli, const struct yh_size_need *needs, size_t n_needs,
			     struct yh_size_choice *out);

#endif
