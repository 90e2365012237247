/* Copying a meter that is in use. */
#ifndef YH_METER_COPY_H
#define YH_METER_COPY_H

#include "meter/meter.h"

/* Does it live in a folder of its own? */
bool yh_meter_is_embedded(const struct yh_meter *m);
/* Copies an embedded meter into the empty folder `to`, as a store that opens: all that was
 * acknowledged before, and what is written meanwhile in part. Sealed files become second names
 * where that can be; sealing waits while the journal is copied, and merging until the end. The
 * caller syncs the folder. STORAGE as files fail. */
YH_CHECK enum yh_rc yh_meter_copy(struct yh_meter *m, int to, struct yh_err *err);

#endif
