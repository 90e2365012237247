/* Carrying the log of an embedded store over into its file, beside the writer: on its thread a
 * checkpoint would hold up every write that waits. */
#ifndef YH_DB_WAL_H
#define YH_DB_WAL_H

#include <pthread.h>

#include "db/sqlite.h"

struct yh_wal {
	struct yh_sqlite conn;
	struct yh_sqlite *writer;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t work, idle;
	int pages; /* in the log after the last commit; the writer's own */
	/* under the lock: */
	int seen;    /* the same, as the writer last told it */
	int carried; /* of them, when the last round began */
	int held;    /* when the writer last waited for the thread */
	bool due, finished, stop, started;
};

/* Takes the checkpoints of `writer` over, which must be open. */
YH_CHECK enum yh_rc yh_wal_start(struct yh_wal *w, struct yh_sqlite *writer, const char *path,
				 struct yh_err *err);
/* Ends the thread. Also after a failed start. */
void yh_wal_stop(struct yh_wal *w);
/* By the writer, between two transactions: wakes the thread when enough has gathered. Once the log
 * is long, carries what little the thread left over itself, after which the log begins anew; once
 * it is very long, waits for the thread first. */
void yh_wal_tend(struct yh_wal *w);

#endif
