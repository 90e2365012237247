/* Lines of statements as one table. */
#include <string.h>

#include "base/mem.h"
#include "export/statement_text.h"
#include "export/table.h"

static const struct yh_table_column columns[] = {
	{ "结算单编号", "STATEMENT", YH_CELL_TEXT, 22 },
	{ "结算月份", "MONTH", YH_CELL_TEXT, 12 },
	{ "状态", "STATE", YH_CELL_TEXT, 10 },
	{ "政务云", "CLOUD", YH_CELL_TEXT, 10 },
	{ "使用单位编码", "UNIT CODE", YH_CELL_TEXT, 18 },
	{ "使用单位", "UNIT", YH_CELL_TEXT, 30 },
	{ "项目编码", "PROJECT CODE", YH_CELL_TEXT, 22 },
	{ "项目", "PROJECT", YH_CELL_TEXT, 30 },
	{ "服务提供单位", "PROVIDER", YH_CELL_TEXT, 28 },
	{ "付款单位", "PAYER", YH_CELL_TEXT, 28 },
	{ "行次", "LINE", YH_CELL_INT, 8 },
	{ "性质", "KIND", YH_CELL_TEXT, 10 },
	{ "服务项目编码", "ITEM CODE", YH_CELL_TEXT, 18 },
	{ "服务项目", "ITEM", YH_CELL_TEXT, 30 },
	{ "服务类别", "CATEGORY", YH_CELL_TEXT, 12 },
	{ "资源类别", "RESOURCE KIND", YH_CELL_TEXT, 12 },
	{ "目录版次", "EDITION", YH_CELL_INT, 10 },
	{ "目录单价", "PRICE", YH_CELL_TEXT, 24 },
	{ "资源数", "RESOURCES", YH_CELL_INT, 10 },
	{ "计费用量", "USAGE", YH_CELL_DECIMAL, 16 },
	{ "计费单位", "UNIT OF USAGE", YH_CELL_TEXT, 14 },
	{ "目录价金额（元）", "LIST AMOUNT (CNY)", YH_CELL_MONEY, 20 },
	{ "评价系数", "FACTOR", YH_CELL_E6, 10 },
	{ "是否计费", "BILLED", YH_CELL_TEXT, 10 },
	{ "结算金额（元）", "AMOUNT (CNY)", YH_CELL_MONEY, 20 },
	{ "更正的结算单", "CORRECTS STATEMENT", YH_CELL_TEXT, 22 },
	{ "更正的行次", "CORRECTS LINE", YH_CELL_INT, 12 },
	{ "备注", "REMARK", YH_CELL_TEXT, 40 },
};

const struct yh_table_spec yh_settlement_table = {
	.name = "结算明细",
	.columns = columns,
	.n = YH_LEN(columns),
	.lang = "zh",
};

enum { TEXT_BYTES = 16 * 1024 };

/* Texts that are put together live until the row is written. */
struct texts {
	struct yh_buf state, month, price, unit, remark;
};

static void texts_init(struct texts *t)
{
	yh_buf_init(&t->state, TEXT_BYTES);
	yh_buf_init(&t->month, TEXT_BYTES);
	yh_buf_init(&t->price, TEXT_BYTES);
	yh_buf_init(&t->unit, TEXT_BYTES);
	yh_buf_init(&t->remark, TEXT_BYTES);
}

static void texts_done(struct texts *t)
{
	yh_buf_done(&t->state);
	yh_buf_done(&t->month);
	yh_buf_done(&t->price);
	yh_buf_done(&t->unit);
	yh_buf_done(&t->remark);
}

static const char *state_of(const struct yh_bill *b)
{
	return strcmp(b->row.state, "closed") == 0    ? "已审定"
	       : strcmp(b->row.state, "stopped") == 0 ? "未能核算"
						      : "草稿";
}

/* "2026-10" */
static const char *month_of(yh_day month, struct yh_buf *out)
{
	struct yh_date d = yh_date_of(month);

	out->len = 0;
	yh_buf_printf(out, "%04d-%02d", d.year, d.month);
	return yh_buf_text(out);
}

static enum yh_rc put_line(const struct yh_bill *b, const struct yh_bill_line *l,
			   const struct yh_messages *m, struct texts *t, struct yh_table *table,
			   struct yh_err *err)
{
	const struct yh_line_row *r = &l->row;
	bool correction = strcmp(r->kind, "correction") == 0;
	const struct yh_cell cells[] = {
		YH_CELL_STR(b->row.no),
		YH_CELL_STR(month_of(b->row.month, &t->month)),
		YH_CELL_STR(state_of(b)),
		YH_CELL_STR(b->cloud_code),
		YH_CELL_STR(b->unit_code),
		YH_CELL_STR(b->unit_name),
		YH_CELL_STR(b->project_code),
		YH_CELL_STR(b->project_name),
		YH_CELL_STR(b->provider_name),
		YH_CELL_STR(b->payer_name),
		YH_CELL_NUM(r->line),
		YH_CELL_STR(correction ? "更正" : "用量"),
		YH_CELL_STR(r->code),
		YH_CELL_STR(l->item_name),
		YH_CELL_STR(l->category),
		YH_CELL_STR(l->kind_title ? l->kind_title : r->resource_kind),
		YH_CELL_NUM(l->edition),
		YH_CELL_STR(yh_bill_price(l, m, &t->price)),
		YH_CELL_NUM(r->resources),
		YH_CELL_STR(r->usage),
		YH_CELL_STR(yh_bill_unit(l, m, &t->unit)),
		YH_CELL_NUM(r->list_fen),
		YH_CELL_NUM(r->factor_e6),
		YH_CELL_STR(r->billed ? "是" : "否"),
		YH_CELL_NUM(r->amount_fen),
		YH_CELL_STR(l->corrects_no),
		{ .num = r->corrects_line, .empty = r->corrects_line == 0 },
		YH_CELL_STR(yh_bill_remark(l, m, &t->remark)),
	};

	_Static_assert(YH_LEN(cells) == YH_LEN(columns), "a cell for every column");
	return yh_table_row(table, cells, err);
}

enum yh_rc yh_settlement_rows(const struct yh_bill *bill, const struct yh_messages *m,
			      struct yh_table *t, struct yh_err *err)
{
	struct texts texts;
	enum yh_rc rc = YH_OK;

	texts_init(&texts);
	for (size_t i = 0; i < bill->n && rc == YH_OK; i++)
		rc = put_line(bill, &bill->lines[i], m, &texts, t, err);
	texts_done(&texts);
	return rc;
}

struct one {
	const struct yh_bill *bill;
	const struct yh_messages *m;
};

static enum yh_rc rows_of_one(void *arg, struct yh_table *t, struct yh_err *err)
{
	const struct one *o = arg;

	return yh_settlement_rows(o->bill, o->m, t, err);
}

enum yh_rc yh_statement_csv(FILE *out, const struct yh_bill *bill, const struct yh_messages *m,
			    struct yh_err *err)
{
	struct one o = { bill, m };

	return yh_csv_write(out, &yh_settlement_table, rows_of_one, &o, err);
}
