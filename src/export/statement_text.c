/* What the printed forms of a statement say in the same words. */
#include "export/statement_text.h"

#include <string.h>

#include "base/num.h"

enum { EDITIONS_NAMED = 12, SHORT_HEX = 16, CITE_BYTES = 256 };

static const char *begin(struct yh_buf *out)
{
	out->len = 0;
	out->failed = false;
	if (out->data)
		out->data[0] = 0;
	return "";
}

const char *yh_bill_name(const char *name, const char *code, struct yh_buf *out)
{
	begin(out);
	yh_buf_str(out, name ? name : "");
	if (code && *code)
		yh_buf_printf(out, "（%s）", code);
	return yh_buf_text(out);
}

const char *yh_bill_month(yh_day month, struct yh_buf *out)
{
	struct yh_date d = yh_date_of(month);

	begin(out);
	yh_buf_printf(out, "%d年%d月", d.year, d.month);
	return yh_buf_text(out);
}

const char *yh_bill_period(yh_day month, struct yh_buf *out)
{
	struct yh_date d = yh_date_of(month);

	begin(out);
	yh_buf_printf(out, "%d年%d月1日至%d日", d.year, d.month, yh_days_in_month(d.year, d.month));
	return yh_buf_text(out);
}

const char *yh_bill_editions(const struct yh_bill *b, struct yh_buf *out)
{
	int64_t seen[EDITIONS_NAMED];
	size_t n = 0;

	begin(out);
	for (size_t i = 0; i < b->n; i++) {
		size_t at = 0, k;

		while (at < n && seen[at] < b->lines[i].edition)
			at++;
		if ((at < n && seen[at] == b->lines[i].edition) || n == EDITIONS_NAMED)
			continue;
		for (k = n++; k > at; k--)
			seen[k] = seen[k - 1];
		seen[at] = b->lines[i].edition;
	}
	for (size_t i = 0; i < n; i++)
		yh_buf_printf(out, "%s%lld", i ? "、" : "第 ", (long long)seen[i]);
	yh_buf_str(out, n ? " 版" : "—");
	return yh_buf_text(out);
}

static bool is(const struct yh_bill *b, const char *state)
{
	return strcmp(b->row.state, state) == 0;
}

static void add_day(struct yh_buf *out, yh_time at)
{
	struct yh_date d = yh_date_of(yh_day_of(at));

	yh_buf_printf(out, "%d年%d月%d日", d.year, d.month, d.day);
}

const char *yh_bill_state(const struct yh_bill *b, struct yh_buf *out)
{
	begin(out);
	if (is(b, "closed")) {
		yh_buf_str(out, "已审定");
		if (b->row.closed_at) {
			yh_buf_str(out, "，");
			add_day(out, b->row.closed_at);
		}
	} else {
		yh_buf_str(out, is(b, "stopped") ? "未能核算" : "草稿，未经审定");
	}
	return yh_buf_text(out);
}

const char *yh_bill_watermark(const struct yh_bill *b)
{
	return is(b, "closed") ? NULL : is(b, "stopped") ? "未能核算" : "草稿";
}

yh_time yh_bill_at(const struct yh_bill *b)
{
	return b->row.closed_at ? b->row.closed_at : b->settlement.as_of;
}

/* A word of the catalogue in Chinese where the messages know it. */
static const char *word(const struct yh_messages *m, const char *kind, const char *code)
{
	char slug[64];
	const char *zh;

	if (!code)
		return "";
	(void)snprintf(slug, sizeof slug, "%s-%s", kind, code);
	for (char *c = slug; *c; c++)
		if (*c == '_')
			*c = '-';
	zh = m ? yh_messages_find(m, "zh", slug) : NULL;
	return zh ? zh : code;
}

const char *yh_bill_unit(const struct yh_bill_line *l, const struct yh_messages *m,
			 struct yh_buf *out)
{
	begin(out);
	yh_buf_str(out, word(m, "measure", l->measure));
	if (l->per && strcmp(l->per, "use") != 0)
		yh_buf_printf(out, "·%s", word(m, "per", l->per));
	return yh_buf_text(out);
}

/* The zeros behind "0.120000" tell nothing. */
static void add_decimal(struct yh_buf *out, const char *s, size_t n)
{
	if (memchr(s, '.', n)) {
		while (n && s[n - 1] == '0')
			n--;
		if (n && s[n - 1] == '.')
			n--;
	}
	yh_buf_add(out, s, n);
}

const char *yh_bill_usage(const struct yh_bill_line *l, struct yh_buf *out)
{
	const char *s = l->row.usage ? l->row.usage : "";
	size_t digits;

	begin(out);
	if (*s == '-')
		yh_buf_add(out, s++, 1);
	for (digits = strspn(s, "0123456789"); digits; digits--, s++) {
		yh_buf_add(out, s, 1);
		if (digits > 1 && digits % 3 == 1)
			yh_buf_str(out, ",");
	}
	yh_buf_str(out, s);
	return yh_buf_text(out);
}

/* "0-100: 1.0; 100-: 0.8" in lines of their own. */
static void add_tiers(struct yh_buf *out, const char *s)
{
	while (*s) {
		size_t range = strcspn(s, ":;"), price;

		if (s[range] != ':') {
			yh_buf_str(out, s);
			return;
		}
		yh_buf_add(out, s, range - (range && s[range - 1] == '-'));
		yh_buf_str(out, range && s[range - 1] == '-' ? " 以上：" : "：");
		s += range + 1;
		s += strspn(s, " ");
		price = strcspn(s, ";");
		add_decimal(out, s, price);
		s += price;
		if (*s == ';')
			yh_buf_str(out, "\n");
		s += strspn(s, "; ");
	}
}

const char *yh_bill_price(const struct yh_bill_line *l, const struct yh_messages *m,
			  struct yh_buf *out)
{
	const char *price = l->price ? l->price : "";
	bool one = !strpbrk(price, ":;");

	begin(out);
	if (one) {
		add_decimal(out, price, strlen(price));
		yh_buf_str(out, " 元/");
	} else {
		yh_buf_printf(out, "%s，元/", word(m, "mode", l->mode));
	}
	yh_buf_str(out, word(m, "measure", l->measure));
	if (l->per && strcmp(l->per, "use") != 0)
		yh_buf_printf(out, "·%s", word(m, "per", l->per));
	if (!one) {
		yh_buf_str(out, "\n");
		add_tiers(out, price);
	}
	return yh_buf_text(out);
}

static void fill(const struct yh_messages *m, const char *slug, json_t *figures, struct yh_buf *out)
{
	YH_JSON_AUTO own = figures;

	if (m && own)
		yh_messages_fill(m, "zh", slug, own, out);
	else
		yh_buf_str(out, slug);
}

const char *yh_bill_remark(const struct yh_bill_line *l, const struct yh_messages *m,
			   struct yh_buf *out)
{
	const char *reason = l->row.reason ? l->row.reason : "";

	begin(out);
	if (strcmp(l->row.kind, "correction") == 0 && l->row.corrects_line == 0)
		fill(m, "statement-corrects-missing",
		     json_pack("{s:s, s:s}", "no", l->corrects_no ? l->corrects_no : "", "reason",
			       reason),
		     out);
	else if (strcmp(l->row.kind, "correction") == 0)
		fill(m, "statement-corrects",
		     json_pack("{s:s, s:I, s:s}", "no", l->corrects_no ? l->corrects_no : "",
			       "line", (json_int_t)l->row.corrects_line, "reason", reason),
		     out);
	else if (!l->row.billed)
		fill(m, "statement-not-billed", json_pack("{s:s}", "parameter", reason), out);
	return yh_buf_text(out);
}

/* "（办法第 27 条）", and nothing where the pack has no such article. */
static json_t *cited(const struct yh_messages *m, const char *first, const char *second)
{
	const char *one = first ? first : "", *two = second ? second : "";
	struct yh_buf text;
	json_t *out;

	yh_buf_init(&text, CITE_BYTES);
	if (one[0] && two[0])
		fill(m, "statement-cites-two", json_pack("{s:s, s:s}", "one", one, "two", two),
		     &text);
	else if (one[0] || two[0])
		fill(m, "statement-cites", json_pack("{s:s}", "article", one[0] ? one : two),
		     &text);
	out = json_string(yh_buf_ok(&text) && text.len ? yh_buf_text(&text) : "");
	yh_buf_done(&text);
	return out;
}

const char *yh_bill_how(const struct yh_bill *b, const struct yh_messages *m, struct yh_buf *out)
{
	bool corrects = false, unbilled = false;

	for (size_t i = 0; i < b->n; i++) {
		corrects |= strcmp(b->lines[i].row.kind, "correction") == 0;
		unbilled |= !b->lines[i].row.billed;
	}
	begin(out);
	fill(m, "statement-how",
	     json_pack("{s:o, s:o}", "fee", cited(m, b->fee_article, NULL), "price",
		       cited(m, b->price_article, NULL)),
	     out);
	yh_buf_str(out, "\n");
	fill(m, "statement-how-factor",
	     json_pack("{s:o}", "factor", cited(m, b->fee_article, b->factor_article)), out);
	yh_buf_str(out, "\n");
	if (b->in_budget)
		fill(m, "statement-how-budget", json_object(), out);
	else
		fill(m, "statement-how-own",
		     json_pack("{s:o}", "fee", cited(m, b->fee_article, NULL)), out);
	if (corrects) {
		yh_buf_str(out, "\n");
		fill(m, "statement-how-corrections", json_object(), out);
	}
	if (unbilled) {
		yh_buf_str(out, "\n");
		fill(m, "statement-how-unbilled", json_object(), out);
	}
	yh_buf_str(out, "\n");
	fill(m, "statement-how-trace", json_pack("{s:s}", "statement", b->row.no), out);
	return yh_buf_text(out);
}

const char *yh_bill_fault(const struct yh_bill *b, const struct yh_messages *m, struct yh_buf *out)
{
	YH_JSON_AUTO fault = NULL;
	json_t *figures;
	const char *slug;

	begin(out);
	if (!b->row.fault || yh_json_parse(b->row.fault, strlen(b->row.fault), &fault, NULL))
		return yh_buf_text(out);
	slug = yh_json_text(fault, "slug");
	figures = json_object_get(fault, "figures");
	if (slug)
		fill(m, slug, json_is_object(figures) ? json_incref(figures) : json_object(), out);
	return yh_buf_text(out);
}

static void add_short(struct yh_buf *out, const void *p, size_t n)
{
	char hex[2 * SHORT_HEX + 1];
	const unsigned char *b = p;

	if (n <= SHORT_HEX) {
		yh_buf_str(out, yh_hex(b, n, hex));
		return;
	}
	yh_buf_printf(out, "%s…", yh_hex(b, SHORT_HEX / 2, hex));
	yh_buf_str(out, yh_hex(b + n - SHORT_HEX / 4, SHORT_HEX / 4, hex));
}

const char *yh_bill_proof(const struct yh_bill *b, bool whole, struct yh_buf *out)
{
	static const struct yh_sm3 none;
	char hex[YH_SM3_HEX];

	begin(out);
	if (memcmp(&b->row.digest, &none, sizeof none) == 0)
		return yh_buf_text(out);
	yh_buf_str(out, "SM3 摘要 ");
	if (whole)
		yh_buf_str(out, yh_hex(b->row.digest.b, sizeof b->row.digest.b, hex));
	else
		add_short(out, b->row.digest.b, sizeof b->row.digest.b);
	if (b->row.signature && b->row.signature_len) {
		yh_buf_str(out, whole ? "\nSM2 签名 " : "　SM2 签名 ");
		add_short(out, b->row.signature, b->row.signature_len);
		if (whole && b->row.key_id && *b->row.key_id)
			yh_buf_printf(out, "（密钥 %s）", b->row.key_id);
	} else {
		yh_buf_str(out, whole ? "\nSM2 签名 （尚未签名）" : "　尚未签名");
	}
	return yh_buf_text(out);
}
