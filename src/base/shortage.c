/* Counts on each thread how often there was no memory. */
#include "base/shortage.h"

#include <stddef.h>
#include <stdlib.h>
#include <time.h>

static _Thread_local unsigned count;

unsigned yh_shortages(void)
{
	return count;
}

void *yh_shortage(void)
{
	count++;
	return NULL;
}

void yh_shortage_wait(unsigned tried)
{
	enum { TRIES = 10 };
	const struct timespec pause = { .tv_nsec = 1000000L << tried };

	if (tried == TRIES)
		abort();
	(void)nanosleep(&pause, NULL);
}
