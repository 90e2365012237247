/* How far the clock of a demonstration is ahead of the machines'. A store is made to have such a
 * clock or not, at its beginning: one that is not never has one. */
#ifndef YH_STORE_CLOCK_H
#define YH_STORE_CLOCK_H

#include "db/db.h"

/* *turns false: the store lives on the machines' own clocks, and *ahead is 0. */
YH_CHECK enum yh_rc yh_clock_load(struct yh_tx *tx, bool *turns, yh_time *ahead,
				  struct yh_err *err);
/* Gives a new store a clock that can be turned. */
YH_CHECK enum yh_rc yh_clock_make(struct yh_tx *tx, struct yh_err *err);
/* Puts it ahead; never back, whoever else turns it. *ahead becomes how far it is. */
YH_CHECK enum yh_rc yh_clock_put(struct yh_tx *tx, yh_time *ahead, struct yh_err *err);

#endif
