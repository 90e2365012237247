/* Whether memory ran short on the way. Much is built from pieces of which each may fail alone: that
 * one was missed is seen here, also where nobody looked at it. */
#ifndef YH_BASE_SHORTAGE_H
#define YH_BASE_SHORTAGE_H

/* How often this thread has had no memory so far, for JSON or an arena: more than before means
 * that what was built meanwhile may lack something. */
unsigned yh_shortages(void);

/* Counts one; returns NULL for what was not to be had. */
void *yh_shortage(void);

/* Before what nobody can do without is asked for again: waits, doubling from a millisecond with
 * `tried`, which counts from 0. After a second in all there is not even a little memory, no request
 * of any kind can be served, and the program ends (abort): what starts it anew helps more. */
void yh_shortage_wait(unsigned tried);

#endif
