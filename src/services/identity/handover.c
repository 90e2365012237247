/* Handing over everything that a person has to do. */
#include "services/identity/handover.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "services/identity/account.h"
#include "services/identity/closing.h"
#include "services/identity/record.h"
#include "store/account.h"
#include "store/event.h"

static int rank(const char *capacity)
{
	static const char *const ranks[] = { "handle", "review", "sign" };

	for (int i = 0; i < 3; i++)
		if (strcmp(capacity, ranks[i]) == 0)
			return i;
	return -1;
}

/* Is every kind of thing that the one reads among those of the other? */
static bool reads_all(const char *had, const char *asked)
{
	const char *all = had ? had : "";

	for (const char *s = asked ? asked : ""; *s; s += strcspn(s, " "), s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");
		bool found = false;

		for (const char *h = all; *h && !found; h += strcspn(h, " "), h += strspn(h, " "))
			found = strcspn(h, " ") == len && strncmp(h, s, len) == 0;
		if (!found)
			return false;
	}
	return true;
}

/* A reading role that reads less is not had: granting the other's says that one has it already. */
static bool covers(const struct yh_grant_row *had, const struct yh_grant_row *g)
{
	return strcmp(had->role, g->role) == 0 && yh_id_eq(&had->org, &g->org) &&
	       rank(had->capacity) >= rank(g->capacity) && reads_all(had->scope, g->scope) &&
	       had->first_day <= g->first_day &&
	       (had->last_day == YH_DAY_NONE ||
		(g->last_day != YH_DAY_NONE && had->last_day >= g->last_day));
}

static enum yh_rc gather(struct yh_ctx *cx, const struct yh_id *from, const struct yh_id *taker,
			 struct yh_handover *out, struct yh_err *err)
{
	yh_day today = yh_ctx_today(cx);
	struct yh_grant_row *held, *had;
	size_t n = 0, n_had = 0;
	enum yh_rc rc = yh_grants_open(cx->tx, from, today, cx->arena, &held, &n, err);

	if (rc == YH_OK)
		rc = yh_grants_open(cx->tx, taker, today, cx->arena, &had, &n_had, err);
	if (rc == YH_OK && n == 0)
		rc = yh_fail(err, YH_CONFLICT, "handover-nothing");
	if (rc == YH_OK && n > YH_HANDOVER_MOST) {
		rc = yh_fail(err, YH_CONFLICT, "handover-many");
		yh_err_int(err, "most", YH_HANDOVER_MOST);
	}
	out->list = rc == YH_OK ? YH_NEW_N(cx->arena, struct yh_handed, n) : NULL;
	if (rc == YH_OK && !out->list)
		rc = yh_fail(err, YH_TOO_LARGE, "memory-short");
	for (size_t i = 0; rc == YH_OK && i < n; i++) {
		struct yh_handed *h = &out->list[out->n++];

		h->grant = held[i];
		if (h->grant.first_day < today)
			h->grant.first_day = today;
		h->had = false;
		for (size_t k = 0; k < n_had; k++)
			h->had = h->had || covers(&had[k], &h->grant);
		rc = yh_desk_open(cx->tx, h->grant.role, &h->grant.org, taker, cx->arena, &h->open,
				  err);
	}
	return rc;
}

static json_t *list_of(const char *const *numbers, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, json_string(numbers[i]));
	return list;
}

/* Which role, and what waited there. */
static json_t *said(const struct yh_handed *h)
{
	return json_pack("{s:s, s:s, s:s, s:b, s:o, s:o}", "role", h->grant.role, "org",
			 h->grant.org_code, "capacity", h->grant.capacity, "had", h->had, "cases",
			 list_of(h->open.cases, h->open.n_cases), "duties",
			 list_of(h->open.duties, h->open.n_duties));
}

static enum yh_rc record(struct yh_ctx *cx, const struct yh_id *from, const char *taker,
			 const char *reason, const struct yh_handover *h, struct yh_err *err)
{
	YH_JSON_AUTO list = json_array();
	struct yh_event e = {
		.id = yh_ctx_new_id(cx),
		.at = cx->now,
		.kind = "person.handed_over",
		.object_kind = "person",
		.object_id = *from,
		.person = cx->actor->person,
		.after = taker,
		.reason = reason,
		.source = cx->actor->source,
	};
	enum yh_rc rc;
	char *text;

	for (size_t i = 0; i < h->n; i++)
		if (json_array_append_new(list, said(&h->list[i])) != 0)
			return yh_fail(err, YH_TOO_LARGE, "memory-short");
	text = yh_json_canonical(list);
	e.payload = text;
	rc = text ? yh_event_insert(cx->tx, &e, err) : yh_fail(err, YH_TOO_LARGE, "memory-short");
	free(text);
	return rc;
}

/* Before it is granted to the other: nobody holds a role twice, and what excludes it is gone. */
static enum yh_rc pass(struct yh_ctx *cx, const struct yh_id *taker, const struct yh_handed *h,
		       struct yh_err *err)
{
	const struct yh_grant_in in = { .person = *taker,
					.org = h->grant.org,
					.role = h->grant.role,
					.capacity = h->grant.capacity,
					.first_day = h->grant.first_day,
					.last_day = h->grant.last_day,
					.scope = h->grant.scope };
	struct yh_grant_row made;
	enum yh_rc rc = yh_account_ungrant(cx, &h->grant.id, err);

	return rc == YH_OK && !h->had ? yh_account_grant(cx, &in, &made, err) : rc;
}

/* Programs that one answered for are the other's, too. */
static enum yh_rc pass_services(struct yh_ctx *cx, const struct yh_id *from,
				const struct yh_id *taker, const char *login, struct yh_err *err)
{
	int64_t n = 0;
	enum yh_rc rc = yh_services_tokens_end(cx->tx, from, cx->now, err);

	if (rc == YH_OK)
		rc = yh_services_hand_over(cx->tx, from, taker, &n, err);

	return rc == YH_OK && n > 0 ? yh_identity_record(cx, "service.owner", "person", from, login,
							 "handover", err)
				    : rc;
}

enum yh_rc yh_account_hand_over(struct yh_ctx *cx, const struct yh_id *from,
				const struct yh_id *taker, const char *reason, bool try_only,
				struct yh_handover *out, struct yh_err *err)
{
	const struct yh_id both[] = { *from, *taker };
	struct yh_person_row p;
	bool owns = false;
	enum yh_rc rc;

	*out = (struct yh_handover){ .n = 0 };
	if (yh_id_eq(from, taker))
		return yh_fail_field(err, YH_BAD_INPUT, "handover-self", "/taker");
	rc = yh_person_load(cx->tx, taker, cx->arena, &p, err);
	if (rc == YH_OK && !try_only)
		rc = yh_db_lock(cx->tx, both, 2, err);
	if (rc == YH_OK)
		rc = gather(cx, from, taker, out, err);
	if (rc == YH_OK)
		rc = yh_services_any(cx->tx, from, &owns, err);
	if (rc == YH_OK && owns)
		rc = yh_service_may_own(cx, taker, &p, err);
	if (rc != YH_OK || try_only)
		return rc;
	for (size_t i = 0; rc == YH_OK && i < out->n; i++)
		rc = pass(cx, taker, &out->list[i], err);
	if (rc == YH_OK)
		rc = yh_delegations_end(cx->tx, from, cx->now, err);
	if (rc == YH_OK)
		rc = pass_services(cx, from, taker, p.login, err);
	return rc == YH_OK ? record(cx, from, p.login, reason, out, err) : rc;
}
