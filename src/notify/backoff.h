/* When to try again. */
#ifndef YH_NOTIFY_BACKOFF_H
#define YH_NOTIFY_BACKOFF_H

#include "base/id.h"

#define YH_BACKOFF_FIRST_S 30
#define YH_BACKOFF_MOST_S 21600 /* six hours */

/* How long after the failure of the try numbered `tries` (from 1) to wait: half a minute, doubled
 * each time, at most six hours; a quarter more or less by the id, so that what failed together does
 * not come back together. */
int64_t yh_backoff_us(int64_t tries, const struct yh_id *id);

#endif
