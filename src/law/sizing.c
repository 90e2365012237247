/* Choosing a smaller size. */
#include "law/sizing.h"

#include <string.h>

static int64_t dim_of(const struct yh_size_item *i, const char *dim)
{
	for (size_t d = 0; d < i->n_dims; d++)
		if (strcmp(i->dims[d].dim, dim) == 0)
			return i->dims[d].qty_milli;
	return 0;
}

static int64_t total(int64_t per_unit, int64_t qty_milli)
{
	__int128 t = (__int128)per_unit * qty_milli / 1000;

	return t > INT64_MAX ? INT64_MAX : (int64_t)t;
}

/* What must be there of a dimension of the present item. */
static int64_t wanted(const struct yh_size_item *now, int64_t qty_milli,
		      const struct yh_size_need *needs, size_t n, const char *dim)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(needs[i].dim, dim) == 0)
			return needs[i].milli;
	return total(dim_of(now, dim), qty_milli);
}

static bool is_size_of(const struct yh_size_item *a, const struct yh_size_item *now)
{
	bool less = false;

	if (a == now)
		return true;
	if (strcmp(a->family, now->family) != 0 || a->n_dims != now->n_dims)
		return false;
	for (size_t d = 0; d < now->n_dims; d++) {
		int64_t its = dim_of(a, now->dims[d].dim);

		if (its == 0)
			return false;
		less = less || its < now->dims[d].qty_milli;
	}
	return less;
}

/* The least orderable quantity of `a` that holds all; 0: none within what is had now. */
static int64_t least_quantity(const struct yh_size_item *a, const struct yh_size_item *now,
			      int64_t qty_milli, const struct yh_size_need *needs, size_t n)
{
	int64_t step = a->step_milli > 0 ? a->step_milli : 1;
	__int128 least = step;

	for (size_t d = 0; d < now->n_dims; d++) {
		const char *dim = now->dims[d].dim;
		__int128 want = (__int128)wanted(now, qty_milli, needs, n, dim) * 1000;
		int64_t each = dim_of(a, dim);
		__int128 q = each > 0 ? (want + each - 1) / each : 0;

		if (each == 0 && want > 0)
			return 0;
		q = (q + step - 1) / step * step;
		least = q > least ? q : least;
		if (least > qty_milli)
			return 0;
	}
	for (size_t d = 0; d < now->n_dims; d++) {
		const char *dim = now->dims[d].dim;

		if (total(dim_of(a, dim), (int64_t)least) >
		    total(now->dims[d].qty_milli, qty_milli))
			return 0;
	}
	return (int64_t)least;
}

bool yh_size_choose(const struct yh_size_item *items, size_t n, size_t now, int64_t qty_milli,
		    const struct yh_size_need *needs, size_t n_needs, struct yh_size_choice *out)
{
	yh_price best, present;
	bool found = false;

	if (!yh_price_month(&items[now].tariff, qty_milli, &present))
		return false;
	best = present;
	for (size_t i = 0; i < n; i++) {
		int64_t q =
			is_size_of(&items[i], &items[now])
				? least_quantity(&items[i], &items[now], qty_milli, needs, n_needs)
				: 0;
		yh_price p;

		if (q == 0 || !yh_price_month(&items[i].tariff, q, &p) || p > best ||
		    (p == best && (!found || strcmp(items[i].code, items[out->item].code) >= 0)))
			continue;
		found = true;
		best = p;
		*out = (struct yh_size_choice){ .item = i, .qty_milli = q };
	}
	if (found) {
		out->now_fen = yh_price_fen(present);
		out->then_fen = yh_price_fen(best);
		out->saves_fen = yh_price_fen(present - best);
	}
	return found;
}
