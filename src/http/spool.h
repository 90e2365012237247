/* Raw bodies that are written to a file as they come, so that they cost no memory. What lies on the
 * disk at once is bounded; those who proved themselves lately have a share that strangers cannot
 * take from them. Of a share nobody holds more than a quarter, but for a single body that is
 * larger; such bodies together hold no more than half of it, and each is through in
 * YH_SPOOL_LARGE_S or cut off, so that none shuts out the next for longer. Thread-safe, but for one
 * spool, which is its request's. */
#ifndef YH_HTTP_SPOOL_H
#define YH_HTTP_SPOOL_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"

enum { YH_SPOOL_PATH = 4096, YH_SPOOL_LARGE_S = 20 * 60 };

struct yh_spools {
	pthread_mutex_t lock;
	const char *dir;       /* borrowed; NULL: there are none */
	int64_t most, used[2]; /* bytes of strangers, of the known: `most` each */
	struct yh_spool *open;
};

/* A handler reads `fd`, or moves the file at `path` away. */
struct yh_spool {
	struct yh_spools *of;
	int fd;
	int fault;              /* errno of the first write that failed; 0: none */
	int64_t bytes, counted; /* written; announced */
	int64_t marked;         /* of `bytes`, when it had last moved */
	bool known;
	struct yh_id person; /* zero: nobody known */
	struct yh_spool *next;
	char path[YH_SPOOL_PATH];
};

void yh_spools_init(struct yh_spools *s, const char *dir, int64_t most_bytes);
void yh_spools_done(struct yh_spools *s);
/* A new file for so many bytes of a person who is known, or (NULL) of a stranger; NULL when the
 * share, or the person's part of it, is used up, or there is no room for one. */
struct yh_spool *yh_spool_open(struct yh_spools *s, int64_t bytes, const struct yh_id *person);
/* After a fault the rest is taken and dropped: the request is to be answered, not cut off. */
void yh_spool_write(struct yh_spool *f, const char *data, size_t n);
/* Has enough come since it last had moved for its time, `deadline_s`, to begin anew? Whoever was
 * fast before has no right to be slow now: half of the slowest pace, and of a large one what it
 * takes to be through in time. */
bool yh_spool_moved(struct yh_spool *f, int64_t slowest_per_s, int64_t deadline_s);
/* Closes, removes the file unless it was moved away, frees. NULL is allowed. */
void yh_spool_free(struct yh_spool *f);

#endif
