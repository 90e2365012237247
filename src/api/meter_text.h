/* How instants, lengths and series of the meter are written in requests and replies. */
#ifndef YH_API_METER_TEXT_H
#define YH_API_METER_TEXT_H

#include "http/op.h"
#include "services/meter/view.h"

/* "2026-11-25T08:00:00+08:00", "2026-11-25" (when that day begins), "-24h" (that long before now)
 * or "now"; NULL: `otherwise`. BAD_INPUT "instant-invalid" with the field. */
YH_CHECK enum yh_rc yh_meter_instant(const char *text, const char *field, int64_t now_ms,
				     int64_t otherwise_ms, int64_t *out_ms, struct yh_err *err);
/* "30s", "5m", "1h", "30d"; NULL: `otherwise`. BAD_INPUT "length-invalid" with the field. */
YH_CHECK enum yh_rc yh_meter_length(const char *text, const char *field, int64_t otherwise_ms,
				    int64_t *out_ms, struct yh_err *err);

/* Members "resource" (unless it has none), "metric", "labels" and "measure". */
void yh_meter_write_name(struct yh_jw *w, const struct yh_meter_name *s);
/* The same with "at" and "value". */
void yh_meter_write_line(struct yh_jw *w, const struct yh_meter_line *l);
void yh_meter_write_ms(struct yh_jw *w, const char *key, int64_t ms);

#endif
