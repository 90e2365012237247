/* FOCUS's own words for what a catalogue says in its own. */
#include "export/focus_words.h"

#include <string.h>

#include "base/mem.h"

/* The first that the category contains: the special before the general. */
static const struct {
	const char *word;
	struct yh_focus_service is;
} services[] = {
	{ "容器", { "Compute", "Containers" } },
	{ "裸金属", { "Compute", "Other (Compute)" } },
	{ "备份", { "Storage", "Backup Storage" } },
	{ "对象存储", { "Storage", "Object Storage" } },
	{ "文件存储", { "Storage", "File Storage" } },
	{ "块存储", { "Storage", "Block Storage" } },
	{ "存储", { "Storage", "Other (Storage)" } },
	{ "灾备", { "Storage", "Backup Storage" } },
	{ "数据库", { "Databases", "Other (Databases)" } },
	{ "密码", { "Security", "Other (Security)" } },
	{ "安全", { "Security", "Other (Security)" } },
	{ "身份", { "Identity", "Other (Identity)" } },
	{ "人工智能", { "AI and Machine Learning", "Other (AI and Machine Learning)" } },
	{ "智算", { "AI and Machine Learning", "Other (AI and Machine Learning)" } },
	{ "大数据", { "Analytics", "Other (Analytics)" } },
	{ "分析", { "Analytics", "Other (Analytics)" } },
	{ "物联", { "Internet of Things", "Other (Internet of Things)" } },
	{ "视频", { "Media", "Other (Media)" } },
	{ "中间件", { "Integration", "Other (Integration)" } },
	{ "消息", { "Integration", "Messaging" } },
	{ "迁移", { "Migration", "Other (Migration)" } },
	{ "网络", { "Networking", "Other (Networking)" } },
	{ "带宽", { "Networking", "Other (Networking)" } },
	{ "运维", { "Management and Governance", "Other (Management and Governance)" } },
	{ "监控", { "Management and Governance", "Other (Management and Governance)" } },
	{ "管理", { "Management and Governance", "Other (Management and Governance)" } },
	{ "开发", { "Developer Tools", "Other (Developer Tools)" } },
	{ "办公", { "Business Applications", "Other (Business Applications)" } },
	{ "应用", { "Business Applications", "Other (Business Applications)" } },
	{ "云主机", { "Compute", "Virtual Machines" } },
	{ "计算", { "Compute", "Other (Compute)" } },
	{ "主机", { "Compute", "Virtual Machines" } },
};

struct yh_focus_service yh_focus_service(const char *category)
{
	for (size_t i = 0; category && i < YH_LEN(services); i++)
		if (strstr(category, services[i].word))
			return services[i].is;
	return (struct yh_focus_service){ "Other", "Other (Other)" };
}

static const struct {
	const char *measure, *singular, *plural;
} units[] = {
	{ "instance", "Instance", "Instances" },
	{ "unit", "Unit", "Units" },
	{ "core", "Core", "Cores" },
	{ "mib", "MiB", "MiB" },
	{ "gib", "GiB", "GiB" },
	{ "tib", "TiB", "TiB" },
	{ "mb", "MB", "MB" },
	{ "gb", "GB", "GB" },
	{ "tb", "TB", "TB" },
	{ "mbps", "Mbps", "Mbps" },
	{ "gib_hour", "GiB-Hour", "GiB-Hours" },
	{ "call", "Request", "Requests" },
	{ "1k_calls", "1000 Request", "1000 Requests" },
	{ "10k_calls", "10000 Request", "10000 Requests" },
	{ "10k_tokens", "10000 Token", "10000 Tokens" },
	{ "vcpu", "Core", "Cores" },
};

/* A word that FOCUS does not list is a noun of its own, which it writes with a capital. */
static void add_noun(struct yh_buf *out, const char *word, bool plural)
{
	bool any = false;

	for (; *word; word++) {
		char c = *word;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
			c = any || c < 'a' ? c : (char)(c - 'a' + 'A');
			yh_buf_add(out, &c, 1);
			any = true;
		}
	}
	if (!any)
		yh_buf_str(out, "Unit");
	if (plural)
		yh_buf_str(out, "s");
}

const char *yh_focus_unit(const char *measure, const char *per, struct yh_buf *out)
{
	static const struct {
		const char *per, *times;
	} periods[] = {
		{ "hour", "Hours" }, { "day", "Days" }, { "month", "Months" }, { "year", "Years" }
	};
	const char *times = NULL;
	size_t i = 0;

	out->len = 0;
	measure = measure ? measure : "";
	for (size_t k = 0; per && k < YH_LEN(periods); k++)
		if (strcmp(per, periods[k].per) == 0)
			times = periods[k].times;
	while (i < YH_LEN(units) && strcmp(measure, units[i].measure) != 0)
		i++;
	if (i < YH_LEN(units))
		yh_buf_str(out, times ? units[i].singular : units[i].plural);
	else
		add_noun(out, measure, !times);
	if (times)
		yh_buf_printf(out, "-%s", times);
	return yh_buf_text(out);
}

/* ---- numbers ---- */

enum { USAGE_SCALE = 6, PRICE_SCALE = 12, COST_SCALE = USAGE_SCALE + PRICE_SCALE };

/* Digits of a decimal at `scale`; false when there are more, or it is none. */
static bool read_decimal(const char *s, unsigned scale, __int128 *out)
{
	const __int128 most = (__int128)1 << 96;
	bool negative = *s == '-', any = false, point = false;
	__int128 v = 0;

	for (s += negative; *s; s++) {
		if (*s == '.' && !point) {
			point = true;
			continue;
		}
		if (*s < '0' || *s > '9' || v > most || (point && scale == 0))
			return false;
		v = v * 10 + (*s - '0');
		scale -= point;
		any = true;
	}
	for (; scale; scale--) {
		if (v > most)
			return false;
		v *= 10;
	}
	*out = negative ? -v : v;
	return any;
}

static void write_decimal(__int128 v, unsigned scale, char out[YH_FOCUS_NUMBER])
{
	char digits[48];
	bool negative = v < 0;
	unsigned __int128 left = negative ? 0 - (unsigned __int128)v : (unsigned __int128)v;
	size_t n = 0, at = 0, drop = 0;

	while (left || n <= scale) {
		digits[n++] = (char)('0' + (int)(left % 10));
		left /= 10;
	}
	while (drop < scale && digits[drop] == '0')
		drop++;
	if (negative)
		out[at++] = '-';
	while (n > drop) {
		out[at++] = digits[--n];
		if (n == scale && n > drop)
			out[at++] = '.';
	}
	out[at] = 0;
}

static __int128 size_of(__int128 v)
{
	return v < 0 ? -v : v;
}

/* The cost of one line, as one. */
static void price_line(int64_t list_fen, struct yh_focus_price *out)
{
	/* a price is never below zero */
	out->basis = YH_BASIS_LINE;
	write_decimal(list_fen < 0 ? -1 : 1, 0, out->quantity);
	write_decimal(size_of(list_fen), 2, out->price);
	write_decimal(list_fen, 2, out->cost);
}

void yh_focus_price(const char *catalogue, const char *usage, int64_t list_fen,
		    struct yh_focus_price *out)
{
	const __int128 fen_e18 = (__int128)10000000000000000, most = (__int128)1 << 126;
	__int128 q, p = 0, slack;

	if (!usage || !read_decimal(usage, USAGE_SCALE, &q) || q == 0 ||
	    size_of(q) > (__int128)INT64_MAX) {
		price_line(list_fen, out);
		return;
	}
	out->basis = YH_BASIS_MEAN;
	if (catalogue && read_decimal(catalogue, PRICE_SCALE, &p) &&
	    (p == 0 || size_of(q) < most / size_of(p))) {
		/* the line was rounded to the fen, and its usage to six decimals */
		slack = fen_e18 / 2 + size_of(p) / 2;
		if (size_of(p * q - list_fen * fen_e18) <= slack)
			out->basis = YH_BASIS_CATALOGUE;
	}
	if (out->basis == YH_BASIS_MEAN)
		p = list_fen * fen_e18 / q;
	if (p < 0) {
		price_line(list_fen, out);
		return;
	}
	write_decimal(p, PRICE_SCALE, out->price);
	write_decimal(q, USAGE_SCALE, out->quantity);
	write_decimal(p * q, COST_SCALE, out->cost);
}
