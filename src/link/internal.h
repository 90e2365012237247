/* What the files of this room share; nobody else includes this. */
#ifndef YH_LINK_INTERNAL_H
#define YH_LINK_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/buf.h"
#include "link/batch.h"
#include "link/link.h"
#include "link/stream.h"
#include "net/client.h"
#include "store/link_box.h"

enum {
	LINK_ARENA_BYTES = 256 * 1024 * 1024,
	LINK_SERVERS = 2,  /* threads for batches that come */
	LINK_WAITING = 64, /* batches that may wait for them */
	LINK_WAITING_EACH = 2,
	LINK_WAITING_STRANGE = 4, /* of all who are not known together */
	LINK_KNOWN = 64,
	LINK_TICK_MS = 300,     /* between looks at what is to be sent, which then goes at once */
	LINK_LIVELY_MS = 10000, /* after documents went or came, calls follow each other as soon */
	LINK_RARER = 10,        /* later a tenth of what has gone by lies between them, */
	LINK_POLL_MOST_MS = 5000, /* and this at most */
	LINK_LEASE_S =
		15,       /* a turn that lasts longer may meet another server's, and does no harm */
	LINK_APPLY = 200, /* documents a transaction */
	LINK_REFILL = 500, /* keys a transaction */
	LINK_EVENTS = 500,
	LINK_BOX_DAYS = 7, /* what was acknowledged is kept so long, for who is put back */
	LINK_RETRY_S = 5,  /* a stream that stopped is tried again */
	LINK_HEARD_S = 4,  /* how often it is noted that the other side is there */
	LINK_JOINS_S = 20, /* enrolments tried a second: each costs two operations on the curve */
	LINK_SKEW_MOST_S = 86400,
	LINK_SKEW_SHOWN_S = 60,
	LINK_COMPARE_S = 86400,
	LINK_COMPARE_NOW = 1, /* a stream's compare_at: digests are told in the next batch */
	LINK_COMPARED = 64,
	LINK_ROOM = 3 * 1024 * 1024, /* of documents in a batch that is packed */
	LINK_ROOM_PLAIN = 700 * 1024,
};

struct yh_link {
	struct yh_link_config cfg;
	struct yh_id self;
	struct yh_sm2 *key;
	unsigned char point[YH_SM2_POINT];
	pthread_mutex_t lock;
	pthread_cond_t wake;   /* of the thread that delivers */
	pthread_cond_t served; /* there is a batch */
	atomic_bool stop;
	bool woken;
	struct yh_link_serving *first, **end;
	unsigned waiting;
	struct yh_id known[LINK_KNOWN]; /* the active peers, as the worker saw them last */
	size_t n_known;
	pthread_t threads[1 + LINK_SERVERS];
	unsigned n_threads;
	int64_t joins_s, joins; /* enrolments that were tried in the second */
	int64_t last_sent_ms;   /* of our calls: each bears a later one */
	yh_time reserved_at;    /* up to which they may without its being written again */
	struct yh_http_line *line;
	_Atomic uint64_t sent, received, repeated, batches, refused, bytes_out, bytes_in;
};

/* Has the instant come, which was never set more than so long ahead? A clock that ran ahead and was
 * put back would else have it waited for. */
static inline bool yh_link_is_due(yh_time at, yh_time now, int64_t most_s)
{
	return at <= now || at > now + most_s * YH_US_PER_S;
}

/* The system as it acts for the link. */
const struct yh_actor *yh_link_actor(void);
struct yh_link_peer yh_link_peer_view(const struct yh_link_peer_row *row);
/* Does the stream flow from us to this peer (or from it to us)? */
bool yh_link_flows(const struct yh_link_stream *s, bool peer_is_city, bool sends);
/* An event about a stream of a peer, with what it comes to as JSON. */
YH_CHECK enum yh_rc yh_link_note(struct yh_ctx *cx, const char *kind, const struct yh_id *peer,
				 const char *stream, const char *reason, const char *payload,
				 struct yh_err *err);

/* ---- put.c: many documents in one transaction ---- */
struct yh_link_putter {
	struct yh_ctx *cx;
	const struct yh_link_stream *stream;
	struct yh_link_stream_row row;
	struct yh_link_docs docs;
	int64_t put; /* documents */
};
/* Takes the peer's lock. */
YH_CHECK enum yh_rc yh_link_put_begin(struct yh_link_putter *p, struct yh_ctx *cx,
				      const struct yh_id *peer, const struct yh_link_stream *s,
				      struct yh_err *err);
/* `force`: though it is as it was sent last. */
YH_CHECK enum yh_rc yh_link_put_one(struct yh_link_putter *p, const char *key, const json_t *body,
				    bool force, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_put_end(struct yh_link_putter *p, struct yh_err *err);
/* Begins a new epoch, greater than `over` (zero: than its own). */
YH_CHECK enum yh_rc yh_link_put_anew(struct yh_link_putter *p, const struct yh_id *over,
				     struct yh_err *err);
/* What there is of a key: built and put. */
YH_CHECK enum yh_rc yh_link_put_built(struct yh_link_putter *p, const struct yh_link_peer *peer,
				      const char *key, bool force, struct yh_err *err);

/* A key that is put by trying. */
struct yh_link_trying {
	const struct yh_link_peer *peer;
	const char *key;
	const json_t *body;
	bool built; /* from what there is of it; else `body` */
	bool force;
};
/* What cannot be sent is an event, and *failed (may be NULL) true; only a failure of ours is one.
 */
YH_CHECK enum yh_rc yh_link_put_try(struct yh_link_putter *p, const struct yh_link_trying *t,
				    bool *failed, struct yh_err *err);
/* Is it a failure of ours, and not of what was to be sent? */
bool yh_link_is_failure(const struct yh_err *why);
/* The event. */
YH_CHECK enum yh_rc yh_link_unsendable(struct yh_ctx *cx, const struct yh_link_peer *peer,
				       const struct yh_link_stream *s, const char *key,
				       const struct yh_err *why, struct yh_err *err);

/* ---- gather.c ---- */
/* Events, times and refills of all peers, some; *more: there is more at once. */
YH_CHECK enum yh_rc yh_link_gather(struct yh_link *l, struct yh_arena *arena, bool *more,
				   struct yh_err *err);

/* ---- make.c, take.c: making and taking a batch with one peer ---- */
struct yh_link_exchange {
	struct yh_link *link;
	struct yh_link_peer_row peer;
	struct yh_link_peer view;
	struct yh_arena *arena;
	struct yh_tx *tx; /* while it is made */
	yh_time now;
	size_t room; /* bytes of documents that may go */
	/* compared results to be told in the next batch that is made */
	struct yh_link_compared *compared;
	size_t n_compared;
	bool changed;                  /* what was taken moved a stream */
	bool more;                     /* there is more to send */
	size_t n_docs;                 /* in the batch that was made */
	size_t got;                    /* in the batch that was taken */
	struct yh_link_wanted *wanted; /* files that the city waits for, as it said last */
	size_t n_wanted;
	int64_t asked_s; /* for how long the city asked to be left alone; 0: it did not */
	bool moved;      /* documents went or came in any batch of the call */
};
/* What goes to the peer now, as the plain text of a batch. */
YH_CHECK enum yh_rc yh_link_make(struct yh_link_exchange *x, struct yh_buf *out,
				 struct yh_err *err);
/* What came from it; `sent_at` by its clock. Documents that cannot be applied stop their stream and
 * are no failure of the batch. */
YH_CHECK enum yh_rc yh_link_take(struct yh_link_exchange *x, const char *text, size_t n,
				 yh_time sent_at, struct yh_err *err);

/* ---- deliver.c ---- */
/* Calls the city until nothing is left to say, a few times at most. */
YH_CHECK enum yh_rc yh_link_call(struct yh_link_exchange *x, struct yh_err *err);
/* The instant that the next call bears. */
YH_CHECK enum yh_rc yh_link_next_ms(struct yh_link_exchange *x, int64_t *ms, struct yh_err *err);

/* ---- serve.c ---- */
void yh_link_know(struct yh_link *l, const struct yh_link_peer_row *peers, size_t n);
void *yh_link_serving_thread(void *link);

/* ---- worker.c ---- */
/* Until a district calls again with nothing to send, for news: the longer there has been none, the
 * rarer. */
int64_t yh_link_period_ms(int64_t quiet_ms);
void *yh_link_worker_thread(void *link);

/* ---- standing.c, apply.c ---- */
/* Its state and why; the first time it is an event. */
YH_CHECK enum yh_rc yh_link_stop_stream(struct yh_ctx *cx, struct yh_link_stream_row *s,
					const char *state, const struct yh_err *why,
					struct yh_err *err);
void yh_link_flow_on(struct yh_ctx *cx, struct yh_link_stream_row *s);
/* One of the two was put back: their numbers do not fit together. */
YH_CHECK enum yh_rc yh_link_forked(struct yh_ctx *cx, struct yh_link_stream_row *s, int64_t here,
				   int64_t there, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_apply(struct yh_link_exchange *x, const struct yh_link_stream *s,
				  const struct yh_link_head *h, const struct yh_link_line *lines,
				  size_t n, struct yh_err *err);

/* ---- acks.c, compare.c ---- */
YH_CHECK enum yh_rc yh_link_take_ack(struct yh_link_exchange *x, struct yh_ctx *cx,
				     const struct yh_link_ack *a, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_take_compared(struct yh_link_exchange *x, struct yh_ctx *cx,
					  struct yh_link_putter *p, const struct yh_link_ack *a,
					  struct yh_err *err);
/* The receiver's side: what it holds against what the header says. */
YH_CHECK enum yh_rc yh_link_compare(struct yh_link_exchange *x, struct yh_ctx *cx,
				    struct yh_link_stream_row *row, const struct yh_link_head *h,
				    struct yh_err *err);

#endif
