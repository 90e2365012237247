/* A straight line through monthly figures by ordinary least squares, where it reaches an amount,
 * and how sure that is (Art. 8; beyond the measures). Pure. */
#ifndef YH_LAW_FORECAST_H
#define YH_LAW_FORECAST_H

#include "base/err.h"

enum {
	YH_FORECAST_LEAST = 4,  /* figures: of fewer no error can be told that would be worth it */
	YH_FORECAST_MOST = 120, /* figures, and months looked ahead */
};

/* figure = at_last + rise * months behind the last figure. */
struct yh_forecast {
	size_t n;                  /* figures it comes from */
	double rise, at_last;      /* a month; the line's value at the last figure */
	double error;              /* standard error of the figures about the line */
	double quantile;           /* Student's t for the band, n - 2 degrees of freedom */
	double middle, square_sum; /* of the months, for the band's width */
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
/* So many months behind the last figure, 0: with it. */
struct yh_forecast_at yh_forecast_at(const struct yh_forecast *f, int months);

/* Months from the last figure until an amount is reached: by the line, by the band's upper bound
 * and by its lower; -1: not within `horizon` months (at most YH_FORECAST_MOST). 0: by now. */
struct yh_forecast_reach {
	int expected, earliest, latest;
};
struct yh_forecast_reach yh_forecast_reach(const struct yh_forecast *f, double amount, int horizon);

/* The t that |T| stays within with a probability, 0 < share < 1, of Student's distribution with
 * `freedom` >= 1 degrees. */
double yh_student_t(double share, size_t freedom);

#endif
