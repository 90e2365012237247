/* The table that orders are handed over by to people who do not work in the console, and in which
 * they come back confirmed: all of it or nothing, every fault at its cell. */
#ifndef YH_SERVICES_FULFIL_CONFIRM_H
#define YH_SERVICES_FULFIL_CONFIRM_H

#include "services/fulfil/fulfil.h"
#include "services/opening/sheet.h"
#include "store/document.h"

enum {
	YH_HO_ORDER,
	YH_HO_CASE,
	YH_HO_STEP,
	YH_HO_ACT,
	YH_HO_RESOURCE,
	YH_HO_NAME,
	YH_HO_ITEM,
	YH_HO_SIZE,
	YH_HO_UNIT,
	YH_HO_DUE,
	YH_HO_REF,
	YH_HO_EVIDENCE,
	YH_HO_NOTE,
	YH_HO_COLS
};
enum { YH_HO_ROWS = 2000, YH_HO_FAULTS = 200 };
struct yh_handover_column {
	const char *zh, *en;
	bool filled_in; /* by whoever confirms; the rest may be left out, but for the first */
};
extern const struct yh_handover_column yh_handover_columns[YH_HO_COLS];

struct yh_confirm_line {
	const char *sheet, *text[YH_HO_COLS]; /* "" where empty */
	int64_t row;
	const size_t *at; /* where the columns stand in the file; SIZE_MAX: not */
	bool bad, taken;
	struct yh_cloud_order_row order;
};
struct yh_confirm_fault {
	const char *sheet;
	int64_t row;
	size_t place; /* the column in the file, from 0; SIZE_MAX: none */
	const char *head;
	struct yh_err why;
};
struct yh_confirm {
	struct yh_confirm_line *lines;
	size_t n, steps;
	struct yh_confirm_fault *faults;
	size_t n_faults, faults_all; /* kept, found */
};

/* Reads the file, judges it, and closes the steps whose orders it confirms, as the actor would one
 * by one. With `dry`, or with any fault, nothing is kept. Faults of cells are in *out and no
 * failure; BAD_INPUT and TOO_LARGE as yh_sheets_read; TOO_LARGE "orders-many" (figure max). */
YH_CHECK enum yh_rc yh_orders_confirm(struct yh_ctx *cx, const struct yh_document_row *document,
				      bool dry, struct yh_confirm *out, struct yh_err *err);
/* The first fault as a failure: BAD_INPUT "orders-faulty" (figures faults, cell, why; field the
 * cell). */
YH_CHECK enum yh_rc yh_orders_judged(const struct yh_confirm *c, struct yh_err *err);
/* "交付!K5", "K5" */
enum { YH_HO_CELL = 160 };
const char *yh_confirm_cell(const struct yh_confirm_fault *f, char out[YH_HO_CELL]);

#endif
