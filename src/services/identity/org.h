/* Organisations, clouds and their bodies, as administrators keep them. */
#ifndef YH_SERVICES_IDENTITY_ORG_H
#define YH_SERVICES_IDENTITY_ORG_H

#include "cases/context.h"
#include "store/party.h"

struct yh_org_in {
	const char *code, *name, *kind;
	const char *district, *sector, *chain; /* NULL: none, and chain "sign" */
	struct yh_id sponsor, countersign;     /* zero: none */
	bool outside, outside_budget;
};
/* CONFLICT "org-exists"; BAD_INPUT "chain-invalid". */
YH_CHECK enum yh_rc yh_org_create(struct yh_ctx *cx, const struct yh_org_in *in,
				  struct yh_org_row *out, struct yh_err *err);
/* Changes how a body decides inside (X6). */
YH_CHECK enum yh_rc yh_org_set_chain(struct yh_ctx *cx, const struct yh_id *org, const char *chain,
				     const struct yh_id *countersign, struct yh_org_row *out,
				     struct yh_err *err);

/* Names the line of work (Art. 17), "" to take it away. */
YH_CHECK enum yh_rc yh_org_set_sector(struct yh_ctx *cx, const struct yh_id *org,
				      const char *sector, struct yh_org_row *out,
				      struct yh_err *err);

/* How the numbers of its papers begin (X7), "" for as the pack says. */
YH_CHECK enum yh_rc yh_org_set_prefix(struct yh_ctx *cx, const struct yh_id *org,
				      const char *prefix, struct yh_org_row *out,
				      struct yh_err *err);

struct yh_cloud_in {
	const char *code, *name, *level, *district; /* level: municipal, domain, district */
	struct yh_id parent;
};
/* CONFLICT "cloud-exists": the code is taken, or the district (or the city) has its cloud. */
YH_CHECK enum yh_rc yh_cloud_create(struct yh_ctx *cx, const struct yh_cloud_in *in,
				    struct yh_cloud_row *out, struct yh_err *err);
/* Names the organisation that acts in a role for a cloud; BAD_INPUT "role-unknown". */
YH_CHECK enum yh_rc yh_cloud_name_body(struct yh_ctx *cx, const struct yh_id *cloud,
				       const char *role, const struct yh_id *org,
				       struct yh_err *err);

#endif
