/* Webhooks: who may have which, and what one may do with it. */
#include "notify/hook.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "notify/internal.h"
#include "services/identity/record.h"
#include "store/party.h"

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

const char *yh_hook_host(const char *url, char out[YH_HOOK_HOST_TEXT])
{
	const char *host = strstr(url, "://");
	size_t n = host ? (size_t)(host + 3 - url) : 0;

	n += strcspn(url + n, "/?");
	(void)snprintf(out, YH_HOOK_HOST_TEXT, "%.*s", (int)n, url);
	return out;
}

/* Audit records name the host alone. */
static enum yh_rc record(struct yh_ctx *cx, const char *kind, const struct yh_webhook *w,
			 const char *reason, struct yh_err *err)
{
	char host[YH_HOOK_HOST_TEXT];

	return yh_identity_record(cx, kind, "webhook", &w->id, yh_hook_host(w->url, host), reason,
				  err);
}

/* For those who do not hold the role. */
static bool veil(struct yh_ctx *cx, struct yh_webhook *w)
{
	char host[YH_HOOK_HOST_TEXT];

	if (!yh_actor_grant(cx->actor, w->role, &w->org))
		w->url = yh_arena_strdup(cx->arena, yh_hook_host(w->url, host));
	return w->url != NULL;
}

static enum yh_rc pack_today(struct yh_ctx *cx, const struct yh_pack **pack, struct yh_err *err)
{
	const struct yh_law_book *law = cx->world->law;

	return law->pack_on(law->self, yh_ctx_today(cx), pack, err);
}

/* What the matrix gives the actor about the webhooks of a role in an organisation: "own", "cloud",
 * "any", or NULL. */
static const char *relation(const struct yh_ctx *cx, const struct yh_pack *pack, const char *role,
			    const struct yh_id *org)
{
	const struct yh_actor *a = cx->actor;

	if (yh_actor_grant(a, role, org))
		return yh_pack_may(pack, role, "webhook.manage");
	for (size_t i = 0; i < a->n_grants; i++) {
		const char *r = yh_pack_may(pack, a->grants[i].role, "webhook.manage");

		if (r && is(r, "any"))
			return r;
	}
	return NULL;
}

static enum yh_rc check_may(struct yh_ctx *cx, const struct yh_hook_in *in, struct yh_err *err)
{
	const struct yh_pack *pack;
	const char *r;
	bool body = true;
	enum yh_rc rc = pack_today(cx, &pack, err);

	if (rc != YH_OK)
		return rc;
	r = yh_actor_grant(cx->actor, in->role, &in->org) ? relation(cx, pack, in->role, &in->org)
							  : NULL;
	if (!r)
		return yh_fail(err, YH_FORBIDDEN, "webhook-not-yours");
	if (yh_id_is_zero(&in->cloud))
		return YH_OK;
	if (is(r, "cloud"))
		rc = yh_cloud_has_body(cx->tx, &in->cloud, in->role, &in->org, &body, err);
	if (rc == YH_OK && (is(r, "own") || !body))
		rc = yh_fail(err, YH_FORBIDDEN, "webhook-not-yours");
	return rc;
}

/* "work,deadline" as it is kept: each once, in its own order, separated by blanks. */
static enum yh_rc read_categories(struct yh_ctx *cx, const char *text, const char **out,
				  struct yh_err *err)
{
	const struct yh_categories *all = cx->world->notify->cfg.categories;
	char list[YH_CATEGORIES_MAX * YH_CATEGORY_TEXT] = "";

	for (const char *p = text ? text : ""; *p && !is(text, "all");) {
		char one[YH_CATEGORY_TEXT];
		size_t n = strcspn(p, ", ");

		(void)snprintf(one, sizeof one, "%.*s", (int)(n < sizeof one ? n : 0), p);
		if (!yh_category_known(all, one) || strlen(list) + n + 2 > sizeof list)
			return yh_fail_field(err, YH_BAD_INPUT, "category-unknown", "/categories");
		if (list[0])
			(void)strcat(list, " ");
		(void)strcat(list, one);
		p += n + (p[n] != 0);
	}
	*out = yh_arena_strdup(cx->arena, list);
	return *out ? YH_OK : yh_fail(err, YH_TOO_LARGE, "memory-short");
}

/* A new secret, sealed into the row, and its text. */
static enum yh_rc new_secret(struct yh_ctx *cx, struct yh_webhook *w,
			     char text[YH_HOOK_SECRET_TEXT], struct yh_err *err)
{
	const struct yh_notify *n = cx->world->notify;
	unsigned char secret[YH_WEBHOOK_SECRET];
	enum yh_rc rc;

	yh_random(secret, sizeof secret);
	(void)strcpy(text, "whsec_");
	(void)yh_base64(secret, sizeof secret, text + 6);
	memcpy(w->key_id, n->key_id, sizeof w->key_id);
	rc = yh_seal(&n->sealing, w->id.b, sizeof w->id.b, secret, sizeof secret, w->secret, err);
	explicit_bzero(secret, sizeof secret);
	return rc;
}

static enum yh_rc check_count(struct yh_ctx *cx, const struct yh_id *org, struct yh_err *err)
{
	int64_t n;
	enum yh_rc rc = yh_db_lock(cx->tx, org, 1, err);

	if (rc == YH_OK)
		rc = yh_webhook_count(cx->tx, org, &n, err);
	if (rc != YH_OK || n < YH_HOOKS_MOST)
		return rc;
	(void)yh_fail(err, YH_CONFLICT, "webhooks-most");
	yh_err_int(err, "most", YH_HOOKS_MOST);
	return YH_CONFLICT;
}

enum yh_rc yh_hook_create(struct yh_ctx *cx, const struct yh_hook_in *in,
			  char secret[YH_HOOK_SECRET_TEXT], struct yh_webhook *out,
			  struct yh_err *err)
{
	struct yh_webhook w = { .id = yh_ctx_new_id(cx),
				.org = in->org,
				.cloud = in->cloud,
				.label = in->label,
				.url = in->url,
				.state = "on",
				.created_by = cx->actor->person,
				.created_at = cx->now };
	enum yh_rc rc = check_may(cx, in, err);

	(void)snprintf(w.role, sizeof w.role, "%s", in->role);
	(void)snprintf(w.algorithm, sizeof w.algorithm, "%s",
		       in->algorithm ? in->algorithm : "sha256");
	if (rc == YH_OK)
		rc = yh_guard_url(&cx->world->notify->cfg.guard, in->url, err);
	if (rc == YH_OK)
		rc = read_categories(cx, in->categories, &w.categories, err);
	if (rc == YH_OK)
		rc = check_count(cx, &in->org, err);
	if (rc == YH_OK)
		rc = new_secret(cx, &w, secret, err);
	if (rc == YH_OK)
		rc = yh_webhook_insert(cx->tx, &w, err);
	if (rc == YH_OK)
		rc = yh_webhook_load(cx->tx, &w.id, cx->arena, out, err);
	return rc == YH_OK ? record(cx, "webhook.created", out, w.label, err) : rc;
}

enum yh_rc yh_hook_list(struct yh_ctx *cx, const struct yh_id *after, uint32_t limit,
			struct yh_webhook **out, size_t *n, struct yh_err *err)
{
	enum { CANDIDATES = 200 };
	const struct yh_pack *pack;
	static const struct yh_id all;
	struct yh_id from = *after;
	size_t got = CANDIDATES;
	enum yh_rc rc = pack_today(cx, &pack, err);

	*n = 0;
	*out = YH_NEW_N(cx->arena, struct yh_webhook, limit);
	if (!*out)
		return yh_fail(err, YH_TOO_LARGE, "memory-short");
	while (rc == YH_OK && *n < limit && got == CANDIDATES) {
		struct yh_webhook *rows;

		rc = yh_webhook_list(cx->tx, &all, "", &from, CANDIDATES, cx->arena, &rows, &got,
				     err);
		for (size_t i = 0; rc == YH_OK && *n < limit && i < got; i++) {
			from = rows[i].id;
			if (!relation(cx, pack, rows[i].role, &rows[i].org))
				continue;
			if (!veil(cx, &rows[i]))
				return yh_fail(err, YH_TOO_LARGE, "memory-short");
			(*out)[(*n)++] = rows[i];
		}
	}
	return rc;
}

/* `held`: administrators do not count. */
static enum yh_rc find(struct yh_ctx *cx, const struct yh_id *id, bool held, struct yh_webhook *out,
		       struct yh_err *err)
{
	const struct yh_pack *pack;
	enum yh_rc rc = pack_today(cx, &pack, err);

	if (rc == YH_OK)
		rc = yh_webhook_load(cx->tx, id, cx->arena, out, err);
	if (rc == YH_OK && !relation(cx, pack, out->role, &out->org))
		rc = yh_fail(err, YH_NOT_FOUND, "webhook-unknown");
	if (rc == YH_OK && held && !yh_actor_grant(cx->actor, out->role, &out->org))
		rc = yh_fail(err, YH_FORBIDDEN, "webhook-not-yours");
	return rc;
}

enum yh_rc yh_hook_show(struct yh_ctx *cx, const struct yh_id *id, struct yh_webhook *out,
			struct yh_err *err)
{
	enum yh_rc rc = find(cx, id, false, out, err);

	return rc == YH_OK && !veil(cx, out) ? yh_fail(err, YH_TOO_LARGE, "memory-short") : rc;
}

enum yh_rc yh_hook_set(struct yh_ctx *cx, const struct yh_id *id, const struct yh_hook_change *c,
		       struct yh_webhook *out, struct yh_err *err)
{
	/* where notices go is for those to say whose they are */
	enum yh_rc rc = find(cx, id, c->url || c->label || c->categories, out, err);

	if (rc == YH_OK && c->url)
		rc = yh_guard_url(&cx->world->notify->cfg.guard, c->url, err);
	if (rc == YH_OK && c->categories)
		rc = read_categories(cx, c->categories, &out->categories, err);
	if (rc != YH_OK)
		return rc;
	if (c->url)
		out->url = c->url;
	if (c->label)
		out->label = c->label;
	if (c->state)
		(void)snprintf(out->state, sizeof out->state, "%s", c->state);
	out->changed_at = cx->now;
	rc = yh_webhook_update(cx->tx, out, err);
	if (rc == YH_OK)
		rc = record(cx, "webhook.changed", out, out->state, err);
	return rc == YH_OK ? yh_hook_show(cx, id, out, err) : rc;
}

enum yh_rc yh_hook_delete(struct yh_ctx *cx, const struct yh_id *id, struct yh_err *err)
{
	struct yh_webhook w;
	enum yh_rc rc = find(cx, id, false, &w, err);

	if (rc == YH_OK)
		rc = yh_webhook_end(cx->tx, id, cx->now, err);
	if (rc == YH_OK)
		rc = yh_delivery_give_up(cx->tx, id, cx->now, "webhook-deleted", err);
	return rc == YH_OK
		       ? yh_identity_record(cx, "webhook.deleted", "webhook", id, NULL, NULL, err)
		       : rc;
}

enum yh_rc yh_hook_rotate(struct yh_ctx *cx, const struct yh_id *id, int64_t hours,
			  char secret[YH_HOOK_SECRET_TEXT], struct yh_webhook *out,
			  struct yh_err *err)
{
	bool readable;
	enum yh_rc rc = find(cx, id, true, out, err);

	if (rc != YH_OK)
		return rc;
	/* one sealed under a key that was lost cannot sign beside the new one */
	readable = memcmp(out->key_id, cx->world->notify->key_id, sizeof out->key_id) == 0;
	memcpy(out->old_secret, out->secret, sizeof out->old_secret);
	out->old_until = readable && hours > 0 ? cx->now + hours * 3600 * YH_US_PER_S : 0;
	out->changed_at = cx->now;
	rc = new_secret(cx, out, secret, err);
	if (rc == YH_OK)
		rc = yh_webhook_update(cx->tx, out, err);
	if (rc == YH_OK)
		rc = record(cx, "webhook.rotated", out, NULL, err);
	return rc == YH_OK ? yh_webhook_load(cx->tx, id, cx->arena, out, err) : rc;
}

enum yh_rc yh_hook_test(struct yh_ctx *cx, const struct yh_id *id, struct yh_id *delivery,
			struct yh_err *err)
{
	struct yh_webhook w;
	struct yh_delivery d = { .id = yh_ctx_new_id(cx),
				 .channel = "webhook",
				 .kind = "test",
				 .webhook = *id,
				 .next_at = cx->now,
				 .made_at = cx->now };
	enum yh_rc rc = find(cx, id, true, &w, err);

	*delivery = d.id;
	return rc == YH_OK ? yh_delivery_insert(cx->tx, &d, err) : rc;
}

enum yh_rc yh_hook_deliveries(struct yh_ctx *cx, const struct yh_id *id,
			      struct yh_delivery_filter *f, struct yh_delivery **out, size_t *n,
			      struct yh_err *err)
{
	struct yh_webhook w;
	enum yh_rc rc = find(cx, id, false, &w, err);

	f->webhook = *id;
	return rc == YH_OK ? yh_delivery_list(cx->tx, f, cx->arena, out, n, err) : rc;
}

enum yh_rc yh_hook_replay(struct yh_ctx *cx, const struct yh_id *id, const struct yh_id *delivery,
			  int64_t from, int64_t *n, struct yh_err *err)
{
	struct yh_webhook w;
	struct yh_delivery d;
	enum yh_rc rc = find(cx, id, true, &w, err);

	*n = 1;
	if (rc == YH_OK && yh_id_is_zero(delivery) == (from <= 0))
		rc = yh_fail(err, YH_BAD_INPUT, "webhook-replay");
	if (rc == YH_OK)
		rc = record(cx, "webhook.replayed", &w, NULL, err);
	if (rc == YH_OK && from > 0)
		return yh_delivery_replay(cx->tx, id, from, cx->now, n, err);
	if (rc == YH_OK)
		rc = yh_delivery_load(cx->tx, delivery, cx->arena, &d, err);
	if (rc == YH_OK && !yh_id_eq(&d.webhook, id))
		rc = yh_fail(err, YH_NOT_FOUND, "delivery-unknown");
	if (rc == YH_OK && is(d.state, "waiting"))
		rc = yh_fail(err, YH_CONFLICT, "delivery-waits");
	return rc == YH_OK ? yh_delivery_again(cx->tx, delivery, cx->now, err) : rc;
}
