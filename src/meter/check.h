/* Looking a meter's files through, with no server running. */
#ifndef YH_METER_CHECK_H
#define YH_METER_CHECK_H

#include "meter/meter.h"

/* Reads every page of every segment that the manifest in the folder `path` names. Calls `fn` for
 * each fault: the file, and what is wrong with it ("" where the file alone says it); *n: how many.
 * No manifest: nothing is looked at. CONFLICT "meter-version" as yh_manifest_load. */
typedef void (*yh_meter_fault_fn)(void *arg, const char *file, const char *what);
YH_CHECK enum yh_rc yh_meter_check(const char *path, yh_meter_fault_fn fn, void *arg, int64_t *n,
				   struct yh_err *err);

#endif
