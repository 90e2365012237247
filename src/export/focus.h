/* Settlements as FOCUS 1.2 cost and usage data: a row for every line of a statement. What each
 * column says, and why, is in docs/focus.md. Pure. */
#ifndef YH_EXPORT_FOCUS_H
#define YH_EXPORT_FOCUS_H

#include "export/table.h"
#include "law/messages.h"
#include "services/settle/settle.h"

extern const struct yh_table_spec yh_focus_table;
/* Stopped statements have no rows. */
YH_CHECK enum yh_rc yh_focus_rows(const struct yh_bill *bill, const struct yh_messages *m,
				  struct yh_table *t, struct yh_err *err);

#endif
