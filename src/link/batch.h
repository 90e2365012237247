/* A batch of the districts' link, as it travels.
 *
 * One line that says who sends it, then the batch:
 *   "yunheng-link 1 PEER up|down SENT_MS zstd|plain SIGNATURE\n" PAYLOAD
 * PEER is the pairing's id, SENT_MS the sender's clock, SIGNATURE the SM2 signature (DER, hex) over
 *   "yunheng-link 1 PEER up|down SENT_MS zstd|plain\n" SM3(PAYLOAD) "\n" REQUEST "\n"
 * where digests are hex and REQUEST is "-" in a call, and in an answer the SM3 of the call's
 * payload, so that an answer answers one call only. Up is from the district. PAYLOAD holds at most
 * 1 MiB and, unpacked, 8 MiB of JSON lines: a head, then the documents, of each stream in order:
 *   {"yunheng_link":1,"version":"…","streams":[…],"acks":[…],"files":[…]}
 *   {"s":"resource","n":12,"k":"R-000123","b":{…}}        b null: gone
 * streams, each that the sender has: {"stream","epoch","head","oldest_ms","from","chain","state",
 * "buckets"?}: its last number, when the oldest document that was not acknowledged was made, the
 * number of the first one that was not, and the chain before it. acks, each that it receives:
 * {"stream","epoch","seq","chain","state","fault"?,"resync"?,"compared"?}. files, of an answer:
 * {"digest","size","got"} (file.h). The chain of nothing is 32 zero bytes; with a document it is
 * SM3(chain, SM3(body as canonical JSON; gone: of nothing), key). Canonical: no blanks, keys sorted
 * bytewise, UTF-8 as it is; numbers are integers. */
#ifndef YH_LINK_BATCH_H
#define YH_LINK_BATCH_H

#include "base/buf.h"
#include "base/digest.h"
#include "base/json.h"
#include "store/link_box.h"

enum {
	YH_LINK_PACKED_MAX = 1024 * 1024,
	YH_LINK_PLAIN_MAX = 8 * 1024 * 1024,
	YH_LINK_DOCS_MAX = 2000,
	YH_LINK_ENVELOPE_MAX = 400, /* bytes of the first line */
	YH_LINK_HELD_MAX = 2000,    /* keys told when digests differ */
};

struct yh_link_envelope {
	struct yh_id peer;
	bool up, packed;
	int64_t sent_ms;
	const unsigned char *payload; /* borrowed */
	size_t n;
	struct yh_sm3 digest; /* of the payload; once it was checked */
	unsigned char signature[YH_SIG_MAX];
	size_t signature_n;
};
/* BAD_INPUT "link-batch-invalid" (field: envelope, size). */
YH_CHECK enum yh_rc yh_link_envelope_read(const void *p, size_t n, struct yh_link_envelope *out,
					  struct yh_err *err);
/* Is it signed by who has this point, as a call (`request` NULL) or in answer to one? FORBIDDEN
 * "link-signature". */
YH_CHECK enum yh_rc yh_link_envelope_check(struct yh_link_envelope *e,
					   const unsigned char point[YH_SM2_POINT],
					   const struct yh_sm3 *request, struct yh_err *err);
/* The text of its payload, at most YH_LINK_PLAIN_MAX, in the arena or borrowed. BAD_INPUT
 * "link-batch-invalid" (field: payload). */
YH_CHECK enum yh_rc yh_link_envelope_open(const struct yh_link_envelope *e, struct yh_arena *arena,
					  const char **text, size_t *n, struct yh_err *err);
/* Signs `text` into `out`; *e names what was made (its payload lies in `out`). peer, up, packed and
 * sent_ms of `e` are the caller's. TOO_LARGE "link-batch-large" beyond YH_LINK_PACKED_MAX. */
YH_CHECK enum yh_rc yh_link_envelope_write(struct yh_link_envelope *e, struct yh_sm2 *key,
					   const char *text, size_t n, const struct yh_sm3 *request,
					   struct yh_buf *out, struct yh_err *err);

struct yh_link_head {
	const char *stream;
	struct yh_id epoch;
	int64_t head, from;
	yh_time oldest_at; /* 0: everything was acknowledged */
	struct yh_sm3 chain;
	bool forked;           /* the sender knows of a fork */
	const json_t *buckets; /* YH_LINK_BUCKETS digests in hex, to be compared; NULL: none */
};
/* What a comparison came to, at number `seq`. */
struct yh_link_compared {
	const char *stream;
	struct yh_id epoch;
	int64_t seq, docs;
	struct yh_sm3 root;
	bool equal;
	const json_t *buckets; /* those that differ and are told here */
	const json_t *held;    /* [key, digest] of all that is held in them */
};
struct yh_link_ack {
	const char *stream;
	struct yh_id epoch; /* zero: nothing came yet */
	int64_t seq;
	struct yh_sm3 chain;
	const char *state; /* flowing, stopped, forked, lost */
	const char *fault; /* slug, or "" */
	bool resync;       /* a new epoch is asked for */
	bool has_compared;
	struct yh_link_compared compared;
};
struct yh_link_line {
	const char *stream;
	int64_t seq;
	const char *key;
	const json_t *body; /* NULL: gone */
	struct yh_sm3 digest;
};
/* A file that the city waits for, and how much of it is there. */
struct yh_link_wanted {
	struct yh_sm3 digest;
	int64_t got;
};
struct yh_link_batch {
	const char *version;
	struct yh_link_wanted *wanted;
	size_t n_wanted;
	struct yh_link_head *heads;
	struct yh_link_ack *acks;
	struct yh_link_line *lines;
	size_t n_heads, n_acks, n_lines;
};
/* Everything lies in the arena. BAD_INPUT "link-batch-invalid" (field: what, or line),
 * "json-invalid" with the line. */
YH_CHECK enum yh_rc yh_link_batch_read(const char *text, size_t n, struct yh_arena *arena,
				       struct yh_link_batch *out, struct yh_err *err);

/* Of a body, NULL: gone. */
YH_CHECK enum yh_rc yh_link_body_digest(const json_t *body, char **text, struct yh_sm3 *out,
					struct yh_err *err);
struct yh_sm3 yh_link_chain(const struct yh_sm3 *before, const struct yh_sm3 *digest,
			    const char *key);
/* Are key and body such as may travel? */
bool yh_link_key_valid(const char *key);
bool yh_link_body_valid(const json_t *body);

#endif
