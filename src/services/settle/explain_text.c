/* The words and figures of explanations. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "services/catalogue/items.h"
#include "services/settle/explain.h"

static const yh_amount E9 = 1000000000;

/* ---- exact figures ---- */

static yh_amount gcd(yh_amount a, yh_amount b)
{
	while (b) {
		yh_amount r = a % b;

		a = b;
		b = r;
	}
	return a;
}

static char *put_digits(unsigned __int128 v, char *end)
{
	do
		*--end = (char)('0' + (int)(v % 10));
	while (v /= 10);
	return end;
}

/* How many digits behind the point it takes; -1: it has no end (or too far away). */
static int places(yh_amount den)
{
	int n = 0;

	for (yh_amount p = 1; n <= 18; n++, p *= 10)
		if (p % den == 0)
			return n;
	return -1;
}

const char *yh_exact_text(yh_amount num, yh_amount den, char out[YH_EXACT_TEXT])
{
	char a[48], b[48], *pa, *pb;
	bool minus = num < 0;
	yh_amount size = minus ? -num : num, g = gcd(size, den), scale = 1;
	int n;

	size /= g;
	den /= g;
	n = places(den);
	a[sizeof a - 1] = b[sizeof b - 1] = 0;
	if (n < 0) {
		pa = put_digits((unsigned __int128)size, a + sizeof a - 1);
		pb = put_digits((unsigned __int128)den, b + sizeof b - 1);
		(void)snprintf(out, YH_EXACT_TEXT, "%s%.40s/%.40s", minus ? "-" : "", pa, pb);
		return out;
	}
	for (int i = 0; i < n; i++)
		scale *= 10;
	pa = put_digits((unsigned __int128)(size / den), a + sizeof a - 1);
	pb = put_digits((unsigned __int128)(size % den * (scale / den)), b + sizeof b - 1);
	while (b + sizeof b - 1 - pb < n)
		*--pb = '0';
	(void)snprintf(out, YH_EXACT_TEXT, "%s%.40s%s%.40s", minus ? "-" : "", pa, n ? "." : "",
		       n ? pb : "");
	return out;
}

static void put_yuan(struct yh_jw *w, const char *key, const struct month *m, yh_amount amount)
{
	char text[YH_EXACT_TEXT];

	yh_jw_str(w, key, yh_exact_text(amount, E9 * m->rating.unit, text));
}

/* ---- the head ---- */

static void put_lengths(struct yh_jw *w, const struct month *m)
{
	static const char *const names[] = { "hour", "day", "month", "year" };

	yh_jw_obj(w, "period_seconds");
	for (int i = 0; i < 4; i++)
		yh_jw_int(w, names[i], m->rating.period_s[i]);
	yh_jw_end_obj(w);
}

static void put_articles(struct yh_jw *w, const struct month *m, int kind, bool factor)
{
	const char *const list[] = {
		yh_pack_article_about(m->pack, "settlement"),
		yh_pack_article_about(m->pack, "edition"),
		factor ? yh_pack_article_about(m->pack, "evaluation") : NULL,
		kind >= 0 ? m->kinds[kind].article : NULL,
	};

	yh_jw_arr(w, "articles");
	for (size_t i = 0; i < sizeof list / sizeof list[0]; i++)
		if (list[i] && list[i][0])
			yh_jw_str(w, NULL, list[i]);
	yh_jw_end_arr(w);
}

void yh_explain_head(struct yh_jw *w, const struct month *m, const struct yh_statement_row *s,
		     const struct yh_line_row *l, int kind)
{
	char month[8];

	yh_jw_str(w, "statement", s->no);
	yh_jw_int(w, "line", l->line);
	yh_jw_str(w, "kind", l->kind);
	yh_jw_str(w, "month", yh_month_text(m->first, month));
	yh_jw_time(w, "from", m->from);
	yh_jw_time(w, "to", m->to);
	yh_jw_time(w, "as_of", m->as_of);
	yh_jw_str(w, "code", l->code);
	yh_jw_str(w, "resource_kind", l->resource_kind);
	if (kind >= 0) {
		yh_jw_str(w, "resource_kind_zh", m->kinds[kind].title.zh);
		yh_jw_str(w, "resource_kind_en", m->kinds[kind].title.en);
	}
	yh_jw_bool(w, "billed", l->billed);
	if (kind >= 0)
		yh_jw_str(w, "billed_parameter", m->kinds[kind].billed_param);
	yh_jw_scaled(w, "amount", l->amount_fen, 2);
	yh_jw_str(w, "usage", l->usage);
	put_lengths(w, m);
	put_articles(w, m, kind, !yh_id_is_zero(&l->factor));
}

/* ---- prices ---- */

static void put_tariff(struct yh_jw *w, const struct yh_item_row *i)
{
	yh_jw_id(w, "item", &i->id);
	yh_jw_str(w, "name", i->name);
	yh_jw_str(w, "per", i->per);
	yh_jw_str(w, "measure", i->measure);
	yh_jw_str(w, "mode", i->mode);
	yh_jw_milli(w, "free", i->free_milli);
	yh_jw_scaled(w, "minimum", i->minimum_e6, 6);
	if (i->package_milli)
		yh_jw_milli(w, "package", i->package_milli);
	if (i->metric[0]) {
		yh_jw_str(w, "metric", i->metric);
		yh_jw_str(w, "metered_as", i->metric_as);
		yh_jw_int(w, "metric_per", i->metric_per);
	}
	yh_item_write_tiers(w, "tiers", i);
}

void yh_explain_prices(struct yh_jw *w, const struct month *m, int code)
{
	yh_jw_arr(w, "editions");
	for (size_t p = 0; p < m->n_parts; p++) {
		const struct price *price = yh_month_price(m, code, p);

		yh_jw_obj(w, NULL);
		yh_jw_id(w, "edition", &m->parts[p].edition);
		yh_jw_int(w, "number", m->parts[p].number);
		yh_jw_time(w, "from", m->parts[p].from);
		yh_jw_time(w, "to", m->parts[p].to);
		if (price->known)
			put_tariff(w, price->row);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

void yh_explain_factor(struct yh_jw *w, const struct yh_factor_row *f, bool found,
		       const char *evaluation, const char *case_no)
{
	char month[8];

	yh_jw_obj(w, "factor");
	yh_jw_scaled(w, "factor", f->factor_e6, 6);
	yh_jw_bool(w, "evaluated", found); /* false: no result is published, it is 1 */
	if (found) {
		yh_jw_id(w, "id", &f->id);
		yh_jw_str(w, "from_month", yh_month_text(f->from_month, month));
		yh_jw_id(w, "evaluation", &f->evaluation);
		yh_jw_str(w, "evaluation_no", evaluation[0] ? evaluation : NULL);
		yh_jw_id(w, "case", &f->case_id);
		yh_jw_str(w, "case_no", case_no[0] ? case_no : NULL);
		yh_jw_time(w, "made_at", f->made_at);
	}
	yh_jw_end_obj(w);
}

enum yh_rc yh_explain_sum(struct yh_jw *w, const struct month *m, const struct sum_line *sum,
			  const struct yh_factor_row *f, int kind, struct yh_err *err)
{
	yh_amount amount = sum ? sum->amount : 0;
	char text[YH_EXACT_TEXT];
	int64_t list, fen = 0;
	enum yh_rc rc = yh_rating_fen(&m->rating, amount, YH_FACTOR_ONE, &list, err);

	if (rc == YH_OK && m->kinds[kind].billed)
		rc = yh_rating_fen(&m->rating, amount, f->factor_e6, &fen, err);
	if (rc != YH_OK)
		return rc;
	yh_jw_obj(w, "sum");
	yh_jw_int(w, "resources", sum ? sum->resources : 0);
	yh_jw_int(w, "parts", sum ? sum->intervals : 0);
	yh_jw_str(w, "usage_exact",
		  yh_exact_text(sum ? sum->usage : 0, (yh_amount)1000 * m->rating.unit, text));
	put_yuan(w, "exact", m, amount);
	yh_jw_scaled(w, "list", list, 2);
	yh_jw_scaled(w, "factor", f->factor_e6, 6);
	yh_jw_str(w, "rounding", "half-even");
	yh_jw_scaled(w, "amount", fen, 2);
	yh_jw_end_obj(w);
	return YH_OK;
}

/* ---- parts ---- */

/* How much of a quantity stands on each step, and at what price. */
static void put_steps(struct yh_jw *w, const struct yh_tariff *t, int64_t qty_milli)
{
	int64_t left = qty_milli > t->free_milli ? qty_milli - t->free_milli : 0, units = left;

	yh_jw_milli(w, "free", qty_milli < t->free_milli ? qty_milli : t->free_milli);
	yh_jw_milli(w, "charged", left);
	if (t->mode == YH_MODE_PACKAGE) {
		units = (left + t->package_milli - 1) / t->package_milli * 1000;
		yh_jw_milli(w, "packages", units);
	}
	yh_jw_arr(w, "steps");
	for (size_t i = 0; i < t->n_steps; i++) {
		int64_t from = t->steps[i].from_milli;
		int64_t to = i + 1 < t->n_steps ? t->steps[i + 1].from_milli : INT64_MAX;
		int64_t here = units < to ? units - from : to - from;

		if (t->mode == YH_MODE_VOLUME || t->mode == YH_MODE_FLAT)
			here = units >= from && (units < to || i + 1 == t->n_steps) ? units : 0;
		if (here <= 0)
			continue;
		yh_jw_obj(w, NULL);
		yh_jw_milli(w, "from", from);
		yh_jw_milli(w, "quantity", here);
		yh_jw_scaled(w, "price", t->steps[i].price_e6, 6);
		yh_jw_end_obj(w);
	}
	yh_jw_end_arr(w);
}

static void put_part(struct yh_jw *w, const struct month *m, const struct piece *p)
{
	yh_jw_time(w, "from", p->from);
	yh_jw_time(w, "to", p->to);
	yh_jw_int(w, "seconds", p->seconds);
	yh_jw_int(w, "edition", m->parts[p->part].number);
}

void yh_explain_time(struct yh_jw *w, const struct month *m, const struct piece *p)
{
	const struct yh_tariff *t = &yh_month_price(m, p->code, p->part)->tariff;
	int64_t period_s = m->rating.period_s[t->per];
	char text[YH_EXACT_TEXT];
	yh_amount period = 0, amount = 0;

	yh_jw_obj(w, NULL);
	put_part(w, m, p);
	yh_jw_milli(w, "quantity", p->qty_milli);
	put_steps(w, t, p->qty_milli);
	yh_jw_int(w, "period_seconds", period_s);
	yh_jw_str(w, "periods", yh_exact_text(p->seconds, period_s, text));
	if (yh_rating_add_time(&m->rating, t, p->qty_milli, period_s, &period, NULL) == YH_OK)
		put_yuan(w, "price_of_period", m, period);
	if (yh_rating_add_time(&m->rating, t, p->qty_milli, p->seconds, &amount, NULL) == YH_OK)
		put_yuan(w, "amount", m, amount);
	yh_jw_end_obj(w);
}

void yh_explain_use(struct yh_jw *w, const struct month *m, const struct piece *p)
{
	const struct price *price = yh_month_price(m, p->code, p->part);

	yh_jw_obj(w, NULL);
	put_part(w, m, p);
	if (price->row->metric[0]) {
		yh_jw_milli(w, "metered", p->qty_milli);
		yh_jw_milli(w, "coverage_percent", p->coverage_milli * 100);
	} else {
		yh_jw_milli(w, "provided", p->qty_milli);
	}
	yh_jw_milli(w, "adjusted", p->fixed_milli);
	yh_jw_milli(w, "quantity", p->qty_milli + p->fixed_milli);
	put_yuan(w, "amount", m, p->amount);
	yh_jw_end_obj(w);
}
