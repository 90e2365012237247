/* Tables for an opening balance (X10), empty but for what is known, with the codes that may be used
 * in them. */
#ifndef YH_EXPORT_OPENING_TEMPLATE_H
#define YH_EXPORT_OPENING_TEMPLATE_H

#include <stdio.h>

#include "base/time.h"

struct yh_opening_code {
	const char *column, *code, *title; /* of which column it is one */
};

/* A row of resources that is filled in: a text for each column, NULL where nothing is known. */
struct yh_opening_given {
	const char *const *cells;
};
struct yh_opening_fill {
	const struct yh_opening_code *codes;
	size_t n_codes;
	const struct yh_opening_given *rows;
	size_t n_rows;
};

/* A workbook with a sheet for each table and one of the codes; or the same tables one below the
 * other, the codes in rows that begin with #. `en`: the heads are English. STORAGE
 * "export-unwritable", TOO_LARGE "memory-short". */
YH_CHECK enum yh_rc yh_opening_template_xlsx(FILE *out, bool en, const struct yh_opening_fill *fill,
					     yh_time made_at, struct yh_err *err);
YH_CHECK enum yh_rc yh_opening_template_csv(FILE *out, bool en, const struct yh_opening_fill *fill,
					    struct yh_err *err);

#endif
