/* Tables as Excel workbooks, by libxlsxwriter in constant memory. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "export/money.h"
#include "export/outfile.h"
#include "export/table_internal.h"
#include "export/xlsx_internal.h"

enum {
	DAYS_TO_1970 = 25569, /* a sheet's days begin with 1900 */
	EXACT_DIGITS = 15,    /* of a sheet's numbers */
	CELL_BYTES = 32000,
	FIRST_EXACT_DAY = -25508 /* before March 1900 its days are one off */
};

lxw_format *yh_xlsx_format(lxw_workbook *book, double size_pt)
{
	lxw_format *f = workbook_add_format(book);

	if (f) {
		format_set_font_name(f, YH_XLSX_FONT);
		format_set_font_size(f, size_pt);
		format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
	}
	return f;
}

lxw_workbook *yh_xlsx_open(FILE *out, const char *title, yh_time made_at)
{
	YH_FREE_AUTO char *dir = strdup(yh_outfile_dir());
	lxw_workbook_options options = {
		.constant_memory = LXW_TRUE,
		.use_zip64 = LXW_FALSE,
		.tmpdir = dir,
	};
	lxw_doc_properties about = {
		.title = (char *)(uintptr_t)title,
		.company = (char *)(uintptr_t) "云衡 Yunheng",
		.created = (time_t)(made_at / YH_US_PER_S),
	};
	char path[YH_OUTFILE_PATH];
	lxw_workbook *book = workbook_new_opt(yh_outfile_path(out, path), &options);

	if (book && workbook_set_properties(book, &about) != LXW_NO_ERROR) {
		yh_xlsx_drop(book);
		return NULL;
	}
	return book;
}

void yh_xlsx_drop(lxw_workbook *book)
{
	lxw_workbook_free(book);
}

enum yh_rc yh_xlsx_close(lxw_workbook *book, FILE *out, struct yh_err *err)
{
	lxw_error e = workbook_close(book);

	if (e == LXW_NO_ERROR)
		return yh_outfile_check(out, err);
	(void)yh_fail(err, YH_STORAGE, "export-unwritable");
	yh_err_text(err, "detail", lxw_strerror(e));
	return YH_STORAGE;
}

lxw_error yh_xlsx_text(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const char *text,
		       lxw_format *format)
{
	YH_FREE_AUTO char *cut = NULL;
	size_t n = CELL_BYTES;

	if (!text || strlen(text) <= CELL_BYTES)
		return worksheet_write_string(sheet, row, col, text ? text : "", format);
	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	cut = strndup(text, n);
	return cut ? worksheet_write_string(sheet, row, col, cut, format)
		   : LXW_ERROR_MEMORY_MALLOC_FAILED;
}

lxw_error yh_xlsx_decimal(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, const char *text,
			  lxw_format *format)
{
	size_t digits = 0;

	for (const char *p = text + strspn(text, "-0."); *p; p++)
		digits += *p >= '0' && *p <= '9';
	if (digits > EXACT_DIGITS)
		return worksheet_write_string(sheet, row, col, text, format);
	return worksheet_write_number(sheet, row, col, strtod(text, NULL), format);
}

lxw_error yh_xlsx_money(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t col, int64_t fen,
			lxw_format *format)
{
	char text[YH_MONEY_TEXT];

	return yh_xlsx_decimal(sheet, row, col, yh_money_plain(fen, text), format);
}

double yh_xlsx_day(yh_day day)
{
	return (double)(day + DAYS_TO_1970);
}

struct xlsx {
	struct yh_table table;
	lxw_worksheet *sheet;
	lxw_format *text, *integer, *money, *decimal, *day, *time;
};

static lxw_format *numbers(lxw_workbook *book, const char *shape)
{
	lxw_format *f = yh_xlsx_format(book, 10);

	if (f)
		format_set_num_format(f, shape);
	return f;
}

static lxw_error put_scaled(struct xlsx *x, lxw_row_t row, lxw_col_t col, int64_t v, unsigned scale)
{
	char text[YH_SCALED_TEXT];

	return yh_xlsx_decimal(x->sheet, row, col, yh_scaled_text(v, scale, text), x->decimal);
}

static lxw_error put_day(struct xlsx *x, lxw_row_t row, lxw_col_t col, yh_day day)
{
	char text[YH_DAY_TEXT];

	if (day == YH_DAY_NONE)
		return LXW_NO_ERROR;
	if (day < FIRST_EXACT_DAY)
		return worksheet_write_string(x->sheet, row, col, yh_day_text(day, text), x->text);
	return worksheet_write_number(x->sheet, row, col, yh_xlsx_day(day), x->day);
}

static lxw_error put_time(struct xlsx *x, lxw_row_t row, lxw_col_t col, yh_time t)
{
	yh_day day = yh_day_of(t);
	double part = (double)((t - yh_day_start(day)) / YH_US_PER_S) / 86400;

	if (t == 0)
		return LXW_NO_ERROR;
	return worksheet_write_number(x->sheet, row, col, yh_xlsx_day(day) + part, x->time);
}

static lxw_error put_cell(struct xlsx *x, lxw_row_t row, lxw_col_t col, const struct yh_cell *c)
{
	enum yh_cell_kind kind = x->table.spec->columns[col].kind;
	bool plain = kind == YH_CELL_OWN;

	if (c->empty)
		return LXW_NO_ERROR;
	switch (plain ? c->kind : kind) {
	case YH_CELL_TEXT:
		return yh_xlsx_text(x->sheet, row, col, c->text, x->text);
	case YH_CELL_INT:
		return worksheet_write_number(x->sheet, row, col, (double)c->num,
					      plain ? x->text : x->integer);
	case YH_CELL_MONEY:
		return yh_xlsx_money(x->sheet, row, col, c->num, x->money);
	case YH_CELL_MILLI:
		return put_scaled(x, row, col, c->num, 3);
	case YH_CELL_E6:
		return put_scaled(x, row, col, c->num, 6);
	case YH_CELL_DECIMAL:
		return c->text ? yh_xlsx_decimal(x->sheet, row, col, c->text,
						 plain ? x->text : x->decimal)
			       : LXW_NO_ERROR;
	case YH_CELL_DAY:
		return put_day(x, row, col, (yh_day)c->num);
	case YH_CELL_TIME:
		return put_time(x, row, col, c->num);
	case YH_CELL_OWN:
		break;
	}
	return LXW_NO_ERROR;
}

static enum yh_rc put_xlsx(struct yh_table *t, const struct yh_cell *cells, struct yh_err *err)
{
	struct xlsx *x = (struct xlsx *)t;
	lxw_error e = LXW_NO_ERROR;

	if (t->rows >= LXW_ROW_MAX) {
		(void)yh_fail(err, YH_TOO_LARGE, "export-too-large");
		yh_err_int(err, "max", LXW_ROW_MAX - 1);
		return YH_TOO_LARGE;
	}
	for (size_t i = 0; i < t->spec->n && e == LXW_NO_ERROR; i++)
		e = put_cell(x, (lxw_row_t)t->rows, (lxw_col_t)i, &cells[i]);
	return e == LXW_NO_ERROR ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static int width_of(const struct yh_table_column *c, const char *title)
{
	static const int least[] = {
		[YH_CELL_TEXT] = 16,  [YH_CELL_INT] = 10,  [YH_CELL_MONEY] = 16,
		[YH_CELL_MILLI] = 14, [YH_CELL_E6] = 12,   [YH_CELL_DECIMAL] = 18,
		[YH_CELL_DAY] = 12,   [YH_CELL_TIME] = 20, [YH_CELL_OWN] = 16,
	};
	int title_width = yh_text_width(title) + 3; /* the filter's arrow */

	if (c->width)
		return c->width;
	return title_width > least[c->kind] ? title_width : least[c->kind];
}

static bool write_head(struct xlsx *x, lxw_workbook *book)
{
	const struct yh_table_spec *spec = x->table.spec;
	bool english = strcmp(spec->lang, "en") == 0;
	lxw_format *head = yh_xlsx_format(book, 10);
	lxw_error e = LXW_NO_ERROR;

	if (!head)
		return false;
	format_set_bold(head);
	format_set_bg_color(head, 0xE8EEF7);
	format_set_bottom(head, LXW_BORDER_THIN);
	format_set_text_wrap(head);
	for (size_t i = 0; i < spec->n && e == LXW_NO_ERROR; i++) {
		const struct yh_table_column *c = &spec->columns[i];
		const char *title = english ? c->title_en : c->title_zh;

		e = worksheet_set_column(x->sheet, (lxw_col_t)i, (lxw_col_t)i, width_of(c, title),
					 NULL);
		if (e == LXW_NO_ERROR)
			e = worksheet_write_string(x->sheet, 0, (lxw_col_t)i, title, head);
	}
	worksheet_freeze_panes(x->sheet, 1, 0);
	(void)worksheet_repeat_rows(x->sheet, 0, 0);
	worksheet_set_landscape(x->sheet);
	worksheet_set_paper(x->sheet, 9); /* A4 */
	worksheet_fit_to_pages(x->sheet, 1, 0);
	return e == LXW_NO_ERROR;
}

enum yh_rc yh_xlsx_write(FILE *out, const struct yh_table_spec *spec, yh_table_fn rows, void *arg,
			 struct yh_err *err)
{
	lxw_workbook *book = yh_xlsx_open(out, spec->name, spec->made_at);
	struct xlsx x = { .table = { .spec = spec, .put = put_xlsx } };
	enum yh_rc rc = YH_OK;

	if (!book)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	x.sheet = workbook_add_worksheet(book, spec->name);
	x.text = yh_xlsx_format(book, 10);
	x.integer = numbers(book, "#,##0");
	x.money = numbers(book, YH_XLSX_MONEY);
	x.decimal = numbers(book, "#,##0.######");
	x.day = numbers(book, "yyyy-mm-dd");
	x.time = numbers(book, "yyyy-mm-dd hh:mm:ss");
	if (!x.sheet || !x.text || !x.integer || !x.money || !x.decimal || !x.day || !x.time ||
	    !write_head(&x, book))
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (rc == YH_OK)
		rc = rows(arg, &x.table, err);
	if (rc != YH_OK) {
		yh_xlsx_drop(book);
		return rc;
	}
	(void)worksheet_autofilter(x.sheet, 0, 0, (lxw_row_t)x.table.rows,
				   (lxw_col_t)(spec->n - 1));
	return yh_xlsx_close(book, out, err);
}
