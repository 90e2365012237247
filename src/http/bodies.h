/* The memory of raw bodies: buffers that are used again, bounded over all connections. Those who
 * proved themselves lately have a share that strangers cannot take from them. Thread-safe. */
#ifndef YH_HTTP_BODIES_H
#define YH_HTTP_BODIES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/spool.h"

enum { YH_BODY_CLASSES = 11 /* 16 KiB, twice that, … 16 MiB */ };

struct yh_bodies {
	pthread_mutex_t lock;
	size_t most[2], used[2]; /* bytes of strangers, of the known */
	size_t kept;             /* bytes in `free` */
	int64_t used_at_ms;
	void *free[YH_BODY_CLASSES];
	struct yh_spools spools;
};

struct yh_bytes {
	unsigned char *p;       /* NULL: none */
	struct yh_spool *spool; /* a file instead; NULL: none */
	size_t len, cap;
	bool known;
};

void yh_bodies_init(struct yh_bodies *b, size_t strangers_bytes, size_t known_bytes);
void yh_bodies_done(struct yh_bodies *b);
/* Room for `n` (at most 16 MiB) bytes; false when the share is used up or memory is short. */
bool yh_bodies_take(struct yh_bodies *b, size_t n, bool known, struct yh_bytes *out);
/* Gives it back; harmless when there is none. */
void yh_bodies_give(struct yh_bodies *b, struct yh_bytes *bytes);
/* Frees what is kept when nothing was asked for in the last minute. */
void yh_bodies_trim(struct yh_bodies *b, int64_t now_ms);

#endif
