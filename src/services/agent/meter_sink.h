/* The agents' batches into the meter. */
#ifndef YH_SERVICES_AGENT_METER_SINK_H
#define YH_SERVICES_AGENT_METER_SINK_H

#include "meter/meter.h"
#include "services/agent/agents.h"

/* `meter` is borrowed for as long as the sink is used. */
struct yh_agent_sink yh_agent_meter_sink(struct yh_meter *meter);

#endif
