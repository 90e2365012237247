/* What both executors share: writes that wait, and connections that are lent to readers. */
#ifndef YH_DB_QUEUE_H
#define YH_DB_QUEUE_H

#include <pthread.h>

#include "db/internal.h"

struct yh_db_queue {
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct yh_write *head, **tail;
	unsigned waiting, max;
	bool stopping;
	struct yh_exec_stats stats;
};

void yh_db_queue_init(struct yh_db_queue *q, unsigned max);
void yh_db_queue_done(struct yh_db_queue *q);
/* BUSY "write-queue-full", or "store-closing" after yh_db_queue_stop. */
YH_CHECK enum yh_rc yh_db_queue_put(struct yh_db_queue *q, struct yh_write *w, struct yh_err *err);
/* Waits for work; at most `most` writes in the order they came. NULL: stopped and nothing waits. */
struct yh_write *yh_db_queue_take(struct yh_db_queue *q, unsigned most);
void yh_db_queue_stop(struct yh_db_queue *q);
void yh_db_queue_count(struct yh_db_queue *q, uint64_t retries, uint64_t rollbacks);
struct yh_exec_stats yh_db_queue_stats(struct yh_db_queue *q);

struct yh_db_pool {
	pthread_mutex_t lock;
	pthread_cond_t freed;
	bool taken[YH_CONNECTIONS_MAX];
	unsigned n, out;
	bool stopping;
};

void yh_db_pool_init(struct yh_db_pool *p);
void yh_db_pool_done(struct yh_db_pool *p);
/* The number of a free connection, after at most five seconds. BUSY "read-queue-full", or
 * "store-closing" after yh_db_pool_stop. */
YH_CHECK enum yh_rc yh_db_pool_take(struct yh_db_pool *p, unsigned *at, struct yh_err *err);
void yh_db_pool_give(struct yh_db_pool *p, unsigned at);
/* Lends no more. */
void yh_db_pool_halt(struct yh_db_pool *p);
/* The same, and waits until all are back. */
void yh_db_pool_stop(struct yh_db_pool *p);

#endif
