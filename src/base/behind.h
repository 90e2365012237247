/* Work that others come before. */
#ifndef YH_BASE_BEHIND_H
#define YH_BASE_BEHIND_H

/* Runs fn(arg) on a thread of its own and waits for it. The thread, and those that it starts, get
 * what processor time is left by threads that answer somebody: a tenth of it, when all are busy.
 * Where no thread is to be had, it runs here like anything else. */
void yh_run_behind(void (*fn)(void *arg), void *arg);

#endif
