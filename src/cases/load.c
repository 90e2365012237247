/* Loading and locking a case; who may see it, who stands on which side. */
#include "cases/internal.h"

#include <assert.h>
#include <string.h>

#include "cases/mark.h"
#include "store/elsewhere.h"
#include "store/party.h"
#include "store/urging.h"

enum yh_rc yh_case_get(struct yh_ctx *cx, const struct yh_id *case_id, struct yh_case *out,
		       struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;
	enum yh_rc rc;

	*out = (struct yh_case){ 0 };
	rc = yh_case_load(cx->tx, case_id, cx->arena, &out->row, err);
	if (rc == YH_OK)
		rc = law->pack_by(law->self, &out->row.pack, &out->pack, err);
	if (rc == YH_OK)
		rc = yh_json_parse_in(cx->arena, out->row.form, strlen(out->row.form), &out->form,
				      err);
	if (rc != YH_OK)
		return rc;
	out->procedure = yh_pack_procedure(out->pack, out->row.procedure);
	if (!out->procedure)
		return yh_fail(err, YH_INTERNAL, "case-without-procedure");
	return YH_OK;
}

enum yh_rc yh_case_take(struct yh_ctx *cx, const struct yh_id *id, struct yh_case *out,
			struct yh_err *err)
{
	struct yh_id keys[2];
	struct yh_case_row row;
	enum yh_rc rc;

	rc = yh_case_load(cx->tx, id, cx->arena, &row, err);
	if (rc != YH_OK)
		return rc;
	keys[0] = row.unit;
	keys[1] = row.id;
	if (yh_id_cmp(&keys[0], &keys[1]) > 0) {
		keys[0] = row.id;
		keys[1] = row.unit;
	}
	rc = yh_db_lock(cx->tx, keys, 2, err);
	return rc == YH_OK ? yh_case_get(cx, id, out, err) : rc;
}

enum yh_rc yh_cloud_here(struct yh_ctx *cx, const struct yh_id *cloud, bool both,
			 struct yh_err *err)
{
	struct yh_elsewhere where;
	struct yh_cloud_row row;
	enum yh_rc rc = yh_cloud_elsewhere(cx->tx, cloud, &where, err);

	if (rc != YH_OK || !where.is || (where.city && !both))
		return rc;
	rc = yh_cloud_load(cx->tx, cloud, cx->arena, &row, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_fail(err, YH_CONFLICT, "managed-elsewhere");
	yh_err_text(err, "cloud", row.name);
	yh_err_text(err, "district", where.city ? row.code : where.district);
	return rc;
}

/* As it is taken by people who act in it. */
enum yh_rc yh_case_take_here(struct yh_ctx *cx, const struct yh_id *id, struct yh_case *out,
			     struct yh_err *err)
{
	enum yh_rc rc = yh_case_take(cx, id, out, err);

	if (rc == YH_OK)
		rc = yh_mark_check(cx, &out->row, err);
	return rc == YH_OK ? yh_cloud_here(cx, &out->row.cloud, false, err) : rc;
}

static enum yh_rc sees_by_grant(struct yh_ctx *cx, const struct yh_case *c,
				const struct yh_org_row *unit, const struct yh_grant *g,
				const char *relation, bool *sees, struct yh_err *err)
{
	bool district = strcmp(relation, "district") == 0;

	if (yh_id_eq(&g->org, &c->row.unit) || yh_id_eq(&g->org, &c->row.filer_org)) {
		*sees = true;
		return YH_OK;
	}
	if (strcmp(g->role, "provider") == 0 && !yh_id_is_zero(&c->row.subject) &&
	    yh_id_eq(&g->org, &c->row.provider)) {
		*sees = true;
		return YH_OK;
	}
	if (strcmp(g->role, "sponsor") == 0 && yh_id_eq(&g->org, &unit->sponsor)) {
		*sees = true;
		return YH_OK;
	}
	if (strcmp(relation, "cloud") == 0 || district) {
		enum yh_rc rc =
			yh_cloud_has_body(cx->tx, &c->row.cloud, g->role, &g->org, sees, err);

		if (rc != YH_OK || *sees)
			return rc;
	}
	if ((strcmp(g->role, "operator") == 0 || strcmp(g->role, "district_operator") == 0) &&
	    g->district[0] && strcmp(g->district, unit->district) == 0)
		*sees = true;
	return YH_OK;
}

enum yh_rc yh_case_sees_by(struct yh_ctx *cx, const struct yh_case *c, const struct yh_grant *g,
			   const char *relation, bool *sees, struct yh_err *err)
{
	struct yh_org_row unit;
	enum yh_rc rc = yh_org_load(cx->tx, &c->row.unit, cx->arena, &unit, err);

	if (rc == YH_OK && strcmp(relation, "any") == 0)
		*sees = true;
	else if (rc == YH_OK)
		rc = sees_by_grant(cx, c, &unit, g, relation, sees, err);
	return rc;
}

/* Does the actor's organisation countersign for the deciding one? */
static enum yh_rc countersigns(struct yh_ctx *cx, const struct yh_id *org, bool *does,
			       struct yh_err *err)
{
	struct yh_org_row body;
	enum yh_rc rc = yh_org_load(cx->tx, org, cx->arena, &body, err);

	if (rc != YH_OK || yh_id_is_zero(&body.countersign))
		return rc;
	for (size_t i = 0; i < cx->actor->n_grants; i++)
		*does = *does || yh_id_eq(&cx->actor->grants[i].org, &body.countersign);
	return YH_OK;
}

/* Who took a supervision over may have had no step of the case, and answers for it all the same. */
static enum yh_rc is_asked(struct yh_ctx *cx, const struct yh_id *case_id, bool *asked,
			   struct yh_err *err)
{
	struct yh_urging_row *rows;
	size_t n;
	enum yh_rc rc = yh_urging_of_case(cx->tx, case_id, cx->arena, &rows, &n, err);

	for (size_t i = 0; rc == YH_OK && i < n && !*asked; i++)
		*asked = strcmp(rows[i].kind, "supervise") == 0 &&
			 yh_actor_grant(cx->actor, rows[i].desk_role, &rows[i].desk);
	return rc;
}

static enum yh_rc may_see(struct yh_ctx *cx, const struct yh_case *c, const char *relation,
			  struct yh_err *err)
{
	const struct yh_actor *a = cx->actor;
	struct yh_step_row *steps;
	struct yh_org_row unit;
	size_t n_steps;
	bool sees = false;
	enum yh_rc rc;

	if (relation && strcmp(relation, "any") == 0)
		return YH_OK;
	rc = yh_org_load(cx->tx, &c->row.unit, cx->arena, &unit, err);
	for (size_t i = 0; rc == YH_OK && relation && i < a->n_grants && !sees; i++)
		rc = sees_by_grant(cx, c, &unit, &a->grants[i], relation, &sees, err);
	if (rc != YH_OK || sees)
		return rc;
	rc = yh_step_list(cx->tx, &c->row.id, cx->arena, &steps, &n_steps, err);
	if (rc != YH_OK)
		return rc;
	for (size_t i = 0; i < n_steps; i++)
		if (yh_actor_grant(a, steps[i].role, &steps[i].org))
			return YH_OK;
	for (size_t i = 0; rc == YH_OK && i < n_steps && !sees; i++)
		if (strcmp(steps[i].kind, "decide") == 0)
			rc = countersigns(cx, &steps[i].org, &sees, err);
	if (rc == YH_OK && !sees)
		rc = is_asked(cx, &c->row.id, &sees, err);
	if (rc != YH_OK || sees)
		return rc;
	return yh_fail(err, YH_NOT_FOUND, "case-unknown");
}

enum yh_rc yh_case_see(struct yh_ctx *cx, struct yh_case *c, const char *relation,
		       struct yh_err *err)
{
	enum yh_rc rc = may_see(cx, c, relation, err);

	return rc == YH_OK ? yh_mark_veil(cx, c, err) : rc;
}

enum yh_rc yh_case_party(struct yh_case_cx *k, const char *role, struct yh_id *org,
			 struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	struct yh_case *c = k->c;
	struct yh_org_row unit;
	struct yh_cloud_row cloud;
	enum yh_rc rc;

	if (strcmp(role, c->row.filer_role) == 0) {
		*org = c->row.filer_org;
		return YH_OK;
	}
	if (strcmp(role, "unit") == 0) {
		*org = c->row.unit;
		return YH_OK;
	}
	if (strcmp(role, "provider") == 0 && !yh_id_is_zero(&c->row.provider)) {
		*org = c->row.provider;
		return YH_OK;
	}
	if (strcmp(role, "sponsor") != 0 && strcmp(role, "district_operator") != 0)
		return yh_cloud_body(cx->tx, &c->row.cloud, role, org, err);
	rc = yh_org_load(cx->tx, &c->row.unit, cx->arena, &unit, err);
	if (rc != YH_OK)
		return rc;
	if (strcmp(role, "sponsor") == 0 && !yh_id_is_zero(&unit.sponsor)) {
		*org = unit.sponsor;
		return YH_OK;
	}
	if (strcmp(role, "district_operator") == 0) {
		rc = yh_cloud_of_district(cx->tx, unit.district, cx->arena, &cloud, err);
		if (rc != YH_OK)
			return rc;
		return yh_cloud_body(cx->tx, &cloud.id, "operator", org, err);
	}
	return yh_cloud_body(cx->tx, &c->row.cloud, role, org, err);
}

enum yh_rc yh_case_applicant(struct yh_case_cx *k, const struct yh_grant **out, struct yh_err *err)
{
	*out = NULL;
	if (k->c->row.started_by[0])
		return yh_fail(err, YH_FORBIDDEN, "case-of-system");
	*out = yh_actor_grant(k->cx->actor, k->c->row.filer_role, &k->c->row.filer_org);
	if (!*out)
		return yh_fail(err, YH_FORBIDDEN, "applicant-only");
	return YH_OK;
}

static enum yh_rc stands_elsewhere(struct yh_case_cx *k, const struct yh_id *person,
				   const char *side, bool *is, struct yh_err *err)
{
	static const char *const sides[] = { "applicant", "decider", "concerned" };
	enum yh_rc rc = YH_OK;

	for (size_t i = 0; rc == YH_OK && !*is && i < 3; i++)
		if (strcmp(sides[i], side) != 0)
			rc = yh_case_actor_is(k->cx->tx, &k->c->row.id, person, sides[i], is, err);
	return rc;
}

enum yh_rc yh_case_side_free(struct yh_case_cx *k, const char *side, struct yh_err *err)
{
	const struct yh_actor *a = k->cx->actor;
	bool is = false;
	enum yh_rc rc = YH_OK;

	if (yh_id_is_zero(&a->person) || k->c->fresh)
		return YH_OK;
	rc = stands_elsewhere(k, &a->person, side, &is, err);
	if (rc == YH_OK && !is && !yh_id_is_zero(&a->owner))
		rc = stands_elsewhere(k, &a->owner, side, &is, err);
	return rc == YH_OK && is ? yh_fail(err, YH_FORBIDDEN, "same-person") : rc;
}

enum yh_rc yh_case_side(struct yh_case_cx *k, const char *side, struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	const struct yh_actor *a = cx->actor;
	enum yh_rc rc = yh_case_side_free(k, side, err);

	if (rc != YH_OK || yh_id_is_zero(&a->person))
		return rc;
	rc = yh_case_actor_add(cx->tx, &k->c->row.id, &a->person, side, err);
	/* what a program does, who answers for it does */
	return rc == YH_OK && !yh_id_is_zero(&a->owner)
		       ? yh_case_actor_add(cx->tx, &k->c->row.id, &a->owner, side, err)
		       : rc;
}

enum yh_rc yh_case_save(struct yh_ctx *cx, struct yh_case *c, struct yh_err *err)
{
	assert(!c->withheld);
	c->row.changed_at = cx->now;
	return yh_case_update(cx->tx, &c->row, err);
}

enum yh_rc yh_case_take_step(struct yh_ctx *cx, const struct yh_id *step, struct yh_case *out,
			     struct yh_step_row *row, struct yh_err *err)
{
	enum yh_rc rc = yh_step_load(cx->tx, step, cx->arena, row, err);

	if (rc == YH_OK)
		rc = yh_case_take(cx, &row->case_id, out, err);
	return rc == YH_OK ? yh_step_load(cx->tx, step, cx->arena, row, err) : rc;
}

int yh_step_index(const struct yh_procedure *p, const char *name)
{
	for (size_t i = 0; i < p->n_steps; i++)
		if (strcmp(p->steps[i].name, name) == 0)
			return (int)i;
	return -1;
}
