/* A quantile sketch: counts in buckets whose bounds grow log-linearly, 32 to the octave, so that a
 * quantile is off by at most 1/64 of its value (1.6 %). Buckets come from the bits of the double
 * itself; |v| below 2^-20 counts as zero, above 2^40 as 2^40. Sketches add. */
#ifndef YH_METER_SKETCH_H
#define YH_METER_SKETCH_H

#include "base/err.h"

enum { YH_SKETCH_BUCKETS = 2 * 60 * 32 + 1, YH_SKETCH_SPARE = 1 /* always 0 */ };

/* Dense, for adding up; zero it first. */
struct yh_sketch {
	uint64_t count;
	uint32_t low, high; /* buckets in use, high exclusive; equal: none */
	uint32_t n[YH_SKETCH_BUCKETS + YH_SKETCH_SPARE];
};

uint32_t yh_sketch_bucket(double v);       /* NaN must not come in */
double yh_sketch_value(uint32_t bucket);   /* the middle of a bucket */
void yh_sketch_clear(struct yh_sketch *s); /* touches only what is in use */
void yh_sketch_add(struct yh_sketch *s, double v);
/* The values m[i] / pow. */
void yh_sketch_add_scaled(struct yh_sketch *s, const int32_t *m, size_t n, double pow);
/* Nearest rank, 0..1; 0 for an empty one. */
double yh_sketch_quantile(const struct yh_sketch *s, double q);

/* Compact form: only what is in use. At most 7 bytes a used bucket and 8 more. */
size_t yh_sketch_encode(const struct yh_sketch *s, unsigned char *out, size_t room);
/* Adds an encoded sketch in; false when it is malformed. *used: its bytes. */
YH_CHECK bool yh_sketch_merge(struct yh_sketch *s, const unsigned char *in, size_t n, size_t *used);
/* For tests: 0 takes the portable path from here on, 1 the best there is. */
void yh_sketch_vectors(int on);

#endif
