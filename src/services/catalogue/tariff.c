/* The price of a catalogue item, as the rules of rating take it. */
#include "services/catalogue/tariff.h"

enum yh_rc yh_item_tariff(const struct yh_item_row *item, struct yh_arena *arena,
			  struct yh_tariff *out, bool *known, struct yh_err *err)
{
	struct yh_price_step *steps = YH_NEW_N(arena, struct yh_price_step, item->n_tiers + 1);

	if (!steps)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t k = 0; k < item->n_tiers; k++)
		steps[k] = (struct yh_price_step){ item->tiers[k].from_milli,
						   item->tiers[k].price_e6 };
	*out = (struct yh_tariff){ .steps = steps,
				   .n_steps = item->n_tiers,
				   .free_milli = item->free_milli,
				   .minimum_e6 = item->minimum_e6,
				   .package_milli = item->package_milli };
	*known = yh_per_parse(item->per, &out->per) && yh_mode_parse(item->mode, &out->mode) &&
		 yh_tariff_check(out, NULL) == YH_OK;
	if (!*known)
		out->n_steps = 0;
	return YH_OK;
}
