/* Order statistics of whole numbers, in vectors where the processor has them. */
#ifndef YH_METER_PICK_H
#define YH_METER_PICK_H

#include <stddef.h>
#include <stdint.h>

struct yh_spread {
	int64_t min, max;
	__int128 sum;
};
/* n >= 1. */
struct yh_spread yh_spread(const int64_t *v, size_t n);
struct yh_spread yh_spread_narrow(const int32_t *v, size_t n);

/* The k-th smallest (from 0), whose bounds are known; room for n more at `room`. What `v` held may
 * be lost. Never more than 64 passes, whatever comes in. */
int64_t yh_pick(int64_t *v, size_t n, int64_t min, int64_t max, size_t k, int64_t *room);

/* The same of values that differ by less than 2^16; `v` stays as it is. */
int64_t yh_pick_narrow(const int32_t *v, size_t n, int32_t min, int32_t max, size_t k,
		       int16_t *room);

/* For tests: 0 takes the portable path from here on, 1 the best there is. */
void yh_pick_vectors(int on);

/* Doubles as integers of the same order, and back; no NaN. */
int64_t yh_rank_of(double v);
double yh_rank_value(int64_t rank);

#endif
