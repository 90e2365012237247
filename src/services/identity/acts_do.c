/* What each kind of act needs and does. */
#include "services/identity/acts_do.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "services/audit/security.h"
#include "services/identity/clearance.h"
#include "services/identity/closing.h"
#include "services/identity/factor.h"
#include "services/identity/handover.h"
#include "services/identity/weight.h"
#include "store/event.h"
#include "store/policy.h"

enum { HELD_BYTES = 8192 };

static struct yh_grant_in grant_in(const struct yh_act_row *a)
{
	return (struct yh_grant_in){ .person = a->person,
				     .org = a->org,
				     .role = a->role,
				     .capacity = a->capacity,
				     .first_day = a->first_day,
				     .last_day = a->last_day,
				     .scope = a->scope };
}

static enum yh_rc check_grant(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_grant_in in = grant_in(a);
	struct yh_org_row org;

	return yh_account_may_grant(cx, &in, &org, err);
}

/* A further administrator is news to the others. */
static enum yh_rc tell_of_admin(struct yh_ctx *cx, const struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_security_row made = { .kind = "admin-granted",
					      .subject = a->person_login,
					      .person = a->person,
					      .source = cx->actor->source,
					      .detail = a->role };
	const struct yh_role *role;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	role = rc == YH_OK ? yh_pack_role(pack, a->role) : NULL;
	return rc == YH_OK && role && role->admin ? yh_security_raise(cx, &made, err) : rc;
}

static enum yh_rc do_grant(struct yh_ctx *cx, struct yh_act_row *a,
			   const struct yh_password_new *made, struct yh_err *err)
{
	const struct yh_grant_in in = grant_in(a);
	struct yh_grant_row row;
	enum yh_rc rc = yh_account_grant(cx, &in, &row, err);

	if (rc == YH_OK && made)
		rc = yh_weight_begin(cx, &a->person, made, err);
	if (rc != YH_OK)
		return rc;
	a->grant = row.id;
	return tell_of_admin(cx, a, err);
}

static enum yh_rc grant_keys(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
			     struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	bool weighs;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		rc = yh_weight_of_own(cx, &a->person, &weighs, err);
	if (rc == YH_OK)
		*keys = !weighs && yh_weight_of_role(pack, a->role);
	return rc;
}

static enum yh_rc check_ungrant(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	struct yh_grant_row g;
	enum yh_rc rc = yh_grant_load(cx->tx, &a->grant, cx->arena, &g, err);

	if (rc == YH_OK && g.ended_at)
		rc = yh_fail(err, YH_NOT_FOUND, "grant-unknown");
	if (rc == YH_OK && yh_id_eq(&g.person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	if (rc != YH_OK)
		return rc;
	a->person = g.person;
	a->org = g.org;
	a->scope = g.scope;
	a->first_day = g.first_day;
	a->last_day = g.last_day;
	memcpy(a->role, g.role, sizeof a->role);
	memcpy(a->capacity, g.capacity, sizeof a->capacity);
	return YH_OK;
}

static enum yh_rc do_ungrant(struct yh_ctx *cx, struct yh_act_row *a,
			     const struct yh_password_new *made, struct yh_err *err)
{
	(void)made;
	return yh_account_ungrant(cx, &a->grant, err);
}

static enum yh_rc check_handover(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_id *me = &cx->actor->person;
	struct yh_handover h;
	struct yh_org_row org;
	enum yh_rc rc;

	if (yh_id_eq(me, &a->person) || yh_id_eq(me, &a->taker))
		return yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	rc = yh_account_hand_over(cx, &a->person, &a->taker, a->reason, true, &h, err);
	for (size_t i = 0; rc == YH_OK && i < h.n; i++) {
		const struct yh_grant_row *g = &h.list[i].grant;
		const struct yh_grant_in in = { .person = a->taker,
						.org = g->org,
						.role = g->role,
						.capacity = g->capacity,
						.first_day = g->first_day,
						.last_day = g->last_day,
						.scope = g->scope };

		if (!h.list[i].had)
			rc = yh_account_may_grant(cx, &in, &org, err);
	}
	return rc;
}

static enum yh_rc do_handover(struct yh_ctx *cx, struct yh_act_row *a,
			      const struct yh_password_new *made, struct yh_err *err)
{
	struct yh_handover h;
	enum yh_rc rc = yh_account_hand_over(cx, &a->person, &a->taker, a->reason, false, &h, err);

	return rc == YH_OK && made ? yh_weight_begin(cx, &a->taker, made, err) : rc;
}

static enum yh_rc handover_keys(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
				struct yh_err *err)
{
	bool gives, has;
	enum yh_rc rc = yh_weight_of_own(cx, &a->person, &gives, err);

	if (rc == YH_OK)
		rc = yh_weight_of_own(cx, &a->taker, &has, err);
	if (rc == YH_OK)
		*keys = gives && !has;
	return rc;
}

static enum yh_rc check_reset(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	if (yh_id_eq(&a->person, &cx->actor->person))
		return yh_fail(err, YH_FORBIDDEN, "grant-to-self");
	return YH_OK;
}

static enum yh_rc do_reset(struct yh_ctx *cx, struct yh_act_row *a,
			   const struct yh_password_new *made, struct yh_err *err)
{
	return yh_account_reset(cx, &a->person, made, err);
}

static enum yh_rc reset_keys(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
			     struct yh_err *err)
{
	struct yh_person_row p;
	enum yh_rc rc = yh_person_load(cx->tx, &a->person, cx->arena, &p, err);

	*keys = rc == YH_OK && strcmp(p.kind, "service") != 0;
	return rc;
}

static enum yh_rc check_reopen(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	struct yh_person_row p;
	enum yh_rc rc = YH_OK;

	if (yh_id_eq(&a->person, &cx->actor->person))
		rc = yh_fail(err, YH_FORBIDDEN, "account-own");
	if (rc == YH_OK)
		rc = yh_person_load(cx->tx, &a->person, cx->arena, &p, err);
	return rc == YH_OK && strcmp(p.status, "active") == 0
		       ? yh_fail(err, YH_CONFLICT, "account-state")
		       : rc;
}

static enum yh_rc do_reopen(struct yh_ctx *cx, struct yh_act_row *a,
			    const struct yh_password_new *made, struct yh_err *err)
{
	struct yh_person_row p;

	return yh_account_reopen(cx, &a->person, made, a->reason, &p, err);
}

static enum yh_rc check_factor(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	if (yh_id_eq(&a->person, &cx->actor->person))
		return yh_fail(err, YH_FORBIDDEN, "factor-own");
	return YH_OK;
}

static enum yh_rc do_factor(struct yh_ctx *cx, struct yh_act_row *a,
			    const struct yh_password_new *made, struct yh_err *err)
{
	(void)made;
	return yh_factor_reset(cx, &a->person, a->reason, err);
}

static enum yh_rc check_clearance(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	struct yh_person_row p;

	return yh_clearance_may_set(cx, &a->person, a->label, &p, err);
}

static enum yh_rc do_clearance(struct yh_ctx *cx, struct yh_act_row *a,
			       const struct yh_password_new *made, struct yh_err *err)
{
	(void)made;
	return yh_clearance_set(cx, &a->person, a->label, a->reason, err);
}

static enum yh_rc in_force(struct yh_ctx *cx, struct yh_sm3 *out, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &pack, err);

	if (rc == YH_OK)
		*out = yh_pack_digest(pack);
	return rc;
}

static enum yh_rc check_weights(struct yh_ctx *cx, const struct yh_pack *next, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *now;
	enum yh_rc rc = law->pack_on(law->self, yh_ctx_today(cx), &now, err);

	return rc == YH_OK ? yh_weight_of_pack(cx->tx, now, next, yh_ctx_today(cx), err) : rc;
}

static enum yh_rc check_policy(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	const struct yh_pack *pack;
	struct yh_sm3 now;
	enum yh_rc rc = in_force(cx, &now, err);

	if (rc == YH_OK)
		rc = law->pack_by(law->self, &a->digest, &pack, err);
	if (rc == YH_OK && memcmp(&now, &a->digest, sizeof now) == 0)
		rc = yh_fail(err, YH_CONFLICT, "pack-in-force");
	if (rc == YH_OK && !yh_weight_governs(pack))
		rc = yh_fail(err, YH_CONFLICT, "pack-ungovernable");
	return rc == YH_OK ? check_weights(cx, pack, err) : rc;
}

static enum yh_rc do_policy(struct yh_ctx *cx, struct yh_act_row *a,
			    const struct yh_password_new *made, struct yh_err *err)
{
	struct yh_id job = yh_ctx_new_id(cx);
	enum yh_rc rc = check_policy(cx, a, err); /* roles were granted meanwhile */

	(void)made;
	if (rc == YH_OK)
		rc = yh_pack_enact(cx->tx, &a->digest, cx->now, err);
	return rc == YH_OK ? yh_job_insert(cx->tx, &job, "calendar.reload", NULL, cx->now, err)
			   : rc;
}

static const struct kind {
	const char *name;
	enum yh_rc (*check)(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err);
	enum yh_rc (*carry_out)(struct yh_ctx *cx, struct yh_act_row *a,
				const struct yh_password_new *made, struct yh_err *err);
	/* NULL: it gives no password */
	enum yh_rc (*keys)(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
			   struct yh_err *err);
} kinds[] = {
	{ "grant", check_grant, do_grant, grant_keys },
	{ "ungrant", check_ungrant, do_ungrant, NULL },
	{ "handover", check_handover, do_handover, handover_keys },
	{ "reset", check_reset, do_reset, reset_keys },
	{ "reopen", check_reopen, do_reopen, reset_keys },
	{ "factor", check_factor, do_factor, NULL },
	{ "policy", check_policy, do_policy, NULL },
	{ "clearance", check_clearance, do_clearance, NULL },
};

static const struct kind *kind_of(const struct yh_act_row *a)
{
	size_t i = 0;

	while (strcmp(kinds[i].name, a->kind) != 0)
		i++;
	return &kinds[i];
}

enum yh_rc yh_act_check(struct yh_ctx *cx, struct yh_act_row *a, struct yh_err *err)
{
	return kind_of(a)->check(cx, a, err);
}

enum yh_rc yh_act_keys(struct yh_ctx *cx, const struct yh_act_row *a, bool *keys,
		       struct yh_err *err)
{
	const struct kind *k = kind_of(a);

	*keys = false;
	return k->keys ? k->keys(cx, a, keys, err) : YH_OK;
}

static enum yh_rc cleared_for(struct yh_ctx *cx, const struct yh_act_row *a, const char **out,
			      struct yh_err *err)
{
	struct yh_clearance c;
	struct yh_person_row p;
	enum yh_rc rc = yh_person_load(cx->tx, &a->person, cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_clearance_person(cx, &p, &c, err);
	if (rc == YH_OK)
		*out = c.label;
	return rc;
}

enum yh_rc yh_act_held(struct yh_ctx *cx, const struct yh_act_row *a, const char **out,
		       struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	struct yh_grant_row *rows;
	struct yh_buf text;
	struct yh_sm3 now;
	size_t n = 0;
	enum yh_rc rc;

	*out = "";
	if (strcmp(a->kind, "policy") == 0) {
		rc = in_force(cx, &now, err);
		if (rc == YH_OK)
			*out = yh_arena_strdup(cx->arena, yh_hex(now.b, sizeof now.b, hex));
		return rc;
	}
	if (strcmp(a->kind, "clearance") == 0)
		return cleared_for(cx, a, out, err);
	rc = yh_grants_open(cx->tx, &a->person, yh_ctx_today(cx), cx->arena, &rows, &n, err);
	yh_buf_init(&text, HELD_BYTES);
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		yh_buf_str(&text, i ? ", " : "");
		yh_buf_str(&text, rows[i].role);
		yh_buf_str(&text, "@");
		yh_buf_str(&text, rows[i].org_code);
		yh_buf_str(&text, ":");
		yh_buf_str(&text, rows[i].capacity);
	}
	if (rc == YH_OK)
		*out = yh_arena_strdup(cx->arena, yh_buf_ok(&text) ? yh_buf_text(&text) : "…");
	yh_buf_done(&text);
	return rc == YH_OK && !*out ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_act_carry_out(struct yh_ctx *cx, struct yh_act_row *a,
			    const struct yh_password_new *made, struct yh_err *err)
{
	char hex[YH_SM3_HEX];
	const char *shown = a->before;
	enum yh_rc rc = yh_act_held(cx, a, &a->before, err);

	if (rc == YH_OK && strcmp(a->kind, "handover") == 0 && strcmp(shown, a->before) != 0)
		rc = yh_fail(err, YH_CONFLICT, "act-changed");
	if (rc == YH_OK)
		rc = kind_of(a)->carry_out(cx, a, made, err);
	if (rc != YH_OK || strcmp(a->kind, "policy") != 0)
		return rc == YH_OK ? yh_act_held(cx, a, &a->after, err) : rc;
	/* the law of this transaction is still the former */
	a->after = yh_arena_strdup(cx->arena, yh_hex(a->digest.b, sizeof a->digest.b, hex));
	return a->after ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}
