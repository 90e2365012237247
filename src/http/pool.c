/* The server's own threads: workers that run requests, and the reaper of slow connections. */
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "base/log.h"
#include "http/internal.h"
#include "meter/meter.h"

static void *work(void *arg)
{
	struct lane *l = arg;
	struct yh_server *s = l->srv;

	(void)pthread_mutex_lock(&s->lock);
	for (;;) {
		struct call *c;

		while (!l->head && !s->stop)
			(void)pthread_cond_wait(&l->work, &s->lock);
		c = l->head;
		if (!c)
			break;
		l->head = c->next;
		if (!l->head)
			l->tail = &l->head;
		l->queued--;
		(void)pthread_mutex_unlock(&s->lock);
		yh_call_run(c);
		(void)pthread_mutex_lock(&s->lock);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* Dripping bytes keeps the library's idle timer from firing, so each phase on the wire has its own
 * bound. Shutting down is enough: the network thread sees the end and cleans up. The descriptor
 * cannot be another's, because a connection leaves the list before it is closed. */
static void *reap(void *arg)
{
	struct yh_server *s = arg;
	int64_t most = (int64_t)s->cfg.request_deadline_s * 1000;

	(void)pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		int64_t now = yh_monotonic_ms();
		struct timespec until;

		for (struct conn *c = s->conns; c; c = c->next)
			if (c->phase != CONN_RUNNING && c->phase != CONN_STREAMING &&
			    now - c->since_ms > most + c->grace_ms)
				(void)shutdown(c->fd, SHUT_RDWR);
		yh_bodies_trim(&s->bodies, now);
		if (s->door.tls) {
			(void)pthread_mutex_unlock(&s->lock);
			yh_listen_look(s, atomic_exchange(&s->door.look_now, false));
			(void)pthread_mutex_lock(&s->lock);
		}
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += 250 * 1000 * 1000;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		(void)pthread_cond_timedwait(&s->reaper, &s->lock, &until);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return NULL;
}

bool yh_pool_start(struct yh_server *s)
{
	const unsigned wanted[LANES] = { s->cfg.workers, s->cfg.raw_workers, s->cfg.aside_workers,
					 s->cfg.list_workers };

	for (unsigned i = 0; i < LANES; i++) {
		struct lane *l = &s->lanes[i];

		l->srv = s;
		l->tail = &l->head;
		l->workers = calloc(wanted[i], sizeof *l->workers);
		if (!l->workers)
			return false;
		for (; l->n_workers < wanted[i]; l->n_workers++)
			if (pthread_create(&l->workers[l->n_workers], NULL, work, l) != 0)
				return false;
	}
	s->has_reaper = pthread_create(&s->reaper_thread, NULL, reap, s) == 0;
	return s->has_reaper;
}

void yh_pool_drain(struct yh_server *s)
{
	struct timespec until;
	int waited = 0;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += s->cfg.drain_s;
	(void)pthread_mutex_lock(&s->lock);
	s->draining = true;
	while (s->running > 0 && waited == 0)
		waited = pthread_cond_timedwait(&s->idle, &s->lock, &until);
	if (s->running > 0) {
		yh_log(YH_WARN, "draining", "%u requests are cut short", s->running);
		if (s->world->exec)
			yh_exec_halt(s->world->exec);
		if (s->world->meter)
			yh_meter_halt(s->world->meter);
	}
	while (s->running > 0)
		(void)pthread_cond_wait(&s->idle, &s->lock);
	(void)pthread_mutex_unlock(&s->lock);
}

void yh_pool_stop(struct yh_server *s)
{
	(void)pthread_mutex_lock(&s->lock);
	s->stop = true;
	for (unsigned i = 0; i < LANES; i++)
		(void)pthread_cond_broadcast(&s->lanes[i].work);
	(void)pthread_cond_broadcast(&s->reaper);
	(void)pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < LANES; i++) {
		for (unsigned k = 0; k < s->lanes[i].n_workers; k++)
			(void)pthread_join(s->lanes[i].workers[k], NULL);
		free(s->lanes[i].workers);
	}
	if (s->has_reaper)
		(void)pthread_join(s->reaper_thread, NULL);
}

enum yh_lane yh_lane_of(const struct call *c)
{
	const struct yh_op *op = c->rq.op;

	return c->listing                ? LANE_LIST
	       : op->raw                 ? LANE_RAW
	       : op->flags & YH_OP_ASIDE ? LANE_ASIDE
					 : LANE_JSON;
}

/* After a restart every console comes back at once, and a browser does not ask a second time for a
 * stream that was refused. */
static unsigned most_waiting(const struct yh_server *s, const struct yh_op *op)
{
	return s->cfg.queue_max + (op->live ? s->cfg.streams_max : 0);
}

bool yh_pool_enqueue(struct call *c, bool *draining)
{
	struct yh_server *s = c->srv;
	struct lane *l = &s->lanes[yh_lane_of(c)];
	bool admitted;

	(void)pthread_mutex_lock(&s->lock);
	*draining = s->draining;
	admitted = !s->draining && l->queued < most_waiting(s, c->rq.op);
	if (admitted) {
		/* before a worker can see it, so that the resume cannot come first */
		MHD_suspend_connection(c->mhd);
		c->state = CALL_RUNNING;
		c->conn->phase = CONN_RUNNING;
		c->counted = true;
		c->next = NULL;
		*l->tail = c;
		l->tail = &c->next;
		l->queued++;
		s->running++;
		(void)pthread_cond_signal(&l->work);
	}
	(void)pthread_mutex_unlock(&s->lock);
	return admitted;
}
