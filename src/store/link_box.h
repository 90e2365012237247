/* What waits to be sent over the districts' link, the digests of what was sent and of what is held,
 * and who of several servers does the work. */
#ifndef YH_STORE_LINK_BOX_H
#define YH_STORE_LINK_BOX_H

#include "store/link.h"

struct yh_link_box_row {
	int64_t seq;
	const char *key, *body; /* body NULL: gone */
	size_t body_n;
	struct yh_sm3 chain; /* with this one */
	yh_time made_at;
};
YH_CHECK enum yh_rc yh_link_box_insert(struct yh_tx *tx, const struct yh_id *peer,
				       const char *stream, const struct yh_link_box_row *row,
				       struct yh_err *err);
/* Those behind number `after`, in order, at most `limit` and, behind the first, `bytes` of bodies.
 */
YH_CHECK enum yh_rc yh_link_box_page(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
				     int64_t after, uint32_t limit, size_t bytes,
				     struct yh_arena *arena, struct yh_link_box_row **out,
				     size_t *n, struct yh_err *err);
/* Chain and time of one number; *found false: it lies there no more. */
YH_CHECK enum yh_rc yh_link_box_at(struct yh_tx *tx, const struct yh_id *peer, const char *stream,
				   int64_t seq, bool *found, struct yh_sm3 *chain, yh_time *made_at,
				   struct yh_err *err);
/* Forgets what is numbered up to `acked` and made before `before`, at most `most` numbers. */
YH_CHECK enum yh_rc yh_link_box_prune(struct yh_tx *tx, const struct yh_id *peer,
				      const char *stream, int64_t acked, yh_time before,
				      int64_t most, int64_t *n, struct yh_err *err);
/* The first number that lies there; 0: none. */
YH_CHECK enum yh_rc yh_link_box_first(struct yh_tx *tx, const struct yh_id *peer,
				      const char *stream, int64_t *seq, struct yh_err *err);
/* Forgets the numbers behind `after` up to `last`. */
YH_CHECK enum yh_rc yh_link_box_clear(struct yh_tx *tx, const struct yh_id *peer,
				      const char *stream, int64_t after, int64_t last,
				      struct yh_err *err);

/* Of a pairing that has ended: nothing is kept to be sent or compared. */
YH_CHECK enum yh_rc yh_link_forget(struct yh_tx *tx, const struct yh_id *peer, struct yh_err *err);

/* One way of a stream's documents. */
struct yh_link_docs {
	struct yh_id peer;
	const char *stream;
	bool sends;
};
YH_CHECK enum yh_rc yh_link_doc_digest(struct yh_tx *tx, const struct yh_link_docs *d,
				       const char *key, bool *found, struct yh_sm3 *digest,
				       struct yh_err *err);
/* `digest` NULL: it is gone. */
YH_CHECK enum yh_rc yh_link_doc_set(struct yh_tx *tx, const struct yh_link_docs *d, const char *key,
				    const struct yh_sm3 *digest, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_doc_clear(struct yh_tx *tx, const struct yh_link_docs *d,
				      struct yh_err *err);
/* Keys behind `after`, in order. */
YH_CHECK enum yh_rc yh_link_doc_keys(struct yh_tx *tx, const struct yh_link_docs *d,
				     const char *after, uint32_t limit, struct yh_arena *arena,
				     const char ***out, size_t *n, struct yh_err *err);

enum { YH_LINK_BUCKETS = 256 };
int yh_link_bucket_of(const char *key); /* the first byte of its SM3 */
struct yh_link_buckets {
	struct yh_sm3 of[YH_LINK_BUCKETS]; /* SM3 over key, line feed, digest, of each by key */
	struct yh_sm3 root;                /* SM3 over these */
	int64_t docs;
};
YH_CHECK enum yh_rc yh_link_doc_buckets(struct yh_tx *tx, const struct yh_link_docs *d,
					struct yh_link_buckets *out, struct yh_err *err);
struct yh_link_held {
	const char *key;
	struct yh_sm3 digest;
};
YH_CHECK enum yh_rc yh_link_doc_bucket(struct yh_tx *tx, const struct yh_link_docs *d, int bucket,
				       struct yh_arena *arena, struct yh_link_held **out, size_t *n,
				       struct yh_err *err);

/* Takes the work until `until`, or keeps it; *held false: another server has it, and not only up to
 * before `now`. */
YH_CHECK enum yh_rc yh_link_worker_take(struct yh_tx *tx, const struct yh_id *self, yh_time now,
					yh_time until, bool *held, struct yh_err *err);
/* The last event that was gathered; -1: none has been. */
YH_CHECK enum yh_rc yh_link_mark(struct yh_tx *tx, int64_t *pos, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_mark_set(struct yh_tx *tx, int64_t pos, struct yh_err *err);

struct yh_link_event_row {
	int64_t pos;
	yh_time at;
	const char *kind, *object_kind;
	struct yh_id object, case_id, org;
};
/* Sealed events behind `after`. */
YH_CHECK enum yh_rc yh_link_events(struct yh_tx *tx, int64_t after, uint32_t limit,
				   struct yh_arena *arena, struct yh_link_event_row **out,
				   size_t *n, struct yh_err *err);
/* The position of the last sealed event; 0: none. */
YH_CHECK enum yh_rc yh_link_events_head(struct yh_tx *tx, int64_t *pos, struct yh_err *err);

#endif
