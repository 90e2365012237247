/* How monthly figures go on, and how sure that is. */
#include "law/forecast.h"

#include <assert.h>
#include <math.h>

/* P(|T| <= t) in closed form, for whole degrees of freedom (Abramowitz and Stegun 26.7.3, 26.7.4).
 */
static double within(double t, size_t freedom)
{
	double angle = atan(t / sqrt((double)freedom)), c = cos(angle), s = sin(angle);
	bool odd = freedom % 2 == 1;
	double term = odd ? c : 1, sum = freedom > 1 ? term : 0;

	for (size_t k = odd ? 3 : 2; k + 2 <= freedom; k += 2) {
		term *= c * c * (double)(k - 1) / (double)k;
		sum += term;
	}
	return odd ? (angle + s * sum) / acos(0) : s * sum;
}

double yh_student_t(double share, size_t freedom)
{
	double low = 0, high = 1;

	assert(share > 0 && share < 1 && freedom >= 1);
	while (within(high, freedom) < share && high < 1e12)
		high *= 2;
	for (int i = 0; i < 100; i++) {
		double middle = (low + high) / 2;

		if (within(middle, freedom) < share)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static enum yh_rc check(const double *figures, size_t n, double band, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	if (n < YH_FORECAST_LEAST) {
		rc = yh_fail(err, YH_REFUSED, "forecast-months-few");
		yh_err_int(err, "months", (int64_t)n);
		yh_err_int(err, "least", YH_FORECAST_LEAST);
	} else if (n > YH_FORECAST_MOST) {
		rc = yh_fail(err, YH_BAD_INPUT, "forecast-months-many");
		yh_err_int(err, "max", YH_FORECAST_MOST);
	} else if (!(band > 0 && band < 1)) {
		rc = yh_fail(err, YH_BAD_INPUT, "number-invalid");
	}
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (!isfinite(figures[i]))
			rc = yh_fail(err, YH_BAD_INPUT, "number-invalid");
	return rc;
}

enum yh_rc yh_forecast_fit(const double *figures, size_t n, double band, struct yh_forecast *out,
			   struct yh_err *err)
{
	enum yh_rc rc = check(figures, n, band, err);
	double changes, left = 0;

	if (rc != YH_OK)
		return rc;
	changes = (double)(n - 1);
	*out = (struct yh_forecast){ .n = n, .last = figures[n - 1] };
	for (size_t i = 1; i < n; i++)
		out->rise += (figures[i] - figures[i - 1]) / changes;
	for (size_t i = 1; i < n; i++) {
		double off = figures[i] - figures[i - 1] - out->rise;

		left += off * off;
	}
	out->error = sqrt(left / (changes - 1));
	out->quantile = yh_student_t(band, n - 2);
	return YH_OK;
}

struct yh_forecast_at yh_forecast_at(const struct yh_forecast *f, int months)
{
	double h = months, changes = (double)(f->n - 1);
	double expected = f->last + f->rise * h;
	double half = f->quantile * f->error * sqrt(h + h * h / changes);

	return (struct yh_forecast_at){ expected, expected - half, expected + half };
}

struct yh_forecast_reach yh_forecast_reach(const struct yh_forecast *f, double amount, int from,
					   int horizon)
{
	struct yh_forecast_reach r = { -1, -1, -1 };

	assert(from >= 0 && horizon >= 0 && horizon <= YH_FORECAST_MOST);
	for (int m = horizon; m >= from; m--) {
		struct yh_forecast_at at = yh_forecast_at(f, m);

		if (at.expected >= amount)
			r.expected = m;
		if (at.high >= amount)
			r.earliest = m;
		if (at.low >= amount)
			r.latest = m;
	}
	return r;
}
