/* Tables out of files that people hand in: XLSX workbooks and CSV, as texts by row and column.
 * Every file is taken for hostile: what is unpacked, how many rows, columns and characters there
 * are is bounded, and nothing outside of the file is ever looked at. */
#ifndef YH_SERVICES_OPENING_SHEET_H
#define YH_SERVICES_OPENING_SHEET_H

#include "base/arena.h"
#include "base/time.h"

enum {
	YH_SHEETS_MAX = 20,
	YH_SHEET_ROWS_MAX = 20000, /* of all sheets together */
	YH_SHEET_COLS_MAX = 40,
	YH_SHEET_CELL_BYTES = 1024,
	YH_SHEET_UNPACKED_BYTES = 64 << 20,
	YH_SHEET_CSV_BYTES = 16 << 20
};

struct yh_sheet_row {
	int64_t no;         /* as the file counts, from 1 */
	const char **cells; /* `n` of them, "" where empty; without blanks around */
	size_t n;
};

struct yh_sheet {
	const char *name;          /* "" : a CSV has none */
	struct yh_sheet_row *rows; /* none of them empty */
	size_t n;
};

struct yh_sheets {
	struct yh_sheet *v;
	size_t n;
	bool serial;     /* days may stand as the numbers that spreadsheets keep, */
	bool since_1904; /* counted from 1904 */
};

/* Reads the file open as `fd`, of kind "csv" (UTF-8) or "xlsx"; texts in the arena. BAD_INPUT
 * "sheet-kind" for another kind, "sheet-unreadable" (figure part), "sheet-doctype"; TOO_LARGE
 * "sheet-too-large" (figures what, max; field: the place). */
YH_CHECK enum yh_rc yh_sheets_read(int fd, const char *kind, struct yh_arena *arena,
				   struct yh_sheets *out, struct yh_err *err);

/* A day as it is written, 2026-03-01, or kept by a spreadsheet. BAD_INPUT as yh_day_parse. */
YH_CHECK enum yh_rc yh_sheet_day(const struct yh_sheets *s, const char *text, yh_day *out,
				 struct yh_err *err);

/* "A", … "Z", "AA": columns as spreadsheets name them, from 0. */
enum { YH_SHEET_COL = 4 };
const char *yh_sheet_col(size_t col, char out[YH_SHEET_COL]);

#endif
