/* What the readers of the embedded store share: the series chosen, and one moment of the store. */
#ifndef YH_METER_QUERY_H
#define YH_METER_QUERY_H

#include "meter/engine.h"

struct yh_query {
	struct yh_engine *e;
	uint32_t *series; /* ascending within a metric or a resource */
	size_t n, cap;
	/* the moment */
	struct yh_segs *segs;
	struct yh_block *block[2]; /* the older first; NULL: none */
	uint32_t (*heads)[2];      /* of each series, in those */
	/* room, used again from series to series */
	struct yh_seg_room *rooms; /* see yh_query_room */
	struct yh_points points, known;
};

/* The series that `what` chooses. */
YH_CHECK enum yh_rc yh_query_open(struct yh_query *q, struct yh_engine *e,
				  const struct yh_meter_select *what, struct yh_err *err);
/* Holds segments and open rows as they are now. */
YH_CHECK enum yh_rc yh_query_hold(struct yh_query *q, struct yh_err *err);
void yh_query_done(struct yh_query *q);
/* The room to read a segment with: of many series each segment has its own, so that no page is
 * decoded twice; of few they share one, for rooms are large. */
struct yh_seg_room *yh_query_room(struct yh_query *q, size_t segment);
/* The rooms alone, for a copy that another thread reads with. */
YH_CHECK bool yh_query_rooms(struct yh_query *q);
void yh_query_rooms_done(struct yh_query *q);

/* The open rows of series i in [from, to) by time, into `p`; `twice`: those too that segments hold
 * already. */
YH_CHECK enum yh_rc yh_query_rows(struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms,
				  bool twice, struct yh_points *p, struct yh_err *err);
/* All its samples in [from, to) by time, into q->points. */
YH_CHECK enum yh_rc yh_query_samples(struct yh_query *q, size_t i, int64_t from_ms, int64_t to_ms,
				     struct yh_err *err);

#endif
