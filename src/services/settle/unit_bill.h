/* What a unit is to pay, or has paid for it, for a month: its statements, by project and by
 * provider (Art. 27). */
#ifndef YH_SERVICES_SETTLE_UNIT_BILL_H
#define YH_SERVICES_SETTLE_UNIT_BILL_H

#include "cases/context.h"
#include "store/settlement.h"

enum { YH_UNIT_BILL_MOST = 5000 };

struct yh_bill_part {
	const char *code, *name; /* "" where the provider is not known */
	int64_t statements, total_fen, paid_fen;
};
struct yh_unit_bill {
	struct yh_statement_line *statements; /* by number, also those that are not closed */
	size_t n;
	struct yh_bill_part *projects, *providers; /* in the order of their first statement */
	size_t n_projects, n_providers;
	int64_t total_fen, paid_fen; /* of the closed ones, as the parts */
	int64_t open, stopped; /* statements that are not closed yet, and cannot be reckoned */
};
/* All of them that the viewer sees. TOO_LARGE "bill-too-large" beyond YH_UNIT_BILL_MOST. */
YH_CHECK enum yh_rc yh_unit_bill(struct yh_ctx *cx, const struct yh_viewer *who,
				 const struct yh_id *unit, yh_day month, struct yh_unit_bill *out,
				 struct yh_err *err);

#endif
