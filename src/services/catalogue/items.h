/* The items of an edition as JSON: read strictly, written canonically. */
#ifndef YH_SERVICES_CATALOGUE_ITEMS_H
#define YH_SERVICES_CATALOGUE_ITEMS_H

#include "base/buf.h"
#include "base/json.h"
#include "store/catalogue.h"

enum { YH_ITEMS_MAX = 2000, YH_TIERS_MAX = 50, YH_DIMS_MAX = 16, YH_TAGS_MAX = 20 };

/* Reads {"items": [...]}'s array, shape as in services/catalogue/edition.h, into rows without ids,
 * in the order given. BAD_INPUT with the pointer of the first fault: "field-required",
 * "field-unknown", "field-type", "field-too-long", "field-too-short", "field-characters",
 * "field-choice" (figure choices), "field-code", "code-twice", "number-invalid",
 * "quantity-out-of-range", "price-invalid", "tiers-order", "tiers-flat", "package-unused",
 * "package-tier", "metered-unused", "metered-counter", "dimension-invalid"; TOO_LARGE
 * "list-too-long". Text is copied. What an edition's reply adds is read, too: tags as one text, and
 * `price`, which must be the first tier's ("price-not-of-tiers"). */
YH_CHECK enum yh_rc yh_items_read(const json_t *list, struct yh_arena *arena,
				  struct yh_item_row **out, size_t *n, struct yh_err *err);

/* The same, and of a list that is refused the first fault of each item is in `faults`, at most
 * YH_ITEMS_FAULTS of them. */
enum { YH_ITEMS_FAULTS = 50 };
YH_CHECK enum yh_rc yh_items_read_all(const json_t *list, struct yh_arena *arena,
				      struct yh_item_row **out, size_t *n, struct yh_faults *faults,
				      struct yh_err *err);

/* Writes one item in the same shape; equal items give equal bytes. */
void yh_item_write(struct yh_jw *w, const char *key, const struct yh_item_row *item);
/* `key` with the tiers of its price: from which quantity on, and what it is. */
void yh_item_write_tiers(struct yh_jw *w, const char *key, const struct yh_item_row *item);
/* Members of the open object: package and metered, where they are. */
void yh_item_write_pricing(struct yh_jw *w, const struct yh_item_row *item);

#endif
