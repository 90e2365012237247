/* A statement on A4 pages. Laid out twice: once to know where pages end and how many there are,
 * once to draw. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "export/money.h"
#include "export/pdf.h"
#include "export/outfile.h"
#include "export/statement_text.h"

#define LEFT 40.0
#define WIDTH (YH_PDF_WIDTH - 2 * LEFT)
#define TOP 40.0
#define BOTTOM (YH_PDF_HEIGHT - 52)
#define PAD 4.0
#define SUBTOTAL_HEIGHT 20.0
#define TOTAL_HEIGHT 30.0
#define HEAD_HEIGHT 22.0
#define SIGN_HEIGHT 104.0
enum {
	INK = 0x1F2328,
	GRAY = 0x6B7280,
	RULE = 0x9CA3AF,
	HAIR = 0xD1D5DB,
	TINT = 0xEEF2F7,
	MARK = 0x9A3412,
	NAME_LINES = 3,
	REMARK_LINES = 6,
	PRICE_LINES = 12,
	TEXT_BYTES = 64 * 1024
};

enum { C_NO, C_ITEM, C_PRICE, C_USAGE, C_LIST, C_FACTOR, C_AMOUNT, COLUMNS };
static const struct {
	const char *title;
	double width;
	enum yh_pdf_align align;
} columns[COLUMNS] = {
	{ "序号", 26, YH_ALIGN_CENTER },
	{ "服务项目", 155, YH_ALIGN_LEFT },
	{ "目录单价", 98, YH_ALIGN_LEFT },
	{ "计费用量", 74, YH_ALIGN_RIGHT },
	{ "目录价金额（元）", 66, YH_ALIGN_RIGHT },
	{ "评价系数", 32, YH_ALIGN_CENTER },
	{ "结算金额（元）", 0, YH_ALIGN_RIGHT },
};

struct doc {
	const struct yh_bill *bill;
	const struct yh_messages *m;
	struct yh_pdf *pdf;
	struct yh_buf text, more;
	double *heights;   /* of the lines */
	size_t *first;     /* the first line of each page that has lines */
	size_t line_pages; /* at least 1 */
	bool tail_apart;   /* how it was reckoned and the signatures stand on a page of their own */
	size_t page, pages; /* from 1 */
	double first_top;   /* of the table on the first page */
};

static double column_x(int c)
{
	double x = LEFT;

	for (int i = 0; i < c; i++)
		x += columns[i].width;
	return x;
}

static double column_width(int c)
{
	return c == C_AMOUNT ? LEFT + WIDTH - column_x(c) : columns[c].width;
}

static const struct yh_pdf_style name_style = { .size_pt = 8.5,
						.rgb = INK,
						.lines_max = NAME_LINES };
static const struct yh_pdf_style small = { .size_pt = 7, .rgb = GRAY, .lines_max = NAME_LINES };
static const struct yh_pdf_style remark_style = { .size_pt = 7,
						  .rgb = MARK,
						  .lines_max = REMARK_LINES };
static const struct yh_pdf_style price_style = { .size_pt = 7.5,
						 .rgb = INK,
						 .lines_max = PRICE_LINES };
static const struct yh_pdf_style number_style = {
	.size_pt = 8.5, .rgb = INK, .align = YH_ALIGN_RIGHT, .shrink = true
};
static const struct yh_pdf_style how_style = { .size_pt = 7.5, .rgb = 0x374151 };

static const char *under_name(struct doc *d, const struct yh_bill_line *l)
{
	d->text.len = 0;
	yh_buf_str(&d->text, l->row.code);
	if (l->kind_title && *l->kind_title)
		yh_buf_printf(&d->text, "　%s", l->kind_title);
	if (l->row.resources)
		yh_buf_printf(&d->text, "　%lld 个资源", (long long)l->row.resources);
	return yh_buf_text(&d->text);
}

/* Draws the item's cell, or only measures it. */
static double item_cell(struct doc *d, const struct yh_bill_line *l, double y, bool draw)
{
	double x = column_x(C_ITEM) + PAD, width = column_width(C_ITEM) - 2 * PAD, at = y;
	double (*put)(struct yh_pdf *, double, double, double, const struct yh_pdf_style *,
		      const char *) = yh_pdf_text;
	const char *text = l->item_name ? l->item_name : l->row.code;

	at += draw ? put(d->pdf, x, at, width, &name_style, text)
		   : yh_pdf_measure(d->pdf, width, &name_style, text);
	text = under_name(d, l);
	at += draw ? put(d->pdf, x, at, width, &small, text)
		   : yh_pdf_measure(d->pdf, width, &small, text);
	text = yh_bill_remark(l, d->m, &d->text);
	if (*text)
		at += draw ? put(d->pdf, x, at, width, &remark_style, text)
			   : yh_pdf_measure(d->pdf, width, &remark_style, text);
	return at - y;
}

static double line_height(struct doc *d, const struct yh_bill_line *l)
{
	double item = item_cell(d, l, 0, false);
	double price = yh_pdf_measure(d->pdf, column_width(C_PRICE) - 2 * PAD, &price_style,
				      yh_bill_price(l, d->m, &d->text));

	return (item > price ? item : price) + 2 * PAD;
}

static void number(struct doc *d, int column, double y, const struct yh_pdf_style *style,
		   const char *text)
{
	yh_pdf_text(d->pdf, column_x(column) + PAD, y, column_width(column) - 2 * PAD, style, text);
}

static void draw_usage(struct doc *d, const struct yh_bill_line *l, double y)
{
	const struct yh_pdf_style unit = {
		.size_pt = 7, .rgb = GRAY, .align = YH_ALIGN_RIGHT, .shrink = true
	};

	number(d, C_USAGE, y, &number_style, yh_bill_usage(l, &d->text));
	number(d, C_USAGE, y + 12, &unit, yh_bill_unit(l, d->m, &d->text));
}

static void draw_line(struct doc *d, size_t i, double y, double height)
{
	const struct yh_bill_line *l = &d->bill->lines[i];
	const struct yh_pdf_style middle = {
		.size_pt = 8.5, .rgb = INK, .align = YH_ALIGN_CENTER, .shrink = true
	};
	char text[YH_MONEY_TEXT];

	(void)snprintf(text, sizeof text, "%lld", (long long)l->row.line);
	number(d, C_NO, y + PAD, &middle, text);
	(void)item_cell(d, l, y + PAD, true);
	yh_pdf_text(d->pdf, column_x(C_PRICE) + PAD, y + PAD, column_width(C_PRICE) - 2 * PAD,
		    &price_style, yh_bill_price(l, d->m, &d->text));
	draw_usage(d, l, y + PAD);
	number(d, C_LIST, y + PAD, &number_style, yh_money_grouped(l->row.list_fen, text));
	number(d, C_FACTOR, y + PAD, &middle, yh_scaled_text(l->row.factor_e6, 6, text));
	number(d, C_AMOUNT, y + PAD, &number_style,
	       l->row.billed ? yh_money_grouped(l->row.amount_fen, text) : "不计费");
	yh_pdf_line(d->pdf, LEFT, y + height, LEFT + WIDTH, y + height, 0.4, HAIR);
}

static void draw_columns(struct doc *d, double from, double to)
{
	for (int c = 1; c < COLUMNS; c++)
		yh_pdf_line(d->pdf, column_x(c), from, column_x(c), to, 0.4, HAIR);
}

static void draw_head(struct doc *d, double y)
{
	struct yh_pdf_style style = {
		.face = YH_FACE_BOLD, .size_pt = 8, .rgb = INK, .align = YH_ALIGN_CENTER
	};

	yh_pdf_fill(d->pdf, LEFT, y, WIDTH, HEAD_HEIGHT, TINT);
	for (int c = 0; c < COLUMNS; c++) {
		double width = column_width(c) - 3;
		double height;

		style.size_pt = c == C_LIST || c == C_FACTOR || c == C_AMOUNT ? 7 : 8;
		height = yh_pdf_measure(d->pdf, width, &style, columns[c].title);
		yh_pdf_text(d->pdf, column_x(c) + 1.5, y + (HEAD_HEIGHT - height) / 2, width,
			    &style, columns[c].title);
	}
	yh_pdf_line(d->pdf, LEFT, y + HEAD_HEIGHT, LEFT + WIDTH, y + HEAD_HEIGHT, 0.6, RULE);
}

/* ---- the first page's head ---- */

struct pair {
	const char *label;
	size_t value; /* where it begins in doc.more */
};
enum { PAIRS = 10 };

static void add_pair(struct pair *p, size_t *n, struct doc *d, const char *label, const char *value)
{
	size_t at = d->more.len;

	yh_buf_add(&d->more, value, strlen(value) + 1);
	if (!d->more.failed)
		p[(*n)++] = (struct pair){ label, at };
}

static size_t pairs_of(struct doc *d, struct pair p[PAIRS])
{
	const struct yh_bill *b = d->bill;
	struct yh_buf *t = &d->text;
	size_t n = 0;

	d->more.len = 0;
	add_pair(p, &n, d, "结算单编号", b->row.no);
	add_pair(p, &n, d, "结算月份", yh_bill_period(b->row.month, t));
	add_pair(p, &n, d, "使用单位", yh_bill_name(b->unit_name, b->unit_code, t));
	add_pair(p, &n, d, "项　　目", yh_bill_name(b->project_name, b->project_code, t));
	add_pair(p, &n, d, "服务提供单位", yh_bill_name(b->provider_name, b->provider_code, t));
	add_pair(p, &n, d, "付款单位", yh_bill_name(b->payer_name, b->payer_code, t));
	add_pair(p, &n, d, "政 务 云", yh_bill_name(b->cloud_name, b->cloud_code, t));
	add_pair(p, &n, d, "运行管理单位", b->operator_name ? b->operator_name : "");
	add_pair(p, &n, d, "服务目录", yh_bill_editions(b, t));
	add_pair(p, &n, d, "状　　态", yh_bill_state(b, t));
	return n;
}

/* Draws it when `draw`; returns where it ends. */
static double draw_pairs(struct doc *d, double y, bool draw)
{
	const struct yh_pdf_style label = { .size_pt = 8, .rgb = GRAY };
	const struct yh_pdf_style value = { .size_pt = 8.5, .rgb = INK, .lines_max = NAME_LINES };
	const double label_width = 60, half = WIDTH / 2;
	struct pair p[PAIRS];
	size_t n = pairs_of(d, p);
	double top = y;

	for (size_t i = 0; i + 1 < n; i += 2) {
		double height = 0;

		for (size_t k = 0; k < 2; k++) {
			double x = LEFT + half * (double)k, h;

			if (draw)
				yh_pdf_text(d->pdf, x + 6, y + PAD + 0.6, label_width, &label,
					    p[i + k].label);
			h = draw ? yh_pdf_text(d->pdf, x + 6 + label_width, y + PAD,
					       half - label_width - 12, &value,
					       d->more.data + p[i + k].value)
				 : yh_pdf_measure(d->pdf, half - label_width - 12, &value,
						  d->more.data + p[i + k].value);
			height = h > height ? h : height;
		}
		y += height + 2 * PAD;
		if (draw && i + 2 < n)
			yh_pdf_line(d->pdf, LEFT, y, LEFT + WIDTH, y, 0.4, HAIR);
	}
	if (draw) {
		yh_pdf_line(d->pdf, LEFT + half, top, LEFT + half, y, 0.4, HAIR);
		yh_pdf_frame(d->pdf, LEFT, top, WIDTH, y - top, 0.8, RULE);
	}
	return y;
}

static double draw_title(struct doc *d, bool draw)
{
	const struct yh_pdf_style title = {
		.face = YH_FACE_TITLE, .size_pt = 21, .rgb = INK, .align = YH_ALIGN_CENTER
	};
	const struct yh_pdf_style month = {
		.face = YH_FACE_TEXT, .size_pt = 11, .rgb = INK, .align = YH_ALIGN_CENTER
	};
	const struct yh_pdf_style unit = { .size_pt = 8, .rgb = GRAY, .align = YH_ALIGN_RIGHT };

	if (draw) {
		yh_pdf_text(d->pdf, LEFT, TOP, WIDTH, &title, "政务云资源费用结算单");
		yh_pdf_text(d->pdf, LEFT, TOP + 33, WIDTH, &month,
			    yh_bill_month(d->bill->row.month, &d->text));
		yh_pdf_text(d->pdf, LEFT, TOP + 39, WIDTH, &unit, "币种：人民币　金额单位：元");
	}
	return TOP + 54;
}

/* The head of a page behind the first. */
static double draw_short_title(struct doc *d)
{
	const struct yh_pdf_style title = { .face = YH_FACE_TITLE, .size_pt = 12, .rgb = INK };
	const struct yh_pdf_style no = { .size_pt = 8, .rgb = GRAY, .align = YH_ALIGN_RIGHT };

	yh_pdf_text(d->pdf, LEFT, TOP - 6, WIDTH, &title, "政务云资源费用结算单（续）");
	d->more.len = 0;
	yh_buf_printf(&d->more, "%s　%s", d->bill->row.no,
		      yh_bill_month(d->bill->row.month, &d->text));
	yh_pdf_text(d->pdf, LEFT, TOP - 2, WIDTH, &no, yh_buf_text(&d->more));
	return TOP + 14;
}

/* ---- the end ---- */

static void draw_subtotal(struct doc *d, double y, size_t from, size_t to)
{
	const struct yh_pdf_style label = { .size_pt = 8.5, .rgb = INK, .align = YH_ALIGN_RIGHT };
	__int128 list = 0, amount = 0;
	char text[YH_MONEY_TEXT];

	for (size_t i = from; i < to; i++) {
		list += d->bill->lines[i].row.list_fen;
		amount += d->bill->lines[i].row.amount_fen;
	}
	yh_pdf_text(d->pdf, LEFT, y + PAD, column_x(C_LIST) - LEFT - PAD, &label, "本页小计");
	number(d, C_LIST, y + PAD, &number_style, yh_money_grouped((int64_t)list, text));
	number(d, C_AMOUNT, y + PAD, &number_style, yh_money_grouped((int64_t)amount, text));
}

static void draw_total(struct doc *d, double y)
{
	const struct yh_pdf_style label = { .face = YH_FACE_BOLD, .size_pt = 9.5, .rgb = INK };
	struct yh_pdf_style words = {
		.face = YH_FACE_BOLD, .size_pt = 10, .rgb = INK, .shrink = true
	};
	struct yh_pdf_style sum = { .face = YH_FACE_BOLD,
				    .size_pt = 11.5,
				    .rgb = INK,
				    .align = YH_ALIGN_RIGHT,
				    .shrink = true };
	char money[YH_MONEY_TEXT], capitals[YH_CAPITALS_TEXT];
	const double sum_width = 120, label_width = 64;

	yh_pdf_fill(d->pdf, LEFT, y, WIDTH, TOTAL_HEIGHT, TINT);
	yh_pdf_text(d->pdf, LEFT + 6, y + 8.2, label_width, &label, "合计（大写）");
	d->text.len = 0;
	yh_buf_printf(&d->text, "人民币%s", yh_money_capitals(d->bill->row.total_fen, capitals));
	yh_pdf_text(d->pdf, LEFT + 6 + label_width, y + 7.8, WIDTH - sum_width - label_width - 18,
		    &words, yh_buf_text(&d->text));
	d->text.len = 0;
	yh_buf_printf(&d->text, "¥%s", yh_money_grouped(d->bill->row.total_fen, money));
	yh_pdf_text(d->pdf, LEFT + WIDTH - sum_width - PAD, y + 6.8, sum_width, &sum,
		    yh_buf_text(&d->text));
}

static void draw_signer(struct doc *d, double x, double y, double width, const char *const words[3],
			const char *name)
{
	const struct yh_pdf_style label = { .size_pt = 8, .rgb = INK };
	const struct yh_pdf_style who = {
		.face = YH_FACE_BOLD, .size_pt = 8.5, .rgb = INK, .lines_max = 2
	};
	const struct yh_pdf_style seal = { .size_pt = 8, .rgb = RULE, .align = YH_ALIGN_RIGHT };
	const struct yh_pdf_style date = { .size_pt = 8, .rgb = INK, .align = YH_ALIGN_RIGHT };

	yh_pdf_text(d->pdf, x + 6, y + 6, width - 12, &label, words[0]);
	yh_pdf_text(d->pdf, x + 6, y + 18, width - 12, &who, name ? name : "");
	for (int i = 1; i < 3; i++) {
		double at = y + 30 + 17 * i;

		if (!words[i])
			continue;
		yh_pdf_text(d->pdf, x + 6, at, 40, &label, words[i]);
		yh_pdf_line(d->pdf, x + 40, at + 11, x + width * 0.62, at + 11, 0.4, RULE);
	}
	yh_pdf_text(d->pdf, x + 6, y + 56, width - 14, &seal, "（盖章）");
	yh_pdf_text(d->pdf, x + 6, y + SIGN_HEIGHT - 17, width - 14, &date,
		    "日期：　　　年　　月　　日");
}

static void draw_signatures(struct doc *d, double y)
{
	static const char *const words[3][3] = { { "制表单位（运行管理单位）", "制表", "复核" },
						 { "审定单位", "经办", "审定" },
						 { "付款单位", "经办", "核准" } };
	const char *names[3] = { d->bill->operator_name, d->bill->approver_name,
				 d->bill->payer_name };
	double third = WIDTH / 3;

	for (int i = 0; i < 3; i++)
		draw_signer(d, LEFT + third * i, y, third, words[i], names[i]);
	yh_pdf_line(d->pdf, LEFT + third, y, LEFT + third, y + SIGN_HEIGHT, 0.4, HAIR);
	yh_pdf_line(d->pdf, LEFT + 2 * third, y, LEFT + 2 * third, y + SIGN_HEIGHT, 0.4, HAIR);
	yh_pdf_frame(d->pdf, LEFT, y, WIDTH, SIGN_HEIGHT, 0.8, RULE);
}

/* How it was reckoned, signatures and proof; or only how high they are. */
static double draw_tail(struct doc *d, double y, bool draw)
{
	const struct yh_pdf_style title = { .face = YH_FACE_BOLD, .size_pt = 8, .rgb = INK };
	const struct yh_pdf_style proof = { .size_pt = 7, .rgb = GRAY };
	const char *how = yh_bill_how(d->bill, d->m, &d->text);
	double at = y + 10;

	if (draw)
		yh_pdf_text(d->pdf, LEFT, at, WIDTH, &title, "核算说明");
	at += 13;
	at += draw ? yh_pdf_text(d->pdf, LEFT, at, WIDTH, &how_style, how)
		   : yh_pdf_measure(d->pdf, WIDTH, &how_style, how);
	at += 10;
	if (draw)
		draw_signatures(d, at);
	at += SIGN_HEIGHT + 6;
	how = yh_bill_proof(d->bill, true, &d->text);
	if (*how)
		at += draw ? yh_pdf_text(d->pdf, LEFT, at, WIDTH, &proof, how)
			   : yh_pdf_measure(d->pdf, WIDTH, &proof, how);
	return at - y;
}

static void draw_foot(struct doc *d)
{
	const struct yh_pdf_style left = { .size_pt = 7, .rgb = GRAY, .lines_max = 1 };
	const struct yh_pdf_style right = { .size_pt = 8, .rgb = INK, .align = YH_ALIGN_RIGHT };
	double y = YH_PDF_HEIGHT - 38;

	yh_pdf_line(d->pdf, LEFT, y - 4, LEFT + WIDTH, y - 4, 0.4, HAIR);
	d->more.len = 0;
	yh_buf_printf(&d->more, "%s　%s", d->bill->row.no, yh_bill_proof(d->bill, false, &d->text));
	yh_pdf_text(d->pdf, LEFT, y, WIDTH - 90, &left, yh_buf_text(&d->more));
	d->text.len = 0;
	yh_buf_printf(&d->text, "第 %zu 页　共 %zu 页", d->page, d->pages);
	yh_pdf_text(d->pdf, LEFT + WIDTH - 90, y, 90, &right, yh_buf_text(&d->text));
}

/* ---- pages ---- */

static double table_top(const struct doc *d, size_t page)
{
	return (page == 0 ? d->first_top : TOP + 14) + HEAD_HEIGHT;
}

/* Where each page begins: a page ends with its subtotal, the last one also with the total. */
static void paginate(struct doc *d)
{
	double y = table_top(d, 0);
	size_t n = d->bill->n;

	d->line_pages = 1;
	for (size_t i = 0; i < n; i++) {
		double need = d->heights[i] + SUBTOTAL_HEIGHT + (i + 1 == n ? TOTAL_HEIGHT : 0);

		if (y + need > BOTTOM && i > d->first[d->line_pages - 1]) {
			d->first[d->line_pages] = i;
			y = table_top(d, d->line_pages++);
		}
		y += d->heights[i];
	}
	y += SUBTOTAL_HEIGHT + TOTAL_HEIGHT;
	d->tail_apart =
		y + draw_tail(d, 0, false) > BOTTOM && strcmp(d->bill->row.state, "stopped") != 0;
	d->pages = d->line_pages + d->tail_apart;
}

static void begin_page(struct doc *d)
{
	const char *word = yh_bill_watermark(d->bill);

	d->page++;
	if (word)
		yh_pdf_watermark(d->pdf, word);
}

/* What stopped has neither lines nor a total, and nothing to sign. */
static void draw_stopped(struct doc *d)
{
	const struct yh_pdf_style title = { .face = YH_FACE_BOLD, .size_pt = 10, .rgb = MARK };
	const struct yh_pdf_style text = { .size_pt = 9, .rgb = INK };
	double y, height;

	begin_page(d);
	(void)draw_pairs(d, draw_title(d, true), true);
	y = d->first_top;
	height = yh_pdf_text(d->pdf, LEFT + 12, y + 12, WIDTH - 24, &title,
			     "本单未能核算，不计入本次结算") +
		 18;
	height += yh_pdf_text(d->pdf, LEFT + 12, y + height, WIDTH - 24, &text,
			      yh_bill_fault(d->bill, d->m, &d->text));
	yh_pdf_frame(d->pdf, LEFT, y, WIDTH, height + 12, 0.8, RULE);
	draw_foot(d);
	yh_pdf_end_page(d->pdf);
}

static void draw_lines(struct doc *d, size_t page)
{
	bool last = page + 1 == d->line_pages;
	size_t to = last ? d->bill->n : d->first[page + 1];
	double top, y;

	begin_page(d);
	if (page == 0) {
		(void)draw_pairs(d, draw_title(d, true), true);
		top = d->first_top;
	} else {
		top = draw_short_title(d);
	}
	draw_head(d, top);
	y = top + HEAD_HEIGHT;
	for (size_t i = d->first[page]; i < to; i++) {
		draw_line(d, i, y, d->heights[i]);
		y += d->heights[i];
	}
	draw_subtotal(d, y, d->first[page], to);
	draw_columns(d, top, y);
	yh_pdf_line(d->pdf, LEFT, y, LEFT + WIDTH, y, 0.6, RULE);
	y += SUBTOTAL_HEIGHT;
	if (last) {
		yh_pdf_line(d->pdf, LEFT, y, LEFT + WIDTH, y, 0.6, RULE);
		draw_total(d, y);
		y += TOTAL_HEIGHT;
	}
	yh_pdf_frame(d->pdf, LEFT, top, WIDTH, y - top, 0.8, RULE);
	if (last && !d->tail_apart)
		(void)draw_tail(d, y, true);
	draw_foot(d);
	yh_pdf_end_page(d->pdf);
}

static void draw(struct doc *d)
{
	double y;

	if (strcmp(d->bill->row.state, "stopped") == 0) {
		draw_stopped(d);
		return;
	}
	for (size_t i = 0; i < d->line_pages; i++)
		draw_lines(d, i);
	if (!d->tail_apart)
		return;
	/* nobody signs a page that does not say how much */
	begin_page(d);
	y = draw_short_title(d);
	draw_total(d, y);
	yh_pdf_frame(d->pdf, LEFT, y, WIDTH, TOTAL_HEIGHT, 0.8, RULE);
	(void)draw_tail(d, y + TOTAL_HEIGHT, true);
	draw_foot(d);
	yh_pdf_end_page(d->pdf);
}

static enum yh_rc lay_out(struct doc *d, struct yh_err *err)
{
	const struct yh_bill *b = d->bill;

	d->heights = calloc(b->n + 1, sizeof *d->heights);
	d->first = calloc(b->n + 1, sizeof *d->first);
	if (!d->heights || !d->first)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < b->n; i++)
		d->heights[i] = line_height(d, &b->lines[i]);
	d->first_top = draw_pairs(d, draw_title(d, false), false) + 10;
	paginate(d);
	return YH_OK;
}

enum yh_rc yh_statement_pdf(FILE *out, const struct yh_bill *bill, const struct yh_messages *m,
			    struct yh_err *err)
{
	struct doc d = { .bill = bill, .m = m };
	char title[96];
	enum yh_rc rc;

	if (bill->n > YH_STATEMENT_LINES_MAX) {
		(void)yh_fail(err, YH_TOO_LARGE, "document-too-large");
		yh_err_int(err, "max", YH_STATEMENT_LINES_MAX);
		return YH_TOO_LARGE;
	}
	(void)snprintf(title, sizeof title, "政务云资源费用结算单 %s", bill->row.no);
	rc = yh_pdf_open(out, title, bill->operator_name ? bill->operator_name : "",
			 yh_bill_at(bill), &d.pdf, err);
	if (rc != YH_OK)
		return rc;
	yh_buf_init(&d.text, TEXT_BYTES);
	yh_buf_init(&d.more, TEXT_BYTES);
	rc = lay_out(&d, err);
	if (rc == YH_OK) {
		draw(&d);
		rc = yh_pdf_close(d.pdf, err);
	} else {
		yh_pdf_drop(d.pdf);
	}
	free(d.heights);
	free(d.first);
	yh_buf_done(&d.text);
	yh_buf_done(&d.more);
	return rc;
}
