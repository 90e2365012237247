/* Whose account weighs. */
#include "services/identity/weight.h"

#include <string.h>

#include "base/buf.h"
#include "services/identity/record.h"
#include "store/issuer.h"

enum { HELD_BYTES = 8192 };

bool yh_weight_of_role(const struct yh_pack *pack, const char *role)
{
	const struct yh_role *r = yh_pack_role(pack, role);

	return (r && r->admin) || yh_pack_may(pack, role, "policy.confirm") ||
	       yh_pack_may(pack, role, "grant.manage");
}

bool yh_weight_governs(const struct yh_pack *pack)
{
	static const char *const needed[] = { "policy.enact", "policy.confirm", "grant.manage" };
	const struct yh_role *roles;
	size_t n;
	bool all = true;

	roles = yh_pack_roles(pack, &n);
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
		bool any = false;

		for (size_t k = 0; k < n; k++)
			any = any || yh_pack_may(pack, roles[k].id, needed[i]);
		all = all && any;
	}
	return all;
}

enum yh_rc yh_weight_of_pack(struct yh_tx *tx, const struct yh_pack *now,
			     const struct yh_pack *next, yh_day today, struct yh_err *err)
{
	const struct yh_role *roles;
	struct yh_buf held;
	size_t n;
	enum yh_rc rc = YH_OK;

	yh_buf_init(&held, HELD_BYTES);
	roles = yh_pack_roles(next, &n);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		bool any = false;

		if (!yh_weight_of_role(next, roles[i].id) || yh_weight_of_role(now, roles[i].id))
			continue;
		rc = yh_role_held(tx, roles[i].id, today, &any, err);
		if (!any)
			continue;
		yh_buf_str(&held, held.len ? ", " : "");
		yh_buf_str(&held, roles[i].id);
	}
	if (rc == YH_OK && held.len) {
		rc = yh_fail(err, YH_CONFLICT, "pack-weighs");
		yh_err_text(err, "roles", yh_buf_ok(&held) ? yh_buf_text(&held) : "…");
	}
	yh_buf_done(&held);
	return rc;
}

/* What is held or lent today or on any later day. */
static enum yh_rc holds(struct yh_ctx *cx, const struct yh_pack *pack, const struct yh_id *person,
			bool *weighs, struct yh_err *err)
{
	struct yh_held_row *rows;
	size_t n = 0;
	enum yh_rc rc = yh_held_within(cx->tx, person, yh_ctx_today(cx), YH_DAY_NONE, cx->arena,
				       &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*weighs = *weighs || yh_weight_of_role(pack, rows[i].role);
	return rc;
}

enum yh_rc yh_weight_of_person(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
			       struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_act_row *acts;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*weighs = false;
	if (rc == YH_OK)
		rc = holds(cx, pack, person, weighs, err);
	if (rc == YH_OK && !*weighs)
		rc = yh_acts_giving(cx->tx, person, cx->arena, &acts, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n && !*weighs; i++) {
		if (strcmp(acts[i].kind, "grant") == 0)
			*weighs = yh_weight_of_role(pack, acts[i].role);
		else
			rc = holds(cx, pack, &acts[i].person, weighs, err);
	}
	return rc;
}

enum yh_rc yh_weight_of_own(struct yh_ctx *cx, const struct yh_id *person, bool *weighs,
			    struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_grant_row *rows;
	size_t n = 0;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	*weighs = false;
	if (rc == YH_OK)
		rc = yh_grants_open(cx->tx, person, yh_ctx_today(cx), cx->arena, &rows, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		*weighs = *weighs || yh_weight_of_role(pack, rows[i].role);
	return rc;
}

/* `own`: those that the account's holder made, too. By nobody: what came of signing in at the
 * issuer for the first time, which stays. */
static enum yh_rc unbind(struct yh_ctx *cx, const struct yh_id *person, bool own, bool *any,
			 struct yh_err *err)
{
	struct yh_issuer_subject *list;
	size_t n = 0;
	enum yh_rc rc = yh_issuer_subject_list(cx->tx, person, cx->arena, &list, &n, err);

	*any = false;
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		const struct yh_id *by = &list[i].created_by;

		if (yh_id_is_zero(by) || (!own && yh_id_eq(by, person)))
			continue;
		*any = true;
		rc = yh_issuer_subject_delete(cx->tx, &list[i].id, err);
		if (rc == YH_OK)
			rc = yh_identity_record(cx, "issuer.unbound", "person", person,
						list[i].issuer, list[i].subject, err);
	}
	return rc;
}

enum yh_rc yh_weight_unbind(struct yh_ctx *cx, const struct yh_id *person, struct yh_err *err)
{
	static const struct yh_id none;
	bool any;
	enum yh_rc rc = unbind(cx, person, false, &any, err);

	return rc == YH_OK && any ? yh_tokens_end(cx->tx, person, &none, cx->now, err) : rc;
}

enum yh_rc yh_weight_begin(struct yh_ctx *cx, const struct yh_id *person,
			   const struct yh_password_new *made, struct yh_err *err)
{
	struct yh_person_row p;
	bool any, only = false;
	enum yh_rc rc = unbind(cx, person, true, &any, err);

	if (rc == YH_OK)
		rc = yh_account_reset(cx, person, made, err);
	if (rc == YH_OK)
		rc = yh_issuer_only(cx->tx, person, &only, err);
	if (rc != YH_OK || !only)
		return rc;
	rc = yh_person_load(cx->tx, person, cx->arena, &p, err);
	p.must_change = false; /* a password that opens nothing need not be replaced */
	return rc == YH_OK ? yh_person_update(cx->tx, &p, err) : rc;
}
