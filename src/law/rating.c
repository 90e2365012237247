/* Rating: a tariff's price of a quantity, its share of the time, and the one rounding. */
#include "law/rating.h"

#include <assert.h>
#include <string.h>

enum { HOUR_S = 3600, DAY_S = 86400, PERIODS = 4 };

static bool word_at(const char *const *words, size_t n, const char *word, size_t *at)
{
	for (*at = 0; *at < n; ++*at)
		if (strcmp(words[*at], word) == 0)
			return true;
	return false;
}

bool yh_per_parse(const char *word, enum yh_per *out)
{
	static const char *const words[] = { "hour", "day", "month", "year", "use" };
	size_t at;

	if (!word_at(words, sizeof words / sizeof words[0], word, &at))
		return false;
	*out = (enum yh_per)at;
	return true;
}

bool yh_mode_parse(const char *word, enum yh_mode *out)
{
	static const char *const words[] = { "flat", "graduated", "volume", "package" };
	size_t at;

	if (!word_at(words, sizeof words / sizeof words[0], word, &at))
		return false;
	*out = (enum yh_mode)at;
	return true;
}

static const char *fault_of_steps(const struct yh_tariff *t)
{
	if (t->n_steps == 0 || t->steps[0].from_milli != 0 ||
	    (t->mode == YH_MODE_FLAT && t->n_steps != 1))
		return "steps";
	for (size_t i = 0; i < t->n_steps; i++) {
		const struct yh_price_step *s = &t->steps[i];

		if (i > 0 && s->from_milli <= s[-1].from_milli)
			return "steps";
		if (t->mode == YH_MODE_PACKAGE && s->from_milli % 1000 != 0)
			return "steps";
		if (s->price_e6 < 0)
			return "price";
	}
	return NULL;
}

enum yh_rc yh_tariff_check(const struct yh_tariff *t, struct yh_err *err)
{
	const char *what = fault_of_steps(t);

	if (!what && t->free_milli < 0)
		what = "free";
	if (!what && t->minimum_e6 < 0)
		what = "minimum";
	if (!what && t->mode == YH_MODE_PACKAGE && t->package_milli <= 0)
		what = "package";
	if (!what)
		return YH_OK;
	yh_fail(err, YH_BAD_INPUT, "tariff-invalid");
	yh_err_text(err, "what", what);
	return YH_BAD_INPUT;
}

/* ---- months ---- */

static int64_t common_multiple(int64_t a, int64_t b)
{
	int64_t x = a, y = b;

	while (y != 0) {
		int64_t rest = x % y;

		x = y;
		y = rest;
	}
	return a / x * b;
}

static void set_periods(struct yh_rating *r, int64_t month_s, int64_t year_s)
{
	const int64_t periods[PERIODS] = { HOUR_S, DAY_S, month_s, year_s };

	r->unit = r->to_s - r->from_s;
	for (size_t i = 0; i < PERIODS; i++)
		r->unit = common_multiple(r->unit, periods[i]);
	for (size_t i = 0; i < PERIODS; i++) {
		r->period_s[i] = periods[i];
		r->per_second[i] = r->unit / periods[i];
	}
}

enum yh_rc yh_rating_init(struct yh_rating *r, int year, int month,
			  const struct yh_period_rules *rules, struct yh_err *err)
{
	int days, month_days, year_days;
	yh_day first;

	if (month < 1 || month > 12 || year < 2000 || year > 9999)
		return yh_fail(err, YH_BAD_INPUT, "month-invalid");
	if ((rules->month_days != 0 && rules->month_days != 30) ||
	    (rules->year_days != 0 && rules->year_days != 360 && rules->year_days != 365 &&
	     rules->year_days != -1)) {
		yh_fail(err, YH_BAD_INPUT, "period-rules-invalid");
		yh_err_int(err, "month_days", rules->month_days);
		yh_err_int(err, "year_days", rules->year_days);
		return YH_BAD_INPUT;
	}
	days = yh_days_in_month(year, month);
	month_days = rules->month_days ? rules->month_days : days;
	year_days = rules->year_days > 0    ? rules->year_days
		    : rules->year_days == 0 ? 337 + yh_days_in_month(year, 2)
					    : 12 * month_days;
	first = yh_day_from_date((struct yh_date){ year, month, 1 });
	r->from_s = yh_day_start(first) / YH_US_PER_S;
	r->to_s = r->from_s + (int64_t)days * DAY_S;
	set_periods(r, (int64_t)month_days * DAY_S, (int64_t)year_days * DAY_S);
	return YH_OK;
}

void yh_rating_any_month(struct yh_rating *r)
{
	r->from_s = 0;
	r->to_s = (int64_t)30 * DAY_S;
	set_periods(r, r->to_s, 12 * r->to_s);
}

int64_t yh_rating_seconds(const struct yh_rating *r, yh_time from, yh_time to)
{
	/* no month begins before 1970, where a quotient would not fall back */
	int64_t a = from / YH_US_PER_S, b = to == 0 ? r->to_s : to / YH_US_PER_S;

	a = a < r->from_s ? r->from_s : a;
	b = b > r->to_s ? r->to_s : b;
	return b > a ? b - a : 0;
}

/* ---- prices ---- */

/* p * m, both at least 0; false beyond all measure. By halves, since clang's own check of a product
 * of 128 bits wants a run-time library that gcc's does not have. */
static inline bool times(yh_amount p, int64_t m, yh_amount *out)
{
	unsigned __int128 x = (unsigned __int128)p, factor = (uint64_t)m;
	unsigned __int128 low = (uint64_t)x * factor, high = (x >> 64) * factor;

	high += low >> 64;
	if (high >> 63)
		return false;
	*out = (yh_amount)(high << 64 | (uint64_t)low);
	return true;
}

static int64_t charged(const struct yh_tariff *t, int64_t qty_milli)
{
	return qty_milli > t->free_milli ? qty_milli - t->free_milli : 0;
}

/* yuan * 10^9 of [from, to), each part at its own step's price. Below 2^126: a quantity of 64 bits
 * at a price of 64 bits. */
static yh_amount graduated(const struct yh_tariff *t, int64_t from, int64_t to)
{
	yh_amount sum = 0;

	for (size_t i = 0; i < t->n_steps && t->steps[i].from_milli < to; i++) {
		const struct yh_price_step *s = &t->steps[i];
		int64_t a = from > s->from_milli ? from : s->from_milli;
		int64_t b = i + 1 < t->n_steps && to > s[1].from_milli ? s[1].from_milli : to;

		if (b > a)
			sum += (yh_amount)(b - a) * s->price_e6;
	}
	return sum;
}

static int64_t price_reached(const struct yh_tariff *t, int64_t qty_milli)
{
	size_t i = t->n_steps - 1;

	while (i > 0 && t->steps[i].from_milli > qty_milli)
		i--;
	return t->steps[i].price_e6;
}

/* Packages that are needed for a quantity, in thousandths; false for more than can be counted. */
static bool packages(const struct yh_tariff *t, int64_t qty_milli, int64_t *out)
{
	int64_t whole = qty_milli / t->package_milli + (qty_milli % t->package_milli != 0);

	return !__builtin_mul_overflow(whole, (int64_t)1000, out);
}

/* yuan * 10^9 of what is charged of [from, to) where the whole is `all`. */
static inline bool price_between(const struct yh_tariff *t, int64_t from, int64_t to, int64_t all,
				 yh_amount *out)
{
	int64_t a = charged(t, from), b = charged(t, to);

	assert(t->n_steps > 0);
	switch (t->mode) {
	case YH_MODE_FLAT:
		*out = (yh_amount)(b - a) * t->steps[0].price_e6;
		return true;
	case YH_MODE_VOLUME:
		*out = (yh_amount)(b - a) * price_reached(t, charged(t, all));
		return true;
	case YH_MODE_GRADUATED:
		*out = graduated(t, a, b);
		return true;
	case YH_MODE_PACKAGE:
		if (!packages(t, a, &a) || !packages(t, b, &b))
			return false;
		*out = graduated(t, a, b);
		return true;
	}
	return false;
}

static enum yh_rc too_large(struct yh_err *err)
{
	return yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
}

enum yh_rc yh_rating_add_time(const struct yh_rating *r, const struct yh_tariff *t,
			      int64_t qty_milli, int64_t seconds, yh_amount *sum,
			      struct yh_err *err)
{
	yh_amount price, least = (yh_amount)t->minimum_e6 * 1000, cost;
	int64_t share;

	if (t->per >= YH_PER_USE)
		return yh_fail(err, YH_BAD_INPUT, "price-per-use");
	if (qty_milli < 0 || seconds < 0)
		return yh_fail(err, YH_BAD_INPUT, "quantity-negative");
	if (seconds == 0)
		return YH_OK;
	if (!price_between(t, 0, qty_milli, qty_milli, &price))
		return too_large(err);
	if (qty_milli > 0 && price < least)
		price = least;
	if (__builtin_mul_overflow(seconds, r->per_second[t->per], &share) ||
	    !times(price, share, &cost) || __builtin_add_overflow(*sum, cost, &cost))
		return too_large(err);
	*sum = cost;
	return YH_OK;
}

/* The quantity of all parts. */
static enum yh_rc add_parts(const struct yh_use_part *parts, size_t n, int64_t *all,
			    struct yh_err *err)
{
	*all = 0;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].tariff->per != YH_PER_USE)
			return yh_fail(err, YH_BAD_INPUT, "price-per-time");
		if (parts[i].qty_milli < 0 || parts[i].seconds < 0)
			return yh_fail(err, YH_BAD_INPUT, "quantity-negative");
		if (__builtin_add_overflow(*all, parts[i].qty_milli, all))
			return too_large(err);
	}
	return YH_OK;
}

enum yh_rc yh_rating_add_use(const struct yh_rating *r, struct yh_use_part *parts, size_t n,
			     yh_amount *sum, struct yh_err *err)
{
	int64_t all, used = 0, of_month = r->unit / (r->to_s - r->from_s);
	yh_amount cost = 0, least = 0, total;
	enum yh_rc rc = add_parts(parts, n, &all, err);

	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n; i++) {
		const struct yh_tariff *t = parts[i].tariff;
		yh_amount price, min;
		int64_t share;

		if (!price_between(t, used, used + parts[i].qty_milli, all, &price) ||
		    !times(price, r->unit, &parts[i].amount) ||
		    __builtin_add_overflow(cost, parts[i].amount, &cost) ||
		    __builtin_mul_overflow(parts[i].seconds, of_month, &share) ||
		    !times((yh_amount)t->minimum_e6 * 1000, share, &min) ||
		    __builtin_add_overflow(least, min, &least))
			return too_large(err);
		used += parts[i].qty_milli;
	}
	if (all > 0 && cost < least) {
		parts[n - 1].amount += least - cost;
		cost = least;
	}
	if (__builtin_add_overflow(*sum, cost, &total))
		return too_large(err);
	*sum = total;
	return YH_OK;
}

/* ---- the rounding ---- */

enum yh_rc yh_rating_fen(const struct yh_rating *r, yh_amount sum, int64_t factor_e6, int64_t *fen,
			 struct yh_err *err)
{
	const unsigned __int128 million = 1000000, fen_unit = (unsigned __int128)r->unit * 10000000;
	const unsigned __int128 whole = fen_unit * million;
	unsigned __int128 left = sum < 0 ? -(unsigned __int128)sum : (unsigned __int128)sum;
	unsigned __int128 rest, out;
	yh_amount times_factor;

	if (factor_e6 < 0)
		return yh_fail(err, YH_BAD_INPUT, "factor-invalid");
	/* whole fen and the rest of one apart, since the product may not fit */
	if (!times((yh_amount)(left / fen_unit), factor_e6, &times_factor))
		return too_large(err);
	rest = (unsigned __int128)times_factor % million * fen_unit +
	       left % fen_unit * (uint64_t)factor_e6;
	out = (unsigned __int128)times_factor / million + rest / whole;
	rest %= whole;
	if (rest * 2 > whole || (rest * 2 == whole && out % 2 != 0))
		out++;
	if (out > (unsigned __int128)INT64_MAX)
		return too_large(err);
	*fen = sum < 0 ? -(int64_t)out : (int64_t)out;
	return YH_OK;
}
