/* One resource's month: its sizes cut where the price, the kind or a correction begins. */
#include <stdlib.h>
#include <string.h>

#include "services/settle/month.h"

void yh_subject_done(struct subject *s)
{
	free(s->held);
	free(s->uses);
	*s = (struct subject){ 0 };
}

/* One resource on its way through the month. */
struct way {
	const struct month *m;
	struct subject *s;
	const struct piece_sink *sink;
	int kind, former; /* former: until formal_at; -2: it was none other */
	enum { EVERY_PRICE, OF_TIME, OF_USE } only;
	bool short_; /* of memory */
};

static bool fail(struct way *w, struct fault f)
{
	f.resource = w->s->owner.resource;
	(void)w->sink->fail(w->sink->arg, &f);
	return false;
}

static bool push_use(struct way *w, const struct piece *p)
{
	struct subject *s = w->s;

	if (s->n_uses == s->uses_cap) {
		size_t cap = s->uses_cap * 2 + 8;
		struct piece *more = realloc(s->uses, cap * sizeof *more);

		w->short_ = !more;
		if (!more)
			return false;
		s->uses = more;
		s->uses_cap = cap;
	}
	s->uses[s->n_uses++] = *p;
	return true;
}

/* What lies within one part and one kind. */
static bool give(struct way *w, struct piece p, const struct yh_id *item)
{
	const struct price *price = p.code < 0 ? NULL : yh_month_price(w->m, p.code, p.part);

	if (!price || !price->known) {
		struct fault f = { .why = WHY_PRICE, .item = *item, .day = yh_day_of(p.from) };

		if (p.code >= 0)
			(void)memccpy(f.code, w->m->codes[p.code], 0, sizeof f.code);
		return fail(w, f);
	}
	if (p.kind < 0) {
		struct fault f = { .why = WHY_KIND };

		memcpy(f.code, p.kind == w->kind ? w->s->owner.kind : w->s->owner.former_kind,
		       sizeof w->s->owner.kind);
		return fail(w, f);
	}
	p.seconds = yh_rating_seconds(&w->m->rating, p.from, p.to);
	p.per_use = price->tariff.per == YH_PER_USE;
	if (w->only != EVERY_PRICE && p.per_use != (w->only == OF_USE))
		return true;
	if (p.per_use)
		return push_use(w, &p);
	return p.seconds == 0 || w->sink->take(w->sink->arg, &p);
}

static bool by_kind(struct way *w, struct piece p, const struct yh_id *item)
{
	yh_time formal = w->s->owner.formal_at, to = p.to;

	p.kind = w->former != -2 && p.from < formal ? w->former : w->kind;
	if (w->former == -2 || p.from >= formal || formal >= to)
		return give(w, p, item);
	p.to = formal;
	if (!give(w, p, item))
		return false;
	p.from = formal;
	p.to = to;
	p.kind = w->kind;
	p.added_milli = 0;
	return give(w, p, item);
}

/* A quantity held from p.from to p.to, through all parts of the month. */
static bool through(struct way *w, struct piece p, const struct yh_id *item)
{
	yh_time from = p.from > w->m->from ? p.from : w->m->from;
	yh_time to = p.to && p.to < w->m->to ? p.to : w->m->to;

	for (size_t i = 0; i < w->m->n_parts && from < to; i++) {
		const struct part *part = &w->m->parts[i];

		if (part->to <= from)
			continue;
		p.part = i;
		p.from = from;
		p.to = to < part->to ? to : part->to;
		if (!by_kind(w, p, item))
			return false;
		p.added_milli = 0;
		from = p.to;
	}
	return true;
}

/* What was provided anew when an interval began: all of it, unless the one before went on into it.
 */
static int64_t added_by(const struct way *w, size_t i)
{
	const struct held *h = &w->s->held[i];
	int64_t added = h->qty_milli;

	if (h->from < w->m->from)
		return 0;
	if (i > 0 && h[-1].to == h->from && h[-1].code == h->code)
		added -= h[-1].qty_milli;
	return added > 0 ? added : 0;
}

static bool hold(struct way *w, size_t i)
{
	const struct held *h = &w->s->held[i];
	const struct piece p = { .code = h->code,
				 .from = h->from,
				 .to = h->to,
				 .qty_milli = h->qty_milli,
				 .added_milli = added_by(w, i) };

	return through(w, p, &h->item);
}

/* ---- what cases have put right ---- */

static int by_time(const void *a, const void *b)
{
	yh_time x = *(const yh_time *)a, y = *(const yh_time *)b;

	return (x > y) - (x < y);
}

static void add_time(const struct month *m, yh_time t, yh_time *times, size_t *n)
{
	times[(*n)++] = t < m->from ? m->from : t > m->to ? m->to : t;
}

static size_t part_at(const struct month *m, yh_time at)
{
	size_t p = 0;

	while (p + 1 < m->n_parts && at >= m->parts[p].to)
		p++;
	return p;
}

/* Whether a correction is of use, or of what was held: as the code is priced where it begins. */
static bool is_of_use(const struct month *m, int code, const struct yh_adjustment_row *j)
{
	yh_time at = j->from_at < m->from ? m->from : j->from_at;
	const struct price *price = yh_month_price(m, code, part_at(m, at));

	return price->known && price->tariff.per == YH_PER_USE;
}

static int64_t held_at(const struct way *w, int code, const struct yh_adjustment_row *j, size_t n,
		       yh_time at, struct yh_id *item)
{
	int64_t qty = 0;

	for (size_t i = 0; i < w->s->n; i++) {
		const struct held *h = &w->s->held[i];

		if (h->code == code && h->from <= at && (h->to == 0 || at < h->to)) {
			qty += h->qty_milli;
			*item = h->item;
		}
	}
	for (size_t i = 0; i < n; i++)
		if (j[i].from_at <= at && at < j[i].to_at && !is_of_use(w->m, code, &j[i]))
			qty += j[i].qty_milli;
	return qty;
}

/* The sizes of one code together with their corrections, from each instant that something changes
 * to the next. */
static bool corrected(struct way *w, int code, const struct yh_adjustment_row *j, size_t n,
		      yh_time *times)
{
	size_t n_times = 0;

	for (size_t i = 0; i < w->s->n; i++)
		if (w->s->held[i].code == code) {
			add_time(w->m, w->s->held[i].from, times, &n_times);
			add_time(w->m, w->s->held[i].to ? w->s->held[i].to : w->m->to, times,
				 &n_times);
		}
	for (size_t i = 0; i < n; i++) {
		add_time(w->m, j[i].from_at, times, &n_times);
		add_time(w->m, j[i].to_at, times, &n_times);
	}
	/* what is wrong in one edition's time is not carried into another's */
	for (size_t i = 1; i < w->m->n_parts; i++)
		add_time(w->m, w->m->parts[i].from, times, &n_times);
	qsort(times, n_times, sizeof *times, by_time);
	for (size_t i = 0; i + 1 < n_times; i++) {
		struct yh_id item = { 0 };
		struct piece p = { .code = code, .from = times[i], .to = times[i + 1] };

		if (p.from == p.to)
			continue;
		p.qty_milli = held_at(w, code, j, n, p.from, &item);
		if (p.qty_milli < 0) {
			struct fault f = { .why = WHY_NEGATIVE,
					   .day = yh_day_of(p.from),
					   .milli = p.qty_milli };

			memcpy(f.code, j->code, sizeof f.code);
			return fail(w, f);
		}
		if (p.qty_milli > 0 && !through(w, p, &item))
			return false;
	}
	return true;
}

/* A correction of use goes with the part it begins in; where nothing was held, it is one itself. */
static bool fix_use(struct way *w, int code, const struct yh_adjustment_row *j)
{
	yh_time at = j->from_at < w->m->from ? w->m->from : j->from_at;
	struct piece p = { .code = code,
			   .part = part_at(w->m, at),
			   .from = at,
			   .to = at,
			   .per_use = true,
			   .fixed_milli = j->qty_milli };

	for (size_t i = 0; i < w->s->n_uses; i++) {
		struct piece *u = &w->s->uses[i];

		if (u->code == code && u->from <= at && (at < u->to || u->from == at)) {
			u->fixed_milli += j->qty_milli;
			return true;
		}
	}
	if (!yh_month_price(w->m, code, p.part)->known) {
		struct fault f = { .why = WHY_PRICE, .day = yh_day_of(at) };

		memcpy(f.code, j->code, sizeof f.code);
		return fail(w, f);
	}
	p.kind = w->former != -2 && at < w->s->owner.formal_at ? w->former : w->kind;
	if (p.kind < 0)
		return fail(w, (struct fault){ .why = WHY_KIND });
	return push_use(w, &p);
}

/* The sizes and the corrections of one code, whose prices may be of time in one edition and of use
 * in the next. */
static bool correct_code(struct way *w, int code, const struct yh_adjustment_row *j, size_t n,
			 yh_time *times)
{
	bool ok;

	w->only = OF_TIME;
	ok = corrected(w, code, j, n, times);
	w->only = OF_USE;
	for (size_t i = 0; ok && i < w->s->n; i++)
		if (w->s->held[i].code == code)
			ok = hold(w, i);
	w->only = EVERY_PRICE;
	for (size_t i = 0; ok && i < n; i++)
		if (is_of_use(w->m, code, &j[i]))
			ok = fix_use(w, code, &j[i]);
	return ok;
}

/* The codes with corrections, one after the other; `j` comes by code. */
static bool correct_all(struct way *w, const struct yh_adjustment_row *j, size_t n)
{
	yh_time *times = malloc(((w->s->n + n) * 2 + w->m->n_parts) * sizeof *times);
	bool ok = times != NULL;

	w->short_ = !times;
	for (size_t i = 0, of_code; ok && i < n; i += of_code) {
		int code = yh_month_code(w->m, j[i].code);

		for (of_code = 1; i + of_code < n && strcmp(j[i].code, j[i + of_code].code) == 0;)
			of_code++;
		if (code < 0) {
			struct fault f = { .why = WHY_PRICE, .day = yh_day_of(j[i].from_at) };

			memcpy(f.code, j[i].code, sizeof f.code);
			ok = fail(w, f);
		} else {
			ok = correct_code(w, code, j + i, of_code, times);
		}
	}
	free(times);
	return ok;
}

static bool is_corrected(const struct way *w, int code, const struct yh_adjustment_row *j, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (code >= 0 && strcmp(w->m->codes[code], j[i].code) == 0)
			return true;
	return false;
}

/* ---- all of it ---- */

static bool touches(const struct month *m, const struct subject *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->held[i].to == 0 || s->held[i].to > m->from)
			return true;
	return false;
}

static int by_code_and_time(const void *a, const void *b)
{
	const struct piece *p = a, *q = b;

	if (p->code != q->code)
		return p->code < q->code ? -1 : 1;
	return (p->from > q->from) - (p->from < q->from);
}

/* What was put right while it was theirs: of time as far as it reaches, of use where it begins. */
static struct yh_adjustment_row *theirs(const struct way *w, const struct yh_adjustment_row *j,
					size_t *n)
{
	const struct yh_span_row *o = &w->s->owner;
	yh_time until = o->own_to ? o->own_to : INT64_MAX;
	struct yh_adjustment_row *kept = calloc(*n, sizeof *kept);
	size_t k = 0;

	for (size_t i = 0; kept && i < *n; i++) {
		int code = yh_month_code(w->m, j[i].code);
		bool use = code >= 0 && is_of_use(w->m, code, &j[i]);
		yh_time at = j[i].from_at;

		kept[k] = j[i];
		if (use) {
			k += at >= o->own_from && at < until;
			continue;
		}
		kept[k].from_at = at > o->own_from ? at : o->own_from;
		kept[k].to_at = j[i].to_at < until ? j[i].to_at : until;
		k += kept[k].from_at < kept[k].to_at;
	}
	*n = k;
	return kept;
}

static bool rate(struct way *w, const struct yh_adjustment_row *j, size_t n)
{
	const struct month *m = w->m;
	struct subject *s = w->s;
	const struct piece_sink *sink = w->sink;
	bool ok = true;

	s->n_uses = 0;
	if (n == 0 && !touches(m, s))
		return true;
	if (yh_id_is_zero(&s->owner.provider)) {
		(void)fail(w, (struct fault){ .why = WHY_PROVIDER });
		return true;
	}
	w->kind = yh_month_kind(m, s->owner.kind);
	if (s->owner.former_kind[0])
		w->former = yh_month_kind(m, s->owner.former_kind);
	for (size_t i = 0; ok && i < s->n; i++)
		if (n == 0 || !is_corrected(w, s->held[i].code, j, n))
			ok = hold(w, i);
	if (ok && n)
		ok = correct_all(w, j, n);
	if (ok && s->n_uses) {
		qsort(s->uses, s->n_uses, sizeof *s->uses, by_code_and_time);
		(void)sink->uses(sink->arg, s->uses, s->n_uses);
	}
	return !w->short_;
}

bool yh_rate_subject(const struct month *m, struct subject *s, const struct piece_sink *sink)
{
	struct way w = { .m = m, .s = s, .sink = sink, .former = -2 };
	size_t n;
	const struct yh_adjustment_row *j = yh_month_adjustments(m, &s->owner.resource, &n);
	struct yh_adjustment_row *kept;
	bool ok;

	if (n == 0 || (!s->owner.own_from && !s->owner.own_to))
		return rate(&w, j, n);
	kept = theirs(&w, j, &n);
	ok = kept && rate(&w, kept, n);
	free(kept);
	return ok;
}

enum yh_rc yh_rate_uses(const struct month *m, struct piece *list, size_t n, struct yh_err *err)
{
	struct yh_use_part *parts = calloc(n, sizeof *parts);
	yh_amount sum = 0;
	enum yh_rc rc;

	if (!parts)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < n; i++)
		parts[i] = (struct yh_use_part){
			.tariff = &yh_month_price(m, list[i].code, list[i].part)->tariff,
			.qty_milli = list[i].qty_milli + list[i].fixed_milli,
			.seconds = list[i].seconds,
		};
	rc = yh_rating_add_use(&m->rating, parts, n, &sum, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		list[i].amount = parts[i].amount;
	free(parts);
	return rc;
}
