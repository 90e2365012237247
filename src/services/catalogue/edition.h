/* Catalogue editions (Art. 15): drafts are edited, everything later is fixed. */
#ifndef YH_SERVICES_CATALOGUE_EDITION_H
#define YH_SERVICES_CATALOGUE_EDITION_H

#include "base/json.h"
#include "cases/context.h"
#include "store/catalogue.h"

/* Digest over every item of an edition, by code: name, content, prices, tiers, dimensions. */
YH_CHECK enum yh_rc yh_edition_digest(struct yh_ctx *cx, const struct yh_id *edition,
				      struct yh_sm3 *out, struct yh_err *err);

/* A new draft for a cloud, empty or with the items of `from` (may be zero; a district may derive
 * from a municipal edition). FORBIDDEN unless the actor is the cloud's operator. */
YH_CHECK enum yh_rc yh_edition_draft(struct yh_ctx *cx, const struct yh_id *cloud,
				     const char *title, const struct yh_id *from,
				     struct yh_edition_row *out, struct yh_err *err);

/* Replaces all items of a draft by a JSON array, all or nothing; at most 2,000. Each:
 *   {code, class, category, name, content, per, measure, mode, free, minimum, step, tags: [],
 *    trusted, exposed, tiers: [{from, price}], dims: {vcpu: 1, …}, package, metered: {metric, as,
 *    per}}
 * `package` is the units of a package and goes with mode "package", whose tiers count packages.
 * `metered` says what quantity an item priced per use has: `as` "rise" (what a counter, named
 * …_total, grew by) or "hours" (a gauge's value times hours), of `metric`, `per` units of the
 * metric being one. Without it such an item is used once, when it is provided. Prices are decimal
 * strings in yuan with at most six places. CONFLICT "edition-fixed" when it is no draft; BAD_INPUT
 * with the pointer of the first fault; `faults` (may be NULL) has one of each item. */
YH_CHECK enum yh_rc yh_edition_set_items(struct yh_ctx *cx, const struct yh_id *edition,
					 const json_t *items, struct yh_faults *faults,
					 struct yh_err *err);

/* What changed from one edition to another, by item code: added, removed, repriced, reworded. */
struct yh_edition_change {
	char kind[12];
	const struct yh_item_row *was, *is;
};
YH_CHECK enum yh_rc yh_edition_diff(struct yh_ctx *cx, const struct yh_id *from,
				    const struct yh_id *to, struct yh_edition_change **out,
				    size_t *n, struct yh_err *err);

#endif
