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

bool yh_size_price(const struct yh_tariff *t, int64_t qty_milli, yh_amount *exact, int64_t *fen)
{
	struct yh_rating month;

	yh_rating_any_month(&month);
	*exact = 0;
	return yh_tariff_check(t, NULL) == YH_OK &&
	       yh_rating_add_time(&month, t, qty_milli, month.to_s - month.from_s, exact, NULL) ==
		       YH_OK &&
	       yh_rating_fen(&month, *exact, YH_FACTOR_ONE, fen, NULL) == YH_OK;
}

/* The exact difference, rounded once. */
static int64_t saved(yh_amount present, yh_amount best)
{
	struct yh_rating month;
	int64_t fen = 0;

	yh_rating_any_month(&month);
	/* less than `present`, which could be said in fen */
	return yh_rating_fen(&month, present - best, YH_FACTOR_ONE, &fen, NULL) == YH_OK ? fen : 0;
}

bool yh_size_choose(const struct yh_size_item *items, size_t n, size_t now, int64_t qty_milli,
		    const struct yh_size_need *needs, size_t n_needs, struct yh_size_choice *out)
{
	yh_amount best, present;
	int64_t now_fen, then_fen = 0, fen;
	bool found = false;

	if (!yh_size_price(&items[now].tariff, qty_milli, &present, &now_fen))
		return false;
	best = present;
	for (size_t i = 0; i < n; i++) {
		int64_t q =
			is_size_of(&items[i], &items[now])
				? least_quantity(&items[i], &items[now], qty_milli, needs, n_needs)
				: 0;
		yh_amount p;

		if (q == 0 || !yh_size_price(&items[i].tariff, q, &p, &fen) || p > best ||
		    (p == best && (!found || strcmp(items[i].code, items[out->item].code) >= 0)))
			continue;
		found = true;
		best = p;
		then_fen = fen;
		*out = (struct yh_size_choice){ .item = i, .qty_milli = q };
	}
	if (found) {
		out->now_fen = now_fen;
		out->then_fen = then_fen;
		out->saves_fen = saved(present, best);
	}
	return found;
}
