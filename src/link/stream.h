/* The streams of the districts' link: what each kind of document is, for who sends and who receives
 * it. The table is in streams.c, in the order in which a receiver takes them; each stream's
 * functions are in a file of their own.
 *
 * A document is a JSON object under a key that is its sender's. The wire (batch.h) numbers what is
 * sent per stream, delivers it at least once and applies it once, in order; streams know nothing of
 * that. Two sorts:
 * - of state (`keys` is given): a document is what a thing is now. Only what differs from what was
 *   sent last is sent; both sides keep the digests, compare them daily and heal; a new epoch sends
 *   everything.
 * - of messages (`keys` is NULL): each is delivered, none is compared; a new epoch sends what was
 *   not acknowledged, so `apply` knows by the key what it has done before. */
#ifndef YH_LINK_STREAM_H
#define YH_LINK_STREAM_H

#include "base/json.h"
#include "cases/context.h"

enum {
	YH_LINK_KEY_MAX = 128,         /* bytes of a key, 1 at least; no control characters */
	YH_LINK_BODY_MAX = 256 * 1024, /* bytes of a body as canonical JSON */
	YH_LINK_DISTRICT = 32,
};

/* The other side. */
struct yh_link_peer {
	struct yh_id id;
	bool city;                       /* it is the city; else a district */
	char district[YH_LINK_DISTRICT]; /* the district's code, on both sides */
	struct yh_id cloud; /* whose rows here are the other side's: the district's, at the city;
			       the municipal one, at a district */
	struct yh_id home;  /* ours: the municipal one at the city, the district's at a district */
	struct yh_id org;   /* at the city: the district's operator; zero: none */
};

struct yh_link_doc {
	const char *key;
	const json_t *body; /* NULL: gone */
};

/* A sealed event. */
struct yh_link_event {
	int64_t pos;
	yh_time at;
	const char *kind; /* "resource.opened" */
	const char *object_kind;
	struct yh_id object, case_id, org; /* zero: none */
};

/* Takes a key, which is copied; again is allowed. */
typedef enum yh_rc (*yh_link_key_fn)(void *arg, const char *key, struct yh_err *err);
/* Takes a document; both are copied. */
typedef enum yh_rc (*yh_link_emit_fn)(void *arg, const char *key, const json_t *body,
				      struct yh_err *err);

/* Work outside of any transaction; reads by yh_exec_read. */
struct yh_link_work {
	const struct yh_world *world;
	yh_time now;
	struct yh_arena *arena;
	const atomic_bool *stop; /* set: return soon, with BUSY "job-stopped" */
};

struct yh_link_stream {
	const char *name; /* at most 31 bytes */
	bool up, down;    /* from districts to the city, from the city to districts */

	/* Sender, in the write that moves the mark of events: which documents may an event have
	 * changed? Emits their keys; too many are no harm: what is as it was is not sent. NULL: no
	 * event changes any. */
	enum yh_rc (*touched)(struct yh_ctx *cx, const struct yh_link_peer *peer,
			      const struct yh_link_event *event, yh_link_key_fn emit, void *arg,
			      struct yh_err *err);
	/* Sender: the document of a key as it stands, for this peer; *body (owned by the caller)
	 * NULL: there is none, or it is none of this peer's: of a state stream that is told once,
	 * of a message nothing is. With `touched` or `keys`. */
	enum yh_rc (*build)(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			    json_t **body, struct yh_err *err);
	/* Sender: emits the first `n` keys behind `after` ("": from the first), bytewise by key,
	 * fewer only at the end. NULL: of messages. */
	enum yh_rc (*keys)(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *after,
			   size_t n, yh_link_key_fn emit, void *arg, struct yh_err *err);
	/* Sender, every `due_s`: emits what became due in [since, until), both multiples of due_s,
	 * at most an hour. What it emits is put together with the time's moving on; it may be asked
	 * again for the same. NULL: nothing comes by time. */
	enum yh_rc (*due)(const struct yh_link_work *work, const struct yh_link_peer *peer,
			  yh_time since, yh_time until, yh_link_emit_fn emit, void *arg,
			  struct yh_err *err);
	uint32_t due_s;  /* at least 10 */
	uint32_t late_s; /* `until` lies so long back: what comes late has come by then */

	/* Receiver, outside of any transaction, before the one that applies these: for what is kept
	 * elsewhere than in the store. May be repeated for the same. *taken: so many of the first
	 * were taken whole; with a refusal docs[*taken] is what is refused. NULL: nothing. */
	enum yh_rc (*absorb)(const struct yh_link_work *work, const struct yh_link_peer *peer,
			     const struct yh_link_doc *docs, size_t n, size_t *taken,
			     struct yh_err *err);
	/* Receiver, in the transaction that moves the place on. body NULL: gone. Idempotent. What
	 * is wrong with the document: BAD_INPUT, with the field; what it needs and is not here yet:
	 * BAD_INPUT "link-missing" (figures what, key). It stops the stream until it succeeds or is
	 * skipped. */
	enum yh_rc (*apply)(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			    const json_t *body, struct yh_err *err);
	/* Receiver: an operator passed a document over, in that write. NULL: nobody waits for it.
	 */
	enum yh_rc (*skipped)(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			      const char *reason, struct yh_err *err);
};

/* In the order in which streams of one batch are applied. */
const struct yh_link_stream *yh_link_streams(size_t *n);
const struct yh_link_stream *yh_link_stream_of(const char *name); /* NULL: none */

/* Appends a document (body NULL: gone) to what this peer is sent, in the caller's write; takes the
 * peer's lock, so put last. Of a state stream, what is as it was last sent is not sent again.
 * Numbers are integers. BAD_INPUT "link-document-invalid" (figures stream, key) for what no
 * receiver would take. */
YH_CHECK enum yh_rc yh_link_put(struct yh_ctx *cx, const struct yh_link_peer *peer,
				const char *stream, const char *key, const json_t *body,
				struct yh_err *err);

/* The active peers, by id. */
YH_CHECK enum yh_rc yh_link_peers(struct yh_tx *tx, struct yh_arena *arena,
				  struct yh_link_peer **out, size_t *n, struct yh_err *err);
/* The city, when this is a district; *found false: it is none. */
YH_CHECK enum yh_rc yh_link_city(struct yh_tx *tx, struct yh_link_peer *out, bool *found,
				 struct yh_err *err);
/* The active peer of a district, at the city. */
YH_CHECK enum yh_rc yh_link_district(struct yh_tx *tx, const char *district,
				     struct yh_link_peer *out, bool *found, struct yh_err *err);

#endif
