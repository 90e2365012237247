/* What the use of a month costs (Art. 27). Pure and exact: amounts are fractions over one common
 * denominator of the month, and a line is rounded once, at the very end.
 *
 * Time-priced items (per hour, day, month or year) are charged by the second: the tariff gives the
 * price of a quantity for one period, and an interval its share of the period. Tiers, free
 * quantities and minima are those of the quantity held, so they shrink with the time it is held.
 * Items priced per use are charged on the quantity of the whole month: it climbs the tiers in the
 * order of time, takes the free quantity first, and each part is priced by the edition in force
 * when it was used.
 *
 * At a step's beginning, exactly: graduated, what lies before it is all at the lower step's price;
 * volume, the step already holds for the whole. What is free is no part of either. */
#ifndef YH_LAW_RATING_H
#define YH_LAW_RATING_H

#include "base/err.h"
#include "base/time.h"

enum yh_per { YH_PER_HOUR, YH_PER_DAY, YH_PER_MONTH, YH_PER_YEAR, YH_PER_USE };
enum yh_mode {
	YH_MODE_FLAT,      /* one price */
	YH_MODE_GRADUATED, /* each part of the quantity at its own step's price */
	YH_MODE_VOLUME,    /* all of it at the price of the step it reaches */
	YH_MODE_PACKAGE    /* in packages of package_milli, begun ones whole; the steps count
			    * packages (1000 is one), each at its own step's price */
};

struct yh_price_step {
	int64_t from_milli, price_e6; /* yuan for a unit (a package) from this quantity on */
};
struct yh_tariff {
	enum yh_per per;
	enum yh_mode mode;
	const struct yh_price_step *steps; /* ascending, the first from 0 */
	size_t n_steps;
	int64_t free_milli; /* taken off first; the steps count what is left */
	int64_t minimum_e6; /* of a period in which there is any quantity; per use: of the month */
	int64_t package_milli;
};
/* False for an unknown word. */
YH_CHECK bool yh_per_parse(const char *word, enum yh_per *out);
YH_CHECK bool yh_mode_parse(const char *word, enum yh_mode *out);
/* BAD_INPUT "tariff-invalid" (figure what: steps, price, free, minimum, package) for what no price
 * can be had from: no step, one out of order, several of a flat price, anything negative, packages
 * of nothing, a step that begins within a package. What follows is for tariffs that passed. */
YH_CHECK enum yh_rc yh_tariff_check(const struct yh_tariff *t, struct yh_err *err);

/* How long a month and a year are: as the pack says (parameters settlement.month_days and
 * settlement.year_days). */
struct yh_period_rules {
	int month_days; /* 0: as the calendar has it; else 30 */
	int year_days;  /* 0: as the calendar has it; 360 or 365; -1: twelve of the months above */
};

/* yuan * 10^9 * `unit` of the month */
typedef __int128 yh_amount;

/* One month under one set of rules. */
struct yh_rating {
	int64_t from_s, to_s; /* the month in seconds since 1970, UTC; [from, to) */
	int64_t period_s[4];  /* of hour, day, month, year */
	int64_t unit; /* the denominator: a multiple of each period_s and of to_s - from_s */
	int64_t per_second[4]; /* unit / period_s */
};
/* BAD_INPUT "month-invalid" unless 1 <= month <= 12 and 2000 <= year <= 9999; BAD_INPUT
 * "period-rules-invalid" (figures month_days, year_days) for other lengths than those above. */
YH_CHECK enum yh_rc yh_rating_init(struct yh_rating *r, int year, int month,
				   const struct yh_period_rules *rules, struct yh_err *err);
/* A month of thirty days that is no particular one, in a year of twelve: for prices "a month". It
 * lies in 1970. */
void yh_rating_any_month(struct yh_rating *r);

/* The part of [from, to) (yh_time; to 0: still so) that lies in the month, in whole seconds: each
 * end falls back to its second, so that neighbours neither overlap nor leave a gap. */
int64_t yh_rating_seconds(const struct yh_rating *r, yh_time from, yh_time to);

/* Adds what `qty_milli` costs for `seconds` of the month. TOO_LARGE "amount-out-of-range" beyond
 * all measure; BAD_INPUT "price-per-use" for a tariff that has no time, "quantity-negative";
 * *sum is then unchanged. */
YH_CHECK enum yh_rc yh_rating_add_time(const struct yh_rating *r, const struct yh_tariff *t,
				       int64_t qty_milli, int64_t seconds, yh_amount *sum,
				       struct yh_err *err);

/* One part of a month's use: what was used while one edition was in force. */
struct yh_use_part {
	const struct yh_tariff *tariff;
	int64_t qty_milli, seconds; /* of the month under this edition: its share of the minimum */
	yh_amount amount;           /* out */
};
/* Prices all parts of a month, in the order of time, into their `amount`s and adds them to *sum.
 * Whether one edition's time is one part or several makes no difference: a part costs what the
 * month costs with it, less what it costs without; by volume, all parts stand on the step that the
 * whole month reaches; a begun package is of the part that began it. The minimum is the month's:
 * each part's for its share of the real month, due once there is any quantity; what is lacking is
 * of the last part. BAD_INPUT "price-per-time" when a tariff is not per use, "quantity-negative",
 * TOO_LARGE "amount-out-of-range"; *sum is then unchanged. */
YH_CHECK enum yh_rc yh_rating_add_use(const struct yh_rating *r, struct yh_use_part *parts,
				      size_t n, yh_amount *sum, struct yh_err *err);

#define YH_FACTOR_ONE INT64_C(1000000)
/* sum * factor_e6 / 10^6 in fen, half to even: the one rounding of a line. BAD_INPUT
 * "factor-invalid" below 0, TOO_LARGE "amount-out-of-range" for what 64 bits do not hold. */
YH_CHECK enum yh_rc yh_rating_fen(const struct yh_rating *r, yh_amount sum, int64_t factor_e6,
				  int64_t *fen, struct yh_err *err);

#endif
