/* Catalogue editions: drafting, filling, comparing, fingerprinting. */
#include "cases/case.h"
#include "services/catalogue/edition.h"

#include <stdio.h>
#include <string.h>

#include "services/catalogue/items.h"
#include "services/identity/record.h"
#include "store/party.h"

enum { CANONICAL_MAX = 64 * 1024 * 1024, TITLE_MAX = 256 };

static enum yh_rc operator_only(struct yh_ctx *cx, const struct yh_id *cloud, struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	bool has = false;
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && !has && i < a->n_grants; i++)
		if (strcmp(a->grants[i].role, "operator") == 0)
			rc = yh_cloud_has_body(cx->tx, cloud, "operator", &a->grants[i].org, &has,
					       err);
	if (rc == YH_OK && !has)
		rc = yh_fail(err, YH_FORBIDDEN, "operator-only");
	return rc == YH_OK ? yh_cloud_here(cx, cloud, true, err) : rc;
}

enum yh_rc yh_edition_digest(struct yh_ctx *cx, const struct yh_id *edition, struct yh_sm3 *out,
			     struct yh_err *err)
{
	struct yh_item_row *items;
	struct yh_buf buf;
	struct yh_jw w;
	size_t n;
	enum yh_rc rc = yh_item_list(cx->tx, edition, cx->arena, &items, &n, err);

	if (rc != YH_OK)
		return rc;
	yh_buf_init(&buf, CANONICAL_MAX);
	yh_jw_init(&w, &buf);
	yh_jw_arr(&w, NULL);
	for (size_t i = 0; i < n; i++)
		yh_item_write(&w, NULL, &items[i]);
	yh_jw_end_arr(&w);
	if (yh_buf_ok(&buf))
		*out = yh_sm3_of(buf.data, buf.len);
	else
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	yh_buf_done(&buf);
	return rc;
}

/* May `cloud` take over the items of `from`? Its own editions, or published ones of a municipal
 * cloud; others are as if they were not there. */
static enum yh_rc check_source(struct yh_ctx *cx, const struct yh_id *cloud,
			       const struct yh_id *from, struct yh_err *err)
{
	struct yh_edition_row e;
	struct yh_cloud_row c;
	enum yh_rc rc = yh_edition_load(cx->tx, from, cx->arena, &e, err);

	if (rc != YH_OK || yh_id_eq(&e.cloud, cloud))
		return rc;
	rc = yh_cloud_load(cx->tx, &e.cloud, cx->arena, &c, err);
	if (rc == YH_OK && (strcmp(c.level, "municipal") != 0 || strcmp(e.state, "published") != 0))
		return yh_fail(err, YH_NOT_FOUND, "edition-unknown");
	return rc;
}

static enum yh_rc insert_items(struct yh_ctx *cx, const struct yh_id *edition,
			       struct yh_item_row *items, size_t n, struct yh_err *err)
{
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		items[i].id = yh_ctx_new_id(cx);
		items[i].edition = *edition;
		rc = yh_item_insert(cx->tx, &items[i], err);
	}
	return rc;
}

static enum yh_rc copy_items(struct yh_ctx *cx, const struct yh_id *from, const struct yh_id *to,
			     struct yh_err *err)
{
	struct yh_item_row *items;
	size_t n;
	enum yh_rc rc = yh_item_list(cx->tx, from, cx->arena, &items, &n, err);

	return rc == YH_OK ? insert_items(cx, to, items, n, err) : rc;
}

enum yh_rc yh_edition_draft(struct yh_ctx *cx, const struct yh_id *cloud, const char *title,
			    const struct yh_id *from, struct yh_edition_row *out,
			    struct yh_err *err)
{
	bool derived = !yh_id_is_zero(from);
	enum yh_rc rc = operator_only(cx, cloud, err);

	if (rc != YH_OK)
		return rc;
	if (!*title)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-short", "/title");
	if (strlen(title) > TITLE_MAX)
		return yh_fail_field(err, YH_BAD_INPUT, "field-too-long", "/title");
	*out = (struct yh_edition_row){
		.id = yh_ctx_new_id(cx),
		.cloud = *cloud,
		.title = title,
		.state = "draft",
		.derived_from = *from,
		.effective_day = YH_DAY_NONE,
		.created_at = cx->now,
		.version = 1,
	};
	if (derived)
		rc = check_source(cx, cloud, from, err);
	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, cloud, 1, err);
	if (rc == YH_OK)
		rc = yh_edition_next_number(cx->tx, cloud, &out->number, err);
	if (rc == YH_OK)
		rc = yh_edition_insert(cx->tx, out, err);
	if (rc == YH_OK && derived)
		rc = copy_items(cx, from, &out->id, err);
	return rc == YH_OK ? yh_identity_record(cx, "edition.drafted", "edition", &out->id, "draft",
						title, err)
			   : rc;
}

/* A code that once meant something means it for ever: bills and resources name it. */
static enum yh_rc check_codes(struct yh_ctx *cx, const struct yh_id *edition, struct yh_err *err)
{
	char code[YH_ITEM_CODE];
	int64_t number;
	enum yh_rc rc = yh_item_reused(cx->tx, edition, code, &number, err);

	if (rc != YH_OK || number == 0)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "item-code-reused");
	yh_err_text(err, "item", code);
	yh_err_int(err, "number", number);
	return rc;
}

enum yh_rc yh_edition_set_items(struct yh_ctx *cx, const struct yh_id *edition, const json_t *items,
				struct yh_faults *faults, struct yh_err *err)
{
	struct yh_faults none;
	struct yh_edition_row e;
	struct yh_item_row *rows;
	size_t n;
	enum yh_rc rc = yh_db_lock(cx->tx, edition, 1, err);

	if (rc == YH_OK)
		rc = yh_edition_load(cx->tx, edition, cx->arena, &e, err);
	if (rc == YH_OK)
		rc = operator_only(cx, &e.cloud, err);
	if (rc == YH_OK && strcmp(e.state, "draft") != 0) {
		rc = yh_fail(err, YH_CONFLICT, "edition-fixed");
		yh_err_text(err, "state", e.state);
	}
	if (rc == YH_OK)
		rc = yh_items_read_all(items, cx->arena, &rows, &n, faults ? faults : &none, err);
	if (rc == YH_OK)
		rc = yh_items_delete(cx->tx, edition, err);
	if (rc == YH_OK)
		rc = insert_items(cx, edition, rows, n, err);
	if (rc == YH_OK)
		rc = check_codes(cx, edition, err);
	if (rc == YH_OK)
		rc = yh_edition_update(cx->tx, &e, err);
	return rc == YH_OK ? yh_identity_record(cx, "edition.filled", "edition", &e.id, "draft",
						NULL, err)
			   : rc;
}

static bool same_price(const struct yh_item_row *a, const struct yh_item_row *b)
{
	bool same = strcmp(a->mode, b->mode) == 0 && strcmp(a->per, b->per) == 0 &&
		    strcmp(a->measure, b->measure) == 0 && a->free_milli == b->free_milli &&
		    a->minimum_e6 == b->minimum_e6 && a->package_milli == b->package_milli &&
		    strcmp(a->metric, b->metric) == 0 && strcmp(a->metric_as, b->metric_as) == 0 &&
		    a->metric_per == b->metric_per && a->n_tiers == b->n_tiers;

	for (size_t i = 0; same && i < a->n_tiers; i++)
		same = a->tiers[i].from_milli == b->tiers[i].from_milli &&
		       a->tiers[i].price_e6 == b->tiers[i].price_e6;
	return same;
}

static bool same_rest(const struct yh_item_row *a, const struct yh_item_row *b)
{
	bool same = strcmp(a->class_, b->class_) == 0 && strcmp(a->category, b->category) == 0 &&
		    strcmp(a->name, b->name) == 0 && strcmp(a->content, b->content) == 0 &&
		    strcmp(a->tags, b->tags) == 0 && a->step_milli == b->step_milli &&
		    a->trusted == b->trusted && a->exposed == b->exposed && a->n_dims == b->n_dims;

	for (size_t i = 0; same && i < a->n_dims; i++)
		same = strcmp(a->dims[i].dim, b->dims[i].dim) == 0 &&
		       a->dims[i].qty_milli == b->dims[i].qty_milli;
	return same;
}

/* Both lists come by code; they are walked side by side. */
enum yh_rc yh_edition_diff(struct yh_ctx *cx, const struct yh_id *from, const struct yh_id *to,
			   struct yh_edition_change **out, size_t *n, struct yh_err *err)
{
	struct yh_item_row *was, *is;
	size_t n_was, n_is, i = 0, j = 0;
	enum yh_rc rc = yh_item_list(cx->tx, from, cx->arena, &was, &n_was, err);

	*n = 0;
	if (rc == YH_OK)
		rc = yh_item_list(cx->tx, to, cx->arena, &is, &n_is, err);
	if (rc != YH_OK)
		return rc;
	*out = YH_NEW_N(cx->arena, struct yh_edition_change, n_was + n_is + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (i < n_was || j < n_is) {
		int order = i == n_was ? 1 : j == n_is ? -1 : strcmp(was[i].code, is[j].code);
		struct yh_edition_change c = { .was = order <= 0 ? &was[i] : NULL,
					       .is = order >= 0 ? &is[j] : NULL };
		const char *kind = order < 0                      ? "removed"
				   : order > 0                    ? "added"
				   : !same_price(&was[i], &is[j]) ? "repriced"
				   : !same_rest(&was[i], &is[j])  ? "reworded"
								  : NULL;

		i += order <= 0;
		j += order >= 0;
		if (!kind)
			continue;
		(void)snprintf(c.kind, sizeof c.kind, "%s", kind);
		(*out)[(*n)++] = c;
	}
	return YH_OK;
}
