/* Waiting writes and lent connections. */
#include "db/queue.h"

#include <errno.h>
#include <string.h>
#include <time.h>

enum { READ_WAIT_S = 5 };

void yh_db_queue_init(struct yh_db_queue *q, unsigned max)
{
	memset(q, 0, sizeof *q);
	(void)pthread_mutex_init(&q->lock, NULL);
	(void)pthread_cond_init(&q->work, NULL);
	q->tail = &q->head;
	q->max = max;
}

void yh_db_queue_done(struct yh_db_queue *q)
{
	(void)pthread_cond_destroy(&q->work);
	(void)pthread_mutex_destroy(&q->lock);
}

enum yh_rc yh_db_queue_put(struct yh_db_queue *q, struct yh_write *w, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	w->next = NULL;
	(void)pthread_mutex_lock(&q->lock);
	if (q->stopping) {
		rc = yh_fail(err, YH_BUSY, "store-closing");
	} else if (q->waiting >= q->max) {
		rc = yh_fail(err, YH_BUSY, "write-queue-full");
	} else {
		*q->tail = w;
		q->tail = &w->next;
		q->waiting++;
		(void)pthread_cond_signal(&q->work);
	}
	(void)pthread_mutex_unlock(&q->lock);
	return rc;
}

struct yh_write *yh_db_queue_take(struct yh_db_queue *q, unsigned most)
{
	struct yh_write *list, *last = NULL;
	unsigned n = 0;

	(void)pthread_mutex_lock(&q->lock);
	while (!q->head && !q->stopping)
		(void)pthread_cond_wait(&q->work, &q->lock);
	list = q->head;
	for (; q->head && n < most; n++) {
		last = q->head;
		q->head = last->next;
	}
	if (last)
		last->next = NULL;
	if (!q->head)
		q->tail = &q->head;
	q->waiting -= n;
	q->stats.writes += n;
	q->stats.batches += n > 0;
	(void)pthread_mutex_unlock(&q->lock);
	return list;
}

void yh_db_queue_stop(struct yh_db_queue *q)
{
	(void)pthread_mutex_lock(&q->lock);
	q->stopping = true;
	(void)pthread_cond_broadcast(&q->work);
	(void)pthread_mutex_unlock(&q->lock);
}

void yh_db_queue_count(struct yh_db_queue *q, uint64_t retries, uint64_t rollbacks)
{
	(void)pthread_mutex_lock(&q->lock);
	q->stats.retries += retries;
	q->stats.rollbacks += rollbacks;
	(void)pthread_mutex_unlock(&q->lock);
}

struct yh_exec_stats yh_db_queue_stats(struct yh_db_queue *q)
{
	struct yh_exec_stats out;

	(void)pthread_mutex_lock(&q->lock);
	out = q->stats;
	(void)pthread_mutex_unlock(&q->lock);
	return out;
}

void yh_db_pool_init(struct yh_db_pool *p)
{
	pthread_condattr_t attr;

	memset(p, 0, sizeof *p);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr,
					CLOCK_MONOTONIC); /* a corrected clock must not matter */
	(void)pthread_cond_init(&p->freed, &attr);
	(void)pthread_condattr_destroy(&attr);
}

void yh_db_pool_done(struct yh_db_pool *p)
{
	(void)pthread_cond_destroy(&p->freed);
	(void)pthread_mutex_destroy(&p->lock);
}

static bool take_free(struct yh_db_pool *p, unsigned *at)
{
	for (unsigned i = 0; i < p->n; i++)
		if (!p->taken[i]) {
			p->taken[i] = true;
			p->out++;
			*at = i;
			return true;
		}
	return false;
}

enum yh_rc yh_db_pool_take(struct yh_db_pool *p, unsigned *at, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;
	struct timespec until;
	int waited = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += READ_WAIT_S;
	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		if (p->stopping) {
			rc = yh_fail(err, YH_BUSY, "store-closing");
			break;
		}
		if (take_free(p, at))
			break;
		if (waited == ETIMEDOUT) {
			rc = yh_fail(err, YH_BUSY, "read-queue-full");
			break;
		}
		waited = pthread_cond_timedwait(&p->freed, &p->lock, &until);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return rc;
}

void yh_db_pool_give(struct yh_db_pool *p, unsigned at)
{
	(void)pthread_mutex_lock(&p->lock);
	p->taken[at] = false;
	p->out--;
	if (p->stopping)
		(void)pthread_cond_broadcast(&p->freed);
	else
		(void)pthread_cond_signal(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

void yh_db_pool_halt(struct yh_db_pool *p)
{
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_broadcast(&p->freed);
	(void)pthread_mutex_unlock(&p->lock);
}

void yh_db_pool_stop(struct yh_db_pool *p)
{
	yh_db_pool_halt(p);
	(void)pthread_mutex_lock(&p->lock);
	while (p->out > 0)
		(void)pthread_cond_wait(&p->freed, &p->lock);
	(void)pthread_mutex_unlock(&p->lock);
}
