/* The table that orders are handed over by. */
#ifndef YH_EXPORT_HANDOVER_H
#define YH_EXPORT_HANDOVER_H

#include "export/table.h"
#include "services/fulfil/confirm.h"

/* One row of texts for each order, in the order of yh_handover_columns. */
struct yh_handover {
	const char *(*rows)[YH_HO_COLS];
	size_t n;
	bool en;
	yh_time made_at;
};
/* STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_handover_write(FILE *out, bool csv, const struct yh_handover *h,
				      struct yh_err *err);

#endif
