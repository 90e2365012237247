/* How figures at the ends of months go on by the mean of their monthly changes, when they reach an
 * amount, and how sure that is (Art. 8; beyond the measures). What stands at the end of a month
 * stands on what stood there before, so it is the changes that are taken for independent, not the
 * figures about a line. Pure. */
#ifndef YH_LAW_FORECAST_H
#define YH_LAW_FORECAST_H

#include "base/err.h"

enum {
	YH_FORECAST_LEAST = 4,  /* figures: of fewer no error can be told that would be worth it */
	YH_FORECAST_MOST = 120, /* figures, and months looked ahead */
};

/* figure = last + rise * months behind it. */
struct yh_forecast {
	size_t n;        /* figures it comes from, of n - 1 changes */
	double last;     /* the last of them */
	double rise;     /* mean change of a month */
	double error;    /* standard deviation of the changes */
	double quantile; /* Student's t for the band, n - 2 degrees of freedom */
};

/* `figures` are of successive months. `band` is the share of later figures the band is to hold,
 * 0 < band < 1. REFUSED "forecast-months-few" (figures months, least) for fewer than
 * YH_FORECAST_LEAST; BAD_INPUT "forecast-months-many" (max), "number-invalid" for a band or a
 * figure that is none. */
YH_CHECK enum yh_rc yh_forecast_fit(const double *figures, size_t n, double band,
				    struct yh_forecast *out, struct yh_err *err);

struct yh_forecast_at {
	double expected, low, high; /* high - expected: the prediction interval's half */
};
/* So many months h >= 0 behind the last figure; 0: that figure itself. Half the band is
 * t * error * sqrt(h + h^2 / (n - 1)): h changes to come, and a mean of n - 1. */
struct yh_forecast_at yh_forecast_at(const struct yh_forecast *f, int months);

/* Months from the last figure until an amount is reached: as expected, by the band's upper bound
 * and by its lower: the first of `from` to `horizon` (at most YH_FORECAST_MOST), -1: none of them.
 * 0 is all three, exactly when the last figure has it. */
struct yh_forecast_reach {
	int expected, earliest, latest;
};
struct yh_forecast_reach yh_forecast_reach(const struct yh_forecast *f, double amount, int from,
					   int horizon);

/* The t that |T| stays within with a probability, 0 < share < 1, of Student's distribution with
 * `freedom` >= 1 degrees. */
double yh_student_t(double share, size_t freedom);

#endif
