/* How instants, lengths and series of the meter are written. */
#include "api/meter_text.h"

#include <string.h>

/* Years 1970..2199: days and instants stay what base/time.h knows. */
static const int64_t far_ms = INT64_C(7258118400000);

static enum yh_rc invalid(const char *slug, const char *field, struct yh_err *err)
{
	return yh_fail_field(err, YH_BAD_INPUT, slug, field);
}

static bool read_length(const char *s, int64_t *out_ms)
{
	static const char units[] = "smhd";
	static const int64_t ms[] = { 1000, 60000, 3600000, 86400000 };
	size_t n = strspn(s, "0123456789");
	const char *unit = n > 0 && n <= 6 && s[n] ? strchr(units, s[n]) : NULL;
	int64_t v = 0;

	if (!unit || s[n + 1])
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (s[i] - '0');
	*out_ms = v * ms[unit - units];
	return v > 0;
}

enum yh_rc yh_meter_length(const char *text, const char *field, int64_t otherwise_ms,
			   int64_t *out_ms, struct yh_err *err)
{
	*out_ms = otherwise_ms;
	return !text || read_length(text, out_ms) ? YH_OK : invalid("length-invalid", field, err);
}

enum yh_rc yh_meter_instant(const char *text, const char *field, int64_t now_ms,
			    int64_t otherwise_ms, int64_t *out_ms, struct yh_err *err)
{
	yh_time t;
	yh_day day;

	*out_ms = otherwise_ms;
	if (!text)
		return YH_OK;
	if (strcmp(text, "now") == 0)
		*out_ms = now_ms;
	else if (text[0] == '-' && read_length(text + 1, out_ms))
		*out_ms = now_ms - *out_ms;
	else if (yh_day_parse(text, &day, NULL) == YH_OK)
		*out_ms = yh_day_start(day) / 1000;
	else if (yh_time_parse(text, &t, NULL) == YH_OK)
		*out_ms = t / 1000;
	else
		return invalid("instant-invalid", field, err);
	return *out_ms > -far_ms && *out_ms < far_ms ? YH_OK
						     : invalid("instant-invalid", field, err);
}

void yh_meter_write_ms(struct yh_jw *w, const char *key, int64_t ms)
{
	yh_jw_time(w, key, ms * 1000);
}

void yh_meter_write_name(struct yh_jw *w, const struct yh_meter_name *s)
{
	if (s->resource[0])
		yh_jw_str(w, "resource", s->resource);
	yh_jw_str(w, "metric", s->metric);
	yh_jw_obj(w, "labels");
	for (size_t i = 0; i < s->n_labels; i++)
		yh_jw_str(w, s->labels[i].name, s->labels[i].value);
	yh_jw_end_obj(w);
	yh_jw_str(w, "measure", yh_meter_measure(s->metric));
}

void yh_meter_write_line(struct yh_jw *w, const struct yh_meter_line *l)
{
	yh_meter_write_name(w, &l->series);
	yh_meter_write_ms(w, "at", l->at_ms);
	yh_jw_real(w, "value", l->value);
}
