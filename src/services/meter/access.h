/* What an actor may do about clouds, providers and units as the senders and owners of metering. */
#ifndef YH_SERVICES_METER_ACCESS_H
#define YH_SERVICES_METER_ACCESS_H

#include "cases/context.h"

/* Does the matrix of the pack in force give the actor `action` about this? Relation "any": yes;
 * "cloud": a cloud whose body it is in that role, and the providers of such a cloud; "own": the
 * unit or provider in whose name it acts, in that role. `kind` is cloud, provider or unit. */
YH_CHECK enum yh_rc yh_meter_may(struct yh_ctx *cx, const char *action, const char *kind,
				 const struct yh_id *about, bool *may, struct yh_err *err);

#endif
