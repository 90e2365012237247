/* The usage of one series over a window, gathered piece by piece in any order of time.
 *
 * Values stay whole numbers of 32 or 64 bits at a common decimal scale while they can, which is
 * nearly always; else they are kept by their rank among all doubles. The quantile is exact in each
 * form. */
#ifndef YH_METER_SEGMENT_TALLY_H
#define YH_METER_SEGMENT_TALLY_H

#include "meter/segment_roll.h"

struct yh_slots {
	int64_t first, last; /* numbers of 5-minute slots, both counted */
};
enum yh_tally_form {
	YH_TALLY_NARROW, /* w holds whole numbers at `scale` */
	YH_TALLY_WHOLE,  /* v holds them */
	YH_TALLY_RANKS   /* v holds ranks */
};
struct yh_tally {
	/* exact */
	enum yh_tally_form form;
	int32_t *w;
	int64_t *v, *room;
	size_t n, cap, cap_wide; /* values; room in w; in v and room */
	unsigned scale;
	/* by days */
	bool days;
	struct yh_sketch *sketch;
	uint64_t days_count;
	double days_min, days_max;
	/* both */
	struct yh_sum sum;
	int64_t first_ms, last_ms;
	struct yh_slots *slots;
	size_t n_slots, cap_slots;
	uint64_t more_slots; /* of days with gaps: how many, not which */
	int64_t *at_ms;      /* room for the instants of a chunk */
	double *d;           /* and its doubles */
	int64_t *m;          /* and its integers */
	bool failed;         /* no memory */
};
/* Zero it first; begin empties it for the next series. `days`: samples go into the sketch. */
void yh_tally_begin(struct yh_tally *t, bool days);
void yh_tally_done(struct yh_tally *t);

/* Adds the samples of a raw chunk in [from, to); false when it is malformed. */
YH_CHECK bool yh_tally_chunk(struct yh_tally *t, const struct yh_chunk *c, int64_t from_ms,
			     int64_t to_ms);
/* Adds samples, ascending. */
void yh_tally_samples(struct yh_tally *t, const int64_t *at_ms, const double *v, size_t n);
/* Adds a day's roll-up with its sketch: a yh_rollup_fn. */
bool yh_tally_day(void *tally, const struct yh_rollup *r);

/* What it all comes to; count 0: nothing. `slots` is what the window has. */
void yh_tally_end(struct yh_tally *t, double quantile, uint32_t slots, struct yh_meter_usage *u);

#endif
