/* The quota arithmetic: sums of spans, compared at every day on which a sum can change. */
#include "law/quota.h"

#include <stdlib.h>
#include <string.h>

#include <libical/ical.h>

enum { SPANS_MAX = 100000, PER_YEAR_MAX = 400, RULE_BYTES_MAX = 300, WINDOW_DAYS_MAX = 3660 };

enum yh_rc yh_spans_add(struct yh_spans *s, const char *dim, int64_t qty_milli, yh_day first,
			yh_day last, struct yh_err *err)
{
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		struct yh_span *v;

		if (cap > SPANS_MAX)
			return yh_fail(err, YH_TOO_LARGE, "quota-too-many");
		v = YH_NEW_N(s->arena, struct yh_span, cap);
		if (!v)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (s->n)
			memcpy(v, s->v, s->n * sizeof *v);
		s->v = v;
		s->cap = cap;
	}
	s->v[s->n++] = (struct yh_span){ dim, qty_milli, first, last };
	return YH_OK;
}

/* Adds [first, first+days) unless it overlaps what the window already covers; what sticks out is
 * added alone, so that overlapping occurrences count once. */
static enum yh_rc add_occurrence(struct yh_spans *s, const char *dim, int64_t qty_milli,
				 yh_day first, int64_t days, yh_day *covered, struct yh_err *err)
{
	yh_day last = (yh_day)(first + days - 1);

	if (*covered != YH_DAY_NONE && first <= *covered)
		first = *covered + 1;
	if (first > last)
		return YH_OK;
	*covered = last;
	return yh_spans_add(s, dim, qty_milli, first, last, err);
}

static struct icaltimetype ical_day(yh_day day)
{
	struct yh_date d = yh_date_of(day);
	/* icaltime_null_date() leaves an hour of -1 behind, with which rules go astray or never end
	 */
	struct icaltimetype t = { .year = d.year, .month = d.month, .day = d.day, .is_date = 1 };

	return t;
}

/* A rule over days: the parts that name times of day, or another calendar, are not for us. */
static bool is_of_days(const struct icalrecurrencetype *rule)
{
	return rule->freq != ICAL_NO_RECURRENCE && rule->freq >= ICAL_DAILY_RECURRENCE &&
	       rule->by_hour[0] == ICAL_RECURRENCE_ARRAY_MAX &&
	       rule->by_minute[0] == ICAL_RECURRENCE_ARRAY_MAX &&
	       rule->by_second[0] == ICAL_RECURRENCE_ARRAY_MAX && !rule->rscale;
}

enum yh_rc yh_quota_spread(struct yh_spans *s, const char *dim, int64_t qty_milli,
			   const char *rrule, yh_day start, int64_t days, yh_day from, yh_day to,
			   struct yh_err *err)
{
	struct icalrecurrencetype rule;
	yh_day covered = YH_DAY_NONE;
	icalrecur_iterator *it;
	struct icaltimetype t;
	enum yh_rc rc = YH_OK;
	int64_t seen = 0, most;

	if (days < 1 || days > WINDOW_DAYS_MAX)
		return yh_fail(err, YH_BAD_INPUT, "window-length");
	if (!rrule)
		return add_occurrence(s, dim, qty_milli, start, days, &covered, err);
	if (strlen(rrule) > RULE_BYTES_MAX)
		return yh_fail(err, YH_BAD_INPUT, "rrule-invalid");
	rule = icalrecurrencetype_from_string(rrule);
	if (!is_of_days(&rule)) {
		free(rule.rscale); /* libical leaves it to whoever parsed the rule */
		return yh_fail(err, YH_BAD_INPUT, "rrule-invalid");
	}
	it = icalrecur_iterator_new(rule, ical_day(start));
	if (!it)
		return yh_fail(err, YH_BAD_INPUT, "rrule-invalid");
	most = PER_YEAR_MAX * (int64_t)((to > start ? to - start : 0) / 365 + 1);
	for (t = icalrecur_iterator_next(it); rc == YH_OK && !icaltime_is_null_time(t);
	     t = icalrecur_iterator_next(it)) {
		yh_day day = yh_day_from_date((struct yh_date){ t.year, t.month, t.day });

		if (day > to)
			break;
		if (++seen > most)
			rc = yh_fail(err, YH_TOO_LARGE, "rrule-too-dense");
		else if (day + days - 1 >= from)
			rc = add_occurrence(s, dim, qty_milli, day, days, &covered, err);
	}
	icalrecur_iterator_free(it);
	/* a rule that never comes is searched for centuries each time: it is not taken */
	if (rc == YH_OK && seen == 0 && icaltime_is_null_time(t))
		return yh_fail(err, YH_BAD_INPUT, "rrule-invalid");
	return rc;
}

static bool covers(const struct yh_span *p, yh_day day)
{
	return p->first <= day && (p->last == YH_DAY_NONE || day <= p->last);
}

int64_t yh_spans_on(const struct yh_spans *s, const char *dim, yh_day day)
{
	__int128 sum = 0;

	for (size_t i = 0; i < s->n; i++)
		if (covers(&s->v[i], day) && strcmp(s->v[i].dim, dim) == 0)
			sum += s->v[i].qty_milli;
	if (sum > INT64_MAX)
		return INT64_MAX;
	return sum < INT64_MIN ? INT64_MIN : (int64_t)sum;
}

/* A change of the sum of one dimension from a day on. */
struct step {
	yh_day day;
	int64_t quota, taken, asked;
};

static int by_day(const void *a, const void *b)
{
	const struct step *x = a, *y = b;

	return (x->day > y->day) - (x->day < y->day);
}

static size_t add_steps(struct step *v, size_t n, const struct yh_spans *s, const char *dim,
			size_t field, yh_day from, yh_day to)
{
	for (size_t i = 0; i < s->n; i++) {
		const struct yh_span *p = &s->v[i];

		if (strcmp(p->dim, dim) != 0 || p->first > to ||
		    (p->last != YH_DAY_NONE && (p->last < from || p->last < p->first)))
			continue;
		v[n] = (struct step){ .day = p->first < from ? from : p->first };
		memcpy((char *)&v[n] + field, &p->qty_milli, sizeof p->qty_milli);
		n++;
		if (p->last == YH_DAY_NONE || p->last >= to)
			continue;
		v[n] = (struct step){ .day = p->last + 1 };
		*(int64_t *)((char *)&v[n] + field) = -p->qty_milli;
		n++;
	}
	return n;
}

static enum yh_rc refuse(const struct step *at, const char *dim, __int128 limit, const char *slug,
			 const char *article, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, slug, article);

	yh_err_text(err, "dimension", dim);
	yh_err_milli(err, "asked", at->asked);
	yh_err_milli(err, "taken", at->taken);
	yh_err_milli(err, "limit", (int64_t)limit);
	yh_err_milli(err, "quota", at->quota);
	yh_err_day(err, "day", at->day);
	return rc;
}

/* Walks the days on which a sum changes; `visit` sees the sums in force from each such day on, and
 * ends the walk by returning anything but YH_OK. */
struct walk {
	const char *dim;
	enum yh_rc (*visit)(struct walk *w, const struct step *sum);
	int32_t percent;
	const char *slug, *article;
	int64_t excess;
	struct yh_quota_point *tightest;
	struct yh_err *err;
};

static enum yh_rc walk_days(struct walk *w, const struct yh_spans *quota,
			    const struct yh_spans *taken, const struct yh_spans *asked, yh_day from,
			    yh_day to)
{
	struct step *v = YH_NEW_N(asked->arena, struct step, 2 * (quota->n + taken->n + asked->n));
	struct step sum = { 0 };
	size_t n = 0;

	if (!v)
		return yh_fail(w->err, YH_TOO_LARGE, "memory-short");
	n = add_steps(v, n, quota, w->dim, offsetof(struct step, quota), from, to);
	n = add_steps(v, n, taken, w->dim, offsetof(struct step, taken), from, to);
	n = add_steps(v, n, asked, w->dim, offsetof(struct step, asked), from, to);
	qsort(v, n, sizeof *v, by_day);
	for (size_t i = 0; i < n; i++) {
		enum yh_rc rc;

		if (__builtin_add_overflow(sum.quota, v[i].quota, &sum.quota) ||
		    __builtin_add_overflow(sum.taken, v[i].taken, &sum.taken) ||
		    __builtin_add_overflow(sum.asked, v[i].asked, &sum.asked))
			return yh_fail(w->err, YH_BAD_INPUT, "quantity-overflow");
		sum.day = v[i].day;
		if (i + 1 < n && v[i + 1].day == v[i].day)
			continue;
		rc = w->visit(w, &sum);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

static enum yh_rc within(struct walk *w, const struct step *sum)
{
	__int128 limit = (__int128)sum->quota * w->percent;

	if (sum->asked <= 0 || ((__int128)sum->taken + sum->asked) * 100 <= limit)
		return YH_OK;
	return refuse(sum, w->dim, limit / 100, w->slug, w->article, w->err);
}

static enum yh_rc worst(struct walk *w, const struct step *sum)
{
	__int128 over = (__int128)sum->taken + sum->asked - sum->quota;

	if (sum->asked > 0 && over > w->excess)
		w->excess = over > INT64_MAX ? INT64_MAX : (int64_t)over;
	return YH_OK;
}

enum yh_rc yh_quota_excess(const struct yh_spans *quota, const struct yh_spans *taken,
			   const struct yh_spans *asked, const char *dim, yh_day from, yh_day to,
			   int64_t *excess, struct yh_err *err)
{
	struct walk w = { .dim = dim, .visit = worst, .err = err };
	enum yh_rc rc = walk_days(&w, quota, taken, asked, from, to);

	*excess = w.excess;
	return rc;
}

/* What is left in thousandths of the quota. */
static __int128 slack(int64_t quota, int64_t taken, int64_t asked)
{
	__int128 left = (__int128)quota - taken - asked;

	return quota > 0 ? left * 1000 / quota : left < 0 ? left : 0;
}

static enum yh_rc tighter(struct walk *w, const struct step *sum)
{
	struct yh_quota_point *t = w->tightest;

	if (sum->asked > 0 &&
	    (!t->dim || slack(sum->quota, sum->taken, sum->asked) <
				slack(t->quota_milli, t->taken_milli, t->asked_milli)))
		*t = (struct yh_quota_point){ .dim = w->dim,
					      .day = sum->day,
					      .quota_milli = sum->quota,
					      .taken_milli = sum->taken,
					      .asked_milli = sum->asked };
	return YH_OK;
}

/* Every dimension that is asked for, once. */
static enum yh_rc walk_all(struct walk *w, const struct yh_spans *quota,
			   const struct yh_spans *taken, const struct yh_spans *asked, yh_day from,
			   yh_day to)
{
	for (size_t i = 0; i < asked->n; i++) {
		enum yh_rc rc;
		bool seen = false;

		for (size_t j = 0; j < i && !seen; j++)
			seen = strcmp(asked->v[j].dim, asked->v[i].dim) == 0;
		if (seen)
			continue;
		w->dim = asked->v[i].dim;
		rc = walk_days(w, quota, taken, asked, from, to);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

enum yh_rc yh_quota_tightest(const struct yh_spans *quota, const struct yh_spans *taken,
			     const struct yh_spans *asked, yh_day from, yh_day to,
			     struct yh_quota_point *out, struct yh_err *err)
{
	struct walk w = { .visit = tighter, .tightest = out, .err = err };

	*out = (struct yh_quota_point){ 0 };
	return walk_all(&w, quota, taken, asked, from, to);
}

enum yh_rc yh_quota_compare(const struct yh_spans *quota, const struct yh_spans *taken,
			    const struct yh_spans *asked, int32_t percent, yh_day from, yh_day to,
			    const char *slug, const char *article, struct yh_err *err)
{
	struct walk w = {
		.visit = within, .percent = percent, .slug = slug, .article = article, .err = err
	};

	return walk_all(&w, quota, taken, asked, from, to);
}
