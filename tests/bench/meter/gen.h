/* The workloads of the meter's benchmarks, the same bytes at every run with the same base instant.
 *
 * W1    10,000 resources x 10 metrics, 15 s ticks, 10,000 series a body
 * W1s   the same, the order of the series shuffled in every tick, each staying on its connection
 *       as those of a sender do
 * W1x   the same, shuffled over all bodies, so that instants overtake each other
 * W1M   100,000 resources x 10 metrics
 * Q30   one CPU metric, 5 min ticks, every fifth resource idle; 1,250 series x 8 ticks a body
 * U1h   what the watch looks at, of 100,000 machines by the hour for 31 days, every fifth idle
 * U5m   the same of 10,000 machines every 5 minutes
 * A body belongs to a lane; but for W1x, within a lane the instants of a series ascend from body to
 * body. */
#ifndef YH_BENCH_METER_GEN_H
#define YH_BENCH_METER_GEN_H

#include <stddef.h>
#include <stdint.h>

enum { GEN_LANES = 4 };

struct gen {
	const char *name;
	unsigned resources, metrics, ticks, step_s;
	unsigned series_a_body, ticks_a_body;
	int shuffled; /* 1: each within its body, 2: over all of a tick's */
};

/* NULL: no such workload. */
const struct gen *gen_find(const char *name);

/* "R2026…" of resource `i`. */
enum { GEN_RESOURCE_TEXT = 16 };
void gen_resource(unsigned i, char out[GEN_RESOURCE_TEXT]);

/* Every body in turn, snappy-compressed; `take` returns 0 to go on. */
typedef int (*gen_fn)(void *arg, unsigned lane, unsigned samples, const void *body, size_t n);
int gen_run(const struct gen *g, int64_t base_ms, gen_fn take, void *arg);

#endif
