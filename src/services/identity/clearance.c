/* Who is cleared for what: of accounts, and how that changes. */
#include "services/identity/clearance.h"

#include <stdio.h>
#include <string.h>

#include "services/identity/record.h"

enum yh_rc yh_clearance_person(struct yh_ctx *cx, const struct yh_person_row *p,
			       struct yh_clearance *out, struct yh_err *err)
{
	struct yh_grant_row *rows;
	size_t n = 0;
	enum yh_rc rc;

	*out = (struct yh_clearance){ .label = "" };
	rc = yh_clearance_pack(cx, &out->pack, err);
	if (rc != YH_OK)
		return rc;
	out->label = p->clearance[0] ? yh_clearance_named(out->pack, p->clearance)
				     : yh_clearance_named(out->pack, "");
	if (!p->clearance[0])
		rc = yh_grants_on(cx->tx, &p->id, yh_ctx_today(cx), cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		if (yh_id_is_zero(&rows[i].giver))
			out->label =
				yh_pack_label_higher(out->pack, out->label,
						     yh_pack_clearance_of(out->pack, rows[i].role));
	return rc;
}

/* ---- changing it ---- */

enum yh_rc yh_clearance_may_set(struct yh_ctx *cx, const struct yh_id *person, const char *label,
				struct yh_person_row *out, struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = yh_clearance_pack(cx, &pack, err);

	if (rc == YH_OK)
		rc = yh_db_lock(cx->tx, person, 1, err);
	if (rc == YH_OK && yh_id_eq(person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	if (rc == YH_OK && label[0])
		rc = yh_label_known(pack, label, "/clearance", err);
	if (rc == YH_OK)
		rc = yh_person_load(cx->tx, person, cx->arena, out, err);
	return rc == YH_OK && strcmp(out->clearance, label) == 0
		       ? yh_fail(err, YH_CONFLICT, "clearance-same")
		       : rc;
}

enum yh_rc yh_clearance_raises(struct yh_ctx *cx, const struct yh_id *person, const char *label,
			       bool *raises, struct yh_err *err)
{
	struct yh_clearance now, then;
	struct yh_person_row p;
	const char *least;
	bool had;
	enum yh_rc rc = yh_clearance_may_set(cx, person, label, &p, err);

	*raises = true;
	if (rc == YH_OK)
		rc = yh_clearance_person(cx, &p, &now, err);
	had = p.clearance[0] != 0;
	(void)snprintf(p.clearance, sizeof p.clearance, "%s", label);
	if (rc == YH_OK)
		rc = yh_clearance_person(cx, &p, &then, err);
	if (rc != YH_OK)
		return rc;
	/* What the roles bring may grow on its own: to go back to that is a raise, too. And it goes
	 * with them: what is named in its place outlasts them. */
	least = had ? now.label : yh_clearance_named(now.pack, "");
	*raises = !label[0] ||
		  yh_pack_label_rank(now.pack, then.label) > yh_pack_label_rank(now.pack, least);
	return YH_OK;
}

enum yh_rc yh_clearance_set(struct yh_ctx *cx, const struct yh_id *person, const char *label,
			    const char *reason, struct yh_err *err)
{
	struct yh_person_row p;
	enum yh_rc rc = yh_clearance_may_set(cx, person, label, &p, err);

	if (rc != YH_OK)
		return rc;
	(void)snprintf(p.clearance, sizeof p.clearance, "%s", label);
	rc = yh_person_update(cx->tx, &p, err);
	return rc == YH_OK ? yh_identity_record(cx, "account.clearance", "person", person, label,
						reason, err)
			   : rc;
}
