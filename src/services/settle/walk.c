/* The resources of a cloud or a project on their way through a month. */
#include <stdlib.h>
#include <string.h>

#include "services/settle/sums.h"

struct known_item {
	struct yh_id id;
	int code; /* -1: no edition of the month has it */
	bool used;
};

void yh_walk_done(struct walk *w)
{
	yh_subject_done(&w->s);
	free(w->items);
	free(w->seen);
	w->items = NULL;
	w->seen = NULL;
}

static bool give_up(struct walk *w, enum yh_rc rc)
{
	w->rc = rc == YH_OK ? yh_fail(w->err, YH_TOO_LARGE, "memory-short") : rc;
	return false;
}

/* ---- items by id ---- */

static size_t slot_of(const struct walk *w, const struct yh_id *id)
{
	uint64_t h;
	size_t i;

	memcpy(&h, id->b + 8, sizeof h);
	for (i = h & (w->items_size - 1); w->items[i].used; i = (i + 1) & (w->items_size - 1))
		if (yh_id_eq(&w->items[i].id, id))
			break;
	return i;
}

static bool more_items(struct walk *w)
{
	struct known_item *old = w->items;
	size_t n = w->items_size;

	w->items_size = n ? n * 2 : 256;
	w->items = calloc(w->items_size, sizeof *w->items);
	if (!w->items) {
		w->items = old;
		w->items_size = n;
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (old[i].used)
			w->items[slot_of(w, &old[i].id)] = old[i];
	free(old);
	return true;
}

static bool code_of(struct walk *w, const struct yh_id *item, int *code)
{
	char text[64];
	size_t i;
	enum yh_rc rc;

	if (w->n_items * 2 >= w->items_size && !more_items(w))
		return give_up(w, YH_OK);
	i = slot_of(w, item);
	if (!w->items[i].used) {
		rc = yh_item_code(w->tx, item, text, w->err);
		if (rc != YH_OK)
			return give_up(w, rc);
		w->items[i] = (struct known_item){ *item, yh_month_code(w->m, text), true };
		w->n_items++;
	}
	*code = w->items[i].code;
	return true;
}

/* ---- resources ---- */

static bool in_scope(const struct walk *w, const struct yh_span_row *r)
{
	const struct scope *s = w->scope;

	if (!yh_id_is_zero(&s->project) &&
	    !(yh_id_eq(&s->project, &r->project) && yh_id_eq(&s->unit, &r->unit) &&
	      yh_id_eq(&s->provider, &r->provider)))
		return false;
	return !s->except || !yh_key_set_has(s->except, &r->unit, &r->project, &r->provider);
}

static bool leave(struct walk *w)
{
	size_t n;
	const struct yh_adjustment_row *j;

	if (!w->any)
		return true;
	w->any = false;
	if (w->m->n_adjustments && w->seen) {
		j = yh_month_adjustments(w->m, &w->s.owner.resource, &n);
		if (n)
			w->seen[j - w->m->adjustments] = 1;
	}
	return w->visit(w->arg, &w->s);
}

static bool enter(struct walk *w, const struct yh_span_row *row)
{
	if (!leave(w))
		return false;
	w->s.n = 0;
	w->any = in_scope(w, row);
	if (w->any)
		w->s.owner = *row;
	return true;
}

static bool take(void *arg, const struct yh_span_row *row)
{
	struct walk *w = arg;
	struct subject *s = &w->s;
	int code;

	if (row->first && !enter(w, row))
		return false;
	if (!w->any)
		return true;
	if (!code_of(w, &row->item, &code))
		return false;
	if (s->n == s->cap) {
		size_t cap = s->cap * 2 + 8;
		struct held *more = realloc(s->held, cap * sizeof *more);

		if (!more)
			return give_up(w, YH_OK);
		s->held = more;
		s->cap = cap;
	}
	s->held[s->n++] =
		(struct held){ row->item, code, row->from_at, row->to_at, row->qty_milli };
	return true;
}

static enum yh_rc stream(struct walk *w, const struct yh_span_range *range)
{
	const struct scope *s = w->scope;
	enum yh_rc rc = yh_id_is_zero(&s->project)
				? yh_span_of_cloud(w->tx, &w->m->cloud, range, take, w, w->err)
				: yh_span_of_project(w->tx, &s->project, range, take, w, w->err);

	if (rc == YH_OK && w->rc == YH_OK)
		(void)leave(w);
	return rc == YH_OK ? w->rc : rc;
}

enum yh_rc yh_walk(struct yh_tx *tx, struct walk *w, struct yh_err *err)
{
	struct yh_span_range range = {
		.from = w->m->from, .to = w->m->to, .after = w->after, .last = w->last
	};

	w->tx = tx;
	w->err = err;
	w->rc = YH_OK;
	w->any = false;
	if (yh_id_is_zero(&w->last))
		memset(range.last.b, 0xFF, sizeof range.last.b);
	free(w->seen);
	w->seen = calloc(w->m->n_adjustments + 1, 1);
	return w->seen ? stream(w, &range) : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

enum yh_rc yh_walk_strays(struct yh_tx *tx, struct walk *w, const unsigned char *seen,
			  struct yh_err *err)
{
	const struct yh_adjustment_row *j = w->m->adjustments;
	size_t n = 0;
	enum yh_rc rc = YH_OK;

	w->tx = tx;
	w->err = err;
	w->rc = YH_OK;
	for (size_t i = 0; rc == YH_OK && i < w->m->n_adjustments; i += n) {
		(void)yh_month_adjustments(w->m, &j[i].resource, &n);
		if (seen[i])
			continue;
		w->s.n = 0;
		rc = yh_span_resource(tx, &j[i].resource, j[i].from_at, &w->s.owner, err);
		if (rc == YH_OK && in_scope(w, &w->s.owner) && !w->visit(w->arg, &w->s))
			rc = w->rc;
	}
	return rc;
}
