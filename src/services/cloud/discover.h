/* Machines that the register does not know, for an opening balance (A10.2). */
#ifndef YH_SERVICES_CLOUD_DISCOVER_H
#define YH_SERVICES_CLOUD_DISCOVER_H

#include "store/catalogue.h"
#include "store/cloud_check.h"

struct yh_discovered {
	const char *name, *ref;
	const char *item;     /* of the edition, when one has just such a size; "" */
	const char *quantity; /* of it */
};
/* `d` is an unregistered machine. Texts are in the arena, the item's and the row's own. */
YH_CHECK enum yh_rc yh_cloud_discover(struct yh_arena *arena,
				      const struct yh_cloud_difference_row *d,
				      const struct yh_item_row *items, size_t n,
				      struct yh_discovered *out, struct yh_err *err);

#endif
