/* The districts' link as it is stored: other sides, codes, how far each stream has come. What waits
 * to be sent and the documents' digests are in store/link_box.h. */
#ifndef YH_STORE_LINK_H
#define YH_STORE_LINK_H

#include "base/digest.h"
#include "db/db.h"

enum { YH_LINK_STREAM_TEXT = 32, YH_LINK_KEY_TEXT = 129 };

struct yh_link_peer_row {
	struct yh_id id;
	bool city; /* it is the city */
	char district[32];
	struct yh_id cloud, home, org;
	const char *url; /* where it is called; "": it calls */
	unsigned char point[YH_SM2_POINT];
	char state[12]; /* active, ended */
	yh_time enrolled_at;
	struct yh_id enrolled_by;
	yh_time ended_at;
	const char *ended_why;
	yh_time heard_at; /* by our clock */
	yh_time sent_at;  /* a district: by its clock, the newest that was taken; the city: none of
			     our calls bears a later one */
	int64_t skew_ms;  /* of its clock, ahead of ours */
	char version[32];
	char fault[56]; /* why the last call failed; "": it did not */
	const char *fault_figures;
	yh_time failing_since;
};

YH_CHECK enum yh_rc yh_link_peer_insert(struct yh_tx *tx, const struct yh_link_peer_row *p,
					struct yh_err *err);
/* Texts copied into the arena; NOT_FOUND "link-peer-unknown". */
YH_CHECK enum yh_rc yh_link_peer_load(struct yh_tx *tx, const struct yh_id *id,
				      struct yh_arena *arena, struct yh_link_peer_row *out,
				      struct yh_err *err);
/* The active one of a district; likewise. */
YH_CHECK enum yh_rc yh_link_peer_of(struct yh_tx *tx, const char *district, struct yh_arena *arena,
				    struct yh_link_peer_row *out, struct yh_err *err);
/* By id; with `ended` those, too. */
YH_CHECK enum yh_rc yh_link_peer_all(struct yh_tx *tx, bool ended, struct yh_arena *arena,
				     struct yh_link_peer_row **out, size_t *n, struct yh_err *err);
YH_CHECK enum yh_rc yh_link_peer_end(struct yh_tx *tx, const struct yh_id *id, yh_time at,
				     const char *why, struct yh_err *err);
/* heard_at, sent_at, skew_ms, version. */
YH_CHECK enum yh_rc yh_link_peer_heard(struct yh_tx *tx, const struct yh_link_peer_row *p,
				       struct yh_err *err);
YH_CHECK enum yh_rc yh_link_peer_sent(struct yh_tx *tx, const struct yh_id *id, yh_time sent_at,
				      struct yh_err *err);
/* fault, fault_figures, failing_since. */
YH_CHECK enum yh_rc yh_link_peer_fault(struct yh_tx *tx, const struct yh_link_peer_row *p,
				       struct yh_err *err);
/* Takes the lock under which a peer's streams move, to the end of the transaction. */
YH_CHECK enum yh_rc yh_link_lock(struct yh_tx *tx, const struct yh_id *peer, struct yh_err *err);

struct yh_link_code_row {
	struct yh_sm3 digest; /* of the secret */
	char district[32];
	struct yh_id cloud, made_by;
	yh_time made_at, expires_at, used_at;
	struct yh_sm3 request;
	struct yh_id peer;
};
YH_CHECK enum yh_rc yh_link_code_insert(struct yh_tx *tx, const struct yh_link_code_row *c,
					struct yh_err *err);
/* NOT_FOUND "link-code-unknown". */
YH_CHECK enum yh_rc yh_link_code_load(struct yh_tx *tx, const struct yh_sm3 *digest,
				      struct yh_link_code_row *out, struct yh_err *err);
/* used_at, request, peer. */
YH_CHECK enum yh_rc yh_link_code_use(struct yh_tx *tx, const struct yh_link_code_row *c,
				     struct yh_err *err);

/* One way of a stream. */
struct yh_link_stream_row {
	struct yh_id peer;
	char stream[YH_LINK_STREAM_TEXT];
	bool sends;
	struct yh_id epoch; /* zero: nothing came yet */
	int64_t seq;        /* sends: the last number given; else the last that was applied */
	struct yh_sm3 chain;
	/* sends: what was acknowledged */
	int64_t acked;
	struct yh_sm3 acked_chain;
	/* receives: the sender's last number, and when the oldest that is not here was made */
	int64_t head;
	yh_time oldest_at;
	/* sends: everything is gone through, and this is the last key done; "": from the first */
	bool refilling;
	char refill[YH_LINK_KEY_TEXT];
	char refill_why[12]; /* epoch, compare */
	yh_time due_at;      /* up to when what comes by time was put */
	char state[12];      /* flowing, stopped, forked, lost */
	yh_time since;
	/* why it stopped, and at which document */
	char fault[56], fault_field[128];
	const char *fault_figures;
	int64_t fault_seq;
	char fault_key[YH_LINK_KEY_TEXT];
	struct yh_sm3 fault_digest;
	yh_time retry_at;    /* sends: not before */
	int64_t resync;      /* receives: the sender is asked for a new epoch */
	yh_time compare_at;  /* sends: when digests are compared next */
	yh_time compared_at; /* when they were equal last, how many, and the digest of all */
	int64_t compared_docs;
	struct yh_sm3 compared_root;
	int64_t total, healed, skipped;
};
/* *found false: there is none, and *out has its keys and is in its first state. */
YH_CHECK enum yh_rc yh_link_stream_load(struct yh_tx *tx, const struct yh_id *peer,
					const char *stream, bool sends, struct yh_arena *arena,
					struct yh_link_stream_row *out, bool *found,
					struct yh_err *err);
YH_CHECK enum yh_rc yh_link_stream_list(struct yh_tx *tx, const struct yh_id *peer,
					struct yh_arena *arena, struct yh_link_stream_row **out,
					size_t *n, struct yh_err *err);
/* Inserts it, or writes all of it. */
YH_CHECK enum yh_rc yh_link_stream_save(struct yh_tx *tx, const struct yh_link_stream_row *s,
					struct yh_err *err);

#endif
