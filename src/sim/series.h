/* Series of samples, told to the meter as a remote write 1.0 import would be. */
#ifndef YH_SIM_SERIES_H
#define YH_SIM_SERIES_H

#include "base/buf.h"
#include "sim/city.h"

#define SIM_BODY_BYTES ((size_t)8 * 1024 * 1024)

/* A series: its labels by name, "__name__" first, then its samples by time. */
void sim_put_label(struct yh_buf *series, const char *name, const char *value);
void sim_put_sample(struct yh_buf *series, double v, int64_t at_ms);
void sim_put_series(struct yh_buf *body, const struct yh_buf *series);
/* Sends a body (at most SIM_BODY_BYTES) with the cloud's own token, and waits. */
YH_CHECK enum yh_rc sim_write_body(struct sim *s, const struct yh_id *cloud, const char *cloud_code,
				   const struct yh_buf *body, struct yh_err *err);

#endif
