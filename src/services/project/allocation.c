/* The allocation of a cloud: a few sums from the store, folded by unit or by sector. */
#include "services/project/allocation.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "services/project/quota_view.h"
#include "store/party.h"

struct folding {
	struct yh_ctx *cx;
	struct yh_alloc_unit *units; /* by id */
	size_t n_units;
	enum yh_alloc_by by;
	struct yh_alloc_line *lines;
	size_t n, cap;
};

static int by_unit(const void *key, const void *element)
{
	return yh_id_cmp(key, &((const struct yh_alloc_unit *)element)->id);
}

/* Adds a line that is merged with its like later; what is not for the viewer is left out. */
static enum yh_rc put(struct folding *f, const struct yh_id *unit, const char *dim, int64_t quota,
		      int64_t allocated, int64_t reserved, struct yh_err *err)
{
	const struct yh_alloc_unit *u =
		bsearch(unit, f->units, f->n_units, sizeof *f->units, by_unit);

	if (!u)
		return YH_OK;
	if (f->n == f->cap) {
		size_t cap = f->cap ? f->cap * 2 : 256;
		struct yh_alloc_line *more = YH_NEW_N(f->cx->arena, struct yh_alloc_line, cap);

		if (!more)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (f->n)
			memcpy(more, f->lines, f->n * sizeof *more);
		f->lines = more;
		f->cap = cap;
	}
	f->lines[f->n++] = (struct yh_alloc_line){
		.key = f->by == YH_BY_UNIT ? u->code : u->sector,
		.name = f->by == YH_BY_UNIT ? u->name : u->sector,
		.dim = dim,
		.quota_milli = quota,
		.allocated_milli = allocated,
		.reserved_milli = reserved,
	};
	return YH_OK;
}

static enum yh_rc put_running(struct folding *f, const struct yh_alloc_sum *s, struct yh_err *err)
{
	__int128 one = (__int128)s->qty_milli * s->per_milli / 1000;
	int64_t all;

	if (one > INT64_MAX || one < INT64_MIN || !yh_mul_i64((int64_t)one, s->count, &all))
		return yh_fail(err, YH_INTERNAL, "quantity-overflow");
	return put(f, &s->unit, s->dim, 0, all, 0, err);
}

static enum yh_rc put_window(struct folding *f, const struct yh_quota_row *q, yh_day day,
			     struct yh_err *err)
{
	struct yh_spans spans = { .arena = f->cx->arena };
	enum yh_rc rc = yh_quota_row_spans(q, day, day, &spans, err);

	return rc == YH_OK && spans.n
		       ? put(f, &q->unit, q->dim, yh_spans_on(&spans, q->dim, day), 0, 0, err)
		       : rc;
}

static enum yh_rc gather(struct folding *f, const struct yh_id *cloud, yh_day day,
			 struct yh_err *err)
{
	struct yh_ctx *cx = f->cx;
	struct yh_quota_row *windows;
	struct yh_alloc_sum *sums;
	size_t n;
	enum yh_rc rc =
		yh_alloc_quota(cx->tx, cloud, day, yh_ctx_today(cx), cx->arena, &sums, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = put(f, &sums[i].unit, sums[i].dim, sums[i].qty_milli, 0, 0, err);
	if (rc == YH_OK)
		rc = yh_alloc_reserved(cx->tx, cloud, day, cx->arena, &sums, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = put(f, &sums[i].unit, sums[i].dim, 0, 0, sums[i].qty_milli, err);
	if (rc == YH_OK)
		rc = yh_alloc_running(cx->tx, cloud, day, yh_ctx_today(cx), cx->arena, &sums, &n,
				      err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = put_running(f, &sums[i], err);
	if (rc == YH_OK)
		rc = yh_alloc_windows(cx->tx, cloud, day, cx->arena, &windows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = put_window(f, &windows[i], day, err);
	return rc;
}

static int by_key(const void *a, const void *b)
{
	const struct yh_alloc_line *x = a, *y = b;
	int cmp = strcmp(x->key, y->key);

	return cmp ? cmp : strcmp(x->dim, y->dim);
}

static enum yh_rc fold(struct folding *f, struct yh_err *err)
{
	size_t kept = 0;

	if (f->n)
		qsort(f->lines, f->n, sizeof *f->lines, by_key);
	for (size_t i = 0; i < f->n; i++) {
		struct yh_alloc_line *last = kept ? &f->lines[kept - 1] : NULL, *l = &f->lines[i];

		if (!last || by_key(last, l) != 0)
			f->lines[kept++] = *l;
		else if (!yh_add_i64(last->quota_milli, l->quota_milli, &last->quota_milli) ||
			 !yh_add_i64(last->allocated_milli, l->allocated_milli,
				     &last->allocated_milli) ||
			 !yh_add_i64(last->reserved_milli, l->reserved_milli,
				     &last->reserved_milli))
			return yh_fail(err, YH_INTERNAL, "quantity-overflow");
	}
	f->n = kept;
	return YH_OK;
}

/* Is the actor a body of the cloud, so that all of it is theirs to see? */
static enum yh_rc sees_whole(struct yh_ctx *cx, const struct yh_viewer *who,
			     const struct yh_id *cloud, bool *whole, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	*whole = who->any;
	for (size_t i = 0; rc == YH_OK && who->cloud && !*whole && i < cx->actor->n_grants; i++)
		rc = yh_cloud_has_body(cx->tx, cloud, cx->actor->grants[i].role,
				       &cx->actor->grants[i].org, whole, err);
	return rc;
}

enum yh_rc yh_allocation(struct yh_ctx *cx, const struct yh_viewer *who, const struct yh_id *cloud,
			 enum yh_alloc_by by, yh_day day, struct yh_alloc_line **out, size_t *n,
			 struct yh_err *err)
{
	struct folding f = { .cx = cx, .by = by };
	bool whole;
	enum yh_rc rc = sees_whole(cx, who, cloud, &whole, err);

	if (rc == YH_OK)
		rc = yh_alloc_units(cx->tx, who, cloud, whole, cx->arena, &f.units, &f.n_units,
				    err);
	if (rc == YH_OK && f.n_units)
		rc = gather(&f, cloud, day, err);
	if (rc == YH_OK)
		rc = fold(&f, err);
	*out = f.lines;
	*n = f.n;
	return rc;
}

int64_t yh_alloc_ratio_milli(const struct yh_alloc_line *l)
{
	__int128 ratio;

	if (l->quota_milli <= 0)
		return -1;
	ratio = (__int128)l->allocated_milli * 1000 / l->quota_milli;
	return ratio > INT64_MAX ? INT64_MAX : (int64_t)ratio;
}
