/* What bodies of the simulated city plan, contract, resolve and report. */
#ifndef YH_SIM_RECORDS_H
#define YH_SIM_RECORDS_H

#include "base/id.h"
#include "base/time.h"

enum { SIM_RECORDS = 8 };
struct sim_recorded {
	struct yh_id cases[SIM_RECORDS]; /* of the acts done so far, in their order */
	size_t n;
};

struct sim;
/* A contract with the provider of every cloud; what providers inspect on a day. */
YH_CHECK enum yh_rc sim_contracts(struct sim *s, struct yh_err *err);
YH_CHECK enum yh_rc sim_inspect(struct sim *s, yh_day day, struct yh_err *err);
/* What is to be done by a day and is not yet. */
YH_CHECK enum yh_rc sim_records(struct sim *s, yh_day day, struct yh_err *err);

#endif
