/* The outer back end's gate: the scope rules that the embedded store applies as it journals.
 *
 * Who owns a resource is remembered for five minutes, since another server may have changed the
 * register. A series counts against the limits while it was written to today or yesterday. */
#ifndef YH_METER_OUTER_GATE_H
#define YH_METER_OUTER_GATE_H

#include "meter/meter.h"
#include "meter/wire.h"

struct yh_gate;
/* The callback of `cfg` is asked without a lock held; `cfg` outlives the gate. NULL: no memory. */
struct yh_gate *yh_gate_new(const struct yh_meter_config *cfg);
void yh_gate_free(struct yh_gate *g);

/* Hashes of labels and names under the gate's own secret. */
const struct yh_wire_seed *yh_gate_seed(const struct yh_gate *g);

/* May this scope write about the resource that the stamped labels name ("": none)? *refusal is set
 * to "meter-foreign" when it may not. Fails as the callback does, NOT_FOUND excepted. */
YH_CHECK enum yh_rc yh_gate_owns(struct yh_gate *g, const struct yh_meter_scope *scope,
				 const char *resource, yh_time now, struct yh_err *refusal,
				 struct yh_err *err);

/* Is there room for the series of this key? *refusal is set to "meter-series-limit" if not. */
YH_CHECK enum yh_rc yh_gate_series(struct yh_gate *g, const struct yh_meter_scope *scope,
				   struct yh_wire_key key, yh_time now, struct yh_err *refusal,
				   struct yh_err *err);

void yh_gate_owner_changed(struct yh_gate *g, const char *resource);
/* Series of today and yesterday. */
uint64_t yh_gate_count(struct yh_gate *g);

#endif
