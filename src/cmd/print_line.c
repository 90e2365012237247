/* Printing how a line of a statement came about: prices, intervals, arithmetic, factor. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cmd/remote.h"

enum { TEXT = 96 };

/* An instant to the second, for seconds are what is paid for; numbers as they were sent. */
static const char *text_of(const json_t *v, const char *key, char out[TEXT])
{
	const json_t *m = json_object_get(v, key);
	YH_FREE_AUTO char *other = NULL;

	out[0] = 0;
	if (json_is_string(m)) {
		(void)snprintf(out, TEXT, "%s", json_string_value(m));
		if (strlen(out) > 26 && out[10] == 'T' && out[19] == '.') {
			out[10] = ' ';
			out[19] = 0;
		}
	} else if (json_is_real(m)) {
		(void)snprintf(out, TEXT, "%.15g", json_real_value(m));
	} else if (m && !json_is_null(m)) {
		other = yh_json_canonical(m);
		(void)snprintf(out, TEXT, "%s", other ? other : "");
	}
	return out;
}

static void put(const char *label, const json_t *v, const char *key, const char *behind)
{
	char text[TEXT];

	(void)fputs(label, stdout);
	yh_print_text(text_of(v, key, text));
	(void)fputs(behind, stdout);
}

/* Yuan come as text that drops zeros at the end. */
static void put_yuan(const json_t *yuan)
{
	const char *text = json_string_value(yuan), *point = text ? strchr(text, '.') : NULL;

	yh_print_text(text ? text : "?");
	(void)fputs(!point ? ".00" : strlen(point) == 2 ? "0" : "", stdout);
}

static void put_money(const char *label, const json_t *v, const char *key)
{
	(void)fputs(label, stdout);
	put_yuan(json_object_get(v, key));
}

/* A fraction with what it comes to, which is only for the eye. */
static void put_exact(const json_t *v, const char *key)
{
	char text[TEXT], *slash;

	(void)fputs(text_of(v, key, text), stdout);
	slash = strchr(text, '/');
	if (slash)
		(void)printf(" ≈ %.6Lf", strtold(text, NULL) / strtold(slash + 1, NULL));
}

static const char *period(const char *per, bool en)
{
	static const char *const names[][2] = {
		{ "hour", "小时" }, { "day", "天" }, { "month", "月" },
		{ "year", "年" },   { "use", "次" },
	};

	for (size_t i = 0; !en && i < YH_LEN(names); i++)
		if (strcmp(per, names[i][0]) == 0)
			return names[i][1];
	return per;
}

static void print_editions(const json_t *list, bool en)
{
	const json_t *e, *t;
	char per[TEXT];
	size_t i, k;

	(void)puts(en ? "\nPrices" : "\n价格");
	json_array_foreach((json_t *)(uintptr_t)list, i, e)
	{
		put(en ? "  edition " : "  目录第 ", e, "number", en ? "  " : " 版  ");
		put("", e, "from", " → ");
		put("", e, "to", "  ");
		put("", e, "name", "\n");
		(void)text_of(e, "per", per);
		json_array_foreach(json_object_get(e, "tiers"), k, t)
		{
			put(en ? "    above " : "    超过 ", t, "from", en ? ": " : "：");
			put("", t, "price", en ? " yuan a " : " 元/");
			(void)puts(period(per, en));
		}
		put(en ? "    free " : "    免费额度 ", e, "free", en ? ", at least " : "；最低 ");
		put("", e, "minimum", en ? " yuan\n" : " 元\n");
		if (json_object_get(e, "metric"))
			put(en ? "    metered by " : "    计量 ", e, "metric", "\n");
	}
}

/* What the quantity costs for a whole period, step by step, and for the seconds that it was. */
static void print_part(const json_t *p, bool en)
{
	const json_t *s;
	size_t i;

	put("    ", p, "from", " → ");
	put("", p, "to", "  ");
	put("", p, "seconds", en ? " s" : " 秒");
	put(en ? " · quantity " : " · 数量 ", p, "quantity", "");
	put(en ? " · edition " : " · 目录第 ", p, "edition", en ? "\n" : " 版\n");
	if (json_object_get(p, "metered")) {
		put(en ? "      metered " : "      计量取得 ", p, "metered", "");
		put(en ? ", complete to " : "，完整率 ", p, "coverage_percent", " %");
		put(en ? ", adjusted " : "，更正 ", p, "adjusted", "\n");
	}
	json_array_foreach(json_object_get(p, "steps"), i, s)
	{
		put("      ", s, "quantity", " × ");
		put("", s, "price", "");
		put(en ? " (above " : "（超过 ", s, "from", en ? ")\n" : "）\n");
	}
	if (json_object_get(p, "price_of_period")) {
		put(en ? "      a period " : "      一个计价周期 ", p, "price_of_period", " × ");
		put("", p, "seconds", " ÷ ");
		put("", p, "period_seconds", " = ");
	} else {
		(void)fputs(en ? "      amount " : "      金额 ", stdout);
	}
	put_exact(p, "amount");
	(void)puts(en ? " yuan" : " 元");
}

static void print_adjustments(const json_t *list, bool en)
{
	const json_t *a;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)list, i, a)
	{
		put(en ? "    correction of use " : "    用量更正 ", a, "quantity", "  ");
		put("", a, "from", " → ");
		put("", a, "to", " · ");
		put("", a, "reason", en ? " · case " : " · 案件 ");
		put("", a, "case_no", "\n");
	}
}

static void print_factor(const json_t *f, bool en)
{
	put(en ? "\nFactor " : "\n评价系数 ", f, "factor", "");
	if (!json_is_true(json_object_get(f, "evaluated"))) {
		(void)puts(en ? " (no result was published by then)"
			      : "（截至当时没有公布过评价结果）");
		return;
	}
	put(en ? " from " : " 自 ", f, "from_month", en ? ", evaluation " : " 起，评价 ");
	put("", f, "evaluation_no", en ? ", case " : "，案件 ");
	put("", f, "case_no", "\n");
}

static void print_sum(const json_t *l, bool en)
{
	const json_t *s = json_object_get(l, "sum");

	(void)fputs(en ? "\nSum of all resources " : "\n全部资源之和 ", stdout);
	put_exact(s, "exact");
	put_money(en ? " yuan; by the catalogue " : " 元；目录价金额 ", s, "list");
	if (!json_is_true(json_object_get(l, "billed"))) {
		(void)puts(en ? " yuan, not billed: 0.00" : " 元，不计费：0.00 元");
		return;
	}
	put(en ? " yuan; × factor " : " 元；× 系数 ", s, "factor", "");
	put_money(" = ", s, "amount");
	(void)puts(en ? " yuan, rounded once, half to even" : " 元（只舍入一次，四舍六入五取偶）");
}

/* Reckoned again, less what the line was and what earlier corrections made of it. */
static void print_difference(const json_t *l, bool en)
{
	const json_t *c = json_object_get(l, "corrects"), *m;
	size_t i;

	put_money(en ? "This line: " : "本行：", json_object_get(l, "sum"), "amount");
	put_money(" − (", c, "amount");
	json_array_foreach(json_object_get(c, "earlier"), i, m)
	{
		(void)fputs(" + (", stdout);
		put_yuan(m);
		(void)fputs(")", stdout);
	}
	put_money(") = ", l, "amount");
	(void)puts(en ? " yuan" : " 元");
}

/* The line that this one corrects, and what earlier ones took off already. */
static void print_corrected(const json_t *c, bool en)
{
	const json_t *m;
	size_t i;

	put(en ? "Corrects " : "更正 ", c, "statement", "");
	put(en ? " line " : " 第 ", c, "line", en ? ": it was" : " 行：原金额");
	put_money(" ", c, "amount");
	json_array_foreach(json_object_get(c, "earlier"), i, m)
	{
		(void)fputs(en ? ", corrected by " : "，已更正 ", stdout);
		put_yuan(m);
	}
	put(en ? " · because of " : " · 依据 ", c, "reason", en ? ", case " : "，案件 ");
	put("", c, "case_no", "\n");
}

static void print_head(const json_t *l, bool en)
{
	const json_t *a, *c = json_object_get(l, "corrects");
	size_t i;

	put("", l, "statement", "");
	put(en ? " line " : " 第 ", l, "line", en ? "  " : " 行  ");
	put("", l, "code", " · ");
	put("", l, en ? "resource_kind_en" : "resource_kind_zh", " · ");
	put("", l, "month", "\n");
	put("", l, "unit", " · ");
	put("", l, "project", "\n");
	put_money(en ? "Amount " : "金额 ", l, "amount");
	(void)fputs(en ? " yuan" : " 元", stdout);
	put(en ? " · use " : " · 用量 ", l, "usage", "");
	(void)fputs(en ? " · Art." : " · 第", stdout);
	json_array_foreach(json_object_get(l, "articles"), i, a)(void)
		printf(en ? "%s %s" : "%s%s", i ? (en ? "," : "、") : "", json_string_value(a));
	put(en ? " · as known at " : "条 · 截至 ", l, "as_of", en ? "\n" : " 的记录\n");
	if (!json_is_true(json_object_get(l, "billed")))
		put(en ? "Not billed, by " : "不计费，依据 ", l, "billed_parameter", "\n");
	if (c)
		print_corrected(c, en);
}

void yh_print_line(const json_t *l, const char *lang)
{
	bool en = strcmp(lang, "en") == 0;
	const char *next = yh_json_text(l, "next");
	const json_t *r, *p;
	size_t i, k;

	print_head(l, en);
	print_editions(json_object_get(l, "editions"), en);
	(void)puts(en ? "\nIntervals" : "\n区间");
	json_array_foreach(json_object_get(l, "resources"), i, r)
	{
		put("  ", r, "resource", "\n");
		json_array_foreach(json_object_get(r, "parts"), k, p) print_part(p, en);
		print_adjustments(json_object_get(r, "adjustments"), en);
	}
	if (next)
		(void)printf(en ? "  (more: --after %s)\n" : "  （还有更多：--after %s）\n", next);
	print_factor(json_object_get(l, "factor"), en);
	print_sum(l, en);
	if (json_object_get(l, "corrects"))
		print_difference(l, en);
}
