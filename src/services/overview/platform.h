/* How a cloud's platform does, as the meter knows it (Art. 13): hosts, capacity, load. Called
 * outside of transactions; everything returned is in the arena. */
#ifndef YH_SERVICES_OVERVIEW_PLATFORM_H
#define YH_SERVICES_OVERVIEW_PLATFORM_H

#include "services/meter/view.h"
#include "store/party.h"

enum { YH_LOAD_POINTS = 288, YH_LOAD_STEP_MS = 300000 };

struct yh_platform_cloud {
	struct yh_cloud_row row;
	const char **providers;
	size_t n_providers;
	/* as the meter says */
	struct yh_meter_line *lines;
	size_t n;
	int64_t heard_ms; /* of the newest line; where there is none, of the newest usage of a
			     resource that the cloud's own senders told; 0: never */
};
/* Every cloud with its providers, by code; in a transaction. */
YH_CHECK enum yh_rc yh_platform_clouds(struct yh_tx *tx, struct yh_arena *arena,
				       struct yh_platform_cloud **out, size_t *n,
				       struct yh_err *err);
/* Fills the lines; without a meter there are none. */
YH_CHECK enum yh_rc yh_platform_read(const struct yh_world *world, struct yh_platform_cloud *clouds,
				     size_t n, struct yh_arena *arena, struct yh_err *err);

struct yh_load {
	double cores, used_cores, memory_bytes, used_memory_bytes; /* of hosts that tell both */
	int64_t hosts, hosts_up;
	int64_t at_ms; /* of the newest sample; 0: none */
};
/* Adds what a cloud's lines say. */
void yh_platform_load(const struct yh_platform_cloud *c, struct yh_load *sum);
/* Of a dimension: *total or *used stays as it is where nobody tells. */
void yh_platform_capacity(const struct yh_platform_cloud *c, const char *dimension, double *total,
			  double *used);
/* The value of a series' label; "" without one. */
const char *yh_platform_label(const struct yh_meter_name *series, const char *name);

/* The last day in points of five minutes: used cores and memory by the cores and memory of all
 * hosts that told; NaN where none did. Points begin at from_ms. */
struct yh_load_day {
	int64_t from_ms;
	double cpu[YH_LOAD_POINTS], memory[YH_LOAD_POINTS];
};
YH_CHECK enum yh_rc yh_platform_day(const struct yh_world *world,
				    const struct yh_platform_cloud *clouds, size_t n, yh_time now,
				    struct yh_arena *arena, struct yh_load_day *out,
				    struct yh_err *err);

#endif
