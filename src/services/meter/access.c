/* What an actor may do about clouds, providers and units. */
#include "services/meter/access.h"

#include <string.h>

#include "store/party.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

/* Is the provider a body of a cloud that the grant's organisation is a body of, too? */
static enum yh_rc shares_cloud(struct yh_ctx *cx, const struct yh_grant *g,
			       const struct yh_id *provider, bool *shares, struct yh_err *err)
{
	struct yh_cloud_row *clouds;
	size_t n;
	enum yh_rc rc = yh_cloud_list(cx->tx, cx->arena, &clouds, &n, err);

	*shares = false;
	for (size_t i = 0; rc == YH_OK && !*shares && i < n; i++) {
		rc = yh_cloud_has_body(cx->tx, &clouds[i].id, "provider", provider, shares, err);
		if (rc == YH_OK && *shares)
			rc = yh_cloud_has_body(cx->tx, &clouds[i].id, g->role, &g->org, shares,
					       err);
	}
	return rc;
}

static enum yh_rc grant_gives(struct yh_ctx *cx, const struct yh_grant *g, const char *relation,
			      const char *kind, const struct yh_id *about, bool *may,
			      struct yh_err *err)
{
	*may = is(relation, "any") ||
	       (is(relation, "own") && is(g->role, kind) && yh_id_eq(&g->org, about));
	if (*may || !is(relation, "cloud"))
		return YH_OK;
	if (is(kind, "cloud"))
		return yh_cloud_has_body(cx->tx, about, g->role, &g->org, may, err);
	return is(kind, "provider") ? shares_cloud(cx, g, about, may, err) : YH_OK;
}

enum yh_rc yh_meter_may(struct yh_ctx *cx, const char *action, const char *kind,
			const struct yh_id *about, bool *may, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*may = false;
	for (size_t i = 0; rc == YH_OK && !*may && i < cx->actor->n_grants; i++) {
		const struct yh_grant *g = &cx->actor->grants[i];
		const char *relation = yh_pack_may(pack, g->role, action);

		if (relation)
			rc = grant_gives(cx, g, relation, kind, about, may, err);
	}
	return rc;
}
