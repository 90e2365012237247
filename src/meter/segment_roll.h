/* Roll-ups: made of samples, kept as columns, added up. One way of making them serves writing and
 * reading, so that a level stored and a level made on the fly are equal to the bit. */
#ifndef YH_METER_SEGMENT_ROLL_H
#define YH_METER_SEGMENT_ROLL_H

#include "meter/segment_file.h"

/* Slots of 5 minutes from that of the first sample to that of the last, both counted. */
static inline int64_t yh_slots_spanned(int64_t first_ms, int64_t last_ms)
{
	return yh_slot_of(last_ms) - yh_slot_of(first_ms) + 1;
}

/* A sum in two doubles, the second what the first rounds away. Decimals are added as the integers
 * they are scaled to and divided once, so that a sum hardly depends on how its samples were split:
 * it is the sum of the decimals, not of their nearest doubles. */
struct yh_sum {
	double hi, lo;
};
void yh_sum_add(struct yh_sum *s, double v);
/* Adds high * 2^32 + low, divided by 10^scale. */
void yh_sum_add_scaled(struct yh_sum *s, __int128 total, unsigned scale);
double yh_sum_value(const struct yh_sum *s);

struct yh_roller {
	enum yh_level level;
	bool counter, sketch;
	yh_rollup_fn emit;
	void *arg;
	bool stopped; /* emit said so */
	/* the bucket in hand */
	int64_t end_ms; /* of it */
	int64_t slot;   /* the last filled */
	struct yh_rollup row;
	struct yh_sum sum, rise;
	struct yh_sketch dense;
	unsigned char bytes[8 + 7 * YH_SKETCH_BUCKETS];
};
void yh_roll_begin(struct yh_roller *r, enum yh_level level, bool counter, bool sketch,
		   yh_rollup_fn emit, void *arg);
/* Samples in order of time; `m` their integers at `scale`, or NULL when they are not decimals. */
void yh_roll_feed(struct yh_roller *r, const int64_t *at_ms, const double *v, const int64_t *m,
		  unsigned scale, size_t n);
void yh_roll_end(struct yh_roller *r);

/* Rows of one series and level, with their sketches copied. Zero it first. */
struct yh_rolls {
	struct yh_rollup *row; /* sketch: NULL; its bytes are at sketch_at */
	size_t *sketch_at;
	size_t n, cap;
	unsigned char *bytes;
	size_t len, cap_bytes;
	bool failed; /* no memory */
};
bool yh_rolls_add(void *rows, const struct yh_rollup *r); /* a yh_rollup_fn */
void yh_rolls_clear(struct yh_rolls *rows);
void yh_rolls_done(struct yh_rolls *rows);
/* Puts rows in order of time and adds up those of one bucket. Of a counter, what it rose between
 * two of them counts when one ended before the other began; when they interleave, what it rose is
 * taken from the rows of the level below, `finer` (NULL: none), if those are of as many samples,
 * and is else the least that it can have been. */
void yh_rolls_settle(struct yh_rolls *rows, enum yh_level level, bool counter,
		     const struct yh_rolls *finer, struct yh_sketch *scratch);
/* The k-th row with its sketch. */
struct yh_rollup yh_rolls_get(const struct yh_rolls *rows, size_t k);

/* Writes rows [from, to) as one chunk. */
void yh_rolls_put(struct yh_page_writer *w, struct yh_key key, unsigned flags, enum yh_level level,
		  const struct yh_rolls *rows, size_t from, size_t to, struct yh_scaled *scratch);
/* Reads the rest of a roll-up chunk. */
void yh_rolls_take(struct yh_unpacker *u, struct yh_chunk *c, enum yh_level level);
enum yh_roll_parts {
	YH_ROLL_FIGURES,  /* without sketches */
	YH_ROLL_SKETCHES, /* all there is */
	YH_ROLL_DAY,      /* without first, last and rise, which are left 0 */
};
/* Visits the rows of the page's present chunk that begin in [from, to); false when it is malformed.
 * *stopped also when there is no memory. */
YH_CHECK bool yh_rolls_visit(struct yh_seg_page *page, int64_t from_ms, int64_t to_ms,
			     enum yh_roll_parts parts, yh_rollup_fn visit, void *arg,
			     bool *stopped);

#endif
