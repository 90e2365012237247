/* Writing an opening balance, all of it or nothing, by the case that asked for it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "services/lease/lease.h"
#include "services/opening/opening_internal.h"
#include "services/project/project.h"
#include "store/case_file.h"
#include "store/event.h"
#include "store/opening.h"
#include "store/project.h"
#include "store/quota.h"
#include "store/resource.h"

static const char AS[] = "opening";

static enum yh_rc record(struct yh_case_cx *k, const char *kind, const char *object_kind,
			 const struct yh_id *object, const char *after, const char *payload,
			 struct yh_err *err)
{
	const struct yh_actor *a = k->cx->actor;
	struct yh_event e = {
		.id = yh_ctx_new_id(k->cx),
		.at = k->cx->now,
		.kind = kind,
		.object_kind = object_kind,
		.object_id = *object,
		.person = a->person,
		.role = yh_id_is_zero(&a->person) ? YH_SYSTEM_ROLE : NULL,
		.article = k->step ? k->step->article : k->c->procedure->article,
		.outcome = AS,
		.after = after,
		.source = a->source,
		.payload = payload,
	};

	/* the case's story is for people: thousands of machines are told in the audit record */
	if (strcmp(object_kind, "resource") != 0)
		e.case_id = k->c->row.id;
	return yh_event_insert(k->cx->tx, &e, err);
}

/* ---- what is held meanwhile ---- */

static int by_id(const void *a, const void *b)
{
	return yh_id_cmp(a, b);
}

/* Every table's first column is the unit's code. */
static enum yh_rc hold_unit(struct judging *j, const char *code, struct yh_id *ids, size_t *n,
			    struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_org_row org;
	bool fresh;
	enum yh_rc rc;

	if (!yh_opening_known(j, &fresh, "held", code, "", ""))
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	if (!fresh)
		return YH_OK;
	rc = yh_org_by_code(j->cx->tx, code, j->cx->arena, &org, &none);
	if (rc == YH_OK && *n == YH_OPENING_HELD) {
		rc = yh_fail_field(err, YH_TOO_LARGE, "opening-units-many", "/form/document");
		yh_err_int(err, "most", YH_OPENING_HELD);
		return rc;
	}
	if (rc == YH_OK)
		ids[(*n)++] = org.id;
	else if (rc != YH_NOT_FOUND)
		*err = none;
	return rc == YH_NOT_FOUND ? YH_OK : rc;
}

enum yh_rc yh_opening_hold(struct judging *j, struct yh_err *err)
{
	struct yh_id *ids = YH_NEW_N(j->cx->arena, struct yh_id, YH_OPENING_HELD);
	enum { AT_ONCE = 64 };
	size_t n = 0;
	enum yh_rc rc = ids ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t s = 0; s < YH_OPENING_SHEETS; s++)
		for (size_t i = 0; rc == YH_OK && i < j->o->sheets[s].n; i++)
			rc = hold_unit(j, j->o->sheets[s].rows[i].text[0], ids, &n, err);
	if (rc == YH_OK && n)
		qsort(ids, n, sizeof *ids, by_id);
	for (size_t i = 0; rc == YH_OK && i < n; i += AT_ONCE)
		rc = yh_db_lock(j->cx->tx, ids + i, n - i < AT_ONCE ? n - i : AT_ONCE, err);
	return rc;
}

/* ---- what enters ---- */

static enum yh_rc enter_unit(struct yh_case_cx *k, struct yh_opening *o, struct yh_opening_row *r,
			     struct yh_err *err)
{
	struct yh_org_row org = {
		.id = r->id,
		.name = r->text[YH_OU_NAME],
		.kind = "unit",
		.sponsor = r->provider,
		.outside = r->text[YH_OU_SPONSOR][0] != 0,
		.in_budget = r->num[YH_OU_IN_BUDGET] != 0,
		.chain = "sign",
		.status = "active",
		.created_at = k->cx->now,
		.version = 1,
	};
	enum yh_rc rc;

	(void)o;
	(void)snprintf(org.code, sizeof org.code, "%s", r->text[YH_OU_CODE]);
	(void)snprintf(org.district, sizeof org.district, "%s", r->text[YH_OU_DISTRICT]);
	(void)snprintf(org.sector, sizeof org.sector, "%s", r->text[YH_OU_SECTOR]);
	rc = yh_org_insert(k->cx->tx, &org, err);
	return rc == YH_OK ? record(k, "org.created", "org", &r->id, org.status, NULL, err) : rc;
}

static enum yh_rc enter_project(struct yh_case_cx *k, struct yh_opening *o,
				struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_project_row p = {
		.id = r->id,
		.unit = r->unit,
		.cloud = o->cloud,
		.name = r->text[YH_OP_NAME],
		.state = "initiated",
		.created_at = k->cx->now,
		.version = 1,
	};
	enum yh_rc rc;

	(void)snprintf(p.code, sizeof p.code, "%s.%s", r->text[YH_OP_UNIT], r->text[YH_OP_CODE]);
	rc = yh_project_insert(k->cx->tx, &p, err);
	return rc == YH_OK ? record(k, "project.entered", "project", &r->id, p.state, NULL, err)
			   : rc;
}

static enum yh_rc enter_system(struct yh_case_cx *k, struct yh_opening *o, struct yh_opening_row *r,
			       struct yh_err *err)
{
	struct yh_system_row s = {
		.id = r->id,
		.project = r->project,
		.name = r->text[YH_OS_NAME],
		.mlps_level = r->num[YH_OS_LEVEL],
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};

	(void)o;
	(void)snprintf(s.code, sizeof s.code, "%s", r->text[YH_OS_CODE]);
	return yh_system_put(k->cx->tx, &s, err);
}

static enum yh_rc enter_quota(struct yh_case_cx *k, struct yh_opening *o, struct yh_opening_row *r,
			      struct yh_err *err)
{
	struct yh_quota_row q = {
		.id = yh_ctx_new_id(k->cx),
		.unit = r->unit,
		.project = r->project,
		.kind = "base",
		.qty_milli = r->num[YH_OQ_QTY],
		.first_day = o->day,
		.last_day = YH_DAY_NONE,
		.case_id = k->c->row.id,
		.created_at = k->cx->now,
	};

	(void)snprintf(q.dim, sizeof q.dim, "%s", r->text[YH_OQ_DIM]);
	return yh_quota_insert(k->cx->tx, &q, err);
}

/* Its use counts from the balance's day: what was before is not this platform's to tell. */
static enum yh_rc enter_resource(struct yh_case_cx *k, struct yh_opening *o,
				 struct yh_opening_row *r, struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	struct yh_resource_row row = {
		.id = yh_ctx_new_id(cx),
		.unit = r->unit,
		.project = r->project,
		.info_system = r->system,
		.cloud = o->cloud,
		.state = "running",
		.name = r->text[YH_OR_NAME][0] ? r->text[YH_OR_NAME] : r->item->name,
		.item = r->item->id,
		.provider = r->provider,
		.provider_ref = r->text[YH_OR_REF],
		.case_id = k->c->row.id,
		.lease_last = (yh_day)r->num[YH_OR_LAST],
		.created_at = cx->now,
		.opened_at = yh_day_start((yh_day)r->num[YH_OR_OPENED]),
		.version = 1,
	};
	const char *payload = yh_arena_printf(cx->arena, "{\"case\":\"%s\"}", k->c->row.no);
	enum yh_rc rc = payload ? yh_resource_next_no(cx, &o->cloud, row.no, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	(void)snprintf(row.kind, sizeof row.kind, "%s", r->kind->id);
	if (r->kind->permanent)
		row.formal_at = row.opened_at;
	if (rc == YH_OK)
		rc = yh_resource_insert(cx->tx, &row, err);
	if (rc == YH_OK)
		rc = yh_size_set(cx->tx, &row.id, yh_day_start(o->day), &row.item,
				 r->num[YH_OR_QTY], &k->c->row.id, err);
	if (rc == YH_OK)
		rc = record(k, "resource.opened", "resource", &row.id, row.state, payload, err);
	return rc == YH_OK && row.lease_last != YH_DAY_NONE
		       ? yh_lease_give(k, &row, row.lease_last, err)
		       : rc;
}

static enum yh_rc keep(struct yh_case_cx *k, const struct yh_opening *o, struct yh_err *err)
{
	struct yh_opening_kept row = {
		.case_id = k->c->row.id,
		.cloud = o->cloud,
		.digest = o->digest,
		.day = o->day,
		.units = (int64_t)o->sheets[YH_OPENING_UNITS].n,
		.projects = (int64_t)o->sheets[YH_OPENING_PROJECTS].n,
		.systems = (int64_t)o->sheets[YH_OPENING_SYSTEMS].n,
		.quotas = (int64_t)o->sheets[YH_OPENING_QUOTAS].n,
		.resources = (int64_t)o->sheets[YH_OPENING_RESOURCES].n,
		.entered_at = k->cx->now,
	};
	char hex[YH_SM3_HEX], day[YH_DAY_TEXT];
	const char *payload = yh_arena_printf(
		k->cx->arena,
		"{\"day\":\"%s\",\"digest\":\"%s\",\"projects\":%lld,\"quotas\":%lld,"
		"\"resources\":%lld,\"systems\":%lld,\"units\":%lld}",
		yh_day_text(o->day, day), yh_hex(o->digest.b, sizeof o->digest.b, hex),
		(long long)row.projects, (long long)row.quotas, (long long)row.resources,
		(long long)row.systems, (long long)row.units);
	enum yh_rc rc = payload ? yh_opening_insert(k->cx->tx, &row, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	return rc == YH_OK ? record(k, "opening.entered", "case", &k->c->row.id, "effected",
				    payload, err)
			   : rc;
}

enum yh_rc yh_opening_enter(struct yh_case_cx *k, struct yh_opening *o, struct yh_err *err)
{
	static enum yh_rc (*const by[YH_OPENING_SHEETS])(
		struct yh_case_cx *, struct yh_opening *, struct yh_opening_row *,
		struct yh_err *) = { enter_unit, enter_project, enter_system, enter_quota,
				     enter_resource };
	enum yh_rc rc = YH_OK;

	for (size_t s = 0; rc == YH_OK && s < YH_OPENING_SHEETS; s++)
		for (size_t i = 0; rc == YH_OK && i < o->sheets[s].n; i++)
			rc = by[s](k, o, &o->sheets[s].rows[i], err);
	return rc == YH_OK ? keep(k, o, err) : rc;
}
