/* What every thread that gives notices out does: it counts what became of them, and waits. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "notify/internal.h"

void yh_notify_count(const struct yh_notify *n, int channel, const char *state)
{
	struct yh_counts *c = n->cfg.world->counts;

	if (!c)
		return;
	atomic_fetch_add(strcmp(state, "sent") == 0      ? &c->sent[channel]
			 : strcmp(state, "waiting") == 0 ? &c->put_off[channel]
			 : strcmp(state, "failed") == 0  ? &c->failed[channel]
							 : &c->given_up[channel],
			 1);
}

bool yh_notify_wait(struct yh_notify *n, unsigned seconds)
{
	struct timespec until;
	bool stop;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += seconds;
	(void)pthread_mutex_lock(&n->lock);
	while (!n->stop && pthread_cond_timedwait(&n->wake, &n->lock, &until) == 0)
		;
	stop = n->stop;
	(void)pthread_mutex_unlock(&n->lock);
	return !stop;
}
