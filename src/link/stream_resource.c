/* Resources that were opened, each with the whole history of its sizes. */
#include <stdio.h>
#include <string.h>

#include "link/place.h"
#include "link/shape.h"
#include "link/streams.h"
#include "store/event.h"

static const struct yh_link_list lists[] = { { "", YH_MIRROR_RESOURCES } };

/* ---- sending ---- */

static enum yh_rc emit_project(struct yh_ctx *cx, const struct yh_mirror_of *of,
			       const struct yh_id *project, yh_link_key_fn emit, void *arg,
			       struct yh_err *err)
{
	const char *code, **nos;
	size_t n = 0;
	enum yh_rc rc =
		yh_mirror_key_of(cx->tx, YH_MIRROR_PROJECTS, of, project, cx->arena, &code, err);

	if (rc == YH_OK && code[0])
		rc = yh_mirror_of_project(cx->tx, project, cx->arena, &nos, &n, err);
	for (size_t i = 0; rc == YH_OK && i < n; i++)
		rc = emit(arg, nos[i], err);
	return rc;
}

/* What happens to a resource is told of it; who has it, of its project. */
YH_LINK_TOUCHED_FN(yh_link_resource_touched)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	const char *no = "";
	enum yh_rc rc = YH_OK;

	if (strcmp(event->kind, "project.moved") == 0)
		return emit_project(cx, &ours, &event->object, emit, arg, err);
	if (strcmp(event->object_kind, "resource") == 0)
		rc = yh_mirror_key_of(cx->tx, YH_MIRROR_RESOURCES, &ours, &event->object, cx->arena,
				      &no, err);
	return rc == YH_OK && no[0] ? emit(arg, no, err) : rc;
}

YH_LINK_KEYS_FN(yh_link_resource_keys)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);

	return yh_link_list_keys(cx, &ours, lists, 1, after, n, emit, arg, err);
}

/* Names of items and cases by their ids, of which the last is remembered. */
struct naming {
	struct yh_ctx *cx;
	struct yh_mirror_item item;
	struct yh_id case_id;
	char case_no[40];
};

static enum yh_rc name_item(struct naming *k, const struct yh_id *item, json_t *body,
			    struct yh_err *err)
{
	enum yh_rc rc = yh_id_eq(&k->item.id, item)
				? YH_OK
				: yh_mirror_item_named(k->cx->tx, item, &k->item, err);

	if (rc != YH_OK)
		return rc;
	if (json_object_set_new(body, "edition", json_integer(k->item.edition)) != 0)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	return yh_link_say(body, "item", k->item.code, err);
}

static enum yh_rc name_case(struct naming *k, const struct yh_id *case_id, json_t *body,
			    struct yh_err *err)
{
	enum yh_rc rc = yh_id_eq(&k->case_id, case_id)
				? YH_OK
				: yh_mirror_case_no(k->cx->tx, case_id, k->case_no, err);

	k->case_id = *case_id;
	return rc == YH_OK ? yh_link_say(body, "case", k->case_no, err) : rc;
}

static enum yh_rc add_sizes(struct naming *k, const struct yh_id *resource, json_t *body,
			    struct yh_err *err)
{
	json_t *list = json_array();
	struct yh_size_row *sizes;
	size_t n = 0;
	enum yh_rc rc = json_object_set_new(body, "sizes", list) == 0
				? yh_size_list(k->cx->tx, resource, k->cx->arena, &sizes, &n, err)
				: yh_fail(err, YH_TOO_LARGE, "memory-short");

	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		json_t *z = json_pack("{s:I}", "quantity_milli", (json_int_t)sizes[i].qty_milli);

		rc = json_array_append_new(list, z) == 0
			     ? yh_link_say_time(z, "from", sizes[i].from_at, err)
			     : yh_fail(err, YH_TOO_LARGE, "memory-short");
		if (rc == YH_OK)
			rc = yh_link_say_time(z, "to", sizes[i].to_at, err);
		if (rc == YH_OK)
			rc = name_item(k, &sizes[i].item, z, err);
		if (rc == YH_OK)
			rc = name_case(k, &sizes[i].case_id, z, err);
	}
	return rc;
}

static enum yh_rc say_times(const struct yh_resource_row *r, json_t *body, struct yh_err *err)
{
	const struct {
		const char *name;
		yh_time at;
	} times[] = { { "created", r->created_at },
		      { "opened", r->opened_at },
		      { "formal", r->formal_at },
		      { "stopped", r->stopped_at },
		      { "destroyed", r->destroyed_at } };
	enum yh_rc rc = yh_link_say_day(body, "lease_last", r->lease_last, err);

	for (size_t i = 0; rc == YH_OK && i < sizeof times / sizeof times[0]; i++)
		rc = yh_link_say_time(body, times[i].name, times[i].at, err);
	return rc;
}

/* What it belongs to. */
static enum yh_rc say_place(struct naming *k, const struct yh_resource_row *r, json_t *body,
			    struct yh_err *err)
{
	struct yh_ctx *cx = k->cx;
	struct yh_project_row p;
	struct yh_system_row s;
	struct yh_org_row o;
	enum yh_rc rc = yh_org_load(cx->tx, &r->unit, cx->arena, &o, err);

	if (rc == YH_OK)
		rc = yh_link_say(body, "unit", o.code, err);
	if (rc == YH_OK)
		rc = yh_project_load(cx->tx, &r->project, cx->arena, &p, err);
	if (rc == YH_OK)
		rc = yh_link_say(body, "project", p.code, err);
	if (rc == YH_OK && !yh_id_is_zero(&r->info_system)) {
		rc = yh_system_load(cx->tx, &r->info_system, cx->arena, &s, err);
		if (rc == YH_OK)
			rc = yh_link_say(body, "system", s.code, err);
	}
	if (rc == YH_OK && !yh_id_is_zero(&r->provider)) {
		rc = yh_org_load(cx->tx, &r->provider, cx->arena, &o, err);
		if (rc == YH_OK)
			rc = yh_link_say(body, "provider", o.code, err);
	}
	return rc == YH_OK ? yh_link_say(body, "provider_ref", r->provider_ref, err) : rc;
}

YH_LINK_BUILD_FN(yh_link_resource_build)
{
	const struct yh_mirror_of ours = yh_link_ours(peer);
	struct naming k = { .cx = cx };
	struct yh_resource_row r;
	struct yh_id id;
	enum yh_rc rc = yh_mirror_id_of(cx->tx, YH_MIRROR_RESOURCES, &ours, key, &id, err);

	*body = NULL;
	if (rc != YH_OK || yh_id_is_zero(&id))
		return rc;
	rc = yh_resource_load(cx->tx, &id, cx->arena, &r, err);
	if (rc == YH_OK)
		rc = yh_link_packed(json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "resource", "no",
					      r.no, "type", r.kind, "state", r.state, "name",
					      r.name),
				    body, err);
	if (rc == YH_OK)
		rc = yh_link_say(*body, "former_type", r.former_kind, err);
	if (rc == YH_OK)
		rc = say_place(&k, &r, *body, err);
	if (rc == YH_OK)
		rc = name_item(&k, &r.item, *body, err);
	if (rc == YH_OK)
		rc = name_case(&k, &r.case_id, *body, err);
	if (rc == YH_OK)
		rc = say_times(&r, *body, err);
	return rc == YH_OK ? add_sizes(&k, &r.id, *body, err) : rc;
}

/* ---- taking ---- */

static enum yh_rc take_times(const json_t *body, struct yh_resource_row *r, struct yh_err *err)
{
	const struct {
		const char *name;
		yh_time *at;
	} times[] = { { "created", &r->created_at },
		      { "opened", &r->opened_at },
		      { "formal", &r->formal_at },
		      { "stopped", &r->stopped_at },
		      { "destroyed", &r->destroyed_at } };
	enum yh_rc rc = yh_link_day(body, "lease_last", &r->lease_last, err);

	for (size_t i = 0; rc == YH_OK && i < sizeof times / sizeof times[0]; i++)
		rc = yh_link_time(body, times[i].name, times[i].at, err);
	return rc;
}

/* A provider is taken up where it is known as one; a resource does without. */
static enum yh_rc take_provider(struct yh_ctx *cx, const json_t *body, struct yh_id *out,
				struct yh_err *err)
{
	const char *code = yh_json_text(body, "provider");
	struct yh_err none = { 0 };
	struct yh_org_row o;
	enum yh_rc rc = code ? yh_org_by_code(cx->tx, code, cx->arena, &o, &none) : YH_NOT_FOUND;

	if (rc == YH_OK && strcmp(o.kind, "provider") == 0)
		*out = o.id;
	if (rc == YH_OK || rc == YH_NOT_FOUND)
		return YH_OK;
	*err = none;
	return rc;
}

static enum yh_rc take_system(struct yh_ctx *cx, const json_t *body, struct yh_resource_row *r,
			      struct yh_err *err)
{
	const char *code = yh_json_text(body, "system");
	struct yh_err none = { 0 };
	struct yh_system_row s;
	enum yh_rc rc;

	if (!code)
		return YH_OK;
	rc = yh_system_by_code(cx->tx, &r->project, code, cx->arena, &s, &none);
	if (rc == YH_NOT_FOUND)
		return yh_link_missing(err, "system", "system", code);
	if (rc != YH_OK)
		*err = none;
	else
		r->info_system = s.id;
	return rc;
}

static enum yh_rc disorder(struct yh_err *err, size_t i, const char *name)
{
	enum yh_rc rc = yh_fail(err, YH_BAD_INPUT, "link-order");

	yh_err_field(err, "/sizes/%zu/%s", i, name);
	return rc;
}

/* By time, without overlap, and open only at the end, of what runs. */
static enum yh_rc in_order(const struct yh_resource_row *r, const struct yh_size_row *z, size_t n,
			   struct yh_err *err)
{
	for (size_t i = 0; i < n; i++) {
		if (i && (z[i - 1].to_at == 0 || z[i].from_at < z[i - 1].to_at))
			return disorder(err, i, "from");
		if (z[i].to_at && z[i].to_at <= z[i].from_at)
			return disorder(err, i, "to");
		if (!z[i].to_at && strcmp(r->state, "running") != 0)
			return disorder(err, i, "to");
	}
	return YH_OK;
}

static enum yh_rc take_sizes(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			     const struct yh_resource_row *r, struct yh_size_row **out, size_t *n,
			     struct yh_err *err)
{
	const json_t *list = json_object_get(body, "sizes");
	enum yh_rc rc = YH_OK;

	*n = json_array_size(list);
	*out = YH_NEW_N(cx->arena, struct yh_size_row, *n + 1);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < *n; i++) {
		const json_t *e = json_array_get(list, i);
		struct yh_size_row *z = &(*out)[i];

		z->resource = r->id;
		z->qty_milli = json_integer_value(json_object_get(e, "quantity_milli"));
		rc = yh_link_time(e, "from", &z->from_at, err);
		if (rc == YH_OK)
			rc = yh_link_time(e, "to", &z->to_at, err);
		if (rc == YH_OK)
			rc = yh_link_item(cx, peer, e, &z->item, err);
		if (rc == YH_OK)
			rc = yh_link_case(cx, peer, e, "case", &z->case_id, err);
	}
	return rc == YH_OK ? in_order(r, *out, *n, err) : rc;
}

/* The number is of a resource on their cloud, or of none. */
static enum yh_rc identify(struct yh_ctx *cx, const struct yh_link_peer *peer,
			   struct yh_resource_row *r, struct yh_err *err)
{
	struct yh_id there;
	enum yh_rc rc = yh_link_resource(cx, peer, r->no, &r->id, &there, err);

	return rc == YH_OK && !yh_id_is_zero(&there) && !yh_id_eq(&there, &peer->cloud)
		       ? yh_link_foreign(err, "no", "resource", r->no)
		       : rc;
}

static enum yh_rc read_texts(const json_t *body, struct yh_resource_row *r, struct yh_err *err)
{
	enum yh_rc rc = yh_link_code(body, "no", r->no, sizeof r->no, err);

	if (rc == YH_OK)
		rc = yh_link_text(body, "type", r->kind, sizeof r->kind, err);
	if (rc == YH_OK)
		rc = yh_link_text(body, "former_type", r->former_kind, sizeof r->former_kind, err);
	return rc == YH_OK ? yh_link_text(body, "state", r->state, sizeof r->state, err) : rc;
}

static enum yh_rc read_place(struct yh_ctx *cx, const struct yh_link_peer *peer, const json_t *body,
			     struct yh_resource_row *r, struct yh_err *err)
{
	enum yh_rc rc = yh_link_numbered(cx, peer, "no", "resource", r->no, err);

	if (rc == YH_OK)
		rc = identify(cx, peer, r, err);
	if (rc == YH_OK)
		rc = yh_link_unit(cx, peer, body, "unit", &r->unit, err);
	if (rc == YH_OK)
		rc = yh_link_project(cx, peer, body, "project", &r->project, err);
	if (rc == YH_OK)
		rc = take_system(cx, body, r, err);
	if (rc == YH_OK)
		rc = yh_link_item(cx, peer, body, &r->item, err);
	if (rc == YH_OK)
		rc = take_provider(cx, body, &r->provider, err);
	return rc == YH_OK ? yh_link_case(cx, peer, body, "case", &r->case_id, err) : rc;
}

/* What the meter must know, and who looks: another state, unit or provider of what is here. That it
 * is new, nobody has remembered otherwise. */
static enum yh_rc tell(struct yh_ctx *cx, const struct yh_link_peer *peer,
		       const struct yh_resource_row *was, const struct yh_resource_row *now,
		       struct yh_err *err)
{
	const char *source = yh_arena_printf(cx->arena, "link:%s", peer->district);
	struct yh_event e = { .at = cx->now,
			      .kind = "resource.told",
			      .object_kind = "resource",
			      .object_id = now->id,
			      .role = YH_SYSTEM_ROLE,
			      .before = was->state,
			      .after = now->state,
			      .source = source };

	if (strcmp(was->state, now->state) == 0 && yh_id_eq(&was->unit, &now->unit) &&
	    yh_id_eq(&was->provider, &now->provider))
		return YH_OK;
	if (!source)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	e.id = yh_ctx_new_id(cx);
	return yh_event_insert(cx->tx, &e, err);
}

static enum yh_rc put(struct yh_ctx *cx, const struct yh_link_peer *peer,
		      const struct yh_resource_row *r, const struct yh_size_row *sizes, size_t n,
		      struct yh_err *err)
{
	struct yh_resource_row was;
	struct yh_err none = { 0 };
	enum yh_rc rc = yh_resource_load(cx->tx, &r->id, cx->arena, &was, &none);

	if (rc == YH_OK)
		rc = tell(cx, peer, &was, r, err);
	else if (rc == YH_NOT_FOUND)
		rc = YH_OK;
	else
		*err = none;
	return rc == YH_OK ? yh_mirror_resource(cx->tx, r, sizes, n, cx->arena, err) : rc;
}

/* It is in nobody's sums any more; what was is kept. */
static enum yh_rc take_away(struct yh_ctx *cx, const struct yh_link_peer *peer, const char *key,
			    struct yh_err *err)
{
	struct yh_resource_row r;
	struct yh_id id, cloud;
	enum yh_rc rc = yh_link_resource(cx, peer, key, &id, &cloud, err);

	if (rc != YH_OK || !yh_id_eq(&cloud, &peer->cloud))
		return rc;
	rc = yh_resource_load(cx->tx, &id, cx->arena, &r, err);
	if (rc != YH_OK)
		return rc;
	(void)snprintf(r.state, sizeof r.state, "cancelled");
	return put(cx, peer, &r, NULL, 0, err);
}

YH_LINK_APPLY_FN(yh_link_resource_apply)
{
	static const char *const kinds[] = { "resource", NULL };
	struct yh_resource_row r = { .cloud = peer->cloud, .version = 1 };
	struct yh_size_row *sizes;
	const char *kind;
	size_t n;
	enum yh_rc rc;

	if (!body)
		return take_away(cx, peer, key, err);
	rc = yh_link_shaped(body, kinds, &kind, err);
	if (rc == YH_OK)
		rc = read_texts(body, &r, err);
	if (rc == YH_OK)
		rc = yh_link_keyed(key, r.no, err);
	if (rc == YH_OK)
		rc = read_place(cx, peer, body, &r, err);
	if (rc == YH_OK)
		rc = take_times(body, &r, err);
	r.name = yh_json_text(body, "name");
	r.provider_ref = yh_json_text(body, "provider_ref");
	if (rc == YH_OK)
		rc = take_sizes(cx, peer, body, &r, &sizes, &n, err);
	return rc == YH_OK ? put(cx, peer, &r, sizes, n, err) : rc;
}
