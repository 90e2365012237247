/* What the readers of tables share; nobody else includes it. */
#ifndef YH_SERVICES_OPENING_SHEET_INTERNAL_H
#define YH_SERVICES_OPENING_SHEET_INTERNAL_H

#include "services/opening/sheet.h"

/* Sheets while they are read. */
struct sheet_maker {
	struct yh_arena *arena;
	struct yh_sheets *out;
	size_t rows, cap; /* of all sheets; room in the last one */
	const char *cells[YH_SHEET_COLS_MAX];
	size_t n_cells; /* of the row at hand */
};

YH_CHECK enum yh_rc yh_sheet_begin(struct sheet_maker *m, const char *name, struct yh_err *err);
/* Puts `n` bytes into a cell of the row at hand. */
YH_CHECK enum yh_rc yh_sheet_put(struct sheet_maker *m, int64_t row, size_t col, const char *text,
				 size_t n, struct yh_err *err);
/* Ends the row at hand; an empty one leaves nothing. */
YH_CHECK enum yh_rc yh_sheet_end_row(struct sheet_maker *m, int64_t row, struct yh_err *err);

YH_CHECK enum yh_rc yh_sheet_too_large(const char *what, int64_t max, struct yh_err *err);
YH_CHECK enum yh_rc yh_sheet_unreadable(const char *part, struct yh_err *err);

YH_CHECK enum yh_rc yh_sheets_of_xlsx(int fd, struct sheet_maker *m, struct yh_err *err);

#endif
