/* What a case takes away of a resource's use, against what stands of it. */
#include <stdlib.h>
#include <string.h>

#include "services/settle/internal.h"

enum { MONTH_ARENA = 256 * 1024 * 1024 };

struct holding {
	const struct month *m;
	const struct yh_usage_fix *fix;
	struct walk walk;
	struct metered queue;
	const struct yh_id *resource;
	bool met;
	bool below; /* less than nothing is left */
	int64_t left_milli;
	yh_day day;
	enum yh_rc rc;
	struct yh_err *err;
};

static void note(struct holding *h, int64_t left_milli, yh_day day)
{
	if (h->below)
		return;
	h->below = true;
	h->left_milli = left_milli;
	h->day = day;
}

static bool take_piece(void *arg, const struct piece *p)
{
	(void)arg;
	(void)p;
	return true;
}

/* What is wrong otherwise is no fault of this correction's. */
static bool take_fault(void *arg, const struct fault *f)
{
	struct holding *h = arg;

	if (f->why == WHY_NEGATIVE && strcmp(f->code, h->fix->code) == 0 &&
	    f->day >= yh_day_of(h->fix->from_at) && f->day <= yh_day_of(h->fix->to_at - 1))
		note(h, f->milli, f->day);
	return true;
}

static bool take_uses(void *arg, struct piece *list, size_t n)
{
	struct holding *h = arg;

	h->queue.n = h->queue.n_pieces = 0;
	if (!yh_metered_add(&h->queue, h->resource, 0, list, n))
		h->rc = yh_fail(h->err, YH_TOO_LARGE, "memory-short");
	else
		h->rc = yh_metered_find(h->walk.tx, h->m, &h->queue, h->err);
	for (size_t i = 0; h->rc == YH_OK && i < n; i++) {
		const struct piece *p = &h->queue.pieces[i];
		int64_t left = p->qty_milli + p->fixed_milli;

		/* a correction goes with the piece that it begins in */
		if (left < 0 && strcmp(h->m->codes[p->code], h->fix->code) == 0 &&
		    p->from <= h->fix->from_at &&
		    (h->fix->from_at < p->to || p->from == h->fix->from_at))
			note(h, left, yh_day_of(h->fix->from_at));
	}
	return h->rc == YH_OK;
}

static bool visit(void *arg, struct subject *s)
{
	struct holding *h = arg;
	const struct piece_sink sink = { take_piece, take_uses, take_fault, h };

	h->met = true;
	if (!yh_rate_subject(h->m, s, &sink) && h->rc == YH_OK)
		h->rc = yh_fail(h->err, YH_TOO_LARGE, "memory-short");
	return h->rc == YH_OK;
}

static struct yh_id one_before(struct yh_id id)
{
	for (size_t i = sizeof id.b; i-- > 0;)
		if (id.b[i]-- != 0)
			break;
	return id;
}

static enum yh_rc look(struct yh_ctx *cx, struct holding *h, struct yh_err *err)
{
	struct yh_span_row owner;
	struct scope scope;
	enum yh_rc rc = yh_span_resource(cx->tx, h->resource, h->fix->from_at, &owner, err);

	if (rc != YH_OK)
		return rc;
	scope = (struct scope){ .project = owner.project,
				.unit = owner.unit,
				.provider = owner.provider };
	h->err = err;
	h->walk = (struct walk){ .m = h->m,
				 .scope = &scope,
				 .after = one_before(*h->resource),
				 .last = *h->resource,
				 .visit = visit,
				 .arg = h };
	rc = yh_walk(cx->tx, &h->walk, err);
	if (rc == YH_OK && h->rc == YH_OK && !h->met) {
		h->walk.s.owner = owner;
		h->walk.s.n = 0;
		(void)visit(h, &h->walk.s);
	}
	yh_walk_done(&h->walk);
	yh_metered_done(&h->queue);
	return rc == YH_OK ? h->rc : rc;
}

static enum yh_rc beyond(struct yh_ctx *cx, const struct holding *h, struct yh_err *err)
{
	char no[40];
	enum yh_rc rc = yh_resource_no(cx->tx, h->resource, no, err);

	if (rc != YH_OK)
		return rc;
	(void)yh_fail(err, YH_BAD_INPUT, "usage-fix-beyond");
	yh_err_text(err, "resource", no);
	yh_err_text(err, "item", h->fix->code);
	yh_err_day(err, "day", h->day);
	yh_err_milli(err, "held", h->left_milli - h->fix->qty_milli);
	yh_err_milli(err, "less", -h->fix->qty_milli);
	return YH_BAD_INPUT;
}

/* The month as the statement that has its use saw it, with all that is known now. */
static enum yh_rc load_month(struct yh_ctx *cx, const struct yh_id *statement, struct month *m,
			     struct yh_arena *arena, struct yh_err *err)
{
	struct yh_statement_row s;
	struct yh_settlement_row of;
	struct yh_id use;
	bool found;
	enum yh_rc rc = yh_statement_load(cx->tx, statement, cx->arena, &s, err);

	if (rc == YH_OK)
		rc = yh_statement_use_of(cx->tx, &s, &found, &use, err);
	if (rc == YH_OK && found)
		rc = yh_statement_load(cx->tx, &use, cx->arena, &s, err);
	if (rc == YH_OK)
		rc = yh_settlement_load(cx->tx, &s.settlement, &of, err);
	return rc == YH_OK
		       ? yh_month_of_settlement(cx->tx, cx->world, &of, INT64_MAX, m, arena, err)
		       : rc;
}

enum yh_rc yh_settle_fixes_hold(struct yh_ctx *cx, const struct yh_id *statement,
				const struct yh_usage_fix *fixes, size_t n, size_t *which,
				struct yh_err *err)
{
	struct yh_arena arena;
	struct month m;
	enum yh_rc rc = YH_OK;
	bool less = false;

	for (size_t i = 0; !less && i < n; i++)
		less = fixes[i].qty_milli < 0;
	*which = 0;
	if (!less)
		return YH_OK;
	yh_arena_init(&arena, MONTH_ARENA);
	rc = load_month(cx, statement, &m, &arena, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct holding h = { .m = &m, .fix = &fixes[i], .resource = &fixes[i].resource };

		if (fixes[i].qty_milli > 0)
			continue;
		*which = i;
		rc = look(cx, &h, err);
		if (rc == YH_OK && h.below)
			rc = beyond(cx, &h, err);
	}
	yh_arena_done(&arena);
	return rc;
}
