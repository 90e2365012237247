/* How far behind each stream of the districts' link is. */
#ifndef YH_LINK_LAG_H
#define YH_LINK_LAG_H

#include "base/buf.h"
#include "cases/context.h"
#include "store/link_box.h"

enum {
	YH_LINK_QUIET_S = 15, /* a district that says nothing for so long is behind by that */
	YH_LINK_SKEW_S = 60,  /* what is told of a clock */
};

struct yh_link_lag {
	struct yh_link_stream_row row;
	int64_t waiting;   /* documents: in the outbox, or that the sender has and are not here */
	int64_t lag_s;     /* since the oldest of them was made, or since the sender was heard */
	yh_time oldest_at; /* 0: none waits */
};
/* Of a peer's streams, sent ones last. *worst_s (may be NULL): of those that are received; at a
 * district, which receives little, of those that are sent. */
YH_CHECK enum yh_rc yh_link_lags(struct yh_tx *tx, const struct yh_link_peer_row *peer, yh_time now,
				 struct yh_arena *arena, struct yh_link_lag **out, size_t *n,
				 int64_t *worst_s, struct yh_err *err);
/* The same for a district by its code; *found false: it is not paired. */
YH_CHECK enum yh_rc yh_link_lag_of(struct yh_tx *tx, const char *district, yh_time now,
				   struct yh_arena *arena, bool *found, int64_t *lag_s,
				   struct yh_err *err);
/* For /metrics: each stream's lag and depth, each peer's clock, what was sent and taken. */
void yh_link_metrics(const struct yh_world *world, struct yh_buf *out);

#endif
