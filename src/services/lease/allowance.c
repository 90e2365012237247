/* What is allowed above the quota for one leased resource. */
#include "services/lease/allowance.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "store/catalogue.h"

enum yh_rc yh_allowance_grants(struct yh_case_cx *k, struct yh_quota_row **out, size_t *n,
			       struct yh_err *err)
{
	size_t kept = 0;
	enum yh_rc rc = yh_quota_of_case(k->cx->tx, &k->c->row.id, yh_ctx_today(k->cx),
					 k->cx->arena, out, n, err);

	for (size_t i = 0; rc == YH_OK && i < *n; i++)
		if (strcmp((*out)[i].kind, "grant") == 0)
			(*out)[kept++] = (*out)[i];
	*n = kept;
	return rc;
}

static enum yh_rc add_line(struct yh_case_cx *k, const struct yh_resource_row *r, const char *dim,
			   int64_t qty_milli, yh_day first, struct yh_err *err)
{
	struct yh_quota_row q = {
		.id = yh_ctx_new_id(k->cx),
		.unit = r->unit,
		.project = r->project,
		.kind = "allowance",
		.qty_milli = qty_milli,
		.first_day = first,
		.last_day = r->lease_last,
		.case_id = k->c->row.id,
		.resource = r->id,
		.created_at = k->cx->now,
	};

	(void)snprintf(q.dim, sizeof q.dim, "%s", dim);
	return yh_quota_insert(k->cx->tx, &q, err);
}

enum yh_rc yh_allowance_bind(struct yh_case_cx *k, const struct yh_resource_row *r,
			     struct yh_err *err)
{
	struct yh_quota_row *grants;
	struct yh_item_row item;
	struct yh_id item_id;
	int64_t qty;
	size_t n;
	enum yh_rc rc = yh_allowance_grants(k, &grants, &n, err);

	if (rc != YH_OK || n == 0)
		return rc;
	rc = yh_size_now(k->cx->tx, &r->id, &qty, &item_id, err);
	if (rc == YH_OK)
		rc = yh_item_load(k->cx->tx, &item_id, k->cx->arena, &item, err);
	for (size_t i = 0; rc == YH_OK && i < item.n_dims; i++) {
		__int128 q = (__int128)item.dims[i].qty_milli * qty / 1000;

		if (q > YH_QTY_MILLI_MAX)
			return yh_fail(err, YH_INTERNAL, "quantity-overflow");
		rc = add_line(k, r, item.dims[i].dim, (int64_t)q, yh_ctx_today(k->cx), err);
	}
	return rc;
}

/* Longer: the same again from the day behind the old end on. Shorter: no line goes beyond. */
enum yh_rc yh_allowance_move(struct yh_case_cx *k, const struct yh_resource_row *r, yh_day was,
			     struct yh_err *err)
{
	struct yh_quota_row *lines;
	size_t n;
	yh_day from = r->lease_last < was ? r->lease_last : was;
	enum yh_rc rc =
		yh_quota_of_resource(k->cx->tx, &r->id, from, k->cx->arena, &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (lines[i].last_day > r->lease_last)
			rc = yh_quota_end(k->cx->tx, &lines[i].id, r->lease_last, err);
		else if (lines[i].last_day == was && r->lease_last > was)
			rc = add_line(k, r, lines[i].dim, lines[i].qty_milli, was + 1, err);
	}
	return rc;
}

enum yh_rc yh_allowance_end(struct yh_case_cx *k, const struct yh_resource_row *r,
			    struct yh_err *err)
{
	yh_day today = yh_ctx_today(k->cx);
	struct yh_quota_row *lines;
	size_t n;
	enum yh_rc rc =
		yh_quota_of_resource(k->cx->tx, &r->id, today, k->cx->arena, &lines, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (lines[i].last_day >= today)
			rc = yh_quota_end(k->cx->tx, &lines[i].id, today - 1, err);
	return rc;
}
