/* A month's price. */
#include "law/price.h"

#include <string.h>

#define FEN ((yh_price)12 * 10000000)

/* yuan * 10^9 of one period */
static yh_price of_period(const struct yh_tariff *t, int64_t qty_milli)
{
	int64_t q = qty_milli > t->free_milli ? qty_milli - t->free_milli : 0;
	yh_price sum = 0, least = (yh_price)t->minimum_e6 * 1000;
	bool graduated = strcmp(t->mode, "graduated") == 0;

	for (size_t i = 0; i < t->n_steps && q > 0; i++) {
		const struct yh_price_step *s = &t->steps[i];
		bool last = i + 1 == t->n_steps || q <= t->steps[i + 1].from_milli;
		int64_t to = last ? q : t->steps[i + 1].from_milli;

		if (graduated && to > s->from_milli)
			sum += (yh_price)(to - s->from_milli) * s->price_e6;
		/* at its very beginning a step already holds for the whole */
		if (!graduated && q >= s->from_milli)
			sum = (yh_price)q * s->price_e6;
		if (graduated && last)
			break;
	}
	return qty_milli > 0 && sum < least ? least : sum;
}

bool yh_price_month(const struct yh_tariff *t, int64_t qty_milli, yh_price *out)
{
	static const struct {
		const char *per;
		int twelfths;
	} units[] = {
		{ "hour", 12 * 30 * 24 }, { "day", 12 * 30 }, { "month", 12 }, { "year", 1 }
	};

	if (qty_milli < 0)
		return false;
	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (strcmp(units[i].per, t->per) == 0) {
			*out = of_period(t, qty_milli) * units[i].twelfths;
			return *out < (yh_price)INT64_MAX * FEN;
		}
	return false;
}

int64_t yh_price_fen(yh_price p)
{
	yh_price q = p / FEN, rest = p % FEN;

	if (rest < 0) {
		rest += FEN;
		q--;
	}
	if (rest * 2 > FEN || (rest * 2 == FEN && q % 2 != 0))
		q++;
	return (int64_t)q;
}
