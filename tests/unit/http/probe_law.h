/* The law of the probe, as far as the server asks: a clerk may do with notes what is her own, a
 * chief whatever there is; and there is one procedure, "leave". It stands in for the room of the
 * law. */
#ifndef YH_TESTS_PROBE_LAW_H
#define YH_TESTS_PROBE_LAW_H

#include "cases/context.h"
#include "law/pack.h"

enum yh_rc probe_pack_on(void *self, yh_day day, const struct yh_pack **out, struct yh_err *err);

#endif
