/* Tables of any length as files. One description of the columns serves every format; rows are
 * handed over one after the other, so that memory does not grow with them. */
#ifndef YH_EXPORT_TABLE_H
#define YH_EXPORT_TABLE_H

#include <stdio.h>

#include "base/err.h"
#include "base/time.h"

enum yh_cell_kind {
	YH_CELL_TEXT,    /* text */
	YH_CELL_INT,     /* num */
	YH_CELL_MONEY,   /* num in fen, shown in yuan */
	YH_CELL_MILLI,   /* num in thousandths */
	YH_CELL_E6,      /* num in millionths */
	YH_CELL_DECIMAL, /* text that is a decimal number of any length */
	YH_CELL_DAY,     /* num is a yh_day; YH_DAY_NONE: empty */
	YH_CELL_TIME,    /* num is a yh_time, shown in Shanghai's time to the second; 0: empty */
	YH_CELL_OWN,     /* each cell says what it is, and its number is shown plainly */
};

struct yh_table_column {
	const char *title_zh, *title_en;
	enum yh_cell_kind kind;
	int width; /* in halves of a Chinese character; 0: as title and kind need */
};

struct yh_cell {
	const char *text; /* NULL: empty */
	int64_t num;
	bool empty;
	enum yh_cell_kind kind; /* of a cell in a column of YH_CELL_OWN */
};
#define YH_CELL_STR(s) ((struct yh_cell){ .text = (s) })
#define YH_CELL_NUM(n) ((struct yh_cell){ .num = (n) })

struct yh_table_spec {
	const char *name; /* of the sheet: at most 31 characters, none of []:*?/\ */
	const struct yh_table_column *columns;
	size_t n;
	const char *lang; /* of the titles: "zh" or "en" */
	bool machine;     /* for programs: no byte order mark */
	yh_time made_at;  /* in the file's properties */
};

/* What rows are put into. */
struct yh_table;
YH_CHECK enum yh_rc yh_table_row(struct yh_table *t, const struct yh_cell *cells,
				 struct yh_err *err);
/* Puts all rows. */
typedef enum yh_rc (*yh_table_fn)(void *arg, struct yh_table *t, struct yh_err *err);

/* Would a spreadsheet take the text for a formula, whatever unseen it begins with? */
bool yh_table_is_formula(const char *s);
/* RFC 4180 in UTF-8, with the byte order mark that Excel in China needs. Text that a spreadsheet
 * would take for a formula has an apostrophe in front. STORAGE "export-unwritable". */
YH_CHECK enum yh_rc yh_csv_write(FILE *out, const struct yh_table_spec *spec, yh_table_fn rows,
				 void *arg, struct yh_err *err);
/* An Excel workbook: the head stays in sight, columns can be filtered, numbers are numbers. `out`
 * is a spool. TOO_LARGE "export-too-large" (figure max) beyond the rows of a sheet. */
YH_CHECK enum yh_rc yh_xlsx_write(FILE *out, const struct yh_table_spec *spec, yh_table_fn rows,
				  void *arg, struct yh_err *err);

/* How wide text is, in halves of a Chinese character. */
int yh_text_width(const char *utf8);
/* "2026-11-23 09:00:00" in Shanghai. */
enum { YH_CELL_TIME_TEXT = 24 };
const char *yh_cell_time(yh_time t, char out[YH_CELL_TIME_TEXT]);

#endif
