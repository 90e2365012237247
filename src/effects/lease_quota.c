/* Words about the quota of time-limited resources: the share that development may take, what
 * econ_info sets for emergency and temporary use, and its end when they become formal. */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "effects/lease.h"
#include "services/lease/allowance.h"

/* What is asked, each dimension once. */
static enum yh_rc asked_totals(struct yh_case_cx *k, struct yh_spans *out, struct yh_err *err)
{
	struct yh_asked want;
	struct yh_spans spans;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	*out = (struct yh_spans){ .arena = k->cx->arena };
	if (rc == YH_OK)
		rc = yh_asked_spans(k, &want, &spans, err);
	for (size_t i = 0; rc == YH_OK && i < spans.n; i++) {
		size_t at = 0;

		while (at < out->n && strcmp(out->v[at].dim, spans.v[i].dim) != 0)
			at++;
		if (at < out->n) {
			if (!yh_add_i64(out->v[at].qty_milli, spans.v[i].qty_milli,
					&out->v[at].qty_milli))
				rc = yh_fail(err, YH_BAD_INPUT, "quantity-out-of-range");
			continue;
		}
		rc = yh_spans_add(out, spans.v[i].dim, spans.v[i].qty_milli, spans.v[i].first,
				  YH_DAY_NONE, err);
	}
	return rc;
}

static enum yh_rc grant_line(struct yh_case_cx *k, const char *dim, int64_t qty_milli,
			     struct yh_err *err)
{
	struct yh_quota_row q = {
		.id = yh_ctx_new_id(k->cx),
		.unit = k->c->row.unit,
		.project = k->c->row.project,
		.kind = "grant",
		.qty_milli = qty_milli,
		.first_day = yh_ctx_today(k->cx),
		.last_day = YH_DAY_NONE,
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};

	(void)snprintf(q.dim, sizeof q.dim, "%s", dim);
	return yh_quota_insert(k->cx->tx, &q, err);
}

/* As the decision sets it, else as asked. */
YH_WORD_CHECK_FN(yh_word_quota_allow)
{
	const json_t *set = json_object_get(k->input, "dimensions");
	struct yh_spans asked;
	enum yh_rc rc = asked_totals(k, &asked, err);

	(void)use;
	for (size_t i = 0; rc == YH_OK && !set && i < asked.n; i++)
		rc = grant_line(k, asked.v[i].dim, asked.v[i].qty_milli, err);
	for (size_t i = 0; rc == YH_OK && i < json_array_size(set); i++) {
		const json_t *e = json_array_get(set, i);
		const char *dim = yh_json_text(e, "dimension");
		int64_t qty;

		for (size_t j = 0; j < i; j++)
			if (strcmp(yh_json_text(json_array_get(set, j), "dimension"), dim) == 0)
				return yh_fail_field(err, YH_BAD_INPUT, "form-twice",
						     "/form/dimensions");
		rc = yh_form_milli(e, "dimensions", i, "quantity", &qty, err);
		if (rc == YH_OK)
			rc = grant_line(k, dim, qty, err);
	}
	return rc == YH_OK ? yh_effect_record(k, "quota.allowed", "project", &k->c->row.project,
					      NULL, NULL, err)
			   : rc;
}

YH_WORD_CHECK_FN(yh_word_quota_allowed)
{
	struct yh_quota_row *grants;
	struct yh_spans asked;
	size_t n;
	enum yh_rc rc = asked_totals(k, &asked, err);

	if (rc == YH_OK)
		rc = yh_allowance_grants(k, &grants, &n, err);
	for (size_t i = 0; rc == YH_OK && i < asked.n; i++) {
		int64_t set = 0;

		for (size_t g = 0; g < n; g++)
			if (strcmp(grants[g].dim, asked.v[i].dim) == 0)
				set = grants[g].qty_milli;
		if (asked.v[i].qty_milli <= set)
			continue;
		rc = yh_refuse(err, "quota-set-lower", yh_use_article(k, use));
		yh_err_text(err, "dimension", asked.v[i].dim);
		yh_err_milli(err, "asked", asked.v[i].qty_milli);
		yh_err_milli(err, "set", set);
	}
	return rc;
}

/* What one orderable step of the asked items takes of a dimension at least: small quotas are
 * rounded up to it. */
static int64_t one_size(const struct yh_asked *want, const char *dim)
{
	int64_t least = 0;

	for (size_t i = 0; i < want->n_items; i++) {
		const struct yh_item_row *it = &want->items[i].item;
		int64_t step = it->step_milli > 0 ? it->step_milli : 1000;

		for (size_t d = 0; d < it->n_dims; d++) {
			__int128 q = (__int128)it->dims[d].qty_milli * step / 1000;

			if (strcmp(it->dims[d].dim, dim) != 0 || q <= 0 || q > YH_QTY_MILLI_MAX)
				continue;
			if (least == 0 || (int64_t)q < least)
				least = (int64_t)q;
		}
	}
	return least;
}

/* Running and pending resources of the kind, of one dimension. */
static enum yh_rc taken_of_kind(struct yh_case_cx *k, const char *kind, const char *dim,
				int64_t *out, struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	struct yh_allocated_row *run;
	struct yh_reserved_row *held;
	size_t n_run, n_held;
	enum yh_rc rc = yh_allocated(cx->tx, &k->c->row.unit, &k->c->row.project, NULL,
				     &k->c->row.id, cx->arena, &run, &n_run, err);

	*out = 0;
	if (rc == YH_OK)
		rc = yh_reserved_kind(cx->tx, &k->c->row.project, kind, &k->c->row.id, cx->arena,
				      &held, &n_held, err);
	for (size_t i = 0; rc == YH_OK && i < n_run; i++)
		if (strcmp(run[i].kind, kind) == 0 && strcmp(run[i].dim, dim) == 0 &&
		    !yh_add_i64(*out, run[i].qty_milli, out))
			rc = yh_fail(err, YH_INTERNAL, "quantity-overflow");
	for (size_t i = 0; rc == YH_OK && i < n_held; i++)
		if (strcmp(held[i].dim, dim) == 0 && !yh_add_i64(*out, held[i].qty_milli, out))
			rc = yh_fail(err, YH_INTERNAL, "quantity-overflow");
	return rc;
}

static enum yh_rc refuse_share(struct yh_case_cx *k, const struct yh_word_use *use,
			       const struct yh_span *asked, int64_t taken, int64_t quota,
			       int64_t limit, struct yh_err *err)
{
	enum yh_rc rc = yh_refuse(err, "quota-share-exceeded", yh_use_article(k, use));
	const struct yh_arg_value *percent = yh_use_arg(use, "percent");

	if (percent->param)
		yh_err_param(err, percent->param);
	yh_err_text(err, "dimension", asked->dim);
	yh_err_milli(err, "asked", asked->qty_milli);
	yh_err_milli(err, "taken", taken);
	yh_err_milli(err, "quota", quota);
	yh_err_int(err, "percent", percent->num);
	yh_err_milli(err, "limit", limit);
	return rc;
}

/* Of the project's quota as it is today, without what was allowed above it. */
YH_WORD_CHECK_FN(yh_word_quota_share_within)
{
	const char *except = yh_use_text(use, "unless", NULL), *kind = yh_use_text(use, "kind", "");
	int64_t percent = yh_use_int(use, "percent", 0);
	yh_day today = yh_ctx_today(k->cx);
	struct yh_spans asked, quota, taken;
	struct yh_asked want;
	enum yh_rc rc;

	if (except && yh_json_text(k->c->form, except))
		return YH_OK;
	rc = asked_totals(k, &asked, err);
	if (rc == YH_OK)
		rc = yh_asked_read(k, &want, err);
	if (rc == YH_OK)
		rc = yh_quota_around(k, false, true, &quota, &taken, err);
	for (size_t i = 0; rc == YH_OK && i < asked.n; i++) {
		int64_t has = yh_spans_on(&quota, asked.v[i].dim, today), run, sum;
		int64_t limit = (int64_t)((__int128)has * percent / 100);
		int64_t least = one_size(&want, asked.v[i].dim);

		if (limit < least && has >= least)
			limit = least;
		rc = taken_of_kind(k, kind, asked.v[i].dim, &run, err);
		if (rc == YH_OK && (!yh_add_i64(run, asked.v[i].qty_milli, &sum) || sum > limit))
			rc = refuse_share(k, use, &asked.v[i], run, has, limit, err);
	}
	return rc;
}

/* Running resources as they would be asked for anew: for good, with what they take until their
 * lease ends given back. */
static enum yh_rc add_converted(struct yh_case_cx *k, const struct yh_resource_row *r,
				struct yh_spans *asked, struct yh_spans *taken, struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	yh_day last = r->lease_last != YH_DAY_NONE && r->lease_last < today ? today : r->lease_last;
	struct yh_item_row item;
	struct yh_id item_id;
	int64_t qty;
	enum yh_rc rc = yh_size_now(k->cx->tx, &r->id, &qty, &item_id, err);

	if (rc != YH_OK || qty == 0)
		return rc;
	rc = yh_item_load(k->cx->tx, &item_id, k->cx->arena, &item, err);
	for (size_t i = 0; rc == YH_OK && i < item.n_dims; i++) {
		__int128 q = (__int128)item.dims[i].qty_milli * qty / 1000;

		if (q > YH_QTY_MILLI_MAX)
			return yh_fail(err, YH_INTERNAL, "quantity-overflow");
		rc = yh_spans_add(asked, item.dims[i].dim, (int64_t)q, today, YH_DAY_NONE, err);
		if (rc == YH_OK)
			rc = yh_spans_add(taken, item.dims[i].dim, -(int64_t)q, today, last, err);
	}
	return rc;
}

/* Their allowance ends with the lease: from then on the project's quota must carry them. */
YH_WORD_CHECK_FN(yh_word_quota_converts)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_spans quota, taken, asked = { .arena = k->cx->arena };
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, &rs, &n, err);

	if (rc == YH_OK)
		rc = yh_quota_around(k, false, false, &quota, &taken, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_quota_row *lines;
		size_t n_lines;

		if (strcmp(rs[i].state, "running") != 0)
			continue;
		rc = add_converted(k, &rs[i], &asked, &taken, err);
		if (rc == YH_OK)
			rc = yh_quota_of_resource(k->cx->tx, &rs[i].id, today, k->cx->arena, &lines,
						  &n_lines, err);
		for (size_t l = 0; rc == YH_OK && l < n_lines; l++)
			rc = yh_spans_add(
				&quota, lines[l].dim, -lines[l].qty_milli, lines[l].first_day,
				lines[l].last_day < today ? today : lines[l].last_day, err);
	}
	return rc == YH_OK ? yh_quota_compare(&quota, &taken, &asked, 100, today,
					      today + YH_HORIZON_DAYS, "quota-exceeded",
					      yh_use_article(k, use), err)
			   : rc;
}
