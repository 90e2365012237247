/* A walk over the chunks of one level of a segment, in order; damaged pages are passed over. */
#ifndef YH_METER_SEGMENT_CURSOR_H
#define YH_METER_SEGMENT_CURSOR_H

#include "meter/segment_file.h"
#include "meter/segment_roll.h"

struct yh_cursor {
	const struct yh_seg *s; /* NULL: over */
	enum yh_level level;
	size_t index;   /* of the page */
	bool only_lone; /* passes over raw pages whose days are kept */
	struct yh_seg_room room;
	uint64_t *damaged;
	const struct yh_chunk *chunk; /* the present one */
};

/* Stands on the first chunk at or behind `from`, or is over. Zeroed before the first time; may be
 * begun again. */
YH_CHECK enum yh_rc yh_cursor_begin(struct yh_cursor *c, const struct yh_seg *s,
				    enum yh_level level, struct yh_key from, bool only_lone,
				    uint64_t *damaged, struct yh_err *err);
YH_CHECK enum yh_rc yh_cursor_next(struct yh_cursor *c, struct yh_err *err);
/* Goes on until the chunk is behind `key`. */
YH_CHECK enum yh_rc yh_cursor_pass(struct yh_cursor *c, struct yh_key key, struct yh_err *err);
void yh_cursor_end(struct yh_cursor *c);

static inline bool yh_cursor_at(const struct yh_cursor *c, struct yh_key key)
{
	return c->s && yh_key_cmp(c->chunk->key, key) == 0;
}
/* The least key of all; false when all are over. */
bool yh_cursors_least(const struct yh_cursor *c, size_t n, struct yh_key *key);

/* Samples by time, gathered from chunks. */
struct yh_samples {
	int64_t *at_ms;
	double *v;
	size_t n, cap;
	bool sorted;
};
void yh_samples_done(struct yh_samples *p);
/* Appends those of the present chunk (RAW) in [from, to). A malformed chunk is left out and
 * counted. */
YH_CHECK enum yh_rc yh_samples_take(struct yh_samples *p, const struct yh_cursor *c,
				    int64_t from_ms, int64_t to_ms, struct yh_err *err);
YH_CHECK enum yh_rc yh_samples_add(struct yh_samples *p, const int64_t *at_ms, const double *v,
				   size_t n, struct yh_err *err);
/* Puts them in order of time; of one instant the first stays. */
YH_CHECK enum yh_rc yh_samples_sort(struct yh_samples *p, struct yh_err *err);

#endif
