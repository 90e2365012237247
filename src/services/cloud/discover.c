/* Machines that the register does not know, as rows of an opening balance: what can be known of
 * them is filled in, and whose they are is left to whoever enters them. */
#include "services/cloud/discover.h"

#include <string.h>

#include "base/json.h"
#include "base/num.h"

enum { NAME_CHARS = 100 };

/* A line of at most so many characters. */
static const char *line_of(struct yh_arena *arena, const char *text)
{
	char *out = yh_arena_strdup(arena, text);
	size_t chars = 0;

	for (char *p = out; p && *p; p++) {
		if (((unsigned char)*p & 0xC0) != 0x80 && ++chars > NAME_CHARS) {
			*p = 0;
			break;
		}
		if ((unsigned char)*p < 0x20 || *p == 0x7F)
			*p = ' ';
	}
	return out;
}

static int64_t dim_of(const json_t *dims, const char *name)
{
	return json_integer_value(json_object_get(dims, name));
}

/* How many of an item a machine is, in milli; 0: it is none. Of a machine it is one, of storage
 * there may be any number. */
static int64_t quantity_of(const struct yh_item_row *item, const json_t *dims)
{
	bool machine = dim_of(dims, "vcpu") > 0, has_cpu = false;
	int64_t q = 0;

	for (size_t i = 0; i < item->n_dims; i++) {
		const struct yh_item_dim *d = &item->dims[i];
		int64_t have = dim_of(dims, d->dim), one;

		if (d->qty_milli <= 0 || have <= 0 || have > YH_QTY_MILLI_MAX)
			return 0;
		one = (int64_t)((__int128)have * 1000 / d->qty_milli);
		if ((__int128)one * d->qty_milli != (__int128)have * 1000 || (q && q != one))
			return 0;
		q = one;
		has_cpu = has_cpu || strcmp(d->dim, "vcpu") == 0;
	}
	return machine != has_cpu || (machine && q != 1000) ? 0 : q;
}

enum yh_rc yh_cloud_discover(struct yh_arena *arena, const struct yh_cloud_difference_row *d,
			     const struct yh_item_row *items, size_t n, struct yh_discovered *out,
			     struct yh_err *err)
{
	YH_JSON_AUTO dims = json_loads(d->dims, 0, NULL);
	char text[YH_SCALED_TEXT];
	int64_t q = 0;

	*out = (struct yh_discovered){
		.name = line_of(arena, d->name), .ref = d->ref, .item = "", .quantity = "1"
	};
	for (size_t i = 0; !q && i < n; i++) {
		q = quantity_of(&items[i], dims);
		if (q)
			out->item = items[i].code;
	}
	if (q)
		out->quantity = yh_arena_strdup(arena, yh_scaled_text(q, 3, text));
	return out->name && out->quantity ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
