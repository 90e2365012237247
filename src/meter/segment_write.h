/* What a segment in the making holds; for the files of src/meter/segment_*.c. */
#ifndef YH_METER_SEGMENT_WRITE_H
#define YH_METER_SEGMENT_WRITE_H

#include "meter/segment_file.h"
#include "meter/segment_roll.h"

struct yh_refs {
	struct yh_page_ref *ref;
	size_t n, cap;
};

struct yh_seg_writer {
	char *path, *part;
	int fd;
	unsigned levels;
	uint64_t at, raw_bytes;
	struct yh_page_writer page[YH_LEVELS];
	struct yh_refs refs[YH_LEVELS];
	struct yh_key key; /* added last */
	uint64_t series, samples;
	int64_t min_ms, max_ms;
	struct yh_scaled *scratch;
	int64_t *scaled; /* room of scratch->m */
	struct yh_roller *roller;
	struct yh_rolls rolls;
	bool broken; /* a page was lost: it cannot be finished */
	void *cctx;
	unsigned char *out;
	size_t cap_out;
};

/* Has a level enough samples a bucket to be worth keeping beside raw ones? */
bool yh_seg_dense(enum yh_level level, size_t n, int64_t span_ms);
/* Feeds samples to a begun roller and ends it. */
void yh_seg_roll(struct yh_roller *r, struct yh_scaled *scratch, const int64_t *at_ms,
		 const double *v, size_t n);
YH_CHECK enum yh_rc yh_seg_add_parts(struct yh_seg_writer *w, struct yh_key key, bool counter,
				     const int64_t *at_ms, const double *v, size_t n,
				     struct yh_err *err);
/* Notes that a series is in it, from and up to when. */
void yh_seg_note_key(struct yh_seg_writer *w, struct yh_key key, int64_t first_ms, int64_t last_ms);
/* Writes roll-ups as they are. */
YH_CHECK enum yh_rc yh_seg_put_rolls(struct yh_seg_writer *w, enum yh_level level,
				     struct yh_key key, unsigned flags,
				     const struct yh_rolls *rolls, struct yh_err *err);

#endif
