/* The register: a district's units, their projects on one side's cloud, the systems in them, and
 * who provides for that cloud. */
#include <stdio.h>
#include <string.h>

#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"

static const struct yh_link_list lists[] = { { "org/", YH_MIRROR_ORGS },
					     { "project/", YH_MIRROR_PROJECTS },
					     { "system/", YH_MIRROR_SYSTEMS } };
enum { ORGS, PROJECTS, SYSTEMS, LISTS };

/* Which list a key is of, and what follows its lead; LISTS: none. */
static size_t list_of(const char *key, const char **rest)
{
	size_t i = 0;

	while (i < LISTS && strncmp(key, lists[i].lead, strlen(lists[i].lead)) != 0)
		i++;
	*rest = i < LISTS ? key + strlen(lists[i].lead) : key;
	return i;
}

/* ---- sending ---- */

static enum yh_rc emit_row(struct yh_ctx *cx, const struct yh_mirror_of *of, size_t list,
			   const struct yh_id *id, yh_link_key_fn emit, void *arg,
			   struct yh_err *err)
{
	const char *key;
	char text[YH_LINK_KEY_MAX + 1];
	enum yh_rc rc = yh_mirror_key_of(cx->tx, lists[list].list, of, id, cx->arena, &key, err);
	int len;

	if (rc != YH_OK || !key[0])
		return rc;
	len = snprintf(text, sizeof text, "%s%s", lists[list].lead, key);
	return len <= YH_LINK_KEY_MAX ? emit(arg, text, err) : YH_OK;
}

/* A unit comes before its project, a project before its systems. */
static enum yh_rc emit_project(struct yh_ctx *cx, const struct yh_mirror_of *of,
			       const struct yh_id *id, yh_link_key_fn emit, void *arg,
			       struct yh_err *err)
{
	struct yh_project_row p;
	struct yh_system_row *systems;
	const char *key;
	size_t n = 0;
	enum yh_rc rc = yh_mirror_key_of(cx->tx, YH_MIRROR_PROJECTS, of, id, cx->arena, &key, err);

	if (rc != YH_OK || !key[0])
		return rc;
	rc = yh_project_load(cx->tx, id, cx->arena, &p, err);
	if (rc == YH_OK)
		rc = emit_row(cx, of, ORGS, &p.unit, emit, arg, err);
	if (rc == YH_OK)
		rc = emit_row(cx, of, PROJECTS, id, emit, arg, err);
	if (rc == YH_OK)
		rc = yh_system_list(cx->tx, id, cx->arena, &systems, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = emit_row(cx, of, SYSTEMS, &systems[i].id, emit, arg, err);
	return rc;
}

/* Its provider may be heard of for the first time; its project came before it. */
static enum yh_rc emit_of_resource(struct yh_ctx *cx, const struct yh_mirror_of *of,
				   const struct yh_id *id, yh_link_key_fn emit, void *arg,
				   struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_resource_load(cx->tx, id, cx->arena, &r, &none);

	if (rc == YH_NOT_FOUND)
		return YH_OK;
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	return yh_id_is_zero(&r.provider) ? YH_OK
					  : emit_row(cx, of, ORGS, &r.provider, emit, arg, err);
}

YH_LINK_TOUCHED_FN(yh_link_register_touched)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	if (strcmp(event->object_kind, "org") == 0)
		return emit_row(cx, &ours, ORGS, &event->object, emit, arg, err);
	if (strcmp(event->object_kind, "project") == 0)
		return emit_project(cx, &ours, &event->object, emit, arg, err);
	if (strcmp(event->object_kind, "system") == 0)
		return emit_row(cx, &ours, SYSTEMS, &event->object, emit, arg, err);
	if (strcmp(event->object_kind, "resource") == 0)
		return emit_of_resource(cx, &ours, &event->object, emit, arg, err);
	return YH_OK;
}

YH_LINK_KEYS_FN(yh_link_register_keys)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	return yh_link_list_keys(cx, &ours, lists, LISTS, after, n, emit, arg, err);
}

static enum yh_rc build_org(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
			    struct yh_err *err)
{
	struct yh_org_row o;
	enum yh_rc rc = yh_org_load(cx->tx, id, cx->arena, &o, err);

	if (rc != YH_OK)
		return rc;
	return yh_link_packed(json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:s}", "kind", "org",
					"code", o.code, "name", o.name, "role", o.kind, "sector",
					o.sector, "outside", o.outside, "in_budget", o.in_budget,
					"status", o.status),
			      body, err);
}

static enum yh_rc build_project(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
				struct yh_err *err)
{
	struct yh_project_row p;
	struct yh_org_row unit;
	char created[YH_TIME_TEXT];
	enum yh_rc rc = yh_project_load(cx->tx, id, cx->arena, &p, err);

	if (rc == YH_OK)
		rc = yh_org_load(cx->tx, &p.unit, cx->arena, &unit, err);
	if (rc != YH_OK)
		return rc;
	return yh_link_packed(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "kind", "project", "code",
					p.code, "unit", unit.code, "name", p.name, "state", p.state,
					"created", yh_time_text(p.created_at, created)),
			      body, err);
}

static enum yh_rc build_system(struct yh_ctx *cx, const struct yh_id *id, json_t **body,
			       struct yh_err *err)
{
	struct yh_system_row s;
	struct yh_project_row p;
	char created[YH_TIME_TEXT];
	enum yh_rc rc = yh_system_load(cx->tx, id, cx->arena, &s, err);

	if (rc == YH_OK)
		rc = yh_project_load(cx->tx, &s.project, cx->arena, &p, err);
	if (rc != YH_OK)
		return rc;
	rc = yh_link_packed(json_pack("{s:s, s:s, s:s, s:s, s:I, s:s}", "kind", "system", "project",
				      p.code, "code", s.code, "name", s.name, "mlps_level",
				      (json_int_t)s.mlps_level, "created",
				      yh_time_text(s.created_at, created)),
			    body, err);
	return rc == YH_OK ? yh_link_say_time(*body, "supply_stopped", s.supply_stopped_at, err)
			   : rc;
}

YH_LINK_BUILD_FN(yh_link_register_build)
{
	static enum yh_rc (*const by[LISTS])(struct yh_ctx *, const struct yh_id *, json_t **,
					     struct yh_err *) = { build_org, build_project,
								  build_system };
	const struct yh_mirror_of ours = yh_link_ours(peer);
	const char *rest;
	size_t list = list_of(key, &rest);
	struct yh_id id = { { 0 } };
	enum yh_rc rc = YH_OK;

	*body = NULL;
	if (list < LISTS)
		rc = yh_mirror_id_of(cx->tx, lists[list].list, &ours, rest, &id, err);
	return rc == YH_OK && !yh_id_is_zero(&id) ? by[list](cx, &id, body, err) : rc;
}

/* ---- taking ---- */

/* Who is there under the code must be the district's unit, or any provider; only one that came over
 * the link is changed by it. */
static enum yh_rc take_org(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			   struct yh_err *err)
{
	struct yh_err none = { 0 };
	struct yh_org_row there, o = {
		.name = yh_json_text(body, "name"),
		.outside = json_is_true(json_object_get(body, "outside")),
		.in_budget = json_is_true(json_object_get(body, "in_budget")),
		.chain = "sign",
		.created_at = cx->now,
		.version = 1,
	};
	bool provider;
	enum yh_rc rc = yh_link_code(body, "code", o.code, sizeof o.code, err);

	if (rc != YH_OK)
		return rc;
	rc = yh_link_text(body, "role", o.kind, sizeof o.kind, err);
	if (rc == YH_OK)
		rc = yh_link_text(body, "status", o.status, sizeof o.status, err);
	if (rc == YH_OK)
		rc = yh_link_text(body, "sector", o.sector, sizeof o.sector, err);
	if (rc != YH_OK)
		return rc;
	provider = strcmp(o.kind, "provider") == 0;
	if (!provider) /* that one may work for anybody, and is not the district's to act for */
		(void)snprintf(o.district, sizeof o.district, "%s", peer->district);
	o.id = yh_link_id(peer, "org", o.code);
	rc = yh_org_by_code(cx->tx, o.code, cx->arena, &there, &none);
	if (rc == YH_NOT_FOUND)
		return yh_mirror_org(cx->tx, &o, err);
	if (rc != YH_OK) {
		*err = none;
		return rc;
	}
	if (strcmp(there.kind, o.kind) != 0 ||
	    (!provider && strcmp(there.district, peer->district) != 0))
		return yh_link_foreign(err, "code", "org", o.code);
	return yh_id_eq(&there.id, &o.id) ? yh_mirror_org(cx->tx, &o, err) : YH_OK;
}

/* The code it has here: its own, or with the district's before it where that is taken. */
static enum yh_rc free_code(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *code,
			    const struct yh_id *id, char out[128], struct yh_err *err)
{
	struct yh_project_row other;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_project_by_code(cx->tx, code, cx->arena, &other, &none);

	if (rc != YH_OK && rc != YH_NOT_FOUND) {
		*err = none;
		return rc;
	}
	if (rc == YH_NOT_FOUND || yh_id_eq(&other.id, id))
		(void)snprintf(out, 128, "%s", code);
	else if (snprintf(out, 128, "%s.%s", peer->district, code) >= 128)
		return yh_link_foreign(err, "code", "project", code);
	return YH_OK;
}

static enum yh_rc take_project(struct yh_ctx *cx, const struct yh_link_peer *peer,
			       const json_t *body, struct yh_err *err)
{
	struct yh_project_row p = { .name = yh_json_text(body, "name"),
				    .cloud = peer->cloud,
				    .version = 1 };
	char code[sizeof p.code];
	enum yh_rc rc = yh_link_code(body, "code", code, sizeof code, err);

	if (rc == YH_OK)
		rc = yh_link_text(body, "state", p.state, sizeof p.state, err);
	if (rc == YH_OK)
		rc = yh_link_unit(cx, peer, body, "unit", &p.unit, err);
	if (rc == YH_OK)
		rc = yh_link_time(body, "created", &p.created_at, err);
	if (rc == YH_OK)
		rc = yh_link_find_project(cx, peer, code, &p.id, err);
	if (rc == YH_OK && yh_id_is_zero(&p.id))
		p.id = yh_link_id(peer, "project", code);
	if (rc == YH_OK)
		rc = free_code(cx, peer, code, &p.id, p.code, err);
	return rc == YH_OK ? yh_mirror_project(cx->tx, &p, err) : rc;
}

static enum yh_rc take_system(struct yh_ctx *cx, const struct yh_link_peer *peer,
			      const json_t *body, struct yh_err *err)
{
	struct yh_system_row s = { .name = yh_json_text(body, "name"),
				   .mlps_level = json_integer_value(
					   json_object_get(body, "mlps_level")) };
	char key[YH_LINK_KEY_MAX * 2];
	enum yh_rc rc = yh_link_code(body, "code", s.code, sizeof s.code, err);

	if (rc == YH_OK)
		rc = yh_link_project(cx, peer, body, "project", &s.project, err);
	if (rc == YH_OK)
		rc = yh_link_time(body, "created", &s.created_at, err);
	if (rc == YH_OK)
		rc = yh_link_time(body, "supply_stopped", &s.supply_stopped_at, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(key, sizeof key, "%s/%s", yh_json_text(body, "project"), s.code);
	s.id = yh_link_id(peer, "system", key);
	s.case_id = yh_link_id(peer, "case", "");
	if (s.supply_stopped_at)
		s.supply_case = s.case_id;
	return yh_mirror_system(cx->tx, &s, err);
}

/* Nothing of the register is taken away: what hangs on it here stays explained. A project that is
 * gone has failed, a unit that is gone is closed; both say so themselves before. */
YH_LINK_APPLY_FN(yh_link_register_apply)
{
	static const char *const kinds[] = { "org", "project", "system", NULL };
	static enum yh_rc (*const by[LISTS])(
		struct yh_ctx *, const struct yh_link_peer *, const json_t *,
		struct yh_err *) = { take_org, take_project, take_system };
	char wanted[YH_LINK_KEY_MAX * 2];
	const char *kind, *of, *rest;
	size_t list = list_of(key, &rest);
	enum yh_rc rc;

	if (!body)
		return YH_OK;
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc != YH_OK)
		return rc;
	of = yh_json_text(body, "project");
	(void)snprintf(wanted, sizeof wanted, "%s/%s%s%s", kind,
		       of && strcmp(kind, "system") == 0 ? of : "",
		       strcmp(kind, "system") == 0 ? "/" : "", yh_json_text(body, "code"));
	rc = yh_link_keyed(key, wanted, err);
	return rc == YH_OK && list < LISTS ? by[list](cx, peer, body, err) : rc;
}
