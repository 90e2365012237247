/* What the books say of an order: whether it may begin, alone at its resource and as they have that
 * by now; and whether they have what was done. */
#include <string.h>

#include "services/fulfil/internal.h"

enum { LOCKS = 64 };

/* Two groups that begin at once see each other. */
static enum yh_rc lock(struct yh_ctx *cx, const struct yh_saga *s, struct yh_err *err)
{
	struct yh_id keys[LOCKS];
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < s->n;) {
		size_t n = 0;

		while (n < LOCKS && i < s->n)
			keys[n++] = s->rows[i++].resource;
		rc = yh_db_lock(cx->tx, keys, n, err);
	}
	return rc;
}

static enum yh_rc left(const struct yh_cloud_order_row *o, struct yh_saga_write *w)
{
	w->begin = YH_BEGIN_LEFT;
	(void)yh_fail(&w->fault, YH_CONFLICT, "order-overtaken");
	yh_err_text(&w->fault, "resource", o->resource_no);
	return YH_OK;
}

static int64_t of(const struct yh_order_dims *d, const char *name)
{
	for (size_t i = 0; i < d->n; i++)
		if (strcmp(d->v[i].name, name) == 0)
			return d->v[i].qty_milli;
	return 0;
}

static bool larger(const struct yh_order_dims *to, const struct yh_order_dims *now)
{
	bool some = false;

	for (size_t i = 0; i < now->n; i++)
		if (of(to, now->v[i].name) < now->v[i].qty_milli)
			return false;
	for (size_t i = 0; i < to->n; i++)
		some = some || to->v[i].qty_milli > of(now, to->v[i].name);
	return some;
}

/* It was planned when its step opened, and another expansion may have been booked since: what is
 * taken back goes to what the books have now, and nothing shrinks. */
static enum yh_rc size_anew(struct yh_ctx *cx, struct yh_saga *s, size_t i, struct yh_saga_write *w,
			    struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i];
	struct yh_order_dims to, now;
	struct yh_item_row item;
	const char *text;
	struct yh_id id;
	int64_t qty;
	enum yh_rc rc = yh_size_now(cx->tx, &o->resource, &qty, &id, err);

	if (rc == YH_OK && qty == 0)
		return left(o, w);
	if (rc == YH_OK)
		rc = yh_item_load(cx->tx, &id, cx->arena, &item, err);
	if (rc == YH_OK)
		rc = yh_order_dims_text(s->j->arena, &item, qty, &text, err);
	if (rc != YH_OK || strcmp(text, o->before) == 0)
		return rc;
	rc = yh_order_dims_read(cx->arena, o->dims, &to, err);
	if (rc == YH_OK)
		rc = yh_order_dims_read(cx->arena, text, &now, err);
	if (rc != YH_OK)
		return rc;
	if (!larger(&to, &now))
		return left(o, w);
	o->before = text;
	return yh_order_of_row(s->j->arena, o, &s->orders[i], err);
}

enum yh_rc yh_saga_may_begin(struct yh_ctx *cx, struct yh_saga *s, size_t i,
			     struct yh_saga_write *w, struct yh_err *err)
{
	struct yh_cloud_order_row *o = &s->rows[i], now;
	const char *other_case = NULL, *other_no = NULL;
	enum yh_rc rc = lock(cx, s, err);

	w->begin = YH_BEGIN_GO;
	yh_err_clear(&w->fault);
	if (rc == YH_OK)
		rc = yh_cloud_order_before(cx->tx, &s->group, cx->arena, &other_case, &other_no,
					   err);
	if (rc == YH_OK && other_case) {
		w->begin = YH_BEGIN_WAIT;
		(void)yh_fail(&w->fault, YH_BUSY, "order-waits");
		yh_err_text(&w->fault, "resource", other_no);
		yh_err_text(&w->fault, "case", other_case);
		return YH_OK;
	}
	if (rc == YH_OK)
		rc = yh_cloud_order_load(cx->tx, &o->id, cx->arena, &now, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(now.resource_state, "destroyed") == 0 &&
	    (strcmp(o->act, "stop") == 0 || strcmp(o->act, "destroy") == 0)) {
		w->begin = YH_BEGIN_OVER;
		return YH_OK;
	}
	if (strcmp(o->act, "destroy") == 0)
		return strcmp(now.resource_state, "stopped") == 0 ? YH_OK : left(o, w);
	if (strcmp(o->act, "open") == 0)
		return strcmp(now.resource_state, "applied") == 0 ? YH_OK : left(o, w);
	if (strcmp(o->act, "resize") == 0)
		return strcmp(now.resource_state, "running") == 0 ? size_anew(cx, s, i, w, err)
								  : left(o, w);
	if (!s->own && strcmp(now.resource_state, "running") != 0)
		w->begin = YH_BEGIN_OVER; /* stopped by another case */
	return YH_OK;
}

bool yh_saga_agrees(const struct yh_cloud_order_row *o)
{
	if (strcmp(o->act, "open") == 0)
		return o->resource_ref && o->resource_ref[0] && o->booked &&
		       (!o->ref[0] || strcmp(o->resource_ref, o->ref) == 0);
	if (strcmp(o->act, "stop") == 0)
		return strcmp(o->resource_state, "running") != 0;
	return strcmp(o->act, "destroy") == 0 || o->booked;
}
