/* The districts' link of a running server: its key, its threads. A district's server calls the
 * city's, sends what it has, and takes what the city has for it from the answer; the city never
 * calls. What travels is in batch.h, what it means in stream.h. Thread-safe. */
#ifndef YH_LINK_LINK_H
#define YH_LINK_LINK_H

#include "cases/context.h"

struct yh_link;

struct yh_link_config {
	const struct yh_world *world;
	const char
		*keys; /* the folder of the server's keys: link.pem is made there; while it opens */
	const char *ca_file; /* certificates to trust besides the system's own; NULL: none */
	const char *cert_file, *key_file; /* shown to the city; NULL: none */
};
YH_CHECK enum yh_rc yh_link_open(const struct yh_link_config *cfg, struct yh_link **out,
				 struct yh_err *err);
/* One thread that gathers and delivers, two for batches that come. */
YH_CHECK enum yh_rc yh_link_start(struct yh_link *l, struct yh_err *err);
void yh_link_stop(struct yh_link *l);
void yh_link_close(struct yh_link *l); /* stops; NULL is allowed */
/* There is something to deliver: looks at once. NULL is allowed. */
void yh_link_wake(struct yh_link *l);

/* A batch that a machine posted; the caller's memory until `done`, which comes on a thread of the
 * link. */
struct yh_link_serving {
	const void *body;
	size_t n;
	bool file; /* it is about a file, and no batch (file.h) */
	void (*done)(struct yh_link_serving *s);
	void *arg;
	/* the result: the answer's bytes, to be freed by yh_link_served */
	enum yh_rc rc;
	struct yh_err err;
	char *reply;
	size_t reply_n;
	struct yh_link_serving *next; /* the link's, as is the peer it says it is of */
	struct yh_id peer;
};
/* BUSY "link-busy" when too many wait, of this peer or of all, BAD_INPUT "link-batch-invalid"
 * without an envelope; then `done` is not called. Results: BAD_INPUT "link-batch-invalid" (field:
 * what); NOT_FOUND "link-peer-unknown"; FORBIDDEN "link-ended", "link-signature"; REFUSED
 * "link-skew" (figures seconds, most). */
YH_CHECK enum yh_rc yh_link_serve(struct yh_link *l, struct yh_link_serving *s, struct yh_err *err);

struct yh_link_stats {
	uint64_t sent, received, repeated; /* documents */
	uint64_t batches, refused;         /* that came */
	uint64_t bytes_out, bytes_in;      /* as packed */
};
void yh_link_stats(const struct yh_link *l, struct yh_link_stats *out);

#endif
