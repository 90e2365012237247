/* Tables for an opening balance. */
#include "export/opening_template.h"

#include <string.h>

#include "export/outfile.h"
#include "export/table.h"
#include "export/xlsx_internal.h"
#include "services/opening/opening.h"

enum { COLUMN_WIDTH = 18, TITLE_WIDTH = 40 };

static const char *head_of(const struct yh_opening_column *c, bool en)
{
	return en ? c->en : c->zh;
}

/* ---- a workbook ---- */

struct looks {
	lxw_format *must, *may, *text;
};

static lxw_error put_rows(lxw_worksheet *sheet, const struct yh_opening_fill *fill, size_t width,
			  lxw_format *text)
{
	lxw_error e = LXW_NO_ERROR;

	for (size_t i = 0; i < fill->n_rows; i++)
		for (size_t c = 0; e == LXW_NO_ERROR && c < width; c++)
			if (fill->rows[i].cells[c])
				e = yh_xlsx_text(sheet, (lxw_row_t)i + 1, (lxw_col_t)c,
						 fill->rows[i].cells[c], text);
	return e;
}

/* `fill` NULL: an empty one. */
static lxw_error put_table(lxw_workbook *book, size_t which, bool en,
			   const struct yh_opening_fill *fill, const struct looks *looks)
{
	const struct yh_opening_table *t = &yh_opening_tables[which];
	lxw_worksheet *sheet = workbook_add_worksheet(book, en ? t->en : t->zh);
	lxw_error e = sheet ? LXW_NO_ERROR : LXW_ERROR_MEMORY_MALLOC_FAILED;

	for (size_t i = 0; e == LXW_NO_ERROR && i < t->n; i++) {
		e = worksheet_set_column(sheet, (lxw_col_t)i, (lxw_col_t)i, COLUMN_WIDTH, NULL);
		if (e == LXW_NO_ERROR)
			e = worksheet_write_string(
				sheet, 0, (lxw_col_t)i, head_of(&t->columns[i], en),
				t->columns[i].required ? looks->must : looks->may);
	}
	if (e == LXW_NO_ERROR && fill)
		e = put_rows(sheet, fill, t->n, looks->text);
	if (e == LXW_NO_ERROR)
		worksheet_freeze_panes(sheet, 1, 0);
	return e;
}

static lxw_error put_codes(lxw_workbook *book, const struct yh_opening_code *codes, size_t n,
			   bool en, lxw_format *head, lxw_format *text)
{
	lxw_worksheet *sheet = workbook_add_worksheet(book, en ? "Codes" : "代码");
	const char *const heads[] = { en ? "Column" : "列", en ? "Code" : "代码",
				      en ? "Title" : "名称" };
	lxw_error e = sheet ? LXW_NO_ERROR : LXW_ERROR_MEMORY_MALLOC_FAILED;

	for (lxw_col_t c = 0; e == LXW_NO_ERROR && c < 3; c++) {
		e = worksheet_set_column(sheet, c, c, c == 2 ? TITLE_WIDTH : COLUMN_WIDTH, NULL);
		if (e == LXW_NO_ERROR)
			e = worksheet_write_string(sheet, 0, c, heads[c], head);
	}
	for (size_t i = 0; e == LXW_NO_ERROR && i < n; i++) {
		lxw_row_t row = (lxw_row_t)i + 1;

		e = yh_xlsx_text(sheet, row, 0, codes[i].column, text);
		if (e == LXW_NO_ERROR)
			e = yh_xlsx_text(sheet, row, 1, codes[i].code, text);
		if (e == LXW_NO_ERROR)
			e = yh_xlsx_text(sheet, row, 2, codes[i].title, text);
	}
	return e;
}

enum yh_rc yh_opening_template_xlsx(FILE *out, bool en, const struct yh_opening_fill *fill,
				    yh_time made_at, struct yh_err *err)
{
	lxw_workbook *book = yh_xlsx_open(out, en ? "Opening balance" : "期初数据", made_at);
	lxw_format *text = book ? yh_xlsx_format(book, 10) : NULL;
	lxw_format *may = book ? yh_xlsx_format(book, 10) : NULL;
	lxw_format *must = book ? yh_xlsx_format(book, 10) : NULL;
	lxw_error e = text && may && must ? LXW_NO_ERROR : LXW_ERROR_MEMORY_MALLOC_FAILED;

	if (!book)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (e == LXW_NO_ERROR) {
		format_set_bg_color(may, 0xF2F2F2);
		format_set_bold(must);
		format_set_bg_color(must, 0xE8EEF7);
	}
	for (size_t t = 0; e == LXW_NO_ERROR && t < YH_OPENING_SHEETS; t++)
		e = put_table(book, t, en, t == YH_OPENING_RESOURCES ? fill : NULL,
			      &(const struct looks){ must, may, text });
	if (e == LXW_NO_ERROR)
		e = put_codes(book, fill->codes, fill->n_codes, en, must, text);
	if (e == LXW_NO_ERROR)
		return yh_xlsx_close(book, out, err);
	yh_xlsx_drop(book);
	return yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* ---- one below the other ---- */

/* Text that a spreadsheet would take for a formula has an apostrophe in front. */
static void put_cell(FILE *out, const char *text)
{
	(void)fputc('"', out);
	if (yh_table_is_formula(text))
		(void)fputc('\'', out);
	for (; *text; text++) {
		if (*text == '"')
			(void)fputc('"', out);
		(void)fputc(*text, out);
	}
	(void)fputc('"', out);
}

enum yh_rc yh_opening_template_csv(FILE *out, bool en, const struct yh_opening_fill *fill,
				   struct yh_err *err)
{
	(void)fputs("\xef\xbb\xbf", out);
	for (size_t i = 0; i < fill->n_codes; i++) {
		(void)fprintf(out, "# %s,", fill->codes[i].column);
		put_cell(out, fill->codes[i].code);
		(void)fputc(',', out);
		put_cell(out, fill->codes[i].title);
		(void)fputs("\r\n", out);
	}
	for (size_t t = 0; t < YH_OPENING_SHEETS; t++) {
		const struct yh_opening_table *table = &yh_opening_tables[t];

		(void)fprintf(out, "[%s]\r\n", en ? table->en : table->zh);
		for (size_t c = 0; c < table->n; c++)
			(void)fprintf(out, "%s%s", c ? "," : "", head_of(&table->columns[c], en));
		(void)fputs("\r\n", out);
		for (size_t i = 0; t == YH_OPENING_RESOURCES && i < fill->n_rows; i++) {
			for (size_t c = 0; c < table->n; c++) {
				const char *cell = fill->rows[i].cells[c];

				(void)fputs(c ? "," : "", out);
				put_cell(out, cell ? cell : "");
			}
			(void)fputs("\r\n", out);
		}
	}
	return yh_outfile_check(out, err);
}
