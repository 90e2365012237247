/* Experience with catalogue items (Art. 16): units' word on what they use, and the figures from
 * which adjustments of the catalogue are proposed. */
#ifndef YH_SERVICES_EVALUATION_EXPERIENCE_H
#define YH_SERVICES_EVALUATION_EXPERIENCE_H

#include "base/buf.h"
#include "cases/context.h"
#include "store/experience.h"

/* The unit's word on an item, once a quarter, the later one in place of the earlier. FORBIDDEN
 * "unit-only" unless the actor acts for it; REFUSED "item-not-used" when nothing of the item ran
 * for it in the quarter; BAD_INPUT "field-too-long". */
YH_CHECK enum yh_rc yh_item_rate(struct yh_ctx *cx, const struct yh_rating_row *in,
				 struct yh_rating_row *out, struct yh_err *err);

/* Figures of each item over some days that are over, as members of the open object. BAD_INPUT
 * "evaluation-window" (figure last). */
YH_CHECK enum yh_rc yh_experience_write(struct yh_ctx *cx, const struct yh_experience_ask *ask,
					struct yh_jw *w, struct yh_err *err);
/* Puts the same on record under a number, to be referred to. */
YH_CHECK enum yh_rc yh_experience_keep(struct yh_ctx *cx, const struct yh_experience_ask *ask,
				       struct yh_experience_row *out, struct yh_err *err);

#endif
