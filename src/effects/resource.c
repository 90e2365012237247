/* Words that bring resources to life, change, stop and destroy them. */
#include "effects/resource.h"

#include <stdio.h>
#include <string.h>

#include "clouds/driver.h"
#include "effects/backup.h"
#include "effects/order.h"
#include "effects/quota.h"
#include "services/lease/lease.h"
#include "services/project/project.h"
#include "store/case_file.h"
#include "store/cloud_order.h"

static enum yh_rc own_resources(struct yh_case_cx *k, struct yh_resource_row **out, size_t *n,
				struct yh_err *err)
{
	return yh_resource_of_case(k->cx->tx, &k->c->row.id, k->cx->arena, out, n, err);
}

static enum yh_rc save(struct yh_case_cx *k, struct yh_resource_row *r, const char *kind,
		       const char *before, struct yh_err *err)
{
	enum yh_rc rc = yh_resource_update(k->cx->tx, r, err);

	return rc == YH_OK ? yh_effect_record(k, kind, "resource", &r->id, before, r->state, err)
			   : rc;
}

static enum yh_rc apply_one(struct yh_case_cx *k, const struct yh_asked_item *want,
			    const char *kind, struct yh_err *err)
{
	struct yh_resource_row r = {
		.id = yh_ctx_new_id(k->cx),
		.unit = k->c->row.unit,
		.project = k->c->row.project,
		.info_system = want->info_system,
		.cloud = k->c->row.cloud,
		.state = "applied",
		.name = want->name,
		.item = want->item.id,
		.case_id = k->c->row.id,
		.lease_last = want->last,
		.created_at = k->cx->now,
		.version = 1,
	};
	enum yh_rc rc = yh_resource_next_no(k->cx, &r.cloud, r.no, err);

	(void)snprintf(r.kind, sizeof r.kind, "%s", kind);
	if (rc == YH_OK)
		rc = yh_resource_insert(k->cx->tx, &r, err);
	if (rc == YH_OK)
		rc = yh_case_add_resource(k->cx->tx, &k->c->row.id, &r.id, err);
	if (rc == YH_OK)
		rc = yh_effect_record(k, "resource.applied", "resource", &r.id, NULL, r.state, err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_resource_apply)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	if (rc == YH_OK)
		rc = yh_asked_priced(k, &want, err);
	for (size_t i = 0; rc == YH_OK && i < want.n_items; i++)
		rc = apply_one(k, &want.items[i], yh_use_text(use, "kind", ""), err);
	return rc;
}

/* The provider's confirmation for one resource, from the step's form. */
static enum yh_rc confirmation(struct yh_case_cx *k, const struct yh_resource_row *r,
			       const char **ref, struct yh_err *err)
{
	const json_t *list = json_object_get(k->input, "resources");
	char text[YH_ID_TEXT];
	enum yh_rc rc;

	(void)yh_id_text(&r->id, text);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *e = json_array_get(list, i);
		const char *id = yh_json_text(e, "resource");

		if (id && strcmp(id, text) == 0) {
			*ref = yh_json_text(e, "provider_ref");
			if (*ref && (*ref)[0])
				return YH_OK;
		}
	}
	rc = yh_fail_field(err, YH_BAD_INPUT, "fulfilment-incomplete", "/form/resources");
	yh_err_text(err, "resource", r->no);
	return rc;
}

static enum yh_rc driver_done(struct yh_case_cx *k, enum yh_cloud_act act,
			      const struct yh_resource_row *r, const char **ref, struct yh_err *err)
{
	const struct yh_cloud_driver *driver = yh_cloud_driver_manual();
	struct yh_cloud_order order = {
		.act = act, .resource = r->id, .resource_no = r->no, .provider_ref = r->provider_ref
	};
	enum yh_rc rc = YH_OK;

	if (act == YH_CLOUD_OPEN) /* which a machine may have made by now */
		rc = yh_cloud_order_made(k->cx->tx, &k->c->row.id, &r->id, k->cx->arena,
					 &order.provider_ref, err);
	if (rc == YH_OK && k->input && json_object_get(k->input, "resources"))
		rc = confirmation(k, r, &order.confirmed_ref, err);
	if (rc != YH_OK)
		return rc;
	return driver->carried_out(driver, &order, ref, err);
}

static enum yh_rc start(struct yh_case_cx *k, struct yh_resource_row *r,
			const struct yh_asked_item *want, struct yh_err *err)
{
	const struct yh_kind *kind = yh_pack_kind(k->c->pack, r->kind);
	enum yh_rc rc = driver_done(k, YH_CLOUD_OPEN, r, &r->provider_ref, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(r->state, sizeof r->state, "running");
	r->provider = k->c->row.provider;
	r->opened_at = k->cx->now;
	if (kind && kind->permanent)
		r->formal_at = k->cx->now;
	rc = yh_size_set(k->cx->tx, &r->id, k->cx->now, &r->item, want->qty_milli, &k->c->row.id,
			 err);
	return rc == YH_OK ? save(k, r, "resource.opened", "applied", err) : rc;
}

/* Opens what the case applied for: its resources, in the order of the form's items. */
static enum yh_rc open_all(struct yh_case_cx *k, const struct yh_asked *want, struct yh_err *err)
{
	struct yh_resource_row *rs;
	size_t n, at = 0;
	enum yh_rc rc = own_resources(k, &rs, &n, err);

	if (rc == YH_OK && yh_id_is_zero(&k->c->row.provider))
		rc = yh_cloud_body(k->cx->tx, &k->c->row.cloud, "provider", &k->c->row.provider,
				   err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (strcmp(rs[i].state, "applied") != 0)
			continue;
		if (at >= want->n_items)
			return yh_fail(err, YH_INTERNAL, "resource-without-item");
		rc = start(k, &rs[i], &want->items[at++], err);
	}
	if (rc == YH_OK)
		rc = yh_reservation_release(k->cx->tx, &k->c->row.id, k->cx->now, "opened", err);
	return rc;
}

YH_WORD_CHECK_FN(yh_word_resource_open)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	(void)use;
	return rc == YH_OK ? open_all(k, &want, err) : rc;
}

/* The kind that resources become for good; NULL in a pack from before kinds were its data. */
static const char *permanent_kind(const struct yh_pack *pack, const struct yh_word_use *use)
{
	const char *named = yh_use_text(use, "kind", NULL);
	size_t n;
	const struct yh_kind *kinds = yh_pack_kinds(pack, &n);

	for (size_t i = 0; !named && i < n; i++)
		if (kinds[i].permanent)
			named = kinds[i].id;
	return named;
}

YH_WORD_CHECK_FN(yh_word_resource_formalise)
{
	const char *kind = permanent_kind(k->c->pack, use);
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = own_resources(k, &rs, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (strcmp(rs[i].state, "running") != 0)
			continue;
		if (kind && strcmp(kind, rs[i].kind) != 0) {
			memcpy(rs[i].former_kind, rs[i].kind, sizeof rs[i].kind);
			(void)snprintf(rs[i].kind, sizeof rs[i].kind, "%s", kind);
		}
		rs[i].formal_at = k->cx->now;
		rc = yh_lease_finish(k, &rs[i], "formal", err);
		rs[i].lease_last = YH_DAY_NONE;
		if (rc == YH_OK)
			rc = save(k, &rs[i], "resource.formalised", "running", err);
	}
	return rc;
}

static enum yh_rc end_size(struct yh_case_cx *k, const struct yh_resource_row *r,
			   struct yh_err *err)
{
	return yh_size_set(k->cx->tx, &r->id, k->cx->now, &r->item, 0, &k->c->row.id, err);
}

/* Test resources whose verification failed, or that were never opened: they end here. */
YH_WORD_CHECK_FN(yh_word_resource_release)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = own_resources(k, &rs, &n, err);

	(void)use;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		char before[sizeof rs[i].state];

		memcpy(before, rs[i].state, sizeof before);
		if (strcmp(before, "running") != 0 && strcmp(before, "applied") != 0)
			continue;
		rc = end_size(k, &rs[i], err);
		(void)snprintf(rs[i].state, sizeof rs[i].state, "%s",
			       before[0] == 'a' ? "cancelled" : "stopped");
		rs[i].stopped_at = k->cx->now;
		if (rc == YH_OK && before[0] == 'r')
			rc = yh_order_stop(k, &rs[i], err);
		if (rc == YH_OK)
			rc = yh_lease_finish(k, &rs[i], "released", err);
		if (rc == YH_OK)
			rc = save(k, &rs[i], "resource.released", before, err);
	}
	return rc;
}

static enum yh_rc resize_one(struct yh_case_cx *k, struct yh_asked_change *ch, struct yh_err *err)
{
	struct yh_resource_row *r = &ch->resource;
	enum yh_rc rc = driver_done(k, YH_CLOUD_RESIZE, r, &r->provider_ref, err);

	if (rc == YH_OK)
		rc = yh_size_set(k->cx->tx, &r->id, k->cx->now, &ch->item.id, ch->to_milli,
				 &k->c->row.id, err);
	if (rc == YH_OK)
		rc = yh_case_add_resource(k->cx->tx, &k->c->row.id, &r->id, err);
	return rc == YH_OK ? save(k, r, "resource.resized", "running", err) : rc;
}

/* An expansion carried out: what exceeds the quota is allowed by this decision, existing resources
 * grow, further ones open. */
YH_WORD_CHECK_FN(yh_word_resource_resize)
{
	struct yh_asked want;
	enum yh_rc rc = yh_asked_read(k, &want, err);

	(void)use;
	if (rc == YH_OK)
		rc = yh_quota_allow_excess(k, err);
	for (size_t i = 0; rc == YH_OK && i < want.n_changes; i++)
		rc = resize_one(k, &want.changes[i], err);
	/* as it was read: what has grown by now would not be larger than it is */
	if (rc == YH_OK && want.n_items)
		return open_all(k, &want, err);
	return rc == YH_OK
		       ? yh_reservation_release(k->cx->tx, &k->c->row.id, k->cx->now, "opened", err)
		       : rc;
}

/* The event says when nobody had spoken of the data: a stop by force. */
static enum yh_rc record_stop(struct yh_case_cx *k, struct yh_resource_row *r, struct yh_err *err)
{
	bool forced;
	enum yh_rc rc = yh_resource_update(k->cx->tx, r, err);

	if (rc == YH_OK)
		rc = yh_backup_forced(k, &r->id, &forced, err);
	if (rc != YH_OK)
		return rc;
	return yh_effect_record_as(k, "resource.stopped", "resource", &r->id, "running", r->state,
				   forced ? "forced" : NULL, err);
}

YH_WORD_CHECK_FN(yh_word_resource_stop)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = yh_backup_need(k, use, err);

	if (rc == YH_OK)
		rc = own_resources(k, &rs, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (strcmp(rs[i].state, "running") != 0)
			continue;
		rc = end_size(k, &rs[i], err);
		(void)snprintf(rs[i].state, sizeof rs[i].state, "stopped");
		rs[i].stopped_at = k->cx->now;
		if (rc == YH_OK)
			rc = yh_lease_finish(k, &rs[i], "stopped", err);
		if (rc == YH_OK)
			rc = record_stop(k, &rs[i], err);
	}
	return rc == YH_OK ? yh_quota_end_allowances(k, err) : rc;
}

YH_WORD_CHECK_FN(yh_word_resource_destroy)
{
	struct yh_resource_row *rs;
	size_t n;
	enum yh_rc rc = own_resources(k, &rs, &n, err);

	(void)use;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		if (strcmp(rs[i].state, "stopped") != 0)
			continue;
		(void)snprintf(rs[i].state, sizeof rs[i].state, "destroyed");
		rs[i].destroyed_at = k->cx->now;
		rc = save(k, &rs[i], "resource.destroyed", "stopped", err);
	}
	return rc;
}
