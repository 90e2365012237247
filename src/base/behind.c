/* Work that others come before. */
#include "base/behind.h"

#include <pthread.h>
#include <sys/resource.h>

enum { NICE = 10 };

struct work {
	void (*fn)(void *arg);
	void *arg;
};

static void *behind(void *arg)
{
	const struct work *w = arg;

	(void)setpriority(PRIO_PROCESS, 0, NICE); /* on Linux, of this thread */
	w->fn(w->arg);
	return NULL;
}

void yh_run_behind(void (*fn)(void *arg), void *arg)
{
	struct work w = { fn, arg };
	pthread_t thread;

	if (pthread_create(&thread, NULL, behind, &w) == 0)
		(void)pthread_join(thread, NULL);
	else
		fn(arg);
}
