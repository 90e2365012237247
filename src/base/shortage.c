/* Counts on each thread how often there was no memory. */
#include "base/shortage.h"

#include <stddef.h>

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
