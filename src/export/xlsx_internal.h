/* What the workbooks of this room share; nobody else includes it. */
#ifndef YH_EXPORT_XLSX_INTERNAL_H
#define YH_EXPORT_XLSX_INTERNAL_H

#include <xlsxwriter.h>

#include "base/err.h"
#include "base/time.h"

#define YH_XLSX_FONT "宋体"
#define YH_XLSX_MONEY "#,##0.00;[Red]-#,##0.00"

/* A workbook that will be written into the spool `out`, row after row. NULL without memory. */
lxw_workbook *yh_xlsx_open(FILE *out, const char *title, yh_time made_at);
/* Writes and frees it. STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_xlsx_close(lxw_workbook *book, FILE *out, struct yh_err *err);
/* Frees it after a failure; what was written is of no use. */
void yh_xlsx_drop(lxw_workbook *book);
lxw_format *yh_xlsx_format(lxw_workbook *book, double size_pt);

/* A decimal number where a spreadsheet keeps it exactly, else its text. */
lxw_error yh_xlsx_decimal(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const char *text,
			  lxw_format *format);
/* Yuan; beyond what a spreadsheet keeps to the fen, text. */
lxw_error yh_xlsx_money(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, int64_t fen,
			lxw_format *format);
/* Text, cut where a cell ends. */
lxw_error yh_xlsx_text(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const char *text,
		       lxw_format *format);
double yh_xlsx_day(yh_day day);

#endif
