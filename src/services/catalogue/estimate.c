/* What a choice from the catalogue would cost, and how it stands to the quota. */
#include "services/catalogue/estimate.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "law/calendar.h"
#include "law/rating.h"
#include "services/catalogue/tariff.h"
#include "store/resource.h"

enum { HORIZON_DAYS = 730, DAY_S = 86400 };

struct estimating {
	struct yh_ctx *cx;
	const struct yh_estimate_ask *ask;
	struct yh_estimate *e;
	struct yh_spans asked;
	struct yh_rating month; /* of thirty days */
};

/* ---- what is asked ---- */

static enum yh_rc at(struct yh_err *err, enum yh_rc rc, size_t i, const char *key)
{
	yh_err_field(err, "/items/%zu/%s", i, key);
	return rc;
}

static enum yh_rc only(const json_t *obj, const char *const *names, size_t i, struct yh_err *err)
{
	const char *key;
	json_t *v;

	if (!json_is_object(obj)) {
		enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "field-type");

		yh_err_text(err, "expected", "object");
		return at(err, rc, i, "");
	}
	json_object_foreach((json_t *)(uintptr_t)obj, key, v)
	{
		const char *const *name = names;

		while (*name && strcmp(*name, key) != 0)
			name++;
		if (!*name)
			return at(err, yh_fail(err, YH_BAD_INPUT, "field-unknown"), i, key);
	}
	return YH_OK;
}

/* Thousandths at `key`; *out stays as it is when there are none. */
static enum yh_rc number(const json_t *obj, const char *key, size_t i, int64_t *out,
			 struct yh_err *err)
{
	const json_t *v = json_object_get(obj, key);
	enum yh_rc rc = YH_OK;

	if (v)
		rc = yh_json_milli(v, out, err);
	if (rc == YH_OK && v && (*out <= 0 || *out > YH_QTY_MILLI_MAX))
		rc = yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
	return rc == YH_OK ? YH_OK : at(err, rc, i, key);
}

/* As today's edition prices it; what it takes of the quota stays as it was when it was opened. */
static enum yh_rc item_of(struct estimating *g, const struct yh_id *id, struct yh_item_row *out,
			  struct yh_err *err)
{
	struct yh_item_row opened;
	struct yh_err why = { 0 };
	enum yh_rc rc = yh_item_load(g->cx->tx, id, g->cx->arena, &opened, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_item_by_code(g->cx->tx, &g->e->edition.id, opened.code, g->cx->arena, out, &why);
	if (rc == YH_NOT_FOUND) {
		*out = opened;
		return YH_OK;
	}
	if (rc != YH_OK) {
		if (err)
			*err = why;
		return rc;
	}
	out->dims = opened.dims;
	out->n_dims = opened.n_dims;
	return rc;
}

/* What runs grows from what it is to what is asked; what would not grow takes and costs nothing
 * more. */
static enum yh_rc read_growth(struct estimating *g, const json_t *entry, const char *resource,
			      int64_t wanted, struct yh_estimate_line *l, struct yh_err *err)
{
	struct yh_tx *tx = g->cx->tx;
	struct yh_resource_row r;
	struct yh_id id, item;
	enum yh_rc rc = YH_OK;

	if (json_object_get(entry, "item") || json_object_get(entry, "count"))
		return yh_fail(err, YH_BAD_INPUT, "field-unknown");
	if (yh_id_is_zero(&g->ask->project) || yh_id_parse(resource, &id, NULL) != YH_OK)
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (rc == YH_OK)
		rc = yh_resource_load(tx, &id, g->cx->arena, &r, err);
	if (rc == YH_OK && !yh_id_eq(&r.project, &g->ask->project))
		rc = yh_fail(err, YH_NOT_FOUND, "resource-unknown");
	if (rc == YH_OK)
		rc = yh_size_now(tx, &id, &l->running_milli, &item, err);
	if (rc == YH_OK && yh_id_is_zero(&item))
		rc = yh_fail(err, YH_CONFLICT, "resource-not-running");
	if (rc == YH_OK)
		rc = item_of(g, &item, &l->item, err);
	if (rc != YH_OK)
		return rc;
	l->resource = yh_arena_strdup(g->cx->arena, r.no);
	l->qty_milli = wanted > l->running_milli ? wanted - l->running_milli : 0;
	return l->resource ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

static enum yh_rc read_line(struct estimating *g, const json_t *entry, size_t i,
			    struct yh_estimate_line *l, struct yh_err *err)
{
	static const char *const members[] = { "item", "resource", "count", "configuration", NULL };
	static const char *const sizes[] = { "quantity", NULL };
	const json_t *config = json_object_get(entry, "configuration");
	const char *code = yh_json_text(entry, "item"), *grows = yh_json_text(entry, "resource");
	int64_t each = 1000;
	__int128 all;
	enum yh_rc rc = only(entry, members, i, err);

	if (rc == YH_OK && !code && !grows)
		rc = at(err, yh_fail(err, YH_BAD_INPUT, "field-required"), i, "item");
	l->count_milli = 1000;
	if (rc == YH_OK && config)
		rc = only(config, sizes, i, err);
	if (rc == YH_OK)
		rc = number(entry, "count", i, &l->count_milli, err);
	if (rc == YH_OK && config)
		rc = number(config, "quantity", i, &each, err);
	if (rc != YH_OK)
		return rc;
	all = (__int128)l->count_milli * each;
	if (all % 1000 != 0 || all / 1000 > YH_QTY_MILLI_MAX)
		return at(err, yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range"), i, "count");
	l->qty_milli = (int64_t)(all / 1000);
	rc = grows ? read_growth(g, entry, grows, l->qty_milli, l, err)
		   : yh_item_by_code(g->cx->tx, &g->e->edition.id, code, g->cx->arena, &l->item,
				     err);
	if (rc != YH_OK)
		return at(err, rc, i, grows ? "resource" : "item");
	l->orderable = l->item.step_milli <= 0 ||
		       (l->running_milli + l->qty_milli) % l->item.step_milli == 0;
	return YH_OK;
}

static enum yh_rc read_lines(struct estimating *g, struct yh_err *err)
{
	size_t n = json_array_size(g->ask->items);
	enum yh_rc rc = YH_OK;

	if (n == 0)
		return yh_fail_field(err, YH_BAD_INPUT, "field-required", "/items");
	if (n > YH_ESTIMATE_LINES)
		return yh_fail_field(err, YH_TOO_LARGE, "list-too-long", "/items");
	g->e->lines = YH_NEW_N(g->cx->arena, struct yh_estimate_line, n);
	if (!g->e->lines)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		g->e->lines[i] = (struct yh_estimate_line){ 0 };
		rc = read_line(g, json_array_get(g->ask->items, i), i, &g->e->lines[i], err);
	}
	g->e->n_lines = n;
	return rc;
}

static enum yh_rc read_span(struct estimating *g, struct yh_err *err)
{
	const struct yh_estimate_ask *ask = g->ask;
	yh_day behind;
	enum yh_rc rc;

	g->e->from = ask->from;
	g->e->until = YH_DAY_NONE;
	if (ask->days && ask->months)
		return yh_fail_field(err, YH_BAD_INPUT, "estimate-span", "/months");
	if (ask->days)
		g->e->until = ask->from + (yh_day)ask->days - 1;
	if (ask->days && g->e->until > YH_DAY_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "day-out-of-range", "/days");
	if (!ask->months)
		return YH_OK;
	rc = yh_months_on(ask->from, (int32_t)ask->months, &behind, err);
	if (rc == YH_OK)
		g->e->until = behind - 1;
	return rc;
}

/* ---- what it costs ---- */

static enum yh_rc cost_of(const struct estimating *g, const struct yh_tariff *t, int64_t qty_milli,
			  int64_t seconds, int64_t *fen, struct yh_err *err)
{
	yh_amount sum = 0;
	enum yh_rc rc = yh_rating_add_time(&g->month, t, qty_milli, seconds, &sum, err);

	return rc == YH_OK ? yh_rating_fen(&g->month, sum, YH_FACTOR_ONE, fen, err) : rc;
}

/* What a line costs beyond what runs already: steps of a price begin where that ends. */
static enum yh_rc cost(const struct estimating *g, const struct yh_tariff *t,
		       const struct yh_estimate_line *l, int64_t seconds, int64_t *fen,
		       struct yh_err *err)
{
	int64_t running = 0;
	enum yh_rc rc = cost_of(g, t, l->running_milli + l->qty_milli, seconds, fen, err);

	if (rc == YH_OK && l->running_milli)
		rc = cost_of(g, t, l->running_milli, seconds, &running, err);
	*fen -= running;
	return rc;
}

static enum yh_rc price_line(struct estimating *g, struct yh_estimate_line *l, struct yh_err *err)
{
	int64_t month_s = g->month.to_s - g->month.from_s;
	int64_t span_s = g->ask->months ? g->ask->months * month_s : g->ask->days * DAY_S;
	struct yh_tariff t;
	enum yh_rc rc = yh_item_tariff(&l->item, g->cx->arena, &t, &l->priced, err);

	if (rc != YH_OK)
		return rc;
	l->priced = l->priced && t.per != YH_PER_USE;
	if (!l->priced) {
		g->e->n_unpriced++;
		return YH_OK;
	}
	rc = cost(g, &t, l, month_s, &l->month_fen, err);
	if (rc == YH_OK && span_s)
		rc = cost(g, &t, l, span_s, &l->total_fen, err);
	if (rc == YH_OK && (!yh_add_i64(g->e->month_fen, l->month_fen, &g->e->month_fen) ||
			    !yh_add_i64(g->e->total_fen, l->total_fen, &g->e->total_fen)))
		rc = yh_fail(err, YH_TOO_LARGE, "amount-out-of-range");
	return rc;
}

/* ---- how it stands to the quota ---- */

static enum yh_rc add_sizes(struct estimating *g, const struct yh_estimate_line *l,
			    struct yh_err *err)
{
	for (size_t d = 0; d < l->item.n_dims; d++) {
		__int128 q = (__int128)l->item.dims[d].qty_milli * l->qty_milli / 1000;
		enum yh_rc rc;

		if (q > YH_QTY_MILLI_MAX)
			return yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
		rc = yh_spans_add(&g->asked, l->item.dims[d].dim, (int64_t)q, g->e->from,
				  g->e->until, err);
		if (rc != YH_OK)
			return rc;
	}
	return YH_OK;
}

/* Each dimension that is asked for, once. */
static enum yh_rc list_dims(struct estimating *g, struct yh_err *err)
{
	struct yh_estimate *e = g->e;

	e->dims = YH_NEW_N(g->cx->arena, struct yh_estimate_dim, g->asked.n + 1);
	if (!e->dims)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; i < g->asked.n; i++) {
		const char *dim = g->asked.v[i].dim;
		bool seen = false;

		for (size_t k = 0; k < e->n_dims && !seen; k++)
			seen = strcmp(e->dims[k].dim, dim) == 0;
		if (!seen)
			e->dims[e->n_dims++] = (struct yh_estimate_dim){
				.dim = dim, .asked_milli = yh_spans_on(&g->asked, dim, e->from)
			};
	}
	return YH_OK;
}

/* The last day that is looked at. */
static yh_day horizon(const struct yh_estimate *e)
{
	return e->from > YH_DAY_MAX - HORIZON_DAYS ? YH_DAY_MAX : e->from + HORIZON_DAYS;
}

static const struct yh_id *left_out(const struct estimating *g)
{
	return yh_id_is_zero(&g->ask->not_case) ? NULL : &g->ask->not_case;
}

static enum yh_rc stand_to_project(struct estimating *g, struct yh_err *err)
{
	struct yh_estimate *e = g->e;
	struct yh_quota_terms t;
	struct yh_spans quota, taken;
	enum yh_rc rc = yh_quota_terms_load(g->cx, &g->ask->unit, &g->ask->project, NULL,
					    left_out(g), e->from, horizon(e), &t, err);

	for (size_t i = 0; rc == YH_OK && i < e->n_dims; i++) {
		struct yh_estimate_dim *d = &e->dims[i];

		d->quota_milli = yh_spans_on(&t.base, d->dim, e->from) +
				 yh_spans_on(&t.windows, d->dim, e->from) +
				 yh_spans_on(&t.allowance, d->dim, e->from);
		d->used_milli = yh_spans_on(&t.allocated, d->dim, e->from);
		d->reserved_milli = yh_spans_on(&t.reserved, d->dim, e->from);
	}
	if (rc == YH_OK)
		rc = yh_quota_terms_sum(&t, false, &quota, &taken, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_quota_compare(&quota, &taken, &g->asked, 100, e->from, horizon(e), "quota-exceeded",
			      yh_pack_action_article(e->pack, "quota.read"), &e->over);
	if (rc == YH_OK || rc == YH_REFUSED)
		return YH_OK;
	*err = e->over;
	return rc;
}

static enum yh_rc stand_to_unit(struct estimating *g, struct yh_err *err)
{
	struct yh_estimate *e = g->e;
	struct yh_quota_terms t;
	struct yh_spans quota, taken;
	enum yh_rc rc;

	e->limit = yh_unit_limit_of(e->pack);
	if (!e->limit.use)
		return YH_OK;
	e->totals = YH_NEW_N(g->cx->arena, struct yh_estimate_total, e->n_dims + 1);
	if (!e->totals)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	rc = yh_quota_terms_load(g->cx, &g->ask->unit, NULL, &g->ask->cloud, left_out(g), e->from,
				 horizon(e), &t, err);
	if (rc == YH_OK)
		rc = yh_quota_terms_sum(&t, true, &quota, &taken, err);
	for (size_t i = 0; rc == YH_OK && i < e->n_dims; i++) {
		struct yh_estimate_total *l = &e->totals[e->n_totals++];

		*l = (struct yh_estimate_total){ .dim = e->dims[i].dim,
						 .asked_milli = e->dims[i].asked_milli };
		l->quota_milli = yh_spans_on(&quota, l->dim, e->from);
		l->taken_milli = yh_spans_on(&taken, l->dim, e->from);
		l->limit_milli = yh_unit_limit_milli(&e->limit, l->quota_milli);
	}
	if (rc != YH_OK)
		return rc;
	rc = yh_quota_compare(&quota, &taken, &g->asked, e->limit.percent, e->from, horizon(e),
			      "unit-total-exceeded", e->limit.article, &e->passed);
	if (rc == YH_OK || rc == YH_REFUSED)
		return YH_OK;
	*err = e->passed;
	return rc;
}

enum yh_rc yh_estimate(struct yh_ctx *cx, const struct yh_estimate_ask *ask,
		       struct yh_estimate *out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	struct estimating g = { .cx = cx, .ask = ask, .e = out, .asked = { .arena = cx->arena } };
	enum yh_rc rc;

	*out = (struct yh_estimate){ 0 };
	yh_rating_any_month(&g.month);
	rc = law->pack_on(law->self, ask->from, &out->pack, err);
	if (rc == YH_OK)
		rc = read_span(&g, err);
	if (rc == YH_OK)
		rc = yh_edition_on(cx->tx, &ask->cloud, ask->from, cx->arena, &out->edition, err);
	if (rc == YH_OK)
		rc = read_lines(&g, err);
	for (size_t i = 0; rc == YH_OK && i < out->n_lines; i++) {
		rc = price_line(&g, &out->lines[i], err);
		if (rc == YH_OK)
			rc = add_sizes(&g, &out->lines[i], err);
	}
	if (rc == YH_OK)
		rc = list_dims(&g, err);
	if (rc != YH_OK || yh_id_is_zero(&ask->project))
		return rc;
	rc = stand_to_project(&g, err);
	return rc == YH_OK ? stand_to_unit(&g, err) : rc;
}
