/* Batches that wait for the server: a ring in one file that is allocated whole when it is made, so
 * that a full disk never loses a batch and an absent server never fills one. The oldest are
 * dropped, and counted, when the ring is full. A batch is on the disk before it is first sent, so
 * that its number is never given to another, also after a crash. One process at a time. */
#ifndef YH_AGENT_SPOOL_H
#define YH_AGENT_SPOOL_H

#include "agent/protocol.h"

enum {
	YH_SPOOL_BLOCK = 512,
	YH_SPOOL_MIN_BYTES = 128 * 1024, /* the largest batch fits in */
	YH_SPOOL_MAX_BYTES = 32 * 1024 * 1024,
};

struct yh_spool_place {
	int64_t number;
	uint32_t block, blocks;
};

struct yh_spool {
	int fd;
	uint32_t blocks; /* of the file */
	uint32_t tail;   /* where the next goes */
	int64_t next;    /* number of the next batch */
	int64_t lost;    /* dropped since the ring was made */
	int64_t acked, turn;
	struct yh_spool_place *waiting; /* a ring of as many places as there are blocks */
	uint32_t first, n;
};

struct yh_spool_batch {
	int64_t number;
	enum yh_agent_kind kind;
	size_t n;
	unsigned char body[YH_AGENT_BATCH_MAX];
};

/* Opens or makes the ring of `bytes` (rounded to blocks). An existing one keeps its size. CONFLICT
 * "agent-running" when another process has it; STORAGE "agent-spool" (figure detail). */
YH_CHECK enum yh_rc yh_spool_open(const char *path, size_t bytes, struct yh_spool *out,
				  struct yh_err *err);
void yh_spool_close(struct yh_spool *s);

/* Gives the batch its number, s->next, and keeps it. On failure (STORAGE "agent-spool") the number
 * is used up all the same. */
YH_CHECK enum yh_rc yh_spool_put(struct yh_spool *s, enum yh_agent_kind kind, const void *body,
				 size_t n, struct yh_err *err);
/* The oldest that waits; false: none. What cannot be read any more is dropped and counted. */
YH_CHECK bool yh_spool_get(struct yh_spool *s, struct yh_spool_batch *out);
/* Everything up to `number` has been taken. */
void yh_spool_done(struct yh_spool *s, int64_t number);
/* Another batch has borne these numbers: drops what waits and goes on behind `last`. */
void yh_spool_behind(struct yh_spool *s, int64_t last);

#endif
