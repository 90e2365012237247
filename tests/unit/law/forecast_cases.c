/* Forecasts of what stands on the input, for forecast_oracle.py: a line "BAND AMOUNT HORIZON MONTHS
 * N FIGURE …" gives "rise last error quantile expected low high reach earliest latest". */
#include <stdio.h>

#include "law/forecast.h"

int main(void)
{
	double band, amount, figures[YH_FORECAST_MOST];
	int horizon, months;
	size_t n;

	while (scanf("%lf %lf %d %d %zu", &band, &amount, &horizon, &months, &n) == 5) {
		struct yh_forecast f;
		struct yh_forecast_at at;
		struct yh_forecast_reach r;
		struct yh_err err = { 0 };

		for (size_t i = 0; i < n && i < YH_FORECAST_MOST; i++)
			if (scanf("%lf", &figures[i]) != 1)
				return 1;
		if (yh_forecast_fit(figures, n, band, &f, &err) != YH_OK) {
			(void)printf("%s\n", err.slug);
			continue;
		}
		at = yh_forecast_at(&f, months);
		r = yh_forecast_reach(&f, amount, months % 2, horizon);
		(void)printf("%.17g %.17g %.17g %.17g %.17g %.17g %.17g %d %d %d\n", f.rise, f.last,
			     f.error, f.quantile, at.expected, at.low, at.high, r.expected,
			     r.earliest, r.latest);
	}
	return 0;
}
