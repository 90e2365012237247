/* Organisations, clouds and their bodies. */
#include "services/identity/org.h"

#include <stdio.h>
#include <string.h>

#include "services/identity/record.h"

static const char *or_empty(const char *s)
{
	return s ? s : "";
}

static enum yh_rc check_chain(const char *chain, struct yh_err *err)
{
	static const char *const chains[] = { "sign", "handle,sign", "review,sign",
					      "handle,review,sign" };

	for (size_t i = 0; i < sizeof chains / sizeof chains[0]; i++)
		if (strcmp(chain, chains[i]) == 0)
			return YH_OK;
	return yh_fail_field(err, YH_BAD_INPUT, "chain-invalid", "/chain");
}

/* A clash of codes is told as what it is. */
static enum yh_rc as_exists(enum yh_rc rc, const char *slug, const char *code, struct yh_err *err)
{
	if (rc != YH_CONFLICT || !err || strcmp(err->slug, "db-unique") != 0)
		return rc;
	yh_err_clear(err);
	rc = yh_fail_field(err, YH_CONFLICT, slug, "/code");
	yh_err_text(err, "code", code);
	return rc;
}

enum yh_rc yh_org_create(struct yh_ctx *cx, const struct yh_org_in *in, struct yh_org_row *out,
			 struct yh_err *err)
{
	const char *chain = in->chain ? in->chain : "sign";
	enum yh_rc rc = check_chain(chain, err);

	*out = (struct yh_org_row){ .id = yh_ctx_new_id(cx),
				    .name = in->name,
				    .sponsor = in->sponsor,
				    .countersign = in->countersign,
				    .outside = in->outside,
				    .in_budget = !in->outside_budget,
				    .status = "active",
				    .created_at = cx->now,
				    .version = 1 };
	(void)snprintf(out->code, sizeof out->code, "%s", in->code);
	(void)snprintf(out->kind, sizeof out->kind, "%s", in->kind);
	(void)snprintf(out->district, sizeof out->district, "%s", or_empty(in->district));
	(void)snprintf(out->sector, sizeof out->sector, "%s", or_empty(in->sector));
	(void)snprintf(out->chain, sizeof out->chain, "%s", chain);
	if (rc == YH_OK)
		rc = as_exists(yh_org_insert(cx->tx, out, err), "org-exists", in->code, err);
	return rc == YH_OK ? yh_identity_record(cx, "org.created", "org", &out->id, "active",
						in->name, err)
			   : rc;
}

enum yh_rc yh_org_set_chain(struct yh_ctx *cx, const struct yh_id *org, const char *chain,
			    const struct yh_id *countersign, struct yh_org_row *out,
			    struct yh_err *err)
{
	enum yh_rc rc = check_chain(chain, err);

	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, org, cx->arena, out, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->chain, sizeof out->chain, "%s", chain);
	out->countersign = *countersign;
	rc = yh_org_update(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "org.chain", "org", org, chain, NULL, err) : rc;
}

enum yh_rc yh_org_set_sector(struct yh_ctx *cx, const struct yh_id *org, const char *sector,
			     struct yh_org_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_org_load(cx->tx, org, cx->arena, out, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->sector, sizeof out->sector, "%s", sector);
	rc = yh_org_update(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "org.sector", "org", org, sector, NULL, err)
			   : rc;
}

enum yh_rc yh_org_set_prefix(struct yh_ctx *cx, const struct yh_id *org, const char *prefix,
			     struct yh_org_row *out, struct yh_err *err)
{
	enum yh_rc rc = yh_org_load(cx->tx, org, cx->arena, out, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(out->paper_prefix, sizeof out->paper_prefix, "%s", prefix);
	rc = yh_org_update(cx->tx, out, err);
	return rc == YH_OK ? yh_identity_record(cx, "org.prefix", "org", org, prefix, NULL, err)
			   : rc;
}

enum yh_rc yh_cloud_create(struct yh_ctx *cx, const struct yh_cloud_in *in,
			   struct yh_cloud_row *out, struct yh_err *err)
{
	struct yh_cloud_row other;
	struct yh_err none = { 0 };
	enum yh_rc rc = YH_OK;

	*out = (struct yh_cloud_row){ .id = yh_ctx_new_id(cx),
				      .name = in->name,
				      .parent = in->parent,
				      .created_at = cx->now };
	(void)snprintf(out->code, sizeof out->code, "%s", in->code);
	(void)snprintf(out->level, sizeof out->level, "%s", in->level);
	(void)snprintf(out->district, sizeof out->district, "%s", or_empty(in->district));
	if ((strcmp(in->level, "district") == 0) != (out->district[0] != 0))
		return yh_fail_field(err, YH_BAD_INPUT, "cloud-district", "/district");
	if (strcmp(in->level, "domain") != 0) {
		rc = yh_cloud_of_district(cx->tx, out->district, cx->arena, &other, &none);
		if (rc == YH_OK)
			return yh_fail_field(err, YH_CONFLICT, "cloud-exists", "/district");
		if (rc != YH_NOT_FOUND) {
			*err = none;
			return rc;
		}
	}
	rc = as_exists(yh_cloud_insert(cx->tx, out, err), "cloud-exists", in->code, err);
	return rc == YH_OK ? yh_identity_record(cx, "cloud.created", "cloud", &out->id, in->level,
						in->name, err)
			   : rc;
}

enum yh_rc yh_cloud_name_body(struct yh_ctx *cx, const struct yh_id *cloud, const char *role,
			      const struct yh_id *org, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_cloud_row c;
	struct yh_org_row o;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK && !yh_pack_role(pack, role))
		rc = yh_fail_field(err, YH_BAD_INPUT, "role-unknown", "role");
	if (rc == YH_OK)
		rc = yh_cloud_load(cx->tx, cloud, cx->arena, &c, err);
	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, org, cx->arena, &o, err);
	if (rc == YH_OK)
		rc = yh_cloud_set_body(cx->tx, cloud, role, org, err);
	return rc == YH_OK ? yh_identity_record(cx, "cloud.body", "cloud", cloud, role, o.code, err)
			   : rc;
}
