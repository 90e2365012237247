/* A block of open rows: samples in order of arrival, chained backwards from their series.
 *
 * A row is sixteen bytes: the row before of the same series, milliseconds since the block's base,
 * the value. An instant too far from the base takes a second row that holds it whole. Rows once
 * written never change; a head read under the ingest lock makes its chain readable without it, as
 * long as the block is held. */
#ifndef YH_METER_BLOCK_H
#define YH_METER_BLOCK_H

#include <stdatomic.h>

#include "meter/meter.h"

struct yh_row {
	uint32_t prev, off; /* YH_ROW_WIDE: the instant is in the row before, as bits */
	double value;
};
#define YH_ROW_WIDE UINT32_MAX

struct yh_block {
	_Atomic uint32_t refs;
	uint32_t n, cap;
	int64_t base_ms;
	int64_t opened_ms;      /* when its first row came, by the clock; 0: none yet */
	uint64_t journal_bytes; /* of the bodies it came from */
	uint64_t end_seq;       /* once full: the first journal record that is not in it */
	struct yh_row *row;     /* rows 1..n are row[0..n-1] */
};

/* Samples by time, or by arrival. */
struct yh_points {
	int64_t *at_ms;
	double *values;
	size_t n, cap;
};

/* Room for `cap` rows around `now_ms`; NULL without memory. One reference. */
struct yh_block *yh_block_new(uint32_t cap, int64_t now_ms);
void yh_block_hold(struct yh_block *b);
void yh_block_release(struct yh_block *b);

/* Rows that n samples may take at most. */
static inline uint64_t yh_block_need(uint64_t n)
{
	return 2 * n;
}

/* Appends, the caller having made sure of room; returns the row's number from 1. */
static inline uint32_t yh_block_add(struct yh_block *b, uint32_t prev, int64_t at_ms, double value)
{
	int64_t off = at_ms - b->base_ms;
	struct yh_row *r = &b->row[b->n];

	if (__builtin_expect(off < 0 || off >= (int64_t)YH_ROW_WIDE, 0)) {
		union {
			int64_t i;
			double d;
		} whole = { .i = at_ms };

		*r++ = (struct yh_row){ .value = whole.d };
		*r = (struct yh_row){ prev, YH_ROW_WIDE, value };
		b->n += 2;
		return b->n;
	}
	*r = (struct yh_row){ prev, (uint32_t)off, value };
	return ++b->n;
}

static inline int64_t yh_block_at(const struct yh_block *b, uint32_t row)
{
	const struct yh_row *r = &b->row[row - 1];
	union {
		double d;
		int64_t i;
	} whole;

	if (__builtin_expect(r->off != YH_ROW_WIDE, 1))
		return b->base_ms + r->off;
	whole.d = r[-1].value;
	return whole.i;
}

bool yh_points_room(struct yh_points *p, size_t more);
void yh_points_done(struct yh_points *p);
YH_CHECK bool yh_points_add(struct yh_points *p, int64_t at_ms, double value);
/* Appends the chain that ends at `head`, oldest first. False: no memory. */
YH_CHECK bool yh_points_chain(struct yh_points *p, const struct yh_block *b, uint32_t head);
/* By time; of one instant the one that stood first stays. False: no memory. */
YH_CHECK bool yh_points_order(struct yh_points *p);
/* Takes out what `known`, by time, holds an instant of; both by time. */
void yh_points_without(struct yh_points *p, const struct yh_points *known);

/* Many chains at once, so that their cache misses overlap: out[i] receives chain heads[i]. */
enum { YH_CHAINS_ABREAST = 16 };
YH_CHECK bool yh_points_chains(struct yh_points *out, const struct yh_block *b,
			       const uint32_t *heads, size_t n);

#endif
