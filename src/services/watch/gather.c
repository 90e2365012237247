/* What the findings of a batch will show, asked of the meter for all of them at once: each question
 * by itself costs more than its answer. */
#include <stdlib.h>
#include <string.h>

#include "services/watch/internal.h"

enum { BY_NAME = 1000, SERIES_MOST = 8, HOURLY_DAYS = 7 };
#define DAY_MS (YH_US_PER_DAY / 1000)
#define ARENA_BYTES ((size_t)512 * 1024 * 1024)

struct gathered {
	struct yh_arena arena;
	struct curve *curves; /* by query, subject and labels */
	size_t n, cap;
	uint32_t *sized; /* subjects, ascending, whose size is reckoned */
	size_t n_sized;
	struct raw *used[YH_WATCH_NEEDS], *times[YH_WATCH_NEEDS]; /* by place in `sized` */
};

bool yh_watch_is_hourly(const struct query *q)
{
	return q->last - q->first < HOURLY_DAYS;
}

/* ---- curves ---- */

struct drawing {
	struct run *r;
	uint32_t query;
	const uint32_t *subjects; /* ascending */
	size_t n;
	bool failed;
};

static bool subject_named(const struct drawing *d, const char *no, uint32_t *out)
{
	size_t low = 0, high = d->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int c = strcmp(no, d->r->subjects[d->subjects[mid]].row.no);

		*out = d->subjects[mid];
		if (c == 0)
			return true;
		if (c < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}

/* The labels but for the resource, as JSON: also what series of one resource are ordered by. */
static const char *labels_of(struct yh_arena *arena, const struct yh_meter_series *s)
{
	struct yh_buf b;
	struct yh_jw w;
	const char *text;

	yh_buf_init(&b, (size_t)128 * 1024);
	yh_jw_init(&w, &b);
	yh_jw_obj(&w, NULL);
	for (size_t i = 0; i < s->n_labels; i++)
		if (strcmp(s->labels[i].name, "resource") != 0)
			yh_jw_str(&w, s->labels[i].name, s->labels[i].value);
	yh_jw_end_obj(&w);
	text = yh_buf_ok(&b) ? yh_arena_strdup(arena, yh_buf_text(&b)) : NULL;
	yh_buf_done(&b);
	return text;
}

static bool keep_curve(void *arg, const struct yh_meter_series *s,
		       const struct yh_meter_bucket *buckets, size_t n)
{
	struct drawing *d = arg;
	struct gathered *g = d->r->gathered;
	struct curve c = { .query = d->query, .n = n };

	if (!s->resource[0] || !subject_named(d, s->resource, &c.subject))
		return true;
	c.labels = labels_of(&g->arena, s);
	c.buckets = yh_arena_memdup(&g->arena, buckets, n * sizeof *buckets);
	d->failed = !c.labels || !c.buckets ||
		    !yh_watch_room(&g->curves, g->n, &g->cap, sizeof *g->curves);
	if (!d->failed)
		g->curves[g->n++] = c;
	return !d->failed;
}

static enum yh_rc draw(struct run *r, uint32_t query, const uint32_t *subjects, size_t n,
		       struct yh_err *err)
{
	const struct query *q = &r->queries[query];
	enum yh_rc rc = YH_OK;

	for (size_t from = 0; rc == YH_OK && from < n; from += BY_NAME) {
		size_t some = n - from < BY_NAME ? n - from : BY_NAME;
		struct drawing d = { r, query, subjects + from, some, false };
		const char *nos[BY_NAME];
		const struct yh_meter_select what = { .metric = q->metric,
						      .resources = nos,
						      .n_resources = some,
						      .by_resource = true };

		for (size_t i = 0; i < some; i++)
			nos[i] = r->subjects[subjects[from + i]].row.no;
		rc = yh_meter_history(r->meter, &what, yh_day_start(q->first) / 1000,
				      yh_day_start(q->last + 1) / 1000,
				      yh_watch_is_hourly(q) ? DAY_MS / 24 : DAY_MS, keep_curve, &d,
				      err);
		if (rc == YH_OK && d.failed)
			rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	}
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct curve *x = a, *y = b;

	if (x->query != y->query)
		return x->query < y->query ? -1 : 1;
	if (x->subject != y->subject)
		return x->subject < y->subject ? -1 : 1;
	return x->labels && y->labels ? strcmp(x->labels, y->labels) : 0;
}

const struct curve *yh_watch_curves(const struct run *r, uint32_t query, uint32_t subject,
				    size_t *n)
{
	const struct gathered *g = r->gathered;
	const struct curve key = { .query = query, .subject = subject };
	const struct curve *c = g->n ? bsearch(&key, g->curves, g->n, sizeof key, by_place) : NULL;
	const struct curve *end = g->curves + g->n;

	*n = 0;
	if (!c)
		return NULL;
	while (c > g->curves && by_place(&c[-1], &key) == 0)
		c--;
	while (*n < SERIES_MOST && c + *n < end && by_place(&c[*n], &key) == 0)
		++*n;
	return c;
}

/* ---- sizes ---- */

static struct raw *ask_sizes(struct run *r, const struct query *q, bool exact, struct yh_err *err)
{
	struct gathered *g = r->gathered;
	struct raw *raws = YH_NEW_N(&g->arena, struct raw, g->n_sized + 1);

	if (!raws)
		(void)yh_fail(err, YH_TOO_LARGE, "memory-short");
	else if (yh_watch_ask_some(r, q, g->sized, g->n_sized, exact, raws, err) != YH_OK)
		raws = NULL;
	return raws;
}

/* Where the samples are kept no longer, the sketch has to do. */
static enum yh_rc fall_back(struct run *r, const struct query *q, struct raw *raws,
			    struct yh_err *err)
{
	struct gathered *g = r->gathered;
	bool all = true;
	struct raw *sketched;

	for (size_t i = 0; i < g->n_sized; i++)
		all = all && raws[i].has;
	if (all)
		return YH_OK;
	sketched = ask_sizes(r, q, false, err);
	for (size_t i = 0; sketched && i < g->n_sized; i++)
		if (!raws[i].has)
			raws[i] = sketched[i];
	return sketched ? YH_OK : err->rc;
}

static enum yh_rc ask_need(struct run *r, const struct yh_need *n, size_t at, struct yh_err *err)
{
	const struct yh_sizing *sizing = yh_pack_sizing(r->pack);
	struct gathered *g = r->gathered;
	struct query q = { .metric = n->metric,
			   .quantile = yh_stat_quantile(sizing->stat),
			   .never_zero = n->never_zero,
			   .first = r->ask->first,
			   .last = r->ask->last };
	enum yh_rc rc;

	g->used[at] = ask_sizes(r, &q, true, err);
	if (!g->used[at])
		return err->rc;
	rc = fall_back(r, &q, g->used[at], err);
	if (rc != YH_OK || !n->times)
		return rc;
	q = (struct query){ .metric = n->times, .first = q.first, .last = q.last };
	g->times[at] = ask_sizes(r, &q, false, err);
	return g->times[at] ? YH_OK : err->rc;
}

static int by_number(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

bool yh_watch_size_of(const struct run *r, uint32_t subject, size_t need, const struct raw **used,
		      const struct raw **times)
{
	const struct gathered *g = r->gathered;
	const uint32_t *at =
		g->n_sized ? bsearch(&subject, g->sized, g->n_sized, sizeof subject, by_number)
			   : NULL;

	if (!at)
		return false;
	*used = &g->used[need][at - g->sized];
	*times = g->times[need] ? &g->times[need][at - g->sized] : NULL;
	return true;
}

/* ---- a batch ---- */

static enum yh_rc draw_plan(struct run *r, size_t plan, const uint32_t *subjects, size_t n,
			    struct yh_err *err)
{
	const struct plan *p = &r->plans[plan];
	enum yh_rc rc = YH_OK;
	bool asked[QUERIES_MAX] = { false };

	for (size_t i = 0; rc == YH_OK && i < p->rule->n_all + p->rule->n_any; i++) {
		const int at[] = { p->main[i], p->other[i], p->of[i] };

		for (size_t k = 0; rc == YH_OK && k < 3; k++) {
			if (at[k] == NONE || asked[at[k]])
				continue;
			asked[at[k]] = true;
			rc = draw(r, (uint32_t)at[k], subjects, n, err);
		}
	}
	return rc;
}

static enum yh_rc size_plan(struct run *r, const uint32_t *subjects, size_t n, struct yh_err *err)
{
	const struct yh_sizing *sizing = yh_pack_sizing(r->pack);
	struct gathered *g = r->gathered;
	enum yh_rc rc = YH_OK;

	g->sized = yh_arena_memdup(&g->arena, subjects, n * sizeof *subjects);
	if (!g->sized)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	g->n_sized = n;
	for (size_t i = 0; rc == YH_OK && i < sizing->n_needs; i++)
		rc = ask_need(r, &sizing->needs[i], i, err);
	return rc;
}

enum yh_rc yh_watch_gather(struct run *r, size_t plan, uint32_t *subjects, size_t n,
			   struct yh_err *err)
{
	struct gathered *g;
	enum yh_rc rc;

	yh_watch_scatter(r);
	g = r->gathered = calloc(1, sizeof *g);
	if (!g)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_arena_init(&g->arena, ARENA_BYTES);
	if (n == 0)
		return YH_OK;
	qsort(subjects, n, sizeof *subjects, by_number);
	rc = draw_plan(r, plan, subjects, n, err);
	if (rc == YH_OK && r->plans[plan].rule->advise == YH_ADVISE_RESIZE)
		rc = size_plan(r, subjects, n, err);
	if (g->n)
		qsort(g->curves, g->n, sizeof *g->curves, by_place);
	return rc;
}

void yh_watch_scatter(struct run *r)
{
	if (!r->gathered)
		return;
	yh_arena_done(&r->gathered->arena);
	free(r->gathered->curves);
	free(r->gathered);
	r->gathered = NULL;
}
