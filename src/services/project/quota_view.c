/* The terms of the quota arithmetic, and the quota of any day. */
#include "services/project/quota_view.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

enum yh_rc yh_quota_row_spans(const struct yh_quota_row *q, yh_day from, yh_day to,
			      struct yh_spans *out, struct yh_err *err)
{
	size_t before = out->n;
	bool ends = q->last_day != YH_DAY_NONE;
	enum yh_rc rc;

	if (strcmp(q->kind, "window") != 0)
		return yh_spans_add(out, q->dim, q->qty_milli, q->first_day, q->last_day, err);
	rc = yh_quota_spread(out, q->dim, q->qty_milli, q->rrule, q->first_day, q->span_days, from,
			     ends && q->last_day < to ? q->last_day : to, err);

	for (size_t i = before; rc == YH_OK && ends && i < out->n; i++)
		if (out->v[i].last > q->last_day)
			out->v[i].last = q->last_day;
	return rc;
}

static enum yh_rc add_lines(struct yh_ctx *cx, const struct yh_id *unit,
			    const struct yh_id *project, const struct yh_id *beside, yh_day from,
			    yh_day to, struct yh_quota_terms *out, struct yh_err *err)
{
	struct yh_quota_row *q;
	size_t n;
	enum yh_rc rc = yh_quota_lines(cx->tx, unit, project, beside, from, cx->arena, &q, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_day today = yh_ctx_today(cx);
		struct yh_spans *to_spans = strcmp(q[i].kind, "window") == 0      ? &out->windows
					    : strcmp(q[i].kind, "allowance") == 0 ? &out->allowance
										  : &out->base;

		if (strcmp(q[i].kind, "grant") == 0)
			continue;
		/* like the resource it is for, it counts today in any case */
		if (!yh_id_is_zero(&q[i].resource) && q[i].last_day < from && from <= today)
			q[i].last_day = today;
		rc = yh_quota_row_spans(&q[i], from, to, to_spans, err);
	}
	return rc;
}

enum yh_rc yh_quota_terms_load(struct yh_ctx *cx, const struct yh_id *unit,
			       const struct yh_id *project, const struct yh_id *beside,
			       const struct yh_id *not_case, yh_day from, yh_day to,
			       struct yh_quota_terms *out, struct yh_err *err)
{
	const struct yh_spans none = { .arena = cx->arena };
	struct yh_reserved_row *held;
	struct yh_allocated_row *run;
	size_t n;
	enum yh_rc rc;

	*out = (struct yh_quota_terms){ none, none, none, none, none };
	rc = add_lines(cx, unit, project, beside, from, to, out, err);
	if (rc == YH_OK)
		rc = yh_reserved(cx->tx, unit, project, beside, not_case, cx->arena, &held, &n,
				 err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = yh_spans_add(&out->reserved, held[i].dim, held[i].qty_milli, held[i].first_day,
				  held[i].last_day, err);
	if (rc == YH_OK)
		rc = yh_allocated(cx->tx, unit, project, beside, not_case, cx->arena, &run, &n,
				  err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_day last = run[i].last_day;

		if (last != YH_DAY_NONE && last < yh_ctx_today(cx))
			last = yh_ctx_today(cx);
		rc = yh_spans_add(&out->allocated, run[i].dim, run[i].qty_milli, from, last, err);
	}
	return rc;
}

static enum yh_rc append(struct yh_spans *to, const struct yh_spans *more, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < more->n; i++)
		rc = yh_spans_add(to, more->v[i].dim, more->v[i].qty_milli, more->v[i].first,
				  more->v[i].last, err);
	return rc;
}

enum yh_rc yh_quota_terms_sum(const struct yh_quota_terms *t, bool base_only,
			      struct yh_spans *quota, struct yh_spans *taken, struct yh_err *err)
{
	enum yh_rc rc;

	*quota = t->base;
	*taken = t->allocated;
	rc = append(quota, &t->windows, err);
	if (rc == YH_OK && !base_only)
		rc = append(quota, &t->allowance, err);
	return rc == YH_OK ? append(taken, &t->reserved, err) : rc;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The names of all dimensions in the terms, each once, in order. */
static enum yh_rc names_of(const struct yh_quota_terms *t, struct yh_arena *arena,
			   const char ***out, size_t *n, struct yh_err *err)
{
	const struct yh_spans *all[] = { &t->base, &t->windows, &t->allowance, &t->allocated,
					 &t->reserved };
	size_t most = 1, kept = 0;
	const char **names = NULL;

	for (size_t i = 0; i < 5; i++)
		most += all[i]->n;
	names = YH_NEW_N(arena, const char *, most);
	if (!names)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	*n = 0;
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < all[i]->n; j++)
			names[(*n)++] = all[i]->v[j].dim;
	qsort(names, *n, sizeof *names, by_text);
	for (size_t i = 0; i < *n; i++)
		if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0)
			names[kept++] = names[i];
	*n = kept;
	*out = names;
	return YH_OK;
}

static enum yh_rc sum_up(struct yh_quota_day_line *l, struct yh_err *err)
{
	if (!yh_add_i64(l->base_milli, l->windows_milli, &l->effective_milli) ||
	    !yh_add_i64(l->effective_milli, l->allowance_milli, &l->effective_milli))
		return yh_fail(err, YH_INTERNAL, "quantity-overflow");
	return YH_OK;
}

static enum yh_rc line_on(const struct yh_quota_terms *t, const char *dim, yh_day day,
			  struct yh_quota_day_line *l, struct yh_err *err)
{
	*l = (struct yh_quota_day_line){
		.dim = dim,
		.base_milli = yh_spans_on(&t->base, dim, day),
		.windows_milli = yh_spans_on(&t->windows, dim, day),
		.allowance_milli = yh_spans_on(&t->allowance, dim, day),
		.allocated_milli = yh_spans_on(&t->allocated, dim, day),
		.reserved_milli = yh_spans_on(&t->reserved, dim, day),
	};
	return sum_up(l, err);
}

enum yh_rc yh_quota_day(struct yh_ctx *cx, const struct yh_id *unit, const struct yh_id *project,
			const struct yh_id *beside, yh_day day, struct yh_quota_day_line **out,
			size_t *n, struct yh_err *err)
{
	struct yh_quota_terms t;
	const char **names = NULL;
	enum yh_rc rc = yh_quota_terms_load(cx, unit, project, beside, NULL, day, day, &t, err);

	*out = NULL;
	*n = 0;
	if (rc == YH_OK)
		rc = names_of(&t, cx->arena, &names, n, err);
	if (rc != YH_OK)
		return rc;
	*out = YH_NEW_N(cx->arena, struct yh_quota_day_line, *n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		rc = line_on(&t, names[i], day, &(*out)[i], err);
	return rc;
}

struct yh_unit_limit yh_unit_limit_of(const struct yh_pack *pack)
{
	size_t n;
	const struct yh_procedure *list = yh_pack_procedures(pack, &n);

	for (size_t p = 0; p < n; p++)
		for (size_t s = 0; s < list[p].n_steps; s++)
			for (size_t w = 0; w < list[p].steps[s].n_when; w++) {
				const struct yh_word_use *use = &list[p].steps[s].when[w];

				if (strcmp(use->word->name, "unit_total.exceeds") == 0)
					return (struct yh_unit_limit){
						use, (int32_t)yh_use_int(use, "percent", 0),
						yh_use_text(use, "article", NULL)
					};
			}
	return (struct yh_unit_limit){ NULL, 0, NULL };
}

int64_t yh_unit_limit_milli(const struct yh_unit_limit *limit, int64_t quota_milli)
{
	return (int64_t)((__int128)quota_milli * limit->percent / 100);
}

static bool alike(const struct yh_quota_day_line *a, const struct yh_quota_day_line *b)
{
	return a->base_milli == b->base_milli && a->windows_milli == b->windows_milli &&
	       a->allowance_milli == b->allowance_milli &&
	       a->allocated_milli == b->allocated_milli && a->reserved_milli == b->reserved_milli;
}

/* One dimension of the terms on each day of a stretch. */
enum { BASE, WINDOWS, ALLOWANCE, ALLOCATED, RESERVED, TERMS };
struct by_day {
	yh_day from, to;
	int64_t *milli[TERMS];
};

/* What a list of spans comes to on each day: each span is looked at once, however long it is. */
static void pour(const struct yh_spans *s, const char *dim, const struct by_day *d, int64_t *milli)
{
	size_t days = (size_t)(d->to - d->from) + 1;

	memset(milli, 0, (days + 1) * sizeof *milli);
	for (size_t i = 0; i < s->n; i++) {
		const struct yh_span *span = &s->v[i];
		yh_day first = span->first > d->from ? span->first : d->from;
		yh_day last = span->last == YH_DAY_NONE || span->last > d->to ? d->to : span->last;

		if (first > last || strcmp(span->dim, dim) != 0)
			continue;
		milli[first - d->from] += span->qty_milli;
		milli[last + 1 - d->from] -= span->qty_milli;
	}
	for (size_t i = 1; i < days; i++)
		milli[i] += milli[i - 1];
}

static enum yh_rc runs_of(const struct yh_quota_terms *t, const char *dim, const struct by_day *d,
			  struct yh_quota_run *out, size_t *n, struct yh_err *err)
{
	const struct yh_spans *const all[TERMS] = { &t->base, &t->windows, &t->allowance,
						    &t->allocated, &t->reserved };
	struct yh_quota_run *run = NULL;
	enum yh_rc rc = YH_OK;

	for (int i = 0; i < TERMS; i++)
		pour(all[i], dim, d, d->milli[i]);
	for (yh_day day = d->from; rc == YH_OK && day <= d->to; day++) {
		size_t at = (size_t)(day - d->from);
		struct yh_quota_day_line now = {
			.dim = dim,
			.base_milli = d->milli[BASE][at],
			.windows_milli = d->milli[WINDOWS][at],
			.allowance_milli = d->milli[ALLOWANCE][at],
			.allocated_milli = d->milli[ALLOCATED][at],
			.reserved_milli = d->milli[RESERVED][at],
		};

		rc = sum_up(&now, err);
		if (run && alike(&run->line, &now)) {
			run->last = day;
			continue;
		}
		run = &out[(*n)++];
		*run = (struct yh_quota_run){ .line = now, .first = day, .last = day };
	}
	return rc;
}

/* In room for as many as there can be: a line changes where a span begins or has ended. */
static enum yh_rc room_for(struct yh_arena *arena, const struct yh_quota_terms *t, size_t names,
			   struct by_day *d, struct yh_quota_run **out, struct yh_err *err)
{
	size_t days = (size_t)(d->to - d->from) + 1;
	size_t spans = t->base.n + t->windows.n + t->allowance.n + t->allocated.n + t->reserved.n;
	size_t most = 2 * spans + names, whole = names * days;

	*out = YH_NEW_N(arena, struct yh_quota_run, (most < whole ? most : whole) + 1);
	for (int i = 0; *out && i < TERMS; i++) {
		d->milli[i] = YH_NEW_N(arena, int64_t, days + 1);
		if (!d->milli[i])
			*out = NULL;
	}
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_quota_days(struct yh_ctx *cx, const struct yh_id *unit, const struct yh_id *project,
			 yh_day from, yh_day to, struct yh_quota_run **out, size_t *n,
			 struct yh_err *err)
{
	struct by_day d = { .from = from, .to = to };
	struct yh_quota_terms t;
	const char **names = NULL;
	size_t n_names = 0;
	enum yh_rc rc = yh_quota_terms_load(cx, unit, project, NULL, NULL, from, to, &t, err);

	*out = NULL;
	*n = 0;
	if (rc == YH_OK)
		rc = names_of(&t, cx->arena, &names, &n_names, err);
	if (rc == YH_OK)
		rc = room_for(cx->arena, &t, n_names, &d, out, err);
	for (size_t i = 0; rc == YH_OK && i < n_names; i++)
		rc = runs_of(&t, names[i], &d, *out, n, err);
	return rc;
}
