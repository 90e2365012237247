/* Statements as a month makes them, of any number of lines: corrections, what is not billed, tiers
 * and long names among them. */
#ifndef TESTS_EXPORT_BILLS_H
#define TESTS_EXPORT_BILLS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/statement.h"

static const struct yh_bill_line bill_kinds[] = {
	{ .row = { .kind = "use",
		   .resource_kind = "formal",
		   .billed = true,
		   .code = "vm-4c8g",
		   .resources = 12,
		   .intervals = 14,
		   .usage = "11.483871",
		   .list_fen = 367484,
		   .factor_e6 = 950000,
		   .amount_fen = 349110,
		   .reason = "" },
	  .item_name = "云主机 4 核 8 GiB",
	  .category = "计算",
	  .class_ = "IaaS",
	  .measure = "instance",
	  .per = "month",
	  .mode = "flat",
	  .price = "320.000000",
	  .kind_title = "正式资源",
	  .edition = 4 },
	{ .row = { .kind = "use",
		   .resource_kind = "formal",
		   .billed = true,
		   .code = "block-ssd",
		   .resources = 3,
		   .intervals = 5,
		   .usage = "5120",
		   .list_fen = 384000,
		   .factor_e6 = 950000,
		   .amount_fen = 364800,
		   .reason = "" },
	  .item_name = "高性能块存储（固态盘，三副本，含每日快照，保留七日）",
	  .category = "存储",
	  .class_ = "IaaS",
	  .measure = "gib",
	  .per = "month",
	  .mode = "graduated",
	  .price = "0-1000: 0.800000; 1000-5000: 0.750000; 5000-: 0.600000",
	  .kind_title = "正式资源",
	  .edition = 4 },
	{ .row = { .kind = "use",
		   .resource_kind = "test",
		   .billed = false,
		   .code = "vm-4c8g",
		   .resources = 1,
		   .intervals = 1,
		   .usage = "0.451613",
		   .list_fen = 14452,
		   .factor_e6 = 950000,
		   .amount_fen = 0,
		   .reason = "settlement.bill_test" },
	  .item_name = "云主机 4 核 8 GiB",
	  .category = "计算",
	  .class_ = "IaaS",
	  .measure = "instance",
	  .per = "month",
	  .mode = "flat",
	  .price = "320.000000",
	  .kind_title = "测试资源",
	  .edition = 3 },
	{ .row = { .kind = "use",
		   .resource_kind = "formal",
		   .billed = true,
		   .code = "gb-out",
		   .resources = 4,
		   .intervals = 4,
		   .usage = "1834.25",
		   .list_fen = 91713,
		   .factor_e6 = 1000000,
		   .amount_fen = 91713,
		   .reason = "" },
	  .item_name = "互联网出口流量",
	  .category = "网络",
	  .class_ = "IaaS",
	  .measure = "gb",
	  .per = "use",
	  .mode = "flat",
	  .price = "0.500000",
	  .kind_title = "正式资源",
	  .edition = 4 },
	{ .row = { .kind = "correction",
		   .resource_kind = "formal",
		   .billed = true,
		   .code = "vm-4c8g",
		   .resources = 1,
		   .intervals = 1,
		   .usage = "-0.258065",
		   .list_fen = -8258,
		   .factor_e6 = 950000,
		   .amount_fen = -7845,
		   .corrects_line = 2,
		   .reason = "使用单位提出异议：资源 R-000117 于 9 月 22 "
			     "日已退订，运行管理单位核实" },
	  .item_name = "云主机 4 核 8 GiB",
	  .category = "计算",
	  .class_ = "IaaS",
	  .measure = "instance",
	  .per = "month",
	  .mode = "flat",
	  .price = "320.000000",
	  .corrects_no = "SH-JS-202609-000118",
	  .kind_title = "正式资源",
	  .edition = 4 },
};

/* Names that break what does not expect them. */
static void make_hostile(struct yh_bill *b, struct yh_bill_line *lines)
{
	static char endless[40001];

	memset(endless, 'W', sizeof endless - 1);
	(void)snprintf(b->row.state, sizeof b->row.state, "closed");
	b->unit_name = "=HYPERLINK(\"http://x\",\"a\")";
	b->project_name = "＝1+1,\"引号\"\n换行\x01\t制表";
	b->payer_name = "&R<a>&amp;";
	b->provider_name = endless;
	for (size_t i = 0; i < b->n; i++)
		lines[i].item_name = i % 2 ? endless : "@SUM(A1) 𠮷 字";
	if (b->n) {
		lines[0].row.list_fen = INT64_C(900719925474099312);
		lines[0].row.reason = endless;
		(void)snprintf(lines[0].row.kind, sizeof lines[0].row.kind, "correction");
		lines[0].corrects_no = "SH-JS-202609-000118";
		lines[0].corrects_month = yh_day_from_date((struct yh_date){ 2026, 9, 1 });
		lines[0].row.amount_fen = -INT64_C(900719925474099312);
		lines[0].row.usage = "123456789012345678.123456";
		b->row.total_fen = 0;
		for (size_t i = 0; i < b->n; i++)
			b->row.total_fen += lines[i].row.amount_fen;
	}
}

/* The lines are to be freed. `state`: draft, closed, stopped, hostile. */
static struct yh_bill bill_of(size_t n, const char *state)
{
	static const unsigned char signature[71] = { 0x30, 0x45, 0x02, 0x21, 0x00, [70] = 0x77 };
	struct yh_bill_line *lines = calloc(n + 1, sizeof *lines);
	struct yh_bill b = {
		.row = { .no = "SH-JS-202610-000123", .lines = (int64_t)n },
		.settlement = { .number = 1 },
		.cloud_name = "上海市级政务云",
		.cloud_code = "SH",
		.unit_name = "上海市民生事务局信息中心",
		.unit_code = "310000-civil",
		.project_name = "一网通办事项受理系统二期",
		.project_code = "civil/ywtb-2",
		.provider_name = "云服务商甲（集团）股份有限公司",
		.provider_code = "vendor",
		.payer_name = "上海市财政局",
		.payer_code = "finance",
		.operator_name = "上海市大数据中心",
		.approver_name = "上海市经济和信息化委员会",
		.in_budget = true,
		.fee_article = "81", /* of no measures that the sentences could know by heart */
		.price_article = "82",
		.factor_article = "83",
		.lines = lines,
		.n = n,
	};

	b.row.id.b[15] = 1;
	b.row.unit.b[15] = 2;
	b.row.project.b[15] = 3;
	b.row.provider.b[15] = 4;
	b.row.payer.b[15] = 5;
	b.row.cloud.b[15] = 6;
	b.row.month = yh_day_from_date((struct yh_date){ 2026, 10, 1 });
	b.settlement.month = b.row.month;
	b.settlement.as_of = yh_day_start(b.row.month + 32) + 9 * 3600 * YH_US_PER_S;
	(void)snprintf(b.row.state, sizeof b.row.state, "%s", state);
	if (strcmp(state, "closed") == 0) {
		b.row.closed_at = yh_day_start(b.row.month + 38) + 15 * 3600 * YH_US_PER_S;
		b.row.digest = yh_sm3_of("x", 1);
		b.row.signature = signature;
		b.row.signature_len = sizeof signature;
		b.row.key_id = "9f8e7d6c5b4a3921";
	}
	if (strcmp(state, "stopped") == 0)
		b.row.fault = "{\"slug\": \"item-unknown\", \"figures\": {\"item\": \"vm-9c\"}}";
	for (size_t i = 0; lines && i < n; i++) {
		lines[i] = bill_kinds[i % (sizeof bill_kinds / sizeof bill_kinds[0])];
		lines[i].row.line = (int64_t)i + 1;
		lines[i].corrects_month = lines[i].corrects_no
						  ? yh_day_from_date((struct yh_date){ 2026, 9, 1 })
						  : YH_DAY_NONE;
		lines[i].row.item.b[15] = (unsigned char)(i + 1);
		b.row.total_fen += lines[i].row.amount_fen;
	}
	if (strcmp(state, "hostile") == 0)
		make_hostile(&b, lines);
	return b;
}

#endif
