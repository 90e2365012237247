/* A file of bodies made before the clock starts: {lane, samples, bytes} and the body, again and
 * again. */
#ifndef YH_BENCH_METER_BODIES_H
#define YH_BENCH_METER_BODIES_H

#include <stddef.h>
#include <stdint.h>

struct body {
	unsigned lane, samples;
	size_t at, n; /* where in the file */
};
struct bodies {
	int fd;
	struct body *list;
	size_t n, biggest;
	uint64_t samples;
};

/* Each exits with a message when it fails. */
void bodies_make(const char *path, const char *workload, int64_t base_ms);
void bodies_open(struct bodies *b, const char *path);
void bodies_read(const struct bodies *b, size_t i, void *out);

#endif
