/* Asking the meter: each distinct question once for all subjects, and once more for those so near a
 * threshold that only the samples can tell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "services/watch/internal.h"

/* Beyond so many the meter is asked about everything it has. */
enum { BY_NAME_MAX = 2000 };

static int64_t ms_of(yh_day day)
{
	return yh_day_start(day) / 1000;
}

/* ---- which questions ---- */

static bool same_question(const struct query *q, const struct query *want)
{
	return strcmp(q->metric, want->metric) == 0 && q->rise == want->rise &&
	       q->never_zero == want->never_zero && q->first == want->first &&
	       q->last == want->last &&
	       (q->quantile == want->quantile || q->quantile == 0 || want->quantile == 0);
}

static enum yh_rc question(struct run *r, struct query want, int *out, struct yh_err *err)
{
	struct query *q;

	for (size_t i = 0; i < r->n_queries; i++)
		if (same_question(&r->queries[i], &want)) {
			if (r->queries[i].quantile == 0)
				r->queries[i].quantile = want.quantile;
			*out = (int)i;
			return YH_OK;
		}
	if (r->n_queries == QUERIES_MAX)
		return yh_fail(err, YH_TOO_LARGE, "watch-rules-many");
	q = &r->queries[r->n_queries];
	*q = want;
	q->raws = calloc(r->n + 1, sizeof *q->raws);
	if (!q->raws)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*out = (int)r->n_queries++;
	return YH_OK;
}

static enum yh_rc plan_condition(struct run *r, const struct yh_condition *c, struct plan *p,
				 size_t i, struct yh_err *err)
{
	yh_day last = r->ask->last;
	struct query q = { .metric = c->main.metric,
			   .quantile = yh_stat_quantile(c->main.stat),
			   .rise = c->main.stat == YH_STAT_RISE,
			   .never_zero = c->never_zero,
			   .first = c->window_days.num ? (yh_day)(last - c->window_days.num + 1)
						       : r->ask->first,
			   .last = last };
	enum yh_rc rc;

	p->main[i] = p->other[i] = p->of[i] = NONE;
	if (c->fact != YH_FACT_NONE)
		return YH_OK;
	q.slots = (uint32_t)(last - q.first + 1) * 288;
	rc = question(r, q, &p->main[i], err);
	if (rc == YH_OK && c->other.metric) {
		q.metric = c->other.metric;
		q.quantile = yh_stat_quantile(c->other.stat);
		q.rise = c->other.stat == YH_STAT_RISE;
		rc = question(r, q, &p->other[i], err);
	}
	if (rc == YH_OK && c->of) {
		q.metric = c->of;
		q.quantile = 0;
		q.rise = q.never_zero = false;
		rc = question(r, q, &p->of[i], err);
	}
	return rc;
}

enum yh_rc yh_watch_plan(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t k = 0; rc == YH_OK && k < r->n_plans; k++) {
		struct plan *p = &r->plans[k];

		for (size_t i = 0; rc == YH_OK && i < p->rule->n_all; i++)
			rc = plan_condition(r, &p->rule->all[i], p, i, err);
		for (size_t i = 0; rc == YH_OK && i < p->rule->n_any; i++)
			rc = plan_condition(r, &p->rule->any[i], p, p->rule->n_all + i, err);
	}
	return rc;
}

/* ---- asking ---- */

struct asking {
	const struct run *r;
	const struct query *q;
	const uint32_t *subjects; /* NULL: all */
	size_t n;
	struct raw *raws;
	bool exact;
};

static struct raw *raw_of(const struct asking *a, const char *no)
{
	size_t low = 0, high = a->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		size_t at = a->subjects ? a->subjects[mid] : mid;
		int c = strcmp(no, a->r->subjects[at].row.no);

		if (c == 0)
			return &a->raws[mid];
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static double larger(double a, double b)
{
	return a > b ? a : b;
}

static bool take_usage(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	const struct asking *a = arg;
	struct raw *w = s->resource[0] && u->count > 0 ? raw_of(a, s->resource) : NULL;
	bool first;

	if (!w)
		return true;
	if (a->q->never_zero && u->max == 0 && u->min == 0) {
		w->zero = true;
		return true;
	}
	first = !w->has;
	w->has = true;
	w->exact = a->exact;
	w->count += (uint32_t)(u->count > UINT32_MAX ? UINT32_MAX : u->count);
	w->filled = u->filled > w->filled ? u->filled : w->filled;
	w->max = first ? u->max : larger(w->max, u->max);
	w->quantile = first ? u->quantile : larger(w->quantile, u->quantile);
	if (!a->q->rise)
		w->mean = first ? u->mean : larger(w->mean, u->mean);
	return true;
}

static bool take_rise(void *arg, const struct yh_meter_series *s, const struct yh_meter_bucket *b,
		      size_t n)
{
	const struct asking *a = arg;
	struct raw *w = s->resource[0] && n > 0 && b->count > 0 ? raw_of(a, s->resource) : NULL;
	int64_t ms = ms_of(a->q->last + 1) - ms_of(a->q->first);

	if (w)
		w->mean = larger(w->mean, b->rise / ((double)ms / 1000));
	return true;
}

static enum yh_rc put_question(const struct run *r, struct asking *a, const char *const *nos,
			       size_t n, struct yh_err *err)
{
	const struct query *q = a->q;
	const struct yh_meter_scan scan = {
		.what = { .metric = q->metric,
			  .resources = nos,
			  .n_resources = n,
			  .by_resource = nos != NULL },
		.from_ms = ms_of(q->first),
		.to_ms = ms_of(q->last + 1),
		.quantile = q->quantile > 0 ? q->quantile : 0.5,
		.source = a->exact ? YH_METER_EXACT : YH_METER_SKETCH,
	};
	enum yh_rc rc = yh_meter_scan(r->meter, &scan, take_usage, a, err);

	if (rc == YH_OK && q->rise)
		rc = yh_meter_history(r->meter, &scan.what, scan.from_ms, scan.to_ms,
				      scan.to_ms - scan.from_ms, take_rise, a, err);
	return rc;
}

enum yh_rc yh_watch_ask_some(struct run *r, const struct query *q, const uint32_t *subjects,
			     size_t n, bool exact, struct raw *raws, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	memset(raws, 0, n * sizeof *raws);
	for (size_t from = 0; rc == YH_OK && from < n; from += BY_NAME_MAX) {
		size_t some = n - from < BY_NAME_MAX ? n - from : BY_NAME_MAX;
		const char *nos[BY_NAME_MAX];
		struct asking a = { .r = r,
				    .q = q,
				    .subjects = subjects + from,
				    .n = some,
				    .raws = raws + from,
				    .exact = exact };

		for (size_t i = 0; i < some; i++)
			nos[i] = r->subjects[subjects[from + i]].row.no;
		rc = put_question(r, &a, nos, some, err);
	}
	return rc;
}

static enum yh_rc ask_all(struct run *r, struct query *q, struct yh_err *err)
{
	struct asking a = { .r = r, .q = q, .n = r->n, .raws = q->raws };
	const char *nos[BY_NAME_MAX];

	if (r->n > BY_NAME_MAX)
		return put_question(r, &a, NULL, 0, err);
	for (size_t i = 0; i < r->n; i++)
		nos[i] = r->subjects[i].row.no;
	return put_question(r, &a, nos, r->n, err);
}

/* ---- readings ---- */

static double figure_of(enum yh_stat stat, const struct raw *w)
{
	if (stat == YH_STAT_MAX)
		return w->max;
	return yh_stat_quantile(stat) > 0 ? w->quantile : w->mean;
}

struct yh_reading yh_watch_reading(const struct yh_condition *c, const struct query *const q[3],
				   const struct raw *const raws[3])
{
	bool other = !raws[0]->has && raws[1] && raws[1]->has;
	const struct raw *w = raws[other];
	struct yh_reading out = { .has = w->has, .zero = w->zero, .exact = w->exact };

	if (!w->has)
		return out;
	out.coverage_milli = q[other]->slots ? (int64_t)w->filled * 1000 / q[other]->slots : 0;
	out.figure = figure_of(other ? c->other.stat : c->main.stat, w);
	if (c->of) {
		out.has = raws[2] && raws[2]->has && raws[2]->mean > 0;
		out.figure = out.has ? out.figure / raws[2]->mean : 0;
	}
	out.figure = yh_watch_round(out.figure);
	return out;
}

/* ---- near a threshold ---- */

struct near {
	const struct yh_condition *c;
	const struct plan *p;
	size_t i;
	uint32_t *subjects;
	size_t n, cap;
};

static bool is_near(const struct run *r, const struct near *x, size_t subject)
{
	const struct query *m = &r->queries[x->p->main[x->i]];
	const struct query *of = x->p->of[x->i] == NONE ? NULL : &r->queries[x->p->of[x->i]];
	const struct query *const q[3] = { m, NULL, of };
	const struct raw *const raws[3] = { &m->raws[subject], NULL,
					    of ? &of->raws[subject] : NULL };
	struct yh_reading reading = yh_watch_reading(x->c, q, raws);

	return reading.has && !reading.exact && yh_watch_is_near(x->c, reading.figure);
}

/* Samples that are kept no longer cannot correct what the sketch remembers. */
static void take_over(struct query *q, const struct near *x, const struct raw *raws)
{
	for (size_t i = 0; i < x->n; i++) {
		struct raw *w = &q->raws[x->subjects[i]];

		if (raws[i].has && raws[i].count == w->count) {
			w->quantile = raws[i].quantile;
			w->exact = true;
		}
	}
}

static enum yh_rc look_closer(struct run *r, struct near *x, struct yh_err *err)
{
	struct query *q = &r->queries[x->p->main[x->i]];
	struct raw *raws;
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; s < r->n; s++) {
		if (yh_watch_not_about(r, x->p->rule, s) || !is_near(r, x, s))
			continue;
		if (!yh_watch_room(&x->subjects, x->n, &x->cap, sizeof *x->subjects))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		x->subjects[x->n++] = (uint32_t)s;
	}
	if (x->n == 0)
		return YH_OK;
	raws = calloc(x->n, sizeof *raws);
	if (!raws)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_watch_ask_some(r, q, x->subjects, x->n, true, raws, err);
	if (rc == YH_OK)
		take_over(q, x, raws);
	free(raws);
	return rc;
}

static enum yh_rc closer(struct run *r, const struct plan *p, const struct yh_condition *c,
			 size_t i, struct yh_err *err)
{
	struct near x = { .c = c, .p = p, .i = i };
	enum yh_rc rc = YH_OK;

	if (c->fact == YH_FACT_NONE && yh_stat_quantile(c->main.stat) > 0)
		rc = look_closer(r, &x, err);
	free(x.subjects);
	return rc;
}

/* ---- metered after a stop ---- */

struct stops {
	struct run *r;
	struct metered *list; /* by number */
	size_t n;
	int64_t grace_us;
};

static bool take_last(void *arg, const struct yh_meter_series *s, const struct yh_meter_usage *u)
{
	const struct stops *t = arg;
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		struct metered *m = &t->list[mid];
		const struct yh_subject_row *row = &t->r->subjects[m->subject].row;
		int c = strcmp(s->resource, row->no);

		if (c == 0) {
			if (u->count > 0 && u->last_ms > m->last_ms &&
			    u->last_ms * 1000 > row->stopped_at + t->grace_us)
				m->last_ms = u->last_ms;
			return true;
		}
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return true;
}

static enum yh_rc ask_after_stop(struct stops *t, const char *metric, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t from = 0; rc == YH_OK && from < t->n; from += BY_NAME_MAX) {
		size_t some = t->n - from < BY_NAME_MAX ? t->n - from : BY_NAME_MAX;
		const char *nos[BY_NAME_MAX];
		const struct yh_meter_scan scan = { .what = { .metric = metric,
							      .resources = nos,
							      .n_resources = some,
							      .by_resource = true },
						    .from_ms = ms_of(t->r->ask->first),
						    .to_ms = t->r->at / 1000,
						    .quantile = 0.5,
						    .source = YH_METER_SKETCH };

		for (size_t i = 0; i < some; i++)
			nos[i] = t->r->subjects[t->list[from + i].subject].row.no;
		rc = yh_meter_scan(t->r->meter, &scan, take_last, t, err);
	}
	return rc;
}

/* The last sample of the window tells. */
static enum yh_rc after_stop(struct run *r, const struct plan *p, const struct yh_condition *c,
			     size_t i, struct yh_err *err)
{
	size_t before = r->n_metered;
	struct stops t = { .r = r, .grace_us = c->days.num * YH_US_PER_DAY };

	if (c->fact != YH_FACT_METERED_AFTER)
		return YH_OK;
	for (size_t s = 0; s < r->n; s++) {
		if (!r->subjects[s].row.stopped)
			continue;
		if (!yh_watch_room(&r->metered, r->n_metered, &r->cap_metered, sizeof *r->metered))
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		r->metered[r->n_metered++] =
			(struct metered){ (uint32_t)(p - r->plans), (uint32_t)i, (uint32_t)s, 0 };
	}
	if (r->n_metered == before)
		return YH_OK;
	t.list = r->metered + before;
	t.n = r->n_metered - before;
	return ask_after_stop(&t, c->main.metric, err);
}

static enum yh_rc each_condition(struct run *r,
				 enum yh_rc (*fn)(struct run *r, const struct plan *p,
						  const struct yh_condition *c, size_t i,
						  struct yh_err *err),
				 struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t k = 0; rc == YH_OK && k < r->n_plans; k++) {
		const struct yh_rule *rule = r->plans[k].rule;

		for (size_t i = 0; rc == YH_OK && i < rule->n_all; i++)
			rc = fn(r, &r->plans[k], &rule->all[i], i, err);
		for (size_t i = 0; rc == YH_OK && i < rule->n_any; i++)
			rc = fn(r, &r->plans[k], &rule->any[i], rule->n_all + i, err);
	}
	return rc;
}

enum yh_rc yh_watch_measure(struct run *r, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < r->n_queries; i++) {
		rc = ask_all(r, &r->queries[i], err);
		if (rc == YH_OK)
			rc = yh_watch_step(r, err);
	}
	if (rc == YH_OK)
		rc = each_condition(r, closer, err);
	return rc == YH_OK ? each_condition(r, after_stop, err) : rc;
}
