/* A statement as a workbook of the same shape as on paper. Its rows are written from the top, which
 * keeps the memory of a workbook flat. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "export/money.h"
#include "export/outfile.h"
#include "export/statement_text.h"
#include "export/table.h"
#include "export/xlsx_internal.h"

enum {
	X_NO,
	X_CODE,
	X_NAME,
	X_KIND,
	X_PRICE,
	X_USAGE,
	X_UNIT,
	X_LIST,
	X_FACTOR,
	X_AMOUNT,
	X_REMARK
};
static const struct {
	const char *title;
	int width;
} columns[] = {
	[X_NO] = { "序号", 7 },          [X_CODE] = { "项目编码", 16 },
	[X_NAME] = { "服务项目", 32 },   [X_KIND] = { "资源类别", 12 },
	[X_PRICE] = { "目录单价", 26 },  [X_USAGE] = { "计费用量", 14 },
	[X_UNIT] = { "计费单位", 12 },   [X_LIST] = { "目录价金额（元）", 18 },
	[X_FACTOR] = { "评价系数", 10 }, [X_AMOUNT] = { "结算金额（元）", 18 },
	[X_REMARK] = { "备注", 44 },
};
enum { COLUMNS = YH_LEN(columns), TEXT_BYTES = 64 * 1024 };

struct sheet {
	const struct yh_bill *bill;
	const struct yh_messages *m;
	lxw_workbook *book;
	lxw_worksheet *sheet;
	lxw_row_t row;
	lxw_error failed; /* the first failure */
	struct yh_buf text;
	lxw_format *title, *label, *value, *head, *cell, *wrap, *center, *money, *decimal, *sum,
		*sum_money, *how;
};

static void note(struct sheet *s, lxw_error e)
{
	if (s->failed == LXW_NO_ERROR)
		s->failed = e;
}

static void put(struct sheet *s, int col, const char *text, lxw_format *f)
{
	note(s, yh_xlsx_text(s->sheet, s->row, (lxw_col_t)col, text, f));
}

/* Cells of the row from `from` to `to` as one. Only within the row that is being written. */
static void merge(struct sheet *s, int from, int to, const char *text, lxw_format *f)
{
	note(s, worksheet_merge_range(s->sheet, s->row, (lxw_col_t)from, s->row, (lxw_col_t)to,
				      text, f));
}

static bool make_formats(struct sheet *s)
{
	lxw_format **const all[] = { &s->title,   &s->label, &s->value,     &s->head,
				     &s->cell,    &s->wrap,  &s->center,    &s->money,
				     &s->decimal, &s->sum,   &s->sum_money, &s->how };

	for (size_t i = 0; i < YH_LEN(all); i++) {
		*all[i] = yh_xlsx_format(s->book, 10);
		if (!*all[i])
			return false;
		if (*all[i] != s->title && *all[i] != s->how)
			format_set_border(*all[i], LXW_BORDER_THIN);
	}
	format_set_font_size(s->title, 18);
	format_set_bold(s->title);
	format_set_align(s->title, LXW_ALIGN_CENTER);
	format_set_bg_color(s->label, 0xF3F4F6);
	format_set_bold(s->head);
	format_set_align(s->head, LXW_ALIGN_CENTER);
	format_set_text_wrap(s->head);
	format_set_bg_color(s->head, 0xE8EEF7);
	format_set_text_wrap(s->wrap);
	format_set_text_wrap(s->value);
	format_set_align(s->center, LXW_ALIGN_CENTER);
	format_set_num_format(s->money, YH_XLSX_MONEY);
	format_set_num_format(s->decimal, "#,##0.######");
	format_set_bold(s->sum);
	format_set_bold(s->sum_money);
	format_set_num_format(s->sum_money, YH_XLSX_MONEY);
	format_set_text_wrap(s->how);
	format_set_align(s->how, LXW_ALIGN_VERTICAL_TOP);
	return true;
}

static void pair(struct sheet *s, int side, const char *label, const char *value)
{
	if (side == 0) {
		merge(s, X_NO, X_CODE, label, s->label);
		merge(s, X_NAME, X_PRICE, value, s->value);
	} else {
		merge(s, X_USAGE, X_UNIT, label, s->label);
		merge(s, X_LIST, X_REMARK, value, s->value);
		s->row++;
	}
}

static void write_head(struct sheet *s)
{
	const struct yh_bill *b = s->bill;
	struct yh_buf *t = &s->text;

	note(s, worksheet_set_row(s->sheet, s->row, 30, NULL));
	merge(s, 0, COLUMNS - 1, "政务云资源费用结算单", s->title);
	s->row += 1;
	pair(s, 0, "结算单编号", b->row.no);
	pair(s, 1, "结算月份", yh_bill_period(b->row.month, t));
	pair(s, 0, "使用单位", yh_bill_name(b->unit_name, b->unit_code, t));
	pair(s, 1, "项目", yh_bill_name(b->project_name, b->project_code, t));
	pair(s, 0, "服务提供单位", yh_bill_name(b->provider_name, b->provider_code, t));
	pair(s, 1, "付款单位", yh_bill_name(b->payer_name, b->payer_code, t));
	pair(s, 0, "政务云", yh_bill_name(b->cloud_name, b->cloud_code, t));
	pair(s, 1, "运行管理单位", b->operator_name ? b->operator_name : "");
	pair(s, 0, "服务目录", yh_bill_editions(b, t));
	pair(s, 1, "状态", yh_bill_state(b, t));
	s->row++;
	for (size_t i = 0; i < COLUMNS; i++)
		put(s, (int)i, columns[i].title, s->head);
	(void)worksheet_repeat_rows(s->sheet, s->row, s->row);
	worksheet_freeze_panes(s->sheet, s->row + 1, 0);
	s->row++;
}

static void write_line(struct sheet *s, const struct yh_bill_line *l)
{
	struct yh_buf *t = &s->text;
	char factor[YH_SCALED_TEXT];
	lxw_row_t row = s->row;

	note(s, worksheet_write_number(s->sheet, row, X_NO, (double)l->row.line, s->center));
	put(s, X_CODE, l->row.code, s->cell);
	put(s, X_NAME, l->item_name ? l->item_name : l->row.code, s->wrap);
	put(s, X_KIND, l->kind_title ? l->kind_title : l->row.resource_kind, s->center);
	put(s, X_PRICE, yh_bill_price(l, s->m, t), s->wrap);
	note(s, yh_xlsx_decimal(s->sheet, row, X_USAGE, l->row.usage ? l->row.usage : "0",
				s->decimal));
	put(s, X_UNIT, yh_bill_unit(l, s->m, t), s->center);
	note(s, yh_xlsx_money(s->sheet, row, X_LIST, l->row.list_fen, s->money));
	note(s, yh_xlsx_decimal(s->sheet, row, X_FACTOR,
				yh_scaled_text(l->row.factor_e6, 6, factor), s->decimal));
	note(s, yh_xlsx_money(s->sheet, row, X_AMOUNT, l->row.amount_fen, s->money));
	put(s, X_REMARK, yh_bill_remark(l, s->m, t), s->wrap);
	s->row++;
}

/* The sum as a formula over the lines, with the value it has. */
static void write_sum(struct sheet *s, int col, lxw_row_t first, int64_t fen)
{
	char formula[64], money[YH_MONEY_TEXT];
	char letter = (char)('A' + col);

	if (s->row == first) {
		note(s, yh_xlsx_money(s->sheet, s->row, (lxw_col_t)col, fen, s->sum_money));
		return;
	}
	(void)snprintf(formula, sizeof formula, "=SUM(%c%u:%c%u)", letter, first + 1, letter,
		       s->row);
	note(s, worksheet_write_formula_num(s->sheet, s->row, (lxw_col_t)col, formula, s->sum_money,
					    strtod(yh_money_plain(fen, money), NULL)));
}

static void write_total(struct sheet *s, lxw_row_t first)
{
	char capitals[YH_CAPITALS_TEXT];
	__int128 list = 0;

	for (size_t i = 0; i < s->bill->n; i++)
		list += s->bill->lines[i].row.list_fen;
	merge(s, X_NO, X_UNIT, "合计", s->sum);
	write_sum(s, X_LIST, first, (int64_t)list);
	put(s, X_FACTOR, "", s->sum);
	write_sum(s, X_AMOUNT, first, s->bill->row.total_fen);
	put(s, X_REMARK, "", s->sum);
	s->row++;
	merge(s, X_NO, X_CODE, "合计（大写）", s->sum);
	s->text.len = 0;
	yh_buf_printf(&s->text, "人民币%s", yh_money_capitals(s->bill->row.total_fen, capitals));
	merge(s, X_NAME, X_REMARK, yh_buf_text(&s->text), s->sum);
	s->row += 2;
}

static void sign_row(struct sheet *s, const char *a, const char *b, const char *c)
{
	note(s, worksheet_set_row(s->sheet, s->row, 24, NULL));
	merge(s, X_NO, X_NAME, a, s->value);
	merge(s, X_KIND, X_UNIT, b, s->value);
	merge(s, X_LIST, X_REMARK, c, s->value);
	s->row++;
}

/* A sheet does not grow a merged row by what is in it. */
static void write_paragraphs(struct sheet *s, const char *text)
{
	const int line_width = 200;

	while (*text) {
		size_t n = strcspn(text, "\n");
		YH_FREE_AUTO char *one = strndup(text, n);

		if (!one) {
			note(s, LXW_ERROR_MEMORY_MALLOC_FAILED);
			return;
		}
		note(s, worksheet_set_row(s->sheet, s->row,
					  15.0 * (1 + yh_text_width(one) / line_width), NULL));
		merge(s, 0, COLUMNS - 1, one, s->how);
		s->row++;
		text += n + (text[n] == '\n');
	}
}

static void write_tail(struct sheet *s)
{
	const struct yh_bill *b = s->bill;
	struct yh_buf *t = &s->text;

	write_paragraphs(s, yh_bill_how(b, s->m, t));
	s->row++;
	sign_row(s, "制表单位（运行管理单位，盖章）", "审定单位（盖章）", "付款单位（盖章）");
	sign_row(s, b->operator_name ? b->operator_name : "",
		 b->approver_name ? b->approver_name : "", b->payer_name ? b->payer_name : "");
	sign_row(s, "制表：", "经办：", "经办：");
	sign_row(s, "复核：", "审定：", "核准：");
	sign_row(s, "日期：　　年　　月　　日", "日期：　　年　　月　　日",
		 "日期：　　年　　月　　日");
	s->row++;
	write_paragraphs(s, yh_bill_proof(b, true, t));
}

static void write_sheet(struct sheet *s)
{
	lxw_row_t first;

	for (size_t i = 0; i < COLUMNS; i++)
		note(s, worksheet_set_column(s->sheet, (lxw_col_t)i, (lxw_col_t)i, columns[i].width,
					     NULL));
	worksheet_set_landscape(s->sheet);
	worksheet_set_paper(s->sheet, 9); /* A4 */
	worksheet_fit_to_pages(s->sheet, 1, 0);
	worksheet_set_margins(s->sheet, 0.4, 0.4, 0.5, 0.6);
	note(s, worksheet_set_footer(s->sheet, "&L结算单 &F&R第 &P 页　共 &N 页"));
	write_head(s);
	first = s->row;
	for (size_t i = 0; i < s->bill->n; i++)
		write_line(s, &s->bill->lines[i]);
	if (strcmp(s->bill->row.state, "stopped") == 0) {
		write_paragraphs(s, yh_bill_fault(s->bill, s->m, &s->text));
		return;
	}
	write_total(s, first);
	write_tail(s);
}

enum yh_rc yh_statement_xlsx(FILE *out, const struct yh_bill *bill, const struct yh_messages *m,
			     struct yh_err *err)
{
	struct sheet s = { .bill = bill, .m = m };
	enum yh_rc rc = YH_OK;

	s.book = yh_xlsx_open(out, "政务云资源费用结算单", yh_bill_at(bill));
	if (!s.book)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	s.sheet = workbook_add_worksheet(s.book, "结算单");
	yh_buf_init(&s.text, TEXT_BYTES);
	if (s.sheet && make_formats(&s))
		write_sheet(&s);
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&s.text);
	if (rc == YH_OK && s.failed != LXW_NO_ERROR) {
		(void)yh_fail(err, YH_INTERNAL, "export-failed");
		yh_err_text(err, "detail", lxw_strerror(s.failed));
		rc = YH_INTERNAL;
	}
	if (rc != YH_OK) {
		yh_xlsx_drop(s.book);
		return rc;
	}
	return yh_xlsx_close(s.book, out, err);
}
