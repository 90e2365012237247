/* The price of a catalogue item, as the rules of rating take it. */
#ifndef YH_SERVICES_CATALOGUE_TARIFF_H
#define YH_SERVICES_CATALOGUE_TARIFF_H

#include "law/rating.h"
#include "store/catalogue.h"

/* The item's tariff; its steps are the item's tiers, in their order, and live in the arena. *known
 * false: no price can be had from it, as if it were not there; it has no steps then. TOO_LARGE
 * "memory-short". */
YH_CHECK enum yh_rc yh_item_tariff(const struct yh_item_row *item, struct yh_arena *arena,
				   struct yh_tariff *out, bool *known, struct yh_err *err);

#endif
